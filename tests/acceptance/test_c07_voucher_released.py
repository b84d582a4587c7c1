"""C6, C7 and C47: a code's limit for each customer, and a coupon that comes back with a cancelled or expired order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import resolvers.coupon_templates
import resolvers.orders
from domain.coupon_templates import TakeBy, Validity, Worth
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_template, an_operator

QUOTE = """query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput) { cartQuote(lines: $lines, terms: $terms) {
  total { minor } refusedCoupons { reason } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } } userErrors { code ... on CouponInapplicable { reason } } } }"""
CANCEL = "mutation ($id: ID!) { orderCancel(input: { orderId: $id }) { order { state } userErrors { code } } }"
STOCK = "query ($id: ID!) { node(id: $id) { ... on Product { variants { available } } } }"
MINE = "query { me { coupons(states: [UNUSED, LOCKED, USED], first: 10) { nodes { state } } } }"


async def a_code(shop: Shop) -> str:
    """A code that everybody may know, for 10 yuan off, once for each member."""
    ten_off = Worth(CouponKind.FIXED, 10_00)
    template = await a_template(shop.pond, worth=ten_off, take_by=(TakeBy.CODE,), validity=Validity(days=30))
    code = f"AUTUMN{uuid4().hex[:8].upper()}"
    ctx = shop.pond.context(await an_operator(shop.pond))
    await resolvers.coupon_templates.issue_codes(ctx, template.id, 1, code, "k")
    return code


async def states(shop: Shop, token: str) -> list[str]:
    return [one["state"] for one in (await shop.ask(MINE, token))["me"]["coupons"]["nodes"]]


async def test_a_coupon_is_used_by_one_order_at_a_time(shop: Shop) -> None:
    code, variant, token = await a_code(shop), await a_variant(shop.pond, stock=3), await shop.a_token()
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}]
    price = variant.price.minor

    async def quote(token: str | None) -> Any:
        return (await shop.ask(QUOTE, token, lines=lines, terms={"couponCodes": [code]}))["cartQuote"]

    async def place() -> Any:
        asked = {"lines": lines, "couponCodes": [code], "idempotencyKey": uuid4().hex}
        return (await shop.ask(PLACE, token, input=asked))["orderPlace"]

    first = (await place())["order"]
    assert first["total"]["minor"] == price - 10_00
    assert await quote(None) == {"total": {"minor": price - 10_00}, "refusedCoupons": []}, "C6: a guest may try it"
    logged_in = {"total": {"minor": price}, "refusedCoupons": [{"reason": "IN_ANOTHER_ORDER"}]}
    assert await quote(token) == logged_in, "C6: who logs in had it"
    assert (await place())["userErrors"][0]["reason"] == "IN_ANOTHER_ORDER"

    await shop.ask(CANCEL, token, id=first["id"])
    assert await states(shop, token) == ["UNUSED"]
    second = (await place())["order"]
    assert second["total"]["minor"] == price - 10_00, "C7: the usage was released"

    ctx = shop.pond.context()
    late = replace(ctx, now=lambda: shop.pond.time + timedelta(hours=1))
    while await resolvers.orders.cancel_overdue(late):
        pass
    assert await states(shop, token) == ["UNUSED"], "C47: an order that expired gives it back"
    (left,) = (await shop.ask(STOCK, token, id=id_of(Kind.PRODUCT, variant.product_id)))["node"]["variants"]
    assert left["available"] == 3
