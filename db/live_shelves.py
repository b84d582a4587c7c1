"""What a host does to a shelf: the statements that put products on it, change, move, show, hide and remove them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, BindParameter, DateTime, Integer, Text, Uuid, bindparam, func, update
from sqlalchemy.dialects.postgresql import insert

from db.connection import Writing
from db.live_products import at_rest, live_product
from db.statements import prepared
from domain.money import Money
from domain.room_events import LiveProductState

_of_product = live_product.c.id == bindparam("of_product", type_=Uuid())
_delta: BindParameter[int] = bindparam("delta", type_=Integer())


_ADD = prepared(
    insert(live_product).values(
        id=bindparam("id"),
        live_room_id=bindparam("live_room_id"),
        variant_id=bindparam("variant_id"),
        price_minor=bindparam("price_minor"),
        currency=bindparam("currency"),
        allotted=bindparam("stock"),
        remaining=bindparam("stock"),
        planned=bindparam("stock"),
        limit_per_member=bindparam("limit_per_member"),
        state="ON_SHELF",
        position=bindparam("position"),
        slot=bindparam("slot"),
        goes_with=bindparam("goes_with"),
    )
)


async def add(tx: Writing, items: Sequence[dict[str, Any]]) -> bool:
    """Put products on a shelf; False when one stands there already."""
    try:
        await tx.execute_many(_ADD, items)
    except asyncpg.UniqueViolationError:
        return False
    return True


_SET_STATE = prepared(
    update(live_product)
    .where(live_product.c.id == bindparam("of_product", type_=Uuid()))
    .values(state=bindparam("to_state", type_=Text()), version=live_product.c.version + 1)
)


async def set_state(tx: Writing, live_product_id: UUID, state: LiveProductState) -> None:
    """Show, explain or hide a locked product."""
    await tx.execute(_SET_STATE, of_product=live_product_id, to_state=state.value)


_EDIT = prepared(
    update(live_product)
    .where(_of_product, live_product.c.remaining + _delta >= 0)
    .values(
        price_minor=bindparam("new_price", type_=BigInteger()),
        limit_per_member=bindparam("new_limit", type_=Integer()),
        allotted=live_product.c.allotted + _delta,
        remaining=live_product.c.remaining + _delta,
        planned=func.greatest(live_product.c.planned + _delta, 0),
        state=at_rest(live_product.c.remaining + _delta),
        version=live_product.c.version + 1,
        terms_version=live_product.c.terms_version + 1,
    )
)
_PLACE = prepared(
    update(live_product)
    .where(_of_product)
    .values(position=bindparam("at_position", type_=Integer()), version=live_product.c.version + 1)
)
_REMOVE = prepared(
    update(live_product)
    .where(_of_product)
    .values(
        allotted=live_product.c.allotted - live_product.c.remaining,
        remaining=0,
        state="HIDDEN",
        slot=None,
        removed_at=bindparam("at", type_=DateTime(timezone=True)),
        version=live_product.c.version + 1,
    )
)


async def edit(tx: Writing, live_product_id: UUID, price: Money, limit: int | None, delta: int) -> bool:
    """Change the terms of a product, and by how much its live stock is larger; False when less remains."""
    changed = await tx.execute(_EDIT, of_product=live_product_id, new_price=price.minor, new_limit=limit, delta=delta)
    return changed > 0


async def place(tx: Writing, places: Sequence[tuple[UUID, int]]) -> None:
    """Put locked products elsewhere on their shelf."""
    await tx.execute_many(_PLACE, [{"of_product": one, "at_position": position} for one, position in places])


async def remove(tx: Writing, live_product_id: UUID, at: datetime) -> None:
    """Take a locked product off its shelf for good; the caller gives what remained of it to the shop."""
    await tx.execute(_REMOVE, of_product=live_product_id, at=at)


_CLOSE = prepared(
    update(live_product)
    .where(live_product.c.live_room_id == bindparam("of_room", type_=Uuid()))
    .values(
        allotted=live_product.c.allotted - live_product.c.remaining,
        remaining=0,
        version=live_product.c.version + 1,
    )
)


async def close_shelf(tx: Writing, room_id: UUID) -> None:
    """Take what remains of a locked shelf out of the room; the caller gives it to the shop."""
    await tx.execute(_CLOSE, of_room=room_id)
