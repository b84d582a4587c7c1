"""Hook days: what came of each hook on each of the brand's days, projected from what happened, and what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.channels import acquisition, channel
from db.connection import Reading, Row, Writing
from db.hooks import hook, hook_scan
from db.metadata import UUIDS, given_rows, in_columns, metadata, refers_to
from db.order_tables import order
from db.statements import Statement, prepared
from domain.hook_figures import FIGURES, ChannelReportBy, HookDay, HookFigures, ReportOf, ReportRow
from domain.hooks import HookGoal
from domain.money import Money

hook_day = Table(
    "hook_day",
    metadata,
    refers_to("hook", "hook_id"),
    Column("day", Date(), nullable=False),
    *(Column(name, BigInteger(), nullable=False, server_default=text("0")) for name in FIGURES),
    Column("cost_minor", BigInteger(), nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("hook_id", "day"),
    CheckConstraint(" AND ".join(f"{name} >= 0" for name in FIGURES), name="figures_are_not_negative"),
    CheckConstraint("cost_minor >= 0", name="cost_is_not_negative"),
    CheckConstraint("unique_scans <= scans", name="who_scans_counts"),
    Index(None, "day"),
)
# By which hook each paid order came, for good: what goes back of it counts for the same.
hook_order = Table(
    "hook_order",
    metadata,
    refers_to("order", "order_id"),
    refers_to("hook", "hook_id"),
    PrimaryKeyConstraint("order_id"),
    Index(None, "hook_id", "order_id"),
)

_GIVEN = (hook_day.c.hook_id, hook_day.c.day, *(hook_day.c[name] for name in FIGURES))


def _add() -> Statement:
    given = given_rows("given", _GIVEN)
    names = [one.name for one in _GIVEN]
    new = insert(hook_day).from_select(names, select(*given.c).order_by(given.c.hook_id, given.c.day))
    more = {name: hook_day.c[name] + new.excluded[name] for name in FIGURES}
    return prepared(new.on_conflict_do_update(index_elements=["hook_id", "day"], set_=more))


_ADD = _add()


async def add(tx: Writing, days: Sequence[HookDay]) -> None:
    """Add to the figures of hooks, one for each hook and day."""
    if days:
        rows = [
            {"hook_id": one.hook_id, "day": one.day} | {name: getattr(one.figures, name) for name in FIGURES}
            for one in days
        ]
        await tx.execute(_ADD, **in_columns("given", _GIVEN, rows))


def _set_costs() -> Statement:
    days = func.unnest(bindparam("days", type_=ARRAY(Date())), bindparam("minors", type_=ARRAY(BigInteger())))
    given = days.table_valued(column("day", Date()), column("minor", BigInteger())).render_derived(name="given")
    rows = select(bindparam("hook_id", type_=Uuid()), given.c.day, given.c.minor).order_by(given.c.day)
    new = insert(hook_day).from_select(["hook_id", "day", "cost_minor"], rows)
    return prepared(
        new.on_conflict_do_update(index_elements=["hook_id", "day"], set_={"cost_minor": new.excluded.cost_minor})
    )


_SET_COSTS = _set_costs()


async def set_costs(tx: Writing, hook_id: UUID, costs: Mapping[date, int]) -> None:
    """Keep what a hook cost on some days, in fen, whatever was kept before."""
    await tx.execute(_SET_COSTS, hook_id=hook_id, days=list(costs), minors=list(costs.values()))


def _credit() -> Statement:
    """An order is of the hook scanned last in the time before it was placed, else of that which brought the buyer."""
    asked = func.unnest(bindparam("order_ids", type_=UUIDS)).table_valued(column("id", Uuid()), name="asked")
    asked = asked.render_derived()
    window = func.make_interval(0, 0, 0, 0, 0, 0, bindparam("window_s", type_=Integer()))
    last = (
        select(hook_scan.c.hook_id)
        .where(
            hook_scan.c.member_id == order.c.member_id,
            hook_scan.c.first_at <= order.c.placed_at,
            hook_scan.c.last_at > order.c.placed_at - window,
        )
        .order_by(hook_scan.c.last_at.desc())
        .limit(literal_column("1"))
        .correlate(order)
        .lateral("last")
    )
    found = (
        select(order.c.id, func.coalesce(last.c.hook_id, acquisition.c.hook_id).label("hook_id"))
        .select_from(
            asked.join(order, order.c.id == asked.c.id)
            .outerjoin(last, true())
            .outerjoin(acquisition, acquisition.c.member_id == order.c.member_id)
        )
        .subquery("found")
    )
    new = insert(hook_order).from_select(
        ["order_id", "hook_id"], select(found.c.id, found.c.hook_id).where(found.c.hook_id.is_not(None))
    )
    return prepared(new.on_conflict_do_nothing())


_CREDIT = _credit()
_OF_ORDERS = prepared(
    select(hook_order.c.order_id, hook_order.c.hook_id).where(
        hook_order.c.order_id == any_(bindparam("order_ids", type_=UUIDS))
    )
)


async def credit(tx: Writing, order_ids: Sequence[UUID], window_s: int) -> None:
    """Keep by which hook each order came, where one led to it."""
    await tx.execute(_CREDIT, order_ids=list(order_ids), window_s=window_s)


async def hooks_of_orders(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The hook by which each order came, where one led to it."""
    return {row[0]: row[1] for row in await reading.rows(_OF_ORDERS, order_ids=list(order_ids))}


_KEYS: dict[ChannelReportBy, tuple[ColumnElement[Any], ...]] = {
    ChannelReportBy.CHANNEL: (hook.c.channel_id,),
    ChannelReportBy.HOOK: (hook.c.channel_id, hook_day.c.hook_id),
    ChannelReportBy.CAMPAIGN: (hook.c.campaign,),
    ChannelReportBy.CREATIVE: (hook.c.campaign, hook.c.creative),
    ChannelReportBy.DAY: (hook_day.c.day,),
}
_FILTERS: dict[str, ColumnElement[bool]] = {
    "channel_id": hook.c.channel_id == bindparam("channel_id", type_=Uuid()),
    "hook_id": hook.c.id == bindparam("hook_id", type_=Uuid()),
    "kind": channel.c.kind == bindparam("kind", type_=Text()),
    "tool": hook.c.tool == bindparam("tool", type_=Text()),
    "goal": hook.c.goal == bindparam("goal", type_=Text()),
}
_CONVERSIONS = case(
    {
        HookGoal.ORDER.value: hook_day.c.orders,
        HookGoal.FOLLOW.value: hook_day.c.follows,
        HookGoal.REGISTER.value: hook_day.c.registrations,
    },
    value=hook.c.goal,
)


def _sum(what: ColumnElement[Any], name: str) -> ColumnElement[Any]:
    return func.coalesce(func.sum(what), 0).cast(BigInteger()).label(name)


@cache
def _report(by: ChannelReportBy, filters: frozenset[str]) -> Statement:
    """The days first come first; everything else the highest revenue first, then the most scans."""
    keys = _KEYS[by]
    sums = (
        select(
            *keys,
            *(_sum(hook_day.c[name], name) for name in FIGURES),
            _sum(_CONVERSIONS, "conversions"),
            _sum(hook_day.c.cost_minor, "cost_minor"),
        )
        .select_from(
            hook_day.join(hook, hook.c.id == hook_day.c.hook_id).join(channel, channel.c.id == hook.c.channel_id)
        )
        .where(
            hook_day.c.day.between(bindparam("first_day", type_=Date()), bindparam("last_day", type_=Date())),
            *(_FILTERS[one] for one in sorted(filters)),
        )
        .group_by(*keys)
        .subquery("sums")
    )
    best = (sums.c.revenue_minor.desc(), sums.c.scans.desc(), *(sums.c[one.name] for one in keys))
    order_by = [sums.c.day] if by is ChannelReportBy.DAY else best
    return prepared(select(*sums.c).order_by(*order_by).limit(bindparam("most", type_=Integer())))


def _row(row: Row) -> ReportRow:
    get = dict(row)
    return ReportRow(
        HookFigures(*(get[name] for name in FIGURES)),
        get["conversions"],
        Money(get["cost_minor"]),
        get.get("channel_id"),
        get.get("hook_id"),
        get.get("campaign"),
        get.get("creative"),
        get.get("day"),
    )


async def report(reading: Reading, by: ChannelReportBy, of: ReportOf, most: int) -> list[ReportRow]:
    """What came of hooks, put together, in one statement; the best first, days in their order."""
    given = {name: getattr(of, name) for name in _FILTERS if getattr(of, name) is not None}
    values = {name: getattr(one, "value", one) for name, one in given.items()}
    rows = await reading.rows(
        _report(by, frozenset(given)), first_day=of.days.first, last_day=of.days.last, most=most, **values
    )
    return [_row(row) for row in rows]
