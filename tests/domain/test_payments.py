"""Payments: an order is paid by one or several, never by more than it costs, and what was taken stays taken."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from domain.gateways import Provider, ProviderRefused, RefundOutcome, RefundTold, Told
from domain.ledger import DEPOSITS, REFUNDS_DUE, SALES, Posting, clearing
from domain.money import Money
from domain.orders import CancelReason, NotPayable, OrderState, cancel
from domain.payments import (
    MoreThanDue,
    PayBy,
    Payment,
    PaymentState,
    Refund,
    RefundState,
    WrongAmount,
    ask,
    check_payable,
    close,
    given_up,
    in_the_way,
    is_paid_in_full,
    postings_of,
    refused,
    same_of,
    settle,
    take,
    told_of,
    unanswered,
)
from domain.refusals import BadInput
from tests.domain.test_orders import NOON, an_order

TOTAL = an_order.total
asked = ask(an_order, TOTAL)
a_payment = Payment(UUID(int=5), an_order.id, Provider.SANDBOX, PaymentState.PENDING, TOTAL, None, None, NOON, None)
told = Told("M1", Provider.SANDBOX, "T1", a_payment.id, TOTAL, NOON)
a_refund = Refund(
    UUID(int=6), a_payment.id, an_order.id, Money(5_00), TOTAL, "…", NOON, RefundState.UNKNOWN, attempts=1
)
refund_told = RefundTold(
    "M2", Provider.SANDBOX, a_refund.id, "R1", RefundOutcome.SUCCEEDED, Money(5_00), NOON + timedelta(hours=1)
)


def test_money_for_an_open_order_is_sales() -> None:
    payment, order = settle(a_payment, told, asked)

    assert is_paid_in_full(order)
    assert postings_of(payment, order) == [Posting(clearing("SANDBOX"), SALES, TOTAL)]


def test_money_for_a_closed_order_is_kept_and_due_back() -> None:
    payment, order = settle(a_payment, told, cancel(asked, CancelReason.NOT_PAID_IN_TIME, NOON))

    assert payment.state is PaymentState.REFUND_DUE
    assert postings_of(payment, order)[0].destination == REFUNDS_DUE
    assert order.paid == Money(0)


@pytest.mark.parametrize("received", [Money(19_89), Money(19_91), Money(19_90, "COIN")])
def test_any_other_amount_is_refused(received: Money) -> None:
    with pytest.raises(WrongAmount):
        settle(a_payment, replace(told, amount=received), asked)


def test_a_part_waits_until_the_rest_is_paid() -> None:
    first = replace(a_payment, amount=Money(9_90))
    paid, order = settle(first, replace(told, amount=Money(9_90)), ask(an_order, Money(9_90)))
    rest, whole = take(replace(a_payment, amount=Money(10_00), provider=Provider.BALANCE), order, NOON)

    assert postings_of(paid, order) == [Posting(clearing("SANDBOX"), DEPOSITS, Money(9_90))]
    assert not is_paid_in_full(order)
    assert is_paid_in_full(whole)
    assert postings_of(rest, whole) == [
        Posting(clearing("BALANCE"), SALES, Money(10_00)),
        Posting(DEPOSITS, SALES, Money(9_90)),
    ]


def test_a_payment_that_was_given_up_counts_if_it_is_paid_while_nothing_else_asks_for_its_part() -> None:
    payment, order = settle(close(a_payment), told, given_up(asked, [a_payment]))

    assert payment.state is PaymentState.PAID
    assert (order.asked, order.paid) == (TOTAL, TOTAL)


def test_a_payment_that_was_given_up_goes_back_when_another_one_asks_for_its_part() -> None:
    payment, order = settle(close(a_payment), told, asked)

    assert payment.state is PaymentState.REFUND_DUE
    assert order == asked


def test_all_that_is_left_is_paid_in_place_of_open_payments() -> None:
    assert in_the_way(asked, None, [a_payment]) == [a_payment]


@pytest.mark.parametrize("amount", [Money(1), TOTAL])
def test_a_part_beside_open_payments_is_at_most_what_they_leave(amount: Money) -> None:
    with pytest.raises(MoreThanDue) as no:
        in_the_way(asked, amount, [a_payment])

    assert no.value.left == Money(0)


def test_a_part_is_of_the_orders_currency_and_more_than_nothing() -> None:
    with pytest.raises(MoreThanDue):
        in_the_way(an_order, Money(1, "COIN"), [])
    with pytest.raises(BadInput):
        in_the_way(an_order, Money(0), [])
    assert in_the_way(an_order, TOTAL, []) == ()


def test_what_is_asked_for_already_is_found_again() -> None:
    assert same_of(asked, PayBy.SANDBOX, None, [a_payment]) == a_payment
    assert same_of(asked, PayBy.SANDBOX, TOTAL, [a_payment]) == a_payment
    assert same_of(asked, PayBy.ALIPAY_QR, None, [a_payment]) is None


def test_an_order_is_payable_until_its_time_is_over() -> None:
    check_payable(an_order, NOON)
    with pytest.raises(NotPayable):
        check_payable(an_order, an_order.pay_before)
    with pytest.raises(NotPayable):
        check_payable(replace(an_order, state=OrderState.PAID), NOON)


def test_a_way_of_paying_leads_to_a_provider_and_its_method() -> None:
    assert {by.provider for by in PayBy} == set(Provider)
    assert len({(by.provider, by.method) for by in PayBy}) == len(PayBy)


def test_a_refund_that_arrived_is_not_told_otherwise() -> None:
    arrived = told_of(a_refund, refund_told)

    assert (arrived.state, arrived.finished_at) == (RefundState.SUCCEEDED, refund_told.at)
    assert told_of(arrived, replace(refund_told, outcome=RefundOutcome.PROCESSING)) == arrived
    assert refused(arrived, ProviderRefused("X", "no"), NOON) == arrived
    assert unanswered(arrived, NOON) == arrived


def test_a_refund_of_another_amount_is_not_ours() -> None:
    with pytest.raises(WrongAmount):
        told_of(a_refund, replace(refund_told, amount=Money(5_01)))


def test_a_refund_on_the_way_is_asked_about_later() -> None:
    on_the_way = told_of(a_refund, replace(refund_told, outcome=RefundOutcome.PROCESSING))
    stuck = told_of(on_the_way, replace(refund_told, outcome=RefundOutcome.ABNORMAL))

    assert (on_the_way.state, on_the_way.next_try_at) == (
        RefundState.PROCESSING,
        refund_told.at + timedelta(minutes=1),
    )
    assert stuck.state is RefundState.ABNORMAL
    assert told_of(stuck, replace(refund_told, outcome=RefundOutcome.PROCESSING)) == stuck
    assert told_of(stuck, refund_told).state is RefundState.SUCCEEDED


def test_a_refused_refund_fails_unless_it_may_be_asked_for_later() -> None:
    later = refused(a_refund, ProviderRefused("NOT_ENOUGH", "账户余额不足", later=True), NOON)
    never = refused(a_refund, ProviderRefused("INVALID", ""), NOON)

    assert (later.state, later.next_try_at) == (RefundState.REQUESTED, NOON + timedelta(minutes=1))
    assert (never.state, never.failure, never.next_try_at) == (RefundState.FAILED, "INVALID", None)


def test_a_refund_without_an_answer_is_asked_about_by_its_own_number() -> None:
    waits = unanswered(replace(a_refund, attempts=3), NOON)

    assert waits == replace(a_refund, attempts=3, next_try_at=NOON + timedelta(minutes=4))
