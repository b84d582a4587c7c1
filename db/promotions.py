"""Promotions: their table, how they are kept and read, and the book that pricing goes by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

import db.price_floors
import db.price_lists
from db.campaigns import campaign
from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, amount, count, key, members_of, metadata, moment, one_of, refers_to, words
from db.promotion_editions import edition
from db.statements import prepared
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.payloads import plain, reader_of
from domain.promotions.audiences import Audience
from domain.promotions.book import EMPTY, Book, Counted
from domain.promotions.life import Limits, Planned, PromotionState
from domain.promotions.plays import Play
from domain.promotions.registry import read_terms
from domain.promotions.scopes import Scope
from domain.promotions.slots import Slot
from domain.promotions.terms import Promotion

promotion = Table(
    "promotion",
    metadata,
    key(),
    words("kind"),
    words("name"),
    *one_of("state", PromotionState),
    Column("terms", JSONB(), nullable=False),
    Column("scope", JSONB(), nullable=False),
    moment("starts_at", optional=True),
    moment("ends_at", optional=True),
    Column("slots", JSONB(), nullable=False),
    Column("audience", JSONB(), nullable=False),
    Column("priority", Integer(), nullable=False),
    Column("exclusive", Boolean(), nullable=False),
    Column("shown_as_discount", Boolean(), nullable=False),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    Column("most_uses", Integer()),
    Column("most_uses_per_member", Integer()),
    amount("budget_minor", optional=True),
    count("used"),
    Column("used_up", Boolean(), nullable=False, server_default=text("false")),
    Column("spent_minor", BigInteger(), nullable=False, server_default=text("0")),
    moment("created_at"),
    moment("updated_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    CheckConstraint("used >= 0 AND used <= most_uses", name="uses_are_within_the_limit"),
    CheckConstraint("most_uses_per_member > 0", name="a_member_has_a_use"),
    CheckConstraint("spent_minor >= 0 AND spent_minor <= budget_minor", name="budget_is_kept"),
    Index("ix_promotion_published", "id", postgresql_where=text("state = 'PUBLISHED'")),
    Index(None, "state", "id"),
)

promotion_state_change = Table(
    "promotion_state_change",
    metadata,
    refers_to("promotion", "promotion_id", index=True),
    *one_of("from_state", PromotionState),
    *one_of("to_state", PromotionState),
    Column("actor_id", Uuid()),
    moment("at"),
)

_COLUMNS = tuple(promotion.c)
_PROMOTIONS: Select[Any] = select(*_COLUMNS)
_STATES = members_of(PromotionState)
_scope, _audience, _slots = reader_of(Scope), reader_of(Audience), reader_of(tuple[Slot, ...])


def _terms(row: Row, plays: Mapping[str, Play]) -> Any:
    """What the play takes; as JSON when it is not installed any more."""
    return read_terms(plays, row["kind"], row["terms"]) if row["kind"] in plays else row["terms"]


def _promotion(row: Row, terms: Any) -> Promotion:
    return Promotion(
        row["id"],
        row["kind"],
        row["name"],
        terms,
        _scope(row["scope"]),
        row["starts_at"],
        row["ends_at"],
        _slots(row["slots"]),
        _audience(row["audience"]),
        row["priority"],
        row["exclusive"],
    )


def _planned(row: Row, plays: Mapping[str, Play]) -> Planned:
    return Planned(
        _promotion(row, _terms(row, plays)),
        _STATES[row["state"]],
        Limits(row["most_uses"], row["most_uses_per_member"], row["budget_minor"]),
        row["campaign_id"],
        row["created_at"],
        row["updated_at"],
        row["used"],
        row["spent_minor"],
        row["version"],
        row["shown_as_discount"],
    )


_PUBLISHED = prepared(
    select(*_COLUMNS, campaign.c.budget_minor.label("campaign_budget"))
    .outerjoin(campaign, campaign.c.id == promotion.c.campaign_id)
    .where(
        promotion.c.state == literal_column("'PUBLISHED'"),
        ~promotion.c.used_up,
        ~func.coalesce(campaign.c.used_up, literal_column("false")),
    )
    .order_by(promotion.c.id)
)
_last: tuple[Book, Mapping[str, Play]] = (EMPTY, {})


async def book(reading: Reading, plays: Mapping[str, Play]) -> Book:
    """What prices rest on now, for these plays: one short statement while nobody has changed anything.

    A process keeps the last book that it read. One of an older edition may hold what is newer than it, never older.
    """
    return await book_of(reading, plays, await edition(reading))


async def book_of(reading: Reading, plays: Mapping[str, Play], current: UUID | None) -> Book:
    """The book of the edition that is in force; no statement while nobody has changed anything."""
    global _last  # noqa: PLW0603  one book for a process, whoever asks
    if current is None:
        return EMPTY
    if _last[0].edition != current or _last[1] is not plays:
        _last = await _read(reading, current, plays), plays
    return _last[0]


async def _read(reading: Reading, current: UUID, plays: Mapping[str, Play]) -> Book:
    rows = [row for row in await reading.rows(_PUBLISHED) if row["kind"] in plays]
    planned = [_planned(row, plays) for row in rows]
    return Book(
        current,
        [one.promotion for one in planned],
        await db.price_lists.in_force(reading),
        await db.price_floors.floors(reading),
        {one.id: _counted(one, row) for one, row in zip(planned, rows, strict=True) if one.is_counted},
    )


def _counted(planned: Planned, row: Row) -> Counted:
    budgets = {planned.id: planned.limits.budget, planned.campaign_id: row["campaign_budget"]}
    known = {key: fen for key, fen in budgets.items() if key is not None and fen is not None}
    return Counted(planned.limits.uses_per_member, planned.is_for_newcomers, known)


_ALL_PUBLISHED = prepared(
    _PROMOTIONS.where(promotion.c.state == literal_column("'PUBLISHED'")).order_by(promotion.c.id)
)


async def published(reading: Reading, plays: Mapping[str, Play]) -> list[Planned]:
    """Every published promotion of these plays, used up or not."""
    rows = await reading.rows(_ALL_PUBLISHED)
    return [_planned(row, plays) for row in rows if row["kind"] in plays]


_BY_ID = prepared(_PROMOTIONS.where(promotion.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(_PROMOTIONS.where(promotion.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_OVER = prepared(
    _PROMOTIONS.where(
        promotion.c.state.in_([literal_column("'PUBLISHED'"), literal_column("'PAUSED'")]),
        promotion.c.ends_at <= bindparam("now", type_=DateTime(timezone=True)),
    )
    .order_by(promotion.c.id)
    .limit(bindparam("most"))
    .with_for_update(key_share=True, skip_locked=True)
)
_LISTING: Listing[Row] = Listing(
    _PROMOTIONS,
    lambda row: row,
    id=promotion.c.id,
    filters={
        "kind": promotion.c.kind,
        "state": promotion.c.state,
        "campaignId": promotion.c.campaign_id,
        "startsAt": promotion.c.starts_at,
        "endsAt": promotion.c.ends_at,
    },
)


async def promotions(
    reading: Reading, plays: Mapping[str, Play], request: PageRequest, where: Condition
) -> Page[Planned]:
    """A page of all promotions that match, the newest first."""
    page = await _LISTING.page(reading, request, where=where, descending=True)
    return page.mapped(lambda row: _planned(row, plays), page.count)


async def promotions_by_id(reading: Reading, plays: Mapping[str, Play], ids: Sequence[UUID]) -> dict[UUID, Planned]:
    return {row["id"]: _planned(row, plays) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def lock(tx: Writing, plays: Mapping[str, Play], promotion_id: UUID) -> Planned | None:
    """Find a promotion and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=promotion_id)
    return None if row is None else _planned(row, plays)


async def lock_over(tx: Writing, plays: Mapping[str, Play], now: datetime, most: int) -> list[Planned]:
    """Promotions whose time is over and which nobody has ended."""
    return [_planned(row, plays) for row in await tx.rows(_OVER, now=now, most=most)]


_KEPT = [one for one in _COLUMNS if one.name not in ("used", "spent_minor", "used_up")]
"""What an operator changes. How much of it is used, only orders change."""
_ADD = prepared(insert(promotion).values({one.name: bindparam(one.name, type_=one.type) for one in _KEPT}))
_reached = or_(promotion.c.used >= bindparam("most_uses"), promotion.c.spent_minor >= bindparam("budget_minor"))
_SAVE = prepared(
    update(promotion)
    .where(promotion.c.id == bindparam("of_id", type_=Uuid()))
    .values(
        {one.name: bindparam(one.name, type_=one.type) for one in _KEPT if one.name not in ("id", "created_at")}
        | {"used_up": func.coalesce(_reached, literal_column("false"))}
    )
)
_MOVED = prepared(
    insert(promotion_state_change).values(
        {one.name: bindparam(one.name, type_=one.type) for one in promotion_state_change.c}
    )
)


def _values(planned: Planned) -> dict[str, Any]:
    one, limits = planned.promotion, planned.limits
    terms = one.terms if isinstance(one.terms, dict) else plain(one.terms)
    return {
        "id": one.id,
        "kind": one.kind,
        "name": one.name,
        "state": planned.state.value,
        "terms": terms,
        "scope": plain(one.scope),
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "slots": plain(one.slots),
        "audience": plain(one.audience),
        "priority": one.priority,
        "exclusive": one.exclusive,
        "shown_as_discount": planned.shown_as_discount,
        "campaign_id": planned.campaign_id,
        "most_uses": limits.uses,
        "most_uses_per_member": limits.uses_per_member,
        "budget_minor": limits.budget,
        "created_at": planned.created_at,
        "updated_at": planned.updated_at,
        "version": planned.version,
    }


async def add(tx: Writing, new: Planned) -> None:
    """Keep a new promotion."""
    await tx.execute(_ADD, **_values(new))


async def save(tx: Writing, changed: Planned) -> None:
    """Save a promotion that is locked. How much of it is used stays as it is; whether that is all is seen anew."""
    await tx.execute(_SAVE, of_id=changed.id, **_values(changed))


async def log_move(tx: Writing, before: Planned, after: Planned, actor_id: UUID | None) -> None:
    """Remember who brought a promotion from one state into another; None: its time was over."""
    await tx.execute(
        _MOVED,
        promotion_id=after.id,
        from_state=before.state.value,
        to_state=after.state.value,
        actor_id=actor_id,
        at=after.updated_at,
    )
