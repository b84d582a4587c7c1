"""Paid memberships (付费会员): plans, how long they run, and what comes back of them (R21, product rules 2.6)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from uuid import UUID

from domain.calendar import months_later
from domain.members import Identity
from domain.money import Money
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between, text_within
from domain.rights import Rights, check_rights

MOST_TRIAL_DAYS = 90
MOST_PRICE = 10_000_000
MOST_CARDS = 1_000


class PlanKind(Enum):
    """For how long a plan runs. TRIAL for days of its own, and once for each person."""

    TRIAL = "TRIAL"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"
    LIFETIME = "LIFETIME"


_MONTHS = {PlanKind.MONTH: 1, PlanKind.QUARTER: 3, PlanKind.YEAR: 12}


class PeriodSource(Enum):
    """How a period of membership came about."""

    BOUGHT = "BOUGHT"
    CARD = "CARD"
    TRIAL = "TRIAL"


@record
class MembershipPlan:
    """What can be bought. `trial_days` is how long a TRIAL runs, 0 for the others."""

    id: UUID
    kind: PlanKind
    name: str
    price: Money
    rights: Rights
    trial_days: int = 0
    on_sale: bool = True


@record
class Period:
    """Some time of membership under one plan. `ends_at` None: for life."""

    id: UUID
    member_id: UUID
    plan_id: UUID
    source: PeriodSource
    starts_at: datetime
    ends_at: datetime | None
    order_id: UUID | None
    refunded_at: datetime | None = None


@record
class Membership:
    """What a member holds now. `expires_at` None: for life."""

    member_id: UUID
    plan: MembershipPlan
    since: datetime
    expires_at: datetime | None


@record
class Until:
    """Until when somebody is a member by all that they bought; one who never was, until now."""

    expires_at: datetime
    for_life: bool = False


@dataclass(eq=False)
class ForLife(Refusal):
    """The membership is for life already; there is nothing more to buy."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class TrialUsed(Refusal):
    """This person had a trial before, perhaps under an account that is gone."""

    code = ErrorCode.LIMIT_PER_MEMBER


@dataclass(eq=False)
class PurchaseOpen(Refusal):
    """Another purchase of a membership waits to be paid or given up."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class RightsUsed(Refusal):
    """Something was ordered with the rights of the membership, so nothing of it comes back."""

    code = ErrorCode.INVALID_STATE


def check_plan(plan: MembershipPlan) -> MembershipPlan:
    """A plan with a clean name, held to its bounds.

    Raises:
        BadInput: something is out of bounds; a trial needs days, and the others have none.
    """
    name = text_within(plan.name, 20, "input", "name")
    between(plan.price.minor, 0, MOST_PRICE, "input", "price", "minor")
    least, most = (1, MOST_TRIAL_DAYS) if plan.kind is PlanKind.TRIAL else (0, 0)
    between(plan.trial_days, least, most, "input", "trialDays")
    rights = check_rights(plan.rights, "input", "rights")
    return MembershipPlan(plan.id, plan.kind, name, plan.price, rights, plan.trial_days, plan.on_sale)


def check_same_time(before: MembershipPlan, after: MembershipPlan) -> None:
    """Hold a plan to how long it runs: orders and cards that wait were for that time.

    Raises:
        BadInput: it would run for another time.
    """
    if (after.kind, after.trial_days) != (before.kind, before.trial_days):
        field = "trialDays" if after.kind is before.kind else "kind"
        raise BadInput("what it was from the beginning", "创建后不可更改", path=("input", field))


def span_of(plan: MembershipPlan, until: Until, at: datetime, time_zone: tzinfo) -> tuple[datetime, datetime | None]:
    """From when to when another period runs: after what is there already, in months of the calendar.

    A year bought on 1 March with ten days left ends on 11 March of the next year.
    """
    start = max(at, until.expires_at)
    if plan.kind is PlanKind.LIFETIME:
        return at, None
    if plan.kind is PlanKind.TRIAL:
        return start, start + timedelta(days=plan.trial_days)
    return start, months_later(start, _MONTHS[plan.kind], time_zone)


def unused(paid: Money, starts_at: datetime, ends_at: datetime | None, at: datetime) -> Money:
    """The share of a price for the time that is left, rounded down to a fen; all of it before it begins or for life."""
    if ends_at is None or at <= starts_at:
        return paid
    whole = (ends_at - starts_at) // timedelta(seconds=1)
    left = max(0, (ends_at - at) // timedelta(seconds=1))
    return Money(paid.minor * left // whole, paid.currency)


_BLOCK = 64
"""The bytes of a block of SHA-256."""


def traces_of(salt: str, member_id: UUID, phone: str | None, identities: Iterable[Identity]) -> list[bytes]:
    """What a person is known again by without being named: a keyed hash of each phone and account (R07).

    They outlive the member's account: whoever comes back by any of them is the same person.
    """
    names = {f"member:{member_id.hex}"}
    if phone is not None:
        names.add(f"phone:{phone}")
    for one in identities:
        names.add(f"{one.provider.value}:{one.app_id}:{one.openid}")
        if one.unionid is not None:
            names.add(f"unionid:{one.unionid}")
    return sorted(hmac.new(salt.encode(), name.encode(), hashlib.sha256).digest() for name in names)


def pads_of(salt: str) -> tuple[bytes, bytes]:
    """The inner and the outer key of that hash (RFC 2104), for who hashes elsewhere."""
    key = salt.encode()
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return bytes(byte ^ 0x36 for byte in block), bytes(byte ^ 0x5C for byte in block)
