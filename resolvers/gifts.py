"""What can be asked of gifts: give one to a host, and put coins into a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

import db.gifts
import db.idempotency
import db.ledger
import db.live
import db.members
import db.outbox
from db.connection import Writing
from domain import live
from domain.idempotency import request_of
from domain.identity import Scope
from domain.ledger import COINS_ISSUED, Posting, coin_wallet, gifts_received, spend_coins
from domain.live import LiveRoom
from domain.members import Member
from domain.money import COIN, Money
from domain.payloads import plain
from domain.refusals import NotFound, between, text_within
from domain.room_events import EventKind, GiftCard, Reward
from resolvers.context import Context


async def gifts(ctx: Context) -> list[GiftCard]:
    return await db.gifts.gifts(ctx.reading)


async def gifts_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, GiftCard]:
    return await db.gifts.gifts_by_id(ctx.reading, ids)


@dataclass(frozen=True, slots=True)
class Given:
    """A gift that was given, and what it left in the wallet."""

    reward: Reward
    coin_balance: int


async def give(ctx: Context, room_id: UUID, gift_id: UUID, count: int, key: str) -> tuple[Given, bool]:
    """Tip the host: coins first, then the show (R64). True when it was given before.

    Raises:
        NotFound: there is no such room or gift.
        RoomClosed: the room is not live.
        NotEnoughCoins: the wallet holds fewer than needed.
        BadInput: the count is out of bounds.
    """
    between(count, 1, live.MOST_GIFTS_AT_ONCE, "input", "count")
    member_id, at = ctx.member_id, ctx.now()
    asked = {"room": room_id, "gift": gift_id, "count": count}
    request = request_of(f"member:{member_id.hex}", "giftSend", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, at)
        if before is not None:
            return msgspec.convert(before, Given, strict=False), True
        where = await db.live.find(tx, room_id)
        if where is None or not live.is_seen_by(where, ctx.principal):
            raise NotFound(path=("input", "liveRoomId"))
        live.check_open(where)
        reward = await _reward(ctx, tx, gift_id, count)
        balance = await db.ledger.lock_balance(tx, coin_wallet(member_id))
        posting = spend_coins(member_id, balance, reward.coins, gifts_received(where.host.guide_id))
        await db.ledger.post(tx, f"reward:{reward.id.hex}", [posting], at)
        await db.gifts.add_reward(tx, room_id, reward)
        await db.outbox.tell(tx, "RewardGiven", "live_room", room_id, _reward_fact(where, reward), at)
        given = Given(reward, balance - reward.coins)
        await db.idempotency.answer(tx, request, msgspec.to_builtins(given))
    return given, False


async def _reward(ctx: Context, tx: Writing, gift_id: UUID, count: int) -> Reward:
    gift = (await db.gifts.gifts_by_id(tx, [gift_id])).get(gift_id)
    if gift is None:
        raise NotFound(path=("input", "giftId"))
    sender = (await db.members.cards_of(tx, [ctx.member_id]))[ctx.member_id]
    return Reward(ctx.new_id(), gift, count, gift.coins * count, sender.id, sender.nickname, ctx.now())


def _reward_fact(where: LiveRoom, reward: Reward) -> dict[str, Any]:
    payload = plain(reward)
    return {
        "room": where.id.hex,
        "reward": reward.id.hex,
        "member": reward.sender_id.hex,
        "coins": reward.coins,
        "room_events": [{"room": where.id.hex, "kind": EventKind.REWARD.value, "payload": {"reward": payload}}],
    }


async def grant_coins(ctx: Context, member_id: UUID, coins: int, reason: str, key: str) -> tuple[int, bool]:
    """Put coins into a member's wallet; returns the balance, and True when this was done before.

    Raises:
        NotFound: there is no such member.
        BadInput: the number or the reason is out of bounds.
    """
    between(coins, 1, 1_000_000, "input", "coins")
    why = text_within(reason, 200, "input", "reason")
    request = request_of(
        f"staff:{ctx.member_id.hex}", "coinsGrant", key, {"member": member_id, "coins": coins, "why": why}
    )
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return int(before), True
        if not await db.members.cards_of(tx, [member_id]):
            raise NotFound(path=("input", "memberId"))
        posting = Posting(COINS_ISSUED, coin_wallet(member_id), Money(coins, COIN))
        grant_id = ctx.new_id()
        await db.ledger.post(tx, f"coins:{grant_id.hex}", [posting], ctx.now())
        balance = await db.ledger.lock_balance(tx, coin_wallet(member_id))
        fact = {"member": member_id.hex, "coins": coins, "reason": why}
        await db.outbox.tell(tx, "CoinsGranted", "member", member_id, fact, ctx.now())
        await db.idempotency.answer(tx, request, balance)
    return balance, False


async def coin_balances_of(ctx: Context, members: Sequence[Member]) -> list[int | None]:
    """The coins in each member's wallet, for the member alone and for those who handle coins."""
    seen = [m.id for m in members if m.id == ctx.principal.member_id or ctx.holds(Scope.FINANCE)]
    found = await db.ledger.balances_of(ctx.reading, [coin_wallet(member_id) for member_id in seen])
    return [found.get(coin_wallet(member.id)) for member in members]
