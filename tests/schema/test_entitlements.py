"""Service entitlements: they begin when goods arrive, and go back with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.memberships import PlanKind
from domain.rights import Rights
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import RECEIVE as ORDER_RECEIVE
from tests.makers_fulfilment import sent
from tests.makers_members import a_member, staff
from tests.makers_payments import refund
from tests.makers_value import a_plan, buy_plan, key_in, order_of, pay, received, refunded
from tests.pond import Pond
from tests.schema.test_after_sales import RECEIVE, returned, step
from tests.schema.test_extras import with_a_gift

SAVE = """mutation ($input: EntitlementTermsSaveInput!) { entitlementTermsSave(input: $input) {
  terms { baseMonths extensionMonths } userErrors { code path } } }"""
MINE = "query { me { entitlements(first: 5) { nodes { kind units endsAt variantId } } } }"
PLACE = """mutation ($v: ID!, $k: String!) { orderPlace(input: {lines: [{variantId: $v, quantity: 3}], idempotencyKey: $k}) {
  order { id } } }"""


async def terms_for(pond: Pond, variant: Variant, base: int = 12, extension: int = 6) -> None:
    wanted = {
        "variantId": id_of(Kind.VARIANT, variant.id),
        "kind": "EXTENDED_WARRANTY",
        "baseMonths": base,
        "extensionMonths": extension,
    }
    saved = await pond.ask(SAVE, await staff(pond, Role.OPERATOR), input=wanted)
    assert saved["entitlementTermsSave"]["userErrors"] == []


async def mine(pond: Pond, member: Principal) -> Any:
    return (await pond.ask(MINE, member))["me"]["entitlements"]["nodes"]


async def bought(pond: Pond, member: Principal, variant: Variant) -> UUID:
    placed = await pond.ask(PLACE, member, v=id_of(Kind.VARIANT, variant.id), k=uuid4().hex)
    order_id = key_in(placed["orderPlace"]["order"]["id"])
    await pay(pond, member, order_id)
    return order_id


async def test_a_warranty_begins_with_delivery_and_a_membership_makes_it_longer(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    await terms_for(pond, variant)
    await buy_plan(pond, member, await a_plan(pond, PlanKind.YEAR, 10_00, Rights(warranty_months=12)))

    order_id = await bought(pond, member, variant)
    before = await mine(pond, member)
    await received(pond, order_id)

    assert before == []
    (one,) = await mine(pond, member)
    assert (one["kind"], one["units"], one["endsAt"][:10]) == ("EXTENDED_WARRANTY", 3, "2029-05-22")


async def test_units_that_went_back_are_under_no_warranty(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    await terms_for(pond, variant)
    order_id = await bought(pond, member, variant)
    line = (await order_of(pond, order_id)).lines[0].id

    await refunded(pond, order_id, {line: 1})
    await received(pond, order_id)
    after_one = [one["units"] for one in await mine(pond, member)]
    pond.later(minutes=2)
    await refunded(pond, order_id, {line: 1})
    after_two = [one["units"] for one in await mine(pond, member)]
    pond.later(minutes=2)
    await refunded(pond, order_id, {line: 1})

    assert (after_one, after_two, await mine(pond, member)) == ([2], [1], [])


@pytest.mark.parametrize("received_first", [True, False])
async def test_an_exchanged_unit_is_under_the_warranty_of_the_one_that_was_sent_for_it(
    pond: Pond, *, received_first: bool
) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    await terms_for(pond, variant)
    order_id = await bought(pond, member, variant)
    name, line = id_of(Kind.ORDER, order_id), id_of(Kind.ORDER_LINE, (await order_of(pond, order_id)).lines[0].id)
    await sent(pond, name)
    if received_first:
        await pond.ask(ORDER_RECEIVE, member, id=name)

    sale = await returned(pond, member, name, line, kind="EXCHANGE")
    done = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)
    if not received_first:
        await pond.ask(ORDER_RECEIVE, member, id=name)
    without = [one["units"] for one in await mine(pond, member)]
    await sent(pond, done["afterSale"]["replacementOrderId"])
    await pond.ask(ORDER_RECEIVE, member, id=done["afterSale"]["replacementOrderId"])

    assert (without, [one["units"] for one in await mine(pond, member)]) == ([2], [1, 2])


async def test_a_gift_that_went_back_before_the_rest_left_is_under_no_warranty(pond: Pond) -> None:
    order = await with_a_gift(pond)
    await terms_for(pond, order.gift)
    await refund(pond, order.order_id, lines=[(order.gift_line, 1)])

    await received(pond, key_in(order.order_id))

    assert await order.money() == ("RECEIVED", 0)
    assert await mine(pond, order.member) == []


async def test_only_operators_say_what_comes_with_a_variant_that_exists(pond: Pond) -> None:
    wanted = {"variantId": id_of(Kind.VARIANT, UUID(int=1)), "kind": "FREE_SERVICE", "baseMonths": 1}

    assert await pond.errors(SAVE, await a_member(pond), input=wanted) == ["FORBIDDEN"]
    refused = await pond.refused(SAVE, await staff(pond, Role.OPERATOR), input=wanted)
    assert refused == [{"code": "NOT_FOUND", "path": ["input", "variantId"]}]
