"""C25: what goes back is spread over the payments: the latest of a provider first, the gift card last."""

from __future__ import annotations

from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, confirms, jobs, money_of, pays, pays_back, places, staff_token
from tests.deployments import Shop
from tests.makers_members import a_member
from tests.makers_value import a_gift_card

CARDS = "{ me { giftCards { left { minor } } } }"


async def test_a_refund_is_spread_over_several_payments(shop: Shop) -> None:
    member = await a_member(shop.pond)
    token, finance = await shop.a_token(member), await staff_token(shop)
    card = id_of(Kind.GIFT_CARD, await a_gift_card(shop.pond, member, 30_00))
    order_id, _ = await places(shop, token, (await a_good(shop, 100_00), 1))
    by_card = (await pays(shop, token, order_id, method="GIFT_CARD", giftCardId=card, amount=30_00))["payment"]
    by_bank = (await pays(shop, token, order_id, amount=20_00))["payment"]
    await confirms(shop, by_bank)
    by_wechat = (await pays(shop, token, order_id, method="WECHAT_H5"))["payment"]
    await confirms(shop, by_wechat)

    first = await pays_back(shop, finance, order_id, amount=60_00)
    await jobs(shop, minutes=2)
    second = await pays_back(shop, finance, order_id, amount=40_00)
    await jobs(shop, minutes=2)

    spread = [{one["paymentId"]: one["amount"]["minor"] for one in given["refunds"]} for given in (first, second)]
    assert spread == [
        {by_wechat["id"]: 50_00, by_bank["id"]: 10_00},
        {by_bank["id"]: 10_00, by_card["id"]: 30_00},
    ]
    found = await money_of(shop, token, order_id)
    assert found["state"] == "REFUNDED"
    assert {one["id"]: one["refunded"]["minor"] for one in found["payments"]} == {
        by_card["id"]: 30_00,
        by_bank["id"]: 20_00,
        by_wechat["id"]: 50_00,
    }
