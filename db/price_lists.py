"""Price lists: their table, and how lists are kept and read (R18)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    func,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, refers_to, words
from db.statements import prepared
from domain.pages import Page, PageRequest
from domain.payloads import plain, reader_of
from domain.price_plans import PricePlan
from domain.promotions.audiences import Audience
from domain.promotions.price_lists import PriceList
from domain.promotions.scopes import Scope

price_list = Table(
    "price_list",
    metadata,
    key(),
    words("name"),
    Column("rest_bp", Integer()),
    Column("scope", JSONB(), nullable=False),
    Column("audience", JSONB(), nullable=False),
    moment("starts_at", optional=True),
    moment("ends_at", optional=True),
    Column("in_force", Boolean(), nullable=False, server_default=text("false")),
    moment("updated_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("rest_bp BETWEEN 1 AND 10000", name="rest_is_a_share"),
    CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
)

price_list_entry = Table(
    "price_list_entry",
    metadata,
    refers_to("price_list", "price_list_id"),
    refers_to("variant", "variant_id", index=True),
    amount("price_minor"),
    PrimaryKeyConstraint("price_list_id", "variant_id"),
    CheckConstraint("price_minor >= 0", name="price_is_not_negative"),
)

_scope, _audience = reader_of(Scope), reader_of(Audience)
_PLANS = select(
    price_list.c.id,
    price_list.c.name,
    price_list.c.rest_bp,
    price_list.c.scope,
    price_list.c.audience,
    price_list.c.starts_at,
    price_list.c.ends_at,
    price_list.c.in_force,
    price_list.c.version,
)
_IN_FORCE = prepared(_PLANS.where(price_list.c.in_force).order_by(price_list.c.id))
_BY_ID = prepared(_PLANS.where(price_list.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(_PLANS.where(price_list.c.id == bindparam("id", type_=Uuid())).with_for_update())
_ENTRIES = prepared(
    select(price_list_entry.c.price_list_id, price_list_entry.c.variant_id, price_list_entry.c.price_minor)
    .where(price_list_entry.c.price_list_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(price_list_entry.c.price_list_id, price_list_entry.c.variant_id)
)
_LISTING = Listing(_PLANS, lambda row: row, id=price_list.c.id)


def _list(row: Row, prices: Sequence[tuple[UUID, int]]) -> PriceList:
    return PriceList(
        row["id"],
        row["name"],
        dict(prices),
        row["rest_bp"],
        _scope(row["scope"]),
        _audience(row["audience"]),
        row["starts_at"],
        row["ends_at"],
    )


async def _plans(reading: Reading, rows: Sequence[Row]) -> list[PricePlan]:
    if not rows:
        return []
    found = await reading.rows(_ENTRIES, ids=[row["id"] for row in rows])
    prices = by_key(found, "price_list_id", lambda row: (row["variant_id"], row["price_minor"]))
    return [PricePlan(_list(row, prices.get(row["id"], ())), row["in_force"], row["version"]) for row in rows]


async def in_force(reading: Reading) -> list[PriceList]:
    """Every list that is published, whether its time has come or not."""
    return [plan.prices for plan in await _plans(reading, await reading.rows(_IN_FORCE))]


async def plans_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, PricePlan]:
    return {plan.id: plan for plan in await _plans(reading, await reading.rows(_BY_ID, ids=list(ids)))}


async def plans(reading: Reading, request: PageRequest) -> Page[PricePlan]:
    """A page of all lists, the newest first."""
    page = await _LISTING.page(reading, request, descending=True)
    found = {plan.id: plan for plan in await _plans(reading, page.nodes)}
    return page.mapped(lambda row: found[row["id"]], page.count)


async def lock(tx: Writing, list_id: UUID) -> PricePlan | None:
    """Find a list and keep other writers off it until the transaction ends."""
    found = await _plans(tx, await tx.rows(_LOCK, id=list_id))
    return found[0] if found else None


_NAMES = ("id", "name", "rest_bp", "scope", "audience", "starts_at", "ends_at", "in_force", "updated_at", "version")
_new = insert(price_list).values({name: bindparam(name, type_=price_list.c[name].type) for name in _NAMES})
_SAVE = prepared(
    _new.on_conflict_do_update(
        index_elements=["id"], set_={name: _new.excluded[name] for name in _NAMES if name != "id"}
    )
)
_CLEAR = prepared(
    price_list_entry.delete().where(price_list_entry.c.price_list_id == bindparam("of_list", type_=Uuid()))
)
_given = (
    func.unnest(bindparam("variants", type_=UUIDS), bindparam("prices", type_=ARRAY(BigInteger())))
    .table_valued("variant_id", "price_minor", name="given")
    .render_derived()
)
_ADD = prepared(
    insert(price_list_entry).from_select(
        ["price_list_id", "variant_id", "price_minor"],
        select(bindparam("of_list", type_=Uuid()), _given.c.variant_id, _given.c.price_minor),
    )
)


async def save(tx: Writing, plan: PricePlan, at: datetime) -> None:
    """Keep a new list, or replace one that is locked with all its prices."""
    prices = plan.prices
    await tx.execute(
        _SAVE,
        id=prices.id,
        name=prices.name,
        rest_bp=prices.rest_bp,
        scope=plain(prices.scope),
        audience=plain(prices.audience),
        starts_at=prices.starts_at,
        ends_at=prices.ends_at,
        in_force=plan.in_force,
        updated_at=at,
        version=plan.version,
    )
    await tx.execute(_CLEAR, of_list=prices.id)
    await tx.execute(_ADD, of_list=prices.id, variants=list(prices.prices), prices=list(prices.prices.values()))
