"""Placing an order as one would write it first: Strawberry, SQLAlchemy's ORM, SELECT … FOR UPDATE.

Run as `python -m benchmarks.peers.strawberry_orders PORT`, with DATABASE_URL. It stands on our tables and does for such
an order what ours does: says who asks by their token, looks the key up, reads what the price depends on (running
promotions, price lists, price floors, the member's level, paid plan, tags and store), whom the order is credited to
(binding, opened shares), how many unpaid orders the member has, and the variants with product and categories; prices it
with the same rules, locks the stock, and writes order, line, movement, credit, a row of the outbox and the answer.

What an order does not name (an address, coupons, points, a live room, a play) neither of the two reads.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import strawberry
import uvicorn
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import joinedload
from starlette.applications import Starlette
from strawberry.asgi import GraphQL

from benchmarks.peers import order_facts
from benchmarks.peers.order_facts import Refusal
from benchmarks.peers.shop_models import (
    Answer,
    Binding,
    Credit,
    Duty,
    LineRow,
    Member,
    Movement,
    OrderRow,
    Session,
    Share,
    Stock,
    Told,
    Variant,
    Visit,
)
from domain.promotions.quotes import QuotedLine

POOL = 16
PAY_WITHIN = timedelta(minutes=15)
TOUCH_LASTS = timedelta(days=7)
TAX_BP = 1_300
MOST_UNPAID = int(os.environ.get("YUTANG_UNPAID_ORDERS", "10"))


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
    note: str = ""


async def _who_asks(session: AsyncSession, request: Any, now: datetime) -> Member:
    """The member whose token it is, with what decides what they may do."""
    token = request.headers["authorization"].removeprefix("Bearer ")
    member = joinedload(Session.member, innerjoin=True)
    found = await session.scalar(
        select(Session)
        .options(member.joinedload(Member.guide), member.selectinload(Member.duties.and_(Duty.until.is_(None))))
        .where(
            Session.access_hash == hashlib.sha256(token.encode()).digest(),
            Session.access_expires_at > now,
            Session.revoked_at.is_(None),
        )
    )
    if found is None or found.member.status != "ACTIVE":
        raise PermissionError
    return found.member


async def _place(session: AsyncSession, member: Member, wanted: OrderPlaceInput, now: datetime) -> dict[str, Any]:
    owner = f"member:{member.id.hex}"
    fingerprint = hashlib.sha256(repr(wanted).encode()).hexdigest()
    known = await session.get(Answer, (owner, wanted.idempotency_key))
    if known is not None:
        if known.fingerprint != fingerprint:
            raise Refusal("IDEMPOTENCY_KEY_REUSED")
        return known.answer
    bound = await order_facts.binding(session, member, now)
    shopper = await order_facts.shopper(session, member, bound, now)
    units = {UUID(line.variant_id.removeprefix("var_")): line.quantity for line in wanted.lines}
    variants = await order_facts.variants(session, units, shopper)
    quote = await order_facts.priced(session, units, variants, shopper, now)
    order = OrderRow(
        id=uuid4(), member_id=member.id, state="PLACED", goods_minor=quote.goods, shipping_minor=0,
        total_minor=quote.total, currency="CNY", priced={}, delivery="SHIP", note=wanted.note, placed_at=now,
        pay_before=now + PAY_WITHIN, unpaid_place=await _place_among_unpaid(session, member),
    )  # fmt: skip
    order.number = f"{now:%Y%m%d}-{order.id.hex[-12:].upper()}"
    credit = await _credit(session, order, bound)
    stock = await _locked(session, list(variants))
    for line in quote.lines:
        _take(session, order, line, variants[line.item.variant_id], stock)
    said = {"id": f"ord_{order.id.hex}", "number": order.number, "total": order.total_minor}
    told = Told(kind="OrderPlaced", aggregate="order", aggregate_id=order.id, payload=_fact(order), at=now)
    answer = Answer(owner=owner, key=wanted.idempotency_key, fingerprint=fingerprint, answer=said, created_at=now)
    session.add_all([order, credit, told, answer])
    await session.commit()
    return said


def _fact(order: OrderRow) -> dict[str, Any]:
    return {
        "order": order.id.hex,
        "number": order.number,
        "member": order.member_id.hex,
        "state": order.state,
        "total_minor": order.total_minor,
        "guide": order.guide_id.hex if order.guide_id else None,
        "lines": [{"variant": line.variant_id.hex, "quantity": line.quantity} for line in order.lines],
    }


async def _place_among_unpaid(session: AsyncSession, member: Member) -> int | None:
    """A free place among the member's unpaid orders, of which there are so many; a unique key holds to it."""
    taken = await session.scalars(
        select(OrderRow.unpaid_place).where(
            OrderRow.member_id == member.id, OrderRow.state == "PLACED", OrderRow.unpaid_place.is_not(None)
        )
    )
    if MOST_UNPAID == 0:
        return None
    free = sorted(set(range(MOST_UNPAID)) - set(taken))
    if not free:
        raise Refusal("TOO_MANY_UNPAID")
    return free[0]


async def _credit(session: AsyncSession, order: OrderRow, bound: Binding | None) -> Credit:
    """Whom the order is credited to: the guide of the binding, else the guide whose share was opened last."""
    opened = await session.scalar(
        select(Visit)
        .join(Visit.share)
        .options(joinedload(Visit.share, innerjoin=True).joinedload(Share.guide))
        .where(
            Visit.member_id == order.member_id,
            Visit.last_at > order.placed_at - TOUCH_LASTS,
            Share.sharer_member_id != order.member_id,
        )
        .order_by(Visit.last_at.desc())
        .limit(1)
    )
    guide, reason = (bound.guide, "BINDING") if bound else (None, "NONE")
    if guide is None and opened is not None:
        guide, reason = opened.share.guide, "SHARE_TOUCH"
    if guide is not None and guide.status in {"ACTIVE", "FROZEN"}:
        order.guide_id, order.store_id = guide.id, guide.store_id
    return Credit(
        id=uuid4(), kind="ORDER", member_id=order.member_id, order=order, share_id=opened.share_id if opened else None,
        guide_id=order.guide_id, reason=reason, at=order.placed_at,
    )  # fmt: skip


async def _locked(session: AsyncSession, keys: Sequence[UUID]) -> Sequence[Stock]:
    """The stock of all that is wanted, locked in one order, whoever asks."""
    found = await session.scalars(
        select(Stock)
        .options(joinedload(Stock.location, innerjoin=True))
        .where(Stock.variant_id.in_(keys))
        .order_by(Stock.location_id, Stock.variant_id)
        .with_for_update(of=Stock)
    )
    shelves = [one for one in found if one.location.active and one.location.ships]
    return sorted(shelves, key=lambda one: one.location.priority)


def _take(session: AsyncSession, order: OrderRow, quoted: QuotedLine, variant: Variant, stock: Sequence[Stock]) -> None:
    """A line of the order, and its units from the first place that has them all."""
    many = quoted.item.quantity
    shelf = next((one for one in stock if one.variant_id == variant.id and one.sellable >= many), None)
    if shelf is None:
        raise Refusal("INSUFFICIENT_STOCK")
    shelf.sellable -= many
    shelf.reserved += many
    tax_bp = variant.product.tax_bp
    line = LineRow(
        id=uuid4(), order=order, position=quoted.item.position, variant_id=variant.id, product_id=variant.product_id,
        name=variant.product.name, variant_name=variant.name, sku=variant.sku, picture_url=variant.picture_url,
        list_price_minor=variant.price_minor, unit_price_minor=quoted.unit_price, quantity=many,
        payable_minor=quoted.payable, priced=_explained(quoted), kind="GOODS",
        tax_bp=TAX_BP if tax_bp is None else tax_bp,
    )  # fmt: skip
    moved = Movement(
        id=uuid4(), kind="RESERVE", variant_id=variant.id, location_id=shelf.location_id, source="SELLABLE",
        target="RESERVED", quantity=many, cause_id=order.id, line_id=line.id, actor_id=order.member_id,
        at=order.placed_at,
    )  # fmt: skip
    session.add_all([line, moved])


def _explained(quoted: QuotedLine) -> dict[str, Any]:
    steps = [
        {"stage": one.stage.name, "kind": one.kind, "name": one.name, "amount": one.amount} for one in quoted.steps
    ]
    return {"unit_paid": list(quoted.unit_payable), "steps": steps}


@strawberry.type
class Mutation:
    @strawberry.mutation
    async def order_place(self, info: strawberry.Info, input: OrderPlaceInput) -> OrderPlacePayload:  # noqa: A002
        now = datetime.now(UTC)
        async with info.context["sessions"]() as session:
            member = await _who_asks(session, info.context["request"], now)
            try:
                said = await _place(session, member, input, now)
            except Refusal as refusal:
                return OrderPlacePayload(order=None, user_errors=[Refused(code=str(refusal))])
        order = Order(id=strawberry.ID(said["id"]), number=said["number"], total=Money(minor=said["total"]))
        return OrderPlacePayload(order=order, user_errors=[])


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
