"""Commissions: what guides earn from paid orders."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.guides import guide, guide_tier
from db.listing import Listing
from db.metadata import amount, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.guides import Commission, CommissionState, Earner, GuideStatus, RateSource
from domain.money import Money
from domain.pages import Page, PageRequest

commission = Table(
    "commission",
    metadata,
    key(),
    refers_to("order", "order_id"),
    refers_to("guide", "guide_id"),
    Column("level", Integer(), nullable=False),
    amount("base_minor"),
    Column("rate_bp", Integer(), nullable=False),
    *one_of("rate_source", RateSource),
    amount("amount_minor"),
    words("currency"),
    *one_of("state", CommissionState),
    moment("created_at"),
    CheckConstraint("level IN (1, 2)", name="at_most_two_levels"),
    CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_is_a_share"),
    CheckConstraint("amount_minor BETWEEN 1 AND base_minor", name="amount_is_within_its_base"),
    UniqueConstraint("order_id", "guide_id", "level"),
    Index(None, "guide_id", "id"),
)

_COLUMNS = (
    commission.c.id,
    commission.c.order_id,
    commission.c.guide_id,
    commission.c.level,
    commission.c.base_minor,
    commission.c.rate_bp,
    commission.c.rate_source,
    commission.c.amount_minor,
    commission.c.state,
    commission.c.created_at,
    commission.c.currency,
)
_EARNER = prepared(
    select(guide.c.id, guide.c.member_id, guide.c.status, guide_tier.c.rate_bp)
    .join(guide_tier, guide_tier.c.id == guide.c.tier_id)
    .where(guide.c.id == bindparam("id", type_=Uuid()))
    # A guide who is being frozen now is frozen before or after this payment, not in between.
    .with_for_update(read=True, of=guide)
)
_ADD = prepared(
    insert(commission)
    .values({column.name: bindparam(column.name, type_=column.type) for column in commission.c})
    .on_conflict_do_nothing(index_elements=["order_id", "guide_id", "level"])
)
_RELEASE_HELD = prepared(
    update(commission)
    .where(
        commission.c.guide_id == bindparam("of_guide", type_=Uuid()),
        commission.c.state == bindparam("held", CommissionState.HELD.value, Text()),
    )
    .values(state=bindparam("pending", CommissionState.PENDING.value, Text()))
)


def _commission(row: Row) -> Commission:
    id_, order_id, guide_id, level, base, rate_bp, source, earned, state, created_at, currency = row[: len(_COLUMNS)]
    return Commission(
        id_,
        order_id,
        guide_id,
        level,
        Money(base, currency),
        rate_bp,
        RateSource(source),
        Money(earned, currency),
        CommissionState(state),
        created_at,
    )


_LISTING = Listing(
    select(*_COLUMNS).where(commission.c.guide_id == bindparam("guide_id", type_=Uuid())),
    _commission,
    id=commission.c.id,
)


async def find_earner(tx: Writing, guide_id: UUID) -> Earner | None:
    """What decides whether a guide earns, kept as it is until the transaction ends."""
    row = await tx.row(_EARNER, id=guide_id)
    return None if row is None else Earner(row["id"], row["member_id"], GuideStatus(row["status"]), row["rate_bp"])


async def add(tx: Writing, earned: Commission) -> bool:
    """Keep a commission; False when the order has paid this guide before."""
    added = await tx.execute(
        _ADD,
        id=earned.id,
        order_id=earned.order_id,
        guide_id=earned.guide_id,
        level=earned.level,
        base_minor=earned.base.minor,
        rate_bp=earned.rate_bp,
        rate_source=earned.rate_source.value,
        amount_minor=earned.amount.minor,
        currency=earned.amount.currency,
        state=earned.state.value,
        created_at=earned.created_at,
    )
    return added > 0


async def release_held(tx: Writing, guide_id: UUID) -> int:
    """Let what was held while the guide was frozen wait for its release like the rest; returns how many."""
    return await tx.execute(_RELEASE_HELD, of_guide=guide_id)


async def commissions_of(reading: Reading, guide_id: UUID, request: PageRequest) -> Page[Commission]:
    """A page of what a guide earned, the newest first."""
    return await _LISTING.page(reading, request, descending=True, guide_id=guide_id)
