"""Publishing: saving a whole post, moving it on, and the log of its moves."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from db.connection import Row, Writing
from db.posts import post, post_product, post_state_change, stored
from db.statements import Statement, prepared
from db.uniqueness import keeping_unique
from domain.content import PostDraft, PostState, StateChange
from domain.records import record

_UNIQUE = {"uq_post_external_reference": ("input", "externalReference")}


@record
class Kept:
    """What a saved post is compared with. Its fingerprint tells whether saving it would change anything."""

    id: UUID
    version: int
    state: PostState
    author_member_id: UUID | None
    fingerprint: str


_KEPT = select(post.c.id, post.c.version, post.c.state, post.c.author_member_id, post.c.fingerprint).with_for_update()
_LOCK = prepared(_KEPT.where(post.c.id == bindparam("id", type_=Uuid())))
_LOCK_BY_REFERENCE = prepared(_KEPT.where(post.c.external_reference == bindparam("reference", type_=Text())))


async def lock(tx: Writing, post_id: UUID) -> Kept | None:
    """Find a post and keep other writers off it until the transaction ends."""
    return _kept(await tx.row(_LOCK, id=post_id))


async def lock_by_reference(tx: Writing, reference: str) -> Kept | None:
    """The same by its key in another system."""
    return _kept(await tx.row(_LOCK_BY_REFERENCE, reference=reference))


def _kept(row: Row | None) -> Kept | None:
    return None if row is None else Kept(row[0], row[1], PostState(row[2]), row[3], row[4])


def fingerprint_of(draft: PostDraft) -> str:
    """Equal for equal posts."""
    values = asdict(draft) | {"blocks": [stored(block) for block in draft.blocks]}
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _save() -> Statement:
    names = (
        "id kind purpose genre title summary cover_url blocks state author_member_id store_id listed_at created_at "
        "updated_at fingerprint external_reference"
    )
    new = insert(post).values({name: bindparam(name, type_=post.c[name].type) for name in names.split()})
    fixed = {"id", "state", "author_member_id", "listed_at", "created_at"}
    changed = {name: new.excluded[name] for name in names.split() if name not in fixed}
    return prepared(new.on_conflict_do_update(index_elements=["id"], set_={**changed, "version": post.c.version + 1}))


_SAVE = _save()


async def save(tx: Writing, post_id: UUID, draft: PostDraft, author_member_id: UUID | None, at: datetime) -> None:
    """Create a post as a draft of this author, or replace all of it but its author, state and products.

    Raises:
        SlugTaken: another post has the external reference.
    """
    values: dict[str, Any] = asdict(draft) | {
        "id": post_id,
        "kind": draft.kind.value,
        "purpose": draft.purpose.value,
        "genre": draft.genre.value,
        "blocks": [stored(block) for block in draft.blocks],
        "state": PostState.DRAFT.value,
        "author_member_id": author_member_id,
        "listed_at": at,
        "created_at": at,
        "updated_at": at,
        "fingerprint": fingerprint_of(draft),
    }
    with keeping_unique(_UNIQUE):
        await tx.execute(_SAVE, **values)


_CLEAR_PRODUCTS = prepared(delete(post_product).where(post_product.c.post_id == bindparam("post_id", type_=Uuid())))
_ADD_PRODUCT = prepared(insert(post_product).values({column.name: bindparam(column.name) for column in post_product.c}))


async def replace_products(tx: Writing, post_id: UUID, product_ids: Sequence[UUID]) -> None:
    """Let a post have these products, in this order, and no others."""
    await tx.execute(_CLEAR_PRODUCTS, post_id=post_id)
    rows = [{"post_id": post_id, "product_id": id_, "position": i} for i, id_ in enumerate(product_ids)]
    await tx.execute_many(_ADD_PRODUCT, rows)


_FIRST = bindparam("first_published_at", type_=post.c.published_at.type)
_MOVE = prepared(
    update(post)
    .where(post.c.id == bindparam("of_post", type_=Uuid()))
    .values(
        state=bindparam("to_state"),
        updated_at=bindparam("at"),
        published_at=func.coalesce(post.c.published_at, _FIRST),
        listed_at=func.coalesce(post.c.published_at, _FIRST, post.c.listed_at),
        version=post.c.version + 1,
    )
)
_LOG = prepared(insert(post_state_change).values({c.name: bindparam(c.name) for c in post_state_change.c}))


async def move(tx: Writing, change: StateChange, log_id: UUID) -> None:
    """Bring a post into another state, and log it. A post is listed by the time when it was first published."""
    publishes = change.to_state is PostState.PUBLISHED
    await tx.execute(
        _MOVE,
        of_post=change.post_id,
        to_state=change.to_state.value,
        at=change.at,
        first_published_at=change.at if publishes else None,
    )
    logged = asdict(change) | {"from_state": change.from_state.value, "to_state": change.to_state.value}
    await tx.execute(_LOG, id=log_id, **logged)
