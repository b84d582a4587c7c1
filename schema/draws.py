"""Draws: what clients see of lucky bags and lucky draws, and how one is run, entered and checked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import draws as rules
from domain.draw_terms import DrawKind, DrawTerms, Fairness, Prize, PrizeKind
from domain.drawing import Turn
from domain.draws import DrawState
from domain.identity import Scope
from domain.refusals import BadInput
from domain.sponsors import Sponsor
from resolvers import draws
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
    DrawKind,
    "How a draw ends.",
    LUCKY_BAG="A lucky bag (福袋): by its countdown.",
    LUCKY_DRAW="A lucky draw (抽奖): by its countdown, or when the host closes it.",
)
described(
    DrawState,
    "The life of a draw.",
    DRAFT="Prepared; known to those who run the room.",
    OPEN="Members may enter.",
    CLOSED="Nobody enters any more; it is about to be drawn.",
    DRAWN="The winners are drawn; terminal.",
    WITHDRAWN="Called off before it was closed; terminal.",
)
described(
    Fairness,
    "Who wins first.",
    EQUAL="All alike.",
    NON_WINNERS_FIRST="Those who have won nothing for 30 days; the others get what is left.",
)
described(
    PrizeKind,
    "What a prize is.",
    GOODS="A unit of a variant, set aside from the shop's stock.",
    COINS="Coins, which are in the winner's wallet at once.",
    NAMED="What the brand hands out itself.",
)
described(
    Turn,
    "When a participant's turn to win comes.",
    FIRST="First. In the list whose hash is published: 1.",
    SECOND="Second, for what the first leave: 2.",
    NEVER="Not at all, having won as often in 30 days as one may: 0.",
)


@object_type(scope=Scope.VISITOR, description="So many of one thing to win.", record=Prize)
class DrawPrize:
    id: strawberry.ID = identifier(Kind.DRAW_PRIZE)
    kind: PrizeKind = attribute("What it is.")
    name: str = attribute("Its name, at most 60 characters.")
    picture_url: str | None = attribute("A picture of it.")
    count: int = attribute("How many can win it, 1 to 10,000.")
    variant_id: strawberry.ID | None = identifier(Kind.VARIANT, "variant_id", description="The variant, of goods.")
    coins: Long = attribute("How many coins each winner gets; 0 for what is no coins.")


@object_type(scope=Scope.VISITOR, description="Who won, as everybody may see it.", record=rules.Winner)
class DrawWinner:
    name: str = attribute("The first character of the nickname, such as 小**.")
    prize_id: strawberry.ID = identifier(Kind.DRAW_PRIZE, "prize_id", description="What.")


@object_type(scope=Scope.VISITOR, description="A draw with all that it takes to show it.", record=rules.DrawCard)
class DrawCard:
    id: strawberry.ID = identifier(Kind.DRAW)
    kind: DrawKind = attribute("How it ends.")
    state: DrawState = attribute("Where it stands.")
    title: str = attribute("Its title, at most 40 characters.")
    prizes: list[DrawPrize] = attribute("What can be won, the first prize first, at most 20.")
    conditions: EntryConditions = attribute("What it takes to enter.")
    fairness: Fairness = attribute("Who wins first.")
    most_wins: int = attribute("How often one may win within 30 days, in all rooms of the brand.")
    commitment: str | None = attribute("SHA-256 of the seed, as 64 hex digits: binds it before anybody enters.")
    opened_at: datetime | None = attribute("When it opened.")
    closes_at: datetime | None = attribute("When it closes; null when the host closes it.")
    entrants: int = attribute("How many had entered when that was told last, about once a second.")
    winners: list[DrawWinner] = attribute("Who won, the first prize first, at most 50 of them.")
    winner_count: int = attribute("How many won.")
    version: int = attribute("Rises with each change; ignore a card with a smaller one than yours.")


@object_type(scope=Scope.VISITOR, description="A draw opened, grew, closed or was drawn.", record=rules.DrawChanged)
class DrawChanged(LiveRoomEvent):
    draw: DrawCard = attribute("The draw as it is now.")


@object_type(
    scope=Scope.VISITOR,
    description="What it takes to check a draw: docs/draws.md says how, with nothing but SHA-256.",
    record=rules.Proof,
)
class DrawProof:
    seed: str = attribute("The seed as 64 hex digits. Its SHA-256 is the commitment.")
    commitment: str = attribute("What was published when the draw opened.")
    participants_hash: str = attribute("SHA-256 of the list of participants, as 64 hex digits.")
    algorithm: str = attribute("How the winners follow from seed and list.")


@object_type(scope=Scope.VISITOR, description="Somebody who entered a draw, by number.", record=rules.Listed)
class DrawParticipant:
    ticket: str = derived(lambda p: p.ticket.hex, "32 hex digits that follow from the commitment and the member.")
    turn: Turn = attribute("When their turn to win came.")
    prize_id: strawberry.ID | None = identifier(
        Kind.DRAW_PRIZE, "prize_id", description="What they won; null for nothing."
    )


@object_type(scope=Scope.VISITOR, description="The caller's own entry.")
class DrawEntry:
    ticket: str = derived(lambda e: e.ticket.hex, "The caller's number in the list of participants.")
    at: datetime = attribute("When the caller entered.")


@object_type(scope=Scope.VISITOR, description="What the caller won.", record=rules.Win)
class DrawWin:
    prize: DrawPrize = attribute("What.")
    won_at: datetime = attribute("When it was drawn.")
    claim_by: datetime = attribute("Until when it can be claimed with `drawPrizeClaim`.")
    claimed_at: datetime | None = attribute("When it was claimed; coins are from the beginning.")
    lapsed_at: datetime | None = attribute("When it went back, because nobody claimed it.")


@object_type(scope=Scope.VISITOR, description="Where a prize is to be sent, as the winner said when claiming it.")
class DrawClaimAddress:
    name: str = derived(lambda a: a["name"], "Who receives there.")
    phone: str = derived(lambda a: a["phone"], "Their phone in E.164.")
    province: str = derived(lambda a: a["province"], "Province (省).")
    city: str = derived(lambda a: a["city"], "City (市).")
    district: str = derived(lambda a: a["district"], "District (区).")
    line: str = derived(lambda a: a["line"], "Street, house and door.")


@object_type(scope=Scope.VISITOR, description="A prize that was claimed, for those who hand it out.")
class DrawClaim:
    position: int = attribute("The winner's place, from 1; pass it as `after`.")
    prize: DrawPrize = derived(lambda c: c.win.prize, "What.")
    winner_name: str = attribute("The winner's nickname.")
    claimed_at: datetime | None = derived(lambda c: c.win.claimed_at, "When.")
    address: DrawClaimAddress | None = attribute("Where to; null when the winner gave none.")


async def _participants(
    ctx: Context,
    found: Sequence[rules.Draw],
    *,
    most: Annotated[int, strawberry.argument(description="At most so many, 1 to 1,000.")] = 100,
    after: Annotated[str | None, strawberry.argument(description="Go on after this ticket.")] = None,
) -> Any:
    return await draws.participants_of(ctx, found, most, None if after is None else _ticket(after))


def _ticket(given: str) -> UUID:
    try:
        return UUID(hex=given)
    except ValueError:
        raise BadInput("a ticket", "应为参与编号", path=("after",)) from None


async def _claims(
    ctx: Context,
    found: Sequence[rules.Draw],
    *,
    first: Annotated[int, strawberry.argument(description="At most so many, 1 to 100.")] = 50,
    after: Annotated[int, strawberry.argument(description="Go on after the winner in this place.")] = 0,
) -> Any:
    return await draws.claims_of(ctx, found, first, after)


@object_type(
    scope=Scope.VISITOR, description="A lucky bag (福袋) or lucky draw (抽奖) in a live room.", record=rules.Draw
)
class LiveDraw(Node):
    id: strawberry.ID = identifier(Kind.DRAW)
    live_room_id: strawberry.ID = identifier(Kind.LIVE_ROOM, "room_id", description="The room.")
    card: DrawCard = attribute("All that it takes to show it, as `DrawChanged` tells it.")
    proof: DrawProof | None = attribute("What it takes to check it; null until it is drawn.")
    participants: list[DrawParticipant] = batched(
        _participants, "Who entered, in the order of tickets; empty until it is drawn.", cost=10
    )
    my_entry: DrawEntry | None = batched(draws.own_entries_of, "The caller's own entry; null without one.")
    my_prize: DrawWin | None = batched(draws.own_wins_of, "What the caller won; null for nothing.")
    claims: list[DrawClaim] | None = batched(
        _claims, "What was claimed, by the winners' places; null for all who do not run the room.", cost=5
    )


@strawberry.input(description="So many of one thing to win.")
class DrawPrizeInput:
    kind: PrizeKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="Its name, 1 to 60 characters.")
    count: int = strawberry.field(description="How many can win it, 1 to 10,000; so many in all.")
    picture_url: str | None = strawberry.field(default=None, description="A picture of it.")
    variant_id: strawberry.ID | None = strawberry.field(
        default=None, description="For goods: the variant, worth 50,000 yuan at most."
    )
    coins: int = strawberry.field(default=0, description="For coins: how many each winner gets, 1 to 1,000,000.")

    def value(self, position: int) -> Prize:
        path = ("input", "prizes", str(position), "variantId")
        variant_id = None if self.variant_id is None else key_of(Kind.VARIANT, self.variant_id, *path)
        return Prize(UUID(int=0), self.kind, self.name, self.picture_url, self.count, variant_id, self.coins)


@strawberry.input(description="A draw to prepare.")
class DrawPrepareInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    kind: DrawKind = strawberry.field(description="How it ends.")
    title: str = strawberry.field(description="Its title, 1 to 40 characters.")
    prizes: list[DrawPrizeInput] = strawberry.field(description="What can be won, the first prize first, 1 to 20.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    countdown_seconds: int | None = strawberry.field(
        default=None, description="10 to 86,400; left out, the host closes it. A lucky bag needs one."
    )
    conditions: EntryConditionsInput = strawberry.field(
        default_factory=EntryConditionsInput, description="What it takes to enter."
    )
    fairness: Fairness = strawberry.field(default=Fairness.EQUAL, description="Who wins first.")
    most_wins: int = strawberry.field(
        default=1, description="How often one may win within 30 days, in all rooms of the brand, 1 to 99."
    )
    claim_hours: int = strawberry.field(default=24, description="Within how many hours to claim, 1 to 168.")
    sponsor: Sponsor = strawberry.field(default=Sponsor.SELF, description="Who pays the coins that can be won.")

    def terms(self) -> DrawTerms:
        return DrawTerms(
            self.kind,
            self.title,
            tuple(prize.value(i) for i, prize in enumerate(self.prizes)),
            self.countdown_seconds,
            self.conditions.value(),
            self.fairness,
            self.most_wins,
            self.claim_hours,
            self.sponsor,
        )


@strawberry.input(description="Which draw.")
class DrawInput:
    draw_id: strawberry.ID = strawberry.field(description="The draw.")


@strawberry.input(description="A prize that the caller won.")
class DrawPrizeClaimInput:
    draw_id: strawberry.ID = strawberry.field(description="The draw.")
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the caller's addresses, to send it to. Goods need one."
    )


@object_type(scope=Scope.VISITOR, description="The answer to what changes a draw.")
class DrawPayload(Payload):
    draw: LiveDraw | None = attribute("The draw as it is now.", default=None)
    replayed: bool = attribute("True when this was done before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to `drawEnter`.")
class DrawEnterPayload(Payload):
    draw: LiveDraw | None = attribute("The draw.", default=None)
    entry: DrawEntry | None = attribute("The caller's entry.", default=None)
    replayed: bool = attribute("True when the caller had entered before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to `drawPrizeClaim`.")
class DrawPrizeClaimPayload(Payload):
    win: DrawWin | None = attribute("What the caller won, as it is now.", default=None)
    replayed: bool = attribute("True when it was claimed before.", default=False)


def _key(given: str) -> UUID:
    return key_of(Kind.DRAW, given, "input", "drawId")


async def _prepare(ctx: Context, *, input: DrawPrepareInput) -> Any:
    room_id = key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    draw, replayed = await draws.prepare(ctx, room_id, input.terms(), input.idempotency_key)
    return DrawPayload.of(draw=draw, replayed=replayed)


async def _open(ctx: Context, *, input: DrawInput) -> Any:
    draw, replayed = await draws.open_(ctx, _key(input.draw_id))
    return DrawPayload.of(draw=draw, replayed=replayed)


async def _close(ctx: Context, *, input: DrawInput) -> Any:
    draw, replayed = await draws.close(ctx, _key(input.draw_id))
    return DrawPayload.of(draw=draw, replayed=replayed)


async def _withdraw(ctx: Context, *, input: DrawInput) -> Any:
    draw, replayed = await draws.withdraw(ctx, _key(input.draw_id))
    return DrawPayload.of(draw=draw, replayed=replayed)


async def _enter(ctx: Context, *, input: DrawInput) -> Any:
    draw, entry, replayed = await draws.enter(ctx, _key(input.draw_id))
    return DrawEnterPayload.of(draw=draw, entry=entry, replayed=replayed)


async def _claim(ctx: Context, *, input: DrawPrizeClaimInput) -> Any:
    address = None if input.address_id is None else key_of(Kind.ADDRESS, input.address_id, "input", "addressId")
    win, replayed = await draws.claim(ctx, _key(input.draw_id), address)
    return DrawPrizeClaimPayload.of(win=win, replayed=replayed)


@strawberry.type
class DrawsMutation:
    draw_prepare: DrawPayload | None = mutation(
        _prepare, DrawPayload, "Prepare a lucky bag or draw in a room, for nobody else to see.", scope=Scope.MEMBER
    )
    draw_open: DrawPayload | None = mutation(
        _open,
        DrawPayload,
        "Open a draw that was prepared: its prizes are set aside, and its seed is bound. Again is the same.",
        scope=Scope.MEMBER,
        money=True,
    )
    draw_close: DrawPayload | None = mutation(
        _close, DrawPayload, "Let nobody enter any more, and draw the winners.", scope=Scope.MEMBER, money=True
    )
    draw_withdraw: DrawPayload | None = mutation(
        _withdraw, DrawPayload, "Call a draw off before it is closed.", scope=Scope.MEMBER, money=True
    )
    draw_enter: DrawEnterPayload | None = mutation(
        _enter, DrawEnterPayload, "Take part in a draw, once. Again is the same.", scope=Scope.MEMBER
    )
    draw_prize_claim: DrawPrizeClaimPayload | None = mutation(
        _claim, DrawPrizeClaimPayload, "Ask for a prize that the caller won.", scope=Scope.MEMBER
    )


NODES = {Kind.DRAW: draws.draws_by_id}
