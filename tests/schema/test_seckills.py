"""Seckills: units set aside, bought once by each, given back when unpaid, and all of them accounted for."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import db.activity_uses
import db.seckills
import db.stock
import resolvers.orders
import resolvers.payments
import resolvers.seckills
from db.writes import write
from domain.activities import Uses
from domain.catalogue import ProductVisibility
from domain.coupon_templates import TakeBy
from domain.identity import Principal, Role
from domain.money import Money
from domain.orders import Order
from domain.payments import Provider, Told
from domain.promotions.slots import Slot
from domain.promotions.stages import PLAYS
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_product, a_variant, stocked, variants_of
from tests.makers_coupons import a_template
from tests.makers_members import a_member, staff
from tests.makers_payments import begun, refund
from tests.makers_plays import a_seckill, an_operator, by_seckill, placed, tried
from tests.makers_promotions import a_promotion
from tests.makers_shelves import paid
from tests.pond import NOON, Pond, statements
from tests.schema.test_after_sales import RECEIVE, received, returned, step

PUBLISH = """mutation ($input: SeckillPublishInput!) { seckillPublish(input: $input) { replayed
  seckill { id name remaining stock price { minor } paySeconds variant { available } slots { weekday } }
  userErrors { code path ... on InsufficientStock { available } ... on SeckillOverlaps { seckillId } } } }"""
END = """mutation ($id: ID!) { seckillEnd(input: { seckillId: $id }) {
  seckill { state remaining returned } userErrors { code } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } payBefore lines { unitPrice { minor } } }
  userErrors { code path ... on InsufficientStock { available } ... on NotRunning { startsAt } } } }"""

PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id } order { state } userErrors { code } } }"""


def said(variant_id: UUID, **other: Any) -> dict[str, Any]:
    return {
        "name": "整点秒杀",
        "variantId": id_of(Kind.VARIANT, variant_id),
        "price": {"minor": 9_90},
        "stock": 5,
        "startsAt": NOON.isoformat(),
        "endsAt": (NOON + timedelta(hours=1)).isoformat(),
        "idempotencyKey": uuid4().hex,
    } | other


def wanted(variant_id: UUID, seckill_id: UUID, quantity: int = 1) -> dict[str, Any]:
    return {
        "lines": [{"variantId": id_of(Kind.VARIANT, variant_id), "quantity": quantity}],
        "play": {"kind": "SECKILL", "id": id_of(Kind.SECKILL, seckill_id)},
        "idempotencyKey": uuid4().hex,
    }


async def units(pond: Pond) -> dict[str, int]:
    """Every unit of the one variant, by where it stands."""
    (row,) = await pond.select(
        """SELECT received, sellable, l.reserved, carved, l.sold, s.remaining, s.reserved AS held, s.sold AS gone, returned
           FROM stock_level l JOIN seckill s USING (variant_id)"""
    )
    return dict(row)


async def adds_up(pond: Pond) -> None:
    """Sellable + Σ remaining + reserved + sold = on hand (product rules 2.7.3)."""
    now = await units(pond)
    assert now["sellable"] + now["remaining"] + now["held"] + now["reserved"] + now["sold"] == now["received"], now
    assert now["carved"] == now["remaining"] + now["held"], now


async def test_publishing_takes_the_units_out_of_the_shop(pond: Pond) -> None:
    variant, operator = await a_variant(pond, stock=8), await an_operator(pond)

    answer = (await pond.ask(PUBLISH, operator, input=said(variant.id)))["seckillPublish"]

    assert answer["userErrors"] == []
    assert answer["seckill"]["remaining"] == answer["seckill"]["stock"] == 5
    assert answer["seckill"]["variant"]["available"] == 3
    assert answer["seckill"]["paySeconds"] == 300
    await adds_up(pond)


async def test_the_same_key_publishes_once(pond: Pond) -> None:
    variant, operator = await a_variant(pond, stock=8), await an_operator(pond)
    asked = said(variant.id)

    first, second = [(await pond.ask(PUBLISH, operator, input=asked))["seckillPublish"] for _ in range(2)]

    assert (first["replayed"], second["replayed"]) == (False, True)
    assert first["seckill"]["id"] == second["seckill"]["id"]


async def test_what_was_sold_for_less_lately_is_no_discount(pond: Pond) -> None:
    variant, mei = await a_variant(pond, price=Money(9_89), stock=8), await a_member(pond)
    operator = await an_operator(pond)
    await paid(pond, await placed(pond, mei, variant.id), mei)

    dearer = await pond.refused(PUBLISH, operator, input=said(variant.id, shownAsDiscount=True))
    honest = await pond.refused(PUBLISH, operator, input=said(variant.id, shownAsDiscount=True, price={"minor": 9_89}))

    assert [(one["code"], one["path"]) for one in dearer] == [("CONDITION_NOT_MET", ["input", "price"])]
    assert honest == []


async def test_no_more_is_set_aside_than_the_shop_holds(pond: Pond) -> None:
    variant, operator = await a_variant(pond, stock=4), await an_operator(pond)

    assert await pond.refused(PUBLISH, operator, input=said(variant.id)) == [
        {"code": "INSUFFICIENT_STOCK", "path": ["input", "stock"], "available": 4}
    ]
    assert await pond.select("SELECT 1 FROM seckill") == []


async def test_two_at_the_same_hours_are_refused_also_when_they_come_together(pond: Pond) -> None:
    variant, operator = await a_variant(pond, stock=100), await an_operator(pond)

    answers = await asyncio.gather(*(pond.ask(PUBLISH, operator, input=said(variant.id)) for _ in range(8)))

    errors = [one["seckillPublish"]["userErrors"] for one in answers]
    assert sorted(len(one) for one in errors) == [0, *[1] * 7]
    assert {one[0]["code"] for one in errors if one} == {"CONFLICT"}
    assert await pond.select("SELECT count(*) FROM seckill") == [(1,)]


async def test_one_may_follow_another_and_other_hours_may_be_another_ones(pond: Pond) -> None:
    lunch = await a_seckill(pond, stock=3, slots=(Slot(7, 720, 780),))
    operator = await an_operator(pond)
    await stocked(pond, lunch.terms.variant_id, 10)

    tea = said(lunch.terms.variant_id, slots=[{"weekday": 7, "startsMinute": 780, "endsMinute": 840}])
    later = said(lunch.terms.variant_id, startsAt=tea["endsAt"], endsAt=(NOON + timedelta(days=1)).isoformat())

    assert await pond.refused(PUBLISH, operator, input=tea) == []
    assert await pond.refused(PUBLISH, operator, input=later) == []


async def test_an_order_pays_the_price_and_has_five_minutes(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond), await a_member(pond)

    answer = (await pond.ask(PLACE, mei, input=wanted(seckill.terms.variant_id, seckill.id)))["orderPlace"]

    assert answer["userErrors"] == []
    assert answer["order"]["total"]["minor"] == answer["order"]["lines"][0]["unitPrice"]["minor"] == 9_90
    assert answer["order"]["payBefore"] == "2026-11-22T04:05:00Z"
    await adds_up(pond)


async def test_before_its_start_nobody_buys_whatever_the_client_says(pond: Pond) -> None:
    """G24: the server's clock decides."""
    soon = NOON + timedelta(seconds=1)
    seckill, mei = await a_seckill(pond, starts_at=soon), await a_member(pond)
    asked = wanted(seckill.terms.variant_id, seckill.id)

    (refusal,) = await pond.refused(PLACE, mei, input=asked)
    pond.later(seconds=1)

    assert (refusal["code"], refusal["startsAt"]) == ("NOT_STARTED", "2026-11-22T04:00:01Z")
    assert await pond.refused(PLACE, mei, input=asked | {"idempotencyKey": "again"}) == []


async def test_one_member_buys_no_more_than_the_limit_over_all_orders(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, limit_per_member=3, limit_per_order=2), await a_member(pond)
    variant_id, play = seckill.terms.variant_id, by_seckill(seckill)

    assert await tried(pond, mei, variant_id, play, 3) == "OverLimit"
    assert await tried(pond, mei, variant_id, play, 2) == "placed"
    assert await tried(pond, mei, variant_id, play, 2) == "OverLimit"
    assert await tried(pond, mei, variant_id, play, 1) == "placed"
    assert await tried(pond, mei, variant_id, play, 1) == "OverLimit"


async def test_another_variant_or_a_second_line_is_not_sold_by_it(pond: Pond) -> None:
    seckill, other, mei = await a_seckill(pond), await a_variant(pond), await a_member(pond)
    asked = wanted(seckill.terms.variant_id, seckill.id)
    line = {"variantId": id_of(Kind.VARIANT, other.id), "quantity": 1}

    assert [one["code"] for one in await pond.refused(PLACE, mei, input=asked | {"lines": [line]})] == ["NOT_FOUND"]
    (refusal,) = await pond.refused(PLACE, mei, input=asked | {"lines": [*asked["lines"], line]})
    assert refusal["code"] == "BAD_USER_INPUT"


async def test_what_is_paid_is_sold_out_of_what_was_set_aside(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, stock=4), await a_member(pond)

    await paid(pond, await placed(pond, mei, seckill.terms.variant_id, by_seckill(seckill)), mei)

    now = await units(pond)
    assert (now["remaining"], now["gone"], now["sold"], now["carved"], now["sellable"]) == (3, 1, 1, 3, 0)
    await adds_up(pond)


async def test_what_is_given_away_is_an_order_for_nothing_that_is_complete_without_a_payment(pond: Pond) -> None:
    """完全免费送 (R45): the units and the limit of each member say how many are given."""
    variant, operator, mei = await a_variant(pond, stock=8), await an_operator(pond), await a_member(pond)
    asked = said(variant.id, price={"minor": 0}, limitPerMember=2)
    free = key_of(Kind.SECKILL, (await pond.ask(PUBLISH, operator, input=asked))["seckillPublish"]["seckill"]["id"])

    order = (await pond.ask(PLACE, mei, input=wanted(variant.id, free, 2)))["orderPlace"]["order"]
    paid_for = (await pond.ask(PAY, mei, input={"orderId": order["id"], "idempotencyKey": "free"}))["orderPay"]

    assert (order["total"]["minor"], order["lines"][0]["unitPrice"]["minor"]) == (0, 0)
    assert paid_for == {"payment": None, "order": {"state": "PAID"}, "userErrors": []}
    (more,) = await pond.refused(PLACE, mei, input=wanted(variant.id, free))
    assert more["code"] == "LIMIT_PER_MEMBER"
    now = await units(pond)
    assert (now["remaining"], now["gone"], now["sellable"]) == (3, 2, 3)
    await adds_up(pond)


async def test_what_is_given_away_is_limited_for_each_member_in_the_database_as_well(pond: Pond) -> None:
    variant, operator = await a_variant(pond, stock=8), await an_operator(pond)

    (refusal,) = await pond.refused(PUBLISH, operator, input=said(variant.id, price={"minor": 0}, limitPerMember=None))
    await a_seckill(pond, variant, stock=5)

    assert (refusal["code"], refusal["path"]) == ("BAD_USER_INPUT", ["input", "limitPerMember"])
    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE seckill SET price_minor = 0, limit_per_member = NULL")


async def test_unpaid_units_are_for_the_next_after_five_minutes_and_so_is_the_quota(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, stock=1), await a_member(pond)
    variant_id, play = seckill.terms.variant_id, by_seckill(seckill)
    await placed(pond, mei, variant_id, play)
    assert await tried(pond, await a_member(pond), variant_id, play) == "OutOfStock"

    pond.later(minutes=5, seconds=1)
    for _ in range(2):
        await resolvers.orders.cancel_overdue(pond.context())

    await adds_up(pond)
    assert await tried(pond, mei, variant_id, play) == "placed"


async def test_unpaid_units_are_the_shops_when_it_is_over(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, stock=3), await a_member(pond)
    await placed(pond, mei, seckill.terms.variant_id, by_seckill(seckill))

    pond.later(hours=1)
    assert await resolvers.seckills.end_over(pond.context()) == 1
    assert await resolvers.seckills.end_over(pond.context()) == 0
    await resolvers.orders.cancel_overdue(pond.context())

    now = await units(pond)
    assert (now["sellable"], now["carved"], now["returned"]) == (3, 0, 3)
    await adds_up(pond)


@pytest.mark.parametrize(("kind", "then"), [("RETURN_REFUND", (1, 0)), ("EXCHANGE", (0, 1))])
async def test_what_comes_back_is_the_shops_also_when_others_are_sent_for_it(
    pond: Pond, kind: str, then: tuple[int, int]
) -> None:
    seckill, mei = await a_seckill(pond, stock=1), await a_member(pond)
    order = await placed(pond, mei, seckill.terms.variant_id, by_seckill(seckill))
    await paid(pond, order, mei)
    order_id, line = id_of(Kind.ORDER, order.id), id_of(Kind.ORDER_LINE, order.lines[0].id)
    await received(pond, order_id)

    sale = await returned(pond, mei, order_id, line, kind=kind)
    done = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    assert done["userErrors"] == []
    now = await units(pond)
    assert (now["sellable"], now["sold"]) == then
    assert (now["gone"], now["returned"]) == (0, 1)
    assert await db.stock.differences(pond.context().reading) == []


async def test_who_exchanges_what_was_bought_in_a_flash_sale_has_bought_it(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, stock=2), await a_member(pond)
    order = await placed(pond, mei, seckill.terms.variant_id, by_seckill(seckill))
    await paid(pond, order, mei)
    order_id, line = id_of(Kind.ORDER, order.id), id_of(Kind.ORDER_LINE, order.lines[0].id)
    await received(pond, order_id)

    sale = await returned(pond, mei, order_id, line, kind="EXCHANGE")
    await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    assert await tried(pond, mei, seckill.terms.variant_id, by_seckill(seckill)) == "OverLimit"


def held(log: list[str]) -> list[str]:
    """Of what others want as well, which statements lock it or change it, in this order."""
    found = (
        re.search(r"UPDATE (seckill|promotion|coupon_template|stock_level) ", sql)
        or re.search(r"FROM (seckill|promotion|coupon_template|stock_level)\b.* FOR NO KEY UPDATE", sql, re.DOTALL)
        for sql in log
    )
    return list(dict.fromkeys(one[1] for one in found if one is not None))


async def test_its_orders_hold_stock_last_as_all_who_buy_the_same_goods_do(pond: Pond) -> None:
    """Else they would wait for an order with the same promotion, or the same coupon to give, while that waits for them.

    One is paid back before it was sent, one given up when the sale is over.
    """
    tea, mei = await a_variant(pond, price=Money(199_00), stock=9), await a_member(pond)
    sale = await a_seckill(pond, tea, stock=4, price=Money(150_00), limit_per_member=9, goes_with=PLAYS)
    await a_promotion(pond, limits={"uses": 9})
    await a_template(pond, take_by=frozenset({TakeBy.ORDER_GIFT}), gift_from=1)
    back, late = [await placed(pond, mei, tea.id, by_seckill(sale)) for _ in range(2)]
    told = await told_of(pond, mei, back)
    with statements() as paying:
        await resolvers.payments.book(pond.context(), told)

    with statements() as refunding:
        await refund(pond, id_of(Kind.ORDER, back.id), amount=back.total.minor)
    pond.later(hours=1)
    with statements() as giving_up:
        await resolvers.orders.cancel(pond.context(mei), late.id)

    assert held(paying) == ["seckill", "coupon_template", "stock_level"]
    assert held(refunding) == ["seckill", "promotion", "stock_level"]
    assert held(giving_up) == ["seckill", "promotion", "stock_level"]
    await adds_up(pond)


async def told_of(pond: Pond, who: Principal, order: Order) -> Told:
    """What the bank tells of the payment of an order."""
    payment = await begun(pond, who, id_of(Kind.ORDER, order.id))
    return Told("m", Provider.SANDBOX, "T", key_of(Kind.PAYMENT, payment["id"]), order.total, pond.time)


async def test_an_operator_ends_one_before_its_time_and_once(pond: Pond) -> None:
    seckill, operator, mei = await a_seckill(pond, stock=3), await an_operator(pond), await a_member(pond)
    key = id_of(Kind.SECKILL, seckill.id)

    answer = (await pond.ask(END, operator, id=key))["seckillEnd"]

    assert answer["seckill"] == {"state": "ENDED", "remaining": 0, "returned": 3}
    assert [one["code"] for one in await pond.refused(END, operator, id=key)] == ["INVALID_STATE"]
    assert await tried(pond, mei, seckill.terms.variant_id, by_seckill(seckill)) == "NotStarted"
    assert await pond.errors(END, mei, id=key) == ["FORBIDDEN"]


@pytest.mark.parametrize("price", [9_90, 0])
async def test_64_buyers_of_10_units_get_10(pond: Pond, price: int) -> None:
    seckill = await a_seckill(pond, stock=10, price=Money(price))
    crowd = [await a_member(pond) for _ in range(64)]

    came = await asyncio.gather(*(tried(pond, one, seckill.terms.variant_id, by_seckill(seckill)) for one in crowd))

    assert came.count("placed") == 10
    assert came.count("OutOfStock") == 54
    await adds_up(pond)


async def test_64_attempts_of_one_member_get_one(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond, stock=10), await a_member(pond)

    came = await asyncio.gather(*(tried(pond, mei, seckill.terms.variant_id, by_seckill(seckill)) for _ in range(64)))

    assert (came.count("placed"), came.count("OverLimit")) == (1, 63)
    assert await pond.select("SELECT quantity, most FROM activity_use") == [(1, 1)]


async def test_the_database_keeps_the_last_unit_and_the_quota_where_nobody_locks(pond: Pond) -> None:
    """Without the lock in memory: the conditional statements alone let one through."""
    seckill, crowd = await a_seckill(pond, stock=1), [await a_member(pond) for _ in range(16)]

    async def take(member_id: UUID | None) -> bool:
        async with pond.database.writing() as tx:
            uses = [Uses(seckill.id, member_id or UUID(int=0), 1, 1)]
            return await write(tx, [db.activity_uses.counted(uses), db.seckills.taken({seckill.id: 1})])

    assert sum(await asyncio.gather(*(take(one.member_id) for one in crowd))) == 1


async def test_who_looks_before_taking_sells_more_than_there_is_and_more_than_one_to_each(pond: Pond) -> None:
    """The negative control: read, then write what was computed, with no condition."""
    seckill, mei = await a_seckill(pond, stock=1), await a_member(pond)
    looked = asyncio.Barrier(8)
    connections = [await asyncpg.connect(await _dsn_of(pond)) for _ in range(8)]
    await pond.select("CREATE TABLE careless (member uuid)")

    async def careless(connection: asyncpg.Connection) -> bool:
        left = await connection.fetchval("SELECT remaining FROM seckill WHERE id = $1", seckill.id)
        bought = await connection.fetchval("SELECT count(*) FROM careless")
        await looked.wait()
        await connection.execute("INSERT INTO careless VALUES ($1)", mei.member_id)
        set_ = "UPDATE seckill SET remaining = $2, reserved = stock - $2 WHERE id = $1"
        await connection.execute(set_, seckill.id, left - 1)
        return bool(left) and not bought

    sold = await asyncio.gather(*map(careless, connections))
    for connection in connections:
        await connection.close()

    assert sum(sold) == 8
    assert await pond.select("SELECT remaining, reserved FROM seckill") == [(0, 1)]


async def _dsn_of(pond: Pond) -> str:
    ((name, folder),) = await pond.select("SELECT current_database(), current_setting('unix_socket_directories')")
    return f"postgresql://postgres@/{name}?host={folder}"


async def test_the_database_refuses_a_seckill_that_lost_units(pond: Pond) -> None:
    await a_seckill(pond)

    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select("UPDATE seckill SET remaining = remaining + 1")


SHOWN = """query ($slug: String!) { product(slug: $slug) { seckills { id price { minor } remaining } }
  seckills(first: 10) { nodes { id name product { name } } } }"""


async def test_everybody_sees_those_that_run_or_are_to_come(pond: Pond) -> None:
    product = await a_product(pond, stock=20)
    (variant,) = await variants_of(pond, product)
    later = await a_seckill(
        pond, variant, stock=5, starts_at=NOON + timedelta(hours=1), ends_at=NOON + timedelta(hours=2)
    )
    now = await a_seckill(pond, variant, stock=5, price=Money(8_80))

    shown = await pond.ask(SHOWN, slug=product.slug)
    pond.later(hours=1)
    then = await pond.ask(SHOWN, slug=product.slug)

    keys = [id_of(Kind.SECKILL, one.id) for one in (now, later)]
    assert [one["id"] for one in shown["product"]["seckills"]] == keys
    assert [one["id"] for one in shown["seckills"]["nodes"]] == keys
    assert [one["id"] for one in then["product"]["seckills"]] == keys[1:]


async def test_nobody_knows_of_a_seckill_of_a_private_product(pond: Pond) -> None:
    product = await a_product(pond, stock=20, visibility=ProductVisibility.MEMBERS)
    (variant,) = await variants_of(pond, product)
    seckill = await a_seckill(pond, variant)
    node = "query ($id: ID!) { node(id: $id) { id } seckills(first: 5) { nodes { id } } }"

    guest = await pond.ask(node, id=id_of(Kind.SECKILL, seckill.id))
    member = await pond.ask(node, await a_member(pond), id=id_of(Kind.SECKILL, seckill.id))

    assert guest == {"node": None, "seckills": {"nodes": []}}
    assert member["node"] is not None


async def test_a_page_of_seckills_costs_the_same_whatever_their_number(pond: Pond) -> None:
    query = "{ seckills(first: 50) { nodes { id variant { sku } product { name seckills { id } } } } }"

    counts = []
    for _ in range(3):
        await a_seckill(pond, stock=2)
        with statements() as log:
            await pond.ask(query)
        counts.append(len(log))

    assert counts == [4, 4, 4]


async def test_an_order_of_a_flash_sale_keeps_to_the_budget_of_statements(pond: Pond) -> None:
    seckill, mei = await a_seckill(pond), await a_member(pond)

    with statements() as placing:
        await placed(pond, mei, seckill.terms.variant_id, by_seckill(seckill))

    assert len(placing) <= 14


async def test_what_comes_together_is_placed_together(pond: Pond) -> None:
    """The first goes at once, the rest in one batch: the number of statements does not depend on how many come."""
    seckill, crowd = await a_seckill(pond, stock=64), [await a_member(pond) for _ in range(64)]

    with statements() as log:
        await asyncio.gather(*(placed(pond, one, seckill.terms.variant_id, by_seckill(seckill)) for one in crowd))

    assert len(log) <= 2 * 14
