"""A guide shares a product; whoever registers by it stays the guide's customer, and every later order pays (R08, R09)."""

from __future__ import annotations

from typing import Any

from domain.identity import Principal
from resolvers.members import principal_of
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, variants_of
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member
from tests.pond import Pond
from tests.schema.test_logins import log_in
from tests.schema.test_orders import line, paid

SHARE = """mutation($target: ID!, $parentCode: String) {
    shareCreate(input: {target: $target, channel: MOMENTS, parentCode: $parentCode}) { share { code } } }"""
VISIT = 'mutation($code: String!) { shareVisit(input: {code: $code, visitorKey: "a-phone"}) { share { code } } }'
BUSINESS = """{
    myCommissions(first: 10) { nodes { amount { amount } } }
    myBoundMembers(first: 10) { nodes { name } }
    myShares(first: 10) { nodes { funnel { visits registrations orders } children(first: 10) { nodes {
        funnel { visits registrations orders } } } } }
}"""


async def shared(pond: Pond, sharer: Principal, product: Any, parent: str | None = None) -> str:
    """The code under which the sharer passes the product on."""
    data = await pond.ask(SHARE, sharer, target=id_of(Kind.PRODUCT, product.id), parentCode=parent)
    return str(data["shareCreate"]["share"]["code"])


async def newcomer(pond: Pond, code: str, nickname: str) -> Principal:
    """Somebody who opens a share and registers by it."""
    await pond.ask(VISIT, code=code)
    login = await log_in(pond, nickname=nickname, shareCode=code)
    assert (login["registered"], login["warnings"]) == (True, [])
    found = await principal_of(pond.database, login["tokens"]["accessToken"], pond.time)
    assert found is not None
    return found


async def test_a_guide_earns_from_every_order_of_whoever_registered_by_the_guides_share(pond: Pond) -> None:
    guide, product = await a_guide(pond, "小王", tier_rank=2), await a_product(pond)
    (variant,) = await variants_of(pond, product)
    code = await shared(pond, guide, product)

    customer = await newcomer(pond, code, "小美")
    await paid(pond, customer, line(variant))
    pond.later(days=400)
    await paid(pond, customer, line(variant))

    assert (await pond.ask("{ me { guide { displayName } } }", customer))["me"]["guide"] == {"displayName": "小王"}
    business = await pond.ask(BUSINESS, guide)
    assert [earned["amount"]["amount"] for earned in business["myCommissions"]["nodes"]] == ["15.92", "15.92"]
    assert business["myBoundMembers"]["nodes"] == [{"name": "小**"}]
    (share,) = business["myShares"]["nodes"]
    assert share["funnel"] == {"visits": 1, "registrations": 1, "orders": 0}


async def test_who_registers_by_a_members_forward_is_in_the_trace_and_nobodys_customer(pond: Pond) -> None:
    guide, friend, product = await a_guide(pond), await a_member(pond), await a_product(pond)
    (variant,) = await variants_of(pond, product)
    forward = await shared(pond, friend, product, parent=await shared(pond, guide, product))

    customer = await newcomer(pond, forward, "小美")
    await paid(pond, customer, line(variant))

    assert (await pond.ask("{ me { guide { id } } }", customer))["me"]["guide"] is None
    business = await pond.ask(BUSINESS, guide)
    assert business["myCommissions"]["nodes"] == []
    (share,) = business["myShares"]["nodes"]
    assert share["children"]["nodes"] == [{"funnel": {"visits": 1, "registrations": 1, "orders": 0}}]


async def test_a_guides_own_code_works_at_registration_too(pond: Pond) -> None:
    guide = await a_guide(pond, "小王")

    login = await log_in(pond, nickname="小美", shareCode=(await guide_of(pond, guide)).share_code)

    customer = await principal_of(pond.database, login["tokens"]["accessToken"], pond.time)
    assert customer is not None
    assert (await pond.ask("{ me { guide { displayName } } }", customer))["me"]["guide"] == {"displayName": "小王"}
