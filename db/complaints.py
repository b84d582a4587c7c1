"""Complaints: their tables, one open at a time for each member and subject, their steps and what was said."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    all_,
    any_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.stores import org_unit
from domain.complaints import (
    Complaint,
    ComplaintAction,
    ComplaintIsOpen,
    ComplaintLinks,
    ComplaintMessage,
    ComplaintState,
    ComplaintStep,
    ComplaintSubject,
    Severity,
)
from domain.filters import Condition
from domain.members import MemberCard
from domain.pages import Page, PageRequest

_OPEN = "state IN ('NEW', 'ASSIGNED', 'IN_DIALOG', 'ESCALATED', 'REOPENED')"

complaint = Table(
    "complaint",
    metadata,
    key(),
    refers_to("member", "member_id"),
    *one_of("subject", ComplaintSubject),
    Column("subject_id", Uuid(), nullable=False),
    refers_to("order", "order_id", optional=True),
    refers_to("order_line", "order_line_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    refers_to("live_room", "live_room_id", optional=True),
    refers_to("post", "post_id", optional=True),
    refers_to("after_sale", "after_sale_id", optional=True),
    refers_to("org_unit", "unit_id"),
    refers_to("org_unit", "desk_id"),
    *one_of("severity", Severity),
    words("text"),
    Column("pictures", ARRAY(Text()), nullable=False),
    *one_of("state", ComplaintState),
    moment("created_at"),
    moment("answer_by", optional=True),
    refers_to("member", "assignee_id", optional=True),
    moment("answered_at", optional=True),
    moment("escalated_at", optional=True),
    moment("resolved_at", optional=True),
    moment("closed_at", optional=True),
    words("resolution"),
    Column("version", Integer(), nullable=False),
    CheckConstraint("(state IN ('RESOLVED', 'CLOSED')) = (resolved_at IS NOT NULL)", name="resolved_has_a_time"),
    CheckConstraint("answer_by IS NULL OR state IN ('NEW', 'ASSIGNED', 'REOPENED')", name="waits_only_unanswered"),
    CheckConstraint("num_nonnulls(order_id, guide_id, store_id, live_room_id, post_id) > 0", name="is_about_something"),
    Index("uq_complaint_open", "member_id", "subject", "subject_id", unique=True, postgresql_where=text(_OPEN)),
    Index(None, "member_id", "id"),
    Index(None, "unit_id", "id"),
    Index(None, "state", "id"),
    Index("ix_complaint_guide_id", "guide_id", "created_at", postgresql_where=text("guide_id IS NOT NULL")),
    Index("ix_complaint_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
    Index("ix_complaint_answer_by", "answer_by", postgresql_where=text("answer_by IS NOT NULL")),
    Index("ix_complaint_resolved_at", "resolved_at", postgresql_where=text("state = 'RESOLVED'")),
)
step = Table(
    "complaint_step",
    metadata,
    refers_to("complaint", "complaint_id", index=True),
    *one_of("action", ComplaintAction),
    *one_of("from_state", ComplaintState, optional=True),
    *one_of("to_state", ComplaintState),
    Column("actor_id", Uuid()),
    moment("at"),
)
message = Table(
    "complaint_message",
    metadata,
    key(),
    refers_to("complaint", "complaint_id"),
    refers_to("member", "author_id"),
    Column("by_staff", Boolean(), nullable=False),
    words("text"),
    Column("pictures", ARRAY(Text()), nullable=False),
    moment("at"),
    Index(None, "complaint_id", "id"),
)

_COLUMNS = tuple(complaint.c)
_LINKS = (
    "subject", "subject_id", "order_id", "order_line_id", "guide_id", "store_id", "live_room_id", "post_id",
    "after_sale_id",
)  # fmt: skip
_MUTABLE = (
    "desk_id", "severity", "state", "answer_by", "assignee_id", "answered_at", "escalated_at", "resolved_at",
    "closed_at", "resolution", "version",
)  # fmt: skip
_COMPLAINTS: Select[Any] = select(*_COLUMNS)
_FILTERS = {
    "state": complaint.c.state,
    "subject": complaint.c.subject,
    "severity": complaint.c.severity,
    "guideId": complaint.c.guide_id,
    "storeId": complaint.c.store_id,
    "createdAt": complaint.c.created_at,
}


def _complaint(row: Row) -> Complaint:
    subject, *linked = (row[name] for name in _LINKS)
    return Complaint(
        row["id"],
        row["member_id"],
        ComplaintLinks(ComplaintSubject(subject), *linked),
        row["unit_id"],
        row["desk_id"],
        Severity(row["severity"]),
        row["text"],
        tuple(row["pictures"]),
        ComplaintState(row["state"]),
        row["created_at"],
        row["answer_by"],
        row["assignee_id"],
        row["answered_at"],
        row["escalated_at"],
        row["resolved_at"],
        row["closed_at"],
        row["resolution"],
        row["version"],
    )


def _values(one: Complaint) -> dict[str, Any]:
    links = {name: getattr(one.links, name) for name in _LINKS}
    own = {column.name: getattr(one, column.name) for column in _COLUMNS if column.name not in _LINKS}
    return {
        **links,
        **own,
        "subject": one.links.subject.value,
        "severity": one.severity.value,
        "state": one.state.value,
        "pictures": list(one.pictures),
    }


_IS_BELOW = org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))
_LISTING = Listing(
    _COMPLAINTS.join(org_unit, org_unit.c.id == complaint.c.unit_id).where(_IS_BELOW),
    _complaint,
    id=complaint.c.id,
    filters=_FILTERS,
)
_OWN = Listing(
    _COMPLAINTS.where(complaint.c.member_id == bindparam("of_member", type_=Uuid())), _complaint, id=complaint.c.id
)
_BY_ID = prepared(_COMPLAINTS.where(complaint.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(_COMPLAINTS.where(complaint.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_BUT_FOR = complaint.c.id != all_(bindparam("but_for", type_=UUIDS))
_LOCK_OVERDUE = prepared(
    _COMPLAINTS.where(complaint.c.answer_by < bindparam("now", type_=complaint.c.answer_by.type), _BUT_FOR)
    .order_by(complaint.c.answer_by)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True)
)
_LOCK_RESOLVED = prepared(
    _COMPLAINTS.where(
        text("complaint.state = 'RESOLVED'"),
        complaint.c.resolved_at < bindparam("before", type_=complaint.c.resolved_at.type),
        _BUT_FOR,
    )
    .order_by(complaint.c.resolved_at)
    .limit(1)
    .with_for_update(skip_locked=True, key_share=True)
)
_ADD = prepared(
    insert(complaint)
    .values({one.name: bindparam(one.name, type_=one.type) for one in _COLUMNS})
    .on_conflict_do_nothing(index_elements=["member_id", "subject", "subject_id"], index_where=text(_OPEN))
)
_SAVE = prepared(
    update(complaint)
    .where(complaint.c.id == bindparam("of_complaint", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=complaint.c[name].type) for name in _MUTABLE})
)
_LOG = prepared(insert(step).values({one.name: bindparam(one.name, type_=one.type) for one in step.c}))


async def add(tx: Writing, new: Complaint) -> bool:
    """Keep a new complaint; False when the member has an open one about the same."""
    if not await tx.execute(_ADD, **_values(new)):
        return False
    await _log(tx, None, new, ComplaintAction.OPEN, new.member_id, new.created_at)
    return True


async def save(
    tx: Writing, before: Complaint, after: Complaint, action: ComplaintAction, actor_id: UUID | None, at: datetime
) -> None:
    """Keep a step of a locked complaint.

    Raises:
        ComplaintIsOpen: it is open again, and the member has another open one about the same.
    """
    values = _values(after)
    try:
        await tx.execute(_SAVE, of_complaint=after.id, **{f"new_{name}": values[name] for name in _MUTABLE})
    except asyncpg.UniqueViolationError as violation:
        raise ComplaintIsOpen(path=("input", "complaintId")) from violation
    await _log(tx, before, after, action, actor_id, at)


async def _log(
    tx: Writing,
    before: Complaint | None,
    after: Complaint,
    action: ComplaintAction,
    actor_id: UUID | None,
    at: datetime,
) -> None:
    await tx.execute(
        _LOG,
        complaint_id=after.id,
        action=action.value,
        from_state=before and before.state.value,
        to_state=after.state.value,
        actor_id=actor_id,
        at=at,
    )


async def lock(tx: Writing, complaint_id: UUID) -> Complaint | None:
    """Find a complaint and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=complaint_id)
    return None if row is None else _complaint(row)


async def lock_overdue(tx: Writing, now: datetime, but_for: Collection[UUID] = ()) -> Complaint | None:
    """The complaint that has waited longest for its first answer, beyond its time, and that nobody works on."""
    row = await tx.row(_LOCK_OVERDUE, now=now, but_for=list(but_for))
    return None if row is None else _complaint(row)


async def lock_resolved(tx: Writing, before: datetime, but_for: Collection[UUID] = ()) -> Complaint | None:
    """The complaint that was resolved first, before a time, and that nobody works on."""
    row = await tx.row(_LOCK_RESOLVED, before=before, but_for=list(but_for))
    return None if row is None else _complaint(row)


async def complaints(reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition) -> Page[Complaint]:
    """A page of the complaints that concern units at these paths or below, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True, paths=list(paths))


async def own_complaints(reading: Reading, member_id: UUID, request: PageRequest) -> Page[Complaint]:
    """A page of a member's complaints, the newest first."""
    return await _OWN.page(reading, request, descending=True, of_member=member_id)


async def complaints_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Complaint]:
    return {row["id"]: _complaint(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


_STEPS_OF = prepared(
    select(*step.c).where(step.c.complaint_id == any_(bindparam("ids", type_=UUIDS))).order_by(step.c.at)
)
_MESSAGES_OF = prepared(
    select(*message.c, member.c.nickname, member.c.avatar_url)
    .join(member, member.c.id == message.c.author_id)
    .where(message.c.complaint_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(message.c.complaint_id, message.c.id)
)
_SAY = prepared(insert(message).values({one.name: bindparam(one.name, type_=one.type) for one in message.c}))
_COUNT = prepared(
    select(func.count()).select_from(message).where(message.c.complaint_id == bindparam("of_complaint", type_=Uuid()))
)


def _step(row: Row) -> ComplaintStep:
    before = row["from_state"]
    return ComplaintStep(
        ComplaintAction(row["action"]),
        before and ComplaintState(before),
        ComplaintState(row["to_state"]),
        row["actor_id"],
        row["at"],
    )


def _message(row: Row) -> ComplaintMessage:
    author = MemberCard(row["author_id"], row["nickname"], row["avatar_url"])
    return ComplaintMessage(
        row["id"], row["complaint_id"], author, row["by_staff"], row["text"], tuple(row["pictures"]), row["at"]
    )


async def steps_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, list[ComplaintStep]]:
    """The steps of each complaint, the first first."""
    return by_key(await reading.rows(_STEPS_OF, ids=list(ids)), "complaint_id", _step)


async def messages_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, list[ComplaintMessage]]:
    """What was said about each complaint, the oldest first."""
    return by_key(await reading.rows(_MESSAGES_OF, ids=list(ids)), "complaint_id", _message)


async def say(tx: Writing, new: ComplaintMessage) -> None:
    """Keep something that was said about a locked complaint."""
    values = {name: getattr(new, name) for name in ("id", "complaint_id", "by_staff", "text", "at")}
    await tx.execute(_SAY, **values, author_id=new.author.id, pictures=list(new.pictures))


async def count_messages(tx: Writing, complaint_id: UUID) -> int:
    return int(await tx.value(_COUNT, of_complaint=complaint_id))
