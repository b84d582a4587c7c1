"""Orders: tables of orders, their lines and their states, and their queries."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    all_,
    any_,
    bindparam,
    column,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, one_of, refers_to, words
from db.statements import Statement, prepared
from domain.money import Money
from domain.orders import CancelReason, Order, OrderLine, OrderState, ShippingAddress
from domain.pages import Page, PageRequest

order = Table(
    "order",
    metadata,
    key(),
    Column("number", Text(), nullable=False, unique=True),
    refers_to("member", "member_id"),
    *one_of("state", OrderState),
    amount("total_minor"),
    words("currency"),
    Column("address", JSONB()),
    words("note"),
    refers_to("live_room", "live_room_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    moment("placed_at"),
    moment("pay_before"),
    moment("paid_at", optional=True),
    moment("cancelled_at", optional=True),
    *one_of("cancel_reason", CancelReason, optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("total_minor >= 0", name="total_is_not_negative"),
    CheckConstraint("(state = 'PAID') = (paid_at IS NOT NULL)", name="paid_has_a_time"),
    Index(None, "member_id", "id"),
    Index("ix_order_unpaid", "pay_before", postgresql_where=text("state = 'PLACED'")),
)

order_line = Table(
    "order_line",
    metadata,
    key(),
    refers_to("order", "order_id"),
    Column("position", Integer(), nullable=False),
    refers_to("variant", "variant_id"),
    refers_to("product", "product_id"),
    refers_to("live_product", "live_product_id", optional=True),
    words("name"),
    words("variant_name"),
    words("sku"),
    words("picture_url", optional=True),
    Column("unit_price_minor", BigInteger(), nullable=False),
    Column("quantity", Integer(), nullable=False),
    CheckConstraint("quantity > 0", name="quantity_is_positive"),
    CheckConstraint("unit_price_minor >= 0", name="unit_price_is_not_negative"),
    UniqueConstraint("order_id", "position"),
    Index("ix_order_line_live_product_id", "live_product_id", postgresql_where=text("live_product_id IS NOT NULL")),
)

order_state_change = Table(
    "order_state_change",
    metadata,
    refers_to("order", "order_id", index=True),
    *one_of("from_state", OrderState),
    *one_of("to_state", OrderState),
    Column("actor_id", Uuid()),
    words("reason"),
    moment("at"),
)

_ORDER_COLUMNS = (
    order.c.id,
    order.c.number,
    order.c.member_id,
    order.c.state,
    order.c.total_minor,
    order.c.currency,
    order.c.address,
    order.c.note,
    order.c.live_room_id,
    order.c.store_id,
    order.c.guide_id,
    order.c.placed_at,
    order.c.pay_before,
    order.c.paid_at,
    order.c.cancelled_at,
    order.c.cancel_reason,
    order.c.version,
)
_ORDERS: Select[Any] = select(*_ORDER_COLUMNS)
_LINES = prepared(
    select(
        order_line.c.order_id,
        order_line.c.id,
        order_line.c.variant_id,
        order_line.c.product_id,
        order_line.c.live_product_id,
        order_line.c.name,
        order_line.c.variant_name,
        order_line.c.sku,
        order_line.c.picture_url,
        order_line.c.unit_price_minor,
        order_line.c.quantity,
    )
    .where(order_line.c.order_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(order_line.c.order_id, order_line.c.position)
)


def _line(row: Row) -> OrderLine:
    _, id_, variant_id, product_id, live_product_id, name, variant_name, sku, picture_url, unit_price, quantity = row
    return OrderLine(
        id_,
        variant_id,
        product_id,
        live_product_id,
        name,
        variant_name,
        sku,
        picture_url,
        Money(unit_price),
        quantity,
    )


def _order(row: Row, lines: Sequence[OrderLine]) -> Order:
    address, reason = row["address"], row["cancel_reason"]
    return Order(
        row["id"],
        row["number"],
        row["member_id"],
        OrderState(row["state"]),
        Money(row["total_minor"], row["currency"]),
        lines,
        None if address is None else ShippingAddress(**address),
        row["note"],
        row["live_room_id"],
        row["store_id"],
        row["guide_id"],
        row["placed_at"],
        row["pay_before"],
        row["paid_at"],
        row["cancelled_at"],
        None if reason is None else CancelReason(reason),
        row["version"],
    )


_LINE_COLUMNS = [one for one in order_line.c if one.name != "order_id"]


def _insert() -> Statement:
    """The order and its lines in one statement."""
    placed = insert(order).values({one.name: bindparam(one.name, type_=one.type) for one in _ORDER_COLUMNS})
    given = (
        func.unnest(*(bindparam(f"line_{one.name}", type_=ARRAY(one.type)) for one in _LINE_COLUMNS))
        .table_valued(*(column(one.name, one.type) for one in _LINE_COLUMNS))
        .render_derived(name="given")
    )
    lines = select(bindparam("id", type_=Uuid()), *given.c)
    return prepared(
        insert(order_line)
        .from_select(["order_id", *(one.name for one in _LINE_COLUMNS)], lines)
        .add_cte(placed.cte("placed"))
    )


_INSERT = _insert()


async def add(tx: Writing, new: Order) -> None:
    """Keep a new order with its lines."""
    rows = [_line_values(position, line) for position, line in enumerate(new.lines)]
    lines = {f"line_{one.name}": [row[one.name] for row in rows] for one in _LINE_COLUMNS}
    await tx.execute(_INSERT, **_values(new), **lines)


def _line_values(position: int, line: OrderLine) -> dict[str, Any]:
    return {
        "id": line.id,
        "position": position,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "live_product_id": line.live_product_id,
        "name": line.name,
        "variant_name": line.variant_name,
        "sku": line.sku,
        "picture_url": line.picture_url,
        "unit_price_minor": line.unit_price.minor,
        "quantity": line.quantity,
    }


def _values(new: Order) -> dict[str, Any]:
    address = new.address
    return {
        "id": new.id,
        "number": new.number,
        "member_id": new.member_id,
        "state": new.state.value,
        "total_minor": new.total.minor,
        "currency": new.total.currency,
        "address": None if address is None else {name: getattr(address, name) for name in address.__slots__},
        "note": new.note,
        "live_room_id": new.live_room_id,
        "store_id": new.store_id,
        "guide_id": new.guide_id,
        "placed_at": new.placed_at,
        "pay_before": new.pay_before,
        "paid_at": new.paid_at,
        "cancelled_at": new.cancelled_at,
        "cancel_reason": new.cancel_reason.value if new.cancel_reason else None,
        "version": new.version,
    }


_LOCK = prepared(_ORDERS.where(order.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_LOCK_OVERDUE = prepared(
    _ORDERS.where(
        order.c.state == "PLACED",
        order.c.pay_before < bindparam("now"),
        order.c.id != all_(bindparam("but_for", type_=UUIDS)),
    )
    .order_by(order.c.pay_before)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True)
)
_BY_ID = prepared(_ORDERS.where(order.c.id == any_(bindparam("ids", type_=UUIDS))))
_LISTING = Listing(
    _ORDERS.where(order.c.member_id == bindparam("of_member", type_=Uuid())), lambda row: row, id=order.c.id
)


async def lock(tx: Writing, order_id: UUID) -> Order | None:
    """Find an order and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=order_id)
    return None if row is None else _order(row, (await _lines_of(tx, [order_id])).get(order_id, []))


async def lock_overdue(tx: Writing, now: datetime, but_for: Collection[UUID] = ()) -> Order | None:
    """The oldest placed order whose time to pay is over and which nobody else works on."""
    found = await _with_lines(tx, await tx.rows(_LOCK_OVERDUE, now=now, but_for=list(but_for)))
    return found[0] if found else None


async def orders_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Order]:
    return {one.id: one for one in await _with_lines(reading, await reading.rows(_BY_ID, ids=list(ids)))}


async def orders_of(reading: Reading, member_id: UUID, request: PageRequest) -> Page[Order]:
    """A page of a member's orders, the newest first."""
    page = await _LISTING.page(reading, request, descending=True, of_member=member_id)
    lines = await _lines_of(reading, [row["id"] for row in page.nodes])
    return page.mapped(lambda row: _order(row, lines.get(row["id"], [])), page.count)


async def _lines_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    return by_key(await reading.rows(_LINES, ids=list(ids)), "order_id", _line) if ids else {}


async def _with_lines(reading: Reading, rows: Sequence[Row]) -> list[Order]:
    lines = await _lines_of(reading, [row["id"] for row in rows])
    return [_order(row, lines.get(row["id"], [])) for row in rows]


_SAVE = prepared(
    update(order)
    .where(order.c.id == bindparam("of_order", type_=Uuid()))
    .values(
        state=bindparam("to_state", type_=Text()),
        paid_at=bindparam("at_paid", type_=order.c.paid_at.type),
        cancelled_at=bindparam("at_cancelled", type_=order.c.cancelled_at.type),
        cancel_reason=bindparam("why", type_=Text()),
        version=bindparam("new_version", type_=Integer()),
    )
)
_LOG_CHANGE = prepared(
    insert(order_state_change).values(
        order_id=bindparam("order_id"),
        from_state=bindparam("from_state"),
        to_state=bindparam("to_state"),
        actor_id=bindparam("actor_id"),
        reason=bindparam("reason"),
        at=bindparam("at"),
    )
)


async def save_state(tx: Writing, before: Order, after: Order, actor_id: UUID | None, at: datetime) -> None:
    """Keep the new state of a locked order, and who brought it there."""
    reason = after.cancel_reason.value if after.cancel_reason else None
    await tx.execute(
        _SAVE,
        of_order=after.id,
        to_state=after.state.value,
        at_paid=after.paid_at,
        at_cancelled=after.cancelled_at,
        why=reason,
        new_version=after.version,
    )
    await tx.execute(
        _LOG_CHANGE,
        order_id=after.id,
        from_state=before.state.value,
        to_state=after.state.value,
        actor_id=actor_id,
        reason=reason or "",
        at=at,
    )
