"""P32 Share trace: a short code that resolves, a trace over generations, people counted once a day, commission at most
on two levels."""

from __future__ import annotations

import re
from typing import Any

from domain.identity import Principal
from schema.ids import Kind, id_of
from tests.makers_attribution import WHY
from tests.makers_catalogue import a_product, variants_of
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member
from tests.pond import Pond
from tests.schema.test_orders import line, paid

SHARE = """mutation ($target: ID!, $parent: String) {
  shareCreate(input: {target: $target, channel: GROUP, parentCode: $parent}) {
    share { code scene sharerName storeId target { id } parent { code } } } }"""
VISIT = """mutation ($code: String!, $key: String!) {
  shareVisit(input: {code: $code, visitorKey: $key}) { share { code sharerName storeId target { id } } } }"""
LEVEL = "sharerName funnel { visits uniqueVisits } children(first: 5) { nodes { NEXT } }"
TRACE = """query ($code: String!) { share(code: $code) { trace { depth shares
  generations { figures { views uniqueVisits paidOrders } } } } }"""
COMMISSIONS = "{ myCommissions(first: 10) { nodes { amount { minor } } } }"


async def shared(pond: Pond, sharer: Principal, target: str, parent: str | None = None) -> Any:
    return (await pond.ask(SHARE, sharer, target=target, parent=parent))["shareCreate"]["share"]


async def test_share_trace(pond: Pond) -> None:
    guide, product = await a_guide(pond, "小王", tier_rank=2), await a_product(pond)
    forwarders = [await a_guide(pond, "小李"), await a_guide(pond, "小张")]
    buyer, target = await a_member(pond), id_of(Kind.PRODUCT, product.id)

    first = await shared(pond, guide, target)
    store = id_of(Kind.STORE, (await guide_of(pond, guide)).store_id)
    assert re.fullmatch(r"[0-9A-Za-z=]{1,32}", first["scene"])
    resolved = (await pond.ask(VISIT, code=first["scene"].removeprefix("s="), key="anybody"))["shareVisit"]["share"]
    assert resolved == {"code": first["code"], "sharerName": "小王", "storeId": store, "target": {"id": target}}

    chain = [first]
    for forwarder in forwarders:
        chain.append(await shared(pond, forwarder, target, chain[-1]["code"]))
    assert [one["parent"] and one["parent"]["code"] for one in chain] == [None, chain[0]["code"], chain[1]["code"]]

    for _ in range(10):
        await pond.ask(VISIT, buyer, code=chain[-1]["code"], key="a-phone")
    document = "query ($code: String!) { share(code: $code) { NEXT } }"
    for _ in chain:
        document = document.replace("NEXT", LEVEL)
    seen = (await pond.ask(document.replace("NEXT", "code"), guide, code=first["code"]))["share"]
    generations = []
    while seen:
        generations.append((seen["sharerName"], seen["funnel"]["visits"], seen["funnel"]["uniqueVisits"]))
        seen = next(iter(seen["children"]["nodes"]), None)
    assert generations == [("小王", 1, 0), ("小李", 0, 0), ("小张", 10, 1)]

    (variant,) = await variants_of(pond, product)
    order_id = await paid(pond, buyer, line(variant))
    earned = [await pond.ask(COMMISSIONS, one) for one in (guide, *forwarders)]
    paid_out = [one for one in earned if one["myCommissions"]["nodes"]]
    assert 1 <= len(paid_out) <= 2

    await pond.project()
    trace = (await pond.ask(TRACE, guide, code=first["code"]))["share"]["trace"]
    assert (trace["depth"], trace["shares"]) == (3, 3)
    views = [(one["figures"]["views"], one["figures"]["uniqueVisits"]) for one in trace["generations"]]
    assert views == [(1, 0), (0, 0), (10, 1)]
    assert [one["figures"]["paidOrders"] for one in trace["generations"]] == [0, 0, 1]
    why = (await pond.ask(WHY, forwarders[1], id=order_id))["attribution"]
    assert (why["reason"], why["share"]["code"]) == ("SHARE_TOUCH", chain[-1]["code"])
    assert why["explanation"]["findings"][0]["guideName"] == "小张"


async def test_a_members_forward_is_traced_and_pays_nobody_beyond_the_guide_whose_share_it_is(pond: Pond) -> None:
    guide, product = await a_guide(pond), await a_product(pond)
    friends, target = [await a_member(pond) for _ in range(2)], id_of(Kind.PRODUCT, product.id)
    chain = [await shared(pond, guide, target)]
    for friend in friends:
        chain.append(await shared(pond, friend, target, chain[-1]["code"]))
    (variant,) = await variants_of(pond, product)
    credited = []
    for share in chain:
        buyer = await a_member(pond)
        await pond.ask(VISIT, buyer, code=share["code"], key="a-phone")
        order_id = await paid(pond, buyer, line(variant))
        credited.append((await pond.ask(WHY, buyer, id=order_id))["attribution"]["guide"])
    await pond.project()

    served = {"id": id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)}
    assert credited == [served, served, None]
    trace = (await pond.ask(TRACE, guide, code=chain[0]["code"]))["share"]["trace"]
    assert [one["figures"]["paidOrders"] for one in trace["generations"]] == [1, 1, 1]
    assert len((await pond.ask(COMMISSIONS, guide))["myCommissions"]["nodes"]) == 2
