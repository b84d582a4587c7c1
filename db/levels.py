"""Levels: the ladder, what each member has grown to, and an append-only ledger of growth that sums to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, key, metadata, moment, refers_to, words
from db.statements import prepared
from domain.levels import Growth, MemberLevel
from domain.rights import Rights

member_level = Table(
    "member_level",
    metadata,
    key(),
    Column("rank", Integer(), nullable=False),
    words("name"),
    Column("growth_threshold", BigInteger(), nullable=False),
    Column("discount_bp", Integer(), nullable=False),
    Column("rights", JSONB(), nullable=False),
    UniqueConstraint("rank"),
    UniqueConstraint("growth_threshold"),
    CheckConstraint("growth_threshold >= 0", name="growth_threshold_is_not_negative"),
    CheckConstraint("discount_bp BETWEEN 1 AND 10000", name="discount_is_a_share"),
)

member_growth = Table(
    "member_growth",
    metadata,
    Column("member_id", Uuid(), ForeignKey("member.id"), primary_key=True),
    Column("growth", BigInteger(), nullable=False, server_default=text("0")),
    Column("held", BigInteger(), nullable=False, server_default=text("0")),
    moment("held_until", optional=True),
    CheckConstraint("growth >= 0", name="growth_is_not_negative"),
    Index("ix_member_growth_held_until", "held_until", postgresql_where=text("held_until IS NOT NULL")),
)

growth_entry = Table(
    "growth_entry",
    metadata,
    key(),
    Column("member_id", Uuid(), ForeignKey("member_growth.member_id"), nullable=False, index=True),
    refers_to("order", "order_id"),
    Column("growth", BigInteger(), nullable=False),
    Column("business_key", Text(), nullable=False, unique=True),
    moment("at"),
    CheckConstraint("growth <> 0", name="growth_moves"),
    Index(None, "order_id"),
)

_COLUMNS = (
    member_level.c.id,
    member_level.c.rank,
    member_level.c.name,
    member_level.c.growth_threshold,
    member_level.c.discount_bp,
    member_level.c.rights,
)
_LADDER = prepared(select(*_COLUMNS).order_by(member_level.c.rank))
_TURN = prepared(select(func.pg_advisory_xact_lock(literal_column("1818391154"))))
_REMOVE = prepared(delete(member_level).where(~(member_level.c.id == any_(bindparam("kept", type_=UUIDS)))))
# Ranks and thresholds are unique: those that stay step aside before they take their new places.
_STEP_ASIDE = prepared(
    update(member_level).values(rank=-member_level.c.rank, growth_threshold=member_level.c.growth_threshold + 10**12)
)
_new = insert(member_level).values({c.name: bindparam(c.name, type_=c.type) for c in _COLUMNS})
_SAVE = prepared(
    _new.on_conflict_do_update(
        index_elements=["id"], set_={c.name: _new.excluded[c.name] for c in _COLUMNS if c.name != "id"}
    )
)
_OPEN = prepared(insert(member_growth).values(member_id=bindparam("member_id", type_=Uuid())).on_conflict_do_nothing())
_GROWTH = (member_growth.c.growth, member_growth.c.held, member_growth.c.held_until)
_LOCK = prepared(
    select(*_GROWTH)
    .where(member_growth.c.member_id == bindparam("member_id", type_=Uuid()))
    .with_for_update(key_share=True)
)
_OF = prepared(
    select(member_growth.c.member_id, *_GROWTH).where(
        member_growth.c.member_id == any_(bindparam("members", type_=UUIDS))
    )
)
_ENTER = prepared(insert(growth_entry).values({c.name: bindparam(c.name, type_=c.type) for c in growth_entry.c}))
_KEEP = prepared(
    update(member_growth)
    .where(member_growth.c.member_id == bindparam("of_member", type_=Uuid()))
    .values(
        growth=bindparam("now", type_=BigInteger()),
        held=bindparam("now_held", type_=BigInteger()),
        held_until=bindparam("until", type_=DateTime(timezone=True)),
    )
)
_BY_ORDER = prepared(
    select(func.coalesce(func.sum(growth_entry.c.growth), 0).cast(BigInteger())).where(
        growth_entry.c.order_id == bindparam("order_id", type_=Uuid())
    )
)
_NEXT_HELD = prepared(
    select(member_growth.c.member_id, *_GROWTH)
    .where(member_growth.c.held_until <= bindparam("at", type_=DateTime(timezone=True)))
    .order_by(member_growth.c.held_until)
    .limit(literal_column("1"))
    .with_for_update(key_share=True, skip_locked=True)
)


def rights_of(kept: dict[str, Any]) -> Rights:
    """Rights as they are kept in JSON; what is not there is not given."""
    return msgspec.convert(kept, Rights, strict=False)


def level_of(row: Row) -> MemberLevel:
    id_, rank, name, threshold, discount_bp, rights = row
    return MemberLevel(id_, rank, name, threshold, discount_bp, rights_of(rights))


async def ladder(reading: Reading) -> list[MemberLevel]:
    """All levels, the lowest first."""
    return [level_of(row) for row in await reading.rows(_LADDER)]


async def save_ladder(tx: Writing, levels: Sequence[MemberLevel]) -> None:
    """Replace the ladder as a whole; levels with an id that is known stay what they are for those who refer to them."""
    await tx.rows(_TURN)
    await tx.execute(_REMOVE, kept=[level.id for level in levels])
    await tx.execute(_STEP_ASIDE)
    rows = [
        {c.name: getattr(level, c.name) for c in _COLUMNS} | {"rights": msgspec.to_builtins(level.rights)}
        for level in levels
    ]
    await tx.execute_many(_SAVE, rows)


async def lock_growth(tx: Writing, member_id: UUID) -> Growth:
    """What a member has grown to, kept from other changes until the transaction ends."""
    await tx.execute(_OPEN, member_id=member_id)
    row = await tx.row(_LOCK, member_id=member_id)
    assert row is not None, "it was opened just now"
    return Growth(*row)


async def growth_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, Growth]:
    return {row["member_id"]: Growth(*row[1:]) for row in await reading.rows(_OF, members=list(member_ids))}


async def growth_by(tx: Writing, order_id: UUID) -> int:
    """What is left of the growth that an order gave."""
    return int(await tx.value(_BY_ORDER, order_id=order_id))


async def enter(
    tx: Writing, entry_id: UUID, member_id: UUID, order_id: UUID, growth: int, business_key: str, at: datetime
) -> None:
    """Write one entry of the ledger of growth, once for its key."""
    await tx.execute(
        _ENTER, id=entry_id, member_id=member_id, order_id=order_id, growth=growth, business_key=business_key, at=at
    )


async def keep(tx: Writing, member_id: UUID, growth: Growth) -> None:
    """Save what a member, who is locked, has grown to."""
    await tx.execute(_KEEP, of_member=member_id, now=growth.growth, now_held=growth.held, until=growth.held_until)


async def lock_next_anniversary(tx: Writing, at: datetime) -> tuple[UUID, Growth] | None:
    """A member whose level has come to its anniversary, locked; None when there is none that nobody else holds."""
    row = await tx.row(_NEXT_HELD, at=at)
    return None if row is None else (row["member_id"], Growth(*row[1:]))
