"""Carts: what goes into one, and what comes of two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest

from domain import carts
from domain.carts import Cart, CartClosed, CartItem, ItemChange
from domain.orders import CartLine
from domain.refusals import BadInput, NotFound
from tests.makers_quotes import NOON, variant

an_empty_cart = carts.new_cart(UUID(int=1), None, NOON)


def ids() -> Iterator[UUID]:
    return iter(UUID(int=n) for n in range(100, 1_000))


def a_cart(*lines: CartLine) -> Cart:
    found = ids()
    return carts.add(an_empty_cart, lines, lambda: next(found))


def a_line(number: int, quantity: int = 1) -> CartLine:
    return CartLine(variant(number), quantity)


def quantities(cart: Cart) -> dict[int, int]:
    return {item.variant_id.int: item.quantity for item in cart.items}


def test_an_add_on_has_a_line_of_its_own() -> None:
    cart = a_cart(a_line(1), replace(a_line(1), add_on_of=UUID(int=7)), a_line(1, 2))

    assert [(item.quantity, item.add_on_of) for item in cart.items] == [(3, None), (1, UUID(int=7))]


def test_what_is_wanted_for_points_goes_into_no_cart() -> None:
    """The cart would charge money for it."""
    with pytest.raises(BadInput) as refused:
        a_cart(a_line(1), replace(a_line(2), points_offer_id=UUID(int=7)))

    assert refused.value.path == ("input", "lines", "1", "pointsOfferId")


def test_what_is_left_out_of_a_change_stays() -> None:
    cart = a_cart(a_line(1, 2), a_line(2))
    key = cart.items[0].id

    unselected = carts.change(cart, [ItemChange(key, selected=False)])
    fewer = carts.change(unselected, [ItemChange(key, quantity=1)])

    assert (fewer.items[0].quantity, fewer.items[0].selected) == (1, False)
    assert fewer.items[1] == cart.items[1]
    with pytest.raises(NotFound):
        carts.change(cart, [ItemChange(UUID(int=5), quantity=1)])


@pytest.mark.parametrize(
    "closed",
    [replace(an_empty_cart, order_id=UUID(int=3)), replace(an_empty_cart, merged_into_id=UUID(int=3))],
    ids=["ordered", "merged"],
)
def test_a_closed_cart_does_not_change(closed: Cart) -> None:
    with pytest.raises(CartClosed):
        carts.add(closed, [a_line(1)], UUID)
    with pytest.raises(CartClosed):
        carts.remove_coupons(closed, [], ["CODE"])


def test_two_carts_become_one_with_999_of_a_line_at_most() -> None:
    own, visitors = a_cart(a_line(1, 998), a_line(2)), a_cart(a_line(1, 2), a_line(3))
    found = ids()

    merged = carts.merge(own, visitors, lambda: next(found))

    assert quantities(merged) == {1: 999, 2: 1, 3: 1}
    assert [item.id for item in merged.items[:2]] == [item.id for item in own.items]


def test_two_carts_of_more_than_100_lines_do_not_become_one() -> None:
    own, visitors = a_cart(*map(a_line, range(60))), a_cart(*map(a_line, range(50, 110)))

    with pytest.raises(BadInput):
        carts.merge(own, visitors, lambda: UUID(int=9))


def test_codes_of_both_are_kept_as_far_as_there_is_room() -> None:
    own = carts.apply_coupons(an_empty_cart, [UUID(int=n) for n in range(8)], ["FIRST"])
    visitors = carts.apply_coupons(an_empty_cart, [], ["FIRST", "SECOND", "THIRD"])

    assert carts.merge(own, visitors, UUID).coupon_codes == ("FIRST", "SECOND")


def test_a_visitors_cart_is_anybodys_who_knows_it_and_a_members_is_the_members() -> None:
    members = replace(an_empty_cart, member_id=UUID(int=4))

    assert carts.is_used_by(an_empty_cart, None)
    assert carts.is_used_by(an_empty_cart, UUID(int=4))
    assert carts.is_used_by(members, UUID(int=4))
    assert not carts.is_used_by(members, None)


def test_the_outbox_is_told_what_is_in_a_cart() -> None:
    fact = carts.fact_of(a_cart(a_line(1, 2)))

    assert (fact["member"], fact["lines"]) == (None, [{"variant": variant(1).hex, "quantity": 2}])
    assert CartItem(UUID(int=1), variant(1), 2, 0).wanted == a_line(1, 2)
