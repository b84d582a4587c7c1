"""Handovers: tables of them and of their members, and how they come about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Index,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.bindings import ALL_COLUMNS, OPEN_BINDING, binding, whole_binding_of
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.statements import Statement, prepared
from db.stores import org_unit
from db.sublists import Sublist
from domain.bindings import Binding, BindingEnd
from domain.filters import Condition
from domain.handovers import Handover, HandoverCounts, HandoverFailure, HandoverMember, HandoverState
from domain.pages import Page, PageRequest

handover = Table(
    "handover",
    metadata,
    key(),
    refers_to("guide", "from_guide_id", index=True),
    refers_to("guide", "to_guide_id", index=True),
    moment("effective_at"),
    moment("refusable_until"),
    Column("is_leaving", Boolean(), nullable=False),
    words("reason"),
    refers_to("member", "actor_id"),
    moment("created_at"),
    moment("called_off_at", optional=True),
    CheckConstraint("from_guide_id <> to_guide_id", name="it_goes_to_another_guide"),
    CheckConstraint("effective_at >= created_at", name="it_does_not_change_the_past"),
)
handover_member = Table(
    "handover_member",
    metadata,
    key(),
    refers_to("handover", "handover_id"),
    refers_to("member", "member_id"),
    refers_to("binding", "binding_id", optional=True),
    refers_to("binding", "next_binding_id", optional=True, index=True),
    *one_of("state", HandoverState),
    *one_of("failure", HandoverFailure, optional=True),
    moment("changed_at"),
    CheckConstraint("(state = 'FAILED') = (failure IS NOT NULL)", name="a_failure_has_a_reason"),
    CheckConstraint("state = 'FAILED' OR next_binding_id IS NOT NULL", name="who_is_handed_over_is_bound"),
    Index("uq_handover_member_once", "member_id", "handover_id", unique=True),
    Index(None, "handover_id", "id"),
    Index("ix_handover_member_going_on", "state", "id", postgresql_where=text("state IN ('WAITING', 'IN_PROGRESS')")),
)

_GOING_ON = handover_member.c.state.in_([literal_column("'WAITING'"), literal_column("'IN_PROGRESS'")])
_AT = bindparam("at", type_=DateTime(timezone=True))


def _handover(row: Row) -> Handover:
    return Handover(*row[: len(handover.c)])


def _line(row: Row) -> HandoverMember:
    id_, handover_id, member_id, binding_id, next_id, state, failure, changed_at = row[: len(handover_member.c)]
    why = None if failure is None else HandoverFailure(failure)
    return HandoverMember(id_, handover_id, member_id, binding_id, next_id, HandoverState(state), why, changed_at)


_LOCK_BOUND = prepared(
    select(*ALL_COLUMNS)
    .where(
        binding.c.guide_id == bindparam("guide_id", type_=Uuid()),
        OPEN_BINDING,
        or_(
            bindparam("asks_all", type_=Boolean()),
            binding.c.member_id == any_(bindparam("member_ids", type_=UUIDS)),
        ),
    )
    .order_by(binding.c.id)
    .limit(bindparam("most"))
    .with_for_update(key_share=True)
)
_ADD = prepared(insert(handover).values({c.name: bindparam(c.name, type_=c.type) for c in handover.c}))
_lines = given_rows("line", list(handover_member.c))
_ADD_LINES = prepared(insert(handover_member).from_select([c.name for c in handover_member.c], select(*_lines.c)))


async def lock_bound(tx: Writing, guide_id: UUID, member_ids: Sequence[UUID] | None, most: int) -> list[Binding]:
    """The bindings to a guide that have no end yet, the oldest first, kept from other changes."""
    rows = await tx.rows(
        _LOCK_BOUND, guide_id=guide_id, asks_all=member_ids is None, member_ids=list(member_ids or ()), most=most
    )
    return [whole_binding_of(row) for row in rows]


async def add(tx: Writing, new: Handover, lines: Sequence[HandoverMember]) -> None:
    await tx.execute(_ADD, **{c.name: getattr(new, c.name) for c in handover.c})
    if lines:
        await tx.execute(_ADD_LINES, **in_columns("line", list(handover_member.c), [_values(one) for one in lines]))


def _values(line: HandoverMember) -> dict[str, Any]:
    values = {c.name: getattr(line, c.name) for c in handover_member.c}
    return values | {"state": line.state.value, "failure": line.failure.value if line.failure else None}


def _becoming(state: HandoverState, failure: HandoverFailure | None = None) -> dict[str, Any]:
    why = null() if failure is None else literal_column(f"'{failure.value}'")
    return {"state": literal_column(f"'{state.value}'"), "failure": why, "changed_at": _AT}


_OVERTAKE = prepared(
    update(handover_member)
    .where(handover_member.c.next_binding_id == bindparam("binding_id", type_=Uuid()), _GOING_ON)
    .values(_becoming(HandoverState.FAILED, HandoverFailure.MOVED_MEANWHILE))
)


async def overtake(tx: Writing, binding_id: UUID, at: datetime) -> None:
    """Note that the binding which a handover had planned will not begin: the member went elsewhere."""
    await tx.execute(_OVERTAKE, binding_id=binding_id, at=at)


_BY_ID = prepared(select(*handover.c).where(handover.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    select(*handover.c).where(handover.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True)
)
_LOCK_LINE = prepared(
    select(*handover_member.c)
    .where(
        handover_member.c.member_id == bindparam("member_id", type_=Uuid()),
        handover_member.c.handover_id == bindparam("handover_id", type_=Uuid()),
    )
    .with_for_update(key_share=True)
)
_SAVE_LINE = prepared(
    update(handover_member)
    .where(handover_member.c.id == bindparam("of_id", type_=Uuid()))
    .values(
        state=bindparam("state", type_=Text()),
        next_binding_id=bindparam("next_binding_id", type_=Uuid()),
        changed_at=_AT,
    )
)


async def handovers_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Handover]:
    return {row["id"]: _handover(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def lock(tx: Writing, handover_id: UUID) -> Handover | None:
    """Find a handover and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=handover_id)
    return None if row is None else _handover(row)


async def lock_line(tx: Writing, handover_id: UUID, member_id: UUID) -> HandoverMember | None:
    """Find what a handover says of a member, and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK_LINE, handover_id=handover_id, member_id=member_id)
    return None if row is None else _line(row)


async def save_line(tx: Writing, changed: HandoverMember) -> None:
    """Save how far a handover has come with a member, whose line must be locked."""
    await tx.execute(
        _SAVE_LINE,
        of_id=changed.id,
        state=changed.state.value,
        next_binding_id=changed.next_binding_id,
        at=changed.changed_at,
    )


_MARK_CALLED_OFF = prepared(
    update(handover)
    .where(handover.c.id == bindparam("of_id", type_=Uuid()), handover.c.called_off_at.is_(None))
    .values(called_off_at=_AT)
)
_CALL_OFF = prepared(
    update(handover_member)
    .where(
        handover_member.c.handover_id == bindparam("handover_id", type_=Uuid()),
        handover_member.c.state.in_([literal_column("'WAITING'"), literal_column("'REFUSED'")]),
    )
    .values(_becoming(HandoverState.FAILED, HandoverFailure.CALLED_OFF))
    .returning(handover_member.c.binding_id, handover_member.c.next_binding_id)
)
_NEVER_BEGIN = prepared(
    update(binding)
    .where(binding.c.id == any_(bindparam("ids", type_=UUIDS)), OPEN_BINDING, binding.c.bound_at > _AT)
    .values(ended_at=binding.c.bound_at, end_reason=literal_column(f"'{BindingEnd.CALLED_OFF.value}'"))
    .returning(binding.c.member_id)
)
_GO_ON = prepared(
    update(binding)
    .where(
        binding.c.id == any_(bindparam("ids", type_=UUIDS)),
        binding.c.member_id == any_(bindparam("member_ids", type_=UUIDS)),
        binding.c.ended_at > _AT,
    )
    .values(ended_at=null(), end_reason=null())
)


async def call_off(tx: Writing, called_off: Handover, at: datetime) -> int:
    """Let the bindings that a handover was to end go on, and those never begin that were to follow; how many."""
    await tx.execute(_MARK_CALLED_OFF, of_id=called_off.id, at=at)
    lines = await tx.rows(_CALL_OFF, handover_id=called_off.id, at=at)
    freed = await tx.rows(_NEVER_BEGIN, ids=[line["next_binding_id"] for line in lines], at=at)
    return await tx.execute(
        _GO_ON, ids=[line["binding_id"] for line in lines], member_ids=[row["member_id"] for row in freed], at=at
    )


def _moving(before: HandoverState, after: HandoverState, due: ColumnElement[Any]) -> Statement:
    found = (
        select(handover_member.c.id)
        .join(handover, handover.c.id == handover_member.c.handover_id)
        .where(handover_member.c.state == literal_column(f"'{before.value}'"), due <= _AT)
        .order_by(handover_member.c.id)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=handover_member)
    )
    return prepared(update(handover_member).where(handover_member.c.id.in_(found)).values(_becoming(after)))


_BEGIN = _moving(HandoverState.WAITING, HandoverState.IN_PROGRESS, handover.c.effective_at)
_FINISH = _moving(HandoverState.IN_PROGRESS, HandoverState.DONE, handover.c.refusable_until)


async def go_on(tx: Writing, at: datetime, most: int) -> int:
    """Note of whom it is true that they have been handed over, and that they can no longer refuse; how many."""
    return await tx.execute(_BEGIN, at=at, most=most) + await tx.execute(_FINISH, at=at, most=most)


_COUNTS = prepared(
    select(
        handover_member.c.handover_id,
        *(
            func.count().filter(handover_member.c.state == literal_column(f"'{state.value}'"))
            for state in HandoverState
        ),
    )
    .where(handover_member.c.handover_id == any_(bindparam("ids", type_=UUIDS)))
    .group_by(handover_member.c.handover_id)
)
_PENDING = prepared(
    select(*handover_member.c).where(
        handover_member.c.member_id == any_(bindparam("member_ids", type_=UUIDS)), _GOING_ON
    )
)
_LINES = Sublist(select(*handover_member.c), _line, parent=handover_member.c.handover_id, id=handover_member.c.id)
_IS_BELOW = org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))
_LISTING = Listing(
    select(*handover.c)
    .join(guide, guide.c.id == handover.c.from_guide_id)
    .join(org_unit, org_unit.c.id == guide.c.store_id)
    .where(_IS_BELOW),
    _handover,
    id=handover.c.id,
    filters={"fromGuideId": handover.c.from_guide_id, "toGuideId": handover.c.to_guide_id},
)


async def counts_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, HandoverCounts]:
    """How many members of each handover are in each state."""
    return {row[0]: HandoverCounts(*row[1:]) for row in await reading.rows(_COUNTS, ids=list(ids))}


async def pending_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, HandoverMember]:
    """The handover that is to come for each member, or that they may still refuse."""
    rows = await reading.rows(_PENDING, member_ids=list(member_ids))
    return {row["member_id"]: _line(row) for row in rows}


async def lines_of(reading: Reading, ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[HandoverMember]]:
    """A page of the members of each handover, the customers of longest standing first."""
    pages = await _LINES.pages(reading, ids, request)
    return dict(zip(ids, pages, strict=True))


async def handovers(reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition) -> Page[Handover]:
    """A page of the handovers from guides of stores at one of these places or below, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True, paths=list(paths))
