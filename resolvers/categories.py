"""What staff and importers do to categories and brands."""

from __future__ import annotations

from dataclasses import asdict
from uuid import UUID

import db.categories
import db.outbox
import db.products
from db.connection import Writing
from domain.catalogue import DEEPEST_CATEGORY, Brand, BrandDraft, Category, CategoryDraft, check_names
from domain.refusals import BadInput, NotFound
from resolvers.context import Context


async def save_category(ctx: Context, draft: CategoryDraft, *, category_id: UUID | None = None) -> Category:
    """Create a category, or replace the one with this id or else with the draft's external reference.

    Raises:
        BadInput: something is out of bounds, or the category would stand below itself or too deep.
        NotFound: there is no such category or parent.
        SlugTaken: another category has the slug or the reference.
    """
    check_names(draft)
    async with ctx.database.writing() as tx:
        kept = await db.categories.lock_category(tx, category_id, draft.external_reference)
        if category_id is not None and kept is None:
            raise NotFound(path=("input", "categoryId"))
        key = kept or ctx.new_id()
        if draft.parent_id is not None:
            await _check_parent(tx, key, draft.parent_id)
        before = (await db.categories.categories_by_id(tx, [key])).get(key)
        after = Category(key, **asdict(draft))
        if before != after:
            await db.categories.save_category(tx, key, draft)
            if before and before.name != after.name:
                await db.products.reindex(tx, key)
            await db.outbox.tell(tx, "CategorySaved", "category", key, {"categoryId": key.hex}, ctx.now())
        return after


async def _check_parent(tx: Writing, category_id: UUID, parent_id: UUID) -> None:
    line = await db.categories.line_of(tx, parent_id, DEEPEST_CATEGORY)
    if not line:
        raise NotFound(path=("input", "parentId"))
    if category_id in line or len(line) >= DEEPEST_CATEGORY:
        rule = f"not below itself, and {DEEPEST_CATEGORY} levels at most"
        raise BadInput(rule, f"不能位于自身之下,且最多 {DEEPEST_CATEGORY} 级", path=("input", "parentId"))


async def save_brand(ctx: Context, draft: BrandDraft, *, brand_id: UUID | None = None) -> Brand:
    """Create a brand, or replace the one with this id or else with the draft's external reference.

    Raises:
        BadInput: something is out of bounds.
        NotFound: there is no such brand.
        SlugTaken: another brand has the slug or the reference.
    """
    check_names(draft)
    async with ctx.database.writing() as tx:
        kept = await db.categories.lock_brand(tx, brand_id, draft.external_reference)
        if brand_id is not None and kept is None:
            raise NotFound(path=("input", "brandId"))
        key = kept or ctx.new_id()
        before = (await db.categories.brands_by_id(tx, [key])).get(key)
        after = Brand(key, **asdict(draft))
        if before != after:
            await db.categories.save_brand(tx, key, draft)
            if before and before.name != after.name:
                await db.products.reindex(tx, key)
            await db.outbox.tell(tx, "BrandSaved", "brand", key, {"brandId": key.hex}, ctx.now())
        return after
