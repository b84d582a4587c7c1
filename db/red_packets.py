"""Red packets: tables of what was put aside and of the packets it was split into, and how they are grabbed.

A packet has one row from the beginning. To grab is to write a member into a row that has none, skipping those that
others are about to take; a unique key holds each member to one.
"""

from __future__ import annotations

from collections.abc import Sequence
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
    PrimaryKeyConstraint,
    Select,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    null,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing, by_key
from db.eligibility import CONDITION_COLUMNS, condition_values, conditions, conditions_of
from db.live import live_room
from db.members import member
from db.metadata import UUIDS, amount, count, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.live import OPEN_STATES
from domain.members import masked_name
from domain.money import Money
from domain.red_packets import MOST_PACKETS, Grab, RedPacket, RedPacketCard, RedPacketState
from domain.sponsors import Sponsor

red_packet = Table(
    "red_packet",
    metadata,
    key(),
    refers_to("live_room", "live_room_id"),
    *one_of("state", RedPacketState),
    words("greeting"),
    *one_of("sponsor", Sponsor),
    refers_to("member", "sponsor_id"),
    amount("total_minor"),
    words("currency"),
    Column("count", Integer(), nullable=False),
    *conditions(),
    Column("opened_seq", BigInteger(), nullable=False),
    moment("created_at"),
    moment("opens_at"),
    moment("expires_at"),
    count("grabbed"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint(f"count BETWEEN 1 AND {MOST_PACKETS}", name="count_is_within_bounds"),
    CheckConstraint("total_minor >= count", name="total_is_one_for_each"),
    CheckConstraint("grabbed BETWEEN 0 AND count", name="grabbed_is_within_count"),
    Index(None, "live_room_id", "id"),
    Index("ix_red_packet_running", "id", postgresql_where=text("state IN ('WAITING', 'OPEN')")),
)

red_packet_share = Table(
    "red_packet_share",
    metadata,
    refers_to("red_packet", "red_packet_id"),
    Column("position", Integer(), nullable=False),
    amount("amount_minor"),
    refers_to("member", "member_id", optional=True),
    moment("grabbed_at", optional=True),
    Column("returned", Boolean(), nullable=False, server_default=text("false")),
    PrimaryKeyConstraint("red_packet_id", "position"),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("(member_id IS NULL) = (grabbed_at IS NULL)", name="grabbed_by_somebody"),
    CheckConstraint("member_id IS NULL OR NOT returned", name="grabbed_or_returned"),
    Index("uq_red_packet_share_member", "red_packet_id", "member_id", unique=True),
    Index(
        "ix_red_packet_share_left",
        "red_packet_id",
        "position",
        postgresql_where=text("member_id IS NULL AND NOT returned"),
    ),
)

_luckiest = (
    select(func.jsonb_build_array(member.c.nickname, red_packet_share.c.amount_minor, red_packet_share.c.grabbed_at))
    .join(member, member.c.id == red_packet_share.c.member_id)
    .where(red_packet_share.c.red_packet_id == red_packet.c.id)
    .order_by(red_packet_share.c.amount_minor.desc(), red_packet_share.c.grabbed_at, red_packet_share.c.position)
    .limit(literal_column("1"))
    .correlate(red_packet)
    .scalar_subquery()
)
_PACKETS: Select[Any] = select(
    *red_packet.c,
    case(
        (red_packet.c.state.in_([literal_column("'GONE'"), literal_column("'EXPIRED'")]), _luckiest), else_=null()
    ).label("luckiest"),
    select(member.c.nickname).where(member.c.id == red_packet.c.sponsor_id).scalar_subquery().label("sponsor_name"),
)


def _packet(row: Row) -> RedPacket:
    total = Money(row["total_minor"], row["currency"])
    card = RedPacketCard(
        row["id"],
        RedPacketState(row["state"]),
        row["greeting"],
        row["sponsor_name"],
        total,
        row["count"],
        conditions_of(row),
        row["opens_at"],
        row["expires_at"],
        row["grabbed"],
        _luckiest_of(row["luckiest"], total.currency),
        row["version"],
    )
    return RedPacket(card, row["live_room_id"], Sponsor(row["sponsor"]), row["sponsor_id"], row["opened_seq"])


def _luckiest_of(found: list[Any] | None, currency: str) -> Grab | None:
    if found is None:
        return None
    nickname, minor, at = found
    return Grab(masked_name(nickname), Money(minor, currency), datetime.fromisoformat(at))


_RUNNING = prepared(
    select(func.count()).where(
        red_packet.c.live_room_id == bindparam("room_id", type_=Uuid()),
        red_packet.c.state.in_([literal_column("'WAITING'"), literal_column("'OPEN'")]),
    )
)
_NEW = (
    *("id", "live_room_id", "state", "greeting", "sponsor", "sponsor_id", "total_minor", "currency", "count"),
    *(*CONDITION_COLUMNS, "opened_seq", "created_at", "opens_at", "expires_at"),
)
_ADD = prepared(insert(red_packet).values({name: bindparam(name, type_=red_packet.c[name].type) for name in _NEW}))
_parts = (
    func.unnest(bindparam("amounts", type_=ARRAY(BigInteger())))
    .table_valued(column("amount", BigInteger()), with_ordinality="position")
    .render_derived(name="part")
)
_SPLIT = prepared(
    insert(red_packet_share).from_select(
        ["red_packet_id", "position", "amount_minor"],
        select(bindparam("id", type_=Uuid()), _parts.c.position, _parts.c.amount),
    )
)
_BY_ID = prepared(_PACKETS.where(red_packet.c.id == any_(bindparam("ids", type_=UUIDS))))
_room = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued("room_id", name="room").render_derived()
_latest = (
    _PACKETS.where(red_packet.c.live_room_id == _room.c.room_id)
    .order_by(red_packet.c.id.desc())
    .limit(bindparam("most", type_=Integer()))
    .lateral("latest")
)
_OF_ROOMS = prepared(select(*_latest.c).select_from(_room.join(_latest, true())).order_by(_latest.c.id.desc()))
_FREE = (red_packet_share.c.member_id.is_(None), ~red_packet_share.c.returned)
_packet_id = bindparam("of_packet", type_=Uuid())
_member_id = bindparam("of_member", type_=Uuid())
_TURN = prepared(select(func.pg_advisory_xact_lock(bindparam("turn", type_=BigInteger()))))
_next = (
    select(red_packet_share.c.position)
    .where(red_packet_share.c.red_packet_id == _packet_id, *_FREE)
    .order_by(red_packet_share.c.position)
    .limit(literal_column("1"))
    .with_for_update(skip_locked=True, key_share=True)
    .scalar_subquery()
)
_own = red_packet_share.alias("own")
_has_one = (
    select(literal_column("1")).where(_own.c.red_packet_id == _packet_id, _own.c.member_id == _member_id).exists()
)
_TAKE = prepared(
    update(red_packet_share)
    .where(red_packet_share.c.red_packet_id == _packet_id, red_packet_share.c.position == _next, ~_has_one)
    .values(member_id=_member_id, grabbed_at=bindparam("at", type_=DateTime(timezone=True)))
    .returning(red_packet_share.c.amount_minor)
)
_GRABS_OF_MEMBER = prepared(
    select(
        red_packet_share.c.red_packet_id,
        red_packet_share.c.amount_minor,
        red_packet_share.c.grabbed_at,
        red_packet.c.currency,
        member.c.nickname,
    )
    .join(red_packet, red_packet.c.id == red_packet_share.c.red_packet_id)
    .join(member, member.c.id == red_packet_share.c.member_id)
    .where(red_packet_share.c.red_packet_id == any_(bindparam("ids", type_=UUIDS)), member.c.id == _member_id)
)
_given = func.unnest(bindparam("ids", type_=UUIDS)).table_valued("packet_id", name="given").render_derived()
_first = (
    select(
        red_packet_share.c.red_packet_id,
        red_packet_share.c.amount_minor,
        red_packet_share.c.grabbed_at,
        red_packet.c.currency,
        member.c.nickname,
    )
    .join(red_packet, red_packet.c.id == red_packet_share.c.red_packet_id)
    .join(member, member.c.id == red_packet_share.c.member_id)
    .where(red_packet_share.c.red_packet_id == _given.c.packet_id)
    .order_by(red_packet_share.c.amount_minor.desc(), red_packet_share.c.grabbed_at, red_packet_share.c.position)
    .limit(bindparam("most", type_=Integer()))
    .lateral("grabs")
)
_GRABS = prepared(
    select(*_first.c)
    .select_from(_given.join(_first, true()))
    .order_by(_first.c.red_packet_id, _first.c.amount_minor.desc(), _first.c.grabbed_at)
)
_taken = (
    select(func.count())
    .where(red_packet_share.c.red_packet_id == red_packet.c.id, red_packet_share.c.member_id.is_not(None))
    .correlate(red_packet)
    .scalar_subquery()
    .label("taken")
)
_room_is_open = live_room.c.state.in_([literal_column(f"'{state.value}'") for state in OPEN_STATES])
_now = bindparam("now", type_=DateTime(timezone=True))
_LOCK_MOVED = prepared(
    _PACKETS.add_columns(_taken, _room_is_open.label("room_is_open"))
    .join(live_room, live_room.c.id == red_packet.c.live_room_id)
    .where(
        red_packet.c.state.in_([literal_column("'WAITING'"), literal_column("'OPEN'")]),
        or_(
            red_packet.c.expires_at <= _now,
            ~_room_is_open,
            (red_packet.c.state == "WAITING") & (red_packet.c.opens_at <= _now),
            _taken != red_packet.c.grabbed,
        ),
    )
    .order_by(red_packet.c.id)
    .limit(bindparam("most"))
    .with_for_update(of=red_packet, key_share=True, skip_locked=True)
)
_SAVE = prepared(
    update(red_packet)
    .where(red_packet.c.id == _packet_id)
    .values({name: bindparam(name, type_=red_packet.c[name].type) for name in ("state", "grabbed", "version")})
)
_RETURN = prepared(
    update(red_packet_share)
    .where(red_packet_share.c.red_packet_id == _packet_id, *_FREE)
    .values(returned=literal_column("true"))
    .returning(red_packet_share.c.amount_minor)
)


async def how_many_run(tx: Writing, room_id: UUID) -> int:
    """How many red packets of a room wait or are open; the room must be locked for that to stay true."""
    return int(await tx.value(_RUNNING, room_id=room_id))


async def add(tx: Writing, new: RedPacket, parts: Sequence[int], at: datetime) -> None:
    """Keep a red packet, with the packets that it was split into."""
    card = new.card
    await tx.execute(
        _ADD,
        id=new.id,
        live_room_id=new.room_id,
        state=card.state.value,
        greeting=card.greeting,
        sponsor=new.sponsor.value,
        sponsor_id=new.sponsor_id,
        total_minor=card.total.minor,
        currency=card.total.currency,
        count=card.count,
        **condition_values(card.conditions),
        opened_seq=new.opened_seq,
        created_at=at,
        opens_at=card.opens_at,
        expires_at=card.expires_at,
    )
    await tx.execute(_SPLIT, id=new.id, amounts=list(parts))


async def packets_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, RedPacket]:
    return {row["id"]: _packet(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def packets_of(reading: Reading, room_ids: Sequence[UUID], most: int) -> dict[UUID, list[RedPacket]]:
    """The latest red packets of each room, the newest first."""
    return by_key(await reading.rows(_OF_ROOMS, room_ids=list(room_ids), most=most), "live_room_id", _packet)


async def take_turn(tx: Writing, red_packet_id: UUID, member_id: UUID) -> None:
    """Have a member grab once at a time: others must not lose a packet to one that grabs twice and is turned away."""
    bits = (red_packet_id.int ^ member_id.int) & (2**64 - 1)
    await tx.rows(_TURN, turn=bits - 2**63)


async def take(tx: Writing, red_packet_id: UUID, member_id: UUID, at: datetime) -> int | None:
    """Take the next packet that nobody is about to take, of so many units; None when none is left, or one was taken."""
    taken = await tx.value(_TAKE, of_packet=red_packet_id, of_member=member_id, at=at)
    return None if taken is None else int(taken)


async def own_grabs(reading: Reading, member_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Grab]:
    """What the member got of each red packet."""
    rows = await reading.rows(_GRABS_OF_MEMBER, of_member=member_id, ids=list(ids))
    return {row["red_packet_id"]: _grab(row) for row in rows}


async def grabs_of(reading: Reading, ids: Sequence[UUID], most: int) -> dict[UUID, list[Grab]]:
    """Who got most of each red packet, the luckiest first."""
    return by_key(await reading.rows(_GRABS, ids=list(ids), most=most), "red_packet_id", _grab)


def _grab(row: Row) -> Grab:
    return Grab(masked_name(row["nickname"]), Money(row["amount_minor"], row["currency"]), row["grabbed_at"])


async def lock_moved(tx: Writing, at: datetime, most: int) -> list[tuple[RedPacket, int, bool]]:
    """Red packets of which there is something to tell, with how many were grabbed and whether their room is open."""
    rows = await tx.rows(_LOCK_MOVED, now=at, most=most)
    return [(_packet(row), row["taken"], row["room_is_open"]) for row in rows]


async def save(tx: Writing, card: RedPacketCard) -> None:
    """Keep how a locked red packet stands."""
    await tx.execute(_SAVE, of_packet=card.id, state=card.state.value, grabbed=card.grabbed, version=card.version)


async def give_back(tx: Writing, red_packet_id: UUID) -> tuple[int, int]:
    """Let nobody grab what is left; returns how many units in how many packets. A grab under way is waited for."""
    left = await tx.rows(_RETURN, of_packet=red_packet_id)
    return sum(row["amount_minor"] for row in left), len(left)
