"""Bargains: started, helped once by each, bought once; no cut is lost, whoever helps at the same time."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import resolvers.bargains
import resolvers.orders
from domain.bargains import Bargain
from domain.identity import Principal
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_members import a_member
from tests.makers_plays import a_bargain, a_bargain_offer, an_operator, by_bargain, placed, tried
from tests.makers_shelves import paid
from tests.pond import NOON, Pond, statements

PUBLISH = """mutation ($input: BargainOfferPublishInput!) { bargainOfferPublish(input: $input) {
  bargainOffer { id helpers firstPrice { minor } floorPrice { minor } } userErrors { code path } } }"""
END = """mutation ($id: ID!) { bargainOfferEnd(input: { bargainOfferId: $id }) {
  bargainOffer { state } userErrors { code } } }"""
START = """mutation ($id: ID!) { bargainStart(input: { bargainOfferId: $id }) { replayed
  bargain { id state price { minor } helped } userErrors { code } } }"""
HELP = """mutation ($id: ID!) { bargainHelp(input: { bargainId: $id }) { replayed
  help { position cut { minor } } bargain { price { minor } helped version } userErrors { code } } }"""
SHOWN = """query ($id: ID!) { bargain(id: $id) { state price { minor } helpers helped
  member { nickname } offer { name } myHelp { cut { minor } }
  helps(first: 50) { nodes { position cut { minor } helper { nickname } } } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id total { minor } }
  userErrors { code ... on HelpersLacking { helpersLeft } } } }"""


def key(bargain: Bargain) -> str:
    return id_of(Kind.BARGAIN, bargain.id)


async def helped(pond: Pond, bargain: Bargain, by: Principal) -> Any:
    return (await pond.ask(HELP, by, id=key(bargain)))["bargainHelp"]


async def crowd(pond: Pond, many: int) -> list[Principal]:
    return [await a_member(pond, f"Helper {n}") for n in range(many)]


async def test_an_operator_publishes_an_offer_and_a_variant_is_in_one(pond: Pond) -> None:
    variant, operator = await a_variant(pond), await an_operator(pond)
    said = {
        "name": "砍到底",
        "variantId": id_of(Kind.VARIANT, variant.id),
        "firstPrice": {"minor": 100_00},
        "floorPrice": {"minor": 30_00},
        "helpers": 10,
        "startsAt": NOON.isoformat(),
        "endsAt": (NOON + timedelta(days=1)).isoformat(),
    }

    answer = (await pond.ask(PUBLISH, operator, input=said))["bargainOfferPublish"]

    assert answer["userErrors"] == []
    assert answer["bargainOffer"]["floorPrice"] == {"minor": 30_00}
    assert [one["code"] for one in await pond.refused(PUBLISH, operator, input=said)] == ["CONFLICT"]
    (refusal,) = await pond.refused(PUBLISH, operator, input=said | {"floorPrice": {"minor": 99_95}})
    assert refusal == {"code": "BAD_USER_INPUT", "path": ["input", "floorPrice"]}


async def test_a_member_has_one_bargain_under_way_in_an_offer(pond: Pond) -> None:
    offer, mei = await a_bargain_offer(pond), await a_member(pond)
    offer_id = id_of(Kind.BARGAIN_OFFER, offer.id)

    answers = await asyncio.gather(*(pond.ask(START, mei, id=offer_id) for _ in range(8)))

    started = [one["bargainStart"] for one in answers]
    assert sorted(one["replayed"] for one in started) == [False, *[True] * 7]
    assert len({one["bargain"]["id"] for one in started}) == 1
    assert started[0]["bargain"]["price"] == {"minor": 100_00}


async def test_who_starts_may_cut_first_and_counts_as_a_helper(pond: Pond) -> None:
    mei = await a_member(pond)

    bargain = await a_bargain(pond, mei, starter_cuts=True, helpers=2)

    assert bargain.helped == 1
    assert Money(30_00).minor < bargain.price.minor <= 100_00 - 6_999 * 2_000 // 10_000
    lan = await a_member(pond)
    assert (await helped(pond, bargain, lan))["bargain"]["price"] == {"minor": 30_00}


async def test_ten_helpers_bring_it_to_the_floor_exactly_and_the_eleventh_is_refused(pond: Pond) -> None:
    mei = await a_member(pond, "Mei")
    bargain = await a_bargain(pond, mei)
    helpers = await crowd(pond, 11)

    cuts = [(await helped(pond, bargain, one))["help"]["cut"]["minor"] for one in helpers[:10]]

    assert min(cuts) >= 1
    assert sum(cuts) == 70_00
    assert [one["code"] for one in (await helped(pond, bargain, helpers[10]))["userErrors"]] == ["INVALID_STATE"]
    shown = (await pond.ask(SHOWN, helpers[0], id=key(bargain)))["bargain"]
    assert (shown["price"], shown["helped"], shown["member"]) == ({"minor": 30_00}, 10, {"nickname": "Mei"})
    assert [one["cut"]["minor"] for one in shown["helps"]["nodes"]] == cuts[::-1]
    assert shown["myHelp"] == {"cut": {"minor": cuts[0]}}


async def test_nobody_helps_themselves_or_twice(pond: Pond) -> None:
    mei, lan = await a_member(pond), await a_member(pond)
    bargain = await a_bargain(pond, mei)

    first, again = await helped(pond, bargain, lan), await helped(pond, bargain, lan)

    assert [one["code"] for one in (await helped(pond, bargain, mei))["userErrors"]] == ["FORBIDDEN"]
    assert (again["replayed"], again["help"]) == (True, first["help"])
    assert again["bargain"]["helped"] == 1


async def test_64_who_help_at_once_are_as_many_as_it_takes_and_no_cut_is_lost(pond: Pond) -> None:
    bargain = await a_bargain(pond, await a_member(pond))
    helpers = await crowd(pond, 64)

    answers = await asyncio.gather(*(helped(pond, bargain, one) for one in helpers))

    cuts = [one["help"]["cut"]["minor"] for one in answers if one["help"]]
    assert (len(cuts), sum(cuts)) == (10, 70_00)
    assert await pond.select("SELECT price_minor, helped FROM bargain") == [(30_00, 10)]
    assert await pond.select("SELECT count(*), sum(cut_minor) FROM bargain_help") == [(10, 70_00)]


async def test_64_helps_of_one_member_are_one(pond: Pond) -> None:
    bargain, lan = await a_bargain(pond, await a_member(pond)), await a_member(pond)

    answers = await asyncio.gather(*(helped(pond, bargain, lan) for _ in range(64)))

    assert sorted(one["replayed"] for one in answers) == [False, *[True] * 63]
    assert await pond.select("SELECT helped FROM bargain") == [(1,)]


async def test_who_reads_the_price_and_writes_it_back_loses_cuts(pond: Pond) -> None:
    """The negative control, and CRMEB's defect of product rules 3.15: the new price is written as an absolute value."""
    await a_bargain(pond, await a_member(pond))
    looked = asyncio.Barrier(4)
    ((name, folder),) = await pond.select("SELECT current_database(), current_setting('unix_socket_directories')")
    connections = [await asyncpg.connect(f"postgresql://postgres@/{name}?host={folder}") for _ in range(4)]

    async def careless(connection: asyncpg.Connection) -> int:
        ((price, many),) = await connection.fetch("SELECT price_minor, helped FROM bargain")
        await looked.wait()
        await connection.execute("UPDATE bargain SET price_minor = $1, helped = $2", price - 10_00, many + 1)
        return 10_00

    cuts = await asyncio.gather(*map(careless, connections))
    for connection in connections:
        await connection.close()

    assert sum(cuts) == 40_00
    assert await pond.select("SELECT price_minor, helped FROM bargain") == [(90_00, 1)]


async def test_a_member_helps_in_no_more_bargains_than_the_offer_allows(pond: Pond) -> None:
    offer = await a_bargain_offer(pond, helps_per_member=2)
    started = [await a_bargain(pond, await a_member(pond), offer) for _ in range(8)]
    lan = await a_member(pond)

    answers = await asyncio.gather(*(helped(pond, one, lan) for one in started))

    codes = [one["userErrors"][0]["code"] for one in answers if one["userErrors"]]
    assert codes == ["LIMIT_PER_MEMBER"] * 6


async def test_who_registers_to_help_cuts_half_of_what_there_is_to_cut(pond: Pond) -> None:
    bargain = await a_bargain(pond, await a_member(pond))
    pond.later(minutes=1)

    answer = await helped(pond, bargain, await a_member(pond))

    assert answer["help"]["cut"] == {"minor": (70_00 - 9) // 2}


async def test_its_starter_buys_at_the_price_it_has_and_nobody_helps_from_then_on(pond: Pond) -> None:
    variant, (mei, lan, wei) = await a_variant(pond, stock=3), await crowd(pond, 3)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant))
    price = (await helped(pond, bargain, lan))["bargain"]["price"]["minor"]

    assert await tried(pond, lan, variant.id, by_bargain(bargain)) == "NotFound"
    order = await placed(pond, mei, variant.id, by_bargain(bargain))

    assert order.total == Money(price)
    assert [one["code"] for one in (await helped(pond, bargain, wei))["userErrors"]] == ["INVALID_STATE"]
    assert await tried(pond, mei, variant.id, by_bargain(bargain)) == "WrongState"
    assert await pond.select("SELECT sellable, reserved FROM stock_level") == [(2, 1)]
    await paid(pond, order, mei)
    assert await pond.select("SELECT state FROM bargain") == [("BOUGHT",)]


async def test_64_orders_of_one_bargain_at_once_are_one(pond: Pond) -> None:
    variant, mei = await a_variant(pond, stock=100), await a_member(pond)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant))
    processes = [pond, Pond(pond.database)]

    came = await asyncio.gather(*(tried(processes[n % 2], mei, variant.id, by_bargain(bargain)) for n in range(64)))

    assert sorted(came) == ["WrongState"] * 63 + ["placed"]


async def test_an_order_that_was_given_up_leaves_the_bargain_as_it_was(pond: Pond) -> None:
    variant, mei = await a_variant(pond), await a_member(pond)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant))
    await placed(pond, mei, variant.id, by_bargain(bargain))

    pond.later(minutes=16)
    await resolvers.orders.cancel_overdue(pond.context())

    assert await pond.select("SELECT state, order_id FROM bargain") == [("OPEN", None)]
    assert await tried(pond, mei, variant.id, by_bargain(bargain)) == "placed"


async def test_one_that_sells_at_its_floor_only_says_what_is_lacking(pond: Pond) -> None:
    variant, mei = await a_variant(pond), await a_member(pond)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant, only_at_floor=True, helpers=2))
    asked = {
        "lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}],
        "play": {"kind": "BARGAIN", "id": key(bargain)},
    }

    refusals = await pond.refused(PLACE, mei, input=asked | {"idempotencyKey": "1"})
    for one in await crowd(pond, 2):
        await helped(pond, bargain, one)
    answer = (await pond.ask(PLACE, mei, input=asked | {"idempotencyKey": "2"}))["orderPlace"]

    assert refusals == [{"code": "INVALID_STATE", "helpersLeft": 2}]
    assert answer["order"]["total"] == {"minor": 30_00}


async def test_when_its_time_is_over_it_is_helped_and_bought_by_nobody(pond: Pond) -> None:
    variant, mei, lan = await a_variant(pond), await a_member(pond), await a_member(pond)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant))

    pond.later(hours=24)
    assert await tried(pond, mei, variant.id, by_bargain(bargain)) == "WrongState"
    assert [await resolvers.bargains.expire(pond.context()) for _ in range(2)] == [1, 0]

    assert [one["code"] for one in (await helped(pond, bargain, lan))["userErrors"]] == ["INVALID_STATE"]
    assert (await pond.ask(SHOWN, id=key(bargain)))["bargain"]["state"] == "EXPIRED"
    assert (await a_bargain(pond, mei, await _the_offer(pond, bargain))).id != bargain.id


async def _the_offer(pond: Pond, bargain: Bargain) -> Any:
    return (await resolvers.bargains.offers_of_bargains(pond.context(), [bargain]))[0]


async def test_an_offer_ends_by_hand_or_by_the_clock_and_its_bargains_go_on(pond: Pond) -> None:
    offer, operator, mei = await a_bargain_offer(pond), await an_operator(pond), await a_member(pond)
    bargain, offer_id = await a_bargain(pond, mei, offer), id_of(Kind.BARGAIN_OFFER, offer.id)

    assert (await pond.ask(END, operator, id=offer_id))["bargainOfferEnd"]["bargainOffer"] == {"state": "ENDED"}
    assert [one["code"] for one in await pond.refused(END, operator, id=offer_id)] == ["INVALID_STATE"]
    assert [one["code"] for one in await pond.refused(START, await a_member(pond), id=offer_id)] == ["NOT_STARTED"]
    assert (await helped(pond, bargain, await a_member(pond)))["userErrors"] == []
    await a_bargain_offer(pond)
    pond.later(days=3)
    assert [await resolvers.bargains.end_over(pond.context()) for _ in range(2)] == [1, 0]


async def test_the_database_holds_the_price_above_the_floor_and_a_place_to_one_helper(pond: Pond) -> None:
    bargain, lan = await a_bargain(pond, await a_member(pond)), await a_member(pond)
    await helped(pond, bargain, lan)
    insert = "INSERT INTO bargain_help VALUES ($1, $2, $3, $4, now())"

    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE bargain SET price_minor = floor_minor - 1")
    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE bargain SET helped = helpers")
    with pytest.raises(asyncpg.UniqueViolationError):
        await pond.select(insert, bargain.id, (await a_member(pond)).member_id, 1, 5)
    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select(insert, bargain.id, (await a_member(pond)).member_id, 2, 0)


async def test_nobody_knows_of_a_bargain_that_is_not_there(pond: Pond) -> None:
    nothing = id_of(Kind.BARGAIN, uuid4())

    assert (await pond.ask(SHOWN, id=nothing))["bargain"] is None
    assert [one["code"] for one in await pond.refused(HELP, await a_member(pond), id=nothing)] == ["NOT_FOUND"]
    assert await pond.errors(HELP, id=nothing) == ["UNAUTHENTICATED"]


async def test_a_share_page_costs_the_same_whatever_the_number_of_helpers(pond: Pond) -> None:
    bargain, counts = await a_bargain(pond, await a_member(pond)), []
    for _ in range(2):
        for one in await crowd(pond, 2):
            await helped(pond, bargain, one)
        with statements() as log:
            await pond.ask(SHOWN, id=key(bargain))
        counts.append(len(log))

    assert counts == [6, 6]


async def test_a_product_shows_its_offers_and_the_callers_own_bargain(pond: Pond) -> None:
    product, mei = await a_product(pond), await a_member(pond)
    (variant,) = await variants_of(pond, product)
    offer = await a_bargain_offer(pond, variant)
    bargain = await a_bargain(pond, mei, offer)
    query = """query ($slug: String!) { product(slug: $slug) { bargainOffers { id myBargain { id } } }
      bargainOffers(first: 5) { nodes { id variant { sku } } } }"""

    shown, guest = await pond.ask(query, mei, slug=product.slug), await pond.ask(query, slug=product.slug)

    own = {"id": id_of(Kind.BARGAIN_OFFER, offer.id), "myBargain": {"id": key(bargain)}}
    assert shown["product"]["bargainOffers"] == [own]
    assert guest["product"]["bargainOffers"] == [own | {"myBargain": None}]
    assert [one["id"] for one in guest["bargainOffers"]["nodes"]] == [own["id"]]


async def test_an_order_of_a_bargain_keeps_to_the_budget_of_statements(pond: Pond) -> None:
    variant, mei = await a_variant(pond), await a_member(pond)
    bargain = await a_bargain(pond, mei, await a_bargain_offer(pond, variant))

    with statements() as placing:
        await placed(pond, mei, variant.id, by_bargain(bargain))

    assert len(placing) <= 14
