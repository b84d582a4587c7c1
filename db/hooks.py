"""Hooks: tables of hooks, of their codes and batches, of who scanned them, and of who got something for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, count, key, members_of, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.sublists import Sublist
from domain.filters import EVERYTHING, Condition
from domain.hooks import Hook, HookBatch, HookDraft, HookGoal, HookTool, Incentive
from domain.pages import Page, PageRequest

hook = Table(
    "hook",
    metadata,
    key(),
    words("code"),
    refers_to("channel", "channel_id"),
    *one_of("tool", HookTool),
    words("name"),
    *one_of("goal", HookGoal),
    words("campaign"),
    words("creative"),
    words("page"),
    refers_to("org_unit", "store_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    moment("starts_at", optional=True),
    moment("ends_at", optional=True),
    refers_to("coupon_template", "template_id", optional=True),
    count("points"),
    Column("most_given", Integer()),
    count("given"),
    moment("created_at"),
    Column("version", Integer(), nullable=False),
    CheckConstraint("ends_at > starts_at", name="it_ends_after_it_begins"),
    CheckConstraint("points >= 0", name="points_are_not_negative"),
    CheckConstraint("given >= 0 AND given <= most_given", name="no_more_is_given_than_may_be"),
    Index(None, "channel_id", "id"),
)
hook_batch = Table(
    "hook_batch",
    metadata,
    key(),
    refers_to("hook", "hook_id"),
    words("name"),
    Column("count", Integer(), nullable=False),
    moment("created_at"),
    CheckConstraint("count > 0", name="count_is_positive"),
    Index(None, "hook_id", "id"),
)
# All codes that lead to a hook: its own, which is of no batch, and those that were printed.
hook_code = Table(
    "hook_code",
    metadata,
    Column("code", Text(), primary_key=True),
    refers_to("hook", "hook_id"),
    refers_to("hook_batch", "batch_id", optional=True),
    Column("number", Integer(), nullable=False),
    CheckConstraint("number >= 0 AND (number = 0) = (batch_id IS NULL)", name="numbered_in_its_batch"),
    UniqueConstraint("batch_id", "number"),
    Index("uq_hook_code_own", "hook_id", unique=True, postgresql_where=text("batch_id IS NULL")),
)
hook_scan = Table(
    "hook_scan",
    metadata,
    refers_to("hook", "hook_id"),
    words("visitor_key"),
    Column("day", Date(), nullable=False),
    refers_to("member", "member_id", optional=True),
    words("code"),
    Column("scans", BigInteger(), nullable=False),
    moment("first_at"),
    moment("last_at"),
    PrimaryKeyConstraint("hook_id", "visitor_key", "day"),
    CheckConstraint("scans > 0", name="someone_scanned"),
    Index("ix_hook_scan_member_id", "member_id", "last_at", postgresql_where=text("member_id IS NOT NULL")),
)
# One row for each trace by which a person is known again: whoever left one before got the incentive before.
hook_gift = Table(
    "hook_gift",
    metadata,
    refers_to("hook", "hook_id"),
    Column("trace", LargeBinary(), nullable=False),
    # No foreign key: traces outlive the account.
    Column("member_id", Uuid(), nullable=False),
    moment("at"),
    PrimaryKeyConstraint("hook_id", "trace"),
)

_TOOLS, _GOALS = members_of(HookTool), members_of(HookGoal)
_COLUMNS = list(hook.c)
_EDITED = [one for one in hook.c if one.name not in ("id", "code", "channel_id", "tool", "given", "created_at")]


def _hook(row: Row) -> Hook:
    terms = HookDraft(
        row["channel_id"],
        _TOOLS[row["tool"]],
        row["name"],
        _GOALS[row["goal"]],
        row["campaign"],
        row["creative"],
        row["page"],
        row["store_id"],
        row["guide_id"],
        row["starts_at"],
        row["ends_at"],
        Incentive(row["template_id"], row["points"], row["most_given"]),
    )
    return Hook(row["id"], row["code"], terms, row["given"], row["created_at"], row["version"])


def _batch(row: Row) -> HookBatch:
    return HookBatch(row["id"], row["hook_id"], row["name"], row["count"], row["created_at"])


def _values(one: Hook) -> dict[str, Any]:
    terms = one.terms
    same = {
        name: getattr(terms, name)
        for name in ("channel_id", "name", "campaign", "creative", "page", "store_id", "guide_id")
    }
    return {
        **same,
        "id": one.id,
        "code": one.code,
        "tool": terms.tool.value,
        "goal": terms.goal.value,
        "starts_at": terms.starts_at,
        "ends_at": terms.ends_at,
        "template_id": terms.incentive.template_id,
        "points": terms.incentive.points,
        "most_given": terms.incentive.limit,
        "given": one.given,
        "created_at": one.created_at,
        "version": one.version,
    }


_IDS = bindparam("ids", type_=UUIDS)
_CODES = bindparam("codes", type_=ARRAY(Text()))
_KEPT = (
    insert(hook).values({c.name: bindparam(c.name, type_=c.type) for c in _COLUMNS}).returning(hook.c.id).cte("kept")
)
_ADD = prepared(
    insert(hook_code).from_select(
        ["code", "hook_id", "number"],
        select(bindparam("own_code", type_=Text()), _KEPT.c.id, literal_column("0")),
    )
)
_SAVE = prepared(
    update(hook)
    .where(hook.c.id == bindparam("of_id", type_=Uuid()))
    .values({one.name: bindparam(one.name, type_=one.type) for one in _EDITED})
)
_BY_ID = prepared(select(*_COLUMNS).where(hook.c.id == any_(_IDS)))
_LOCK = prepared(select(*_COLUMNS).where(hook.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_BY_CODE = prepared(
    select(*_COLUMNS)
    .join(hook_code, hook_code.c.hook_id == hook.c.id)
    .where(hook_code.c.code == bindparam("code", type_=Text()))
)


async def add(tx: Writing, new: Hook) -> None:
    """Keep a new hook, and its own code."""
    await tx.execute(_ADD, own_code=new.code, **_values(new))


async def save(tx: Writing, changed: Hook) -> None:
    values = _values(changed)
    await tx.execute(_SAVE, of_id=changed.id, **{one.name: values[one.name] for one in _EDITED})


async def lock(tx: Writing, hook_id: UUID) -> Hook | None:
    row = await tx.row(_LOCK, id=hook_id)
    return None if row is None else _hook(row)


async def hooks_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Hook]:
    return {row["id"]: _hook(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def find_by_code(reading: Reading, code: str) -> Hook | None:
    """The hook that a code leads to, in its time or not."""
    row = await reading.row(_BY_CODE, code=code)
    return None if row is None else _hook(row)


_FILTERS = {"channelId": hook.c.channel_id, "tool": hook.c.tool, "goal": hook.c.goal, "campaign": hook.c.campaign}
_ALL: Listing[Hook] = Listing(select(*_COLUMNS), _hook, id=hook.c.id, filters=_FILTERS)


async def hooks(reading: Reading, request: PageRequest, where: Condition = EVERYTHING) -> Page[Hook]:
    """A page of hooks, the newest first."""
    return await _ALL.page(reading, request, where=where, descending=True)


_numbered = (
    func.unnest(_CODES).table_valued(column("code", Text()), with_ordinality="number").render_derived(name="numbered")
)
_KEPT_BATCH = (
    insert(hook_batch)
    .values({c.name: bindparam(c.name, type_=c.type) for c in hook_batch.c})
    .returning(hook_batch.c.id, hook_batch.c.hook_id)
    .cte("kept")
)
_ADD_BATCH = prepared(
    insert(hook_code).from_select(
        ["code", "hook_id", "batch_id", "number"],
        select(_numbered.c.code, _KEPT_BATCH.c.hook_id, _KEPT_BATCH.c.id, _numbered.c.number),
    )
)
_BATCHES = prepared(select(*hook_batch.c).where(hook_batch.c.id == any_(_IDS)))
_CODES_OF = prepared(
    select(hook_code.c.number, hook_code.c.code)
    .where(hook_code.c.batch_id == bindparam("batch_id", type_=Uuid()))
    .order_by(hook_code.c.number)
)
_BATCHES_OF: Sublist[HookBatch] = Sublist(
    select(*hook_batch.c), _batch, parent=hook_batch.c.hook_id, id=hook_batch.c.id
)


async def add_batch(tx: Writing, new: HookBatch, codes: Sequence[str]) -> None:
    """Keep a batch with its codes, numbered from 1: one statement."""
    assert len(codes) == new.count, "each code is counted"
    values = {c.name: getattr(new, c.name) for c in hook_batch.c}
    await tx.execute(_ADD_BATCH, codes=list(codes), **values)


async def batches_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, HookBatch]:
    return {row["id"]: _batch(row) for row in await reading.rows(_BATCHES, ids=list(ids))}


async def batches_of(reading: Reading, hook_ids: Sequence[UUID], request: PageRequest) -> list[Page[HookBatch]]:
    """A page of the batches of each hook, the oldest first."""
    return await _BATCHES_OF.pages(reading, hook_ids, request)


async def codes_of(reading: Reading, batch_id: UUID) -> list[tuple[int, str]]:
    """The codes of a batch with their numbers, in their order: 10,000 at most."""
    return [(row["number"], row["code"]) for row in await reading.rows(_CODES_OF, batch_id=batch_id)]


_NEW_SCAN = insert(hook_scan).values(
    {c.name: bindparam(c.name, type_=c.type) for c in hook_scan.c if c.name not in ("scans", "first_at", "last_at")}
    | {"scans": literal_column("1"), "first_at": bindparam("at"), "last_at": bindparam("at")}
)
_COUNT_SCAN = prepared(
    _NEW_SCAN.on_conflict_do_update(
        index_elements=["hook_id", "visitor_key", "day"],
        set_={"scans": hook_scan.c.scans + 1, "last_at": _NEW_SCAN.excluded.last_at, "code": _NEW_SCAN.excluded.code},
    ).returning(hook_scan.c.scans)
)
_HAS_ROOM = or_(hook.c.most_given.is_(None), hook.c.given < hook.c.most_given)
_GIVE = prepared(
    update(hook)
    .where(hook.c.id == bindparam("of_id", type_=Uuid()), _HAS_ROOM)
    .values(given=hook.c.given + literal_column("1"))
)
_left = func.unnest(bindparam("traces", type_=ARRAY(LargeBinary()))).table_valued(
    column("trace", LargeBinary()), name="given"
)
_TRACE = prepared(
    insert(hook_gift)
    .from_select(
        ["hook_id", "trace", "member_id", "at"],
        select(
            bindparam("hook_id", type_=Uuid()),
            _left.render_derived().c.trace,
            bindparam("member_id", type_=Uuid()),
            bindparam("at", type_=DateTime(timezone=True)),
        ),
    )
    .on_conflict_do_nothing()
)


async def count_scan(
    tx: Writing, hook_id: UUID, code: str, visitor: tuple[str, UUID | None], day: date, at: datetime
) -> bool:
    """Count one scan of a hook's code. Whether it was the person's first of this hook on this day."""
    visitor_key, member_id = visitor
    row = await tx.row(
        _COUNT_SCAN, hook_id=hook_id, code=code, visitor_key=visitor_key, member_id=member_id, day=day, at=at
    )
    assert row is not None, "a scan is one row"
    return bool(row[0] == 1)


async def count_given(tx: Writing, hook_id: UUID) -> bool:
    """Count one incentive of a hook as given; False when as many as may be were."""
    return await tx.execute(_GIVE, of_id=hook_id) > 0


async def leave_traces(tx: Writing, hook_id: UUID, member_id: UUID, traces: Sequence[bytes], at: datetime) -> bool:
    """Keep the traces of a person who gets a hook's incentive; False when one of them had been left: they got it.

    Two scans of one person at once meet here: the second waits for the first, and finds its traces.
    """
    left = await tx.execute(_TRACE, hook_id=hook_id, member_id=member_id, traces=sorted(traces), at=at)
    return left == len(set(traces))
