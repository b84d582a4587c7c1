"""Refunds: to the fen, whatever the order in which units go back, and never more than was paid."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.gateways import Provider
from domain.money import Money, evenly
from domain.orders import LineKind, Order, OrderLine, OrderState
from domain.payments import Payment, PaymentState, RefundState
from domain.refunds import (
    MOST_REFUNDS,
    WITHIN,
    LessThanPaid,
    NotRefundable,
    OrderRefund,
    Wanted,
    again,
    decide,
    decided,
    fact_of,
    refund_of,
    refund_order,
    reserve,
    spread,
)
from domain.refusals import BadInput, NotFound, WrongState
from domain.units import Units, UnitsUnsent, check_sent
from tests.domain.test_orders import NOON, an_order

BLANK = OrderRefund(UUID(int=9), an_order.id, Money(0), Money(0), {}, 0, "不想要了", NOON)


def a_line(number: int, payable: int, quantity: int, points: int = 0, **other: object) -> OrderLine:
    line = OrderLine(
        UUID(int=number),
        UUID(int=100 + number),
        UUID(int=200 + number),
        None,
        f"商品 {number}",
        "",
        f"sku-{number}",
        None,
        Money(payable),
        quantity,
        Money(payable),
        Money(payable),
        evenly(payable, quantity),
        evenly(points, quantity) if points else (),
    )
    return replace(line, **other)  # type: ignore[arg-type]


def paid(*lines: OrderLine, shipping: int = 0, **other: object) -> Order:
    goods = sum(line.payable.minor for line in lines)
    order = replace(
        an_order,
        state=OrderState.PAID,
        lines=lines,
        goods=Money(goods),
        shipping=Money(shipping),
        total=Money(goods + shipping),
        paid_at=NOON,
    )
    return replace(order, **other)  # type: ignore[arg-type]


A, B = a_line(1, 271_72, 2, points=863), a_line(2, 43_19, 1, points=137)
ORDER_1 = paid(A, B, shipping=8_00)
"""The order of scenario P1, as it was paid."""


def a_payment(number: int, amount: int, provider: Provider = Provider.SANDBOX, **other: object) -> Payment:
    payment = Payment(
        UUID(int=number), an_order.id, provider, PaymentState.PAID, Money(amount), f"T{number}", None, NOON, NOON
    )
    return replace(payment, **other)  # type: ignore[arg-type]


def after(order: Order, gone: Units, wanted: Wanted) -> tuple[Order, Units, OrderRefund]:
    """What an order is after something of it went back, and which units did."""
    refund = decide(order, wanted, gone, BLANK)
    units = {line.id: gone.get(line.id, ()) + refund.units.get(line.id, ()) for line in order.lines}
    return refund_order(order, refund, arrived=False), units, refund


def test_units_go_back_at_what_was_paid_for_each_and_shipping_with_the_last() -> None:
    order, gone, first = after(ORDER_1, {}, Wanted({A.id: 1}))
    order, gone, second = after(order, gone, Wanted({A.id: 1}))
    order, gone, last = after(order, gone, Wanted({B.id: 1}))

    assert [one.amount.minor for one in (first, second, last)] == [135_86, 135_86, 51_19]
    assert [one.points for one in (first, second, last)] == [432, 431, 137]
    assert last.shipping == Money(8_00)
    assert [one.whole for one in (first, second, last)] == [False, False, True]
    assert (order.state, order.refunded) == (OrderState.REFUNDING, ORDER_1.total)


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 6)), min_size=1, max_size=4), st.data())
def test_any_sequence_of_partial_refunds_sums_to_the_payment(
    amounts: list[tuple[int, int]], data: st.DataObject
) -> None:
    lines = [a_line(i, payable, quantity, points=7) for i, (payable, quantity) in enumerate(amounts)]
    order, gone = paid(*lines, shipping=8_00), {}
    units = data.draw(st.permutations([line.id for line in lines for _ in range(line.quantity)]))

    refunds = []
    for line_id in units:
        order, gone, refund = after(order, gone, Wanted({line_id: 1}))
        refunds.append(refund)

    assert sum(one.amount.minor for one in refunds) == order.total.minor
    assert sum(one.points for one in refunds) == 7 * len(lines)
    assert order.refunded == order.total
    assert refunds[-1].whole


def test_everything_that_is_left_goes_back_whatever_was_given_back_before() -> None:
    order, gone, _ = after(ORDER_1, {}, Wanted(amount=Money(10_00)))
    order, gone, _ = after(order, gone, Wanted({A.id: 1}))

    order, gone, rest = after(order, gone, Wanted(everything=True))

    assert rest.amount == Money(322_91 - 10_00 - 135_86)
    assert rest.units == {A.id: (1,), B.id: (0,)}
    assert rest.whole


def test_an_amount_that_went_back_before_does_not_go_back_again_with_its_units() -> None:
    order, gone, _ = after(ORDER_1, {}, Wanted(amount=Money(300_00)))

    _, _, refund = after(order, gone, Wanted({A.id: 2}))

    assert refund.amount == Money(22_91)


def test_a_free_order_goes_back_as_a_whole_with_its_last_unit() -> None:
    order, gone, first = after(paid(a_line(1, 0, 2)), {}, Wanted({UUID(int=1): 1}))
    _, _, last = after(order, gone, Wanted({UUID(int=1): 1}))

    assert (first.whole, last.whole) == (False, True)
    assert decided(last) == []


def test_a_gift_need_not_come_back_for_an_order_to_be_gone() -> None:
    order = paid(A, a_line(3, 0, 1, kind=LineKind.GIFT), shipping=8_00)

    assert decide(order, Wanted({A.id: 2}), {}, BLANK).shipping == Money(8_00)


def test_shipping_goes_back_alone_before_anything_was_shipped() -> None:
    refund = decide(ORDER_1, Wanted(shipping=True), {}, BLANK)

    assert (refund.amount, refund.shipping, refund.goods()) == (Money(8_00), Money(8_00), Money(0))


def test_shipping_goes_back_once() -> None:
    assert decide(ORDER_1, Wanted({A.id: 1}, shipping=True), {}, BLANK, shipping_gone=8_00).shipping == Money(0)
    assert decide(ORDER_1, Wanted({A.id: 1}, shipping=True), {}, BLANK, shipping_gone=5_00).shipping == Money(3_00)
    with pytest.raises(BadInput):
        decide(ORDER_1, Wanted(shipping=True), {}, BLANK, shipping_gone=8_00)


def test_shipping_stays_with_what_was_shipped_until_the_last_unit() -> None:
    shipped = replace(ORDER_1, state=OrderState.SHIPPED, shipped_at=NOON)

    assert decide(shipped, Wanted({A.id: 2, B.id: 1}), {}, BLANK).shipping == Money(0)
    assert decide(shipped, Wanted({A.id: 2, B.id: 1}, shipping=True), {}, BLANK).shipping == Money(8_00)
    with pytest.raises(BadInput):
        decide(shipped, Wanted({A.id: 2}, shipping=True), {}, BLANK)


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param(Wanted({A.id: 3}), id="more units than there are"),
        pytest.param(Wanted({A.id: 0}), id="no unit"),
        pytest.param(Wanted(), id="nothing"),
        pytest.param(Wanted(amount=Money(0)), id="no money"),
        pytest.param(Wanted(amount=Money(-1)), id="less than nothing"),
        pytest.param(Wanted(amount=Money(1, "COIN")), id="another currency"),
    ],
)
def test_what_cannot_go_back_is_bad_input(wanted: Wanted) -> None:
    with pytest.raises(BadInput):
        decide(ORDER_1, wanted, {}, BLANK)


@pytest.mark.parametrize(
    ("wanted", "left"),
    [
        pytest.param(Wanted(amount=Money(322_92)), 322_91, id="more than the order"),
        pytest.param(Wanted({B.id: 1}, amount=Money(43_20)), 43_19, id="more than the units"),
    ],
)
def test_no_more_goes_back_than_was_paid(wanted: Wanted, left: int) -> None:
    with pytest.raises(NotRefundable) as no:
        decide(ORDER_1, wanted, {}, BLANK)

    assert no.value.left == Money(left)


@pytest.mark.parametrize(
    ("wanted", "least"),
    [
        pytest.param(Wanted({A.id: 1}, amount=Money(135_85)), 135_86, id="a fen less than the unit"),
        pytest.param(Wanted({B.id: 1}, True, Money(43_19)), 51_19, id="the unit without its shipping"),
    ],
)
def test_units_that_have_not_left_go_back_whole(wanted: Wanted, least: int) -> None:
    with pytest.raises(LessThanPaid) as no:
        decide(ORDER_1, wanted, {}, BLANK)

    assert no.value.least == Money(least)


def test_no_more_than_is_left_has_to_go_back_with_them() -> None:
    order, gone, _ = after(ORDER_1, {}, Wanted(amount=Money(300_00)))

    assert decide(order, Wanted({A.id: 2}, amount=Money(22_91)), gone, BLANK).amount == Money(22_91)


def test_of_an_order_that_has_gone_back_for_less_only_an_amount_goes_back() -> None:
    gone_back = replace(ORDER_1, state=OrderState.REFUNDED, refunded=Money(300_00))

    rest = decide(gone_back, Wanted(amount=Money(22_91)), all_of_it, BLANK, some_left=True)

    assert (rest.amount, rest.units, rest.whole) == (Money(22_91), {}, False)
    for wanted in (Wanted({A.id: 1}), Wanted(shipping=True), Wanted(shipping=True, amount=Money(1))):
        with pytest.raises(WrongState):
            decide(gone_back, wanted, all_of_it, BLANK)


def test_what_an_after_sale_was_about_comes_back_to_an_order_that_has_gone_back() -> None:
    order = replace(paid(A, gift), state=OrderState.REFUNDED, refunded=A.payable)
    wanted = Wanted(units={gift.id: (0,)}, amount=Money(0), of_sent=True, restock=True, after_sale_id=UUID(int=7))

    refund = decide(order, wanted, {A.id: (0, 1)}, BLANK)

    assert (refund.units, refund.amount, refund.whole) == ({gift.id: (0,)}, Money(0), False)


all_of_it = {A.id: (0, 1), B.id: (0,)}


def test_only_so_many_units_have_left() -> None:
    check_sent(ORDER_1, {A.id: 1}, {A.id: 2, B.id: 1}, {A.id: 1})

    with pytest.raises(UnitsUnsent) as no:
        check_sent(ORDER_1, {B.id: 1, A.id: 2}, {A.id: 2, B.id: 1}, {A.id: 1})
    assert (no.value.sent, no.value.path) == (1, ("input", "lines", "1", "quantity"))


gift = a_line(3, 0, 2, kind=LineKind.GIFT)


@pytest.mark.parametrize(
    ("restock", "again", "lost"),
    [(True, {A.id: 1, gift.id: 1}, {}), (False, {gift.id: 1}, {A.id: 1, gift.id: 0}), (None, {gift.id: 1}, {})],
)
def test_what_goes_along_can_be_sold_again_whatever_became_of_the_rest(
    restock: bool | None, again: dict[UUID, int], lost: dict[UUID, int]
) -> None:
    wanted = Wanted({A.id: 1}, of_sent=True, restock=restock, along={gift.id: (1,)})

    refund = decide(paid(A, gift), wanted, {}, BLANK)

    assert refund.units == {A.id: (0,), gift.id: (1,)}
    assert (refund.again(), refund.lost()) == (again, lost)


def test_what_is_left_behind_goes_along_with_the_last_unit_alone() -> None:
    order = paid(A, gift)

    first = decide(order, Wanted({A.id: 1}, behind={gift.id: (0, 1)}), {}, BLANK)
    last = decide(order, Wanted({A.id: 1}, behind={gift.id: (0, 1)}), first.units, BLANK)

    assert [one.along for one in (first, last)] == [{}, {gift.id: (0, 1)}]
    assert last.units == {A.id: (1,), gift.id: (0, 1)}


def test_what_is_kept_of_gifts_is_taken_off_what_goes_back() -> None:
    assert decide(ORDER_1, Wanted({A.id: 1}, deducted=25_00), {}, BLANK).amount == Money(110_86)
    assert decide(ORDER_1, Wanted({B.id: 1}, deducted=50_00), {}, BLANK).amount == Money(0)
    assert decide(ORDER_1, Wanted({A.id: 1}, amount=Money(110_86), deducted=25_00), {}, BLANK).amount == Money(110_86)


def test_a_line_of_another_order_is_not_found() -> None:
    with pytest.raises(NotFound):
        decide(ORDER_1, Wanted({UUID(int=77): 1}), {}, BLANK)


def test_nothing_goes_back_of_an_order_that_was_not_paid() -> None:
    with pytest.raises(WrongState):
        decide(an_order, Wanted(amount=Money(1)), {}, BLANK)


def test_providers_give_back_before_what_we_keep_ourselves_and_the_latest_before_the_first() -> None:
    first, later = a_payment(1, 50_00), a_payment(2, 30_00, paid_at=NOON + timedelta(hours=1))
    card = a_payment(3, 20_00, Provider.GIFT_CARD, paid_at=NOON + timedelta(hours=2))

    parts = spread(Money(90_00), [first, card, later], NOON)

    assert [(payment.id.int, amount.minor) for payment, amount in parts] == [(2, 30_00), (1, 50_00), (3, 10_00)]


@pytest.mark.parametrize(
    "unable",
    [
        a_payment(1, 50_00, refunds=MOST_REFUNDS),
        a_payment(1, 50_00, refunded=Money(50_00)),
        a_payment(1, 50_00, state=PaymentState.CLOSED),
        a_payment(1, 50_00, paid_at=NOON - WITHIN - timedelta(seconds=1)),
    ],
    ids=["refunded too often", "gone already", "never paid", "too old"],
)
def test_a_payment_that_cannot_be_refunded_gives_nothing(unable: Payment) -> None:
    with pytest.raises(NotRefundable) as no:
        spread(Money(10_00), [unable, a_payment(2, 4_00)], NOON)

    assert no.value.left == Money(4_00)


def test_what_we_keep_ourselves_is_back_at_once_however_old_it_is() -> None:
    card = a_payment(1, 50_00, Provider.GIFT_CARD, paid_at=NOON - 2 * WITHIN)
    ((payment, amount),) = spread(Money(50_00), [card], NOON)

    refund = refund_of(UUID(int=8), payment, amount, "…", NOON)

    assert (refund.state, refund.next_try_at, refund.finished_at) == (RefundState.SUCCEEDED, None, NOON)


def test_refunds_of_one_payment_at_wechat_are_a_minute_apart() -> None:
    payment = a_payment(1, 50_00, Provider.WECHAT_PAY)

    first = refund_of(UUID(int=8), payment, Money(1), "…", NOON)
    second = refund_of(UUID(int=8), payment, Money(1), "…", NOON, last_due=NOON)
    elsewhere = refund_of(UUID(int=8), a_payment(1, 50_00), Money(1), "…", NOON, last_due=NOON)

    assert (first.next_try_at, second.next_try_at) == (NOON, NOON + timedelta(minutes=1))
    assert elsewhere.next_try_at == NOON


def test_a_refund_counts_against_its_payment() -> None:
    counted = reserve(a_payment(1, 50_00), Money(20_00))

    assert (counted.left, counted.refunds) == (Money(30_00), 1)


def test_only_a_failed_refund_is_asked_for_anew_and_once() -> None:
    refund = refund_of(UUID(int=8), a_payment(1, 50_00), Money(1_00), "…", NOON)
    with pytest.raises(WrongState):
        again(refund, UUID(int=7), NOON)

    old, new = again(replace(refund, state=RefundState.FAILED, finished_at=NOON), UUID(int=7), NOON)

    assert (old.replaced_by, new.state, new.amount) == (new.id, RefundState.REQUESTED, Money(1_00))
    with pytest.raises(WrongState):
        again(old, UUID(int=6), NOON)


def test_a_fact_names_the_units_and_the_refunds() -> None:
    refund = decide(ORDER_1, Wanted({A.id: 1}), {}, BLANK)

    assert fact_of(refund, [])["units"] == {A.id.hex: [0]}
