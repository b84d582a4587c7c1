"""Bargain offers: the activities in which members start bargains."""

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
    Index,
    Integer,
    Select,
    Table,
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

from db.catalogue import IS_SEEN, product
from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, amount, key, metadata, moment, one_of, refers_to, words
from db.stages import goes_with, names_of, stages_of
from db.statements import prepared
from domain.activities import ActivityState
from domain.bargains import MOST_HELPERS, BargainOffer, BargainTerms
from domain.catalogue import Seeing
from domain.money import Money
from domain.pages import Page, PageRequest

bargain_offer = Table(
    "bargain_offer",
    metadata,
    key(),
    refers_to("product", "product_id"),
    refers_to("variant", "variant_id"),
    words("name"),
    amount("first_minor"),
    amount("floor_minor"),
    words("currency"),
    Column("helpers", Integer(), nullable=False),
    Column("lasts_s", Integer(), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    Column("helps_per_member", Integer()),
    Column("only_at_floor", Boolean(), nullable=False),
    Column("starter_cuts", Boolean(), nullable=False),
    *goes_with(),
    *one_of("state", ActivityState),
    CheckConstraint(f"helpers BETWEEN 1 AND {MOST_HELPERS}", name="helpers_are_within_bounds"),
    CheckConstraint("floor_minor >= 0", name="floor_is_not_negative"),
    CheckConstraint("first_minor - floor_minor >= helpers", name="one_fen_for_each_helper"),
    CheckConstraint("starts_at < ends_at", name="it_ends_after_it_starts"),
    # A variant is in one offer at a time.
    Index("uq_bargain_offer_one_of_a_variant", "variant_id", unique=True, postgresql_where=text("state = 'PUBLISHED'")),
    Index("ix_bargain_offer_of_product", "product_id", postgresql_where=text("state = 'PUBLISHED'")),
    Index("ix_bargain_offer_running", "ends_at", "id", postgresql_where=text("state = 'PUBLISHED'")),
)

_TERMS = (
    *("name", "variant_id", "helpers", "lasts_s", "starts_at", "ends_at", "helps_per_member", "only_at_floor"),
    "starter_cuts",
)
_OFFERS: Select[Any] = select(*bargain_offer.c)
_PUBLISHED = bargain_offer.c.state == literal_column("'PUBLISHED'")


def _offer(row: Row) -> BargainOffer:
    terms = BargainTerms(
        first_price=Money(row["first_minor"], row["currency"]),
        floor_price=Money(row["floor_minor"], row["currency"]),
        goes_with=stages_of(row["goes_with"]),
        **{name: row[name] for name in _TERMS},
    )
    return BargainOffer(row["id"], row["product_id"], terms, ActivityState(row["state"]))


_now = bindparam("now", type_=DateTime(timezone=True))
_ADD = prepared(
    insert(bargain_offer)
    .values({one.name: bindparam(one.name, type_=one.type) for one in bargain_offer.c})
    .on_conflict_do_nothing()
)
_BY_ID = prepared(_OFFERS.where(bargain_offer.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(_OFFERS.where(bargain_offer.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_IN_SIGHT = _OFFERS.join(product, product.c.id == bargain_offer.c.product_id).where(IS_SEEN)
_SEEN = prepared(_IN_SIGHT.where(bargain_offer.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_PRODUCTS = prepared(
    _OFFERS.where(
        bargain_offer.c.product_id == any_(bindparam("ids", type_=UUIDS)), _PUBLISHED, bargain_offer.c.ends_at > _now
    ).order_by(bargain_offer.c.product_id, bargain_offer.c.id)
)
_LISTING: Listing[BargainOffer] = Listing(
    _IN_SIGHT.where(_PUBLISHED, bargain_offer.c.ends_at > _now, product.c.state == literal_column("'ON_SALE'")),
    _offer,
    id=bargain_offer.c.id,
    sorts={"ends_at": bargain_offer.c.ends_at},
)
_OVER = prepared(
    _OFFERS.where(
        _PUBLISHED, bargain_offer.c.ends_at <= _now, bargain_offer.c.id != all_(bindparam("but", type_=UUIDS))
    )
    .order_by(bargain_offer.c.ends_at, bargain_offer.c.id)
    .limit(literal_column("1"))
    .with_for_update(key_share=True, skip_locked=True)
)
_SAVE_STATE = prepared(
    update(bargain_offer)
    .where(bargain_offer.c.id == bindparam("of_offer", type_=Uuid()))
    .values(state=bindparam("state", type_=bargain_offer.c.state.type))
)


async def add(tx: Writing, new: BargainOffer) -> bool:
    """Keep a new offer; False when the variant is in another one already."""
    terms = new.terms
    values = {name: getattr(terms, name) for name in _TERMS}
    first, floor = terms.first_price, terms.floor_price
    prices = {"first_minor": first.minor, "floor_minor": floor.minor, "currency": first.currency}
    own = {"id": new.id, "product_id": new.product_id, "state": new.state.value}
    return bool(await tx.execute(_ADD, **values, **prices, **own, goes_with=names_of(terms.goes_with)))


async def offers_by_id(reading: Reading, ids: Collection[UUID]) -> dict[UUID, BargainOffer]:
    return {row["id"]: _offer(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def offers_seen(reading: Reading, audience: Seeing, ids: Sequence[UUID]) -> dict[UUID, BargainOffer]:
    """Those of the offers whose products this audience sees (R25)."""
    rows = await reading.rows(_SEEN, ids=list(ids), **audience.values())
    return {row["id"]: _offer(row) for row in rows}


async def offers_of(reading: Reading, product_ids: Sequence[UUID], at: datetime) -> dict[UUID, list[BargainOffer]]:
    """Those of each product that run or are to come: at most one for each of its variants."""
    return by_key(await reading.rows(_OF_PRODUCTS, ids=list(product_ids), now=at), "product_id", _offer)


async def offers(reading: Reading, audience: Seeing, at: datetime, request: PageRequest) -> Page[BargainOffer]:
    """Those that run or are to come, of products that this audience sees; the first to end first."""
    return await _LISTING.page(reading, request, sort="ends_at", now=at, **audience.values())


async def lock(tx: Writing, offer_id: UUID) -> BargainOffer | None:
    row = await tx.row(_LOCK, id=offer_id)
    return None if row is None else _offer(row)


async def lock_over(tx: Writing, at: datetime, but: Collection[UUID]) -> BargainOffer | None:
    """One whose time is over and that is not ended yet."""
    row = await tx.row(_OVER, now=at, but=list(but))
    return None if row is None else _offer(row)


async def save_state(tx: Writing, changed: BargainOffer) -> None:
    await tx.execute(_SAVE_STATE, of_offer=changed.id, state=changed.state.value)
