"""P34: a paid order hears of its payment again, late, wrongly and from nobody: one payment, and two alerts."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx

from app.gateways import notify_path
from app.standins.telling import Post
from domain.gateways import Provider
from domain.identity import Role
from schema.ids import Kind, id_of, key_of
from tests.acceptance.money import staff_token
from tests.acceptance.test_c27_fulfilment import sends
from tests.deployments import Shop
from tests.makers_catalogue import a_variant

PLACE = "mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code path } } }"
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id confirmUrl } userErrors { code path } } }"""
ORDER = "query ($id: ID!) { order(id: $id) { state paid { minor } payments { state } } }"


class Told:
    """An order that was paid by WeChat Pay, in a browser, and what WeChat says of it to either worker."""

    def __init__(self, shop: Shop, token: str, order_id: str, number: str) -> None:
        self.shop, self.token, self.order_id, self.number = shop, token, order_id, number

    async def tell(self, *, forged: bool = False, **changed: Any) -> httpx.Response:
        platform = self.shop.gateways.wechat_pay
        content = platform.trades[self.number].told() | changed
        body = platform.notification("TRANSACTION.SUCCESS", "transaction", content)
        headers = platform.vault.headers(body) | ({"Wechatpay-Nonce": "forged"} if forged else {})
        return await self.shop.client.post(notify_path(Provider.WECHAT_PAY), content=body, headers=headers)

    async def order(self) -> Any:
        return (await self.shop.ask(ORDER, self.token, id=self.order_id))["order"]


async def a_paid_order(shop: Shop) -> Told:
    """Nothing of its payment was heard."""
    variant, token = await a_variant(shop.pond, stock=10), await shop.a_token()
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 2}]
    placed = await shop.ask(PLACE, token, input={"lines": lines, "idempotencyKey": uuid4().hex})
    order_id = placed["orderPlace"]["order"]["id"]
    wanted = {"orderId": order_id, "idempotencyKey": uuid4().hex, "method": "WECHAT_H5"}
    payment = (await shop.ask(PAY, token, input=wanted))["orderPay"]["payment"]
    platform = shop.gateways.wechat_pay
    platform.telling.post, before = Post.LOST, platform.telling.post
    assert (await shop.client.post(payment["confirmUrl"])).is_success
    platform.telling.post = before
    return Told(shop, token, order_id, key_of(Kind.PAYMENT, payment["id"]).hex)


async def test_callbacks_are_believed_once_and_only_if_they_are_true(shop: Shop) -> None:
    told = await a_paid_order(shop)
    unpaid, before = await a_paid_order(shop), await alerts(shop)

    answers = await asyncio.gather(*(told.tell() for _ in range(8)))
    sent = await sends(shop, await staff_token(shop, Role.OPERATOR), told.order_id)
    late = await told.tell()
    wrong = await unpaid.tell(amount={"total": 1, "currency": "CNY"})
    forged = await unpaid.tell(forged=True)

    assert sent["order"]["state"] == "SHIPPED"
    assert {answer.status_code for answer in [*answers, late]} == {200}
    assert (wrong.status_code, forged.status_code) == (400, 401)
    found = await told.order()
    assert (found["state"], [payment["state"] for payment in found["payments"]]) == ("SHIPPED", ["PAID"])
    assert (await unpaid.order())["paid"]["minor"] == 0
    facts = await shop.pond.select("SELECT kind FROM outbox WHERE aggregate_id = $1 AND kind = 'OrderPaid'", _key(told))
    postings = await shop.pond.select("SELECT 1 FROM ledger_posting WHERE business_key LIKE $1", f"%{told.number}%")
    assert (len(facts), len(postings), await alerts(shop) - before) == (1, 1, 2)


async def test_what_is_paid_in_a_browser_is_told_over_the_wire(shop: Shop) -> None:
    told = await a_paid_order(shop)
    platform = shop.gateways.wechat_pay
    trade = platform.trades[told.number]

    platform.tell(trade.asked["notify_url"], "TRANSACTION.SUCCESS", "transaction", trade.told())
    await platform.all_told()

    assert (await told.order())["state"] == "PAID"


async def alerts(shop: Shop) -> int:
    return len(await shop.pond.select("SELECT 1 FROM outbox WHERE kind = 'PaymentAlert'"))


def _key(told: Told) -> UUID:
    return key_of(Kind.ORDER, told.order_id)
