"""What staff writes down about orders that they work on."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.members
import db.order_notes
import db.orders
import db.outbox
from domain.order_notes import LONGEST_NOTE, OrderNote
from domain.orders import Order
from domain.refusals import NotFound, text_within
from resolvers import order_lists
from resolvers.context import Context


async def add(ctx: Context, order_id: UUID, text: str) -> OrderNote:
    """Write something down about an order that one works on.

    Raises:
        BadInput: the text is empty or longer than 500 characters.
        NotFound: the caller works on no such order.
    """
    said = text_within(text, LONGEST_NOTE, "input", "text")
    async with ctx.database.writing() as tx:
        found = await db.orders.orders_by_id(tx, [order_id])
        if not await order_lists.run_by_caller(ctx, tx, list(found.values())):
            raise NotFound(path=("input", "orderId"))
        author = (await db.members.cards_of(tx, [ctx.member_id]))[ctx.member_id]
        new = OrderNote(ctx.new_id(), order_id, author, said, ctx.now())
        await db.order_notes.add(tx, new)
        fact = {"order": order_id.hex, "note": new.id.hex, "author": author.id.hex}
        await db.outbox.tell(tx, "OrderNoted", "order", order_id, fact, new.at)
    return new


async def notes_of(ctx: Context, found: Sequence[Order]) -> list[list[OrderNote]]:
    """The notes on each order, the oldest first, where the caller works on it."""
    run = await order_lists.run_by_caller(ctx, ctx.reading, found)
    notes = await db.order_notes.notes_of(ctx.reading, list(run)) if run else {}
    return [notes.get(one.id, []) for one in found]
