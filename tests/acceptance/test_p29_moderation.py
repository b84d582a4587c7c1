"""P29: bullet comments are moderated: one in two seconds, words in any disguise, mutes that end, and what is retracted.

With reliability's I20 (floods), I22 (muted members) and I23 (texts that are more than they seem).
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.identity import Principal
from domain.live import LiveRoom
from domain.moderation import Action
from providers.words import WordList
from tests.makers_live import a_room
from tests.makers_members import a_member
from tests.makers_moderation import (
    KICK,
    MUTE,
    REMOVE,
    SNAPSHOT,
    events_of,
    member_id,
    order,
    room_id,
    said_in,
    say,
    stored_in,
)
from tests.pond import Pond


async def test_of_five_in_one_second_three_pass_and_two_are_told_when_to_come_back(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)

    answers = []
    for number in range(5):
        answers.append(await say(pond, room, member, f"第{number}条"))
        pond.later(seconds=0.2)

    assert [answer["userErrors"] for answer in answers] == [
        [],
        [],
        [],
        [{"code": "RATE_LIMITED", "retryable": True, "retryAfterMs": 1400}],
        [{"code": "RATE_LIMITED", "retryable": True, "retryAfterMs": 1200}],
    ]
    pond.later(seconds=1.2)
    assert (await say(pond, room, member, "又来"))["userErrors"] == []


async def test_the_rate_holds_in_whatever_process_a_member_speaks(pond: Pond, other: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)

    answers = await asyncio.gather(*(say((pond, other)[n % 2], room, member, f"第{n}条") for n in range(6)))

    assert sorted(len(answer["userErrors"]) for answer in answers) == [0, 0, 0, 1, 1, 1]


@pytest.fixture
async def other(pond: Pond) -> Pond:
    """The same product in another process."""
    again = Pond(pond.database)
    again.time = pond.time
    return again


@pytest.mark.parametrize("text", ["返现", "返\u200b现", "返 现", "返.现", "返現", "R返現R", "ｒeＢaТe", "r-e-b-a-t-e"])
async def test_a_banned_word_is_blocked_in_any_disguise(pond: Pond, text: str) -> None:
    room, _ = await a_room(pond)
    pond.services.words = WordList({"返现": Action.REJECT, "rebate": Action.REJECT})

    answer = await say(pond, room, await a_member(pond), text)

    assert [error["code"] for error in answer["userErrors"]] == ["CONTENT_REJECTED"]
    assert await stored_in(pond, room.id) == 0


async def test_a_mute_of_ten_minutes_rejects_until_it_ends(pond: Pond) -> None:
    room, host = await a_room(pond)
    member = await a_member(pond)

    assert await order(pond, MUTE, room, host, member, seconds=600, reason="刷屏") == []

    pond.later(minutes=9, seconds=59)
    until = "2026-11-22T04:10:00Z"
    assert (await say(pond, room, member, "在吗"))["userErrors"] == [
        {"code": "MEMBER_MUTED", "retryable": False, "until": until}
    ]
    pond.later(seconds=1)
    assert (await say(pond, room, member, "在吗"))["userErrors"] == []
    (muted,) = [event for event in await events_of(pond, room) if event["kind"] == "MUTE"]
    assert (muted["memberId"], muted["until"]) == (member_id(member), until)


async def test_a_retracted_comment_reaches_all_and_is_in_no_page(pond: Pond) -> None:
    room, host = await a_room(pond)
    sent = await say(pond, room, await a_member(pond), "说错了")
    await events_of(pond, room)

    assert await pond.refused(REMOVE, host, room=room_id(room), seq=sent["seq"]) == []

    told = [event for event in await events_of(pond, room) if event["kind"].startswith("BULLET")]
    assert [(event["kind"], event.get("commentId")) for event in told] == [
        ("BULLET_COMMENT", None),
        ("BULLET_COMMENT_REMOVED", sent["comment"]["id"]),
    ]
    assert told[0]["comment"] == {"text": "", "removed": True}
    assert (await pond.ask(SNAPSHOT, room=room_id(room)))["liveRoom"]["recentBulletComments"] == []


async def test_whoever_said_it_takes_it_back_within_two_minutes(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)
    first, second = [(await say(pond, room, member, text))["seq"] for text in ("一", "二")]

    pond.later(minutes=1)
    assert await pond.refused(REMOVE, member, room=room_id(room), seq=first) == []
    pond.later(minutes=1)
    assert await pond.refused(REMOVE, member, room=room_id(room), seq=second) == [{"code": "FORBIDDEN"}]
    assert await said_in(pond, room) == ["", "二"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("字" * 101, "BAD_USER_INPUT"),
        ("x" * 10_240, "BAD_USER_INPUT"),
        ("abc\u202ecba", "BAD_USER_INPUT"),
        ("看 ｗｗｗ．evil．ｃｏｍ", "CONTENT_REJECTED"),
        ("data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAUA", "CONTENT_REJECTED"),
    ],
)
async def test_a_text_that_is_more_than_it_seems_is_refused(pond: Pond, text: str, code: str) -> None:
    room, _ = await a_room(pond)

    answer = await say(pond, room, await a_member(pond), text)

    assert [error["code"] for error in answer["userErrors"]] == [code]


async def test_markup_is_plain_text(pond: Pond) -> None:
    room, _ = await a_room(pond)

    assert (await say(pond, room, await a_member(pond), "<b onclick=x>好</b>"))["comment"][
        "text"
    ] == "<b onclick=x>好</b>"


async def test_the_same_text_twenty_times_by_one_is_said_once(pond: Pond) -> None:
    room, _ = await a_room(pond)
    member = await a_member(pond)

    passed = 0
    for number in range(20):
        passed += not (await say(pond, room, member, "买" + "\u200b" * (number % 3) + "它！"))["userErrors"]
        pond.later(seconds=0.9)

    assert (passed, await stored_in(pond, room.id)) == (1, 1)


async def test_five_hundred_who_say_the_same_are_all_stored_and_shown_as_a_few(pond: Pond) -> None:
    room, host = await a_room(pond)
    members = [await a_member(pond) for _ in range(60)]

    answers = await asyncio.gather(*(say(pond, room, member, "买它") for member in members))
    by_the_host = await say(pond, room, host, "谢谢大家")

    assert sorted(answer["seq"] for answer in answers) == list(range(1, 61))
    assert await stored_in(pond, room.id) == 61
    shown = await said_in(pond, room)
    assert (shown.count("买它"), shown.count("谢谢大家")) == (20, 1)
    assert by_the_host["seq"] == 61, "a client sees by the numbers how many it was not shown"


async def test_a_room_shows_forty_at_once_the_same_ones_to_all_and_stores_every_one(pond: Pond, other: Pond) -> None:
    room, _ = await a_room(pond)
    members = [await a_member(pond) for _ in range(60)]

    await asyncio.gather(*(say((pond, other)[n % 2], room, one, f"第{n}条") for n, one in enumerate(members)))

    assert await stored_in(pond, room.id) == 60
    shown = await said_in(pond, room)
    assert len(shown) == 40
    assert await said_in(other, room, members[0]) == shown
    assert [
        one["text"] for one in (await pond.ask(SNAPSHOT, room=room_id(room)))["liveRoom"]["recentBulletComments"]
    ] == shown


async def said_after(database: Pond, room: LiveRoom, member: Principal, seq: int) -> list[Any]:
    return await database.select(
        "SELECT seq FROM room_event WHERE room_id = $1 AND kind = 'BULLET_COMMENT' AND seq > $2"
        " AND payload -> 'comment' ->> 'sender_id' = $3",
        room.id,
        seq,
        member.member_id.hex if member.member_id else "",
    )


async def head_of(pond: Pond, room: LiveRoom) -> int:
    return int((await pond.select("SELECT seq FROM room_counter WHERE room_id = $1", room.id))[0][0])


async def race(pond: Pond, document: str, rounds: int = 12) -> int:
    """Let a member speak while they are silenced; returns how often they were heard after that was answered."""
    late = 0
    for _ in range(rounds):
        room, host = await a_room(pond)
        member, *others = [await a_member(pond) for _ in range(4)]
        speaking = [asyncio.create_task(say(pond, room, one, f"我{n}")) for n, one in enumerate([member, *others] * 3)]
        assert await order(pond, document, room, host, member, seconds=60) == []
        head = await head_of(pond, room)
        await asyncio.gather(*speaking)
        late += len(await said_after(pond, room, member, head))
    return late


@pytest.mark.parametrize("document", [MUTE, KICK])
async def test_once_a_mute_or_kick_is_answered_nothing_of_the_member_gets_a_number(pond: Pond, document: str) -> None:
    assert await race(pond, document) == 0


async def test_without_holding_the_log_a_muted_member_is_heard_later(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: whoever only looks, and writes then, is overtaken."""
    import db.bullets

    async def careless(tx: Any, room_key: Any) -> Any:
        return room_key

    looked = db.bullets.hearings

    async def slow(tx: Any, room_key: Any, senders: Any) -> Any:
        found = await looked(tx, room_key, senders)
        await asyncio.sleep(0.02)
        return found

    monkeypatch.setattr(db.bullets, "hold", careless)
    monkeypatch.setattr(db.bullets, "hearings", slow)

    assert await race(pond, MUTE) > 0
