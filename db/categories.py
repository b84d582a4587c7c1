"""Categories and brands: their tables, what is read of them, and saving them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Integer, Table, Text, Uuid, any_, bindparam, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, count, key, metadata, refers_to, words
from db.statements import Statement, prepared
from db.uniqueness import keeping_unique
from domain.catalogue import Brand, BrandDraft, Category, CategoryDraft
from domain.pages import Page, PageRequest

category = Table(
    "category",
    metadata,
    key(),
    refers_to("category", "parent_id", optional=True, index=True),
    words("name"),
    Column("slug", Text(), nullable=False, unique=True),
    count("position"),
    words("picture_url", optional=True),
    Column("external_reference", Text(), unique=True),
)

brand = Table(
    "brand",
    metadata,
    key(),
    words("name"),
    Column("slug", Text(), nullable=False, unique=True),
    words("description"),
    words("picture_url", optional=True),
    Column("external_reference", Text(), unique=True),
)

CATEGORY_COLUMNS = (
    category.c.id,
    category.c.parent_id,
    category.c.name,
    category.c.slug,
    category.c.position,
    category.c.picture_url,
    category.c.external_reference,
)
BRAND_COLUMNS = (
    brand.c.id,
    brand.c.name,
    brand.c.slug,
    brand.c.description,
    brand.c.picture_url,
    brand.c.external_reference,
)


_CATEGORIES = select(*CATEGORY_COLUMNS).order_by(category.c.position, category.c.id)


@lru_cache
def _categories_by(name: str) -> Statement:
    column = category.c[name]
    return prepared(_CATEGORIES.where(column == any_(bindparam("values", type_=ARRAY(column.type)))))


_ROOT_CATEGORIES = prepared(_CATEGORIES.where(category.c.parent_id.is_(None)))


async def categories_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Category]:
    rows = await reading.rows(_categories_by("id"), values=list(ids))
    return {row["id"]: Category(*row) for row in rows}


async def find_category_by_slug(reading: Reading, slug: str) -> Category | None:
    row = await reading.row(_categories_by("slug"), values=[slug])
    return None if row is None else Category(*row)


async def root_categories(reading: Reading) -> list[Category]:
    """The categories that stand under no other, in their order."""
    return [Category(*row) for row in await reading.rows(_ROOT_CATEGORIES)]


async def children_of(reading: Reading, category_ids: Sequence[UUID]) -> dict[UUID, list[Category]]:
    """The categories directly below each, in their order."""
    rows = await reading.rows(_categories_by("parent_id"), values=list(category_ids))
    return by_key(rows, "parent_id", lambda row: Category(*row))


_BRANDS = select(*BRAND_COLUMNS)
_BRANDS_BY_ID = prepared(_BRANDS.where(brand.c.id == any_(bindparam("ids", type_=UUIDS))))
_BRAND_LISTING = Listing(_BRANDS, lambda row: Brand(*row[:6]), id=brand.c.id, sorts={"NAME": brand.c.name})


async def brands_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Brand]:
    return {row["id"]: Brand(*row) for row in await reading.rows(_BRANDS_BY_ID, ids=list(ids))}


async def brands(reading: Reading, request: PageRequest) -> Page[Brand]:
    """A page of all brands, the oldest first."""
    return await _BRAND_LISTING.page(reading, request)


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
