"""Service: how a guide treats customers, by their complaints and ratings, and when that is alarming (R15).

What is said in chats of other companies' apps is not seen here: how soon a guide answers is known of complaints alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.identity import Principal, Role
from domain.records import record

WHOLE_BP = 10_000
MOST_DAYS = 366


class ServiceAlertKind(Enum):
    SLOW_ANSWERS = "SLOW_ANSWERS"
    UNANSWERED = "UNANSWERED"
    LOW_RATING = "LOW_RATING"
    MANY_COMPLAINTS = "MANY_COMPLAINTS"


class ServiceAlertState(Enum):
    UNSEEN = "UNSEEN"
    SEEN = "SEEN"


@record
class ServiceTerms:
    """From where on a manager is to look at a guide. Ratings and complaints say something of enough orders only."""

    days: int = 30
    unanswered_after: timedelta = timedelta(hours=24)
    slow_after: timedelta = timedelta(hours=12)
    least_rating_tenths: int = 40
    least_ratings: int = 5
    most_complaints_bp: int = 200
    least_orders: int = 20
    again_after: timedelta = timedelta(days=7)
    """So long after an alert there is no other of its kind."""


@record
class ServiceFigures:
    """What is known of a guide in some days.

    `answer_s` is the median of the time to the first answer to a complaint, in seconds; None when none was answered.
    `stars` is the sum of all ratings.
    """

    guide_id: UUID
    store_id: UUID
    complaints: int
    answered: int
    answer_s: int | None
    unanswered: int
    ratings: int
    stars: int
    orders: int

    @property
    def rating_tenths(self) -> int | None:
        """The average rating in tenths of a star, rounded half up."""
        return None if self.ratings == 0 else (20 * self.stars + self.ratings) // (2 * self.ratings)

    @property
    def complaints_bp(self) -> int | None:
        """How many complaints there are to 10,000 orders, rounded up."""
        return None if self.orders == 0 else -(-WHOLE_BP * self.complaints // self.orders)


@record
class ServiceAlert:
    """Something about a guide's service that its manager is to look at."""

    id: UUID
    guide_id: UUID
    store_id: UUID
    kind: ServiceAlertKind
    value: int
    bound: int
    raised_at: datetime
    seen_by: UUID | None = None
    seen_at: datetime | None = None

    @property
    def state(self) -> ServiceAlertState:
        return ServiceAlertState.UNSEEN if self.seen_at is None else ServiceAlertState.SEEN


def alarming(figures: ServiceFigures, terms: ServiceTerms) -> Mapping[ServiceAlertKind, tuple[int, int]]:
    """What is beyond its bound: the value and the bound, by kind.

    >>> quiet = ServiceFigures(UUID(int=1), UUID(int=2), 1, 1, 3600, 0, 4, 4, 19)
    >>> dict(alarming(quiet, ServiceTerms()))
    {}
    """
    slow_s = int(terms.slow_after.total_seconds())
    rating, complaints = figures.rating_tenths, figures.complaints_bp
    found: dict[ServiceAlertKind, tuple[int, int]] = {}
    if figures.answer_s is not None and figures.answer_s > slow_s:
        found[ServiceAlertKind.SLOW_ANSWERS] = (figures.answer_s, slow_s)
    if figures.unanswered > 0:
        found[ServiceAlertKind.UNANSWERED] = (figures.unanswered, 0)
    if rating is not None and figures.ratings >= terms.least_ratings and rating < terms.least_rating_tenths:
        found[ServiceAlertKind.LOW_RATING] = (rating, terms.least_rating_tenths)
    if complaints is not None and figures.orders >= terms.least_orders and complaints > terms.most_complaints_bp:
        found[ServiceAlertKind.MANY_COMPLAINTS] = (complaints, terms.most_complaints_bp)
    return found


def sees(principal: Principal, guide_id: UUID, store_path: str) -> bool:
    """Whether the caller may know a guide's figures: the guide itself, and those who run the store."""
    return principal.guide_id == guide_id or principal.has_duty(Role.STORE_MANAGER, store_path)


def fact_of(alert: ServiceAlert) -> dict[str, Any]:
    """What the outbox tells of an alert."""
    return {
        "alert": alert.id.hex,
        "guide": alert.guide_id.hex,
        "store": alert.store_id.hex,
        "kind": alert.kind.value,
        "value": alert.value,
        "bound": alert.bound,
    }
