"""Orders: what may follow what."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.money import Money
from domain.orders import (
    CancelReason,
    NotCancellable,
    NotPayable,
    Order,
    OrderState,
    cancel,
    mark_paid,
)

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
an_order = Order(
    id=UUID(int=3),
    number="1",
    member_id=UUID(int=4),
    state=OrderState.PLACED,
    total=Money(19_90),
    lines=(),
    address=None,
    note="",
    live_room_id=None,
    store_id=None,
    guide_id=None,
    placed_at=NOON,
    pay_before=NOON + timedelta(minutes=15),
    paid_at=None,
    cancelled_at=None,
    cancel_reason=None,
    version=1,
    goods=Money(19_90),
    shipping=Money(0),
)


def test_a_placed_order_can_be_paid_once() -> None:
    paid = mark_paid(an_order, NOON)

    assert (paid.state, paid.paid_at, paid.version) == (OrderState.PAID, NOON, 2)
    with pytest.raises(NotPayable):
        mark_paid(paid, NOON)


def test_a_paid_order_cannot_be_given_up() -> None:
    with pytest.raises(NotCancellable):
        cancel(mark_paid(an_order, NOON), CancelReason.BY_MEMBER, NOON)


def test_a_cancelled_order_cannot_be_paid() -> None:
    with pytest.raises(NotPayable):
        mark_paid(cancel(an_order, CancelReason.NOT_PAID_IN_TIME, NOON), NOON)
