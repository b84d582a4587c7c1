"""Whether the stream of a room flows, from whatever a provider tells, in whatever order it arrives."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.live_video import Push, Stream, hear, is_missed, is_on

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
a_stream = Stream(UUID(int=1), "key", NOON, paused_the_room=False)


def after(seconds: int) -> datetime:
    return NOON + timedelta(seconds=seconds)


@dataclass(frozen=True)
class News:
    push: str
    began: bool
    at: datetime


def kept(news: list[News]) -> list[Push]:
    """What the database keeps of news: of each push the latest begin and the latest end."""
    pushes: dict[str, Push] = {}
    for one in news:
        old = pushes.get(one.push, Push(None, None))
        if one.began:
            pushes[one.push] = replace(old, began_at=max(one.at, old.began_at or one.at))
        else:
            pushes[one.push] = replace(old, ended_at=max(one.at, old.ended_at or one.at))
    return list(pushes.values())


@pytest.mark.parametrize(
    ("pushes", "on"),
    [
        pytest.param([], False, id="nothing was pushed"),
        pytest.param([Push(after(0), None)], True, id="one began"),
        pytest.param([Push(after(0), after(9))], False, id="it ended"),
        pytest.param([Push(after(0), after(0))], False, id="it ended within the second"),
        pytest.param([Push(after(0), after(9)), Push(after(5), None)], True, id="an old push ends after a newer began"),
        pytest.param([Push(None, after(9))], False, id="its begin did not arrive yet"),
        pytest.param([Push(after(0), None), Push(None, after(9))], True, id="the end of a push that we never heard of"),
        pytest.param([Push(after(12), after(9))], True, id="the same address again"),
        pytest.param([Push(after(0), None), Push(after(5), after(9))], False, id="the end of the former was lost"),
    ],
)
def test_the_newest_push_says_whether_there_is_a_stream(pushes: list[Push], on: bool) -> None:
    assert is_on(pushes) is on


@st.composite
def histories(draw: st.DrawFn) -> list[News]:
    """Pushes of one stream, each of which begins after the one before began, and may go on beside it for a while."""
    news, at = [], 0
    for number in range(draw(st.integers(1, 4))):
        at += draw(st.integers(1, 20))
        news.append(News(f"{number}", began=True, at=after(at)))
        if draw(st.booleans()):
            news.append(News(f"{number}", began=False, at=after(at + draw(st.integers(0, 30)))))
    return news


@given(histories(), st.data())
def test_the_order_of_arrival_and_doubles_make_no_difference(news: list[News], data: st.DataObject) -> None:
    doubled = news + data.draw(st.lists(st.sampled_from(news)))
    arrived = data.draw(st.permutations(doubled))

    newest = max(one.push for one in news)
    assert is_on(kept(arrived)) is (not any(one.push == newest and not one.began for one in news))


def test_absence_counts_from_when_it_was_heard_and_not_anew_with_each_news() -> None:
    flowing = hear(a_stream, [Push(after(0), None)], after(1))
    lost = hear(flowing, [Push(after(0), after(5))], after(6))
    again = hear(lost, [Push(after(0), after(5))], after(30))

    assert flowing.flows
    assert lost.waits_since == again.waits_since == after(6)
    assert not is_missed(again, timedelta(seconds=60), after(65))
    assert is_missed(again, timedelta(seconds=60), after(66))
    assert not is_missed(flowing, timedelta(seconds=60), after(10_000))
