"""Bargain offers: the activities in which members start bargains."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.activities import Activities
from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, amount, key, metadata, moment, one_of, refers_to, words
from db.stages import goes_with, names_of, stages_of
from db.statements import prepared
from domain.activities import ActivityState
from domain.bargains import MOST_HELPERS, BargainOffer, BargainTerms
from domain.money import Money

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
    refers_to("campaign", "campaign_id", optional=True, index=True),
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
    *("starter_cuts", "campaign_id"),
)


def _offer(row: Row) -> BargainOffer:
    terms = BargainTerms(
        first_price=Money(row["first_minor"], row["currency"]),
        floor_price=Money(row["floor_minor"], row["currency"]),
        goes_with=stages_of(row["goes_with"]),
        **{name: row[name] for name in _TERMS},
    )
    return BargainOffer(row["id"], row["product_id"], terms, ActivityState(row["state"]))


_ACTIVITIES: Activities[BargainOffer] = Activities(bargain_offer, _offer)
_ADD = prepared(
    insert(bargain_offer)
    .values({one.name: bindparam(one.name, type_=one.type) for one in bargain_offer.c})
    .on_conflict_do_nothing()
)
_LOCK = prepared(
    _ACTIVITIES.all.where(bargain_offer.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True)
)
_OF_PRODUCTS = prepared(
    _ACTIVITIES.all.where(
        bargain_offer.c.product_id == any_(bindparam("ids", type_=UUIDS)),
        _ACTIVITIES.is_published,
        _ACTIVITIES.is_to_end,
    ).order_by(bargain_offer.c.product_id, bargain_offer.c.id)
)
_SAVE_STATE = prepared(
    update(bargain_offer)
    .where(bargain_offer.c.id == bindparam("of_offer", type_=Uuid()))
    .values(state=bindparam("state", type_=bargain_offer.c.state.type))
)

offers_by_id, offers_seen = _ACTIVITIES.by_id, _ACTIVITIES.seen
offers, lock_over = _ACTIVITIES.running, _ACTIVITIES.lock_over


async def add(tx: Writing, new: BargainOffer) -> bool:
    """Keep a new offer; False when the variant is in another one already."""
    terms = new.terms
    values = {name: getattr(terms, name) for name in _TERMS}
    first, floor = terms.first_price, terms.floor_price
    prices = {"first_minor": first.minor, "floor_minor": floor.minor, "currency": first.currency}
    own = {"id": new.id, "product_id": new.product_id, "state": new.state.value}
    return bool(await tx.execute(_ADD, **values, **prices, **own, goes_with=names_of(terms.goes_with)))


async def offers_of(reading: Reading, product_ids: Sequence[UUID], at: datetime) -> dict[UUID, list[BargainOffer]]:
    """Those of each product that run or are to come: at most one for each of its variants."""
    return by_key(await reading.rows(_OF_PRODUCTS, ids=list(product_ids), now=at), "product_id", _offer)


async def lock(tx: Writing, offer_id: UUID) -> BargainOffer | None:
    row = await tx.row(_LOCK, id=offer_id)
    return None if row is None else _offer(row)


async def save_state(tx: Writing, changed: BargainOffer) -> None:
    await tx.execute(_SAVE_STATE, of_offer=changed.id, state=changed.state.value)
