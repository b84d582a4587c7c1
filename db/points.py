"""Points: an append-only ledger of entries, batches that expire, and what was taken of which batch for what.

Every change of a member's points locks the row of their account first, then batches in the order of their ids.
`available` is the sum of what is left in the batches; that it is never negative is a constraint, and so is that
nobody holds and owes points at once. A trigger of the migration refuses to change or delete an entry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import asdict, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
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
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db import writes
from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, json_rows, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.writes import Part
from domain.points import Account, Balance, Batch, Entry, PointsKind, Portion, Use
from domain.records import record

points_account = Table(
    "points_account",
    metadata,
    Column("member_id", Uuid(), ForeignKey("member.id"), primary_key=True),
    Column("available", BigInteger(), nullable=False, server_default=text("0")),
    Column("owed", BigInteger(), nullable=False, server_default=text("0")),
    CheckConstraint("available >= 0", name="available_is_not_negative"),
    CheckConstraint("owed >= 0", name="owed_is_not_negative"),
    CheckConstraint("available = 0 OR owed = 0", name="holds_or_owes"),
)

points_batch = Table(
    "points_batch",
    metadata,
    key(),
    Column("member_id", Uuid(), ForeignKey("points_account.member_id"), nullable=False),
    Column("points", BigInteger(), nullable=False),
    Column("remaining", BigInteger(), nullable=False),
    moment("created_at"),
    moment("expires_at"),
    CheckConstraint("remaining BETWEEN 0 AND points", name="remaining_is_within_the_batch"),
    Index("ix_points_batch_left", "member_id", "expires_at", "id", postgresql_where=text("remaining > 0")),
    Index("ix_points_batch_expiring", "expires_at", postgresql_where=text("remaining > 0")),
)

points_entry = Table(
    "points_entry",
    metadata,
    key(),
    Column("member_id", Uuid(), ForeignKey("points_account.member_id"), nullable=False),
    *one_of("kind", PointsKind),
    Column("points", BigInteger(), nullable=False),
    # What an order takes is written before the order itself.
    Column("order_id", Uuid(), ForeignKey("order.id", deferrable=True, initially="DEFERRED")),
    Column("business_key", Text(), nullable=False, unique=True),
    words("reason", optional=True),
    moment("at"),
    CheckConstraint("points <> 0", name="points_move"),
    Index(None, "member_id", "id"),
    Index("ix_points_entry_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

points_use = Table(
    "points_use",
    metadata,
    refers_to("points_entry", "entry_id"),
    refers_to("points_batch", "batch_id"),
    Column("points", BigInteger(), nullable=False),
    Column("returned", BigInteger(), nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("entry_id", "batch_id"),
    CheckConstraint("points > 0", name="points_is_positive"),
    CheckConstraint("returned BETWEEN 0 AND points", name="no_more_comes_back_than_went"),
)

LONGS: ARRAY[int] = ARRAY(BigInteger())
_OPEN = prepared(
    insert(points_account)
    .from_select(["member_id"], select(func.unnest(bindparam("members", type_=UUIDS))))
    .on_conflict_do_nothing()
)
_LOCKED = (
    select(points_account.c.member_id, points_account.c.available, points_account.c.owed)
    .where(points_account.c.member_id == any_(bindparam("members", type_=UUIDS)))
    .order_by(points_account.c.member_id)
    .with_for_update(key_share=True)
)
_LOCK = prepared(_LOCKED)
_LEFT = (points_batch.c.remaining > literal_column("0"),)
_SPENDABLE = (
    select(points_batch.c.member_id, points_batch.c.id, points_batch.c.remaining, points_batch.c.expires_at)
    .where(*_LEFT, points_batch.c.expires_at > bindparam("at", type_=DateTime(timezone=True)))
    .order_by(points_batch.c.member_id, points_batch.c.expires_at, points_batch.c.id)
)
_BATCHES = prepared(_SPENDABLE.where(points_batch.c.member_id == any_(bindparam("members", type_=UUIDS))))
_locked = _LOCKED.cte("locked")
_LOCK_BATCHES = prepared(_SPENDABLE.join(_locked, _locked.c.member_id == points_batch.c.member_id))
_moves = (
    func.unnest(bindparam("members", type_=UUIDS), bindparam("available", type_=LONGS), bindparam("owed", type_=LONGS))
    .table_valued(column("member_id", Uuid()), column("available", BigInteger()), column("owed", BigInteger()))
    .render_derived(name="moves")
)
_MOVE = prepared(
    update(points_account)
    .where(
        points_account.c.member_id == _moves.c.member_id,
        points_account.c.available + _moves.c.available >= literal_column("0"),
        points_account.c.owed + _moves.c.owed >= literal_column("0"),
    )
    .values(available=points_account.c.available + _moves.c.available, owed=points_account.c.owed + _moves.c.owed)
)
_spent = json_rows("spent_points", (points_account.c.member_id, Column("points", BigInteger()))).c
_SPENT = Part(
    "spent_points",
    update(points_account)
    .where(points_account.c.member_id == _spent.member_id, points_account.c.available >= _spent.points)
    .values(available=points_account.c.available - _spent.points)
    .returning(points_account.c.member_id)
    .cte("points_spent"),
)
_ENTERED = Part(
    "points_entries",
    insert(points_entry)
    .from_select([c.name for c in points_entry.c], select(*json_rows("points_entries", tuple(points_entry.c)).c))
    .returning(points_entry.c.id)
    .cte("points_entered"),
)


def _from_batches() -> Part:
    name = "points_uses"
    portions = select(*json_rows(name, _USED).c).cte("portions")
    sums = (
        select(portions.c.batch_id, func.sum(portions.c.points).cast(BigInteger()).label("points"))
        .group_by(portions.c.batch_id)
        .subquery("sums_by_batch")
    )
    drawn = (
        update(points_batch)
        .where(points_batch.c.id == sums.c.batch_id, points_batch.c.remaining >= sums.c.points)
        .values(remaining=points_batch.c.remaining - sums.c.points)
        .returning(points_batch.c.id)
    )
    noted = insert(points_use).from_select([one.name for one in _USED], select(*portions.c))
    return Part(name, drawn.cte("points_drawn"), noted.cte("points_noted"))


_USED = (points_use.c.entry_id, points_use.c.batch_id, points_use.c.points)
_DRAWN = _from_batches()
_portions = (
    func.unnest(
        bindparam("of_entries", type_=UUIDS), bindparam("of_batches", type_=UUIDS), bindparam("parts", type_=LONGS)
    )
    .table_valued(column("entry_id", Uuid()), column("batch_id", Uuid()), column("points", BigInteger()))
    .render_derived(name="portions")
)
_by_batch = (
    select(_portions.c.batch_id, func.sum(_portions.c.points).cast(BigInteger()).label("points"))
    .group_by(_portions.c.batch_id)
    .subquery("by_batch")
)
_FILL = prepared(
    insert(points_batch).values(
        {
            name: bindparam(name, type_=points_batch.c[name].type)
            for name in ("id", "member_id", "points", "remaining", "created_at", "expires_at")
        }
    )
)
_REFILL = prepared(
    update(points_batch)
    .where(points_batch.c.id == _by_batch.c.batch_id)
    .values(remaining=points_batch.c.remaining + _by_batch.c.points)
)
_BRING_BACK = prepared(
    update(points_use)
    .where(points_use.c.entry_id == _portions.c.entry_id, points_use.c.batch_id == _portions.c.batch_id)
    .values(returned=points_use.c.returned + _portions.c.points)
)
_USES = prepared(
    select(
        points_use.c.entry_id, points_use.c.batch_id, points_use.c.points, points_batch.c.expires_at,
        points_use.c.returned,
    )
    .join(points_entry, points_entry.c.id == points_use.c.entry_id)
    .join(points_batch, points_batch.c.id == points_use.c.batch_id)
    .where(points_entry.c.order_id == bindparam("order_id", type_=Uuid()), points_entry.c.kind == "SPENT")
)  # fmt: skip


@record
class Change:
    """One entry with what it moves: out of batches when `drawn`, into batches when `refilled` or `filled`."""

    entry: Entry
    business_key: str
    drawn: Sequence[Portion] = ()
    refilled: Sequence[Portion] = ()
    filled: Batch | None = None
    """A new batch; it holds nothing where all of it went into what was owed."""
    owed: int = 0
    """By how much more is owed now, or less when negative."""
    brought_back: Sequence[Use] = field(default=())

    @property
    def available(self) -> int:
        """By how much the member holds more or less."""
        filled = 0 if self.filled is None else self.filled.points
        return filled + sum(one.points for one in self.refilled) - sum(one.points for one in self.drawn)


async def open_accounts(tx: Writing, member_ids: Sequence[UUID]) -> None:
    """Make sure that the members have accounts, so that they can be locked."""
    await tx.execute(_OPEN, members=sorted(member_ids))


async def lock(tx: Writing, member_ids: Sequence[UUID]) -> dict[UUID, Account]:
    """The accounts of members, kept from other changes until the transaction ends; none for who never had points."""
    rows = await tx.rows(_LOCK, members=sorted(set(member_ids)))
    return {row["member_id"]: Account(row["available"], row["owed"]) for row in rows}


async def lock_batches(tx: Writing, member_ids: Collection[UUID], at: datetime) -> dict[UUID, list[Batch]]:
    """What can be spent of members, in the order in which it expires; their accounts are locked by the same statement.

    It is as the statement saw it when it began: the guards of `spent` catch what came meanwhile.
    """
    rows = await tx.rows(_LOCK_BATCHES, members=sorted(member_ids), at=at)
    return by_key(rows, "member_id", _batch)


async def batches_of(tx: Writing, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, list[Batch]]:
    """What can be spent of members who are locked, in the order in which it expires."""
    rows = await tx.rows(_BATCHES, members=list(member_ids), at=at)
    return by_key(rows, "member_id", _batch)


def _batch(row: Row) -> Batch:
    return Batch(row["id"], row["remaining"], row["expires_at"])


def spent(changes: Sequence[Change]) -> list[writes.Write]:
    """What members who are locked spend; it must be there."""
    moved = Counter[UUID]()
    for change in changes:
        moved[change.entry.member_id] -= change.available
    rows = [{"member_id": member_id, "points": points} for member_id, points in moved.items()]
    return [writes.Write.of(_SPENT, rows), *_entered(changes)]


async def spend(tx: Writing, changes: Sequence[Change]) -> bool:
    """Write down by itself what members who are locked spend; False when less was there."""
    return await writes.write(tx, spent(changes))


async def write(tx: Writing, change: Change) -> None:
    """Write down one change of a member who is locked."""
    entry = change.entry
    moved = await tx.execute(_MOVE, members=[entry.member_id], available=[change.available], owed=[change.owed])
    assert moved == 1, f"the account of {entry.member_id} was not locked"
    if change.filled is not None:
        batch = change.filled
        await tx.execute(
            _FILL,
            id=batch.id,
            member_id=entry.member_id,
            points=batch.points,
            remaining=batch.points,
            created_at=entry.at,
            expires_at=batch.expires_at,
        )
    entered = await writes.write(tx, _entered([change]))
    assert entered, f"less was in the batches than {change}"
    if change.refilled:
        await tx.execute(_REFILL, **_given(entry.id, change.refilled))
    if change.brought_back:
        for entry_id in {use.entry_id for use in change.brought_back}:
            parts = [Portion(u.batch.id, u.returned) for u in change.brought_back if u.entry_id == entry_id]
            await tx.execute(_BRING_BACK, **_given(entry_id, parts))


def _given(entry_id: UUID, portions: Sequence[Portion]) -> dict[str, object]:
    return {
        "of_entries": [entry_id for _ in portions],
        "of_batches": [one.batch_id for one in portions],
        "parts": [one.points for one in portions],
    }


def _entered(changes: Sequence[Change]) -> list[writes.Write]:
    """The entries of changes, and what they draw from batches, which must hold it."""
    entries = [
        asdict(change.entry) | {"kind": change.entry.kind.value, "business_key": change.business_key}
        for change in changes
    ]
    uses = [
        {"entry_id": change.entry.id, "batch_id": portion.batch_id, "points": portion.points}
        for change in changes
        for portion in change.drawn
    ]
    batches = {use["batch_id"] for use in uses}
    return [writes.Write.of(_ENTERED, entries), writes.Write(_DRAWN, uses, len(batches))]


async def uses_of(tx: Writing, order_id: UUID) -> list[Use]:
    """What was spent on an order, of which batches, and what came back of it."""
    return [
        Use(row["entry_id"], Batch(row["batch_id"], row["points"], row["expires_at"]), row["returned"])
        for row in await tx.rows(_USES, order_id=order_id)
    ]


_at = bindparam("at", type_=DateTime(timezone=True))
_good = points_batch.c.expires_at > _at
_soon = points_batch.c.expires_at <= bindparam("soon", type_=DateTime(timezone=True))
_asked = (
    func.unnest(bindparam("members", type_=UUIDS))
    .table_valued(column("member_id", Uuid()))
    .render_derived(name="asked")
)
_BALANCES = prepared(
    select(
        _asked.c.member_id,
        (func.coalesce(func.sum(points_batch.c.remaining), 0) - func.coalesce(func.max(points_account.c.owed), 0)).cast(
            BigInteger()
        ),
        func.coalesce(func.sum(points_batch.c.remaining).filter(_soon), 0).cast(BigInteger()),
        func.min(points_batch.c.expires_at),
    )
    .select_from(
        _asked.outerjoin(points_account, points_account.c.member_id == _asked.c.member_id).outerjoin(
            points_batch, (points_batch.c.member_id == _asked.c.member_id) & _LEFT[0] & _good
        )
    )
    .group_by(_asked.c.member_id)
)


async def balances_of(reading: Reading, member_ids: Sequence[UUID], at: datetime, soon: datetime) -> list[Balance]:
    """What each member may spend, in their order; nothing counts that has expired."""
    rows = await reading.rows(_BALANCES, members=list(member_ids), at=at, soon=soon)
    found = {row["member_id"]: Balance(*row) for row in rows}
    return [found[member_id] for member_id in member_ids]


_expired = (
    select(points_batch.c.member_id)
    .where(points_batch.c.expires_at <= _at, *_LEFT)
    .order_by(points_batch.c.expires_at)
    .limit(bindparam("most", type_=Integer()))
)
_NEXT_EXPIRED = prepared(
    select(points_account.c.member_id)
    .where(points_account.c.member_id.in_(_expired))
    .order_by(points_account.c.member_id)
    .limit(literal_column("1"))
    .with_for_update(key_share=True, skip_locked=True)
)
_EXPIRED = prepared(
    select(points_batch.c.id, points_batch.c.remaining, points_batch.c.expires_at)
    .where(points_batch.c.member_id == bindparam("member_id", type_=Uuid()), *_LEFT, points_batch.c.expires_at <= _at)
    .order_by(points_batch.c.id)
)


async def lock_next_expired(tx: Writing, at: datetime) -> tuple[UUID, list[Batch]] | None:
    """A member with expired points, locked, and those batches; None when there is none that nobody else holds."""
    member_id = await tx.value(_NEXT_EXPIRED, at=at, most=100)
    return None if member_id is None else (member_id, await expired_of(tx, member_id, at))


async def expired_of(tx: Writing, member_id: UUID, at: datetime) -> list[Batch]:
    """What has expired of a member who is locked, and was not written off."""
    return [_batch(row) for row in await tx.rows(_EXPIRED, member_id=member_id, at=at)]
