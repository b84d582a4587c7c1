"""Store days: what stores did, for those who run them and keep their accounts (R02)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import strawberry

from domain import store_days as rules
from domain.identity import Scope
from domain.store_days import PerformanceBy
from resolvers import store_days
from resolvers.context import Context
from schema.access import attribute, batched, object_type, query
from schema.enums import described
from schema.ids import Kind, key_of
from schema.money import Money
from schema.stores import OrgUnit

described(
    PerformanceBy,
    "What each row of a report is about.",
    DAY="Each day on which something happened, the first first.",
    STORE="Each store, and headquarters for what belongs to none; the one with the most net sales first.",
    REGION="Each unit that stood right below the one asked about, with all below it; most net sales first.",
)


@object_type(
    scope=Scope.STAFF,
    description="What some stores did over some days. An order counts for the store that it is attributed to, wherever "
    "it is handed out, on the day on which it was paid; what goes back counts on the day on which that was decided.",
)
class StoreFigures:
    gmv: Money = attribute("What was paid, with shipping (GMV).")
    refunds: Money = attribute("What went back, of orders of any day.")
    net: Money = attribute("What was paid less what went back; below zero when more went back.")
    orders: int = attribute("How many orders were paid.")
    buyers: int = attribute("How many members paid one; who bought of two stores is a buyer of each.")
    new_members: int = attribute("How many registered by a guide of the store; at headquarters: by none.")
    repurchase_buyers: int = attribute("How many of the buyers had paid an order of the store before (复购).")
    repurchase_bp: int | None = attribute("Their share of the buyers, in basis points; null without buyers.")
    average: Money | None = attribute("What an order came to on average (客单价), rounded down; null without orders.")
    live_gmv: Money = attribute("What of the GMV was ordered in live rooms.")
    share_gmv: Money = attribute("What of the GMV is credited to something that was shared.")
    commission: Money = attribute("What guides earned with it, less what was clawed back.")
    shipped_orders: int = attribute("How many orders left the stock here, whoever sold them; with their first package.")
    picked_up_orders: int = attribute("How many orders were fetched here, whoever sold them.")


@object_type(scope=Scope.STAFF, description="What one day, one store or one region did.")
class StorePerformanceRow:
    day: date | None = attribute("The day of the brand's calendar; null for a unit.")
    unit: OrgUnit | None = batched(store_days.units_of, "The unit, as it is now; null for a day.")
    figures: StoreFigures = attribute("What it did.")


@object_type(
    scope=Scope.STAFF,
    description="A report. It tells stores by where they stood on each day, whatever moved since; it follows what "
    "happens within seconds.",
)
class StorePerformance:
    first_day: date = attribute("Its first day.")
    last_day: date = attribute("Its last day.")
    total: StoreFigures = attribute("All together: the sum of all rows, but for buyers of several days, who are one.")
    rows: list[StorePerformanceRow] = attribute("At most 500.")


async def _performance(
    ctx: Context,
    *,
    first_day: Annotated[date, strawberry.argument(description="The first day, of the brand's calendar.")],
    last_day: Annotated[date, strawberry.argument(description="The last day; at most 366 in all.")],
    by: Annotated[PerformanceBy, strawberry.argument(description="What the rows are about.")],
    unit_id: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The unit, with all that stood below it; left out: the whole brand."),
    ] = None,
) -> rules.Performance:
    key = None if unit_id is None else key_of(Kind.ORG_UNIT, unit_id, "unitId")
    return await store_days.performance(ctx, key, first_day, last_day, by)


@strawberry.type
class StoreDayQuery:
    store_performance: StorePerformance = query(
        _performance,
        "What stores did, for who runs the unit or one above it, and for finance.",
        scope=Scope.STAFF,
        cost=50,
    )
