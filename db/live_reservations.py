"""Reservations of live rooms, the authorisations to send messages, and the reminders that use them up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert

from db.connection import Reading, Writing
from db.guides import guide
from db.live import live_room
from db.members import member_identity
from db.metadata import UUIDS, metadata, moment, one_of, refers_to, words
from db.statements import Statement, prepared
from domain.live_reservations import MOST_LEFT, REMIND_LATE, Quota, Reminder, ReminderState

live_reservation = Table(
    "live_reservation",
    metadata,
    refers_to("live_room", "live_room_id"),
    refers_to("member", "member_id"),
    moment("reserved_at"),
    *one_of("reminder", ReminderState, default=ReminderState.WAITING),
    moment("reminded_at", optional=True),
    PrimaryKeyConstraint("live_room_id", "member_id"),
    CheckConstraint("(reminder = 'WAITING') = (reminded_at IS NULL)", name="what_was_reminded_has_a_time"),
    Index("ix_live_reservation_waiting", "live_room_id", postgresql_where=text("reminder = 'WAITING'")),
)

message_quota = Table(
    "message_quota",
    metadata,
    refers_to("member", "member_id"),
    words("template_id"),
    Column("remaining", Integer(), nullable=False),
    PrimaryKeyConstraint("member_id", "template_id"),
    CheckConstraint(f"remaining BETWEEN 0 AND {MOST_LEFT}", name="remaining_is_bounded"),
)

_ROOM, _MEMBER = bindparam("room_id", type_=Uuid()), bindparam("member_id", type_=Uuid())
_AT = bindparam("at", type_=DateTime(timezone=True))
_open_room = select(live_room.c.id, _MEMBER, _AT).where(
    live_room.c.id == _ROOM, live_room.c.state == literal_column("'SCHEDULED'")
)
_RESERVE = prepared(
    insert(live_reservation)
    .from_select(["live_room_id", "member_id", "reserved_at"], _open_room)
    .on_conflict_do_nothing()
)
_MINE = (live_reservation.c.live_room_id == _ROOM, live_reservation.c.member_id == _MEMBER)
_UNRESERVE = prepared(delete(live_reservation).where(*_MINE))
_OF_ROOMS = live_reservation.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS))
_COUNTS = prepared(
    select(live_reservation.c.live_room_id, func.count()).where(_OF_ROOMS).group_by(live_reservation.c.live_room_id)
)
_RESERVED = prepared(select(live_reservation.c.live_room_id).where(_OF_ROOMS, live_reservation.c.member_id == _MEMBER))


async def reserve(tx: Writing, room_id: UUID, member_id: UUID, at: datetime) -> bool:
    """Keep a reservation; False when it is there already, or the room is not announced any more."""
    return await tx.execute(_RESERVE, room_id=room_id, member_id=member_id, at=at) == 1


async def unreserve(tx: Writing, room_id: UUID, member_id: UUID) -> bool:
    """Give up a reservation; False when there is none."""
    return await tx.execute(_UNRESERVE, room_id=room_id, member_id=member_id) == 1


async def counts_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many reserved each room; nothing of a room that nobody did."""
    return dict(await reading.rows(_COUNTS, room_ids=list(room_ids)))


async def reserved_by(reading: Reading, room_ids: Sequence[UUID], member_id: UUID) -> set[UUID]:
    """Those of the rooms that a member reserved."""
    return {row[0] for row in await reading.rows(_RESERVED, room_ids=list(room_ids), member_id=member_id)}


_templates = func.unnest(bindparam("template_ids", type_=ARRAY(Text()))).column_valued("template_id")
_granted = insert(message_quota).from_select(
    ["member_id", "template_id", "remaining"], select(_MEMBER, _templates, literal_column("1"))
)
_GRANT = prepared(
    _granted.on_conflict_do_update(
        index_elements=["member_id", "template_id"],
        set_={"remaining": func.least(message_quota.c.remaining + 1, literal_column(str(MOST_LEFT)))},
    ).returning(message_quota.c.template_id, message_quota.c.remaining)
)
_QUOTAS = prepared(
    select(message_quota.c.template_id, message_quota.c.remaining)
    .where(message_quota.c.member_id == _MEMBER)
    .order_by(message_quota.c.template_id)
)


async def grant(tx: Writing, member_id: UUID, template_ids: Sequence[str]) -> list[Quota]:
    """Count one more authorisation of a member for each template; returns what is left of these."""
    rows = await tx.rows(_GRANT, member_id=member_id, template_ids=sorted(template_ids))
    return [Quota(*row) for row in rows]


async def quotas_of(reading: Reading, member_id: UUID) -> list[Quota]:
    """What a member authorised and was not used."""
    return [Quota(*row) for row in await reading.rows(_QUOTAS, member_id=member_id)]


def _take() -> Statement:
    """Take reminders that are due, and the authorisation of each; one for each member, whatever else waits."""
    template = bindparam("template_id", type_=Text())
    quota, identity = message_quota.c, member_identity.c
    is_soon = and_(
        live_room.c.state == literal_column("'SCHEDULED'"),
        live_room.c.scheduled_at <= bindparam("until", type_=DateTime(timezone=True)),
        live_room.c.scheduled_at > bindparam("since", type_=DateTime(timezone=True)),
    )
    has_begun = and_(
        live_room.c.state == literal_column("'LIVE'"),
        live_room.c.started_at > bindparam("since", type_=DateTime(timezone=True)),
    )
    due = (
        select(live_reservation.c.live_room_id, live_reservation.c.member_id, identity.openid)
        .join(live_room, live_room.c.id == live_reservation.c.live_room_id)
        .join(message_quota, and_(quota.member_id == live_reservation.c.member_id, quota.template_id == template))
        .join(member_identity, identity.member_id == live_reservation.c.member_id)
        .where(
            live_reservation.c.reminder == literal_column("'WAITING'"),
            or_(is_soon, has_begun),
            quota.remaining > literal_column("0"),
            identity.provider == literal_column("'WX_MP'"),
            identity.app_id == bindparam("app_id", type_=Text()),
        )
        .limit(bindparam("most", type_=Integer()))
        .with_for_update(of=(live_reservation, message_quota), skip_locked=True)
        .cte("due")
    )
    one = select(due).ext(distinct_on(due.c.member_id)).order_by(due.c.member_id, due.c.live_room_id).cte("one")
    used = (
        update(message_quota)
        .where(quota.member_id == one.c.member_id, quota.template_id == template, quota.remaining > literal_column("0"))
        .values({"remaining": quota.remaining - 1})
        .returning(quota.member_id)
        .cte("used")
    )
    taken = (
        update(live_reservation)
        .where(
            live_reservation.c.live_room_id == one.c.live_room_id,
            live_reservation.c.member_id == one.c.member_id,
            used.c.member_id == one.c.member_id,
        )
        .values(reminder=literal_column("'TAKEN'"), reminded_at=_AT)
        .returning(live_reservation.c.live_room_id, live_reservation.c.member_id, one.c.openid)
        .cte("taken")
    )
    starts_at = func.coalesce(live_room.c.started_at, live_room.c.scheduled_at)
    return prepared(
        select(taken, live_room.c.title, guide.c.display_name, starts_at)
        .join(live_room, live_room.c.id == taken.c.live_room_id)
        .join(guide, guide.c.id == live_room.c.guide_id)
    )


_TAKE = _take()
_NOTE = prepared(
    update(live_reservation)
    .where(*_MINE, live_reservation.c.reminder == literal_column("'TAKEN'"))
    .values(reminder=bindparam("state", type_=Text()))
)


def _give_back() -> Statement:
    waiting = (
        update(live_reservation)
        .where(*_MINE, live_reservation.c.reminder == literal_column("'TAKEN'"))
        .values(reminder=literal_column("'WAITING'"), reminded_at=None)
        .returning(live_reservation.c.member_id)
        .cte("waiting")
    )
    quota = message_quota.c
    return prepared(
        update(message_quota)
        .where(quota.member_id == waiting.c.member_id, quota.template_id == bindparam("template_id", type_=Text()))
        .values({"remaining": func.least(quota.remaining + 1, literal_column(str(MOST_LEFT)))})
    )


_GIVE_BACK = _give_back()


async def take_due(
    tx: Writing, app_id: str, template_id: str, at: datetime, before: timedelta, most: int
) -> list[Reminder]:
    """Take reminders of rooms that start within a time, or just did; nobody else gets these any more."""
    rows = await tx.rows(
        _TAKE,
        app_id=app_id,
        template_id=template_id,
        until=at + before,
        since=at - REMIND_LATE,
        most=most,
        at=at,
    )
    return [Reminder(*row) for row in rows]


async def note(tx: Writing, one: Reminder, state: ReminderState) -> None:
    """Note what became of a reminder that was taken."""
    await tx.execute(_NOTE, room_id=one.live_room_id, member_id=one.member_id, state=state.value)


async def give_back(tx: Writing, one: Reminder, template_id: str) -> None:
    """Let a reminder that was surely not sent wait again, and its authorisation with it."""
    await tx.execute(_GIVE_BACK, room_id=one.live_room_id, member_id=one.member_id, template_id=template_id)
