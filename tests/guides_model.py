"""What guides are owed, worked out anew from what happened, for the product to be held to.

It knows the rules (product rules 2.1) and nothing of how they are carried out: no rows, no postings. Amounts in fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

SECOND_BP, MOST_BP = 200, 900
"""What the second level earns, and what all that a line earns is held to: less than the two of a high tier."""
FREEZE = timedelta(days=7)
BOUNTY, BOUNTIES_A_DAY, BOUNTY_FREEZE = 5_00, 2, timedelta(days=3)
ACTIVE, FROZEN, LEFT = "ACTIVE", "FROZEN", "LEFT"
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(eq=False)
class Guide:
    """A guide. `wallet` is what it can take out, or, below zero, what it owes."""

    id: UUID
    member_id: UUID
    inviter: Guide | None
    bp: int
    status: str = ACTIVE
    wallet: int = 0
    withdrawing: int = 0
    taken: int = 0


@dataclass(eq=False)
class Hold:
    """Whose customer a member is. `moved`: somebody of the brand gave the member to another."""

    guide: Guide | None
    is_over: bool
    moved: bool = False


@dataclass(eq=False)
class Earned:
    """What a line earns a guide. `gone` is what went back of its base."""

    guide: Guide
    line_id: UUID
    level: int
    base: int
    bp: int
    amount: int
    is_held: bool
    due: datetime | None = None
    is_released: bool = False
    gone: int = 0

    @property
    def left(self) -> int:
        left = self.base - self.gone
        is_cut = self.amount != self.base * self.bp // 10_000
        return self.amount * left // self.base if is_cut else left * self.bp // 10_000


@dataclass(eq=False)
class Bounty:
    guide: Guide
    order: Order | None
    due: datetime
    is_held: bool
    is_released: bool = False
    is_over: bool = False


@dataclass(eq=False)
class Order:
    """An order: what was paid for each line."""

    id: UUID
    buyer: UUID
    lines: Mapping[UUID, int]
    code: Guide | None
    hold: Hold | None
    guide: Guide | None = None
    paid_at: datetime | None = None
    received_at: datetime | None = None
    went_back: int = 0
    open_after_sales: int = 0
    earned: list[Earned] = field(default_factory=list)

    @property
    def total(self) -> int:
        return sum(self.lines.values())

    def released_to(self) -> list[Guide]:
        """Whose own already is what it earned them."""
        return [one.guide for one in self.earned if one.is_released]


def able(guide: Guide | None, buyer: UUID) -> bool:
    """Whether a guide can be credited with what somebody buys."""
    return guide is not None and guide.status != LEFT and guide.member_id != buyer


@dataclass
class Model:
    """All guides, their orders and their bounties."""

    guides: dict[UUID, Guide] = field(default_factory=dict)
    orders: list[Order] = field(default_factory=list)
    bounties: list[Bounty] = field(default_factory=list)
    news: list[tuple[str, datetime, Order | tuple[UUID, Guide]]] = field(default_factory=list)
    """What happened that bounties have not followed yet."""
    rewarded: set[tuple[str, UUID]] = field(default_factory=set)
    days: dict[tuple[str, UUID, date], int] = field(default_factory=dict)

    def place(self, order: Order) -> Guide | None:
        """Whose an order is: the code's guide goes before the member's own."""
        found = [order.code if able(order.code, order.buyer) else None]
        if order.hold and not order.hold.is_over and able(order.hold.guide, order.buyer):
            found.append(order.hold.guide)
        order.guide = next((one for one in found if one), None)
        self.orders.append(order)
        return order.guide

    def pay(self, order: Order, now: Hold | None, at: datetime) -> None:
        """The order is its guide's from now on, unless that has left or the brand has given the member away."""
        order.paid_at, order.guide = at, self._confirmed(order, now)
        self.news.append(("PAID", at, order))
        if order.guide is None:
            return
        earners = [(1, order.guide, order.guide.bp)]
        if able(order.guide.inviter, order.buyer) and order.guide.inviter:
            earners.append((2, order.guide.inviter, SECOND_BP))
        for line_id, base in order.lines.items():
            most = base * MOST_BP // 10_000
            for level, guide, bp in earners:
                amount = min(base * bp // 10_000, most)
                most -= amount
                if amount:
                    order.earned.append(Earned(guide, line_id, level, base, bp, amount, guide.status == FROZEN))

    def _confirmed(self, order: Order, now: Hold | None) -> Guide | None:
        hold, moved = order.hold, bool(order.hold and order.hold.moved and now)
        by_code = order.code is not None and (order.guide is order.code or order.guide is None)
        has_left = order.guide is not None and order.guide.status == LEFT
        if not has_left and (by_code or not moved):
            return order.guide
        held = now if moved else hold
        return held.guide if held and not held.is_over and able(held.guide, order.buyer) else None

    def receive(self, order: Order, at: datetime) -> None:
        order.received_at = at
        for one in order.earned:
            one.due = at + FREEZE

    def give_back(self, order: Order, amount: int, parts: Mapping[UUID, int], at: datetime) -> None:
        """So much went back, of which lines so much."""
        order.went_back += amount
        for one in order.earned:
            before = one.left
            gone = one.gone + parts.get(one.line_id, 0)
            one.gone = one.base if order.went_back == order.total else min(one.base, gone)
            if one.is_released:
                one.guide.wallet -= before - one.left
        self.news.append(("BACK", at, order))

    def release(self, at: datetime) -> None:
        """What is due is its guide's own, or held where the guide is not active."""
        for order in self.orders:
            for one in order.earned:
                if is_due(one, at) and not order.open_after_sales and one.gone < one.base:
                    _release(one, one.left)
        for bounty in self.bounties:
            if is_due(bounty, at) and not bounty.is_over:
                _release(bounty, BOUNTY)

    def release_held(self, guide: Guide, at: datetime) -> int:
        """What was held of one who left; how many commissions."""
        ready = [
            one
            for order in self.orders
            for one in order.earned
            if one.guide is guide and one.is_held and not order.open_after_sales and one.gone < one.base
        ]
        ready = [one for one in ready if not one.is_released and one.due and one.due <= at]
        for one in ready:
            one.is_held, one.is_released = False, True
            guide.wallet += one.left
        return len(ready)

    def unfreeze(self, guide: Guide) -> None:
        guide.status = ACTIVE
        held: Iterable[Earned | Bounty] = (*self.earned_by(guide), *self.bounties)
        for one in held:
            if one.guide is guide:
                one.is_held = False

    def earned_by(self, guide: Guide) -> Iterator[Earned]:
        return (one for order in self.orders for one in order.earned if one.guide is guide)

    def follow(self) -> None:
        """Bounties come up with what happened: for each first order, and each who registered, so many a day."""
        for kind, at, about in sorted((one for one in self.news if one[0] != "BACK"), key=lambda one: one[1]):
            if isinstance(about, Order):
                if about.guide and self._is_first(about):
                    self._reward(kind, about.buyer, about.guide, about, at)
            else:
                self._reward(kind, *about, None, at)
        back = {id(about) for kind, _, about in self.news if kind == "BACK"}
        for bounty in self.bounties:
            gone = bounty.order is not None and bounty.order.went_back == bounty.order.total
            if gone and id(bounty.order) in back and not bounty.is_over:
                bounty.is_over = True
                bounty.guide.wallet -= BOUNTY if bounty.is_released else 0
        self.news.clear()

    def _is_first(self, order: Order) -> bool:
        assert order.paid_at is not None
        return not any(
            one.buyer == order.buyer and one.paid_at and one.paid_at < order.paid_at and one.went_back < one.total
            for one in self.orders
        )

    def _reward(self, kind: str, member_id: UUID, guide: Guide, order: Order | None, at: datetime) -> None:
        place = (kind, guide.id, at.astimezone(SHANGHAI).date())
        if (kind, member_id) in self.rewarded or guide.status == LEFT or self.days.get(place, 0) == BOUNTIES_A_DAY:
            return
        self.rewarded.add((kind, member_id))
        self.days[place] = self.days.get(place, 0) + 1
        self.bounties.append(Bounty(guide, order, at + BOUNTY_FREEZE, guide.status == FROZEN))

    def owed(self, guide: Guide) -> tuple[int, ...]:
        """What is pending, frozen, available, owed by the guide, being withdrawn, and paid."""
        waiting = [one for one in self.earned_by(guide) if not one.is_released]
        frozen = sum(one.left for one in waiting if one.due)
        frozen += BOUNTY * sum(not one.is_over and not one.is_released for one in self.bounties if one.guide is guide)
        pending = sum(one.left for one in waiting if not one.due)
        return pending, frozen, max(guide.wallet, 0), min(guide.wallet, 0), guide.withdrawing, guide.taken


def is_due(one: Earned | Bounty, at: datetime) -> bool:
    return not one.is_released and not one.is_held and one.due is not None and one.due <= at


def _release(one: Earned | Bounty, amount: int) -> None:
    if one.guide.status == ACTIVE:
        one.is_released = True
        one.guide.wallet += amount
    else:
        one.is_held = True
