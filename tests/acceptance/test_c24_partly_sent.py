"""C24: an order that left in part is paid back by lines and shipping, of what has not left; stock back as wished."""

from __future__ import annotations

from uuid import uuid4

import resolvers.shipments
from domain.catalogue import Variant
from domain.identity import Role
from domain.shipments import Packed
from resolvers.shipments import Sending
from schema.ids import Kind, id_of, key_of
from tests.acceptance.money import a_good, a_paid_order, jobs, money_of, pays_back, staff_token
from tests.deployments import Shop
from tests.makers_members import staff

AVAILABLE = "query ($id: ID!) { node(id: $id) { ... on Variant { available } } }"


async def available(shop: Shop, variant: Variant) -> int:
    return int((await shop.ask(AVAILABLE, id=id_of(Kind.VARIANT, variant.id)))["node"]["available"])


async def test_only_what_has_not_left_goes_back_unless_it_is_said_so(shop: Shop) -> None:
    token, good, finance = await shop.a_token(), await a_good(shop, 30_00, stock=5), await staff_token(shop)
    order_id, (line,) = await a_paid_order(shop, token, (good, 5))
    ctx = shop.pond.context(await staff(shop.pond, Role.OPERATOR))
    packed = [Packed(key_of(Kind.ORDER_LINE, line), 2)]
    await resolvers.shipments.send(ctx, Sending(key_of(Kind.ORDER, order_id), packed, "顺丰", "SF1", uuid4().hex))

    too_many = await pays_back(shop, finance, order_id, (line, 4))
    back = await pays_back(shop, finance, order_id, (line, 2))
    broken = await pays_back(shop, finance, order_id, (line, 1), restock=False)
    sent = await pays_back(shop, finance, order_id, (line, 1), ofSent=True)
    await jobs(shop)

    assert [(error["code"], error["path"]) for error in too_many["userErrors"]] == [
        ("INVALID_STATE", ["input", "lines", "0", "quantity"])
    ]
    amounts = [[one["amount"]["minor"] for one in given["refunds"]] for given in (back, broken, sent)]
    assert amounts == [[60_00], [30_00], [30_00]]
    assert await available(shop, good) == 2
    assert (await money_of(shop, token, order_id))["refunded"]["minor"] == 120_00
