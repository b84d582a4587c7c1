"""Shipments: packages, and how many units of each line have left.

`line_sent` counts units in a column beside the number that there are, so that the database refuses a package too many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order
from db.statements import prepared
from domain.outages import Contended
from domain.shipments import Packed, Shipment, ShipmentState

shipment = Table(
    "shipment",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    *one_of("state", ShipmentState),
    words("carrier"),
    words("tracking_number"),
    moment("sent_at"),
    moment("received_at", optional=True),
    moment("cancelled_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
)
packed = Table(
    "shipment_line",
    metadata,
    refers_to("shipment", "shipment_id"),
    refers_to("order_line", "line_id", index=True),
    Column("quantity", Integer(), nullable=False),
    PrimaryKeyConstraint("shipment_id", "line_id"),
    CheckConstraint("quantity > 0", name="quantity_is_positive"),
)
line_sent = Table(
    "line_sent",
    metadata,
    refers_to("order_line", "line_id"),
    Column("sent", Integer(), nullable=False),
    Column("ordered", Integer(), nullable=False),
    PrimaryKeyConstraint("line_id"),
    CheckConstraint("sent BETWEEN 0 AND ordered", name="no_more_is_sent_than_was_ordered"),
)
Index("ix_order_shipped_at", order.c.shipped_at, postgresql_where=text("state = 'SHIPPED'"))
Index("ix_order_received_at", order.c.received_at, postgresql_where=text("state = 'RECEIVED'"))

_COLUMNS = tuple(shipment.c)
_PACKED_COLUMNS = tuple(packed.c)
_OF_ORDERS = prepared(
    select(*_COLUMNS)
    .where(shipment.c.order_id == any_(bindparam("order_ids", type_=UUIDS)))
    .order_by(shipment.c.order_id, shipment.c.id)
)
_BY_ID = prepared(select(*_COLUMNS).where(shipment.c.id == any_(bindparam("ids", type_=UUIDS))))
_PACKED = prepared(
    select(*_PACKED_COLUMNS)
    .where(packed.c.shipment_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(packed.c.shipment_id, packed.c.line_id)
)
_ADD = prepared(insert(shipment).values({one.name: bindparam(one.name) for one in _COLUMNS}))
_packed = given_rows("packed", _PACKED_COLUMNS)
_PACK = prepared(insert(packed).from_select([one.name for one in _PACKED_COLUMNS], select(*_packed.c)))
_counted = given_rows("counted", tuple(line_sent.c))
_count = insert(line_sent).from_select([one.name for one in line_sent.c], select(*_counted.c))
_COUNT = prepared(
    _count.on_conflict_do_update(index_elements=["line_id"], set_={"sent": line_sent.c.sent + _count.excluded.sent})
)
_UNCOUNT = prepared(
    update(line_sent).where(line_sent.c.line_id == _counted.c.line_id).values(sent=line_sent.c.sent - _counted.c.sent)
)
_SAVE = prepared(
    update(shipment)
    .where(shipment.c.id == bindparam("of_shipment", type_=Uuid()))
    .values({one.name: bindparam(one.name, type_=one.type) for one in _COLUMNS if one.name not in ("id", "order_id")})
)


def _shipment(row: Row, contents: Sequence[Packed]) -> Shipment:
    id_, order_id, state, carrier, number, *rest = row
    return Shipment(id_, order_id, ShipmentState(state), carrier, number, contents, *rest)


def _values(one: Shipment) -> dict[str, object]:
    return {column.name: getattr(one, column.name) for column in _COLUMNS} | {"state": one.state.value}


async def _with_contents(reading: Reading, rows: Sequence[Row]) -> list[Shipment]:
    if not rows:
        return []
    contents = by_key(
        await reading.rows(_PACKED, ids=[row["id"] for row in rows]),
        "shipment_id",
        lambda row: Packed(row["line_id"], row["quantity"]),
    )
    return [_shipment(row, contents.get(row["id"], [])) for row in rows]


async def shipments_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[Shipment]]:
    """The packages of each order, the first first."""
    found: dict[UUID, list[Shipment]] = {}
    for one in await _with_contents(reading, await reading.rows(_OF_ORDERS, order_ids=list(order_ids))):
        found.setdefault(one.order_id, []).append(one)
    return found


async def shipments_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Shipment]:
    return {one.id: one for one in await _with_contents(reading, await reading.rows(_BY_ID, ids=list(ids)))}


async def add(tx: Writing, new: Shipment, ordered: Mapping[UUID, int]) -> None:
    """Keep a package of a locked order. `ordered` are the units of its lines.

    Raises:
        Contended: more units would have left than were ordered.
    """
    await tx.execute(_ADD, **_values(new))
    contents = [{"shipment_id": new.id, "line_id": one.line_id, "quantity": one.quantity} for one in new.packed]
    await tx.execute(_PACK, **in_columns("packed", _PACKED_COLUMNS, contents))
    try:
        await tx.execute(_COUNT, **_counts(new, ordered))
    except asyncpg.CheckViolationError as violation:
        raise Contended from violation


async def take_back(tx: Writing, before: Shipment, after: Shipment) -> None:
    """Keep that a package was taken back: its units can leave again."""
    await save(tx, after)
    await tx.execute(_UNCOUNT, **_counts(before, {one.line_id: one.quantity for one in before.packed}))


def _counts(one: Shipment, ordered: Mapping[UUID, int]) -> dict[str, object]:
    rows = [
        {"line_id": part.line_id, "sent": part.quantity, "ordered": ordered[part.line_id]}
        for part in sorted(one.packed, key=lambda part: part.line_id)
    ]
    return dict(in_columns("counted", tuple(line_sent.c), rows))


async def save(tx: Writing, changed: Shipment) -> None:
    """Keep what became of a package of a locked order."""
    values = {name: value for name, value in _values(changed).items() if name not in ("id", "order_id")}
    await tx.execute(_SAVE, of_shipment=changed.id, **values)


_ARRIVE = prepared(
    update(shipment)
    .where(shipment.c.order_id == bindparam("of_order", type_=Uuid()), shipment.c.state == "SENT")
    .values(
        state="RECEIVED", received_at=bindparam("at", type_=shipment.c.received_at.type), version=shipment.c.version + 1
    )
)


async def arrive(tx: Writing, order_id: UUID, at: datetime) -> None:
    """All packages of a locked order that are on the way have arrived."""
    await tx.execute(_ARRIVE, of_order=order_id, at=at)
