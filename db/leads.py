"""Leads: who would like to run a store, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    literal_column,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, count, key, members_of, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.filters import Condition
from domain.leads import Lead, LeadEntry, LeadInterest, LeadState
from domain.pages import Page, PageRequest

_OPEN = "state IN ('NEW', 'ASSIGNED')"
MOST_AT_ONCE = 200

lead = Table(
    "lead",
    metadata,
    key(),
    refers_to("member", "member_id", index=True),
    words("name"),
    words("phone"),
    words("city"),
    *one_of("interest", LeadInterest),
    words("note"),
    *one_of("state", LeadState),
    refers_to("member", "assignee_id", optional=True),
    moment("recover_at", optional=True),
    count("recovered"),
    moment("created_at"),
    words("reason"),
    Column("version", Integer(), nullable=False),
    CheckConstraint("(state = 'ASSIGNED') = (recover_at IS NOT NULL)", name="assigned_for_a_time"),
    CheckConstraint("state <> 'NEW' OR assignee_id IS NULL", name="new_is_nobodys"),
    Index("uq_lead_open_phone", "phone", unique=True, postgresql_where=text(_OPEN)),
    Index(None, "state", "id"),
    Index("ix_lead_assignee_id", "assignee_id", "id", postgresql_where=text("assignee_id IS NOT NULL")),
    Index("ix_lead_recover_at", "recover_at", postgresql_where=text("recover_at IS NOT NULL")),
)
lead_entry = Table(
    "lead_entry",
    metadata,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    refers_to("lead", "lead_id", index=True),
    Column("actor_id", Uuid()),
    *one_of("state", LeadState),
    words("text"),
    moment("at"),
)

_COLUMNS = list(lead.c)
_ENTRY = [c for c in lead_entry.c if c.name != "id"]
_INTERESTS, _STATES = members_of(LeadInterest), members_of(LeadState)
_ADD = prepared(
    insert(lead)
    .values({c.name: bindparam(c.name, type_=c.type) for c in _COLUMNS})
    .on_conflict_do_nothing(index_elements=["phone"], index_where=text(_OPEN))
)
_BY_ID = prepared(select(*_COLUMNS).where(lead.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    select(*_COLUMNS).where(lead.c.id == bindparam("lead_id", type_=Uuid())).with_for_update(key_share=True)
)
_CHANGING = ("state", "assignee_id", "recover_at", "reason", "version")
_SAVE = prepared(
    update(lead)
    .where(lead.c.id == bindparam("of_id", type_=Uuid()))
    .values({name: bindparam(name, type_=lead.c[name].type) for name in _CHANGING})
)
_LOG = prepared(insert(lead_entry).values({c.name: bindparam(c.name, type_=c.type) for c in _ENTRY}))
_ENTRIES = prepared(
    select(*_ENTRY).where(lead_entry.c.lead_id == any_(bindparam("ids", type_=UUIDS))).order_by(lead_entry.c.id)
)
_AT = bindparam("at", type_=DateTime(timezone=True))
_DUE = (
    select(lead.c.id)
    .where(lead.c.recover_at <= _AT)
    .order_by(lead.c.recover_at)
    .limit(literal_column(str(MOST_AT_ONCE)))
    .with_for_update(key_share=True, skip_locked=True)
)
_RECOVERED = (
    update(lead)
    .where(lead.c.id.in_(_DUE))
    .values(
        state=literal_column("'NEW'"),
        assignee_id=null(),
        recover_at=null(),
        recovered=lead.c.recovered + literal_column("1"),
        version=lead.c.version + literal_column("1"),
    )
    .returning(lead.c.id)
    .cte("recovered")
)
_RECOVER = prepared(
    insert(lead_entry)
    .from_select(
        ["lead_id", "state", "text", "at"],
        select(_RECOVERED.c.id, literal_column("'NEW'"), literal_column("''"), _AT),
    )
    .returning(lead_entry.c.lead_id)
)


def _lead(row: Row) -> Lead:
    values = {c.name: row[c.name] for c in _COLUMNS}
    return Lead(**values | {"interest": _INTERESTS[row["interest"]], "state": _STATES[row["state"]]})


def _entry(row: Row) -> LeadEntry:
    lead_id, actor_id, state, said, at = row
    return LeadEntry(lead_id, actor_id, _STATES[state], said, at)


def _values(one: Lead) -> dict[str, Any]:
    return {c.name: getattr(one, c.name) for c in _COLUMNS} | {
        "interest": one.interest.value,
        "state": one.state.value,
    }


async def add(tx: Writing, new: Lead) -> bool:
    """Keep a new lead; False when there is an open one with its phone."""
    return await tx.execute(_ADD, **_values(new)) > 0


async def lock(tx: Writing, lead_id: UUID) -> Lead | None:
    row = await tx.row(_LOCK, lead_id=lead_id)
    return None if row is None else _lead(row)


async def save(tx: Writing, changed: Lead) -> None:
    await tx.execute(_SAVE, of_id=changed.id, **_values(changed))


async def log(tx: Writing, entry: LeadEntry) -> None:
    values = {c.name: getattr(entry, c.name) for c in _ENTRY} | {"state": entry.state.value}
    await tx.execute(_LOG, **values)


async def recover(tx: Writing, at: datetime) -> list[UUID]:
    """Take back leads that were left alone, some hundred at most, and note it; which they were."""
    return [row[0] for row in await tx.rows(_RECOVER, at=at)]


async def leads_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Lead]:
    return {row["id"]: _lead(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def entries_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, list[LeadEntry]]:
    """What was done about each lead, the first first."""
    return by_key(await reading.rows(_ENTRIES, ids=list(ids)), "lead_id", _entry)


_FILTERS = {"state": lead.c.state}
_ALL: Listing[Lead] = Listing(select(*_COLUMNS), _lead, id=lead.c.id, filters=_FILTERS)
_OWN: Listing[Lead] = Listing(
    select(*_COLUMNS).where(lead.c.assignee_id == bindparam("assignee_id", type_=Uuid())),
    _lead,
    id=lead.c.id,
    filters=_FILTERS,
)


async def leads(reading: Reading, request: PageRequest, where: Condition, assignee_id: UUID | None) -> Page[Lead]:
    """A page of leads, the newest first: all, or those of one assignee."""
    if assignee_id is None:
        return await _ALL.page(reading, request, where=where, descending=True)
    return await _OWN.page(reading, request, where=where, descending=True, assignee_id=assignee_id)
