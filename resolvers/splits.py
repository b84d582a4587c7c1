"""Splits: how departments share what members of a channel buy, entered from what happened (R31; product rules 2.3).

Entries follow the outbox (`resolvers.projections`), each fact once and those of one order in their order, so nobody
who pays or is paid back waits for books that only departments read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

import db.channels
import db.ledger
import db.outbox
import db.splits
from db.connection import Writing
from db.outbox import Fact
from domain import splits as rules
from domain.channels import Channel, Department
from domain.identity import Scope
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound, between
from domain.share_figures import Days
from domain.shares import day_of
from domain.splits import SALE, SplitBy, SplitEntry, SplitRule, SplitShare, SplitSum
from resolvers.channels import channels_by_id, departments_by_id
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.share_projection import REFUNDING
from resolvers.store_days import is_of_goods

MOST_ROWS = 1_000
KINDS = frozenset({"OrderPaid"}) | REFUNDING


async def set_rule(
    ctx: Context, channel_id: UUID, shares: Sequence[SplitShare], period_days: int, effective_from: datetime | None
) -> SplitRule:
    """Let departments share a channel's orders in this way: those that are paid from a time on, or from now on.

    Raises:
        NotFound: there is no such channel or department.
        SharesNotWhole: the shares do not come to 10,000 basis points.
        BadInput: a share, their number or the period is out of bounds, or the time is past.
        SlugTaken: another rule of the channel begins at that instant.
    """
    at = ctx.now()
    if effective_from is not None and effective_from < at:
        raise BadInput("a time to come", "生效时间不能早于现在", path=("input", "effectiveFrom"))
    new = rules.check_rule(SplitRule(ctx.new_id(), channel_id, effective_from or at, period_days, tuple(shares), at))
    async with ctx.database.writing() as tx:
        if await db.channels.lock_channel(tx, new.channel_id) is None:
            raise NotFound(path=("input", "channelId"))
        known = await db.channels.departments_by_id(tx, [one.department_id for one in new.shares])
        for n, one in enumerate(new.shares):
            if one.department_id not in known:
                raise NotFound(path=("input", "shares", str(n), "departmentId"))
        await db.splits.add_rule(tx, new)
        await db.outbox.tell(tx, "SplitRuleSet", "channel", new.channel_id, rules.fact_of(new), at)
    return new


async def rules_of(ctx: Context, found: Sequence[Channel], request: PageRequest) -> list[Page[SplitRule]]:
    """A page of the rules of each channel, in the order in which they were made."""
    return await db.splits.rules_of(ctx.reading, [one.id for one in found], request)


async def rules_seen(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, SplitRule]:
    """Those of the rules that exist for the caller: for staff all, for others none."""
    return await db.splits.rules_by_id(ctx.reading, list(dict.fromkeys(ids))) if ctx.holds(Scope.STAFF) else {}


async def shares_of(ctx: Context, found: Sequence[SplitRule]) -> list[Sequence[SplitShare]]:
    """The shares of each rule."""
    unread = [one.id for one in found if not one.shares]
    read = await db.splits.shares_of(ctx.reading, unread) if unread else {}
    return [one.shares or read[one.id] for one in found]


async def departments_of_ids(ctx: Context, found: Sequence[SplitShare | SplitEntry | SplitSum]) -> list[Department]:
    """The department of each share, entry or sum."""
    known = await departments_by_id(ctx, [one.department_id for one in found])
    return [known[one.department_id] for one in found]


async def channels_of_sums(ctx: Context, found: Sequence[SplitSum]) -> list[Channel | None]:
    """The channel that each sum is about, where it is about one."""
    ids = [one.channel_id for one in found if one.channel_id is not None]
    known = await channels_by_id(ctx, ids) if ids else {}
    return [None if one.channel_id is None else known[one.channel_id] for one in found]


async def entries(ctx: Context, order_id: UUID) -> list[SplitEntry]:
    """What departments gained and lost by an order, in the order in which it was entered."""
    return (await db.splits.of_orders(ctx.reading, [order_id])).get(order_id, [])


async def report(ctx: Context, by: SplitBy, days: Days, of: Mapping[str, UUID], most: int) -> list[SplitSum]:
    """What departments gained and lost on some days.

    Raises:
        BadInput: more than 1,000 rows were asked for.
    """
    return await db.splits.report(ctx.reading, by, days, of, between(most, 1, MOST_ROWS, "first"))


async def _project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Enter what the facts mean: five statements for all of them, one where no channel's member bought."""
    told = [fact for fact in facts if is_of_goods(fact)]
    paid = {fact.aggregate_id: fact.at for fact in told if fact.kind == "OrderPaid"}
    returned = {fact.aggregate_id for fact in told if fact.kind != "OrderPaid"}
    sold = await db.splits.rules_for(tx, paid) if paid else {}
    before = await db.splits.of_orders(tx, sorted(returned)) if returned else {}
    books = {key: _Book(ctx, key, *split) for key, split in sold.items()}
    for key, of_order in before.items():
        books[key] = _Book(ctx, key, of_order[0].rule_id, entries=of_order)
    if not books:
        return
    shares = await db.splits.shares_of(tx, sorted({one.rule_id for one in books.values()}))
    made = [
        entry
        for fact in told
        if (book := books.get(fact.aggregate_id)) is not None
        for entry in book.enter(fact, shares[book.rule_id])
    ]
    if made:
        await db.splits.add(tx, made)
        await db.ledger.post(tx, f"splits:{facts[0].id}", [rules.posting_of(one) for one in made], facts[-1].at)


@dataclass
class _Book:
    """The entries of one order, while some facts are entered."""

    ctx: Context
    order_id: UUID
    rule_id: UUID
    goods: Money | None = None
    """What was paid for goods, where that is entered now."""
    entries: list[SplitEntry] = field(default_factory=list)

    def enter(self, fact: Fact, shares: Sequence[SplitShare]) -> list[SplitEntry]:
        """The entries that a fact makes, after those before it."""
        made = list(self._made(fact, shares))
        self.entries = [*self.entries, *made]
        return made

    def _made(self, fact: Fact, shares: Sequence[SplitShare]) -> Iterator[SplitEntry]:
        if fact.kind == "OrderPaid":
            assert self.goods is not None, "an order is paid once"
            source, changes, currency = SALE, rules.shares_of(self.goods.minor, shares), self.goods.currency
        else:
            source, currency = fact.payload["refund"], self.entries[0].amount.currency
            goods = fact.payload["refunded_minor"] - fact.payload["shipping_minor"]
            changes = rules.returned(self._sums(), goods, shares)
        day = day_of(fact.at, self.ctx.services.rules.time_zone)
        for department_id, minor in changes.items():
            if minor:
                ids = self.ctx.new_id(), self.order_id, self.rule_id, department_id
                yield SplitEntry(*ids, source, Money(minor, currency), day, fact.at)

    def _sums(self) -> dict[UUID, int]:
        sums: dict[UUID, int] = {}
        for one in self.entries:
            sums[one.department_id] = sums.get(one.department_id, 0) + one.amount.minor
        return sums


DEPARTMENT_SPLITS = Projection("department splits", KINDS, _project)
