"""C47: an order that nobody paid in time gives back its stock and its coupon, once, whoever looks at it meanwhile."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from domain.coupon_templates import Validity, Worth
from domain.promotions.coupons import CouponKind
from schema.ids import Kind, id_of
from tests.acceptance.money import places
from tests.acceptance.plays import ahead, available, unpaid_orders_are_given_up
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_coupon, state_of
from tests.makers_members import a_member
from tests.makers_payments import CANCEL, PAY
from tests.makers_stock import nothing_is_lost

STATE = "query ($id: ID!) { order(id: $id) { state cancelReason } }"
RELEASES = "SELECT count(*) FROM stock_movement WHERE variant_id = $1 AND kind = 'RELEASE'"


async def test_an_order_that_expires_gives_back_what_it_held_once(shop: Shop) -> None:
    member, tea = await a_member(shop.pond), await a_variant(shop.pond, stock=3)
    token = await shop.a_token(member)
    ten_off = Worth(CouponKind.FIXED, 10_00)
    coupon = await a_coupon(shop.pond, member, worth=ten_off, validity=Validity(days=30))
    order_id, _ = await places(shop, token, (tea, 2), couponIds=[id_of(Kind.COUPON, coupon.id)])
    assert (await available(shop, tea.id), await state_of(shop.pond, coupon.id)) == (1, "LOCKED")

    await unpaid_orders_are_given_up(ahead(shop, minutes=14))
    assert (await shop.ask(STATE, token, id=order_id))["order"]["state"] == "PLACED"
    late = ahead(shop, minutes=15, seconds=1)
    cancels = (shop.ask(CANCEL, token, id=order_id) for _ in range(4))
    await asyncio.gather(*(unpaid_orders_are_given_up(late) for _ in range(4)), *cancels)

    assert (await shop.ask(STATE, token, id=order_id))["order"]["state"] == "CANCELLED"
    assert (await available(shop, tea.id), await state_of(shop.pond, coupon.id)) == (3, "UNUSED")
    assert (await shop.pond.select(RELEASES, tea.id))[0][0] == 1
    assert await nothing_is_lost(shop.pond)
    paying = {"orderId": order_id, "idempotencyKey": uuid4().hex}
    refused = (await shop.ask(PAY, token, input=paying))["orderPay"]["userErrors"]
    assert [error["code"] for error in refused] == ["INVALID_STATE"]
