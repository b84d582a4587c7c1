"""What stores did, day by day, told by where they stood then; who sells and who hands out are counted apart (R02)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.identity import Principal, Role
from domain.money import Money
from domain.shares import TargetKind
from domain.stores import UnitKind
from resolvers.projections import go_on
from resolvers.store_days import STORE_DAYS
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import sent
from tests.makers_guides import a_guide, a_share, bound, opened
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member, a_store, a_unit, code_sent_to, headquarters, staff
from tests.makers_payments import a_paid_order, begun, confirm, refund
from tests.makers_plays import a_group_buy, a_paid_group, settled
from tests.makers_settlements import PLACE
from tests.makers_stock import a_store_with_stock, stocked_at
from tests.pond import Pond, statements
from tests.schema.test_after_sales import RECEIVE, bought, received, returned, step
from tests.schema.test_logins import ASK_CODE, BY_PHONE
from tests.schema.test_store_places import moved

REPORT = """query ($unit: ID, $first: Date!, $last: Date!, $by: PerformanceBy!) {
  storePerformance(unitId: $unit, firstDay: $first, lastDay: $last, by: $by) {
    total { ...all } rows { day unit { id name } figures { ...all } } } }
fragment all on StoreFigures { gmv { minor } refunds { minor } net { minor } orders buyers newMembers repurchaseBuyers
  repurchaseBp average { minor } liveGmv { minor } shareGmv { minor } commission { minor }
  shippedOrders pickedUpOrders }"""
HAND_OVER = """mutation ($number: String!) { orderHandOver(input: { orderNumber: $number }) {
  order { state } userErrors { code path } } }"""
DAY, NEXT = "2026-11-22", "2026-11-23"
ADDITIVE = ("gmv", "refunds", "net", "orders", "buyers", "newMembers", "repurchaseBuyers", "liveGmv", "shareGmv")
ADDITIVE += ("commission", "shippedOrders", "pickedUpOrders")


async def report(
    pond: Pond, unit_id: UUID | None = None, *, first: str = DAY, last: str = NEXT, by: str = "STORE", who: Any = None
) -> Any:
    unit = None if unit_id is None else id_of(Kind.ORG_UNIT, unit_id)
    who = who or await staff(pond, Role.FINANCE)
    return (await pond.ask(REPORT, who, unit=unit, first=first, last=last, by=by))["storePerformance"]


def fen(figure: Any) -> int:
    return int(figure["minor"] if isinstance(figure, dict) else figure or 0)


def adds_up(told: Any) -> bool:
    return all(fen(told["total"][name]) == sum(fen(row["figures"][name]) for row in told["rows"]) for name in ADDITIVE)


def by_name(told: Any) -> dict[str, Any]:
    return {row["unit"]["name"]: row["figures"] for row in told["rows"]}


async def a_customer(pond: Pond, store_id: UUID) -> Principal:
    """A member who belongs to a guide of the store."""
    member = await a_member(pond)
    await bound(pond, member, await a_guide(pond, store_id=store_id))
    return member


async def test_a_store_is_told_what_was_sold_and_what_went_back_each_on_its_day(pond: Pond) -> None:
    shop = await a_store(pond, "静安店")
    member, variant = await a_customer(pond, shop), await a_variant(pond, price=Money(100_00))
    order_id, (line,) = await a_paid_order(pond, member, (variant, 3))
    pond.later(days=1)
    await refund(pond, order_id, lines=[(line, 1)])
    await a_paid_order(pond, member, (variant, 1))
    await pond.project()

    told = await report(pond, shop, by="DAY")
    first, second = (row["figures"] for row in told["rows"])

    assert [row["day"] for row in told["rows"]] == [DAY, NEXT]
    assert (fen(first["gmv"]), fen(first["refunds"]), first["orders"]) == (300_00, 0, 1)
    assert (fen(second["gmv"]), fen(second["refunds"]), fen(second["net"])) == (100_00, 100_00, 0)
    assert (first["buyers"], first["repurchaseBuyers"], second["repurchaseBuyers"]) == (1, 0, 1)
    assert (told["total"]["buyers"], told["total"]["repurchaseBp"]) == (1, 10_000)
    assert fen(told["total"]["average"]) == 200_00
    assert fen(told["total"]["commission"]) == sum(fen(row["figures"]["commission"]) for row in told["rows"]) > 0


async def test_regions_are_the_sums_of_their_stores_as_they_were(pond: Pond) -> None:
    hq = await headquarters(pond)
    east, west = [await a_unit(pond, UnitKind.REGION, hq, name=name) for name in ("East", "West")]
    one = await a_unit(pond, UnitKind.STORE, east, slug="s1", name="One")
    two = await a_store(pond, "Two", parent=east)
    three = await a_store(pond, "Three", parent=west)
    variant = await a_variant(pond, price=Money(10_00), stock=50)
    buyers = [await a_customer(pond, store) for store in (one.id, two, three)]
    for many, buyer in enumerate([*buyers, await a_member(pond)], 1):
        await a_paid_order(pond, buyer, (variant, many))
    pond.later(hours=1)
    await moved(pond, one, west)
    pond.later(hours=1)
    await a_paid_order(pond, buyers[0], (variant, 7))
    await pond.project()

    regions, stores = await report(pond, by="REGION"), await report(pond)
    in_east, in_west = await report(pond, east.id), await report(pond, west.id)

    assert {name: fen(one["gmv"]) for name, one in by_name(stores).items()} == {
        "One": 80_00, "Two": 20_00, "Three": 30_00, "Headquarters": 40_00
    }  # fmt: skip
    assert {name: fen(one["gmv"]) for name, one in by_name(regions).items()} == {
        "East": 30_00, "West": 100_00, "Headquarters": 40_00
    }  # fmt: skip
    assert {name: fen(one["gmv"]) for name, one in by_name(in_east).items()} == {"One": 10_00, "Two": 20_00}
    assert {name: fen(one["gmv"]) for name, one in by_name(in_west).items()} == {"One": 70_00, "Three": 30_00}
    assert all(adds_up(told) for told in (stores, in_east, in_west))
    for name, told in (("East", in_east), ("West", in_west)):
        assert by_name(regions)[name] == told["total"]


async def test_a_report_takes_three_statements(pond: Pond) -> None:
    shop, finance = await a_store(pond), await staff(pond, Role.FINANCE)
    await a_paid_order(pond, await a_customer(pond, shop), (await a_variant(pond), 1))
    await pond.project()

    with statements() as run:
        told = await report(pond, who=finance)

    assert (len(told["rows"]), len(run)) == (1, 3)


async def test_what_came_through_a_share_is_counted_besides(pond: Pond) -> None:
    shop, variant = await a_store(pond), await a_variant(pond, price=Money(50_00))
    guide, member = await a_guide(pond, store_id=shop), await a_member(pond)
    await opened(pond, await a_share(pond, guide, variant.product_id, kind=TargetKind.PRODUCT), member)
    await a_paid_order(pond, member, (variant, 1))
    await a_paid_order(pond, await a_customer(pond, shop), (variant, 1))
    await pond.project()

    (row,) = (await report(pond, shop))["rows"]
    assert (fen(row["figures"]["gmv"]), fen(row["figures"]["shareGmv"])) == (100_00, 50_00)


async def test_who_registers_by_a_guide_is_new_at_the_guides_store(pond: Pond) -> None:
    shop = await a_store(pond, "静安店")
    share = await a_share(pond, await a_guide(pond, store_id=shop), shop)
    for phone, code in (("+8613800138001", share.code), ("+8613800138002", None)):
        await pond.ask(ASK_CODE, phone=phone)
        told = await pond.ask(BY_PHONE, phone=phone, code=await code_sent_to(pond, phone), shareCode=code)
        assert told["memberLoginByPhone"]["userErrors"] == [], told
    await pond.project()

    told = by_name(await report(pond))
    assert {name: one["newMembers"] for name, one in told.items()} == {"静安店": 1, "Headquarters": 1}


async def test_an_order_is_sold_by_one_store_and_handed_over_by_another(pond: Pond) -> None:
    sells = await a_store(pond, "甲店")
    hands_out, location = await a_store_with_stock(pond, "乙店")
    member, variant = await a_customer(pond, sells), await a_variant(pond, price=Money(80_00))
    await stocked_at(pond, variant, location)
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}],
        "pickUpStoreId": id_of(Kind.STORE, hands_out),
        "idempotencyKey": uuid4().hex,
    }
    placed = (await pond.ask(PLACE, member, input=wanted))["orderPlace"]
    assert placed["userErrors"] == [], placed
    order_id = placed["order"]["id"]
    await confirm(pond, await begun(pond, member, order_id))
    (number,) = (await pond.select('SELECT number FROM "order"'))[0]
    clerk = await staff(pond, Role.STORE_MANAGER, unit_id=hands_out)
    assert (await pond.ask(HAND_OVER, clerk, number=number))["orderHandOver"]["userErrors"] == []
    await pond.project()

    told = by_name(await report(pond))
    assert (told["甲店"]["orders"], told["甲店"]["pickedUpOrders"]) == (1, 0)
    assert (told["乙店"]["orders"], told["乙店"]["pickedUpOrders"], fen(told["乙店"]["gmv"])) == (0, 1, 0)


async def test_an_order_in_several_packages_leaves_once(pond: Pond) -> None:
    variant = await a_variant(pond)
    order_id, (line,) = await a_paid_order(pond, await a_customer(pond, await a_store(pond, "甲店")), (variant, 3))
    await sent(pond, order_id, (line, 1))
    await pond.project()
    await sent(pond, order_id, (line, 2))
    await pond.project()

    told = by_name(await report(pond))
    assert (told["Headquarters"]["shippedOrders"], told["甲店"]["shippedOrders"]) == (1, 0)


async def test_a_manager_sees_the_own_unit_and_no_other(pond: Pond) -> None:
    hq = await headquarters(pond)
    east = await a_unit(pond, UnitKind.REGION, hq, name="East")
    mine, other = await a_store(pond, parent=east), await a_store(pond)
    manager, clerk = await staff(pond, Role.STORE_MANAGER, unit_id=east.id), await staff(pond, Role.CONTENT)
    about = {"first": DAY, "last": NEXT, "by": "STORE"}

    assert (await report(pond, mine, who=manager))["rows"] == []
    for unit in (id_of(Kind.ORG_UNIT, other), None, id_of(Kind.STORE, mine)):
        assert await pond.errors(REPORT, manager, unit=unit, **about) == ["NOT_FOUND"]
    assert await pond.errors(REPORT, clerk, unit=id_of(Kind.ORG_UNIT, mine), **about) == ["NOT_FOUND"]
    assert await pond.errors(REPORT, await a_member(pond), **about) == ["FORBIDDEN"]


@pytest.mark.parametrize(("first", "last"), [(NEXT, DAY), (DAY, "2027-11-23")])
async def test_a_report_is_of_some_days_in_order(pond: Pond, first: str, last: str) -> None:
    await headquarters(pond)
    finance = await staff(pond, Role.FINANCE)

    assert await pond.errors(REPORT, finance, first=first, last=last, by="DAY") == ["BAD_USER_INPUT"]


async def test_an_order_of_a_live_room_is_one_of_its_hosts_store(pond: Pond) -> None:
    shop = await a_store(pond, "甲店")
    item = await an_item(pond, price=100_00, stock=5)
    room, _ = await a_room(pond, await a_guide(pond, store_id=shop), item)
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 2}],
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
        "idempotencyKey": uuid4().hex,
    }
    member = await a_member(pond)
    placed = (await pond.ask(PLACE, member, input=wanted))["orderPlace"]["order"]
    await confirm(pond, await begun(pond, member, placed["id"]))
    await pond.project()

    (row,) = (await report(pond, shop))["rows"]
    assert (fen(row["figures"]["gmv"]), fen(row["figures"]["liveGmv"])) == (200_00, 200_00)


async def test_what_goes_back_by_an_after_sale_or_a_group_that_failed_counts_as_well(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line)
    await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)
    await a_paid_group(pond, await a_group_buy(pond), 2)
    pond.later(hours=25)
    await settled(pond)
    await pond.project()

    total = (await report(pond))["total"]
    assert (fen(total["gmv"]), fen(total["refunds"])) == (3 * 33_33 + 2 * 59_00, 33_33 + 2 * 59_00)


async def test_many_facts_take_as_many_statements_as_one(pond: Pond) -> None:
    member, variant = await a_customer(pond, await a_store(pond)), await a_variant(pond, stock=50)
    counts = []
    for many in (1, 6):
        for _ in range(many):
            await a_paid_order(pond, member, (variant, 1))
        with statements() as run:
            await go_on(STORE_DAYS, pond.context(), timedelta(0))
        counts.append(len(run))

    assert counts[1] <= counts[0] <= 10
