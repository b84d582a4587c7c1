"""Likes of posts: a row and the counter change together, in one statement."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, delete, update
from sqlalchemy.dialects.postgresql import insert

from db.connection import Writing
from db.posts import post, post_like
from db.statements import Statement, prepared


def _like() -> Statement:
    new = (
        insert(post_like)
        .values({column.name: bindparam(column.name, type_=column.type) for column in post_like.c})
        .on_conflict_do_nothing(index_elements=["post_id", "member_id"])
        .returning(post_like.c.post_id)
        .cte("new")
    )
    return prepared(update(post).where(post.c.id == new.c.post_id).values(like_count=post.c.like_count + 1))


def _unlike() -> Statement:
    mine = (
        post_like.c.post_id == bindparam("post_id", type_=Uuid()),
        post_like.c.member_id == bindparam("member_id", type_=Uuid()),
    )
    gone = delete(post_like).where(*mine).returning(post_like.c.post_id).cte("gone")
    return prepared(update(post).where(post.c.id == gone.c.post_id).values(like_count=post.c.like_count - 1))


_LIKE = _like()
_UNLIKE = _unlike()


async def like(tx: Writing, post_id: UUID, member_id: UUID, at: datetime) -> bool:
    """Let a member like a post; False when they did already."""
    return bool(await tx.execute(_LIKE, post_id=post_id, member_id=member_id, at=at))


async def unlike(tx: Writing, post_id: UUID, member_id: UUID) -> bool:
    """Let a member no longer like a post; False when they did not."""
    return bool(await tx.execute(_UNLIKE, post_id=post_id, member_id=member_id))
