"""Points offers: kept, found and locked; how many were taken is a number that a CHECK holds to the quota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, amount, count, json_rows, key, metadata, moment, one_of, refers_to, words
from db.stages import goes_with, names_of, stages_of
from db.statements import prepared
from db.writes import Part, Write
from domain.activities import ActivityState
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.points_offers import PointsOffer, PointsOfferTerms

points_offer = Table(
    "points_offer",
    metadata,
    key(),
    *one_of("state", ActivityState),
    words("name"),
    refers_to("variant", "variant_id", index=True),
    Column("points", Integer(), nullable=False),
    amount("price_minor"),
    Column("quota", Integer(), nullable=False),
    count("taken"),
    Column("per_person", Integer(), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    *goes_with(),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    CheckConstraint("points > 0", name="points_are_positive"),
    CheckConstraint("price_minor >= 0", name="price_is_not_negative"),
    CheckConstraint("taken BETWEEN 0 AND quota", name="no_more_are_taken_than_there_are"),
    CheckConstraint("per_person > 0", name="per_person_is_positive"),
    CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    Index("ix_points_offer_open", "ends_at", postgresql_where=text("state = 'PUBLISHED'")),
)

_TERMS = (
    *("name", "variant_id", "points", "price_minor", "quota", "per_person", "starts_at", "ends_at"),
    *("goes_with", "campaign_id"),
)
_OFFERS = select(points_offer.c.id, points_offer.c.state, points_offer.c.taken, *(points_offer.c[n] for n in _TERMS))
_ADD = prepared(
    insert(points_offer).values(
        {name: bindparam(name, type_=points_offer.c[name].type) for name in ("id", "state", *_TERMS)}
    )
)
_END = prepared(
    update(points_offer)
    .where(points_offer.c.id == bindparam("of_offer", type_=Uuid()))
    .values(state=literal_column("'ENDED'"))
)
_ids = bindparam("ids", type_=UUIDS)
_BY_ID = prepared(_OFFERS.where(points_offer.c.id == any_(_ids)))
_LOCK = prepared(
    _OFFERS.where(points_offer.c.id == any_(_ids)).order_by(points_offer.c.id).with_for_update(key_share=True)
)
_OPEN = prepared(
    _OFFERS.where(
        points_offer.c.state == literal_column("'PUBLISHED'"),
        points_offer.c.ends_at > bindparam("at", type_=DateTime(timezone=True)),
    )
    .order_by(points_offer.c.ends_at, points_offer.c.id)
    .limit(bindparam("most", type_=Integer()))
)
_moved = (
    func.unnest(_ids, bindparam("units", type_=ARRAY(Integer())))
    .table_valued(column("offer_id", Uuid()), column("units", Integer()))
    .render_derived(name="moved")
)
_taken = json_rows("taken_offers", (points_offer.c.id, Column("units", Integer()))).c
_TAKEN = Part(
    "taken_offers",
    update(points_offer)
    .where(points_offer.c.id == _taken.id, points_offer.c.taken + _taken.units <= points_offer.c.quota)
    .values(taken=points_offer.c.taken + _taken.units)
    .returning(points_offer.c.id)
    .cte("offers_taken"),
)
_GIVE_BACK = prepared(
    update(points_offer)
    .where(points_offer.c.id == _moved.c.offer_id)
    .values(taken=points_offer.c.taken - _moved.c.units)
)


def _offer(row: Row) -> PointsOffer:
    terms: dict[str, Any] = {name: row[name] for name in _TERMS}
    terms |= {"price": terms.pop("price_minor"), "goes_with": stages_of(terms["goes_with"])}
    return PointsOffer(row["id"], ActivityState(row["state"]), PointsOfferTerms(**terms), row["taken"])


_LISTING = Listing(_OFFERS, _offer, id=points_offer.c.id, filters={"state": points_offer.c.state})


async def add(tx: Writing, new: PointsOffer) -> None:
    terms = new.terms
    values = {name: getattr(terms, name) for name in _TERMS if name != "price_minor"}
    values |= {"goes_with": names_of(terms.goes_with)}
    await tx.execute(_ADD, id=new.id, state=new.state.value, price_minor=terms.price, **values)


async def end(tx: Writing, offer_id: UUID) -> None:
    """End a locked offer."""
    await tx.execute(_END, of_offer=offer_id)


async def lock(tx: Writing, ids: Sequence[UUID]) -> dict[UUID, PointsOffer]:
    """Find offers and keep other writers off them until the transaction ends."""
    return {row["id"]: _offer(row) for row in await tx.rows(_LOCK, ids=list(ids))}


async def offers_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, PointsOffer]:
    return {row["id"]: _offer(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def running(reading: Reading, at: datetime, most: int) -> list[PointsOffer]:
    """Offers that are on or will be, those first that end first."""
    return [_offer(row) for row in await reading.rows(_OPEN, at=at, most=most)]


async def offers(reading: Reading, request: PageRequest, where: Condition) -> Page[PointsOffer]:
    """A page of all offers, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)


def taken(units: Mapping[UUID, int]) -> Write:
    """Units of locked offers that orders take; they must be left."""
    return Write.of(_TAKEN, [{"id": key, "units": many} for key, many in units.items()])


async def give_back(tx: Writing, units: Mapping[UUID, int]) -> None:
    """Give units of locked offers back."""
    await tx.execute(_GIVE_BACK, ids=list(units), units=list(units.values()))
