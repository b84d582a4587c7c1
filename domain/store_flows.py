"""Store flows: what of a sale, and of what goes back of it, a store is owed, line by line (product rules 2.9)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from domain.money import WHOLE, apportion
from domain.orders import Order, OrderLine
from domain.records import record
from domain.settlements import Bearer, FlowKind, SettlementMode, SettlementProfile

SALE = "sale"
_COUPON = "COUPON"
"""The stage of a line's price steps in which coupons took something off."""


@record
class Entry:
    """A flow before it is kept: of which line, for what, from where, and how much. Owed by the store: below zero."""

    line_id: UUID
    kind: FlowKind
    source: str
    minor: int


@record
class Commission:
    """What a guide earns on a line, or loses of it."""

    line_id: UUID
    guide: str
    level: int
    minor: int


@record
class Returned:
    """What went back of an order: which units, and how much for goods."""

    source: str
    goods_minor: int
    units: Mapping[UUID, tuple[int, ...]]
    claw_backs: Sequence[Commission] = ()


def commissions_of(facts: Iterable[Mapping[str, Any]]) -> list[Commission]:
    """Commissions, or claw-backs of them, as facts tell of them: those on lines."""
    return [
        Commission(UUID(hex=one["line"]), one["guide"], one["level"], one["amount_minor"])
        for one in facts
        if one["line"] is not None
    ]


def of_sale(order: Order, profile: SettlementProfile, commissions: Sequence[Commission]) -> list[Entry]:
    """What a paid order makes. The ORDER entries of all lines come to what is payable without shipping."""
    return [entry for line in order.lines for entry in _sold(line, profile)] + [
        Entry(one.line_id, FlowKind.COMMISSION, f"{SALE}:{one.guide}:{one.level}", -one.minor)
        for one in commissions
        if one.minor and profile.commission_bearer is Bearer.STORE
    ]


def _sold(line: OrderLine, profile: SettlementProfile) -> Iterator[Entry]:
    paid = line.payable.minor
    yield from _entry(line, FlowKind.ORDER, SALE, paid)
    yield from _entry(line, FlowKind.PLATFORM_FEE, SALE, -_fee(paid, profile))
    if profile.coupon_bearer is Bearer.HQ:
        yield from _entry(line, FlowKind.COUPON_SUBSIDY, SALE, subsidy_of(line))
    if profile.mode is SettlementMode.STORE_COLLECT:
        yield from _entry(line, FlowKind.COLLECTED, SALE, -paid)


def subsidy_of(line: OrderLine) -> int:
    """What coupons took off a line, in fen."""
    return sum(step.amount for step in line.steps if step.stage == _COUPON)


def _fee(paid: int, profile: SettlementProfile) -> int:
    return paid * profile.platform_fee_bp // WHOLE


def _entry(line: OrderLine, kind: FlowKind, source: str, minor: int) -> Iterator[Entry]:
    if minor:
        yield Entry(line.id, kind, source, minor)


def of_return(order: Order, profile: SettlementProfile, before: Sequence[Entry], returned: Returned) -> list[Entry]:
    """What goes back, after what was made `before`.

    Fees and subsidies come back in proportion, by what all returns together come to: after the last one nothing of
    them is left, in whatever order they came and however they were rounded.
    """
    gone = _sums(before, FlowKind.REFUND)
    left = {line.id: line.payable.minor + gone[line.id] for line in order.lines}
    parts = by_line(order, left, returned)
    made = [
        entry
        for line in order.lines
        for entry in _went_back(line, profile, -gone[line.id], parts.get(line.id, 0), returned)
    ]
    charged = {one.line_id for one in before if one.kind is FlowKind.COMMISSION}
    return made + [
        Entry(one.line_id, FlowKind.COMMISSION_CLAWBACK, f"{returned.source}:{one.guide}:{one.level}", one.minor)
        for one in returned.claw_backs
        if one.minor and one.line_id in charged
    ]


def _went_back(
    line: OrderLine, profile: SettlementProfile, gone: int, part: int, returned: Returned
) -> Iterator[Entry]:
    source, paid = returned.source, line.payable.minor
    yield from _entry(line, FlowKind.REFUND, source, -part)
    kept, keeps = paid - gone, paid - gone - part
    yield from _entry(line, FlowKind.PLATFORM_FEE_RETURN, source, _fee(kept, profile) - _fee(keeps, profile))
    if profile.coupon_bearer is Bearer.HQ and (subsidy := subsidy_of(line)):
        units = returned.units.get(line.id, ())
        reversal = (
            subsidy * kept // paid - subsidy * keeps // paid if paid else _of_units(subsidy, units, line.quantity)
        )
        yield from _entry(line, FlowKind.COUPON_SUBSIDY_REVERSAL, source, -reversal)
    if profile.mode is SettlementMode.STORE_COLLECT:
        yield from _entry(line, FlowKind.COLLECTED_RETURN, source, part)


def _of_units(amount: int, units: Sequence[int], quantity: int) -> int:
    """The part of an amount that is for some units, each of which has its own: all of them make the whole."""
    return sum(amount * (unit + 1) // quantity - amount * unit // quantity for unit in units)


def by_line(order: Order, left: Mapping[UUID, int], returned: Returned) -> dict[UUID, int]:
    """How what goes back for goods is shared out among lines, none of which gives more than is left of it.

    It is for the units that go back, as far as they were paid; what is more, or for no units, is for what is left.
    """
    worth = {
        line.id: min(left[line.id], sum(line.unit_paid[unit] for unit in returned.units.get(line.id, ())))
        for line in order.lines
    }
    parts = _shared(min(returned.goods_minor, sum(worth.values())), worth)
    still = {key: minor - parts.get(key, 0) for key, minor in left.items()}
    more = _shared(min(returned.goods_minor - sum(parts.values()), sum(still.values())), still)
    return {key: parts.get(key, 0) + more.get(key, 0) for key in left}


def _shared(minor: int, weights: Mapping[UUID, int]) -> dict[UUID, int]:
    return dict(zip(weights, apportion(minor, list(weights.values())), strict=True)) if minor > 0 else {}


def _sums(entries: Sequence[Entry], kind: FlowKind) -> Mapping[UUID, int]:
    sums: dict[UUID, int] = defaultdict(int)
    for one in entries:
        if one.kind is kind:
            sums[one.line_id] += one.minor
    return sums
