"""Share days: what came of each share on each of the brand's days, projected from what happened."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    column,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing, by_key
from db.members import member
from db.metadata import UUIDS, given_rows, in_columns, metadata, one_of, refers_to
from db.shares import share, share_visit
from db.statements import Statement, prepared
from domain.share_figures import (
    FIGURES,
    Days,
    Generation,
    PerformanceOf,
    ShareDay,
    ShareFigures,
    SharePerformance,
    SharePerformanceBy,
    Trace,
)
from domain.shares import ShareChannel, TargetKind

MOST_TRACED = 5_000
"""So many shares below one are added up."""
MOST_GENERATIONS = 50

# Whose share it is, of what and where, stands beside the figures: what is asked of a period is one range of one index.
share_day = Table(
    "share_day",
    metadata,
    refers_to("share", "share_id"),
    Column("day", Date(), nullable=False),
    refers_to("member", "sharer_member_id"),
    refers_to("guide", "guide_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    *one_of("target_kind", TargetKind),
    Column("target_id", Uuid(), nullable=False),
    *one_of("channel", ShareChannel),
    *(Column(name, BigInteger(), nullable=False, server_default=text("0")) for name in FIGURES),
    PrimaryKeyConstraint("share_id", "day"),
    CheckConstraint(" AND ".join(f"{name} >= 0" for name in FIGURES), name="figures_are_not_negative"),
    CheckConstraint("unique_visits <= views", name="who_visits_views"),
    Index(None, "sharer_member_id", "day"),
    Index("ix_share_day_guide_id_day", "guide_id", "day", postgresql_where=text("guide_id IS NOT NULL")),
    Index("ix_share_day_store_id_day", "store_id", "day", postgresql_where=text("store_id IS NOT NULL")),
    Index(None, "target_id", "day"),
    Index(None, "channel", "day"),
    Index(None, "day"),
)

_SUMS = tuple(func.coalesce(func.sum(share_day.c[name]), 0).cast(BigInteger()).label(name) for name in FIGURES)
_GIVEN = (share_day.c.share_id, share_day.c.day, *(share_day.c[name] for name in FIGURES))


def _add() -> Statement:
    given = given_rows("given", _GIVEN)
    whose = (share.c.sharer_member_id, share.c.guide_id, share.c.store_id, share.c.target_kind, share.c.target_id)
    rows = select(*given.c, *whose, share.c.channel).join(share, share.c.id == given.c.share_id)
    names = [*(one.name for one in _GIVEN), *(one.name for one in whose), "channel"]
    new = insert(share_day).from_select(names, rows.order_by(given.c.share_id, given.c.day))
    more = {name: share_day.c[name] + new.excluded[name] for name in FIGURES}
    return prepared(new.on_conflict_do_update(index_elements=["share_id", "day"], set_=more))


_ADD = _add()


async def add(tx: Writing, days: Sequence[ShareDay]) -> None:
    """Add to the figures of shares, one for each share and day."""
    if days:
        rows = [
            {"share_id": one.share_id, "day": one.day} | {name: getattr(one.figures, name) for name in FIGURES}
            for one in days
        ]
        await tx.execute(_ADD, **in_columns("given", _GIVEN, rows))


def _cart() -> Statement:
    """Mark the share that each member opened last before putting something into a cart; each opening counts once."""
    given = (
        func.unnest(bindparam("members", type_=UUIDS), bindparam("times", type_=ARRAY(DateTime(timezone=True))))
        .table_valued(column("member_id", Uuid()), column("at", DateTime(timezone=True)))
        .render_derived(name="given")
    )
    seconds = bindparam("window_s", type_=Integer())
    last = (
        select(share_visit.c.share_id, share_visit.c.visitor_key, share_visit.c.day)
        .where(
            share_visit.c.member_id == given.c.member_id,
            share_visit.c.first_at <= given.c.at,
            share_visit.c.last_at > given.c.at - func.make_interval(0, 0, 0, 0, 0, 0, seconds),
        )
        .order_by(share_visit.c.last_at.desc())
        .limit(literal_column("1"))
        .correlate(given)
        .lateral("last")
    )
    touched = (
        select(last.c.share_id, last.c.visitor_key, last.c.day, func.min(given.c.at).label("at"))
        .select_from(given.join(last, true()))
        .group_by(last.c.share_id, last.c.visitor_key, last.c.day)
        .cte("touched")
    )
    one = share_visit.c
    return prepared(
        update(share_visit)
        .values(carted_at=touched.c.at)
        .where(
            one.share_id == touched.c.share_id,
            one.visitor_key == touched.c.visitor_key,
            one.day == touched.c.day,
            one.carted_at.is_(None),
        )
        .returning(one.share_id, one.carted_at)
    )


_CART = _cart()


async def mark_carts(
    tx: Writing, filled: Sequence[tuple[UUID, datetime]], window_s: int
) -> list[tuple[UUID, datetime]]:
    """The shares that led members to fill their carts: of each member the last that was opened in the time before.

    One person's opening on one day leads to one cart, however often something is put in.
    """
    rows = await tx.rows(_CART, members=[one for one, _ in filled], times=[at for _, at in filled], window_s=window_s)
    return [(row[0], row[1]) for row in rows]


def _figures(row: Row) -> ShareFigures:
    return ShareFigures(*(row[name] for name in FIGURES))


_FIRST, _LAST = bindparam("first_day", type_=Date()), bindparam("last_day", type_=Date())
_IN_DAYS = share_day.c.day.between(_FIRST, _LAST)
_OF_SHARES = prepared(
    select(share_day.c.share_id, *_SUMS)
    .where(share_day.c.share_id == any_(bindparam("ids", type_=UUIDS)), _IN_DAYS)
    .group_by(share_day.c.share_id)
)


async def figures_of(reading: Reading, share_ids: Sequence[UUID], days: Days) -> dict[UUID, ShareFigures]:
    """What came of each share in these days; nothing of those that have no row."""
    rows = await reading.rows(_OF_SHARES, ids=list(share_ids), first_day=days.first, last_day=days.last)
    return {row["share_id"]: _figures(row) for row in rows}


_KEYS: dict[SharePerformanceBy, tuple[Column[Any], ...]] = {
    SharePerformanceBy.DAY: (share_day.c.day,),
    SharePerformanceBy.SHARE: tuple(
        share_day.c[name] for name in ("share_id", "sharer_member_id", "target_kind", "target_id", "channel")
    ),
    SharePerformanceBy.SHARER: (share_day.c.sharer_member_id,),
    SharePerformanceBy.TARGET: (share_day.c.target_kind, share_day.c.target_id),
    SharePerformanceBy.CHANNEL: (share_day.c.channel,),
}
_FILTERS: dict[str, ColumnElement[bool]] = {
    "sharer_id": share_day.c.sharer_member_id == bindparam("sharer_id", type_=Uuid()),
    "guide_id": share_day.c.guide_id == bindparam("guide_id", type_=Uuid()),
    "target_id": share_day.c.target_id == bindparam("target_id", type_=Uuid()),
    "channel": share_day.c.channel == bindparam("channel", type_=Text()),
    "store_ids": share_day.c.store_id == any_(bindparam("store_ids", type_=UUIDS)),
}


@cache
def _performance(by: SharePerformanceBy, filters: frozenset[str]) -> Statement:
    """The days first come first; everything else the highest revenue first, then the most views."""
    keys = _KEYS[by]
    # Of one sharer all shares are of one guide, but for who became one, or works elsewhere by now: the latest is told.
    guide_id = func.max(cast(share_day.c.guide_id, Text())).label("guide_id")
    sums = (
        select(*keys, *([guide_id] if share_day.c.sharer_member_id in keys else []), *_SUMS)
        .where(_IN_DAYS, *(_FILTERS[one] for one in sorted(filters)))
        .group_by(*keys)
        .subquery("sums")
    )
    asked: Select[Any] = select(*sums.c)
    if "sharer_member_id" in sums.c:
        asked = select(*sums.c, member.c.nickname).join(member, member.c.id == sums.c.sharer_member_id)
    best = (sums.c.revenue_minor.desc(), sums.c.views.desc(), *(sums.c[one.name] for one in keys))
    return prepared(asked.order_by(*([sums.c.day] if by is SharePerformanceBy.DAY else best)).limit(bindparam("most")))


async def performance(reading: Reading, by: SharePerformanceBy, of: PerformanceOf, most: int) -> list[SharePerformance]:
    """What came of shares, put together; the best first, days in their order."""
    given = {name: getattr(of, name) for name in _FILTERS if getattr(of, name) is not None}
    statement = _performance(by, frozenset(given))
    if of.channel is not None:
        given["channel"] = of.channel.value
    rows = await reading.rows(statement, first_day=of.days.first, last_day=of.days.last, most=most, **given)
    return [_of_row(dict(row)) for row in rows]


def _of_row(row: dict[str, Any]) -> SharePerformance:
    kind, channel, guide_id = row.get("target_kind"), row.get("channel"), row.get("guide_id")
    return SharePerformance(
        _figures(row),
        row.get("day"),
        row.get("share_id"),
        row.get("sharer_member_id"),
        row.get("nickname"),
        None if guide_id is None else UUID(guide_id),
        None if kind is None else TargetKind(kind),
        row.get("target_id"),
        None if channel is None else ShareChannel(channel),
    )


def _traces() -> Statement:
    """All that hangs below some shares, generation by generation, with what came of it."""
    root = func.unnest(bindparam("ids", type_=UUIDS)).table_valued(column("id", Uuid()), name="root").render_derived()
    below = select(root.c.id.label("root"), root.c.id, literal_column("0").label("depth")).cte("below", recursive=True)
    forwards = (
        select(below.c.root, share.c.id, below.c.depth + 1)
        .join(share, share.c.parent_id == below.c.id)
        .where(below.c.depth < MOST_GENERATIONS)
    )
    below = below.union_all(forwards)
    looked_at = select(*below.c).limit(bindparam("most", type_=Integer())).subquery("looked_at")
    sums = tuple(func.sum(share_day.c[name]).label(name) for name in FIGURES)
    own = select(*sums).where(share_day.c.share_id == looked_at.c.id).lateral("own")
    totals = (func.coalesce(func.sum(own.c[name]), 0).cast(BigInteger()).label(name) for name in FIGURES)
    return prepared(
        select(
            looked_at.c.root,
            looked_at.c.depth,
            func.count().label("shares"),
            func.count(share.c.sharer_member_id.distinct()).label("sharers"),
            *totals,
        )
        .select_from(looked_at.join(share, share.c.id == looked_at.c.id).join(own, true()))
        .group_by(looked_at.c.root, looked_at.c.depth)
        .order_by(looked_at.c.root, looked_at.c.depth)
    )


_TRACES = _traces()


async def traces_of(reading: Reading, share_ids: Sequence[UUID]) -> dict[UUID, Trace]:
    """Each share with all that was forwarded of it: at most 5,000 shares for all of them together."""
    rows = await reading.rows(_TRACES, ids=list(share_ids), most=MOST_TRACED)
    exact = sum(row["shares"] for row in rows) < MOST_TRACED and all(row["depth"] < MOST_GENERATIONS for row in rows)
    found = by_key(rows, "root", lambda row: Generation(row["depth"], row["shares"], row["sharers"], _figures(row)))
    return {root: Trace(generations, exact) for root, generations in found.items()}
