"""What can be asked of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from uuid import UUID

import db.catalogue
import db.categories
import db.media
import db.search
from domain.catalogue import (
    Brand,
    Category,
    Media,
    Product,
    ProductAttribute,
    ProductDetail,
    ProductOption,
    Variant,
)
from domain.filters import Condition, check_depth
from domain.pages import Page, PageInfo, PageRequest
from domain.private_products import audiences_of as audiences_behind
from domain.promotions.audiences import Audience
from domain.refusals import text_within
from resolvers.context import Context

NONE = UUID(int=0)
"""The key of nothing."""
NO_DETAIL = ProductDetail("", (), (), None, None)


async def product(ctx: Context, product_id: UUID) -> Product | None:
    """One product with its detail, if the caller may know of it."""
    found = await db.catalogue.products_by_id(ctx.reading, ctx.viewer, [product_id])
    return found.get(product_id)


async def product_by_slug(ctx: Context, slug: str) -> Product | None:
    return await db.catalogue.find_product_by_slug(ctx.reading, ctx.viewer, slug)


async def products_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Product]:
    """Those of the products that the caller may know of."""
    return await db.catalogue.products_by_id(ctx.reading, ctx.viewer, list(dict.fromkeys(ids)))


async def products(
    ctx: Context, request: PageRequest, where: Condition, sort: str, *, descending: bool, categorised: bool = False
) -> Page[Product]:
    """A page of the products that the caller may know of, read with their categories if these are asked for.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.catalogue.products(
        ctx.reading, ctx.viewer, request, where, sort, descending=descending, categorised=categorised
    )


async def search(ctx: Context, words: str, request: PageRequest) -> Page[Product]:
    """A page of the products that match what someone typed, best first; empty when nothing of it can be searched."""
    query = db.search.search_query(text_within(words, 100, "text"))
    if query is None:
        return Page((), PageInfo(False, False, None, None))
    return await db.catalogue.search(ctx.reading, ctx.viewer, query, request)


async def variants_of(
    ctx: Context, products: Sequence[Product], *, selected: AbstractSet[str] = frozenset({"option_values"})
) -> list[list[Variant]]:
    """The variants of each product, in their order, with what of them is selected."""
    ids = [product.id for product in products]
    found = await db.catalogue.variants_of(ctx.reading, ids, optioned="option_values" in selected)
    return [found.get(product.id, []) for product in products]


async def media_of(ctx: Context, products: Sequence[Product], *, most: int) -> list[list[Media]]:
    """The first so many pictures and videos of each product."""
    found = await db.media.media_of(ctx.reading, [product.id for product in products], most)
    return [found.get(product.id, []) for product in products]


async def details_of(ctx: Context, products: Sequence[Product]) -> list[ProductDetail]:
    """The detail of each product, read now where it was not read with the product."""
    missing = [product.id for product in products if product.detail is None]
    found = await products_by_id(ctx, missing) if missing else {}
    # A product that was hidden between the two reads has nothing more to tell.
    return [product.detail or getattr(found.get(product.id), "detail", None) or NO_DETAIL for product in products]


async def htmls_of(ctx: Context, products: Sequence[Product]) -> list[str]:
    """All about each product, as HTML."""
    return [detail.html for detail in await details_of(ctx, products)]


async def options_of(ctx: Context, products: Sequence[Product]) -> list[Sequence[ProductOption]]:
    """The dimensions in which the variants of each product differ."""
    return [detail.options for detail in await details_of(ctx, products)]


async def attributes_of(ctx: Context, products: Sequence[Product]) -> list[Sequence[ProductAttribute]]:
    """Facts about each product."""
    return [detail.attributes for detail in await details_of(ctx, products)]


async def categories_of(ctx: Context, products: Sequence[Product]) -> list[Category | None]:
    """The category of each product."""
    missing = {p.category_id for p in products if p.detail is None and p.category is None and p.category_id}
    found = await db.categories.categories_by_id(ctx.reading, sorted(missing)) if missing else {}
    return [p.detail.category if p.detail else p.category or found.get(p.category_id or NONE) for p in products]


async def brands_of(ctx: Context, products: Sequence[Product]) -> list[Brand | None]:
    """The brand of each product."""
    missing = {p.brand_id for p in products if p.detail is None and p.brand_id}
    found = await db.categories.brands_by_id(ctx.reading, sorted(missing)) if missing else {}
    return [p.detail.brand if p.detail else found.get(p.brand_id or NONE) for p in products]


async def audiences_of(ctx: Context, products: Sequence[Product]) -> list[list[Audience]]:
    """For whom each product is, where it is private."""
    found = await db.catalogue.admits_of(ctx.reading, [product.id for product in products])
    return [audiences_behind(found.get(product.id, ())) for product in products]


async def taxes_of(ctx: Context, products: Sequence[Product]) -> list[int]:
    """The rate of tax that the prices of each product include, in basis points."""
    found = await db.catalogue.taxes_of(ctx.reading, [product.id for product in products])
    return [found.get(product.id, ctx.services.rules.tax_bp) for product in products]


async def products_of(ctx: Context, variants: Sequence[Variant]) -> list[Product | None]:
    """The product of each variant."""
    found = await products_by_id(ctx, [variant.product_id for variant in variants])
    return [found.get(variant.product_id) for variant in variants]


async def variants_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Variant]:
    """Those of the variants whose product the caller may know of."""
    return await db.catalogue.variants_by_id(ctx.reading, ctx.viewer, list(dict.fromkeys(ids)))


async def categories_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Category]:
    return await db.categories.categories_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def category_by_slug(ctx: Context, slug: str) -> Category | None:
    return await db.categories.find_category_by_slug(ctx.reading, slug)


async def root_categories(ctx: Context) -> list[Category]:
    return await db.categories.root_categories(ctx.reading)


async def children_of(ctx: Context, categories: Sequence[Category]) -> list[list[Category]]:
    """The categories directly below each."""
    found = await db.categories.children_of(ctx.reading, [category.id for category in categories])
    return [found.get(category.id, []) for category in categories]


async def brands_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Brand]:
    return await db.categories.brands_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def brands(ctx: Context, request: PageRequest) -> Page[Brand]:
    return await db.categories.brands(ctx.reading, request)
