"""P17 Group-buy success: three pay and their orders may leave; the fourth is refused before paying."""

from __future__ import annotations

import resolvers.group_settling
from schema.ids import Kind, id_of
from tests.acceptance.plays import order_of, pays, places, running
from tests.deployments import Shop
from tests.makers_plays import a_group_buy

GROUP = "query ($id: ID!) { buyingGroup(id: $id) { state seatsLeft members { leads } } }"


async def test_three_pay_and_the_fourth_is_refused_before_any_payment(shop: Shop) -> None:
    activity = await a_group_buy(shop.pond, size=3, **running(days=1))
    variant_id, play = activity.terms.prices[0].variant_id, {"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, activity.id)}
    tokens = [await shop.a_token() for _ in range(4)]

    orders = [(await places(shop, tokens[0], variant_id, play))["order"]]
    await pays(shop, tokens[0], orders[0]["id"])
    group_id = orders[0]["buyingGroup"]["id"]
    orders += [(await places(shop, token, variant_id, play | {"groupId": group_id}))["order"] for token in tokens[1:3]]
    fourth = await places(shop, tokens[3], variant_id, play | {"groupId": group_id})
    for token, order in zip(tokens[1:], orders[1:], strict=False):
        await pays(shop, token, order["id"])
    held = [await order_of(shop, token, order["id"]) for token, order in zip(tokens, orders, strict=False)]
    while await resolvers.group_settling.settle(shop.pond.context()):
        pass

    assert fourth == {"order": None, "userErrors": [{"code": "GROUP_FULL"}]}
    assert [(one["state"], one["hold"]) for one in held] == [("PAID", "GROUP_FORMING")] * 3
    group = (await shop.ask(GROUP, id=group_id))["buyingGroup"]
    assert (group["state"], group["seatsLeft"], len(group["members"])) == ("SUCCEEDED", 0, 3)
    for token, order in zip(tokens, orders, strict=False):
        stands = await order_of(shop, token, order["id"])
        assert (stands["state"], stands["hold"], stands["refunded"]["minor"]) == ("PAID", None, 0)
