"""P38 ERP outbox: after two hours down an ERP gets all that happened, in order, each once; its own older count is ignored."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from domain.identity import Role
from tests.acceptance.erp import an_erp, by_order
from tests.acceptance.money import a_good, places
from tests.deployments import Shop
from tests.makers_members import staff
from tests.makers_payments import CANCEL
from tests.makers_webhooks import verified

PUSH = """mutation ($input: StockPushInput!) { stockPush(input: $input) {
  results { outcome sellable version } userErrors { code path } } }"""
MEMBERS, ORDERS_EACH = 10, 6
EVENTS = MEMBERS * ORDERS_EACH * 2
ROUNDS_DOWN = 2
"""How often all is tried in vain; the pauses between are those of tests/domain/test_webhooks.py."""


async def test_what_happened_while_it_was_down_arrives_in_order(shop: Shop) -> None:
    good = await a_good(shop, 10_00, stock=1_000)

    async def buys_and_drops(token: str) -> None:
        for _ in range(ORDERS_EACH):
            order_id, _ = await places(shop, token, (good, 1))
            await shop.ask(CANCEL, token, id=order_id)

    async with an_erp(shop) as erp:
        erp.receiver.answer = lambda _: 503
        tokens = [await shop.a_token() for _ in range(MEMBERS)]
        await asyncio.gather(*(buys_and_drops(token) for token in tokens))
        await erp.tell()
        for _ in range(ROUNDS_DOWN):
            await erp.send()
        erp.receiver.answer = lambda _: 200
        await erp.send()
        deliveries = {heard.event["id"]: heard.id for heard in erp.receiver.heard}

        assert len(deliveries) == EVENTS
        assert {(heard.event["id"], heard.id) for heard in erp.receiver.heard} == set(deliveries.items())
        assert all(verified(heard, erp.secret) for heard in erp.receiver.heard)

    told = by_order(erp.receiver.taken())
    assert len(erp.receiver.taken()) == EVENTS
    assert {tuple(event["type"] for event in events) for events in told.values()} == {
        ("order.placed", "order.cancelled")
    }
    assert all(first["sequence"] < second["sequence"] for first, second in told.values())


async def test_an_older_count_of_the_erp_is_ignored(shop: Shop) -> None:
    good = await a_good(shop, 10_00, stock=5)
    token = await shop.a_token(await staff(shop.pond, Role.OPERATOR))

    async def push(version: int, on_hand: int) -> str:
        count = {"sku": good.sku, "onHand": on_hand, "version": version}
        answer = await shop.ask(PUSH, token, input={"counts": [count], "idempotencyKey": uuid4().hex})
        return str(answer["stockPush"]["results"][0]["outcome"])

    assert [await push(9, 7), await push(8, 99)] == ["APPLIED", "STALE"]
