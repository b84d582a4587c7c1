"""Carts: what somebody wants to buy, kept until it is ordered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.coupon_templates import clean_codes
from domain.orders import CartLine
from domain.placing import MOST_COUPONS, MOST_LINES, PricedCart, PricedLine
from domain.records import record
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, Refusals, between
from domain.stock import MOST_PER_LINE


@record
class CartItem:
    """A line of a cart: `added_price` is what a unit cost in fen when it was last put in, after the best unit price."""

    id: UUID
    variant_id: UUID
    quantity: int
    added_price: int
    selected: bool = True
    add_on_of: UUID | None = None

    @property
    def wanted(self) -> CartLine:
        return CartLine(self.variant_id, self.quantity, self.add_on_of)


@record
class Cart:
    """A cart. One without a member is a visitor's: its id is a secret, and whoever knows it may use it.

    One that was ordered, or merged into another, does not change any more. `version` rises with each change.
    """

    id: UUID
    member_id: UUID | None
    items: tuple[CartItem, ...]
    coupon_ids: tuple[UUID, ...]
    coupon_codes: tuple[str, ...]
    order_id: UUID | None
    merged_into_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def is_open(self) -> bool:
        return self.order_id is None and self.merged_into_id is None


@record
class CartItemView:
    """A line as it stands now. `priced` is None when its variant can no longer be had."""

    item: CartItem
    priced: PricedLine | None

    @property
    def available(self) -> int:
        return 0 if self.priced is None else self.priced.available

    @property
    def in_stock(self) -> bool:
        return self.available >= self.item.quantity

    @property
    def unit_price(self) -> int | None:
        return None if self.priced is None else self.priced.line.unit_price

    @property
    def price_changed(self) -> bool:
        """Whether a unit costs something else than when it was put in; the price of now is what counts."""
        return self.unit_price is not None and self.unit_price != self.item.added_price


@record
class CartView:
    """A cart with how every line stands, and the price of those that are selected and can be had."""

    cart: Cart
    items: tuple[CartItemView, ...]
    priced: PricedCart


@record
class ItemChange:
    """Another quantity of a line, or another choice; None leaves it."""

    item_id: UUID
    quantity: int | None = None
    selected: bool | None = None


@dataclass(eq=False)
class CartClosed(Refusal):
    """The cart was ordered, or merged into another. `order_id`: what was ordered."""

    code = ErrorCode.INVALID_STATE
    order_id: UUID | None = None


def is_used_by(cart: Cart, member_id: UUID | None) -> bool:
    """Whether somebody who knows its id may use it: a member's cart is the member's alone."""
    return cart.member_id is None or cart.member_id == member_id


def check_open(cart: Cart) -> None:
    """Let an open cart change.

    Raises:
        CartClosed: it was ordered, or merged into another.
    """
    if not cart.is_open:
        raise CartClosed(cart.order_id, path=("input", "cartId"))


def new_cart(cart_id: UUID, member_id: UUID | None, at: datetime) -> Cart:
    return Cart(cart_id, member_id, (), (), (), None, None, at, at, 0)


def add(cart: Cart, lines: Sequence[CartLine], new_id: Callable[[], UUID]) -> Cart:
    """Put units in: to the line of the same variant, or as a new one. What they cost is yet to be said.

    Raises:
        BadInput: a quantity is out of bounds, the cart would hold more than 100 lines or 999 of one (G20), or a line
            is wanted for points: that is ordered at once.
    """
    check_open(cart)
    between(len(lines), 1, MOST_LINES, "input", "lines")
    items = {_place(item.wanted): item for item in cart.items}
    for i, line in enumerate(lines):
        path = ("input", "lines", str(i), "quantity")
        between(line.quantity, 1, MOST_PER_LINE, *path)
        _check_costs_money(line, i)
        there = items.get(_place(line))
        quantity = between(line.quantity + (there.quantity if there else 0), 1, MOST_PER_LINE, *path)
        item = there or CartItem(new_id(), line.variant_id, 0, 0, add_on_of=line.add_on_of)
        items[_place(line)] = replace(item, quantity=quantity, selected=True)
    return _with_items(cart, items.values())


def _check_costs_money(line: CartLine, i: int) -> None:
    if line.points_offer_id is not None:
        path = ("input", "lines", str(i), "pointsOfferId")
        raise BadInput("no points offer in a cart", "积分兑换商品须直接下单", path=path)


def added(view: CartView, lines: Sequence[CartLine]) -> Cart:
    """The cart in which these lines were just put, at the prices that they have now.

    Raises:
        Refusals of NotFound: some of them cannot be had by the caller.
    """
    given = {_place(line): i for i, line in enumerate(lines)}
    missing, items = [], []
    for one in view.items:
        position = given.get(_place(one.item.wanted))
        if position is not None and one.unit_price is None:
            missing.append(NotFound(path=("input", "lines", str(position), "variantId")))
        items.append(one.item if position is None else replace(one.item, added_price=one.unit_price or 0))
    if missing:
        raise Refusals(missing)
    return replace(view.cart, items=tuple(items))


def change(cart: Cart, changes: Sequence[ItemChange]) -> Cart:
    """Change quantities and choices.

    Raises:
        BadInput: a quantity is out of bounds.
        NotFound: the cart has no such line; it may have been removed meanwhile.
    """
    check_open(cart)
    items = {item.id: item for item in cart.items}
    between(len(changes), 1, MOST_LINES, "input", "lines")
    for i, one in enumerate(changes):
        item = items.get(one.item_id)
        if item is None:
            raise NotFound(path=("input", "lines", str(i), "lineId"))
        quantity = item.quantity if one.quantity is None else one.quantity
        between(quantity, 1, MOST_PER_LINE, "input", "lines", str(i), "quantity")
        items[item.id] = replace(
            item, quantity=quantity, selected=item.selected if one.selected is None else one.selected
        )
    return _with_items(cart, items.values())


def remove(cart: Cart, item_ids: Sequence[UUID]) -> Cart:
    """Take lines out; those that are gone already stay gone."""
    check_open(cart)
    between(len(item_ids), 1, MOST_LINES, "input", "lineIds")
    gone = set(item_ids)
    return _with_items(cart, [item for item in cart.items if item.id not in gone])


def apply_coupons(cart: Cart, coupon_ids: Sequence[UUID], codes: Sequence[str]) -> Cart:
    """Have coupons and codes used, beside those that are.

    Raises:
        BadInput: too many, or a code is none.
    """
    check_open(cart)
    ids = tuple(dict.fromkeys((*cart.coupon_ids, *coupon_ids)))
    words = tuple(dict.fromkeys((*cart.coupon_codes, *clean_codes(codes))))
    between(len(ids) + len(words), 0, MOST_COUPONS, "input", "codes" if codes else "couponIds")
    return replace(cart, coupon_ids=ids, coupon_codes=words)


def remove_coupons(cart: Cart, coupon_ids: Sequence[UUID], codes: Sequence[str]) -> Cart:
    """Have coupons and codes no longer used."""
    check_open(cart)
    words = set(clean_codes(codes))
    return replace(
        cart,
        coupon_ids=tuple(one for one in cart.coupon_ids if one not in coupon_ids),
        coupon_codes=tuple(one for one in cart.coupon_codes if one not in words),
    )


def merge(own: Cart, visitors: Cart, new_id: Callable[[], UUID]) -> Cart:
    """A member's cart with what a visitor's held, up to 999 of a line; newer prices count.

    Raises:
        BadInput: the two hold more than 100 lines together.
    """
    items = {_place(item.wanted): item for item in own.items}
    for item in visitors.items:
        there = items.get(_place(item.wanted))
        items[_place(item.wanted)] = (
            replace(item, id=new_id())
            if there is None
            else replace(item, id=there.id, quantity=min(there.quantity + item.quantity, MOST_PER_LINE))
        )
    merged = _with_items(own, items.values())
    codes = tuple(dict.fromkeys((*own.coupon_codes, *visitors.coupon_codes)))
    return replace(merged, coupon_codes=codes[: MOST_COUPONS - len(own.coupon_ids)])


def _place(line: CartLine) -> tuple[UUID, UUID | None]:
    """A cart has one line for these two."""
    return line.variant_id, line.add_on_of


def _with_items(cart: Cart, items: Any) -> Cart:
    kept = tuple(items)
    if len(kept) > MOST_LINES:
        raise BadInput(f"at most {MOST_LINES} lines", f"最多 {MOST_LINES} 行", path=("input", "lines"))
    return replace(cart, items=kept)


def grew(before: Cart, after: Cart) -> bool:
    """Whether something was put in, or more of it."""
    had = {_place(item.wanted): item.quantity for item in before.items}
    return any(item.quantity > had.get(_place(item.wanted), 0) for item in after.items)


def fact_of(cart: Cart) -> dict[str, Any]:
    """What the outbox tells of a cart."""
    return {
        "cart": cart.id.hex,
        "member": cart.member_id.hex if cart.member_id else None,
        "merged_into": cart.merged_into_id.hex if cart.merged_into_id else None,
        "lines": [{"variant": item.variant_id.hex, "quantity": item.quantity} for item in cart.items],
        "version": cart.version,
    }
