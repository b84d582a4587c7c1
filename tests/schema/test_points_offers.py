"""Points offers: a variant for points and some money, no more than there are and each may have."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.live_products
import db.points_offers
from domain.catalogue import ProductVisibility
from domain.identity import Principal
from domain.live import ShelfItem
from domain.money import Money
from domain.points_offers import PointsOffer
from domain.refusals import ErrorCode, Refusals
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_points_offer, an_operator
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.makers_plays import a_seckill
from tests.makers_promotions import a_floor
from tests.makers_value import granted
from tests.pond import NOON, Pond, statements

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } } userErrors { code path } } }"""
QUOTE = "query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) { total { minor } pointsUsed canBeOrdered } }"
CANCEL = "mutation ($id: ID!) { orderCancel(input: { orderId: $id }) { userErrors { code } } }"
SEEN = "query { runningPointsOffers { name points price { minor } left limitPerMember takenByMe } }"
PUBLISH = """mutation ($input: PointsOfferPublishInput!) { pointsOfferPublish(input: $input) {
  pointsOffer { id state quota } userErrors { code path } } }"""
END = """mutation ($id: ID!) { pointsOfferEnd(input: { pointsOfferId: $id }) {
  pointsOffer { state } replayed userErrors { code } } }"""


async def a_rich_member(pond: Pond, points: int = 1_000) -> Principal:
    member = await a_member(pond)
    await granted(pond, member, points)
    return member


def line_of(offer: PointsOffer, quantity: int = 1) -> dict[str, Any]:
    ids = {
        "variantId": id_of(Kind.VARIANT, offer.terms.variant_id),
        "pointsOfferId": id_of(Kind.POINTS_OFFER, offer.id),
    }
    return {**ids, "quantity": quantity}


async def place(pond: Pond, who: Principal, *lines: dict[str, Any]) -> dict[str, Any]:
    asked = {"lines": list(lines), "idempotencyKey": uuid4().hex}
    return dict((await pond.ask(PLACE, who, input=asked))["orderPlace"])


async def codes(pond: Pond, who: Principal, *lines: dict[str, Any]) -> list[str]:
    return [error["code"] for error in (await place(pond, who, *lines))["userErrors"]]


async def balance(pond: Pond, who: Principal) -> int:
    found = await pond.select("SELECT available FROM points_account WHERE member_id = $1", who.member_id)
    return int(found[0][0])


async def test_points_and_money_buy_what_is_offered(pond: Pond) -> None:
    offer, member = await a_points_offer(pond), await a_rich_member(pond)

    quote = (await pond.ask(QUOTE, member, lines=[line_of(offer)]))["cartQuote"]
    order = (await place(pond, member, line_of(offer)))["order"]

    assert quote == {"total": {"minor": 9_90}, "pointsUsed": 500, "canBeOrdered": True}
    assert order["total"]["minor"] == 9_90
    assert await balance(pond, member) == 500
    (seen,) = (await pond.ask(SEEN, member))["runningPointsOffers"]
    assert (seen["points"], seen["price"]["minor"], seen["left"], seen["takenByMe"]) == (500, 9_90, 9, 1)


async def test_what_is_given_up_comes_back(pond: Pond) -> None:
    offer, member = await a_points_offer(pond), await a_rich_member(pond)
    order = (await place(pond, member, line_of(offer)))["order"]
    assert await codes(pond, member, line_of(offer)) == ["LIMIT_PER_MEMBER"]

    await pond.ask(CANCEL, member, id=order["id"])

    (seen,) = (await pond.ask(SEEN, member))["runningPointsOffers"]
    assert (seen["left"], seen["takenByMe"], await balance(pond, member)) == (10, 0, 1_000)
    assert await codes(pond, member, line_of(offer)) == []


async def test_who_gives_up_locks_in_the_order_of_who_buys(pond: Pond) -> None:
    """Somebody holds the shelf and wants the offer; who gives both back waits for the shelf, and holds no offer."""
    offer, member, item = await a_points_offer(pond), await a_rich_member(pond), await an_item(pond)
    room, _ = await a_room(pond, None, item)
    lines = [line_of(offer), {"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}]
    asked = {"lines": lines, "liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "idempotencyKey": "k"}
    order = (await pond.ask(PLACE, member, input=asked))["orderPlace"]["order"]
    (shelf,) = await pond.select("SELECT id FROM live_product")

    async with pond.database.writing() as tx:
        await db.live_products.lock_stock(tx, [shelf["id"]])
        giving_up = asyncio.create_task(pond.ask(CANCEL, member, id=order["id"]))
        while not await pond.select("SELECT 1 FROM pg_locks WHERE NOT granted"):  # noqa: ASYNC110  it has no event
            await asyncio.sleep(0.01)
        await db.points_offers.lock(tx, [offer.id])

    assert (await giving_up)["orderCancel"]["userErrors"] == []


async def test_who_has_too_few_points_gets_nothing(pond: Pond) -> None:
    offer, member = await a_points_offer(pond), await a_rich_member(pond, 499)

    assert await codes(pond, member, line_of(offer)) == ["INSUFFICIENT_POINTS"]

    assert (await pond.select("SELECT taken FROM points_offer"))[0][0] == 0


async def test_three_of_an_offer_go_to_three_of_sixty_four(pond: Pond) -> None:
    offer = await a_points_offer(pond, quota=3)
    crowd, processes = [await a_rich_member(pond, 500) for _ in range(64)], [pond, Pond(pond.database)]

    answers = await asyncio.gather(*(codes(processes[n % 2], one, line_of(offer)) for n, one in enumerate(crowd)))

    assert Counter(map(tuple, answers)) == {(): 3, ("NONE_LEFT",): 61}
    assert (await pond.select("SELECT taken FROM points_offer"))[0][0] == 3


async def test_sixty_four_orders_of_one_member_take_what_one_may(pond: Pond) -> None:
    offer, member = await a_points_offer(pond, quota=50, per_person=2), await a_rich_member(pond, 50_000)

    answers = await asyncio.gather(*(codes(pond, member, line_of(offer)) for _ in range(64)))

    assert Counter(map(tuple, answers)) == {(): 2, ("LIMIT_PER_MEMBER",): 62}
    assert await balance(pond, member) == 49_000


async def test_who_looks_first_and_counts_afterwards_gives_more_than_there_are(pond: Pond) -> None:
    """Negative control: a quota that is looked at, and a number that is set to what was seen and one more."""
    offer, all_have_looked = await a_points_offer(pond, quota=3), asyncio.Barrier(8)

    async def careless() -> bool:
        async with pond.database.writing() as tx:
            taken = await tx._connection.fetchval("SELECT taken FROM points_offer WHERE id = $1", offer.id)
            await all_have_looked.wait()
            await tx._connection.execute("UPDATE points_offer SET taken = $2 WHERE id = $1", offer.id, taken + 1)
            return bool(taken < 3)

    assert sum(await asyncio.gather(*(careless() for _ in range(8)))) == 8


async def test_an_offer_is_for_its_variant_in_its_time(pond: Pond) -> None:
    offer, later = await a_points_offer(pond), await a_points_offer(pond, starts_at=NOON + timedelta(hours=1))
    member, other = await a_rich_member(pond), await a_variant(pond)

    assert await codes(pond, member, line_of(later)) == ["NOT_STARTED"]
    assert await codes(pond, member, line_of(offer) | {"variantId": id_of(Kind.VARIANT, other.id)}) == ["NOT_FOUND"]
    ended = [
        (await pond.ask(END, await an_operator(pond), id=id_of(Kind.POINTS_OFFER, offer.id)))["pointsOfferEnd"]
        for _ in range(2)
    ]
    assert [one["replayed"] for one in ended] == [False, True]
    assert await codes(pond, member, line_of(offer)) == ["NOT_STARTED"]


async def test_offers_of_what_is_private_do_not_exist_for_visitors(pond: Pond) -> None:
    variant = await a_variant(pond, visibility=ProductVisibility.MEMBERS, stock=9)
    await a_points_offer(pond, variant)

    assert (await pond.ask(SEEN))["runningPointsOffers"] == []
    assert len((await pond.ask(SEEN, await a_member(pond)))["runningPointsOffers"]) == 1


async def test_operators_offer_within_bounds(pond: Pond) -> None:
    variant, operator = await a_variant(pond), await an_operator(pond)
    times = {"startsAt": "2026-11-22T00:00:00Z", "endsAt": "2026-11-30T00:00:00Z"}
    asked = {"name": "杯", "variantId": id_of(Kind.VARIANT, variant.id), "points": 1, "quota": 5, **times}

    saved = (await pond.ask(PUBLISH, operator, input=asked))["pointsOfferPublish"]
    assert (saved["pointsOffer"]["state"], saved["pointsOffer"]["quota"]) == ("PUBLISHED", 5)
    for part, value in (("points", 0), ("quota", 0), ("limitPerMember", 1_000), ("price", {"minor": -1})):
        (error,) = await pond.refused(PUBLISH, operator, input=asked | {part: value})
        assert error == {"code": "BAD_USER_INPUT", "path": ["input", part]}
    assert await pond.errors(PUBLISH, await a_member(pond), input=asked) == ["FORBIDDEN"]


async def test_points_that_an_offer_costs_are_not_spent_on_other_goods_as_well(pond: Pond) -> None:
    offer, member, other = await a_points_offer(pond), await a_rich_member(pond, 700), await a_variant(pond)
    bought = {"variantId": id_of(Kind.VARIANT, other.id), "quantity": 1}
    asked = {"lines": [line_of(offer), bought], "points": 700, "idempotencyKey": uuid4().hex}

    placed = (await pond.ask(PLACE, member, input=asked))["orderPlace"]

    assert placed["userErrors"] == []
    assert placed["order"]["total"]["minor"] == 9_90 + 199_00 - 2_00
    assert await balance(pond, member) == 0


async def test_no_offer_goes_below_a_floor(pond: Pond) -> None:
    variant = await a_variant(pond)
    await a_floor(pond, id_of(Kind.VARIANT, variant.id), 9_91)

    with pytest.raises(Refusals) as refused:
        await a_points_offer(pond, variant)
    await a_points_offer(pond, variant, price=9_91)

    assert [one.code for one in refused.value.members] == [ErrorCode.PRICE_BELOW_FLOOR]


async def test_what_a_play_sells_is_not_bought_for_points_as_well(pond: Pond) -> None:
    """It would take a unit of the flash sale, which nobody would ever give back, and one of the shop besides."""
    variant, member = await a_variant(pond, stock=9), await a_rich_member(pond)
    offer, flash = await a_points_offer(pond, variant), await a_seckill(pond, variant, stock=5)
    play = {"kind": "SECKILL", "id": id_of(Kind.SECKILL, flash.id)}
    asked = {"lines": [line_of(offer)], "play": play, "idempotencyKey": uuid4().hex}

    refused = await pond.refused(PLACE, member, input=asked)

    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]
    assert (await pond.select("SELECT remaining, reserved FROM seckill"))[0] == (5, 0)


async def test_what_a_room_sells_keeps_its_price_beside_the_same_for_points(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=6), await a_rich_member(pond)
    room, _ = await a_room(pond, None, ShelfItem(variant.id, Money(99_00), 5))
    live = {"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 2}
    asked = {
        "lines": [live, line_of(await a_points_offer(pond, variant))],
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
        "idempotencyKey": uuid4().hex,
    }

    placed = (await pond.ask(PLACE, member, input=asked))["orderPlace"]

    assert placed["userErrors"] == []
    assert placed["order"]["total"]["minor"] == 2 * 99_00 + 9_90
    assert [tuple(row) for row in await pond.select("SELECT remaining, reserved FROM live_product")] == [(3, 2)]


async def test_lines_without_an_offer_cost_no_statement_of_it(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=9), await a_member(pond)

    with statements() as log:
        await place(pond, member, {"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1})

    assert [line for line in log if "points_offer" in line] == []
