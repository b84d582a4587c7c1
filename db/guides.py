"""Guides: tables of tiers, guides, their log and their bindings, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.stores import org_unit
from db.sublists import Sublist
from domain.filters import Condition
from domain.guides import (
    Guide,
    GuideCycle,
    GuideKind,
    GuideStatus,
    GuideTier,
    HasInviter,
    StatusChange,
)
from domain.pages import Page, PageRequest

guide_tier = Table(
    "guide_tier",
    metadata,
    key(),
    Column("rank", Integer(), nullable=False, unique=True),
    words("name"),
    Column("rate_bp", Integer()),
    # What it takes to reach the tier, and to keep it (`domain.tiers.Conditions`).
    Column("upgrade", JSONB(none_as_null=True)),
    Column("keep", JSONB(none_as_null=True)),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_is_a_share"),
)

_OPEN_GUIDE = text("status <> 'LEFT'")

guide = Table(
    "guide",
    metadata,
    key(),
    refers_to("member", "member_id"),
    refers_to("org_unit", "store_id"),
    *one_of("kind", GuideKind),
    *one_of("status", GuideStatus),
    words("display_name"),
    words("avatar_url", optional=True),
    refers_to("guide_tier", "tier_id"),
    Column("share_code", Text(), nullable=False, unique=True),
    # Who brought the guide, and earns at the second level where the brand pays one.
    refers_to("guide", "inviter_id", optional=True, index=True),
    moment("applied_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("tier_is_locked", Boolean(), nullable=False, server_default=text("false")),
    Column("tier_reviewed_on", Date()),
    Index("uq_guide_one_open", "member_id", unique=True, postgresql_where=_OPEN_GUIDE),
    Index(None, "store_id", "id"),
    Index(None, "member_id", "id"),
    Index(None, "status", "id"),
)

guide_status_change = Table(
    "guide_status_change",
    metadata,
    refers_to("guide", "guide_id"),
    Column("version", Integer(), nullable=False),
    *one_of("from_status", GuideStatus, optional=True),
    *one_of("to_status", GuideStatus),
    refers_to("member", "actor_id"),
    words("reason"),
    moment("at"),
    PrimaryKeyConstraint("guide_id", "version"),
)

GUIDE_COLUMNS = (
    guide.c.id,
    guide.c.member_id,
    guide.c.store_id,
    org_unit.c.path.label("store_path"),
    guide.c.kind,
    guide.c.status,
    guide.c.display_name,
    guide.c.avatar_url,
    guide.c.tier_id,
    guide.c.share_code,
    guide.c.applied_at,
    guide.c.version,
    guide.c.inviter_id,
)
GUIDES_IN_STORES = guide.join(org_unit, org_unit.c.id == guide.c.store_id)
_GUIDES = select(*GUIDE_COLUMNS).select_from(GUIDES_IN_STORES)


def guide_of(row: Row) -> Guide:
    """A guide from a row that begins with the guide's columns."""
    id_, member_id, store_id, store_path, kind, status, *rest = row[: len(GUIDE_COLUMNS)]
    return Guide(id_, member_id, store_id, store_path, GuideKind(kind), GuideStatus(status), *rest)


_BY_ID = prepared(_GUIDES.where(guide.c.id == any_(bindparam("ids", type_=UUIDS))))
_BY_CODE = prepared(_GUIDES.where(guide.c.share_code == bindparam("share_code", type_=Text())))
_OF_MEMBER = prepared(_GUIDES.where(guide.c.member_id == bindparam("member_id", type_=Uuid()), _OPEN_GUIDE))
_ALL_OF_MEMBER = prepared(
    _GUIDES.where(guide.c.member_id == bindparam("member_id", type_=Uuid())).order_by(
        guide.c.status == literal_column("'LEFT'"), guide.c.id.desc()
    )
)
_LOCK = prepared(_GUIDES.where(guide.c.id == bindparam("id", type_=Uuid())).with_for_update(of=guide, key_share=True))
_TIERS = prepared(
    select(guide_tier.c.id, guide_tier.c.rank, guide_tier.c.name, guide_tier.c.rate_bp).order_by(guide_tier.c.rank)
)


async def guides_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Guide]:
    """The guides with these keys, whatever their status."""
    return {row["id"]: guide_of(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def find_guide_by_code(reading: Reading, share_code: str) -> Guide | None:
    """The guide with this code, whatever its status."""
    row = await reading.row(_BY_CODE, share_code=share_code)
    return None if row is None else guide_of(row)


async def find_guide_of(reading: Reading, member_id: UUID) -> Guide | None:
    """The guide that a member is, or has applied to be; not one that left."""
    row = await reading.row(_OF_MEMBER, member_id=member_id)
    return None if row is None else guide_of(row)


async def all_of_member(reading: Reading, member_id: UUID) -> list[Guide]:
    """The guides that a member is or ever was, the one that has not left first, then the latest."""
    return [guide_of(row) for row in await reading.rows(_ALL_OF_MEMBER, member_id=member_id)]


async def lock_guide(tx: Writing, guide_id: UUID) -> Guide | None:
    """Find a guide and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=guide_id)
    return None if row is None else guide_of(row)


async def tiers(reading: Reading) -> list[GuideTier]:
    """All tiers, the lowest first."""
    return [GuideTier(*row) for row in await reading.rows(_TIERS)]


_IS_BELOW = org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))
_LISTING = Listing(
    _GUIDES.where(_IS_BELOW),
    guide_of,
    id=guide.c.id,
    filters={"status": guide.c.status, "storeId": guide.c.store_id},
)


async def guides(reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition) -> Page[Guide]:
    """A page of the guides whose store is at one of these places of the organisation or below, the oldest first."""
    return await _LISTING.page(reading, request, where=where, paths=list(paths))


def _parameters(columns: Sequence[Column[Any]]) -> dict[str, Any]:
    return {column.name: bindparam(column.name, type_=column.type) for column in columns}


_APPLIED = [one for one in guide.c if one.name not in ("tier_is_locked", "tier_reviewed_on")]
_ADD = prepared(
    insert(guide)
    .values(_parameters(_APPLIED))
    .on_conflict_do_nothing(index_elements=["member_id"], index_where=_OPEN_GUIDE)
)
_SAVE_STATUS = prepared(
    update(guide)
    .where(guide.c.id == bindparam("of_guide", type_=Uuid()))
    .values(status=bindparam("status", type_=Text()), version=bindparam("version", type_=Integer()))
)
_LOG = prepared(insert(guide_status_change).values(_parameters(list(guide_status_change.c))))
_CHANGES_OF = prepared(
    select(
        guide_status_change.c.guide_id,
        guide_status_change.c.from_status,
        guide_status_change.c.to_status,
        guide_status_change.c.actor_id,
        guide_status_change.c.reason,
        guide_status_change.c.at,
        member.c.nickname,
    )
    .join(member, member.c.id == guide_status_change.c.actor_id)
    .where(guide_status_change.c.guide_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(guide_status_change.c.guide_id, guide_status_change.c.version)
)


def _change(row: Row) -> StatusChange:
    _, before, after, *rest = row
    return StatusChange(None if before is None else GuideStatus(before), GuideStatus(after), *rest)


async def status_changes_of(reading: Reading, guide_ids: Sequence[UUID]) -> dict[UUID, list[StatusChange]]:
    """The log of each guide, the application first."""
    return by_key(await reading.rows(_CHANGES_OF, ids=list(guide_ids)), "guide_id", _change)


async def add_guide(tx: Writing, new: Guide) -> bool:
    """Keep an application; False when the member has an open one or is a guide.

    Raises:
        GuideCycle: the member is among those who brought the inviter.
    """
    values = {column.name: getattr(new, column.name) for column in _APPLIED}
    try:
        return await tx.execute(_ADD, **values | {"kind": new.kind.value, "status": new.status.value}) > 0
    except asyncpg.CheckViolationError as violation:
        raise GuideCycle(path=("input", "inviterCode")) from violation


_SET_INVITER = prepared(
    update(guide)
    .where(guide.c.id == bindparam("of_guide", type_=Uuid()), guide.c.inviter_id.is_(None))
    .values(inviter_id=bindparam("inviter_id", type_=Uuid()), version=bindparam("version", type_=Integer()))
)
_INVITED = Sublist(_GUIDES, guide_of, parent=guide.c.inviter_id, id=guide.c.id)


async def save_inviter(tx: Writing, changed: Guide) -> None:
    """Keep who brought a guide, which must be locked.

    Raises:
        GuideCycle: the guide is among those who brought the inviter.
        HasInviter: it has an inviter.
    """
    asked = {"of_guide": changed.id, "inviter_id": changed.inviter_id, "version": changed.version}
    try:
        if await tx.execute(_SET_INVITER, **asked) == 0:
            raise HasInviter(path=("input", "guideId"))
    except asyncpg.CheckViolationError as violation:
        raise GuideCycle(path=("input", "inviterId")) from violation


async def invited_by(reading: Reading, guide_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[Guide]]:
    """A page of the guides whom each guide brought, the first ones first."""
    pages = await _INVITED.pages(reading, guide_ids, request)
    return dict(zip(guide_ids, pages, strict=True))


async def save_status(tx: Writing, changed: Guide) -> None:
    await tx.execute(_SAVE_STATUS, of_guide=changed.id, status=changed.status.value, version=changed.version)


async def log_status(tx: Writing, changed: Guide, change: StatusChange) -> None:
    """Add to the log of the guide what made it the version that it is."""
    await tx.execute(
        _LOG,
        guide_id=changed.id,
        version=changed.version,
        from_status=change.from_status.value if change.from_status else None,
        to_status=change.to_status.value,
        actor_id=change.actor_id,
        reason=change.reason,
        at=change.at,
    )
