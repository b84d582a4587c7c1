"""Product batches: saving many products with one request."""

from __future__ import annotations

from typing import Any

import strawberry

from domain.identity import Scope
from domain.product_batches import ErrorPolicy, Saving
from domain.refusals import Refusal, Refusals
from resolvers import product_batches
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.catalogue import Product
from schema.enums import described
from schema.errors import Payload, UserError
from schema.ids import Kind, key_of
from schema.products import ProductSaveInput
from schema.refusals import faces_of

described(
    ErrorPolicy,
    "What is saved of many products when something of them cannot be.",
    REJECT_EVERYTHING="Nothing: all of them are saved, or none.",
    REJECT_FAILED_ROWS="All but the products of which something cannot be saved.",
    IGNORE_FAILED="All that can be: a product without those of its variants and pictures that cannot be saved.",
)


@strawberry.input(description="Many products, each as `productSave` takes it.")
class ProductSaveManyInput:
    products: list[ProductSaveInput] = strawberry.field(description="1 to 50 whole products.")
    error_policy: ErrorPolicy = strawberry.field(
        default=ErrorPolicy.REJECT_EVERYTHING, description="What is saved when something cannot be."
    )


@object_type(scope=Scope.CONTENT, description="What became of one product of many.")
class ProductSaveResult:
    product: Product | None = attribute("The product as it is now; null when it was not saved.", default=None)
    user_errors: list[UserError] = attribute(
        "Why it was not saved, or which parts of it were not; paths lead through `input.products`.",
        default_factory=list,
    )


@object_type(scope=Scope.CONTENT, description="The answer to `productSaveMany`.")
class ProductSaveManyPayload(Payload):
    results: list[ProductSaveResult] = attribute(
        "What became of each, in the order of the request; none when the request itself was refused.",
        default_factory=list,
    )
    saved: int = attribute("How many of them were saved.", default=0)


async def _save_many(ctx: Context, *, input: ProductSaveManyInput) -> Any:
    rows = [_row(i, product) for i, product in enumerate(input.products)]
    outcomes = await product_batches.save_all(ctx, rows, input.error_policy)
    results: list[Any] = [
        ProductSaveResult(product=one.product, user_errors=faces_of(Refusals(one.refusals), ctx.locale))  # type: ignore[arg-type]
        for one in outcomes
    ]
    return ProductSaveManyPayload(results=results, saved=sum(one.product is not None for one in outcomes))


def _row(i: int, product: ProductSaveInput) -> Saving | Refusal:
    try:
        key = None if product.product_id is None else key_of(Kind.PRODUCT, product.product_id, "input", "productId")
        return Saving(product.draft(), key, product.expected_version)
    except Refusal as refusal:
        refusal.path = ("input", "products", str(i), *refusal.path[1:])
        return refusal


@strawberry.type
class ProductBatchMutation:
    product_save_many: ProductSaveManyPayload | None = mutation(
        _save_many,
        ProductSaveManyPayload,
        "Create or replace many products. Saving the same again changes nothing.",
        scope=Scope.CONTENT,
    )
