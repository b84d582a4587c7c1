"""Catalogue: what clients see of categories, brands, products and variants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry import UNSET

from domain import catalogue as rules
from domain import pages
from domain.catalogue import MediaKind, ProductRole, ProductState, ProductVisibility
from domain.identity import Scope
from domain.refusals import BadInput, between
from engine import Selected
from resolvers import (
    bargains,
    catalogue,
    group_buys,
    price_floors,
    promotion_notices,
    reviews,
    seckills,
    stock_locations,
)
from resolvers.context import Context
from schema.access import attribute, batched, object_type, query
from schema.enums import described
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, LongFilter, StringFilter, condition_of
from schema.ids import Kind, identifier, key_if
from schema.lists import After, Before, Connection, First, Last, SortDirection
from schema.money import Money
from schema.node import Node
from schema.price_floors import PriceFloor
from schema.promotion_frames import Audience
from schema.promotion_notices import PromotionNotice
from schema.reviews import ProductRating, Review, reviews_of
from schema.stock_locations import StockLevel

if TYPE_CHECKING:
    from schema.bargain_offers import BargainOffer
    from schema.group_buys import GroupBuy
    from schema.seckills import Seckill

described(
    ProductRole,
    "What a product is for in the brand's range.",
    TRAFFIC="Draws people in (引流活动款).",
    STAR="Worn or made with a star or an IP (明星同款/IP款).",
    BESTSELLER="Sells most (热销款).",
    POTENTIAL="May become a bestseller (卖点潜力款).",
    NEW_ARRIVAL="Just came in (新机上市).",
)
described(
    ProductVisibility,
    "Who may know that a product exists.",
    PUBLIC="Everybody.",
    MEMBERS="Members and staff only (私域专享).",
    PRIVATE="Staff, and the members of its audience only: for everybody else it does not exist.",
)
described(
    ProductState,
    "Whether a product can be bought.",
    DRAFT="Being prepared; staff only.",
    ON_SALE="Can be bought.",
    ARCHIVED="No longer sold; staff only.",
)
described(MediaKind, "What a media file is.", IMAGE="A picture.", VIDEO="A video.")


@object_type(
    scope=Scope.VISITOR, description="A shelf of the catalogue; categories form a tree.", record=rules.Category
)
class Category(Node):
    id: strawberry.ID = identifier(Kind.CATEGORY)
    name: str = attribute("Its name.")
    slug: str = attribute("Its name in addresses: lower-case letters, digits and hyphens. Unique.")
    picture_url: str | None = attribute("A picture of it.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")
    children: list[Category] = batched(catalogue.children_of, "The categories directly below, in order.", tree=True)


@object_type(scope=Scope.VISITOR, description="A brand (品牌) under which products are sold.", record=rules.Brand)
class Brand(Node):
    id: strawberry.ID = identifier(Kind.BRAND)
    name: str = attribute("Its name.")
    slug: str = attribute("Its name in addresses: lower-case letters, digits and hyphens. Unique.")
    description: str = attribute("What it stands for.")
    picture_url: str | None = attribute("A picture of it.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")


@object_type(scope=Scope.VISITOR, description="A dimension in which variants differ, such as colour.")
class ProductOption:
    name: str = attribute("Its name.")
    values: list[str] = attribute("Its values, in order.")


@object_type(scope=Scope.VISITOR, description="A fact about a product, such as its material.")
class ProductAttribute:
    name: str = attribute("What the fact is about.")
    value: str = attribute("The fact.")


@object_type(scope=Scope.VISITOR, description="The lowest and the highest price of a product's variants.")
class PriceRange:
    minimum: Money = attribute("The lowest price.")
    maximum: Money = attribute("The highest price.")


@object_type(scope=Scope.VISITOR, description="A picture or video of a product.")
class Media:
    id: strawberry.ID = identifier(Kind.MEDIA)
    kind: MediaKind = attribute("What it is.")
    url: str = attribute("Where it is: absolute, or relative to the address of the API.")
    alt: str = attribute("What it shows, for those who do not see it; may be empty.")
    width: int | None = attribute("Pixels across, when known.")
    height: int | None = attribute("Pixels down, when known.")


async def _availability(
    ctx: Context,
    variants: Sequence[rules.Variant],
    *,
    store_id: Annotated[strawberry.ID, strawberry.argument(description="Which store.")],
) -> Any:
    key = key_if(Kind.STORE, store_id)
    return [0] * len(variants) if key is None else await stock_locations.availability_at(ctx, variants, key)


@object_type(scope=Scope.VISITOR, description="One thing that can be bought (SKU).", record=rules.Variant)
class Variant(Node):
    id: strawberry.ID = identifier(Kind.VARIANT)
    sku: str = attribute("The brand's own key of it. Unique.")
    name: str = attribute("What distinguishes it from the product's other variants.")
    option_values: list[str] = attribute("Its value of each option of the product, in the order of the options.")
    price: Money = attribute("What one costs now.")
    list_price: Money | None = attribute("What one used to cost (划线价), when that is shown.")
    picture_url: str | None = attribute("A picture of this very variant.")
    available: int = attribute("How many can be ordered now, live rooms' own stock aside.")
    sold_out: bool = attribute("Whether none can be ordered now.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")
    weight_g: int = attribute("What one weighs as it is sent, in grams; 0: not known.")
    product: Product | None = batched(catalogue.products_of, "The product that it is a variant of.")
    member_price: Money | None = batched(
        promotion_notices.member_prices_of, "The lowest that some members pay for one, where that is less (会员价)."
    )
    price_floors: list[PriceFloor] = batched(
        price_floors.floors_of, "The least that it is ever sold for, for operators; at most 20.", scope=Scope.OPERATOR
    )
    promotions: list[PromotionNotice] = batched(
        promotion_notices.of_variants, "What runs on it now, the most important first, at most 20.", cost=2
    )
    availability: int = batched(_availability, "How many can be fetched from a store now (到店自提); 0 where none can.")
    stock_levels: list[StockLevel] = batched(
        stock_locations.levels_of, "The units of it at each place where it is counted.", scope=Scope.STAFF, cost=3
    )


async def _media(
    ctx: Context,
    products: Sequence[rules.Product],
    *,
    first: Annotated[int, strawberry.argument(description="So many, 1 to 30.")] = 30,
) -> Any:
    return await catalogue.media_of(ctx, products, most=between(first, 1, rules.MOST_MEDIA, "first"))


@object_type(
    scope=Scope.VISITOR, description="A good that the brand sells, with one or more variants.", record=rules.Product
)
class Product(Node):
    id: strawberry.ID = identifier(Kind.PRODUCT)
    slug: str = attribute("Its name in addresses: lower-case letters, digits and hyphens. Unique.")
    name: str = attribute("Its name, at most 200 characters.")
    brief: str = attribute("One line about it; may be empty.")
    detail_html: str = batched(catalogue.htmls_of, "All about it as sanitised HTML: no scripts, styles or forms.")
    role: ProductRole | None = attribute("What it is for in the brand's range.")
    visibility: ProductVisibility = attribute("Who may know that it exists.")
    audience: list[Audience] = batched(
        catalogue.audiences_of, "For whom it is, where it is private: any one of these will do.", scope=Scope.CONTENT
    )
    state: ProductState = attribute("Whether it can be bought.")
    price_range: PriceRange = attribute("From the lowest to the highest price of its variants.")
    options: list[ProductOption] = batched(
        catalogue.options_of, "The dimensions in which its variants differ, at most 5."
    )
    attributes: list[ProductAttribute] = batched(catalogue.attributes_of, "Facts about it, in order.")
    variants: list[Variant] = batched(catalogue.variants_of, "What can be bought of it, in order, at most 100.", cost=3)
    media: list[Media] = batched(_media, "Pictures and videos of it, the main one first.")
    category: Category | None = batched(catalogue.categories_of, "Where it stands in the catalogue.")
    brand: Brand | None = batched(catalogue.brands_of, "Under which brand it is sold.")
    seckills: list[Annotated[Seckill, strawberry.lazy("schema.seckills")]] = batched(
        seckills.seckills_of, "Flash sales (秒杀) of it that run or are to come, the next first, at most 20.", cost=3
    )
    group_buy: Annotated[GroupBuy, strawberry.lazy("schema.group_buys")] | None = batched(
        group_buys.group_buy_of, "The group buy (拼团) of it that runs or is to come."
    )
    bargain_offers: list[Annotated[BargainOffer, strawberry.lazy("schema.bargain_offers")]] = batched(
        bargains.offers_of, "Offers to bargain (砍价) for its variants that run or are to come, at most 100.", cost=3
    )
    promotions: list[PromotionNotice] = batched(
        promotion_notices.of_products, "What runs on it now, the most important first, at most 20.", cost=2
    )
    tax_bp: int = batched(
        catalogue.taxes_of, "The rate of tax that its prices include, in basis points.", scope=Scope.STAFF
    )
    rating: ProductRating = batched(reviews.ratings_of, "What its approved reviews come to.")
    reviews: Connection[Review] = batched(reviews_of, "What buyers say of it (评价), the newest first.", cost=3)
    created_at: datetime = attribute("When it came into the catalogue.")
    updated_at: datetime = attribute("When it was last changed.")
    version: int = attribute("Rises with each change; staff edits state it.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")


class ProductSortField(Enum):
    CREATED = "CREATED"
    PRICE = "PRICE"


described(ProductSortField, "By what products are sorted.", CREATED="When they came in.", PRICE="Their lowest price.")


@strawberry.input(description="The order of a list of products.")
class ProductSort:
    by: ProductSortField = strawberry.field(description="By what.")
    direction: SortDirection = strawberry.field(default=SortDirection.ASC, description="Up or down.")


@strawberry.input(description="Which products; all conditions must hold. AND, OR and NOT nest to depth 3.")
class ProductWhere:
    category_id: IdFilter | None = strawberry.field(
        default=UNSET, description="The category that it stands in directly."
    )
    brand_id: IdFilter | None = strawberry.field(default=UNSET, description="The brand.")
    role: EnumFilter[ProductRole] | None = strawberry.field(default=UNSET, description="The role.")
    state: EnumFilter[ProductState] | None = strawberry.field(
        default=UNSET, description="The state; only staff see others than ON_SALE."
    )
    price_minor: LongFilter | None = strawberry.field(default=UNSET, description="The lowest price, in minor units.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it came in.")
    external_reference: StringFilter | None = strawberry.field(default=UNSET, description="The key in another system.")
    AND: list[ProductWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[ProductWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: ProductWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {
    "category_id": "categoryId",
    "brand_id": "brandId",
    "role": "role",
    "state": "state",
    "price_minor": "priceMinor",
    "created_at": "createdAt",
    "external_reference": "externalReference",
}
_WHERE_IDS = {"categoryId": Kind.CATEGORY, "brandId": Kind.BRAND}

_BY_ID = Annotated[strawberry.ID | None, strawberry.argument(name="id", description="Its id. Give this or `slug`.")]
_BY_SLUG = Annotated[str | None, strawberry.argument(description="Its slug. Give this or `id`.")]


def _only_one(*given: object) -> None:
    if sum(one is not None for one in given) != 1:
        raise BadInput("exactly one of id and slug", "id 与 slug 必须且只能提供一个", path=("id",))


async def _product(ctx: Context, *, id: _BY_ID = None, slug: _BY_SLUG = None) -> Any:
    _only_one(id, slug)
    if slug is not None:
        return await catalogue.product_by_slug(ctx, slug)
    key = key_if(Kind.PRODUCT, id or "")
    return None if key is None else await catalogue.product(ctx, key)


async def _products(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[ProductWhere | None, strawberry.argument(description="Which ones.")] = None,
    sort: Annotated[ProductSort | None, strawberry.argument(description="In which order; by id when left out.")] = None,
    selected: Selected,
) -> Any:
    return await catalogue.products(
        ctx,
        pages.page_request(first, after, last, before),
        condition_of(where, _WHERE_IDS, _WHERE_NAMES),
        sort.by.value if sort else "id",
        descending=sort is not None and sort.direction is SortDirection.DESC,
        categorised="category" in selected.below("edges.node") | selected.below("nodes"),
    )


async def _search(
    ctx: Context,
    *,
    text: Annotated[str, strawberry.argument(description="What someone typed, 1 to 100 characters.")],
    first: First = None,
    after: After = None,
) -> Any:
    return await catalogue.search(ctx, text, pages.page_request(first, after, None, None))


async def _category(ctx: Context, *, id: _BY_ID = None, slug: _BY_SLUG = None) -> Any:
    _only_one(id, slug)
    if slug is not None:
        return await catalogue.category_by_slug(ctx, slug)
    key = key_if(Kind.CATEGORY, id or "")
    return None if key is None else (await catalogue.categories_by_id(ctx, [key])).get(key)


async def _brands(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await catalogue.brands(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class CatalogueQuery:
    product: Product | None = query(
        _product, "One product; null when there is none that the caller may know of.", scope=Scope.VISITOR
    )
    products: Connection[Product] = query(_products, "The products that the caller may know of.", scope=Scope.VISITOR)
    search: Connection[Product] = query(
        _search, "Products that match Chinese or Latin words, best first.", scope=Scope.VISITOR, cost=5
    )
    category: Category | None = query(_category, "One category.", scope=Scope.VISITOR)
    categories: list[Category] = query(
        catalogue.root_categories, "The categories at the root of the tree, in order.", scope=Scope.VISITOR
    )
    brands: Connection[Brand] = query(_brands, "All brands.", scope=Scope.VISITOR)


NODES = {
    Kind.PRODUCT: catalogue.products_by_id,
    Kind.VARIANT: catalogue.variants_by_id,
    Kind.CATEGORY: catalogue.categories_by_id,
    Kind.BRAND: catalogue.brands_by_id,
}
