"""Groups: seats are held, taken by payment, and kept or left; nobody pays into a full group."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import group_buys, groups
from domain.activities import NotStarted
from domain.drawing import commitment_of, ticket_of
from domain.group_buys import GroupBuy, GroupBuyTerms, GroupPrice
from domain.groups import AlreadyInGroup, Group, GroupFull, GroupState, SeatState
from domain.money import Money
from domain.orders import OrderHold, OverLimit
from domain.refusals import BadInput, NotFound, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
VARIANT = UUID(int=9)
SEED = bytes(range(32))
TERMS = GroupBuyTerms(
    "三人团",
    (GroupPrice(VARIANT, Money(59_00), Money(49_00)),),
    3,
    24 * 3600,
    NOON - timedelta(days=1),
    NOON + timedelta(days=7),
)


def member(n: int) -> UUID:
    return UUID(int=1_000 + n)


def order(n: int) -> UUID:
    return UUID(int=2_000 + n)


def an_activity(**terms: Any) -> GroupBuy:
    return group_buys.publish(UUID(int=5), UUID(int=6), replace(TERMS, **terms))


def a_group(held: int = 0, paid: int = 0, **terms: Any) -> Group:
    """A group in which so many hold a seat, of whom so many paid, a minute after each other."""
    group = groups.begin(UUID(int=7), an_activity(**terms), SEED, NOON)
    for n in range(max(held, paid)):
        group = groups.hold(group, order(n), member(n))
        if n < paid:
            group = groups.pay(group, order(n), NOON + timedelta(minutes=n))
    return group


def states(group: Group) -> list[str]:
    return [seat.state.value for seat in group.seats]


def test_nobody_knows_of_a_group_before_its_first_payment() -> None:
    waiting = a_group(held=1)

    assert waiting.state is GroupState.WAITING
    assert not groups.is_known(waiting)
    with pytest.raises(NotFound):
        groups.check_can_join(waiting, member(1), NOON)


def test_its_time_counts_from_its_first_payment() -> None:
    paid = groups.pay(a_group(held=1), order(0), NOON + timedelta(minutes=10))

    assert paid.state is GroupState.FORMING
    assert paid.expires_at == NOON + timedelta(hours=24, minutes=10)
    assert paid.members[0].member_id == member(0)


def test_the_last_payment_makes_it_succeed_and_every_seat_is_kept() -> None:
    group = a_group(paid=3)

    assert (group.state, group.over_at) == (GroupState.SUCCEEDED, NOON + timedelta(minutes=2))
    assert [groups.settle(group, order(n)) for n in range(3)] == [SeatState.KEPT] * 3
    assert states(groups.keep(group, order(1))) == ["TAKEN", "KEPT", "TAKEN"]


def test_a_seat_that_is_held_unpaid_counts_as_taken_for_who_would_join() -> None:
    with pytest.raises(GroupFull):
        groups.check_can_join(a_group(held=3, paid=2), member(9), NOON)
    with pytest.raises(GroupFull):
        groups.check_can_join(a_group(paid=3), member(9), NOON)


def test_one_member_has_one_seat_and_nobody_joins_what_is_over() -> None:
    group = a_group(paid=1)

    with pytest.raises(AlreadyInGroup):
        groups.check_can_join(group, member(0), NOON)
    with pytest.raises(WrongState) as refusal:
        groups.check_can_join(group, member(1), group.expires_at)
    assert refusal.value.state == "FAILED"
    groups.check_can_join(group, member(1), NOON)


def test_when_the_leader_leaves_the_next_to_have_paid_leads() -> None:
    left = groups.leave(a_group(paid=2), order(0), NOON)

    assert (left.state, left.members[0].member_id, left.left) == (GroupState.FORMING, member(1), 2)
    assert [one.leads for one in groups.members_of(left)] == [True]
    assert groups.hold(left, order(5), member(5)).seats[-1].number == 1


def test_when_all_have_left_it_has_failed() -> None:
    gone = groups.leave(a_group(held=2, paid=1), order(0), NOON)

    assert gone.state is GroupState.FAILED
    assert states(gone) == ["HELD"]
    assert groups.leave(gone, order(1), NOON).state is GroupState.FAILED


def test_one_whose_time_is_over_fails_and_every_payment_goes_back() -> None:
    over = groups.expire(a_group(held=3, paid=2), None, NOON)

    assert over.state is GroupState.FAILED
    assert [groups.settle(over, order(n)) for n in range(2)] == [SeatState.LEFT] * 2


def test_money_that_comes_too_late_is_taken_and_goes_back() -> None:
    over = groups.expire(a_group(held=3, paid=2), None, NOON)

    assert groups.is_late(over, order(2))
    assert groups.settle(groups.pay(over, order(2), NOON), order(2)) is SeatState.LEFT


def test_money_that_comes_too_late_can_begin_a_new_group() -> None:
    over = groups.expire(a_group(held=3, paid=2), None, NOON)
    new = groups.change_over(groups.begin(UUID(int=8), an_activity(), SEED, NOON), over, order(2))

    paid = groups.pay(new, order(2), NOON)

    assert (paid.state, paid.members[0].member_id, paid.seats[0].group_id) == (
        GroupState.FORMING,
        member(2),
        UUID(int=8),
    )
    assert groups.changed_seats(new.seats, paid) == list(paid.seats)


@pytest.mark.parametrize(("from_bp", "state"), [(6_000, "SUCCEEDED"), (6_667, "FAILED"), (None, "FAILED")])
def test_virtual_completion_is_off_unless_enough_real_members_are_there(from_bp: int | None, state: str) -> None:
    over = groups.expire(a_group(held=3, paid=2), from_bp, NOON)

    assert over.state.value == state
    assert over.virtual == (1 if state == "SUCCEEDED" else 0)


def test_a_payment_after_virtual_completion_takes_the_place_of_nobody() -> None:
    over = groups.expire(a_group(held=3, paid=2), 6_000, NOON)

    paid = groups.pay(over, order(2), NOON)

    assert (paid.virtual, groups.settle(paid, order(2))) == (0, SeatState.KEPT)


def test_five_of_eight_are_60_percent_as_in_crmeb_and_four_are_not() -> None:
    assert groups.expire(a_group(paid=5, size=8), 6_000, NOON).virtual == 3
    assert groups.expire(a_group(paid=4, size=8), 6_000, NOON).state is GroupState.FAILED


@given(
    st.binary(min_size=32, max_size=32),
    st.integers(2, 50).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n - 1))),
)
def test_the_draw_of_a_group_has_as_many_winners_as_promised(seed: bytes, sizes: tuple[int, int]) -> None:
    size, winners = sizes
    group = replace(a_group(size=size, winners=winners), seed=seed)
    for n in range(size):
        group = groups.pay(groups.hold(group, order(n), member(n)), order(n), NOON)

    kept = [groups.settle(group, one.order_id) for one in group.seats]

    assert kept.count(SeatState.KEPT) == winners
    assert kept.count(SeatState.LEFT) == size - winners
    assert group.participants_hash is not None


def test_who_wins_follows_from_the_seed_that_was_bound_before_anybody_joined() -> None:
    group = a_group(paid=3, winners=1)
    bound = commitment_of(SEED)

    assert a_group(winners=1).commitment == bound == group.commitment
    assert [one.ticket for one in groups.members_of(group)] == [ticket_of(bound, member(n)) for n in range(3)]
    assert [one.won for one in group.seats] == [one.won for one in a_group(paid=3, winners=1).seats]


def test_money_that_comes_after_the_draw_goes_back() -> None:
    over = groups.expire(a_group(held=3, paid=2, winners=1), 6_000, NOON)

    assert groups.is_late(over, order(2))
    assert groups.settle(groups.pay(over, order(2), NOON), order(2)) is SeatState.LEFT


def test_a_member_leaves_while_the_group_fills_and_not_before_paying() -> None:
    group = a_group(held=2, paid=1)

    groups.check_may_leave(group, order(0))
    for leaving, who in [(group, order(1)), (a_group(paid=3), order(0))]:
        with pytest.raises(WrongState):
            groups.check_may_leave(leaving, who)


def test_a_seat_that_is_gone_was_left() -> None:
    group = a_group(paid=2)

    (changed,) = groups.changed_seats(group.seats, groups.leave(group, order(0), NOON))

    assert (changed.order_id, changed.state, changed.number) == (order(0), SeatState.LEFT, None)
    with pytest.raises(WrongState):
        groups.keep(a_group(held=1), order(0))


def test_who_begins_a_group_pays_the_leaders_price() -> None:
    leads = group_buys.terms_of(an_activity(), VARIANT, 1, NOON, leads=True)
    joins = group_buys.terms_of(an_activity(), VARIANT, 1, NOON, leads=False)

    assert (leads.exclusive.price, joins.exclusive.price) == (49_00, 59_00)
    assert joins.hold is OrderHold.GROUP_FORMING
    assert group_buys.hold_of(replace(TERMS, winners=1)) is OrderHold.GROUP_DRAW


def test_a_group_is_begun_while_the_activity_runs_and_joined_afterwards_too() -> None:
    ended = group_buys.end(an_activity())

    with pytest.raises(NotStarted):
        group_buys.terms_of(ended, VARIANT, 1, NOON, leads=True)
    assert group_buys.terms_of(ended, VARIANT, 1, NOON, leads=False).exclusive.price == 59_00
    with pytest.raises(WrongState):
        group_buys.end(ended)


def test_another_variant_or_too_many_units_are_refused() -> None:
    with pytest.raises(NotFound):
        group_buys.terms_of(an_activity(), UUID(int=10), 1, NOON, leads=True)
    with pytest.raises(OverLimit):
        group_buys.terms_of(an_activity(limit_per_order=1), VARIANT, 2, NOON, leads=True)


@pytest.mark.parametrize(
    "wrong",
    [
        {"size": 1},
        {"size": 51},
        {"lasts_s": 599},
        {"prices": ()},
        {"prices": TERMS.prices * 2},
        {"prices": (GroupPrice(VARIANT, Money(59_00), Money(59_01)),)},
        {"prices": (GroupPrice(VARIANT, Money(0)),)},
        {"winners": 3},
        {"virtual_from_bp": 0},
        {"limit_per_member": 0},
        {"ends_at": NOON},
    ],
)
def test_terms_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        group_buys.check_terms(replace(TERMS, **wrong), NOON)


def test_good_terms_are_taken() -> None:
    good = replace(TERMS, name=" 团 ", virtual_from_bp=6_000, winners=2)

    assert group_buys.check_terms(good, NOON).name == "团"
