"""Reliability P4: whatever becomes of notifications, WeChat Pay's books and ours agree in the end."""

from __future__ import annotations

import os
from contextlib import suppress
from random import Random
from typing import Any

import pytest

import resolvers.orders
from app.standins.telling import Post
from app.standins.wechat_pay_books import No, Trade
from schema.ids import Kind, key_of
from tests.makers_members import a_member
from tests.makers_payments import CANCEL, an_order_of, begun, check_payments, ledger_of, money_of, send_refunds
from tests.pond import Pond

SEEDS = range(int(os.environ.get("YUTANG_SCHEDULES", "3")))
ORDERS, STEPS = 8, 40


class Day:
    """Some orders, their payers and their payments, to which things happen in an order that chance decides."""

    def __init__(self, pond: Pond, seed: int) -> None:
        self.pond, self.chance = pond, Random(seed)
        self.orders: list[tuple[str, Any, str]] = []
        """Each order, its member, and WeChat's number of its payment."""
        pond.wechat_pay.telling.post = Post.HELD

    async def begin(self) -> None:
        member = await a_member(self.pond)
        for n in range(ORDERS):
            order_id, _ = await an_order_of(self.pond, 100 + n, member)
            payment = await begun(self.pond, member, order_id, method="WECHAT_NATIVE")
            self.orders.append((order_id, member, key_of(Kind.PAYMENT, payment["id"]).hex))

    async def go_on(self) -> None:
        """One thing happens."""
        order_id, member, number = self.chance.choice(self.orders)
        match self.chance.choice(["pay", "pay", "cancel", "tell", "tell", "wait", "ask", "overdue", "refunds"]):
            case "pay":
                self._pay(number)
            case "cancel":
                await self.pond.ask(CANCEL, member, id=order_id)
            case "tell":
                await self._tell()
            case "wait":
                self.pond.later(seconds=self.chance.choice([1, 20, 61, 200]))
            case "ask":
                await check_payments(self.pond)
            case "overdue":
                await resolvers.orders.cancel_overdue(self.pond.context())
            case _:
                await send_refunds(self.pond)

    async def end(self) -> None:
        """Time passes, jobs run, and what was held up arrives."""
        for _ in range(4):
            self.pond.later(minutes=5)
            await resolvers.orders.cancel_overdue(self.pond.context())
            await check_payments(self.pond)
            await send_refunds(self.pond)
        await self.pond.wechat_pay.telling.deliver()

    def trade(self, number: str) -> Trade:
        return self.pond.wechat_pay.trades[number]

    def _pay(self, number: str) -> None:
        with suppress(No):
            self.pond.wechat_pay.pay(number)

    async def _tell(self) -> None:
        """Some of what is held arrives, in any order and perhaps twice; the rest never does."""
        held = len(self.pond.wechat_pay.telling.held)
        if held:
            places = self.chance.choices(range(held), k=self.chance.randint(1, 2 * held))
            await self.pond.wechat_pay.telling.deliver(*places)


@pytest.mark.parametrize("seed", SEEDS)
async def test_both_books_agree_in_the_end(pond: Pond, seed: int) -> None:
    day = Day(pond, seed)
    await day.begin()

    for _ in range(STEPS):
        await day.go_on()
    await day.end()

    kept = 0
    for order_id, member, number in day.orders:
        ours, trade = await money_of(pond, member, order_id), day.trade(number)
        if trade.paid_at is None:
            assert (ours["state"], ours["paid"]["minor"], ours["refunds"]) == ("CANCELLED", 0, [])
        elif ours["state"] == "PAID":
            assert (ours["paid"]["minor"], trade.given_back()) == (trade.total, 0)
            kept += trade.total
        else:
            assert (ours["state"], trade.given_back()) == ("CANCELLED", trade.total)
            assert [refund["state"] for refund in ours["refunds"]] == ["SUCCEEDED"]
    assert sum((await ledger_of(pond)).values()) == 0
    assert (await ledger_of(pond)).get("provider:wechat_pay", 0) == -kept


async def test_a_refund_that_is_told_before_its_payment_is_done_once(pond: Pond) -> None:
    """G16: the payment was found by asking and went back; what was held up comes the wrong way round."""
    order_id, member = await an_order_of(pond, 100_00)
    number = key_of(Kind.PAYMENT, (await begun(pond, member, order_id, method="WECHAT_NATIVE"))["id"]).hex
    pond.wechat_pay.telling.post = Post.HELD
    await pond.ask(CANCEL, member, id=order_id)
    pond.wechat_pay.pay(number)
    await check_payments(pond)
    await send_refunds(pond)

    heard = await pond.wechat_pay.telling.deliver(1, 0, 1, 0)

    found = await money_of(pond, member, order_id)
    assert heard == [True] * 4
    assert (found["state"], found["payments"][0]["state"]) == ("CANCELLED", "REFUND_DUE")
    assert [(one["state"], one["amount"]["minor"]) for one in found["refunds"]] == [("SUCCEEDED", 100_00)]
    assert await ledger_of(pond) == {}
