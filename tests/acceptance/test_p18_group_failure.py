"""P18 Group-buy failure and late money: everybody is paid back once, and so is who pays when it is over."""

from __future__ import annotations

from uuid import uuid4

from app.standins.telling import Post
from resolvers.context import Context
from resolvers.group_settling import expire, settle
from schema.ids import Kind, id_of
from tests.acceptance.plays import PAY, ahead, available, confirm_url, order_of, pays, places, running
from tests.deployments import Shop
from tests.makers_catalogue import a_variant
from tests.makers_plays import a_group_buy


async def _twice(ctx: Context) -> None:
    for job in (expire, settle) * 2:
        while await job(ctx):
            pass


async def test_who_paid_into_a_group_that_fails_is_paid_back_once_also_when_the_money_comes_late(shop: Shop) -> None:
    variant = await a_variant(shop.pond, stock=10)
    activity = await a_group_buy(shop.pond, variant, size=4, **running(days=3))
    play, tokens = {"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, activity.id)}, [await shop.a_token() for _ in range(4)]
    orders = [(await places(shop, tokens[0], variant.id, play))["order"]]
    await pays(shop, tokens[0], orders[0]["id"])
    play |= {"groupId": orders[0]["buyingGroup"]["id"]}
    orders += [(await places(shop, token, variant.id, play))["order"] for token in tokens[1:]]
    await pays(shop, tokens[1], orders[1]["id"])
    late_url = await confirm_url(shop, tokens[2], orders[2]["id"])
    before = await available(shop, variant.id)

    await _twice(ahead(shop, hours=24, minutes=1))

    for token, order in zip(tokens[:2], orders, strict=False):
        stands = await order_of(shop, token, order["id"])
        assert (stands["state"], stands["paid"], stands["refunded"]) == (
            "REFUNDING",
            {"minor": 59_00},
            {"minor": 59_00},
        )
    assert await available(shop, variant.id) == before + 2

    wanted = {"orderId": orders[3]["id"], "idempotencyKey": uuid4().hex}
    refused = (await shop.ask(PAY, tokens[3], input=wanted))["orderPay"]
    assert (refused["payment"], [one["code"] for one in refused["userErrors"]]) == (None, ["INVALID_STATE"])

    platform = shop.gateways.wechat_pay
    platform.telling.post, usual = Post.HELD, platform.telling.post
    assert (await shop.client.post(late_url)).is_success
    heard = await platform.telling.deliver()
    platform.telling.post = usual
    await _twice(ahead(shop, hours=24, minutes=1))

    assert heard == [True]
    late = await order_of(shop, tokens[2], orders[2]["id"])
    assert (late["state"], late["refunded"]) == ("REFUNDING", {"minor": 59_00})
    assert await available(shop, variant.id) == before + 3
