"""Tags: groups, tags, and which member had which when. A tag that is taken away keeps its row.

A unique key holds a member to one open row for each tag, and another to one for each exclusive group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.sublists import Sublist
from domain.pages import Page, PageRequest
from domain.tags import MemberTag, Tag, TagGroup, TagSource

tag_group = Table(
    "tag_group",
    metadata,
    key(),
    Column("name", Text(), nullable=False, unique=True),
    Column("exclusive", Boolean(), nullable=False),
)

tag = Table(
    "tag",
    metadata,
    key(),
    refers_to("tag_group", "group_id"),
    words("name"),
    Column("position", Integer(), nullable=False),
    Column("retired", Boolean(), nullable=False, server_default=text("false")),
    Index("uq_tag_name", "group_id", "name", unique=True, postgresql_where=text("NOT retired")),
)

member_tag = Table(
    "member_tag",
    metadata,
    key(),
    refers_to("member", "member_id"),
    refers_to("tag", "tag_id"),
    # Of tags that do not exclude one another it is null, and nulls are all different.
    Column("exclusive_group_id", Uuid()),
    *one_of("source", TagSource),
    Column("actor_id", Uuid()),
    moment("tagged_at"),
    moment("removed_at", optional=True),
    Column("removed_by", Uuid()),
    Index("uq_member_tag_open", "member_id", "tag_id", unique=True, postgresql_where=text("removed_at IS NULL")),
    Index(
        "uq_member_tag_exclusive",
        "member_id",
        "exclusive_group_id",
        unique=True,
        postgresql_where=text("removed_at IS NULL"),
    ),
    Index(None, "member_id", "id"),
    Index("ix_member_tag_tag", "tag_id", "member_id", postgresql_where=text("removed_at IS NULL")),
)

_at = bindparam("at", type_=DateTime(timezone=True))
_TAG_COLUMNS = (tag.c.id, tag.c.group_id, tag.c.name)
_GROUPS = prepared(
    select(tag_group.c.id, tag_group.c.name, tag_group.c.exclusive).order_by(tag_group.c.name, tag_group.c.id)
)
_TAGS = prepared(select(*_TAG_COLUMNS).where(~tag.c.retired).order_by(tag.c.group_id, tag.c.position))
_new_group = insert(tag_group).values({c.name: bindparam(c.name, type_=c.type) for c in tag_group.c})
_SAVE_GROUP = prepared(_new_group.on_conflict_do_update(index_elements=["id"], set_={"name": _new_group.excluded.name}))
_RETIRE = prepared(
    update(tag).where(tag.c.group_id == bindparam("of_group", type_=Uuid()), ~tag.c.retired).values(retired=True)
)
_LOCK_GROUP = prepared(
    select(tag_group.c.exclusive)
    .where(tag_group.c.id == bindparam("of_group", type_=Uuid()))
    .with_for_update(key_share=True)
)
_SAVED = tuple(tag.c[name] for name in ("id", "group_id", "name", "position"))
_new_tags = insert(tag).from_select([c.name for c in _SAVED], select(*given_rows("tags", list(_SAVED)).c))
_SAVE_TAGS = prepared(
    _new_tags.on_conflict_do_update(
        index_elements=["id"],
        set_={name: _new_tags.excluded[name] for name in ("name", "position")} | {"retired": literal_column("false")},
    )
)
_LOCK_MEMBER = prepared(select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("member", type_=Text()), 0))))
_asked = tag.c.id == any_(bindparam("tags", type_=UUIDS))
_HAS = and_(member_tag.c.member_id == bindparam("of_member", type_=Uuid()), member_tag.c.removed_at.is_(None))
_ADD_COLUMNS = tuple(
    member_tag.c[n] for n in ("id", "member_id", "tag_id", "exclusive_group_id", "source", "actor_id", "tagged_at")
)
_ADD = prepared(
    insert(member_tag)
    .from_select([c.name for c in _ADD_COLUMNS], select(*given_rows("new", list(_ADD_COLUMNS)).c))
    .on_conflict_do_nothing()
    .returning(member_tag.c.tag_id)
)
_REMOVE = prepared(
    update(member_tag)
    .where(
        _HAS,
        or_(
            member_tag.c.tag_id == any_(bindparam("tags", type_=UUIDS)),
            and_(
                member_tag.c.exclusive_group_id == any_(bindparam("groups", type_=UUIDS)),
                ~(member_tag.c.tag_id == any_(bindparam("but_for", type_=UUIDS))),
            ),
        ),
    )
    .values(removed_at=_at, removed_by=bindparam("by", type_=Uuid()))
    .returning(member_tag.c.tag_id)
)
_FIND = prepared(
    select(*_TAG_COLUMNS, case((tag_group.c.exclusive, tag_group.c.id), else_=null()).label("exclusive_group_id"))
    .join(tag_group, tag_group.c.id == tag.c.group_id)
    .where(_asked, ~tag.c.retired)
)
_MEMBER_TAGS = (
    select(
        member_tag.c.id,
        member_tag.c.member_id,
        *(column.label(f"tag_{column.name}") for column in _TAG_COLUMNS),
        member_tag.c.source,
        member_tag.c.actor_id,
        member_tag.c.tagged_at,
        member_tag.c.removed_at,
    )
    .join(tag, tag.c.id == member_tag.c.tag_id)
)  # fmt: skip
_OPEN = prepared(
    _MEMBER_TAGS.where(
        member_tag.c.member_id == any_(bindparam("members", type_=UUIDS)), member_tag.c.removed_at.is_(None)
    ).order_by(member_tag.c.member_id, member_tag.c.id)
)


async def groups(reading: Reading) -> list[TagGroup]:
    """All groups by name, each with its tags in their order."""
    tags = by_key(await reading.rows(_TAGS), "group_id", lambda row: Tag(*row))
    rows = await reading.rows(_GROUPS)
    return [TagGroup(id_, name, exclusive, tuple(tags.get(id_, ()))) for id_, name, exclusive in rows]


async def lock_group(tx: Writing, group_id: UUID) -> bool | None:
    """Whether a group is exclusive, which it is for good; None when there is no such group."""
    exclusive: bool | None = await tx.value(_LOCK_GROUP, of_group=group_id)
    return exclusive


async def save_group(tx: Writing, group: TagGroup) -> None:
    """Save a group with its tags in their order. Tags that are no longer in it are retired: members keep them.

    Raises:
        asyncpg.UniqueViolationError: another group has the name, or a tag has one that is taken.
    """
    await tx.execute(_SAVE_GROUP, id=group.id, name=group.name, exclusive=group.exclusive)
    # Names are unique: all step aside before those that stay take theirs, which may have been another's.
    await tx.execute(_RETIRE, of_group=group.id)
    rows = [{"id": one.id, "group_id": group.id, "name": one.name, "position": i} for i, one in enumerate(group.tags)]
    await tx.execute(_SAVE_TAGS, **in_columns("tags", list(_SAVED), rows))


async def find(tx: Writing, tag_ids: Sequence[UUID]) -> dict[UUID, tuple[Tag, UUID | None]]:
    """Tags that can be given, each with its group where that is exclusive."""
    rows = await tx.rows(_FIND, tags=list(tag_ids))
    return {row["id"]: (Tag(*row[:3]), row["exclusive_group_id"]) for row in rows}


async def lock_member(tx: Writing, member_id: UUID) -> None:
    """Keep others from tagging this member until the transaction ends."""
    await tx.rows(_LOCK_MEMBER, member=f"tags:{member_id.hex}")


async def add(tx: Writing, given: Sequence[MemberTag], exclusive: Mapping[UUID, UUID | None]) -> list[UUID]:
    """Tag a member; returns the tags that they did not have."""
    rows = [
        {
            "id": one.id,
            "member_id": one.member_id,
            "tag_id": one.tag.id,
            "exclusive_group_id": exclusive[one.tag.id],
            "source": one.source.value,
            "actor_id": one.actor_id,
            "tagged_at": one.tagged_at,
        }
        for one in given
    ]
    return [row["tag_id"] for row in await tx.rows(_ADD, **in_columns("new", list(_ADD_COLUMNS), rows))]


async def remove(
    tx: Writing,
    member_id: UUID,
    at: datetime,
    by: UUID | None,
    *,
    tag_ids: Sequence[UUID] = (),
    others_of_groups: Sequence[UUID] = (),
    but_for: Sequence[UUID] = (),
) -> list[UUID]:
    """Take tags away from a member, and all of some groups but for a few; returns those that they had."""
    rows = await tx.rows(
        _REMOVE,
        of_member=member_id,
        at=at,
        by=by,
        tags=list(tag_ids),
        groups=list(others_of_groups),
        but_for=list(but_for),
    )
    return [row["tag_id"] for row in rows]


def _member_tag(row: Row) -> MemberTag:
    id_, member_id, tag_id, group_id, name, source, actor_id, tagged_at, removed_at = row[:9]
    return MemberTag(id_, member_id, Tag(tag_id, group_id, name), TagSource(source), actor_id, tagged_at, removed_at)


async def tags_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, list[MemberTag]]:
    """What each member is tagged with now, the oldest first."""
    return by_key(await reading.rows(_OPEN, members=list(member_ids)), "member_id", _member_tag)


_HISTORY = Sublist(_MEMBER_TAGS, _member_tag, parent=member_tag.c.member_id, id=member_tag.c.id, descending=True)


async def history_of(reading: Reading, member_ids: Sequence[UUID], request: PageRequest) -> list[Page[MemberTag]]:
    """Every tag that each member has or had, the latest first."""
    return await _HISTORY.pages(reading, member_ids, request)
