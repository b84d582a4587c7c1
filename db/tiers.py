"""Tiers: what it takes to reach and to keep each, what guides did, and the log of who rose and fell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Index,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.attributions import attribution
from db.commissions import commission
from db.connection import Reading, Row, Writing, by_key
from db.guides import guide, guide_tier
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order
from db.statements import Statement, prepared
from domain.guides import GuideTier
from domain.refusals import BadInput
from domain.tiers import (
    Climber,
    Conditions,
    Figures,
    Rung,
    TierChange,
    TierChangeReason,
    TierMetric,
    TierWindow,
)

guide_tier_change = Table(
    "guide_tier_change",
    metadata,
    key(),
    refers_to("guide", "guide_id"),
    refers_to("guide_tier", "from_tier_id"),
    refers_to("guide_tier", "to_tier_id"),
    *one_of("reason", TierChangeReason),
    refers_to("member", "actor_id", optional=True),
    words("note"),
    moment("at"),
    Index(None, "guide_id", "id"),
)

_RUNGS = (
    guide_tier.c.id,
    guide_tier.c.rank,
    guide_tier.c.name,
    guide_tier.c.rate_bp,
    guide_tier.c.upgrade,
    guide_tier.c.keep,
    guide_tier.c.version,
)
_LADDER = prepared(select(*_RUNGS).order_by(guide_tier.c.rank))
_LOCK_LADDER = prepared(select(*_RUNGS).order_by(guide_tier.c.rank).with_for_update())


def _conditions(kept: Any) -> Conditions | None:
    return None if kept is None else msgspec.convert(kept, Conditions)


def _rung(row: Row) -> Rung:
    *tier, upgrade, keep, version = row
    return Rung(GuideTier(*tier), _conditions(upgrade), _conditions(keep), version)


async def ladder(reading: Reading) -> list[Rung]:
    """All tiers with what they take, the lowest first."""
    return [_rung(row) for row in await reading.rows(_LADDER)]


async def lock_ladder(tx: Writing) -> list[Rung]:
    """All tiers, kept as they are until the transaction ends."""
    return [_rung(row) for row in await tx.rows(_LOCK_LADDER)]


_new = insert(guide_tier).values({one.name: bindparam(one.name, type_=one.type) for one in _RUNGS})
_SAVE = prepared(
    _new.on_conflict_do_update(
        index_elements=["id"], set_={one.name: _new.excluded[one.name] for one in _RUNGS if one.name != "id"}
    )
)


async def save(tx: Writing, rung: Rung) -> None:
    """Keep a tier, new or changed.

    Raises:
        BadInput: another tier has the rank.
    """
    tier = rung.tier
    try:
        await tx.execute(
            _SAVE,
            id=tier.id,
            rank=tier.rank,
            name=tier.name,
            rate_bp=tier.rate_bp,
            upgrade=msgspec.to_builtins(rung.upgrade),
            keep=msgspec.to_builtins(rung.keep),
            version=rung.version,
        )
    except asyncpg.UniqueViolationError:
        raise BadInput("a rank that no other tier has", "该级别已被占用", path=("input", "rank")) from None


_CLIMBER = (
    guide.c.id,
    guide.c.member_id,
    guide.c.tier_id,
    guide.c.tier_is_locked,
    guide.c.tier_reviewed_on,
    guide.c.version,
)
_LOCK = prepared(
    select(*_CLIMBER)
    .where(guide.c.id == any_(bindparam("ids", type_=UUIDS)), guide.c.status != literal_column("'LEFT'"))
    .order_by(guide.c.id)
    .with_for_update(key_share=True)
)
_LOCK_DUE = prepared(
    select(*_CLIMBER)
    .where(
        or_(guide.c.tier_reviewed_on.is_(None), guide.c.tier_reviewed_on < bindparam("today", type_=Date())),
        guide.c.status != literal_column("'LEFT'"),
    )
    .order_by(guide.c.id)
    .limit(bindparam("most"))
    .with_for_update(key_share=True, skip_locked=True)
)
_PUT = prepared(
    update(guide)
    .where(guide.c.id == bindparam("of_guide", type_=Uuid()))
    .values(
        tier_id=bindparam("tier_id", type_=Uuid()),
        tier_is_locked=bindparam("is_locked", type_=guide.c.tier_is_locked.type),
        version=guide.c.version + literal_column("1"),
    )
)
_REVIEWED = prepared(
    update(guide)
    .where(guide.c.id == any_(bindparam("ids", type_=UUIDS)))
    .values(tier_reviewed_on=bindparam("today", type_=Date()))
)


_IS_LOCKED = prepared(select(guide.c.tier_is_locked).where(guide.c.id == bindparam("id", type_=Uuid())))


async def is_locked(reading: Reading, guide_id: UUID) -> bool:
    """Whether a guide stays on its tier whatever it does."""
    return bool(await reading.value(_IS_LOCKED, id=guide_id))


async def lock(tx: Writing, guide_ids: Sequence[UUID]) -> list[Climber]:
    """Guides whose tier nobody else changes until the transaction ends; not those who left."""
    return [Climber(*row) for row in await tx.rows(_LOCK, ids=list(guide_ids))]


async def lock_due(tx: Writing, today: date, most: int) -> list[Climber]:
    """Guides who were not looked at today."""
    return [Climber(*row) for row in await tx.rows(_LOCK_DUE, today=today, most=most)]


async def put(tx: Writing, guide_id: UUID, tier_id: UUID, *, is_locked: bool) -> None:
    """Put a locked guide on a tier."""
    await tx.execute(_PUT, of_guide=guide_id, tier_id=tier_id, is_locked=is_locked)


async def reviewed(tx: Writing, guide_ids: Sequence[UUID], today: date) -> None:
    """Note that guides were looked at."""
    await tx.execute(_REVIEWED, ids=list(guide_ids), today=today)


_LOG = prepared(
    insert(guide_tier_change).from_select(
        [one.name for one in guide_tier_change.c], select(*given_rows("changes", list(guide_tier_change.c)).c)
    )
)
_LOGGED = (*(one for one in guide_tier_change.c if one.name != "id"),)
_CHANGES = prepared(
    select(*_LOGGED)
    .where(guide_tier_change.c.guide_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(guide_tier_change.c.guide_id, guide_tier_change.c.id)
)


async def log(tx: Writing, ids: Sequence[UUID], changes: Sequence[TierChange]) -> None:
    """Keep who rose and fell."""
    rows = [
        {
            "id": id_,
            "guide_id": one.guide_id,
            "from_tier_id": one.from_tier_id,
            "to_tier_id": one.to_tier_id,
            "reason": one.reason.value,
            "actor_id": one.actor_id,
            "note": one.note,
            "at": one.at,
        }
        for id_, one in zip(ids, changes, strict=True)
    ]
    await tx.execute(_LOG, **in_columns("changes", list(guide_tier_change.c), rows))


def _change(row: Row) -> TierChange:
    guide_id, before, after, reason, *rest = row
    return TierChange(guide_id, before, after, TierChangeReason(reason), *rest)


async def changes_of(reading: Reading, guide_ids: Sequence[UUID]) -> dict[UUID, list[TierChange]]:
    """The log of each guide's tiers, the first change first."""
    return by_key(await reading.rows(_CHANGES, ids=list(guide_ids)), "guide_id", _change)


_ASKED = (
    func.unnest(bindparam("guides", type_=UUIDS), bindparam("members", type_=UUIDS))
    .table_valued(column("guide_id", Uuid()), column("member_id", Uuid()))
    .render_derived(name="asked")
)
_TIMES = ARRAY(DateTime(timezone=True))
_WINDOW = (
    func.unnest(
        bindparam("windows", type_=ARRAY(Text())), bindparam("since", type_=_TIMES), bindparam("until", type_=_TIMES)
    )
    .table_valued(
        column("name", Text()), column("since", DateTime(timezone=True)), column("until", DateTime(timezone=True))
    )
    .render_derived(name="time_window")
)
_NOTHING: ColumnElement[int] = literal_column("0")


def _in_window(moment_of: ColumnElement[Any]) -> ColumnElement[bool]:
    return and_(moment_of >= _WINDOW.c.since, moment_of <= _WINDOW.c.until)


def _sold() -> FromClause:
    """What was sold and earned, of that which was released."""
    net = commission.c.base_minor - commission.c.refunded_minor
    # Those who assisted have commissions of the same lines; the sale is of the guide who is credited.
    is_own = and_(commission.c.level == literal_column("1"), order.c.guide_id == commission.c.guide_id)
    of_order = (
        select(
            func.sum(net).filter(is_own).label("net"),
            func.sum(commission.c.amount_minor - commission.c.clawed_back_minor).label("earned"),
        )
        .select_from(commission.join(order, order.c.id == commission.c.order_id))
        .where(
            commission.c.guide_id == _ASKED.c.guide_id,
            commission.c.released_at.is_not(None),
            _in_window(commission.c.created_at),
        )
        .group_by(commission.c.order_id)
        .correlate(_ASKED, _WINDOW)
        .subquery("of_order")
    )
    return select(
        func.coalesce(func.sum(of_order.c.net), _NOTHING).label("net_sales"),
        func.count().filter(of_order.c.net > _NOTHING).label("orders"),
        func.coalesce(func.max(of_order.c.net), _NOTHING).label("single_order"),
        func.coalesce(func.sum(of_order.c.earned), _NOTHING).label("settled_commission"),
    ).lateral("sold_by")


def _invited() -> FromClause:
    """How many registered through the guide."""
    return (
        select(func.count().label("invited_members"))
        .where(
            attribution.c.guide_id == _ASKED.c.guide_id,
            attribution.c.kind == literal_column("'REGISTRATION'"),
            _in_window(attribution.c.at),
        )
        .correlate(_ASKED, _WINDOW)
        .lateral("invited")
    )


def _own() -> FromClause:
    """What the guide bought and kept."""
    left = order.c.total_minor - order.c.refunded_minor
    return (
        select(
            func.coalesce(func.sum(left), _NOTHING).label("own_spend"),
            func.count().filter(left > _NOTHING).label("own_orders"),
        )
        .where(order.c.member_id == _ASKED.c.member_id, order.c.received_at.is_not(None), _in_window(order.c.paid_at))
        .correlate(_ASKED, _WINDOW)
        .lateral("own")
    )


def _figures() -> Statement:
    """What guides did in windows: a row for each guide and window."""
    parts = (_sold(), _invited(), _own())
    found: FromClause = _ASKED.join(_WINDOW, true())
    for part in parts:
        found = found.join(part, true())
    return prepared(
        select(_ASKED.c.guide_id, _WINDOW.c.name, *(one for part in parts for one in part.c)).select_from(found)
    )


_FIGURES = _figures()


async def figures_of(
    reading: Reading, climbers: Sequence[Climber], windows: Mapping[TierWindow, tuple[datetime, datetime]]
) -> dict[UUID, dict[TierWindow, Figures]]:
    """What each guide did in each window, in one statement."""
    rows = await reading.rows(
        _FIGURES,
        guides=[one.guide_id for one in climbers],
        members=[one.member_id for one in climbers],
        windows=[window.value for window in windows],
        since=[since for since, _ in windows.values()],
        until=[until for _, until in windows.values()],
    )
    figures: dict[UUID, dict[TierWindow, Figures]] = {}
    for row in rows:
        own = {metric: int(row[metric.value.lower()]) for metric in TierMetric}
        figures.setdefault(row["guide_id"], {})[TierWindow(row["name"])] = own
    return figures
