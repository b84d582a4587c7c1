"""Attribution views: who may know why an order is whose it is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from domain.attribution import Assist, Attribution, AttributionKind, AttributionReason, Decision, Finding, Verdict
from domain.attribution_views import OwnAssist, view_of
from domain.identity import Duty, Principal, Role, Scope
from domain.orders import OrderState

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
BUYER, OWN, OTHER, OWN_STORE, OTHER_STORE, ORDER = (UUID(int=i) for i in range(1, 7))
PATHS = {OWN_STORE: "hq.east.s1.", OTHER_STORE: "hq.west.s2."}
DECISION = Decision(
    OWN,
    OWN_STORE,
    None,
    AttributionReason.BINDING,
    (
        Finding(AttributionReason.SHARE_TOUCH, Verdict.PROTECTED_BINDING, OTHER, OTHER_STORE),
        Finding(AttributionReason.BINDING, Verdict.CREDITED, OWN, OWN_STORE),
    ),
    (Assist(OTHER, None, AttributionReason.SHARE_TOUCH),),
)
KEPT = Attribution(UUID(int=9), AttributionKind.ORDER, BUYER, ORDER, DECISION, NOON)


def manager(path: str) -> Principal:
    return Principal(UUID(int=50), duties=(Duty(Role.STORE_MANAGER, UUID(int=51), path),))


@pytest.mark.parametrize(
    ("who", "sees", "told"),
    [
        pytest.param(Principal(BUYER), True, False, id="the buyer sees who served him"),
        pytest.param(Principal(UUID(int=40), guide_id=OWN), True, True, id="the guide who is credited"),
        pytest.param(Principal(UUID(int=40), guide_id=OTHER), True, True, id="the guide who assisted"),
        pytest.param(Principal(BUYER, guide_id=OTHER), True, True, id="a guide who is the buyer"),
        pytest.param(Principal(UUID(int=40), guide_id=UUID(int=41)), False, False, id="another guide"),
        pytest.param(manager("hq.east.s1."), True, True, id="the manager of the store"),
        pytest.param(manager("hq.west."), True, True, id="who runs the region of who assisted"),
        pytest.param(manager("hq.north."), False, False, id="who runs another region"),
        pytest.param(Principal(UUID(int=40), scopes=frozenset({Scope.FINANCE})), True, True, id="finance"),
        pytest.param(Principal(), False, False, id="anybody"),
    ],
)
def test_who_may_know_why(who: Principal, *, sees: bool, told: bool) -> None:
    view = view_of(who, KEPT, PATHS)

    assert (view is not None) is sees
    assert (view is not None and view.explanation is not None) is told


def test_of_a_store_that_keeps_an_order_without_a_guide_its_manager_may_know_why() -> None:
    kept = replace(KEPT, decision=replace(DECISION, guide_id=None, findings=(), assists=()))

    assert view_of(manager("hq.east."), kept, PATHS)
    assert view_of(Principal(UUID(int=40)), kept, PATHS) is None
    assert view_of(manager("hq.east."), replace(kept, decision=replace(kept.decision, store_id=None)), PATHS) is None


@pytest.mark.parametrize("state", OrderState)
def test_an_assist_counts_while_the_order_is_paid(state: OrderState) -> None:
    own = OwnAssist(ORDER, DECISION.assists[0], NOON, state)

    assert own.counts is (state not in (OrderState.PLACED, OrderState.CANCELLED, OrderState.REFUNDED))
