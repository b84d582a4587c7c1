"""Red packets (红包): what clients see of them, how one is offered and grabbed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import red_packets as rules
from domain.identity import Scope
from domain.money import Money
from domain.red_packets import RedPacketKind, RedPacketState
from domain.sponsors import Sponsor
from resolvers import red_packets
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type
from schema.eligibility import EntryConditions, EntryConditionsInput
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.live_events import LiveRoomEvent
from schema.node import Node
from schema.scalars import Long

described(
    RedPacketKind,
    "What is in a red packet.",
    COINS="Coins, which go to the coin wallet.",
    CASH="Money, in fen, which goes to what the brand owes the member. Not for minors.",
)
described(
    RedPacketState,
    "The life of a red packet.",
    WAITING="It opens at a time to come; the sum is put aside already.",
    OPEN="It can be grabbed.",
    GONE="Every packet was grabbed; terminal.",
    EXPIRED="Its time or its room is over, and what was left went back; terminal.",
)


@object_type(scope=Scope.VISITOR, description="A packet that a member got.", record=rules.Grab)
class RedPacketGrab:
    name: str = attribute("The first character of the nickname, such as 小**.")
    amount: Long = derived(lambda g: g.amount.minor, "How many coins or fen.")
    at: datetime = attribute("When.")


@object_type(
    scope=Scope.VISITOR, description="A red packet with all that it takes to show it.", record=rules.RedPacketCard
)
class RedPacketCard:
    id: strawberry.ID = identifier(Kind.RED_PACKET)
    kind: RedPacketKind = attribute("What is in it.")
    state: RedPacketState = attribute("Where it stands.")
    greeting: str = attribute("What its sponsor says, at most 40 characters.")
    sponsor_name: str = attribute("Who offered it, as they call themselves.")
    total: Long = derived(lambda c: c.total.minor, "The whole sum, in coins or fen.")
    count: int = attribute("Into how many packets it was split, 1 to 2,000.")
    conditions: EntryConditions = attribute("What it takes to grab.")
    opens_at: datetime = attribute("From when it can be grabbed.")
    expires_at: datetime = attribute("Until when it can be grabbed.")
    grabbed: int = attribute("How many packets were grabbed when that was told last, about once a second.")
    luckiest: RedPacketGrab | None = attribute(
        "Who got most (手气最佳); null as long as it can be grabbed, or when nobody did."
    )
    version: int = attribute("Rises with each change; ignore a card with a smaller one than yours.")


@object_type(
    scope=Scope.VISITOR,
    description="A red packet was offered, opened, was grabbed from or is over.",
    record=rules.RedPacketChanged,
)
class RedPacketChanged(LiveRoomEvent):
    red_packet: RedPacketCard = attribute("The red packet as it is now.")


async def _grabs(
    ctx: Context,
    packets: Sequence[rules.RedPacket],
    *,
    first: Annotated[int, strawberry.argument(description="At most so many, 1 to 50.")] = 20,
) -> Any:
    return await red_packets.grabs_of(ctx, packets, first)


@object_type(scope=Scope.VISITOR, description="A red packet (红包) in a live room.", record=rules.RedPacket)
class RedPacket(Node):
    id: strawberry.ID = identifier(Kind.RED_PACKET)
    live_room_id: strawberry.ID = identifier(Kind.LIVE_ROOM, "room_id", description="The room.")
    card: RedPacketCard = attribute("All that it takes to show it, as `RedPacketChanged` tells it.")
    grabs: list[RedPacketGrab] = batched(_grabs, "Who got most of it, the luckiest first.", cost=5)
    my_grab: RedPacketGrab | None = batched(red_packets.own_grabs_of, "What the caller got; null for nothing.")


@strawberry.input(description="A red packet for a room. The sum is put aside before anybody sees it.")
class RedPacketOfferInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room, which is live.")
    total: int = strawberry.field(description="The whole sum, 10 to 2,000,000 coins or fen.")
    count: int = strawberry.field(description="Into how many packets it is split, 1 to 2,000; each holds at least 1.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same red packet."
    )
    greeting: str = strawberry.field(default="恭喜发财", description="What to say with it, 1 to 40 characters.")
    kind: RedPacketKind = strawberry.field(
        default=RedPacketKind.COINS, description="What is in it; money is the brand's to give."
    )
    sponsor: Sponsor = strawberry.field(default=Sponsor.SELF, description="Who pays.")
    countdown_minutes: int = strawberry.field(default=5, description="When it opens; 0 to 999, 0: at once.")
    lasts_minutes: int = strawberry.field(default=1_440, description="How long it can be grabbed, 1 to 1,440.")
    conditions: EntryConditionsInput = strawberry.field(
        default_factory=EntryConditionsInput, description="What it takes to grab."
    )

    def terms(self) -> rules.RedPacketTerms:
        return rules.RedPacketTerms(
            self.sponsor,
            Money(self.total, self.kind.value),
            self.count,
            self.greeting,
            self.countdown_minutes,
            self.lasts_minutes,
            self.conditions.value(),
        )


@strawberry.input(description="Which red packet.")
class RedPacketInput:
    red_packet_id: strawberry.ID = strawberry.field(description="The red packet.")


@object_type(scope=Scope.VISITOR, description="The answer to `redPacketOffer`.")
class RedPacketPayload(Payload):
    red_packet: RedPacket | None = attribute("The red packet.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to `redPacketGrab`.")
class RedPacketGrabPayload(Payload):
    red_packet: RedPacket | None = attribute("The red packet.", default=None)
    grab: RedPacketGrab | None = attribute("What the caller got; it is in the wallet.", default=None)
    replayed: bool = attribute("True when the caller had got it before.", default=False)


def _key(given: str) -> UUID:
    return key_of(Kind.RED_PACKET, given, "input", "redPacketId")


async def _offer(ctx: Context, *, input: RedPacketOfferInput) -> Any:
    room_id = key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    packet, replayed = await red_packets.offer(ctx, room_id, input.terms(), input.idempotency_key)
    return RedPacketPayload.of(red_packet=packet, replayed=replayed)


async def _grab(ctx: Context, *, input: RedPacketInput) -> Any:
    packet, got, replayed = await red_packets.grab(ctx, _key(input.red_packet_id))
    return RedPacketGrabPayload.of(red_packet=packet, grab=got, replayed=replayed)


@strawberry.type
class RedPacketsMutation:
    red_packet_offer: RedPacketPayload | None = mutation(
        _offer,
        RedPacketPayload,
        "Put a sum aside and offer it to a live room as a red packet.",
        scope=Scope.MEMBER,
        money=True,
    )
    red_packet_grab: RedPacketGrabPayload | None = mutation(
        _grab,
        RedPacketGrabPayload,
        "Take one packet, once. Again is the same packet.",
        scope=Scope.MEMBER,
        money=True,
    )


NODES = {Kind.RED_PACKET: red_packets.packets_by_id}
