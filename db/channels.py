"""Channels: tables of departments, of channels, and of the hook by which each member came."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    exists,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.contacts import wecom_contact
from db.listing import Listing
from db.metadata import UUIDS, key, members_of, metadata, moment, one_of, refers_to
from db.statements import prepared
from db.uniqueness import keeping_unique
from domain.channels import Acquisition, Channel, ChannelKind, Department
from domain.filters import EVERYTHING, Condition
from domain.pages import Page, PageRequest

department = Table(
    "department",
    metadata,
    key(),
    Column("name", Text(), nullable=False, unique=True),
    moment("created_at"),
    Column("version", Integer(), nullable=False),
)
channel = Table(
    "channel",
    metadata,
    key(),
    *one_of("kind", ChannelKind),
    Column("name", Text(), nullable=False, unique=True),
    refers_to("department", "department_id", index=True),
    moment("created_at"),
    Column("version", Integer(), nullable=False),
    Index(None, "kind", "id"),
)
# A trigger of the migration refuses to change by which hook a member came.
acquisition = Table(
    "acquisition",
    metadata,
    Column("member_id", Uuid(), ForeignKey("member.id"), primary_key=True),
    refers_to("hook", "hook_id"),
    refers_to("channel", "channel_id"),
    moment("at"),
    moment("followed_at", optional=True),
    Index(None, "hook_id", "at"),
    Index(None, "channel_id", "at"),
)

_KINDS = members_of(ChannelKind)
_NAMES = {"uq_department_name": ("input", "name"), "uq_channel_name": ("input", "name")}


def _department(row: Row) -> Department:
    return Department(row["id"], row["name"], row["created_at"], row["version"])


def _channel(row: Row) -> Channel:
    return Channel(row["id"], _KINDS[row["kind"]], row["name"], row["department_id"], row["created_at"], row["version"])


def _values(one: Department | Channel, table: Table) -> dict[str, Any]:
    values = {c.name: getattr(one, c.name) for c in table.c}
    return values | ({"kind": one.kind.value} if isinstance(one, Channel) else {})


_IDS = bindparam("ids", type_=UUIDS)
_ADD = {
    table: prepared(insert(table).values({c.name: bindparam(c.name, type_=c.type) for c in table.c}))
    for table in (department, channel)
}
_SAVE_DEPARTMENT = prepared(
    update(department)
    .where(department.c.id == bindparam("of_id", type_=Uuid()))
    .values({name: bindparam(name, type_=department.c[name].type) for name in ("name", "version")})
)
_SAVE_CHANNEL = prepared(
    update(channel)
    .where(channel.c.id == bindparam("of_id", type_=Uuid()))
    .values({name: bindparam(name, type_=channel.c[name].type) for name in ("name", "department_id", "version")})
)
_BY_ID = {table: prepared(select(*table.c).where(table.c.id == any_(_IDS))) for table in (department, channel)}
_LOCK = {
    table: prepared(select(*table.c).where(table.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
    for table in (department, channel)
}
_ADD_ACQUISITION = prepared(
    insert(acquisition)
    .values({c.name: bindparam(c.name, type_=c.type) for c in acquisition.c})
    .on_conflict_do_nothing()
)
_ACQUISITIONS = prepared(select(*acquisition.c).where(acquisition.c.member_id == any_(_IDS)))
_FOLLOWED = prepared(
    update(acquisition)
    .where(
        acquisition.c.member_id == any_(_IDS),
        acquisition.c.followed_at.is_(None),
        exists().where(wecom_contact.c.member_id == acquisition.c.member_id),
    )
    .values(followed_at=bindparam("at", type_=DateTime(timezone=True)))
    .returning(acquisition.c.hook_id)
)


async def add_department(tx: Writing, new: Department) -> None:
    """Keep a new department.

    Raises:
        SlugTaken: there is one of its name.
    """
    with keeping_unique(_NAMES):
        await tx.execute(_ADD[department], **_values(new, department))


async def save_department(tx: Writing, changed: Department) -> None:
    """Keep what changed of a department.

    Raises:
        SlugTaken: there is another of its name.
    """
    with keeping_unique(_NAMES):
        await tx.execute(_SAVE_DEPARTMENT, of_id=changed.id, name=changed.name, version=changed.version)


async def add_channel(tx: Writing, new: Channel) -> None:
    """Keep a new channel.

    Raises:
        SlugTaken: there is one of its name.
    """
    with keeping_unique(_NAMES):
        await tx.execute(_ADD[channel], **_values(new, channel))


async def save_channel(tx: Writing, one: Channel) -> None:
    """Keep what changed of a channel.

    Raises:
        SlugTaken: there is another of its name.
    """
    values = {"name": one.name, "department_id": one.department_id, "version": one.version}
    with keeping_unique(_NAMES):
        await tx.execute(_SAVE_CHANNEL, of_id=one.id, **values)


async def lock_department(tx: Writing, department_id: UUID) -> Department | None:
    row = await tx.row(_LOCK[department], id=department_id)
    return None if row is None else _department(row)


async def lock_channel(tx: Writing, channel_id: UUID) -> Channel | None:
    row = await tx.row(_LOCK[channel], id=channel_id)
    return None if row is None else _channel(row)


async def departments_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Department]:
    return {row["id"]: _department(row) for row in await reading.rows(_BY_ID[department], ids=list(ids))}


async def channels_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Channel]:
    return {row["id"]: _channel(row) for row in await reading.rows(_BY_ID[channel], ids=list(ids))}


_DEPARTMENTS: Listing[Department] = Listing(select(*department.c), _department, id=department.c.id)
_CHANNELS: Listing[Channel] = Listing(
    select(*channel.c),
    _channel,
    id=channel.c.id,
    filters={"kind": channel.c.kind, "departmentId": channel.c.department_id},
)


async def departments(reading: Reading, request: PageRequest) -> Page[Department]:
    """A page of the departments, in the order in which they were made."""
    return await _DEPARTMENTS.page(reading, request)


async def channels(reading: Reading, request: PageRequest, where: Condition = EVERYTHING) -> Page[Channel]:
    """A page of the channels, in the order in which they were made."""
    return await _CHANNELS.page(reading, request, where=where)


async def acquire(tx: Writing, new: Acquisition) -> bool:
    """Keep by which hook a member came; False when that is known: the first stays."""
    values = {c.name: getattr(new, c.name) for c in acquisition.c}
    return await tx.execute(_ADD_ACQUISITION, **values) > 0


async def acquisitions_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, Acquisition]:
    """By which hook each member came, where one did it."""
    rows = await reading.rows(_ACQUISITIONS, ids=list(member_ids))
    return {row["member_id"]: Acquisition(*(row[c.name] for c in acquisition.c)) for row in rows}


async def mark_followed(tx: Writing, member_ids: Sequence[UUID], at: datetime) -> list[UUID]:
    """Note who of these is a guide's friend on WeCom, once for each; returns the hooks that brought them."""
    return [row[0] for row in await tx.rows(_FOLLOWED, ids=list(member_ids), at=at)]
