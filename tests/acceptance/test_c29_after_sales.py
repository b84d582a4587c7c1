"""C29: a refund, a return and an exchange, with the order's summary equal at each step."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from domain.identity import Role
from tests.acceptance.money import a_good, a_paid_order, jobs, staff_token
from tests.acceptance.test_c27_fulfilment import sends
from tests.deployments import Shop
from tests.schema.test_shipments import RECEIVE

SUMMARY = """query ($id: ID!) { order(id: $id) { state total { minor } paid { minor } refunded { minor }
  lines { quantity payable { minor } unitPaid { minor } }
  payments { amount { minor } refunded { minor } } refunds { amount { minor } state }
  afterSales { state amount { minor } deducted { minor } } } }"""
STEP = "{ afterSale { id state replacementOrderId } userErrors { code path } }"
STEPS = {
    name: f"mutation ($input: AfterSale{kind}Input!) {{ afterSale{name}(input: $input) {STEP} }}"
    for name, kind in [
        ("Apply", "Apply"),
        ("Agree", "Agree"),
        ("ShipBack", "ShipBack"),
        ("Receive", "Receive"),
        ("Cancel", "Cancel"),
        ("Refuse", "Reject"),
    ]
}


class Case:
    """One order of four units, its buyer and the brand's staff."""

    def __init__(self, shop: Shop, token: str, operator: str, order_id: str, line: str) -> None:
        self.shop, self.token, self.operator, self.order_id, self.line = shop, token, operator, order_id, line

    async def step(self, name: str, **given: Any) -> Any:
        token = self.operator if name in ("Agree", "Receive", "Refuse") else self.token
        (payload,) = (await self.shop.ask(STEPS[name], token, input=given)).values()
        assert payload["userErrors"] == [], payload
        await self.balanced()
        return payload["afterSale"]

    async def apply(self, kind: str, many: int = 1) -> str:
        lines = [{"orderLineId": self.line, "quantity": many}]
        given = {"orderId": self.order_id, "kind": kind, "lines": lines, "reason": "不合身"}
        return str((await self.step("Apply", **given, idempotencyKey=uuid4().hex))["id"])

    async def arrive(self) -> None:
        """What is left of the order is sent, and the buyer has it."""
        sent = await sends(self.shop, self.operator, self.order_id)
        received = (await self.shop.ask(RECEIVE, self.token, id=self.order_id))["orderReceive"]
        assert (sent["userErrors"], received["userErrors"]) == ([], [])

    async def balanced(self) -> Any:
        """The summary, in which every sum is the sum of its parts."""
        order = (await self.shop.ask(SUMMARY, self.token, id=self.order_id))["order"]
        sums = {name: sum(one["minor"] for one in found) for name, found in _parts(order).items()}
        assert sums["lines"] == sums["units"] == order["total"]["minor"] == order["paid"]["minor"] == sums["paid"]
        assert sums["back"] == order["refunded"]["minor"] == sums["refunds"]
        done = [sale for sale in order["afterSales"] if sale["state"] in ("REFUNDING", "COMPLETED")]
        assert sums["back"] == sum(sale["amount"]["minor"] - sale["deducted"]["minor"] for sale in done)
        return order


def _parts(order: Any) -> dict[str, list[Any]]:
    return {
        "lines": [line["payable"] for line in order["lines"]],
        "units": [unit for line in order["lines"] for unit in line["unitPaid"]],
        "paid": [payment["amount"] for payment in order["payments"]],
        "back": [payment["refunded"] for payment in order["payments"]],
        "refunds": [refund["amount"] for refund in order["refunds"]],
    }


async def a_case(shop: Shop) -> Case:
    token, operator = await shop.a_token(), await staff_token(shop, Role.OPERATOR)
    order_id, (line,) = await a_paid_order(shop, token, (await a_good(shop, 33_33), 4))
    return Case(shop, token, operator, order_id, line)


async def test_a_refund_a_return_and_an_exchange_keep_the_summary_equal(shop: Shop) -> None:
    case = await a_case(shop)
    unsent = await case.apply("REFUND_ONLY")
    await case.step("Agree", afterSaleId=unsent)
    await jobs(shop)
    await case.arrive()

    for kind, end in [("RETURN_REFUND", "REFUNDING"), ("EXCHANGE", "COMPLETED")]:
        sale = await case.apply(kind)
        await case.step("Agree", afterSaleId=sale)
        await case.step("ShipBack", afterSaleId=sale, carrier="顺丰", trackingNumber="SF1")
        received = await case.step("Receive", afterSaleId=sale)
        assert received["state"] == end
        await jobs(shop)
    given_up = await case.apply("RETURN_REFUND")
    await case.step("Cancel", afterSaleId=given_up)

    found = await case.balanced()
    assert [sale["state"] for sale in found["afterSales"]] == [*["COMPLETED"] * 3, "CANCELLED_BY_BUYER"]
    assert (found["state"], found["refunded"]["minor"]) == ("RECEIVED", 66_66)
    replacement = await shop.ask(SUMMARY, case.token, id=received["replacementOrderId"])
    assert (replacement["order"]["state"], replacement["order"]["total"]["minor"]) == ("PAID", 0)


async def test_a_return_that_is_refused_changes_nothing(shop: Shop) -> None:
    case = await a_case(shop)
    await case.arrive()

    sale = await case.apply("RETURN_REFUND", many=4)
    await case.step("Agree", afterSaleId=sale)
    await case.step("ShipBack", afterSaleId=sale, carrier="顺丰", trackingNumber="SF1")
    await case.step("Refuse", afterSaleId=sale, answer="吊牌已剪")

    assert (await case.balanced())["refunded"]["minor"] == 0
    assert await case.apply("RETURN_REFUND", many=4)
