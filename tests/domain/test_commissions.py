"""Commissions: what a line earns, by which rule, and what is left of it when goods go back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count, permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commission_rates import (
    Book,
    CommissionLevel,
    Contract,
    RateRule,
    RateScope,
    RateSource,
    Sold,
    check_rule,
    end_rule,
)
from domain.commissions import (
    Commission,
    CommissionState,
    CommissionTerms,
    Earner,
    Wallet,
    claw_back,
    earned,
    earning_lines,
    received,
    returned,
    shared,
)
from domain.guides import GuideStatus
from domain.ledger import available_commission, commission_debt
from domain.money import Money
from domain.orders import LineKind, Order, OrderLine
from domain.price_floors import Channel, PriceFloor
from domain.refunds import Wanted, decide
from domain.refusals import BadInput, WrongState
from tests.domain.test_orders import NOON
from tests.domain.test_refunds import BLANK, ORDER_1, A, B, a_line, after, paid

TIER, OTHER_TIER, FRUIT, FOOD = (UUID(int=n) for n in (50, 51, 60, 61))
WANG = Earner(1, UUID(int=10), UUID(int=11), GuideStatus.ACTIVE, TIER, 800)
LIN = Earner(2, UUID(int=20), UUID(int=21), GuideStatus.ACTIVE, OTHER_TIER, None)
TERMS = CommissionTerms()
NO_RULES = Book()
MAY = [CommissionState.PENDING, CommissionState.FROZEN, CommissionState.AVAILABLE]


def sold(order: Order, *category_ids: UUID) -> list[Sold]:
    return [
        Sold(line.id, line.variant_id, line.product_id, category_ids, line.payable, line.quantity)
        for line in order.lines
    ]


def a_rule(
    scope: RateScope = RateScope.EVERYTHING, target: UUID | None = None, bp: int | None = 200, **other: object
) -> RateRule:
    rule = RateRule(UUID(int=1), CommissionLevel.FIRST, scope, target, None, False, bp, None, NOON, None)
    return replace(rule, **other)  # type: ignore[arg-type]


SECOND_LEVEL = a_rule(level=CommissionLevel.SECOND)


def earnings(
    order: Order = ORDER_1,
    *earners: Earner,
    book: Book = NO_RULES,
    terms: CommissionTerms = TERMS,
    lines: list[Sold] | None = None,
) -> list[Commission]:
    ids = count(1_000)
    return earned(order, lines or sold(order), earners or (WANG,), book, terms, lambda: UUID(int=next(ids)), NOON)


def amounts(commissions: list[Commission], level: int = 1) -> list[int]:
    return [one.amount.minor for one in commissions if one.level == level]


def test_scenario_p4_both_levels_earn_their_share_of_each_line_and_nothing_of_shipping() -> None:
    both = earnings(ORDER_1, WANG, LIN, book=Book([SECOND_LEVEL]))

    assert amounts(both) == [21_73, 3_45]
    assert amounts(both, level=2) == [5_43, 86]
    assert {one.rate_source for one in both} == {RateSource.GUIDE_TIER, RateSource.BRAND}


def test_the_second_level_earns_nothing_until_a_rule_says_so() -> None:
    assert amounts(earnings(ORDER_1, WANG, LIN), level=2) == []


@pytest.mark.parametrize(
    ("earner", "terms", "states"),
    [
        pytest.param(WANG, TERMS, {CommissionState.PENDING}, id="a customer buys"),
        pytest.param(replace(WANG, status=GuideStatus.FROZEN), TERMS, {CommissionState.HELD}, id="frozen"),
        pytest.param(replace(WANG, status=GuideStatus.LEFT), TERMS, set(), id="left"),
        pytest.param(replace(WANG, status=GuideStatus.APPLIED), TERMS, set(), id="not yet a guide"),
        pytest.param(replace(WANG, member_id=ORDER_1.member_id), TERMS, set(), id="an own purchase"),
        pytest.param(
            replace(WANG, member_id=ORDER_1.member_id),
            CommissionTerms(on_own_purchases=True),
            {CommissionState.PENDING},
            id="an own purchase where the brand pays for them",
        ),
    ],
)
def test_who_earns_from_a_paid_order(earner: Earner, terms: CommissionTerms, states: set[CommissionState]) -> None:
    assert {one.state for one in earnings(ORDER_1, earner, terms=terms)} == states


def a_floor(least: int, **other: object) -> PriceFloor:
    return replace(PriceFloor(UUID(int=30), A.variant_id, least), **other)  # type: ignore[arg-type]


def test_every_line_of_goods_earns_on_what_was_paid_for_it() -> None:
    (first, second) = earning_lines(ORDER_1, TERMS, {A.id: (FRUIT, FOOD)}, {}, NOON)

    assert first == Sold(A.id, A.variant_id, A.product_id, (FRUIT, FOOD), A.payable, 2)
    assert second == Sold(B.id, B.variant_id, B.product_id, (), B.payable, 1)


@pytest.mark.parametrize(
    ("line", "terms", "earns"),
    [
        pytest.param(a_line(3, 9_00, 1, kind=LineKind.GIFT), TERMS, False, id="a gift"),
        pytest.param(a_line(3, 0, 1), TERMS, False, id="nothing was paid"),
        pytest.param(a_line(3, 9_00, 1, kind=LineKind.ADD_ON), TERMS, False, id="an add-on"),
        pytest.param(
            a_line(3, 9_00, 1, kind=LineKind.ADD_ON),
            CommissionTerms(on_add_ons=True),
            True,
            id="an add-on where the brand pays for them",
        ),
    ],
)
def test_which_kinds_of_lines_earn(line: OrderLine, terms: CommissionTerms, earns: bool) -> None:
    found = earning_lines(paid(A, line), terms, {}, {}, NOON)

    assert [one.line_id for one in found] == ([A.id, line.id] if earns else [A.id])


@pytest.mark.parametrize(
    ("floors", "room", "earns"),
    [
        pytest.param([a_floor(135_86)], None, True, id="at the floor"),
        pytest.param([a_floor(135_87)], None, False, id="a fen below"),
        pytest.param([a_floor(1), a_floor(135_87)], None, False, id="below the higher of two"),
        pytest.param([a_floor(135_87, channel=Channel.LIVE)], None, True, id="the floor is of rooms"),
        pytest.param([a_floor(135_87, channel=Channel.LIVE)], UUID(int=40), False, id="sold in a room"),
        pytest.param([a_floor(135_87, channel=Channel.SHOP)], UUID(int=40), True, id="the floor is of the shop"),
        pytest.param([a_floor(135_87, ends_at=NOON)], None, True, id="the floor has ended"),
        pytest.param([a_floor(135_87, starts_at=NOON)], None, False, id="the floor has begun"),
    ],
)
def test_what_was_sold_below_a_floor_that_holds_earns_nothing(
    floors: list[PriceFloor], room: UUID | None, earns: bool
) -> None:
    found = earning_lines(paid(A, B, live_room_id=room), TERMS, {}, {A.variant_id: floors}, NOON)

    assert [one.line_id for one in found] == ([A.id, B.id] if earns else [B.id])


def test_one_unit_below_the_floor_is_enough() -> None:
    line = replace(A, unit_paid=(135_87, 135_85))

    assert earning_lines(paid(line), TERMS, {}, {A.variant_id: [a_floor(135_86)]}, NOON) == []


CHAIN = [
    ("contract", RateSource.CONTRACT),
    (a_rule(is_campaign=True, bp=1, ends_at=NOON + timedelta(days=1)), RateSource.CAMPAIGN),
    (a_rule(RateScope.VARIANT, A.variant_id, None, fixed=2), RateSource.SKU_FIXED),
    (a_rule(RateScope.VARIANT, A.variant_id, 3), RateSource.SKU),
    (a_rule(RateScope.PRODUCT, A.product_id, 4), RateSource.PRODUCT),
    (a_rule(RateScope.CATEGORY, FRUIT, 5), RateSource.CATEGORY),
    (a_rule(RateScope.CATEGORY, FOOD, 6), RateSource.CATEGORY),
    ("tier", RateSource.GUIDE_TIER),
    (a_rule(bp=7), RateSource.BRAND),
]


@pytest.mark.parametrize("begin", range(len(CHAIN)))
def test_the_first_rule_that_there_is_wins(begin: int) -> None:
    left = [rule for rule, _ in CHAIN[begin:]]
    rules = [rule for rule in left if isinstance(rule, RateRule)]
    contract = Contract(UUID(int=5), WANG.guide_id, 9, (), NOON, None) if "contract" in left else None
    (line, _) = sold(ORDER_1, FRUIT, FOOD)

    for order_of_rules in (rules, rules[::-1]):
        rate = Book(order_of_rules, contract).rate_of(line, 1, TIER, 800 if "tier" in left else None)
        assert rate is not None
        assert rate.source is CHAIN[begin][1]
        assert begin != 5 or rate.rate_bp == 5, "the nearest category"


def test_nothing_is_paid_where_no_rule_is() -> None:
    assert Book().rate_of(sold(ORDER_1)[0], 1, TIER, None) is None


def test_a_rule_for_a_tier_goes_before_the_same_rule_for_all_and_is_for_that_tier_alone() -> None:
    (line, _) = sold(ORDER_1, FRUIT)
    book = Book([a_rule(RateScope.CATEGORY, FRUIT, 100), a_rule(RateScope.CATEGORY, FRUIT, 900, tier_id=TIER)])

    assert book.rate_of(line, 1, TIER, 800).rate_bp == 900  # type: ignore[union-attr]
    assert book.rate_of(line, 1, OTHER_TIER, 800).rate_bp == 100  # type: ignore[union-attr]


def test_a_contract_is_of_its_products_alone() -> None:
    book = Book(contract=Contract(UUID(int=5), WANG.guide_id, 2_000, (A.product_id,), NOON, None))

    assert amounts(earnings(book=book)) == [54_34, 3_45]


def test_a_fixed_amount_is_for_each_unit_and_never_more_than_the_base() -> None:
    cheap = paid(a_line(1, 3_00, 2))
    fixed = a_rule(RateScope.VARIANT, cheap.lines[0].variant_id, None, fixed=2_00)

    assert amounts(earnings(cheap, book=Book([fixed]), terms=CommissionTerms(most_bp=10_000))) == [3_00]
    assert amounts(earnings(paid(a_line(1, 100_00, 2)), book=Book([fixed]))) == [4_00]


@given(st.integers(1, 10**7), st.integers(0, 10_000), st.integers(0, 10_000), st.integers(0, 10_000))
def test_all_commissions_of_a_line_keep_to_what_it_may_cost_and_the_second_level_gives_way(
    base: int, first_bp: int, second_bp: int, most_bp: int
) -> None:
    order = paid(a_line(1, base, 1))
    book = Book([replace(SECOND_LEVEL, rate_bp=second_bp)])
    both = earnings(order, replace(WANG, tier_bp=first_bp), LIN, book=book, terms=CommissionTerms(most_bp=most_bp))

    first, second = sum(amounts(both)), sum(amounts(both, level=2))
    assert first == min(base * first_bp // 10_000, base * most_bp // 10_000)
    assert second == min(base * second_bp // 10_000, base * most_bp // 10_000 - first)


def test_scenario_p6_what_goes_back_takes_its_share_along_at_the_rate_of_the_payment() -> None:
    commission, _ = earnings()

    commission, first = claw_back(commission, 135_86)
    commission, second = claw_back(commission, 135_86)

    assert (first.minor, second.minor) == (10_87, 10_86)
    assert (commission.left.minor, commission.state) == (0, CommissionState.CANCELLED)


@given(
    st.integers(1, 10_000_00),
    st.integers(1, 10_000),
    st.lists(st.integers(0, 3_000_00), max_size=8),
    st.booleans(),
    st.sampled_from(MAY),
)
def test_claw_backs_sum_to_what_was_earned_in_any_order(
    base: int,
    rate_bp: int,
    parts: list[int],
    is_cut: bool,
    state: CommissionState,
) -> None:
    start = Commission(
        UUID(int=1), ORDER_1.id, A.id, WANG.guide_id, 1, Money(base), rate_bp, RateSource.SKU,
        Money(max(base * rate_bp // 20_000 if is_cut else base * rate_bp // 10_000, 1)), is_cut, state, NOON,
    )  # fmt: skip
    commission, taken = start, 0
    for part in (*parts, base):
        before = commission
        commission, lost = claw_back(commission, part)
        taken += lost.minor
        assert lost.minor >= 0
        assert commission.left.minor + taken == start.amount.minor, before

    assert taken == start.amount.minor
    assert commission.left == Money(0)
    assert commission.state in (CommissionState.CANCELLED, CommissionState.CLAWED_BACK)


def test_the_order_of_refunds_does_not_matter() -> None:
    ends = set()
    for order in permutations((100_00, 71_72, 50_00, 1)):
        commission, _ = earnings()
        for part in order:
            commission, _ = claw_back(commission, part)
        ends.add(commission)

    assert len(ends) == 1


def test_a_refund_of_units_is_for_their_lines_and_one_of_money_for_all() -> None:
    of_units = decide(ORDER_1, Wanted({A.id: 1}), {}, BLANK)
    of_money = decide(ORDER_1, Wanted(amount=Money(31_50)), {}, BLANK)

    assert returned(ORDER_1, of_units, {}) == {None: 135_86, A.id: 135_86, B.id: 0}
    assert returned(ORDER_1, of_money, {}) == {None: 31_50, A.id: 27_18, B.id: 4_32}
    of_all = decide(paid(a_line(1, 5, 1)), Wanted(amount=Money(5)), {}, BLANK)
    assert returned(paid(shipping=8_00), of_all, {}) == {None: 5}


def test_money_that_goes_back_is_for_what_did_not_go_back_before() -> None:
    of_money = decide(ORDER_1, Wanted(amount=Money(31_50)), {}, BLANK)

    assert returned(ORDER_1, of_money, {A.id: A.payable.minor}) == {None: 31_50, A.id: 0, B.id: 31_50}
    assert returned(ORDER_1, of_money, {A.id: A.payable.minor, B.id: B.payable.minor}) == {None: 31_50}


def test_what_was_clawed_back_stays_so_whatever_else_goes_back() -> None:
    commission, _ = earnings()
    commission = replace(commission, state=CommissionState.AVAILABLE, released_at=NOON)

    commission, _ = claw_back(commission, commission.base.minor)
    commission, lost = claw_back(commission, 1)

    assert (commission.state, lost) == (CommissionState.CLAWED_BACK, Money(0))


def test_units_that_go_back_for_less_than_they_cost_take_that_much_along() -> None:
    less = decide(ORDER_1, Wanted({A.id: 1, B.id: 1}, amount=Money(100_00), of_sent=True), {}, BLANK)

    assert returned(ORDER_1, less, {}) == {None: 100_00, A.id: 75_88, B.id: 24_12}


@given(st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 6)), min_size=1, max_size=4), st.data())
def test_whatever_goes_back_unit_by_unit_is_told_of_the_lines_to_the_fen(
    lines: list[tuple[int, int]], data: st.DataObject
) -> None:
    order = start = paid(*(a_line(i, payable, many) for i, (payable, many) in enumerate(lines)))
    left = {line.id: line.quantity for line in order.lines}
    gone, told = {}, dict.fromkeys(left, 0)
    while any(left.values()):
        line_id = data.draw(st.sampled_from([key for key, many in left.items() if many]))
        left[line_id] -= 1
        order, gone, refund = after(order, gone, Wanted({line_id: 1}))
        found = returned(start, refund, told)
        for key in told:
            told[key] += found.get(key, 0)

    assert told == {line.id: line.payable.minor for line in start.lines}


@given(st.integers(1, 10**6), st.integers(0, 10_000))
def test_who_assisted_shares_the_first_level_to_the_fen(base: int, part_bp: int) -> None:
    alone = earnings(paid(a_line(1, base, 1)), WANG, LIN, book=Book([SECOND_LEVEL]))
    toucher, ids = UUID(int=77), count(5_000)

    both = shared(alone, {toucher: part_bp}, frozenset(), lambda: UUID(int=next(ids)))

    assert sum(amounts(both)) == sum(amounts(alone))
    assert amounts(both, level=2) == amounts(alone, level=2)
    assert sum(one.amount.minor for one in both if one.guide_id == toucher) == sum(amounts(alone)) * part_bp // 10_000


def test_the_time_in_which_goods_can_be_given_back_runs_from_their_receipt() -> None:
    at = NOON + timedelta(days=30)
    pending = earnings()[0]

    frozen = received(pending, at, TERMS)

    assert (frozen.state, frozen.release_at) == (CommissionState.FROZEN, at + timedelta(days=7))
    assert received(replace(pending, state=CommissionState.HELD), at, TERMS).state is CommissionState.HELD


def test_scenario_p7_a_debt_is_repaid_before_anything_can_be_taken_out() -> None:
    guide_id = WANG.guide_id
    wallet = Wallet(guide_id, 5_00, 0)

    taken = wallet.take(10_87, "brand:commission")
    assert (wallet.available, wallet.debt) == (0, -5_87)
    assert [(one.source, one.amount.minor) for one in taken] == [
        (available_commission(guide_id), 5_00),
        (commission_debt(guide_id), 5_87),
    ]

    given_ = wallet.give(20_00, "elsewhere")
    assert (wallet.available, wallet.debt) == (14_13, 0)
    assert [(one.destination, one.amount.minor) for one in given_] == [
        (commission_debt(guide_id), 5_87),
        (available_commission(guide_id), 14_13),
    ]


@given(st.lists(st.integers(-10_000, 10_000).filter(bool), max_size=30))
def test_a_wallet_never_holds_money_and_a_debt_together(steps: list[int]) -> None:
    wallet, total = Wallet(WANG.guide_id, 0, 0), 0
    for step in steps:
        moved = wallet.give(step, "x") if step > 0 else wallet.take(-step, "x")
        total += step
        assert sum(one.amount.minor for one in moved) == abs(step)
        assert wallet.available + wallet.debt == total
        assert wallet.available >= 0 >= wallet.debt
        assert wallet.available == 0 or wallet.debt == 0


@pytest.mark.parametrize(
    ("rule", "understood", "field"),
    [
        pytest.param(a_rule(bp=5_001), True, "rateBp", id="more than a line may cost"),
        pytest.param(a_rule(bp=-1), True, "rateBp", id="less than nothing"),
        pytest.param(a_rule(bp=None), True, "rateBp", id="neither a share nor an amount"),
        pytest.param(a_rule(fixed=5), True, "rateBp", id="both"),
        pytest.param(
            a_rule(RateScope.PRODUCT, A.product_id, None, fixed=5), True, "fixed", id="an amount for a product"
        ),
        pytest.param(a_rule(RateScope.VARIANT), True, "targetId", id="no target"),
        pytest.param(a_rule(target=A.variant_id), True, "targetId", id="a target of everything"),
        pytest.param(a_rule(ends_at=NOON), True, "endsAt", id="ends before it starts"),
        pytest.param(a_rule(is_campaign=True), True, "endsAt", id="a campaign for good"),
        pytest.param(SECOND_LEVEL, False, "understood", id="a second level by accident"),
    ],
)
def test_a_rule_is_held_to_what_may_be_paid(rule: RateRule, understood: bool, field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_rule(rule, 5_000, understood=understood)
    assert refusal.value.path == ("input", field)


def test_a_rule_ends_once() -> None:
    ended = end_rule(a_rule(), NOON + timedelta(days=1), 1)

    assert (ended.ends_at, ended.version) == (NOON + timedelta(days=1), 2)
    with pytest.raises(WrongState):
        end_rule(ended, NOON + timedelta(days=2), 2)
