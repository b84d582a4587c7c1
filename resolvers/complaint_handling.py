"""What the brand does about complaints: hand them to somebody, escalate them, resolve them, and close them in time."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import db.complaints
import db.stores
from db.connection import Writing
from domain import complaints as rules
from domain.complaints import Complaint, ComplaintAction, Severity
from domain.identity import Duty, Role
from domain.refusals import NotFound, text_within
from resolvers.complaints import check_handles, keep, lock
from resolvers.context import Context
from resolvers.turns import each_alone

HANDLES = (Role.STORE_MANAGER, Role.OPERATOR)


async def assign(ctx: Context, complaint_id: UUID, assignee_id: UUID | None, severity: Severity | None) -> Complaint:
    """Hand a complaint to somebody who works at its desk or above, to oneself unless said; and weigh it.

    Raises:
        NotFound: the caller does not handle such a complaint, or the other does not.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        before = await _lock(ctx, tx, complaint_id)
        who = assignee_id or ctx.member_id
        await _check_assignee(tx, before, who)
        moved = rules.move(before, ComplaintAction.ASSIGN, ctx.now())
        after = replace(moved, assignee_id=who, severity=severity or before.severity)
        return await keep(ctx, tx, before, after, ComplaintAction.ASSIGN)


async def _check_assignee(tx: Writing, complaint: Complaint, member_id: UUID) -> None:
    desk = (await db.stores.units_by_id(tx, [complaint.desk_id]))[complaint.desk_id]
    duties: tuple[Duty, ...] = await db.stores.duties_of(tx, member_id)
    if not any(duty.role in HANDLES and desk.path.startswith(duty.path) for duty in duties):
        raise NotFound(path=("input", "assigneeId"))


async def escalate(ctx: Context, complaint_id: UUID) -> Complaint:
    """Leave a complaint to the desk above.

    Raises:
        NotFound: the caller does not handle such a complaint.
        WrongState: it was escalated before, or is over.
    """
    async with ctx.database.writing() as tx:
        return await _escalate(ctx, tx, await _lock(ctx, tx, complaint_id))


async def _escalate(ctx: Context, tx: Writing, before: Complaint) -> Complaint:
    """Leave a locked complaint to the unit above, and to who runs that, if anybody does."""
    moved = rules.move(before, ComplaintAction.ESCALATE, ctx.now())
    desk = (await db.stores.units_by_id(tx, [before.desk_id]))[before.desk_id]
    above = desk.parent_id or desk.id
    staff = (await db.stores.staff_of(tx, [above])).get(above, [])
    managers = [duty.member_id for duty in staff if duty.role in HANDLES]
    after = replace(moved, desk_id=above, assignee_id=managers[0] if managers else None)
    return await keep(ctx, tx, before, after, ComplaintAction.ESCALATE)


async def resolve(ctx: Context, complaint_id: UUID, resolution: str) -> Complaint:
    """Say how a complaint was put right.

    Raises:
        NotFound: the caller does not handle such a complaint.
        WrongState: it is over.
        BadInput: the text is empty or longer than 500 characters.
    """
    said = text_within(resolution, rules.LONGEST_RESOLUTION, "input", "resolution")
    async with ctx.database.writing() as tx:
        before = await _lock(ctx, tx, complaint_id)
        after = replace(rules.move(before, ComplaintAction.RESOLVE, ctx.now()), resolution=said)
        return await keep(ctx, tx, before, after, ComplaintAction.RESOLVE)


async def _lock(ctx: Context, tx: Writing, complaint_id: UUID) -> Complaint:
    complaint = await lock(tx, complaint_id)
    await check_handles(ctx, tx, complaint)
    return complaint


async def escalate_overdue(ctx: Context) -> int:
    """Escalate what nobody answered in time; returns how many complaints, at most 50."""
    return await each_alone(ctx, db.complaints.lock_overdue, _escalate)


async def close_resolved(ctx: Context) -> int:
    """Close what was resolved so long ago that it is not opened again; returns how many complaints, at most 50."""
    return await each_alone(ctx, db.complaints.lock_resolved, _close, ctx.now() - rules.REOPEN_WITHIN)


async def _close(ctx: Context, tx: Writing, complaint: Complaint) -> Complaint:
    after = rules.move(complaint, ComplaintAction.CLOSE, ctx.now())
    return await keep(ctx, tx, complaint, after, ComplaintAction.CLOSE)
