"""C42: an order with everything on is placed in 14 statements at most, in whatever way it is bought, and paid in 12."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

import resolvers.payments
from domain.coupon_templates import Worth
from domain.identity import Principal
from domain.money import Money
from domain.payments import PaymentState, Provider, Told
from domain.promotions.coupons import CouponKind
from domain.promotions.stages import PLAYS
from domain.shares import TargetKind
from schema.ids import Kind, id_of, key_of
from tests.makers_carts import APPLY, COMPLETE, a_cart, changed, completing, line_of
from tests.makers_catalogue import a_variant
from tests.makers_coupons import a_coupon, a_points_offer
from tests.makers_guides import a_guide, a_share
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.makers_plays import a_group_buy, a_paid_group, a_seckill, group_id_of
from tests.makers_promotions import a_promotion, quoted, yuan
from tests.makers_stock import a_template
from tests.makers_value import granted
from tests.pond import Pond, statements
from tests.schema.test_campaigns import a_campaign
from tests.schema.test_shipping import an_address

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id shipping { minor } pointsUsed lines { kind steps { kind } } guideId } warnings { code } userErrors { code path } } }"""
PAY = """mutation ($id: ID!) { orderPay(input: {orderId: $id, idempotencyKey: "k"}) {
  payment { id amount { minor } } userErrors { code } } }"""
OFF = Worth(CouponKind.FIXED, 5_00)


async def an_offer(pond: Pond, **more: Any) -> None:
    """A promotion that is counted in all, for each member, and in money; and a gift that comes along."""
    counted = {"uses": 100, "usesPerMember": 3, "budget": yuan(10_000_00)}
    off = {"tiers": [{"threshold": {"amount": yuan(1_00)}, "off": yuan(1_00)}]}
    await a_promotion(pond, {"reduction": off}, limits=counted, **more)
    gift = {"variantId": id_of(Kind.VARIANT, (await a_variant(pond, stock=9)).id)}
    await a_promotion(pond, {"buyGift": {"gifts": [gift]}}, limits=counted)


async def everything(pond: Pond, mei: Principal) -> dict[str, Any]:
    """What an order can name beside its lines: a coupon, points, where to send it at a fee, and a guide's share."""
    await a_template(pond, fee=8_00)
    await granted(pond, mei, 1_000)
    product_id = (await a_variant(pond)).product_id
    share = await a_share(pond, await a_guide(pond), product_id, kind=TargetKind.PRODUCT)
    return {
        "couponIds": [id_of(Kind.COUPON, (await a_coupon(pond, mei, worth=OFF)).id)],
        "points": 100,
        "addressId": await an_address(pond, mei),
        "code": share.code,
        "idempotencyKey": uuid4().hex,
    }


async def in_the_shop(pond: Pond) -> dict[str, Any]:
    return {"lines": [line_of(await a_variant(pond, stock=9)) for _ in range(3)]}


async def with_a_points_offer(pond: Pond) -> dict[str, Any]:
    shop, tea = await in_the_shop(pond), await a_variant(pond, stock=9)
    offer = await a_points_offer(pond, tea, points=100)
    return {"lines": [*shop["lines"], line_of(tea, pointsOfferId=id_of(Kind.POINTS_OFFER, offer.id))]}


async def in_a_flash_sale(pond: Pond) -> dict[str, Any]:
    sale = await a_seckill(pond, limit_per_member=2, goes_with=PLAYS)
    play = {"kind": "SECKILL", "id": id_of(Kind.SECKILL, sale.id)}
    return {"lines": [line_of(sale.terms.variant_id)], "play": play}


async def in_a_group(pond: Pond) -> dict[str, Any]:
    activity = await a_group_buy(pond, limit_per_member=2, goes_with=PLAYS)
    group_id, _, _ = await a_paid_group(pond, activity, 1)
    play = {"kind": "GROUP", "id": id_of(Kind.GROUP_BUY, activity.id), "groupId": group_id_of(group_id)}
    return {"lines": [line_of(activity.terms.prices[0].variant_id)], "play": play}


async def in_a_live_room(pond: Pond) -> dict[str, Any]:
    item = await an_item(pond, limit=3)
    room, _ = await a_room(pond, None, item)
    shop = await in_the_shop(pond)
    return {"lines": [*shop["lines"], line_of(item.variant_id)], "liveRoomId": id_of(Kind.LIVE_ROOM, room.id)}


Bought = Callable[[Pond], Awaitable[dict[str, Any]]]
# A group is locked, and its seats are read after that: that is one more than any other play has.
PLACED_AND_PAID_IN = [
    (in_the_shop, 8, 9),
    (with_a_points_offer, 10, 9),
    (in_a_flash_sale, 10, 11),
    (in_a_group, 10, 12),
    (in_a_live_room, 11, 11),
]
FOR_NEW_CUSTOMERS = {"audience": {"kind": "NEW_CUSTOMER"}}


@pytest.mark.parametrize("of_a_campaign", [False, True])
@pytest.mark.parametrize(("bought", "placed_in", "paid_in"), PLACED_AND_PAID_IN)
async def test_an_order_with_everything_on_keeps_to_the_budgets_of_statements(
    pond: Pond, bought: Bought, placed_in: int, paid_in: int, of_a_campaign: bool
) -> None:
    """A campaign is locked with its promotion; who is new is looked up by their traces after that."""
    mei, lines = await a_member(pond), await bought(pond)
    named = await everything(pond, mei)
    more = {"campaignId": await a_campaign(pond), **FOR_NEW_CUSTOMERS} if of_a_campaign else {}
    await an_offer(pond, **more)
    await quoted(pond, line_of(await a_variant(pond)))  # which reads what is offered, once for a process

    with statements() as placing:
        payload = (await pond.ask(PLACE, mei, input=lines | named))["orderPlace"]
    order = payload["order"]
    assert (payload["userErrors"], payload["warnings"]) == ([], [])
    told = await _told(pond, mei, order["id"])
    with statements() as paying:
        settled = await resolvers.payments.book(pond.context(), told)

    assert settled.state is PaymentState.PAID

    assert {"GIFT"} < {line["kind"] for line in order["lines"]}
    assert {"REDUCTION", "COUPON"} <= {step["kind"] for line in order["lines"] for step in line["steps"]}, order
    assert (order["pointsUsed"] >= 100, order["shipping"], bool(order["guideId"])) == (True, yuan(8_00), True)
    assert len(placing) <= placed_in + 2 * of_a_campaign <= 14, "\n".join(placing)
    assert len(paying) <= paid_in <= 12, "\n".join(paying)


async def _told(pond: Pond, who: Principal, order_id: str) -> Told:
    """What the bank tells of the payment of an order."""
    payment = (await pond.ask(PAY, who, id=order_id))["orderPay"]["payment"]
    due = Money(payment["amount"]["minor"])
    return Told("m", Provider.SANDBOX, "T", key_of(Kind.PAYMENT, payment["id"]), due, pond.time)


@pytest.mark.parametrize(
    ("audience", "most"),
    [
        pytest.param({"kind": "EVERYBODY"}, 11, id="of a promotion of a campaign"),
        pytest.param({"kind": "NEW_CUSTOMER"}, 12, id="of one for new customers, whose traces are looked up"),
    ],
)
async def test_a_cart_with_everything_on_costs_two_statements_more(
    pond: Pond, audience: dict[str, Any], most: int
) -> None:
    """It is read and locked."""
    mei = await a_member(pond)
    named = await everything(pond, mei)
    coupons = named.pop("couponIds")
    await an_offer(pond, campaignId=await a_campaign(pond), audience=audience)
    cart = await a_cart(pond, mei, *[await a_variant(pond, stock=9) for _ in range(3)])
    await changed(pond, APPLY, mei, cartId=cart["id"], couponIds=coupons)

    with statements() as log:
        payload = (await pond.ask(COMPLETE, mei, input=completing(cart) | named))["cartComplete"]

    assert payload["userErrors"] == []
    assert len(log) <= most, "\n".join(log)
