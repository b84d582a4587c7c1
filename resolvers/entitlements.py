"""What can be asked of service entitlements: who has which, and what orders do to them (R23)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import db.after_sales
import db.catalogue
import db.entitlements
import db.outbox
import db.refunds
from db.connection import Writing
from domain import entitlements as rules
from domain.entitlements import EntitlementTerms, ServiceEntitlement
from domain.members import Member
from domain.orders import Order
from domain.pages import Page, PageInfo, PageRequest
from domain.refunds import OrderRefund
from domain.refusals import NotFound
from domain.units import Units, counted, together
from resolvers import shoppers
from resolvers.context import Context
from resolvers.members import members_shown

_NOTHING: Page[ServiceEntitlement] = Page((), PageInfo(False, False, None, None))


async def save_terms(ctx: Context, terms: EntitlementTerms) -> EntitlementTerms:
    """Say what a variant brings with it from now on; what was granted before stays.

    Raises:
        NotFound: there is no such variant.
        BadInput: the months are out of bounds.
    """
    checked = rules.check_terms(terms)
    async with ctx.database.writing() as tx:
        if not await db.catalogue.variants_by_id(tx, ctx.viewer, [terms.variant_id]):
            raise NotFound(path=("input", "variantId"))
        await db.entitlements.save_terms(tx, checked)
        fact = {"variant": terms.variant_id.hex, "kind": terms.kind.value, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "EntitlementTermsSaved", "variant", terms.variant_id, fact, ctx.now())
    return checked


async def entitlements_of(
    ctx: Context, members: Sequence[Member], request: PageRequest
) -> list[Page[ServiceEntitlement]]:
    """What each member is entitled to, for the member alone and for operators."""
    ids = members_shown(ctx, members)
    pages = await db.entitlements.entitlements_of(ctx.reading, ids, request) if ids else []
    found = dict(zip(ids, pages, strict=True))
    return [found.get(member.id, _NOTHING) for member in members]


async def received(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """The buyer has the goods: the services that come with them begin."""
    if not order.lines or order.received_at is None:
        return {}
    terms = await db.entitlements.terms_of(tx, list({line.variant_id for line in order.lines}))
    if not terms:
        return {}
    left = rules.units_left(order, await _gone(tx, order))
    (shopper,) = (await shoppers.known_shoppers(tx, [order.member_id], order.received_at)).values()
    zone, delivered = ctx.services.rules.time_zone, order.received_at
    granted = [
        ServiceEntitlement(
            ctx.new_id(), order.id, line.id, order.member_id, line.variant_id, one.kind, left[line.id], delivered,
            rules.end_of(one, delivered, shopper.warranty_months, zone),
        )
        for line in order.lines
        for one in terms
        if one.variant_id == line.variant_id and line.id in left
    ]  # fmt: skip
    if granted:
        await db.entitlements.add(tx, granted)
    return {"entitlements": [one.id.hex for one in granted]}


async def _gone(tx: Writing, order: Order) -> Units:
    """What of the order went back: for money, for nothing as gifts do, or for other units, which have their own."""
    sales = (await db.after_sales.after_sales_of(tx, [order.id])).get(order.id, [])
    exchanged = [one.units for one in sales if one.replacement_order_id is not None]
    return together(await db.refunds.gone(tx, order.id), *exchanged)


async def refunded(_: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Units went back: nobody is entitled to services for them any more."""
    await take_back(tx, order, refund.units)
    return {}


async def take_back(tx: Writing, order: Order, units: Units) -> None:
    """Take what the order brought with units that went back, or for which others are sent."""
    if order.received_at is not None and any(units.values()):
        await db.entitlements.take_back(tx, counted(units))
