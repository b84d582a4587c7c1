"""Group buys: published once for a product, limited, shown with the groups that can be joined, and ended."""

from __future__ import annotations

from datetime import timedelta

import resolvers.group_buys
import resolvers.group_settling
import resolvers.orders
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_members import a_member
from tests.makers_payments import refund
from tests.makers_plays import (
    a_group_buy,
    a_paid_group,
    an_operator,
    group_id_of,
    group_of,
    in_group,
    placed,
    settled,
    tried,
)
from tests.makers_shelves import paid
from tests.pond import NOON, Pond

PUBLISH = """mutation ($input: GroupBuyPublishInput!) { groupBuyPublish(input: $input) {
  groupBuy { id size prices { price { minor } leaderPrice { minor } } winners state } userErrors { code path } } }"""
END = """mutation ($id: ID!) { groupBuyEnd(input: { groupBuyId: $id }) { groupBuy { state } userErrors { code } } }"""


async def test_an_operator_publishes_a_group_buy_and_a_product_is_in_one(pond: Pond) -> None:
    variant, operator = await a_variant(pond), await an_operator(pond)
    price = {
        "variantId": id_of(Kind.VARIANT, variant.id),
        "price": {"minor": 59_00},
        "leaderPrice": {"minor": 49_00},
    }
    said = {"name": "一起买", "prices": [price], "size": 3, "winners": 1}
    said |= {"startsAt": NOON.isoformat(), "endsAt": (NOON + timedelta(days=2)).isoformat()}

    answer = (await pond.ask(PUBLISH, operator, input=said))["groupBuyPublish"]
    errors = [await pond.refused(PUBLISH, operator, input=said | other) for other in ({}, {"size": 1}, {"winners": 3})]

    assert answer["userErrors"] == []
    assert answer["groupBuy"]["prices"] == [{"price": {"minor": 59_00}, "leaderPrice": {"minor": 49_00}}]
    assert [one[0]["code"] for one in errors] == ["CONFLICT", "BAD_USER_INPUT", "BAD_USER_INPUT"]


async def test_limits_hold_over_all_groups_and_what_went_back_does_not_count(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=2, limit_per_member=1)
    variant_id = activity.terms.prices[0].variant_id
    _, (mei, lan), _ = await a_paid_group(pond, activity, 2)
    _, (wei, *_), _ = await a_paid_group(pond, activity, 1)
    await settled(pond)
    pond.later(hours=25)
    await settled(pond)

    came = [await tried(pond, one, variant_id, in_group(activity)) for one in (mei, lan, wei)]

    assert came == ["OverLimit", "OverLimit", "placed"]


async def test_units_that_go_back_by_themselves_do_not_count_either(pond: Pond) -> None:
    activity, mei = await a_group_buy(pond, size=2, limit_per_member=3), await a_member(pond)
    variant_id = activity.terms.prices[0].variant_id
    order = await placed(pond, mei, variant_id, in_group(activity), 3)
    await paid(pond, order, mei)
    lan, group_id = await a_member(pond), await group_of(pond, order)
    await paid(pond, await placed(pond, lan, variant_id, in_group(activity, group_id)), lan)
    await settled(pond)
    assert await tried(pond, mei, variant_id, in_group(activity)) == "OverLimit"

    back = await refund(pond, id_of(Kind.ORDER, order.id), lines=[(id_of(Kind.ORDER_LINE, order.lines[0].id), 2)])

    assert back["userErrors"] == []
    came = [await tried(pond, mei, variant_id, in_group(activity), many) for many in (3, 2)]
    assert came == ["OverLimit", "placed"]


SHOWN = """query ($slug: String!) { product(slug: $slug) { groupBuy { id groups { id seatsLeft } } }
  groupBuys(first: 5) { nodes { id size product { name } } } }"""


async def test_a_product_shows_the_groups_that_can_be_joined(pond: Pond) -> None:
    product = await a_product(pond, stock=20)
    (variant,) = await variants_of(pond, product)
    activity = await a_group_buy(pond, variant, size=2)
    first, _, _ = await a_paid_group(pond, activity, 1)
    pond.later(minutes=1)
    second, _, _ = await a_paid_group(pond, activity, 1)
    await a_paid_group(pond, activity, 2)

    shown = await pond.ask(SHOWN, slug=product.slug)

    assert shown["product"]["groupBuy"]["groups"] == [
        {"id": group_id_of(first), "seatsLeft": 1},
        {"id": group_id_of(second), "seatsLeft": 1},
    ]
    assert [one["id"] for one in shown["groupBuys"]["nodes"]] == [id_of(Kind.GROUP_BUY, activity.id)]


async def test_an_activity_ends_by_the_clock_or_by_hand_and_its_groups_go_on(pond: Pond) -> None:
    activity = await a_group_buy(pond, size=2)
    variant_id = activity.terms.prices[0].variant_id
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    operator, key = await an_operator(pond), id_of(Kind.GROUP_BUY, activity.id)

    assert (await pond.ask(END, operator, id=key))["groupBuyEnd"]["groupBuy"] == {"state": "ENDED"}
    assert [one["code"] for one in await pond.refused(END, operator, id=key)] == ["INVALID_STATE"]
    assert await tried(pond, await a_member(pond), variant_id, in_group(activity)) == "NotStarted"
    assert await tried(pond, await a_member(pond), variant_id, in_group(activity, group_id)) == "placed"
    other = await a_group_buy(pond)
    pond.later(days=3)
    assert [await resolvers.group_buys.end_over(pond.context()) for _ in range(2)] == [1, 0]
    assert await pond.select("SELECT state FROM group_buy WHERE id = $1", other.id) == [("ENDED",)]
