"""C32: prices include tax; the summary of each rate sums to the total, before and after parts of it went back."""

from __future__ import annotations

from domain.money import Money
from tests.acceptance.money import a_paid_order, staff_token
from tests.deployments import Shop
from tests.makers_catalogue import a_product, variants_of
from tests.makers_payments import REFUND
from tests.schema.test_invoices import ISSUE, REQUEST, TAXES

RATES = (0, 600, 900, 1_300)


async def test_taxes_are_in_the_prices_and_sum_to_the_total(shop: Shop) -> None:
    token, finance = await shop.a_token(), await staff_token(shop)
    goods = [
        (await variants_of(shop.pond, await a_product(shop.pond, price=Money(33_33), tax_bp=rate)))[0] for rate in RATES
    ]
    order_id, line_ids = await a_paid_order(shop, token, *((good, 3) for good in goods))

    shown = (await shop.ask(TAXES, token, id=order_id))["order"]
    back = {"orderId": order_id, "reason": "少件", "idempotencyKey": "c32", "lines": [], "amount": {"minor": 1}}
    await shop.ask(
        REFUND, finance, input=back | {"amount": None, "lines": [{"orderLineId": line_ids[1], "quantity": 1}]}
    )
    await shop.ask(REFUND, finance, input=back | {"idempotencyKey": "c32 too"})
    wanted = {"orderId": order_id, "kind": "PERSON", "title": "梅", "email": "mei@example.cn"}
    invoice = (await shop.ask(REQUEST, token, input=wanted))["invoiceRequest"]["invoice"]
    document = {"invoiceId": invoice["id"], "number": "1", "url": "/invoices/1.pdf"}
    issued = (await shop.ask(ISSUE, finance, input=document))["invoiceIssue"]["invoice"]

    assert [one["rateBp"] for one in shown["taxSummary"]] == list(RATES)
    assert sum(one["amount"]["minor"] for one in shown["taxSummary"]) == shown["total"]["minor"] == 399_96
    assert [one["tax"]["minor"] for one in shown["taxSummary"]] == [
        round(99_99 * rate / (10_000 + rate)) for rate in RATES
    ]
    assert issued["amount"]["minor"] == 399_96 - 33_33 - 1
    assert sum(one["amount"]["minor"] for one in issued["lines"]) == issued["amount"]["minor"]
