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
    Policy,
    UnitsTaken,
    WindowClosed,
    apply,
    charge,
    check_amount,
    move,
    next_by_itself,
    without_reason,
)
from domain.money import Money
from domain.orders import LineKind, Order, OrderHold, OrderState
from domain.promotions.keeping import Left, still_earns, value_of
from domain.promotions.plays.add_on import AddOnTerms
from domain.promotions.plays.buy_gift import BuyGiftTerms
from domain.promotions.plays.threshold_gift import GiftTier, ThresholdGiftTerms
from domain.promotions.scopes import Scope
from domain.promotions.sheet import GiftPart
from domain.promotions.terms import Promotion
from domain.promotions.tiers import Measure
from domain.refunds import Units
from domain.refusals import BadInput, NotFound, WrongState
from tests.domain.test_orders import NOON
from tests.domain.test_refunds import A, B, a_line, paid

TERMS = AfterSaleTerms()
PROMOTION = UUID(int=50)
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


gift = a_line(3, 0, 1, kind=LineKind.GIFT, promotion_id=PROMOTION, list_price=Money(30_00))
add_on = a_line(4, 1_00, 1, kind=LineKind.ADD_ON, promotion_id=PROMOTION, list_price=Money(9_90))
with_more = replace(received, lines=(A, gift, add_on))
all_of_a = {A.id: (0, 1)}


def test_a_gift_that_stays_is_deducted_once_its_reason_went_back() -> None:
    sale = applied(with_more, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2})

    kept = without_reason(with_more, sale.units, {}, {PROMOTION: False}, {gift.id: 30_00})
    charged = charge(sale, kept, TERMS)

    assert charged.deducted == Money(30_00)
    assert charged.units == {A.id: (0, 1), gift.id: (0,)}


def test_a_gift_that_comes_back_is_not_deducted() -> None:
    sale = applied(with_more, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2, gift.id: 1, add_on.id: 1})

    assert without_reason(with_more, sale.units, {}, {PROMOTION: False}, {gift.id: 30_00}) == []


def test_an_add_on_is_charged_back_only_where_the_brand_wants_it() -> None:
    sale = applied(with_more, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2, gift.id: 1})
    kept = without_reason(with_more, sale.units, {}, {PROMOTION: False}, {gift.id: 30_00})

    assert charge(sale, kept, TERMS).deducted == Money(0)
    assert charge(sale, kept, AfterSaleTerms(add_ons=Policy.CHARGE_BACK)).deducted == Money(8_90)


def test_no_more_is_deducted_than_goes_back() -> None:
    sale = applied(with_more, AfterSaleKind.RETURN_REFUND, quantities={A.id: 2}, amount=Money(10_00))

    assert charge(
        sale, without_reason(with_more, sale.units, {}, {PROMOTION: False}, {gift.id: 30_00}), TERMS
    ).deducted == Money(10_00)


def test_gifts_that_have_not_left_go_back_with_what_earned_them() -> None:
    order = replace(unshipped, lines=(A, gift, add_on))
    sale = applied(order, AfterSaleKind.REFUND_ONLY, quantities={A.id: 2})

    charged = charge(
        sale,
        without_reason(order, sale.units, {}, {PROMOTION: False}, {gift.id: 30_00}),
        AfterSaleTerms(add_ons=Policy.CHARGE_BACK),
    )

    assert charged.units == {A.id: (0, 1), gift.id: (0,), add_on.id: (0,)}
    assert (charged.amount, charged.deducted) == (Money(271_72 + 1_00), Money(0))


def test_a_gift_that_is_still_earned_stays() -> None:
    assert without_reason(with_more, {A.id: (0,)}, {}, {PROMOTION: True}, {}) == []


def a_promotion(terms: object, **other: object) -> Promotion:
    return Promotion(PROMOTION, "X", "x", terms, **other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("terms", "earns"),
    [
        (AddOnTerms(99_00, ()), True),
        (AddOnTerms(99_01, ()), False),
        (BuyGiftTerms((), buy=2), True),
        (BuyGiftTerms((), buy=3), False),
        (ThresholdGiftTerms((GiftTier(99_00, ()), GiftTier(200_00, ()))), True),
        (ThresholdGiftTerms((GiftTier(3, ()),), by=Measure.QUANTITY), False),
        (object(), True),
    ],
)
def test_what_is_left_earns_or_does_not(terms: object, earns: bool) -> None:
    left = [Left(UUID(int=1), 2, 99_00)]

    assert still_earns(a_promotion(terms), left) is earns


def test_only_what_a_promotion_is_for_earns() -> None:
    elsewhere = Scope(everything=False, product_ids=frozenset({UUID(int=2)}))
    of_a_category = Scope(everything=False, category_ids=frozenset({UUID(int=3)}))
    left = [Left(UUID(int=1), 2, 99_00)]

    assert not still_earns(a_promotion(object(), scope=elsewhere), left)
    assert still_earns(a_promotion(object(), scope=of_a_category), left)


@pytest.mark.parametrize(
    ("terms", "value"),
    [
        (BuyGiftTerms((GiftPart(UUID(int=8), 1, 5_00),)), 5_00),
        (BuyGiftTerms((GiftPart(UUID(int=9), 1, 5_00),)), 0),
        (ThresholdGiftTerms((GiftTier(1, (GiftPart(UUID(int=8), 1, 7_00),)),)), 7_00),
        (object(), 0),
    ],
)
def test_a_gift_is_worth_what_its_promotion_says(terms: object, value: int) -> None:
    assert value_of(a_promotion(terms), UUID(int=8)) == value
