"""P9: who added G1 on WeCom and registered is G1's for good; another guide's share makes an assist of 0.00 a year later."""

from __future__ import annotations

from typing import Any

import db.members
from domain.identity import Principal, Role
from domain.members import Identity, IdentityProvider
from tests.acceptance.money import a_good, a_paid_order, staff_token
from tests.deployments import Shop
from tests.makers_bindings import MINE, VISIT, guide_id
from tests.makers_guides import a_guide, a_share
from tests.makers_members import a_member, a_store
from tests.schema.test_contacts import ADD

EARNED = "{ myCommissions(first: 5) { nodes { orderId level amount { minor } } } }"
ASSISTED = "{ myAssists(first: 5) { nodes { orderId assist { bp amount { minor } } } } }"
WHOSE = "query ($id: ID!) { attribution(orderId: $id) { reason guide { displayName } } }"


async def a_friend_who_registered(shop: Shop, guide: Principal, unionid: str) -> tuple[Principal, str]:
    """A member who has also added the guide on WeCom, and their token."""
    pond = shop.pond
    ctx, member = pond.context(), await a_member(pond)
    assert member.member_id is not None
    identity = Identity(IdentityProvider.WX_MP, "wx-app", unionid, unionid)
    async with pond.database.writing() as tx:
        await db.members.know_by(tx, member.member_id, identity, ctx.new_id(), ctx.now())
    asked = {"guideId": await guide_id(pond, guide), "externalUserId": f"wm_{unionid}", "unionId": unionid}
    added = await shop.ask(ADD, await staff_token(shop, Role.OPERATOR), input=asked)
    assert added["guideContactAdd"]["userErrors"] == []
    return member, await shop.a_token(member)


async def test_a_permanent_binding_outlives_another_guides_share(shop: Shop) -> None:
    pond = shop.pond
    store_id = await a_store(pond)
    one, other = [await a_guide(pond, name, store_id=store_id) for name in ("G1", "G2")]
    member, token = await a_friend_who_registered(shop, one, "p9-mei")
    await pond.select(
        "UPDATE binding SET bound_at = bound_at - interval '400 days' WHERE member_id = $1", member.member_id
    )
    share = await a_share(pond, other, store_id)
    good = await a_good(shop, 200_00)

    await shop.ask(VISIT, token, code=share.code)
    order_id, _ = await a_paid_order(shop, token, (good, 1))

    binding = (await shop.ask(MINE, token))["me"]["binding"]
    assert (binding["mode"], binding["cause"], binding["guide"]) == ("PERMANENT", "CONTACT", {"displayName": "G1"})
    whose = (await shop.ask(WHOSE, token, id=order_id))["attribution"]
    assert whose == {"reason": "BINDING", "guide": {"displayName": "G1"}}
    assert await nodes(shop, one, EARNED) == [{"orderId": order_id, "level": 1, "amount": {"minor": 10_00}}]
    assert await nodes(shop, other, EARNED) == []
    assert await nodes(shop, other, ASSISTED) == [{"orderId": order_id, "assist": {"bp": 0, "amount": {"minor": 0}}}]


async def nodes(shop: Shop, guide: Principal, document: str) -> list[Any]:
    (connection,) = (await shop.ask(document, await shop.a_token(guide))).values()
    found: list[Any] = connection["nodes"]
    return found
