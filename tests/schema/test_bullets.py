"""Bullet comments that wait for review: who hears of them, who decides, and what is told of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

import resolvers.live_mirrors
from domain.identity import VISITOR, Principal, Role
from domain.live import LiveRoom
from domain.moderation import Action
from providers.words import WordList
from tests.makers_guides import a_guide
from tests.makers_live import a_room
from tests.makers_members import a_member, staff
from tests.makers_moderation import (
    APPROVE,
    KICK,
    MUTE,
    REJECT,
    REMOVE,
    WAITING,
    events_of,
    order,
    relayed,
    room_id,
    rules,
    said_in,
    say,
)
from tests.pond import Pond, statements, the_schema

MOVE = "mutation ($room: ID!) { liveRoomMove(input: {liveRoomId: $room, toState: ENDED}) { userErrors { code } } }"
EVENTS = """subscription ($room: ID!, $kinds: [EventKind!]) { liveRoomEvents(roomId: $room, kinds: $kinds, after: 0) {
  kind seq ... on BulletCommentWaiting { comment { text } } ... on BulletCommentPosted { comment { text } } } }"""


async def a_reviewed_room(pond: Pond) -> tuple[LiveRoom, Principal]:
    room, host = await a_room(pond)
    assert await rules(pond, room, host, reviewed=True) == []
    return room, host


async def waiting_in(pond: Pond, room: LiveRoom, who: Principal) -> list[Any]:
    data = await pond.ask(WAITING, who, room=room_id(room))
    return list(data["bulletCommentsWaiting"]["nodes"])


async def decide(pond: Pond, document: str, room: LiveRoom, who: Principal, comment: str) -> Any:
    given = {"liveRoomId": room_id(room), "bulletCommentId": comment}
    (payload,) = (await pond.ask(document, who, input=given)).values()
    return payload


async def test_in_a_reviewed_room_a_comment_waits_and_its_sender_is_told(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    member = await a_member(pond, "小美")

    sent = await say(pond, room, member, "好看")

    assert (sent["comment"]["text"], sent["seq"], sent["waiting"]) == ("好看", None, True)
    assert sent["warnings"] == [{"code": "TEXT_WAITS"}]
    (waiting,) = await waiting_in(pond, room, host)
    assert (waiting["text"], waiting["senderName"]) == ("好看", "小美")


async def test_a_word_that_wants_review_lets_one_comment_wait(pond: Pond) -> None:
    room, _ = await a_room(pond)
    pond.services.words = WordList({"假货": Action.REVIEW, "傻": Action.MASK})

    answers = [await say(pond, room, await a_member(pond), text) for text in ("这是假货吗", "好看", "真傻,假货")]

    assert [answer["waiting"] for answer in answers] == [True, False, True]
    assert answers[2]["comment"]["text"] == "真*,假货"
    assert await said_in(pond, room) == ["好看"]


async def test_what_is_approved_is_posted_under_a_new_number_and_what_is_rejected_never(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    first, second = [(await say(pond, room, await a_member(pond), text))["comment"]["id"] for text in ("一", "二")]

    approved = await decide(pond, APPROVE, room, host, first)
    rejected = await decide(pond, REJECT, room, host, second)

    assert approved["comment"] == {"text": "一"}
    assert (rejected["comment"], rejected["seq"]) == ({"text": "二"}, None)
    assert await waiting_in(pond, room, host) == []
    told = [e for e in await events_of(pond, room, host) if e["kind"].startswith("BULLET")]
    assert [(e["kind"], e["comment"]["text"], e.get("state")) for e in told] == [
        ("BULLET_COMMENT_WAITING", "一", "PENDING"),
        ("BULLET_COMMENT_WAITING", "二", "PENDING"),
        ("BULLET_COMMENT_WAITING", "一", "APPROVED"),
        ("BULLET_COMMENT", "一", None),
        ("BULLET_COMMENT_WAITING", "二", "REJECTED"),
    ]
    assert [e["seq"] for e in told if e["kind"] == "BULLET_COMMENT"] == [approved["seq"]]


async def test_many_moderators_decide_at_once_and_it_is_posted_once(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    moderators = [host, *[await staff(pond, Role.MODERATOR) for _ in range(3)]]
    comment = (await say(pond, room, await a_member(pond), "好看"))["comment"]["id"]

    answers = await asyncio.gather(*(decide(pond, APPROVE, room, one, comment) for one in moderators * 2))

    assert sorted(len(answer["userErrors"]) for answer in answers) == [0] + [1] * 7
    assert {error["code"] for answer in answers for error in answer["userErrors"]} == {"NOT_FOUND"}
    assert await said_in(pond, room) == ["好看"]


async def listeners(pond: Pond, room: LiveRoom) -> dict[str, Principal]:
    """Who must not hear of what waits."""
    return {
        "a visitor": VISITOR,
        "a member": await a_member(pond),
        "a guide of another store": await a_guide(pond),
        "another guide of the store": await a_guide(pond, store_id=room.host.store_id),
        "staff of another kind": await staff(pond, Role.FINANCE),
    }


async def heard(pond: Pond, room: LiveRoom, who: Principal, *, kinds: list[str] | None = None) -> list[Any]:
    """What a subscription tells from the room's beginning to the host's last word, or for a moment."""
    events = await the_schema().subscribe(
        EVENTS, variable_values={"room": room_id(room), "kinds": kinds}, context_value=pond.context(who)
    )
    found: list[Any] = []
    try:
        async with asyncio.timeout(0.15 if kinds else 5):
            while not found or found[-1].get("comment", {}).get("text") != "完":
                found.append((await anext(events)).data["liveRoomEvents"])
    except TimeoutError:
        assert kinds, "the last word was not heard"
    finally:
        await events.aclose()
    return found


async def test_nobody_but_those_who_moderate_hears_of_what_waits_by_any_way(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    await say(pond, room, await a_member(pond), "秘密")
    await say(pond, room, host, "完")
    await relayed(pond)

    for name, who in (await listeners(pond, room)).items():
        told = [*await heard(pond, room, who), *await events_of(pond, room, who)]
        assert {"BULLET_COMMENT_WAITING"} & {event["kind"] for event in told} == set(), name
        assert "秘密" not in str(told), name
    assert "秘密" in str(await heard(pond, room, host)), "the host hears it"
    assert "秘密" in str(await events_of(pond, room, await staff(pond, Role.MODERATOR)))


async def test_asking_for_that_kind_alone_opens_nothing(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    await say(pond, room, await a_member(pond), "秘密")

    assert await heard(pond, room, await a_member(pond), kinds=["BULLET_COMMENT_WAITING"]) == []
    assert len(await heard(pond, room, host, kinds=["BULLET_COMMENT_WAITING"])) == 1


async def test_the_list_of_what_waits_does_not_exist_for_others(pond: Pond) -> None:
    room, _ = await a_reviewed_room(pond)
    comment = (await say(pond, room, await a_member(pond), "秘密"))["comment"]["id"]

    for name, who in (await listeners(pond, room)).items():
        if who.member_id is not None:
            assert await pond.errors(WAITING, who, room=room_id(room)) == ["NOT_FOUND"], name
            for document in (APPROVE, REJECT):
                errors = (await decide(pond, document, room, who, comment))["userErrors"]
                assert errors == [{"code": "FORBIDDEN"}], name


@pytest.mark.parametrize("document", [MUTE, KICK])
async def test_who_is_silenced_has_nothing_waiting_any_more(pond: Pond, document: str) -> None:
    room, host = await a_reviewed_room(pond)
    member = await a_member(pond)
    await say(pond, room, member, "坏话")
    await say(pond, room, await a_member(pond), "好话")

    assert await order(pond, document, room, host, member, seconds=60) == []

    assert [one["text"] for one in await waiting_in(pond, room, host)] == ["好话"]
    told = [e for e in await events_of(pond, room, host) if e["kind"] == "BULLET_COMMENT_WAITING"]
    assert [(e["comment"]["text"], e["state"]) for e in told][2:] == [("坏话", "REJECTED")]


async def test_nothing_waits_in_a_room_that_is_over(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    comment = (await say(pond, room, await a_member(pond), "好看"))["comment"]["id"]

    assert await pond.refused(MOVE, host, room=room_id(room)) == []

    assert await waiting_in(pond, room, host) == []
    assert (await decide(pond, APPROVE, room, host, comment))["userErrors"] == [{"code": "INVALID_STATE"}]
    assert await pond.select("SELECT 1 FROM bullet_pace") == []


async def test_what_was_taken_back_is_not_in_memory_either(pond: Pond) -> None:
    room, host = await a_room(pond)
    first = await the_schema().subscribe(EVENTS, variable_values={"room": room_id(room)}, context_value=pond.context())
    sent = await say(pond, room, await a_member(pond), "说错了")
    while (await asyncio.wait_for(anext(first), 5)).data["liveRoomEvents"]["kind"] != "BULLET_COMMENT":
        pass
    assert (await heard(pond, room, VISITOR, kinds=["BULLET_COMMENT"]))[0]["comment"]["text"] == "说错了"

    assert await pond.refused(REMOVE, host, room=room_id(room), seq=sent["seq"]) == []
    await relayed(pond)

    assert (await heard(pond, room, VISITOR, kinds=["BULLET_COMMENT"]))[0]["comment"]["text"] == ""
    await first.aclose()


async def test_what_a_room_does_not_show_is_told_to_nobody_and_stored(pond: Pond) -> None:
    room, host = await a_room(pond)
    members = [await a_member(pond) for _ in range(50)]
    await asyncio.gather(*(say(pond, room, one, f"第{n}条") for n, one in enumerate(members)))

    await say(pond, room, host, "完")

    for who in (VISITOR, members[-1], host):
        told = await heard(pond, room, who)
        assert len([event for event in told if event["kind"] == "BULLET_COMMENT"]) == 41
        assert told[-1]["seq"] - told[0]["seq"] >= 50, "its numbers say what was left out"


async def test_what_is_said_in_a_mirror_is_said_in_the_room_that_it_shows_and_decided_there(pond: Pond) -> None:
    room, host = await a_room(pond)
    chain, keeper = await staff(pond, Role.OPERATOR), await a_guide(pond)
    mirror = await resolvers.live_mirrors.mirror(
        pond.context(replace(keeper, scopes=chain.scopes, duties=chain.duties)), room.id, None, None
    )
    await rules(pond, room, host, reviewed=True)

    sent = await say(pond, mirror, await a_member(pond), "秘密")
    by_its_host = await say(pond, mirror, keeper, "欢迎")

    assert (sent["waiting"], by_its_host["waiting"]) == (True, True)
    assert [one["text"] for one in await waiting_in(pond, room, host)] == ["秘密", "欢迎"]
    assert "秘密" not in str(await events_of(pond, mirror, keeper))
    assert await pond.errors(WAITING, keeper, room=room_id(mirror)) == ["NOT_FOUND"]
    approved = (await decide(pond, APPROVE, mirror, keeper, sent["comment"]["id"]))["userErrors"]
    assert approved == [{"code": "FORBIDDEN"}]
    assert (await decide(pond, APPROVE, mirror, host, sent["comment"]["id"]))["userErrors"] == []
    assert await said_in(pond, mirror, keeper) == ["秘密"]
    assert (await rules(pond, mirror, keeper, muted=True)) == [{"code": "FORBIDDEN"}]


async def test_a_snapshot_and_what_follows_are_where_a_new_snapshot_is(pond: Pond) -> None:
    room, host = await a_reviewed_room(pond)
    ids = [(await say(pond, room, await a_member(pond), text))["comment"]["id"] for text in ("一", "二", "三")]
    before = {one["id"] for one in await waiting_in(pond, room, host)}
    seen = len(await events_of(pond, room, host))

    await decide(pond, APPROVE, room, host, ids[0])
    await decide(pond, REJECT, room, host, ids[1])
    await say(pond, room, await a_member(pond), "四")

    page = await pond.ask(
        """query ($room: ID!) { liveRoomEventsSince(roomId: $room, after: 0, first: 100) {
          events { ... on BulletCommentWaiting { comment { id } state } } } }""",
        host,
        room=room_id(room),
    )
    for event in [e for e in page["liveRoomEventsSince"]["events"][seen:] if e]:
        (before.add if event["state"] == "PENDING" else before.discard)(event["comment"]["id"])
    assert before == {one["id"] for one in await waiting_in(pond, room, host)}


async def test_a_comment_takes_five_statements_and_so_do_fifty_that_come_together(pond: Pond) -> None:
    room, _ = await a_room(pond)
    members = [await a_member(pond) for _ in range(51)]
    await say(pond, room, members[0], "先来")

    with statements() as alone:
        await say(pond, room, members[1], "一条")
    with statements() as together:
        await asyncio.gather(*(say(pond, room, one, f"第{n}条") for n, one in enumerate(members[2:])))

    assert len(alone) == 4, "the log is held, who speaks is read, paces are kept, the comment is appended"
    assert len(together) <= 8, "the first goes at once, the others together"
