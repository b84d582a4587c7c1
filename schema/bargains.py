"""Bargains (砍价): what everybody sees of one, how it is started, and how friends help."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import bargains as rules
from domain import pages
from domain.bargains import BargainState
from domain.identity import Scope
from resolvers import bargains
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.members import MemberCard
from schema.money import Money
from schema.node import Node

if TYPE_CHECKING:
    from schema.bargain_offers import BargainOffer

described(
    BargainState,
    "The life of a bargain.",
    OPEN="It can be helped and bought until `expiresAt`.",
    ORDERED="An order holds it at its price; given up unpaid, it is open again.",
    BOUGHT="It was paid for; terminal.",
    EXPIRED="Its time is over; terminal.",
)


@object_type(scope=Scope.VISITOR, description="What one helper cut off a bargain.", record=rules.Help)
class BargainHelp:
    helper: MemberCard = batched(bargains.helpers_of, "Who.")
    position: int = attribute("The how manieth helper, from 1.")
    cut: Money = attribute("How much; one fen at least.")
    at: datetime = attribute("When.")


async def _helps(
    ctx: Context,
    found: Sequence[rules.Bargain],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await bargains.helps_of(ctx, found, pages.page_request(first, after, last, before))


@object_type(
    scope=Scope.VISITOR,
    description="A member's bargain (砍价) for one unit; they buy it by `orderPlace` with it as the `play`.",
    record=rules.Bargain,
)
class Bargain(Node):
    id: strawberry.ID = identifier(Kind.BARGAIN)
    state: BargainState = attribute("Where it stands.")
    price: Money = attribute("What it costs now.")
    first_price: Money = attribute("What it cost at first.")
    floor_price: Money = attribute("What it costs when all have helped.")
    helpers: int = attribute("How many helpers it takes.")
    helped: int = attribute("How many have helped.")
    only_at_floor: bool = attribute("Whether it is sold at its lowest price only.")
    started_at: datetime = attribute("When it was started.")
    expires_at: datetime = attribute("Until when it can be helped and bought.")
    version: int = attribute("Rises with each change.")
    member: MemberCard = batched(bargains.starters_of, "Who started it.")
    offer: Annotated[BargainOffer, strawberry.lazy("schema.bargain_offers")] = batched(
        bargains.offers_of_bargains, "The activity that it belongs to."
    )
    helps: Connection[BargainHelp] = batched(_helps, "Who helped, the latest first.", cost=3)
    my_help: BargainHelp | None = batched(bargains.my_help_of, "What the caller cut off.")


@strawberry.input(description="For what to bargain.")
class BargainStartInput:
    bargain_offer_id: strawberry.ID = strawberry.field(description="The offer.")


@strawberry.input(description="Whom to help.")
class BargainHelpInput:
    bargain_id: strawberry.ID = strawberry.field(description="The bargain.")


@object_type(scope=Scope.VISITOR, description="The answer to `bargainStart`.")
class BargainStartPayload(Payload):
    bargain: Bargain | None = attribute("The bargain.", default=None)
    replayed: bool = attribute("True when the caller had it under way before.", default=False)


@object_type(scope=Scope.VISITOR, description="The answer to `bargainHelp`.")
class BargainHelpPayload(Payload):
    bargain: Bargain | None = attribute("The bargain as it is now.", default=None)
    help: BargainHelp | None = attribute("What the caller cut off.", default=None)
    replayed: bool = attribute("True when the caller had helped before.", default=False)


async def _start(ctx: Context, *, input: BargainStartInput) -> Any:
    key = key_of(Kind.BARGAIN_OFFER, input.bargain_offer_id, "input", "bargainOfferId")
    bargain, replayed = await bargains.start(ctx, key)
    return BargainStartPayload.of(bargain=bargain, replayed=replayed)


async def _help(ctx: Context, *, input: BargainHelpInput) -> Any:
    key = key_of(Kind.BARGAIN, input.bargain_id, "input", "bargainId")
    bargain, cut, replayed = await bargains.help_(ctx, key)
    return BargainHelpPayload.of(bargain=bargain, help=cut, replayed=replayed)


async def _bargain(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.BARGAIN, id)
    return None if key is None else (await bargains.bargains_by_id(ctx, [key])).get(key)


@strawberry.type
class BargainsQuery:
    bargain: Bargain | None = query(_bargain, "A bargain, for its share page.", scope=Scope.VISITOR)


@strawberry.type
class BargainsMutation:
    bargain_start: BargainStartPayload | None = mutation(
        _start, BargainStartPayload, "Start a bargain; the one under way, if there is one.", scope=Scope.MEMBER
    )
    bargain_help: BargainHelpPayload | None = mutation(
        _help, BargainHelpPayload, "Cut the price of somebody's bargain, once.", scope=Scope.MEMBER
    )


NODES = {Kind.BARGAIN: bargains.bargains_by_id}
