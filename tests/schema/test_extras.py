"""Gifts and add-ons of what goes back: with after-sales, refunds by staff, and edits; to the fen and to the unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

import db.stock
from domain.catalogue import Variant
from domain.extras import Policy
from domain.identity import Principal, Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import sent
from tests.makers_members import a_member, staff
from tests.makers_payments import PLACE, a_paid_order, begun, confirm, money_of, refund, send_refunds
from tests.makers_promotions import a_promotion
from tests.pond import Pond
from tests.schema.test_after_sales import AGREE, CANCEL, RECEIVE, SHIP_BACK, applied, apply, received, step

EDIT = """mutation ($input: OrderEditInput!) { orderEdit(input: $input) {
  paidBack { minor } order { state } userErrors { code path } } }"""


class WithAGift:
    """A paid order of two goods at 100 yuan, which bring gifts that are worth 25 yuan each."""

    def __init__(self, pond: Pond, member: Principal, order_id: str, lines: Sequence[str], variants: Any) -> None:
        self.pond, self.member, self.order_id = pond, member, order_id
        self.line, self.gift_line = lines
        self.good, self.gift = variants

    async def stock(self) -> list[tuple[int, int]]:
        """Of the goods and of the gift, how many can be sold and how many are."""
        found = await self.pond.select(
            "SELECT variant_id, sellable, sold FROM stock_level WHERE variant_id = ANY($1)",
            [self.good.id, self.gift.id],
        )
        levels = {row["variant_id"]: (row["sellable"], row["sold"]) for row in found}
        return [levels[self.good.id], levels[self.gift.id]]

    async def applied(self, *lines: tuple[str, int], **more: Any) -> str:
        return await applied(self.pond, self.member, self.order_id, *lines, **more)

    async def agreed(self, sale: str, **more: Any) -> Any:
        operator = await staff(self.pond, Role.OPERATOR)
        payload = await step(self.pond, AGREE, operator, afterSaleId=sale, **more)
        assert payload["userErrors"] == [], payload
        return payload["afterSale"]

    async def came_back(self, sale: str, **more: Any) -> Any:
        """What becomes of an after-sale whose goods came back."""
        await self.agreed(sale)
        await step(self.pond, SHIP_BACK, self.member, afterSaleId=sale, carrier="顺丰", trackingNumber="SF1")
        payload = await step(self.pond, RECEIVE, await staff(self.pond, Role.OPERATOR), afterSaleId=sale, **more)
        assert payload["userErrors"] == [], payload
        await send_refunds(self.pond)
        return payload["afterSale"]

    async def money(self) -> tuple[str, int]:
        """The order's state, and what of it was paid back, in fen."""
        found = await money_of(self.pond, self.member, self.order_id)
        return found["state"], found["refunded"]["minor"]


async def with_a_gift(pond: Pond, gifts: int = 1, goods: int = 2) -> WithAGift:
    """Two of the goods are enough for the gifts."""
    member = await a_member(pond)
    good, gift = (
        await a_variant(pond, price=Money(100_00), stock=10),
        await a_variant(pond, price=Money(30_00), stock=10),
    )
    part = {"variantId": id_of(Kind.VARIANT, gift.id), "quantity": gifts, "value": {"minor": 25_00}}
    await a_promotion(pond, {"buyGift": {"gifts": [part], "buy": 2}}, scope={"productIds": [_product(good)]})
    order_id, lines = await a_paid_order(pond, member, (good, goods))
    return WithAGift(pond, member, order_id, lines, (good, gift))


def _product(variant: Variant) -> str:
    return id_of(Kind.PRODUCT, variant.product_id)


async def test_a_gift_that_the_buyer_keeps_is_deducted_from_what_earned_it(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)

    payload = await apply(pond, order.member, order.order_id, (order.line, 1))

    sale = payload["afterSale"]
    assert (sale["amount"]["minor"], sale["deducted"]["minor"]) == (100_00, 25_00)
    assert [(one["quantity"], one["kept"]) for one in sale["lines"]] == [(1, False), (1, True)]


async def test_a_gift_that_comes_back_costs_nothing(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)

    sale = await order.applied((order.line, 2), (order.gift_line, 1))
    settled = await order.came_back(sale)

    assert settled["deducted"]["minor"] == 0
    assert await order.stock() == [(10, 0), (10, 0)]
    assert await order.money() == ("REFUNDED", 200_00)


async def test_a_gift_that_the_buyer_keeps_is_not_in_stock_again(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)

    sale = await order.applied((order.line, 2))
    settled = await order.came_back(sale, restock=True)

    assert settled["deducted"]["minor"] == 25_00
    assert await order.stock() == [(10, 0), (9, 1)]
    assert await order.money() == ("REFUNDED", 175_00)
    assert await db.stock.differences(pond.context().reading) == []


@pytest.mark.parametrize(("kept", "deducted"), [(1, 25_00), (0, 0)])
async def test_an_exchange_that_ends_with_the_money_takes_the_reason_of_gifts_away_as_a_return_does(
    pond: Pond, kept: int, deducted: int
) -> None:
    order = await with_a_gift(pond, gifts=2)
    await received(pond, order.order_id)
    back = [(order.line, 2), (order.gift_line, 2 - kept)]
    sale = await order.applied(*(one for one in back if one[1]), kind="EXCHANGE")

    settled = await order.came_back(sale, refundInstead=True)

    assert (settled["kind"], settled["deducted"]["minor"]) == ("RETURN_REFUND", deducted)
    assert [(one["quantity"], one["kept"]) for one in settled["lines"] if one["kept"]] == [(1, True)] * kept
    assert await order.stock() == [(10, 0), (10 - kept, kept)]
    assert await order.money() == ("REFUNDED", 200_00 - deducted)
    assert await db.stock.differences(pond.context().reading) == []


async def test_a_gift_whose_reason_went_with_a_return_is_not_deducted_once_more_when_an_exchange_ends_with_the_money(
    pond: Pond,
) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    returned = await order.came_back(await order.applied((order.line, 1)))

    exchanged = await order.came_back(await order.applied((order.line, 1), kind="EXCHANGE"), refundInstead=True)

    assert (returned["deducted"]["minor"], exchanged["deducted"]["minor"]) == (25_00, 0)
    assert await order.money() == ("REFUNDED", 175_00)


@pytest.mark.parametrize("kind", ["an exchange", "an open exchange", "a part of the price", "a return given up"])
async def test_goods_that_stay_with_the_buyer_still_earn_their_gift(pond: Pond, kind: str) -> None:
    order = await with_a_gift(pond, goods=3)
    await received(pond, order.order_id)
    match kind:
        case "an exchange":
            await order.came_back(await order.applied((order.line, 1), kind="EXCHANGE"))
        case "an open exchange":
            await order.applied((order.line, 1), kind="EXCHANGE")
        case "a part of the price":
            await order.agreed(await order.applied((order.line, 1), kind="REFUND_ONLY", amount=10_00))
        case _:
            given_up = await order.applied((order.line, 1))

    other = await order.applied((order.line, 1))
    if kind == "a return given up":
        await step(pond, CANCEL, order.member, afterSaleId=given_up)

    assert (await order.came_back(other))["deducted"]["minor"] == 0


async def test_the_second_of_two_returns_is_the_one_that_takes_the_reason_of_a_gift_away(pond: Pond) -> None:
    order = await with_a_gift(pond, goods=3)
    await received(pond, order.order_id)
    asked = [await order.applied((order.line, 1)) for _ in range(2)]

    settled = [(await order.came_back(one))["deducted"]["minor"] for one in reversed(asked)]

    assert settled == [0, 25_00]
    assert (await order.money())[1] == 175_00


@pytest.mark.parametrize("of", ["the goods", "the gift"])
async def test_a_gift_is_deducted_although_an_after_sale_that_was_to_settle_it_was_given_up(
    pond: Pond, of: str
) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    given_up = await order.applied((order.line if of == "the goods" else order.gift_line, 1))
    first = await order.applied((order.line, 1))
    await step(pond, CANCEL, order.member, afterSaleId=given_up)

    await order.came_back(first)
    await order.came_back(await order.applied((order.line, 1)))

    assert await order.stock() == [(10, 0), (9, 1)]
    assert await order.money() == ("REFUNDED", 175_00)


async def test_a_gift_that_was_exchanged_is_one_that_the_buyer_keeps(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    await order.came_back(await order.applied((order.gift_line, 1), kind="EXCHANGE"))

    await order.came_back(await order.applied((order.line, 2)))

    assert await order.stock() == [(10, 0), (9, 1)]
    assert await order.money() == ("REFUNDED", 175_00)


async def test_a_gift_on_its_way_back_is_not_deducted_from_its_goods(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    gift, goods = await order.applied((order.gift_line, 1)), await order.applied((order.line, 2))
    await order.agreed(gift)
    await step(pond, SHIP_BACK, order.member, afterSaleId=gift, carrier="顺丰", trackingNumber="SF2")

    assert (await order.came_back(goods))["deducted"]["minor"] == 0
    assert await order.money() == ("REFUNDED", 200_00)


@pytest.mark.parametrize("by_staff", [False, True])
@pytest.mark.parametrize("cheap_first", [False, True])
async def test_a_gift_is_deducted_whole_in_whatever_order_its_goods_go_back(
    pond: Pond, *, cheap_first: bool, by_staff: bool
) -> None:
    """The cheap one alone does not pay for it: the other pays what is left."""
    member = await a_member(pond)
    dear, cheap, gift = [await a_variant(pond, price=Money(fen), stock=10) for fen in (99_00, 5_00, 60_00)]
    part = {"variantId": id_of(Kind.VARIANT, gift.id), "quantity": 1, "value": {"minor": 50_00}}
    tier = {"threshold": {"amount": {"minor": 100_00}}, "gifts": [part]}
    await a_promotion(pond, {"thresholdGift": {"tiers": [tier]}})
    order_id, lines = await a_paid_order(pond, member, (dear, 1), (cheap, 1))
    order = WithAGift(pond, member, order_id, lines[:2], (dear, gift))
    await received(pond, order_id)

    for line in lines[1::-1] if cheap_first else lines[:2]:
        if by_staff:
            await refund(pond, order_id, lines=[(line, 1)], ofSent=True, restock=True)
        else:
            await order.came_back(await order.applied((line, 1)))
    await send_refunds(pond)

    assert await order.money() == ("REFUNDED", 54_00)


async def test_an_add_on_that_is_charged_back_stays_with_the_buyer(pond: Pond) -> None:
    rules = pond.services.rules
    pond.services.rules = replace(rules, after_sales=replace(rules.after_sales, add_ons=Policy.CHARGE_BACK))
    member = await a_member(pond)
    good, extra = [await a_variant(pond, price=Money(fen), stock=10) for fen in (100_00, 20_00)]
    offer = {"variantId": id_of(Kind.VARIANT, extra.id), "price": {"minor": 1_00}}
    play = {"addOn": {"threshold": {"minor": 99_00}, "offers": [offer], "most": 1}}
    promotion = await a_promotion(pond, play, scope={"productIds": [_product(good)]})
    wanted = [
        {"variantId": id_of(Kind.VARIANT, good.id), "quantity": 1},
        {"variantId": id_of(Kind.VARIANT, extra.id), "quantity": 1, "addOnOf": promotion},
    ]
    placed = (await pond.ask(PLACE, member, input={"lines": wanted, "idempotencyKey": "k"}))["orderPlace"]["order"]
    await confirm(pond, await begun(pond, member, placed["id"]))
    order = WithAGift(pond, member, placed["id"], [one["id"] for one in placed["lines"]], (good, extra))
    await received(pond, order.order_id)

    settled = await order.came_back(await order.applied((order.line, 1)))

    assert settled["deducted"]["minor"] == 19_00
    assert await order.stock() == [(10, 0), (9, 1)]
    assert await order.money() == ("RECEIVED", 81_00)


async def test_a_gift_that_has_not_left_goes_back_by_itself(pond: Pond) -> None:
    order = await with_a_gift(pond)
    sale = await order.applied((order.line, 2), kind="REFUND_ONLY")

    await order.agreed(sale)
    await send_refunds(pond)

    assert await order.money() == ("REFUNDED", 200_00)
    assert await order.stock() == [(10, 0), (10, 0)]


async def test_a_gift_that_left_before_its_goods_is_deducted(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await sent(pond, order.order_id, (order.gift_line, 1))
    sale = await order.applied((order.line, 2), kind="REFUND_ONLY")

    agreed = await order.agreed(sale)
    await send_refunds(pond)

    assert agreed["deducted"]["minor"] == 25_00
    assert await order.stock() == [(10, 0), (9, 1)]
    assert await order.money() == ("REFUNDED", 175_00)


async def test_of_gifts_that_left_in_part_the_rest_goes_back(pond: Pond) -> None:
    order = await with_a_gift(pond, gifts=2)
    await sent(pond, order.order_id, (order.gift_line, 1))
    sale = await order.applied((order.line, 1), kind="REFUND_ONLY")

    agreed = await order.agreed(sale)
    left = await sent(pond, order.order_id)

    assert agreed["deducted"]["minor"] == 25_00
    assert [(one["quantity"], one["kept"]) for one in agreed["lines"]] == [(1, False), (1, False), (1, True)]
    assert left["state"] == "SHIPPED"
    assert await order.stock() == [(9, 1), (9, 1)]
    assert await db.stock.differences(pond.context().reading) == []


@pytest.mark.parametrize(("restock", "goods"), [(True, (10, 0)), (False, (8, 0))])
async def test_a_gift_that_has_not_left_goes_back_with_goods_that_came_back(
    pond: Pond, *, restock: bool, goods: tuple[int, int]
) -> None:
    order = await with_a_gift(pond)
    await sent(pond, order.order_id, (order.line, 2))
    sale = await order.applied((order.line, 2))
    waits = await order.came_back(sale, restock=restock)

    assert waits["deducted"]["minor"] == 0
    assert await order.stock() == [goods, (10, 0)]
    assert await order.money() == ("REFUNDED", 200_00)
    assert await db.stock.differences(pond.context().reading) == []


async def test_goods_that_the_buyer_keeps_for_a_part_of_their_price_keep_their_gift(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    asked = await apply(pond, order.member, order.order_id, (order.line, 1), kind="REFUND_ONLY", amount=20_00)
    sale = await order.applied((order.line, 1), kind="REFUND_ONLY")

    lowered = await order.agreed(sale, amount={"minor": 30_00})
    await order.agreed(asked["afterSale"]["id"])

    assert [one["deducted"]["minor"] for one in (asked["afterSale"], lowered)] == [0, 0]
    assert [one["kept"] for one in lowered["lines"]] == [False]
    assert (await order.money())[1] == 50_00
    assert (await apply(pond, order.member, order.order_id, (order.gift_line, 1)))["userErrors"] == []


async def edited(order: WithAGift, quantity: int, **more: Any) -> Any:
    """The answer of an edit that leaves so many of the goods."""
    lines = [{"orderLineId": order.line, "quantity": quantity}]
    wanted = {"orderId": order.order_id, "changes": {"lines": lines}, "idempotencyKey": uuid4().hex, **more}
    return (await order.pond.ask(EDIT, await staff(order.pond, Role.OPERATOR), input=wanted))["orderEdit"]


def gifts_are_kept(pond: Pond) -> None:
    rules = pond.services.rules
    pond.services.rules = replace(rules, after_sales=replace(rules.after_sales, gifts=Policy.KEEP))


@pytest.mark.parametrize("policy", [Policy.CHARGE_BACK, Policy.KEEP])
async def test_a_gift_goes_back_with_all_goods_that_staff_gives_back(pond: Pond, policy: Policy) -> None:
    if policy is Policy.KEEP:
        gifts_are_kept(pond)
    order = await with_a_gift(pond)

    await refund(pond, order.order_id, lines=[(order.line, 2)])
    await send_refunds(pond)

    assert await order.money() == ("REFUNDED", 200_00)
    assert await order.stock() == [(10, 0), (10, 0)]
    assert await db.stock.differences(pond.context().reading) == []


async def test_a_gift_goes_back_with_goods_that_are_edited_away(pond: Pond) -> None:
    order = await with_a_gift(pond)

    tried = await edited(order, 0, dryRun=True)
    answer = await edited(order, 0)
    await send_refunds(pond)

    assert [one["paidBack"]["minor"] for one in (tried, answer)] == [200_00] * 2
    assert await order.money() == ("REFUNDED", 200_00)
    assert await order.stock() == [(10, 0), (10, 0)]


async def test_a_gift_goes_back_with_goods_that_earned_it_and_the_rest_leaves_without_it(pond: Pond) -> None:
    order = await with_a_gift(pond)

    await refund(pond, order.order_id, lines=[(order.line, 1)])
    left = await sent(pond, order.order_id)
    await send_refunds(pond)

    assert left["state"] == "SHIPPED"
    assert await order.money() == ("SHIPPED", 100_00)
    assert await order.stock() == [(9, 1), (10, 0)]


async def test_a_gift_that_is_kept_by_policy_leaves_with_what_is_left(pond: Pond) -> None:
    gifts_are_kept(pond)
    order = await with_a_gift(pond)

    await edited(order, 1)
    await sent(pond, order.order_id)

    assert await order.money() == ("SHIPPED", 100_00)
    assert await order.stock() == [(9, 1), (9, 1)]


async def test_a_gift_that_left_before_is_deducted_from_what_staff_gives_back_once(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await sent(pond, order.order_id, (order.gift_line, 1))

    less = await refund(pond, order.order_id, lines=[(order.line, 1)], amount=74_99)
    first = await refund(pond, order.order_id, lines=[(order.line, 1)])
    await refund(pond, order.order_id, lines=[(order.line, 1)])
    await send_refunds(pond)

    assert less["userErrors"][0]["least"] == {"minor": 75_00}
    assert first["order"]["refunded"]["minor"] == 75_00
    assert await order.money() == ("REFUNDED", 175_00)
    assert await order.stock() == [(10, 0), (9, 1)]


async def test_staff_may_give_back_more_than_is_left_without_the_gift_of_goods_that_came_back(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)

    by_policy = await refund(pond, order.order_id, lines=[(order.line, 1)], ofSent=True, restock=True)
    generous = await refund(pond, order.order_id, lines=[(order.line, 1)], ofSent=True, restock=True, amount=100_00)

    refunded = [one["order"]["refunded"]["minor"] for one in (by_policy, generous)]
    assert refunded == [75_00, 175_00]
    assert await order.stock() == [(10, 0), (9, 1)]


async def test_a_gift_that_staff_takes_back_with_its_goods_costs_nothing(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await received(pond, order.order_id)

    await refund(pond, order.order_id, lines=[(order.line, 2), (order.gift_line, 1)], ofSent=True, restock=True)
    await send_refunds(pond)

    assert await order.money() == ("REFUNDED", 200_00)
    assert await order.stock() == [(10, 0), (10, 0)]


async def test_a_gift_that_is_sent_back_after_its_goods_still_comes_back(pond: Pond) -> None:
    gifts_are_kept(pond)
    order = await with_a_gift(pond)
    await received(pond, order.order_id)
    goods, gift = await order.applied((order.line, 2)), await order.applied((order.gift_line, 1))

    await order.came_back(goods)
    await order.came_back(gift)

    assert await order.money() == ("REFUNDED", 200_00)
    assert await order.stock() == [(10, 0), (10, 0)]
