"""What can be asked of bounties: offer coins for invites; and pay them to who reached them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import db.ledger
import db.live
import db.live_bounties
import db.outbox
from domain import live
from domain import live_bounties as rules
from domain.live import LiveRoom
from domain.live_bounties import Bounty, Claim
from domain.refusals import NotFound, WrongState
from resolvers.context import Context

PAID_AT_ONCE = 50
PAID_WITHIN = timedelta(days=1)
"""What was reached is paid for so long after the room ended."""


async def set_bounties(ctx: Context, room_id: UUID, given: Sequence[Bounty]) -> list[Bounty]:
    """Offer coins of the brand for invites in a room, in place of what was offered. What was paid stays paid.

    Raises:
        BadInput: as `domain.live_bounties.check_bounties`.
        NotFound: there is no such room.
        WrongState: the room is over.
    """
    bounties = rules.check_bounties(given)
    async with ctx.database.writing() as tx:
        room = await db.live.lock(tx, room_id)
        if room is None or not live.is_seen_by(room, ctx.principal):
            raise NotFound(path=("input", "liveRoomId"))
        if room.state in live.CLOSED_STATES:
            raise WrongState(room.state.value)
        await db.live_bounties.set_bounties(tx, room_id, bounties)
        offered = [[one.invites, one.coins] for one in bounties]
        fact = {"room": room_id.hex, "bounties": offered, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "LiveBountiesSet", "live_room", room_id, fact, ctx.now())
    return bounties


async def bounties_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[Bounty]]:
    """What each room offers."""
    found = await db.live_bounties.bounties_of(ctx.reading, [room.id for room in rooms])
    return [found.get(room.id, []) for room in rooms]


async def pay(ctx: Context) -> int:
    """Pay bounties that were reached, each once; returns how many, which is at most 50."""
    claims = await db.live_bounties.reached(ctx.reading, ctx.now() - PAID_WITHIN, PAID_AT_ONCE)
    return sum([await _pay(ctx, claim) for claim in claims])


async def _pay(ctx: Context, claim: Claim) -> bool:
    at = ctx.now()
    async with ctx.database.writing() as tx:
        if not await db.live_bounties.note_payout(tx, claim, at):
            return False
        await db.ledger.post(tx, claim.key, [claim.posting], at)
        fact = {"room": claim.room_id.hex, "member": claim.member_id.hex, "coins": claim.bounty.coins}
        await db.outbox.tell(tx, "LiveBountyPaid", "member", claim.member_id, fact, at)
    return True
