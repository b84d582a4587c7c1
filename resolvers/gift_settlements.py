"""What can be asked of the coins that gifts brought: hand them out after a while, give one back, see what there is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

import db.gift_settlements
import db.idempotency
import db.ledger
import db.members
import db.outbox
from db.connection import Writing
from domain import gifts as rules
from domain import live
from domain.gifts import AlreadyRefunded, Due, Earnings
from domain.idempotency import request_of
from domain.identity import Scope
from domain.ledger import gifts_received
from domain.live import LiveRoom
from domain.members import checked_birthday
from domain.refusals import NotAllowed, NotFound, text_within
from resolvers.context import Context

MOST_AT_ONCE = 500


async def settle(ctx: Context) -> int:
    """Hand out the shares of rooms that ended seven days ago; returns of how many gifts, 500 at most."""
    async with ctx.database.writing() as tx:
        ended_by = ctx.now() - ctx.services.rules.gifts.settled_after
        dues = await db.gift_settlements.settle(tx, ended_by, MOST_AT_ONCE, ctx.now())
        if dues:
            first = min(due.reward_id for due in dues)
            await db.ledger.post(tx, f"gifts:{first.hex}", rules.settlement(dues), ctx.now())
            fact = {"rewards": [due.reward_id.hex for due in dues]}
            await db.outbox.tell(tx, "GiftsSettled", "reward", first, fact, ctx.now())
    return len(dues)


async def refund(ctx: Context, reward_id: UUID, reason: str, key: str) -> tuple[int, bool]:
    """Give a gift back to its giver, say a minor; returns the coins, and True when this was done before.

    Raises:
        NotFound: there is no such gift.
        AlreadyRefunded: it was given back before.
        BadInput: the reason is out of bounds.
    """
    why = text_within(reason, 200, "input", "reason")
    request = request_of(f"staff:{ctx.member_id.hex}", "rewardRefund", key, {"reward": reward_id, "why": why})
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return int(before), True
        due = await _take_back(ctx, tx, reward_id)
        await db.ledger.post(tx, f"refund:{reward_id.hex}", rules.refund(due), ctx.now())
        fact = {"reward": reward_id.hex, "member": due.member_id.hex, "coins": due.shares.total, "reason": why}
        await db.outbox.tell(tx, "RewardRefunded", "reward", reward_id, fact, ctx.now())
        await db.idempotency.answer(tx, request, due.shares.total)
    return due.shares.total, False


async def _take_back(ctx: Context, tx: Writing, reward_id: UUID) -> Due:
    due = await db.gift_settlements.refund(tx, reward_id, ctx.now())
    if due is None:
        path = ("input", "rewardId")
        raise AlreadyRefunded(path=path) if await db.gift_settlements.exists(tx, reward_id) else NotFound(path=path)
    return due


async def earnings_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[Earnings | None]:
    """What the gifts of each room come to, for those who run it or keep the books."""
    seen = [room.id for room in rooms if _may_see(ctx, room)]
    found = await db.gift_settlements.earnings_of(ctx.reading, seen) if seen else {}
    after = ctx.services.rules.gifts.settled_after
    return [
        replace(found.get(room.id, Earnings()), available_at=room.ended_at and room.ended_at + after)
        if room.id in seen
        else None
        for room in rooms
    ]


def _may_see(ctx: Context, room: LiveRoom) -> bool:
    return ctx.holds(Scope.FINANCE) or live.may_run(room, ctx.principal)


async def my_gift_coins(ctx: Context) -> int:
    """What the caller, a guide, received of gifts and may dispose of.

    Raises:
        NotAllowed: the caller is no guide.
    """
    if ctx.principal.guide_id is None:
        raise NotAllowed
    return await db.ledger.sum_of(ctx.reading, gifts_received(ctx.principal.guide_id))


async def verify_birthday(ctx: Context, member_id: UUID, born_on: date) -> None:
    """Keep a member's birthday as somebody verified it: gifts are refused to those who are not of age.

    Raises:
        NotFound: there is no such member.
        BadInput: the day is not of this world.
    """
    today = ctx.now().astimezone(ctx.services.rules.time_zone).date()
    day = checked_birthday(born_on, today)
    async with ctx.database.writing() as tx:
        if not await db.members.verify_birthday(tx, member_id, day):
            raise NotFound(path=("input", "memberId"))
        fact = {"memberId": member_id.hex, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "BirthdayVerified", "member", member_id, fact, ctx.now())
