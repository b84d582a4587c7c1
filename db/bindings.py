"""Bindings: the table of whose customer a member is and was, and how one follows another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Index,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    union,
    update,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint, insert

from db.connection import Reading, Row, Writing, by_key
from db.guides import GUIDE_COLUMNS, GUIDES_IN_STORES, guide, guide_of
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to
from db.order_tables import order
from db.statements import Statement, once, prepared
from db.stores import org_unit
from domain.bindings import (
    Bindable,
    Binding,
    BindingCause,
    BindingEnd,
    BindingMode,
    Closing,
    NotBindable,
    Standing,
    Succession,
    standing_of,
)
from domain.guides import Guide

binding = Table(
    "binding",
    metadata,
    key(),
    refers_to("member", "member_id", index=True),
    refers_to("guide", "guide_id", optional=True),
    # The guide's own member: it makes self-binding a CHECK, and the walk against loops one of this table alone.
    refers_to("member", "guide_member_id", optional=True),
    *one_of("mode", BindingMode),
    moment("bound_at"),
    moment("protected_until", optional=True),
    moment("expires_at", optional=True),
    moment("ended_at", optional=True),
    *one_of("end_reason", BindingEnd, optional=True),
    refers_to("share", "source_share_id", optional=True),
    refers_to("org_unit", "store_id"),
    *one_of("cause", BindingCause, default=BindingCause.REGISTRATION),
    refers_to("binding", "previous_id", optional=True),
    refers_to("member", "actor_id", optional=True),
    Column("reason", Text(), nullable=False, server_default=text("''")),
    CheckConstraint("member_id <> guide_member_id", name="nobody_is_bound_to_oneself"),
    CheckConstraint("(ended_at IS NULL) = (end_reason IS NULL)", name="an_end_has_a_reason"),
    CheckConstraint("ended_at >= bound_at", name="it_ends_after_it_began"),
    CheckConstraint("(guide_id IS NULL) = (guide_member_id IS NULL)", name="a_guide_is_a_member"),
    Index("uq_binding_one_open", "member_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    # A member is one guide's at a time, also in what is planned. A range of one member stands in for btree_gist.
    ExcludeConstraint(
        (text("uuidrange(member_id, member_id, '[]')"), "&&"),
        (text("tstzrange(bound_at, ended_at)"), "&&"),
        name="ex_binding_one_at_a_time",
    ),
    Index(None, "guide_id", "id"),
    Index(None, "store_id", "id"),
    Index("ix_binding_expiring", "expires_at", postgresql_where=text("ended_at IS NULL")),
)

OPEN_BINDING = binding.c.ended_at.is_(None)
"""The last of a member's bindings: the one that holds, or the one that is planned. See `holds_at`."""
BINDING_COLUMNS = tuple(
    binding.c[name]
    for name in (
        "id", "member_id", "guide_id", "mode", "bound_at", "protected_until", "expires_at", "source_share_id",
        "store_id", "ended_at", "end_reason",
    )
)  # fmt: skip
"""What decides, in the order in which `binding_of` reads it."""
_TRAIL = (binding.c.cause, binding.c.previous_id, binding.c.actor_id, binding.c.reason)
ALL_COLUMNS = (*BINDING_COLUMNS, *_TRAIL)
"""Those, and how it came about, in the order in which `whole_binding_of` reads them."""
_DECIDING = len(BINDING_COLUMNS)
_AT = bindparam("at", type_=DateTime(timezone=True))


_held = binding.alias("held")


def _holds(bindings: FromClause, at: ColumnElement[Any]) -> ColumnElement[bool]:
    one = bindings.c
    return and_(
        one.bound_at <= at,
        or_(one.ended_at.is_(None), one.ended_at > at),
        or_(one.expires_at.is_(None), one.expires_at > at),
    )


def holds_at(at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a row of the table holds at a time: it has begun, and has neither ended nor expired."""
    return _holds(binding, at)


def binding_of(row: Row) -> Binding:
    """A binding from a row that begins with what decides about it."""
    id_, member_id, guide_id, mode, bound_at, protected, expires_at, share_id, store_id, ended_at, why = row[:_DECIDING]
    ended = None if why is None else BindingEnd(why)
    times = (bound_at, protected, expires_at)
    return Binding(id_, member_id, guide_id, BindingMode(mode), *times, share_id, store_id, ended_at, ended)


def whole_binding_of(row: Row) -> Binding:
    """A binding and how it came about."""
    cause, previous_id, actor_id, reason = row[_DECIDING : len(ALL_COLUMNS)]
    return replace(
        binding_of(row), cause=BindingCause(cause), previous_id=previous_id, actor_id=actor_id, reason=reason
    )


_STANDING = prepared(
    select(*ALL_COLUMNS)
    .where(
        binding.c.member_id == any_(bindparam("member_ids", type_=UUIDS)),
        or_(binding.c.ended_at.is_(None), binding.c.ended_at > _AT),
    )
    .order_by(binding.c.member_id, binding.c.bound_at)
)


async def standings_of(reading: Reading, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, Standing]:
    """Where each member stands who has a binding that had not ended by then."""
    rows = by_key(await reading.rows(_STANDING, member_ids=list(member_ids), at=at), "member_id", whole_binding_of)
    return {member_id: standing_of(found, at) for member_id, found in rows.items()}


_NEW = tuple(
    binding.c[name] for name in (*(one.name for one in ALL_COLUMNS if "end" not in one.name), "guide_member_id")
)


def _values(new: Binding, guide_member_id: UUID | None) -> dict[str, Any]:
    values = {one.name: getattr(new, one.name, None) for one in _NEW}
    return values | {"mode": new.mode.value, "cause": new.cause.value, "guide_member_id": guide_member_id}


def _is_bindable(member_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Whether the brand binds a member: everybody, or who has not paid for anything yet."""
    has_paid = exists().where(order.c.member_id == member_id, order.c.paid_at.is_not(None))
    return or_(bindparam("binds_all", type_=Boolean()), ~has_paid)


def _first() -> Statement:
    new = select(*(bindparam(one.name, type_=one.type) for one in _NEW)).where(
        _is_bindable(bindparam("member_id", type_=Uuid()))
    )
    return prepared(
        insert(binding).from_select([one.name for one in _NEW], new).on_conflict_do_nothing().returning(binding.c.id)
    )


def _succeeding() -> Statement:
    """One statement: each binding that still has no end gets it, and only then the next one begins."""
    given = given_rows("new", [*_NEW, *_ENDS])
    ended = (
        update(binding)
        .values(ended_at=given.c.head_ended_at, end_reason=given.c.head_end_reason)
        .where(
            binding.c.id == given.c.head_id,
            binding.c.ended_at.is_(None),
            _is_bindable(given.c.member_id),
        )
        .returning(binding.c.id)
        .cte("ended")
    )
    new = select(*(given.c[one.name] for one in _NEW)).join(ended, ended.c.id == given.c.head_id)
    return prepared(insert(binding).from_select([one.name for one in _NEW], new).returning(binding.c.id))


_ENDS: tuple[Column[Any], ...] = (
    Column("head_id", Uuid()),
    Column("head_ended_at", DateTime(timezone=True)),
    Column("head_end_reason", Text()),
)
_FIRST = _first()
_SUCCEED = _succeeding()
_closing = given_rows("closing", _ENDS)
_CLOSE = prepared(
    update(binding)
    .values(ended_at=_closing.c.head_ended_at, end_reason=_closing.c.head_end_reason)
    .where(binding.c.id == _closing.c.head_id, or_(OPEN_BINDING, binding.c.ended_at > _closing.c.head_ended_at))
    .returning(binding.c.id)
)


async def add_first(tx: Writing, new: Binding, guide_member_id: UUID, who: Bindable) -> bool:
    """Bind a member who has no binding; False when there is one, or the brand does not bind the member.

    Raises:
        NotBindable: the guide is the member, or among the member's own customers.
    """
    asked = _values(new, guide_member_id) | {"binds_all": who is Bindable.ALL_MEMBERS}
    try:
        return await tx.row(_FIRST, **asked) is not None
    except asyncpg.CheckViolationError:
        raise NotBindable from None


async def succeed(
    tx: Writing,
    successions: Sequence[Succession],
    guide_members: Mapping[UUID, UUID],
    who: Bindable = Bindable.ALL_MEMBERS,
) -> set[UUID]:
    """End bindings and begin those that follow on them, in one statement; the ids of those that began.

    None begins whose predecessor somebody else has ended meanwhile, or whom the brand does not bind. `guide_members`
    are the members whom guides are.

    Raises:
        NotBindable: a guide is the member, or among the member's own customers.
    """
    rows = []
    for one in successions:
        assert one.ends is not None, "the first binding of a member is added, it follows on none"
        guide_member = guide_members[one.new.guide_id] if one.new.guide_id else None
        rows.append(_values(one.new, guide_member) | _end(one.ends))
    given = in_columns("new", [*_NEW, *_ENDS], rows)
    try:
        return {row["id"] for row in await tx.rows(_SUCCEED, **given, binds_all=who is Bindable.ALL_MEMBERS)}
    except asyncpg.CheckViolationError:
        raise NotBindable from None


async def close(tx: Writing, closings: Sequence[Closing]) -> set[UUID]:
    """End bindings that have no end, or a later one; the ids of those that it ended."""
    ends = in_columns("closing", _ENDS, [_end(one) for one in closings])
    return {row["id"] for row in await tx.rows(_CLOSE, **ends)}


def _end(closing: Closing) -> dict[str, Any]:
    return {"head_id": closing.binding_id, "head_ended_at": closing.at, "head_end_reason": closing.reason.value}


_OVERDUE = (
    select(binding.c.id)
    .where(OPEN_BINDING, binding.c.expires_at <= _AT)
    .order_by(binding.c.expires_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_EXPIRE = prepared(
    update(binding)
    .values(ended_at=binding.c.expires_at, end_reason=literal_column(f"'{BindingEnd.EXPIRED.value}'"))
    .where(binding.c.id.in_(once(_OVERDUE, "overdue")))
    .returning(*ALL_COLUMNS)
)
_RENEW = prepared(
    update(binding)
    .values(
        expires_at=func.greatest(binding.c.expires_at, bindparam("expires_at", type_=DateTime(timezone=True))),
        protected_until=func.greatest(
            binding.c.protected_until, bindparam("protected_until", type_=DateTime(timezone=True))
        ),
    )
    .where(
        binding.c.member_id == bindparam("member_id", type_=Uuid()),
        binding.c.mode == literal_column(f"'{BindingMode.TIMED.value}'"),
        exists()
        .where(_held.c.member_id == binding.c.member_id)
        .where(_held.c.guide_id == bindparam("guide_id", type_=Uuid()), _holds(_held, _AT)),
        or_(OPEN_BINDING, binding.c.ended_at > _AT),
    )
)


async def expire(tx: Writing, at: datetime, most: int) -> list[Binding]:
    """End bindings whose time is over, at the instant at which it was."""
    return [whole_binding_of(row) for row in await tx.rows(_EXPIRE, at=at, most=most)]


async def renew(
    tx: Writing, member_id: UUID, guide_id: UUID, at: datetime, *, protected_until: datetime, expires_at: datetime
) -> None:
    """Let a timed binding of the member to the guide that holds now last longer, and what is planned to follow it."""
    await tx.execute(
        _RENEW,
        member_id=member_id,
        guide_id=guide_id,
        at=at,
        protected_until=protected_until,
        expires_at=expires_at,
    )


_BOUND_GUIDES = prepared(
    select(*GUIDE_COLUMNS, binding.c.member_id.label("customer_id"))
    .select_from(GUIDES_IN_STORES.join(binding, binding.c.guide_id == guide.c.id))
    .where(binding.c.member_id == any_(bindparam("member_ids", type_=UUIDS)), holds_at(_AT))
)
_HELD_BY = prepared(
    select(*ALL_COLUMNS).where(binding.c.member_id == any_(bindparam("member_ids", type_=UUIDS)), holds_at(_AT))
)
_BY_ID = prepared(
    select(*ALL_COLUMNS, org_unit.c.path)
    .join(org_unit, org_unit.c.id == binding.c.store_id)
    .where(binding.c.id == any_(bindparam("ids", type_=UUIDS)))
)


async def guides_bound_to(reading: Reading, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, Guide]:
    """The guide of each member who is a guide's customer at this time."""
    rows = await reading.rows(_BOUND_GUIDES, member_ids=list(member_ids), at=at)
    return {row["customer_id"]: guide_of(row) for row in rows}


async def bindings_of(reading: Reading, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, Binding]:
    """The binding of each member that holds at this time."""
    rows = await reading.rows(_HELD_BY, member_ids=list(member_ids), at=at)
    return {row["member_id"]: whole_binding_of(row) for row in rows}


async def bindings_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, tuple[Binding, str]]:
    """The bindings with these keys, each with the place of its store in the organisation."""
    return {row["id"]: (whole_binding_of(row), row["path"]) for row in await reading.rows(_BY_ID, ids=list(ids))}


_above = (
    select(binding.c.guide_member_id)
    .where(binding.c.member_id == bindparam("member_id", type_=Uuid()), or_(OPEN_BINDING, binding.c.ended_at > _AT))
    .cte("above")
)
_ABOVE = prepared(
    union(
        select(_above.c.guide_member_id),
        select(binding.c.guide_member_id)
        .join(_above, _above.c.guide_member_id == binding.c.member_id)
        .where(or_(OPEN_BINDING, binding.c.ended_at > _AT)),
    )
)


async def members_above(reading: Reading, member_id: UUID, at: datetime) -> set[UUID]:
    """Those whose customer the member is now or is to be, and those whose customers they are."""
    return {row[0] for row in await reading.rows(_ABOVE, member_id=member_id, at=at) if row[0] is not None}
