"""Shelves of live rooms: what a host does to them while people buy, and that everybody who watches ends up right."""

from __future__ import annotations

import asyncio
from datetime import datetime
from random import Random
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import db.stock
import resolvers.live
import resolvers.live_shelves
import resolvers.orders
from domain.identity import VISITOR, Principal
from domain.live import MOST_ON_SHELF, LiveRoom, ShelfItem
from domain.live_shelves import ShelfEdit
from domain.money import Money
from domain.refusals import Refusal, Refusals
from domain.room_events import EventKind, LiveRoomState
from resolvers.live import Plan
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant, stocked
from tests.makers_guides import a_guide
from tests.makers_live import a_room, an_item, log_of
from tests.makers_members import a_member
from tests.makers_shelves import SHELF, Watcher, ordered, paid, relayed, room_id, shelf_of
from tests.pond import Pond, statements

UPDATE = """mutation ($input: LiveProductUpdateInput!) { liveProductUpdate(input: $input) {
  liveProduct { liveStock livePrice { minor } limitPerMember termsVersion state }
  userErrors { code path ... on InsufficientStock { available } ... on VersionConflict { currentVersion } } } }"""
MOVE = """mutation ($id: ID!, $after: ID) { liveProductMove(input: {liveProductId: $id, afterId: $after}) {
  liveProduct { id } userErrors { code path } } }"""
REMOVE = "mutation ($id: ID!) { liveProductRemove(input: {liveProductId: $id}) { userErrors { code } } }"
HIDE = "mutation ($id: ID!) { liveProductHide(input: {liveProductId: $id}) { userErrors { code } } }"
SHOW = HIDE.replace("Hide(", "Show(")
PIN = (
    "mutation ($id: ID!) { liveProductPin(input: {liveProductId: $id}) { liveProduct { state } userErrors { code } } }"
)
ADD = """mutation ($room: ID!, $variant: ID!) { liveProductAdd(input: {liveRoomId: $room,
  item: {variantId: $variant, livePrice: {minor: 100}, liveStock: 1}}) { liveProduct { id } userErrors { code } } }"""
EXPLAINED = """query ($id: ID!) { liveRoom(id: $id) { shelf {
  explanations { startedAt endedAt orders paid { minor } } } } }"""
SLOW_TO_FIND_CIRCLES = """DO $$ BEGIN
  EXECUTE format('ALTER DATABASE %I SET deadlock_timeout = ''10min''', current_database()); END $$"""
"""On the next connections, who waits in a circle does so for longer than a test takes."""


async def levels(pond: Pond, item: ShelfItem) -> tuple[int, int, int, int]:
    """What of a variant can be sold, is promised, is set aside and is sold."""
    level = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    return level.sellable, level.reserved, level.carved, level.sold


def told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def test_a_price_changes_while_the_room_is_live_and_orders_keep_theirs(pond: Pond) -> None:
    item = await an_item(pond, price=99_00)
    room, host = await a_room(pond, None, item)
    before, _ = await ordered(pond, room, item)
    (product,) = await shelf_of(pond, room)

    await pond.ask(UPDATE, host, input={"liveProductId": product["id"], "livePrice": {"minor": 79_00}})
    after, _ = await ordered(pond, room, item)

    assert (before.total.minor, after.total.minor) == (99_00, 79_00)
    ((_, event),) = [event for event in await log_of(pond, room.id) if event[0] == EventKind.SHELF.value]
    assert event["live_product"]["live_price"]["minor"] == 79_00


async def test_more_stock_comes_from_the_shop_and_less_goes_back_to_it(pond: Pond) -> None:
    item = await an_item(pond, stock=10)
    room, host = await a_room(pond, None, item)
    await stocked(pond, item.variant_id, 5)
    await ordered(pond, room, item, quantity=4)

    async def by(delta: int) -> Any:
        (now,) = await shelf_of(pond, room)
        wanted = {"liveProductId": now["id"], "liveStockDelta": delta, "expectedVersion": now["termsVersion"]}
        return (await pond.ask(UPDATE, host, input=wanted))["liveProductUpdate"]

    more = await by(3)
    too_many = await by(3)
    less = await by(-9)
    too_few = await by(-1)

    assert (more["liveProduct"]["liveStock"], less["liveProduct"]["liveStock"]) == (9, 0)
    assert less["liveProduct"]["state"] == "SOLD_OUT"
    path = ["input", "liveStockDelta"]
    assert too_many["userErrors"] == [{"code": "INSUFFICIENT_STOCK", "path": path, "available": 2}]
    assert too_few["userErrors"] == [{"code": "INSUFFICIENT_STOCK", "path": path, "available": 0}]
    assert await levels(pond, item) == (11, 0, 4, 0)


async def test_a_host_who_takes_stock_back_while_people_buy_takes_nothing_that_is_promised(pond: Pond) -> None:
    item = await an_item(pond, stock=10)
    room, host = await a_room(pond, None, item)
    (product,) = await shelf_of(pond, room)
    wanted = {"liveProductId": product["id"], "liveStockDelta": -6, "expectedVersion": product["termsVersion"]}
    buyers = [await a_member(pond) for _ in range(12)]

    results = await asyncio.gather(
        pond.refused(UPDATE, host, input=wanted),
        *(ordered(pond, room, item, by=buyer) for buyer in buyers),
        return_exceptions=True,
    )

    placed = sum(not isinstance(one, BaseException) for one in results[1:])
    taken_back = 6 if results[0] == [] else 0
    assert placed == 10 - taken_back
    assert await levels(pond, item) == (taken_back, 0, 10 - taken_back, 0)
    assert await pond.select("SELECT remaining, reserved FROM live_product") == [(0, placed)]


async def test_those_who_buy_wait_for_nobody_who_waits_for_them(pond: Pond) -> None:
    """The host has just changed a product that somebody's count of purchases refers to, and two others buy it."""
    item = await an_item(pond, stock=10)
    room, _ = await a_room(pond, None, item)
    await pond.select(SLOW_TO_FIND_CIRCLES)
    pool = pond.database._pool
    await pool.expire_connections()
    async with pool.acquire() as counting, pool.acquire() as hosting, counting.transaction():
        await counting.execute("SELECT FROM live_product FOR KEY SHARE")
        async with hosting.transaction():
            await hosting.execute("UPDATE live_product SET version = version + 1")
            buying = asyncio.gather(*(ordered(pond, room, item) for _ in range(2)))
            await asyncio.sleep(0.2)
        async with asyncio.timeout(30):
            await buying

    assert (await shelf_of(pond, room))[0]["liveStock"] == 8


async def test_a_limit_that_is_left_out_stays_and_null_takes_it_away(pond: Pond) -> None:
    room, host = await a_room(pond, None, await an_item(pond, limit=2))
    (product,) = await shelf_of(pond, room)

    async def after(**changes: Any) -> Any:
        wanted = {"liveProductId": product["id"], **changes}
        return (await pond.ask(UPDATE, host, input=wanted))["liveProductUpdate"]["liveProduct"]["limitPerMember"]

    assert [await after(), await after(limitPerMember=3), await after(limitPerMember=None)] == [2, 3, None]


async def test_an_edit_is_held_to_the_terms_that_its_author_read_however_much_is_sold_meanwhile(pond: Pond) -> None:
    item = await an_item(pond)
    room, host = await a_room(pond, None, item)
    (product,) = await shelf_of(pond, room)
    wanted = {"liveProductId": product["id"], "expectedVersion": product["termsVersion"], "livePrice": {"minor": 1_00}}

    await ordered(pond, room, item)
    first = await pond.refused(UPDATE, host, input=wanted)
    second = await pond.refused(UPDATE, host, input=wanted)

    path = ["input", "expectedVersion"]
    assert (first, second) == ([], [{"code": "STALE_VERSION", "path": path, "currentVersion": 2}])


async def test_only_who_runs_the_room_changes_its_shelf(pond: Pond) -> None:
    room, _ = await a_room(pond, None, await an_item(pond))
    (product,) = await shelf_of(pond, room)

    for stranger in (await a_member(pond), await a_guide(pond)):
        for document in (REMOVE, HIDE, MOVE, PIN):
            assert [one["code"] for one in await pond.refused(document, stranger, id=product["id"])] == ["FORBIDDEN"]
        wanted = {"liveProductId": product["id"], "limitPerMember": 1}
        assert (await pond.refused(UPDATE, stranger, input=wanted))[0]["code"] == "FORBIDDEN"
        data = await pond.ask(EXPLAINED, stranger, id=room_id(room))
        assert data["liveRoom"]["shelf"] == [{"explanations": None}]


async def test_a_product_moves_behind_another_one(pond: Pond) -> None:
    room, host = await a_room(pond, None, *[await an_item(pond) for _ in range(4)])
    first, second, third, fourth = (one["id"] for one in await shelf_of(pond, room))

    await pond.ask(MOVE, host, id=fourth, after=first)
    await pond.ask(MOVE, host, id=first, after=third)
    await pond.ask(MOVE, host, id=second)
    unknown = await pond.refused(MOVE, host, id=second, after=second)

    assert [one["id"] for one in await shelf_of(pond, room)] == [second, fourth, third, first]
    assert unknown == [{"code": "NOT_FOUND", "path": ["input", "afterId"]}]


async def test_nobody_hears_of_what_is_hidden_until_it_is_shown(pond: Pond) -> None:
    """A price to come is told with the product, and not before."""
    room, host = await a_room(pond, None, *[await an_item(pond, price=99_00) for _ in range(3)])
    first, second, third = (one["id"] for one in await shelf_of(pond, room))
    for one in (first, second):
        await pond.ask(HIDE, host, id=one)
    so_far = len(await log_of(pond, room.id))

    await pond.ask(UPDATE, host, input={"liveProductId": first, "livePrice": {"minor": 9_90}})
    await pond.ask(MOVE, host, id=first, after=third)
    await pond.ask(REMOVE, host, id=second)
    untold = len(await log_of(pond, room.id)) - so_far
    await pond.ask(SHOW, host, id=first)

    assert untold == 0
    kind, shown = (await log_of(pond, room.id))[-1]
    assert (kind, shown["state"], shown["live_product"]["live_price"]["minor"]) == ("SHELF", "ON_SHELF", 9_90)
    assert [one["id"] for one in await shelf_of(pond, room)] == [third, first]


async def test_a_host_finds_what_is_hidden_and_nobody_else_does(pond: Pond) -> None:
    room, host = await a_room(pond, None, *[await an_item(pond) for _ in range(3)])
    first, second, third = (one["id"] for one in await shelf_of(pond, room))
    for one in (first, second):
        await pond.ask(HIDE, host, id=one)
    await pond.ask(REMOVE, host, id=second)
    asked = """query ($id: ID!, $ids: [ID!]!) { liveRoom(id: $id) { shelf { id } hiddenProducts { id state } }
      nodes(ids: $ids) { id } }"""

    async def found(who: Principal) -> Any:
        seen = await pond.ask(asked, who, id=room_id(room), ids=[first, second, third])
        assert [one["id"] for one in seen["liveRoom"]["shelf"]] == [third]
        return seen["liveRoom"]["hiddenProducts"], [one and one["id"] for one in seen["nodes"]]

    assert await found(host) == ([{"id": first, "state": "HIDDEN"}], [first, None, third])
    for other in (VISITOR, await a_member(pond), await a_guide(pond)):
        assert await found(other) == (None, [None, None, third])


async def test_what_is_removed_goes_back_to_the_shop_but_for_what_is_promised(pond: Pond) -> None:
    item = await an_item(pond, stock=10)
    room, host = await a_room(pond, None, item)
    order, buyer = await ordered(pond, room, item, quantity=3)
    (product,) = await shelf_of(pond, room)

    assert await pond.refused(REMOVE, host, id=product["id"]) == []

    assert await shelf_of(pond, room) == []
    assert await levels(pond, item) == (7, 0, 3, 0)
    assert await pond.refused(REMOVE, host, id=product["id"]) == [{"code": "NOT_FOUND"}]
    await paid(pond, order, buyer)
    variant = id_of(Kind.VARIANT, item.variant_id)
    assert await pond.refused(ADD, host, room=room_id(room), variant=variant) == []
    assert await levels(pond, item) == (6, 0, 4, 0)


async def test_what_is_given_back_after_its_product_was_removed_is_the_shops_when_the_room_ends(pond: Pond) -> None:
    item = await an_item(pond, stock=10)
    room, host = await a_room(pond, None, item)
    order, buyer = await ordered(pond, room, item, quantity=3)
    (product,) = await shelf_of(pond, room)
    await pond.ask(PIN, host, id=product["id"])
    await pond.ask(REMOVE, host, id=product["id"])

    await resolvers.orders.cancel(pond.context(buyer), order.id)
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)

    assert await levels(pond, item) == (10, 0, 0, 0)
    assert (await pond.ask(SHELF, id=room_id(room)))["liveRoom"]["pinned"] is None


async def test_each_explanation_keeps_its_time_and_what_was_bought_meanwhile(pond: Pond) -> None:
    tea, cup = await an_item(pond, price=50_00), await an_item(pond)
    room, host = await a_room(pond, None, tea, cup)
    first, second = (one["id"] for one in await shelf_of(pond, room))

    begun = pond.time
    await pond.ask(PIN, host, id=first)
    pond.later(seconds=10)
    order, buyer = await ordered(pond, room, tea, quantity=2)
    await paid(pond, order, buyer)
    await ordered(pond, room, tea)
    await pond.ask(PIN, host, id=first)
    switched = pond.later(seconds=10)
    await pond.ask(PIN, host, id=second)
    await ordered(pond, room, tea)
    pond.later(seconds=10)
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)

    with statements() as log:
        data = await pond.ask(EXPLAINED, host, id=room_id(room))

    (of_tea,), (of_cup,) = (one["explanations"] for one in data["liveRoom"]["shelf"])
    assert of_tea == {
        "startedAt": told(begun),
        "endedAt": told(switched),
        "orders": 2,
        "paid": {"minor": 100_00},
    }
    assert (of_cup["startedAt"], of_cup["endedAt"], of_cup["orders"]) == (
        told(switched),
        told(pond.time),
        0,
    )
    assert len(log) == 4


async def test_many_hands_explain_at_once_and_intervals_do_not_overlap(pond: Pond) -> None:
    room, host = await a_room(pond, None, *[await an_item(pond) for _ in range(3)])
    ids = [one["id"] for one in await shelf_of(pond, room)]

    await asyncio.gather(*(pond.ask(PIN, host, id=one) for one in ids * 4))

    rows = await pond.select("SELECT ended_at FROM live_explanation")
    assert [row["ended_at"] for row in rows].count(None) == 1
    with pytest.raises(asyncpg.UniqueViolationError):
        await pond.select(
            "INSERT INTO live_explanation SELECT gen_random_uuid(), live_room_id, live_product_id, started_at"
            " FROM live_explanation LIMIT 1"
        )


async def test_a_room_sells_what_a_former_one_sold_as_far_as_the_shop_has_it(pond: Pond) -> None:
    host = await a_guide(pond)
    tea, cup, gone = await an_item(pond, stock=10, limit=2), await an_item(pond, stock=4), await an_item(pond, stock=1)
    former, _ = await a_room(pond, host, tea, cup, gone)
    order, buyer = await ordered(pond, former, gone)
    await paid(pond, order, buyer)
    await ordered(pond, former, tea, quantity=2)
    await resolvers.live.move(pond.context(host), former.id, LiveRoomState.ENDED)

    room, _ = await resolvers.live.start(
        pond.context(host), "又见面了", None, [], uuid4().hex, Plan(copy_shelf_of=former.id)
    )

    shelf = [(one["liveStock"], one["limitPerMember"]) for one in await shelf_of(pond, room)]
    assert shelf == [(8, 2), (4, None)]


async def test_no_guide_copies_the_shelf_of_another_store(pond: Pond) -> None:
    former, _ = await a_room(pond, None, await an_item(pond))
    start = """mutation ($former: ID!) { liveRoomStart(input: {title: "学样", idempotencyKey: "k", copyShelfOf: $former}) {
      userErrors { code path } } }"""

    refused = await pond.refused(start, await a_guide(pond), former=room_id(former))

    assert refused == [{"code": "NOT_FOUND", "path": ["input", "copyShelfOf"]}]


async def filled(pond: Pond, room: LiveRoom, many: int) -> None:
    """Let so many products more stand on a shelf."""
    await pond.select(
        """WITH made AS (
             INSERT INTO variant (id, product_id, sku, name, price_minor, currency, position)
             SELECT gen_random_uuid(), product_id, 'sku-' || n, name, price_minor, currency, position + n
             FROM variant, generate_series(1, $2) n WHERE id = (SELECT id FROM variant LIMIT 1)
             RETURNING id)
           INSERT INTO live_product (id, live_room_id, variant_id, price_minor, currency, state, position, slot)
           SELECT gen_random_uuid(), $1, id, 1, 'CNY', 'ON_SHELF', 0, row_number() OVER () FROM made""",
        room.id,
        many,
    )


async def test_a_shelf_is_full_with_500_whoever_comes_at_once(pond: Pond) -> None:
    room, host = await a_room(pond, None, await an_item(pond))
    await filled(pond, room, MOST_ON_SHELF - 3)
    variants = [id_of(Kind.VARIANT, (await a_variant(pond)).id) for _ in range(6)]

    answers = await asyncio.gather(*(pond.refused(ADD, host, room=room_id(room), variant=one) for one in variants))

    assert sorted(len(errors) for errors in answers) == [0, 0, 1, 1, 1, 1]
    assert await pond.select("SELECT count(*), count(DISTINCT slot) FROM live_product") == [(500, 500)]


async def test_without_its_places_a_shelf_that_is_looked_at_first_takes_too_many(pond: Pond) -> None:
    """The negative control: what counts and then adds, without the lock, is refused by the places alone."""
    room, _ = await a_room(pond, None, await an_item(pond))
    await filled(pond, room, MOST_ON_SHELF - 2)
    (row,) = await pond.select("SELECT id FROM live_product WHERE slot = 3")

    async def careless(looked: asyncio.Barrier) -> bool:
        (found,) = await pond.select("SELECT count(*) AS many, max(slot) + 1 AS slot FROM live_product")
        await looked.wait()
        if found["many"] >= MOST_ON_SHELF:
            return False
        variant = await a_variant(pond)
        try:
            await pond.select(
                "INSERT INTO live_product (id, live_room_id, variant_id, price_minor, currency, state, position, slot)"
                " SELECT gen_random_uuid(), live_room_id, $2, 1, 'CNY', 'ON_SHELF', 0, $3 FROM live_product WHERE id = $1",
                row["id"],
                variant.id,
                found["slot"],
            )
        except asyncpg.UniqueViolationError:
            return False
        return True

    held = asyncio.Barrier(4)
    with_places = await asyncio.gather(*(careless(held) for _ in range(4)))
    await pond.select("DELETE FROM live_product WHERE slot = 499")
    await pond.select("DROP INDEX uq_live_product_slot")
    without = await asyncio.gather(*(careless(held) for _ in range(4)))

    assert (sum(with_places), sum(without)) == (1, 4)


async def test_an_old_shelf_and_its_events_make_the_new_shelf(pond: Pond) -> None:
    """Whatever host and buyers do, a client that read once and listens shows what one that reads now is shown."""
    items = [await an_item(pond, stock=3) for _ in range(4)]
    room, host = await a_room(pond, None, *items)
    for item in items:
        await stocked(pond, item.variant_id, 50)
    watcher = Watcher((await pond.ask(SHELF, id=room_id(room)))["liveRoom"])
    products = [UUID(hex=one["id"].partition("_")[2]) for one in await shelf_of(pond, room)]
    chance, placed = Random(20261122), []  # a fixed seed: the same story each time

    async def step() -> None:
        ctx = pond.context(host)
        product = chance.choice(products)
        match chance.randrange(9):
            case 0 | 1:
                placed.append(await ordered(pond, room, chance.choice(items), quantity=chance.randint(1, 3)))
            case 2 if placed:
                order, buyer = placed.pop()
                await resolvers.orders.cancel(pond.context(buyer), order.id)
            case 3:
                await resolvers.live_shelves.pin(ctx, product)
            case 4:
                await resolvers.live_shelves.unpin(ctx, room.id)
            case 5:
                await resolvers.live_shelves.hide(ctx, product, hidden=chance.random() < 0.5)
            case 6:
                edit = ShelfEdit(Money(chance.randint(1, 9) * 10_00), chance.randint(-2, 3))
                (row,) = await pond.select("SELECT terms_version FROM live_product WHERE id = $1", product)
                await resolvers.live_shelves.edit(ctx, product, edit, row["terms_version"])
            case 7:
                await resolvers.live_shelves.move(ctx, product, None)
            case _ if placed:
                await paid(pond, *placed.pop(0))

    for number in range(60):
        try:
            await step()
        except (Refusal, Refusals):
            continue
        if number % 7 == 0:
            await relayed(pond)
    await relayed(pond)
    await watcher.catch_up(pond, room)

    fresh = (await pond.ask(SHELF, id=room_id(room)))["liveRoom"]
    believed = sorted(watcher.shelf.values(), key=lambda one: (one["position"], one["id"]))
    strip = [{name: value for name, value in one.items() if name != "termsVersion"} for one in fresh["shelf"]]
    assert [{name: value for name, value in one.items() if name != "termsVersion"} for one in believed] == strip
    assert watcher.pinned == (fresh["pinned"] and fresh["pinned"]["id"])
    assert watcher.seq == fresh["seq"] > 20


async def test_an_old_shelf_and_the_end_of_its_room_make_the_last_shelf(pond: Pond) -> None:
    room, host = await a_room(pond, None, await an_item(pond), await an_item(pond, stock=1))
    first, second = await shelf_of(pond, room)
    watcher = Watcher((await pond.ask(SHELF, id=room_id(room)))["liveRoom"])

    await pond.ask(PIN, host, id=second["id"])
    await pond.ask(PIN, host, id=first["id"])
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)
    await relayed(pond)
    await watcher.catch_up(pond, room)

    fresh = (await pond.ask(SHELF, id=room_id(room)))["liveRoom"]
    shown = [(one["id"], one["state"], one["liveStock"]) for one in fresh["shelf"]]
    assert [(one["id"], one["state"], one["liveStock"]) for one in watcher.shelf.values()] == shown
    assert shown == [(first["id"], "ON_SHELF", 0), (second["id"], "ON_SHELF", 0)]
    assert watcher.pinned is fresh["pinned"] is None


async def test_what_is_sold_out_and_what_comes_back_is_told_with_its_stock(pond: Pond) -> None:
    item = await an_item(pond, stock=1)
    room, _ = await a_room(pond, None, item)
    order, buyer = await ordered(pond, room, item)
    await relayed(pond)
    await resolvers.orders.cancel(pond.context(buyer), order.id)
    await relayed(pond)

    query = """query ($id: ID!) { liveRoomEventsSince(roomId: $id, after: 0) { events {
      ... on InventoryChanged { liveStock state } } } }"""
    events = (await pond.ask(query, id=room_id(room)))["liveRoomEventsSince"]["events"]
    assert [one for one in events if one] == [
        {"liveStock": 0, "state": "SOLD_OUT"},
        {"liveStock": 1, "state": "ON_SHELF"},
    ]


async def test_a_room_that_ends_keeps_the_price_of_what_was_ordered_until_it_is_to_be_paid(pond: Pond) -> None:
    item = await an_item(pond, price=50_00, stock=10)
    room, host = await a_room(pond, None, item)
    kept, buyer = await ordered(pond, room, item, quantity=2)
    lost, _ = await ordered(pond, room, item, quantity=3)

    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)
    await paid(pond, kept, buyer)
    with pytest.raises(Refusal):
        await ordered(pond, room, item)
    pond.later(minutes=16)
    await resolvers.orders.cancel_overdue(pond.context())

    assert kept.total.minor == 100_00
    assert lost.total.minor == 150_00
    (row,) = await pond.select("SELECT remaining, reserved, sold FROM live_product")
    assert tuple(row) == (0, 0, 2)
    assert await levels(pond, item) == (8, 0, 2, 0)
