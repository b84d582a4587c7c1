"""C21: the money comes when the goods are another's already: it goes back by itself, and the log says so."""

from __future__ import annotations

from schema.ids import Kind, key_of
from tests.acceptance.money import a_good, a_paid_order, confirms, gives_up, jobs, money_of, pays, places
from tests.deployments import Shop


async def test_money_for_goods_that_are_gone_goes_back(shop: Shop) -> None:
    slow, quick, good = await shop.a_token(), await shop.a_token(), await a_good(shop, 100_00, stock=1)
    order_id, _ = await places(shop, slow, (good, 1))
    payment = (await pays(shop, slow, order_id))["payment"]
    await gives_up(shop, slow, order_id)
    bought, _ = await a_paid_order(shop, quick, (good, 1))

    await confirms(shop, payment)
    await jobs(shop)

    found = await money_of(shop, slow, order_id)
    assert (found["state"], found["payments"][0]["state"]) == ("CANCELLED", "REFUND_DUE")
    assert [(one["amount"]["minor"], one["state"]) for one in found["refunds"]] == [(100_00, "SUCCEEDED")]
    assert (await money_of(shop, quick, bought))["state"] == "PAID"
    kinds = await shop.pond.select(
        "SELECT kind FROM outbox WHERE aggregate_id = $1 ORDER BY id", key_of(Kind.ORDER, order_id)
    )
    assert [row["kind"] for row in kinds] == ["OrderPlaced", "OrderCancelled", "RefundDue", "RefundArrived"]
