"""Bounties of live rooms, and to whom they were paid."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing, by_key
from db.live import live_room
from db.live_invites import live_inviter
from db.metadata import UUIDS, metadata, moment, refers_to
from db.statements import prepared
from domain.live_bounties import MOST_COINS, MOST_INVITES, Bounty, Claim

live_bounty = Table(
    "live_bounty",
    metadata,
    refers_to("live_room", "live_room_id"),
    Column("invites", Integer(), nullable=False),
    Column("coins", BigInteger(), nullable=False),
    PrimaryKeyConstraint("live_room_id", "invites"),
    CheckConstraint(f"invites BETWEEN 1 AND {MOST_INVITES}", name="invites_are_bounded"),
    CheckConstraint(f"coins BETWEEN 1 AND {MOST_COINS}", name="coins_are_bounded"),
)

live_bounty_payout = Table(
    "live_bounty_payout",
    metadata,
    refers_to("live_room", "live_room_id"),
    refers_to("member", "member_id"),
    Column("invites", Integer(), nullable=False),
    Column("coins", BigInteger(), nullable=False),
    moment("at"),
    PrimaryKeyConstraint("live_room_id", "member_id", "invites"),
)

_ROOMS = live_bounty.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS))
_OF = prepared(
    select(live_bounty.c.live_room_id, live_bounty.c.invites, live_bounty.c.coins)
    .where(_ROOMS)
    .order_by(live_bounty.c.live_room_id, live_bounty.c.invites)
)
_CLEAR = prepared(delete(live_bounty).where(live_bounty.c.live_room_id == bindparam("room_id", type_=Uuid())))
_ADD = prepared(insert(live_bounty).values({c.name: bindparam(c.name, type_=c.type) for c in live_bounty.c}))
_paid = live_bounty_payout.c
_REACHED = prepared(
    select(live_inviter.c.live_room_id, live_inviter.c.member_id, live_bounty.c.invites, live_bounty.c.coins)
    .join(live_room, live_room.c.id == live_bounty.c.live_room_id)
    .join(
        live_inviter,
        and_(
            live_inviter.c.live_room_id == live_bounty.c.live_room_id,
            live_inviter.c.invites >= live_bounty.c.invites,
            live_inviter.c.guide_id.is_(None),
        ),
    )
    .where(
        or_(
            live_room.c.state.in_([literal_column(f"'{state}'") for state in ("SCHEDULED", "LIVE", "PAUSED")]),
            live_room.c.ended_at > bindparam("since", type_=DateTime(timezone=True)),
        ),
        ~select(_paid.member_id)
        .where(
            _paid.live_room_id == live_bounty.c.live_room_id,
            _paid.member_id == live_inviter.c.member_id,
            _paid.invites == live_bounty.c.invites,
        )
        .exists(),
    )
    .limit(bindparam("most", type_=Integer()))
)
_PAY = prepared(
    insert(live_bounty_payout)
    .values({c.name: bindparam(c.name, type_=c.type) for c in live_bounty_payout.c})
    .on_conflict_do_nothing()
)


def _bounty(row: Row) -> Bounty:
    return Bounty(row["invites"], row["coins"])


async def bounties_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, list[Bounty]]:
    """What each room offers, the smallest number of invites first."""
    return by_key(await reading.rows(_OF, room_ids=list(room_ids)), "live_room_id", _bounty)


async def set_bounties(tx: Writing, room_id: UUID, bounties: Sequence[Bounty]) -> None:
    """Keep what a locked room offers, in place of what it offered before."""
    await tx.execute(_CLEAR, room_id=room_id)
    await tx.execute_many(_ADD, [{"live_room_id": room_id, "invites": b.invites, "coins": b.coins} for b in bounties])


async def reached(reading: Reading, since: datetime, most: int) -> list[Claim]:
    """Bounties that were reached and not paid, in rooms that run or ended since a time."""
    rows = await reading.rows(_REACHED, since=since, most=most)
    return [Claim(row["live_room_id"], row["member_id"], _bounty(row)) for row in rows]


async def note_payout(tx: Writing, claim: Claim, at: datetime) -> bool:
    """Note that a bounty is paid; False when it was before, or somebody else is about to pay it."""
    bounty = claim.bounty
    return bool(
        await tx.execute(
            _PAY,
            live_room_id=claim.room_id,
            member_id=claim.member_id,
            invites=bounty.invites,
            coins=bounty.coins,
            at=at,
        )
    )
