"""Membership cards: printed in batches, of which only a hash of each code is kept, and activated once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    bindparam,
    func,
    null,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Writing
from db.metadata import key, metadata, moment, refers_to, words
from db.statements import prepared

_at = bindparam("at", type_=DateTime(timezone=True))

membership_card_batch = Table(
    "membership_card_batch",
    metadata,
    key(),
    refers_to("membership_plan", "plan_id"),
    Column("count", Integer(), nullable=False),
    words("note"),
    moment("created_at"),
    moment("expires_at"),
    moment("voided_at", optional=True),
)

membership_card = Table(
    "membership_card",
    metadata,
    Column("code_hash", LargeBinary(), primary_key=True),
    refers_to("membership_card_batch", "batch_id", index=True),
    refers_to("member", "member_id", optional=True),
    moment("activated_at", optional=True),
    CheckConstraint("(member_id IS NULL) = (activated_at IS NULL)", name="activated_by_somebody"),
)
_ADD_BATCH = prepared(
    insert(membership_card_batch).values(
        {c.name: bindparam(c.name, type_=c.type) for c in membership_card_batch.c if c.name != "voided_at"}
    )
)
_ADD_CARDS = prepared(
    insert(membership_card).from_select(
        ["code_hash", "batch_id"],
        select(func.unnest(bindparam("hashes", type_=ARRAY(LargeBinary()))), bindparam("batch_id", type_=Uuid())),
    )
)
_ACTIVATE = prepared(
    update(membership_card)
    .where(
        membership_card.c.code_hash == bindparam("code_hash", type_=LargeBinary()),
        membership_card.c.member_id.is_(None),
        membership_card_batch.c.id == membership_card.c.batch_id,
        membership_card_batch.c.voided_at.is_(None),
        membership_card_batch.c.expires_at > _at,
    )
    .values(member_id=bindparam("of_member", type_=Uuid()), activated_at=_at)
    .returning(membership_card_batch.c.plan_id)
)
_VOID = prepared(
    update(membership_card_batch)
    .where(
        membership_card_batch.c.id == bindparam("of_batch", type_=Uuid()), membership_card_batch.c.voided_at == null()
    )
    .values(voided_at=_at)
)


async def add_cards(tx: Writing, batch: dict[str, Any], hashes: Sequence[bytes]) -> None:
    """Keep a batch of cards, of which nobody can read the codes."""
    await tx.execute(_ADD_BATCH, **batch)
    await tx.execute(_ADD_CARDS, hashes=list(hashes), batch_id=batch["id"])


async def activate_card(tx: Writing, code_hash: bytes, member_id: UUID, at: datetime) -> UUID | None:
    """The plan of a card that nobody used, which now is used; None for any other code."""
    plan_id: UUID | None = await tx.value(_ACTIVATE, code_hash=code_hash, of_member=member_id, at=at)
    return plan_id


async def void_cards(tx: Writing, batch_id: UUID, at: datetime) -> bool:
    """Cards of the batch that nobody has used are good for nothing; False when that is so already."""
    return bool(await tx.execute(_VOID, of_batch=batch_id, at=at))
