"""Order edits: what may be changed, and that the rest still costs what it did."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.money import Money
from domain.order_edits import (
    ActorKind,
    LineEdit,
    OrderChanges,
    OrderEdit,
    PaymentOpen,
    PriceOfPlay,
    actor_of,
    check_changes,
    check_editable,
    fact_of,
    readdress,
    take_out,
    units_to_go,
)
from domain.orders import Delivery, Order, OrderLine, OrderState, PriceStep, ShippingAddress
from domain.refusals import BadInput, NotFound, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOME = ShippingAddress("梅", "+8613800000000", "浙江省", "杭州市", "西湖区", "龙井路 1 号")
MEI = uuid4()


def a_line(unit_paid: tuple[int, ...], list_price: int, steps: tuple[int, ...] = (), **more: object) -> OrderLine:
    blank = OrderLine(
        uuid4(), uuid4(), uuid4(), None, "茶", "50g", "tea", None, Money(list_price), len(unit_paid),
        Money(list_price), Money(sum(unit_paid)), unit_paid,
        steps=tuple(PriceStep("UNIT", "DISCOUNT", "限时", amount) for amount in steps),
    )  # fmt: skip
    return replace(blank, **more)  # type: ignore[arg-type]


def an_order(*lines: OrderLine, shipping: int = 0, **more: object) -> Order:
    goods = sum(line.payable.minor for line in lines)
    blank = Order(
        uuid4(), "n", MEI, OrderState.PLACED, Money(goods + shipping), lines, HOME, "", None, None, None, NOON, NOON,
        None, None, None, 1, Money(goods), Money(shipping),
    )  # fmt: skip
    return replace(blank, **more)  # type: ignore[arg-type]


@given(st.lists(st.integers(0, 1_000), min_size=2, max_size=20), st.integers(0, 19), st.integers(0, 800))
def test_what_stays_costs_what_it_did_and_its_steps_explain_it(paid: list[int], many: int, shipping: int) -> None:
    off = 1_000 * len(paid) - sum(paid)
    line = a_line(tuple(paid), 1_000, (off // 2, off - off // 2))
    order, going = an_order(line, shipping=shipping), min(many, len(paid) - 1)

    after = take_out(order, {line.id: going})

    (rest,) = after.lines
    assert rest.unit_paid == tuple(paid[going:])
    assert (rest.payable.minor, rest.quantity) == (sum(rest.unit_paid), len(paid) - going)
    assert rest.list_price.minor * rest.quantity - sum(step.amount for step in rest.steps) == rest.payable.minor
    assert after.total.minor == after.goods.minor + shipping == rest.payable.minor + shipping


def test_no_step_takes_off_more_after_an_edit_than_before() -> None:
    """The second at half price, then 10 off: the first goes, and what is left was 53 cheaper."""
    line = a_line((93, 47), 100, (50, 10))

    (rest,) = take_out(an_order(line), {line.id: 1}).lines
    (other,) = take_out(an_order(replace(line, unit_paid=(47, 93))), {line.id: 1}).lines

    assert [step.amount for step in rest.steps] == [43, 10]
    assert [step.amount for step in other.steps] == [7, 0]


def test_points_of_units_that_go_are_spent_no_more() -> None:
    line = a_line((50, 50, 50), 100, (150,), unit_points=(3, 2, 2))

    after = take_out(an_order(line, points_used=7), {line.id: 2})

    assert (after.points_used, after.lines[0].unit_points) == (2, (2,))


def test_an_order_with_a_payment_and_a_line_of_a_play_stay_whole() -> None:
    line, played = a_line((50, 50), 50), a_line((50, 50), 50, activity_kind="SECKILL")

    with pytest.raises(PaymentOpen):
        take_out(an_order(line, asked=Money(1)), {line.id: 1})
    with pytest.raises(PriceOfPlay):
        take_out(an_order(played), {played.id: 1})


def test_lines_only_lose_units() -> None:
    line = a_line((50, 50), 50)
    order, left = an_order(line), {line.id: 2}

    assert units_to_go(order, {line.id: 2}, left) == {}
    assert units_to_go(order, {line.id: 1}, left) == {line.id: 1}
    assert units_to_go(replace(order, state=OrderState.PAID), {line.id: 0}, left) == {line.id: 2}
    for wanted in (0, 3):
        with pytest.raises(BadInput):
            units_to_go(order, {line.id: wanted}, left)
    with pytest.raises(NotFound):
        units_to_go(order, {uuid4(): 1}, left)


@pytest.mark.parametrize("state", [one for one in OrderState if one not in (OrderState.PLACED, OrderState.PAID)])
def test_what_is_on_its_way_or_done_with_is_not_edited(state: OrderState) -> None:
    with pytest.raises(WrongState):
        check_editable(an_order(state=state), left=False)


def test_an_order_of_which_a_package_has_left_is_not_edited() -> None:
    check_editable(an_order(), left=False)
    with pytest.raises(WrongState):
        check_editable(an_order(state=OrderState.PAID), left=True)


def test_a_member_stays_within_the_city_and_staff_do_not() -> None:
    order, near = an_order(), replace(HOME, line="龙井路 2 号")
    far = replace(HOME, city="宁波市")

    assert readdress(order, near, by_staff=False).address == near
    assert readdress(order, far, by_staff=True).address == far
    with pytest.raises(BadInput):
        readdress(order, far, by_staff=False)
    with pytest.raises(BadInput):
        readdress(replace(order, address=None), near, by_staff=False)
    with pytest.raises(WrongState):
        readdress(replace(order, delivery=Delivery.PICK_UP), near, by_staff=True)


def test_changes_are_kept_without_space_around_them() -> None:
    changes = check_changes(OrderChanges(replace(HOME, name=" 梅 "), " 周末送 "))

    assert (changes.address, changes.note) == (HOME, "周末送")
    assert check_changes(OrderChanges(note="")).note == ""
    for wrong in (OrderChanges(), OrderChanges(note="长" * 201), OrderChanges(replace(HOME, line=""))):
        with pytest.raises(BadInput):
            check_changes(wrong)


def test_who_changed_an_order_is_its_buyer_staff_or_nobody() -> None:
    assert [actor_of(who, MEI) for who in (MEI, uuid4(), None)] == list(ActorKind)


def test_the_outbox_tells_what_was_edited_without_addresses() -> None:
    line = uuid4()
    edit = OrderEdit(uuid4(), uuid4(), MEI, ActorKind.MEMBER, NOON, HOME, None, (LineEdit(line, 3, 1),), Money(50))

    assert fact_of(edit) == {
        "edit": edit.id.hex,
        "actor": "MEMBER",
        "readdressed": True,
        "note_changed": False,
        "edited": [{"line": line.hex, "before": 3, "after": 1}],
        "refunded_minor": 50,
    }
