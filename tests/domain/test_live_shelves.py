"""The order and the places of a shelf, and what may be changed of what stands there."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.live import LiveProduct
from domain.live_shelves import STEP, ShelfEdit, as_before, at_rest, check_edit, free_slots, move, positions_after
from domain.money import Money
from domain.refusals import BadInput, StaleVersion
from domain.room_events import LiveProductCard, LiveProductState
from domain.stock import OutOfStock

ROOM = UUID(int=7)


def a_product(number: int, position: int = 0, *, stock: int = 10, planned: int = 10) -> LiveProduct:
    price = Money(99_00, "CNY")
    key = UUID(int=number)
    card = LiveProductCard(key, key, key, f"茶 {number}", None, price, price, stock, 0, None, 1)
    return LiveProduct(ROOM, card, LiveProductState.ON_SHELF, position, 0, planned=planned, slot=number)


def a_shelf(many: int) -> list[LiveProduct]:
    return [a_product(n, position) for n, position in enumerate(positions_after(None, many))]


def moved(shelf: list[LiveProduct], number: int, behind: int | None) -> tuple[list[LiveProduct], int]:
    """The shelf after a move, in order, and how many products stand elsewhere."""
    by_id = {one.id: one for one in shelf}
    after = None if behind is None else by_id[UUID(int=behind)]
    places = move(shelf, by_id[UUID(int=number)], after)
    new = by_id | {one.id: replace(one, position=position) for one, position in places}
    return sorted(new.values(), key=lambda one: (one.position, one.id)), len(places)


@given(st.integers(2, 12), st.data())
def test_a_product_comes_to_stand_right_behind_the_one_that_is_named(many: int, data: st.DataObject) -> None:
    shelf = a_shelf(many)
    order = list(range(many))
    for _ in range(data.draw(st.integers(1, 40))):
        number = data.draw(st.sampled_from(order))
        behind = data.draw(st.sampled_from([None, *(one for one in order if one != number)]))

        shelf, _ = moved(shelf, number, behind)

        order.remove(number)
        order.insert(0 if behind is None else order.index(behind) + 1, number)
        assert [one.id.int for one in shelf] == order
        assert all(abs(one.position) < 2**31 for one in shelf)


def test_a_move_touches_one_product_until_there_is_no_room_between_two() -> None:
    shelf, touched = a_shelf(3), []
    for number in (2, 1) * 15:
        shelf, many = moved(shelf, number, 0)
        touched.append(many)

    assert touched[:15] == [1] * 15
    assert max(touched) == 2
    assert touched.count(2) <= 2


def test_a_move_to_where_it_stands_moves_nothing() -> None:
    shelf = [a_product(0, 0), a_product(1, 2 * STEP), a_product(2, 4 * STEP)]

    assert moved(shelf, 1, 0)[1] == 0


def test_products_may_come_and_go_all_day() -> None:
    assert positions_after(29_999 * STEP, 500)[-1] < 2**31


def test_a_shelf_has_500_places() -> None:
    assert free_slots([*range(499)], 1) == [499]
    assert free_slots([*range(499)], 2) is None


def test_what_stood_on_a_former_shelf_comes_as_far_as_the_shop_has_it() -> None:
    shelf = [a_product(1), a_product(2), a_product(3), a_product(4, planned=3)]
    sellable = {UUID(int=1): 4, UUID(int=2): 0, UUID(int=4): 100, UUID(int=3): 9}

    items = as_before(shelf, sellable, besides=[UUID(int=3)])

    assert [(one.variant_id.int, one.live_stock) for one in items] == [(1, 4), (4, 3)]


def test_nothing_that_is_left_is_sold_out() -> None:
    assert (at_rest(0), at_rest(1)) == (LiveProductState.SOLD_OUT, LiveProductState.ON_SHELF)


@pytest.mark.parametrize(
    ("edit", "path"),
    [
        (ShelfEdit(Money(0, "CNY")), "livePrice"),
        (ShelfEdit(Money(1, "USD")), "livePrice"),
        (ShelfEdit(keeps_limit=False, limit_per_member=0), "limitPerMember"),
        (ShelfEdit(stock_delta=1_000_001), "liveStockDelta"),
    ],
)
def test_terms_have_bounds(edit: ShelfEdit, path: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_edit(a_product(1), edit, 1, "input")

    assert refusal.value.path == ("input", path)


def test_no_more_goes_back_than_remains() -> None:
    check_edit(a_product(1, stock=10), ShelfEdit(stock_delta=-10), 1)

    with pytest.raises(OutOfStock) as refusal:
        check_edit(a_product(1, stock=10), ShelfEdit(stock_delta=-11), 1)

    assert refusal.value.available == 10


def test_stock_moves_only_from_terms_that_its_author_read() -> None:
    check_edit(a_product(1), ShelfEdit(Money(1, "CNY")), None)

    with pytest.raises(BadInput):
        check_edit(a_product(1), ShelfEdit(stock_delta=1), None)
    with pytest.raises(StaleVersion):
        check_edit(a_product(1), ShelfEdit(stock_delta=1), 2)
