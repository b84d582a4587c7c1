"""The catalogue list as Strawberry's documentation has it: SQLAlchemy ORM, async sessions, dataloaders.

Run as `python -m benchmarks.peers.strawberry_reads PORT`, with DATABASE_URL.
"""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from typing import Annotated, Any
from uuid import UUID

import strawberry
import uvicorn
from sqlalchemy import ForeignKey, String, Text, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from starlette.applications import Starlette
from strawberry.asgi import GraphQL
from strawberry.dataloader import DataLoader


class Base(DeclarativeBase):
    pass


class CategoryRow(Base):
    __tablename__ = "category"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]


class ProductRow(Base):
    __tablename__ = "product"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str]
    name: Mapped[str]
    brief: Mapped[str]
    price_minimum_minor: Mapped[int]
    price_maximum_minor: Mapped[int]
    currency: Mapped[str]
    state: Mapped[str]
    visibility: Mapped[str]
    options: Mapped[Any] = mapped_column(JSONB)
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("category.id"))


class VariantRow(Base):
    __tablename__ = "variant"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    sku: Mapped[str]
    name: Mapped[str]
    option_values: Mapped[list[str]] = mapped_column(ARRAY(Text))
    price_minor: Mapped[int]
    currency: Mapped[str]
    position: Mapped[int]
    removed: Mapped[int]


class StockRow(Base):
    __tablename__ = "stock_level"
    variant_id: Mapped[UUID] = mapped_column(ForeignKey("variant.id"), primary_key=True)
    sellable: Mapped[int]


class MediaRow(Base):
    __tablename__ = "media"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    url: Mapped[str]
    alt: Mapped[str]
    kind: Mapped[str] = mapped_column(String)
    position: Mapped[int]


@strawberry.type
class Money:
    amount: str
    minor: int
    currency: str


def money(minor: int, currency: str) -> Money:
    return Money(amount=f"{minor // 100}.{minor % 100:02}", minor=minor, currency=currency)


@strawberry.type
class PriceRange:
    minimum: Money
    maximum: Money


@strawberry.type
class Category:
    name: str


@strawberry.type
class Media:
    url: str
    alt: str


@strawberry.type
class Variant:
    id: strawberry.ID
    sku: str
    name: str
    price: Money

    @strawberry.field
    async def available(self, info: strawberry.Info) -> int:
        return await info.context["stock"].load(UUID(hex=self.id[4:]))


@strawberry.type
class Product:
    row: strawberry.Private[ProductRow]

    @strawberry.field
    def id(self) -> strawberry.ID:
        return strawberry.ID(f"prd_{self.row.id.hex}")

    @strawberry.field
    def slug(self) -> str:
        return self.row.slug

    @strawberry.field
    def name(self) -> str:
        return self.row.name

    @strawberry.field
    def price_range(self) -> PriceRange:
        row = self.row
        return PriceRange(
            minimum=money(row.price_minimum_minor, row.currency), maximum=money(row.price_maximum_minor, row.currency)
        )

    @strawberry.field
    async def variants(self, info: strawberry.Info) -> list[Variant]:
        rows = await info.context["variants"].load(self.row.id)
        return [
            Variant(id=strawberry.ID(f"var_{r.id.hex}"), sku=r.sku, name=r.name, price=money(r.price_minor, r.currency))
            for r in rows
        ]

    @strawberry.field
    async def media(self, info: strawberry.Info, first: int = 30) -> list[Media]:
        rows = await info.context["media"].load(self.row.id)
        return [Media(url=r.url, alt=r.alt) for r in rows[:first]]

    @strawberry.field
    async def category(self, info: strawberry.Info) -> Category | None:
        if self.row.category_id is None:
            return None
        row = await info.context["category"].load(self.row.category_id)
        return Category(name=row.name)


@strawberry.type
class Edge:
    cursor: str
    node: Product


@strawberry.type
class PageInfo:
    has_next_page: bool
    end_cursor: str | None


@strawberry.type
class ProductConnection:
    edges: list[Edge]
    page_info: PageInfo


engine = create_async_engine(
    os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1), pool_size=12
)
Session = async_sessionmaker(engine, expire_on_commit=False)


@strawberry.type
class Query:
    @strawberry.field
    async def products(self, first: Annotated[int, strawberry.argument(description="How many.")]) -> ProductConnection:
        query = (
            select(ProductRow)
            .where(ProductRow.state == "ON_SALE", ProductRow.visibility == "PUBLIC")
            .order_by(ProductRow.id)
            .limit(first + 1)
        )
        async with Session() as session:
            rows = (await session.scalars(query)).all()
        edges = [Edge(cursor=row.id.hex, node=Product(row=row)) for row in rows[:first]]
        info_ = PageInfo(has_next_page=len(rows) > first, end_cursor=edges[-1].cursor if edges else None)
        return ProductConnection(edges=edges, page_info=info_)


def grouped(row: type[Any], *conditions: Any) -> Any:
    async def load(keys: list[UUID]) -> list[list[Any]]:
        query = select(row).where(row.product_id.in_(keys), *conditions).order_by(row.position)
        async with Session() as session:
            found = (await session.scalars(query)).all()
        groups = defaultdict(list)
        for one in found:
            groups[one.product_id].append(one)
        return [groups[key] for key in keys]

    return load


async def load_categories(keys: list[UUID]) -> list[CategoryRow]:
    async with Session() as session:
        found = {row.id: row for row in await session.scalars(select(CategoryRow).where(CategoryRow.id.in_(keys)))}
    return [found[key] for key in keys]


async def load_stock(keys: list[UUID]) -> list[int]:
    query = select(StockRow).where(StockRow.variant_id.in_(keys))
    async with Session() as session:
        found = {row.variant_id: row.sellable for row in await session.scalars(query)}
    return [found.get(key, 0) for key in keys]


class Api(GraphQL[Any, Any]):
    async def get_context(self, request: Any, response: Any) -> dict[str, Any]:  # noqa: ARG002
        return {
            "variants": DataLoader(grouped(VariantRow, VariantRow.removed == 0)),
            "media": DataLoader(grouped(MediaRow)),
            "category": DataLoader(load_categories),
            "stock": DataLoader(load_stock),
        }


app = Starlette()
app.add_route("/graphql", Api(strawberry.Schema(Query)))

if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, loop="uvloop", http="httptools")
