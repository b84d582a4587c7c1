"""What the scenarios of money share: orders over HTTP, their payments and refunds, and the jobs that ask providers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx

import resolvers.payment_checks
import resolvers.refund_sending
from domain.catalogue import Variant
from domain.gateways import Provider
from domain.identity import Role
from domain.money import Money
from providers.payments_sandbox import Sandbox
from schema.ids import Kind, id_of
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_members import staff
from tests.makers_payments import CANCEL, MONEY, PAY, PLACE, REFUND


async def a_good(shop: Shop, fen: int, stock: int = 10) -> Variant:
    return await a_variant(shop.pond, price=Money(fen), stock=stock)


async def places(shop: Shop, token: str, *lines: tuple[Variant, int], **more: Any) -> tuple[str, list[str]]:
    """A placed order and its lines."""
    wanted = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": many} for variant, many in lines]
    answer = (await shop.ask(PLACE, token, input={"lines": wanted, "idempotencyKey": uuid4().hex, **more}))[
        "orderPlace"
    ]
    assert answer["userErrors"] == [], answer
    return answer["order"]["id"], [line["id"] for line in answer["order"]["lines"]]


async def pays(shop: Shop, token: str, order_id: str, **more: Any) -> Any:
    """The answer to `orderPay`, in the sandbox unless said otherwise; amounts are in fen."""
    wanted = {"orderId": order_id, "idempotencyKey": uuid4().hex, **more}
    if isinstance(wanted.get("amount"), int):
        wanted["amount"] = {"minor": wanted["amount"]}
    return (await shop.ask(PAY, token, input=wanted))["orderPay"]


async def confirms(shop: Shop, payment: Any) -> None:
    """The payer says yes, and the provider tells the shop."""
    sandbox = shop.pond.services.payments[Provider.SANDBOX]
    assert isinstance(sandbox, Sandbox)
    url = httpx.URL(sandbox._base_url).join(payment["confirmUrl"])
    assert (await shop.client.post(url)).is_success
    await shop.gateways.bank.all_told()
    await shop.gateways.wechat_pay.all_told()


async def a_paid_order(shop: Shop, token: str, *lines: tuple[Variant, int]) -> tuple[str, list[str]]:
    order_id, line_ids = await places(shop, token, *lines)
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    return order_id, line_ids


async def gives_up(shop: Shop, token: str, order_id: str) -> None:
    assert (await shop.ask(CANCEL, token, id=order_id))["orderCancel"]["userErrors"] == []


async def staff_token(shop: Shop, role: Role = Role.FINANCE) -> str:
    return await shop.a_token(await staff(shop.pond, role))


async def pays_back(shop: Shop, token: str, order_id: str, *lines: tuple[str, int], **more: Any) -> Any:
    """The answer to `orderRefund`; amounts are in fen."""
    wanted: dict[str, Any] = {"orderId": order_id, "reason": "不想要了", "idempotencyKey": uuid4().hex, **more}
    wanted["lines"] = [{"orderLineId": line, "quantity": many} for line, many in lines]
    if isinstance(wanted.get("amount"), int):
        wanted["amount"] = {"minor": wanted["amount"]}
    return (await shop.ask(REFUND, token, input=wanted))["orderRefund"]


async def jobs(shop: Shop, **later: float) -> None:
    """Let the jobs of money run, so much later, until nothing is due, and the shop hear of what they did."""
    ctx = replace(shop.pond.context(), now=lambda: datetime.now(UTC) + timedelta(**later))
    while await resolvers.refund_sending.send_due(ctx):
        pass
    await resolvers.payment_checks.check_due(ctx)
    await shop.gateways.bank.all_told()
    await shop.gateways.wechat_pay.all_told()


async def money_of(shop: Shop, token: str, order_id: str) -> Any:
    """What the order's member sees of its money."""
    return (await shop.ask(MONEY, token, id=order_id))["order"]
