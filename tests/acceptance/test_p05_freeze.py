"""P5: what a guide earned is frozen for seven days from the receipt, and longer while an after-sale is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from domain.identity import Principal, Role
from schema.ids import Kind, key_of
from tests.acceptance.guides import a_received_order, earned, one, the_job_releases
from tests.acceptance.money import a_good, staff_token
from tests.deployments import Shop
from tests.makers_commissions import a_customer_of
from tests.schema.test_after_sales import APPLY, REJECT

RECEIVED = "query ($id: ID!) { order(id: $id) { receivedAt } }"
N = timedelta(days=7)


async def a_guides_order(shop: Shop) -> tuple[Principal, str, str, str]:
    """A guide, a customer's token, and an order that the customer has just received, with its line."""
    guide, member = await a_customer_of(shop.pond)
    token = await shop.a_token(member)
    order_id, (line,) = await a_received_order(shop, token, (await a_good(shop, 100_00), 1))
    return guide, token, order_id, line


async def was_received(shop: Shop, order_id: str, before: timedelta) -> None:
    """Let the order have been received so long ago."""
    at = datetime.now(UTC) - before
    key = key_of(Kind.ORDER, order_id)
    await shop.pond.select('UPDATE "order" SET received_at = $2 WHERE id = $1', key, at)
    await shop.pond.select("UPDATE commission SET release_at = $2 WHERE order_id = $1", key, at + N)


async def state(shop: Shop, guide: Principal) -> Any:
    await the_job_releases(shop)
    (found,) = await earned(shop, guide)
    return found["state"]


async def test_it_is_frozen_until_the_minute_and_available_at_it(shop: Shop) -> None:
    guide, token, order_id, _ = await a_guides_order(shop)
    (found,) = await earned(shop, guide)
    received = (await shop.ask(RECEIVED, token, id=order_id))["order"]["receivedAt"]
    assert datetime.fromisoformat(found["releaseAt"]) - datetime.fromisoformat(received) == N

    await was_received(shop, order_id, N - timedelta(minutes=1))
    assert await state(shop, guide) == "FROZEN"
    await was_received(shop, order_id, N)
    assert await state(shop, guide) == "AVAILABLE"


async def test_an_open_after_sale_keeps_it_until_it_is_rejected(shop: Shop) -> None:
    guide, token, order_id, line = await a_guides_order(shop)
    await was_received(shop, order_id, N - timedelta(minutes=1))
    wanted = {"orderId": order_id, "kind": "RETURN_REFUND", "lines": [{"orderLineId": line, "quantity": 1}]}
    applied = await one(shop, APPLY, token, **wanted, reason="不合身", idempotencyKey=uuid4().hex)
    assert applied["userErrors"] == []

    await was_received(shop, order_id, N)
    assert await state(shop, guide) == "FROZEN"
    answered = {"afterSaleId": applied["afterSale"]["id"], "answer": "已超出质量问题范围"}
    rejected = await one(shop, REJECT, await staff_token(shop, Role.OPERATOR), **answered)

    assert rejected["userErrors"] == []
    assert await state(shop, guide) == "AVAILABLE", "with the next turn of a job that has one each five seconds"
