"""P7: what goes back after it was taken out is a debt; it refuses withdrawals, and the next release repays it."""

from __future__ import annotations

from tests.acceptance.money import a_good, a_paid_order, pays_back, staff_token
from tests.acceptance.withdrawing import asks, asks_for, jobs, releases, says_yes, wallet
from tests.deployments import Shop
from tests.makers_commissions import a_customer_of
from tests.makers_fulfilment import RECEIVE, sent
from tests.makers_withdrawals import known_by_wechat


async def received(shop: Shop, token: str, fen: int, quantity: int) -> tuple[str, str]:
    """An order that was paid, sent and received, and its line."""
    order_id, (line,) = await a_paid_order(shop, token, (await a_good(shop, fen), quantity))
    await sent(shop.pond, order_id)
    assert (await shop.ask(RECEIVE, token, id=order_id))["orderReceive"]["userErrors"] == []
    return order_id, line


async def test_a_debt_of_5_87_is_repaid_by_a_release_of_20(shop: Shop) -> None:
    guide, member = await a_customer_of(shop.pond, tier_rank=2)
    await known_by_wechat(shop.pond, guide)
    token, buyer = await shop.a_token(guide), await shop.a_token(member)
    order_id, line = await received(shop, buyer, 135_86, 2)
    await releases(shop, order_id)
    one = await asks_for(shop, token, 16_73)
    await jobs(shop)
    await says_yes(shop, one)
    assert await wallet(shop, token) == {"available": 5_00, "balance": 5_00, "paid": 16_73}

    refunded = await pays_back(shop, await staff_token(shop), order_id, (line, 1), ofSent=True)
    assert refunded["userErrors"] == []
    assert await wallet(shop, token) == {"debt": -5_87, "balance": -5_87, "paid": 16_73}
    (error,) = (await asks(shop, token, 1_00))["userErrors"]
    assert (error["code"], error["balance"]) == ("INSUFFICIENT_BALANCE", {"minor": -5_87})

    later, _ = await received(shop, buyer, 250_00, 1)
    await releases(shop, later)
    assert await wallet(shop, token) == {"available": 14_13, "balance": 14_13, "paid": 16_73}
