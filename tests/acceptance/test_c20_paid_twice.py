"""C20: who pays again with another payment has paid too much: it is recorded, and goes back by itself."""

from __future__ import annotations

from tests.acceptance.money import a_good, confirms, jobs, money_of, pays, places
from tests.deployments import Shop


async def test_a_second_payment_goes_back(shop: Shop) -> None:
    token = await shop.a_token()
    order_id, _ = await places(shop, token, (await a_good(shop, 100_00), 1))
    old = (await pays(shop, token, order_id))["payment"]
    new = (await pays(shop, token, order_id, method="WECHAT_H5"))["payment"]

    await confirms(shop, new)
    await confirms(shop, old)
    recorded = await money_of(shop, token, order_id)
    await jobs(shop)

    states = {one["id"]: one["state"] for one in recorded["payments"]}
    assert (recorded["state"], states) == ("PAID", {old["id"]: "REFUND_DUE", new["id"]: "PAID"})
    found = await money_of(shop, token, order_id)
    assert [(one["paymentId"], one["state"]) for one in found["refunds"]] == [(old["id"], "SUCCEEDED")]
    assert (found["state"], found["refunded"]["minor"]) == ("PAID", 0)
