"""How flows are made of what happened: what stores are owed for what they sold, and owe for what went back (R03)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import db.orders
import db.settlements
import db.store_flows
from db.connection import Writing
from db.outbox import Fact
from domain import store_flows as rules
from domain.money import Money
from domain.orders import Order, OrderState
from domain.settlements import SettlementProfile, StoreFlow
from domain.store_flows import Entry, Returned
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.store_days import is_of_goods

KINDS = frozenset({"OrderPaid", "OrderRefunded", "OrderEdited", "AfterSaleChanged", "OrderCompleted"})


async def project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Make flows for the stores that settle. A store that does not has none: its money is the brand's."""
    await _make(ctx, tx, [fact for fact in facts if is_of_goods(fact)])
    await db.store_flows.finish(tx, [(fact.aggregate_id, fact.at) for fact in facts if fact.kind == "OrderCompleted"])


async def _make(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    orders = await db.orders.orders_by_id(tx, list({fact.aggregate_id for fact in facts})) if facts else {}
    stores = {one.store_id for one in orders.values() if one.store_id is not None}
    profiles = await db.settlements.profiles_of(tx, list(stores)) if stores else {}
    settled = {key: one for key, one in orders.items() if one.store_id in profiles}
    if not settled:
        return
    books = {key: _Book(ctx, one, profiles[_store(one)]) for key, one in settled.items()}
    for order_id, flows in (await db.store_flows.of_orders(tx, list(settled))).items():
        books[order_id].flows += flows
    made = [flow for fact in facts if fact.aggregate_id in books for flow in books[fact.aggregate_id].enter(fact)]
    await db.store_flows.add(tx, made)
    await _finish(tx, books, facts)


async def _finish(tx: Writing, books: Mapping[UUID, _Book], facts: Sequence[Fact]) -> None:
    """What goes back as a whole will not change any more, received or not."""
    whole = {
        fact.aggregate_id: fact.at
        for fact in facts
        if fact.aggregate_id in books and "refunded_minor" in fact.payload and _is_over(books[fact.aggregate_id].order)
    }
    await db.store_flows.finish(tx, list(whole.items()))


def _is_over(order: Order) -> bool:
    return order.state in (OrderState.REFUNDED, OrderState.REFUNDING)


def _store(order: Order) -> UUID:
    assert order.store_id is not None, f"order {order.number} belongs to no store"
    return order.store_id


@dataclass
class _Book:
    """The flows of one order, while some facts are entered."""

    ctx: Context
    order: Order
    profiles: Sequence[SettlementProfile]
    """Of its store, the latest first."""
    flows: list[StoreFlow] = field(default_factory=list)

    def enter(self, fact: Fact) -> list[StoreFlow]:
        """The flows that a fact makes, after those before it."""
        profile = self._profile(fact.at)
        if profile is None:
            return []
        entries = self._sale(fact, profile) if fact.kind == "OrderPaid" else self._return(fact, profile)
        made = [self._flow(entry, profile, fact.at) for entry in entries]
        self.flows += made
        return made

    def _profile(self, at: datetime) -> SettlementProfile | None:
        """How the order is settled: as its store did when it was paid, whatever changed since."""
        if self.flows:
            known = self.flows[0].profile_id
            return next(one for one in self.profiles if one.id == known)
        paid_at = self.order.paid_at or at
        return next((one for one in self.profiles if one.since <= paid_at), None)

    def _sale(self, fact: Fact, profile: SettlementProfile) -> list[Entry]:
        return rules.of_sale(self.order, profile, rules.commissions_of(fact.payload.get("commissions", ())))

    def _return(self, fact: Fact, profile: SettlementProfile) -> list[Entry]:
        before = [Entry(one.line_id, one.kind, one.source, one.amount.minor) for one in self.flows if one.line_id]
        return rules.of_return(self.order, profile, before, _returned(fact.payload))

    def _flow(self, entry: Entry, profile: SettlementProfile, at: datetime) -> StoreFlow:
        completed = self.order.completed_at
        return StoreFlow(
            self.ctx.new_id(),
            _store(self.order),
            profile.id,
            entry.kind,
            Money(entry.minor, self.order.total.currency),
            at,
            None if completed is None else max(completed, at),
            self.order.id,
            entry.line_id,
            entry.source,
        )


def _returned(fact: Mapping[str, Any]) -> Returned:
    units = {UUID(hex=line): tuple(numbers) for line, numbers in fact["units"].items()}
    goods = fact["refunded_minor"] - fact["shipping_minor"]
    return Returned(fact["refund"], goods, units, rules.commissions_of(fact.get("claw_backs", ())))


STORE_FLOWS = Projection("store flows", KINDS, project)
