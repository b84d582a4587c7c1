"""What can be asked of what stores did, and how that is counted from what happened (R02)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import db.store_days
import db.store_places
import db.stores
from db.connection import Writing
from db.outbox import Fact
from domain import store_days as rules
from domain.identity import Role
from domain.refusals import NotFound
from domain.store_days import Happening, OrderSeen, Performance, PerformanceBy, PerformanceRow
from domain.stores import OrgUnit
from resolvers.context import Context
from resolvers.projections import Projection

KINDS = frozenset(
    {
        "OrderPaid",
        "OrderRefunded",
        "OrderEdited",
        "AfterSaleChanged",
        "ShipmentSent",
        "OrderHandedOver",
        "MemberRegistered",
    }
)
READERS = (Role.STORE_MANAGER, Role.FINANCE)
"""Who may see what a unit did, at the unit or above it; operators besides."""


async def project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Count what happened for the stores that it counts for, by the day and by where they stood then."""
    headquarters = await db.stores.headquarters(tx)
    if headquarters is None:
        return
    hq, zone = headquarters.id, ctx.services.rules.time_zone
    found = [
        *await _sold(tx, [fact for fact in facts if is_of_goods(fact)], hq),
        *await _recruited(tx, [fact for fact in facts if fact.kind == "MemberRegistered"], hq),
        *await _seen_off(tx, facts, hq),
    ]
    places = await db.store_places.as_of(tx, list(dict.fromkeys((one.unit_id, one.at) for one in found)))
    await db.store_days.add(tx, rules.days_of(found, places, zone))
    await db.store_days.add_buyers(tx, rules.buyers_of(found, places, zone))


def is_of_goods(fact: Fact) -> bool:
    """Whether goods were paid, or something of them went back; an order for value that is kept here has no lines."""
    return (fact.kind == "OrderPaid" or "refunded_minor" in fact.payload) and bool(fact.payload.get("lines", True))


async def _sold(tx: Writing, facts: Sequence[Fact], hq: UUID) -> list[Happening]:
    if not facts:
        return []
    seen = await db.store_days.seen(tx, [fact.aggregate_id for fact in facts])
    return [_sale(fact, seen[fact.aggregate_id], hq) for fact in facts]


def _sale(fact: Fact, seen: OrderSeen, hq: UUID) -> Happening:
    store_id = seen.store_id or hq
    if fact.kind == "OrderPaid":
        return rules.paid(store_id, fact.at, fact.payload, seen)
    return rules.returned(store_id, fact.at, fact.payload)


async def _recruited(tx: Writing, facts: Sequence[Fact], hq: UUID) -> list[Happening]:
    stores = await db.store_days.recruited(tx, [fact.aggregate_id for fact in facts])
    return [Happening(stores.get(fact.aggregate_id, hq), fact.at, {"new_members": 1}) for fact in facts]


async def _seen_off(tx: Writing, facts: Sequence[Fact], hq: UUID) -> list[Happening]:
    """Orders that left, with their first package, or were fetched: for who hands them out, not for who sold them."""
    sent = {fact.aggregate_id: fact.at for fact in reversed(facts) if fact.kind == "ShipmentSent"}
    fetched = {fact.aggregate_id: fact.at for fact in facts if fact.kind == "OrderHandedOver"}
    shipped = await db.store_days.shipped(tx, list(sent), hq)
    handed_over = await db.store_days.handed_over(tx, list(fetched))
    return [
        *(Happening(unit_id, sent[order_id], {"shipped_orders": 1}) for order_id, unit_id in shipped),
        *(Happening(unit_id, fetched[order_id], {"picked_up_orders": 1}) for order_id, unit_id in handed_over),
    ]


STORE_DAYS = Projection("store days", KINDS, project)


async def performance(
    ctx: Context, unit_id: UUID | None, first_day: date, last_day: date, by: PerformanceBy
) -> Performance:
    """What a unit and all that stood below it did on each of these days; without one, the whole brand.

    Raises:
        BadInput: the days are out of order, or too many.
        NotFound: there is no such unit, or the caller neither runs it nor keeps its accounts.
    """
    rules.check_span(first_day, last_day)
    unit = await _readable(ctx, unit_id)
    return await db.store_days.performance(ctx.reading, unit.id, first_day, last_day, by)


async def _readable(ctx: Context, unit_id: UUID | None) -> OrgUnit:
    if unit_id is None:
        unit = await db.stores.headquarters(ctx.reading)
    else:
        unit = (await db.stores.units_by_id(ctx.reading, [unit_id])).get(unit_id)
    if unit is None or not any(ctx.principal.has_duty(role, unit.path) for role in READERS):
        raise NotFound(path=("unitId",))
    return unit


async def units_of(ctx: Context, rows: Sequence[PerformanceRow]) -> list[OrgUnit | None]:
    """The unit that each row is about; None for those about a day."""
    ids = list({row.unit_id for row in rows if row.unit_id is not None})
    found = await db.stores.units_by_id(ctx.reading, ids) if ids else {}
    return [None if row.unit_id is None else found[row.unit_id] for row in rows]
