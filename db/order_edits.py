"""Order edits: what was changed of orders, and all that happened to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    Table,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to
from db.order_rows import line_values, order_values
from db.order_tables import order, order_line, order_state_change
from db.statements import prepared
from domain.money import Money
from domain.order_edits import ActorKind, LineEdit, OrderChange, OrderEdit, actor_of
from domain.orders import Order, OrderState, ShippingAddress
from domain.payloads import plain, reader_of

order_edit = Table(
    "order_edit",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    refers_to("member", "actor_id"),
    *one_of("actor", ActorKind),
    moment("at"),
    Column("edited", JSONB(), nullable=False),
)

_EDITED = ("goods_minor", "total_minor", "points_used", "address", "note", "version")
_SAVE_ORDER = (
    update(order)
    .where(order.c.id == bindparam("of_order", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=order.c[name].type) for name in _EDITED})
)
_SAVE = prepared(
    insert(order_edit)
    .values({one.name: bindparam(one.name, type_=one.type) for one in order_edit.c})
    .add_cte(_SAVE_ORDER.cte("saved"))
)
_LINE_COLUMNS = tuple(order_line.c[name] for name in ("id", "quantity", "payable_minor", "priced"))
_lines = given_rows("lines", _LINE_COLUMNS)
_SAVE_LINES = prepared(
    update(order_line)
    .where(order_line.c.id == _lines.c.id)
    .values(quantity=_lines.c.quantity, payable_minor=_lines.c.payable_minor, priced=_lines.c.priced)
)
_COUNT = prepared(
    select(func.count()).select_from(order_edit).where(order_edit.c.order_id == bindparam("of_order", type_=Uuid()))
)


async def save(tx: Writing, after: Order, edit: OrderEdit) -> None:
    """Keep a locked order as it is after an edit, and the edit."""
    values = order_values(after)
    if edit.lines:
        rows = [line_values(after.id, i, line) for i, line in enumerate(after.lines)]
        await tx.execute(_SAVE_LINES, **in_columns("lines", _LINE_COLUMNS, rows))
    edited = {
        "address": None if edit.address_before is None else plain(edit.address_before),
        "note": edit.note_before,
        "lines": [plain(one) for one in edit.lines],
        "refunded": edit.refunded.minor,
    }
    await tx.execute(
        _SAVE,
        of_order=after.id,
        id=edit.id,
        order_id=edit.order_id,
        actor_id=edit.actor_id,
        actor=edit.actor.value,
        at=edit.at,
        edited=edited,
        **{f"new_{name}": values[name] for name in _EDITED},
    )


async def count(tx: Writing, order_id: UUID) -> int:
    """How often an order was edited."""
    return int(await tx.value(_COUNT, of_order=order_id))


_EDITS_OF = prepared(
    select(*order_edit.c)
    .where(order_edit.c.order_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(order_edit.c.order_id, order_edit.c.id)
)
_MOVES_OF = prepared(
    select(*order_state_change.c)
    .where(order_state_change.c.order_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(order_state_change.c.order_id, order_state_change.c.at)
)
_LINES = reader_of(tuple[LineEdit, ...])


def _edit(row: Row) -> OrderEdit:
    said = row["edited"]
    return OrderEdit(
        row["id"],
        row["order_id"],
        row["actor_id"],
        ActorKind(row["actor"]),
        row["at"],
        None if said["address"] is None else ShippingAddress(**said["address"]),
        said["note"],
        _LINES(said["lines"]),
        Money(said["refunded"]),
    )


async def changes_of(reading: Reading, orders: Sequence[Order]) -> list[list[OrderChange]]:
    """All that happened to each order, the oldest first, in two statements."""
    ids = [one.id for one in orders]
    edits: dict[Any, list[OrderEdit]] = by_key(await reading.rows(_EDITS_OF, ids=ids), "order_id", _edit)
    moves: dict[Any, list[Row]] = by_key(await reading.rows(_MOVES_OF, ids=ids), "order_id", lambda row: row)
    return [
        sorted(
            [
                *(_moved(one, row) for row in moves.get(one.id, ())),
                *(OrderChange(edit.at, edit.actor, edit=edit) for edit in edits.get(one.id, ())),
            ],
            key=lambda change: change.at,
        )
        for one in orders
    ]


def _moved(one: Order, row: Row) -> OrderChange:
    actor = actor_of(row["actor_id"], one.member_id)
    return OrderChange(row["at"], actor, row["reason"], OrderState(row["from_state"]), OrderState(row["to_state"]))
