"""Shares: where they hang, who follows them, and who is credited."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.codes import CODE_BYTES, code_of
from domain.guides import Binding, BindingMode
from domain.refusals import BadInput
from domain.shares import (
    AttributionReason,
    Claim,
    Credit,
    Evidence,
    Hold,
    Share,
    ShareChannel,
    TargetKind,
    Touch,
    attribute,
    can_trace,
    day_of,
    parent_of,
    visitor_of,
)

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG, MEI, LIN, SHARE, OTHER_SHARE = (UUID(int=i) for i in range(1, 6))
CODE, ROOM, TOUCHER, BOUND = (Credit(UUID(int=100 + i), UUID(int=200 + i)) for i in range(4))
A_TOUCH = Touch(SHARE, TargetKind.PRODUCT, TOUCHER, NOON - timedelta(days=1))
A_BINDING = Binding(UUID(int=9), MEI, BOUND.guide_id, BindingMode.PERMANENT, NOON, None, None, None)
A_SHARE = Share(
    SHARE, "a" * 10, WANG, None, None, TargetKind.PRODUCT, UUID(int=8), ShareChannel.CHAT, OTHER_SHARE, NOON, None
)
EVERYTHING = Evidence(Claim(CODE, None), ROOM, [A_TOUCH], Hold(A_BINDING, BOUND))


def timed(*, protected: bool, over: bool = False) -> Hold:
    """A timed binding within or behind its protection, or behind its end."""
    binding = replace(
        A_BINDING,
        mode=BindingMode.TIMED,
        protected_until=NOON + timedelta(days=1 if protected else -1),
        expires_at=NOON + timedelta(days=-1 if over else 2),
    )
    return Hold(binding, BOUND)


@pytest.mark.parametrize(
    ("evidence", "credit", "reason"),
    [
        pytest.param(EVERYTHING, CODE, AttributionReason.EXPLICIT_CODE, id="a code goes before everything"),
        pytest.param(replace(EVERYTHING, explicit=None), ROOM, AttributionReason.LIVE_ROOM, id="then the room's guide"),
        pytest.param(
            replace(EVERYTHING, explicit=None, room=None), BOUND, AttributionReason.BINDING, id="the bound guide keeps a touched member"
        ),
        pytest.param(Evidence(touches=[A_TOUCH]), TOUCHER, AttributionReason.SHARE_TOUCH, id="a touch fills when unbound"),
        pytest.param(Evidence(hold=Hold(A_BINDING, BOUND)), BOUND, AttributionReason.BINDING, id="the binding alone"),
        pytest.param(Evidence(), None, AttributionReason.NONE, id="nothing"),
        pytest.param(
            replace(EVERYTHING, explicit=Claim(None, OTHER_SHARE)), ROOM, AttributionReason.LIVE_ROOM, id="a member's code credits no guide"
        ),
        pytest.param(
            Evidence(hold=timed(protected=False, over=True)), None, AttributionReason.NONE, id="a binding that is over"
        ),
    ],
)  # fmt: skip
def test_the_strongest_evidence_is_credited(
    evidence: Evidence, credit: Credit | None, reason: AttributionReason
) -> None:
    decision = attribute(evidence, NOON)

    assert decision.reason is reason
    assert (decision.guide_id, decision.store_id) == ((credit.guide_id, credit.store_id) if credit else (None, None))


@pytest.mark.parametrize(
    ("hold", "touch_beats_binding", "reason"),
    [
        pytest.param(Hold(A_BINDING, BOUND), True, AttributionReason.BINDING, id="a permanent binding is protected"),
        pytest.param(timed(protected=True), True, AttributionReason.BINDING, id="within the protection"),
        pytest.param(timed(protected=False), True, AttributionReason.SHARE_TOUCH, id="behind the protection"),
        pytest.param(timed(protected=False), False, AttributionReason.BINDING, id="unless the brand says otherwise"),
        pytest.param(timed(protected=False, over=True), False, AttributionReason.SHARE_TOUCH, id="the binding is over"),
    ],
)
def test_a_touch_beats_a_binding_only_by_policy_and_behind_its_protection(
    hold: Hold, reason: AttributionReason, *, touch_beats_binding: bool
) -> None:
    evidence = Evidence(touches=[A_TOUCH], hold=hold)

    assert attribute(evidence, NOON, touch_beats_binding=touch_beats_binding).reason is reason


@pytest.mark.parametrize(
    ("kind", "ago", "counts"),
    [
        (TargetKind.PRODUCT, timedelta(days=7) - timedelta(seconds=1), True),
        (TargetKind.PRODUCT, timedelta(days=7), False),
        (TargetKind.LIVE_ROOM, timedelta(days=6), True),
        (TargetKind.POST, timedelta(hours=24) - timedelta(seconds=1), True),
        (TargetKind.POST, timedelta(hours=24), False),
    ],
)
def test_a_touch_lasts_seven_days_and_that_of_content_one(kind: TargetKind, ago: timedelta, *, counts: bool) -> None:
    touch = replace(A_TOUCH, target_kind=kind, at=NOON - ago)

    assert (attribute(Evidence(touches=[touch]), NOON).guide_id is not None) is counts


def test_the_last_touch_that_still_lasts_counts() -> None:
    stale = Touch(OTHER_SHARE, TargetKind.POST, BOUND, NOON - timedelta(hours=30))
    older = replace(A_TOUCH, at=NOON - timedelta(days=5))

    decision = attribute(Evidence(touches=[stale, older]), NOON)

    assert (decision.guide_id, decision.share_id) == (TOUCHER.guide_id, SHARE)


def test_a_touch_that_does_not_win_is_kept_as_an_assist() -> None:
    decision = attribute(Evidence(touches=[A_TOUCH], hold=Hold(A_BINDING, BOUND)), NOON)

    assert (decision.guide_id, decision.share_id) == (BOUND.guide_id, SHARE)


def test_a_members_share_is_recorded_and_credits_no_guide() -> None:
    decision = attribute(Evidence(touches=[replace(A_TOUCH, credit=None)]), NOON)

    assert (decision.guide_id, decision.share_id) == (None, SHARE)
    assert decision.reason is AttributionReason.SHARE_TOUCH


@pytest.mark.parametrize(("code", "room", "touched", "held"), list(product([True, False], repeat=4)))
def test_someone_is_credited_whenever_there_is_evidence_for_a_guide(
    *, code: bool, room: bool, touched: bool, held: bool
) -> None:
    evidence = Evidence(
        Claim(CODE, None) if code else None,
        ROOM if room else None,
        [A_TOUCH] if touched else [],
        Hold(A_BINDING, BOUND) if held else None,
    )

    assert (attribute(evidence, NOON).guide_id is not None) is any((code, room, touched, held))


def test_a_forward_hangs_under_the_share_that_was_forwarded() -> None:
    assert parent_of(MEI, A_SHARE) == SHARE
    assert parent_of(MEI, None) is None


def test_who_shares_an_own_share_again_forwards_nothing() -> None:
    assert parent_of(WANG, A_SHARE) == OTHER_SHARE


def test_the_sharer_and_those_above_follow_a_trace() -> None:
    assert can_trace(A_SHARE, WANG)
    assert not can_trace(A_SHARE, MEI)
    assert not can_trace(A_SHARE, None)
    assert can_trace(replace(A_SHARE, traced=True), MEI)


def test_a_share_is_open_until_it_expires() -> None:
    expiring = replace(A_SHARE, expires_at=NOON)

    assert A_SHARE.is_open(NOON)
    assert expiring.is_open(NOON - timedelta(seconds=1))
    assert not expiring.is_open(NOON)


def test_a_member_is_one_person_whatever_the_browser() -> None:
    assert visitor_of(MEI, "one") == visitor_of(MEI, "another")
    assert visitor_of(None, "one") != visitor_of(None, "another")
    assert visitor_of(None, f"member:{MEI.hex}") != visitor_of(MEI, "x")


@pytest.mark.parametrize("key", ["", " ", "x" * 65])
def test_a_visitors_key_has_bounds(key: str) -> None:
    with pytest.raises(BadInput):
        visitor_of(None, key)


def test_the_brands_day_ends_at_its_own_midnight() -> None:
    shanghai = timezone(timedelta(hours=8))

    assert day_of(datetime(2026, 11, 22, 15, 59, tzinfo=UTC), shanghai).day == 22
    assert day_of(datetime(2026, 11, 22, 16, 0, tzinfo=UTC), shanghai).day == 23


@given(st.binary(min_size=CODE_BYTES, max_size=CODE_BYTES))
def test_a_code_fits_into_a_mini_program_code(chance: bytes) -> None:
    code = code_of(chance)

    assert len(code) == 10
    assert code.isascii()
    assert code.isalnum()
