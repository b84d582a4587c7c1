"""Orders: kept, found and locked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    Text,
    Uuid,
    all_,
    any_,
    bindparam,
    insert,
    literal_column,
    select,
    text,
    update,
)

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, given_rows, in_columns
from db.order_rows import LINE_COLUMNS, ORDER_COLUMNS, line_from, line_values, mutable, order_from, order_values
from db.order_tables import order, order_line, order_state_change
from db.statements import Statement, prepared
from domain.orders import (
    Order,
    OrderLine,
    OrderState,
)
from domain.pages import Page, PageRequest

_ORDERS: Select[Any] = select(*ORDER_COLUMNS)
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
        order_line.c.list_price_minor,
        order_line.c.payable_minor,
        order_line.c.priced,
        order_line.c.kind,
        order_line.c.activity_kind,
        order_line.c.activity_id,
        order_line.c.promotion_id,
        order_line.c.tax_bp,
    )
    .where(order_line.c.order_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(order_line.c.order_id, order_line.c.position)
)


def _insert() -> Statement:
    """Any number of orders with their lines, in one statement."""
    orders, lines = given_rows("orders", ORDER_COLUMNS), given_rows("lines", LINE_COLUMNS)
    placed = insert(order).from_select([one.name for one in ORDER_COLUMNS], select(*orders.c))
    return prepared(
        insert(order_line)
        .from_select([one.name for one in LINE_COLUMNS], select(*lines.c))
        .add_cte(placed.cte("placed"))
    )


_INSERT = _insert()


async def add(tx: Writing, new: Sequence[Order]) -> None:
    """Keep new orders with their lines."""
    orders = [order_values(one) for one in new]
    lines = [line_values(one.id, position, line) for one in new for position, line in enumerate(one.lines)]
    await tx.execute(_INSERT, **in_columns("orders", ORDER_COLUMNS, orders), **in_columns("lines", LINE_COLUMNS, lines))


def locking(condition: ColumnElement[bool]) -> Statement:
    """Lock the order for which the condition holds; for `lock_by`."""
    return prepared(_ORDERS.where(condition).with_for_update(key_share=True))


_LOCK = locking(order.c.id == bindparam("id", type_=Uuid()))
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
_LOCK_NUMBER = prepared(
    _ORDERS.where(order.c.number == bindparam("number", type_=Text())).with_for_update(key_share=True)
)


_LOCK_SHARED = prepared(
    _ORDERS.where(order.c.id == any_(bindparam("ids", type_=UUIDS))).order_by(order.c.id).with_for_update(read=True)
)


def _lock_waiting(state: OrderState, since: Column[Any], *conditions: ColumnElement[bool]) -> Statement:
    """The order that has been in a state for the longest time, before a time, and that nobody else works on."""
    return prepared(
        _ORDERS.where(
            *conditions,
            order.c.state == literal_column(f"'{state.value}'"),
            since < bindparam("before", type_=since.type),
            order.c.id != all_(bindparam("but_for", type_=UUIDS)),
        )
        .order_by(since)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True)
    )


_LOCK_SHIPPED = _lock_waiting(OrderState.SHIPPED, order.c.shipped_at)
_WITHOUT_OPEN_AFTER_SALE: ColumnElement[bool] = text(
    """NOT EXISTS (SELECT FROM after_sale WHERE after_sale.order_id = "order".id
                   AND after_sale.state IN ('APPLIED', 'AGREED', 'RETURNING', 'REFUNDING'))"""
)  # type: ignore[assignment]
_LOCK_RECEIVED = _lock_waiting(OrderState.RECEIVED, order.c.received_at, _WITHOUT_OPEN_AFTER_SALE)
_BY_ID = prepared(_ORDERS.where(order.c.id == any_(bindparam("ids", type_=UUIDS))))
_LISTING = Listing(
    _ORDERS.where(order.c.member_id == bindparam("of_member", type_=Uuid())), lambda row: row, id=order.c.id
)


async def lock(tx: Writing, order_id: UUID) -> Order | None:
    """Find an order and keep other writers off it until the transaction ends."""
    return await lock_by(tx, _LOCK, id=order_id)


async def lock_shared(tx: Writing, order_ids: Sequence[UUID]) -> list[Order]:
    """Find orders that nobody changes until the transaction ends."""
    return await _with_lines(tx, await tx.rows(_LOCK_SHARED, ids=list(order_ids)))


async def lock_by(tx: Writing, statement: Statement, **values: Any) -> Order | None:
    """As `lock`, whatever the order is found by."""
    row = await tx.row(statement, **values)
    return None if row is None else await order_of(tx, row)


async def order_of(reading: Reading, row: Row) -> Order:
    """An order, made of a row that holds `ORDER_COLUMNS`."""
    return order_from(row, (await _lines_of(reading, [row["id"]])).get(row["id"], []))


async def lock_number(tx: Writing, number: str) -> Order | None:
    """Find an order by its number for people, and keep other writers off it until the transaction ends."""
    return await _the_one(tx, await tx.rows(_LOCK_NUMBER, number=number))


async def lock_shipped(tx: Writing, before: datetime, but_for: Collection[UUID] = ()) -> Order | None:
    """The order that was shipped first, before a time, and that nobody has received or works on."""
    return await _the_one(tx, await tx.rows(_LOCK_SHIPPED, before=before, but_for=list(but_for)))


async def lock_received(tx: Writing, before: datetime, but_for: Collection[UUID] = ()) -> Order | None:
    """The order that was received first, before a time, without an open after-sale, and that nobody works on."""
    return await _the_one(tx, await tx.rows(_LOCK_RECEIVED, before=before, but_for=list(but_for)))


async def _the_one(tx: Writing, rows: Sequence[Row]) -> Order | None:
    found = await _with_lines(tx, rows)
    return found[0] if found else None


async def lock_overdue(tx: Writing, now: datetime, but_for: Collection[UUID] = ()) -> Order | None:
    """The oldest placed order whose time to pay is over and which nobody else works on."""
    return await _the_one(tx, await tx.rows(_LOCK_OVERDUE, now=now, but_for=list(but_for)))


async def orders_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Order]:
    return {one.id: one for one in await _with_lines(reading, await reading.rows(_BY_ID, ids=list(ids)))}


async def orders_of(reading: Reading, member_id: UUID, request: PageRequest) -> Page[Order]:
    """A page of a member's orders, the newest first."""
    return await page_with_lines(reading, await _LISTING.page(reading, request, descending=True, of_member=member_id))


async def page_with_lines(reading: Reading, page: Page[Row]) -> Page[Order]:
    """A page of orders, made of rows of `ORDER_COLUMNS`."""
    lines = await _lines_of(reading, [row["id"] for row in page.nodes])
    return page.mapped(lambda row: order_from(row, lines.get(row["id"], [])), page.count)


async def _lines_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, list[OrderLine]]:
    return by_key(await reading.rows(_LINES, ids=list(ids)), "order_id", line_from) if ids else {}


async def _with_lines(reading: Reading, rows: Sequence[Row]) -> list[Order]:
    lines = await _lines_of(reading, [row["id"] for row in rows])
    return [order_from(row, lines.get(row["id"], [])) for row in rows]


_MUTABLE = (
    "state", "paid_at", "cancelled_at", "cancel_reason", "hold", "refunded_minor", "asked_minor", "paid_minor",
    "shipped_at", "received_at", "completed_at", "version",
)  # fmt: skip
SAVING = (
    update(order)
    .where(order.c.id == bindparam("of_order", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=order.c[name].type) for name in _MUTABLE})
)
LOGGING = insert(order_state_change).values(
    order_id=bindparam("of_order", type_=Uuid()),
    from_state=bindparam("from_state", type_=Text()),
    to_state=bindparam("new_state", type_=Text()),
    actor_id=bindparam("actor_id", type_=Uuid()),
    reason=bindparam("reason", type_=Text()),
    at=bindparam("changed_at", type_=order_state_change.c.at.type),
)
_SAVE_QUIETLY = prepared(SAVING)
_SAVE = prepared(LOGGING.add_cte(SAVING.cte("saved")))


async def save_state(tx: Writing, before: Order, after: Order, actor_id: UUID | None, at: datetime) -> None:
    """Keep the new state of a locked order, and who brought it there."""
    await tx.execute(_SAVE, **changes(before, after, actor_id, at))


def changes(before: Order, after: Order, actor_id: UUID | None, at: datetime) -> dict[str, Any]:
    """The values of SAVING and LOGGING."""
    return {
        "of_order": after.id,
        "from_state": before.state.value,
        "actor_id": actor_id,
        "reason": after.cancel_reason.value if after.cancel_reason else "",
        "changed_at": at,
        **{f"new_{name}": value for name, value in mutable(after).items()},
    }


async def save(tx: Writing, after: Order) -> None:
    """Keep what else changed of a locked order; its state is as it was."""
    await tx.execute(
        _SAVE_QUIETLY, of_order=after.id, **{f"new_{name}": value for name, value in mutable(after).items()}
    )
