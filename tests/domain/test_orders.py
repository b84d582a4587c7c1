"""Orders and payments: what may follow what."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from domain.gateways import Provider, Told
from domain.ledger import REFUNDS_DUE, SALES, clearing
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
from domain.payments import Payment, PaymentState, WrongAmount, posting_of, settle

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
a_payment = Payment(
    UUID(int=5), an_order.id, Provider.SANDBOX, PaymentState.PENDING, Money(19_90), None, None, NOON, None
)
told = Told("M1", Provider.SANDBOX, "T1", a_payment.id, Money(19_90), NOON)


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


def test_money_for_an_open_order_is_sales() -> None:
    posting = posting_of(settle(a_payment, told, order_is_open=True))

    assert (posting.source, posting.destination, posting.amount) == (clearing("SANDBOX"), SALES, Money(19_90))


def test_money_for_a_closed_order_is_kept_and_due_back() -> None:
    settled = settle(a_payment, told, order_is_open=False)

    assert settled.state is PaymentState.REFUND_DUE
    assert posting_of(settled).destination == REFUNDS_DUE


@pytest.mark.parametrize("received", [Money(19_89), Money(19_91), Money(19_90, "COIN")])
def test_any_other_amount_is_refused(received: Money) -> None:
    with pytest.raises(WrongAmount):
        settle(a_payment, replace(told, amount=received), order_is_open=True)
