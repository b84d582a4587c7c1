"""Commissions: what guides earn from paid orders, and what was taken back of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    delete,
    exists,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.after_sale_tables import IS_OPEN, after_sale
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.metadata import (
    UUIDS,
    amount,
    given_rows,
    in_columns,
    key,
    members_of,
    metadata,
    moment,
    one_of,
    refers_to,
    words,
)
from db.statements import prepared
from domain.commission_rates import RateSource
from domain.commissions import Commission, CommissionState, Wallet
from domain.filters import Condition
from domain.guides import GuideStatus
from domain.ledger import available_commission, commission_debt
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
    Column("rate_bp", Integer()),
    *one_of("rate_source", RateSource),
    amount("amount_minor"),
    words("currency"),
    *one_of("state", CommissionState),
    moment("created_at"),
    Column("refunded_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("clawed_back_minor", BigInteger(), nullable=False, server_default=text("0")),
    refers_to("order_line", "line_id", optional=True),
    Column("is_cut", Boolean(), nullable=False, server_default=text("false")),
    moment("release_at", optional=True),
    moment("released_at", optional=True),
    CheckConstraint("refunded_minor BETWEEN 0 AND base_minor", name="no_more_is_refunded_than_its_base"),
    CheckConstraint("clawed_back_minor BETWEEN 0 AND amount_minor", name="no_more_is_clawed_back_than_was_earned"),
    CheckConstraint("level IN (1, 2)", name="at_most_two_levels"),
    CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_is_a_share"),
    CheckConstraint("amount_minor BETWEEN 1 AND base_minor", name="amount_is_within_its_base"),
    CheckConstraint("(released_at IS NULL) = (state NOT IN ('AVAILABLE', 'WITHDRAWN', 'CLAWED_BACK'))",
                    name="what_is_released_has_a_time"),
    Index("uq_commission_one_of_a_line", "order_id", "line_id", "guide_id", "level", unique=True,
          postgresql_nulls_not_distinct=True),
    Index(None, "guide_id", "id"),
    Index("ix_commission_due", "release_at", postgresql_where=text("state = 'FROZEN'")),
    Index("ix_commission_estimated", "guide_id", postgresql_where=text("state = 'ESTIMATED'")),
    Index("ix_commission_held", "guide_id", postgresql_where=text("state = 'HELD'")),
    Index("ix_commission_released", "guide_id", "released_at", postgresql_where=text("released_at IS NOT NULL")),
)  # fmt: skip

commission_claw_back = Table(
    "commission_claw_back",
    metadata,
    refers_to("commission", "commission_id"),
    # The decision by which something went back. It is written after what follows from it.
    Column("refund_id", Uuid(), ForeignKey("order_refund.id", deferrable=True, initially="DEFERRED")),
    refers_to("guide", "guide_id"),
    amount("amount_minor"),
    Column("after_release", Boolean(), nullable=False),
    moment("at"),
    PrimaryKeyConstraint("commission_id", "refund_id"),
    CheckConstraint("amount_minor > 0", name="something_was_taken_back"),
    Index(None, "guide_id", "at"),
)
"""What was taken back of commissions, once for each refund; rows are only ever added."""

_COLUMNS = tuple(
    commission.c[name]
    for name in (
        "id", "order_id", "line_id", "guide_id", "level", "base_minor", "rate_bp", "rate_source", "amount_minor",
        "is_cut", "state", "created_at", "release_at", "released_at", "refunded_minor", "clawed_back_minor", "currency",
    )
)  # fmt: skip
_STATES, _SOURCES = members_of(CommissionState), members_of(RateSource)


def _commission(row: Row) -> Commission:
    id_, order_id, line_id, guide_id, level, base, rate_bp, source, earned, *rest = row[: len(_COLUMNS)]
    is_cut, state, created_at, release_at, released_at, refunded, clawed_back, currency = rest
    return Commission(
        id_,
        order_id,
        line_id,
        guide_id,
        level,
        Money(base, currency),
        rate_bp,
        _SOURCES[source],
        Money(earned, currency),
        is_cut,
        _STATES[state],
        created_at,
        release_at,
        released_at,
        Money(refunded, currency),
        Money(clawed_back, currency),
    )


def _values(one: Commission) -> dict[str, Any]:
    return {
        "id": one.id,
        "order_id": one.order_id,
        "line_id": one.line_id,
        "guide_id": one.guide_id,
        "level": one.level,
        "base_minor": one.base.minor,
        "rate_bp": one.rate_bp,
        "rate_source": one.rate_source.value,
        "amount_minor": one.amount.minor,
        "is_cut": one.is_cut,
        "state": one.state.value,
        "created_at": one.created_at,
        "release_at": one.release_at,
        "released_at": one.released_at,
        "refunded_minor": one.refunded.minor,
        "clawed_back_minor": one.clawed_back.minor,
        "currency": one.amount.currency,
    }


_given = given_rows("earned", _COLUMNS)
_NEW = insert(commission).from_select([one.name for one in _COLUMNS], select(*_given.c))
_SAME = ["order_id", "line_id", "guide_id", "level"]
EARNING = _NEW.on_conflict_do_update(
    index_elements=_SAME,
    # What was estimated while the order waited to be paid becomes what is earned.
    set_={one.name: _NEW.excluded[one.name] for one in _COLUMNS if one.name not in ("id", *_SAME)},
    where=commission.c.state == literal_column("'ESTIMATED'"),
)
_ESTIMATE = prepared(_NEW.on_conflict_do_nothing())
_UNESTIMATE = prepared(
    delete(commission).where(
        commission.c.order_id == any_(bindparam("order_ids", type_=UUIDS)),
        commission.c.state == literal_column("'ESTIMATED'"),
    )
)
_OF_ORDER = select(*_COLUMNS).where(commission.c.order_id == bindparam("order_id", type_=Uuid()))
_LOCK_OF_ORDER = prepared(_OF_ORDER.order_by(commission.c.id).with_for_update(key_share=True))
_CHANGED = ("state", "release_at", "released_at", "refunded_minor", "clawed_back_minor")
_changes = given_rows("changed", [commission.c.id, *(commission.c[name] for name in _CHANGED)])
_SAVE = prepared(
    update(commission).where(commission.c.id == _changes.c.id).values({name: _changes.c[name] for name in _CHANGED})
)
_RELEASE = prepared(
    update(commission)
    .where(commission.c.id == any_(bindparam("ids", type_=UUIDS)))
    .values(state=literal_column("'AVAILABLE'"), released_at=bindparam("at", type_=DateTime(timezone=True)))
)
_lost = given_rows("lost", list(commission_claw_back.c))
_CLAW_BACK = prepared(
    insert(commission_claw_back).from_select([one.name for one in commission_claw_back.c], select(*_lost.c))
)
_FORGET_ESTIMATES = prepared(
    update(commission)
    .where(
        commission.c.order_id == bindparam("of_order", type_=Uuid()),
        commission.c.state == bindparam("estimated", CommissionState.ESTIMATED.value, Text()),
    )
    .values(state=bindparam("cancelled", CommissionState.CANCELLED.value, Text()))
)


def earnings(earned: Sequence[Commission]) -> dict[str, Any]:
    """The values of EARNING. An order earns each guide once for a line and a level."""
    return in_columns("earned", _COLUMNS, [_values(one) for one in earned])


async def estimate(tx: Writing, order_ids: Sequence[UUID], expected: Sequence[Commission]) -> None:
    """Keep what orders that are not paid would earn, instead of what was expected of them before."""
    await tx.execute(_UNESTIMATE, order_ids=list(order_ids))
    await tx.execute(_ESTIMATE, **earnings(expected))


async def forget_estimates(tx: Writing, order_id: UUID) -> None:
    """An order was given up: nothing comes of what it would have earned."""
    await tx.execute(_FORGET_ESTIMATES, of_order=order_id)


async def lock_of_order(tx: Writing, order_id: UUID) -> list[Commission]:
    """What an order earned, kept as it is until the transaction ends."""
    return [_commission(row) for row in await tx.rows(_LOCK_OF_ORDER, order_id=order_id)]


async def save(tx: Writing, changed: Sequence[Commission]) -> None:
    """Keep where commissions stand, and what of them was taken back."""
    columns = [commission.c.id, *(commission.c[name] for name in _CHANGED)]
    await tx.execute(_SAVE, **in_columns("changed", columns, [_values(one) for one in changed]))


async def release(tx: Writing, released: Sequence[Commission], at: datetime) -> None:
    """Keep that locked commissions are their guides' own from now on."""
    await tx.execute(_RELEASE, ids=[one.id for one in released], at=at)


async def log_claw_backs(
    tx: Writing, refund_id: UUID, lost: Sequence[tuple[Commission, Money]], at: datetime, *, released: frozenset[UUID]
) -> None:
    """Keep what a refund took back of commissions; `released` are those that were their guides' already."""
    rows = [
        {
            "commission_id": one.id,
            "refund_id": refund_id,
            "guide_id": one.guide_id,
            "amount_minor": less.minor,
            "after_release": one.id in released,
            "at": at,
        }
        for one, less in lost
    ]
    await tx.execute(_CLAW_BACK, **in_columns("lost", list(commission_claw_back.c), rows))


_NOBODY_RETURNS_IT = ~exists().where(after_sale.c.order_id == commission.c.order_id, IS_OPEN)
_DUE = prepared(
    select(*_COLUMNS, guide.c.status)
    .join(guide, guide.c.id == commission.c.guide_id)
    .where(
        commission.c.state == literal_column("'FROZEN'"),
        commission.c.release_at <= bindparam("at", type_=DateTime(timezone=True)),
        _NOBODY_RETURNS_IT,
    )
    .order_by(commission.c.release_at)
    .limit(bindparam("most"))
    .with_for_update(of=commission, key_share=True, skip_locked=True)
)
_DUE_AT = bindparam("due", type_=DateTime(timezone=True))
_LOCK_HELD = prepared(
    select(*_COLUMNS)
    .where(
        commission.c.guide_id == bindparam("guide_id", type_=Uuid()),
        commission.c.state == literal_column("'HELD'"),
        or_(_DUE_AT.is_(None), and_(commission.c.release_at <= _DUE_AT, _NOBODY_RETURNS_IT)),
    )
    .order_by(commission.c.id)
    .with_for_update(key_share=True)
)
_FREE = prepared(
    update(commission)
    .where(
        commission.c.id.in_(
            select(commission.c.id)
            .join(guide, guide.c.id == commission.c.guide_id)
            .where(commission.c.state == literal_column("'HELD'"), guide.c.status == literal_column("'ACTIVE'"))
            .with_for_update(of=commission, key_share=True, skip_locked=True)
        )
    )
    .values(
        state=case((commission.c.release_at.is_(None), literal_column("'PENDING'")), else_=literal_column("'FROZEN'"))
    )
)


async def free(tx: Writing) -> None:
    """Hold no more what belongs to guides who are active: some that was being earned while that changed."""
    await tx.execute(_FREE)


async def lock_due(tx: Writing, at: datetime, most: int) -> list[tuple[Commission, GuideStatus]]:
    """Commissions whose time has come and whose order nobody wants to give back; each with its guide's status."""
    return [(_commission(row), GuideStatus(row["status"])) for row in await tx.rows(_DUE, at=at, most=most)]


async def lock_held(tx: Writing, guide_id: UUID, due: datetime | None = None) -> list[Commission]:
    """What is held of a guide, or of that what can no longer come back, kept as it is until the transaction ends."""
    return [_commission(row) for row in await tx.rows(_LOCK_HELD, guide_id=guide_id, due=due)]


_LISTING = Listing(
    select(*_COLUMNS).where(commission.c.guide_id == bindparam("guide_id", type_=Uuid())),
    _commission,
    id=commission.c.id,
    filters={"state": commission.c.state, "createdAt": commission.c.created_at, "releasedAt": commission.c.released_at},
)


async def commissions_of(reading: Reading, guide_id: UUID, request: PageRequest, where: Condition) -> Page[Commission]:
    """A page of what a guide earned, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True, guide_id=guide_id)


def wallets_of(guide_ids: Sequence[UUID], balances: Mapping[str, int]) -> dict[UUID, Wallet]:
    """The wallets of guides, from the balances of their accounts."""
    return {
        one: Wallet(one, balances.get(available_commission(one), 0), balances.get(commission_debt(one), 0))
        for one in guide_ids
    }
