"""Reservations: a member reserves an announced room, and is reminded of it once, if a message may be sent."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

import db.live_reservations
import resolvers.live
import resolvers.live_reservations
from domain.identity import Principal
from domain.live import LiveRoom
from domain.room_events import LiveRoomState
from schema.ids import Kind, id_of, key_of
from tests.makers_guides import a_guide
from tests.makers_members import a_member, wx_code
from tests.pond import NOON, REMINDER, Pond

RESERVE = "mutation ($id: ID!) { liveRoomReserve(input: {liveRoomId: $id}) { reserved userErrors { code } } }"
UNRESERVE = "mutation ($id: ID!) { liveRoomUnreserve(input: {liveRoomId: $id}) { reserved userErrors { code } } }"
GRANT = """mutation ($ids: [String!]!) { subscribeMessageGrant(input: {templateIds: $ids}) {
  quotas { templateId left } userErrors { code path } } }"""
QUOTAS = "{ subscribeMessageQuotas { templateId left } }"
ROOM = "query ($id: ID!) { liveRoom(id: $id) { reservationCount reservedByMe } }"
LOGIN = """mutation ($code: String!) { memberLoginByWechat(input: {code: $code}) { member { id } } }"""


def room_id(room: LiveRoom) -> str:
    return id_of(Kind.LIVE_ROOM, room.id)


async def an_announced_room(pond: Pond, at: datetime = NOON + timedelta(hours=8)) -> tuple[LiveRoom, Principal]:
    guide = await a_guide(pond)
    return await resolvers.live.schedule(pond.context(guide), "周五夜话", None, at), guide


async def a_wechat_member(pond: Pond, user: str) -> Principal:
    """A member who logged in by WeChat."""
    data = await pond.ask(LOGIN, code=await wx_code(pond, user))
    somebody = await a_member(pond)
    member_id = key_of(Kind.MEMBER, data["memberLoginByWechat"]["member"]["id"])
    return Principal(member_id, scopes=somebody.scopes)


async def reserved(pond: Pond, room: LiveRoom, user: str, grants: int = 1) -> Principal:
    """A member who reserved a room, and authorised so many messages."""
    member = await a_wechat_member(pond, user)
    assert await pond.refused(RESERVE, member, id=room_id(room)) == []
    for _ in range(grants):
        assert await pond.refused(GRANT, member, ids=[REMINDER]) == []
    return member


async def remind(pond: Pond) -> int:
    return await resolvers.live_reservations.remind(pond.context())


async def quota_of(pond: Pond, member: Principal) -> Any:
    return (await pond.ask(QUOTAS, member))["subscribeMessageQuotas"]


async def states(pond: Pond) -> list[str]:
    return [row[0] for row in await pond.select("SELECT reminder FROM live_reservation ORDER BY reminder")]


async def test_a_reservation_counts_once_and_can_be_given_up(pond: Pond) -> None:
    room, _ = await an_announced_room(pond)
    anna, ben = await a_member(pond, "Anna"), await a_member(pond, "Ben")
    for member in (anna, anna, ben):
        assert await pond.refused(RESERVE, member, id=room_id(room)) == []
    assert await pond.ask(ROOM, anna, id=room_id(room)) == {"liveRoom": {"reservationCount": 2, "reservedByMe": True}}

    assert (await pond.ask(UNRESERVE, anna, id=room_id(room)))["liveRoomUnreserve"]["reserved"] is False

    assert await pond.ask(ROOM, anna, id=room_id(room)) == {"liveRoom": {"reservationCount": 1, "reservedByMe": False}}
    assert (await pond.ask(ROOM, id=room_id(room)))["liveRoom"]["reservedByMe"] is False
    told = await pond.select("SELECT kind FROM outbox WHERE kind ILIKE '%reserved' ORDER BY id")
    assert [row["kind"] for row in told] == ["LiveRoomReserved", "LiveRoomReserved", "LiveRoomUnreserved"]


async def test_only_an_announced_room_can_be_reserved(pond: Pond) -> None:
    room, guide = await an_announced_room(pond)
    await resolvers.live.move(pond.context(guide), room.id, LiveRoomState.LIVE)
    member = await a_member(pond)

    assert [e["code"] for e in await pond.refused(RESERVE, member, id=room_id(room))] == ["INVALID_STATE"]
    assert [e["code"] for e in await pond.refused(RESERVE, member, id=id_of(Kind.LIVE_ROOM, uuid4()))] == ["NOT_FOUND"]


async def test_one_authorisation_is_one_message(pond: Pond) -> None:
    room, _ = await an_announced_room(pond)
    member = await reserved(pond, room, "anna", grants=2)
    assert await quota_of(pond, member) == [{"templateId": REMINDER, "left": 2}]

    pond.time = NOON + timedelta(hours=7, minutes=49)
    assert await remind(pond) == 0, "eleven minutes before"
    pond.later(minutes=1)
    assert await remind(pond) == 1
    assert await remind(pond) == 0

    (message,) = pond.wechat.messages
    assert message["template_id"] == REMINDER
    assert message["page"].endswith(room_id(room))
    assert message["data"]["thing1"] == {"value": "周五夜话"}
    assert message["data"]["time2"] == {"value": "2026-11-22 20:00"}
    assert await quota_of(pond, member) == [{"templateId": REMINDER, "left": 1}]


async def test_who_authorised_nothing_hears_nothing(pond: Pond) -> None:
    room, _ = await an_announced_room(pond)
    member = await reserved(pond, room, "anna", grants=0)
    pond.time = NOON + timedelta(hours=7, minutes=55)

    assert await remind(pond) == 0
    await pond.ask(GRANT, member, ids=[REMINDER])

    assert await remind(pond) == 1, "the authorisation came in time"


async def test_one_authorisation_for_two_rooms_reminds_of_one(pond: Pond) -> None:
    rooms = [(await an_announced_room(pond))[0] for _ in range(2)]
    member = await reserved(pond, rooms[0], "anna")
    await pond.ask(RESERVE, member, id=room_id(rooms[1]))
    pond.time = NOON + timedelta(hours=7, minutes=55)

    assert [await remind(pond) for _ in range(3)] == [1, 0, 0]

    assert await states(pond) == ["SENT", "WAITING"]


async def test_of_a_room_that_was_called_off_nobody_is_reminded(pond: Pond) -> None:
    room, guide = await an_announced_room(pond)
    await reserved(pond, room, "anna")
    await resolvers.live.move(pond.context(guide), room.id, LiveRoomState.CANCELLED)
    pond.time = NOON + timedelta(hours=7, minutes=55)

    assert await remind(pond) == 0


async def test_a_room_that_begins_early_is_reminded_of_when_it_begins(pond: Pond) -> None:
    room, guide = await an_announced_room(pond)
    await reserved(pond, room, "anna")
    await resolvers.live.move(pond.context(guide), room.id, LiveRoomState.LIVE)

    assert await remind(pond) == 1
    assert pond.wechat.messages[0]["data"]["time2"] == {"value": "2026-11-22 12:00"}


async def test_two_workers_remind_each_member_once(pond: Pond) -> None:
    room, _ = await an_announced_room(pond)
    for n in range(12):
        await reserved(pond, room, f"member {n}")
    pond.time = NOON + timedelta(hours=7, minutes=55)

    for _ in range(3):
        await asyncio.gather(*(remind(pond) for _ in range(4)))

    assert len(pond.wechat.messages) == 12
    assert len({message["touser"] for message in pond.wechat.messages}) == 12


async def test_workers_that_take_nothing_before_they_send_remind_twice(pond: Pond) -> None:
    """The negative control: who notes only after sending sends what another is sending."""
    room, _ = await an_announced_room(pond)
    await reserved(pond, room, "anna")
    both = asyncio.Barrier(2)

    async def careless() -> None:
        waiting = await pond.select("SELECT member_id FROM live_reservation WHERE reminder = 'WAITING'")
        await both.wait()
        for _ in waiting:
            await pond.services.wechat.send("o", REMINDER, "page", {})
        await pond.select("UPDATE live_reservation SET reminder = 'SENT', reminded_at = now()")

    await asyncio.gather(careless(), careless())

    assert len(pond.wechat.messages) == 2


async def test_a_worker_that_ends_between_taking_and_noting_leaves_nothing_that_is_sent_twice(pond: Pond) -> None:
    room, _ = await an_announced_room(pond)
    await reserved(pond, room, "anna", grants=2)
    pond.time = NOON + timedelta(hours=7, minutes=55)
    async with pond.database.writing() as tx:
        taken = await db.live_reservations.take_due(tx, "wx-app", REMINDER, pond.time, timedelta(minutes=10), 50)
    assert len(taken) == 1

    assert await remind(pond) == 0

    assert await states(pond) == ["TAKEN"]
    assert not pond.wechat.messages


@pytest.mark.parametrize(
    ("errcode", "state", "left"),
    [
        pytest.param(43101, "FAILED", 0, id="the member takes no messages: not sent again"),
        pytest.param(-1, "WAITING", 1, id="WeChat is busy: sent later"),
        pytest.param(45009, "WAITING", 1, id="WeChat takes no more today: sent later"),
    ],
)
async def test_a_message_that_wechat_refuses(pond: Pond, errcode: int, state: str, left: int) -> None:
    room, _ = await an_announced_room(pond)
    member = await reserved(pond, room, "anna")
    (row,) = await pond.select("SELECT openid FROM member_identity WHERE member_id = $1", member.member_id)
    pond.wechat.refusals[row["openid"]] = errcode
    pond.time = NOON + timedelta(hours=7, minutes=55)

    await remind(pond)

    assert await states(pond) == [state]
    assert (await quota_of(pond, member))[0]["left"] == left


async def test_an_authorisation_for_what_the_brand_does_not_send_is_refused(pond: Pond) -> None:
    (error,) = await pond.refused(GRANT, await a_member(pond), ids=[REMINDER, "another"])

    assert error == {"code": "BAD_USER_INPUT", "path": ["input", "templateIds", "1"]}


async def test_at_most_twenty_authorisations_are_kept(pond: Pond) -> None:
    member = await a_member(pond)
    for _ in range(25):
        async with pond.database.writing() as tx:
            assert member.member_id is not None
            await db.live_reservations.grant(tx, member.member_id, [REMINDER])

    assert (await quota_of(pond, member))[0]["left"] == 20
