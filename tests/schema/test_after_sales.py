"""After-sales: unit by unit, whoever asks at the same time, until the money or the goods are there."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import db.after_sales
import db.promotions
import db.stock
import domain.after_sales
import resolvers.after_sale_handling
import resolvers.after_sales
import resolvers.shipments
from domain.after_sales import AfterSaleKind, AfterSaleTerms, Applying
from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.money import Money
from resolvers.shipments import Sending
from schema.ids import Kind, key_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import RECEIVE as RECEIVED
from tests.makers_fulfilment import sent
from tests.makers_members import a_member, staff
from tests.makers_payments import REFUND, a_paid_order, ledger_of, money_of, refund, send_refunds
from tests.pond import Pond, statements

SALE = (
    "afterSale { id kind state amount { minor } deducted { minor } dueAt replacementOrderId lines { quantity kept } }"
)
APPLY = f"""mutation ($input: AfterSaleApplyInput!) {{ afterSaleApply(input: $input) {{
  {SALE} replayed userErrors {{ code path }} }} }}"""
CANCEL = f"""mutation ($input: AfterSaleCancelInput!) {{ afterSaleCancel(input: $input) {{
  {SALE} userErrors {{ code }} }} }}"""
SHIP_BACK = f"""mutation ($input: AfterSaleShipBackInput!) {{ afterSaleShipBack(input: $input) {{
  {SALE} userErrors {{ code }} }} }}"""
AGREE = f"""mutation ($input: AfterSaleAgreeInput!) {{ afterSaleAgree(input: $input) {{
  {SALE} userErrors {{ code path }} }} }}"""
REJECT = f"""mutation ($input: AfterSaleRejectInput!) {{ afterSaleReject(input: $input) {{
  {SALE} userErrors {{ code }} }} }}"""
RECEIVE = f"""mutation ($input: AfterSaleReceiveInput!) {{ afterSaleReceive(input: $input) {{
  {SALE} userErrors {{ code path }} }} }}"""
REFUSE = f"""mutation ($input: AfterSaleRejectInput!) {{ afterSaleRefuse(input: $input) {{
  {SALE} userErrors {{ code }} }} }}"""
SEEN = "query ($id: ID!) { afterSale(id: $id) { state answer } node(id: $id) { id } }"


async def step(pond: Pond, document: str, who: Principal, **given: Any) -> Any:
    """The payload of a step."""
    (payload,) = (await pond.ask(document, who, input=given)).values()
    return payload


async def apply(pond: Pond, who: Principal, order_id: str, *lines: tuple[str, int], **more: Any) -> Any:
    wanted = {
        "orderId": order_id,
        "kind": "RETURN_REFUND",
        "lines": [{"orderLineId": line, "quantity": many} for line, many in lines],
        "reason": "不合身",
        "idempotencyKey": uuid4().hex,
        **more,
    }
    if isinstance(wanted.get("amount"), int):
        wanted["amount"] = {"minor": wanted["amount"]}
    return await step(pond, APPLY, who, **wanted)


async def applied(pond: Pond, who: Principal, order_id: str, *lines: tuple[str, int], **more: Any) -> str:
    payload = await apply(pond, who, order_id, *lines, **more)
    assert payload["userErrors"] == [], payload
    return str(payload["afterSale"]["id"])


async def received(pond: Pond, order_id: str) -> None:
    """The goods have left, and the buyer has them."""
    await pond.select(
        """UPDATE "order" SET state = 'RECEIVED', shipped_at = $2, received_at = $2 WHERE id = $1""",
        key_of(Kind.ORDER, order_id),
        pond.time,
    )


async def bought(pond: Pond, many: int = 3, price: int = 33_33, stock: int = 5) -> tuple[Principal, str, str, Variant]:
    """A member, the paid order of so many units, its line, and their variant."""
    member, variant = await a_member(pond), await a_variant(pond, price=Money(price), stock=stock)
    order_id, (line,) = await a_paid_order(pond, member, (variant, many))
    return member, order_id, line, variant


async def sellable(pond: Pond, variant: Variant) -> int:
    return (await db.stock.levels_of(pond.context().reading, [variant.id]))[variant.id].sellable


async def returned(pond: Pond, who: Principal, order_id: str, line: str, many: int = 1, **more: Any) -> str:
    """An after-sale whose goods are on their way back."""
    sale = await applied(pond, who, order_id, (line, many), **more)
    await step(pond, AGREE, await staff(pond, Role.OPERATOR), afterSaleId=sale)
    await step(pond, SHIP_BACK, who, afterSaleId=sale, carrier="顺丰", trackingNumber="SF1")
    return sale


async def test_goods_come_back_and_their_money_goes_back(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line)

    got = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)
    await send_refunds(pond)

    assert got["afterSale"]["state"] == "REFUNDING"
    assert (await pond.ask(SEEN, member, id=sale))["afterSale"]["state"] == "COMPLETED"
    found = await money_of(pond, member, order_id)
    assert (found["state"], found["refunded"]["minor"]) == ("RECEIVED", 33_33)
    assert await sellable(pond, variant) == 5 - 3 + 1


async def test_all_units_that_came_back_end_the_order(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond, many=2)
    await received(pond, order_id)

    for _ in range(2):
        sale = await returned(pond, member, order_id, line)
        await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale, restock=False)
        await send_refunds(pond)

    assert (await money_of(pond, member, order_id))["state"] == "REFUNDED"
    assert await sellable(pond, variant) == 3
    assert await ledger_of(pond) == {}
    assert await db.stock.differences(pond.context().reading) == []


async def test_one_unit_is_claimed_by_one_after_sale_whoever_asks_at_the_same_time(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond, many=3)
    await received(pond, order_id)

    payloads = await asyncio.gather(*(apply(pond, member, order_id, (line, 1)) for _ in range(64)))

    codes = [payload["userErrors"][0]["code"] for payload in payloads if payload["userErrors"]]
    assert codes == ["INVALID_STATE"] * 61
    (row,) = await pond.select("SELECT count(*), count(DISTINCT unit) AS units FROM after_sale_unit")
    assert tuple(row) == (3, 3)


async def test_without_the_lock_two_claim_one_unit_and_the_database_says_no(pond: Pond) -> None:
    """The negative control of the race above: both look before either claims."""
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    ctx, key, started = pond.context(member), key_of(Kind.ORDER, order_id), asyncio.Barrier(2)
    found = (await db.orders.orders_by_id(ctx.reading, [key]))[key]
    wanted = Applying(key, AfterSaleKind.RETURN_REFUND, {key_of(Kind.ORDER_LINE, line): 1}, "不合身")

    async def careless() -> None:
        async with pond.database.writing() as tx:
            _, claimed = await db.after_sales.taken(tx, key)
            await started.wait()
            new = domain.after_sales.apply(found, wanted, claimed, {}, AfterSaleTerms(), ctx.new_id(), ctx.now())
            await db.after_sales.add(tx, new)

    outcomes = await asyncio.gather(careless(), careless(), return_exceptions=True)

    assert asyncpg.UniqueViolationError in {type(one) for one in outcomes}


async def test_the_same_request_again_is_the_same_after_sale(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)

    asked = {"kind": "REFUND_ONLY", "idempotencyKey": "once"}
    payloads = [await apply(pond, member, order_id, (line, 1), **asked) for _ in range(2)]

    assert [payload["replayed"] for payload in payloads] == [False, True]
    assert payloads[0]["afterSale"] == payloads[1]["afterSale"]


async def test_a_silent_seller_agrees_to_what_has_not_left(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond, many=2)
    sale = await applied(pond, member, order_id, (line, 2), kind="REFUND_ONLY")

    pond.later(seconds=48 * 3_600 - 1)
    assert await resolvers.after_sale_handling.go_on(pond.context()) == 0
    pond.later(seconds=1)
    done = await asyncio.gather(*(resolvers.after_sale_handling.go_on(pond.context()) for _ in range(3)))
    await send_refunds(pond)

    assert sum(done) == 1
    assert (await pond.ask(SEEN, member, id=sale))["afterSale"]["state"] == "COMPLETED"
    found = await money_of(pond, member, order_id)
    assert (found["state"], [one["amount"]["minor"] for one in found["refunds"]]) == ("REFUNDED", [66_66])
    assert await sellable(pond, variant) == 5


async def test_a_buyer_who_does_not_send_has_given_up(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    sale = await applied(pond, member, order_id, (line, 3))
    await step(pond, AGREE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    pond.later(seconds=7 * 86_400 - 1)
    assert await resolvers.after_sale_handling.go_on(pond.context()) == 0
    pond.later(seconds=1)
    assert await resolvers.after_sale_handling.go_on(pond.context()) == 1

    assert (await pond.ask(SEEN, member, id=sale))["afterSale"]["state"] == "CANCELLED_BY_BUYER"
    assert (await apply(pond, member, order_id, (line, 3)))["userErrors"] == []


async def test_what_a_seller_does_not_look_at_has_come_back_well(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line)

    pond.later(seconds=7 * 86_400 - 1)
    assert await resolvers.after_sale_handling.go_on(pond.context()) == 0
    pond.later(seconds=1)
    assert await resolvers.after_sale_handling.go_on(pond.context()) == 1

    assert (await pond.ask(SEEN, member, id=sale))["afterSale"]["state"] == "REFUNDING"


async def test_what_cannot_go_on_by_itself_waits_for_staff(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond, stock=3)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line, kind="EXCHANGE")
    await pond.select("UPDATE after_sale SET due_at = $1", pond.time)
    await pond.select("UPDATE stock_location SET ships = false")

    assert await resolvers.after_sale_handling.go_on(pond.context()) == 0

    assert await resolvers.after_sale_handling.go_on(pond.context()) == 0
    assert (await pond.ask(SEEN, member, id=sale))["afterSale"]["state"] == "RETURNING"
    refunded = await step(
        pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale, refundInstead=True, restock=False
    )
    assert (refunded["afterSale"]["state"], refunded["afterSale"]["amount"]["minor"]) == ("REFUNDING", 33_33)
    assert await sellable(pond, variant) == 0


async def test_an_exchange_sends_the_same_goods_anew(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line, kind="EXCHANGE")

    payload = await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    new_id = payload["afterSale"]["replacementOrderId"]
    found = await pond.ask(
        "query ($id: ID!) { order(id: $id) { state total { minor } lines { quantity variantId } } }", member, id=new_id
    )
    assert (found["order"]["state"], found["order"]["total"]["minor"]) == ("PAID", 0)
    assert [one["quantity"] for one in found["order"]["lines"]] == [1]
    assert (await money_of(pond, member, order_id))["refunded"]["minor"] == 0
    assert await sellable(pond, variant) == 2
    assert await db.stock.differences(pond.context().reading) == []


@pytest.mark.parametrize("restock", [None, False, True])
async def test_of_two_units_of_which_one_was_exchanged_staff_pays_back_one(pond: Pond, *, restock: bool | None) -> None:
    member, order_id, line, _ = await bought(pond, many=2)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line, kind="EXCHANGE")
    await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    answers = [await refund(pond, order_id, lines=[(line, 1)], ofSent=True, restock=restock) for _ in range(2)]

    assert [[no["code"] for no in one["userErrors"]] for one in answers] == [[], ["INVALID_STATE"]]
    assert (await money_of(pond, member, order_id))["refunded"]["minor"] == 33_33
    assert await db.stock.differences(pond.context().reading) == []


async def test_what_was_paid_back_before_it_left_is_none_of_what_was_exchanged(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond, many=3)
    await sent(pond, order_id, (line, 2))
    sale = await returned(pond, member, order_id, line, many=2, kind="EXCHANGE")
    await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    assert (await refund(pond, order_id, lines=[(line, 1)]))["userErrors"] == []

    refused = (await apply(pond, member, order_id, (line, 1)))["userErrors"]
    assert [one["path"] for one in refused] == [["input", "lines", "0", "quantity"]]


@pytest.mark.parametrize("kind", ["REFUND_ONLY", "RETURN_REFUND", "EXCHANGE"])
async def test_units_that_have_left_and_units_that_have_not_are_asked_about_one_by_one(pond: Pond, kind: str) -> None:
    member, order_id, line, _ = await bought(pond, many=3)
    await sent(pond, order_id, (line, 1))

    mixed = await apply(pond, member, order_id, (line, 3), kind=kind)

    assert [(one["code"], one["path"]) for one in mixed["userErrors"]] == [
        ("INVALID_STATE", ["input", "lines", "0", "quantity"])
    ]
    about_one = await apply(pond, member, order_id, (line, 1), kind=kind)
    assert (about_one["userErrors"], about_one["afterSale"]["dueAt"] is not None) == ([], kind == "REFUND_ONLY")


async def test_what_was_exchanged_is_not_paid_back_besides(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond, many=2)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line, kind="EXCHANGE")
    await step(pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    both = await refund(pond, order_id, lines=[(line, 2)], ofSent=True, restock=True)
    other = await refund(pond, order_id, lines=[(line, 1)], ofSent=True, restock=True)

    assert [no["path"] for no in both["userErrors"]] == [["input", "lines", "0", "quantity"]]
    assert other["userErrors"] == []


async def test_a_brand_says_no_and_the_units_are_free_again(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    operator = await staff(pond, Role.OPERATOR)
    sale = await applied(pond, member, order_id, (line, 3))

    rejected = await step(pond, REJECT, operator, afterSaleId=sale, answer="已超出质量问题范围")
    again = await returned(pond, member, order_id, line)
    refused = await step(pond, REFUSE, operator, afterSaleId=again, answer="吊牌已剪")

    assert rejected["afterSale"]["state"] == "REJECTED"
    assert refused["afterSale"]["state"] == "REFUSED"
    assert (await pond.ask(SEEN, member, id=again))["afterSale"]["answer"] == "吊牌已剪"
    assert (await apply(pond, member, order_id, (line, 3)))["userErrors"] == []


async def test_a_buyer_gives_up_before_the_goods_are_sent(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    first = await applied(pond, member, order_id, (line, 1))
    sent = await returned(pond, member, order_id, line)

    given_up = await step(pond, CANCEL, member, afterSaleId=first)
    too_late = await step(pond, CANCEL, member, afterSaleId=sent)

    assert given_up["afterSale"]["state"] == "CANCELLED_BY_BUYER"
    assert too_late["userErrors"] == [{"code": "INVALID_STATE"}]


async def test_a_part_of_the_money_may_be_agreed_to_and_the_goods_stay(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond)
    await received(pond, order_id)
    sale = await applied(pond, member, order_id, (line, 1), kind="REFUND_ONLY", amount=20_00)
    operator = await staff(pond, Role.OPERATOR)

    more = await step(pond, AGREE, operator, afterSaleId=sale, amount={"minor": 20_01})
    agreed = await step(pond, AGREE, operator, afterSaleId=sale, amount={"minor": 15_00})
    await send_refunds(pond)

    assert more["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "amount"]}]
    assert agreed["afterSale"]["amount"]["minor"] == 15_00
    found = await money_of(pond, member, order_id)
    assert (found["state"], found["refunded"]["minor"]) == ("RECEIVED", 15_00)
    assert await sellable(pond, variant) == 2
    assert (await apply(pond, member, order_id, (line, 3)))["userErrors"][0]["code"] == "INVALID_STATE"


async def test_staff_does_not_pay_back_around_an_open_after_sale(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await applied(pond, member, order_id, (line, 1), kind="REFUND_ONLY")

    wanted = {
        "orderId": order_id,
        "reason": "…",
        "idempotencyKey": "k",
        "lines": [{"orderLineId": line, "quantity": 1}],
    }
    (error,) = await pond.refused(REFUND, await staff(pond, Role.FINANCE), input=wanted)

    assert (error["code"], error["path"]) == ("INVALID_STATE", ["input", "lines"])


async def test_an_open_after_sale_keeps_its_order_from_being_done_with(pond: Pond) -> None:
    pond.services.rules = replace(pond.services.rules, after_sales=AfterSaleTerms(timedelta(days=30)))
    member, order_id, line, _ = await bought(pond)
    await received(pond, order_id)
    pond.later(days=14)
    sale = await applied(pond, member, order_id, (line, 1))
    pond.later(days=7)

    assert await resolvers.shipments.complete(pond.context()) == 0
    await step(pond, CANCEL, member, afterSaleId=sale)
    assert await resolvers.shipments.complete(pond.context()) == 1


async def test_an_after_sale_is_seen_by_its_buyer_and_by_staff(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    sale = await applied(pond, member, order_id, (line, 1), kind="REFUND_ONLY")
    other, operator = await a_member(pond), await staff(pond, Role.OPERATOR)

    assert await pond.ask("query ($id: ID!) { afterSale(id: $id) { id } }", other, id=sale) == {"afterSale": None}
    assert (await step(pond, CANCEL, other, afterSaleId=sale))["userErrors"] == [{"code": "NOT_FOUND"}]
    assert (await pond.ask(SEEN, operator, id=sale))["afterSale"]["state"] == "APPLIED"
    assert await pond.errors(AGREE, member, input={"afterSaleId": sale}) == ["FORBIDDEN"]


async def test_a_list_of_after_sales_takes_two_statements(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    operator = await staff(pond, Role.OPERATOR)
    for _ in range(3):
        await applied(pond, member, order_id, (line, 1), kind="REFUND_ONLY")

    with statements() as log:
        data = await pond.ask(
            "{ afterSales(first: 2, where: { state: { eq: APPLIED } }) { nodes { id lines { quantity } } } }", operator
        )

    assert len(data["afterSales"]["nodes"]) == 2
    assert len(log) == 2


async def test_an_order_shows_its_after_sales(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond)
    await applied(pond, member, order_id, (line, 2), kind="REFUND_ONLY")

    data = await pond.ask(
        """query ($id: ID!) { order(id: $id) { afterSales { kind amount { minor } dueAt lines { orderLineId quantity } } }
             myAfterSales(first: 5) { nodes { kind } } }""",
        member,
        id=order_id,
    )

    assert data["order"]["afterSales"] == [
        {
            "kind": "REFUND_ONLY",
            "amount": {"minor": 66_66},
            "dueAt": (pond.time + timedelta(hours=48)).isoformat().replace("+00:00", "Z"),
            "lines": [{"orderLineId": line, "quantity": 2}],
        }
    ]
    assert data["myAfterSales"]["nodes"] == [{"kind": "REFUND_ONLY"}]


@pytest.mark.parametrize("claimed_first", [True, False])
async def test_what_is_claimed_does_not_leave(pond: Pond, *, claimed_first: bool) -> None:
    """Asking back and sending at the same time: one of the two goes first, and the other sees it."""
    member, order_id, line, variant = await bought(pond, many=2)
    ctx = pond.context(await staff(pond, Role.OPERATOR))
    sending = Sending(key_of(Kind.ORDER, order_id), None, "顺丰", "SF2", "k")

    async def claim() -> None:
        await apply(pond, member, order_id, (line, 1), kind="REFUND_ONLY")

    if claimed_first:
        await claim()
    await asyncio.gather(resolvers.shipments.send(ctx, sending), *([] if claimed_first else [claim()]))

    (sent,) = await pond.select("SELECT coalesce(sum(quantity), 0) AS units FROM shipment_line")
    (claimed,) = await pond.select(
        "SELECT count(*) AS units FROM after_sale_unit u JOIN after_sale s ON s.id = u.after_sale_id WHERE s.unsent"
    )
    assert sent["units"] + claimed["units"] == 2
    assert await sellable(pond, variant) == 3


async def two_parts(pond: Pond) -> tuple[Principal, str, str, str]:
    """A member, their paid order of two things, and its lines."""
    member, variants = await a_member(pond), [await a_variant(pond, price=Money(10_00)) for _ in range(2)]
    order_id, (one, other) = await a_paid_order(pond, member, *((variant, 1) for variant in variants))
    return member, order_id, one, other


async def test_an_order_is_shipped_once_what_did_not_leave_went_back(pond: Pond) -> None:
    member, order_id, one, other = await two_parts(pond)
    await sent(pond, order_id, (one, 1))
    sale = await applied(pond, member, order_id, (other, 1), kind="REFUND_ONLY")

    await step(pond, AGREE, await staff(pond, Role.OPERATOR), afterSaleId=sale)

    assert (await money_of(pond, member, order_id))["state"] == "SHIPPED"
    got = await pond.ask(RECEIVED, member, id=order_id)
    assert got["orderReceive"]["order"]["state"] == "RECEIVED"


async def test_what_an_after_sale_was_about_can_leave_once_it_was_rejected(pond: Pond) -> None:
    member, order_id, _, other = await two_parts(pond)
    sale = await applied(pond, member, order_id, (other, 1), kind="REFUND_ONLY")
    first = await sent(pond, order_id)

    await step(pond, REJECT, await staff(pond, Role.OPERATOR), afterSaleId=sale, answer="已备货")
    last = await sent(pond, order_id)

    assert (first["state"], last["state"]) == ("PAID", "SHIPPED")
    (left,) = await pond.select("SELECT min(sent), sum(sent) FROM line_sent")
    assert tuple(left) == (1, 2)


async def test_what_has_not_left_goes_back_for_all_that_was_paid(pond: Pond) -> None:
    member, order_id, line, variant = await bought(pond, many=1, price=100_00)
    asked_less = await apply(pond, member, order_id, (line, 1), kind="REFUND_ONLY", amount=99_99)
    sale = await applied(pond, member, order_id, (line, 1), kind="REFUND_ONLY")
    operator = await staff(pond, Role.OPERATOR)

    less = await step(pond, AGREE, operator, afterSaleId=sale, amount={"minor": 1_00})
    stock = await sellable(pond, variant)
    whole = await step(pond, AGREE, operator, afterSaleId=sale)

    refused = [{"code": "BAD_USER_INPUT", "path": ["input", "amount"]}]
    assert (asked_less["userErrors"], less["userErrors"], whole["userErrors"]) == (refused, refused, [])
    assert (stock, await sellable(pond, variant)) == (4, 5)
    assert (await money_of(pond, member, order_id))["refunded"]["minor"] == 100_00


async def test_goods_that_came_back_damaged_are_paid_back_in_part_and_the_rest_later(pond: Pond) -> None:
    member, order_id, line, _ = await bought(pond, many=1, price=100_00)
    await received(pond, order_id)
    sale = await returned(pond, member, order_id, line)

    await step(
        pond, RECEIVE, await staff(pond, Role.OPERATOR), afterSaleId=sale, amount={"minor": 60_00}, restock=False
    )
    await send_refunds(pond)
    in_part = await money_of(pond, member, order_id)
    await refund(pond, order_id, amount=40_00)
    await send_refunds(pond)

    whole = await money_of(pond, member, order_id)
    assert [(one["state"], one["refunded"]["minor"]) for one in (in_part, whole)] == [
        ("REFUNDED", 60_00),
        ("REFUNDED", 100_00),
    ]
