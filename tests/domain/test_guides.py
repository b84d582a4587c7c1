"""Guides: who decides what about them, and what they earn."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from uuid import UUID

import pytest

from domain.guides import (
    KNOWN_TO_ALL,
    TRANSITIONS,
    Guide,
    GuideAction,
    GuideKind,
    GuideStatus,
    change_status,
    knows,
    knows_in_full,
)
from domain.identity import VISITOR, Duty, Principal, Role
from domain.refusals import NotAllowed, StaleVersion, WrongState

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WANG, MEI, LIN, STORE, TIER, ORDER = (UUID(int=i) for i in range(1, 7))
GUIDE = UUID(int=100)
AN_ACTIVE_GUIDE = Guide(
    GUIDE, WANG, STORE, "hq.east.s1.", GuideKind.EMPLOYEE, GuideStatus.ACTIVE, "Wang", None, TIER, "a" * 10, NOON, 3
)


def a_guide(status: GuideStatus) -> Guide:
    return replace(AN_ACTIVE_GUIDE, status=status)


def a_manager(path: str) -> Principal:
    return Principal(LIN, duties=(Duty(Role.STORE_MANAGER, STORE, path),))


@pytest.mark.parametrize(("status", "action"), list(product(GuideStatus, GuideAction)))
def test_a_status_changes_only_as_the_table_says(status: GuideStatus, action: GuideAction) -> None:
    expected = TRANSITIONS.get((status, action))
    if expected is None:
        with pytest.raises(WrongState) as refusal:
            change_status(a_guide(status), action, actor_id=LIN, expected_version=3)
        assert refusal.value.state == status.value
        return

    changed = change_status(a_guide(status), action, actor_id=LIN, expected_version=3)

    assert (changed.status, changed.version) == (expected, 4)


def test_every_status_but_the_last_leads_on_and_every_one_but_the_first_is_led_to() -> None:
    assert {status for status, _ in TRANSITIONS} == set(GuideStatus) - {GuideStatus.LEFT}
    assert set(TRANSITIONS.values()) == set(GuideStatus) - {GuideStatus.APPLIED}


def test_a_change_states_the_version_that_was_read() -> None:
    with pytest.raises(StaleVersion) as refusal:
        change_status(AN_ACTIVE_GUIDE, GuideAction.FREEZE, actor_id=LIN, expected_version=2)

    assert refusal.value.current == 3


def test_nobody_decides_about_oneself() -> None:
    with pytest.raises(NotAllowed):
        change_status(a_guide(GuideStatus.APPLIED), GuideAction.APPROVE, actor_id=WANG, expected_version=3)


@pytest.mark.parametrize("status", GuideStatus)
def test_the_public_knows_guides_who_are_active_or_frozen(status: GuideStatus) -> None:
    assert knows(VISITOR, a_guide(status)) is (status in KNOWN_TO_ALL)


@pytest.mark.parametrize(
    ("who", "seen"),
    [
        pytest.param(VISITOR, False, id="a visitor"),
        pytest.param(Principal(MEI), False, id="another member"),
        pytest.param(Principal(WANG), True, id="the guide"),
        pytest.param(a_manager("hq.east.s1."), True, id="the store's manager"),
        pytest.param(a_manager("hq.east."), True, id="the region's manager"),
        pytest.param(a_manager("hq.east.s2."), False, id="another store's manager"),
        pytest.param(Principal(LIN, duties=(Duty(Role.CONTENT, STORE, "hq."),)), False, id="an editor"),
    ],
)
def test_status_and_tier_are_for_the_guide_and_its_managers(who: Principal, *, seen: bool) -> None:
    assert knows_in_full(who, AN_ACTIVE_GUIDE) is seen
