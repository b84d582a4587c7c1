"""Paid memberships: plans, what a member holds, buying a plan and activating a card."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import memberships as rules
from domain.identity import Scope
from domain.memberships import PlanKind
from resolvers import membership_cards, memberships, orders
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.money import Money, MoneyInput
from schema.rights import MemberRights, MemberRightsInput

if TYPE_CHECKING:
    from schema.members import Member
    from schema.orders import Order

described(
    PlanKind,
    "For how long a plan runs.",
    TRIAL="Some days, once for each person.",
    MONTH="One month of the calendar.",
    QUARTER="Three months of the calendar.",
    YEAR="Twelve months of the calendar.",
    LIFETIME="For good; nothing more can be bought.",
)


@object_type(
    scope=Scope.VISITOR, description="A paid membership (付费会员) that can be bought.", record=rules.MembershipPlan
)
class MembershipPlan:
    id: strawberry.ID = identifier(Kind.MEMBERSHIP_PLAN)
    kind: PlanKind = attribute("For how long it runs.")
    name: str = attribute("Its name, at most 20 characters.")
    price: Money = attribute("What it costs; nothing for some trials.")
    trial_days: int = attribute("How many days a trial runs; 0 for the others.")
    rights: MemberRights = attribute("What it gives.")
    on_sale: bool = attribute("Whether it can be bought.")


@object_type(scope=Scope.MEMBER, description="The paid membership that runs now.", record=rules.Membership)
class Membership:
    plan: MembershipPlan = attribute("Under which plan.")
    since: datetime = attribute("Since when this plan runs.")
    expires_at: datetime | None = attribute(
        "Until when, with everything that was bought after it; null: for life. At this instant its prices end."
    )


@strawberry.input(description="A plan to offer, or to change; changed rights are those of its present holders too.")
class MembershipPlanSaveInput:
    kind: PlanKind = strawberry.field(description="For how long it runs; what it was when a plan is changed.")
    name: str = strawberry.field(description="1 to 20 characters.")
    price: MoneyInput = strawberry.field(description="0 to 100,000 yuan.")
    rights: MemberRightsInput = strawberry.field(default_factory=MemberRightsInput, description="What it gives.")
    trial_days: int = strawberry.field(
        default=0, description="For a trial 1 to 90, else 0; what it was when a plan is changed."
    )
    on_sale: bool = strawberry.field(default=True, description="Whether it can be bought.")
    plan_id: strawberry.ID | None = strawberry.field(
        default=None, description="The plan to change; left out, a new one."
    )


@strawberry.input(description="A plan to buy.")
class MembershipBuyInput:
    plan_id: strawberry.ID = strawberry.field(description="Which plan.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same purchase."
    )


@strawberry.input(description="A membership card.")
class MembershipCardActivateInput:
    code: str = strawberry.field(description="The sixteen characters on the card, however they are typed.")


@strawberry.input(description="Cards to print.")
class MembershipCardsIssueInput:
    plan_id: strawberry.ID = strawberry.field(description="What each card is good for; not a trial.")
    count: int = strawberry.field(description="How many, 1 to 1,000.")
    expires_at: datetime = strawberry.field(description="Until when they can be activated.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")
    note: str = strawberry.field(default="", description="What they are for, at most 100 characters.")


@strawberry.input(description="A batch of cards.")
class MembershipCardsVoidInput:
    batch_id: strawberry.ID = strawberry.field(description="Which batch.")


@object_type(scope=Scope.VISITOR, description="The answer to `membershipPlanSave`.")
class MembershipPlanPayload(Payload):
    plan: MembershipPlan | None = attribute("The plan as it is now.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to `membershipBuy`.")
class MembershipBuyPayload(Payload):
    order: Annotated[Order, strawberry.lazy("schema.orders")] | None = attribute(
        "The order to pay, which has no lines; null when the plan costs nothing and runs already.", default=None
    )
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.MEMBER, description="The answer to `membershipCardActivate`.")
class MembershipCardPayload(Payload):
    member: Annotated[Member, strawberry.lazy("schema.members")] | None = attribute(
        "The member, who has what the card was good for.", default=None
    )


@object_type(scope=Scope.OPERATOR, description="The answer to `membershipCardsIssue`.")
class MembershipCardsPayload(Payload):
    batch_id: strawberry.ID | None = attribute("The batch, by which it can be voided.", default=None)
    codes: list[str] = attribute("The codes, this once: nobody keeps them.", default_factory=list)
    replayed: bool = attribute(
        "True when this very request was answered before; codes are not told again.", default=False
    )


@object_type(scope=Scope.OPERATOR, description="The answer to `membershipCardsVoid`.")
class MembershipCardsVoidPayload(Payload):
    batch_id: strawberry.ID | None = attribute("The batch that is void now.", default=None)


async def _save(ctx: Context, *, input: MembershipPlanSaveInput) -> Any:
    known = None if input.plan_id is None else key_of(Kind.MEMBERSHIP_PLAN, input.plan_id, "input", "planId")
    plan = rules.MembershipPlan(
        known or ctx.new_id(),
        input.kind,
        input.name,
        input.price.value(),
        input.rights.value("input", "rights"),
        input.trial_days,
        input.on_sale,
    )
    return MembershipPlanPayload.of(plan=await memberships.save_plan(ctx, plan, known))


async def _buy(ctx: Context, *, input: MembershipBuyInput) -> Any:
    plan_id = key_of(Kind.MEMBERSHIP_PLAN, input.plan_id, "input", "planId")
    order_id, replayed = await memberships.buy(ctx, plan_id, input.idempotency_key)
    order = None if order_id is None else await orders.order(ctx, order_id)
    return MembershipBuyPayload.of(order=order, replayed=replayed)


async def _activate(ctx: Context, *, input: MembershipCardActivateInput) -> Any:
    return MembershipCardPayload.of(member=await membership_cards.activate(ctx, input.code))


async def _issue(ctx: Context, *, input: MembershipCardsIssueInput) -> Any:
    plan_id = key_of(Kind.MEMBERSHIP_PLAN, input.plan_id, "input", "planId")
    batch, replayed = await membership_cards.issue(
        ctx, plan_id, input.count, input.expires_at, input.note, input.idempotency_key
    )
    batch_id = f"{Kind.MEMBERSHIP_CARDS.value}_{batch.id.hex}"
    return MembershipCardsPayload.of(batch_id=batch_id, codes=batch.codes, replayed=replayed)


async def _void(ctx: Context, *, input: MembershipCardsVoidInput) -> Any:
    await membership_cards.void(ctx, key_of(Kind.MEMBERSHIP_CARDS, input.batch_id, "input", "batchId"))
    return MembershipCardsVoidPayload.of(batch_id=input.batch_id)


@strawberry.type
class MembershipsQuery:
    membership_plans: list[MembershipPlan] = query(
        memberships.plans,
        "The plans on sale, the cheapest first; operators see those that are not on sale too.",
        scope=Scope.VISITOR,
    )


@strawberry.type
class MembershipsMutation:
    membership_plan_save: MembershipPlanPayload | None = mutation(
        _save, MembershipPlanPayload, "Offer a plan, or change one.", scope=Scope.OPERATOR
    )
    membership_buy: MembershipBuyPayload | None = mutation(
        _buy,
        MembershipBuyPayload,
        "Order a plan. Once the order is paid, it runs after whatever runs already.",
        scope=Scope.MEMBER,
        money=True,
    )
    membership_card_activate: MembershipCardPayload | None = mutation(
        _activate,
        MembershipCardPayload,
        "Turn a card into membership, once; at most ten tries a minute.",
        scope=Scope.MEMBER,
        money=True,
    )
    membership_cards_issue: MembershipCardsPayload | None = mutation(
        _issue, MembershipCardsPayload, "Have cards printed for a plan.", scope=Scope.OPERATOR, money=True
    )
    membership_cards_void: MembershipCardsVoidPayload | None = mutation(
        _void,
        MembershipCardsVoidPayload,
        "Make those cards of a batch worthless that nobody has activated.",
        scope=Scope.OPERATOR,
    )
