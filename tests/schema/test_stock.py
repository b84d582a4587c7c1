"""Stock at locations: what staff and other systems book, what orders take from where, and the ledger of it all."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import db.stock
import resolvers.orders
from domain.catalogue import ProductVisibility, Variant
from domain.identity import VISITOR, Principal, Role
from domain.stock_locations import DEFAULT_LOCATION
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant, member, staff, stocked
from tests.makers_members import a_member, a_store
from tests.makers_members import staff as employee
from tests.makers_stock import a_store_with_stock, a_warehouse, nothing_is_lost
from tests.pond import Pond, statements
from tests.schema.test_orders import CANCEL, line, paid, place, placed

ADJUST = """mutation ($input: StockAdjustInput!) { stockAdjust(input: $input) {
  variant { available } replayed userErrors { code path ... on QuantityMoved { available } } } }"""
TRANSFER = """mutation ($input: StockTransferInput!) { stockTransfer(input: $input) {
  variant { available } replayed userErrors { code path } } }"""
PUSH = """mutation ($input: StockPushInput!) { stockPush(input: $input) {
  results { outcome sellable version } replayed userErrors { code path } } }"""
SAVE = """mutation ($input: StockLocationSaveInput!) { stockLocationSave(input: $input) {
  location { id name isDefault version unit { name } regions } userErrors { code path } } }"""
LEVELS = """query ($id: ID!) { node(id: $id) { ... on Variant { available
  stockLevels { location { id } received sellable reserved carved sold } } } }"""
MOVEMENTS = """query ($where: StockMovementWhere) { stockMovements(first: 50, where: $where) { nodes {
  kind source target quantity orderId reference actorId location { isDefault } variant { id } } } }"""
STORES = """query ($ids: [ID!]!) { pickUpStores(variantIds: $ids) {
  store { name } hasAll available { variantId available } } }"""
DEFAULT = id_of(Kind.STOCK_LOCATION, DEFAULT_LOCATION)


def id_of_variant(variant: Variant) -> str:
    return id_of(Kind.VARIANT, variant.id)


def at(location: Any) -> str:
    return id_of(Kind.STOCK_LOCATION, location.id)


async def sellable(pond: Pond, variant: Variant, location_id: UUID = DEFAULT_LOCATION) -> int:
    levels = await db.stock.levels_of(pond.database.reading(), [variant.id], location_id)
    return levels[variant.id].sellable if variant.id in levels else 0


async def movements(pond: Pond, **where: Any) -> list[Any]:
    data = await pond.ask(MOVEMENTS, staff(), where={name: {"eq": value} for name, value in where.items()})
    return list(data["stockMovements"]["nodes"])


async def adjust(pond: Pond, variant: Variant, **values: Any) -> Any:
    wanted = {"variantId": id_of_variant(variant), "idempotencyKey": uuid4().hex, **values}
    return (await pond.ask(ADJUST, staff(), input=wanted))["stockAdjust"]


async def transfer(pond: Pond, variant: Variant, quantity: int, source: str, target: str, key: str = "") -> Any:
    wanted = {
        "variantId": id_of_variant(variant),
        "quantity": quantity,
        "fromId": source,
        "toId": target,
        "idempotencyKey": key or uuid4().hex,
    }
    return (await pond.ask(TRANSFER, staff(), input=wanted))["stockTransfer"]


async def push(pond: Pond, *counts: dict[str, Any], key: str = "") -> Any:
    wanted = {"counts": list(counts), "idempotencyKey": key or uuid4().hex}
    return (await pond.ask(PUSH, staff(), input=wanted))["stockPush"]


async def test_there_is_always_a_default_warehouse_which_stays(pond: Pond) -> None:
    data = await pond.ask("{ stockLocations { id isDefault kind active ships } }", staff())
    closed = {"locationId": DEFAULT, "kind": "WAREHOUSE", "name": "总仓", "active": False}
    shop = {"locationId": DEFAULT, "kind": "STORE", "name": "总仓", "unitId": id_of(Kind.ORG_UNIT, await a_store(pond))}

    assert data["stockLocations"] == [
        {"id": DEFAULT, "isDefault": True, "kind": "WAREHOUSE", "active": True, "ships": True}
    ]
    assert [e["path"] for e in await pond.refused(SAVE, staff(), input=closed)] == [["input", "active"]]
    assert await pond.refused(SAVE, staff(), input=shop) != []


async def test_a_location_is_saved_with_its_version(pond: Pond) -> None:
    new = {"kind": "WAREHOUSE", "name": " 华南仓 ", "regions": ["广东省"], "externalReference": "WH-2"}
    made = (await pond.ask(SAVE, staff(), input=new))["stockLocationSave"]["location"]
    edit = new | {"locationId": made["id"], "expectedVersion": 1, "priority": 5}

    same = (await pond.ask(SAVE, staff(), input=new | {"locationId": made["id"]}))["stockLocationSave"]["location"]
    edited = (await pond.ask(SAVE, staff(), input=edit))["stockLocationSave"]["location"]
    stale = await pond.refused(SAVE, staff(), input=edit)
    twice = await pond.refused(SAVE, staff(), input=new)

    assert (made["name"], made["regions"], made["isDefault"]) == ("华南仓", ["广东省"], False)
    assert (same["version"], edited["version"]) == (1, 2)
    assert [error["code"] for error in stale] == ["STALE_VERSION"]
    assert twice == [{"code": "CONFLICT", "path": ["input", "externalReference"]}]


async def test_a_store_has_one_location_and_only_stores_are_fetched_from(pond: Pond) -> None:
    store_id, _ = await a_store_with_stock(pond)
    again = {"kind": "STORE", "name": "店", "unitId": id_of(Kind.ORG_UNIT, store_id)}
    hq = {"kind": "STORE", "name": "店", "unitId": id_of(Kind.ORG_UNIT, UUID(int=5))}

    assert [e["path"] for e in await pond.refused(SAVE, staff(), input=again)] == [["input", "unitId"]]
    assert [e["code"] for e in await pond.refused(SAVE, staff(), input=hq)] == ["NOT_FOUND"]
    assert [
        e["path"] for e in await pond.refused(SAVE, staff(), input={"kind": "WAREHOUSE", "name": "仓", "picksUp": True})
    ] == [["input", "picksUp"]]


async def test_stock_of_several_places_is_what_the_shop_can_send(pond: Pond) -> None:
    variant, south = await a_variant(pond, stock=3), await a_warehouse(pond)
    _, store = await a_store_with_stock(pond)
    await stocked(pond, variant.id, 5, south.id)
    await stocked(pond, variant.id, 7, store.id)

    found = (await pond.ask(LEVELS, staff(), id=id_of_variant(variant)))["node"]

    assert found["available"] == 3 + 5
    assert {one["location"]["id"]: one["sellable"] for one in found["stockLevels"]} == {
        DEFAULT: 3,
        at(south): 5,
        at(store): 7,
    }
    assert await pond.errors(LEVELS, member(), id=id_of_variant(variant)) == ["FORBIDDEN"]
    assert await pond.errors(MOVEMENTS, member()) == ["FORBIDDEN"]
    assert await pond.errors("{ stockLocations { id } }", VISITOR) != []


async def test_what_comes_in_and_what_is_counted_is_booked_where_it_is(pond: Pond) -> None:
    variant, south = await a_variant(pond, stock=0), await a_warehouse(pond)

    came = await adjust(pond, variant, delta=20, locationId=at(south), reference="PO-77")
    counted = await adjust(pond, variant, quantity=18, expectedQuantity=20, locationId=at(south))
    moved = await adjust(pond, variant, quantity=30, expectedQuantity=20, locationId=at(south))
    gone = await adjust(pond, variant, delta=-1)
    nowhere = await adjust(pond, variant, delta=1, locationId=id_of(Kind.STOCK_LOCATION, UUID(int=9)))

    assert (came["variant"]["available"], counted["variant"]["available"]) == (20, 18)
    assert moved["userErrors"] == [{"code": "STALE_QUANTITY", "path": ["input", "expectedQuantity"], "available": 18}]
    assert [error["code"] for error in gone["userErrors"]] == ["INSUFFICIENT_STOCK"]
    assert nowhere["userErrors"][0]["path"] == ["input", "locationId"]
    told = await movements(pond, locationId=at(south))
    assert [(one["kind"], one["quantity"], one["reference"]) for one in told] == [
        ("ADJUST_DOWN", 2, None),
        ("RECEIVE", 20, "PO-77"),
    ]
    assert await nothing_is_lost(pond)


async def test_an_absolute_count_needs_what_was_expected(pond: Pond) -> None:
    """Block G23: of 64 who counted the same, one is right."""
    variant = await a_variant(pond, stock=10)

    missing = await adjust(pond, variant, quantity=5)
    answers = await asyncio.gather(*(adjust(pond, variant, quantity=i, expectedQuantity=10) for i in range(11, 75)))

    assert [error["code"] for error in missing["userErrors"]] == ["BAD_USER_INPUT"]
    codes = [error["code"] for answer in answers for error in answer["userErrors"]]
    assert codes == ["STALE_QUANTITY"] * 63
    assert await nothing_is_lost(pond)


async def test_a_transfer_moves_stock_once_and_never_more_than_is_there(pond: Pond) -> None:
    variant, south = await a_variant(pond, stock=5), await a_warehouse(pond)

    first = await transfer(pond, variant, 3, DEFAULT, at(south), "k")
    again = await transfer(pond, variant, 3, DEFAULT, at(south), "k")
    more = await transfer(pond, variant, 3, DEFAULT, at(south))
    nowhere = await transfer(pond, variant, 1, DEFAULT, DEFAULT)

    assert (first["replayed"], again["replayed"]) == (False, True)
    assert (await sellable(pond, variant), await sellable(pond, variant, south.id)) == (2, 3)
    assert [error["code"] for error in more["userErrors"]] == ["INSUFFICIENT_STOCK"]
    assert nowhere["userErrors"][0]["path"] == ["input", "toId"]
    kinds = [one["kind"] for one in await movements(pond, variantId=id_of_variant(variant))]
    assert sorted(kinds) == ["RECEIVE", "TRANSFER_IN", "TRANSFER_OUT"]
    assert await nothing_is_lost(pond)


async def test_an_older_count_of_another_system_is_ignored(pond: Pond) -> None:
    """Scenario P38: version 8 after 9."""
    variant = await a_variant(pond, stock=10)
    await a_warehouse(pond, external_reference="WH-2")
    nine = {"sku": variant.sku, "onHand": 40, "version": 9}
    elsewhere = {"sku": variant.sku, "onHand": 7, "version": 1, "locationReference": "WH-2"}

    first = await push(pond, nine, elsewhere, {"sku": "no-such", "onHand": 1, "version": 1}, key="k")
    again = await push(pond, nine, elsewhere, {"sku": "no-such", "onHand": 1, "version": 1}, key="k")
    older = await push(pond, nine | {"onHand": 1, "version": 8}, nine | {"locationReference": "WH-3"})

    assert first["results"] == [
        {"outcome": "APPLIED", "sellable": 40, "version": 9},
        {"outcome": "APPLIED", "sellable": 7, "version": 1},
        {"outcome": "UNKNOWN", "sellable": None, "version": None},
    ]
    assert again["replayed"]
    assert again["results"] == first["results"]
    assert [one["outcome"] for one in older["results"]] == ["STALE", "UNKNOWN"]
    assert await sellable(pond, variant) == 40
    assert await nothing_is_lost(pond)


async def test_a_pushed_count_keeps_what_orders_were_promised(pond: Pond) -> None:
    variant, mei = await a_variant(pond, stock=10), await a_member(pond)
    await placed(pond, mei, line(variant, 4))

    fewer = await push(pond, {"sku": variant.sku, "onHand": 5, "version": 1})
    short = await push(pond, {"sku": variant.sku, "onHand": 3, "version": 2})

    assert [(one["outcome"], one["sellable"]) for one in fewer["results"]] == [("APPLIED", 1)]
    assert [(one["outcome"], one["sellable"]) for one in short["results"]] == [("SHORT", 0)]
    assert await nothing_is_lost(pond)


async def test_pushes_that_arrive_at_once_and_in_any_order_leave_the_newest_count(pond: Pond) -> None:
    variant = await a_variant(pond, stock=0)

    await asyncio.gather(
        *(push(pond, {"sku": variant.sku, "onHand": 100 + i, "version": i}) for i in (5, 3, 8, 1, 7, 2, 6, 4))
    )

    assert await sellable(pond, variant) == 108
    assert await nothing_is_lost(pond)


async def test_a_hundred_counts_take_no_more_statements_than_one(pond: Pond) -> None:
    variants = [await a_variant(pond, stock=1) for _ in range(6)]
    counts = [{"sku": one.sku, "onHand": 9, "version": 1} for one in variants]

    with statements() as one:
        await push(pond, counts[0])
    with statements() as many:
        await push(pond, *counts[1:])

    assert len(one) == len(many) <= 8


async def test_an_order_is_sent_from_one_place_that_has_everything(pond: Pond) -> None:
    tea, cup, mei = await a_variant(pond, stock=5), await a_variant(pond, stock=0), await a_member(pond)
    south = await a_warehouse(pond)
    await stocked(pond, tea.id, 5, south.id)
    await stocked(pond, cup.id, 5, south.id)

    order_id = await placed(pond, mei, line(tea, 2), line(cup, 1))

    told = await movements(pond, orderId=order_id)
    assert [(one["kind"], one["location"]["isDefault"]) for one in told] == [("RESERVE", False)] * 2
    assert await sellable(pond, tea) == 5


async def test_an_order_takes_from_several_places_beside_other_orders_and_gives_back_where_it_took(pond: Pond) -> None:
    """Scenario C11: allocations and reservations on several stocks at once."""
    tea, mei, south = await a_variant(pond, stock=3), await a_member(pond), await a_warehouse(pond)
    await stocked(pond, tea.id, 4, south.id)
    first = await placed(pond, mei, line(tea, 2))
    await paid(pond, mei, line(tea, 1))

    whole = await place(pond, mei, line(tea, 5))
    split = await placed(pond, mei, line(tea, 4))
    await pond.ask(CANCEL, mei, id=first)
    after = await placed(pond, mei, line(tea, 2))

    assert [(e["code"], e["available"]) for e in whole["userErrors"]] == [("INSUFFICIENT_STOCK", 4)]
    assert {one["location"]["isDefault"] for one in await movements(pond, orderId=split)} == {False}
    assert {one["location"]["isDefault"] for one in await movements(pond, orderId=after)} == {True}
    assert [one["kind"] for one in await movements(pond, orderId=first)] == ["RELEASE", "RESERVE"]
    assert (await sellable(pond, tea), await sellable(pond, tea, south.id)) == (0, 0)
    assert await nothing_is_lost(pond)


async def test_where_no_place_has_enough_an_order_takes_from_several(pond: Pond) -> None:
    tea, mei, south = await a_variant(pond, stock=3), await a_member(pond), await a_warehouse(pond)
    await stocked(pond, tea.id, 4, south.id)

    order_id = await placed(pond, mei, line(tea, 6))
    held = [(one["location"]["isDefault"], one["quantity"]) for one in await movements(pond, orderId=order_id)]
    await pond.ask(CANCEL, mei, id=order_id)

    assert sorted(held) == [(False, 3), (True, 3)]
    assert (await sellable(pond, tea), await sellable(pond, tea, south.id)) == (3, 4)
    assert await nothing_is_lost(pond)


async def test_the_ledger_sums_to_the_levels_over_the_life_of_orders(pond: Pond) -> None:
    """Scenario C28: allocation, release, sale and cancellation."""
    tea, mei = await a_variant(pond, stock=10), await a_member(pond)
    given_up = await placed(pond, mei, line(tea, 3))
    await pond.ask(CANCEL, mei, id=given_up)
    await placed(pond, mei, line(tea, 1))
    pond.later(hours=1)
    await resolvers.orders.cancel_overdue(pond.context())
    bought = await paid(pond, mei, line(tea, 2))

    told = await movements(pond, variantId=id_of_variant(tea))
    level = (await db.stock.levels_of(pond.database.reading(), [tea.id]))[tea.id]

    assert [(one["kind"], one["quantity"]) for one in told] == [
        ("SELL", 2),
        ("RESERVE", 2),
        ("RELEASE", 1),
        ("RESERVE", 1),
        ("RELEASE", 3),
        ("RESERVE", 3),
        ("RECEIVE", 10),
    ]
    assert told[0]["orderId"] == bought
    assert (level.sellable, level.reserved, level.sold, level.received) == (8, 0, 2, 10)
    assert await nothing_is_lost(pond)


@pytest.mark.parametrize(
    "attempt",
    [
        "UPDATE stock_movement SET quantity = 1",
        "DELETE FROM stock_movement",
        "TRUNCATE stock_movement",
    ],
)
async def test_nobody_changes_what_the_ledger_says(pond: Pond, attempt: str) -> None:
    await a_variant(pond, stock=10)

    with pytest.raises(asyncpg.RaiseError):
        await pond.select(attempt)


async def test_a_level_that_was_changed_past_the_ledger_is_found(pond: Pond) -> None:
    tea = await a_variant(pond, stock=10)

    await pond.select("UPDATE stock_level SET sellable = sellable - 1, sold = sold + 1")

    assert await db.stock.differences(pond.database.reading()) == [(tea.id, DEFAULT_LOCATION)]


async def test_an_order_is_fetched_from_a_store_that_has_it(pond: Pond) -> None:
    tea, cup, mei = await a_variant(pond, stock=9), await a_variant(pond, stock=9), await a_member(pond)
    near_id, near = await a_store_with_stock(pond, "静安店")
    far_id, far = await a_store_with_stock(pond, "徐汇店")
    await stocked(pond, tea.id, 2, near.id)
    await stocked(pond, tea.id, 1, far.id)
    await stocked(pond, cup.id, 1, far.id)
    at_near = {"pickUpStoreId": id_of(Kind.STORE, near_id)}

    stores = (await pond.ask(STORES, ids=[id_of_variant(tea), id_of_variant(cup)]))["pickUpStores"]
    order_id = await placed(pond, mei, line(tea, 2), **at_near)
    more = await place(pond, mei, line(tea, 1), **at_near)
    none = await place(pond, mei, line(cup, 1), **at_near)
    nowhere = await place(pond, mei, line(tea, 1), pickUpStoreId=id_of(Kind.STORE, await a_store(pond)))

    assert [(one["store"]["name"], one["hasAll"]) for one in stores] == [("徐汇店", True), ("静安店", False)]
    assert [one["available"] for one in stores[1]["available"]] == [2, 0]
    assert [one["location"]["isDefault"] for one in await movements(pond, orderId=order_id)] == [False]
    assert [(e["code"], e["available"]) for e in more["userErrors"]] == [("INSUFFICIENT_STOCK", 0)]
    assert [(e["code"], e["available"]) for e in none["userErrors"]] == [("INSUFFICIENT_STOCK", 0)]
    assert [e["path"] for e in nowhere["userErrors"]] == [["input", "pickUpStoreId"]]
    availability = "query ($id: ID!, $at: ID!) { node(id: $id) { ... on Variant { availability(storeId: $at) } } }"
    here = await pond.ask(availability, id=id_of_variant(tea), at=id_of(Kind.STORE, far_id))
    assert here["node"]["availability"] == 1


async def test_nobody_learns_of_a_private_variant_by_asking_where_to_fetch_it(pond: Pond) -> None:
    secret = await a_variant(pond, visibility=ProductVisibility.MEMBERS)

    assert await pond.errors(STORES, ids=[id_of_variant(secret)]) == ["NOT_FOUND"]
    assert (await pond.ask(STORES, member(), ids=[id_of_variant(secret)]))["pickUpStores"] == []


async def test_a_store_manager_sees_levels_and_changes_none(pond: Pond) -> None:
    variant = await a_variant(pond, stock=3)
    manager: Principal = await employee(pond, Role.STORE_MANAGER)
    change = {"variantId": id_of_variant(variant), "delta": 1, "idempotencyKey": "k"}

    assert (await pond.ask(LEVELS, manager, id=id_of_variant(variant)))["node"]["stockLevels"] != []
    assert await pond.errors(ADJUST, manager, input=change) == ["FORBIDDEN"]


async def test_levels_of_many_variants_take_two_statements(pond: Pond) -> None:
    for _ in range(4):
        await a_variant(pond)
    document = "{ products(first: 10) { nodes { variants { stockLevels { sellable location { name } } } } } }"

    with statements() as log:
        await pond.ask(document, staff())

    assert len(log) == 4
