"""Bargains: what members started, and the cuts of their helpers. Both change under the lock of the bargain."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    all_,
    any_,
    bindparam,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.bargain_offers import bargain_offer
from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, amount, count, json_rows, key, metadata, moment, one_of, refers_to
from db.stages import stages_of
from db.statements import prepared
from db.sublists import Sublist
from db.writes import Part, Write
from domain.bargains import Bargain, BargainState, Help
from domain.money import Money
from domain.pages import Page, PageRequest

bargain = Table(
    "bargain",
    metadata,
    key(),
    refers_to("bargain_offer", "offer_id"),
    refers_to("member", "member_id"),
    *one_of("state", BargainState),
    amount("price_minor"),
    amount("first_minor"),
    amount("floor_minor"),
    Column("helpers", Integer(), nullable=False),
    count("helped"),
    Column("only_at_floor", Boolean(), nullable=False),
    moment("started_at"),
    moment("expires_at"),
    Column("order_id", Uuid(), ForeignKey("order.id", deferrable=True, initially="DEFERRED"), unique=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("price_minor BETWEEN floor_minor AND first_minor", name="price_is_not_below_the_floor"),
    CheckConstraint("helped BETWEEN 0 AND helpers", name="no_more_help_than_it_takes"),
    CheckConstraint("(helped = helpers) = (price_minor = floor_minor)", name="the_last_helper_reaches_the_floor"),
    CheckConstraint("(order_id IS NOT NULL) = (state IN ('ORDERED', 'BOUGHT'))", name="what_is_ordered_has_an_order"),
    Index(
        "uq_bargain_one_open",
        "offer_id",
        "member_id",
        unique=True,
        postgresql_where=text("state IN ('OPEN', 'ORDERED')"),
    ),
    Index(None, "member_id", "id"),
    Index("ix_bargain_expiring", "expires_at", "id", postgresql_where=text("state = 'OPEN'")),
)

bargain_help = Table(
    "bargain_help",
    metadata,
    refers_to("bargain", "bargain_id"),
    refers_to("member", "helper_id"),
    Column("position", Integer(), nullable=False),
    amount("cut_minor"),
    moment("at"),
    PrimaryKeyConstraint("bargain_id", "helper_id"),
    UniqueConstraint("bargain_id", "position"),
    CheckConstraint("cut_minor >= 1", name="a_cut_is_one_fen_at_least"),
)

_OWN = (
    *("id", "offer_id", "member_id", "state", "price_minor", "first_minor", "floor_minor", "helpers", "helped"),
    *("only_at_floor", "started_at", "expires_at", "order_id", "version"),
)
_BARGAINS: Select[Any] = select(
    *(bargain.c[name] for name in _OWN),
    bargain_offer.c.product_id,
    bargain_offer.c.variant_id,
    bargain_offer.c.name,
    bargain_offer.c.currency,
    bargain_offer.c.goes_with,
).join(bargain_offer, bargain_offer.c.id == bargain.c.offer_id)
_AS_THEY_ARE = ("id", "offer_id", "product_id", "variant_id", "name", "member_id", "helpers", "helped", "only_at_floor")


def _bargain(row: Row) -> Bargain:
    currency = row["currency"]
    return Bargain(
        state=BargainState(row["state"]),
        price=Money(row["price_minor"], currency),
        first_price=Money(row["first_minor"], currency),
        floor_price=Money(row["floor_minor"], currency),
        goes_with=stages_of(row["goes_with"]),
        **{name: row[name] for name in (*_AS_THEY_ARE, "started_at", "expires_at", "order_id", "version")},
    )


def _values(one: Bargain) -> dict[str, Any]:
    prices = {"price_minor": one.price, "first_minor": one.first_price, "floor_minor": one.floor_price}
    plain = {name: getattr(one, name) for name in _OWN if name not in prices}
    return plain | {"state": one.state.value} | {name: price.minor for name, price in prices.items()}


def _help(row: Row) -> Help:
    return Help(row["bargain_id"], row["helper_id"], row["position"], Money(row["cut_minor"]), row["at"])


_ids = bindparam("ids", type_=UUIDS)
_BY_ID = prepared(_BARGAINS.where(bargain.c.id == any_(_ids)))
_LOCK = prepared(
    _BARGAINS.where(bargain.c.id == any_(_ids)).order_by(bargain.c.id).with_for_update(of=bargain, key_share=True)
)
_LOCK_EXPIRED = prepared(
    _BARGAINS.where(
        bargain.c.state == literal_column("'OPEN'"),
        bargain.c.expires_at <= bindparam("now", type_=DateTime(timezone=True)),
        bargain.c.id != all_(bindparam("but", type_=UUIDS)),
    )
    .order_by(bargain.c.expires_at, bargain.c.id)
    .limit(literal_column("1"))
    .with_for_update(of=bargain, key_share=True, skip_locked=True)
)
_ADD = prepared(
    insert(bargain)
    .values({name: bindparam(name, type_=bargain.c[name].type) for name in _OWN})
    .on_conflict_do_nothing()
)
_OPEN_OF = prepared(
    _BARGAINS.where(
        bargain.c.offer_id == any_(_ids),
        bargain.c.member_id == bindparam("member_id", type_=Uuid()),
        bargain.c.state.in_([literal_column("'OPEN'"), literal_column("'ORDERED'")]),
    )
)
_MUTABLE = ("state", "price_minor", "helped", "order_id", "version")
_of_bargain = bindparam("of_bargain", type_=Uuid())
_SAVE = prepared(
    update(bargain)
    .where(bargain.c.id == _of_bargain)
    .values({name: bindparam(name, type_=bargain.c[name].type) for name in _MUTABLE})
)
_ordered = json_rows("ordered_bargains", (bargain.c.id, bargain.c.order_id, bargain.c.version)).c
_ORDERED = Part(
    "ordered_bargains",
    update(bargain)
    .where(
        bargain.c.id == _ordered.id,
        bargain.c.state == literal_column("'OPEN'"),
        bargain.c.version == _ordered.version,
    )
    .values(state=literal_column("'ORDERED'"), order_id=_ordered.order_id, version=bargain.c.version + 1)
    .returning(bargain.c.id)
    .cte("bargains_ordered"),
)
_ADD_HELP = prepared(
    insert(bargain_help).values({one.name: bindparam(one.name, type_=one.type) for one in bargain_help.c})
)
_HELP_OF = prepared(
    select(*bargain_help.c).where(
        bargain_help.c.bargain_id == any_(_ids), bargain_help.c.helper_id == bindparam("helper_id", type_=Uuid())
    )
)
_HELPS: Sublist[Help] = Sublist(
    select(*bargain_help.c),
    _help,
    parent=bargain_help.c.bargain_id,
    id=bargain_help.c.helper_id,
    rank=bargain_help.c.position,
    descending=True,
)


async def bargains_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, Bargain]:
    return {row["id"]: _bargain(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def open_of(reading: Reading, offer_ids: Sequence[UUID], member_id: UUID) -> dict[UUID, Bargain]:
    """The bargain that a member has under way in each offer."""
    rows = await reading.rows(_OPEN_OF, ids=list(offer_ids), member_id=member_id)
    return {row["offer_id"]: _bargain(row) for row in rows}


async def lock(tx: Writing, ids: Collection[UUID]) -> dict[UUID, Bargain]:
    """Bargains, kept as they are until the transaction ends."""
    return {row["id"]: _bargain(row) for row in await tx.rows(_LOCK, ids=list(ids))}


async def lock_expired(tx: Writing, at: datetime, but: Collection[UUID]) -> Bargain | None:
    """An open one whose time is over."""
    row = await tx.row(_LOCK_EXPIRED, now=at, but=list(but))
    return None if row is None else _bargain(row)


async def add(tx: Writing, new: Bargain) -> bool:
    """Keep a new bargain; False when the member has one under way in the offer."""
    return bool(await tx.execute(_ADD, **_values(new)))


async def save(tx: Writing, changed: Bargain) -> None:
    """Keep a locked bargain as it is now."""
    values = _values(changed)
    await tx.execute(_SAVE, of_bargain=changed.id, **{name: values[name] for name in _MUTABLE})


def ordered(orders: Sequence[tuple[Bargain, UUID]]) -> Write:
    """Bargains that orders get at the price that they have; each must be open, and as it was read."""
    return Write.of(
        _ORDERED, [{"id": one.id, "order_id": order_id, "version": one.version} for one, order_id in orders]
    )


async def add_help(tx: Writing, help_: Help) -> None:
    """Keep a cut of a locked bargain; a helper has one place in it and a place one helper."""
    await tx.execute(
        _ADD_HELP,
        bargain_id=help_.bargain_id,
        helper_id=help_.helper_id,
        position=help_.position,
        cut_minor=help_.cut.minor,
        at=help_.at,
    )


async def help_of(reading: Reading, bargain_ids: Sequence[UUID], helper_id: UUID) -> dict[UUID, Help]:
    """What a member cut off each bargain."""
    rows = await reading.rows(_HELP_OF, ids=list(bargain_ids), helper_id=helper_id)
    return {row["bargain_id"]: _help(row) for row in rows}


async def helps_of(reading: Reading, bargain_ids: Sequence[UUID], request: PageRequest) -> list[Page[Help]]:
    """A page of the cuts of each bargain, the latest first."""
    return await _HELPS.pages(reading, bargain_ids, request)
