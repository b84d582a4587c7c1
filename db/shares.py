"""Shares: tables of shares and of who opened them, and what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import Statement, prepared
from db.sublists import Sublist
from domain.pages import Page, PageRequest
from domain.shares import Share, ShareChannel, TargetKind

share = Table(
    "share",
    metadata,
    key(),
    Column("code", Text(), nullable=False, unique=True),
    refers_to("member", "sharer_member_id"),
    refers_to("guide", "guide_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    *one_of("target_kind", TargetKind),
    # What is shared may be of any kind, so no foreign key holds it; a target that is gone is null for whoever opens it.
    Column("target_id", Uuid(), nullable=False),
    *one_of("channel", ShareChannel),
    refers_to("share", "parent_id", optional=True),
    moment("created_at"),
    moment("expires_at", optional=True),
    Column("depth", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("(parent_id IS NULL) = (depth = 1)", name="a_forward_is_deeper"),
    Index(
        "uq_share_same",
        "sharer_member_id",
        "target_kind",
        "target_id",
        "channel",
        "parent_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
    Index(None, "sharer_member_id", "id"),
    Index(None, "parent_id", "id"),
)

share_visit = Table(
    "share_visit",
    metadata,
    refers_to("share", "share_id"),
    words("visitor_key"),
    refers_to("member", "member_id", optional=True),
    Column("day", Date(), nullable=False),
    Column("views", BigInteger(), nullable=False),
    moment("last_at"),
    Column("first_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    # When the member put something into a cart after it, which counts once.
    moment("carted_at", optional=True),
    PrimaryKeyConstraint("share_id", "visitor_key", "day"),
    CheckConstraint("views > 0", name="someone_viewed"),
    Index(None, "member_id", "last_at"),
)


def _columns_of(shares: FromClause) -> tuple[ColumnElement[Any], ...]:
    """What a share is made of, from its row and its sharer's."""
    return (*(shares.c[column.name] for column in share.c), member.c.nickname)


_COLUMNS = _columns_of(share)
_SHARES = select(*_COLUMNS).join(member, member.c.id == share.c.sharer_member_id)


def _share(row: Row) -> Share:
    id_, code, sharer_id, guide_id, store_id, target_kind, target_id, channel, *rest = row[: len(_COLUMNS)]
    kind, place = TargetKind(target_kind), ShareChannel(channel)
    return Share(id_, code, sharer_id, guide_id, store_id, kind, target_id, place, *rest)


_BY_ID = prepared(_SHARES.where(share.c.id == any_(bindparam("ids", type_=UUIDS))))
_BY_CODE = prepared(_SHARES.where(share.c.code == bindparam("code", type_=Text())))
_MINE = Listing(
    _SHARES.where(share.c.sharer_member_id == bindparam("sharer_member_id", type_=Uuid())), _share, id=share.c.id
)


async def shares_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Share]:
    return {row["id"]: _share(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def find_share(reading: Reading, code: str) -> Share | None:
    """The share with this code, expired or not."""
    row = await reading.row(_BY_CODE, code=code)
    return None if row is None else _share(row)


async def shares_by(reading: Reading, member_id: UUID, request: PageRequest) -> Page[Share]:
    """A page of what a member shared, the newest first."""
    return await _MINE.page(reading, request, descending=True, sharer_member_id=member_id)


_CHILDREN = Sublist(_SHARES, _share, parent=share.c.parent_id, id=share.c.id)


async def children_of(reading: Reading, parent_ids: Sequence[UUID], request: PageRequest) -> dict[UUID, Page[Share]]:
    """A page of the shares that hang under each, the oldest first."""
    pages = await _CHILDREN.pages(reading, parent_ids, request)
    return dict(zip(parent_ids, pages, strict=True))


def _save() -> Statement:
    new = insert(share).values({c.name: bindparam(c.name, type_=c.type) for c in share.c})
    saved = (
        new.on_conflict_do_update(
            index_elements=["sharer_member_id", "target_kind", "target_id", "channel", "parent_id"],
            set_={name: new.excluded[name] for name in ("guide_id", "store_id", "expires_at")},
        )
        .returning(*share.c)
        .cte("saved")
    )
    return prepared(select(*_columns_of(saved)).join(member, member.c.id == saved.c.sharer_member_id))


_SAVE = _save()
_VISIT_VALUES = insert(share_visit).values(
    share_id=bindparam("share_id"),
    visitor_key=bindparam("visitor_key"),
    member_id=bindparam("member_id", type_=Uuid()),
    day=bindparam("day"),
    views=literal_column("1"),
    last_at=bindparam("at"),
    first_at=bindparam("at"),
)
_VISIT = prepared(
    _VISIT_VALUES.on_conflict_do_update(
        index_elements=["share_id", "visitor_key", "day"],
        set_={"views": share_visit.c.views + 1, "last_at": _VISIT_VALUES.excluded.last_at},
    ).returning(share_visit.c.views)
)


async def save_share(tx: Writing, new: Share) -> Share:
    """Keep a share, or find the one that the sharer made of the same target, channel and parent before."""
    values = {column.name: getattr(new, column.name) for column in share.c}
    row = await tx.row(_SAVE, **values | {"target_kind": new.target_kind.value, "channel": new.channel.value})
    return _share(row)


async def count_visit(
    tx: Writing, share_id: UUID, visitor_key: str, member_id: UUID | None, day: date, at: datetime
) -> bool:
    """Count one opening of a share: a view each time. Whether it was the person's first on this day."""
    row = await tx.row(_VISIT, share_id=share_id, visitor_key=visitor_key, member_id=member_id, day=day, at=at)
    assert row is not None, "an opening is one row"
    return bool(row[0] == 1)
