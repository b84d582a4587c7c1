"""Gifts: how one is given to a host, and how coins come into a wallet."""

from __future__ import annotations

from typing import Any

import strawberry

from domain.identity import Scope
from resolvers import gifts
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.live_events import Gift, Reward
from schema.scalars import Long


@strawberry.input(description="A gift for the host of a room.")
class GiftSendInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    gift_id: strawberry.ID = strawberry.field(description="Which gift.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same gift."
    )
    count: int = strawberry.field(default=1, description="How many, 1 to 999.")


@strawberry.input(description="Coins for a member's wallet.")
class CoinsGrantInput:
    member_id: strawberry.ID = strawberry.field(description="The member.")
    coins: int = strawberry.field(description="How many, 1 to 1,000,000.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the log.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@object_type(scope=Scope.MEMBER, description="The answer to `giftSend`.")
class GiftSendPayload(Payload):
    reward: Reward | None = attribute("What was given.", default=None)
    coin_balance: Long | None = attribute("What it left in the caller's wallet.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.FINANCE, description="The answer to `coinsGrant`.")
class CoinsGrantPayload(Payload):
    coin_balance: Long | None = attribute("What the wallet holds now.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


async def _send(ctx: Context, *, input: GiftSendInput) -> Any:
    given, replayed = await gifts.give(
        ctx,
        key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId"),
        key_of(Kind.GIFT, input.gift_id, "input", "giftId"),
        input.count,
        input.idempotency_key,
    )
    return GiftSendPayload.of(reward=given.reward, coin_balance=given.coin_balance, replayed=replayed)


async def _grant(ctx: Context, *, input: CoinsGrantInput) -> Any:
    member = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    balance, replayed = await gifts.grant_coins(ctx, member, input.coins, input.reason, input.idempotency_key)
    return CoinsGrantPayload.of(coin_balance=balance, replayed=replayed)


@strawberry.type
class GiftsQuery:
    gifts: list[Gift] = query(gifts.gifts, "All gifts, in their order.", scope=Scope.VISITOR)


@strawberry.type
class GiftsMutation:
    gift_send: GiftSendPayload | None = mutation(
        _send,
        GiftSendPayload,
        "Tip the host of a live room with a gift (打赏), paid in coins.",
        scope=Scope.MEMBER,
        money=True,
    )
    coins_grant: CoinsGrantPayload | None = mutation(
        _grant, CoinsGrantPayload, "Put coins into a member's wallet.", scope=Scope.FINANCE, money=True
    )
