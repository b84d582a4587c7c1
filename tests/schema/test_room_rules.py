"""The order in a room: rules, mutes, kicks, the blacklist, and the record of who did what."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.identity import VISITOR, Principal, Role
from domain.live import LiveRoom
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide
from tests.makers_live import a_room
from tests.makers_members import a_member, staff
from tests.makers_moderation import (
    KICK,
    MUTE,
    READMIT,
    RULES,
    SNAPSHOT,
    UNMUTE,
    events_of,
    member_id,
    order,
    relayed,
    room_id,
    rules,
    said_in,
    say,
)
from tests.pond import Pond, statements, the_schema
from tests.waiting import until

MINE = "query ($room: ID!) { liveRoom(id: $room) { myMute { until } } }"
LISTS = """query ($room: ID!) { liveRoom(id: $room) {
  muted(first: 10) { nodes { member { nickname } until reason by { nickname } } totalCount { value } }
  kicked(first: 10) { nodes { member { nickname } until reason } }
  moderations(first: 10) { nodes { action actor { nickname } member { nickname } note commentId until } } } }"""
ENTER = "query ($room: ID!) { liveRoomEventsSince(roomId: $room, after: 0) { nextAfter } }"
LISTEN = "subscription ($room: ID!) { liveRoomEvents(roomId: $room) { seq } }"
BLACKLIST = "mutation ($input: MemberBlacklistAddInput!) { memberBlacklistAdd(input: $input) { userErrors { code } } }"
UNLIST = (
    "mutation ($input: MemberBlacklistRemoveInput!) { memberBlacklistRemove(input: $input) { userErrors { code } } }"
)


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def snapshot_rules(pond: Pond, room: LiveRoom) -> Any:
    return (await pond.ask(SNAPSHOT, room=room_id(room)))["liveRoom"]["rules"]


async def test_in_a_muted_room_only_those_who_moderate_it_speak(pond: Pond) -> None:
    room, host = await a_room(pond)
    moderator = await staff(pond, Role.MODERATOR, unit_id=room.host.store_id)

    assert await rules(pond, room, host, muted=True) == []

    assert codes(await say(pond, room, await a_member(pond), "在吗")) == ["ROOM_MUTED"]
    assert codes(await say(pond, room, host, "大家好")) == []
    assert codes(await say(pond, room, moderator, "请稍等")) == []
    assert await said_in(pond, room) == ["大家好", "请稍等"]
    assert await rules(pond, room, moderator, muted=False) == []
    assert codes(await say(pond, room, await a_member(pond), "在吗")) == []


async def test_slow_mode_lets_a_member_wait_between_two_comments(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond)
    await rules(pond, room, host, slowModeSeconds=30)
    await say(pond, room, member, "一")

    pond.later(seconds=29.5)
    early = await say(pond, room, member, "二")
    pond.later(seconds=0.5)
    later = await say(pond, room, member, "二")

    assert early["userErrors"] == [{"code": "RATE_LIMITED", "retryable": True, "retryAfterMs": 500}]
    assert codes(later) == []


async def test_a_rule_that_is_left_out_stays_and_what_changed_is_told_once(pond: Pond) -> None:
    room, host = await a_room(pond)
    free = {"muted": False, "slowModeSeconds": 0, "reviewed": False}
    assert await snapshot_rules(pond, room) == free

    await rules(pond, room, host, slowModeSeconds=10)
    await rules(pond, room, host, reviewed=True)
    await rules(pond, room, host, reviewed=True, slowModeSeconds=None)

    now = free | {"slowModeSeconds": 10, "reviewed": True}
    assert await snapshot_rules(pond, room) == now
    told = [event["rules"] for event in await events_of(pond, room) if event["kind"] == "RULES"]
    assert told == [free | {"slowModeSeconds": 10}, now]


@pytest.mark.parametrize("seconds", [-1, 301])
async def test_slow_mode_has_its_bounds(pond: Pond, seconds: int) -> None:
    room, host = await a_room(pond)

    assert await rules(pond, room, host, slowModeSeconds=seconds) == [{"code": "BAD_USER_INPUT"}]


async def test_many_hands_set_rules_at_once_and_none_is_lost(pond: Pond) -> None:
    room, host = await a_room(pond)
    wanted: list[dict[str, Any]] = [{"muted": True}, {"slowModeSeconds": 5}, {"reviewed": True}]

    await asyncio.gather(*(rules(pond, room, host, **one) for one in wanted * 3))

    assert await snapshot_rules(pond, room) == {"muted": True, "slowModeSeconds": 5, "reviewed": True}


async def test_who_moderates_nothing_here_restrains_nobody(pond: Pond) -> None:
    room, _ = await a_room(pond)
    victim = await a_member(pond)

    for who in (await a_member(pond), await a_guide(pond), await staff(pond, Role.CONTENT)):
        for document in (MUTE, KICK):
            assert await order(pond, document, room, who, victim, seconds=60) == [{"code": "FORBIDDEN"}]
        for document in (UNMUTE, READMIT):
            assert await order(pond, document, room, who, victim) == [{"code": "FORBIDDEN"}]
        assert await rules(pond, room, who, muted=True) == [{"code": "FORBIDDEN"}]


async def test_nobody_is_silenced_from_below(pond: Pond) -> None:
    room, host = await a_room(pond)
    store = room.host.store_id
    moderator = await staff(pond, Role.MODERATOR, unit_id=store)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store)
    operator = await staff(pond, Role.OPERATOR)

    refused = [(moderator, host), (host, manager), (manager, operator), (host, host), (operator, operator)]
    allowed = [(host, moderator), (manager, host), (operator, manager)]

    for who, member in refused:
        assert await order(pond, MUTE, room, who, member, seconds=60) == [{"code": "FORBIDDEN"}]
    for who, member in allowed:
        assert await order(pond, MUTE, room, who, member, seconds=60) == []


async def test_a_muted_member_sees_until_when_and_the_host_sees_whom(pond: Pond) -> None:
    room, host = await a_room(pond)
    member, other = await a_member(pond, "小明"), await a_member(pond)
    await order(pond, MUTE, room, host, member, seconds=60, reason="刷屏")

    until = "2026-11-22T04:01:00Z"
    assert (await pond.ask(MINE, member, room=room_id(room)))["liveRoom"]["myMute"] == {"until": until}
    assert (await pond.ask(MINE, other, room=room_id(room)))["liveRoom"]["myMute"] is None
    seen = (await pond.ask(LISTS, host, room=room_id(room)))["liveRoom"]
    assert seen["muted"]["nodes"] == [
        {"member": {"nickname": "小明"}, "until": until, "reason": "刷屏", "by": {"nickname": "Xiao Wang"}}
    ]
    assert seen["muted"]["totalCount"] == {"value": 1}
    pond.later(seconds=60)
    assert (await pond.ask(MINE, member, room=room_id(room)))["liveRoom"]["myMute"] is None
    assert (await pond.ask(LISTS, host, room=room_id(room)))["liveRoom"]["muted"]["nodes"] == []


async def test_the_lists_of_a_room_are_nothing_to_others(pond: Pond) -> None:
    room, host = await a_room(pond)
    await order(pond, MUTE, room, host, await a_member(pond), seconds=60)

    for who in (await a_member(pond), await a_guide(pond), await staff(pond, Role.FINANCE)):
        seen = (await pond.ask(LISTS, who, room=room_id(room)))["liveRoom"]
        assert seen == {"muted": None, "kicked": None, "moderations": None}


async def test_a_mute_is_taken_back(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond)
    await order(pond, MUTE, room, host, member, seconds=60)

    assert await order(pond, UNMUTE, room, host, member) == []
    assert await order(pond, UNMUTE, room, host, member) == [], "it changes nothing again"

    assert codes(await say(pond, room, member, "谢谢")) == []
    told = [event["until"] for event in await events_of(pond, room) if event["kind"] == "MUTE"]
    assert told == ["2026-11-22T04:01:00Z", None]


@pytest.mark.parametrize("seconds", [0, -5, 30 * 24 * 3600 + 1])
async def test_a_mute_lasts_from_a_second_to_thirty_days(pond: Pond, seconds: int) -> None:
    room, host = await a_room(pond)

    errors = await order(pond, MUTE, room, host, await a_member(pond), seconds=seconds)

    assert errors == [{"code": "BAD_USER_INPUT"}]


async def test_a_kicked_member_neither_enters_nor_speaks_until_it_ends(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond)
    await order(pond, KICK, room, host, member, seconds=60, reason="广告")

    assert await pond.errors(ENTER, member, room=room_id(room)) == ["MEMBER_KICKED"]
    refused = await the_schema().subscribe(
        LISTEN, variable_values={"room": room_id(room)}, context_value=pond.context(member)
    )
    async for result in refused:
        assert result.errors[0].extensions["code"] == "MEMBER_KICKED"
    answer = await say(pond, room, member, "放我进去")
    assert answer["userErrors"] == [{"code": "MEMBER_KICKED", "retryable": False, "end": "2026-11-22T04:01:00Z"}]
    (kick,) = [event for event in await events_of(pond, room) if event["kind"] == "KICK"]
    assert (kick["memberId"], kick["end"]) == (member_id(member), "2026-11-22T04:01:00Z")
    pond.later(seconds=60)
    assert await pond.errors(ENTER, member, room=room_id(room)) == []


async def test_a_kick_for_the_room_lasts_as_long_as_it_and_may_be_taken_back(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond, "小明")
    await order(pond, KICK, room, host, member)
    pond.later(days=60)

    assert await pond.errors(ENTER, member, room=room_id(room)) == ["MEMBER_KICKED"]
    (kicked,) = (await pond.ask(LISTS, host, room=room_id(room)))["liveRoom"]["kicked"]["nodes"]
    assert (kicked["member"]["nickname"], kicked["until"]) == ("小明", None)
    assert await order(pond, READMIT, room, host, member) == []
    assert await pond.errors(ENTER, member, room=room_id(room)) == []


def listening(pond: Pond, room: LiveRoom) -> int:
    known = pond.services.hub._rooms.get(room.id)
    return 0 if known is None else sum(len(group.members) for group in known.groups.values())


async def test_a_kick_ends_what_the_member_listens_to_and_nothing_else(pond: Pond) -> None:
    room, host = await a_room(pond)
    member, other = await a_member(pond), await a_member(pond)
    streams = [
        await the_schema().subscribe(LISTEN, variable_values={"room": room_id(room)}, context_value=pond.context(who))
        for who in (member, other)
    ]
    waiting = [asyncio.ensure_future(anext(stream)) for stream in streams]
    await until(lambda: listening(pond, room) == 2)

    await order(pond, KICK, room, host, member)
    await relayed(pond)

    kicked, stays = [await asyncio.wait_for(one, 5) for one in waiting]
    assert stays.errors is None
    assert kicked.errors is not None or (await anext(streams[0])).errors
    for stream in streams:
        await stream.aclose()


async def test_a_blacklisted_member_neither_enters_nor_speaks_in_any_room(pond: Pond) -> None:
    moderator, member = await staff(pond, Role.MODERATOR), await a_member(pond)
    rooms = [(await a_room(pond))[0] for _ in range(2)]
    given = {"memberId": member_id(member), "reason": "诈骗"}

    assert await pond.refused(BLACKLIST, moderator, input=given) == []

    for room in rooms:
        assert await pond.errors(ENTER, member, room=room_id(room)) == ["MEMBER_KICKED"]
        assert codes(await say(pond, room, member, "放我进去")) == ["MEMBER_KICKED"]
    listed = await pond.ask("{ memberBlacklist(first: 10) { nodes { member { id } reason until } } }", moderator)
    assert listed["memberBlacklist"]["nodes"] == [
        {"member": {"id": member_id(member)}, "reason": "诈骗", "until": None}
    ]
    assert await pond.refused(UNLIST, moderator, input={"memberId": member_id(member)}) == []
    assert codes(await say(pond, rooms[0], member, "谢谢")) == []


async def test_only_moderators_of_the_brand_blacklist_and_only_customers(pond: Pond) -> None:
    moderator, host = await staff(pond, Role.MODERATOR), await a_guide(pond)
    colleague = await staff(pond, Role.FINANCE)

    assert await pond.errors(BLACKLIST, host, input={"memberId": member_id(moderator)}) == ["FORBIDDEN"]
    assert await pond.refused(BLACKLIST, moderator, input={"memberId": member_id(colleague)}) == [{"code": "FORBIDDEN"}]
    assert await pond.refused(
        BLACKLIST, moderator, input={"memberId": id_of(Kind.MEMBER, pond.context().new_id())}
    ) == [{"code": "NOT_FOUND"}]


async def test_who_did_what_is_on_record(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond, "小明")
    sent = await say(pond, room, member, "坏话")

    await rules(pond, room, host, slowModeSeconds=10)
    await order(pond, MUTE, room, host, member, seconds=60, reason="刷屏")
    await order(pond, KICK, room, host, member)
    await pond.ask(
        "mutation ($room: ID!, $seq: Long!) { bulletCommentRemove(input: {liveRoomId: $room, seq: $seq}) { commentId } }",
        host,
        room=room_id(room),
        seq=sent["seq"],
    )

    nodes = (await pond.ask(LISTS, host, room=room_id(room)))["liveRoom"]["moderations"]["nodes"]
    assert [(one["action"], one["member"] and one["member"]["nickname"], one["note"]) for one in nodes] == [
        ("COMMENT_REMOVED", "小明", ""),
        ("KICKED", "小明", ""),
        ("MUTED", "小明", "刷屏"),
        ("RULES_SET", None, "muted=False slow_mode_s=10 reviewed=False"),
    ]
    assert nodes[0]["commentId"] == sent["comment"]["id"]
    assert {one["actor"]["nickname"] for one in nodes} == {"Xiao Wang"}


async def test_nothing_is_ordered_in_a_room_that_is_over_or_not_there(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond)
    ended = "mutation ($room: ID!) { liveRoomMove(input: {liveRoomId: $room, toState: ENDED}) { userErrors { code } } }"
    await pond.ask(ended, host, room=room_id(room))

    assert await rules(pond, room, host, muted=True) == [{"code": "INVALID_STATE"}]
    assert await order(pond, MUTE, room, host, member, seconds=60) == [{"code": "INVALID_STATE"}]
    nowhere = {"liveRoomId": "liv_" + "0" * 32, "muted": True}
    assert await pond.refused(RULES, host, input=nowhere) == [{"code": "NOT_FOUND"}]


async def test_a_snapshot_with_its_rules_reads_them_once(pond: Pond) -> None:
    room, host = await a_room(pond)
    await rules(pond, room, host, slowModeSeconds=10)

    with statements() as log:
        await pond.ask(
            "query ($room: ID!) { liveRoom(id: $room) { seq rules { muted } } }", VISITOR, room=room_id(room)
        )

    assert len(log) == 2


async def test_an_entrance_asks_one_thing_more_of_a_member(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member: Principal = await a_member(pond)

    with statements() as visitor:
        await pond.ask(ENTER, room=room_id(room))
    with statements() as log:
        await pond.ask(ENTER, member, room=room_id(room))

    assert len(log) == len(visitor) + 1
