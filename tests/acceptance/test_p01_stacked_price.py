"""P1: discount, level, 满减, coupon, points and shipping on one cart, exact to the fen and explained."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import db.addresses
import db.levels
import resolvers.shipping
from domain.addresses import Address
from domain.catalogue import Variant
from domain.coupon_templates import Validity, Worth
from domain.identity import Principal
from domain.levels import Growth
from domain.money import Money
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_carts import line_of
from tests.makers_catalogue import a_product, staff, variants_of
from tests.makers_coupons import a_coupon
from tests.makers_members import a_member
from tests.makers_promotions import a_promotion
from tests.makers_stock import a_template
from tests.makers_value import a_ladder, granted

PARTS = """lines { listPrice { minor } unitPrice { minor } payable { minor } unitPayable { minor } points
    steps { stage kind amount { minor } } }
  steps { stage kind name amount { minor } } goods { minor } shipping { minor } shippingDiscount { minor } total { minor }
  pointsUsed quoteId"""
QUOTE = f"query ($lines: [CartLineInput!]!, $terms: QuoteTermsInput) {{ cartQuote(lines: $lines, terms: $terms) {{ {PARTS} }} }}"
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order {
  total { minor } goods { minor } shipping { minor } pointsUsed
  lines { payable { minor } unitPaid { minor } unitPoints steps { stage amount { minor } } } }
  userErrors { code message path } } }"""
LARGEST = 10**9


async def a_good(shop: Shop, price: int) -> Variant:
    (found,) = await variants_of(shop.pond, await a_product(shop.pond, price=Money(price)))
    return found


async def a_member_of_level(shop: Shop, discount_bp: int) -> Principal:
    """A member on a step of the ladder that nobody else reaches."""
    member = await a_member(shop.pond)
    assert member.member_id is not None
    await a_ladder(shop.pond, (0, 10_000), (LARGEST, discount_bp))
    async with shop.pond.database.writing() as tx:
        await db.levels.lock_growth(tx, member.member_id)
        await db.levels.keep(tx, member.member_id, Growth(LARGEST))
    return member


async def an_address(shop: Shop, member: Principal) -> str:
    assert member.member_id is not None
    home = Address(
        shop.pond.context().new_id(),
        member.member_id,
        "梅",
        "+8613812345678",
        "浙江省",
        "杭州市",
        "西湖区",
        "1 号",
        True,
    )
    async with shop.pond.database.writing() as tx:
        await db.addresses.add(tx, home)
    return id_of(Kind.ADDRESS, home.id)


async def the_cart(shop: Shop) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """The token of the member, the lines A×2 and B×1, and what else the price depends on."""
    a, b = await a_good(shop, 199_00), await a_good(shop, 59_90)
    member = await a_member_of_level(shop, 9_500)
    goods = {"productIds": [id_of(Kind.PRODUCT, one.product_id) for one in (a, b)]}
    discounted = {"variantId": id_of(Kind.VARIANT, a.id), "price": {"minor": 179_00}}
    await a_promotion(shop.pond, {"timeDiscount": {"prices": [discounted]}}, name="限时折扣", scope=goods)
    tier = {"threshold": {"amount": {"minor": 300_00}}, "off": {"minor": 40_00}}
    await a_promotion(shop.pond, {"reduction": {"tiers": [tier]}}, name="满300减40", scope=goods)
    worth = Worth(CouponKind.FIXED, 50_00, threshold=350_00)
    coupon = await a_coupon(shop.pond, member, worth=worth, validity=Validity(days=30))
    await granted(shop.pond, member, 1_000)
    shipping = await a_template(shop.pond, fee=8_00, is_default=False)
    operator = shop.pond.context(staff())
    await resolvers.shipping.assign(operator, [a.product_id, b.product_id], shipping.id)
    terms = {
        "couponIds": [id_of(Kind.COUPON, coupon.id)],
        "points": 1_000,
        "addressId": await an_address(shop, member),
    }
    return await shop.a_token(member), {"lines": [line_of(a, 2), line_of(b)]}, terms


def steps_of(line: Any) -> list[tuple[str, int]]:
    return [(step["stage"], step["amount"]["minor"]) for step in line["steps"]]


async def test_a_stacked_price_is_exact_explained_and_ordered_as_it_was_quoted(shop: Shop) -> None:
    token, lines, terms = await the_cart(shop)

    quote = (await shop.ask(QUOTE, token, **lines, terms=terms))["cartQuote"]
    wanted = {**lines, **terms, "quoteId": quote["quoteId"], "idempotencyKey": uuid4().hex}
    placed = (await shop.ask(PLACE, token, input=wanted))["orderPlace"]

    first, second = quote["lines"]
    assert [line["unitPrice"]["minor"] for line in (first, second)] == [179_00, 56_91]
    assert steps_of(first) == [("UNIT", 40_00), ("SUBTOTAL", 34_51), ("COUPON", 43_14), ("POINTS", 8_63)]
    assert steps_of(second) == [("UNIT", 2_99), ("SUBTOTAL", 5_49), ("COUPON", 6_86), ("POINTS", 1_37)]
    assert [line["payable"]["minor"] for line in (first, second)] == [271_72, 43_19]
    assert [quote[name]["minor"] for name in ("goods", "shipping", "total")] == [314_91, 8_00, 322_91]
    listed = 2 * 199_00 + 59_90
    assert listed - sum(step["amount"]["minor"] for step in quote["steps"]) == 314_91
    order = placed["order"]
    assert placed["userErrors"] == []
    assert (order["total"]["minor"], order["pointsUsed"]) == (322_91, 1_000)
    assert [[fen["minor"] for fen in line["unitPaid"]] for line in order["lines"]] == [[135_86, 135_86], [43_19]]
    assert [line["unitPoints"] for line in order["lines"]] == [[432, 431], [137]]
