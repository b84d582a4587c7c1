"""Lotteries (抽奖): what there is to win and how likely, drawing, and what was drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain import lotteries as rules
from domain import pages
from domain.identity import Scope
from domain.lotteries import ChanceSource, ChanceTerms, LotteryPrizeKind, LotteryState, LotteryTerms
from domain.money import Money as Amount
from resolvers import lotteries
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.activities import CAMPAIGN, campaign_key, campaign_of
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, condition_of
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput, minor_of
from schema.node import Node

described(
    LotteryPrizeKind,
    "What a prize is.",
    COUPON="A coupon.",
    PRODUCT="A product, by a coupon that is exchanged for it in an order (兑换券).",
    POINTS="Points.",
    NONE="Nothing (谢谢参与).",
)
described(
    LotteryState,
    "The life of a lottery.",
    DRAFT="It is prepared, and only operators know of it.",
    PUBLISHED="It can be drawn in its time.",
    ENDED="It was ended early; terminal.",
)
described(
    ChanceSource,
    "Where a chance to draw comes from.",
    FREE="Free, so many a day.",
    POINTS="Bought with points, so many a day.",
    ORDER="By paying an order of some worth.",
    SHARE="On a day on which another member opened one of the member's shares.",
    ALL="All of them together; nothing to draw by.",
)


@object_type(scope=Scope.VISITOR, description="A prize of a lottery.", record=rules.LotteryPrize)
class LotteryPrize:
    id: strawberry.ID = identifier(Kind.LOTTERY_PRIZE)
    kind: LotteryPrizeKind = attribute("What it is.")
    name: str = attribute("Its name, at most 40 characters.")
    probability_bp: int = derived(
        lambda p: p.weight_bp, "How likely it comes up, in basis points; all prizes together 10,000."
    )
    stock: int | None = attribute("How many there are; null for any number.")
    worth: Money = derived(lambda p: Amount(p.worth), "What one is worth; 50,000.00 at most.")
    points: int = attribute("POINTS: how many.")
    is_consolation: bool = attribute("Whether it is given when the prize that came up is gone.")
    left: int | None = attribute("How many are left; null for any number.", scope=Scope.OPERATOR)


@object_type(scope=Scope.VISITOR, description="How many chances one member has, by their sources.", record=ChanceTerms)
class LotteryChanceTerms:
    free_daily: int = attribute("Free ones a day; a day is the brand's.")
    points_daily: int = attribute("How many can be bought a day.")
    points_cost: int = attribute("What one costs, in points.")
    per_order: int = attribute("How many a paid order gives.")
    order_from: Money = derived(lambda c: Amount(c.order_from), "What its goods have to cost.")
    share_daily: int = attribute("How many a day on which somebody else opened one of the member's shares.")
    most: int = attribute("How often one member may ever draw.")


@object_type(scope=Scope.VISITOR, description="What chances the caller has left.")
class LotteryChances:
    free: int = derived(lambda c: c[ChanceSource.FREE], "Free ones today.")
    points: int = derived(lambda c: c[ChanceSource.POINTS], "How many can still be bought today.")
    order: int = derived(lambda c: c[ChanceSource.ORDER], "Those of orders.")
    share: int = derived(lambda c: c[ChanceSource.SHARE], "Those of shares today.")
    ever: int = derived(lambda c: c[ChanceSource.ALL], "How often the caller may ever draw from now on.")


async def _draws(
    ctx: Context,
    found: Sequence[rules.Lottery],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await lotteries.draws_of(ctx, found, pages.page_request(first, after, last, before))


@object_type(scope=Scope.VISITOR, description="A lottery (抽奖).", record=rules.Lottery)
class Lottery(Node):
    id: strawberry.ID = identifier(Kind.LOTTERY)
    name: str = attribute("Its name, at most 40 characters.")
    rules: str = derived(lambda one: one.terms.rules, "Its rules in words, at most 2,000 characters.")
    state: LotteryState = attribute("Where it stands.")
    starts_at: datetime = derived(lambda one: one.terms.starts_at, "From when on it can be drawn.")
    ends_at: datetime = derived(lambda one: one.terms.ends_at, "Before when it can be drawn.")
    prizes: list[LotteryPrize] = derived(lambda one: one.terms.prizes, "What there is to win, at most 20, in order.")
    chances: LotteryChanceTerms = derived(lambda one: one.terms.chances, "How many chances one member has.")
    my_chances: LotteryChances | None = batched(
        lotteries.chances_of, "What chances the caller has left; null for a visitor."
    )
    draws: Connection[LotteryDraw] = batched(
        _draws, "Everything that was drawn, the newest first, for those who check it.", scope=Scope.OPERATOR, cost=10
    )
    campaign_id: strawberry.ID | None = derived(campaign_of, CAMPAIGN, scope=Scope.OPERATOR)
    version: int = attribute("Rises with each change; edits state it.", scope=Scope.OPERATOR)


@object_type(scope=Scope.MEMBER, description="A draw of a lottery, kept as it came about.", record=rules.Draw)
class LotteryDraw(Node):
    id: strawberry.ID = identifier(Kind.LOTTERY_DRAW)
    lottery: Lottery = batched(lotteries.lotteries_of, "Of which lottery.")
    member_id: strawberry.ID = identifier(Kind.MEMBER, "member_id", description="Who drew.")
    source: ChanceSource = attribute("What the chance came from.")
    number: int = attribute(
        "The number that came up, 0 to 9,999: the first prize whose probabilities, summed up to it, exceed it is meant."
    )
    prize: LotteryPrize = attribute("What was given: the prize that was meant, or the consolation when it was gone.")
    drawn_prize_id: strawberry.ID = identifier(
        Kind.LOTTERY_PRIZE, "drawn_id", description="The prize that the number means."
    )
    coupon_id: strawberry.ID | None = identifier(Kind.COUPON, "coupon_id", description="The coupon that was won.")
    at: datetime = attribute("When.")


@strawberry.input(description="A prize.")
class LotteryPrizeInput:
    kind: LotteryPrizeKind = strawberry.field(description="What it is.")
    name: str = strawberry.field(description="1 to 40 characters.")
    probability_bp: int = strawberry.field(description="Basis points; those of all prizes sum to 10,000.")
    stock: int | None = strawberry.field(default=None, description="How many there are; left out for any number.")
    worth: MoneyInput | None = strawberry.field(default=None, description="What one is worth; 50,000.00 at most.")
    coupon_template_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="COUPON, PRODUCT: which kind of coupon is won; it is taken by PRIZE. It takes off 50,000.00 at "
        "most, so a PERCENT one has a `cap`, and is exchanged for nothing that costs more.",
    )
    points: int = strawberry.field(default=0, description="POINTS: how many, 1 to 1,000,000.")
    is_consolation: bool = strawberry.field(
        default=False,
        description="Whether it is given when what came up is gone: one without stock, points or nothing.",
    )

    def value(self, position: int) -> rules.LotteryPrize:
        path = ("input", "prizes", str(position), "couponTemplateId")
        template = self.coupon_template_id
        key = None if template is None else key_of(Kind.COUPON_TEMPLATE, template, *path)
        parts = (self.probability_bp, self.stock, minor_of(self.worth), key, self.points, self.is_consolation)
        return rules.LotteryPrize(UUID(int=0), self.kind, self.name, *parts)


@strawberry.input(description="How many chances one member has; what is left out there is none of.")
class LotteryChancesInput:
    free_daily: int = strawberry.field(default=1, description="Free ones a day, 0 to 1,000.")
    points_daily: int = strawberry.field(default=0, description="How many can be bought a day, 0 to 1,000.")
    points_cost: int = strawberry.field(default=0, description="What one costs, in points.")
    per_order: int = strawberry.field(default=0, description="How many a paid order gives, 0 to 1,000.")
    order_from: MoneyInput | None = strawberry.field(
        default=None, description="What its goods have to cost; anything, if left out."
    )
    share_daily: int = strawberry.field(default=0, description="How many a day with an opened share, 0 to 1,000.")
    most: int = strawberry.field(default=1_000, description="How often one member may ever draw, 1 to 1,000.")

    def value(self) -> ChanceTerms:
        return ChanceTerms(
            self.free_daily,
            self.points_daily,
            self.points_cost,
            self.per_order,
            minor_of(self.order_from),
            self.share_daily,
            self.most,
        )


@strawberry.input(description="A lottery.")
class LotterySaveInput:
    name: str = strawberry.field(description="1 to 40 characters.")
    prizes: list[LotteryPrizeInput] = strawberry.field(description="What there is to win, 1 to 20; one consolation.")
    starts_at: datetime = strawberry.field(description="From when on it can be drawn.")
    ends_at: datetime = strawberry.field(description="Before when it can be drawn.")
    lottery_id: strawberry.ID | None = strawberry.field(default=None, description="Which draft to change.")
    expected_version: int | None = strawberry.field(default=None, description="The version that was read.")
    rules: str = strawberry.field(default="", description="Its rules in words, at most 2,000 characters.")
    chances: LotteryChancesInput = strawberry.field(
        default_factory=LotteryChancesInput, description="How many chances one member has."
    )
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description=CAMPAIGN)

    def terms(self) -> LotteryTerms:
        prizes = tuple(prize.value(i) for i, prize in enumerate(self.prizes[: rules.MOST_PRIZES + 1]))
        parts = (self.starts_at, self.ends_at, self.rules, self.chances.value(), campaign_key(self.campaign_id))
        return LotteryTerms(self.name, prizes, *parts)


@strawberry.input(description="Which lottery.")
class LotteryInput:
    lottery_id: strawberry.ID = strawberry.field(description="The lottery.")


@strawberry.input(description="One draw.")
class LotteryDrawInput:
    lottery_id: strawberry.ID = strawberry.field(description="The lottery.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same draw."
    )
    source: ChanceSource = strawberry.field(default=ChanceSource.FREE, description="Which chance to use.")


@object_type(scope=Scope.OPERATOR, description="The answer to mutations of lotteries.")
class LotteryPayload(Payload):
    lottery: Lottery | None = attribute("The lottery.", default=None)
    replayed: bool = attribute("True when it was so before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to `lotteryDraw`.")
class LotteryDrawPayload(Payload):
    draw: LotteryDraw | None = attribute("What was drawn.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


def _key(given: str) -> UUID:
    return key_of(Kind.LOTTERY, given, "input", "lotteryId")


async def _save(ctx: Context, *, input: LotterySaveInput) -> Any:
    key = None if input.lottery_id is None else _key(input.lottery_id)
    return LotteryPayload.of(lottery=await lotteries.save(ctx, key, input.terms(), input.expected_version))


async def _publish(ctx: Context, *, input: LotteryInput) -> Any:
    moved, replayed = await lotteries.move(ctx, _key(input.lottery_id), LotteryState.PUBLISHED)
    return LotteryPayload.of(lottery=moved, replayed=replayed)


async def _end(ctx: Context, *, input: LotteryInput) -> Any:
    moved, replayed = await lotteries.move(ctx, _key(input.lottery_id), LotteryState.ENDED)
    return LotteryPayload.of(lottery=moved, replayed=replayed)


async def _draw(ctx: Context, *, input: LotteryDrawInput) -> Any:
    draw, replayed = await lotteries.draw(ctx, _key(input.lottery_id), input.source, input.idempotency_key)
    return LotteryDrawPayload.of(draw=draw, replayed=replayed)


@strawberry.input(description="Which lotteries; all conditions must hold. AND, OR and NOT nest to depth 3.")
class LotteryWhere:
    state: EnumFilter[LotteryState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    AND: list[LotteryWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[LotteryWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: LotteryWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _all(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[LotteryWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await lotteries.lotteries(ctx, request, condition_of(where, {}, {"state": "state"}))


async def _mine(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await lotteries.my_draws(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class LotteryQuery:
    running_lotteries: list[Lottery] = query(
        lotteries.running,
        "Lotteries that are on or will be, those first that end first, at most 50.",
        scope=Scope.VISITOR,
        cost=50,
    )
    lotteries: Connection[Lottery] = query(_all, "All lotteries, the newest first.", scope=Scope.OPERATOR)
    my_lottery_draws: Connection[LotteryDraw] = query(
        _mine, "What the caller drew, the newest first.", scope=Scope.MEMBER
    )


@strawberry.type
class LotteryMutation:
    lottery_save: LotteryPayload | None = mutation(
        _save, LotteryPayload, "Prepare a lottery, or change a draft.", scope=Scope.OPERATOR
    )
    lottery_publish: LotteryPayload | None = mutation(
        _publish,
        LotteryPayload,
        "Let a lottery be drawn in its time. Its terms are fixed from here on.",
        scope=Scope.OPERATOR,
    )
    lottery_end: LotteryPayload | None = mutation(
        _end, LotteryPayload, "End a lottery before its time.", scope=Scope.OPERATOR
    )
    lottery_draw: LotteryDrawPayload | None = mutation(
        _draw,
        LotteryDrawPayload,
        "Draw once; the chance is used and the prize given in one.",
        scope=Scope.MEMBER,
        money=True,
    )


NODES = {Kind.LOTTERY: lotteries.lotteries_by_id, Kind.LOTTERY_DRAW: lotteries.draws_by_id}
