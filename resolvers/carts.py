"""What can be asked of carts: put in, choose, take out, and order what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from uuid import UUID

import db.carts
import db.coupon_wishes
import db.outbox
from db.connection import Reading, Writing
from domain import carts
from domain.carts import Cart, CartItem, CartItemView, CartView, ItemChange
from domain.coupon_wishes import CouponWish, decide
from domain.orders import CartLine
from domain.outages import Busy
from domain.placing import PricedCart, Wish
from domain.records import record
from domain.refusals import NotFound, Refusal, Refusals
from resolvers import orders, pricing
from resolvers.context import Context
from resolvers.placing import Placed
from resolvers.price_facts import Asking
from resolvers.pricing import Priced

TRIES = 3


async def find(ctx: Context, cart_id: UUID | None) -> CartView | None:
    """A cart, or without an id the one that the caller has open."""
    own = ctx.principal.member_id
    if cart_id is not None:
        cart = await db.carts.find(ctx.reading, cart_id)
    else:
        cart = None if own is None else await db.carts.find_open(ctx.reading, own)
    if cart is None or cart.merged_into_id is not None or not carts.is_used_by(cart, own):
        return None
    return await _view(ctx, ctx.reading, cart)


async def create(ctx: Context, lines: Sequence[CartLine]) -> CartView:
    """A cart with these lines: a new one for a visitor, for a member the one that is open.

    Raises:
        BadInput, Refusals: as `add_lines`.
    """
    async with ctx.database.writing() as tx:
        cart = await _open_cart(ctx, tx)
        return await _add(ctx, tx, cart, lines) if lines else await _view(ctx, tx, cart)


async def add_lines(ctx: Context, cart_id: UUID, lines: Sequence[CartLine]) -> CartView:
    """Put units in, at the prices of now.

    Raises:
        NotFound: the caller has no such cart.
        CartClosed: it was ordered.
        BadInput: the cart would hold too much.
        Refusals: some variants cannot be had by the caller.
    """
    async with ctx.database.writing() as tx:
        return await _add(ctx, tx, await _lock(ctx, tx, cart_id), lines)


async def update_lines(ctx: Context, cart_id: UUID, changes: Sequence[ItemChange]) -> CartView:
    """Change quantities of lines, or which of them are to be ordered.

    Raises:
        NotFound: the caller has no such cart, or it no such line.
        CartClosed, BadInput: as `add_lines`.
    """
    return await _changed(ctx, cart_id, lambda cart: carts.change(cart, changes))


async def remove_lines(ctx: Context, cart_id: UUID, line_ids: Sequence[UUID]) -> CartView:
    """Take lines out.

    Raises:
        NotFound, CartClosed: as `add_lines`.
    """
    return await _changed(ctx, cart_id, lambda cart: carts.remove(cart, line_ids))


async def apply_coupons(ctx: Context, cart_id: UUID, coupon_ids: Sequence[UUID], codes: Sequence[str]) -> CartView:
    """Have coupons used when the cart is ordered; the quote says which of them apply.

    Raises:
        NotFound, CartClosed: as `add_lines`.
        BadInput: too many.
    """
    return await _changed(ctx, cart_id, lambda cart: carts.apply_coupons(cart, coupon_ids, codes))


async def remove_coupons(ctx: Context, cart_id: UUID, coupon_ids: Sequence[UUID], codes: Sequence[str]) -> CartView:
    """Have coupons no longer used.

    Raises:
        NotFound, CartClosed: as `add_lines`.
    """
    return await _changed(ctx, cart_id, lambda cart: carts.remove_coupons(cart, coupon_ids, codes))


@record
class Attached:
    """A member's cart with what a visitor's held, and the codes that the member may not use (C6)."""

    view: CartView
    codes_removed: tuple[str, ...] = ()


async def attach(ctx: Context, cart_id: UUID) -> Attached:
    """Merge the cart of the visitor that the caller was into the one that the caller has. Again, it does nothing.

    Raises:
        NotFound: there is no such cart of a visitor.
        CartClosed: it went into another cart than the caller's.
        BadInput: the two hold too much together.
    """
    async with ctx.database.writing() as tx:
        own = await _open_cart(ctx, tx)
        if cart_id == own.id:
            return Attached(await _view(ctx, tx, own))
        visitors = await _lock(ctx, tx, cart_id)
        if visitors.merged_into_id == own.id:
            return Attached(await _view(ctx, tx, own))
        carts.check_open(visitors)
        merged = carts.merge(own, visitors, ctx.new_id)
        codes = await _usable_codes(ctx, tx, merged)
        emptied = replace(visitors, items=(), member_id=ctx.member_id, merged_into_id=own.id, updated_at=ctx.now())
        await db.carts.save(tx, visitors, emptied)
        saved = await _save(ctx, tx, own, replace(merged, coupon_codes=codes))
        return Attached(await _view(ctx, tx, saved), tuple(one for one in merged.coupon_codes if one not in codes))


async def complete(ctx: Context, cart_id: UUID, wish: Wish, idempotency_key: str) -> Placed:
    """Order what is chosen in the caller's own cart. However often it is asked, a cart is one order (C2).

    Raises:
        NotFound: the caller has no such cart; a visitor's is attached first.
        BadInput, Refusals, TooOften: as `orders.place`. Among the refusals StaleVersion: the cart changed meanwhile.
    """
    cart = await _own(ctx, cart_id)
    if cart.order_id is not None:
        return await _placed_before(ctx, cart.order_id)
    chosen = tuple(item.wanted for item in cart.items if item.selected)
    wish = replace(_with_coupons(wish, cart), lines=chosen, cart_id=cart.id, cart_version=cart.version)
    try:
        return await orders.place(ctx, wish, idempotency_key)
    except (Refusal, Refusals) as refused:
        order_id = (await _own(ctx, cart_id)).order_id
        if order_id is not None:
            return await _placed_before(ctx, order_id)
        raise Refusals([_of_cart(one) for one in _members(refused)]) from None


async def _own(ctx: Context, cart_id: UUID) -> Cart:
    cart = await db.carts.find(ctx.reading, cart_id)
    if cart is None or cart.merged_into_id is not None or cart.member_id != ctx.member_id:
        raise NotFound(path=("input", "cartId"))
    return cart


async def _placed_before(ctx: Context, order_id: UUID) -> Placed:
    found = await orders.order(ctx, order_id)
    assert found is not None, f"order {order_id} of a cart is not its member's"
    return Placed(found, replayed=True)


def _members(refused: Refusal | Refusals) -> Sequence[Refusal]:
    return refused.members if isinstance(refused, Refusals) else [refused]


def _of_cart(refusal: Refusal) -> Refusal:
    """A refusal of a line is one of the cart: whoever completes it names no lines."""
    if refusal.path[:2] == ("input", "lines"):
        refusal.path = ("input", "cartId")
    return refusal


async def _open_cart(ctx: Context, tx: Writing) -> Cart:
    """A new cart, or the one that the member has open, locked."""
    member_id = ctx.principal.member_id
    for _ in range(TRIES):
        new = carts.new_cart(ctx.new_id(), member_id, ctx.now())
        if await db.carts.add(tx, new):
            return new
        assert member_id is not None, "a visitor's cart is in nobody's way"
        found = await db.carts.open_of(tx, member_id)
        locked = {} if found is None else await db.carts.lock(tx, [found])
        if found in locked and locked[found].is_open:
            return locked[found]
    raise Busy


async def _lock(ctx: Context, tx: Writing, cart_id: UUID) -> Cart:
    cart = (await db.carts.lock(tx, [cart_id])).get(cart_id)
    if cart is None or not carts.is_used_by(cart, ctx.principal.member_id):
        raise NotFound(path=("input", "cartId"))
    return cart


async def _add(ctx: Context, tx: Writing, cart: Cart, lines: Sequence[CartLine]) -> CartView:
    view = await _view(ctx, tx, carts.add(cart, lines, ctx.new_id))
    saved = await _save(ctx, tx, cart, carts.added(view, lines))
    items = tuple(replace(one, item=item) for one, item in zip(view.items, saved.items, strict=True))
    return CartView(saved, items, view.priced)


async def _changed(ctx: Context, cart_id: UUID, change: Callable[[Cart], Cart]) -> CartView:
    async with ctx.database.writing() as tx:
        cart = await _lock(ctx, tx, cart_id)
        changed = change(cart)
        saved = cart if changed == cart else await _save(ctx, tx, cart, changed)
        return await _view(ctx, tx, saved)


async def _save(ctx: Context, tx: Writing, before: Cart, after: Cart) -> Cart:
    saved = replace(after, version=before.version + 1, updated_at=ctx.now())
    await db.carts.save(tx, before, saved)
    fact = carts.fact_of(saved) | {"grew": carts.grew(before, saved)}
    await db.outbox.tell(tx, "CartChanged", "cart", saved.id, fact, saved.updated_at)
    return saved


async def _usable_codes(ctx: Context, tx: Writing, cart: Cart) -> tuple[str, ...]:
    """The codes of a cart that are good for coupons of the member's."""
    at = ctx.now()
    wish = CouponWish(ctx.member_id, codes=cart.coupon_codes)
    (found,) = await db.coupon_wishes.find(tx, [wish], at)
    usable = {one.code for one in found if not decide(wish, [one], at).refused}
    return tuple(code for code in cart.coupon_codes if code in usable)


def _with_coupons(wish: Wish, cart: Cart) -> Wish:
    return replace(wish, coupon_ids=cart.coupon_ids, coupon_codes=cart.coupon_codes)


async def _view(ctx: Context, reading: Reading, cart: Cart) -> CartView:
    """A cart at the prices of now: what is chosen together, with its coupons, and the rest as if it were chosen."""
    groups = [[item for item in cart.items if item.selected is chosen] for chosen in (True, False)]
    outcomes = await _prices(ctx, reading, cart, groups)
    gone = {item.id for group, outcome in zip(groups, outcomes, strict=True) for item in _missing(group, outcome)}
    if gone:  # once more without what cannot be had
        groups = [[item for item in group if item.id not in gone] for group in groups]
        outcomes = await _prices(ctx, reading, cart, groups)
    priced = [_cart_of(outcome) for outcome in outcomes]
    lines = {
        item.id: line
        for group, part in zip(groups, priced, strict=True)
        for item, line in zip(group, part.lines, strict=True)
    }
    return CartView(cart, tuple(CartItemView(item, lines.get(item.id)) for item in cart.items), priced[0])


async def _prices(
    ctx: Context, reading: Reading, cart: Cart, groups: Sequence[Sequence[CartItem]]
) -> list[Priced | Refusals]:
    wishes = [Wish(tuple(item.wanted for item in group)) for group in groups]
    wishes[0] = _with_coupons(wishes[0], cart)
    return await pricing.prices(reading, [Asking(ctx, wish) for wish in wishes], ctx.now())


def _missing(group: Sequence[CartItem], outcome: Priced | Refusals) -> list[CartItem]:
    """The lines that cannot be had: their goods were taken out of the shop, or are for others."""
    refused = outcome.members if isinstance(outcome, Refusals) else ()
    return [
        group[int(one.path[2])] for one in refused if isinstance(one, NotFound) and one.path[:2] == ("input", "lines")
    ]


def _cart_of(outcome: Priced | Refusals) -> PricedCart:
    if isinstance(outcome, Refusals):
        raise outcome
    return outcome.cart
