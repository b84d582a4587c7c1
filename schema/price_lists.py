"""Price lists: what operators see of members' prices and do to them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry

from domain import pages, price_plans
from domain.identity import Scope
from domain.money import Money as Amount
from domain.promotions.price_lists import PriceList as Prices
from domain.promotions.scopes import EVERYTHING
from domain.refusals import BadInput
from resolvers import price_lists
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, id_of, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money
from schema.node import Node
from schema.promotion_frames import Audience, AudienceInput, GoodsScope, GoodsScopeInput
from schema.promotion_plays import UnitPriceInput


@object_type(scope=Scope.OPERATOR, description="What a unit of a variant costs for those of a price list.")
class PriceListEntry:
    variant_id: strawberry.ID = derived(lambda one: id_of(Kind.VARIANT, one[0]), "The variant.")
    price: Money = derived(lambda one: Amount(one[1]), "What a unit costs.")


@object_type(
    scope=Scope.OPERATOR,
    description="Prices for members of a level, with a paid card or a tag, or bound to a store (会员价). "
    "The best of list, activity and member price counts.",
    record=price_plans.PricePlan,
)
class PriceList(Node):
    id: strawberry.ID = identifier(Kind.PRICE_LIST)
    name: str = derived(lambda one: one.prices.name, "Its name, at most 100 characters.")
    audience: Audience = derived(lambda one: one.prices.audience, "For whom.")
    entries: list[PriceListEntry] = derived(lambda one: list(one.prices.prices.items()), "Prices, at most 1,000.")
    rest_bp: int | None = derived(
        lambda one: one.prices.rest_bp, "What the rest of the scope costs, in basis points of its price."
    )
    scope: GoodsScope = derived(lambda one: one.prices.scope, "For which goods `restBp` is.")
    starts_at: datetime | None = derived(lambda one: one.prices.starts_at, "When it begins; at once without.")
    ends_at: datetime | None = derived(lambda one: one.prices.ends_at, "When it ends; never without.")
    in_force: bool = attribute("Whether prices are made with it, in its time.")
    version: int = attribute("Rises with each change; edits state it.")


@strawberry.input(description="A whole price list. What is left out has its default: saving replaces all.")
class PriceListSaveInput:
    price_list_id: strawberry.ID | None = strawberry.field(default=None, description="The one to replace, if any.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")
    name: str = strawberry.field(description="1 to 100 characters.")
    audience: AudienceInput = strawberry.field(description="For whom: LEVEL, PAID_CARD, TAG or STORE.")
    entries: list[UnitPriceInput] = strawberry.field(default_factory=list, description="Prices, at most 1,000.")
    rest_bp: int | None = strawberry.field(
        default=None, description="What the rest of the scope costs, in basis points of its price: 9500 is 九五折."
    )
    scope: GoodsScopeInput | None = strawberry.field(
        default=None, description="For which goods `restBp` is; all, if left out."
    )
    starts_at: datetime | None = strawberry.field(default=None, description="When it begins; at once, if left out.")
    ends_at: datetime | None = strawberry.field(default=None, description="When it ends; never, if left out.")

    def prices(self) -> Prices:
        """The prices that the input describes.

        Raises:
            BadInput: a variant stands there twice.
            NotFound: an id is of another kind.
        """
        prices = {
            key_of(Kind.VARIANT, one.variant_id, "input", "entries", str(i), "variantId"): one.price.value().minor
            for i, one in enumerate(self.entries)
        }
        if len(prices) < len(self.entries):
            raise BadInput("each variant once", "同一规格只能出现一次", path=("input", "entries"))
        scope = self.scope.value("input", "scope") if self.scope else EVERYTHING
        audience = self.audience.value("input", "audience")
        return Prices(UUID(int=0), self.name, prices, self.rest_bp, scope, audience, self.starts_at, self.ends_at)


@strawberry.input(description="A price list, and the version that the caller read.")
class PriceListPublishInput:
    price_list_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@strawberry.input(description="A price list, and the version that the caller read.")
class PriceListWithdrawInput:
    price_list_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A price list that was saved.")
class PriceListSavePayload(Payload):
    price_list: PriceList | None = attribute("The list as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A price list with which prices are made.")
class PriceListPublishPayload(Payload):
    price_list: PriceList | None = attribute("The list as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A price list with which prices are no longer made.")
class PriceListWithdrawPayload(Payload):
    price_list: PriceList | None = attribute("The list as it is now.", default=None)


def _key(given: str) -> UUID:
    return key_of(Kind.PRICE_LIST, given, "input", "priceListId")


async def _save(ctx: Context, *, input: PriceListSaveInput) -> Any:
    list_id = None if input.price_list_id is None else _key(input.price_list_id)
    saved: Any = await price_lists.save(ctx, input.prices(), list_id=list_id, expected=input.expected_version)
    return PriceListSavePayload(price_list=saved)


async def _publish(ctx: Context, *, input: PriceListPublishInput) -> Any:
    published: Any = await price_lists.publish(ctx, _key(input.price_list_id), input.expected_version)
    return PriceListPublishPayload(price_list=published)


async def _withdraw(ctx: Context, *, input: PriceListWithdrawInput) -> Any:
    withdrawn: Any = await price_lists.withdraw(ctx, _key(input.price_list_id), input.expected_version)
    return PriceListWithdrawPayload(price_list=withdrawn)


async def _list(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.PRICE_LIST, id)
    return None if key is None else await price_lists.price_list(ctx, key)


async def _lists(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await price_lists.price_lists(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class PriceListQuery:
    price_list: PriceList | None = query(_list, "One price list; null when there is none.", scope=Scope.OPERATOR)
    price_lists: Connection[PriceList] = query(_lists, "All price lists, the newest first.", scope=Scope.OPERATOR)


@strawberry.type
class PriceListMutation:
    price_list_save: PriceListSavePayload | None = mutation(
        _save,
        PriceListSavePayload,
        "Create a price list, or replace one that no prices are made with.",
        scope=Scope.OPERATOR,
    )
    price_list_publish: PriceListPublishPayload | None = mutation(
        _publish,
        PriceListPublishPayload,
        "Make prices with a list in its time, once it is held to price floors.",
        scope=Scope.OPERATOR,
    )
    price_list_withdraw: PriceListWithdrawPayload | None = mutation(
        _withdraw, PriceListWithdrawPayload, "Make no prices with a list any more.", scope=Scope.OPERATOR
    )


NODES = {Kind.PRICE_LIST: price_lists.price_lists_by_id}
