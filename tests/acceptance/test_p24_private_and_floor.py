"""P24: what is private does not exist for others, and nothing is sold below its floor, by whatever play."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.catalogue import ProductVisibility, Variant
from domain.coupon_templates import Worth
from domain.identity import Principal, Role
from domain.private_products import admits_of
from domain.promotions.audiences import Audience, AudienceKind
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_coupons import a_coupon
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, staff

FIND = """query ($id: ID!, $text: String!, $variant: ID!) { product(id: $id) { name } node(id: $variant) { id }
  search(text: $text, first: 5) { nodes { id } } products(last: 5) { nodes { id } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { total { minor } } userErrors { code path ... on VariantRefused { variantId } } } }"""
FLOOR = "mutation ($input: PriceFloorSetInput!) { priceFloorSet(input: $input) { userErrors { code } } }"
SECKILL = "mutation ($input: SeckillPublishInput!) { seckillPublish(input: $input) { userErrors { code } } }"


async def place(shop: Shop, token: str, variant: Variant, **more: Any) -> Any:
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}]
    return (await shop.ask(PLACE, token, input={"lines": lines, "idempotencyKey": uuid4().hex, **more}))["orderPlace"]


async def test_a_private_product_is_found_nowhere_by_those_whom_it_does_not_admit(shop: Shop) -> None:
    admits = admits_of([Audience(AudienceKind.STORE)])
    name = f"私享礼盒{uuid4().hex[:6]}"
    product = await a_product(shop.pond, name, visibility=ProductVisibility.PRIVATE, admits=admits)
    (variant,) = await variants_of(shop.pond, product)
    outsider, insider = await a_member(shop.pond), await a_member(shop.pond)
    await bound(shop.pond, insider, await a_guide(shop.pond))
    asked = {"id": id_of(Kind.PRODUCT, product.id), "text": name, "variant": id_of(Kind.VARIANT, variant.id)}

    guest = await shop.ask(FIND, **asked)
    outside = await shop.ask(FIND, await shop.a_token(outsider), **asked)
    inside = await shop.ask(FIND, await shop.a_token(insider), **asked)
    refused = await place(shop, await shop.a_token(outsider), variant)
    ordered = await place(shop, await shop.a_token(insider), variant)

    for found in (guest, outside):
        assert (found["product"], found["node"], found["search"]["nodes"]) == (None, None, [])
        assert asked["id"] not in [one["id"] for one in found["products"]["nodes"]]
    assert [(e["code"], e["path"]) for e in refused["userErrors"]] == [
        ("NOT_FOUND", ["input", "lines", "0", "variantId"])
    ]
    assert inside["product"] == {"name": name}
    assert [one["id"] for one in inside["search"]["nodes"]] == [asked["id"]]
    assert ordered["userErrors"] == []


async def test_neither_a_flash_sale_nor_coupons_go_below_the_floor(shop: Shop) -> None:
    variant, member = await a_variant(shop.pond), await a_member(shop.pond)
    operator, token = await shop.a_token(await staff(shop.pond, Role.OPERATOR)), await shop.a_token(member)
    variant_id = id_of(Kind.VARIANT, variant.id)
    floor = {"variantId": variant_id, "least": {"minor": 149_00}}
    assert (await shop.ask(FLOOR, operator, input=floor))["priceFloorSet"]["userErrors"] == []
    sale = {
        "name": "秒杀",
        "variantId": variant_id,
        "price": {"minor": 139_00},
        "stock": 5,
        "startsAt": shop.pond.time.isoformat(),
        "endsAt": (shop.pond.time + timedelta(days=1)).isoformat(),
        "idempotencyKey": uuid4().hex,
    }

    published = (await shop.ask(SECKILL, operator, input=sale))["seckillPublish"]
    below, at = [await _with_coupon(shop, member, token, variant, fen) for fen in (50_01, 50_00)]

    assert [error["code"] for error in published["userErrors"]] == ["PRICE_BELOW_FLOOR"]
    assert [(e["code"], e["variantId"]) for e in below["userErrors"]] == [("PRICE_BELOW_FLOOR", variant_id)]
    assert at["order"]["total"]["minor"] == 149_00


async def _with_coupon(shop: Shop, member: Principal, token: str, variant: Variant, fen: int) -> Any:
    """An order with a coupon of so many fen, 199.00 without it."""
    coupon = await a_coupon(shop.pond, member, worth=Worth(CouponKind.FIXED, fen))
    return await place(shop, token, variant, couponIds=[id_of(Kind.COUPON, coupon.id)])
