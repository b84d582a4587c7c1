"""P11: 120 customers of a guide who leaves become another's on 1 July at 00:00, to the second."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import resolvers.handovers
from domain.identity import Principal, Role
from domain.money import Money
from tests.acceptance.money import a_good, staff_token
from tests.acceptance.money import a_paid_order as buys_over_http
from tests.deployments import Shop
from tests.makers_bindings import guide_id
from tests.makers_catalogue import a_variant
from tests.makers_commissions import commissions
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond
from tests.schema.test_handovers import CREATE

SHANGHAI = "+08:00"
ROWS = """query ($id: ID!, $after: String) { node(id: $id) { ... on Handover {
    members(first: 100, after: $after) { pageInfo { endCursor } nodes { state failure } } } } }"""
EARNED = "{ myCommissions(first: 5) { nodes { orderId } } }"


async def a_leaver(pond: Pond, customers: int) -> tuple[Principal, Principal, list[Principal]]:
    """G1 with some customers, and G3."""
    store_id = await a_store(pond)
    leaver, successor = [await a_guide(pond, name, store_id=store_id) for name in ("G1", "G3")]
    members = [await a_member(pond) for _ in range(customers)]
    for member in members:
        await bound(pond, member, leaver)
    return leaver, successor, members


async def states(pond: Pond, operator: Principal, handover: str) -> Counter[str]:
    """How many members of a handover are in each state, counted member by member."""
    found: Counter[str] = Counter()
    after: Any = None
    while page := (await pond.ask(ROWS, operator, id=handover, after=after))["node"]["members"]:
        found.update(row["state"] for row in page["nodes"])
        after = page["pageInfo"]["endCursor"]
        if len(page["nodes"]) < 100:
            break
    return found


async def test_the_last_second_of_june_is_the_leavers_and_the_first_of_july_the_successors(pond: Pond) -> None:
    pond.time = datetime.fromisoformat(f"2027-06-20T12:00:00{SHANGHAI}")
    (leaver, successor, members), good = await a_leaver(pond, 120), await a_variant(pond, price=Money(200_00), stock=9)
    operator, turn = await staff(pond, Role.OPERATOR), datetime.fromisoformat(f"2027-07-01T00:00:00{SHANGHAI}")
    asked = {"fromGuideId": await guide_id(pond, leaver), "toGuideId": await guide_id(pond, successor)}

    asked |= {"effectiveAt": turn.isoformat(), "reason": "离职"}
    created = (await pond.ask(CREATE, operator, input=asked))["handoverCreate"]
    handover = created["handover"]["id"]
    waiting = await states(pond, operator, handover)
    pond.time = turn - timedelta(seconds=1)
    last, _ = await a_paid_order(pond, members[0], (good, 1))
    pond.time = turn
    first, _ = await a_paid_order(pond, members[0], (good, 1))

    assert (created["userErrors"], waiting) == ([], Counter(WAITING=120))
    assert [earned["orderId"] for earned in await commissions(pond, leaver)] == [last]
    assert [earned["orderId"] for earned in await commissions(pond, successor)] == [first]
    while await resolvers.handovers.go_on(pond.context()):
        pass
    assert await states(pond, operator, handover) == Counter(IN_PROGRESS=120)
    pond.later(hours=24)
    while await resolvers.handovers.go_on(pond.context()):
        pass
    assert await states(pond, operator, handover) == Counter(DONE=120)


async def test_a_handover_for_now_counts_from_the_next_order_on(shop: Shop) -> None:
    pond = shop.pond
    leaver, successor, (member,) = await a_leaver(pond, 1)
    token, good = await shop.a_token(member), await a_good(shop, 200_00)
    asked = {"fromGuideId": await guide_id(pond, leaver), "toGuideId": await guide_id(pond, successor), "reason": "."}

    before, _ = await buys_over_http(shop, token, (good, 1))
    created = await shop.ask(CREATE, await staff_token(shop, Role.OPERATOR), input=asked)
    after, _ = await buys_over_http(shop, token, (good, 1))

    assert created["handoverCreate"]["handover"]["counts"]["inProgress"] == 1
    earned = [
        (await shop.ask(EARNED, await shop.a_token(guide)))["myCommissions"]["nodes"] for guide in (leaver, successor)
    ]
    assert earned == [[{"orderId": before}], [{"orderId": after}]]
