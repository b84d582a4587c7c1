"""Shelves: saving categories and brands."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, Table, Text, Uuid, bindparam, func, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from db.catalogue import brand, category
from db.connection import Writing
from db.statements import Statement, prepared
from db.uniqueness import keeping_unique
from domain.catalogue import BrandDraft, CategoryDraft

_UNIQUE = {
    "uq_category_slug": ("input", "slug"),
    "uq_category_external_reference": ("input", "externalReference"),
    "uq_brand_slug": ("input", "slug"),
    "uq_brand_external_reference": ("input", "externalReference"),
}


def _save(table: Table) -> Statement:
    new = insert(table).values({column.name: bindparam(column.name, type_=column.type) for column in table.c})
    changed = {column.name: new.excluded[column.name] for column in table.c if column.name != "id"}
    return prepared(new.on_conflict_do_update(index_elements=["id"], set_=changed))


def _find(table: Table) -> Statement:
    """The object with this id, else the one with this external reference."""
    given, reference = bindparam("id", type_=Uuid()), bindparam("reference", type_=Text())
    return prepared(
        select(table.c.id)
        .where((table.c.id == given) | (table.c.external_reference == reference) & given.is_(None))
        .with_for_update()
    )


_STATEMENTS = {table: (_find(table), _save(table)) for table in (category, brand)}


async def lock_category(tx: Writing, category_id: UUID | None, reference: str | None) -> UUID | None:
    """Find a category by its id or else by its key in another system, and keep other writers off it."""
    return await _lock(tx, category, category_id, reference)


async def lock_brand(tx: Writing, brand_id: UUID | None, reference: str | None) -> UUID | None:
    """Find a brand by its id or else by its key in another system, and keep other writers off it."""
    return await _lock(tx, brand, brand_id, reference)


async def _lock(tx: Writing, table: Table, key: UUID | None, reference: str | None) -> UUID | None:
    found: UUID | None = await tx.value(_STATEMENTS[table][0], id=key, reference=reference)
    return found


async def save_category(tx: Writing, category_id: UUID, draft: CategoryDraft) -> None:
    """Create or replace a category.

    Raises:
        SlugTaken: another category has the slug or the external reference.
    """
    await _save_one(tx, category, {"id": category_id, **asdict(draft)})


async def save_brand(tx: Writing, brand_id: UUID, draft: BrandDraft) -> None:
    """Create or replace a brand.

    Raises:
        SlugTaken: another brand has the slug or the external reference.
    """
    await _save_one(tx, brand, {"id": brand_id, **asdict(draft)})


async def _save_one(tx: Writing, table: Table, values: dict[str, Any]) -> None:
    with keeping_unique(_UNIQUE):
        await tx.execute(_STATEMENTS[table][1], **values)


def _above() -> Statement:
    start = select(category.c.id, category.c.parent_id, literal(1, Integer()).label("depth")).where(
        category.c.id == bindparam("id", type_=Uuid())
    )
    line = start.cte("line", recursive=True)
    line = line.union_all(
        select(category.c.id, category.c.parent_id, line.c.depth + 1).where(
            category.c.id == line.c.parent_id, line.c.depth < bindparam("most", type_=Integer())
        )
    )
    return prepared(select(line.c.id))


_ABOVE = _above()
_ONE_MOVE_AT_A_TIME = prepared(select(func.pg_advisory_xact_lock(text("1936025708"))))


async def line_of(tx: Writing, category_id: UUID, most: int) -> list[UUID]:
    """A category and those above it, so many at most; the tree stands still until the transaction ends."""
    await tx.execute(_ONE_MOVE_AT_A_TIME)
    return [row["id"] for row in await tx.rows(_ABOVE, id=category_id, most=most)]
