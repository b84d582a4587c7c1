"""What can be asked of orders that are to be changed: an edit, a try of it, and all that happened to an order.

A try does all that the edit would, and then undoes the transaction: it cannot tell anything else than what would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.after_sales
import db.idempotency
import db.order_edits
import db.orders
import db.outbox
import db.refunds
import db.shipments
from db.connection import Writing
from domain import order_edits as rules
from domain import orders
from domain.idempotency import request_of
from domain.identity import Scope
from domain.money import NOTHING, Money
from domain.order_edits import MOST_EDITS, LineEdit, OrderChange, OrderChanges, OrderEdit
from domain.orders import Order, OrderState
from domain.records import names_of, record
from domain.refunds import Wanted
from domain.refusals import NotAllowed, NotFound, WrongState
from domain.shipments import units_sent
from domain.units import check_unsent, units_left
from providers import phones
from resolvers import extras, live_orders, points, promotion_taking, refunds
from resolvers.context import Context

Facts = Mapping[str, Any]


@record
class Editing:
    """An edit that is wanted, or is to be tried."""

    order_id: UUID
    changes: OrderChanges
    idempotency_key: str
    dry_run: bool = False

    def values(self) -> dict[str, Any]:
        """Everything that the effect depends on."""
        wanted = self.changes
        units = sorted((line_id.hex, many) for line_id, many in wanted.quantities.items())
        address = wanted.address and [getattr(wanted.address, name) for name in names_of(wanted.address)]
        return {"order": self.order_id, "address": address, "note": wanted.note, "units": units}


@record
class Edited:
    """The order as it is, or would be; what goes back for it, and whether it was answered before."""

    order: Order
    refunded: Money = NOTHING
    replayed: bool = False

    @property
    def left_to_pay(self) -> Money:
        """What is left to be paid; nothing once it was paid in full."""
        if self.order.state is not OrderState.PLACED:
            return NOTHING
        return Money(self.order.total.minor - self.order.paid.minor, self.order.total.currency)


class _TriedError(Exception):
    """Undoes the transaction of a try."""

    def __init__(self, edited: Edited) -> None:
        self.edited = edited


async def edit(ctx: Context, wanted: Editing) -> Edited:
    """Change an order that is unpaid, or paid and of which nothing has left; or try what that would come to.

    Members change the address and the note of their own, operators all.

    Raises:
        NotFound: the caller has no such order, or it has no such line.
        WrongState: something of it has left, it is done with, or an after-sale is open about it.
        NotAllowed: a member would take units out.
        PaymentOpen, PriceOfPlay: units cannot be taken out.
        BadInput: a value is out of bounds.
        KeyReused: the idempotency key belongs to another request.
    """
    wanted = replace(wanted, changes=_checked(wanted.changes))
    try:
        async with ctx.database.writing() as tx:
            return await _edit_once(ctx, tx, wanted)
    except _TriedError as tried:
        return tried.edited


def _checked(changes: OrderChanges) -> OrderChanges:
    changes = rules.check_changes(changes)
    if changes.address is None:
        return changes
    phone = phones.any_phone(changes.address.phone, "input", "changes", "address", "phone")
    return replace(changes, address=replace(changes.address, phone=phone))


async def _edit_once(ctx: Context, tx: Writing, wanted: Editing) -> Edited:
    request = request_of(f"member:{ctx.member_id.hex}", "orderEdit", wanted.idempotency_key, wanted.values())
    answered = None if wanted.dry_run else await db.idempotency.claim(tx, request, ctx.now())
    order = await db.orders.lock(tx, wanted.order_id)
    if order is None or not (order.member_id == ctx.member_id or ctx.holds(Scope.OPERATOR)):
        raise NotFound(path=("input", "orderId"))
    if answered is not None:
        return Edited(order, Money(answered), replayed=True)
    edited = await _edit(ctx, tx, order, wanted.changes)
    if wanted.dry_run:
        raise _TriedError(edited)
    await db.idempotency.answer(tx, request, edited.refunded.minor)
    return edited


async def _edit(ctx: Context, tx: Writing, order: Order, changes: OrderChanges) -> Edited:
    by_staff = ctx.holds(Scope.OPERATOR)
    if changes.quantities and not by_staff:
        raise NotAllowed(path=("input", "changes", "lines"))
    packages = (await db.shipments.shipments_of(tx, [order.id])).get(order.id, [])
    rules.check_editable(order, left=bool(units_sent(packages)))
    if await db.order_edits.count(tx, order.id) >= MOST_EDITS:
        raise WrongState(order.state.value, path=("input", "orderId"))
    after, lines, facts = await _without_units(ctx, tx, order, changes.quantities)
    if changes.address is not None:
        after = rules.readdress(after, changes.address, by_staff=by_staff)
    if changes.note is not None:
        after = replace(after, note=changes.note)
    after = replace(after, version=order.version + 1)
    refunded = Money(after.refunded.minor - order.refunded.minor, order.total.currency)
    kept = OrderEdit(
        ctx.new_id(),
        order.id,
        ctx.member_id,
        rules.actor_of(ctx.member_id, order.member_id),
        ctx.now(),
        order.address if changes.address is not None else None,
        order.note if changes.note is not None else None,
        lines,
        refunded,
    )
    await db.order_edits.save(tx, after, kept)
    told = {**orders.fact_of(after), **facts, **rules.fact_of(kept)}
    await db.outbox.tell(tx, "OrderEdited", "order", order.id, told, ctx.now())
    return Edited(after, refunded)


async def _without_units(
    ctx: Context, tx: Writing, order: Order, quantities: Mapping[UUID, int]
) -> tuple[Order, tuple[LineEdit, ...], Facts]:
    """Take units out of an order: out of what is promised while it is unpaid, by a refund once it is paid."""
    gone = await db.refunds.gone(tx, order.id) if quantities and order.state is OrderState.PAID else {}
    left = {line.id: len(units_left(line, gone)) for line in order.lines}
    going = rules.units_to_go(order, quantities, left)
    if not going:
        return order, (), {}
    lines = tuple(LineEdit(line_id, left[line_id], left[line_id] - many) for line_id, many in going.items())
    if order.state is OrderState.PLACED:
        after = rules.take_out(order, going)
        await live_orders.locked(ctx, tx, order)
        await promotion_taking.shrunk(tx, order, after)
        await live_orders.shrunk(ctx, tx, order, going)
        spent = order.points_used - after.points_used
        return after, lines, await points.unspent(ctx, tx, order, spent) if spent else {}
    if await db.after_sales.some_are_open(tx, order.id):
        raise WrongState("AFTER_SALE", path=("input", "changes", "lines"))
    check_unsent(order, going, await extras.unsent(tx, order))
    given = await refunds.give_back(ctx, tx, order, Wanted(going), "订单修改")
    return given.order, lines, given.facts


async def changes_of(ctx: Context, found: Sequence[Order]) -> list[list[OrderChange]]:
    """All that happened to each order, the oldest first."""
    return await db.order_edits.changes_of(ctx.reading, found)
