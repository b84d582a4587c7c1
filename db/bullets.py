"""Bullet comments: they live in the room's log; these are the questions about them, and what is known of speakers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    column,
    delete,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.live import live_room
from db.members import member
from db.metadata import UUIDS, metadata, moment, words
from db.room_log import room_counter, room_event
from db.room_rules import live_blacklist, live_restriction, live_room_rules
from db.statements import prepared
from domain.bullets import Ban, Hearing, Pace
from domain.room_events import BulletComment, BulletCommentPosted, EventKind, LiveRoomState, event_from
from domain.room_rules import RoomRules

LOOKED_BACK = 20_000
"""Among so many of a room's last events its latest comments are looked for."""

bullet_pace = Table(
    "bullet_pace",
    metadata,
    Column("room_id", Uuid(), nullable=False),
    Column("member_id", Uuid(), nullable=False),
    moment("due_at"),
    moment("said_at"),
    words("digests"),
    PrimaryKeyConstraint("room_id", "member_id"),
    prefixes=["UNLOGGED"],
)
"""How often members speak. After a crash of the database it is empty, and everybody may speak at once."""
bullet_show = Table(
    "bullet_show",
    metadata,
    Column("room_id", Uuid(), primary_key=True),
    moment("due_at", optional=True),
    prefixes=["UNLOGGED"],
)
"""How often rooms show a comment."""

_ROOM: Any = bindparam("of_room", type_=Uuid())
_HOLD = prepared(
    select(room_counter.c.room_id)
    .join(live_room, room_counter.c.room_id == func.coalesce(live_room.c.mirror_of, live_room.c.id))
    .where(live_room.c.id == _ROOM)
    .with_for_update(of=room_counter, key_share=True)
)
_speakers = func.unnest(bindparam("member_ids", type_=UUIDS)).table_valued("id", name="speaker").render_derived()
_mute, _kick = live_restriction.alias("mute"), live_restriction.alias("kick")


def _restricts(one: Any, kind: str) -> Any:
    return and_(
        one.c.live_room_id == live_room.c.id,
        one.c.member_id == member.c.id,
        one.c.kind == literal_column(f"'{kind}'"),
    )


_HEARINGS = prepared(
    select(
        member.c.id,
        live_room.c.state,
        live_room.c.guide_id,
        live_room.c.store_path,
        func.coalesce(live_room_rules.c.muted, literal_column("false")).label("muted"),
        func.coalesce(live_room_rules.c.slow_mode_s, literal_column("0")).label("slow_mode_s"),
        func.coalesce(live_room_rules.c.reviewed, literal_column("false")).label("reviewed"),
        member.c.nickname,
        member.c.avatar_url,
        _mute.c.until.label("muted_until"),
        _kick.c.at.label("kicked_at"),
        _kick.c.until.label("kicked_until"),
        live_blacklist.c.at.label("blacklisted_at"),
        live_blacklist.c.until.label("blacklisted_until"),
        bullet_pace.c.due_at,
        bullet_pace.c.said_at,
        bullet_pace.c.digests,
        bullet_show.c.due_at.label("show_at"),
    )
    .select_from(live_room)
    .join(_speakers, true())
    .join(member, member.c.id == _speakers.c.id)
    .outerjoin(live_room_rules, live_room_rules.c.live_room_id == live_room.c.id)
    .outerjoin(_mute, _restricts(_mute, "MUTE"))
    .outerjoin(_kick, _restricts(_kick, "KICK"))
    .outerjoin(live_blacklist, live_blacklist.c.member_id == member.c.id)
    .outerjoin(bullet_pace, and_(bullet_pace.c.room_id == live_room.c.id, bullet_pace.c.member_id == member.c.id))
    .outerjoin(bullet_show, bullet_show.c.room_id == live_room.c.id)
    .where(live_room.c.id == _ROOM)
)
_MOMENTS: Any = ARRAY(DateTime(timezone=True))
_paces = (
    func.unnest(
        bindparam("member_ids", type_=UUIDS),
        bindparam("due", type_=_MOMENTS),
        bindparam("said", type_=_MOMENTS),
        bindparam("digests", type_=ARRAY(Text())),
    )
    .table_valued(
        column("member_id", Uuid()),
        column("due_at", DateTime(timezone=True)),
        column("said_at", DateTime(timezone=True)),
        column("digests", Text()),
        name="paces",
    )
    .render_derived()
)
_pace = insert(bullet_pace).from_select(["room_id", *_paces.c.keys()], select(_ROOM, *_paces.c))
_show = insert(bullet_show).values(room_id=_ROOM, due_at=bindparam("show_at", type_=DateTime(timezone=True)))
_KEEP = prepared(
    _show.on_conflict_do_update(index_elements=["room_id"], set_={"due_at": _show.excluded.due_at}).add_cte(
        _pace.on_conflict_do_update(
            index_elements=["room_id", "member_id"],
            set_={name: _pace.excluded[name] for name in ("due_at", "said_at", "digests")},
        ).cte("paced")
    )
)
_FORGET = [prepared(delete(table).where(table.c.room_id == _ROOM)) for table in (bullet_pace, bullet_show)]
_ERASE = prepared(
    update(room_event)
    .where(
        room_event.c.room_id == bindparam("of_room", type_=Uuid()),
        room_event.c.seq == bindparam("of_seq", type_=BigInteger()),
        room_event.c.kind == literal_column("'BULLET_COMMENT'"),
        room_event.c.payload["comment"]["removed"] == literal_column("'false'::jsonb"),
        or_(
            bindparam("by_sender", type_=Text()).is_(None),
            and_(
                room_event.c.payload["comment"]["sender_id"].as_string() == bindparam("by_sender", type_=Text()),
                room_event.c.at > bindparam("said_after", type_=DateTime(timezone=True)),
            ),
        ),
    )
    .values(
        payload=func.jsonb_set(
            func.jsonb_set(
                room_event.c.payload, literal_column("'{comment,removed}'"), literal_column("'true'::jsonb")
            ),
            literal_column("'{comment,text}'"),
            literal_column("""'""'::jsonb"""),
        )
    )
    .returning(
        room_event.c.payload["comment"]["id"].as_string(), room_event.c.payload["comment"]["sender_id"].as_string()
    )
)
_given = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued("room_id", name="given").render_derived()
# Told how far to look, the planner walks the log backwards and stops; else it sorts all that was ever said in a room.
_looked = (
    select(room_event.c.room_id, room_event.c.seq, room_event.c.kind, room_event.c.payload, room_event.c.at)
    .where(room_event.c.room_id == _given.c.room_id)
    .order_by(room_event.c.seq.desc())
    .limit(literal_column(str(LOOKED_BACK)))
    .correlate(_given)
    .subquery("looked")
)
_latest = (
    select(_looked.c.room_id, _looked.c.seq, _looked.c.payload, _looked.c.at)
    .where(
        _looked.c.kind == literal_column("'BULLET_COMMENT'"),
        # The planner takes half of all to pass a boolean, and next to nothing to equal a piece of JSON: then it sorts.
        _looked.c.payload["comment"]["removed"].as_boolean().is_not(True),
        _looked.c.payload["shown"].is_distinct_from(literal_column("'false'::jsonb")),
    )
    .order_by(_looked.c.seq.desc())
    .limit(bindparam("most", type_=Integer()))
    .lateral("latest")
)
_LATEST = prepared(
    select(_latest.c.room_id, _latest.c.seq, _latest.c.payload, _latest.c.at)
    .select_from(_given.join(_latest, true()))
    .order_by(_latest.c.room_id, _latest.c.seq)
)


async def hold(tx: Writing, room_id: UUID) -> UUID | None:
    """Let nothing more come into a room's log until the transaction ends; returns whose log it is, None without one.

    Whatever says who may speak in a room holds its log: what it says is true of all later numbers. No row that is
    locked before the log may be waited for by whoever holds it.
    """
    held: UUID | None = await tx.value(_HOLD, of_room=room_id)
    return held


async def hearings(
    tx: Writing, room_id: UUID, member_ids: Iterable[UUID]
) -> tuple[dict[UUID, Hearing], datetime | None]:
    """What decides on each member who wants to speak in a room, and when the room's next comment is due to show."""
    rows = await tx.rows(_HEARINGS, of_room=room_id, member_ids=list(member_ids))
    return {row["id"]: _hearing(row) for row in rows}, rows[0]["show_at"] if rows else None


def _hearing(row: Row) -> Hearing:
    bans = [Ban(row[f"{what}_until"]) for what in ("kicked", "blacklisted") if row[f"{what}_at"] is not None]
    pace = None
    if row["said_at"] is not None:
        pace = Pace(row["due_at"], row["said_at"], tuple(row["digests"].split()))
    return Hearing(
        LiveRoomState(row["state"]),
        row["guide_id"],
        row["store_path"],
        RoomRules(row["muted"], row["slow_mode_s"], row["reviewed"]),
        row["nickname"],
        row["avatar_url"],
        row["muted_until"],
        tuple(bans),
        pace,
    )


async def keep_paces(tx: Writing, room_id: UUID, paces: Mapping[UUID, Pace], show_at: datetime | None) -> None:
    """Keep the paces of members who spoke, and of the room itself."""
    await tx.execute(
        _KEEP,
        of_room=room_id,
        member_ids=list(paces),
        due=[pace.due_at for pace in paces.values()],
        said=[pace.said_at for pace in paces.values()],
        digests=[" ".join(pace.digests) for pace in paces.values()],
        show_at=show_at,
    )


async def forget_paces(tx: Writing, room_id: UUID) -> None:
    """Forget the paces of a room that is over."""
    for statement in _FORGET:
        await tx.execute(statement, of_room=room_id)


async def erase(
    tx: Writing, room_id: UUID, seq: int, *, sender_id: UUID | None = None, said_after: datetime | None = None
) -> tuple[UUID, UUID] | None:
    """Blank the comment with this number in the log, so that no replay shows it; returns its id and its sender's.

    With `sender_id` only one of theirs that was said after a time.
    """
    by_sender = None if sender_id is None else sender_id.hex
    found = await tx.row(_ERASE, of_room=room_id, of_seq=seq, by_sender=by_sender, said_after=said_after)
    return None if found is None else (UUID(hex=found[0]), UUID(hex=found[1]))


async def latest_of(reading: Reading, room_ids: Sequence[UUID], most: int) -> dict[UUID, list[BulletComment]]:
    """The latest comments of each room among its last 20,000 events, the oldest first."""
    found: dict[UUID, list[BulletComment]] = {}
    for row in await reading.rows(_LATEST, room_ids=list(room_ids), most=most):
        event = event_from(EventKind.BULLET_COMMENT, row["room_id"], row["seq"], row["at"], row["payload"])
        assert isinstance(event, BulletCommentPosted)
        found.setdefault(row["room_id"], []).append(event.comment)
    return found
