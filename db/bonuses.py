"""Bonuses: plans, what was sold in a month, and what was paid for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import (
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Integer,
    Table,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.commissions import commission
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.metadata import amount, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order
from db.statements import Statement, prepared
from db.stores import org_unit, staff_duty
from domain.bonuses import Bonus, BonusKind, BonusMode, BonusPlan, BonusStep, Sales
from domain.money import Money
from domain.pages import Page, PageRequest

bonus_plan = Table(
    "bonus_plan",
    metadata,
    key(),
    words("name"),
    *one_of("kind", BonusKind),
    *one_of("mode", BonusMode),
    refers_to("org_unit", "unit_id"),
    Column("steps", JSONB(), nullable=False),
    moment("starts_at"),
    moment("ends_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("starts_at <= ends_at", name="starts_before_it_ends"),
)

bonus = Table(
    "bonus",
    metadata,
    key(),
    refers_to("bonus_plan", "plan_id"),
    Column("month", Date(), nullable=False),
    refers_to("org_unit", "unit_id"),
    refers_to("guide", "guide_id"),
    amount("base_minor"),
    amount("amount_minor"),
    words("currency"),
    moment("paid_at"),
    CheckConstraint("amount_minor BETWEEN 0 AND base_minor", name="amount_is_within_its_base"),
    Index("uq_bonus_one_of_a_month", "plan_id", "month", "guide_id", "unit_id", unique=True),
    Index(None, "guide_id", "id"),
)

_PLAN, _BONUS = tuple(bonus_plan.c), tuple(bonus.c)


def _plan(row: Row) -> BonusPlan:
    id_, name, kind, mode, unit_id, steps, *rest = row[: len(_PLAN)]
    found = msgspec.convert(steps, list[BonusStep])
    return BonusPlan(id_, name, BonusKind(kind), BonusMode(mode), unit_id, found, *rest)


def _bonus(row: Row) -> Bonus:
    id_, plan_id, month, unit_id, guide_id, base, minor, currency, paid_at = row[: len(_BONUS)]
    return Bonus(id_, plan_id, month, unit_id, guide_id, Money(base, currency), Money(minor, currency), paid_at)


_since, _until = (bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until"))
_IN_MONTH = (
    commission.c.level == literal_column("1"),
    commission.c.created_at >= _since,
    commission.c.created_at < _until,
)
_NET = func.coalesce(func.sum(commission.c.base_minor - commission.c.refunded_minor), literal_column("0"))
# Those who assisted have commissions of the same lines: what was sold is the sale of the guide who is credited.
_CREDITED = commission.join(order, and_(order.c.id == commission.c.order_id, order.c.guide_id == commission.c.guide_id))
_MAY_COME_BACK = or_(
    commission.c.state.in_([literal_column("'PENDING'"), literal_column("'FROZEN'")]),
    # What is held is no guide's yet, and may be held for ever; what was sold is final all the same.
    and_(
        commission.c.state == literal_column("'HELD'"),
        or_(
            commission.c.release_at.is_(None), commission.c.release_at > bindparam("at", type_=DateTime(timezone=True))
        ),
    ),
)
_IS_SETTLED = ~func.coalesce(func.bool_or(_MAY_COME_BACK), literal_column("false"))
_IS_ACTIVE = guide.c.status == literal_column("'ACTIVE'")
_scope = org_unit.alias("scope")
_PLAN_UNIT = _scope.c.id == bindparam("unit_id", type_=Uuid())


def _unpaid(unit_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    return ~exists().where(
        bonus.c.plan_id == bindparam("plan_id", type_=Uuid()),
        bonus.c.month == bindparam("month", type_=Date()),
        bonus.c.guide_id == guide.c.id,
        bonus.c.unit_id == unit_id,
    )


def _own_sales() -> Statement:
    """Guides of a unit with what they sold in a month, where nothing of it may come back and nothing was paid yet."""
    return prepared(
        select(guide.c.id, _scope.c.id, _NET)
        .select_from(
            _scope.join(org_unit, org_unit.c.path.op("^@")(_scope.c.path))
            .join(guide, guide.c.store_id == org_unit.c.id)
            .join(_CREDITED, commission.c.guide_id == guide.c.id)
        )
        .where(_PLAN_UNIT, _IS_ACTIVE, *_IN_MONTH, _unpaid(_scope.c.id))
        .group_by(guide.c.id, _scope.c.id)
        .having(_IS_SETTLED)
        .order_by(guide.c.id)
        .limit(bindparam("most"))
    )


def _team_sales() -> Statement:
    """Managers of units who are employed, with what their unit sold in a month, under the same conditions."""
    managed, shop = org_unit.alias("managed"), org_unit.alias("shop")
    sold = (
        select(_NET.label("net"), _IS_SETTLED.label("is_settled"), func.count().label("many"))
        .select_from(_CREDITED.join(shop, shop.c.id == order.c.store_id))
        .where(shop.c.path.op("^@")(managed.c.path), *_IN_MONTH)
        .correlate(managed)
        .lateral("sold")
    )
    return prepared(
        select(guide.c.id, managed.c.id, sold.c.net)
        .select_from(
            _scope.join(managed, managed.c.path.op("^@")(_scope.c.path))
            .join(staff_duty, staff_duty.c.unit_id == managed.c.id)
            .join(guide, guide.c.member_id == staff_duty.c.member_id)
            .join(sold, literal_column("true"))
        )
        .where(
            _PLAN_UNIT,
            _IS_ACTIVE,
            guide.c.kind == literal_column("'EMPLOYEE'"),
            staff_duty.c.role == literal_column("'STORE_MANAGER'"),
            staff_duty.c.until.is_(None),
            sold.c.is_settled,
            sold.c.many > literal_column("0"),
            _unpaid(managed.c.id),
        )
        .order_by(guide.c.id, managed.c.id)
        .limit(bindparam("most"))
    )


_SALES = {BonusKind.STEP: _own_sales(), BonusKind.TEAM: _team_sales()}
_SO_FAR = prepared(
    select(_NET).select_from(_CREDITED).where(commission.c.guide_id == bindparam("guide_id", type_=Uuid()), *_IN_MONTH)
)


async def settled_sales(
    tx: Writing, plan: BonusPlan, since: datetime, until: datetime, at: datetime, most: int
) -> list[Sales]:
    """Whose sales of a month are final by then, and not paid for by the plan yet."""
    rows = await tx.rows(
        _SALES[plan.kind],
        unit_id=plan.unit_id,
        plan_id=plan.id,
        since=since,
        until=until,
        month=since.date(),
        at=at,
        most=most,
    )
    return [Sales(row[0], row[1], int(row[2])) for row in rows]


async def sales_so_far(reading: Reading, guide_id: UUID, since: datetime, until: datetime) -> int:
    """The net sales of a guide in a month, in fen, of which some may still come back."""
    return int(await reading.value(_SO_FAR, guide_id=guide_id, since=since, until=until))


_added = given_rows("added", _BONUS)
_ADD = prepared(insert(bonus).from_select([one.name for one in _BONUS], select(*_added.c)))


async def add(tx: Writing, bonuses: Sequence[Bonus]) -> None:
    """Keep what was paid.

    Raises:
        asyncpg.UniqueViolationError: somebody was paid by the plan for the month before.
    """
    rows: list[dict[str, Any]] = [
        {
            "id": one.id,
            "plan_id": one.plan_id,
            "month": one.month,
            "unit_id": one.unit_id,
            "guide_id": one.guide_id,
            "base_minor": one.base.minor,
            "amount_minor": one.amount.minor,
            "currency": one.amount.currency,
            "paid_at": one.paid_at,
        }
        for one in bonuses
    ]
    await tx.execute(_ADD, **in_columns("added", _BONUS, rows))


_new = insert(bonus_plan).values({one.name: bindparam(one.name, type_=one.type) for one in _PLAN})
_SAVE = prepared(
    _new.on_conflict_do_update(
        index_elements=["id"], set_={name: _new.excluded[name] for name in ("ends_at", "version")}
    )
)
_LOCK = prepared(select(*_PLAN).where(bonus_plan.c.id == bindparam("id", type_=Uuid())).with_for_update())
_CURRENT = prepared(
    select(*_PLAN)
    .where(
        bonus_plan.c.starts_at < _until,
        or_(bonus_plan.c.ends_at.is_(None), bonus_plan.c.ends_at >= _since),
    )
    .order_by(bonus_plan.c.id)
)
_plan_unit, _store = org_unit.alias("plan_unit"), org_unit.alias("store")
_OF_GUIDE = prepared(
    select(*_PLAN)
    .join(_plan_unit, _plan_unit.c.id == bonus_plan.c.unit_id)
    .join(_store, _store.c.path.op("^@")(_plan_unit.c.path))
    .join(guide, guide.c.store_id == _store.c.id)
    .where(
        guide.c.id == bindparam("guide_id", type_=Uuid()),
        bonus_plan.c.kind == literal_column("'STEP'"),
        bonus_plan.c.starts_at <= _since,
        or_(bonus_plan.c.ends_at.is_(None), bonus_plan.c.ends_at >= _until),
    )
    .order_by(bonus_plan.c.id)
)
_PLANS = Listing(select(*_PLAN), _plan, id=bonus_plan.c.id)
_LISTING = Listing(
    select(*_BONUS).where(bonus.c.guide_id == bindparam("guide_id", type_=Uuid())), _bonus, id=bonus.c.id
)


async def plans_between(reading: Reading, since: datetime, until: datetime) -> list[BonusPlan]:
    """Plans that hold at some time of a period."""
    return [_plan(row) for row in await reading.rows(_CURRENT, since=since, until=until)]


async def plans_for(reading: Reading, guide_id: UUID, since: datetime, until: datetime) -> list[BonusPlan]:
    """Plans that pay a guide for its own sales of a month."""
    return [_plan(row) for row in await reading.rows(_OF_GUIDE, guide_id=guide_id, since=since, until=until)]


async def plans(reading: Reading, request: PageRequest) -> Page[BonusPlan]:
    """A page of plans, the newest first."""
    return await _PLANS.page(reading, request, descending=True)


async def bonuses_of(reading: Reading, guide_id: UUID, request: PageRequest) -> Page[Bonus]:
    """A page of what a guide got, the newest first."""
    return await _LISTING.page(reading, request, descending=True, guide_id=guide_id)


async def lock_plan(tx: Writing, plan_id: UUID) -> BonusPlan | None:
    """Find a plan and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=plan_id)
    return None if row is None else _plan(row)


async def save_plan(tx: Writing, plan: BonusPlan) -> None:
    """Keep a new plan, or the end of one that is locked."""
    await tx.execute(
        _SAVE,
        id=plan.id,
        name=plan.name,
        kind=plan.kind.value,
        mode=plan.mode.value,
        unit_id=plan.unit_id,
        steps=msgspec.to_builtins(plan.steps),
        starts_at=plan.starts_at,
        ends_at=plan.ends_at,
        version=plan.version,
    )
