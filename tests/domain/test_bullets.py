"""Bullet comments: what may be said, how often, by whom, and what of it a room shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import graphemes
from domain.bullets import (
    Ban,
    Hearing,
    Pace,
    Remark,
    SaidBefore,
    SlowMode,
    check,
    digest_of,
    hear,
    holds_link,
    paced,
    show,
)
from domain.identity import Duty, Principal, Role, Scope, scopes_of
from domain.live import RoomClosed
from domain.refusals import BadInput, NotFound, Refusal, TooOften
from domain.room_events import BulletMode, LiveRoomState
from domain.room_rules import Kicked, Muted, RoomMuted, RoomRules

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HOST, STORE = UUID(int=1), "hq.east.jingan."
a_viewer = Principal(UUID(int=9))
a_remark = Remark(UUID(int=2), "好看", digest_of("好看"), False, a_viewer, None, BulletMode.SCROLL, NOON)
a_hearing = Hearing(LiveRoomState.LIVE, HOST, STORE, RoomRules(), "小美", None, None, (), None)


def said(text: str, after_s: float = 0) -> Remark:
    return replace(a_remark, text=text, digest=digest_of(text), at=NOON + after_s * SECOND)


def test_a_comment_is_one_line_of_plain_text() -> None:
    assert check("  好看\n 多少钱 ", "#FFcc00") == "好看 多少钱"
    assert check("<b>1 < 2</b>", None) == "<b>1 < 2</b>", "clients show it as it is"


@pytest.mark.parametrize(
    ("text", "color"),
    [
        pytest.param("", None, id="nothing"),
        pytest.param("\u200b\u00ad \u2060", None, id="nothing that can be seen"),
        pytest.param("字" * 101, None, id="too long"),
        pytest.param("x" * 10_000, None, id="very long"),
        pytest.param("é" + "\u0301" * 600, None, id="few characters of many marks"),
        pytest.param("a\x00b", None, id="with NUL"),
        pytest.param("a\x9bb", None, id="with a control character"),
        pytest.param("abc\u202ecba", None, id="turning the direction of writing"),
        pytest.param("abc\u2066cba", None, id="turning it apart"),
        pytest.param("好", "red", id="in no colour"),
        pytest.param("好", "#12345", id="in half a colour"),
    ],
)
def test_what_is_no_comment_is_refused(text: str, color: str | None) -> None:
    with pytest.raises(BadInput):
        check(text, color)


@pytest.mark.parametrize("text", ["字" * 100, "👩‍👩‍👧" * 60, "🇨🇳" * 100, "👍🏽" * 100, "한" * 100, "e\u0301" * 100])
def test_a_hundred_characters_are_a_hundred_however_they_are_written(text: str) -> None:
    assert check(text, None) == text


@given(st.text(alphabet="ab好e\u0301\u200d👩🚀🏽🇨🇳한\u1161"), st.text(alphabet="ab好"))
def test_graphemes_are_never_more_than_code_points_and_add_up_over_letters(text: str, letters: str) -> None:
    assert 0 <= graphemes.count_of(text) <= len(text)
    assert graphemes.count_of(text + letters) == graphemes.count_of(text) + len(letters)


@pytest.mark.parametrize(
    "text",
    [
        "看 https://evil.example/x",
        "HTTP：//evil.example",
        "ｗｗｗ．淘宝．ｃｏｍ",
        "taobao.com",
        "淘宝点com",
        "taobao dot com",
        "tao\u200bbao.c\u200bom",
        "weixin://dl/chat",
        "￥CZ0001Abc99￥ 复制",
        "data:image/png;base64,iVBORw0KGgo",
        "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4",
    ],
)
def test_an_address_is_found_however_it_is_written(text: str) -> None:
    assert holds_link(text)


@pytest.mark.parametrize(
    "text",
    [
        "好看!",
        "3.5折起",
        "8点开播",
        "你好。me too",
        "哈" * 100,
        "h" + "a" * 80,
        "6" * 66,
        "v2.0 好用",
        "9.9元/件",
        "1.cm",
    ],
)
def test_a_harmless_text_holds_no_address(text: str) -> None:
    assert not holds_link(text)


def test_five_in_a_second_are_three() -> None:
    pace: Pace | None = None
    refused = []
    for number in range(5):
        try:
            pace = paced(pace, said(f"第{number}条", number / 5), 0)
        except TooOften as too_often:
            refused.append(too_often.retry_after_ms)

    assert refused == [1400, 1200]
    assert paced(pace, said("第五条", 2), 0)


@given(st.lists(st.floats(0, 10), max_size=60), st.floats(0.1, 20))
def test_whatever_the_moments_no_span_holds_more_than_three_and_one_for_each_two_seconds(
    pauses: list[float], span_s: float
) -> None:
    pace, at, passed = None, 0.0, []
    for number, pause in enumerate(pauses):
        at += pause
        try:
            pace = paced(pace, said(str(number), at), 0)
        except TooOften:
            continue
        passed.append(at)

    for i, begin in enumerate(passed):
        within = [one for one in passed[i:] if one <= begin + span_s]
        assert len(within) <= 3 + (span_s + 1e-5) / 2


def test_a_refused_comment_costs_nothing() -> None:
    pace = paced(None, said("一"), 0)

    with pytest.raises(SaidBefore):
        paced(pace, said("一", 1), 0)

    assert paced(pace, said("二", 1), 0).due_at == NOON + 4 * SECOND


def test_slow_mode_says_how_long_to_wait() -> None:
    pace = paced(None, said("一"), 30)

    with pytest.raises(SlowMode) as refusal:
        paced(pace, said("二", 12.5), 30)

    assert (refusal.value.retry_after_s, refusal.value.retry_after_ms) == (18, 17_500)
    assert paced(pace, said("二", 30), 30)


def test_the_same_by_one_twenty_times_is_said_once() -> None:
    pace, passed = None, 0
    for number in range(20):
        try:
            pace = paced(pace, said("加＋1" if number % 2 else "加 1", number * 2), 0)
        except SaidBefore:
            continue
        passed += 1

    assert passed == 2, "once more after twenty seconds of silence"


def test_turns_of_a_few_texts_are_the_same_too() -> None:
    pace = paced(None, said("一"), 0)
    pace = paced(pace, said("二", 2), 0)

    with pytest.raises(SaidBefore):
        paced(pace, said("一", 4), 0)


def test_what_is_told_again_from_a_recording_is_not_paced() -> None:
    pace = None
    for _ in range(10):
        pace = paced(pace, replace(said("一"), paced=False), 300)


@pytest.mark.parametrize(
    ("hearing", "no"),
    [
        (None, NotFound),
        (replace(a_hearing, state=LiveRoomState.DRAFT), NotFound),
        (replace(a_hearing, state=LiveRoomState.ENDED), RoomClosed),
        (replace(a_hearing, muted_until=NOON + SECOND), Muted),
        (replace(a_hearing, bans=(Ban(None),)), Kicked),
        (replace(a_hearing, bans=(Ban(NOON), Ban(NOON + SECOND))), Kicked),
        (replace(a_hearing, rules=RoomRules(muted=True)), RoomMuted),
    ],
)
def test_who_may_not_speak_is_told_why(hearing: Hearing | None, no: type[Refusal]) -> None:
    with pytest.raises(no):
        hear(hearing, a_remark)


def test_a_mute_and_a_kick_end_by_the_clock() -> None:
    hearing = replace(a_hearing, muted_until=NOON, bans=(Ban(NOON),))

    assert not hear(hearing, a_remark).waits


@pytest.mark.parametrize(
    "who",
    [
        pytest.param(Principal(UUID(int=9), guide_id=HOST), id="the host"),
        pytest.param(Principal(duties=(Duty(Role.STORE_MANAGER, UUID(int=2), STORE),)), id="the store's manager"),
        pytest.param(Principal(duties=(Duty(Role.MODERATOR, UUID(int=2), STORE),)), id="a moderator of the store"),
        pytest.param(Principal(scopes=frozenset({Scope.MODERATOR})), id="a moderator of the brand"),
    ],
)
def test_who_moderates_speaks_when_others_may_not(who: Principal) -> None:
    hearing = replace(a_hearing, rules=RoomRules(muted=True, slow_mode_s=300, reviewed=True))
    heard = hear(hearing, replace(a_remark, sender=who, waits=True))
    again = hear(replace(hearing, pace=heard.pace), replace(said("二", 1), sender=who))

    assert (heard.waits, heard.is_always_shown, again.waits) == (False, True, False)


def test_a_moderator_of_another_store_is_a_viewer_here() -> None:
    duty = Duty(Role.MODERATOR, UUID(int=3), "hq.west.")
    elsewhere = Principal(duties=(duty,), scopes=scopes_of(member=True, active_guide=False, duties=(duty,)))

    with pytest.raises(RoomMuted):
        hear(replace(a_hearing, rules=RoomRules(muted=True)), replace(a_remark, sender=elsewhere))


def test_words_or_the_room_let_a_comment_wait() -> None:
    assert hear(replace(a_hearing, rules=RoomRules(reviewed=True)), a_remark).waits
    assert hear(a_hearing, replace(a_remark, waits=True)).waits


@given(st.lists(st.floats(0, 0.2), max_size=300), st.integers(1, 40))
def test_a_room_shows_so_many_a_second_and_as_many_at_once(pauses: list[float], per_s: int) -> None:
    due, at, shown = None, 0.0, []
    for pause in pauses:
        at += pause
        is_shown, due = show(due, NOON + at * SECOND, per_s)
        if is_shown:
            shown.append(at)

    for i, begin in enumerate(shown):
        assert len([one for one in shown[i:] if one <= begin + 1]) <= 2 * per_s
    assert not shown or len(shown) <= per_s * (1 + shown[-1] - shown[0]) + 1


def test_a_room_that_shows_everything_shows_everything() -> None:
    assert all(show(None, NOON, 0) == (True, None) for _ in range(100))
