"""Commissions: what guides earn from paid orders."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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
    text,
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
    Column("refunded_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("clawed_back_minor", BigInteger(), nullable=False, server_default=text("0")),
    CheckConstraint("refunded_minor BETWEEN 0 AND base_minor", name="no_more_is_refunded_than_its_base"),
    CheckConstraint("clawed_back_minor BETWEEN 0 AND amount_minor", name="no_more_is_clawed_back_than_was_earned"),
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
    commission.c.refunded_minor,
    commission.c.clawed_back_minor,
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
_LOCK_OF_ORDER = prepared(
    select(*_COLUMNS)
    .where(commission.c.order_id == bindparam("order_id", type_=Uuid()))
    .order_by(commission.c.id)
    .with_for_update(key_share=True)
)
_CLAW_BACK = prepared(
    update(commission)
    .where(commission.c.id == bindparam("of_commission", type_=Uuid()))
    .values(
        refunded_minor=bindparam("refunded", type_=BigInteger()),
        clawed_back_minor=bindparam("clawed_back", type_=BigInteger()),
    )
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
    id_, order_id, guide_id, level, base, rate_bp, source, earned, state, created_at, currency, refunded, clawed = row[
        : len(_COLUMNS)
    ]
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
        Money(refunded, currency),
        Money(clawed, currency),
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
        refunded_minor=earned.refunded.minor,
        clawed_back_minor=earned.clawed_back.minor,
    )
    return added > 0


async def lock_of_order(tx: Writing, order_id: UUID) -> list[Commission]:
    """What an order earned, kept as it is until the transaction ends."""
    return [_commission(row) for row in await tx.rows(_LOCK_OF_ORDER, order_id=order_id)]


async def save_claw_back(tx: Writing, changed: Sequence[Commission]) -> None:
    """Keep what of commissions was taken back."""
    await tx.execute_many(
        _CLAW_BACK,
        [
            {"of_commission": one.id, "refunded": one.refunded.minor, "clawed_back": one.clawed_back.minor}
            for one in changed
        ],
    )


async def release_held(tx: Writing, guide_id: UUID) -> int:
    """Let what was held while the guide was frozen wait for its release like the rest; returns how many."""
    return await tx.execute(_RELEASE_HELD, of_guide=guide_id)


async def commissions_of(reading: Reading, guide_id: UUID, request: PageRequest) -> Page[Commission]:
    """A page of what a guide earned, the newest first."""
    return await _LISTING.page(reading, request, descending=True, guide_id=guide_id)
