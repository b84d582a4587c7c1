"""Comments: their table, the threads below posts, and the changes that keep the posts' counters true."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.posts import post
from db.statements import prepared
from db.sublists import Sublist
from domain.comments import Comment
from domain.content import Reader
from domain.filters import Condition
from domain.members import MemberCard
from domain.moderation import Moderation
from domain.pages import Page, PageRequest
from domain.refusals import NotFound

comment = Table(
    "comment",
    metadata,
    key(),
    refers_to("post", "post_id"),
    refers_to("comment", "parent_id", optional=True),
    Column("reply_to_id", Uuid(), ForeignKey("comment.id", ondelete="SET NULL")),
    refers_to("member", "author_member_id"),
    words("text"),
    *one_of("state", Moderation),
    Column("pinned", Boolean(), nullable=False, server_default=text("false")),
    moment("created_at"),
    CheckConstraint("char_length(text) BETWEEN 1 AND 500", name="text_is_within_500"),
    CheckConstraint("parent_id IS NULL OR NOT pinned", name="only_threads_are_pinned"),
    CheckConstraint("reply_to_id IS NULL OR parent_id IS NOT NULL", name="replies_are_in_a_thread"),
    Index(None, "parent_id", "id"),
    Index(None, "reply_to_id"),
    Index(None, "author_member_id", "id"),
    Index(None, "state", "id"),
)
_PIN_RANK = cast(comment.c.pinned, Integer())
Index("ix_comment_threads", comment.c.post_id, _PIN_RANK, comment.c.id, postgresql_where=comment.c.parent_id.is_(None))

_IS_SEEN = or_(
    comment.c.state == literal_column("'APPROVED'"),
    (comment.c.state == literal_column("'PENDING'"))
    & (comment.c.author_member_id == bindparam("reader_id", type_=Uuid())),
)
"""Who sees a comment below its post: all when it is approved, its author while it waits."""

_NAMES = ["id", "post_id", "parent_id", "reply_to_id", "author_member_id", "text", "state", "pinned", "created_at"]
_COMMENTS = select(*(comment.c[name] for name in _NAMES), member.c.nickname, member.c.avatar_url).join(
    member, member.c.id == comment.c.author_member_id
)


def _comment(row: Row) -> Comment:
    id_, post_id, parent_id, reply_to_id, author_id, said, state, pinned, created_at = row[:9]
    author = MemberCard(author_id, row["nickname"], row["avatar_url"])
    return Comment(id_, post_id, parent_id, reply_to_id, author, said, Moderation(state), pinned, created_at)


_THREADS = Sublist(
    _COMMENTS.where(comment.c.parent_id.is_(None), _IS_SEEN),
    _comment,
    parent=comment.c.post_id,
    id=comment.c.id,
    rank=_PIN_RANK,
    descending=True,
)
_REPLIES = Sublist(_COMMENTS.where(_IS_SEEN), _comment, parent=comment.c.parent_id, id=comment.c.id)
_LISTING = Listing(
    _COMMENTS,
    _comment,
    id=comment.c.id,
    filters={
        "state": comment.c.state,
        "postId": comment.c.post_id,
        "authorId": comment.c.author_member_id,
        "createdAt": comment.c.created_at,
    },
)
_BY_ID = prepared(_COMMENTS.where(comment.c.id == any_(bindparam("ids", type_=UUIDS))))


async def threads_of(
    reading: Reading, reader: Reader, post_ids: Sequence[UUID], request: PageRequest
) -> list[Page[Comment]]:
    """A page of the first comments of each post's threads: the pinned ones, then the newest."""
    return await _THREADS.pages(reading, post_ids, request, reader_id=reader.member_id)


async def replies_of(
    reading: Reading, reader: Reader, comment_ids: Sequence[UUID], request: PageRequest
) -> list[Page[Comment]]:
    """A page of the replies in each thread, the oldest first."""
    return await _REPLIES.pages(reading, comment_ids, request, reader_id=reader.member_id)


async def comments(reading: Reading, request: PageRequest, where: Condition, *, descending: bool) -> Page[Comment]:
    """A page of all comments, in every state: for those who decide on them."""
    return await _LISTING.page(reading, request, where=where, descending=descending)


async def comments_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Comment]:
    """Comments in every state."""
    return {row["id"]: _comment(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


_ADD = prepared(insert(comment).values({name: bindparam(name, type_=comment.c[name].type) for name in _NAMES}))
_COUNT = prepared(
    update(post)
    .where(post.c.id == bindparam("of_post", type_=Uuid()))
    .values(comment_count=post.c.comment_count + bindparam("change", type_=Integer()))
)


_LOCK = prepared(_COMMENTS.where(comment.c.id == bindparam("id", type_=Uuid())).with_for_update(of=comment))


async def lock(tx: Writing, comment_id: UUID) -> Comment | None:
    """Find a comment and keep other writers off it, and new replies out of its thread, until the transaction ends."""
    row = await tx.row(_LOCK, id=comment_id)
    return None if row is None else _comment(row)


async def add(tx: Writing, new: Comment) -> None:
    """Keep a new comment.

    Raises:
        NotFound: the comment that it answers was removed meanwhile.
    """
    values: dict[str, Any] = asdict(new)
    author = values.pop("author")
    try:
        await tx.execute(_ADD, **values | {"author_member_id": author["id"], "state": new.state.value})
    except asyncpg.ForeignKeyViolationError as violation:
        raise NotFound(path=("input", "parentId")) from violation
    await _count(tx, new.post_id, int(new.state is Moderation.APPROVED))


async def _count(tx: Writing, post_id: UUID, change: int) -> None:
    if change:
        await tx.execute(_COUNT, of_post=post_id, change=change)


_DECIDE = prepared(
    update(comment)
    .where(comment.c.id == bindparam("of_comment", type_=Uuid()))
    .values(
        state=bindparam("to_state"), pinned=comment.c.pinned & (bindparam("to_state") == literal_column("'APPROVED'"))
    )
)


async def decide(tx: Writing, locked: Comment, state: Moderation) -> None:
    """Bring a comment into another state."""
    await tx.execute(_DECIDE, of_comment=locked.id, to_state=state.value)
    is_approved, was_approved = state is Moderation.APPROVED, locked.state is Moderation.APPROVED
    await _count(tx, locked.post_id, is_approved - was_approved)


_PIN = prepared(
    update(comment)
    .where(comment.c.id == bindparam("of_comment", type_=Uuid()))
    .values(pinned=bindparam("is_pinned", type_=Boolean()))
)


async def pin(tx: Writing, comment_id: UUID, *, pinned: bool) -> None:
    """Let the first comment of a thread stand above the others, or no longer."""
    await tx.execute(_PIN, of_comment=comment_id, is_pinned=pinned)


_gone = (
    delete(comment)
    .where(
        or_(
            comment.c.id == bindparam("of_comment", type_=Uuid()),
            comment.c.parent_id == bindparam("of_comment", type_=Uuid()),
        )
    )
    .returning(comment.c.state)
    .cte("gone")
)
_REMOVE = prepared(select(func.count()).select_from(_gone).where(_gone.c.state == literal_column("'APPROVED'")))


async def remove(tx: Writing, locked: Comment) -> None:
    """Delete a comment, with its replies when it is the first of a thread."""
    await _count(tx, locked.post_id, -await tx.value(_REMOVE, of_comment=locked.id))
