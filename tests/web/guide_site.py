"""A guide with everything that a phone shows: customers, orders of all ages, tasks, a rival, and money of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import resolvers.members
from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.money import Money
from resolvers.task_rounds import issue_due
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, variants_of
from tests.makers_commissions import a_received_order, released
from tests.makers_content import a_post
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, a_store, appointed, headquarters
from tests.makers_payments import a_paid_order, refund
from tests.makers_tasks import a_task
from tests.makers_withdrawals import owns
from tests.pond import Pond
from tests.site import Site

LONG_AGO, RECEIVED, YESTERDAY = timedelta(days=40), timedelta(days=12), timedelta(days=1)
FEE_BP, FEE_LEAST = 60, 10
SAVED = 100_00


@dataclass(frozen=True, slots=True)
class GuideSite:
    """Where the guide's page is served, as whom, and who else acts."""

    base_url: str
    guide_token: str
    customer_token: str
    """Of a customer of the guide, whose name is not shown whole."""
    operator_token: str
    share_code: str
    variant_id: str
    """What the customer buys: one of it lifts the guide over the rival."""


async def opened(site: Site) -> GuideSite:
    """Fill a site. The guide owns 100.00 of former months, what was released today less a claw-back, and more to come."""
    pond, now = Pond(site.pond.database), site.pond.context().now()
    guide_token, customer_token = await site.member_token("guide"), await site.member_token("customer")
    operator_token = await site.member_token("operator")
    customer = await _principal(site, customer_token)
    pond.time = now - LONG_AGO
    await pond.select("UPDATE member_identity SET created_at = $1", pond.time)
    store_id = await a_store(pond, "杭州西湖店")
    guide = await a_guide(pond, "林晚", member=await _principal(site, guide_token), store_id=store_id)
    rival = await a_guide(pond, "周云起", store_id=store_id)
    staff = await _principal(site, operator_token)
    operator = await appointed(pond, staff, Role.OPERATOR, (await headquarters(pond)).id)
    await owns(pond, guide.guide_id, SAVED)
    await bound(pond, customer, guide)
    await _sells(pond, now, customer)
    await _has_tasks(pond, now, operator)
    pond.time = now
    product = await a_product(pond, "莲瓣浅盘", price=Money(500_00), slug="plate", stock=50, media=())
    (variant,) = await variants_of(pond, product)
    await a_paid_order(pond, await _bound_to(pond, rival), (variant, 1))
    await a_post(pond, "龙井怎么泡才不苦", by=guide)
    terms = replace(site.pond.services.rules.withdrawal, fee_bp=FEE_BP, fee_least=FEE_LEAST)
    site.pond.services.rules = replace(site.pond.services.rules, withdrawal=terms)
    for principal in (guide, operator):
        assert principal.member_id is not None
        resolvers.members.forget(principal.member_id)
    ((code,),) = await pond.select("SELECT share_code FROM guide WHERE id = $1", guide.guide_id)
    shown = (code, id_of(Kind.VARIANT, variant.id))
    return GuideSite(site.url, guide_token, customer_token, operator_token, *shown)


async def _principal(site: Site, token: str) -> Principal:
    principal = await site.pond.gate.identify(token)
    assert principal is not None
    return principal


async def _bound_to(pond: Pond, guide: Principal) -> Principal:
    member = await a_member(pond)
    await bound(pond, member, guide)
    return member


async def _sells(pond: Pond, now: datetime, customer: Principal) -> None:
    """One order that is released today and of which a unit went back, and one that is frozen."""
    variant = await _tea(pond)
    pond.time = now - RECEIVED
    order_id, (line_id,) = await a_received_order(pond, customer, (variant, 3))
    pond.time = now - YESTERDAY
    await a_received_order(pond, customer, (variant, 1))
    pond.time = now
    await released(pond)
    answer = await refund(pond, order_id, lines=[(line_id, 1)], ofSent=True)
    assert answer["userErrors"] == [], answer


async def _tea(pond: Pond) -> Variant:
    product = await a_product(pond, "明前龙井", price=Money(199_99), slug="tea", stock=50, media=())
    (variant,) = await variants_of(pond, product)
    return variant


async def _has_tasks(pond: Pond, now: datetime, operator: Principal) -> None:
    """A task that was given yesterday at ten: guides hear of nothing by night."""
    zone = pond.services.rules.time_zone
    pond.time = (now.astimezone(zone) - YESTERDAY).replace(hour=10, minute=0)
    goals = (("RECRUIT", 1), ("VISIT", 2, "EVIDENCE"))
    await a_task(pond, operator, (await headquarters(pond)).id, *goals, title="新茶上市月")
    await issue_due(pond.context())
