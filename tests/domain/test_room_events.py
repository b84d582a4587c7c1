"""Room events: what comes back from the log, and from another process, is what went in."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schema.root  # noqa: F401  the slices bring events of their own
from domain.money import Money
from domain.room_events import EVENT_TYPES, EventKind, ViewerCountChanged, event_from, payload_of

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ROOM = UUID(int=3)
st.register_type_strategy(datetime, st.datetimes(timezones=st.just(UTC)))
st.register_type_strategy(Money, st.builds(Money, st.integers(0, 10**9)))


@pytest.mark.parametrize("kind", EVENT_TYPES)
@given(data=st.data())
def test_an_event_comes_back_as_it_was(kind: EventKind, data: Any) -> None:
    event = data.draw(st.from_type(EVENT_TYPES[kind]))

    assert event_from(event.kind, event.room_id, event.seq, event.at, payload_of(event)) == event


@pytest.mark.parametrize("payload", [{}, {"viewer_count": "3"}, {"viewer_count": None}])
def test_what_is_no_payload_of_the_kind_is_not_read(payload: dict[str, Any]) -> None:
    with pytest.raises((KeyError, TypeError)):
        event_from(EventKind.VIEWERS, ROOM, 1, NOON, payload)


def test_parts_that_a_newer_version_adds_are_passed_over() -> None:
    event = event_from(EventKind.VIEWERS, ROOM, 1, NOON, {"viewer_count": 3, "new": 1})

    assert event == ViewerCountChanged(ROOM, 1, NOON, 3)
