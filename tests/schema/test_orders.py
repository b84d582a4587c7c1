"""Orders: a price, a promise of stock, a payment, or giving up."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

import db.catalogue
import db.stock
import resolvers.live
import resolvers.orders
from domain.catalogue import Audience, ProductVisibility, Variant
from domain.identity import Principal
from domain.live import LiveRoomState
from domain.money import Money
from domain.stock import StockLevel
from providers.payments_sandbox import signed
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_guides import a_guide
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.pond import SECRET, Pond, statements

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id number state total { amount } payBefore lines { name quantity unitPrice { minor } total { minor } } }
  replayed
  userErrors { code path retryable message ... on InsufficientStock { variantId available } }
} }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) {
  payment { id state confirmUrl amount { minor } } replayed userErrors { code path } } }"""
CANCEL = """mutation ($id: ID!) { orderCancel(input: {orderId: $id}) {
  order { state cancelReason } userErrors { code path } } }"""
ORDER = "query ($id: ID!) { order(id: $id) { state paidAt guideId } }"


def line(variant: Variant, quantity: int = 1) -> dict[str, Any]:
    return {"variantId": id_of(Kind.VARIANT, variant.id), "quantity": quantity}


async def place(pond: Pond, who: Principal, *lines: dict[str, Any], **more: Any) -> Any:
    wanted = {"lines": list(lines), "idempotencyKey": uuid4().hex, **more}
    return (await pond.ask(PLACE, who, input=wanted))["orderPlace"]


async def placed(pond: Pond, who: Principal, *lines: dict[str, Any], **more: Any) -> str:
    payload = await place(pond, who, *lines, **more)
    assert payload["userErrors"] == []
    return str(payload["order"]["id"])


async def begin_to_pay(pond: Pond, who: Principal, order_id: str, key: str = "") -> Any:
    wanted = {"orderId": order_id, "idempotencyKey": key or uuid4().hex}
    return (await pond.ask(PAY, who, input=wanted))["orderPay"]


async def confirm(pond: Pond, payment: Any) -> None:
    """The payer says yes in the payment sheet, and the provider tells us."""
    answer = await pond.standins.post(payment["confirmUrl"])
    assert answer.is_success
    await pond.bank.all_told()


async def paid(pond: Pond, who: Principal, *lines: dict[str, Any], **more: Any) -> str:
    order_id = await placed(pond, who, *lines, **more)
    await confirm(pond, (await begin_to_pay(pond, who, order_id))["payment"])
    return order_id


async def stock_of(pond: Pond, variant: Variant) -> StockLevel:
    return (await db.stock.levels_of(pond.context().reading, [variant.id]))[variant.id]


async def test_a_quote_prices_a_cart_without_promising_anything(pond: Pond) -> None:
    variant = await a_variant(pond, stock=3)

    data = await pond.ask(
        "query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) { total { minor } lines { inStock available } } }",
        lines=[line(variant, 5)],
    )

    assert data["cartQuote"]["total"]["minor"] == 5 * variant.price.minor
    assert data["cartQuote"]["lines"] == [{"inStock": False, "available": 3}]
    assert (await stock_of(pond, variant)).sellable == 3


async def test_a_quote_for_a_room_that_is_not_on_air_says_that_nothing_is_ordered_there(pond: Pond) -> None:
    variant, member = await a_variant(pond), await a_member(pond)
    room, host = await a_room(pond)
    await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}]
    asked = {"lines": lines, "liveRoomId": id_of(Kind.LIVE_ROOM, room.id)}
    document = """query ($lines: [CartLineInput!]!, $room: ID) {
      cartQuote(lines: $lines, liveRoomId: $room) { canBeOrdered } }"""

    quote = (await pond.ask(document, member, lines=lines, room=asked["liveRoomId"]))["cartQuote"]
    refused = await pond.refused(PLACE, member, input=asked | {"idempotencyKey": uuid4().hex})

    assert not quote["canBeOrdered"]
    assert [error["code"] for error in refused] == ["INVALID_STATE"]


async def test_a_placed_order_keeps_its_prices_and_promises_its_stock(pond: Pond) -> None:
    variant = await a_variant(pond, stock=10)

    payload = await place(pond, await a_member(pond), line(variant, 4))

    assert payload["order"]["state"] == "PLACED"
    assert payload["order"]["lines"][0]["total"]["minor"] == 4 * variant.price.minor
    level = await stock_of(pond, variant)
    assert (level.sellable, level.reserved) == (6, 4)


async def test_an_order_takes_all_of_its_lines_or_none(pond: Pond) -> None:
    plenty, scarce = await a_variant(pond, stock=10), await a_variant(pond, stock=2)

    payload = await place(pond, await a_member(pond), line(plenty, 1), line(scarce, 3))

    assert payload["order"] is None
    (error,) = payload["userErrors"]
    assert error["code"] == "INSUFFICIENT_STOCK"
    assert error["path"] == ["input", "lines", "1", "quantity"]
    assert (error["variantId"], error["available"]) == (id_of(Kind.VARIANT, scarce.id), 2)
    assert (await stock_of(pond, plenty)).sellable == 10


@pytest.mark.parametrize("quantity", [0, -1, 1000])
async def test_a_quantity_out_of_bounds_names_its_line(pond: Pond, quantity: int) -> None:
    variant = await a_variant(pond)

    payload = await place(pond, await a_member(pond), line(variant, quantity))

    assert payload["userErrors"][0]["code"] == "BAD_USER_INPUT"
    assert payload["userErrors"][0]["path"] == ["input", "lines", "0", "quantity"]


async def test_a_product_for_members_cannot_be_quoted_by_a_visitor(pond: Pond) -> None:
    product = await a_product(pond, visibility=ProductVisibility.MEMBERS)
    (variant,) = await variants_of(pond, product)

    codes = await pond.errors(
        "query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) { total { minor } } }", lines=[line(variant)]
    )

    assert codes == ["NOT_FOUND"]


async def test_the_same_request_again_is_the_same_order(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=10), await a_member(pond)

    first = await place(pond, member, line(variant, 2), idempotencyKey="once")
    again = await place(pond, member, line(variant, 2), idempotencyKey="once")

    assert again == {**first, "replayed": True}
    assert (await stock_of(pond, variant)).sellable == 8


async def test_who_asks_again_hears_how_the_order_is_now(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=10), await a_member(pond)
    first = await place(pond, member, line(variant), idempotencyKey="once")
    await pond.ask(CANCEL, member, id=first["order"]["id"])

    again = await place(pond, member, line(variant), idempotencyKey="once")

    assert (again["order"]["id"], again["order"]["state"]) == (first["order"]["id"], "CANCELLED")
    assert again["replayed"]


async def test_an_answer_that_was_kept_whole_is_still_understood(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=10), await a_member(pond)
    first = await place(pond, member, line(variant), idempotencyKey="once")
    await pond.select(
        """UPDATE idempotency_key SET answer = jsonb_build_object('order', jsonb_build_object('id', (answer ->> 'order')::uuid,
               'number', '1', 'lines', '[]'::jsonb), 'replayed', true, 'code_ignored', false) WHERE key = 'once'"""
    )

    assert await place(pond, member, line(variant), idempotencyKey="once") == {**first, "replayed": True}


async def test_another_request_may_not_use_the_same_key(pond: Pond) -> None:
    variant, member = await a_variant(pond), await a_member(pond)
    await placed(pond, member, line(variant, 1), idempotencyKey="once")

    payload = await place(pond, member, line(variant, 2), idempotencyKey="once")

    assert payload["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_a_key_is_the_members_own(pond: Pond) -> None:
    variant = await a_variant(pond)

    ids = [await placed(pond, await a_member(pond), line(variant), idempotencyKey="once") for _ in range(2)]

    assert ids[0] != ids[1]


async def test_one_key_sent_many_times_at_once_is_one_order(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=10), await a_member(pond)
    processes = [pond, Pond(pond.database)]

    answers = await asyncio.gather(
        *(place(processes[n % 2], member, line(variant), idempotencyKey="once") for n in range(64))
    )

    assert len({answer["order"]["id"] for answer in answers}) == 1
    assert sum(not answer["replayed"] for answer in answers) == 1
    assert (await stock_of(pond, variant)).reserved == 1


async def test_fifty_buyers_of_ten_units_make_ten_orders(pond: Pond) -> None:
    variant = await a_variant(pond, stock=10)
    members = [await a_member(pond) for _ in range(50)]

    answers = await asyncio.gather(*(place(pond, member, line(variant)) for member in members))

    assert sum(answer["order"] is not None for answer in answers) == 10
    assert {e["code"] for answer in answers for e in answer["userErrors"]} == {"INSUFFICIENT_STOCK"}
    level = await stock_of(pond, variant)
    assert (level.sellable, level.reserved) == (0, 10)


async def test_without_the_conditional_update_the_same_crowd_would_oversell(pond: Pond) -> None:
    """The negative control: read, decide, write loses what others took in between."""
    variant = await a_variant(pond, stock=10)
    sold = []

    async def careless_order() -> None:
        left = (await stock_of(pond, variant)).sellable
        await asyncio.sleep(0)
        if left >= 1:
            sold.append(variant.id)

    await asyncio.gather(*(careless_order() for _ in range(50)))

    assert len(sold) > 10


async def test_orders_of_the_same_things_in_another_order_do_not_wait_for_each_other_for_ever(pond: Pond) -> None:
    variants = [await a_variant(pond, stock=1000) for _ in range(4)]
    members = [await a_member(pond) for _ in range(16)]

    answers = await asyncio.gather(
        *(
            place(pond, member, *(line(v) for v in (variants if i % 2 else reversed(variants))))
            for i, member in enumerate(members)
        )
    )

    assert all(answer["userErrors"] == [] for answer in answers)


async def test_a_paid_order_sells_its_stock(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=10), await a_member(pond)

    order_id = await paid(pond, member, line(variant, 3))

    assert (await pond.ask(ORDER, member, id=order_id))["order"]["state"] == "PAID"
    level = await stock_of(pond, variant)
    assert (level.sellable, level.reserved, level.sold) == (7, 0, 3)


async def test_paying_twice_asks_for_one_payment(pond: Pond) -> None:
    member = await a_member(pond)
    order_id = await placed(pond, member, line(await a_variant(pond)))

    first = await begin_to_pay(pond, member, order_id, "once")
    again = await begin_to_pay(pond, member, order_id, "once")
    anew = await begin_to_pay(pond, member, order_id, "twice")

    assert (again["payment"], again["replayed"]) == (first["payment"], True)
    assert anew["payment"]["id"] == first["payment"]["id"]


async def notify(pond: Pond, payment: Any, *, message: str = "m1", **changes: Any) -> httpx.Response:
    said = {
        "out_trade_no": payment["id"].removeprefix("pay_"),
        "transaction_id": "SBX1",
        "amount": payment["amount"]["minor"],
        "currency": "CNY",
        "paid_at": pond.time.isoformat(),
    }
    body = orjson.dumps({**said, **changes})
    return await pond.standins.post(
        "/payments/sandbox/notify", content=body, headers=signed(SECRET, message, body, pond.time)
    )


async def test_an_order_that_costs_nothing_is_paid_at_once(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond, price=Money(0), stock=5)
    order_id = await placed(pond, member, line(variant, 2))

    payload = await begin_to_pay(pond, member, order_id)

    assert (payload["payment"], payload["userErrors"]) == (None, [])
    assert (await pond.ask(ORDER, member, id=order_id))["order"]["state"] == "PAID"
    assert (await stock_of(pond, variant)).sold == 2


async def test_a_notification_told_many_times_at_once_is_booked_once(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=5), await a_member(pond)
    payment = (await begin_to_pay(pond, member, await placed(pond, member, line(variant, 2))))["payment"]

    answers = await asyncio.gather(*(notify(pond, payment, message=f"m{i}") for i in range(20)))

    assert {answer.status_code for answer in answers} == {200}
    assert (await stock_of(pond, variant)).sold == 2
    assert len(await pond.select("SELECT 1 FROM ledger_posting WHERE destination = 'brand:sales'")) == 1


async def test_another_amount_is_not_booked(pond: Pond) -> None:
    member = await a_member(pond)
    order_id = await placed(pond, member, line(await a_variant(pond)))
    payment = (await begin_to_pay(pond, member, order_id))["payment"]

    answer = await notify(pond, payment, amount=1)

    assert (answer.status_code, answer.json()) == (400, {"code": "AMOUNT_MISMATCH"})
    assert (await pond.ask(ORDER, member, id=order_id))["order"]["state"] == "PLACED"


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param({"x-sandbox-signature": "0" * 64}, id="forged"),
        pytest.param({"x-sandbox-timestamp": "1"}, id="stale"),
        pytest.param({"x-sandbox-message": "another"}, id="of another message"),
    ],
)
async def test_what_the_provider_did_not_sign_now_is_not_booked(pond: Pond, spoil: dict[str, str]) -> None:
    body = b"{}"

    answer = await pond.standins.post(
        "/payments/sandbox/notify", content=body, headers=signed(SECRET, "m", body, pond.time) | spoil
    )

    assert answer.status_code == 401


async def test_money_that_comes_after_the_order_was_closed_is_kept_and_due_back(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=5), await a_member(pond)
    order_id = await placed(pond, member, line(variant))
    payment = (await begin_to_pay(pond, member, order_id))["payment"]
    await pond.ask(CANCEL, member, id=order_id)

    answer = await notify(pond, payment)

    assert answer.status_code == 200
    assert (await pond.ask(ORDER, member, id=order_id))["order"]["state"] == "CANCELLED"
    (row,) = await pond.select("SELECT state FROM payment")
    assert row["state"] == "REFUND_DUE"
    assert (await stock_of(pond, variant)).sellable == 5


async def test_giving_an_order_up_returns_its_stock_once(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=5), await a_member(pond)
    order_id = await placed(pond, member, line(variant, 2))

    answers = await asyncio.gather(*(pond.ask(CANCEL, member, id=order_id) for _ in range(5)))

    errors = [error for answer in answers for error in answer["orderCancel"]["userErrors"]]
    assert errors == [{"code": "INVALID_STATE", "path": ["input", "orderId"]}] * 4
    assert (await stock_of(pond, variant)).sellable == 5


async def test_an_order_that_is_not_paid_in_time_returns_its_stock(pond: Pond) -> None:
    variant, member = await a_variant(pond, stock=5), await a_member(pond)
    order_id = await placed(pond, member, line(variant, 2))

    pond.later(minutes=14)
    assert await resolvers.orders.cancel_overdue(pond.context()) == 0
    pond.later(minutes=2)
    counts = await asyncio.gather(*(resolvers.orders.cancel_overdue(pond.context()) for _ in range(3)))

    assert sum(counts) == 1
    assert (await stock_of(pond, variant)).sellable == 5
    assert (await pond.ask(ORDER, member, id=order_id))["order"]["state"] == "CANCELLED"


async def test_an_order_past_its_time_can_no_longer_be_paid(pond: Pond) -> None:
    member = await a_member(pond)
    order_id = await placed(pond, member, line(await a_variant(pond)))
    pond.later(minutes=16)

    payload = await begin_to_pay(pond, member, order_id)

    assert payload["userErrors"][0]["code"] == "INVALID_STATE"


async def test_an_order_is_seen_by_nobody_but_its_member(pond: Pond) -> None:
    order_id = await placed(pond, await a_member(pond), line(await a_variant(pond)))
    other = await a_member(pond)

    assert (await pond.ask(ORDER, other, id=order_id))["order"] is None
    assert (await pond.ask("query ($id: ID!) { node(id: $id) { id } }", other, id=order_id))["node"] is None
    assert (await pond.ask(CANCEL, other, id=order_id))["orderCancel"]["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await begin_to_pay(pond, other, order_id))["userErrors"][0]["code"] == "NOT_FOUND"


async def test_a_visitor_must_log_in_to_order(pond: Pond) -> None:
    wanted = {"lines": [line(await a_variant(pond))], "idempotencyKey": "k"}

    assert await pond.errors(PLACE, input=wanted) == ["UNAUTHENTICATED"]


async def test_an_order_in_a_live_room_pays_its_guide_at_the_tiers_rate(pond: Pond) -> None:
    item = await an_item(pond, price=100_00, stock=5)
    room, guide = await a_room(pond, None, item)
    variant = await _variant(pond, item.variant_id)

    await paid(pond, await a_member(pond), line(variant, 2), liveRoomId=id_of(Kind.LIVE_ROOM, room.id))

    (commission,) = await pond.select("SELECT guide_id, base_minor, rate_bp, amount_minor FROM commission")
    assert commission["guide_id"] == guide.guide_id
    assert commission["base_minor"] == 200_00
    assert commission["amount_minor"] == 200_00 * commission["rate_bp"] // 10_000
    (posted,) = await pond.select(
        "SELECT destination, amount_minor FROM ledger_posting WHERE source = 'brand:commission'"
    )
    assert posted["amount_minor"] == commission["amount_minor"]


async def test_a_guide_earns_nothing_on_an_own_purchase(pond: Pond) -> None:
    item = await an_item(pond)
    room, guide = await a_room(pond, None, item)
    variant = await _variant(pond, item.variant_id)

    await paid(pond, guide, line(variant), liveRoomId=id_of(Kind.LIVE_ROOM, room.id))

    assert await pond.select("SELECT 1 FROM ledger_posting WHERE source = 'brand:commission'") == []


async def test_a_code_at_checkout_credits_its_guide(pond: Pond) -> None:
    guide = await a_guide(pond)
    (row,) = await pond.select("SELECT share_code FROM guide WHERE id = $1", guide.guide_id)
    member = await a_member(pond)

    order_id = await paid(pond, member, line(await a_variant(pond)), code=row["share_code"])

    assert (await pond.ask(ORDER, member, id=order_id))["order"]["guideId"] == id_of(Kind.GUIDE, guide.guide_id)


async def test_a_code_that_means_nothing_is_ignored_and_said(pond: Pond) -> None:
    wanted = {"lines": [line(await a_variant(pond))], "idempotencyKey": "k", "code": "nobodyever"}

    data = await pond.ask(
        "mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } warnings { code } } }",
        await a_member(pond),
        input=wanted,
    )

    assert data["orderPlace"]["order"]
    assert data["orderPlace"]["warnings"] == [{"code": "SHARE_CODE_IGNORED"}]


async def test_placing_an_order_takes_fourteen_statements_at_most(pond: Pond) -> None:
    item = await an_item(pond, limit=3)
    room, _ = await a_room(pond, None, item)
    variants = [await a_variant(pond), await _variant(pond, item.variant_id)]
    member = await a_member(pond)
    wanted = {
        "lines": [line(v) for v in variants],
        "idempotencyKey": "k",
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
    }

    with statements() as log:
        await pond.ask(PLACE, member, input=wanted)

    assert len(log) <= 14, "\n".join(log)


async def test_a_page_of_orders_takes_two_statements(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    for _ in range(3):
        await placed(pond, member, line(variant))

    with statements() as log:
        data = await pond.ask("{ myOrders(first: 2) { nodes { id lines { name } } pageInfo { hasNextPage } } }", member)

    assert len(data["myOrders"]["nodes"]) == 2
    assert data["myOrders"]["pageInfo"]["hasNextPage"]
    assert len(log) == 2


async def _variant(pond: Pond, variant_id: Any) -> Variant:
    found = await db.catalogue.variants_by_id(pond.context().reading, Audience.STAFF, [variant_id])
    return found[variant_id]
