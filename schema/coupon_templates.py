"""Coupon templates: what clients see of what can be taken, and what operators prepare, publish and end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from strawberry import UNSET

from domain import coupon_templates as rules
from domain import pages
from domain.coupon_templates import CouponScope, CouponTerms, TakeBy, TemplateState, Validity, Worth
from domain.coupons import CouponState
from domain.identity import Scope
from domain.money import Money as Amount
from domain.promotions.coupons import CouponKind
from resolvers import coupon_templates
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import EnumFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput, minor_of
from schema.node import Node

described(
    CouponKind,
    "What a coupon gives.",
    FIXED="An amount off (满减券).",
    PERCENT="A share off (折扣券).",
    FREE_SHIPPING="The shipping fee, or a part of it (运费券).",
    EXCHANGE="One unit of its goods for nothing (兑换券).",
)
described(
    CouponScope,
    "What a coupon is good for.",
    ALL="Everything.",
    CATEGORY="Goods of some categories, and of all below them.",
    PRODUCT="Some products.",
    STORE="Everything that is bought from some stores: in their live rooms, or by customers of their guides.",
    COMMUNITY="Everything that members with some tags buy, such as those of a group chat (社群).",
    GUIDE="Everything that customers of some guides buy.",
)
described(
    TakeBy,
    "How a coupon comes to a member.",
    USER="The member takes it.",
    GIFT_BY_GUIDE="The member's guide gives it.",
    REGISTER="Whoever registers gets it.",
    ORDER_GIFT="Whoever pays an order of some worth gets it.",
    CODE="The member redeems a code.",
    LIVE="The member takes it in a live room that is on air.",
    PRIZE="The member wins it.",
    SCAN="The member scans a code of a channel (扫码有礼).",
)
described(
    TemplateState,
    "The life of a template.",
    DRAFT="It is prepared, and only operators know of it.",
    PUBLISHED="Coupons of it can be had.",
    ENDED="None can be had any more; those that were taken stay good. Terminal.",
)


@object_type(scope=Scope.OPERATOR, description="How many coupons of a template are in each state.")
class CouponCounters:
    unused: int = derived(lambda c: c.get(CouponState.UNUSED, 0), "Waiting to be used.")
    locked: int = derived(lambda c: c.get(CouponState.LOCKED, 0), "Held by orders that are not paid.")
    used: int = derived(lambda c: c.get(CouponState.USED, 0), "Used.")
    expired: int = derived(lambda c: c.get(CouponState.EXPIRED, 0), "Not used in time.")
    revoked: int = derived(lambda c: c.get(CouponState.REVOKED, 0), "Taken away.")


_SCOPE_KINDS = {
    CouponScope.CATEGORY: Kind.CATEGORY,
    CouponScope.PRODUCT: Kind.PRODUCT,
    CouponScope.STORE: Kind.STORE,
    CouponScope.GUIDE: Kind.GUIDE,
    CouponScope.COMMUNITY: Kind.TAG,
}


async def _scope_ids(ctx: Context, found: Sequence[rules.CouponTemplate]) -> Any:
    kinds = [_SCOPE_KINDS.get(one.terms.scope) for one in found]
    scopes = await coupon_templates.scopes_of(ctx, found)
    return [[] if kind is None else [id_of(kind, key) for key in own] for kind, own in zip(kinds, scopes, strict=True)]


async def _excluded_ids(ctx: Context, found: Sequence[rules.CouponTemplate]) -> Any:
    return [[id_of(Kind.PRODUCT, key) for key in own] for own in await coupon_templates.excluded_of(ctx, found)]


@object_type(
    scope=Scope.VISITOR,
    description="A kind of coupon (优惠券) that the brand offers.",
    record=rules.CouponTemplate,
)
class CouponTemplate(Node):
    id: strawberry.ID = identifier(Kind.COUPON_TEMPLATE)
    name: str = attribute("Its name, at most 40 characters.")
    description: str = derived(lambda t: t.terms.description, "Its rules in words, at most 500 characters.")
    state: TemplateState = attribute("Where it stands.")
    kind: CouponKind = derived(lambda t: t.terms.worth.kind, "What it gives.")
    amount: Money = derived(
        lambda t: Amount(t.terms.worth.amount), "FIXED: how much off. FREE_SHIPPING: the most it bears, 0 for all."
    )
    off_bp: int = derived(
        lambda t: t.terms.worth.off_bp, "PERCENT: the share off, in basis points; 1,500 is 15 % off (八五折)."
    )
    cap: Money = derived(lambda t: Amount(t.terms.worth.cap), "PERCENT: the most that is taken off; 0 for no bound.")
    threshold: Money = derived(
        lambda t: Amount(t.terms.worth.threshold),
        "What has to be payable for its goods, after all promotions and before coupons.",
    )
    scope: CouponScope = derived(lambda t: t.terms.scope, "What it is good for.")
    scope_ids: list[strawberry.ID] = batched(
        _scope_ids, "Which categories, stores, guides or tags, or which products of those that the caller may see."
    )
    excluded_product_ids: list[strawberry.ID] = batched(
        _excluded_ids, "Products that it is not good for, of those that the caller may see."
    )
    order_wide: bool = derived(
        lambda t: t.terms.order_wide, "Whether it goes with a coupon for goods, where the brand lets two go together."
    )
    take_by: list[TakeBy] = derived(lambda t: t.terms.take_by, "How it can be had.")
    per_person: int = derived(lambda t: t.terms.per_person, "How many of them one member may ever have.")
    starts_at: datetime | None = derived(
        lambda t: t.terms.validity.starts_at, "From when on it is good; null: from when it is taken, or see `days`."
    )
    ends_at: datetime | None = derived(lambda t: t.terms.validity.ends_at, "Before when it is good; null: see `days`.")
    days: int | None = derived(lambda t: t.terms.validity.days, "For how many days of 24 hours it is good.")
    after_days: int = derived(
        lambda t: t.terms.validity.after_days, "So many days after it was taken those days begin."
    )
    gift_from: Money = derived(
        lambda t: Amount(t.terms.gift_from), "ORDER_GIFT: what the goods of an order have to cost."
    )
    left: int | None = attribute("How many can still be had; null for any number.")
    taken_by_me: int = batched(coupon_templates.taken_by_me, "How many of them the caller has ever had.")
    total: int | None = derived(
        lambda t: t.terms.total, "How many there are in all; null for any number.", scope=Scope.OPERATOR
    )
    taken: int = attribute("How many were ever taken.", scope=Scope.OPERATOR)
    counters: CouponCounters = batched(
        coupon_templates.counters_of, "What became of them.", scope=Scope.OPERATOR, cost=5
    )
    version: int = attribute("Rises with each change; edits state it.", scope=Scope.OPERATOR)
    created_at: datetime = attribute("When it was prepared.", scope=Scope.OPERATOR)


@strawberry.input(description="A kind of coupon.")
class CouponTemplateSaveInput:
    name: str = strawberry.field(description="1 to 40 characters.")
    kind: CouponKind = strawberry.field(description="What it gives.")
    take_by: list[TakeBy] = strawberry.field(description="How it can be had; at least one way.")
    coupon_template_id: strawberry.ID | None = strawberry.field(
        default=None, description="Which draft to change; left out for a new one."
    )
    expected_version: int | None = strawberry.field(default=None, description="The version that was read.")
    description: str = strawberry.field(default="", description="Its rules in words, at most 500 characters.")
    amount: MoneyInput | None = strawberry.field(
        default=None,
        description="FIXED: how much off, at least 0.01. FREE_SHIPPING: the most it bears; all, if left out.",
    )
    off_bp: int = strawberry.field(default=0, description="PERCENT: basis points off, 1 to 9,999.")
    cap: MoneyInput | None = strawberry.field(
        default=None, description="PERCENT: the most that is taken off; without a bound, if left out."
    )
    threshold: MoneyInput | None = strawberry.field(
        default=None, description="What has to be payable for its goods; anything, if left out."
    )
    scope: CouponScope = strawberry.field(default=CouponScope.ALL, description="What it is good for.")
    scope_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Which categories, products, stores, guides or tags; 1 to 100 but for ALL."
    )
    excluded_product_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Products that it is not good for, at most 100."
    )
    order_wide: bool = strawberry.field(default=False, description="Whether it goes with a coupon for goods.")
    total: int | None = strawberry.field(
        default=None, description="How many there are, 1 to 100,000,000; left out for any number."
    )
    per_person: int = strawberry.field(default=1, description="How many one member may ever have, 1 to 100.")
    starts_at: datetime | None = strawberry.field(default=None, description="From when on it is good.")
    ends_at: datetime | None = strawberry.field(
        default=None, description="Before when it is good. Give this or `days`."
    )
    days: int | None = strawberry.field(
        default=None, description="For how many days of 24 hours it is good, 1 to 3,650. Give this or `endsAt`."
    )
    after_days: int = strawberry.field(
        default=0, description="With `days`: so many days after it was taken it begins to be good."
    )
    gift_from: MoneyInput | None = strawberry.field(
        default=None, description="ORDER_GIFT: what the goods of an order have to cost; anything, if left out."
    )
    campaign_id: strawberry.ID | None = strawberry.field(default=None, description="The campaign that it is part of.")

    def terms(self) -> CouponTerms:
        return CouponTerms(
            self.name,
            Worth(self.kind, minor_of(self.amount), self.off_bp, minor_of(self.cap), minor_of(self.threshold)),
            Validity(self.starts_at, self.ends_at, self.after_days, self.days),
            tuple(self.take_by),
            self.description,
            self.scope,
            self._scope_keys(),
            _keys(Kind.PRODUCT, self.excluded_product_ids, "excludedProductIds"),
            self.order_wide,
            self.total,
            self.per_person,
            minor_of(self.gift_from),
            None if self.campaign_id is None else key_of(Kind.CAMPAIGN, self.campaign_id, "input", "campaignId"),
        )

    def _scope_keys(self) -> tuple[UUID, ...]:
        kind = _SCOPE_KINDS.get(self.scope)
        return () if kind is None else _keys(kind, self.scope_ids, "scopeIds")


def _keys(kind: Kind, given: Sequence[str], name: str) -> tuple[UUID, ...]:
    found = (key_of(kind, one, "input", name, str(i)) for i, one in enumerate(given[: rules.MOST_IDS + 1]))
    return tuple(dict.fromkeys(found))


@strawberry.input(description="Which kind of coupon.")
class CouponTemplateInput:
    coupon_template_id: strawberry.ID = strawberry.field(description="The kind of coupon.")


@strawberry.input(description="Codes by which coupons are had.")
class CouponCodesIssueInput:
    coupon_template_id: strawberry.ID = strawberry.field(description="The kind of coupon, which is taken by codes.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    count: int = strawberry.field(default=1, description="How many codes, 1 to 1,000; each is good for one member.")
    shared_code: str | None = strawberry.field(
        default=None,
        description="One code for everybody instead: 4 to 32 letters and digits. `total` and `perPerson` bound it.",
    )


@object_type(scope=Scope.OPERATOR, description="The answer to mutations of kinds of coupons.")
class CouponTemplatePayload(Payload):
    coupon_template: CouponTemplate | None = attribute("The kind of coupon.", default=None)
    replayed: bool = attribute("True when it was so before.", default=False)


@object_type(scope=Scope.OPERATOR, description="The answer to `couponCodesIssue`.")
class CouponCodesPayload(Payload):
    codes: list[str] | None = attribute("The codes; keep them secret.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


def template_key(given: str) -> UUID:
    return key_of(Kind.COUPON_TEMPLATE, given, "input", "couponTemplateId")


async def _save(ctx: Context, *, input: CouponTemplateSaveInput) -> Any:
    key = None if input.coupon_template_id is None else template_key(input.coupon_template_id)
    saved = await coupon_templates.save(ctx, key, input.terms(), input.expected_version)
    return CouponTemplatePayload.of(coupon_template=saved)


async def _publish(ctx: Context, *, input: CouponTemplateInput) -> Any:
    key = template_key(input.coupon_template_id)
    moved, replayed = await coupon_templates.move(ctx, key, TemplateState.PUBLISHED)
    return CouponTemplatePayload.of(coupon_template=moved, replayed=replayed)


async def _end(ctx: Context, *, input: CouponTemplateInput) -> Any:
    key = template_key(input.coupon_template_id)
    moved, replayed = await coupon_templates.move(ctx, key, TemplateState.ENDED)
    return CouponTemplatePayload.of(coupon_template=moved, replayed=replayed)


async def _issue(ctx: Context, *, input: CouponCodesIssueInput) -> Any:
    key = template_key(input.coupon_template_id)
    codes, replayed = await coupon_templates.issue_codes(
        ctx, key, input.count, input.shared_code, input.idempotency_key
    )
    return CouponCodesPayload.of(codes=codes, replayed=replayed)


@strawberry.input(description="Which kinds of coupons; all conditions must hold. AND, OR and NOT nest to depth 3.")
class CouponTemplateWhere:
    state: EnumFilter[TemplateState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    AND: list[CouponTemplateWhere] | None = strawberry.field(
        name="AND", default=UNSET, description="Each of these holds."
    )
    OR: list[CouponTemplateWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: CouponTemplateWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _templates(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[CouponTemplateWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await coupon_templates.templates(ctx, request, condition_of(where, {}, {"state": "state"}))


@strawberry.type
class CouponTemplatesQuery:
    coupon_templates: Connection[CouponTemplate] = query(
        _templates, "All kinds of coupons, the newest first.", scope=Scope.OPERATOR
    )


@strawberry.type
class CouponTemplatesMutation:
    coupon_template_save: CouponTemplatePayload | None = mutation(
        _save, CouponTemplatePayload, "Prepare a kind of coupon, or change a draft.", scope=Scope.OPERATOR
    )
    coupon_template_publish: CouponTemplatePayload | None = mutation(
        _publish,
        CouponTemplatePayload,
        "Let coupons of a kind be had. Its terms are fixed from here on.",
        scope=Scope.OPERATOR,
    )
    coupon_template_end: CouponTemplatePayload | None = mutation(
        _end,
        CouponTemplatePayload,
        "Let no more coupons of a kind be had; those taken stay good.",
        scope=Scope.OPERATOR,
    )
    coupon_codes_issue: CouponCodesPayload | None = mutation(
        _issue, CouponCodesPayload, "Make codes by which coupons are had.", scope=Scope.OPERATOR
    )


NODES = {Kind.COUPON_TEMPLATE: coupon_templates.templates_by_id}
