"""What the scenarios of guides' money share: releases, withdrawals over HTTP, the job that sends them, and WeChat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import resolvers.commissions
import resolvers.withdrawal_sending
from schema.ids import Kind, key_of
from tests.deployments import Shop
from tests.makers_withdrawals import ONE, REQUEST, WALLET, bill_of


async def releases(shop: Shop, order_id: str) -> None:
    """Let the time pass in which the goods of an order can be given back, and release what they earned."""
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    key = key_of(Kind.ORDER, order_id)
    await shop.pond.select("UPDATE commission SET release_at = $1 WHERE order_id = $2", long_ago, key)
    while await resolvers.commissions.release_due(replace(shop.pond.context(), now=lambda: datetime.now(UTC))):
        pass


async def asks(shop: Shop, token: str, fen: int) -> Any:
    """The payload of a request to take so much out."""
    wanted = {"amount": {"minor": fen}, "idempotencyKey": uuid4().hex}
    return (await shop.ask(REQUEST, token, input=wanted))["withdrawalRequest"]


async def asks_for(shop: Shop, token: str, fen: int) -> Any:
    """A withdrawal that was asked for."""
    answer = await asks(shop, token, fen)
    assert answer["userErrors"] == [], answer
    return answer["withdrawal"]


async def jobs(shop: Shop, **later: float) -> None:
    """Let the job send and ask about what is due, so much later, and the shop hear of what WeChat did."""
    ctx = replace(shop.pond.context(), now=lambda: datetime.now(UTC) + timedelta(**later))
    while await resolvers.withdrawal_sending.send_due(ctx):
        pass
    await shop.gateways.wechat_pay.all_told()


async def says_yes(shop: Shop, one: Any) -> None:
    """The guide confirms in WeChat, and WeChat tells the shop."""
    shop.gateways.wechat_pay.transfers.confirm(bill_of(one))
    await shop.gateways.wechat_pay.all_told()


def a_day_passes(shop: Shop, one: Any) -> None:
    """WeChat's 24 hours for saying yes are over."""
    bill = shop.gateways.wechat_pay.transfers.bills[bill_of(one)]
    bill["create_time"] = (datetime.now(UTC) - timedelta(hours=24)).isoformat()


async def wallet(shop: Shop, token: str) -> dict[str, int]:
    """What a guide sees of its wallet, in fen, without what is nothing."""
    found = (await shop.ask(WALLET, token))["myWallet"]
    return {name: money["minor"] for name, money in found.items() if money["minor"]}


async def seen(shop: Shop, token: str, one: Any) -> Any:
    """A withdrawal as its guide sees it now."""
    return (await shop.ask(ONE, token, id=one["id"]))["withdrawal"]


async def sum_of_withdrawal(shop: Shop, one: Any) -> tuple[int, dict[str, int]]:
    """How many postings a withdrawal came to, and what they come to by account, in fen."""
    key = f"withdrawal:{bill_of(one)}:%"
    rows = await shop.pond.select(
        "SELECT source, destination, amount_minor FROM ledger_posting WHERE business_key LIKE $1", key
    )
    moved: dict[str, int] = {}
    for source, destination, minor in rows:
        moved[source] = moved.get(source, 0) - minor
        moved[destination] = moved.get(destination, 0) + minor
    return len(rows), moved
