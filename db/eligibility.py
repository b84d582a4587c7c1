"""Eligibility: what is known of a member in a room who wants to take part in something there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    Text,
    Uuid,
    bindparam,
    func,
    literal_column,
    or_,
    select,
)

from db.bindings import binding, holds_at
from db.connection import Reading, Row
from db.guides import guide
from db.live import live_room
from db.live_invites import live_inviter
from db.members import member
from db.metadata import words
from db.order_tables import order
from db.room_log import room_event
from db.room_rules import live_blacklist, live_restriction
from db.statements import prepared
from domain.eligibility import Candidate, EntryConditions
from domain.records import record
from domain.room_events import LiveRoomState

LOOKED_BACK = 20_000
"""So many of the room's latest events are searched for a password."""
CONDITION_COLUMNS = ("bound_to_host", "password", "has_ordered", "least_invited")


def conditions() -> tuple[Any, ...]:
    """The columns of what it takes to take part in something."""
    return (
        Column("bound_to_host", Boolean(), nullable=False),
        words("password", optional=True),
        Column("has_ordered", Boolean(), nullable=False),
        Column("least_invited", Integer(), nullable=False),
        CheckConstraint("least_invited >= 0", name="least_invited_is_not_negative"),
    )


def conditions_of(row: Row) -> EntryConditions:
    return EntryConditions(*(row[name] for name in CONDITION_COLUMNS))


def condition_values(asked: EntryConditions) -> dict[str, Any]:
    return {name: getattr(asked, name) for name in CONDITION_COLUMNS}


@record
class Found:
    """A member in a room, and the state that the room is in."""

    room_state: LiveRoomState
    candidate: Candidate


_of_member = bindparam("member_id", type_=Uuid())
_now = bindparam("now", type_=DateTime(timezone=True))
_here = live_room.alias("here")
_is_here = or_(_here.c.id == live_room.c.id, _here.c.mirror_of == live_room.c.id)
"""The room itself, or one that shows it."""
_is_bound = (
    select(literal_column("1"))
    .join(_here, _here.c.guide_id == binding.c.guide_id)
    .where(
        binding.c.member_id == _of_member,
        holds_at(_now),
        _is_here,
    )
    .exists()
)
_has_ordered = (
    select(literal_column("1"))
    .join(_here, _here.c.id == order.c.live_room_id)
    .where(order.c.member_id == _of_member, order.c.state == "PAID", _is_here)
    .exists()
)
_is_kicked = or_(
    select(literal_column("1"))
    .where(
        live_restriction.c.live_room_id == live_room.c.id,
        live_restriction.c.member_id == _of_member,
        live_restriction.c.kind == "KICK",
        or_(live_restriction.c.until.is_(None), live_restriction.c.until > _now),
    )
    .exists(),
    select(literal_column("1"))
    .where(
        live_blacklist.c.member_id == _of_member, or_(live_blacklist.c.until.is_(None), live_blacklist.c.until > _now)
    )
    .exists(),
)
_invited = (
    select(func.coalesce(func.sum(live_inviter.c.invites), 0))
    .join(_here, _here.c.id == live_inviter.c.live_room_id)
    .where(live_inviter.c.member_id == _of_member, _is_here)
    .scalar_subquery()
)
_CANDIDATE = prepared(
    select(
        live_room.c.state,
        (guide.c.member_id == _of_member).label("is_host"),
        _is_kicked.label("is_kicked"),
        _is_bound.label("is_bound"),
        _has_ordered.label("has_ordered"),
        _invited.label("invited"),
        func.coalesce(member.c.verified_birthday, member.c.birthday).label("born_on"),
    )
    .join(guide, guide.c.id == live_room.c.guide_id)
    .join(member, member.c.id == _of_member)
    .where(live_room.c.id == bindparam("room_id", type_=Uuid()))
)
_latest = (
    select(room_event.c.kind, room_event.c.payload)
    .where(
        room_event.c.room_id == bindparam("room_id", type_=Uuid()),
        room_event.c.seq > bindparam("after", type_=BigInteger()),
    )
    .order_by(room_event.c.seq.desc())
    .limit(literal_column(str(LOOKED_BACK)))
    .subquery("latest")
)
_comment = _latest.c.payload["comment"]
_SAID = prepared(
    select(literal_column("1"))
    .where(
        _latest.c.kind == literal_column("'BULLET_COMMENT'"),
        _comment["sender_id"].as_string() == bindparam("sender", type_=Text()),
        _comment["text"].as_string() == bindparam("said", type_=Text()),
    )
    .limit(literal_column("1"))
)


async def candidate(reading: Reading, room_id: UUID, member_id: UUID, at: datetime) -> Found | None:
    """A member in a room, apart from what was said there; None when there is no such room."""
    row = await reading.row(_CANDIDATE, room_id=room_id, member_id=member_id, now=at)
    return None if row is None else Found(LiveRoomState(row[0]), Candidate(*row[1:]))


async def has_said(reading: Reading, room_id: UUID, after: int, member_id: UUID, words: str) -> bool:
    """Whether the member said just this in the room after an event, within its latest 20,000 events.

    Who enters has mostly just said it, so that it is found at once.
    """
    said = await reading.value(_SAID, room_id=room_id, after=after, sender=member_id.hex, said=words)
    return said is not None
