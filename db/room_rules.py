"""The rules of live rooms: who may speak in them, who was told to be quiet or to go, and who told them so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
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
    delete,
    false,
    literal_column,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.sublists import Sublist
from domain.bullets import Ban
from domain.members import MemberCard
from domain.pages import Page, PageRequest
from domain.room_rules import (
    LONGEST_REASON,
    SLOWEST_S,
    Deed,
    DeedRecord,
    ModerationAction,
    Restricted,
    RestrictionKind,
    RoomRules,
)

live_room_rules = Table(
    "live_room_rules",
    metadata,
    Column("live_room_id", Uuid(), primary_key=True),
    Column("muted", Boolean(), nullable=False, server_default=false()),
    Column("slow_mode_s", Integer(), nullable=False, server_default=text("0")),
    Column("reviewed", Boolean(), nullable=False, server_default=false()),
    CheckConstraint(f"slow_mode_s BETWEEN 0 AND {SLOWEST_S}", name="slow_mode_is_within_bounds"),
)
live_restriction = Table(
    "live_restriction",
    metadata,
    refers_to("live_room", "live_room_id"),
    refers_to("member", "member_id"),
    *one_of("kind", RestrictionKind),
    moment("until", optional=True),
    words("reason"),
    refers_to("member", "by_member_id"),
    moment("at"),
    PrimaryKeyConstraint("live_room_id", "member_id", "kind"),
    CheckConstraint("kind = 'KICK' OR until IS NOT NULL", name="a_mute_ends"),
    CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_is_short"),
    Index(None, "member_id"),
)
live_blacklist = Table(
    "live_blacklist",
    metadata,
    Column("member_id", Uuid(), primary_key=True),
    moment("until", optional=True),
    words("reason"),
    refers_to("member", "by_member_id"),
    moment("at"),
    CheckConstraint(f"char_length(reason) <= {LONGEST_REASON}", name="reason_is_short"),
)
live_deed = Table(
    "live_deed",
    metadata,
    key(),
    refers_to("live_room", "live_room_id"),
    *one_of("action", ModerationAction),
    refers_to("member", "actor_id"),
    moment("at"),
    refers_to("member", "member_id", optional=True),
    Column("comment_id", Uuid()),
    moment("until", optional=True),
    words("note"),
    Index(None, "live_room_id", "id"),
)

_WHEN = DateTime(timezone=True)
_NOW: Any = bindparam("now", type_=_WHEN)
_someone, _by = member.alias("someone"), member.alias("by_whom")
_CARD = ("id", "nickname", "avatar_url")


def _cards(whom: Any, prefix: str) -> list[Any]:
    return [whom.c[name].label(f"{prefix}_{name}") for name in _CARD]


def _card(row: Row, prefix: str) -> MemberCard | None:
    id_ = row[f"{prefix}_id"]
    return None if id_ is None else MemberCard(id_, row[f"{prefix}_nickname"], row[f"{prefix}_avatar_url"])


def _restricted_of(table: Table) -> Select[Any]:
    return (
        select(table.c.until, table.c.reason, table.c.at, *_cards(_someone, "member"), *_cards(_by, "by"))
        .select_from(table)
        .join(_someone, _someone.c.id == table.c.member_id)
        .join(_by, _by.c.id == table.c.by_member_id)
        .where(or_(table.c.until.is_(None), table.c.until > _NOW))
    )


def _restricted(row: Row) -> Restricted:
    someone, by = _card(row, "member"), _card(row, "by")
    assert someone is not None
    assert by is not None
    return Restricted(someone, row["until"], row["reason"], by, row["at"])


def _list_of(kind: RestrictionKind) -> Sublist[Restricted]:
    of_kind = _restricted_of(live_restriction).where(live_restriction.c.kind == literal_column(f"'{kind.value}'"))
    return Sublist(of_kind, _restricted, parent=live_restriction.c.live_room_id, id=live_restriction.c.member_id)


def _deed(row: Row) -> DeedRecord:
    actor = _card(row, "actor")
    assert actor is not None
    action = ModerationAction(row["action"])
    return DeedRecord(
        row["id"], action, actor, row["at"], _card(row, "member"), row["comment_id"], row["until"], row["note"]
    )


_LISTS = {kind: _list_of(kind) for kind in RestrictionKind}
_BLACKLISTED = Listing(_restricted_of(live_blacklist), _restricted, id=live_blacklist.c.member_id)
_DEEDS = Sublist(
    select(*(live_deed.c[name] for name in ("id", "action", "at", "comment_id", "until", "note")))
    .add_columns(*_cards(_by, "actor"), *_cards(_someone, "member"))
    .join(_by, _by.c.id == live_deed.c.actor_id)
    .outerjoin(_someone, _someone.c.id == live_deed.c.member_id),
    _deed,
    parent=live_deed.c.live_room_id,
    id=live_deed.c.id,
    descending=True,
)
_RULES = prepared(
    select(
        live_room_rules.c.live_room_id,
        live_room_rules.c.muted,
        live_room_rules.c.slow_mode_s,
        live_room_rules.c.reviewed,
    ).where(live_room_rules.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS)))
)
_rules = insert(live_room_rules).values(
    {column.name: bindparam(column.name, type_=column.type) for column in live_room_rules.c}
)
_SET_RULES = prepared(
    _rules.on_conflict_do_update(
        index_elements=["live_room_id"],
        set_={name: _rules.excluded[name] for name in ("muted", "slow_mode_s", "reviewed")},
    )
)
_restrict = insert(live_restriction).values(
    {column.name: bindparam(column.name, type_=column.type) for column in live_restriction.c}
)
_RESTRICT = prepared(
    _restrict.on_conflict_do_update(
        index_elements=["live_room_id", "member_id", "kind"],
        set_={name: _restrict.excluded[name] for name in ("until", "reason", "by_member_id", "at")},
    )
)
_RELEASE = prepared(
    delete(live_restriction).where(
        live_restriction.c.live_room_id == bindparam("of_room", type_=Uuid()),
        live_restriction.c.member_id == bindparam("of_member", type_=Uuid()),
        live_restriction.c.kind == bindparam("of_kind", type_=Text()),
        or_(live_restriction.c.until.is_(None), live_restriction.c.until > _NOW),
    )
)
_OF_MEMBER = prepared(
    select(live_restriction.c.live_room_id, live_restriction.c.until).where(
        live_restriction.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS)),
        live_restriction.c.member_id == bindparam("of_member", type_=Uuid()),
        live_restriction.c.kind == bindparam("of_kind", type_=Text()),
        or_(live_restriction.c.until.is_(None), live_restriction.c.until > _NOW),
    )
)
_BANS = prepared(
    union_all(
        select(live_restriction.c.until).where(
            live_restriction.c.live_room_id == bindparam("of_room", type_=Uuid()),
            live_restriction.c.member_id == bindparam("of_member", type_=Uuid()),
            live_restriction.c.kind == literal_column("'KICK'"),
        ),
        select(live_blacklist.c.until).where(live_blacklist.c.member_id == bindparam("of_member", type_=Uuid())),
    )
)
_listed = insert(live_blacklist).values(
    {column.name: bindparam(column.name, type_=column.type) for column in live_blacklist.c}
)
_BLACKLIST = prepared(
    _listed.on_conflict_do_update(
        index_elements=["member_id"],
        set_={name: _listed.excluded[name] for name in ("until", "reason", "by_member_id", "at")},
    )
)
_UNLIST = prepared(delete(live_blacklist).where(live_blacklist.c.member_id == bindparam("of_member", type_=Uuid())))
_RECORD = prepared(
    insert(live_deed).values({column.name: bindparam(column.name, type_=column.type) for column in live_deed.c})
)


async def rules_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, RoomRules]:
    """The rules of those rooms for which some were set."""
    return {row[0]: RoomRules(*row[1:]) for row in await reading.rows(_RULES, room_ids=list(room_ids))}


async def set_rules(tx: Writing, room_id: UUID, rules: RoomRules) -> None:
    """Keep the rules of a locked room."""
    await tx.execute(_SET_RULES, live_room_id=room_id, **asdict(rules))


async def restrict(tx: Writing, kind: RestrictionKind, deed: Deed) -> None:
    """Mute or kick a member, instead of what was said of them before."""
    await tx.execute(
        _RESTRICT,
        live_room_id=deed.room_id,
        member_id=deed.member_id,
        kind=kind.value,
        until=deed.until,
        reason=deed.note,
        by_member_id=deed.actor_id,
        at=deed.at,
    )


async def release(tx: Writing, kind: RestrictionKind, room_id: UUID, member_id: UUID, at: datetime) -> bool:
    """End a mute or kick; False when none held."""
    return await tx.execute(_RELEASE, of_room=room_id, of_member=member_id, of_kind=kind.value, now=at) == 1


async def restrictions_of(
    reading: Reading, kind: RestrictionKind, room_ids: Sequence[UUID], member_id: UUID, at: datetime
) -> dict[UUID, Ban]:
    """In which of the rooms a member is muted, or kicked, now."""
    values = {"room_ids": list(room_ids), "of_member": member_id, "of_kind": kind.value, "now": at}
    return {row[0]: Ban(row[1]) for row in await reading.rows(_OF_MEMBER, **values)}


async def bans_of(reading: Reading, room_id: UUID, member_id: UUID) -> list[Ban]:
    """What keeps a member, or kept them, out of a room or all rooms."""
    return [Ban(row[0]) for row in await reading.rows(_BANS, of_room=room_id, of_member=member_id)]


async def restricted_in(
    reading: Reading, kind: RestrictionKind, room_ids: Sequence[UUID], request: PageRequest, at: datetime
) -> list[Page[Restricted]]:
    """A page of those who are muted, or kicked, in each room now."""
    return await _LISTS[kind].pages(reading, room_ids, request, now=at)


async def deeds_in(reading: Reading, room_ids: Sequence[UUID], request: PageRequest) -> list[Page[DeedRecord]]:
    """A page of what was done to keep order in each room, the newest first."""
    return await _DEEDS.pages(reading, room_ids, request)


async def record(tx: Writing, deed: Deed) -> None:
    """Write down who did what."""
    values = asdict(deed) | {"action": deed.action.value}
    await tx.execute(_RECORD, live_room_id=values.pop("room_id"), **values)


async def blacklist(
    tx: Writing, member_id: UUID, until: datetime | None, reason: str, by_member_id: UUID, at: datetime
) -> None:
    """Keep a member out of all live rooms."""
    await tx.execute(_BLACKLIST, member_id=member_id, until=until, reason=reason, by_member_id=by_member_id, at=at)


async def take_off_blacklist(tx: Writing, member_id: UUID) -> bool:
    """Let a member into live rooms again; False when they were."""
    return await tx.execute(_UNLIST, of_member=member_id) == 1


async def blacklisted(reading: Reading, request: PageRequest, at: datetime) -> Page[Restricted]:
    """A page of those who are kept out of all live rooms now, by their ids."""
    return await _BLACKLISTED.page(reading, request, now=at)
