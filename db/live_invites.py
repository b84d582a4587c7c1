"""Invites: who came into which live room first by whose link, and how many each inviter brought."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert

from db.connection import Reading, Writing
from db.guides import guide
from db.live import live_room
from db.members import member
from db.metadata import UUIDS, count, metadata, moment, refers_to
from db.room_presence import room_presence
from db.shares import share
from db.statements import Statement, prepared
from domain.guides import KNOWN_TO_ALL
from domain.live_audience import viewer_number
from domain.live_invites import LOOKED_FOR, InviteTerms, Sharer
from domain.records import record
from domain.room_events import LiveRoomState

live_invite = Table(
    "live_invite",
    metadata,
    refers_to("live_room", "live_room_id"),
    refers_to("member", "viewer_id"),
    refers_to("member", "inviter_id", optional=True),
    refers_to("share", "share_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    # The viewer's number in `room_presence`, by which it is seen who still watches.
    Column("viewer", BigInteger(), nullable=False),
    moment("entered_at"),
    moment("counted_at", optional=True),
    PrimaryKeyConstraint("live_room_id", "viewer_id"),
    CheckConstraint("inviter_id <> viewer_id", name="nobody_invites_oneself"),
    CheckConstraint("counted_at IS NULL OR inviter_id IS NOT NULL", name="an_inviter_is_counted"),
    Index(
        "ix_live_invite_uncounted",
        "entered_at",
        postgresql_where=text("counted_at IS NULL AND inviter_id IS NOT NULL"),
    ),
)

live_inviter = Table(
    "live_inviter",
    metadata,
    refers_to("live_room", "live_room_id"),
    refers_to("member", "member_id"),
    refers_to("guide", "guide_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    count("invites"),
    moment("invited_at"),
    Column("sales_minor", BigInteger(), nullable=False, server_default=text("0")),
    moment("sold_at", optional=True),
    PrimaryKeyConstraint("live_room_id", "member_id"),
    CheckConstraint("invites >= 0", name="invites_are_not_negative"),
    CheckConstraint("sales_minor >= 0", name="sales_are_not_negative"),
    CheckConstraint("(guide_id IS NULL) = (store_id IS NULL)", name="a_guide_has_a_store"),
)


@record
class Door:
    """What decides whether somebody comes in, and for whom it counts."""

    state: LiveRoomState
    source_id: UUID
    store_path: str
    entered: bool
    has_phone: bool
    is_colleague: bool
    """Whether the member is a guide of the room's store, such as its host."""


_ROOM, _VIEWER = bindparam("room_id", type_=Uuid()), bindparam("viewer_id", type_=Uuid())
_AT = bindparam("at", type_=DateTime(timezone=True))
_IS_CREDITED = guide.c.status.in_([literal_column(f"'{status.value}'") for status in KNOWN_TO_ALL])
_DOOR = prepared(
    select(
        live_room.c.state,
        func.coalesce(live_room.c.mirror_of, live_room.c.id),
        live_room.c.store_path,
        live_invite.c.viewer_id.is_not(None),
        member.c.phone.is_not(None),
        exists().where(guide.c.member_id == member.c.id, guide.c.store_id == live_room.c.store_id, _IS_CREDITED),
    )
    .select_from(live_room.join(member, member.c.id == _VIEWER))
    .outerjoin(live_invite, and_(live_invite.c.live_room_id == live_room.c.id, live_invite.c.viewer_id == member.c.id))
    .where(live_room.c.id == _ROOM)
)
_CODE = bindparam("code", type_=Text())
_SHARER = prepared(
    select(share.c.sharer_member_id, share.c.id, guide.c.id, guide.c.store_id)
    .select_from(share.outerjoin(guide, and_(guide.c.id == share.c.guide_id, _IS_CREDITED)))
    .where(
        share.c.code == _CODE,
        share.c.target_kind == literal_column("'LIVE_ROOM'"),
        share.c.target_id == _ROOM,
        or_(share.c.expires_at.is_(None), share.c.expires_at > _AT),
    )
    .union_all(
        select(guide.c.member_id, cast(literal_column("NULL"), Uuid()), guide.c.id, guide.c.store_id).where(
            guide.c.share_code == _CODE, _IS_CREDITED
        )
    )
)


async def door_of(reading: Reading, room_id: UUID, viewer_id: UUID) -> Door | None:
    """What a member meets who wants to come in."""
    row = await reading.row(_DOOR, room_id=room_id, viewer_id=viewer_id)
    return None if row is None else Door(LiveRoomState(row[0]), *row[1:])


async def sharer_of(reading: Reading, room_id: UUID, code: str, at: datetime) -> Sharer | None:
    """Whose link to the room has this code: a share of the room that has not expired, or a guide's own code."""
    row = await reading.row(_SHARER, room_id=room_id, code=code, at=at)
    return None if row is None else Sharer(*row)


def _first(counted: CTE, column: str) -> ColumnElement[Any]:
    """What the first of some rows says."""
    ordered = aggregate_order_by(counted.c[column], counted.c.entered_at)
    return func.array_agg(ordered, type_=UUIDS)[literal_column("1")]


def _credit(counted: CTE) -> Any:
    """Count invites for the inviters of some rows, always in the same order."""
    key = (counted.c.live_room_id, counted.c.inviter_id)
    rows = (
        select(*key, _first(counted, "guide_id"), _first(counted, "store_id"), func.count(), _AT)
        .where(counted.c.counted_at.is_not(None))
        .group_by(*key)
        .order_by(*key)
    )
    names = ["live_room_id", "member_id", "guide_id", "store_id", "invites", "invited_at"]
    new = insert(live_inviter).from_select(names, rows)
    return new.on_conflict_do_update(
        index_elements=["live_room_id", "member_id"],
        set_={
            "invites": live_inviter.c.invites + new.excluded.invites,
            "invited_at": func.greatest(live_inviter.c.invited_at, new.excluded.invited_at),
        },
    ).returning(live_inviter.c.live_room_id, live_inviter.c.guide_id)


def _enter() -> Statement:
    """Keep a first entry, and count it for the inviter; both say how many rows they made."""
    new = insert(live_invite).values({c.name: bindparam(c.name, type_=c.type) for c in live_invite.c})
    entered = new.on_conflict_do_nothing().returning(*live_invite.c).cte("entered")
    credited = _credit(entered).cte("credited")
    return prepared(
        select(
            select(func.count()).select_from(entered).scalar_subquery(),
            select(func.count()).select_from(credited).scalar_subquery(),
        )
    )


def _count_due() -> Statement:
    """Count invites whose viewers watch at a time when they have watched for long enough."""
    due = (
        select(live_invite.c.live_room_id, live_invite.c.viewer_id)
        .join(member, member.c.id == live_invite.c.viewer_id)
        .where(
            live_invite.c.counted_at.is_(None),
            live_invite.c.inviter_id.is_not(None),
            live_invite.c.entered_at.between(
                bindparam("since", type_=DateTime(timezone=True)), bindparam("until", type_=DateTime(timezone=True))
            ),
            or_(member.c.phone.is_not(None), ~bindparam("phone_bound", type_=Boolean())),
            exists().where(
                room_presence.c.room_id == live_invite.c.live_room_id,
                room_presence.c.at > bindparam("fresh", type_=DateTime(timezone=True)),
                live_invite.c.viewer == any_(room_presence.c.numbers),
            ),
        )
        .limit(bindparam("most"))
        .with_for_update(of=live_invite, skip_locked=True)
        .cte("due")
    )
    counted = (
        update(live_invite)
        .where(live_invite.c.live_room_id == due.c.live_room_id, live_invite.c.viewer_id == due.c.viewer_id)
        .values(counted_at=_AT)
        .returning(*live_invite.c)
        .cte("counted")
    )
    return prepared(_credit(counted))


def _sell() -> Statement:
    """Add to what the invited of an inviter bought."""
    amount = bindparam("amount_minor", type_=BigInteger())
    rows = select(
        live_invite.c.live_room_id,
        live_invite.c.inviter_id,
        live_invite.c.guide_id,
        live_invite.c.store_id,
        live_invite.c.entered_at,
        func.greatest(amount, literal_column("0")),
        _AT,
    ).where(
        live_invite.c.live_room_id == _ROOM, live_invite.c.viewer_id == _VIEWER, live_invite.c.inviter_id.is_not(None)
    )
    names = ["live_room_id", "member_id", "guide_id", "store_id", "invited_at", "sales_minor", "sold_at"]
    new = insert(live_inviter).from_select(names, rows)
    return prepared(
        new.on_conflict_do_update(
            index_elements=["live_room_id", "member_id"],
            set_={
                "sales_minor": live_inviter.c.sales_minor + amount,
                "sold_at": func.greatest(live_inviter.c.sold_at, new.excluded.sold_at),
            },
        )
    )


_ENTER, _COUNT_DUE, _SELL = _enter(), _count_due(), _sell()


async def enter(
    tx: Writing, room_id: UUID, viewer_id: UUID, inviter: Sharer | None, at: datetime, *, counts: bool
) -> tuple[bool, bool]:
    """Keep a viewer's first entry: whether it was the first, and whether it was counted for the inviter."""
    row = await tx.row(
        _ENTER,
        live_room_id=room_id,
        viewer_id=viewer_id,
        viewer=viewer_number(viewer_id, ""),
        inviter_id=inviter.member_id if inviter else None,
        share_id=inviter.share_id if inviter else None,
        guide_id=inviter.guide_id if inviter else None,
        store_id=inviter.store_id if inviter else None,
        entered_at=at,
        counted_at=at if inviter and counts else None,
        at=at,
    )
    assert row is not None, "counts are one row"
    return bool(row[0]), bool(row[1])


async def count_due(
    tx: Writing, terms: InviteTerms, at: datetime, fresh: datetime, most: int
) -> list[tuple[UUID, UUID | None]]:
    """Count the invites that became effective: for each inviter the room, and the guide if the inviter is one.

    Who has told since `fresh` that the viewer watches is believed.
    """
    rows = await tx.rows(
        _COUNT_DUE,
        since=at - LOOKED_FOR,
        until=at - terms.watched,
        phone_bound=terms.phone_bound,
        fresh=fresh,
        most=most,
        at=at,
    )
    return [(row[0], row[1]) for row in rows]


async def sell(tx: Writing, room_id: UUID, buyer_id: UUID, amount_minor: int, at: datetime) -> None:
    """Report what a member bought in a room under who invited them, if anybody did; less than nothing for a refund."""
    await tx.execute(_SELL, room_id=room_id, viewer_id=buyer_id, amount_minor=amount_minor, at=at)
