"""P35: a complaint is answered within a day or goes to the region, and finds who is unhappy too and says nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import resolvers.complaint_handling as handling
from domain.identity import Role
from domain.stores import UnitKind
from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, a_paid_order
from tests.deployments import Shop
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store, a_unit, headquarters, staff
from tests.schema.test_complaints import LISTED, OPEN, RESOLVE, STEP

STATE = "query ($id: ID!) { node(id: $id) { ... on Complaint { state deskId } } }"


async def goes_on(shop: Shop, **later: float) -> None:
    """Let the job of complaints run, so much later."""
    ctx = replace(shop.pond.context(), now=lambda: datetime.now(UTC) + timedelta(**later))
    await handling.escalate_overdue(ctx)


async def test_what_nobody_answers_goes_to_the_region_and_can_be_contested(shop: Shop) -> None:
    pond = shop.pond
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond))
    guide = await a_guide(pond, store_id=await a_store(pond, parent=region))
    good, buyers = await a_good(shop, 30_00), [await a_member(pond, name) for name in ("Mei", "Lan")]
    for buyer in buyers:
        await bound(pond, buyer, guide)
    mei, lan = [await shop.a_token(buyer) for buyer in buyers]
    manager = await shop.a_token(await staff(pond, Role.STORE_MANAGER, unit_id=region.id))
    await a_paid_order(shop, lan, (good, 1))
    order_id, _ = await a_paid_order(shop, mei, (good, 1))
    wanted = {"subject": "GUIDE", "subjectId": id_of(Kind.GUIDE, (await guide_of(pond, guide)).id), "text": "态度冷淡"}

    key = (await shop.ask(OPEN, mei, input=wanted | {"orderId": order_id}))["complaintOpen"]["complaint"]["id"]
    (listed,) = (await shop.ask(LISTED, manager))["complaints"]["nodes"]
    states: list[Any] = []
    for later in ({"hours": 23, "minutes": 59}, {"hours": 24, "minutes": 1}):
        await goes_on(shop, **later)
        states.append((await shop.ask(STATE, mei, id=key))["node"])
    await shop.ask(RESOLVE, manager, input={"complaintId": key, "resolution": "已致歉"})
    again = (await shop.ask(STEP % "complaintReopen", mei, id=key))["complaintReopen"]

    assert [one["nickname"] for one in listed["silentCustomers"]] == ["Lan"]
    assert [one["state"] for one in states] == ["NEW", "ESCALATED"]
    assert states[1]["deskId"] == id_of(Kind.ORG_UNIT, region.id)
    assert again["complaint"]["state"] == "REOPENED"
