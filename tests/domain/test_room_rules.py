"""The order in a room: who may tell whom to be quiet, and for how long."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from domain.identity import Duty, Principal, Role, scopes_of
from domain.payloads import plain
from domain.refusals import BadInput, NotAllowed
from domain.room_events import EventKind, event_from, payload_of
from domain.room_rules import (
    LONGEST_MUTE_S,
    MemberMuted,
    Rank,
    RoomRules,
    RoomRulesChanged,
    check_may_restrain,
    check_reason,
    check_rules,
    end_of,
    rank_of,
)
from tests.domain.test_live import GUIDE, ROOM, a_room

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


def somebody(role: Role | None = None, path: str = a_room.store_path, guide_id: UUID | None = None) -> Principal:
    duties = () if role is None else (Duty(role, UUID(int=7), path),)
    scopes = scopes_of(member=True, active_guide=guide_id is not None, duties=duties)
    return Principal(UUID(int=9), guide_id, duties, scopes=scopes)


RANKS = {
    Rank.VIEWER: somebody(),
    Rank.MODERATOR: somebody(Role.MODERATOR),
    Rank.HOST: somebody(guide_id=GUIDE),
    Rank.STORE_MANAGER: somebody(Role.STORE_MANAGER),
    Rank.BRAND: somebody(Role.MODERATOR, "hq."),
}


@pytest.mark.parametrize(("rank", "who"), list(RANKS.items()))
def test_everybody_has_a_rank_in_a_room(rank: Rank, who: Principal) -> None:
    assert rank_of(a_room, who) is rank


@pytest.mark.parametrize("who", [somebody(Role.MODERATOR, "hq.west."), somebody(guide_id=UUID(int=8)), Principal()])
def test_who_works_elsewhere_is_a_viewer(who: Principal) -> None:
    assert rank_of(a_room, who) is Rank.VIEWER


@pytest.mark.parametrize(("who", "member"), list(product(Rank, Rank)))
def test_nobody_silences_their_like_or_those_above(who: Rank, member: Rank) -> None:
    if who > member:
        check_may_restrain(a_room, RANKS[who], RANKS[member])
        return
    with pytest.raises(NotAllowed):
        check_may_restrain(a_room, RANKS[who], RANKS[member])


def test_a_restriction_lasts_so_long_or_as_long_as_the_room() -> None:
    assert end_of(600, NOON) == NOON + timedelta(minutes=10)
    assert end_of(None, NOON) is None


@pytest.mark.parametrize("seconds", [0, -1, LONGEST_MUTE_S + 1])
def test_a_restriction_is_neither_over_at_once_nor_for_ever(seconds: int) -> None:
    with pytest.raises(BadInput):
        end_of(seconds, NOON)


@pytest.mark.parametrize("seconds", [-1, 301])
def test_slow_mode_is_five_minutes_at_most(seconds: int) -> None:
    with pytest.raises(BadInput):
        check_rules(RoomRules(slow_mode_s=seconds))


def test_a_reason_is_short_or_none() -> None:
    assert check_reason(" 刷屏 ") == "刷屏"
    assert check_reason("") == ""
    with pytest.raises(BadInput):
        check_reason("长" * 201)


@pytest.mark.parametrize(
    "event",
    [
        RoomRulesChanged(ROOM, 1, NOON, RoomRules(True, 30, True)),
        MemberMuted(ROOM, 2, NOON, UUID(int=9), NOON),
        MemberMuted(ROOM, 3, NOON, UUID(int=9), None),
    ],
)
def test_an_event_comes_back_from_the_log(event: RoomRulesChanged | MemberMuted) -> None:
    assert event_from(event.kind, ROOM, event.seq, NOON, payload_of(event)) == event


def test_the_rules_are_told_as_they_are() -> None:
    assert plain(RoomRules()) == {"muted": False, "slow_mode_s": 0, "reviewed": False}
    assert EventKind.RULES is RoomRulesChanged.kind
