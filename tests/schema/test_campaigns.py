"""Campaigns: what belongs to one, the budget of its promotions, and what came of it, each order counted once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.placing
from domain.catalogue import Variant
from domain.coupon_templates import TakeBy, Worth
from domain.identity import Role, Scope
from domain.money import Money
from domain.promotions.coupons import CouponKind
from domain.refusals import NotFound
from resolvers.promotion_taking import PromotionTaking
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant, member, staff
from tests.makers_content import a_post
from tests.makers_coupons import a_coupon, a_points_offer, a_template
from tests.makers_live import a_room, an_item
from tests.makers_lotteries import a_lottery, drawn, nothing, of_coupon, points
from tests.makers_members import a_member, appointed, headquarters
from tests.makers_plays import (
    a_bargain,
    a_bargain_offer,
    a_group_buy,
    a_seckill,
    an_operator,
    by_bargain,
    by_seckill,
    in_group,
    placed,
)
from tests.makers_promotions import OFF_20, PAUSE, a_promotion, line, place, promotion_key, yuan
from tests.makers_value import granted
from tests.pond import NOON, Pond, statements

SAVE = """mutation ($input: CampaignSaveInput!) { campaignSave(input: $input) {
  campaign { id version theme budget { minor } budgetLeft { minor } posts { id } liveRooms { id } }
  userErrors { code path } } }"""
SHOW = """query ($id: ID!) { campaign(id: $id) { budgetLeft { minor }
  figures { orders paidOrders sales { minor } discounts { minor } } } }"""
UPDATE = """mutation ($input: PromotionUpdateInput!) { promotionUpdate(input: $input) {
  userErrors { code path } } }"""
CANCEL = "mutation ($id: ID!) { orderCancel(input: {orderId: $id}) { userErrors { code } } }"
PAID = (
    "UPDATE \"order\" SET state = 'PAID', paid_at = placed_at, asked_minor = total_minor, paid_minor = total_minor"
    " WHERE id = $1"
)


async def a_campaign(pond: Pond, **more: Any) -> str:
    payload = (await pond.ask(SAVE, staff(), input={"theme": "中秋", **more}))["campaignSave"]
    assert payload["userErrors"] == [], payload
    return str(payload["campaign"]["id"])


async def figures(pond: Pond, campaign_id: str) -> tuple[int, int, int, int]:
    """Orders, paid orders, sales and discounts of a campaign, in fen."""
    found = (await pond.ask(SHOW, staff(), id=campaign_id))["campaign"]["figures"]
    return found["orders"], found["paidOrders"], found["sales"]["minor"], found["discounts"]["minor"]


async def cost(pond: Pond, campaign_id: str) -> Any:
    """What a campaign cost, beside discounts, and what came of that."""
    document = """query ($id: ID!) { campaign(id: $id) { figures {
      gifts { minor } prizes { minor } cost { minor } roiBp } } }"""
    return (await pond.ask(document, staff(), id=campaign_id))["campaign"]["figures"]


def two_along(gift: Variant) -> dict[str, Any]:
    """A play that gives two of them along."""
    gifts = [{"variantId": id_of(Kind.VARIANT, gift.id), "quantity": 2}]
    return {"thresholdGift": {"tiers": [{"threshold": {"amount": yuan(1_00)}, "gifts": gifts}]}}


def key_of_campaign(campaign_id: str) -> UUID:
    return key_of(Kind.CAMPAIGN, campaign_id)


async def test_a_campaign_gathers_posts_and_rooms(pond: Pond) -> None:
    post, (room, _) = await a_post(pond), await a_room(pond)
    parts = {"postIds": [id_of(Kind.POST, post.id)], "liveRoomIds": [id_of(Kind.LIVE_ROOM, room.id)]}

    campaign_id = await a_campaign(pond, **parts, budget=yuan(100_00))
    changed = {"campaignId": campaign_id, "theme": "国庆", "liveRoomIds": parts["liveRoomIds"], "expectedVersion": 1}
    saved = (await pond.ask(SAVE, staff(), input=changed))["campaignSave"]["campaign"]

    assert saved == {
        "id": campaign_id,
        "version": 2,
        "theme": "国庆",
        "budget": None,
        "budgetLeft": None,
        "posts": [],
        "liveRooms": [{"id": parts["liveRoomIds"][0]}],
    }


async def test_each_order_that_a_campaign_brought_counts_once(pond: Pond) -> None:
    """An order with a promotion and a coupon in its room; one with the coupon alone; one that has nothing of it."""
    item = await an_item(pond)
    room, _ = await a_room(pond, None, item)
    campaign_id = await a_campaign(pond, liveRoomIds=[id_of(Kind.LIVE_ROOM, room.id)], budget=yuan(1_000_00))
    variant, who = await a_variant(pond), await a_member(pond)
    await a_promotion(pond, campaignId=campaign_id, scope={"productIds": [id_of(Kind.PRODUCT, variant.product_id)]})
    template = await a_template(
        pond, worth=Worth(CouponKind.FIXED, 10_00), campaign_id=key_of_campaign(campaign_id), per_person=9
    )
    coupons = [id_of(Kind.COUPON, (await a_coupon(pond, who, template)).id) for _ in range(2)]
    other = await a_variant(pond)

    first = await place(pond, who, line(variant), couponIds=coupons[:1], liveRoomId=id_of(Kind.LIVE_ROOM, room.id))
    await place(pond, who, line(other), couponIds=coupons[1:])
    await place(pond, who, line(other))
    before = await figures(pond, campaign_id)
    await pond.select(PAID, key_of(Kind.ORDER, first["order"]["id"]))

    assert before == (2, 0, 0, 40_00)
    assert await figures(pond, campaign_id) == (2, 1, 169_00, 40_00)


async def test_orders_by_activities_of_a_campaign_are_its_own_with_what_they_save(pond: Pond) -> None:
    """At list prices of 100.00: a flash sale at 60.00, a group at 59.00, a bargain at 70.00, points with 50.00."""
    campaign_id = await a_campaign(pond)
    of_it = {"campaign_id": key_of_campaign(campaign_id)}
    tea = [await a_variant(pond, price=Money(100_00), stock=50) for _ in range(4)]
    sale = await a_seckill(pond, tea[0], price=Money(60_00), **of_it)
    together = await a_group_buy(pond, tea[1], **of_it)
    offer = await a_bargain_offer(pond, tea[2], floor_price=Money(70_00), helpers=1, starter_cuts=True, **of_it)
    for_points = await a_points_offer(pond, variant=tea[3], price=50_00, **of_it)
    who = await a_member(pond)
    await granted(pond, who, 10_000)
    bargain = await a_bargain(pond, who, offer)
    plays = [by_seckill(sale), in_group(together), by_bargain(bargain)]

    orders = [await placed(pond, who, variant.id, play) for variant, play in zip(tea, plays, strict=False)]
    by_points = line(tea[3]) | {"pointsOfferId": id_of(Kind.POINTS_OFFER, for_points.id)}
    assert (await place(pond, who, by_points))["order"]["total"] == yuan(50_00)

    assert await figures(pond, campaign_id) == (4, 0, 0, 161_00)
    await pond.ask(CANCEL, who, id=id_of(Kind.ORDER, orders[0].id))
    assert await figures(pond, campaign_id) == (3, 0, 0, 121_00)


async def test_a_campaign_costs_what_it_takes_off_gives_along_and_lets_win(pond: Pond) -> None:
    campaign_id = await a_campaign(pond)
    of_it = {"campaign_id": key_of_campaign(campaign_id)}
    cup, tea = await a_variant(pond, price=Money(30_00)), await a_variant(pond, price=Money(100_00))
    await a_promotion(pond, two_along(cup), campaignId=campaign_id)
    won = await a_template(pond, worth=Worth(CouponKind.FIXED, 10_00), take_by=frozenset({TakeBy.PRIZE}))
    who = await a_member(pond)
    for prize in (points(9_999, worth=5_00), of_coupon(9_999, won.id)):
        await drawn(pond, who, await a_lottery(pond, prize, nothing(1), **of_it))
    ((coupon_id,),) = await pond.select("SELECT id FROM coupon")
    nobody_bought = await cost(pond, campaign_id)

    order = (await place(pond, who, line(tea), couponIds=[id_of(Kind.COUPON, coupon_id)]))["order"]
    await pond.select(PAID, key_of(Kind.ORDER, order["id"]))

    assert nobody_bought == {"gifts": yuan(0), "prizes": yuan(5_00), "cost": yuan(5_00), "roiBp": 0}
    assert order["total"] == yuan(90_00)
    assert await cost(pond, campaign_id) == {
        "gifts": yuan(60_00),
        "prizes": yuan(5_00),
        "cost": yuan(75_00),
        "roiBp": 12_000,
    }
    assert (await cost(pond, await a_campaign(pond)))["roiBp"] is None


PUBLISH = {
    "SeckillPublishInput": "seckillPublish(input: $input) { part: seckill",
    "GroupBuyPublishInput": "groupBuyPublish(input: $input) { part: groupBuy",
    "BargainOfferPublishInput": "bargainOfferPublish(input: $input) { part: bargainOffer",
    "PointsOfferPublishInput": "pointsOfferPublish(input: $input) { part: pointsOffer",
    "LotterySaveInput": "lotterySave(input: $input) { part: lottery",
    "GuideTaskPlanInput": "guideTaskPlan(input: $input) { part: task",
}


async def parts(pond: Pond, campaign_id: str) -> list[Any]:
    """What becomes of one of each kind that names a campaign."""
    tea, unit = await a_variant(pond, price=Money(100_00), stock=50), await headquarters(pond)
    starts_at, ends_at = NOON.isoformat(), (NOON + timedelta(days=1)).isoformat()
    whole = {"startsAt": starts_at, "endsAt": ends_at, "campaignId": campaign_id}
    named, variant = whole | {"name": "活动"}, {"variantId": id_of(Kind.VARIANT, tea.id)}
    prizes = [{"kind": "NONE", "name": "谢谢", "probabilityBp": 10_000, "isConsolation": True}]
    bargain = {"firstPrice": yuan(90_00), "floorPrice": yuan(50_00), "helpers": 2}
    wanted: dict[str, Any] = {
        "SeckillPublishInput": named | variant | {"price": yuan(60_00), "stock": 5, "idempotencyKey": uuid4().hex},
        "GroupBuyPublishInput": named | {"prices": [variant | {"price": yuan(59_00)}], "size": 2},
        "BargainOfferPublishInput": named | variant | bargain,
        "PointsOfferPublishInput": named | variant | {"points": 100, "quota": 5},
        "LotterySaveInput": named | {"prizes": prizes},
        "GuideTaskPlanInput": whole
        | {"title": "任务", "unitId": id_of(Kind.ORG_UNIT, unit.id), "goals": [{"kind": "RECRUIT", "target": 1}]},
    }
    boss = await appointed(pond, await an_operator(pond), Role.STORE_MANAGER, unit.id)
    boss = replace(boss, scopes=boss.scopes | {Scope.OPERATOR})
    documents = {
        kind: f"mutation ($input: {kind}!) {{ done: {what} {{ campaignId }} userErrors {{ code path }} }} }}"
        for kind, what in PUBLISH.items()
    }
    return [(await pond.ask(documents[kind], boss, input=given))["done"] for kind, given in wanted.items()]


async def test_activities_and_tasks_name_their_campaign(pond: Pond) -> None:
    campaign_id = await a_campaign(pond)

    assert await parts(pond, campaign_id) == [{"part": {"campaignId": campaign_id}, "userErrors": []}] * 6


async def test_nothing_is_part_of_a_campaign_that_is_not_there(pond: Pond) -> None:
    refused = await parts(pond, id_of(Kind.CAMPAIGN, uuid4()))

    not_found = {"code": "NOT_FOUND", "path": ["input", "campaignId"]}
    assert refused == [{"part": None, "userErrors": [not_found]}] * 6
    with pytest.raises(NotFound):
        await a_template(pond, campaign_id=uuid4())


async def test_an_order_that_is_given_up_leaves_the_figures_and_the_budget(pond: Pond) -> None:
    campaign_id = await a_campaign(pond, budget=yuan(20_00))
    await a_promotion(pond, campaignId=campaign_id)
    variant, who = await a_variant(pond), await a_member(pond)
    order_id = (await place(pond, who, line(variant)))["order"]["id"]
    spent = (await pond.ask(SHOW, staff(), id=campaign_id))["campaign"]["budgetLeft"]

    await pond.ask(CANCEL, who, id=order_id)

    assert spent == {"minor": 0}
    assert await figures(pond, campaign_id) == (0, 0, 0, 0)
    assert (await place(pond, who, line(variant)))["order"]["total"]["minor"] == 179_00


async def test_a_promotion_stays_in_its_campaign_until_no_order_has_it(pond: Pond) -> None:
    one, other = await a_campaign(pond), await a_campaign(pond)
    variant, who = await a_variant(pond), await a_member(pond)
    promotion_id = await a_promotion(pond, campaignId=one)
    order_id = (await place(pond, who, line(variant)))["order"]["id"]
    await pond.ask(PAUSE, staff(), id=promotion_id)
    wanted = {"promotionId": promotion_id, "name": "促销", "play": OFF_20, "campaignId": other}

    refused = await pond.refused(UPDATE, staff(), input=wanted)
    await pond.ask(CANCEL, who, id=order_id)
    later = await pond.refused(UPDATE, staff(), input=wanted)

    assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", "campaignId"]}]
    assert later == []


async def test_an_order_gives_nothing_back_to_a_campaign_that_it_was_never_counted_in(pond: Pond) -> None:
    """As orders are whose promotion another campaign was given while it was used."""
    one, other = [await a_campaign(pond, budget=yuan(100_00)) for _ in range(2)]
    variant, who = await a_variant(pond), await a_member(pond)
    promotion_id = await a_promotion(pond, campaignId=one)
    order_id = (await place(pond, who, line(variant)))["order"]["id"]
    await pond.select(
        "UPDATE promotion SET campaign_id = $2 WHERE id = $1", promotion_key(promotion_id), key_of_campaign(other)
    )

    refused = await pond.refused(CANCEL, who, id=order_id)

    assert refused == []
    assert (await figures(pond, other))[3] == 0


async def two_of(pond: Pond, campaign_id: str) -> list[dict[str, Any]]:
    """Lines of two products, for each of which a promotion of the campaign takes 20.00 off."""
    variants = [await a_variant(pond, stock=100) for _ in range(2)]
    for variant in variants:
        scope = {"productIds": [id_of(Kind.PRODUCT, variant.product_id)]}
        await a_promotion(pond, OFF_20, campaignId=campaign_id, scope=scope)
    return [line(variant) for variant in variants]


async def test_what_two_promotions_take_off_one_order_comes_out_of_the_budget_together(pond: Pond) -> None:
    """Each fits into the 30.00 that are left, both do not."""
    lines, who = await two_of(pond, campaign_id := await a_campaign(pond, budget=yuan(50_00))), await a_member(pond)
    await place(pond, who, lines[0])

    short, again = [await place(pond, who, *lines) for _ in range(2)]

    assert [error["code"] for error in short["userErrors"]] == ["NONE_LEFT"]
    assert again["order"]["total"]["minor"] == 398_00
    assert (await figures(pond, campaign_id))[3] == 20_00


async def test_what_a_whole_budget_cannot_bear_is_not_taken_off(pond: Pond) -> None:
    """Of two promotions that a budget of 30.00 bears one of, an order has one."""
    lines, who = await two_of(pond, campaign_id := await a_campaign(pond, budget=yuan(30_00))), await a_member(pond)

    order = (await place(pond, who, *lines))["order"]

    assert order["total"]["minor"] == 378_00
    assert (await figures(pond, campaign_id))[3] == 20_00


async def crowd(pond: Pond, campaign_id: str) -> list[int]:
    """What 64 members pay who order at once through eight servers, with two promotions of the campaign about."""
    lines = await two_of(pond, campaign_id)
    members = [await a_member(pond) for _ in range(64)]
    servers = [Pond(pond.database) for _ in range(8)]
    answers = await asyncio.gather(*(place(servers[i % 8], who, lines[i % 2]) for i, who in enumerate(members)))
    return [answer["order"]["total"]["minor"] for answer in answers if answer["order"]]


async def test_all_promotions_of_a_campaign_share_its_budget(pond: Pond) -> None:
    campaign_id = await a_campaign(pond, budget=yuan(110_00))

    assert (await crowd(pond, campaign_id)).count(179_00) == 5
    assert (await figures(pond, campaign_id))[3] == 100_00


async def test_64_campaigns_with_a_room_that_are_saved_at_once_are_all_saved(pond: Pond) -> None:
    """None waits for a second connection while it holds one: together they would have them all."""
    room, _ = await a_room(pond)
    wanted = {"theme": "中秋", "liveRoomIds": [id_of(Kind.LIVE_ROOM, room.id)]}

    answers = await asyncio.gather(*(pond.refused(SAVE, staff(), input=wanted) for _ in range(64)))

    assert answers == [[]] * 64


async def test_without_the_guard_a_crowd_spends_more(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control."""
    others = [one for one in resolvers.placing.TAKINGS if one is not PromotionTaking]
    monkeypatch.setattr(resolvers.placing, "TAKINGS", others)

    assert (await crowd(pond, await a_campaign(pond, budget=yuan(110_00)))).count(179_00) > 5


async def test_the_figures_of_many_campaigns_are_one_statement(pond: Pond) -> None:
    for _ in range(3):
        await a_campaign(pond)

    with statements() as log:
        await pond.ask("{ campaigns(first: 5) { nodes { theme figures { orders discounts { minor } } } } }", staff())

    assert len(log) == 2


async def test_promotions_are_found_by_their_campaign(pond: Pond) -> None:
    campaign_id = await a_campaign(pond)
    promotion_id = await a_promotion(pond, campaignId=campaign_id)
    await a_promotion(pond)
    document = (
        """query ($id: ID!) { promotions(first: 5, where: {campaignId: {eq: $id}}) { nodes { id campaignId } } }"""
    )

    found = await pond.ask(document, staff(), id=campaign_id)

    assert found["promotions"]["nodes"] == [{"id": promotion_id, "campaignId": campaign_id}]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        pytest.param({"theme": ""}, ["theme"], id="no theme"),
        pytest.param({"budget": {"minor": 0}}, ["budget"], id="no budget"),
        pytest.param({"postIds": [id_of(Kind.POST, uuid4())]}, ["postIds"], id="no such post"),
        pytest.param({"liveRoomIds": [id_of(Kind.LIVE_ROOM, uuid4())]}, ["liveRoomIds"], id="no such room"),
        pytest.param({"campaignId": id_of(Kind.CAMPAIGN, uuid4())}, ["campaignId"], id="no such campaign"),
        pytest.param({"startsAt": NOON.isoformat(), "endsAt": NOON.isoformat()}, ["endsAt"], id="no time at all"),
    ],
)
async def test_what_makes_no_campaign_is_refused(pond: Pond, more: dict[str, Any], path: list[str]) -> None:
    (error,) = await pond.refused(SAVE, staff(), input={"theme": "中秋", **more})

    assert error["path"] == ["input", *path]


async def test_campaigns_are_for_operators(pond: Pond) -> None:
    campaign_id = await a_campaign(pond)

    assert await pond.errors(SHOW, member(), id=campaign_id) == ["FORBIDDEN"]
    assert (await pond.ask("query ($id: ID!) { node(id: $id) { id } }", member(), id=campaign_id))["node"] is None
