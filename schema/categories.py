"""Categories and brands: what staff and importers do to them."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import catalogue as rules
from domain.identity import Scope
from domain.refusals import between
from resolvers import categories
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.catalogue import Brand, Category
from schema.errors import Payload
from schema.ids import Kind, key_of


@strawberry.input(description="A whole category. What is left out is emptied.")
class CategorySaveInput:
    category_id: strawberry.ID | None = strawberry.field(
        default=None, description="The category to replace. Left out: the one with `externalReference`, or a new one."
    )
    slug: str = strawberry.field(description="Lower-case letters, digits and hyphens, at most 100. Unique.")
    name: str = strawberry.field(description="1 to 100 characters.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The category above; 4 levels at most. Left out: none."
    )
    position: int = strawberry.field(default=0, description="Its place among its siblings, 0 to 1,000,000.")
    picture_url: str | None = strawberry.field(default=None, description="A picture of it.")
    external_reference: str | None = strawberry.field(default=None, description="Its key in another system. Unique.")


@strawberry.input(description="A whole brand. What is left out is emptied.")
class BrandSaveInput:
    brand_id: strawberry.ID | None = strawberry.field(
        default=None, description="The brand to replace. Left out: the one with `externalReference`, or a new one."
    )
    slug: str = strawberry.field(description="Lower-case letters, digits and hyphens, at most 100. Unique.")
    name: str = strawberry.field(description="1 to 100 characters.")
    description: str = strawberry.field(default="", description="What it stands for, at most 2,000 characters.")
    picture_url: str | None = strawberry.field(default=None, description="A picture of it.")
    external_reference: str | None = strawberry.field(default=None, description="Its key in another system. Unique.")


@object_type(scope=Scope.VISITOR, description="A category that was saved.")
class CategorySavePayload(Payload):
    category: Category | None = attribute("The category as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A brand that was saved.")
class BrandSavePayload(Payload):
    brand: Brand | None = attribute("The brand as it is now.", default=None)


def _key(kind: Kind, given: str | None, name: str) -> Any:
    return None if given is None else key_of(kind, given, "input", name)


async def _save_category(ctx: Context, *, input: CategorySaveInput) -> Any:
    draft = rules.CategoryDraft(
        input.slug,
        input.name,
        _key(Kind.CATEGORY, input.parent_id, "parentId"),
        between(input.position, 0, 1_000_000, "input", "position"),
        input.picture_url,
        input.external_reference,
    )
    key = _key(Kind.CATEGORY, input.category_id, "categoryId")
    category: Any = await categories.save_category(ctx, draft, category_id=key)
    return CategorySavePayload(category=category)


async def _save_brand(ctx: Context, *, input: BrandSaveInput) -> Any:
    draft = rules.BrandDraft(input.slug, input.name, input.description, input.picture_url, input.external_reference)
    key = _key(Kind.BRAND, input.brand_id, "brandId")
    brand: Any = await categories.save_brand(ctx, draft, brand_id=key)
    return BrandSavePayload(brand=brand)


@strawberry.type
class CategoriesMutation:
    category_save: CategorySavePayload | None = mutation(
        _save_category, CategorySavePayload, "Create or replace a category.", scope=Scope.CONTENT
    )
    brand_save: BrandSavePayload | None = mutation(
        _save_brand, BrandSavePayload, "Create or replace a brand.", scope=Scope.CONTENT
    )
