"""Bounties: their rules, what was given by them, and the traces by which persons are known again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.attributions import attribution
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.metadata import (
    UUIDS,
    amount,
    given_rows,
    in_columns,
    key,
    members_of,
    metadata,
    moment,
    one_of,
    refers_to,
    words,
)
from db.order_tables import order
from db.statements import prepared
from domain.bounties import Bounty, BountyEvent, BountyRule, BountyState
from domain.guides import GuideStatus
from domain.money import Money
from domain.pages import Page, PageRequest

bounty_rule = Table(
    "bounty_rule",
    metadata,
    key(),
    *one_of("event", BountyEvent),
    amount("amount_minor"),
    Column("daily_cap", Integer()),
    amount("budget_minor"),
    Column("spent_minor", BigInteger(), nullable=False, server_default=text("0")),
    words("currency"),
    Column("frozen_days", Integer(), nullable=False),
    moment("starts_at"),
    moment("ends_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("spent_minor BETWEEN 0 AND budget_minor", name="no_more_is_spent_than_its_budget"),
    CheckConstraint("starts_at <= ends_at", name="starts_before_it_ends"),
)

bounty = Table(
    "bounty",
    metadata,
    key(),
    refers_to("bounty_rule", "rule_id"),
    refers_to("member", "member_id"),
    refers_to("guide", "guide_id"),
    *one_of("event", BountyEvent),
    amount("amount_minor"),
    words("currency"),
    *one_of("state", BountyState),
    moment("created_at"),
    moment("release_at"),
    moment("released_at", optional=True),
    refers_to("order", "order_id", optional=True),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    Index("uq_bounty_one_of_a_member", "rule_id", "member_id", unique=True),
    Index(None, "guide_id", "id"),
    Index("ix_bounty_due", "release_at", postgresql_where=text("state = 'FROZEN'")),
    Index("ix_bounty_held", "guide_id", postgresql_where=text("state = 'HELD'")),
    Index("ix_bounty_of_order", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

bounty_day = Table(
    "bounty_day",
    metadata,
    refers_to("bounty_rule", "rule_id"),
    refers_to("guide", "guide_id"),
    Column("day", Date(), nullable=False),
    Column("given", Integer(), nullable=False),
    Column("most", Integer()),
    PrimaryKeyConstraint("rule_id", "guide_id", "day"),
    CheckConstraint("given <= most", name="no_more_in_a_day_than_its_cap"),
)

_RULE = tuple(bounty_rule.c)
_BOUNTY = tuple(bounty.c)
_STATES, _EVENTS = members_of(BountyState), members_of(BountyEvent)


def _rule(row: Row) -> BountyRule:
    id_, event, minor, daily_cap, budget, spent, currency, *rest = row[: len(_RULE)]
    return BountyRule(
        id_, _EVENTS[event], Money(minor, currency), daily_cap, Money(budget, currency), Money(spent, currency), *rest
    )


def _bounty(row: Row) -> Bounty:
    id_, rule_id, member_id, guide_id, event, minor, currency, state, *rest = row[: len(_BOUNTY)]
    return Bounty(id_, rule_id, member_id, guide_id, _EVENTS[event], Money(minor, currency), _STATES[state], *rest)


_LOCK_RULES = prepared(
    select(*_RULE)
    .where(
        or_(bounty_rule.c.ends_at.is_(None), bounty_rule.c.ends_at > bindparam("since", type_=DateTime(timezone=True)))
    )
    .order_by(bounty_rule.c.id)
    .with_for_update()
)
_GUIDE = (guide.c.id.label("guide_id"), guide.c.member_id.label("guide_member_id"), guide.c.status)
_BROUGHT_BY = prepared(
    select(attribution.c.member_id, *_GUIDE)
    .join(guide, guide.c.id == attribution.c.guide_id)
    .where(
        attribution.c.member_id == any_(bindparam("ids", type_=UUIDS)),
        attribution.c.kind == literal_column("'REGISTRATION'"),
    )
)
_GUIDES = prepared(select(*_GUIDE).where(guide.c.id == any_(bindparam("ids", type_=UUIDS))))
_earlier = order.alias("earlier")
_FIRST_ORDERS = prepared(
    select(order.c.id).where(
        order.c.id == any_(bindparam("ids", type_=UUIDS)),
        ~exists().where(
            _earlier.c.member_id == order.c.member_id,
            _earlier.c.paid_at < order.c.paid_at,
            _earlier.c.refunded_minor < _earlier.c.total_minor,
        ),
    )
)
_GIVEN = prepared(
    select(bounty.c.rule_id, bounty.c.member_id).where(bounty.c.member_id == any_(bindparam("ids", type_=UUIDS)))
)
_DAYS = prepared(
    select(bounty_day.c.rule_id, bounty_day.c.guide_id, bounty_day.c.day, bounty_day.c.given).where(
        bounty_day.c.guide_id == any_(bindparam("guides", type_=UUIDS)),
        bounty_day.c.day == any_(bindparam("days", type_=ARRAY(Date()))),
    )
)


async def lock_rules(tx: Writing, since: datetime) -> list[BountyRule]:
    """The rules that were not over at a time, kept as they are until the transaction ends."""
    return [_rule(row) for row in await tx.rows(_LOCK_RULES, since=since)]


async def brought_by(tx: Writing, member_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, UUID, GuideStatus]]:
    """The guide who is credited with each registration: its key, who it is, and its status."""
    rows = await tx.rows(_BROUGHT_BY, ids=list(member_ids))
    return {row[0]: (row[1], row[2], GuideStatus(row[3])) for row in rows}


async def guides_of(tx: Writing, guide_ids: Sequence[UUID]) -> dict[UUID, tuple[UUID, UUID, GuideStatus]]:
    """The guides with these keys, as `brought_by` tells them."""
    return {row[0]: (row[0], row[1], GuideStatus(row[2])) for row in await tx.rows(_GUIDES, ids=list(guide_ids))}


async def first_orders(tx: Writing, order_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the orders before which their member had paid for nothing that was kept."""
    return {row[0] for row in await tx.rows(_FIRST_ORDERS, ids=list(order_ids))}


async def given_for(tx: Writing, member_ids: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """By which rules there was a bounty for each member."""
    return {(row[0], row[1]) for row in await tx.rows(_GIVEN, ids=list(member_ids))}


async def days_of(tx: Writing, guide_ids: Sequence[UUID], days: Sequence[date]) -> dict[tuple[UUID, UUID, date], int]:
    """How many bounties guides got in days, by rule."""
    rows = await tx.rows(_DAYS, guides=list(guide_ids), days=list(days))
    return {(row[0], row[1], row[2]): row[3] for row in rows}


_given = given_rows("given", _BOUNTY)
_ADD = prepared(insert(bounty).from_select([one.name for one in _BOUNTY], select(*_given.c)))
_days = given_rows("days", list(bounty_day.c))
_count = insert(bounty_day).from_select([one.name for one in bounty_day.c], select(*_days.c))
_COUNT = prepared(
    _count.on_conflict_do_update(
        index_elements=["rule_id", "guide_id", "day"],
        set_={"given": _count.excluded.given, "most": _count.excluded.most},
    )
)
_spent = given_rows("spent", [bounty_rule.c.id, bounty_rule.c.spent_minor])
_SPEND = prepared(update(bounty_rule).where(bounty_rule.c.id == _spent.c.id).values(spent_minor=_spent.c.spent_minor))
_CHANGED = (bounty.c.id, bounty.c.state, bounty.c.released_at)
_changed = given_rows("changed", _CHANGED)
_SAVE = prepared(
    update(bounty)
    .where(bounty.c.id == _changed.c.id)
    .values(state=_changed.c.state, released_at=_changed.c.released_at)
)


def _values(one: Bounty) -> dict[str, Any]:
    return {
        "id": one.id,
        "rule_id": one.rule_id,
        "member_id": one.member_id,
        "guide_id": one.guide_id,
        "event": one.event.value,
        "amount_minor": one.amount.minor,
        "currency": one.amount.currency,
        "state": one.state.value,
        "created_at": one.created_at,
        "release_at": one.release_at,
        "released_at": one.released_at,
        "order_id": one.order_id,
    }


async def add(
    tx: Writing,
    given: Sequence[Bounty],
    rules: Sequence[BountyRule],
    counts: Sequence[tuple[UUID, UUID, date, int, int | None]],
) -> None:
    """Keep bounties, what is spent of locked rules, and how many guides got in their days.

    Raises:
        asyncpg.CheckViolationError: a budget or a day would be overdrawn.
        asyncpg.UniqueViolationError: there is one for the member already.
    """
    await tx.execute(_ADD, **in_columns("given", _BOUNTY, [_values(one) for one in given]))
    names = [column.name for column in bounty_day.c]
    days = [dict(zip(names, one, strict=True)) for one in counts]
    await tx.execute(_COUNT, **in_columns("days", list(bounty_day.c), days))
    spent = [{"id": one.id, "spent_minor": one.spent.minor} for one in rules]
    await tx.execute(_SPEND, **in_columns("spent", [bounty_rule.c.id, bounty_rule.c.spent_minor], spent))


async def save(tx: Writing, changed: Sequence[Bounty]) -> None:
    """Keep where locked bounties stand."""
    await tx.execute(_SAVE, **in_columns("changed", _CHANGED, [_values(one) for one in changed]))


def _locking(*conditions: Any) -> Select[Any]:
    return (
        select(*_BOUNTY, guide.c.status.label("guide_status"))
        .join(guide, guide.c.id == bounty.c.guide_id)
        .where(*conditions)
    )


_DUE = prepared(
    _locking(
        bounty.c.state == literal_column("'FROZEN'"),
        bounty.c.release_at <= bindparam("at", type_=DateTime(timezone=True)),
    )
    .order_by(bounty.c.release_at)
    .limit(bindparam("most"))
    .with_for_update(of=bounty, key_share=True, skip_locked=True)
)
_FREE = prepared(
    update(bounty)
    .where(
        bounty.c.id.in_(
            select(bounty.c.id)
            .join(guide, guide.c.id == bounty.c.guide_id)
            .where(bounty.c.state == literal_column("'HELD'"), guide.c.status == literal_column("'ACTIVE'"))
            .with_for_update(of=bounty, key_share=True, skip_locked=True)
        )
    )
    .values(state=literal_column("'FROZEN'"))
)
_LOCK_HELD = prepared(
    _locking(bounty.c.guide_id == bindparam("guide_id", type_=Uuid()), bounty.c.state == literal_column("'HELD'"))
    .order_by(bounty.c.id)
    .with_for_update(of=bounty, key_share=True)
)
_LOCK_OF_ORDERS = prepared(
    _locking(
        bounty.c.order_id == any_(bindparam("ids", type_=UUIDS)),
        bounty.c.state.in_([literal_column(f"'{one}'") for one in ("FROZEN", "AVAILABLE", "HELD")]),
        exists().where(order.c.id == bounty.c.order_id, order.c.refunded_minor == order.c.total_minor),
    )
    .order_by(bounty.c.id)
    .with_for_update(of=bounty, key_share=True)
)


async def free(tx: Writing) -> None:
    """Hold no more what belongs to guides who are active: some that was being given while that changed."""
    await tx.execute(_FREE)


async def lock_due(tx: Writing, at: datetime, most: int) -> list[tuple[Bounty, GuideStatus]]:
    """Bounties whose time has come, with the status of their guides."""
    return [(_bounty(row), GuideStatus(row["guide_status"])) for row in await tx.rows(_DUE, at=at, most=most)]


async def lock_held(tx: Writing, guide_id: UUID) -> list[Bounty]:
    """What is held of a guide, kept as it is until the transaction ends."""
    return [_bounty(row) for row in await tx.rows(_LOCK_HELD, guide_id=guide_id)]


async def lock_of_orders(tx: Writing, order_ids: Sequence[UUID]) -> list[Bounty]:
    """What was given for those of the orders that went back as a whole, and was not taken back."""
    return [_bounty(row) for row in await tx.rows(_LOCK_OF_ORDERS, ids=list(order_ids))]


_LISTING = Listing(
    select(*_BOUNTY).where(bounty.c.guide_id == bindparam("guide_id", type_=Uuid())), _bounty, id=bounty.c.id
)
_RULES = Listing(select(*_RULE), _rule, id=bounty_rule.c.id)
_new = insert(bounty_rule).values({one.name: bindparam(one.name, type_=one.type) for one in _RULE})
_SAVE_RULE = prepared(
    _new.on_conflict_do_update(
        index_elements=["id"], set_={name: _new.excluded[name] for name in ("ends_at", "version")}
    )
)
_LOCK_RULE = prepared(select(*_RULE).where(bounty_rule.c.id == bindparam("id", type_=Uuid())).with_for_update())


async def bounties_of(reading: Reading, guide_id: UUID, request: PageRequest) -> Page[Bounty]:
    """A page of a guide's bounties, the newest first."""
    return await _LISTING.page(reading, request, descending=True, guide_id=guide_id)


async def rules(reading: Reading, request: PageRequest) -> Page[BountyRule]:
    """A page of rules, the newest first."""
    return await _RULES.page(reading, request, descending=True)


async def lock_rule(tx: Writing, rule_id: UUID) -> BountyRule | None:
    """Find a rule and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK_RULE, id=rule_id)
    return None if row is None else _rule(row)


async def save_rule(tx: Writing, rule: BountyRule) -> None:
    """Keep a new rule, or the end of one that is locked."""
    await tx.execute(
        _SAVE_RULE,
        id=rule.id,
        event=rule.event.value,
        amount_minor=rule.amount.minor,
        daily_cap=rule.daily_cap,
        budget_minor=rule.budget.minor,
        spent_minor=rule.spent.minor,
        currency=rule.amount.currency,
        frozen_days=rule.frozen_days,
        starts_at=rule.starts_at,
        ends_at=rule.ends_at,
        version=rule.version,
    )
