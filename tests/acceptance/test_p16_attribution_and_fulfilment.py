"""P16: an order counts for the store of the guide whom its buyer belongs to, and is handed over by another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain.identity import Role
from domain.stores import UnitKind
from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, confirms, pays, places, staff_token
from tests.deployments import Shop
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, a_store, a_unit, headquarters, staff
from tests.makers_stock import a_store_with_stock, stocked_at
from tests.schema.test_store_days import HAND_OVER, REPORT, adds_up, by_name

SAVE = """mutation ($input: OrgUnitSaveInput!) { orgUnitSave(input: $input) { userErrors { code } } }"""
NUMBER = "query ($id: ID!) { order(id: $id) { number } }"


async def test_the_seller_has_the_performance_and_who_hands_out_the_fulfilment(shop: Shop) -> None:
    pond = shop.pond
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond), name="华东")
    sells = await a_store(pond, "甲店", parent=region)
    hands_out, location = await a_store_with_stock(pond, "乙店")
    unit = (await pond.select("SELECT path, version FROM org_unit WHERE id = $1", hands_out))[0]
    moving = {
        "unitId": id_of(Kind.ORG_UNIT, hands_out),
        "parentId": id_of(Kind.ORG_UNIT, region.id),
        "kind": "STORE",
        "name": "乙店",
        "slug": unit["path"].split(".")[-2],
    }
    operator = await staff_token(shop, Role.OPERATOR)
    assert (await shop.ask(SAVE, operator, input=moving))["orgUnitSave"]["userErrors"] == []
    member, good = await a_member(pond), await a_good(shop, 80_00)
    await bound(pond, member, await a_guide(pond, store_id=sells))
    await stocked_at(pond, good, location)

    token = await shop.a_token(member)
    order_id, _ = await places(shop, token, (good, 1), pickUpStoreId=id_of(Kind.STORE, hands_out))
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    number = (await shop.ask(NUMBER, token, id=order_id))["order"]["number"]
    clerk = await shop.a_token(await staff(pond, Role.STORE_MANAGER, unit_id=hands_out))
    assert (await shop.ask(HAND_OVER, clerk, number=number))["orderHandOver"]["userErrors"] == []
    await pond.project()
    told = await the_report(shop, id_of(Kind.ORG_UNIT, region.id))

    stores = by_name(told)
    assert (stores["甲店"]["orders"], stores["甲店"]["pickedUpOrders"]) == (1, 0)
    assert (stores["乙店"]["orders"], stores["乙店"]["pickedUpOrders"]) == (0, 1)
    assert (told["total"]["orders"], told["total"]["pickedUpOrders"]) == (1, 1)
    assert adds_up(told)


async def the_report(shop: Shop, unit: str) -> Any:
    day, a_day = shop.pond.time.date(), timedelta(days=1)
    about = {"first": (day - a_day).isoformat(), "last": (day + 2 * a_day).isoformat(), "by": "STORE"}
    return (await shop.ask(REPORT, await staff_token(shop), unit=unit, **about))["storePerformance"]
