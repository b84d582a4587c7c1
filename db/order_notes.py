"""Order notes: what staff wrote down about orders."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, Table, any_, bindparam, insert, select

from db.connection import Reading, Row, Writing, by_key
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, refers_to, words
from db.statements import prepared
from domain.members import MemberCard
from domain.order_notes import OrderNote

order_note = Table(
    "order_note",
    metadata,
    key(),
    refers_to("order", "order_id"),
    refers_to("member", "author_id"),
    words("text"),
    moment("at"),
    CheckConstraint("char_length(text) BETWEEN 1 AND 500", name="text_is_within_500"),
    Index(None, "order_id", "id"),
)

_ADD = prepared(insert(order_note).values({one.name: bindparam(one.name, type_=one.type) for one in order_note.c}))
_OF_ORDERS = prepared(
    select(*order_note.c, member.c.nickname, member.c.avatar_url)
    .join(member, member.c.id == order_note.c.author_id)
    .where(order_note.c.order_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(order_note.c.order_id, order_note.c.id)
)


def _note(row: Row) -> OrderNote:
    author = MemberCard(row["author_id"], row["nickname"], row["avatar_url"])
    return OrderNote(row["id"], row["order_id"], author, row["text"], row["at"])


async def add(tx: Writing, new: OrderNote) -> None:
    await tx.execute(_ADD, id=new.id, order_id=new.order_id, author_id=new.author.id, text=new.text, at=new.at)


async def notes_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[OrderNote]]:
    """The notes on each order, the oldest first."""
    return by_key(await reading.rows(_OF_ORDERS, ids=list(order_ids)), "order_id", _note)
