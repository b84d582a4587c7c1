"""What can be asked of how guides treat their customers, and the alerts that managers get (R15)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import db.guides
import db.outbox
import db.service_figures
from db.connection import Writing
from domain import service_figures as rules
from domain.filters import Condition, check_depth
from domain.guides import Guide
from domain.identity import Role
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, between
from domain.service_figures import ServiceAlert, ServiceFigures
from resolvers.context import Context

AT_ONCE = 500
NOBODY = UUID(int=0)


async def figures_of(ctx: Context, guides: Sequence[Guide], days: int) -> list[ServiceFigures | None]:
    """The figures of each guide in the last so many days, where the caller may know them.

    Raises:
        BadInput: there are not so many days.
    """
    between(days, 1, rules.MOST_DAYS, "days")
    seen = [one.id for one in guides if rules.sees(ctx.principal, one.id, one.store_path)]
    now, patience = ctx.now(), ctx.services.rules.service.unanswered_after
    since = now - timedelta(days=days)
    found = await db.service_figures.of_guides(ctx.reading, seen, since, now, patience) if seen else {}
    return [found.get(one.id) for one in guides]


async def alerts(ctx: Context, request: PageRequest, where: Condition) -> Page[ServiceAlert]:
    """A page of the alerts about guides whom the caller runs, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.service_figures.alerts(ctx.reading, ctx.principal.paths_of(Role.STORE_MANAGER), request, where)


async def guides_of(ctx: Context, found: Sequence[ServiceAlert]) -> list[Guide]:
    """Whom each alert is about."""
    known = await db.guides.guides_by_id(ctx.reading, list({one.guide_id for one in found}))
    return [known[one.guide_id] for one in found]


async def see(ctx: Context, alert_id: UUID) -> ServiceAlert:
    """Mark an alert as seen; doing so again changes nothing.

    Raises:
        NotFound: there is none about a guide whom the caller runs.
    """
    async with ctx.database.writing() as tx:
        found = await db.service_figures.find(tx, alert_id)
        if found is None or not ctx.principal.has_duty(Role.STORE_MANAGER, found[1]):
            raise NotFound(path=("input", "alertId"))
        if await db.service_figures.see(tx, alert_id, ctx.member_id, ctx.now()):
            await db.outbox.tell(tx, "ServiceAlertSeen", "service_alert", alert_id, rules.fact_of(found[0]), ctx.now())
        seen = await db.service_figures.find(tx, alert_id)
        assert seen is not None, f"alert {alert_id} vanished"
        return seen[0]


async def alert_managers(ctx: Context) -> int:
    """Look at the figures of all guides, and raise what is beyond its bound. Says 0: the next look is later."""
    terms, now, after = ctx.services.rules.service, ctx.now(), NOBODY
    since = now - timedelta(days=terms.days)
    while True:
        found = await db.service_figures.of_all(ctx.reading, after, since, now, terms.unanswered_after, AT_ONCE)
        for figures in found:
            if rules.alarming(figures, terms):
                async with ctx.database.writing() as tx:
                    await _raise(ctx, tx, figures)
        if len(found) < AT_ONCE:
            return 0
        after = found[-1].guide_id


async def _raise(ctx: Context, tx: Writing, figures: ServiceFigures) -> None:
    terms, at, raised = ctx.services.rules.service, ctx.now(), list[ServiceAlert]()
    for kind, (value, bound) in rules.alarming(figures, terms).items():
        alert = ServiceAlert(ctx.new_id(), figures.guide_id, figures.store_id, kind, value, bound, at)
        if await db.service_figures.raise_alert(tx, alert, at - terms.again_after):
            raised.append(alert)
    if raised:
        told = {"alerts": [rules.fact_of(one) for one in raised], "store": figures.store_id.hex}
        await db.outbox.tell(tx, "ServiceAlerted", "guide", figures.guide_id, told, at)
