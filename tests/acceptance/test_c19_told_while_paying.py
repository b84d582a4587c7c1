"""C19: the provider tells three times at once, while the buyer's own requests run: settled once, one order."""

from __future__ import annotations

import asyncio

from schema.ids import Kind, key_of
from tests.acceptance.money import a_good, confirms, money_of, pays, places
from tests.deployments import Shop


async def test_a_payment_that_is_told_while_others_run_is_settled_once(shop: Shop) -> None:
    token = await shop.a_token()
    order_id, _ = await places(shop, token, (await a_good(shop, 100_00), 1))
    payment = (await pays(shop, token, order_id))["payment"]
    shop.gateways.bank.telling.copies = 3

    _, *others = await asyncio.gather(confirms(shop, payment), *(pays(shop, token, order_id) for _ in range(10)))
    shop.gateways.bank.telling.copies = 1

    assert {one["payment"]["id"] for one in others if one["payment"]} <= {payment["id"]}
    found = await money_of(shop, token, order_id)
    assert (found["state"], [one["state"] for one in found["payments"]]) == ("PAID", ["PAID"])
    facts = await shop.pond.select(
        "SELECT 1 FROM outbox WHERE kind = 'OrderPaid' AND aggregate_id = $1", key_of(Kind.ORDER, order_id)
    )
    assert len(facts) == 1
