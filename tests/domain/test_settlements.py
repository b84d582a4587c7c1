"""Settlements: a bill is the sum of its flows, line by line, and nothing of what went back stays in it (R03)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ledger import COMMISSION, MARKETING, SALES, Posting
from domain.money import Money, evenly
from domain.orders import Order, PriceStep
from domain.refusals import BadInput, WrongState
from domain.settlements import (
    ADJUSTMENTS,
    BANK,
    PLATFORM_FEES,
    Bearer,
    BillState,
    CutOff,
    FlowKind,
    ProfileDraft,
    SettlementBill,
    SettlementCycle,
    SettlementMode,
    SettlementProfile,
    adjusted,
    check_period,
    check_profile,
    issued,
    move,
    paid,
    payable_to,
    period_due,
    withdrawn,
)
from domain.store_flows import Commission, Entry, Returned, by_line, of_return, of_sale
from tests.domain.test_orders import NOON
from tests.domain.test_refunds import a_line
from tests.domain.test_refunds import paid as an_order_of

STORE = UUID(int=77)
PROFILE = SettlementProfile(
    UUID(int=1),
    STORE,
    1,
    SettlementMode.HQ_COLLECT,
    SettlementCycle.MONTHLY,
    1,
    200,
    Bearer.STORE,
    Bearer.HQ,
    CutOff.FINALITY,
    NOON,
    None,
)
BILL = SettlementBill(
    UUID(int=5),
    "S1",
    STORE,
    PROFILE.id,
    date(2026, 11, 1),
    date(2026, 11, 30),
    BillState.DRAFT,
    1,
    Money(8_740_00),
    8,
    NOON,
)
P15 = {
    FlowKind.ORDER: 10_000_00,
    FlowKind.REFUND: -800_00,
    FlowKind.PLATFORM_FEE: -200_00,
    FlowKind.PLATFORM_FEE_RETURN: 16_00,
    FlowKind.COMMISSION: -600_00,
    FlowKind.COMMISSION_CLAWBACK: 48_00,
    FlowKind.COUPON_SUBSIDY: 300_00,
    FlowKind.COUPON_SUBSIDY_REVERSAL: -24_00,
}


def a_coupon(fen: int) -> PriceStep:
    return PriceStep("COUPON", "COUPON", "满减券", fen)


def sums_of(entries: list[Entry]) -> dict[FlowKind, int]:
    sums: dict[FlowKind, int] = {}
    for one in entries:
        sums[one.kind] = sums.get(one.kind, 0) + one.minor
    return sums


def test_the_bill_of_scenario_p15_is_the_sum_of_its_flows() -> None:
    line = a_line(1, 10_000_00, 25, steps=(a_coupon(300_00),))
    order = an_order_of(line)
    sold = of_sale(order, PROFILE, [Commission(line.id, "g", 1, 600_00)])
    back = Returned("r1", 800_00, {line.id: (0, 1)}, [Commission(line.id, "g", 1, 48_00)])

    entries = sold + of_return(order, PROFILE, sold, back)

    assert sums_of(entries) == P15
    assert sum(one.minor for one in entries) == 8_740_00


def test_what_a_store_is_owed_comes_to_what_is_payable_without_shipping() -> None:
    order = an_order_of(a_line(1, 271_72, 2), a_line(2, 43_19, 1), shipping=8_00)

    sold = of_sale(order, PROFILE, [])

    assert sums_of(sold)[FlowKind.ORDER] == order.total.minor - order.shipping.minor


@st.composite
def orders(draw: st.DrawFn) -> Order:
    lines = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        quantity = draw(st.integers(1, 4))
        steps = (a_coupon(draw(st.integers(0, 5_000))),)
        lines.append(a_line(number, draw(st.integers(0, 20_000)), quantity, steps=steps))
    return an_order_of(*lines)


@given(orders(), st.integers(0, 10_000), st.sampled_from(SettlementMode), st.randoms(use_true_random=False))
def test_whatever_went_back_as_a_whole_leaves_nothing_of_any_kind(
    order: Order, fee_bp: int, mode: SettlementMode, chance: object
) -> None:
    profile = replace(PROFILE, platform_fee_bp=fee_bp, mode=mode)
    units = [(line, unit) for line in order.lines for unit in range(line.quantity)]
    chance.shuffle(units)  # type: ignore[attr-defined]
    entries = of_sale(order, profile, [])
    for n, (line, unit) in enumerate(units):
        back = Returned(f"r{n}", line.unit_paid[unit], {line.id: (unit,)})
        entries += of_return(order, profile, entries, back)

    sums = sums_of(entries)
    assert sums.get(FlowKind.ORDER, 0) == -sums.get(FlowKind.REFUND, 0)
    assert sums.get(FlowKind.PLATFORM_FEE, 0) == -sums.get(FlowKind.PLATFORM_FEE_RETURN, 0)
    assert sums.get(FlowKind.COUPON_SUBSIDY, 0) == -sums.get(FlowKind.COUPON_SUBSIDY_REVERSAL, 0)
    assert sums.get(FlowKind.COLLECTED, 0) == -sums.get(FlowKind.COLLECTED_RETURN, 0)
    assert sum(one.minor for one in entries) == 0


@given(orders(), st.data())
def test_an_amount_is_shared_out_among_what_is_left_of_each_line(order: Order, data: st.DataObject) -> None:
    left = {line.id: data.draw(st.integers(0, line.payable.minor)) for line in order.lines}
    goods = data.draw(st.integers(0, sum(left.values())))
    some = data.draw(st.sampled_from([{}, {order.lines[0].id: (0,)}]))

    parts = by_line(order, left, Returned("r", goods, some))

    assert sum(parts.values()) == goods
    assert all(0 <= parts[key] <= left[key] for key in left)


def test_a_line_that_coupons_paid_whole_gives_the_subsidy_back_unit_by_unit() -> None:
    line = a_line(1, 0, 3, steps=(a_coupon(1_000),))
    order = an_order_of(line)
    entries = of_sale(order, PROFILE, [])
    first = of_return(order, PROFILE, entries, Returned("r1", 0, {line.id: (1,)}))
    rest = of_return(order, PROFILE, entries + first, Returned("r2", 0, {line.id: (0, 2)}))

    assert [one.minor for one in first] == [-333]
    assert sum(one.minor for one in entries + first + rest) == 0


@pytest.mark.parametrize(
    ("changed", "missing"),
    [
        pytest.param({"commission_bearer": Bearer.HQ}, FlowKind.COMMISSION, id="the brand bears commission"),
        pytest.param({"coupon_bearer": Bearer.STORE}, FlowKind.COUPON_SUBSIDY, id="the store bears coupons"),
        pytest.param({"platform_fee_bp": 0}, FlowKind.PLATFORM_FEE, id="no fee"),
    ],
)
def test_who_bears_what_decides_which_flows_there_are(changed: dict[str, object], missing: FlowKind) -> None:
    line = a_line(1, 100_00, 1, steps=(a_coupon(5_00),))
    profile = replace(PROFILE, **changed)  # type: ignore[arg-type]
    charged, earned = an_order_of(line), [Commission(line.id, "g", 1, 6_00)]
    sold = of_sale(charged, profile, earned)
    back = of_return(charged, profile, sold, Returned("r", 100_00, {line.id: (0,)}, earned))

    assert missing not in sums_of(sold)
    assert sums_of(of_sale(charged, PROFILE, earned)).keys() - sums_of(sold).keys() == {missing}
    assert sum(one.minor for one in sold + back) == 0


def test_a_store_that_collects_the_money_itself_is_owed_what_is_left_of_it() -> None:
    line = a_line(1, 100_00, 1, steps=(a_coupon(5_00),))
    own = replace(PROFILE, mode=SettlementMode.STORE_COLLECT)

    sold = of_sale(an_order_of(line), own, [Commission(line.id, "g", 1, 6_00)])

    assert sum(one.minor for one in sold) == -2_00 - 6_00 + 5_00


def test_a_bill_goes_from_hand_to_hand_and_back_in_a_new_version() -> None:
    out = move(BILL, BillState.OUT, NOON)
    back = move(move(out, BillState.CHECKED, NOON), BillState.DRAFT, NOON)
    done = move(move(move(back, BillState.OUT, NOON), BillState.CHECKED, NOON), BillState.PAID, NOON, "T1")

    assert (back.state, back.version, back.issued_at, back.checked_at) == (BillState.DRAFT, 2, None, None)
    assert (done.version, done.reference, done.paid_at) == (2, "T1", NOON)
    for bill, state in [(BILL, BillState.PAID), (out, BillState.PAID), (done, BillState.DRAFT), (done, BillState.OUT)]:
        with pytest.raises(WrongState):
            move(bill, state, NOON)


def test_only_a_draft_is_adjusted_and_by_something() -> None:
    assert adjusted(BILL, Money(-40_00)).amount == Money(8_700_00)
    with pytest.raises(WrongState):
        adjusted(move(BILL, BillState.OUT, NOON), Money(1))
    with pytest.raises(BadInput):
        adjusted(BILL, Money(0))


def balances(postings: list[Posting]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for one in postings:
        sums[one.source] = sums.get(one.source, 0) - one.amount.minor
        sums[one.destination] = sums.get(one.destination, 0) + one.amount.minor
    return {account: minor for account, minor in sums.items() if minor}


def test_what_is_issued_is_owed_kind_by_kind_and_gone_when_it_is_paid() -> None:
    owed = issued(BILL, P15 | {FlowKind.ADJUSTMENT: -10_00})
    bill = replace(BILL, amount=Money(8_730_00))

    assert balances(owed) == {
        payable_to(STORE): 8_730_00,
        SALES: -9_200_00,
        PLATFORM_FEES: 184_00,
        COMMISSION: 552_00,
        MARKETING: -276_00,
        ADJUSTMENTS: 10_00,
    }
    assert balances(owed + paid(bill))[BANK] == 8_730_00
    assert payable_to(STORE) not in balances(owed + paid(bill))
    assert balances(owed + withdrawn(BILL, P15 | {FlowKind.ADJUSTMENT: -10_00})) == {}
    assert paid(replace(BILL, amount=Money(0))) == []
    assert balances(paid(replace(BILL, amount=Money(-5)))) == {BANK: -5, payable_to(STORE): 5}


@pytest.mark.parametrize(
    ("cycle", "days", "today", "period"),
    [
        (SettlementCycle.MONTHLY, 1, date(2027, 1, 31), (date(2026, 12, 1), date(2026, 12, 31))),
        (SettlementCycle.WEEKLY, 1, date(2026, 11, 23), (date(2026, 11, 16), date(2026, 11, 22))),
        (SettlementCycle.WEEKLY, 1, date(2026, 11, 22), (date(2026, 11, 9), date(2026, 11, 15))),
        (SettlementCycle.T_PLUS_N, 1, date(2026, 11, 22), (date(2026, 11, 21), date(2026, 11, 21))),
    ],
)
def test_a_period_is_due_when_it_is_over(
    cycle: SettlementCycle, days: int, today: date, period: tuple[date, date]
) -> None:
    assert period_due(cycle, days, today) == period


def test_a_bill_is_made_for_days_that_are_over_and_not_too_many() -> None:
    today = date(2026, 11, 22)
    check_period(date(2026, 11, 21), date(2026, 11, 21), today)
    for first, last in [
        (date(2026, 11, 21), date(2026, 11, 22)),
        (date(2026, 11, 21), date(2026, 11, 20)),
        (date(2025, 11, 1), date(2026, 11, 21)),
    ]:
        with pytest.raises(BadInput):
            check_period(first, last, today)


@pytest.mark.parametrize("changed", [{"platform_fee_bp": 10_001}, {"platform_fee_bp": -1}, {"days": 0}, {"days": 91}])
def test_a_profile_is_within_bounds(changed: dict[str, int]) -> None:
    draft = ProfileDraft(SettlementMode.HQ_COLLECT, SettlementCycle.T_PLUS_N, 200, Bearer.HQ, Bearer.HQ)

    assert check_profile(draft) == draft
    with pytest.raises(BadInput):
        check_profile(replace(draft, **changed))  # type: ignore[arg-type]


def test_units_of_the_same_line_are_worth_what_was_paid_for_each() -> None:
    line = a_line(1, 10, 3)
    order = an_order_of(line)

    assert evenly(10, 3) == line.unit_paid
    assert by_line(order, {line.id: 10}, Returned("r", 4, {line.id: (0,)})) == {line.id: 4}
    assert by_line(order, {line.id: 10}, Returned("r", 7, {line.id: (0,)})) == {line.id: 7}
