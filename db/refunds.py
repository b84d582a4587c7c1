"""Refunds: what of orders goes back, which units, and the money of which payments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)

import db.orders
from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, amount, count, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order
from db.statements import Statement, prepared
from domain.gateways import Provider
from domain.money import Money
from domain.orders import Order
from domain.payments import Refund, RefundState
from domain.refunds import OrderRefund
from domain.units import Units

order_refund = Table(
    "order_refund",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    amount("amount_minor"),
    amount("shipping_minor"),
    # What gifts and add-ons were worth that the buyer keeps, as far as it is settled.
    Column("deducted_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("points", Integer(), nullable=False),
    words("reason"),
    Column("actor_id", Uuid()),
    refers_to("after_sale", "after_sale_id", optional=True, index=True),
    Column("is_whole", Boolean(), nullable=False),
    Column("of_sent", Boolean(), nullable=False),
    moment("created_at"),
    CheckConstraint("amount_minor >= 0", name="amount_is_not_negative"),
    CheckConstraint("shipping_minor BETWEEN 0 AND amount_minor", name="shipping_is_a_part"),
    CheckConstraint("deducted_minor >= 0", name="deducted_is_not_negative"),
)

order_refund_unit = Table(
    "order_refund_unit",
    metadata,
    refers_to("order_line", "order_line_id"),
    Column("unit", Integer(), nullable=False),
    refers_to("order_refund", "order_refund_id", index=True),
    # A gift or an add-on that had not left, whatever the others had.
    Column("is_along", Boolean(), nullable=False, server_default=false()),
    # No unit goes back twice.
    PrimaryKeyConstraint("order_line_id", "unit"),
    CheckConstraint("unit >= 0", name="unit_is_a_number"),
)

refund = Table(
    "refund",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    refers_to("payment", "payment_id", index=True),
    refers_to("order_refund", "order_refund_id", optional=True, index=True),
    *one_of("provider", Provider),
    *one_of("state", RefundState),
    amount("amount_minor"),
    amount("total_minor"),
    words("currency"),
    words("reason"),
    words("reference", optional=True),
    words("failure"),
    count("attempts"),
    moment("next_try_at", optional=True),
    moment("created_at"),
    moment("finished_at", optional=True),
    Column("replaced_by", Uuid()),
    CheckConstraint("amount_minor BETWEEN 1 AND total_minor", name="amount_is_a_part"),
    CheckConstraint("(state IN ('SUCCEEDED', 'FAILED')) = (finished_at IS NOT NULL)", name="final_has_a_time"),
    Index(
        "uq_refund_of_what_was_not_due",
        "payment_id",
        unique=True,
        postgresql_where=text("order_refund_id IS NULL AND state <> 'FAILED'"),
    ),
    Index("ix_refund_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
)

_COLUMNS = (
    refund.c.id,
    refund.c.payment_id,
    refund.c.order_id,
    refund.c.amount_minor,
    refund.c.currency,
    refund.c.total_minor,
    refund.c.reason,
    refund.c.created_at,
    refund.c.state,
    refund.c.order_refund_id,
    refund.c.provider,
    refund.c.reference,
    refund.c.failure,
    refund.c.attempts,
    refund.c.next_try_at,
    refund.c.finished_at,
    refund.c.replaced_by,
)
_REFUNDS = select(*_COLUMNS)


def _refund(row: Row) -> Refund:
    currency = row["currency"]
    return Refund(
        row["id"],
        row["payment_id"],
        row["order_id"],
        Money(row["amount_minor"], currency),
        Money(row["total_minor"], currency),
        row["reason"],
        row["created_at"],
        RefundState(row["state"]),
        row["order_refund_id"],
        Provider(row["provider"]),
        *row[11:],
    )


def _values(one: Refund) -> dict[str, Any]:
    return {
        "id": one.id,
        "order_id": one.order_id,
        "payment_id": one.payment_id,
        "order_refund_id": one.order_refund_id,
        "provider": one.provider.value,
        "state": one.state.value,
        "amount_minor": one.amount.minor,
        "total_minor": one.total.minor,
        "currency": one.amount.currency,
        "reason": one.reason,
        "reference": one.reference,
        "failure": one.failure,
        "attempts": one.attempts,
        "next_try_at": one.next_try_at,
        "created_at": one.created_at,
        "finished_at": one.finished_at,
        "replaced_by": one.replaced_by,
    }


_ALL = tuple(refund.c)
_given = given_rows("refunds", _ALL)
_ADD = prepared(insert(refund).from_select([one.name for one in _ALL], select(*_given.c)))
_UNIT = (order_refund_unit.c.order_line_id, order_refund_unit.c.unit, order_refund_unit.c.is_along)
_units = given_rows("units", _UNIT)
_DECIDE = prepared(
    insert(order_refund_unit)
    .from_select(
        ["order_line_id", "unit", "is_along", "order_refund_id"],
        select(*_units.c, bindparam("id", type_=Uuid())),
    )
    .add_cte(
        insert(order_refund)
        .values({one.name: bindparam(one.name, type_=one.type) for one in order_refund.c})
        .cte("decided")
    )
)
_GONE = prepared(
    select(order_refund_unit.c.order_line_id, order_refund_unit.c.unit)
    .join(order_refund, order_refund.c.id == order_refund_unit.c.order_refund_id)
    .where(order_refund.c.order_id == bindparam("order_id", type_=Uuid()))
    .order_by(order_refund_unit.c.order_line_id, order_refund_unit.c.unit)
)


def _sum_of(part: Column[int]) -> Statement:
    return prepared(
        select(func.coalesce(func.sum(part), literal_column("0"))).where(
            order_refund.c.order_id == bindparam("order_id", type_=Uuid())
        )
    )


_SHIPPING_GONE = _sum_of(order_refund.c.shipping_minor)
_DEDUCTED = _sum_of(order_refund.c.deducted_minor)
_LAST_DUE = prepared(
    select(refund.c.payment_id, func.max(func.coalesce(refund.c.next_try_at, refund.c.created_at)))
    .where(refund.c.payment_id == any_(bindparam("payment_ids", type_=UUIDS)))
    .group_by(refund.c.payment_id)
)
_LOCK_ORDER = db.orders.locking(
    order.c.id == select(refund.c.order_id).where(refund.c.id == bindparam("refund_id", type_=Uuid())).scalar_subquery()
)
_BY_ID = prepared(_REFUNDS.where(refund.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_ORDERS = prepared(
    _REFUNDS.where(refund.c.order_id == any_(bindparam("order_ids", type_=UUIDS))).order_by(
        refund.c.order_id, refund.c.id
    )
)
_MUTABLE = ("state", "reference", "failure", "attempts", "next_try_at", "finished_at", "replaced_by")
_SAVE = prepared(
    update(refund)
    .where(refund.c.id == bindparam("of_refund", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=refund.c[name].type) for name in _MUTABLE})
)
_WAITS = prepared(
    select(
        exists().where(
            refund.c.order_id == bindparam("order_id", type_=Uuid()),
            refund.c.order_refund_id.is_not(None),
            refund.c.state != "SUCCEEDED",
            refund.c.replaced_by.is_(None),
        )
    )
)
_PARTS_ARE_BACK = """NOT EXISTS (SELECT FROM profit_share_return
    WHERE profit_share_return.refund_id = refund.id AND profit_share_return.finished_at IS NULL)"""
"""What others were given of the payment comes back first (product rules 2.11)."""
_due = (
    select(refund.c.id)
    .where(refund.c.next_try_at <= bindparam("now", type_=refund.c.next_try_at.type), text(_PARTS_ARE_BACK))
    .order_by(refund.c.next_try_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM_DUE = prepared(
    update(refund)
    .where(refund.c.id == _due.c.id)
    .values(
        # Until the provider answers nobody knows whether it has the refund, whatever becomes of this process.
        state=case((refund.c.state == "REQUESTED", "UNKNOWN"), else_=refund.c.state),
        next_try_at=bindparam("again_at", type_=refund.c.next_try_at.type),
        attempts=refund.c.attempts + 1,
    )
    .returning(*_COLUMNS)
)


async def add(tx: Writing, new: Sequence[Refund]) -> None:
    """Keep new refunds of a locked order."""
    await tx.execute(_ADD, **in_columns("refunds", _ALL, [_values(one) for one in new]))


async def decide(tx: Writing, new: OrderRefund) -> None:
    """Keep what of a locked order goes back.

    Raises:
        asyncpg.UniqueViolationError: a unit went back before.
    """
    units = [
        {"order_line_id": line_id, "unit": unit, "is_along": unit in new.along.get(line_id, ())}
        for line_id, numbers in new.units.items()
        for unit in numbers
    ]
    await tx.execute(
        _DECIDE,
        id=new.id,
        order_id=new.order_id,
        amount_minor=new.amount.minor,
        shipping_minor=new.shipping.minor,
        deducted_minor=new.deducted,
        points=new.points,
        reason=new.reason,
        actor_id=new.actor_id,
        after_sale_id=new.after_sale_id,
        is_whole=new.whole,
        of_sent=new.of_sent,
        created_at=new.created_at,
        **in_columns("units", _UNIT, units),
    )


async def gone(tx: Reading, order_id: UUID) -> Units:
    """The units of an order that went back, by line, in their order."""
    found: dict[UUID, list[int]] = defaultdict(list)
    for line_id, unit in await tx.rows(_GONE, order_id=order_id):
        found[line_id].append(unit)
    return {line_id: tuple(units) for line_id, units in found.items()}


async def shipping_gone(tx: Reading, order: Order) -> int:
    """What of the shipping of an order went back, in minor units; no statement where none can have."""
    if order.refunded.minor == 0 or order.shipping.minor == 0:
        return 0
    return int(await tx.value(_SHIPPING_GONE, order_id=order.id))


async def deducted(tx: Reading, order_id: UUID) -> int:
    """What was deducted from what went back of an order for gifts and add-ons that its buyer keeps, in minor units."""
    return int(await tx.value(_DEDUCTED, order_id=order_id))


async def last_due(tx: Writing, payment_ids: Sequence[UUID]) -> dict[UUID, datetime]:
    """When the last refund of each payment is, or was, to be asked for."""
    return dict(await tx.rows(_LAST_DUE, payment_ids=list(payment_ids)))


async def lock_order_of(tx: Writing, refund_id: UUID) -> Order | None:
    """The order of a refund, locked: whoever changes a refund holds its order."""
    return await db.orders.lock_by(tx, _LOCK_ORDER, refund_id=refund_id)


async def refunds_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Refund]:
    return {row["id"]: _refund(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def refunds_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[Refund]]:
    """The refunds of orders, the oldest first."""
    return by_key(await reading.rows(_OF_ORDERS, order_ids=list(order_ids)), "order_id", _refund)


async def save(tx: Writing, changed: Refund) -> None:
    """Keep a refund of a locked order as it is now."""
    values = _values(changed)
    await tx.execute(_SAVE, of_refund=changed.id, **{f"new_{name}": values[name] for name in _MUTABLE})


async def some_have_not_arrived(tx: Writing, order_id: UUID) -> bool:
    """Whether money that was decided to go back of the order has not arrived."""
    return bool(await tx.value(_WAITS, order_id=order_id))


async def claim_due(tx: Writing, now: datetime, again_after: timedelta, most: int) -> list[Refund]:
    """Refunds that are to be asked for, or asked about, now: each by one process alone, unless it dies with them."""
    return [_refund(row) for row in await tx.rows(_CLAIM_DUE, now=now, again_at=now + again_after, most=most)]
