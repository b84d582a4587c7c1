"""Stored balances: what members see of theirs, topping one up, and offers of a bonus."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from domain import balances as rules
from domain.identity import Scope
from resolvers import balances, orders
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.errors import Payload
from schema.money import Money, MoneyInput

if TYPE_CHECKING:
    from schema.orders import Order


@object_type(
    scope=Scope.MEMBER,
    description="Money that a member has stored (储值). Cash is spent first, the bonus when it is gone.",
    record=rules.StoredBalance,
)
class StoredBalance:
    cash: Money = attribute("What is left of what the member paid in.")
    bonus: Money = attribute("What is left of what the brand added.")


@object_type(scope=Scope.VISITOR, description="Who pays in so much or more gets a bonus.", record=rules.TopUpOffer)
class TopUpOffer:
    amount: Money = attribute("From what amount on.")
    bonus: Money = attribute("What is added; never more than the amount.")


@strawberry.input(description="Money to pay in.")
class BalanceTopUpInput:
    amount: MoneyInput = strawberry.field(description="1 to 100,000 yuan.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same top-up."
    )


@strawberry.input(description="A bonus for those who pay in so much.")
class TopUpOfferInput:
    amount: MoneyInput = strawberry.field(
        description="From what amount on, 1 to 100,000 yuan; more than the one before."
    )
    bonus: MoneyInput = strawberry.field(description="What is added; no less than for the one before.")


@strawberry.input(description="All offers.")
class TopUpOffersSaveInput:
    offers: list[TopUpOfferInput] = strawberry.field(description="The smallest amount first, at most 20.")


@object_type(scope=Scope.MEMBER, description="The answer to `balanceTopUp`.")
class BalanceTopUpPayload(Payload):
    order: Annotated[Order, strawberry.lazy("schema.orders")] | None = attribute(
        "The order to pay, which has no lines.", default=None
    )
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.VISITOR, description="The answer to `topUpOffersSave`.")
class TopUpOffersPayload(Payload):
    offers: list[TopUpOffer] | None = attribute("All offers as they are now.", default=None)


async def _top_up(ctx: Context, *, input: BalanceTopUpInput) -> Any:
    order_id, replayed = await balances.top_up(ctx, input.amount.value(), input.idempotency_key)
    return BalanceTopUpPayload.of(order=await orders.order(ctx, order_id), replayed=replayed)


async def _save(ctx: Context, *, input: TopUpOffersSaveInput) -> Any:
    wanted = [rules.TopUpOffer(one.amount.value(), one.bonus.value()) for one in input.offers]
    return TopUpOffersPayload.of(offers=await balances.save_offers(ctx, wanted))


@strawberry.type
class BalancesQuery:
    top_up_offers: list[TopUpOffer] = query(
        balances.offers, "What is added to what is paid in, the smallest amount first.", scope=Scope.VISITOR
    )


@strawberry.type
class BalancesMutation:
    balance_top_up: BalanceTopUpPayload | None = mutation(
        _top_up,
        BalanceTopUpPayload,
        "Order a top-up (充值). Once the order is paid, the money and its bonus are in the balance.",
        scope=Scope.MEMBER,
        money=True,
    )
    top_up_offers_save: TopUpOffersPayload | None = mutation(
        _save, TopUpOffersPayload, "Replace all offers of a bonus.", scope=Scope.FINANCE
    )
