"""Commissions: what guides earn, where it stands and why, and what finance decides about rates."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain import commission_rates as rates
from domain import commissions as rules
from domain import pages
from domain.commission_rates import CommissionLevel, RateScope, RateSource
from domain.commissions import CommissionState
from domain.identity import Scope
from domain.money import Money as Amount
from domain.refusals import between
from resolvers import bounties, commission_rates, commissions
from resolvers.commission_rates import MOST_PRODUCTS
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.bounties import Bounty
from schema.enums import described
from schema.errors import Payload
from schema.filters import DateTimeFilter, EnumFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput

described(
    CommissionState,
    "Where a commission stands.",
    ESTIMATED="What the order would earn if it were paid.",
    PENDING="Earned with the payment of the order; the goods have not been received.",
    FROZEN="The goods were received and can still be given back; released at `releaseAt` unless an after-sale is open.",
    AVAILABLE="The guide's own: it can be taken out.",
    WITHDRAWN="Taken out.",
    HELD="Kept back because the guide is frozen or left.",
    CANCELLED="The order was given up, or all of the goods went back before the release.",
    CLAWED_BACK="All of the goods went back after the release.",
)
described(
    RateSource,
    "Which rule gave the rate: the first that there is, in this order.",
    CONTRACT="The contract of the anchor in whose room it was bought.",
    CAMPAIGN="A campaign for a time (限时佣金).",
    SKU_FIXED="An amount for each unit of the variant.",
    SKU="A share of the variant.",
    PRODUCT="A share of the product.",
    CATEGORY="A share of the nearest category that has one.",
    GUIDE_TIER="The tier that the guide was on at the payment.",
    BRAND="What the brand pays for everything.",
    MEMBERSHIP="What the sale of a membership earns.",
)
described(
    RateScope,
    "What a rule is about.",
    VARIANT="One variant.",
    PRODUCT="All variants of a product.",
    CATEGORY="All products of a category and of those below it.",
    EVERYTHING="Everything.",
)
described(
    CommissionLevel,
    "Who earns. There are two levels, and never a third.",
    FIRST="The guide who is credited with the order.",
    SECOND="Who brought that guide. Off until a rule for it is set.",
)


@object_type(
    scope=Scope.MEMBER,
    description="What a guide earns from one line of a paid order (佣金). Rate and base stay as at the payment.",
    record=rules.Commission,
)
class Commission:
    id: strawberry.ID = identifier(Kind.COMMISSION)
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="The order; its buyer alone can open it.")
    line_id: strawberry.ID | None = identifier(
        Kind.ORDER_LINE,
        "line_id",
        description="The line of the order; null for the order as a whole: the sale of a membership.",
    )
    level: int = attribute("1: earned by the guide who is credited with the order; 2: by who brought that guide.")
    base: Money = attribute("What it is computed on: the net goods paid for the line, without shipping.")
    rate_bp: int | None = attribute(
        "The share of the base, in basis points: 800 is 8 %; null for an amount for each unit."
    )
    rate_source: RateSource = attribute("Which rule gave the rate.")
    amount: Money = attribute("What was earned: base times rate, rounded down to a whole fen.")
    is_cut: bool = attribute("Whether it is less than the rate says: held to what a line may cost, or shared.")
    state: CommissionState = attribute("Where it stands.")
    created_at: datetime = attribute("When the order was paid; of an estimate, when it was made.")
    release_at: datetime | None = attribute(
        "When it is released, unless an after-sale is open then; null before receipt."
    )
    released_at: datetime | None = attribute("When it became the guide's own.")
    refunded: Money = attribute("What of the base went back.")
    clawed_back: Money = attribute("What of the amount was taken back with it, at the rate of the payment.")
    left: Money = derived(lambda one: one.left, "What the guide is entitled to now: amount less what was taken back.")


@strawberry.input(description="Which commissions; all conditions must hold. AND, OR and NOT nest to depth 3.")
class CommissionWhere:
    state: EnumFilter[CommissionState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When the order was paid.")
    released_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was released.")
    AND: list[CommissionWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[CommissionWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: CommissionWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_TARGETS = {RateScope.VARIANT: Kind.VARIANT, RateScope.PRODUCT: Kind.PRODUCT, RateScope.CATEGORY: Kind.CATEGORY}


@object_type(
    scope=Scope.FINANCE, description="What the brand pays for something, from a time on.", record=rates.RateRule
)
class CommissionRate:
    id: strawberry.ID = identifier(Kind.COMMISSION_RATE)
    level: CommissionLevel = attribute("Who earns it.")
    scope: RateScope = attribute("What it is about.")
    target_id: strawberry.ID | None = derived(
        lambda rule: rule.target_id and id_of(_TARGETS[rule.scope], rule.target_id),
        "The variant, product or category; null for everything.",
    )
    tier_id: strawberry.ID | None = identifier(
        Kind.GUIDE_TIER, "tier_id", description="Only for guides of this tier; null: for all."
    )
    is_campaign: bool = attribute("Whether it goes before all but contracts, for its time (限时佣金).")
    rate_bp: int | None = attribute("The share, in basis points; null for an amount.")
    fixed: Money | None = derived(
        lambda rule: None if rule.fixed is None else Amount(rule.fixed), "An amount for each unit; null for a share."
    )
    starts_at: datetime = attribute("From when it holds, for orders that are paid from then on.")
    ends_at: datetime | None = attribute("Until when; null: for good.")
    version: int = attribute("Rises with each change; who ends it states it.")


@object_type(
    scope=Scope.MEMBER,
    description="What an anchor was promised for what is sold in its own rooms, instead of its tier's rate.",
    record=rates.Contract,
)
class CommissionContract:
    id: strawberry.ID = identifier(Kind.COMMISSION_CONTRACT)
    rate_bp: int = attribute("The share, in basis points.")
    product_ids: list[strawberry.ID] = derived(
        lambda contract: [id_of(Kind.PRODUCT, one) for one in contract.product_ids], "Only these products; empty: all."
    )
    starts_at: datetime = attribute("From when it holds.")
    ends_at: datetime | None = attribute("Until when; null: for good.")
    version: int = attribute("Rises with each change; who ends it states it.")


@strawberry.input(description="Which rules; all conditions must hold. AND, OR and NOT nest to depth 3.")
class CommissionRateWhere:
    level: EnumFilter[CommissionLevel] | None = strawberry.field(default=UNSET, description="Who earns it.")
    scope: EnumFilter[RateScope] | None = strawberry.field(default=UNSET, description="What it is about.")
    ends_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="Until when it holds.")
    AND: list[CommissionRateWhere] | None = strawberry.field(
        name="AND", default=UNSET, description="Each of these holds."
    )
    OR: list[CommissionRateWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: CommissionRateWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {"state": "state", "created_at": "createdAt", "released_at": "releasedAt"}
_RATE_NAMES = {"level": "level", "scope": "scope", "ends_at": "endsAt"}


async def _my_commissions(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[CommissionWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await commissions.my_commissions(ctx, request, condition_of(where, {}, _WHERE_NAMES))


async def _guide_commissions(
    ctx: Context,
    *,
    guide_id: Annotated[strawberry.ID, strawberry.argument(description="Whose.")],
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[CommissionWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request, key = pages.page_request(first, after, last, before), key_of(Kind.GUIDE, guide_id, "guideId")
    return await commissions.commissions_of(ctx, key, request, condition_of(where, {}, _WHERE_NAMES))


async def _rates(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[CommissionRateWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await commission_rates.rates(ctx, request, condition_of(where, {}, _RATE_NAMES))


@strawberry.type
class CommissionQuery:
    my_commissions: Connection[Commission] = query(
        _my_commissions, "What the caller earned, the newest first.", scope=Scope.GUIDE
    )
    guide_commissions: Connection[Commission] = query(
        _guide_commissions,
        "What a guide earned, the newest first: for the managers of its store, and for finance.",
        scope=Scope.STAFF,
    )
    commission_rates: Connection[CommissionRate] = query(
        _rates, "The rules by which commission is paid, the newest first.", scope=Scope.FINANCE
    )


@strawberry.input(description="A rule by which commission is paid.")
class CommissionRateSetInput:
    scope: RateScope = strawberry.field(description="What it is about.")
    level: CommissionLevel = strawberry.field(default=CommissionLevel.FIRST, description="Who earns it.")
    target_id: strawberry.ID | None = strawberry.field(
        default=None, description="The variant, product or category; none for everything."
    )
    tier_id: strawberry.ID | None = strawberry.field(default=None, description="Only for guides of this tier.")
    is_campaign: bool = strawberry.field(default=False, description="Whether it goes before other rules, for its time.")
    rate_bp: int | None = strawberry.field(
        default=None, description="A share in basis points, no more than a line may cost (5,000 unless set)."
    )
    fixed: MoneyInput | None = strawberry.field(
        default=None, description="Instead of a share: an amount for each unit of a variant."
    )
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when it holds; from now, if left out."
    )
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; a campaign needs it.")
    understood: bool = strawberry.field(
        default=False,
        description="For the second level: that platforms and the law look closely at it, that it is paid on goods "
        "that were sold and kept alone, and never for bringing people.",
    )

    def rule(self, ctx: Context) -> rates.RateRule:
        kind = _TARGETS.get(self.scope)
        here = ("input", "targetId")
        target = None if self.target_id is None else self.target_id
        return rates.RateRule(
            UUID(int=0),
            self.level,
            self.scope,
            None if target is None else key_of(kind, target, *here) if kind else UUID(int=0),
            None if self.tier_id is None else key_of(Kind.GUIDE_TIER, self.tier_id, "input", "tierId"),
            self.is_campaign,
            self.rate_bp,
            None if self.fixed is None else self.fixed.value().minor,
            self.starts_at or ctx.now(),
            self.ends_at,
        )


@strawberry.input(description="A rule that is to hold no more.")
class CommissionRateEndInput:
    rate_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int = strawberry.field(description="Another version refuses it.")


@strawberry.input(description="What an anchor is promised for what is sold in its own rooms.")
class CommissionContractSignInput:
    guide_id: strawberry.ID = strawberry.field(description="The anchor.")
    rate_bp: int = strawberry.field(description="The share in basis points.")
    product_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Only these products, at most 500; all, if empty."
    )
    starts_at: datetime | None = strawberry.field(
        default=None, description="From when it holds; from now, if left out."
    )
    ends_at: datetime | None = strawberry.field(default=None, description="Until when; for good, if left out.")

    def contract(self, ctx: Context) -> rates.Contract:
        between(len(self.product_ids), 0, MOST_PRODUCTS, "input", "productIds")
        return rates.Contract(
            UUID(int=0),
            key_of(Kind.GUIDE, self.guide_id, "input", "guideId"),
            self.rate_bp,
            tuple(dict.fromkeys(key_of(Kind.PRODUCT, one, "input", "productIds") for one in self.product_ids)),
            self.starts_at or ctx.now(),
            self.ends_at,
        )


@strawberry.input(description="A contract that is to hold no more.")
class CommissionContractEndInput:
    contract_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int = strawberry.field(description="Another version refuses it.")


@strawberry.input(description="What is held of a guide who left, to be released.")
class HeldCommissionsReleaseInput:
    guide_id: strawberry.ID = strawberry.field(description="The guide.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; it is kept.")


@object_type(scope=Scope.VISITOR, description="A rule that was set or ended.")
class CommissionRatePayload(Payload):
    rate: CommissionRate | None = attribute("The rule as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A contract that was signed or ended.")
class CommissionContractPayload(Payload):
    contract: CommissionContract | None = attribute("The contract as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="Commissions that were released.")
class HeldCommissionsReleasePayload(Payload):
    commissions: Sequence[Commission] | None = attribute("The guide's own from now on.", default=None)
    bounties: Sequence[Bounty] | None = attribute("The guide's own from now on.", default=None)


async def _set_rate(ctx: Context, *, input: CommissionRateSetInput) -> Any:
    rate: Any = await commission_rates.set_rule(ctx, input.rule(ctx), understood=input.understood)
    return CommissionRatePayload(rate=rate)


async def _end_rate(ctx: Context, *, input: CommissionRateEndInput) -> Any:
    key = key_of(Kind.COMMISSION_RATE, input.rate_id, "input", "rateId")
    rate: Any = await commission_rates.end_rule(ctx, key, input.expected_version)
    return CommissionRatePayload(rate=rate)


async def _sign(ctx: Context, *, input: CommissionContractSignInput) -> Any:
    contract: Any = await commission_rates.sign(ctx, input.contract(ctx))
    return CommissionContractPayload(contract=contract)


async def _end_contract(ctx: Context, *, input: CommissionContractEndInput) -> Any:
    key = key_of(Kind.COMMISSION_CONTRACT, input.contract_id, "input", "contractId")
    contract: Any = await commission_rates.end_contract(ctx, key, input.expected_version)
    return CommissionContractPayload(contract=contract)


async def _release_held(ctx: Context, *, input: HeldCommissionsReleaseInput) -> Any:
    guide_id = key_of(Kind.GUIDE, input.guide_id, "input", "guideId")
    released: Any = await commissions.release_held(ctx, guide_id, input.reason)
    bounties_too: Any = await bounties.release_held(ctx, guide_id)
    return HeldCommissionsReleasePayload(commissions=released, bounties=bounties_too)


@strawberry.type
class CommissionMutation:
    commission_rate_set: CommissionRatePayload | None = mutation(
        _set_rate,
        CommissionRatePayload,
        "Let a rule hold for orders that are paid from now on; of two alike the later one holds.",
        scope=Scope.FINANCE,
    )
    commission_rate_end: CommissionRatePayload | None = mutation(
        _end_rate, CommissionRatePayload, "Let a rule hold no more.", scope=Scope.FINANCE
    )
    commission_contract_sign: CommissionContractPayload | None = mutation(
        _sign,
        CommissionContractPayload,
        "Promise an anchor a rate for what is sold in its own rooms.",
        scope=Scope.FINANCE,
    )
    commission_contract_end: CommissionContractPayload | None = mutation(
        _end_contract, CommissionContractPayload, "Let a contract hold no more.", scope=Scope.FINANCE
    )
    held_commissions_release: HeldCommissionsReleasePayload | None = mutation(
        _release_held,
        HeldCommissionsReleasePayload,
        "Let a guide who left have what was held and can no longer come back: commissions and bounties.",
        scope=Scope.FINANCE,
    )
