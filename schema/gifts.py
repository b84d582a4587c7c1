"""Gifts: how one is given to a host, who gets what of it, and how coins come into a wallet."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import strawberry

from domain import gifts as rules
from domain.identity import Scope
from domain.room_events import EventKind
from resolvers import gift_settlements, gifts
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.live_events import LiveRoomEvent, shortcut
from schema.scalars import Long


@object_type(scope=Scope.VISITOR, description="A gift that can be given to a host.", record=rules.GiftCard)
class Gift:
    id: strawberry.ID = identifier(Kind.GIFT)
    code: str = attribute("Its key for clients that draw it themselves. Unique.")
    name: str = attribute("Its name.")
    icon_url: str = attribute("A picture of it.")
    coins: Long = attribute("What one costs, in coins.")


@object_type(scope=Scope.VISITOR, description="A gift that was given (打赏).", record=rules.Reward)
class Reward:
    id: strawberry.ID = identifier(Kind.REWARD)
    gift: Gift = attribute("Which one.")
    count: int = attribute("How many, 1 to 999.")
    coins: Long = attribute("What they cost together, in coins.")
    combo_id: strawberry.ID = derived(
        lambda r: f"{Kind.REWARD.value}_{r.combo.id.hex}",
        "The first reward of its combo (连击): the same gift of the same member again within 3 s.",
    )
    combo_count: int = derived(lambda r: r.combo.count, "How many of the gift the combo has come to with this one.")
    sender_name: str = attribute("Who gave it, as they call themselves.")
    at: datetime = attribute("When it was given.")


@object_type(scope=Scope.VISITOR, description="A gift was given.", record=rules.RewardGiven)
class RewardGiven(LiveRoomEvent):
    reward: Reward = attribute("The gift, from whom, and how many.")


@object_type(
    scope=Scope.MEMBER,
    description="What the gifts of a room come to, in coins. What was given back is in `refunded` alone.",
    record=rules.Earnings,
)
class GiftEarnings:
    host: Long = derived(lambda e: e.shares.host, "The host's share.")
    store: Long = derived(lambda e: e.shares.store, "The store's share.")
    brand: Long = derived(lambda e: e.shares.brand, "The brand's share.")
    refunded: Long = attribute("Given back to those who gave it.")
    settled: Long = attribute("How much of the shares has been handed out.")
    available_at: datetime | None = attribute("From when on shares are handed out; null while the room goes on.")


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


@strawberry.input(description="A gift to give back, say because a minor gave it.")
class RewardRefundInput:
    reward_id: strawberry.ID = strawberry.field(description="Which gift that was given.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept in the log.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@strawberry.input(description="A birthday that somebody verified.")
class MemberBirthdayVerifyInput:
    member_id: strawberry.ID = strawberry.field(description="Whose.")
    birthday: date = strawberry.field(description="The day on which the member was born.")


@object_type(scope=Scope.MEMBER, description="The answer to `giftSend`.")
class GiftSendPayload(Payload):
    reward: Reward | None = attribute("What was given.", default=None)
    coin_balance: Long | None = attribute("What it left in the caller's wallet.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.FINANCE, description="The answer to `coinsGrant`.")
class CoinsGrantPayload(Payload):
    coin_balance: Long | None = attribute("What the wallet holds now.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.FINANCE, description="The answer to `rewardRefund`.")
class RewardRefundPayload(Payload):
    coins: Long | None = attribute("How many went back to the giver's wallet.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.OPERATOR, description="The answer to `memberBirthdayVerify`.")
class MemberBirthdayVerifyPayload(Payload):
    member_id: strawberry.ID | None = attribute("Whose birthday is known now.", default=None)


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


async def _refund(ctx: Context, *, input: RewardRefundInput) -> Any:
    reward = key_of(Kind.REWARD, input.reward_id, "input", "rewardId")
    coins, replayed = await gift_settlements.refund(ctx, reward, input.reason, input.idempotency_key)
    return RewardRefundPayload.of(coins=coins, replayed=replayed)


async def _verify(ctx: Context, *, input: MemberBirthdayVerifyInput) -> Any:
    member = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    await gift_settlements.verify_birthday(ctx, member, input.birthday)
    return MemberBirthdayVerifyPayload.of(member_id=input.member_id)


@strawberry.type
class GiftsQuery:
    gifts: list[Gift] = query(gifts.gifts, "All gifts, in their order.", scope=Scope.VISITOR)
    my_gift_coins: Long = query(
        gift_settlements.my_gift_coins,
        "The caller's shares of gifts that were handed out, in coins; seven days after the end of a room.",
        scope=Scope.GUIDE,
    )


@strawberry.type
class GiftsSubscription:
    rewards: RewardGiven = shortcut(EventKind.REWARD, "The gifts (打赏) given in a room.")


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
    reward_refund: RewardRefundPayload | None = mutation(
        _refund, RewardRefundPayload, "Give a gift back to its giver, once.", scope=Scope.FINANCE, money=True
    )
    member_birthday_verify: MemberBirthdayVerifyPayload | None = mutation(
        _verify,
        MemberBirthdayVerifyPayload,
        "Keep a member's birthday as somebody verified it; it goes before what the member says.",
        scope=Scope.OPERATOR,
    )
