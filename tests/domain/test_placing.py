"""Placing: what may be wished for together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.orders import CartLine, Delivery
from domain.placing import TooManyUnpaid, Wish, check_wish, place_among_unpaid
from domain.refusals import BadInput

A, B = UUID(int=1), UUID(int=2)
a_wish = Wish((CartLine(A, 1),))


@pytest.mark.parametrize(
    "wish",
    [
        pytest.param(Wish(()), id="no line"),
        pytest.param(Wish((CartLine(A, 0),)), id="nothing of it"),
        pytest.param(Wish((CartLine(A, -1),)), id="less than nothing"),
        pytest.param(Wish((CartLine(A, 1000),)), id="too many"),
        pytest.param(Wish((CartLine(A, 1), CartLine(A, 1))), id="one variant twice"),
        pytest.param(Wish(tuple(CartLine(UUID(int=i), 1) for i in range(101))), id="too many lines"),
        pytest.param(replace(a_wish, coupon_ids=(A, A)), id="one coupon twice"),
        pytest.param(replace(a_wish, coupon_ids=tuple(UUID(int=i) for i in range(11))), id="too many coupons"),
        pytest.param(replace(a_wish, points=-1), id="less points than none"),
        pytest.param(replace(a_wish, delivery=Delivery.PICK_UP), id="picked up nowhere"),
        pytest.param(replace(a_wish, pick_up_store_id=A), id="sent to a store"),
    ],
)
def test_a_wish_that_cannot_be_ordered_is_refused(wish: Wish) -> None:
    with pytest.raises(BadInput):
        check_wish(wish)


def test_one_variant_can_be_bought_and_had_as_an_add_on_together() -> None:
    check_wish(Wish((CartLine(A, 1), CartLine(A, 1, add_on_of=B))))


def test_a_wish_that_asks_for_nothing_new_is_described_as_before() -> None:
    values = a_wish.values()

    assert values == {"lines": [(A, 1)], "live_room_id": None, "address_id": None, "code": None, "note": ""}


def test_an_unpaid_order_takes_a_free_place_of_its_member() -> None:
    """Reliability G6."""
    assert {place_among_unpaid({0, 2}, 4, drawn) for drawn in range(256)} == {1, 3}
    assert place_among_unpaid({1, 2, 7}, 3, 255) == 0, "a place from before, when there were more, is nobody's now"
    assert place_among_unpaid({0, 1}, 0, 1) is None, "any number may be unpaid"
    with pytest.raises(TooManyUnpaid) as refusal:
        place_among_unpaid({0, 1}, 2, 1)
    assert refusal.value.limit == 2
