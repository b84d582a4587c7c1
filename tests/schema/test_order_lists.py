"""Lists of orders for staff, hand-over in stores, and notes, through GraphQL."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.stores import UnitKind
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import sent
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, a_store, a_unit, headquarters, staff
from tests.makers_payments import a_paid_order, an_order, begun, confirm
from tests.makers_stock import a_store_with_stock, nothing_is_lost, stocked_at
from tests.pond import Pond, statements
from tests.schema.test_after_sales import applied
from tests.schema.test_orders import line, placed

ORDERS = """query ($where: OrderWhere) { orders(first: 100, where: $where) {
  nodes { id number state address { phone } lines { name quantity } } } }"""
HAND_OVER = """mutation ($number: String!) { orderHandOver(input: { orderNumber: $number }) {
  order { state shipments { carrier packed { quantity } } } userErrors { code path } } }"""
NOTE = """mutation ($id: ID!, $text: String!) { orderNoteAdd(input: { orderId: $id, text: $text }) {
  note { text author { nickname } } userErrors { code } } }"""
NOTES = "query ($id: ID!) { order(id: $id) { notes { text } } }"


async def listed(pond: Pond, who: Principal, **where: Any) -> list[str]:
    """The ids of the orders that somebody is shown."""
    data = await pond.ask(ORDERS, who, where=where or None)
    return [one["id"] for one in data["orders"]["nodes"]]


async def an_order_at(pond: Pond, store_id: UUID, variant: Variant) -> str:
    """A paid order of a customer of a guide of this store."""
    mei = await a_member(pond)
    await bound(pond, mei, await a_guide(pond, store_id=store_id))
    return (await a_paid_order(pond, mei, (variant, 1)))[0]


async def a_pick_up(pond: Pond, store_id: UUID, variant: Variant, *, paid: bool = True) -> tuple[str, str]:
    """An order that is fetched from a store: its id and its number."""
    mei = await a_member(pond)
    order_id = await placed(pond, mei, line(variant), pickUpStoreId=id_of(Kind.STORE, store_id))
    if paid:
        await confirm(pond, await begun(pond, mei, order_id))
    shown = await pond.ask("query ($id: ID!) { order(id: $id) { number } }", mei, id=order_id)
    return order_id, shown["order"]["number"]


async def test_operators_see_all_orders_and_filter_them(pond: Pond) -> None:
    tea, pot = await a_variant(pond), await a_variant(pond)
    mei, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    first = (await an_order(pond, mei, (tea, 1)))[0]
    begin = pond.later(hours=1)
    second = (await a_paid_order(pond, await a_member(pond), (pot, 2)))[0]

    assert await listed(pond, operator) == [second, first]
    assert await listed(pond, operator, state={"eq": "PAID"}) == [second]
    assert await listed(pond, operator, memberId={"eq": id_of(Kind.MEMBER, mei.member_id)}) == [first]  # type: ignore[arg-type]
    assert await listed(pond, operator, productId={"eq": id_of(Kind.PRODUCT, pot.product_id)}) == [second]
    assert await listed(pond, operator, placedAt={"range": {"lt": begin.isoformat()}}) == [first]
    assert await listed(pond, operator, number={"eq": "20261122-nobody"}) == []


async def test_who_runs_a_store_or_a_region_sees_its_orders_alone(pond: Pond) -> None:
    east = await a_unit(pond, UnitKind.REGION, await headquarters(pond), slug="east")
    here, there, tea = await a_store(pond, parent=east), await a_store(pond), await a_variant(pond)
    ours, theirs = await an_order_at(pond, here, tea), await an_order_at(pond, there, tea)
    region, store = [await staff(pond, Role.STORE_MANAGER, unit_id=unit) for unit in (east.id, here)]

    assert (await listed(pond, region), await listed(pond, store)) == ([ours], [ours])
    own = "query ($id: ID!) { order(id: $id) { state } }"
    assert (await pond.ask(own, store, id=ours))["order"] == {"state": "PAID"}
    assert (await pond.ask(own, store, id=theirs))["order"] is None
    assert await pond.errors(ORDERS, await a_member(pond)) == ["FORBIDDEN"]


async def test_a_hundred_orders_with_lines_take_two_statements_and_five_with_packages_and_payments(pond: Pond) -> None:
    operator, manager = await staff(pond, Role.OPERATOR), await staff(pond, Role.STORE_MANAGER)
    tea, store_id = await a_variant(pond), await a_store(pond)
    for _ in range(2):
        await sent(pond, await an_order_at(pond, store_id, tea), by=operator)
    more = ORDERS.replace("state address", "state payments { state } shipments { packed { quantity } } address")

    counts = []
    for who, document in ((operator, ORDERS), (manager, ORDERS), (operator, more)):
        with statements() as log:
            await pond.ask(document, who)
        counts.append(len(log))

    assert counts == [2, 3, 5]


async def test_a_store_gives_what_is_fetched_from_its_own_stock_once(pond: Pond) -> None:
    store_id, location = await a_store_with_stock(pond)
    tea = await a_variant(pond, stock=0)
    await stocked_at(pond, tea, location, 3)
    _, number = await a_pick_up(pond, store_id, tea)
    manager, other = await staff(pond, Role.STORE_MANAGER, unit_id=store_id), await a_store(pond, "浦东店")
    stranger = await staff(pond, Role.STORE_MANAGER, unit_id=other)

    unseen = await pond.refused(HAND_OVER, stranger, number=number)
    answers = [one["orderHandOver"] for one in await asyncio.gather(
        *(pond.ask(HAND_OVER, manager, number=number) for _ in range(8))
    )]  # fmt: skip

    assert unseen == [{"code": "NOT_FOUND", "path": ["input", "orderNumber"]}]
    handed = [one["order"] for one in answers if one["order"]]
    assert handed == [{"state": "RECEIVED", "shipments": [{"carrier": "", "packed": [{"quantity": 1}]}]}]
    assert {one["userErrors"][0]["code"] for one in answers if one["userErrors"]} == {"INVALID_STATE"}
    assert await nothing_is_lost(pond)


async def test_nothing_is_handed_over_while_an_after_sale_is_open_about_it(pond: Pond) -> None:
    """It would count as received, and what the after-sale kept back could never be fetched."""
    tea, member = await a_variant(pond), await a_member(pond)
    order_id, (tea_line,) = await a_paid_order(pond, member, (tea, 1))
    store_id = await a_store(pond)
    await pond.select(
        """UPDATE "order" SET delivery = 'PICK_UP', pick_up_store_id = $2 WHERE id = $1""",
        key_of(Kind.ORDER, order_id),
        store_id,
    )
    (order,) = await pond.select('SELECT number FROM "order"')
    await applied(pond, member, order_id, (tea_line, 1), kind="REFUND_ONLY")
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)

    (no,) = await pond.refused(HAND_OVER, manager, number=order["number"])

    assert no["code"] == "INVALID_STATE"


async def test_an_operator_hands_over_too_and_nobody_what_is_unpaid_or_held(pond: Pond) -> None:
    store_id, location = await a_store_with_stock(pond)
    tea = await a_variant(pond, stock=0)
    await stocked_at(pond, tea, location, 3)
    operator = await staff(pond, Role.OPERATOR)
    _, unpaid = await a_pick_up(pond, store_id, tea, paid=False)
    held_id, held = await a_pick_up(pond, store_id, tea)
    await pond.select("UPDATE \"order\" SET hold = 'GROUP_FORMING' WHERE number = $1", held)
    _, free = await a_pick_up(pond, store_id, tea)

    codes = [[e["code"] for e in await pond.refused(HAND_OVER, operator, number=n)] for n in (unpaid, held, free, "x")]

    assert codes == [["INVALID_STATE"], ["INVALID_STATE"], [], ["NOT_FOUND"]]
    assert held_id in await listed(pond, await staff(pond, Role.STORE_MANAGER, unit_id=store_id))


async def test_staff_notes_what_the_buyer_never_sees(pond: Pond) -> None:
    store_id = await a_store(pond)
    order_id = await an_order_at(pond, store_id, await a_variant(pond))
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    elsewhere = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))

    noted = await pond.ask(NOTE, manager, id=order_id, text="顾客要求周末送")
    strange = await pond.refused(NOTE, elsewhere, id=order_id, text="?")
    long = await pond.refused(NOTE, manager, id=order_id, text="长" * 501)

    assert noted["orderNoteAdd"]["note"] == {"text": "顾客要求周末送", "author": {"nickname": "Lin"}}
    assert (strange[0]["code"], long[0]["code"]) == ("NOT_FOUND", "BAD_USER_INPUT")
    assert (await pond.ask(NOTES, manager, id=order_id))["order"]["notes"] == [{"text": "顾客要求周末送"}]
    assert await pond.errors(NOTES, await a_member(pond), id=order_id) == ["FORBIDDEN"]


async def test_staff_who_buy_do_not_see_the_notes_on_their_own_orders(pond: Pond) -> None:
    writer = await staff(pond, Role.CONTENT)
    order_id, _ = await a_paid_order(pond, writer, (await a_variant(pond), 1))
    await pond.ask(NOTE, await staff(pond, Role.OPERATOR), id=order_id, text="内购")

    assert (await pond.ask(NOTES, writer, id=order_id))["order"]["notes"] == []
