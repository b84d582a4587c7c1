"""Bullet comments that wait for review: they are in no log but as news for those who moderate the room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Table, Uuid, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import key, metadata, moment, one_of, words
from db.statements import prepared
from domain.bullets import LONGEST_CODE_POINTS
from domain.pages import Page, PageRequest
from domain.room_events import BulletComment, BulletMode

bullet_review = Table(
    "bullet_review",
    metadata,
    key(),
    Column("room_id", Uuid(), nullable=False),
    words("text"),
    Column("sender_id", Uuid(), nullable=False),
    words("sender_name"),
    words("sender_avatar_url", optional=True),
    words("color", optional=True),
    *one_of("mode", BulletMode),
    moment("at"),
    CheckConstraint(f"char_length(text) BETWEEN 1 AND {LONGEST_CODE_POINTS}", name="text_is_within_bounds"),
    Index(None, "room_id", "id"),
    Index(None, "room_id", "sender_id"),
)
_COLUMNS = [bullet_review.c[one] for one in ("id", "text", "sender_id", "sender_name", "sender_avatar_url")]
_COLUMNS += [bullet_review.c[one] for one in ("color", "mode", "at")]
_ROOM: Any = bindparam("of_room", type_=Uuid())


def _comment(row: Row) -> BulletComment:
    id_, said, sender_id, name, avatar_url, color, mode, at = row[:8]
    return BulletComment(id_, said, sender_id, name, avatar_url, color, BulletMode(mode), at)


_LISTING = Listing(select(*_COLUMNS).where(bullet_review.c.room_id == _ROOM), _comment, id=bullet_review.c.id)
_ADD = prepared(
    insert(bullet_review).values({one.name: bindparam(one.name, type_=one.type) for one in bullet_review.c})
)
_TAKE = prepared(
    delete(bullet_review)
    .where(bullet_review.c.id == bindparam("of_comment", type_=Uuid()), bullet_review.c.room_id == _ROOM)
    .returning(*_COLUMNS)
)
_TAKE_OF_SENDER = prepared(
    delete(bullet_review)
    .where(bullet_review.c.room_id == _ROOM, bullet_review.c.sender_id == bindparam("of_sender", type_=Uuid()))
    .returning(*_COLUMNS)
)
_FORGET = prepared(delete(bullet_review).where(bullet_review.c.room_id == _ROOM))


async def add(tx: Writing, room_id: UUID, comments: Sequence[BulletComment]) -> None:
    """Let comments wait."""
    await tx.execute_many(_ADD, [asdict(one) | {"room_id": room_id, "mode": one.mode.value} for one in comments])


async def waiting(reading: Reading, room_id: UUID, request: PageRequest) -> Page[BulletComment]:
    """A page of the comments that wait in a room, the oldest first."""
    return await _LISTING.page(reading, request, of_room=room_id)


async def take(tx: Writing, room_id: UUID, comment_id: UUID) -> BulletComment | None:
    """End the wait of a comment; None when it does not wait in this room, or somebody else was first."""
    row = await tx.row(_TAKE, of_room=room_id, of_comment=comment_id)
    return None if row is None else _comment(row)


async def take_of_sender(tx: Writing, room_id: UUID, sender_id: UUID) -> list[BulletComment]:
    """End the wait of all that a member said in a room."""
    return [_comment(row) for row in await tx.rows(_TAKE_OF_SENDER, of_room=room_id, of_sender=sender_id)]


async def forget(tx: Writing, room_id: UUID) -> None:
    """End the wait of all that was said in a room that is over."""
    await tx.execute(_FORGET, of_room=room_id)
