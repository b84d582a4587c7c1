"""Placing an order as one would write it first: Strawberry, SQLAlchemy's ORM, SELECT … FOR UPDATE.

Run as `python -m benchmarks.peers.strawberry_orders PORT`, with DATABASE_URL. It stands on our tables and does what
ours does for such an order: says who asks by their token, looks the key up, reads the variant with its product and the
member's guide, locks the stock, and writes order, line, movement, credit, a row of the outbox and the answer. It knows
no promotions, coupons, levels, points or shipping.
"""

from __future__ import annotations

import hashlib
import os
import sys
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import strawberry
import uvicorn
from sqlalchemy import BigInteger, DateTime, ForeignKey, Text, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship
from starlette.applications import Starlette
from strawberry.asgi import GraphQL

POOL = 16
PAY_WITHIN = timedelta(minutes=15)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger, str: Text}  # noqa: RUF012


class Member(Base):
    __tablename__ = "member"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]


class Session(Base):
    __tablename__ = "session"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID] = mapped_column(ForeignKey("member.id"))
    access_hash: Mapped[bytes]
    access_expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    member: Mapped[Member] = relationship()


class Product(Base):
    __tablename__ = "product"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    state: Mapped[str]
    visibility: Mapped[str]


class Variant(Base):
    __tablename__ = "variant"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    product_id: Mapped[UUID] = mapped_column(ForeignKey("product.id"))
    name: Mapped[str]
    sku: Mapped[str]
    picture_url: Mapped[str | None]
    price_minor: Mapped[int]
    product: Mapped[Product] = relationship()


class Binding(Base):
    __tablename__ = "binding"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    member_id: Mapped[UUID]
    guide_id: Mapped[UUID]
    ended_at: Mapped[datetime | None]


class Stock(Base):
    __tablename__ = "stock_level"
    variant_id: Mapped[UUID] = mapped_column(primary_key=True)
    location_id: Mapped[UUID] = mapped_column(primary_key=True)
    sellable: Mapped[int]
    reserved: Mapped[int]


class Movement(Base):
    __tablename__ = "stock_movement"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    variant_id: Mapped[UUID]
    location_id: Mapped[UUID]
    source: Mapped[str]
    target: Mapped[str]
    quantity: Mapped[int]
    cause_id: Mapped[UUID]
    line_id: Mapped[UUID]
    at: Mapped[datetime]


class OrderRow(Base):
    __tablename__ = "order"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    member_id: Mapped[UUID]
    state: Mapped[str]
    goods_minor: Mapped[int]
    shipping_minor: Mapped[int]
    total_minor: Mapped[int]
    currency: Mapped[str]
    note: Mapped[str]
    guide_id: Mapped[UUID | None]
    placed_at: Mapped[datetime]
    pay_before: Mapped[datetime]
    lines: Mapped[list[LineRow]] = relationship(back_populates="order")


class LineRow(Base):
    __tablename__ = "order_line"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"))
    position: Mapped[int]
    variant_id: Mapped[UUID]
    product_id: Mapped[UUID]
    name: Mapped[str]
    variant_name: Mapped[str]
    sku: Mapped[str]
    list_price_minor: Mapped[int]
    unit_price_minor: Mapped[int]
    quantity: Mapped[int]
    payable_minor: Mapped[int]
    priced: Mapped[Any] = mapped_column(JSONB)
    order: Mapped[OrderRow] = relationship(back_populates="lines")


class Credit(Base):
    __tablename__ = "attribution"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str]
    member_id: Mapped[UUID]
    order_id: Mapped[UUID] = mapped_column(ForeignKey("order.id"))
    guide_id: Mapped[UUID | None]
    reason: Mapped[str]
    at: Mapped[datetime]
    order: Mapped[OrderRow] = relationship()


class Told(Base):
    __tablename__ = "outbox"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    aggregate: Mapped[str]
    aggregate_id: Mapped[UUID]
    payload: Mapped[Any] = mapped_column(JSONB)
    at: Mapped[datetime]


class Answer(Base):
    __tablename__ = "idempotency_key"
    owner: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    answer: Mapped[Any] = mapped_column(JSONB)
    created_at: Mapped[datetime]


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


def _answer(said: dict[str, Any]) -> OrderPlacePayload:
    order = Order(id=strawberry.ID(said["id"]), number=said["number"], total=Money(minor=said["total"]))
    return OrderPlacePayload(order=order, user_errors=[])


def _refused(code: str) -> OrderPlacePayload:
    return OrderPlacePayload(order=None, user_errors=[Refused(code=code)])


async def _member(session: AsyncSession, request: Any) -> Member:
    token = request.headers["authorization"].removeprefix("Bearer ")
    found = await session.scalar(
        select(Session)
        .options(joinedload(Session.member))
        .where(
            Session.access_hash == hashlib.sha256(token.encode()).digest(),
            Session.access_expires_at > datetime.now(UTC),
            Session.revoked_at.is_(None),
        )
    )
    if found is None or found.member.status != "ACTIVE":
        raise PermissionError
    return found.member


async def _place(session: AsyncSession, member: Member, wanted: OrderPlaceInput) -> OrderPlacePayload:
    owner, now = f"member:{member.id.hex}", datetime.now(UTC)
    fingerprint = hashlib.sha256(repr(wanted).encode()).hexdigest()
    known = await session.get(Answer, (owner, wanted.idempotency_key))
    if known is not None:
        return _answer(known.answer) if known.fingerprint == fingerprint else _refused("IDEMPOTENCY_KEY_REUSED")
    bound = await session.scalar(select(Binding).where(Binding.member_id == member.id, Binding.ended_at.is_(None)))
    order = OrderRow(
        id=uuid4(), member_id=member.id, state="PLACED", goods_minor=0, shipping_minor=0, total_minor=0, currency="CNY",
        note="", guide_id=bound.guide_id if bound else None, placed_at=now, pay_before=now + PAY_WITHIN,
    )  # fmt: skip
    order.number = f"{now:%Y%m%d}-{order.id.hex[-12:]}"
    session.add(order)
    for position, line in enumerate(wanted.lines):
        if not await _take(session, order, position, line):
            await session.rollback()
            return _refused("INSUFFICIENT_STOCK")
    reason = "BINDING" if bound else "NONE"
    credit = Credit(id=uuid4(), kind="ORDER", member_id=member.id, order=order, guide_id=order.guide_id, at=now)
    credit.reason = reason
    said = {"id": f"ord_{order.id.hex}", "number": order.number, "total": order.total_minor}
    told = Told(kind="OrderPlaced", aggregate="order", aggregate_id=order.id, payload=said, at=now)
    answer = Answer(owner=owner, key=wanted.idempotency_key, fingerprint=fingerprint, answer=said, created_at=now)
    session.add_all([credit, told, answer])
    await session.commit()
    return _answer(said)


async def _take(session: AsyncSession, order: OrderRow, position: int, wanted: CartLineInput) -> bool:
    key = UUID(wanted.variant_id.removeprefix("var_"))
    variant = await session.scalar(select(Variant).options(joinedload(Variant.product)).where(Variant.id == key))
    if variant is None or variant.product.state != "ON_SALE" or variant.product.visibility != "PUBLIC":
        return False
    stock = await session.scalar(select(Stock).where(Stock.variant_id == key).with_for_update())
    if stock is None or stock.sellable < wanted.quantity:
        return False
    stock.sellable -= wanted.quantity
    stock.reserved += wanted.quantity
    price = variant.price_minor * wanted.quantity
    order.goods_minor += price
    order.total_minor += price
    line = LineRow(
        id=uuid4(), order=order, position=position, variant_id=key, product_id=variant.product_id,
        name=variant.product.name, variant_name=variant.name, sku=variant.sku, list_price_minor=variant.price_minor,
        unit_price_minor=variant.price_minor, quantity=wanted.quantity, payable_minor=price,
        priced={"unit_paid": [variant.price_minor] * wanted.quantity},
    )  # fmt: skip
    moved = Movement(
        id=uuid4(), kind="RESERVE", variant_id=key, location_id=stock.location_id, source="SELLABLE", target="RESERVED",
        quantity=wanted.quantity, cause_id=order.id, line_id=line.id, at=order.placed_at,
    )  # fmt: skip
    session.add_all([line, moved])
    return True


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def order_place(self, info: strawberry.Info, input: OrderPlaceInput) -> OrderPlacePayload:  # noqa: A002
        async with info.context["sessions"]() as session:
            return await _place(session, await _member(session, info.context["request"]), input)


@strawberry.type
class Query:
    ok: bool = True


class View(GraphQL[Any, Any]):
    def __init__(self, sessions: Any) -> None:
        super().__init__(strawberry.Schema(Query, Mutation))
        self._sessions = sessions

    async def get_context(self, request: Any, response: Any) -> Any:  # noqa: ARG002  Strawberry gives both
        return {"sessions": self._sessions, "request": request}


def main() -> None:
    url = os.environ["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://", 1)
    engine = create_async_engine(url, pool_size=POOL, max_overflow=0)
    app = Starlette()
    app.add_route("/graphql", View(async_sessionmaker(engine, expire_on_commit=False)))
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False, loop="uvloop", http="httptools")


if __name__ == "__main__":
    main()
