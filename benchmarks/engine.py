"""The product list of a shop's first screen: engine against Strawberry's own executor, in memory, in one process.

50 products, each with 3 variants with price and stock, a price range, 2 pictures and a category, as a connection
with edges, cursors and page info. Both sides get the same query, variables and records, and must give the same bytes.
The peer is what one writes first with Strawberry: an async resolver for each relation.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
import strawberry

from engine import Schema, batched, derived, root

ROUNDS = 7
QUERY = """
query Products($first: Int!, $after: String) {
  products(first: $first, after: $after) {
    edges {
      cursor
      node {
        id
        slug
        name
        priceRange { start { amount currency } end { amount currency } }
        category { id name }
        media { url alt }
        variants { id sku name price { amount currency } stock }
      }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""


@dataclass(frozen=True, slots=True)
class PriceRecord:
    """An amount of money."""

    amount: str
    currency: str


@dataclass(frozen=True, slots=True)
class RangeRecord:
    """The cheapest and the dearest price of a product."""

    start: PriceRecord
    end: PriceRecord


@dataclass(frozen=True, slots=True)
class ProductRecord:
    """A product; what belongs to it is in the tables below."""

    number: int
    slug: str
    name: str
    price_range: RangeRecord


@dataclass(frozen=True, slots=True)
class VariantRecord:
    """One way to buy a product."""

    number: int
    sku: str
    name: str
    price: PriceRecord
    stock: int


@dataclass(frozen=True, slots=True)
class MediaRecord:
    """A picture of a product."""

    url: str
    alt: str | None


@dataclass(frozen=True, slots=True)
class CategoryRecord:
    """Where a product stands in the shop."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class EdgeRecord:
    """A product in a page."""

    cursor: str
    node: ProductRecord


@dataclass(frozen=True, slots=True)
class PageInfoRecord:
    """Where a page stands in the list."""

    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@dataclass(frozen=True, slots=True)
class ConnectionRecord:
    """A page of products."""

    edges: list[EdgeRecord]
    page_info: PageInfoRecord


def _price(number: int) -> PriceRecord:
    return PriceRecord(f"{99 + number}.00", "CNY")


PRODUCTS = [
    ProductRecord(n, f"four-piece-{n}", f"轻奢纯棉刺绣水洗四件套 {n}", RangeRecord(_price(n), _price(n + 2)))
    for n in range(200)
]
VARIANTS = {
    n: [VariantRecord(n * 10 + k, f"SKU-{n}-{k}", f"规格 {k}", _price(n + k), k * 10) for k in range(3)]
    for n in range(200)
}
MEDIA = {
    n: [MediaRecord(f"https://cdn.example/{n}/{k}.jpg", "主图" if k == 0 else None) for k in range(2)]
    for n in range(200)
}
CATEGORIES = {n: CategoryRecord(n % 7, f"居家 {n % 7}") for n in range(200)}


def page(first: int, after: str | None) -> ConnectionRecord:
    """A page of the list, as a data layer gives it."""
    start = 0 if after is None else int(after) + 1
    found = PRODUCTS[start : start + first]
    edges = [EdgeRecord(str(product.number), product) for product in found]
    last = edges[-1].cursor if edges else None
    return ConnectionRecord(edges, PageInfoRecord(start + first < len(PRODUCTS), start > 0, edges[0].cursor, last))


def engine_schema() -> Schema:
    """The schema as we write it: a function per relation that serves all parents of a level."""

    async def variants_of(_: Any, products: Sequence[ProductRecord]) -> list[list[VariantRecord]]:
        return [VARIANTS[product.number] for product in products]

    async def media_of(_: Any, products: Sequence[ProductRecord]) -> list[list[MediaRecord]]:
        return [MEDIA[product.number] for product in products]

    async def category_of(_: Any, products: Sequence[ProductRecord]) -> list[CategoryRecord]:
        return [CATEGORIES[product.number] for product in products]

    async def products_page(_: Any, *, first: int, after: str | None = None) -> ConnectionRecord:
        return page(first, after)

    @strawberry.type
    class Price:
        amount: str
        currency: str

    @strawberry.type
    class PriceRange:
        start: Price
        end: Price

    @strawberry.type
    class Variant:
        id: strawberry.ID = derived(lambda variant: f"var_{variant.number}")
        sku: str
        name: str
        price: Price
        stock: int

    @strawberry.type
    class Media:
        url: str
        alt: str | None

    @strawberry.type
    class Category:
        id: strawberry.ID = derived(lambda category: f"cat_{category.number}")
        name: str

    @strawberry.type
    class Product:
        id: strawberry.ID = derived(lambda product: f"prd_{product.number}")
        slug: str
        name: str
        price_range: PriceRange
        category: Category | None = batched(category_of)
        media: list[Media] = batched(media_of)
        variants: list[Variant] = batched(variants_of)

    @strawberry.type
    class ProductEdge:
        cursor: str
        node: Product

    @strawberry.type
    class PageInfo:
        has_next_page: bool
        has_previous_page: bool
        start_cursor: str | None
        end_cursor: str | None

    @strawberry.type
    class ProductConnection:
        edges: list[ProductEdge]
        page_info: PageInfo

    @strawberry.type
    class Query:
        products: ProductConnection = root(products_page)

    return Schema(Query)


def peer_schema() -> strawberry.Schema:
    """The schema as one writes it first: an async resolver per relation that serves one parent."""

    @strawberry.type
    class Price:
        amount: str
        currency: str

    @strawberry.type
    class PriceRange:
        start: Price
        end: Price

    @strawberry.type
    class Variant:
        @strawberry.field
        def id(root: VariantRecord) -> strawberry.ID:  # noqa: N805
            return strawberry.ID(f"var_{root.number}")

        sku: str
        name: str
        price: Price
        stock: int

    @strawberry.type
    class Media:
        url: str
        alt: str | None

    @strawberry.type
    class Category:
        @strawberry.field
        def id(root: CategoryRecord) -> strawberry.ID:  # noqa: N805
            return strawberry.ID(f"cat_{root.number}")

        name: str

    @strawberry.type
    class Product:
        @strawberry.field
        def id(root: ProductRecord) -> strawberry.ID:  # noqa: N805
            return strawberry.ID(f"prd_{root.number}")

        slug: str
        name: str
        price_range: PriceRange

        @strawberry.field
        async def category(root: ProductRecord) -> Category | None:  # noqa: N805
            return CATEGORIES[root.number]  # type: ignore[return-value]

        @strawberry.field
        async def media(root: ProductRecord) -> list[Media]:  # noqa: N805
            return MEDIA[root.number]  # type: ignore[return-value]

        @strawberry.field
        async def variants(root: ProductRecord) -> list[Variant]:  # noqa: N805
            return VARIANTS[root.number]  # type: ignore[return-value]

    @strawberry.type
    class ProductEdge:
        cursor: str
        node: Product

    @strawberry.type
    class PageInfo:
        has_next_page: bool
        has_previous_page: bool
        start_cursor: str | None
        end_cursor: str | None

    @strawberry.type
    class ProductConnection:
        edges: list[ProductEdge]
        page_info: PageInfo

    @strawberry.type
    class Query:
        @strawberry.field
        async def products(self, first: int, after: str | None = None) -> ProductConnection:
            return page(first, after)  # type: ignore[return-value]

    return strawberry.Schema(Query)


def asking(schema: strawberry.Schema) -> Callable[[], Awaitable[Any]]:
    """The whole way from query and variables to data."""

    async def ask() -> Any:
        result = await schema.execute(QUERY, variable_values={"first": 50}, context_value={})
        assert not result.errors, result.errors
        return result.data

    return ask


async def milliseconds(ask: Callable[[], Awaitable[Any]], times: int) -> float:
    """CPU time of one answer, over so many."""
    started = time.process_time()
    for _ in range(times):
        await ask()
    return (time.process_time() - started) / times * 1000


async def main() -> None:
    """Measure both in turn, so that a busy machine slows both alike."""
    ours, theirs = asking(engine_schema()), asking(peer_schema())
    body = orjson.dumps({"data": await ours()})
    assert body == orjson.dumps({"data": await theirs()}), "the answers differ"
    rounds = [(await milliseconds(ours, 100), await milliseconds(theirs, 4)) for _ in range(ROUNDS)]
    ours_ms, peer_ms = (statistics.median(column) for column in zip(*rounds, strict=True))
    ratio = statistics.median(peer / our for our, peer in rounds)
    print(f"product list, {len(body):,} bytes, CPU per answer, median of {ROUNDS} interleaved rounds")
    print(f"  engine                      {ours_ms:8.2f} ms")
    print(f"  Strawberry's own executor   {peer_ms:8.2f} ms")
    print(f"  ratio                       {ratio:8.1f}")
    result = {"bench": "engine", "ratio": ratio, "ours_ms": ours_ms, "peer_ms": peer_ms, "bytes": len(body)}
    print(json.dumps({key: round(value, 3) if isinstance(value, float) else value for key, value in result.items()}))


if __name__ == "__main__":
    asyncio.run(main())
