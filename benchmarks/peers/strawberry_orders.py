"""Placing an order as one would write it first: Strawberry, SQLAlchemy's ORM, SELECT … FOR UPDATE.

Run as `python -m benchmarks.peers.strawberry_orders PORT`, with DATABASE_URL. It looks its key up, locks the stock,
writes order, line and a row of an outbox, and commits: less than ours does, which also prices and credits the order.
"""

from __future__ import annotations

import os
import sys
from typing import Any
from uuid import UUID, uuid4

import strawberry
import uvicorn
from sqlalchemy import BigInteger, ForeignKey, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from starlette.applications import Starlette
from strawberry.asgi import GraphQL

POOL = 16


class Base(DeclarativeBase):
    pass


class Stock(Base):
    __tablename__ = "peer_stock"
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    available: Mapped[int]
    price_minor: Mapped[int] = mapped_column(BigInteger)


class OrderRow(Base):
    __tablename__ = "peer_order"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(Text, unique=True)
    total_minor: Mapped[int] = mapped_column(BigInteger)
    lines: Mapped[list[LineRow]] = relationship(back_populates="order")


class LineRow(Base):
    __tablename__ = "peer_order_line"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("peer_order.id"), index=True)
    variant_id: Mapped[UUID]
    quantity: Mapped[int]
    unit_minor: Mapped[int] = mapped_column(BigInteger)
    order: Mapped[OrderRow] = relationship(back_populates="lines")


class OutboxRow(Base):
    __tablename__ = "peer_outbox"
    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    kind: Mapped[str]
    payload: Mapped[Any] = mapped_column(JSONB)


@strawberry.type
class Money:
    minor: int


@strawberry.type
class Order:
    id: strawberry.ID
    number: str
    total: Money


@strawberry.type
class Refused:
    code: str


@strawberry.type
class OrderPlacePayload:
    order: Order | None
    user_errors: list[Refused]


@strawberry.input
class CartLineInput:
    variant_id: strawberry.ID
    quantity: int


@strawberry.input
class OrderPlaceInput:
    lines: list[CartLineInput]
    idempotency_key: str


def _answer(row: OrderRow) -> OrderPlacePayload:
    order = Order(id=strawberry.ID(row.id.hex), number=row.id.hex[-12:], total=Money(minor=row.total_minor))
    return OrderPlacePayload(order=order, user_errors=[])


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def order_place(self, info: strawberry.Info, input: OrderPlaceInput) -> OrderPlacePayload:  # noqa: A002
        async with info.context["sessions"]() as session:
            known = await session.scalar(select(OrderRow).where(OrderRow.idempotency_key == input.idempotency_key))
            if known is not None:
                return _answer(known)
            row = OrderRow(id=uuid4(), idempotency_key=input.idempotency_key, total_minor=0)
            session.add(row)
            for line in input.lines:
                key = UUID(line.variant_id)
                stock = await session.scalar(select(Stock).where(Stock.variant_id == key).with_for_update())
                if stock is None or stock.available < line.quantity:
                    return OrderPlacePayload(order=None, user_errors=[Refused(code="INSUFFICIENT_STOCK")])
                stock.available -= line.quantity
                row.total_minor += stock.price_minor * line.quantity
                session.add(
                    LineRow(
                        id=uuid4(),
                        order=row,
                        variant_id=key,
                        quantity=line.quantity,
                        unit_minor=stock.price_minor,
                    )
                )
            session.add(OutboxRow(kind="OrderPlaced", payload={"order": row.id.hex, "total": row.total_minor}))
            await session.commit()
            return _answer(row)


@strawberry.type
class Query:
    ok: bool = True


class View(GraphQL[Any, Any]):
    def __init__(self, sessions: Any) -> None:
        super().__init__(strawberry.Schema(Query, Mutation))
        self._sessions = sessions

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ARG002  Strawberry gives both
        return {"sessions": self._sessions}


def main() -> None:
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, pool_size=POOL, max_overflow=0)
    app = Starlette()
    app.add_route("/graphql", View(async_sessionmaker(engine, expire_on_commit=False)))
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
