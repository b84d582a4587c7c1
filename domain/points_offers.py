"""Points offers (积分兑换): a variant for points, with some money or none, as many as there are and each may have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.activities import MOST_STOCK, ActivityState, check_goes_with, check_time
from domain.money import LARGEST_MINOR
from domain.orders import Order, OverLimit
from domain.promotions.sheet import ExclusivePrice
from domain.promotions.stages import PLAYS, Stage
from domain.records import record
from domain.refusals import ErrorCode, Refusal, between, text_within
from domain.stock import MOST_PER_LINE

POINTS = "POINTS"
MOST_POINTS = 100_000_000


@record
class PointsOfferTerms:
    """A variant for so many points and so many fen each. `quota`: units in all; `per_person`: units of each member."""

    name: str
    variant_id: UUID
    points: int
    price: int
    quota: int
    per_person: int
    starts_at: datetime
    ends_at: datetime
    goes_with: frozenset[Stage] = frozenset()
    campaign_id: UUID | None = None


@record
class PointsOffer:
    """An offer, and how many units of it were taken."""

    id: UUID
    state: ActivityState
    terms: PointsOfferTerms
    taken: int = 0

    @property
    def left(self) -> int:
        return self.terms.quota - self.taken

    def exclusive(self) -> ExclusivePrice:
        """Its price, as the engine takes it."""
        terms = self.terms
        return ExclusivePrice(
            POINTS, self.id, terms.price, PLAYS - terms.goes_with, terms.points, terms.name, terms.ends_at
        )


@dataclass(eq=False)
class OfferGone(Refusal):
    """Fewer units of the offer are left than were asked for."""

    code = ErrorCode.NONE_LEFT
    left: int


def check_terms(terms: PointsOfferTerms, now: datetime) -> PointsOfferTerms:
    """The terms with a clean name, held to their bounds.

    Raises:
        BadInput: a part is out of bounds.
    """
    between(terms.points, 1, MOST_POINTS, "input", "points")
    between(terms.price, 0, LARGEST_MINOR, "input", "price")
    between(terms.quota, 1, MOST_STOCK, "input", "quota")
    between(terms.per_person, 1, MOST_PER_LINE, "input", "limitPerMember")
    check_time(terms.starts_at, terms.ends_at, now)
    check_goes_with(terms.goes_with, "input", "goesWith")
    return replace(terms, name=text_within(terms.name, 40, "input", "name"))


def is_open(offer: PointsOffer, at: datetime) -> bool:
    """Whether it can be had: between its two times, until it is ended."""
    return offer.state is ActivityState.PUBLISHED and offer.terms.starts_at <= at < offer.terms.ends_at


def refusals(offer: PointsOffer, taken: int, had: int, wanted: int, *path: str) -> list[Refusal]:
    """Why a member who had so many units cannot have so many more, when so many are taken."""
    if had + wanted > offer.terms.per_person:
        return [OverLimit(offer.terms.per_person, path=path)]
    left = offer.terms.quota - taken
    return [OfferGone(left, path=path)] if wanted > left else []


def units_of(order: Order) -> dict[UUID, int]:
    """The units that an order takes of offers."""
    found: dict[UUID, int] = {}
    for line in order.lines:
        if line.activity_kind == POINTS and line.activity_id is not None:
            found[line.activity_id] = found.get(line.activity_id, 0) + line.quantity
    return found


def fact_of(offer: PointsOffer) -> dict[str, Any]:
    """What the outbox tells of an offer."""
    return {"offer": offer.id.hex, "variant": offer.terms.variant_id.hex, "state": offer.state.value}
