"""Service: how guides treat their customers, and what their managers are to look at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import guides as guide_rules
from domain import pages
from domain import service_figures as rules
from domain.identity import Scope
from domain.service_figures import ServiceAlertKind, ServiceAlertState
from resolvers import service_figures
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.scalars import Long

if TYPE_CHECKING:
    from schema.guides import Guide

_GUIDE = Annotated["Guide", strawberry.lazy("schema.guides")]

described(
    ServiceAlertKind,
    "What is alarming about a guide's service.",
    SLOW_ANSWERS="Complaints are answered late: the median in seconds is above the bound.",
    UNANSWERED="Complaints have not been answered for a day: so many.",
    LOW_RATING="Buyers rate what they bought low: the average in tenths of a star is below the bound.",
    MANY_COMPLAINTS="There are many complaints: so many to 10,000 orders.",
)
described(ServiceAlertState, "Whether an alert was seen.", UNSEEN="Nobody has seen it.", SEEN="A manager has seen it.")


@object_type(scope=Scope.MEMBER, description="How a guide treats customers, in some days up to now.")
class ServiceFigures:
    complaints: int = attribute("Complaints that the guide has to do with; the withdrawn do not count.")
    answered: int = attribute("How many of them were answered.")
    answer_s: Long | None = attribute(
        "The median time to the first answer, in seconds; null when none was answered.", name="firstAnswerSeconds"
    )
    unanswered: int = attribute("How many of them have waited for an answer for more than a day.")
    ratings: int = attribute("Approved reviews of what was bought through the guide, at most 90 days before.")
    rating_tenths: int | None = attribute("Their average in tenths of a star: 45 is 4.5; null when there is none.")
    orders: int = attribute("Paid orders that are the guide's.")
    complaints_bp: int | None = attribute("Complaints to 10,000 orders; null when there is no order.")


async def figures(
    ctx: Context,
    found: Sequence[guide_rules.Guide],
    *,
    days: Annotated[int, strawberry.argument(description="In the last so many days, 1 to 366.")] = 30,
) -> Any:
    return await service_figures.figures_of(ctx, found, days)


@object_type(
    scope=Scope.STORE_MANAGER, description="Something about a guide's service to look at.", record=rules.ServiceAlert
)
class ServiceAlert:
    id: strawberry.ID = identifier(Kind.SERVICE_ALERT)
    guide: _GUIDE = batched(service_figures.guides_of, "Whose service.")
    store_id: strawberry.ID = identifier(Kind.STORE, "store_id", description="Where the guide sells.")
    kind: ServiceAlertKind = attribute("What is alarming; it says in what `value` and `bound` are.")
    value: Long = attribute("How it was when the alert was raised.")
    bound: Long = attribute("What it is held to.")
    raised_at: datetime = attribute("When it was raised. There is no other of the kind for seven days.")
    state: ServiceAlertState = attribute("Whether somebody saw it.")
    seen_at: datetime | None = attribute("When somebody saw it; null before.")


@strawberry.input(description="Which alerts; all conditions must hold. AND, OR and NOT nest to depth 3.")
class ServiceAlertWhere:
    kind: EnumFilter[ServiceAlertKind] | None = strawberry.field(default=UNSET, description="What is alarming.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="Whose service.")
    state: EnumFilter[ServiceAlertState] | None = strawberry.field(default=UNSET, description="Whether it was seen.")
    AND: list[ServiceAlertWhere] | None = strawberry.field(
        name="AND", default=UNSET, description="Each of these holds."
    )
    OR: list[ServiceAlertWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[ServiceAlertWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


_NAMES = {"kind": "kind", "guide_id": "guideId", "state": "state"}


async def _alerts(
    ctx: Context,
    *,
    where: Annotated[ServiceAlertWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await service_figures.alerts(ctx, request, condition_of(where, {"guideId": Kind.GUIDE}, _NAMES))


@strawberry.type
class ServiceFiguresQuery:
    service_alerts: Connection[ServiceAlert] = query(
        _alerts, "Alerts about the service of guides whom the caller runs, the newest first.", scope=Scope.STORE_MANAGER
    )


@strawberry.input(description="Which alert.")
class ServiceAlertSeeInput:
    alert_id: strawberry.ID = strawberry.field(description="An alert about a guide whom one runs.")


@object_type(scope=Scope.STORE_MANAGER, description="An alert was seen.")
class ServiceAlertPayload(Payload):
    alert: ServiceAlert | None = attribute("The alert as it is now.", default=None)


async def _see(ctx: Context, *, input: ServiceAlertSeeInput) -> Any:
    key = key_of(Kind.SERVICE_ALERT, input.alert_id, "input", "alertId")
    return ServiceAlertPayload.of(alert=await service_figures.see(ctx, key))


@strawberry.type
class ServiceFiguresMutation:
    service_alert_see: ServiceAlertPayload | None = mutation(
        _see, ServiceAlertPayload, "Mark an alert as seen.", scope=Scope.STORE_MANAGER
    )
