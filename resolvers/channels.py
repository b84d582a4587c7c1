"""What can be asked of departments and channels, and by which channel a member came (R30)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.channels
import db.outbox
from db.connection import Writing
from domain import channels as rules
from domain.channels import Acquisition, Channel, ChannelKind, Department
from domain.filters import Condition, check_depth
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.refusals import NotFound
from resolvers.context import Context


async def departments(ctx: Context, request: PageRequest) -> Page[Department]:
    """A page of the departments, in the order in which they were made."""
    return await db.channels.departments(ctx.reading, request)


async def departments_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Department]:
    return await db.channels.departments_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def channels(ctx: Context, request: PageRequest, where: Condition) -> Page[Channel]:
    """A page of the channels, in the order in which they were made."""
    check_depth(where)
    return await db.channels.channels(ctx.reading, request, where)


async def channels_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Channel]:
    return await db.channels.channels_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def departments_seen(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Department]:
    """Those of the departments that exist for the caller: for staff all, for others none."""
    return await departments_by_id(ctx, ids) if ctx.holds(Scope.STAFF) else {}


async def channels_seen(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Channel]:
    """Those of the channels that exist for the caller: for staff all, for others none."""
    return await channels_by_id(ctx, ids) if ctx.holds(Scope.STAFF) else {}


async def departments_of(ctx: Context, found: Sequence[Channel]) -> list[Department]:
    """The department that owns each channel."""
    known = await departments_by_id(ctx, [one.department_id for one in found])
    return [known[one.department_id] for one in found]


async def acquisition(ctx: Context, member_id: UUID) -> Acquisition | None:
    """By which hook a member came, if by any."""
    return (await db.channels.acquisitions_of(ctx.reading, [member_id])).get(member_id)


async def channels_of_acquisitions(ctx: Context, found: Sequence[Acquisition]) -> list[Channel]:
    known = await channels_by_id(ctx, [one.channel_id for one in found])
    return [known[one.channel_id] for one in found]


async def save_department(ctx: Context, key: UUID | None, name: str, expected_version: int | None) -> Department:
    """Make a department, or give one another name.

    Raises:
        NotFound: there is no such department.
        BadInput: the name is out of bounds.
        SlugTaken: there is another of this name.
        StaleVersion: somebody changed it in between.
    """
    async with ctx.database.writing() as tx:
        if key is None:
            saved = Department(ctx.new_id(), rules.checked_name(name), ctx.now())
            await db.channels.add_department(tx, saved)
        else:
            before = await db.channels.lock_department(tx, key)
            if before is None:
                raise NotFound(path=("input", "id"))
            saved = rules.rename_department(before, name, expected_version)
            await db.channels.save_department(tx, saved)
        fact = dict(rules.fact_of_department(saved))
        await db.outbox.tell(tx, "DepartmentSaved", "department", saved.id, fact, ctx.now())
    return saved


async def open_channel(ctx: Context, kind: ChannelKind, name: str, department_id: UUID) -> Channel:
    """Make a channel.

    Raises:
        NotFound: there is no such department.
        BadInput: the name is out of bounds.
        SlugTaken: there is another of this name.
    """
    async with ctx.database.writing() as tx:
        await _check_department(tx, department_id)
        new = Channel(ctx.new_id(), kind, rules.checked_name(name), department_id, ctx.now())
        await db.channels.add_channel(tx, new)
        await db.outbox.tell(tx, "ChannelSaved", "channel", new.id, dict(rules.fact_of(new)), ctx.now())
    return new


async def edit_channel(
    ctx: Context, key: UUID, name: str, department_id: UUID, expected_version: int | None
) -> Channel:
    """Give a channel another name or department; its kind stays.

    Raises:
        NotFound: there is no such channel or department.
        BadInput: the name is out of bounds.
        SlugTaken: there is another of this name.
        StaleVersion: somebody changed it in between.
    """
    async with ctx.database.writing() as tx:
        before = await db.channels.lock_channel(tx, key)
        if before is None:
            raise NotFound(path=("input", "id"))
        await _check_department(tx, department_id)
        saved = rules.edit_channel(before, name, department_id, expected_version)
        await db.channels.save_channel(tx, saved)
        await db.outbox.tell(tx, "ChannelSaved", "channel", saved.id, dict(rules.fact_of(saved)), ctx.now())
    return saved


async def _check_department(tx: Writing, department_id: UUID) -> None:
    if not await db.channels.departments_by_id(tx, [department_id]):
        raise NotFound(path=("input", "departmentId"))
