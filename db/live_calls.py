"""Calls to action of live rooms: the cards, who clicked them, and the codes of guides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    FromClause,
    Index,
    PrimaryKeyConstraint,
    Select,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from db.bindings import binding, holds_at
from db.connection import Reading, Row, Writing, by_key
from db.guides import guide
from db.live import live_room
from db.live_invites import live_invite
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.guides import KNOWN_TO_ALL
from domain.live import SEEN_BY_ALL
from domain.live_calls import MOST_LISTED, CallKind, CallNumbers, CallToAction, Contact

live_call = Table(
    "live_call",
    metadata,
    key(),
    refers_to("live_room", "live_room_id"),
    *one_of("kind", CallKind),
    words("title"),
    words("picture_url", optional=True),
    words("target", optional=True),
    moment("shown_at"),
    moment("hidden_at", optional=True),
    CheckConstraint("(kind = 'GUIDE_QR') = (target IS NULL)", name="all_but_a_guides_code_have_a_target"),
    Index("uq_live_call_one_shown", "live_room_id", unique=True, postgresql_where=text("hidden_at IS NULL")),
    Index(None, "live_room_id", "id"),
)

live_call_click = Table(
    "live_call_click",
    metadata,
    refers_to("live_call", "live_call_id"),
    refers_to("member", "member_id"),
    moment("clicked_at"),
    moment("converted_at", optional=True),
    PrimaryKeyConstraint("live_call_id", "member_id"),
)

guide_contact = Table(
    "guide_contact",
    metadata,
    refers_to("guide", "guide_id"),
    words("qr_url"),
    moment("saved_at"),
    PrimaryKeyConstraint("guide_id"),
)

_COLUMNS = (
    live_call.c.id,
    live_call.c.live_room_id,
    live_call.c.kind,
    live_call.c.title,
    live_call.c.picture_url,
    live_call.c.target,
    live_call.c.shown_at,
    live_call.c.hidden_at,
)
_ROOMS = live_call.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS))
_SHOWN = prepared(select(*_COLUMNS).where(_ROOMS, live_call.c.hidden_at.is_(None)))


def _latest() -> Select[Any]:
    rooms = func.unnest(bindparam("room_ids", type_=UUIDS)).table_valued("id", name="rooms").render_derived()
    some = (
        select(*_COLUMNS)
        .where(live_call.c.live_room_id == rooms.c.id)
        .order_by(live_call.c.id.desc())
        .limit(literal_column(str(MOST_LISTED)))
        .lateral("some")
    )
    return select(some).select_from(rooms.join(some, true())).order_by(some.c.id.desc())


_LATEST = prepared(_latest())


def _call(row: Row) -> CallToAction:
    id_, room_id, kind, *rest = row
    return CallToAction(id_, room_id, CallKind(kind), *rest)


async def shown_in(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, CallToAction]:
    """The card that each room shows."""
    return {row["live_room_id"]: _call(row) for row in await reading.rows(_SHOWN, room_ids=list(room_ids))}


async def latest_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, list[CallToAction]]:
    """The latest 50 cards of each room, the newest first."""
    return by_key(await reading.rows(_LATEST, room_ids=list(room_ids)), "live_room_id", _call)


_IS_CREDITED = guide.c.status.in_([literal_column(f"'{status.value}'") for status in KNOWN_TO_ALL])
_ME = bindparam("member_id", type_=Uuid())


def _way(place: int, guide_id: ColumnElement[Any], joined: FromClause) -> Select[Any]:
    """Contacts that are found on one way from a room to a guide."""
    return (
        select(
            live_room.c.id.label("room_id"),
            literal_column(str(place)).label("place"),
            guide.c.id,
            guide.c.display_name,
            guide.c.avatar_url,
            guide_contact.c.qr_url,
        )
        .select_from(
            joined.join(guide, and_(guide.c.id == guide_id, _IS_CREDITED)).join(
                guide_contact, guide_contact.c.guide_id == guide.c.id
            )
        )
        .where(live_room.c.id == any_(bindparam("room_ids", type_=UUIDS)))
    )


def _contacts() -> Select[Any]:
    """Of each room the first of the viewer's own guide, the guide who invited them, and the host, who has a code."""
    holds = holds_at(bindparam("at", type_=DateTime(timezone=True)))
    bound = live_room.join(binding, and_(binding.c.member_id == _ME, binding.c.guide_id.is_not(None), holds))
    invited = live_room.join(
        live_invite, and_(live_invite.c.live_room_id == live_room.c.id, live_invite.c.viewer_id == _ME)
    )
    ways = union_all(
        _way(1, binding.c.guide_id, bound),
        _way(2, live_invite.c.guide_id, invited),
        _way(3, live_room.c.guide_id, live_room),
    ).subquery("ways")
    return select(ways).ext(distinct_on(ways.c.room_id)).order_by(ways.c.room_id, ways.c.place)


_CONTACTS = prepared(_contacts())
_SAVE_CONTACT_VALUES = insert(guide_contact).values(
    {column.name: bindparam(column.name, type_=column.type) for column in guide_contact.c}
)
_SAVE_CONTACT = prepared(
    _SAVE_CONTACT_VALUES.on_conflict_do_update(
        index_elements=["guide_id"],
        set_={name: _SAVE_CONTACT_VALUES.excluded[name] for name in ("qr_url", "saved_at")},
    )
)


async def contacts_for(
    reading: Reading, member_id: UUID | None, room_ids: Sequence[UUID], at: datetime
) -> dict[UUID, Contact]:
    """Whose code a viewer is shown in each room."""
    rows = await reading.rows(_CONTACTS, member_id=member_id, room_ids=list(room_ids), at=at)
    return {row["room_id"]: Contact(*row[2:]) for row in rows}


async def save_contact(tx: Writing, guide_id: UUID, qr_url: str, at: datetime) -> None:
    """Keep where the picture of a guide's code is."""
    await tx.execute(_SAVE_CONTACT, guide_id=guide_id, qr_url=qr_url, saved_at=at)


_ADD = prepared(
    insert(live_call).values({c.name: bindparam(c.name, type_=c.type) for c in live_call.c if c.name != "hidden_at"})
)
_HIDE = prepared(
    update(live_call)
    .where(live_call.c.live_room_id == bindparam("room_id", type_=Uuid()), live_call.c.hidden_at.is_(None))
    .values(hidden_at=bindparam("at", type_=DateTime(timezone=True)))
)


async def add(tx: Writing, new: CallToAction) -> None:
    """Show a card in a locked room that shows none."""
    await tx.execute(
        _ADD,
        id=new.id,
        live_room_id=new.room_id,
        kind=new.kind.value,
        title=new.title,
        picture_url=new.picture_url,
        target=new.target,
        shown_at=new.shown_at,
    )


async def hide(tx: Writing, room_id: UUID, at: datetime) -> bool:
    """Take away the card that a locked room shows; False when it shows none."""
    return bool(await tx.execute(_HIDE, room_id=room_id, at=at))


_SEEN = live_room.c.state.in_([literal_column(f"'{state.value}'") for state in sorted(SEEN_BY_ALL, key=str)])
_CLICKED = insert(live_call_click).from_select(
    ["live_call_id", "member_id", "clicked_at", "converted_at"],
    select(
        live_call.c.id,
        _ME,
        bindparam("at", type_=DateTime(timezone=True)),
        bindparam("converted_at", type_=DateTime(timezone=True)),
    )
    .join(live_room, live_room.c.id == live_call.c.live_room_id)
    .where(live_call.c.id == bindparam("call_id", type_=Uuid()), _SEEN),
)
_CLICK = prepared(
    _CLICKED.on_conflict_do_update(
        index_elements=["live_call_id", "member_id"],
        set_={"converted_at": func.coalesce(live_call_click.c.converted_at, _CLICKED.excluded.converted_at)},
    )
)
_bound_since = (
    select(binding.c.id)
    .where(
        live_call.c.kind == literal_column("'GUIDE_QR'"),
        binding.c.member_id == live_call_click.c.member_id,
        binding.c.bound_at >= live_call_click.c.clicked_at,
    )
    .exists()
)
_NUMBERS = prepared(
    select(
        live_call.c.id,
        func.count(),
        func.count().filter(or_(live_call_click.c.converted_at.is_not(None), _bound_since)),
    )
    .join(live_call_click, live_call_click.c.live_call_id == live_call.c.id)
    .where(live_call.c.id == any_(bindparam("ids", type_=UUIDS)))
    .group_by(live_call.c.id)
)


async def click(tx: Writing, call_id: UUID, member_id: UUID, at: datetime, *, converted: bool) -> bool:
    """Note that a member clicked a card, or got where it leads, once each; False when there is no such card."""
    converted_at = at if converted else None
    return bool(await tx.execute(_CLICK, call_id=call_id, member_id=member_id, at=at, converted_at=converted_at))


async def numbers_of(reading: Reading, call_ids: Sequence[UUID]) -> dict[UUID, CallNumbers]:
    """What came of each card that anybody clicked. Who was bound to a guide after seeing the code got there too."""
    return {row[0]: CallNumbers(*row[1:]) for row in await reading.rows(_NUMBERS, ids=list(call_ids))}
