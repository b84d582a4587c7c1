"""C34: totals above 2³¹ fen go through the whole of an order's life without losing a fen."""

from __future__ import annotations

import pytest

from domain.identity import Role
from domain.money import Money
from tests.acceptance.money import a_paid_order, jobs, money_of, pays_back, staff_token
from tests.acceptance.test_c27_fulfilment import sends
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_promotions import QUOTE, line
from tests.schema.test_shipments import RECEIVE

DEAREST = 10**12
"""The highest price of a variant, in fen."""


@pytest.mark.parametrize(
    ("price", "many"),
    [pytest.param(25_000_000_01, 3, id="three flats"), pytest.param(DEAREST, 999, id="as much as one line can cost")],
)
async def test_a_large_order_is_quoted_placed_paid_received_and_paid_back(shop: Shop, price: int, many: int) -> None:
    token, total = await shop.a_token(), price * many
    flat = await a_variant(shop.pond, price=Money(price), stock=many)
    quoted = (await shop.ask(QUOTE, token, lines=[line(flat, many)]))["cartQuote"]

    order_id, (bought,) = await a_paid_order(shop, token, (flat, many))
    paid = await money_of(shop, token, order_id)
    await sends(shop, await staff_token(shop, Role.OPERATOR), order_id)
    received = (await shop.ask(RECEIVE, token, id=order_id))["orderReceive"]
    finance = await staff_token(shop)
    part = await pays_back(shop, finance, order_id, (bought, 1), ofSent=True)
    rest = await pays_back(shop, finance, order_id, (bought, many - 1), ofSent=True)
    await jobs(shop)

    assert total > 2**31
    assert quoted["total"]["minor"] == total
    assert (paid["state"], paid["total"]["minor"], paid["paid"]["minor"]) == ("PAID", total, total)
    assert received["userErrors"] == []
    amounts = [sum(one["amount"]["minor"] for one in answer["refunds"]) for answer in (part, rest)]
    assert amounts == [price, total - price]
    after = await money_of(shop, token, order_id)
    assert (after["state"], after["refunded"]["minor"]) == ("REFUNDED", total)
