"""C6: a code that its one use per customer has spent goes when the visitor with the cart logs in."""

from __future__ import annotations

from uuid import uuid4

import resolvers.coupon_templates
from domain.coupon_templates import TakeBy, Validity, Worth
from domain.promotions.coupons import CouponKind
from tests.deployments import Shop
from tests.makers_carts import APPLY, ATTACH, COMPLETE, CREATE, completing, line_of
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_template, an_operator


async def test_the_limit_per_customer_is_looked_at_again_at_login(shop: Shop) -> None:
    variant, code = await a_variant(shop.pond), f"C6{uuid4().hex[:10]}".upper()
    ten_off, days = Worth(CouponKind.FIXED, 10_00), Validity(days=30)
    template = await a_template(shop.pond, take_by=(TakeBy.CODE,), worth=ten_off, validity=days, per_person=1)
    operator = shop.pond.context(await an_operator(shop.pond))
    await resolvers.coupon_templates.issue_codes(operator, template.id, 1, code, uuid4().hex)
    token, lines = await shop.a_token(), [line_of(variant)]

    async def a_cart(who: str | None) -> str:
        made = (await shop.ask(CREATE, who, input={"lines": lines}))["cartCreate"]["cart"]
        applied = (await shop.ask(APPLY, who, input={"cartId": made["id"], "codes": [code]}))["cartCouponsApply"][
            "cart"
        ]
        assert applied["quote"]["goods"]["minor"] == 189_00
        return str(made["id"])

    first = await a_cart(token)
    ordered = (await shop.ask(COMPLETE, token, input=completing({"id": first})))["cartComplete"]
    second = await a_cart(None)
    attached = (await shop.ask(ATTACH, token, input={"cartId": second}))["cartAttach"]

    assert ordered["order"]["total"]["minor"] == 189_00
    assert attached["warnings"] == [{"code": "COUPON_REMOVED"}]
    assert (attached["cart"]["couponCodes"], attached["cart"]["quote"]["goods"]["minor"]) == ([], 199_00)
