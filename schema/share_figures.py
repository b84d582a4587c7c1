"""Share figures: what came of what was shared, as clients see it."""

from __future__ import annotations

from domain import money
from domain.identity import Scope
from schema.access import attribute, derived, object_type
from schema.money import Money
from schema.scalars import Long


@object_type(scope=Scope.VISITOR, description="What came of shares on some of the brand's days.")
class ShareFigures:
    views: Long = attribute("How often others opened them.")
    unique_visits: Long = attribute("By how many members, each counted once a day for each share.")
    registrations: Long = attribute("How many members registered by them.")
    carts: Long = attribute("How many members put something into their carts after opening one, once a day each.")
    orders: Long = attribute("How many orders they led to, also those that are credited to another guide.")
    paid_orders: Long = attribute("How many orders that they led to were paid.")
    revenue: Money = derived(lambda figures: money.Money(figures.revenue_minor), "What was paid for these.")
    refunds: Long = attribute("How often something of these went back.")
    refunded: Money = derived(
        lambda figures: money.Money(figures.refunded_minor), "What went back, on the day on which it was decided."
    )
    net: Money = derived(lambda figures: money.Money(figures.net_minor), "Revenue less what went back.")


@object_type(scope=Scope.VISITOR, description="All forwards that are so many steps below a share (几级转发).")
class ShareGeneration:
    depth: int = attribute("How many steps below; 0 is the share itself.")
    shares: Long = attribute("How many forwards there are.")
    sharers: Long = attribute("By how many members.")
    figures: ShareFigures = attribute("What came of them so far.")


@object_type(scope=Scope.VISITOR, description="A share and all that was forwarded of it (分享轨迹).")
class ShareTrace:
    depth: int = attribute("Over how many generations it went, itself among them.")
    shares: Long = attribute("How many shares there are, itself among them.")
    figures: ShareFigures = attribute("What came of all of them so far.")
    generations: list[ShareGeneration] = attribute("Generation by generation, at most 51.")
    exact: bool = attribute("False when there are more than 5,000 shares, or 50 generations: the rest is left out.")
