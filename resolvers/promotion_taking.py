"""What orders use of promotions that there is only so much of, and what becomes of it in their life."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.newcomers
import db.promotion_editions
import db.promotion_uses
from db.connection import Writing
from db.newcomers import Person
from db.promotion_uses import Locked
from db.writes import Write
from domain.orders import Order
from domain.outages import Contended
from domain.promotions.uses import Counter, PromotionUsedBefore, PromotionUsedUp, Use, uses_of
from domain.refunds import OrderRefund
from domain.refusals import Refusal
from resolvers.context import Context
from resolvers.taking import Draft


class PromotionTaking:
    """The uses of one batch of orders: of all, of each member, of budgets, and the one of whoever is new.

    What nobody can have any more ends the edition of the book, so that the next price is made without it.
    """

    def __init__(self) -> None:
        self._locked: Locked | None = None
        self._uses: list[Use] = []
        self._newcomers: dict[UUID, UUID] = {}
        self._persons: Mapping[UUID, Person] = {}
        self._traces: dict[bytes, UUID] = {}

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        """Lock the promotions that count.

        Raises:
            Contended: one was paused, ended or used up since prices were made with it.
        """
        wanted = [draft.order for draft in drafts if draft.order.promotion_ids]
        if not wanted:
            return False
        ids = {key for order in wanted for key in order.promotion_ids}
        self._locked = await db.promotion_uses.lock(tx, ids, {order.member_id for order in wanted})
        if self._locked is None:
            raise Contended
        new = {order.member_id for order in wanted if self._locked.newcomers.intersection(order.promotion_ids)}
        if new:
            self._persons = await db.newcomers.persons(tx, drafts[0].ctx.services.rules.person_salt, sorted(new))
        return True

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        return list(self._refusals(draft.order, self._locked)) if self._locked else ()

    def _refusals(self, order: Order, locked: Locked) -> Iterator[Refusal]:
        short = _short_of(order, locked)
        for use in uses_of(order):
            key = use.promotion_id
            if key in short:
                yield PromotionUsedUp(key, path=("input", "lines"))
            elif not locked.counters[key].has_for(use.member_id) or (
                key in locked.newcomers and self._was_new(locked, use.member_id)
            ):
                yield PromotionUsedBefore(key, path=("input", "lines"))

    def fall_short(self, draft: Draft) -> None:
        """Nothing but what is left of promotions refuses the order: it ends them, so that the next price is without."""
        if self._locked is not None:
            for counter in _short_of(draft.order, self._locked).values():
                counter.is_short = True

    def _was_new(self, locked: Locked, member_id: UUID) -> bool:
        """Whether the person had such an offer before this batch or in it, under whatever account."""
        person = self._persons[member_id]
        return member_id in locked.had_before or person.is_known or not self._traces.keys().isdisjoint(person.traces)

    def take(self, draft: Draft) -> None:
        """The order has its uses."""
        if self._locked is None:
            return
        uses = uses_of(draft.order)
        for use in uses:
            self._locked.counters[use.promotion_id].take(use)
            if use.promotion_id in self._locked.campaign_of:
                self._locked.campaigns[self._locked.campaign_of[use.promotion_id]].take(use)
            if use.promotion_id in self._locked.newcomers:
                self._newcomers[use.member_id] = draft.order.id
                self._traces |= dict.fromkeys(self._persons[use.member_id].traces, draft.order.id)
        self._uses += uses

    def writes(self) -> Iterable[Write]:
        """What was taken. A member's uses may have changed while the promotions were waited for."""
        locked = self._locked
        if locked is None:
            return ()
        is_used_up = any(one.is_used_up for one in (*locked.counters.values(), *locked.campaigns.values()))
        if not self._uses and not is_used_up:
            return ()
        counted = db.promotion_uses.counted(locked, self._uses, self._newcomers, self._traces)
        return [*counted, db.promotion_editions.turned()] if is_used_up else counted


def _short_of(order: Order, locked: Locked) -> dict[UUID, Counter]:
    """The promotions of which too little is left for an order, each with what is short: its own, or its campaign's."""
    short: dict[UUID, Counter] = {}
    of_campaigns = Counts[UUID]()
    for use in uses_of(order):
        key, whole = use.promotion_id, locked.campaign_of.get(use.promotion_id)
        if not locked.counters[key].has(use):
            short[key] = locked.counters[key]
        elif whole is not None:
            of_campaigns[whole] += use.spent
            if not locked.campaigns[whole].has(replace(use, spent=of_campaigns[whole])):
                short[key] = locked.campaigns[whole]
    return short


async def released(_: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Give back what an order used that was given up unpaid (product rules 2.5)."""
    await _give_back(tx, order)
    return {}


async def shrunk(tx: Writing, before: Order, after: Order) -> None:
    """Give budgets back what an unpaid order with fewer units takes off no more. It keeps its uses."""
    now = {use.promotion_id: use.spent for use in uses_of(after)}
    less = [replace(use, spent=use.spent - now[use.promotion_id]) for use in uses_of(before)]
    changed = [use for use in less if use.spent]
    if changed and await db.promotion_uses.spend_less(tx, changed):
        await db.promotion_editions.turn(tx)


async def refunded(_: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Give back what an order used that is wholly refunded before anything of it was sent."""
    if refund.whole and refund.unshipped:
        await _give_back(tx, order)
    return {}


async def _give_back(tx: Writing, order: Order) -> None:
    uses = uses_of(order)
    if uses and await db.promotion_uses.give_back(tx, uses):
        await db.promotion_editions.turn(tx)
