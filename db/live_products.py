"""Shelves of live rooms: products with their own price and stock, changed by conditional updates only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    Select,
    SmallInteger,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.dml import ReturningUpdate

from db.catalogue import IS_SEEN, product, variant
from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, amount, count, json_rows, key, metadata, moment, one_of, refers_to, words
from db.stages import goes_with, stages_of
from db.statements import Statement, prepared
from db.writes import Part, Write
from domain.catalogue import Seeing
from domain.live import MOST_ON_SHELF, LiveProduct
from domain.money import Money
from domain.room_events import LiveProductCard, LiveProductState

live_product = Table(
    "live_product",
    metadata,
    key(),
    refers_to("live_room", "live_room_id"),
    refers_to("variant", "variant_id"),
    amount("price_minor"),
    words("currency"),
    count("allotted"),
    count("remaining"),
    count("reserved"),
    count("sold"),
    Column("limit_per_member", Integer()),
    *one_of("state", LiveProductState),
    count("position"),
    Column("version", BigInteger(), nullable=False, server_default=text("1")),
    Column("terms_version", Integer(), nullable=False, server_default=text("1")),
    count("planned"),
    Column("slot", SmallInteger()),
    *goes_with(),
    moment("removed_at", optional=True),
    CheckConstraint("allotted = remaining + reserved + sold", name="nothing_is_lost"),
    CheckConstraint("remaining >= 0", name="remaining_is_not_negative"),
    CheckConstraint("reserved >= 0", name="reserved_is_not_negative"),
    CheckConstraint("sold >= 0", name="sold_is_not_negative"),
    CheckConstraint("price_minor > 0", name="price_is_positive"),
    # A shelf has 500 places, each for one product that was not taken off it.
    CheckConstraint(f"slot BETWEEN 0 AND {MOST_ON_SHELF - 1}", name="slot_is_one_of_the_shelf"),
    CheckConstraint("(slot IS NULL) = (removed_at IS NOT NULL)", name="it_has_a_slot_until_it_is_removed"),
    CheckConstraint("removed_at IS NULL OR state = 'HIDDEN'", name="what_is_removed_is_hidden"),
    Index("uq_live_product_slot", "live_room_id", "slot", unique=True),
    Index(
        "uq_live_product_one_of_a_variant",
        "live_room_id",
        "variant_id",
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index("uq_live_product_one_explained", "live_room_id", unique=True, postgresql_where=text("state = 'EXPLAINING'")),
)

_PRODUCTS: Select[Any] = (
    select(
        live_product.c.id,
        live_product.c.live_room_id,
        live_product.c.variant_id,
        variant.c.product_id,
        product.c.name,
        variant.c.name.label("variant_name"),
        variant.c.picture_url,
        live_product.c.price_minor,
        live_product.c.currency,
        func.coalesce(variant.c.list_price_minor, variant.c.price_minor).label("list_price_minor"),
        live_product.c.remaining,
        live_product.c.reserved,
        live_product.c.sold,
        live_product.c.limit_per_member,
        live_product.c.state,
        live_product.c.position,
        live_product.c.version,
        live_product.c.terms_version,
        live_product.c.planned,
        live_product.c.slot,
        live_product.c.goes_with,
    )
    .join(variant, variant.c.id == live_product.c.variant_id)
    .join(product, product.c.id == variant.c.product_id)
)


def _live_product(row: Row) -> LiveProduct:
    kind = f" {row['variant_name']}" if row["variant_name"] else ""
    card = LiveProductCard(
        row["id"],
        row["product_id"],
        row["variant_id"],
        f"{row['name']}{kind}",
        row["picture_url"],
        Money(row["price_minor"], row["currency"]),
        Money(row["list_price_minor"], row["currency"]),
        row["remaining"],
        row["sold"],
        row["limit_per_member"],
        row["version"],
    )
    return LiveProduct(
        row["live_room_id"],
        card,
        LiveProductState(row["state"]),
        row["position"],
        row["reserved"],
        row["terms_version"],
        row["planned"],
        row["slot"],
        stages_of(row["goes_with"]),
    )


_SHELVES = prepared(
    _PRODUCTS.where(
        IS_SEEN, live_product.c.live_room_id == any_(bindparam("ids", type_=UUIDS)), live_product.c.state != "HIDDEN"
    ).order_by(live_product.c.live_room_id, live_product.c.position, live_product.c.id)
)
_HIDDEN = prepared(
    _PRODUCTS.where(
        live_product.c.live_room_id == any_(bindparam("ids", type_=UUIDS)),
        live_product.c.state == "HIDDEN",
        live_product.c.removed_at.is_(None),
    ).order_by(live_product.c.live_room_id, live_product.c.position, live_product.c.id)
)
_PINNED = prepared(
    _PRODUCTS.where(
        IS_SEEN,
        live_product.c.live_room_id == any_(bindparam("ids", type_=UUIDS)),
        live_product.c.state == "EXPLAINING",
    )
)
_BY_HAND = prepared(
    _PRODUCTS.where(
        live_product.c.live_room_id == bindparam("room_id", type_=Uuid()), live_product.c.removed_at.is_(None)
    ).order_by(live_product.c.position, live_product.c.id)
)
_BY_ID = prepared(_PRODUCTS.where(live_product.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_ROOM = prepared(
    _PRODUCTS.where(
        live_product.c.live_room_id == bindparam("room_id", type_=Uuid()),
        live_product.c.variant_id == any_(bindparam("variant_ids", type_=UUIDS)),
        live_product.c.state != "HIDDEN",
    )
)
_LOCK_ONE = prepared(
    _PRODUCTS.where(live_product.c.id == bindparam("id", type_=Uuid())).with_for_update(of=live_product, key_share=True)
)
_LOCK_SHELF = prepared(
    _PRODUCTS.where(live_product.c.live_room_id == bindparam("room_id", type_=Uuid()))
    .order_by(live_product.c.id)
    .with_for_update(of=live_product, key_share=True)
)


async def shelves_of(reading: Reading, audience: Seeing, room_ids: Sequence[UUID]) -> dict[UUID, list[LiveProduct]]:
    """What each room shows on its shelf to this audience, in shelf order."""
    rows = await reading.rows(_SHELVES, ids=list(room_ids), **audience.values())
    return by_key(rows, "live_room_id", _live_product)


async def hidden_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, list[LiveProduct]]:
    """What each room hides and did not take off its shelf, in shelf order."""
    return by_key(await reading.rows(_HIDDEN, ids=list(room_ids)), "live_room_id", _live_product)


async def pinned_of(reading: Reading, audience: Seeing, room_ids: Sequence[UUID]) -> dict[UUID, LiveProduct]:
    """What is being explained in each room, if this audience may know of it."""
    rows = await reading.rows(_PINNED, ids=list(room_ids), **audience.values())
    return {row["live_room_id"]: _live_product(row) for row in rows}


async def shelf_by_hand(reading: Reading, room_id: UUID) -> list[LiveProduct]:
    """What a host put on a room's shelf and did not take off it, hidden or not, in shelf order."""
    rows = await reading.rows(_BY_HAND, room_id=room_id)
    return [_live_product(row) for row in rows]


async def products_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, LiveProduct]:
    return {row["id"]: _live_product(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def products_by_variant(reading: Reading, room_id: UUID, variant_ids: Sequence[UUID]) -> dict[UUID, LiveProduct]:
    """Those of the variants that stand on the room's shelf."""
    rows = await reading.rows(_OF_ROOM, room_id=room_id, variant_ids=list(variant_ids))
    return {row["variant_id"]: _live_product(row) for row in rows}


async def lock_one(tx: Writing, live_product_id: UUID) -> LiveProduct | None:
    """A product of a locked room, kept so until the transaction ends."""
    row = await tx.row(_LOCK_ONE, id=live_product_id)
    return None if row is None else _live_product(row)


async def lock_all(tx: Writing, room_id: UUID) -> list[LiveProduct]:
    """All products that a room ever had, kept so until the transaction ends."""
    return [_live_product(row) for row in await tx.rows(_LOCK_SHELF, room_id=room_id)]


async def lock_shelf(tx: Writing, room_id: UUID) -> list[LiveProduct]:
    """All products of a room, hidden ones too and removed ones not, kept so until the transaction ends."""
    return [one for one in await lock_all(tx, room_id) if not one.is_removed]


def at_rest(left: ColumnElement[int]) -> ColumnElement[str]:
    """Where a product stands when so many are left of it: neither what is hidden nor what is explained moves."""
    return case(
        ((live_product.c.state == "ON_SHELF") & (left == 0), "SOLD_OUT"),
        ((live_product.c.state == "SOLD_OUT") & (left > 0), "ON_SHELF"),
        else_=live_product.c.state,
    )


_wanted = (
    func.unnest(bindparam("ids", type_=UUIDS), bindparam("quantities", type_=ARRAY(Integer())))
    .table_valued(column("id", Uuid()), column("quantity", Integer()))
    .render_derived(name="wanted")
)


_LOCK_SOME = prepared(
    select(live_product.c.id, live_product.c.remaining)
    .where(live_product.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(live_product.c.id)
    .with_for_update(key_share=True)
)


def _moved(wanted: Any, source: str, target: str) -> ReturningUpdate[Any]:
    """Move units of several products from one column to another, where the source holds enough.

    A product of which nothing remains is sold out, one of which something came back is on the shelf again.
    """
    remaining = live_product.c.remaining
    left = {"remaining": remaining - wanted.quantity, "reserved": remaining}[source]
    if target == "remaining":
        left = remaining + wanted.quantity
    return (
        update(live_product)
        .where(
            live_product.c.id == wanted.id,
            live_product.c[source] >= wanted.quantity,
        )
        .values(
            {
                source: live_product.c[source] - wanted.quantity,
                target: live_product.c[target] + wanted.quantity,
                "state": at_rest(left),
                "version": live_product.c.version + 1,
            }
        )
        .returning(live_product.c.id)
    )


_taken = json_rows("taken_live", (live_product.c.id, Column("quantity", Integer()))).c
_TAKEN = Part("taken_live", _moved(_taken, "remaining", "reserved").cte("live_taken"))
_GIVE_BACK = prepared(_moved(_wanted.c, "reserved", "remaining"))
_SELL = prepared(_moved(_wanted.c, "reserved", "sold"))
_SHRINK = prepared(
    update(live_product)
    .where(
        live_product.c.id == _wanted.c.id,
        live_product.c.reserved >= _wanted.c.quantity,
    )
    .values(
        allotted=live_product.c.allotted - _wanted.c.quantity,
        reserved=live_product.c.reserved - _wanted.c.quantity,
        version=live_product.c.version + 1,
    )
)
_UNSELL = prepared(
    update(live_product)
    .where(
        live_product.c.id == _wanted.c.id,
        live_product.c.sold >= _wanted.c.quantity,
    )
    .values(
        allotted=live_product.c.allotted - _wanted.c.quantity,
        sold=live_product.c.sold - _wanted.c.quantity,
        version=live_product.c.version + 1,
    )
    .returning(live_product.c.id)
)


async def _move(tx: Writing, statement: Statement, units: Sequence[tuple[UUID, int]]) -> set[UUID]:
    await _lock_in_order(tx, units)
    rows = await tx.rows(statement, ids=[one for one, _ in units], quantities=[quantity for _, quantity in units])
    return {row["id"] for row in rows}


async def _lock_in_order(tx: Writing, units: Sequence[tuple[UUID, int]]) -> None:
    """Lock several products in the order of their keys, and not against those who only refer to them.

    One needs no order. It is a statement of its own: one that locks a row and then changes it as it was when the
    statement began can wait for somebody who waits for it, where counts of purchases refer to the row.
    """
    if len(units) > 1:
        await tx.rows(_LOCK_SOME, ids=[one for one, _ in units])


async def lock_stock(tx: Writing, ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many units of each are left, kept so until the transaction ends."""
    return {row["id"]: row["remaining"] for row in await tx.rows(_LOCK_SOME, ids=list(ids))}


def taken(units: Mapping[UUID, int]) -> Write:
    """Live stock of locked products that is promised to orders; there must be enough of it."""
    return Write.of(_TAKEN, [{"id": key, "quantity": many} for key, many in units.items()])


async def give_back(tx: Writing, units: Sequence[tuple[UUID, int]]) -> set[UUID]:
    """Give promised live stock back to its shelf."""
    return await _move(tx, _GIVE_BACK, units)


async def sell(tx: Writing, units: Sequence[tuple[UUID, int]]) -> set[UUID]:
    """Turn promised live stock into sold one."""
    return await _move(tx, _SELL, units)


async def shrink(tx: Writing, units: Sequence[tuple[UUID, int]]) -> None:
    """Take promised live stock of an ended room out of the room; the caller gives it to the shop."""
    await _lock_in_order(tx, units)
    await tx.execute(_SHRINK, ids=[one for one, _ in units], quantities=[quantity for _, quantity in units])


async def unsell(tx: Writing, units: Sequence[tuple[UUID, int]]) -> set[UUID]:
    """Take sold live stock that was paid back out of its room; the caller gives it to the shop."""
    return await _move(tx, _UNSELL, units)


_INVENTORY = prepared(
    select(
        live_product.c.live_room_id,
        live_product.c.id,
        live_product.c.variant_id,
        live_product.c.remaining,
        live_product.c.sold,
        live_product.c.version,
        live_product.c.state,
    )
    .where(live_product.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(live_product.c.live_room_id, live_product.c.id)
)


async def inventory_of(tx: Writing, ids: Sequence[UUID]) -> list[tuple[UUID, dict[str, Any]]]:
    """The stock of live products now, each with its room, as the payload of its room event."""
    return [
        (
            row["live_room_id"],
            {
                "live_product_id": row["id"].hex,
                "variant_id": row["variant_id"].hex,
                "live_stock": row["remaining"],
                "sold": row["sold"],
                "version": row["version"],
                "state": row["state"],
            },
        )
        for row in await tx.rows(_INVENTORY, ids=list(ids))
    ]
