"""Idempotency: keys with the answer that was given, in the transaction of the effect."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
from sqlalchemy import (
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    bindparam,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.connection import Writing
from db.forgetting import forgetting
from db.metadata import metadata, moment, words
from db.statements import prepared
from domain.idempotency import Request
from domain.refusals import KeyInProgress, KeyReused

idempotency_key = Table(
    "idempotency_key",
    metadata,
    words("owner"),
    words("key"),
    words("fingerprint"),
    Column("answer", JSONB()),
    moment("created_at"),
    PrimaryKeyConstraint("owner", "key"),
    Index(None, "created_at"),
)

_CLAIM = prepared(
    insert(idempotency_key)
    .values(
        owner=bindparam("owner"),
        key=bindparam("key"),
        fingerprint=bindparam("fingerprint"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing(index_elements=["owner", "key"])
)
_FIND = prepared(
    select(idempotency_key.c.fingerprint, idempotency_key.c.answer).where(
        idempotency_key.c.owner == bindparam("owner", type_=Text()),
        idempotency_key.c.key == bindparam("key", type_=Text()),
    )
)
_ANSWER = prepared(
    update(idempotency_key)
    .where(
        idempotency_key.c.owner == bindparam("of_owner", type_=Text()),
        idempotency_key.c.key == bindparam("of_key", type_=Text()),
    )
    .values(answer=bindparam("answer", type_=JSONB()))
)


async def claim(tx: Writing, request: Request, at: datetime) -> Any | None:
    """Take the key for this request, or find the answer that it was given before.

    A request that runs with the same key at the same time waits here for the end of the first one.

    Raises:
        KeyReused: the key belongs to another request.
        KeyInProgress: the first one did not end within the time that anything waits for a lock.
    """
    try:
        taken = await tx.execute(
            _CLAIM, owner=request.owner, key=request.key, fingerprint=request.fingerprint, created_at=at
        )
    except asyncpg.LockNotAvailableError:
        raise KeyInProgress(path=("input", "idempotencyKey")) from None
    return None if taken else await find(tx, request)


async def find(tx: Writing, request: Request) -> Any | None:
    """The answer that this request was given before, if it was.

    Raises:
        KeyReused: the key belongs to another request.
    """
    row = await tx.row(_FIND, owner=request.owner, key=request.key)
    if row is None:
        return None
    if row["fingerprint"] != request.fingerprint:
        raise KeyReused(path=("input", "idempotencyKey"))
    return row["answer"]


async def answer(tx: Writing, request: Request, given: Any) -> None:
    """Keep the answer, for whoever repeats the request."""
    await tx.execute(_ANSWER, of_owner=request.owner, of_key=request.key, answer=given)


_FORGET = forgetting(idempotency_key, idempotency_key.c.created_at)


async def forget(tx: Writing, before: datetime) -> int:
    """Forget keys from before a time, some thousand at once; returns how many, 0 when none is left."""
    return await tx.execute(_FORGET, before=before)
