"""Groups: begun, joined, full, left, over; every payment is kept once or goes back once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import resolvers.group_buys
import resolvers.group_settling
import resolvers.orders
from domain.coupon_templates import TakeBy
from domain.group_buys import GroupPrice
from domain.identity import Principal
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_template
from tests.makers_members import a_member
from tests.makers_plays import (
    a_group_buy,
    a_paid_group,
    an_operator,
    group_id_of,
    group_of,
    held_orders,
    in_group,
    placed,
    settled,
    tried,
)
from tests.makers_shelves import paid
from tests.pond import NOON, Pond, statements

GROUP = """query ($id: ID!) { buyingGroup(id: $id) { state seatsLeft expiresAt size
  members { member { nickname } leads won } groupBuy { name } commitment seed } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id total { minor } hold buyingGroup { id state } } userErrors { code path } } }"""
LEAVE = """mutation ($id: ID!, $key: String!) { buyingGroupLeave(input: { buyingGroupId: $id, idempotencyKey: $key }) {
  order { state } replayed userErrors { code } } }"""

PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id confirmUrl } userErrors { code path message } } }"""


async def begun(pond: Pond, who: Principal, order_id: str) -> Any:
    """What becomes of a wish to pay at the bank."""
    return (await pond.ask(PAY, who, input={"orderId": order_id, "idempotencyKey": uuid4().hex}))["orderPay"]


def wanted(variant_id: UUID, activity_id: UUID, group_id: UUID | None = None) -> dict[str, Any]:
    play = {"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, activity_id)}
    return {
        "lines": [{"variantId": id_of(Kind.VARIANT, variant_id), "quantity": 1}],
        "play": play | ({"groupId": group_id_of(group_id)} if group_id else {}),
        "idempotencyKey": uuid4().hex,
    }


async def test_who_begins_pays_the_leaders_price_and_nobody_sees_the_group_until_then(pond: Pond) -> None:
    variant, mei = await a_variant(pond), await a_member(pond)
    activity = await a_group_buy(pond, variant, prices=(GroupPrice(variant.id, Money(59_00), Money(49_00)),))

    answer = (await pond.ask(PLACE, mei, input=wanted(variant.id, activity.id)))["orderPlace"]

    assert answer["userErrors"] == []
    assert (answer["order"]["total"]["minor"], answer["order"]["hold"]) == (49_00, "GROUP_FORMING")
    group = answer["order"]["buyingGroup"]
    assert group["state"] == "WAITING"
    assert (await pond.ask(GROUP, id=group["id"]))["buyingGroup"] is None
    joins = wanted(variant.id, activity.id, UUID(hex=group["id"].partition("_")[2]))
    assert [one["code"] for one in await pond.refused(PLACE, await a_member(pond), input=joins)] == ["NOT_FOUND"]


async def test_three_payments_make_a_group_and_its_orders_may_leave(pond: Pond) -> None:
    activity = await a_group_buy(pond)

    group_id, _, orders = await a_paid_group(pond, activity, 3)
    before = await held_orders(pond, orders)
    await settled(pond)

    assert before == [("PAID", "GROUP_FORMING", 0)] * 3
    assert await held_orders(pond, orders) == [("PAID", None, 0)] * 3
    shown = (await pond.ask(GROUP, id=group_id_of(group_id)))["buyingGroup"]
    assert (shown["state"], shown["seatsLeft"]) == ("SUCCEEDED", 0)
    assert [one["leads"] for one in shown["members"]] == [True, False, False]
    assert [one["member"]["nickname"] for one in shown["members"]] == ["Member 0", "Member 1", "Member 2"]


async def test_a_seat_is_held_before_it_is_paid_so_the_fourth_is_refused_before_paying(pond: Pond) -> None:
    activity = await a_group_buy(pond)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    join = in_group(activity, group_id)

    came = [await tried(pond, await a_member(pond), variant_id, join) for _ in range(3)]

    assert came == ["placed", "placed", "GroupFull"]
    assert (await pond.ask(GROUP, id=group_id_of(group_id)))["buyingGroup"]["seatsLeft"] == 0


async def test_a_seat_that_is_not_paid_in_time_is_for_the_next(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=2)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    mei = await a_member(pond)
    await placed(pond, mei, variant_id, in_group(activity, group_id))

    pond.later(minutes=16)
    await resolvers.orders.cancel_overdue(pond.context())

    assert await tried(pond, mei, variant_id, in_group(activity, group_id)) == "placed"


async def test_one_member_is_in_one_forming_group_of_an_activity(pond: Pond) -> None:
    activity = await a_group_buy(pond)
    variant_id = activity.terms.prices[0].variant_id
    group_id, (mei, *_), _ = await a_paid_group(pond, activity, 1)

    assert await tried(pond, mei, variant_id, in_group(activity)) == "AlreadyInGroup"
    assert await tried(pond, mei, variant_id, in_group(activity, group_id)) == "AlreadyInGroup"
    other = await a_group_buy(pond)
    assert await tried(pond, mei, other.terms.prices[0].variant_id, in_group(other)) == "placed"


async def test_64_groups_at_once_of_one_member_are_one(pond: Pond) -> None:
    activity, mei = await a_group_buy(pond, size=2), await a_member(pond)
    variant_id, processes = activity.terms.prices[0].variant_id, [pond, Pond(pond.database)]

    came = await asyncio.gather(*(tried(processes[n % 2], mei, variant_id, in_group(activity)) for n in range(64)))

    assert sorted(came) == ["AlreadyInGroup"] * 63 + ["placed"]


async def test_a_group_that_fails_pays_everybody_back_once_however_often_the_job_runs(pond: Pond) -> None:
    variant = await a_variant(pond, stock=10)
    activity = await a_group_buy(pond, variant)
    group_id, _, orders = await a_paid_group(pond, activity, 2)

    pond.later(hours=24)
    await asyncio.gather(*(settled(pond) for _ in range(3)))
    await settled(pond)

    assert [(state in ("REFUNDING", "REFUNDED"), back) for state, _, back in await held_orders(pond, orders)] == [
        (True, 59_00)
    ] * 2
    assert await pond.select("SELECT sellable, sold, reserved FROM stock_level") == [(10, 0, 0)]
    assert await pond.select("SELECT count(*) FROM refund") == [(2,)]
    assert (await pond.ask(GROUP, id=group_id_of(group_id)))["buyingGroup"]["members"] == []


async def test_money_that_comes_too_late_is_taken_and_goes_back(pond: Pond) -> None:
    activity = await a_group_buy(pond)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    pond.later(hours=23, minutes=55)
    late = await a_member(pond)
    order = await placed(pond, late, variant_id, in_group(activity, group_id))
    opened = await begun(pond, late, id_of(Kind.ORDER, order.id))
    pond.later(minutes=6)
    await settled(pond)

    assert await begun(pond, late, id_of(Kind.ORDER, order.id)) == opened
    await pond.standins.post(opened["payment"]["confirmUrl"])
    await pond.bank.all_told()
    await settled(pond)

    ((state, _, back),) = await held_orders(pond, [order])
    assert (state in ("REFUNDING", "REFUNDED"), back) == (True, 59_00)
    assert await settled(pond) == 0


@pytest.mark.parametrize("winners", [None, 1], ids=["failed", "drawn"])
async def test_no_payment_is_opened_for_a_seat_of_a_group_that_is_over(pond: Pond, winners: int | None) -> None:
    """Without a new group for them, the money would only go back."""
    virtual = None if winners is None else 3_000
    activity = await a_group_buy(pond, winners=winners, virtual_from_bp=virtual)
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    pond.later(hours=23, minutes=55)
    late = await a_member(pond)
    order = await placed(pond, late, activity.terms.prices[0].variant_id, in_group(activity, group_id))
    pond.later(minutes=6)
    await settled(pond)

    refused = await begun(pond, late, id_of(Kind.ORDER, order.id))

    assert refused == {
        "payment": None,
        "userErrors": [
            {
                "code": "INVALID_STATE",
                "path": ["input", "orderId"],
                "message": "The group is over: this order can no longer be paid.",
            }
        ],
    }
    assert await pond.select("SELECT count(*) FROM payment WHERE order_id = $1", order.id) == [(0,)]


async def test_money_that_comes_too_late_begins_a_new_group_where_the_brand_says_so(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=2, late_opens=True)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    pond.later(hours=23, minutes=55)
    late = await a_member(pond, "Late")
    order = await placed(pond, late, variant_id, in_group(activity, group_id))
    pond.later(minutes=6)
    await settled(pond)

    await paid(pond, order, late)
    await settled(pond)

    new = await group_of(pond, order)
    shown = (await pond.ask(GROUP, id=group_id_of(new)))["buyingGroup"]
    assert new != group_id
    assert (shown["state"], [one["member"]["nickname"] for one in shown["members"]]) == ("FORMING", ["Late"])
    assert await held_orders(pond, [order]) == [("PAID", "GROUP_FORMING", 0)]
    other = await a_member(pond)
    await paid(pond, await placed(pond, other, variant_id, in_group(activity, new)), other)
    await settled(pond)
    assert await held_orders(pond, [order]) == [("PAID", None, 0)]


async def test_virtual_completion_lets_the_real_orders_leave_and_staff_alone_see_how_many_are_not(pond: Pond) -> None:
    activity = await a_group_buy(pond, virtual_from_bp=6_000)
    group_id, _, orders = await a_paid_group(pond, activity, 2)

    pond.later(hours=24)
    await settled(pond)

    assert await held_orders(pond, orders) == [("PAID", None, 0)] * 2
    asked = "query ($id: ID!) { buyingGroup(id: $id) { state virtual } }"
    assert await pond.ask(asked, await an_operator(pond), id=group_id_of(group_id)) == {
        "buyingGroup": {"state": "SUCCEEDED", "virtual": 1}
    }
    assert await pond.errors(asked, id=group_id_of(group_id)) == ["UNAUTHENTICATED"]


async def test_the_winners_of_a_draw_get_the_goods_and_the_others_their_money(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=4, winners=1)
    group_id, _, orders = await a_paid_group(pond, activity, 3)
    forming = (await pond.ask(GROUP, id=group_id_of(group_id)))["buyingGroup"]
    last = await a_member(pond)
    orders.append(await placed(pond, last, activity.terms.prices[0].variant_id, in_group(activity, group_id)))
    await paid(pond, orders[-1], last)
    drawn = (await pond.ask(GROUP, id=group_id_of(group_id)))["buyingGroup"]

    await settled(pond)

    assert (forming["commitment"], forming["seed"]) == (drawn["commitment"], None)
    assert drawn["seed"] is not None
    assert [one["won"] for one in drawn["members"]].count(True) == 1
    stands = await held_orders(pond, orders)
    assert stands.count(("PAID", None, 0)) == 1
    assert [back for _, _, back in stands].count(59_00) == 3


@pytest.mark.parametrize(("total", "given"), [pytest.param(9, 3, id="enough"), pytest.param(2, 2, id="too few")])
async def test_those_who_lose_a_draw_get_their_money_and_a_coupon_while_there_are_some(
    pond: Pond, total: int, given: int
) -> None:
    """R37."""
    template = await a_template(pond, take_by=(TakeBy.PRIZE,), total=total)
    activity = await a_group_buy(pond, size=4, winners=1, consolation_id=template.id)
    _, members, orders = await a_paid_group(pond, activity, 4)

    await settled(pond)

    stands = await held_orders(pond, orders)
    assert [back for _, _, back in stands].count(59_00) == 3
    losers = {member.member_id for member, (_, _, back) in zip(members, stands, strict=True) if back}
    coupons = await pond.select("SELECT member_id, take_by FROM coupon")
    assert [row["take_by"] for row in coupons] == ["PRIZE"] * given
    assert {row["member_id"] for row in coupons} <= losers
    told = await pond.select("SELECT payload FROM outbox WHERE kind = 'OrderRefunded' AND payload ? 'coupon'")
    assert len(told) == given


async def test_a_consolation_is_for_draws_and_of_a_template_that_exists(pond: Pond) -> None:
    template, variant = await a_template(pond, take_by=(TakeBy.PRIZE,)), await a_variant(pond)
    price = {"variantId": id_of(Kind.VARIANT, variant.id), "price": {"minor": 59_00}}
    times = {"startsAt": NOON.isoformat(), "endsAt": (NOON + timedelta(days=1)).isoformat()}
    said = {"name": "一起买", "prices": [price], "size": 3, **times}
    document = """mutation ($input: GroupBuyPublishInput!) { groupBuyPublish(input: $input) {
      groupBuy { consolationTemplateId } userErrors { code path } } }"""
    operator, template_id = await an_operator(pond), id_of(Kind.COUPON_TEMPLATE, template.id)

    for more in (
        {"consolationTemplateId": template_id},
        {"consolationTemplateId": id_of(Kind.COUPON_TEMPLATE, uuid4()), "winners": 1},
    ):
        (refused,) = await pond.refused(document, operator, input=said | more)
        assert refused["path"] == ["input", "consolationTemplateId"]
    kept = await pond.ask(document, operator, input=said | {"consolationTemplateId": template_id, "winners": 1})

    assert kept["groupBuyPublish"]["groupBuy"] == {"consolationTemplateId": template_id}


async def test_who_leaves_gets_everything_back_and_the_next_leads(pond: Pond) -> None:
    activity = await a_group_buy(pond)
    group_id, (mei, *_), orders = await a_paid_group(pond, activity, 2)
    key = group_id_of(group_id)

    first, again = [(await pond.ask(LEAVE, mei, id=key, key="leave"))["buyingGroupLeave"] for _ in range(2)]

    assert (first["userErrors"], first["replayed"], again["replayed"]) == ([], False, True)
    assert [back for _, _, back in await held_orders(pond, orders)] == [59_00, 0]
    shown = (await pond.ask(GROUP, id=group_id_of(group_id)))["buyingGroup"]
    assert (shown["state"], shown["seatsLeft"]) == ("FORMING", 2)
    assert shown["members"] == [{"member": {"nickname": "Member 1"}, "leads": True, "won": None}]
    assert [one["code"] for one in await pond.refused(LEAVE, mei, id=key, key="2")] == ["NOT_FOUND"]


async def test_a_group_without_members_has_failed_and_a_full_one_is_left_by_nobody(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=2)
    lonely, (mei, *_), _ = await a_paid_group(pond, activity, 1)
    full, (lan, *_), _ = await a_paid_group(pond, activity, 2)

    assert await pond.refused(LEAVE, mei, id=group_id_of(lonely), key="1") == []
    assert await pond.select("SELECT state FROM buying_group WHERE id = $1", lonely) == [("FAILED",)]
    assert [one["code"] for one in await pond.refused(LEAVE, lan, id=group_id_of(full), key="2")] == ["INVALID_STATE"]


async def test_64_who_join_a_group_of_3_at_once_are_2(pond: Pond) -> None:
    activity = await a_group_buy(pond)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    crowd, processes = [await a_member(pond) for _ in range(64)], [pond, Pond(pond.database)]

    came = await asyncio.gather(
        *(tried(processes[n % 2], one, variant_id, in_group(activity, group_id)) for n, one in enumerate(crowd))
    )

    assert (came.count("placed"), came.count("GroupFull")) == (2, 62)
    numbers = "SELECT number FROM group_seat WHERE group_id = $1 ORDER BY number"
    assert [row[0] for row in await pond.select(numbers, group_id)] == [1, 2, 3]


async def test_the_database_itself_seats_nobody_beyond_the_size_or_twice(pond: Pond) -> None:
    """Without the lock: a number is unique in its group and no larger than its size."""
    activity = await a_group_buy(pond, size=2)
    group_id, (mei, *_), (order, *_) = await a_paid_group(pond, activity, 1)
    insert = """INSERT INTO group_seat (order_id, group_id, group_buy_id, member_id, size, number, state)
        VALUES ($1, $2, $3, $4, $5, $6, 'HELD')"""
    lan = await a_member(pond)
    other = await placed(pond, lan, (await a_variant(pond)).id)

    for size, number, member, error in [
        (2, 3, lan, asyncpg.CheckViolationError),
        (3, 3, lan, asyncpg.ForeignKeyViolationError),
        (2, 1, lan, asyncpg.UniqueViolationError),
        (2, 2, mei, asyncpg.UniqueViolationError),
    ]:
        with pytest.raises(error):
            await pond.select(insert, other.id, group_id, activity.id, member.member_id, size, number)
    assert await pond.select("SELECT count(*) FROM group_seat") == [(1,)]
    assert order.id is not None


async def test_who_counts_before_sitting_down_overfills_a_group(pond: Pond) -> None:
    """The negative control: 8 who count the members and then sit down all find a place, where no key holds them."""
    await pond.select("CREATE TABLE careless (who int)")
    await pond.select("INSERT INTO careless VALUES (0)")
    counted = asyncio.Barrier(8)
    ((name, folder),) = await pond.select("SELECT current_database(), current_setting('unix_socket_directories')")
    connections = [await asyncpg.connect(f"postgresql://postgres@/{name}?host={folder}") for _ in range(8)]

    async def careless(connection: asyncpg.Connection) -> None:
        members = await connection.fetchval("SELECT count(*) FROM careless")
        await counted.wait()
        if members < 3:
            await connection.execute("INSERT INTO careless VALUES ($1)", members)

    await asyncio.gather(*map(careless, connections))
    for connection in connections:
        await connection.close()

    assert await pond.select("SELECT count(*) FROM careless") == [(9,)]


async def test_a_last_payment_and_a_leaving_member_never_wait_for_each_other(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=2)
    variant_id = activity.terms.prices[0].variant_id
    groups = [await a_paid_group(pond, activity, 1) for _ in range(4)]
    joining = []
    for group_id, _, _ in groups:
        member = await a_member(pond)
        joining.append((await placed(pond, member, variant_id, in_group(activity, group_id)), member))

    await asyncio.gather(
        *(paid(pond, order, member) for order, member in joining),
        *(pond.ask(LEAVE, mei, id=group_id_of(key), key="leave") for key, (mei, *_), _ in groups),
    )
    await settled(pond)

    stands = await pond.select(
        "SELECT g.state, count(*) FILTER (WHERE o.refunded_minor > 0), count(*) FILTER (WHERE o.hold IS NULL) "
        'FROM buying_group g JOIN group_seat s ON s.group_id = g.id JOIN "order" o ON o.id = s.order_id GROUP BY g.id'
    )
    for state, back, free in stands:
        assert (back, free) == {"SUCCEEDED": (0, 2), "FAILED": (2, 0)}[state]


async def test_a_share_page_costs_the_same_whatever_the_number_of_members(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=10)
    counts = []
    for many in (1, 4):
        group_id, _, _ = await a_paid_group(pond, activity, many)
        with statements() as log:
            await pond.ask(GROUP, id=group_id_of(group_id))
        counts.append(len(log))

    assert counts == [5, 5]


async def test_joining_a_group_keeps_to_the_budget_of_statements(pond: Pond) -> None:
    activity = await a_group_buy(pond, limit_per_member=5)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    mei = await a_member(pond)

    with statements() as placing:
        order = await placed(pond, mei, variant_id, in_group(activity, group_id))

    assert order.total == Money(59_00)
    assert len(placing) <= 14


async def test_orders_of_many_groups_are_placed_with_as_many_statements_as_one(pond: Pond) -> None:
    """What waits at the desk goes together: each member begins a group of their own."""
    activity = await a_group_buy(pond, limit_per_member=5)
    variant_id = activity.terms.prices[0].variant_id
    members = [await a_member(pond) for _ in range(20)]

    with statements() as log:
        await asyncio.gather(*(placed(pond, one, variant_id, in_group(activity)) for one in members))

    assert await pond.select("SELECT count(*) FROM buying_group") == [(20,)]
    assert len(log) <= 2 * 14
