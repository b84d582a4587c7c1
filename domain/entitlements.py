"""Service entitlements (服务权益): what may be had for goods that were bought, such as a longer warranty (R23)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, tzinfo
from enum import Enum
from uuid import UUID

from domain.calendar import months_later
from domain.orders import Order
from domain.records import record
from domain.refusals import BadInput, between

MOST_MONTHS = 240


class EntitlementKind(Enum):
    """What the member may have done."""

    EXTENDED_WARRANTY = "EXTENDED_WARRANTY"
    FREE_SERVICE = "FREE_SERVICE"


@record
class EntitlementTerms:
    """What a variant brings with it: the months that everybody gets, and those that we add for our own members."""

    variant_id: UUID
    kind: EntitlementKind
    base_months: int
    extension_months: int


@record
class ServiceEntitlement:
    """So many units of a line are entitled to a service until it ends. It follows refunds: no units, no entitlement."""

    id: UUID
    order_id: UUID
    line_id: UUID
    member_id: UUID
    variant_id: UUID
    kind: EntitlementKind
    units: int
    starts_at: datetime
    ends_at: datetime


def check_terms(terms: EntitlementTerms) -> EntitlementTerms:
    """Hold terms to their bounds.

    Raises:
        BadInput: a number is out of bounds, or there is no time at all.
    """
    between(terms.base_months, 0, MOST_MONTHS, "input", "baseMonths")
    between(terms.extension_months, 0, MOST_MONTHS, "input", "extensionMonths")
    if terms.base_months + terms.extension_months == 0:
        raise BadInput("a month at least", "至少一个月", path=("input", "baseMonths"))
    return terms


def end_of(terms: EntitlementTerms, delivered_at: datetime, right_months: int, time_zone: tzinfo) -> datetime:
    """When an entitlement ends: delivery, the base, the extension, and what the member's rights add to a warranty."""
    added = right_months if terms.kind is EntitlementKind.EXTENDED_WARRANTY else 0
    return months_later(delivered_at, terms.base_months + terms.extension_months + added, time_zone)


def units_left(order: Order, gone: Mapping[UUID, Sequence[int]]) -> dict[UUID, int]:
    """How many units of each line the buyer keeps; lines of which nothing is left are not there."""
    left = {line.id: line.quantity - len(gone.get(line.id, ())) for line in order.lines}
    return {line_id: units for line_id, units in left.items() if units}
