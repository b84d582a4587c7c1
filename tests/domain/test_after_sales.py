"""After-sales: which step follows which, for which units, and what gifts and add-ons have to do with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from uuid import UUID

import pytest

from domain.after_sales import (
    BUYER_SHIPS,
    GIVEN_UP,
    OPEN,
    SELLER_ANSWERS,
    SELLER_CONFIRMS,
    TRANSITIONS,
    AfterSale,
    AfterSaleAction,
    AfterSaleKind,
    AfterSaleState,
    AfterSaleTerms,
    Applying,
    UnitsTaken,
    WindowClosed,
    apply,
    charge,
    check_amount,
    lower,
    move,
    next_by_itself,
)
from domain.extras import Extras
from domain.money import Money
from domain.orders import LineKind, Order, OrderHold, OrderState
from domain.refunds import LessThanPaid
from domain.refusals import BadInput, NotFound, WrongState
from domain.units import Units
from tests.domain.test_orders import NOON
from tests.domain.test_refunds import A, B, a_line, paid

TERMS = AfterSaleTerms()
received = paid(A, B, shipping=8_00, state=OrderState.RECEIVED, shipped_at=NOON, received_at=NOON)
unshipped = paid(A, B, shipping=8_00)


def applied(order: Order, kind: AfterSaleKind, taken: Units | None = None, **more: object) -> AfterSale:
    """One unit of the first line, unless said otherwise."""
    terms = more.pop("terms", TERMS)
    now = more.pop("now", NOON)
    unsent = {line.id: line.quantity for line in order.lines} if order.state is OrderState.PAID else {}
    wanted = replace(Applying(order.id, kind, {A.id: 1}, "不合身"), **more)  # type: ignore[arg-type]
    return apply(order, wanted, taken or {}, unsent, terms, UUID(int=7), now)  # type: ignore[arg-type]


def states(sale: AfterSale, *actions: AfterSaleAction) -> list[AfterSaleState]:
    found = []
    for action in actions:
        sale = move(sale, action, NOON)
        found.append(sale.state)
    return found


def test_money_alone_goes_back_once_it_is_agreed_to() -> None:
    sale = applied(unshipped, AfterSaleKind.REFUND_ONLY)

    assert (sale.amount, sale.units, sale.unsent) == (Money(135_86), {A.id: (0,)}, True)
    assert states(sale, AfterSaleAction.AGREE, AfterSaleAction.SETTLE) == [
        AfterSaleState.REFUNDING,
        AfterSaleState.COMPLETED,
    ]


def test_goods_come_back_before_their_money() -> None:
    steps = (AfterSaleAction.AGREE, AfterSaleAction.SHIP_BACK, AfterSaleAction.RECEIVE, AfterSaleAction.SETTLE)

    assert states(applied(received, AfterSaleKind.RETURN_REFUND), *steps) == [
        AfterSaleState.AGREED,
        AfterSaleState.RETURNING,
        AfterSaleState.REFUNDING,
        AfterSaleState.COMPLETED,
    ]


def test_an_exchange_moves_no_money() -> None:
    sale = applied(received, AfterSaleKind.EXCHANGE)

    assert sale.amount == Money(0)
    assert states(sale, AfterSaleAction.AGREE, AfterSaleAction.SHIP_BACK, AfterSaleAction.RECEIVE)[-1] is (
        AfterSaleState.COMPLETED
    )


def test_what_the_table_does_not_name_is_refused_and_what_has_ended_stays() -> None:
    for kind, state, action in product(AfterSaleKind, AfterSaleState, AfterSaleAction):
        sale = replace(applied(received, kind), state=state)
        if (state, action) in TRANSITIONS[kind]:
            assert state in OPEN
            continue
        with pytest.raises(WrongState):
            move(sale, action, NOON)
    assert OPEN | GIVEN_UP | {AfterSaleState.COMPLETED} == set(AfterSaleState)


def test_every_wait_has_an_end() -> None:
    asked = applied(unshipped, AfterSaleKind.REFUND_ONLY)
    agreed = move(applied(received, AfterSaleKind.RETURN_REFUND), AfterSaleAction.AGREE, NOON)
    returning = move(agreed, AfterSaleAction.SHIP_BACK, NOON)

    assert (asked.due_at, next_by_itself(asked)) == (NOON + SELLER_ANSWERS, AfterSaleAction.AGREE)
    assert (agreed.due_at, next_by_itself(agreed)) == (NOON + BUYER_SHIPS, AfterSaleAction.CANCEL)
    assert (returning.due_at, next_by_itself(returning)) == (NOON + SELLER_CONFIRMS, AfterSaleAction.RECEIVE)


def test_a_silent_seller_agrees_to_nothing_that_has_left() -> None:
    asked = applied(received, AfterSaleKind.RETURN_REFUND)

    assert (asked.due_at, next_by_itself(asked)) == (None, None)
    assert next_by_itself(replace(asked, state=AfterSaleState.COMPLETED)) is None


def test_units_that_another_after_sale_is_about_are_not_free() -> None:
    second = applied(received, AfterSaleKind.RETURN_REFUND, taken={A.id: (0,)})

    assert second.units == {A.id: (1,)}
    with pytest.raises(UnitsTaken) as no:
        applied(received, AfterSaleKind.RETURN_REFUND, taken={A.id: (1,)}, quantities={A.id: 2})
    assert no.value.free == 1


def test_it_can_be_asked_for_until_the_window_closes() -> None:
    applied(received, AfterSaleKind.RETURN_REFUND, now=NOON + TERMS.window)

    late = NOON + TERMS.window + timedelta(seconds=1)
    with pytest.raises(WindowClosed):
        applied(received, AfterSaleKind.RETURN_REFUND, now=late)
    assert applied(received, AfterSaleKind.RETURN_REFUND, now=late, terms=AfterSaleTerms(timedelta(days=15))).is_open


@pytest.mark.parametrize(
    ("order", "kind"),
    [
        pytest.param(replace(unshipped, state=OrderState.PLACED), AfterSaleKind.REFUND_ONLY, id="not paid"),
        pytest.param(replace(received, state=OrderState.COMPLETED), AfterSaleKind.RETURN_REFUND, id="done with"),
        pytest.param(replace(unshipped, hold=OrderHold.GROUP_FORMING), AfterSaleKind.REFUND_ONLY, id="group forms"),
        pytest.param(unshipped, AfterSaleKind.RETURN_REFUND, id="nothing to be sent back"),
    ],
)
def test_not_every_order_allows_every_kind(order: Order, kind: AfterSaleKind) -> None:
    with pytest.raises(WrongState):
        applied(order, kind)


@pytest.mark.parametrize(
    "wrong",
    [
        {"quantities": {}},
        {"quantities": {A.id: 0}},
        {"quantities": {A.id: 3}},
        {"reason": " "},
        {"pictures": ("javascript:x",)},
        {"pictures": ("/a.jpg",) * 10},
        {"amount": Money(135_87)},
        {"amount": Money(-1)},
    ],
    ids=str,
)
def test_values_are_held_to_their_bounds(wrong: dict[str, object]) -> None:
    with pytest.raises(BadInput):
        applied(received, AfterSaleKind.RETURN_REFUND, **wrong)


def test_a_line_of_another_order_is_not_found() -> None:
    with pytest.raises(NotFound):
        applied(received, AfterSaleKind.RETURN_REFUND, quantities={UUID(int=77): 1})


def test_less_than_was_paid_may_be_asked_for() -> None:
    assert applied(received, AfterSaleKind.REFUND_ONLY, amount=Money(20_00)).amount == Money(20_00)
    assert check_amount(Money(0), Money(1)) == Money(0)


gift = a_line(3, 0, 2, kind=LineKind.GIFT)
add_on = a_line(4, 1_00, 1, kind=LineKind.ADD_ON)
with_extras = replace(received, lines=(A, gift, add_on))


def test_what_has_not_left_goes_back_along_and_what_has_is_deducted() -> None:
    sale = applied(with_extras, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2})

    charged = charge(sale, with_extras, Extras({add_on.id: (0,)}, {gift.id: (0, 1)}, 50_00))

    assert (charged.amount, charged.deducted) == (Money(271_72 + 1_00), Money(50_00))
    assert (charged.units, charged.along, charged.kept) == ({A.id: (0, 1)}, {add_on.id: (0,)}, {gift.id: (0, 1)})


def test_no_more_is_deducted_than_goes_back() -> None:
    sale = applied(with_extras, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2}, amount=Money(10_00))

    assert charge(sale, with_extras, Extras({}, {gift.id: (0, 1)}, 50_00)).deducted == Money(10_00)


def test_goods_that_stay_for_a_part_of_their_price_earn_what_they_earned() -> None:
    part = applied(with_extras, AfterSaleKind.REFUND_ONLY, amount=Money(20_00))
    whole = charge(applied(with_extras, AfterSaleKind.REFUND_ONLY), with_extras, Extras({}, {gift.id: (0, 1)}, 50_00))

    lowered = lower(whole, with_extras, Money(60_00))

    assert charge(part, with_extras, Extras({}, {gift.id: (0, 1)}, 50_00)) == part
    assert (whole.deducted, lowered.deducted, lowered.kept) == (Money(50_00), Money(0), {})


def test_of_goods_that_come_back_for_less_no_more_is_deducted_than_that() -> None:
    sale = applied(with_extras, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2})
    charged = charge(sale, with_extras, Extras({}, {gift.id: (0, 1)}, 50_00))

    lowered = lower(charged, with_extras, Money(30_00))

    assert (lowered.amount, lowered.deducted, lowered.kept) == (Money(30_00), Money(30_00), charged.kept)
    with pytest.raises(BadInput):
        lower(charged, with_extras, charged.amount + Money(1))


def test_less_than_was_paid_is_not_asked_for_what_has_not_left() -> None:
    with pytest.raises(LessThanPaid) as no:
        applied(unshipped, AfterSaleKind.REFUND_ONLY, amount=Money(135_85))
    assert no.value.least == Money(135_86)

    nearly_gone = replace(unshipped, refunded=Money(300_00))
    assert applied(nearly_gone, AfterSaleKind.REFUND_ONLY, amount=Money(22_91)).amount == Money(22_91)
