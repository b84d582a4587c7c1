"""Commissions: what guides earn from paid orders, and what of it is theirs when (R05, R09, product rules 2.1).

A commission is of one line of an order, for one guide, at one of two levels. It is computed once, when the order is
paid, and then goes its way: PENDING until the goods are received, FROZEN until they can no longer be given back,
AVAILABLE from then on. What goes back takes its share along at the rate of the payment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import Any
from uuid import UUID

from domain.commission_rates import Book, Rate, RateSource, Sold
from domain.guides import KNOWN_TO_ALL, GuideStatus
from domain.ledger import (
    COMMISSION,
    Posting,
    available_commission,
    commission_debt,
    frozen_commission,
    pending_commission,
)
from domain.money import NOTHING, WHOLE, Money, apportion
from domain.orders import LineKind, Order
from domain.price_floors import Channel, PriceFloor, highest, holds
from domain.records import record
from domain.refunds import OrderRefund


class CommissionState(Enum):
    ESTIMATED = "ESTIMATED"
    PENDING = "PENDING"
    FROZEN = "FROZEN"
    AVAILABLE = "AVAILABLE"
    WITHDRAWN = "WITHDRAWN"
    HELD = "HELD"
    CANCELLED = "CANCELLED"
    CLAWED_BACK = "CLAWED_BACK"


RELEASED = frozenset({CommissionState.AVAILABLE, CommissionState.WITHDRAWN})
EARNED = frozenset(CommissionState) - {CommissionState.ESTIMATED}


@record
class CommissionTerms:
    """How the brand pays guides."""

    release_after: timedelta = timedelta(days=7)
    """How long after receipt a commission is frozen; for as long as goods can be given back."""
    most_bp: int = 5_000
    """What all commissions of a line may take of its base together."""
    on_own_purchases: bool = False
    on_add_ons: bool = False
    membership_bp: int = 0
    """What the sale of a membership earns; 0: nothing (R21)."""


@record
class Earner:
    """A guide who may earn from an order: as it stands when the payment is booked."""

    level: int
    guide_id: UUID
    member_id: UUID
    status: GuideStatus
    tier_id: UUID
    tier_bp: int | None
    part_bp: int = WHOLE
    """Its part of what its level earns, where an assist has another."""


@record
class Commission:
    """What one guide earns from one line of an order. Base, rate and amount are as they were when it was paid."""

    id: UUID
    order_id: UUID
    line_id: UUID | None
    """None: of the order as a whole, which has no lines."""
    guide_id: UUID
    level: int
    base: Money
    rate_bp: int | None
    """None: a fixed amount for each unit."""
    rate_source: RateSource
    amount: Money
    is_cut: bool
    """The amount is less than the rate says: it was held to what a line may cost, or is shared."""
    state: CommissionState
    created_at: datetime
    release_at: datetime | None = None
    released_at: datetime | None = None
    refunded: Money = NOTHING
    """What of the base went back."""
    clawed_back: Money = NOTHING

    @property
    def left(self) -> Money:
        """What the guide is entitled to now."""
        return Money(self.amount.minor - self.clawed_back.minor, self.amount.currency)


def earning_lines(
    order: Order,
    terms: CommissionTerms,
    categories: Mapping[UUID, tuple[UUID, ...]],
    floors: Mapping[UUID, Sequence[PriceFloor]],
    at: datetime,
) -> list[Sold]:
    """The lines on which commission is paid: no gifts, and nothing of which a unit was sold below its floor (R26).

    Add-ons are among them where the terms say so. `categories` are by line, the nearest first; `floors` are by variant.
    """
    kinds = {LineKind.GOODS, LineKind.ADD_ON} if terms.on_add_ons else {LineKind.GOODS}
    channel = Channel.SHOP if order.live_room_id is None else Channel.LIVE
    sold = []
    for line in order.lines:
        least = highest(one for one in floors.get(line.variant_id, ()) if holds(one, channel, at)) or 0
        if line.kind in kinds and line.payable.minor and min(line.unit_paid, default=0) >= least:
            of = categories.get(line.id, ())
            sold.append(Sold(line.id, line.variant_id, line.product_id, of, line.payable, line.quantity))
    return sold


def earned(
    order: Order,
    lines: Sequence[Sold],
    earners: Sequence[Earner],
    book: Book,
    terms: CommissionTerms,
    new_id: Callable[[], UUID],
    at: datetime,
) -> list[Commission]:
    """What a paid order earns its guides, line by line, rounded down to whole fen.

    Nothing on an own purchase unless the brand says so (R09), nor for one who is not a guide any more; what a frozen
    guide earns is held. All commissions of a line are held to `terms.most_bp` of its base, the second level first.
    """
    able = [
        one
        for one in sorted(earners, key=lambda one: one.level)
        if one.status in KNOWN_TO_ALL and (terms.on_own_purchases or one.member_id != order.member_id)
    ]
    return [
        Commission(
            new_id(),
            order.id,
            line.line_id,
            earner.guide_id,
            earner.level,
            line.base,
            rate.rate_bp,
            rate.source,
            Money(amount, line.base.currency),
            is_cut,
            CommissionState.PENDING if earner.status is GuideStatus.ACTIVE else CommissionState.HELD,
            at,
        )
        for line in lines
        for earner, rate, amount, is_cut in _amounts(line, able, book, terms)
    ]


def _amounts(
    line: Sold, earners: Sequence[Earner], book: Book, terms: CommissionTerms
) -> Iterator[tuple[Earner, Rate, int, bool]]:
    """Who earns how much from a line, in fen, by which rate, and whether that is less than the rate says."""
    most = line.base.portion(terms.most_bp).minor
    for earner in earners:
        rate = book.rate_of(line, earner.level, earner.tier_id, earner.tier_bp)
        if rate is None:
            continue
        full = rate.amount_of(line.base.minor, line.quantity)
        amount = min(full * earner.part_bp // WHOLE, most)
        most -= amount
        if amount:
            yield earner, rate, amount, amount != full


def shared(
    commissions: Sequence[Commission], parts: Mapping[UUID, int], held: frozenset[UUID], new_id: Callable[[], UUID]
) -> list[Commission]:
    """The commissions with those who assisted: each gets its part of the first level, in basis points by guide.

    Parts are rounded down; what is left is the credited guide's, so that all of it is given. `held` are guides who are
    frozen.
    """
    found = []
    for one in commissions:
        left = one.amount.minor
        for guide_id, part_bp in parts.items() if one.level == 1 else ():
            part = one.amount.portion(part_bp)
            if part.minor:
                left -= part.minor
                state = CommissionState.HELD if guide_id in held else CommissionState.PENDING
                found.append(replace(one, id=new_id(), guide_id=guide_id, amount=part, is_cut=True, state=state))
        if left:
            found.append(replace(one, amount=Money(left), is_cut=one.is_cut or left != one.amount.minor))
    return found


def of_membership(order: Order, terms: CommissionTerms) -> tuple[list[Sold], Book]:
    """The sale of a membership as something sold: it has no line, and a rate of its own."""
    sold = [Sold(None, None, None, (), order.total, 1)] if terms.membership_bp else []
    return sold, Book(fallback=Rate(RateSource.MEMBERSHIP, terms.membership_bp))


def received(commission: Commission, at: datetime, terms: CommissionTerms) -> Commission:
    """The goods have arrived: from now on the time runs in which they can be given back."""
    state = CommissionState.FROZEN if commission.state is CommissionState.PENDING else commission.state
    return replace(commission, state=state, release_at=at + terms.release_after)


def entitled(commission: Commission, left: int) -> int:
    """What so much of the base that did not go back earns, at the rate of the payment (product rules 2.1.4).

    It depends on all that is left alone, so that parts taken back in any order sum to the whole.
    """
    if commission.rate_bp is None or commission.is_cut:
        return commission.amount.minor * left // commission.base.minor
    return left * commission.rate_bp // WHOLE


def returned(order: Order, refund: OrderRefund, gone: Mapping[UUID | None, int]) -> dict[UUID | None, int]:
    """What of a refund is for each line, in fen, without shipping; None is the order as a whole.

    An amount that is for no units is for all lines, in proportion to what was paid for them and did not go back
    before: `gone`, as far as it is known.
    """
    goods = refund.goods().minor
    worths = [
        sum(line.unit_paid[unit] for unit in refund.units.get(line.id, ()))
        if refund.units
        else max(line.payable.minor - gone.get(line.id, 0), 0)
        for line in order.lines
    ]
    if sum(worths) == 0:
        return {None: goods}
    parts = worths if refund.units and goods >= sum(worths) else apportion(goods, worths)
    return {None: goods, **{line.id: part for line, part in zip(order.lines, parts, strict=True)}}


def claw_back(commission: Commission, went_back: int) -> tuple[Commission, Money]:
    """The commission after so much more of its base went back, and what the guide loses by it."""
    currency = commission.base.currency
    gone = min(commission.refunded.minor + went_back, commission.base.minor)
    clawed_back = commission.amount.minor - entitled(commission, commission.base.minor - gone)
    lost = Money(clawed_back - commission.clawed_back.minor, currency)
    state = commission.state
    if gone == commission.base.minor:
        was_released = commission.released_at is not None
        state = CommissionState.CLAWED_BACK if was_released else CommissionState.CANCELLED
    return replace(commission, refunded=Money(gone), clawed_back=Money(clawed_back, currency), state=state), lost


def account_of(commission: Commission) -> str:
    """Where the amount of a commission that is not released stands."""
    make = pending_commission if commission.release_at is None else frozen_commission
    return make(commission.guide_id)


@dataclass(slots=True)
class Wallet:
    """What a guide can take out, and what it owes: never both (product rules 2.1.4)."""

    guide_id: UUID
    available: int
    debt: int
    """Zero or less."""

    def take(self, amount: int, destination: str) -> list[Posting]:
        """Take an amount back: what is there, and the rest as a debt."""
        there = min(amount, self.available)
        self.available -= there
        self.debt -= amount - there
        parts = ((available_commission(self.guide_id), there), (commission_debt(self.guide_id), amount - there))
        return [Posting(account, destination, Money(part)) for account, part in parts if part]

    def give(self, amount: int, source: str) -> list[Posting]:
        """Make an amount available; a debt is repaid first."""
        owed = min(amount, -self.debt)
        self.debt += owed
        self.available += amount - owed
        parts = ((commission_debt(self.guide_id), owed), (available_commission(self.guide_id), amount - owed))
        return [Posting(source, account, Money(part)) for account, part in parts if part]


def postings_of_earned(commissions: Sequence[Commission]) -> list[Posting]:
    """What the brand owes its guides by an order that was paid."""
    return [
        Posting(COMMISSION, account(guide_id), Money(minor))
        for account, sums in (
            (pending_commission, _sums(one for one in commissions if one.release_at is None)),
            (frozen_commission, _sums(one for one in commissions if one.release_at is not None)),
        )
        for guide_id, minor in sums.items()
    ]


def postings_of_received(commissions: Sequence[Commission]) -> list[Posting]:
    """What waits from now on for its release."""
    return [
        Posting(pending_commission(guide_id), frozen_commission(guide_id), Money(minor))
        for guide_id, minor in _sums(commissions).items()
    ]


def postings_of_lost(lost: Sequence[tuple[Commission, Money]], wallets: Mapping[UUID, Wallet]) -> list[Posting]:
    """What guides lose of commissions as they were before; what was released is taken from their wallets."""
    postings = []
    for before, amount in lost:
        if before.state in RELEASED:
            postings += wallets[before.guide_id].take(amount.minor, COMMISSION)
        elif amount.minor:
            postings.append(Posting(account_of(before), COMMISSION, amount))
    return postings


def postings_of_released(commissions: Sequence[Commission], wallets: Mapping[UUID, Wallet]) -> list[Posting]:
    """What becomes available, one sum for each guide."""
    return [
        posting
        for guide_id, minor in _sums(commissions).items()
        for posting in wallets[guide_id].give(minor, frozen_commission(guide_id))
    ]


def _sums(commissions: Sequence[Commission] | Iterator[Commission]) -> dict[UUID, int]:
    """What is left of commissions, by guide."""
    sums: dict[UUID, int] = {}
    for one in commissions:
        if one.left.minor:
            sums[one.guide_id] = sums.get(one.guide_id, 0) + one.left.minor
    return dict(sorted(sums.items()))


def fact_of(commissions: Sequence[Commission]) -> dict[str, Any]:
    """What the outbox tells of commissions that were earned."""
    return {"commissions": [_fact(one, one.amount) for one in commissions]} if commissions else {}


def facts_of_lost(lost: Sequence[tuple[Commission, Money]]) -> list[dict[str, Any]]:
    """What the outbox tells of commissions that were taken back."""
    return [_fact(one, amount) for one, amount in lost]


def _fact(commission: Commission, amount: Money) -> dict[str, Any]:
    return {
        "commission": commission.id.hex,
        "line": commission.line_id.hex if commission.line_id else None,
        "guide": commission.guide_id.hex,
        "level": commission.level,
        "amount_minor": amount.minor,
    }
