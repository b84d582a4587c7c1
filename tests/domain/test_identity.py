"""Who asks, compared with who asked before."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.identity import Duty, Principal, Role, Scope, scopes_of

a_duty = Duty(Role.MODERATOR, uuid4(), "hq.east.")
a_guide = Principal(uuid4(), uuid4(), (a_duty,), scopes=frozenset({Scope.VISITOR, Scope.MEMBER, Scope.GUIDE}))


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="unchanged"),
        pytest.param({"session_id": uuid4()}, id="in another session"),
        pytest.param({"scopes": a_guide.scopes | {Scope.STAFF}}, id="with another scope"),
        pytest.param({"duties": (Duty(Role.FINANCE, uuid4(), "hq."), a_duty)}, id="with another duty"),
    ],
)
def test_one_who_may_do_as_much_still_is_who_they_were(change: dict[str, Any]) -> None:
    assert replace(a_guide, **change).still_is(a_guide)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"member_id": uuid4()}, id="another member"),
        pytest.param({"guide_id": None}, id="no guide any more"),
        pytest.param({"scopes": a_guide.scopes - {Scope.GUIDE}}, id="without a scope"),
        pytest.param({"duties": (replace(a_duty, path="hq.west."),)}, id="with a duty elsewhere"),
    ],
)
def test_one_who_may_do_less_is_not(change: dict[str, Any]) -> None:
    assert not replace(a_guide, **change).still_is(a_guide)


def test_who_becomes_a_guide_still_is_who_they_were() -> None:
    assert a_guide.still_is(replace(a_guide, guide_id=None))


def test_whoever_runs_the_brands_pond_may_do_all_that_its_finance_may() -> None:
    """So that an edit or an after-sale, which operators agree to, gives back no more than they might by a refund."""
    operator = scopes_of(member=True, active_guide=False, duties=(Duty(Role.OPERATOR, UUID(int=1), ""),))
    finance = scopes_of(member=True, active_guide=False, duties=(Duty(Role.FINANCE, UUID(int=1), ""),))

    assert finance < operator
    assert Scope.OPERATOR not in finance
