"""Service: what managers and the guide see of how a guide treats customers, and the alerts that come of it (R15)."""

from __future__ import annotations

from typing import Any

import resolvers.service_figures
from domain.identity import Principal, Role
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import RECEIVE, sent
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, staff
from tests.makers_payments import a_paid_order
from tests.makers_tasks import a_region, guide_id
from tests.pond import Pond, statements
from tests.schema.test_complaints import REPLY, did, opened

FIGURES = """query ($id: ID!) { guide(id: $id) { service(days: 30) {
  complaints answered firstAnswerSeconds unanswered ratings ratingTenths orders complaintsBp } } }"""
ALERTS = """query ($where: ServiceAlertWhere) { serviceAlerts(first: 10, where: $where) { nodes {
  id kind value bound seenAt guide { displayName } } } }"""
SEE = "mutation ($id: ID!) { serviceAlertSee(input: { alertId: $id }) { alert { seenAt } userErrors { code } } }"


async def figures(pond: Pond, who: Principal, key: str) -> Any:
    return (await pond.ask(FIGURES, who, id=key))["guide"]["service"]


async def reviewed(pond: Pond, buyer: Principal, stars: int) -> None:
    order_id, (line_id,) = await a_paid_order(pond, buyer, (await a_variant(pond), 1))
    await sent(pond, order_id)
    await pond.ask(RECEIVE, buyer, id=order_id)
    document = (
        """mutation ($input: ReviewAddInput!) { reviewAdd(input: $input) { review { id } userErrors { code } } }"""
    )
    added = (await pond.ask(document, buyer, input={"orderLineId": line_id, "stars": stars, "text": "好"}))["reviewAdd"]
    assert added["userErrors"] == []


async def test_a_guide_and_the_manager_see_how_customers_are_treated(pond: Pond) -> None:
    region, store_id = await a_region(pond)
    guide = await a_guide(pond, store_id=store_id)
    key, manager = await guide_id(pond, guide), await staff(pond, Role.STORE_MANAGER, unit_id=region.id)
    mei, lan = await a_member(pond, "Mei"), await a_member(pond, "Lan")
    await bound(pond, mei, guide)
    await reviewed(pond, mei, 4)
    await reviewed(pond, mei, 5)
    first = (await opened(pond, mei, "GUIDE", key))["complaint"]["id"]
    pond.later(hours=2)
    await did(pond, manager, REPLY, first, text="抱歉")
    await opened(pond, lan, "GUIDE", key)
    pond.later(hours=25)

    with statements() as log:
        seen = await figures(pond, manager, key)

    assert seen == {
        "complaints": 2,
        "answered": 1,
        "firstAnswerSeconds": 7200,
        "unanswered": 1,
        "ratings": 2,
        "ratingTenths": 45,
        "orders": 2,
        "complaintsBp": 10_000,
    }
    assert len(log) == 2
    assert await figures(pond, guide, key) == seen
    assert await figures(pond, mei, key) is None


async def test_the_manager_is_told_of_what_is_alarming_once_until_it_was_seen_and_a_week_is_over(pond: Pond) -> None:
    region, store_id = await a_region(pond)
    south, _ = await a_region(pond, "华南")
    guide = await a_guide(pond, "小王", store_id=store_id)
    manager, other = [await staff(pond, Role.STORE_MANAGER, unit_id=unit.id) for unit in (region, south)]
    await opened(pond, await a_member(pond), "GUIDE", await guide_id(pond, guide))
    pond.later(hours=25)

    async def looked() -> list[Any]:
        await resolvers.service_figures.alert_managers(pond.context())
        nodes: list[Any] = (await pond.ask(ALERTS, manager))["serviceAlerts"]["nodes"]
        return nodes

    (alert,) = await looked()
    assert len(await looked()) == 1
    hidden = await pond.ask(ALERTS, other), await pond.ask(SEE, other, id=alert["id"])
    seen = (await pond.ask(SEE, manager, id=alert["id"]))["serviceAlertSee"]
    assert len(await looked()) == 1
    pond.later(days=7)
    again = await looked()

    assert (alert["kind"], alert["value"], alert["bound"]) == ("UNANSWERED", 1, 0)
    assert alert["guide"] == {"displayName": "小王"}
    assert hidden[0]["serviceAlerts"]["nodes"] == []
    assert hidden[1]["serviceAlertSee"]["userErrors"] == [{"code": "NOT_FOUND"}]
    assert seen["alert"]["seenAt"] is not None
    assert [one["seenAt"] is None for one in again] == [True, False]
