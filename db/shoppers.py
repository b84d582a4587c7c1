"""Shoppers: one statement that reads what prices depend on, for all buyers of a batch of orders."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    or_,
    select,
    true,
)

from db.bindings import binding, holds_at
from db.connection import Reading, Row
from db.levels import member_growth, member_level, rights_of
from db.memberships import membership_period, membership_plan
from db.metadata import UUIDS
from db.newcomers import is_newcomer, pads
from db.order_tables import order
from db.points import points_account, points_batch
from db.promotion_uses import uses_of
from db.statements import Statement, prepared
from db.tags import member_tag
from domain.money import WHOLE
from domain.orders import OrderState
from domain.promotions.audiences import Shopper
from domain.rights import Rights, best_of
from domain.shoppers import KnownShopper

_at = bindparam("at", type_=DateTime(timezone=True))
_asked = func.unnest(bindparam("members", type_=UUIDS)).table_valued(column("id", Uuid())).render_derived(name="asked")
_NOTHING: ColumnElement[int] = literal_column("0")
_ONE: ColumnElement[int] = literal_column("1")


def _level() -> Any:
    held = case((member_growth.c.held_until > _at, member_growth.c.held))
    growth = func.greatest(func.coalesce(member_growth.c.growth, _NOTHING), held)
    return (
        select(member_level.c.id, member_level.c.discount_bp, member_level.c.rights)
        .where(member_level.c.growth_threshold <= growth)
        .order_by(member_level.c.growth_threshold.desc())
        .limit(_ONE)
        .correlate(member_growth)
        .lateral("level")
    )


def _paid() -> Any:
    period = membership_period
    return (
        select(period.c.ends_at, membership_plan.c.id, membership_plan.c.rights)
        .join(membership_plan, membership_plan.c.id == period.c.plan_id)
        .where(
            period.c.member_id == _asked.c.id,
            period.c.refunded_at.is_(None),
            period.c.starts_at <= _at,
            or_(period.c.ends_at.is_(None), period.c.ends_at > _at),
        )
        .order_by(period.c.ends_at.desc().nulls_first())
        .limit(_ONE)
        .correlate(_asked)
        .lateral("paid")
    )


def _points() -> Any:
    """What may be spent: batches that have expired and are not written off yet do not count."""
    gone = (
        select(func.coalesce(func.sum(points_batch.c.remaining), _NOTHING))
        .where(
            points_batch.c.member_id == _asked.c.id,
            points_batch.c.remaining > _NOTHING,
            points_batch.c.expires_at <= _at,
        )
        .correlate(_asked)
        .scalar_subquery()
    )
    return (
        select((points_account.c.available - points_account.c.owed - gone).cast(BigInteger()))
        .where(points_account.c.member_id == _asked.c.id)
        .correlate(_asked)
        .scalar_subquery()
    )


def _points_end() -> Any:
    """When the first of what may be spent expires."""
    return (
        select(func.min(points_batch.c.expires_at))
        .where(
            points_batch.c.member_id == _asked.c.id,
            points_batch.c.remaining > _NOTHING,
            points_batch.c.expires_at > _at,
        )
        .correlate(_asked)
        .scalar_subquery()
    )


def _unpaid() -> ColumnElement[Any]:
    """The condition is that of a unique key, which so answers."""
    place = order.c.unpaid_place
    waits: ColumnElement[str] = literal_column(f"'{OrderState.PLACED.value}'")
    return (
        select(func.array_agg(place))
        .where(order.c.member_id == _asked.c.id, order.c.state == waits, place.is_not(None))
        .correlate(_asked)
        .scalar_subquery()
    )


def _compiled() -> Statement:
    level, paid = _level(), _paid()
    tags = (
        select(func.array_agg(member_tag.c.tag_id))
        .where(member_tag.c.member_id == _asked.c.id, member_tag.c.removed_at.is_(None))
        .correlate(_asked)
        .scalar_subquery()
    )
    store = (
        select(binding.c.store_id)
        .where(binding.c.member_id == _asked.c.id, holds_at(_at))
        .correlate(_asked)
        .scalar_subquery()
    )
    people = (
        _asked.outerjoin(member_growth, member_growth.c.member_id == _asked.c.id)
        .outerjoin(level, true())
        .outerjoin(paid, true())
    )
    return prepared(
        select(
            _asked.c.id,
            level.c.id.label("level_id"),
            level.c.discount_bp,
            level.c.rights.label("level_rights"),
            paid.c.id.label("plan_id"),
            paid.c.rights.label("plan_rights"),
            paid.c.ends_at,
            tags.label("tags"),
            store.label("store_id"),
            func.coalesce(_points(), _NOTHING).label("points"),
            # Looked up only where it is asked: PostgreSQL stops at the first part of an AND that is false.
            and_(bindparam("newcomers", type_=Boolean()), is_newcomer(_asked.c.id)).label("is_new"),
            uses_of(_asked.c.id, bindparam("limited", type_=UUIDS)).label("uses"),
            _unpaid().label("unpaid"),
            case((bindparam("spends", type_=Boolean()), _points_end())).label("points_end"),
        ).select_from(people)
    )


_SHOPPERS = _compiled()


async def known_shoppers(
    reading: Reading,
    member_ids: Sequence[UUID],
    at: datetime,
    *,
    limited: Collection[UUID] = (),
    newcomers: bool = False,
    spends: bool = False,
    salt: str = "",
) -> dict[UUID, KnownShopper]:
    """What prices depend on, of each member at a time.

    `limited` are promotions of which their uses are asked, `newcomers` asks who is new; else nobody is. `spends` asks
    when points expire. `salt` keys the traces by which persons are known.
    """
    asked = {"members": list(dict.fromkeys(member_ids)), "limited": list(limited), "newcomers": newcomers}
    asked["spends"] = spends
    rows = await reading.rows(_SHOPPERS, at=at, **asked, **pads(salt))
    rights: dict[_Held, tuple[Rights, frozenset[str]]] = {}
    return {row["id"]: _known(row, rights) for row in rows}


_Held: TypeAlias = tuple[UUID | None, UUID | None]
"""A level and a plan, by which many of a batch have the same rights."""


def _known(row: Row, rights_known: dict[_Held, tuple[Rights, frozenset[str]]]) -> KnownShopper:
    _, level_id, level_bp, level_rights, plan_id, plan_rights, ends_at, tags, store_id, points, is_new, *more = row
    uses, unpaid, points_end = more
    if (level_id, plan_id) not in rights_known:
        rights = best_of(rights_of(kept) for kept in (plan_rights, level_rights) if kept is not None)
        rights_known[level_id, plan_id] = rights, rights.names
    rights, names = rights_known[level_id, plan_id]
    shopper = Shopper(
        level_id,
        WHOLE if level_bp is None else level_bp,
        plan_id,
        names,
        frozenset(tags or ()),
        store_id,
        is_new,
        is_member=True,
    )
    had = {UUID(key): times for key, times in (uses or {}).items()}
    return KnownShopper(shopper, rights, points, ends_at, had, frozenset(unpaid or ()), points_end)
