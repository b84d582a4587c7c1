"""What can be asked of gifts: give one to a host, and put coins into a wallet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

import db.gifts
import db.givers
import db.idempotency
import db.ledger
import db.live
import db.members
import db.outbox
from db.connection import Writing
from domain import gifts as rules
from domain import live
from domain.gifts import Combo, GiftCard, Reward, TipLimit
from domain.idempotency import request_of
from domain.identity import Scope
from domain.ledger import COINS_ISSUED, Posting, coin_wallet, gifts_pending, spend_coins
from domain.live import LiveRoom
from domain.members import Member
from domain.money import COIN, Money
from domain.payloads import plain
from domain.records import record
from domain.refusals import NotFound, between, text_within
from domain.room_events import EventKind
from resolvers import room_rules
from resolvers.context import Context


async def gifts(ctx: Context) -> list[GiftCard]:
    return await db.gifts.gifts(ctx.reading)


@record
class Given:
    """A gift that was given, and what it left in the wallet."""

    reward: Reward
    coin_balance: int


async def give(ctx: Context, room_id: UUID, gift_id: UUID, count: int, key: str) -> tuple[Given, bool]:
    """Tip the host, in a mirror that of its source: coins first, then the show (R64). True when it was given before.

    Raises:
        NotFound: there is no such room or gift.
        RoomClosed: the room is not live.
        Kicked: the caller was shown the door: everybody would read their name.
        Minor, AgeUnverified: the caller is not of age, as far as the brand has to know.
        TipLimit: it is more than a member may give at once, in a day or a month.
        NotEnoughCoins: the wallet holds fewer than needed.
        BadInput: the count is out of bounds.
    """
    between(count, 1, rules.MOST_AT_ONCE, "input", "count")
    asked = {"room": room_id, "gift": gift_id, "count": count}
    request = request_of(f"member:{ctx.member_id.hex}", "giftSend", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return msgspec.convert(before, Given, strict=False), True
        where = await db.live.find_source(tx, room_id)
        if where is None or not live.is_seen_by(where, ctx.principal):
            raise NotFound(path=("input", "liveRoomId"))
        live.check_open(where)
        await room_rules.check_admitted(ctx, where.id, tx)
        given = await _give(ctx, tx, where, gift_id, count)
        await db.outbox.tell(
            tx, "RewardGiven", "live_room", where.id, _reward_fact(where, given.reward), given.reward.at
        )
        await db.idempotency.answer(tx, request, msgspec.to_builtins(given))
    return given, False


async def _give(ctx: Context, tx: Writing, where: LiveRoom, gift_id: UUID, count: int) -> Given:
    """Take the coins. The wallet is locked before the combo is read: a member's gifts come one after the other."""
    gift = (await db.gifts.gifts_by_id(tx, [gift_id])).get(gift_id)
    if gift is None:
        raise NotFound(path=("input", "giftId"))
    terms, coins, at = ctx.services.rules.gifts, gift.coins * count, ctx.now()
    rules.check_at_once(coins, terms)
    balance = await db.ledger.lock_balance(tx, coin_wallet(ctx.member_id))
    giver = await db.givers.giver(tx, ctx.member_id, where.id, gift_id, at - rules.COMBO)
    assert giver is not None, "a token belongs to a member"
    rules.check_giver(giver, terms, at.astimezone(ctx.services.rules.time_zone).date())
    posting = spend_coins(giver.id, balance, coins, gifts_pending(where.id))
    await _spend(ctx, tx, coins)
    reward_id = ctx.new_id()
    so_far = giver.combo or Combo(reward_id, 0)
    reward = Reward(reward_id, gift, count, coins, Combo(so_far.id, so_far.count + count), giver.id, giver.nickname, at)
    await db.ledger.post(tx, f"reward:{reward_id.hex}", [posting], at)
    await db.gifts.add_reward(tx, where.id, reward, terms.shares_of(coins))
    return Given(reward, balance - coins)


async def _spend(ctx: Context, tx: Writing, coins: int) -> None:
    """Hold the caller to what may be given in a day and a month."""
    allowed = rules.allowances(ctx.services.rules.gifts, ctx.now(), ctx.services.rules.time_zone)
    kept = await db.givers.spend(tx, ctx.member_id, coins, allowed, ctx.now())
    for one in allowed:
        if one.span not in kept:
            raise TipLimit(one.span, one.most, path=("input", "count"))


def _reward_fact(where: LiveRoom, reward: Reward) -> dict[str, Any]:
    return {
        "room": where.id.hex,
        "reward": reward.id.hex,
        "member": reward.sender_id.hex,
        "coins": reward.coins,
        "room_events": [{"room": where.id.hex, "kind": EventKind.REWARD.value, "payload": {"reward": plain(reward)}}],
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
