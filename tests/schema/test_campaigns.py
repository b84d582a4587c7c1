"""Campaigns: what belongs to one, the budget of its promotions, and what came of it, each order counted once."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.placing
from domain.coupon_templates import Worth
from domain.promotions.coupons import CouponKind
from resolvers.promotion_taking import PromotionTaking
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant, member, staff
from tests.makers_content import a_post
from tests.makers_coupons import a_coupon, a_template
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.makers_promotions import OFF_20, a_promotion, line, place, yuan
from tests.pond import NOON, Pond, statements

SAVE = """mutation ($input: CampaignSaveInput!) { campaignSave(input: $input) {
  campaign { id version theme budget { minor } budgetLeft { minor } posts { id } liveRooms { id } }
  userErrors { code path } } }"""
SHOW = """query ($id: ID!) { campaign(id: $id) { budgetLeft { minor }
  figures { orders paidOrders sales { minor } discounts { minor } } } }"""
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


async def crowd(pond: Pond, campaign_id: str) -> list[int]:
    """What 64 members pay who order at once through eight servers, with two promotions of the campaign about."""
    variants = [await a_variant(pond, stock=100) for _ in range(2)]
    for variant in variants:
        scope = {"productIds": [id_of(Kind.PRODUCT, variant.product_id)]}
        await a_promotion(pond, OFF_20, campaignId=campaign_id, scope=scope)
    members = [await a_member(pond) for _ in range(64)]
    servers = [Pond(pond.database) for _ in range(8)]
    answers = await asyncio.gather(
        *(place(servers[i % 8], who, line(variants[i % 2])) for i, who in enumerate(members))
    )
    return [answer["order"]["total"]["minor"] for answer in answers if answer["order"]]


async def test_all_promotions_of_a_campaign_share_its_budget(pond: Pond) -> None:
    campaign_id = await a_campaign(pond, budget=yuan(110_00))

    assert (await crowd(pond, campaign_id)).count(179_00) == 5
    assert (await figures(pond, campaign_id))[3] == 100_00


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
