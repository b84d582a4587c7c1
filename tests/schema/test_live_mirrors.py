"""Mirrors: rooms of stores that show headquarters' room, and are credited with what is bought through them (R60)."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

import db.live
import db.stock
import resolvers.gifts
import resolvers.live
import resolvers.orders
from domain.identity import Principal, Role
from domain.live import LiveRoom, ShelfItem
from domain.room_events import LiveRoomState
from domain.shares import TargetKind
from domain.stock import OutOfStock
from resolvers.live import Plan
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide, a_share, bound, opened
from tests.makers_live import a_gift, an_item, coins, log_of
from tests.makers_members import a_member, a_store, headquarters, staff
from tests.makers_shelves import SHELF, ordered, paid, relayed, room_id
from tests.pond import Pond, statements, the_schema

MIRROR = """mutation ($id: ID!, $guide: ID) { liveRoomMirror(input: {liveRoomId: $id, guideId: $guide}) {
  liveRoom { id state mirrorOf host { guideId storeId } shelf { liveStock } } userErrors { code path } } }"""
MOVE = """mutation ($id: ID!, $to: LiveRoomState!) { liveRoomMove(input: {liveRoomId: $id, toState: $to}) {
  userErrors { code } } }"""
SAY = """mutation ($id: ID!, $text: String!) { bulletCommentSend(input: {liveRoomId: $id, text: $text}) {
  seq userErrors { code } } }"""
SEEN = """query ($id: ID!) { liveRoom(id: $id) { seq recentBulletComments { text } } }"""


async def a_source(pond: Pond, *items: ShelfItem, open_to_mirrors: bool = True) -> tuple[LiveRoom, Principal]:
    """A room of headquarters that is live."""
    host = await a_guide(pond, "总部", store_id=await a_store(pond, "旗舰店"))
    plan = Plan(may_be_mirrored=open_to_mirrors)
    room, _ = await resolvers.live.start(pond.context(host), "总部直播", None, items, uuid4().hex, plan)
    return room, host


async def mirrored(pond: Pond, source: LiveRoom, guide: Principal) -> LiveRoom:
    """The guide's mirror of a room."""
    answer = (await pond.ask(MIRROR, guide, id=room_id(source)))["liveRoomMirror"]
    assert answer["userErrors"] == []
    room = await resolvers.live.room(pond.context(), UUID(hex=answer["liveRoom"]["id"].partition("_")[2]))
    assert room is not None
    return room


async def test_buyers_of_one_stock_are_credited_to_the_mirror_that_they_came_through(pond: Pond) -> None:
    """From share link to mirror to order to payment, through two stores and headquarters itself."""
    item = await an_item(pond, price=50_00, stock=6)
    source, hq = await a_source(pond, item)
    guides = [await a_guide(pond, "甲", store_id=await a_store(pond, "一店")), await a_guide(pond, "乙")]
    rooms = [source, *[await mirrored(pond, source, guide) for guide in guides]]
    buyers = []
    for guide, room in zip([hq, *guides], rooms, strict=True):
        share = await a_share(pond, guide, room.id, kind=TargetKind.LIVE_ROOM)
        for _ in range(3):
            buyers.append((await a_member(pond), room, guide))
            await opened(pond, share, buyers[-1][0], key=uuid4().hex)

    async def buy(buyer: Principal, room: LiveRoom) -> Any:
        try:
            return await ordered(pond, room, item, by=buyer)
        except OutOfStock:
            return None

    results = await asyncio.gather(*(buy(buyer, room) for buyer, room, _ in buyers))

    placed = [(result[0], guide) for result, (_, _, guide) in zip(results, buyers, strict=True) if result]
    assert len(placed) == 6
    for order, guide in placed:
        assert order.guide_id == guide.guide_id
    for result in results:
        if result:
            await paid(pond, *result)
    rows = await pond.select("SELECT guide_id, count(*) FROM commission GROUP BY 1")
    assert sum(row["count"] for row in rows) == 6
    stores = await pond.select(
        'SELECT DISTINCT g.store_id = o.store_id FROM "order" o JOIN guide g ON g.id = o.guide_id'
    )
    assert stores == [(True,)]
    level = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    assert (level.sellable, level.carved) == (0, 6)
    reasons = await pond.select("SELECT DISTINCT reason FROM attribution WHERE kind = 'ORDER'")
    assert reasons == [("LIVE_ROOM",)]


async def test_a_mirror_goes_before_the_guide_whom_a_buyer_is_bound_to(pond: Pond) -> None:
    item = await an_item(pond)
    source, _ = await a_source(pond, item)
    guide, other, member = await a_guide(pond), await a_guide(pond), await a_member(pond)
    mirror = await mirrored(pond, source, guide)
    await bound(pond, member, other)

    order, _ = await ordered(pond, mirror, item, by=member)

    assert (order.guide_id, order.live_room_id) == (guide.guide_id, mirror.id)


async def test_a_mirror_shows_its_source_and_lives_and_ends_with_it(pond: Pond) -> None:
    item = await an_item(pond, stock=4)
    source, hq = await a_source(pond, item)
    guide = await a_guide(pond)
    mirror = await mirrored(pond, source, guide)
    order, buyer = await ordered(pond, mirror, item, quantity=3)

    states = []
    for to in (LiveRoomState.PAUSED, LiveRoomState.LIVE, LiveRoomState.ENDED):
        await resolvers.live.move(pond.context(hq), source.id, to)
        states.append((await pond.ask(SHELF, id=room_id(mirror)))["liveRoom"]["state"])
    await resolvers.orders.cancel(pond.context(buyer), order.id)

    assert states == ["PAUSED", "LIVE", "ENDED"]
    level = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    assert (level.sellable, level.carved) == (4, 0)
    changes = "query ($id: ID!) { liveRoom(id: $id) { stateChanges { toState } } }"
    seen = (await pond.ask(changes, guide, id=room_id(mirror)))["liveRoom"]["stateChanges"]
    assert [one["toState"] for one in seen] == states


async def test_a_mirror_expires_with_its_source_whichever_a_worker_finds_free(pond: Pond) -> None:
    hq = await a_guide(pond, "总部", store_id=await a_store(pond, "旗舰店"))
    plan, soon = Plan(may_be_mirrored=True), pond.time + timedelta(hours=1)
    source = await resolvers.live.schedule(pond.context(hq), "总部直播", None, soon, plan)
    mirror = await mirrored(pond, source, await a_guide(pond))
    pond.later(hours=14)

    async with pond.database.writing() as other:  # another worker is about to close the source
        assert await db.live.lock(other, source.id) is not None
        assert await resolvers.live.expire_late(pond.context()) == 0
    assert await resolvers.live.expire_late(pond.context()) == 1
    assert await resolvers.live.expire_late(pond.context()) == 0

    steps = await pond.select("SELECT live_room_id, to_state FROM live_room_state_change")
    assert {tuple(step) for step in steps} == {(source.id, "EXPIRED"), (mirror.id, "EXPIRED")}
    assert len(steps) == 2
    assert await log_of(pond, mirror.id) == []


async def test_what_was_bought_through_a_mirror_comes_back_to_the_one_shelf(pond: Pond) -> None:
    item = await an_item(pond, stock=4)
    source, _ = await a_source(pond, item)
    mirror = await mirrored(pond, source, await a_guide(pond))
    order, buyer = await ordered(pond, mirror, item, quantity=3)

    await resolvers.orders.cancel(pond.context(buyer), order.id)

    assert [
        (await pond.ask(SHELF, id=room_id(room)))["liveRoom"]["shelf"][0]["liveStock"] for room in (source, mirror)
    ] == [
        4,
        4,
    ]


async def test_source_and_mirror_are_one_conversation(pond: Pond) -> None:
    source, _ = await a_source(pond)
    mirror = await mirrored(pond, source, await a_guide(pond))
    member = await a_member(pond)
    events = await the_schema().subscribe(
        "subscription ($id: ID!) { bulletComments(roomId: $id, after: 0) { comment { text } } }",
        variable_values={"id": room_id(mirror)},
        context_value=pond.context(),
    )

    assert await pond.refused(SAY, member, id=room_id(mirror), text="从门店来") == []
    assert await pond.refused(SAY, member, id=room_id(source), text="从总部来") == []
    async with asyncio.timeout(5):
        heard = [(await anext(events)).data["bulletComments"]["comment"]["text"] for _ in range(2)]
    await events.aclose()

    assert heard == ["从门店来", "从总部来"]
    await relayed(pond)
    snapshots = [(await pond.ask(SEEN, id=room_id(room)))["liveRoom"] for room in (source, mirror)]
    assert snapshots[0] == snapshots[1]
    assert [one["text"] for one in snapshots[1]["recentBulletComments"]] == heard


async def test_a_gift_in_a_mirror_is_for_the_host_whom_everybody_watches(pond: Pond) -> None:
    source, _ = await a_source(pond)
    mirror = await mirrored(pond, source, await a_guide(pond))
    member, gift = await a_member(pond), await a_gift(pond, coins=10)
    await coins(pond, member, 10)

    await resolvers.gifts.give(pond.context(member), mirror.id, gift.id, 1, "a-gift")

    assert [kind for kind, _ in await log_of(pond, source.id)] == ["STATE", "REWARD"]
    assert await pond.select("SELECT DISTINCT live_room_id FROM reward") == [(source.id,)]


async def test_a_mirror_is_run_where_its_source_is(pond: Pond) -> None:
    source, _ = await a_source(pond, await an_item(pond))
    guide = await a_guide(pond)
    mirror = await mirrored(pond, source, guide)
    (product,) = (await pond.ask(SHELF, id=room_id(mirror)))["liveRoom"]["shelf"]
    pin = "mutation ($id: ID!) { liveProductPin(input: {liveProductId: $id}) { userErrors { code } } }"

    assert await pond.refused(MOVE, guide, id=room_id(mirror), to="ENDED") == [{"code": "INVALID_STATE"}]
    assert await pond.refused(pin, guide, id=product["id"]) == [{"code": "FORBIDDEN"}]


async def test_the_same_guide_has_one_mirror_of_a_room_and_may_go_live_beside_it(pond: Pond) -> None:
    source, _ = await a_source(pond)
    guide = await a_guide(pond)

    answers = await asyncio.gather(*(pond.ask(MIRROR, guide, id=room_id(source)) for _ in range(6)))
    of_mirror = (await pond.ask(MIRROR, guide, id=answers[0]["liveRoomMirror"]["liveRoom"]["id"]))["liveRoomMirror"]
    own, is_old = await resolvers.live.start(pond.context(guide), "自己的", None, [], uuid4().hex)

    ids = {answer["liveRoomMirror"]["liveRoom"]["id"] for answer in answers}
    assert ids == {of_mirror["liveRoom"]["id"]}
    assert of_mirror["liveRoom"]["mirrorOf"] == room_id(source)
    assert (own.mirror_of, is_old) == (None, False)


async def test_a_room_is_mirrored_by_those_whom_it_is_open_to(pond: Pond) -> None:
    source, _ = await a_source(pond, open_to_mirrors=False)
    guide = await a_guide(pond)
    guide_id = id_of(Kind.GUIDE, guide.guide_id or UUID(int=0))
    operator = await staff(pond, Role.OPERATOR)

    assert await pond.refused(MIRROR, guide, id=room_id(source)) == [{"code": "FORBIDDEN", "path": []}]
    assert await pond.refused(MIRROR, operator, id=room_id(source)) == [{"code": "FORBIDDEN", "path": []}]
    assert await pond.refused(MIRROR, operator, id=room_id(source), guide=guide_id) == []


async def test_lists_tell_mirrors_from_rooms_of_their_own(pond: Pond) -> None:
    source, _ = await a_source(pond)
    mirror = await mirrored(pond, source, await a_guide(pond))
    listed = """query ($where: LiveRoomWhere) { liveRooms(first: 9, where: $where) { nodes { id } } }"""

    async def ids(**of: Any) -> list[str]:
        found = await pond.ask(listed, where={"state": {"eq": "LIVE"}, "mirrorOf": of})
        return [one["id"] for one in found["liveRooms"]["nodes"]]

    assert await ids(isNull=True) == [room_id(source)]
    assert await ids(eq=room_id(source)) == [room_id(mirror)]


async def test_only_who_manages_a_store_mirrors_for_its_guides(pond: Pond) -> None:
    source, _ = await a_source(pond)
    store = await a_store(pond)
    guide = await a_guide(pond, store_id=store)
    guide_id = id_of(Kind.GUIDE, guide.guide_id or UUID(int=0))
    elsewhere = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))

    refused = await pond.refused(MIRROR, elsewhere, id=room_id(source), guide=guide_id)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store)

    assert refused == [{"code": "FORBIDDEN", "path": ["input", "guideId"]}]
    assert await pond.refused(MIRROR, manager, id=room_id(source), guide=guide_id) == []
    assert (await headquarters(pond)).parent_id is None


async def test_a_room_that_is_over_is_not_mirrored_whatever_happens_at_once(pond: Pond) -> None:
    source, hq = await a_source(pond)
    guides = [await a_guide(pond) for _ in range(4)]

    await asyncio.gather(
        *(pond.ask(MIRROR, guide, id=room_id(source)) for guide in guides),
        resolvers.live.move(pond.context(hq), source.id, LiveRoomState.ENDED),
    )

    rows = await pond.select("SELECT DISTINCT state FROM live_room")
    assert rows == [("ENDED",)]


@pytest.mark.parametrize("document", [SHELF, SEEN])
async def test_a_mirror_costs_no_statement_more_than_its_source(pond: Pond, document: str) -> None:
    source, _ = await a_source(pond, await an_item(pond))
    mirror = await mirrored(pond, source, await a_guide(pond))
    counted = []
    for room in (source, mirror):
        with statements() as log:
            await pond.ask(document, id=room_id(room))
        counted.append(len(log))

    assert counted[0] == counted[1]
