"""Carts: one row for each, and one for each of its lines. Whoever changes a cart has locked its row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.forgetting import forgetting
from db.metadata import UUIDS, amount, count, json_rows, key, metadata, moment, refers_to
from db.statements import prepared
from db.writes import Part, Write
from domain.carts import Cart, CartItem
from domain.placing import MOST_COUPONS, MOST_LINES
from domain.stock import MOST_PER_LINE

cart = Table(
    "cart",
    metadata,
    key(),
    refers_to("member", "member_id", optional=True),
    Column("coupon_ids", UUIDS, nullable=False, server_default=text("'{}'")),
    Column("coupon_codes", ARRAY(Text()), nullable=False, server_default=text("'{}'")),
    # Deferred: the order comes in at the end of the transaction that takes what it needs.
    Column("order_id", Uuid(), ForeignKey("order.id", deferrable=True, initially="DEFERRED"), unique=True),
    Column("merged_into_id", Uuid(), ForeignKey("cart.id")),
    count("lines"),
    count("version"),
    moment("created_at"),
    moment("updated_at"),
    CheckConstraint(f"lines <= {MOST_LINES}", name="has_its_limit"),
    CheckConstraint(
        f"cardinality(coupon_ids) + cardinality(coupon_codes) <= {MOST_COUPONS}", name="coupons_have_their_limit"
    ),
    Index(
        "uq_cart_one_open",
        "member_id",
        unique=True,
        postgresql_where=text("order_id IS NULL AND merged_into_id IS NULL"),
    ),
    Index(
        "ix_cart_forgettable", "updated_at", postgresql_where=text("member_id IS NULL OR merged_into_id IS NOT NULL")
    ),
    Index("ix_cart_merged_into_id", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
)
cart_line = Table(
    "cart_line",
    metadata,
    key(),
    Column("cart_id", Uuid(), ForeignKey("cart.id", ondelete="CASCADE"), nullable=False),
    refers_to("variant", "variant_id"),
    # No reference: a promotion that is gone leaves a line that says so.
    Column("add_on_of", Uuid()),
    Column("quantity", Integer(), nullable=False),
    Column("selected", Boolean(), nullable=False),
    amount("added_price_minor"),
    UniqueConstraint("cart_id", "variant_id", "add_on_of", postgresql_nulls_not_distinct=True),
    CheckConstraint(f"quantity BETWEEN 1 AND {MOST_PER_LINE}", name="quantity_is_within_bounds"),
)

_LINE_COLUMNS = tuple(cart_line.c)
_IS_OPEN = (cart.c.order_id.is_(None), cart.c.merged_into_id.is_(None))
_WITH_LINES = (
    select(*cart.c, *(one.label(f"line_{one.name}") for one in _LINE_COLUMNS))
    .select_from(cart.outerjoin(cart_line, cart_line.c.cart_id == cart.c.id))
    .order_by(cart_line.c.id)
)
_FIND = prepared(_WITH_LINES.where(cart.c.id == bindparam("of_id", type_=Uuid())))
_FIND_OPEN = prepared(_WITH_LINES.where(cart.c.member_id == bindparam("of_member", type_=Uuid()), *_IS_OPEN))
# The lines are read by a statement of their own: one that waited for the lock would show them as they were before.
_LOCK = prepared(
    select(*cart.c)
    .where(cart.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(cart.c.id)
    .with_for_update(key_share=True)
)
_LINES = prepared(
    select(*_LINE_COLUMNS).where(cart_line.c.cart_id == any_(bindparam("ids", type_=UUIDS))).order_by(cart_line.c.id)
)
_OPEN_OF = prepared(select(cart.c.id).where(cart.c.member_id == bindparam("of_member", type_=Uuid()), *_IS_OPEN))
_ADD = prepared(
    insert(cart)
    .values({name: bindparam(name) for name in ("id", "member_id", "created_at", "updated_at")})
    .on_conflict_do_nothing(
        index_elements=["member_id"], index_where=text("order_id IS NULL AND merged_into_id IS NULL")
    )
)
_given = (
    func.unnest(
        bindparam("ids", type_=UUIDS),
        bindparam("variant_ids", type_=UUIDS),
        bindparam("add_ons", type_=UUIDS),
        bindparam("quantities", type_=ARRAY(Integer())),
        bindparam("choices", type_=ARRAY(Boolean())),
        bindparam("prices", type_=ARRAY(BigInteger())),
    )
    .table_valued(
        column("id", Uuid()),
        column("variant_id", Uuid()),
        column("add_on_of", Uuid()),
        column("quantity", Integer()),
        column("selected", Boolean()),
        column("added_price_minor", BigInteger()),
    )
    .render_derived(name="given")
)
_new_lines = insert(cart_line).from_select(
    ["id", "cart_id", "variant_id", "add_on_of", "quantity", "selected", "added_price_minor"],
    select(
        _given.c.id,
        bindparam("of_id", type_=Uuid()),
        _given.c.variant_id,
        _given.c.add_on_of,
        _given.c.quantity,
        _given.c.selected,
        _given.c.added_price_minor,
    ),
)
_put_lines = _new_lines.on_conflict_do_update(
    index_elements=["id"],
    set_={name: _new_lines.excluded[name] for name in ("quantity", "selected", "added_price_minor")},
)
_SAVED = ("member_id", "coupon_ids", "coupon_codes", "merged_into_id", "lines", "version", "updated_at")
_SAVE = prepared(
    update(cart)
    .where(cart.c.id == bindparam("of_id", type_=Uuid()))
    .values({name: bindparam(name, type_=cart.c[name].type) for name in _SAVED})
    .add_cte(
        delete(cart_line).where(cart_line.c.id == any_(bindparam("gone", type_=UUIDS))).cte("removed"),
        _put_lines.cte("put"),
    )
)
_ordered = json_rows("ordered_carts", (cart.c.id, cart.c.order_id, cart.c.updated_at)).c
_ORDERED = Part(
    "ordered_carts",
    update(cart)
    .where(cart.c.id == _ordered.id, *_IS_OPEN)
    .values(order_id=_ordered.order_id, version=cart.c.version + literal_column("1"), updated_at=_ordered.updated_at)
    .returning(cart.c.id)
    .cte("carts_ordered"),
)
_FORGET = forgetting(cart, cart.c.updated_at, or_(cart.c.member_id.is_(None), cart.c.merged_into_id.is_not(None)))


async def find(reading: Reading, cart_id: UUID) -> Cart | None:
    return _cart(await reading.rows(_FIND, of_id=cart_id))


async def find_open(reading: Reading, member_id: UUID) -> Cart | None:
    """The one cart that a member has open."""
    return _cart(await reading.rows(_FIND_OPEN, of_member=member_id))


async def lock(tx: Writing, cart_ids: Sequence[UUID]) -> dict[UUID, Cart]:
    """Find carts with their lines, and keep other writers off them until the transaction ends."""
    rows = await tx.rows(_LOCK, ids=list(cart_ids))
    lines: dict[UUID, list[CartItem]] = {row["id"]: [] for row in rows}
    for row in await tx.rows(_LINES, ids=list(lines)) if lines else ():
        lines[row["cart_id"]].append(_item(row))
    return {row["id"]: _with_items(row, lines[row["id"]]) for row in rows}


async def heads(tx: Writing, cart_ids: Sequence[UUID]) -> dict[UUID, Cart]:
    """The same without their lines, for those whom only the version concerns."""
    return {row["id"]: _with_items(row, ()) for row in await tx.rows(_LOCK, ids=list(cart_ids))}


async def open_of(tx: Writing, member_id: UUID) -> UUID | None:
    """Which cart a member has open; it may be ordered before it is locked."""
    found: UUID | None = await tx.value(_OPEN_OF, of_member=member_id)
    return found


async def add(tx: Writing, new: Cart) -> bool:
    """Add an empty cart; False when its member has one open."""
    return bool(
        await tx.execute(_ADD, id=new.id, member_id=new.member_id, created_at=new.created_at, updated_at=new.updated_at)
    )


async def save(tx: Writing, before: Cart, after: Cart) -> None:
    """Save a locked cart: of its lines only those that changed."""
    there = {item.id: item for item in before.items}
    kept = {item.id for item in after.items}
    await tx.execute(
        _SAVE,
        of_id=after.id,
        member_id=after.member_id,
        coupon_ids=list(after.coupon_ids),
        coupon_codes=list(after.coupon_codes),
        merged_into_id=after.merged_into_id,
        lines=len(after.items),
        version=after.version,
        updated_at=after.updated_at,
        gone=[key for key in there if key not in kept],
        **_columns([item for item in after.items if there.get(item.id) != item]),
    )


def ordered(orders: Mapping[UUID, UUID], at: datetime) -> Write:
    """By which order each cart is ordered; each must be open still."""
    return Write.of(_ORDERED, [{"id": key, "order_id": order_id, "updated_at": at} for key, order_id in orders.items()])


async def forget(tx: Writing, before: datetime) -> int:
    """Delete visitors' carts that nobody has touched since, also those merged into others; returns how many."""
    return await tx.execute(_FORGET, before=before)


def _columns(items: Sequence[CartItem]) -> dict[str, list[object]]:
    return {
        "ids": [item.id for item in items],
        "variant_ids": [item.variant_id for item in items],
        "add_ons": [item.add_on_of for item in items],
        "quantities": [item.quantity for item in items],
        "choices": [item.selected for item in items],
        "prices": [item.added_price for item in items],
    }


def _cart(rows: Sequence[Row]) -> Cart | None:
    if not rows:
        return None
    return _with_items(rows[0], [_item(row, "line_") for row in rows if row["line_id"] is not None])


def _with_items(row: Row, items: Sequence[CartItem]) -> Cart:
    return Cart(
        row["id"],
        row["member_id"],
        tuple(items),
        tuple(row["coupon_ids"]),
        tuple(row["coupon_codes"]),
        row["order_id"],
        row["merged_into_id"],
        row["created_at"],
        row["updated_at"],
        row["version"],
    )


def _item(row: Row, prefix: str = "") -> CartItem:
    return CartItem(
        row[f"{prefix}id"],
        row[f"{prefix}variant_id"],
        row[f"{prefix}quantity"],
        row[f"{prefix}added_price_minor"],
        row[f"{prefix}selected"],
        row[f"{prefix}add_on_of"],
    )
