"""Block G of what is promised about attacks on orders, prices, coupons, stock and payments: what no scenario covers.

Elsewhere: G9 P20, P21; G10 P1, P3; G11, G13 C7, C29; G15 to G18 P34, C19, C21; G25 P23.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, get_named_type, is_required_input_field

import resolvers.placing
from domain.catalogue import Variant
from domain.identity import Role
from domain.money import Money
from schema.ids import Kind, id_of
from tests.acceptance.money import a_good, a_paid_order, gives_up, pays_back, places, staff_token
from tests.acceptance.plays import ahead, available, running, unpaid_orders_are_given_up
from tests.acceptance.test_c27_fulfilment import sends
from tests.acceptance.test_c33_proration import so_much_off
from tests.deployments import Shop
from tests.makers_carts import COMPLETE, CREATE, line_of
from tests.makers_catalogue import a_product, a_variant, variants_of
from tests.makers_members import a_member
from tests.makers_payments import CANCEL
from tests.makers_plays import a_seckill
from tests.makers_stock import nothing_is_lost
from tests.makers_value import granted
from tests.pond import the_schema
from tests.schema.test_stock import ADJUST

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id total { minor } pointsUsed }
  replayed userErrors { code path ... on UnpaidOrdersLimited { limit }
    ... on QuoteOutdated { quote { quoteId total { minor } } } } } }"""
QUOTE = "query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) { quoteId total { minor } } }"
MINE = "{ myOrders(first: 100) { nodes { id state } } me { points { balance } } }"
UNPAID = 20
"""How many orders of one member may wait for payment."""


def wanted(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"lines": list(lines), "idempotencyKey": uuid4().hex, **more}


async def place(shop: Shop, token: str, *lines: dict[str, Any], **more: Any) -> Any:
    return (await shop.ask(PLACE, token, input=wanted(*lines, **more)))["orderPlace"]


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


@pytest.mark.parametrize("mutation", ["orderPlace", "cartCreate", "cartLinesAdd", "cartLinesUpdate", "cartComplete"])
def test_g1_a_buyer_cannot_say_a_price(mutation: str) -> None:
    """No input of a buyer holds money, a price, a total or a discount, however deep."""
    field = the_schema()._schema.mutation_type.fields[mutation]
    waiting, seen = [get_named_type(one.type) for one in field.args.values()], set()
    while waiting:
        type_ = waiting.pop()
        seen.add(type_.name)
        parts = type_.fields if isinstance(type_, GraphQLInputObjectType) else {}
        for name, part in parts.items():
            assert not any(word in name.lower() for word in ("price", "total", "discount", "amount", "fee")), name
            waiting += [inner] if (inner := get_named_type(part.type)).name not in seen else []

    assert not seen & {"MoneyInput", "Long", "Float"}


async def test_g1_a_price_that_is_sent_all_the_same_is_refused(shop: Shop) -> None:
    good, token = await a_good(shop, 10_00), await shop.a_token()
    line = line_of(good) | {"unitPrice": {"minor": 1}}
    body = {"query": PLACE, "variables": {"input": wanted(line, total={"minor": 1})}}

    answer = (await shop.client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})).json()

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert (await shop.ask(MINE, token))["myOrders"]["nodes"] == []


async def test_g2_what_was_quoted_is_paid_or_nothing_is_ordered(shop: Shop) -> None:
    good, token = await a_variant(shop.pond, price=Money(10_00)), await shop.a_token()
    quote = (await shop.ask(QUOTE, token, lines=[line_of(good)]))["cartQuote"]
    await shop.pond.select("UPDATE variant SET price_minor = 1100 WHERE id = $1", good.id)

    stale = await place(shop, token, line_of(good), quoteId=quote["quoteId"])
    made_up = await place(shop, token, line_of(good), quoteId="q" * 32)
    fresh = (await shop.ask(QUOTE, token, lines=[line_of(good)]))["cartQuote"]
    (told,) = (error["quote"] for error in stale["userErrors"])
    placed = await place(shop, token, line_of(good), quoteId=told["quoteId"])

    assert [codes(stale), codes(made_up), codes(placed)] == [["PRICE_CHANGED"], ["PRICE_CHANGED"], []]
    assert told == fresh, "the new quote comes with the refusal, and can be ordered by"
    assert placed["order"]["total"]["minor"] == fresh["total"]["minor"] == 11_00


async def test_g4_two_taps_are_one_order(shop: Shop) -> None:
    """With one key; with two, and a cart, as well."""
    good, token = await a_good(shop, 10_00), await shop.a_token()
    wish = wanted(line_of(good))
    cart = (await shop.ask(CREATE, token, input={"lines": [line_of(good)]}))["cartCreate"]["cart"]
    taps = [{"cartId": cart["id"], "idempotencyKey": uuid4().hex} for _ in range(2)]

    by_key = await asyncio.gather(*(shop.ask(PLACE, token, input=wish) for _ in range(8)))
    by_cart = await asyncio.gather(*(shop.ask(COMPLETE, token, input=tap) for tap in taps))

    assert len({answer["orderPlace"]["order"]["id"] for answer in by_key}) == 1
    assert sum(not answer["orderPlace"]["replayed"] for answer in by_key) == 1
    assert len({answer["cartComplete"]["order"]["id"] for answer in by_cart}) == 1
    assert await available(shop, good.id) == 8


async def test_g5_a_key_is_for_one_request_of_one_member(shop: Shop) -> None:
    good, mei, lan = await a_good(shop, 10_00), await shop.a_token(), await shop.a_token()

    first = await place(shop, mei, line_of(good), idempotencyKey="k")
    other_input = await place(shop, mei, line_of(good, 2), idempotencyKey="k")
    others = await place(shop, lan, line_of(good, 2), idempotencyKey="k")

    assert (codes(first), codes(other_input), codes(others)) == ([], ["IDEMPOTENCY_KEY_REUSED"], [])
    assert first["order"]["id"] != others["order"]["id"]
    assert (others["replayed"], await available(shop, good.id)) == (False, 7)


ONCE_BY_NATURE = {
    "refundRetry", "afterSaleAgree", "afterSaleReceive", "drawOpen", "drawClose", "drawWithdraw", "redPacketGrab",
    "membershipCardActivate", "giftCardBind", "settlementBillIssue", "settlementBillDispute",
}  # fmt: skip
"""They let one thing go one step on, or give one thing to one member: there is nothing to do a second time."""


def test_g5_whatever_moves_money_takes_a_key_unless_it_can_be_done_once_alone() -> None:
    """Reliability P2."""
    schema = the_schema()
    fields = schema._schema.mutation_type.fields
    money = {name for name in fields if schema.catalogue.of(schema._schema.mutation_type, name).money}

    without = {name for name in money if not _must_have_a_key(fields[name].args["input"].type)}

    assert money >= {"orderPlace", "cartComplete", "orderPay", "orderRefund", "pointsGrant", "giftSend", "balanceTopUp"}
    assert without == ONCE_BY_NATURE


def _must_have_a_key(type_: Any) -> bool:
    fields = get_named_type(type_).fields
    return "idempotencyKey" in fields and is_required_input_field(fields["idempotencyKey"])


async def test_g6_a_member_has_only_so_many_unpaid_orders_also_of_64_at_once(shop: Shop) -> None:
    good, token = await a_good(shop, 10_00, stock=100), await shop.a_token()

    answers = await asyncio.gather(*(place(shop, token, line_of(good)) for _ in range(64)))

    refused = Counter(code for answer in answers for code in codes(answer))
    placed = [answer["order"]["id"] for answer in answers if answer["order"]]
    assert (len(placed), refused) == (UNPAID, {"TOO_MANY_UNPAID": 64 - UNPAID})
    assert await available(shop, good.id) == 100 - UNPAID
    more = await place(shop, token, line_of(good))
    assert more["userErrors"] == [{"code": "TOO_MANY_UNPAID", "path": [], "limit": UNPAID}]

    await gives_up(shop, token, placed[0])
    assert codes(await place(shop, token, line_of(good))) == []
    await unpaid_orders_are_given_up(ahead(shop, minutes=16))
    assert await available(shop, good.id) == 100, "what is not paid is there again"
    assert codes(await place(shop, token, line_of(good))) == []
    assert await nothing_is_lost(shop.pond)


async def test_g6_without_places_a_member_could_keep_everything(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control: to look how many there are keeps nobody from placing more meanwhile."""
    good, member = await a_good(shop, 10_00, stock=100), await a_member(shop.pond)
    monkeypatch.setattr(resolvers.placing, "place_among_unpaid", lambda *_: None)

    for _ in range(UNPAID + 1):
        await shop.pond.ask(PLACE, member, input=wanted(line_of(good)))

    assert len((await shop.pond.ask(MINE, member))["myOrders"]["nodes"]) == UNPAID + 1


async def test_g14_what_moves_money_and_goods_is_not_for_buyers(shop: Shop) -> None:
    good, token = await a_good(shop, 10_00), await shop.a_token()
    order_id, (line,) = await a_paid_order(shop, token, (good, 1))
    documents: dict[str, dict[str, Any]] = {
        "orderRefund": {"orderId": order_id, "reason": "r", "lines": [{"orderLineId": line, "quantity": 1}]},
        "shipmentCreate": {"orderId": order_id, "carrier": "c", "trackingNumber": "n"},
        "pointsGrant": {"memberId": "mem_1", "points": 1, "reason": "r"},
        "stockAdjust": {"variantId": id_of(Kind.VARIANT, good.id), "delta": 1},
        "couponRevoke": {"couponIds": ["cpn_1"], "reason": "r"},
        "afterSaleAgree": {"afterSaleId": "aft_1"},
    }
    fields = the_schema()._schema.mutation_type.fields
    for name, given in documents.items():
        kind = fields[name].args["input"].type
        keyed = {"idempotencyKey": uuid4().hex} if "idempotencyKey" in get_named_type(kind).fields else {}
        query = f"mutation ($input: {kind}) {{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        body = {"query": query, "variables": {"input": {**given, **keyed}}}
        answer = (await shop.client.post("/graphql", json=body, headers={"authorization": f"Bearer {token}"})).json()
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"], name

    cancelled = (await shop.ask(CANCEL, token, id=order_id))["orderCancel"]
    assert codes(cancelled) == ["INVALID_STATE"], "a paid payment is never rolled back"
    assert (await shop.ask(MINE, token))["myOrders"]["nodes"] == [{"id": order_id, "state": "PAID"}]


async def test_g19_points_are_spent_once_and_never_more_than_there_are(shop: Shop) -> None:
    member, good = await a_member(shop.pond), await a_variant(shop.pond, price=Money(100_00), stock=64)
    await granted(shop.pond, member, 1_000)
    token = await shop.a_token(member)

    answers = await asyncio.gather(*(place(shop, token, line_of(good), points=1_000) for _ in range(16)))
    too_many = await place(shop, token, line_of(good), points=2**31 - 1)

    assert sum(answer["order"]["pointsUsed"] for answer in answers if answer["order"]) == 1_000
    assert (await shop.ask(MINE, token))["me"]["points"]["balance"] == 0
    assert codes(too_many) == ["BAD_USER_INPUT"]
    transfers = [name for name in the_schema()._schema.mutation_type.fields if name.startswith("points")]
    assert sorted(transfers) == ["pointsDeduct", "pointsGrant", "pointsOfferEnd", "pointsOfferPublish"]


@pytest.mark.parametrize(
    ("lines", "quantity", "code"),
    [
        pytest.param(101, 1, "BAD_USER_INPUT", id="101 lines"),
        pytest.param(1, 1_000, "BAD_USER_INPUT", id="1,000 units"),
        pytest.param(1, 2**31 - 1, "BAD_USER_INPUT", id="as many as there are numbers"),
        pytest.param(1, -1, "BAD_USER_INPUT", id="less than nothing"),
        pytest.param(100, 999, "BAD_USER_INPUT", id="more than a JSON number carries"),
        pytest.param(9, 999, None, id="as much as it carries"),
    ],
)
async def test_g20_carts_are_bounded_so_that_no_sum_overflows(
    shop: Shop, lines: int, quantity: int, code: str | None
) -> None:
    product = await _a_dear_product(shop, min(lines, 100))
    given = [line_of(one, quantity) for one in product] + [line_of(uuid4())] * (lines - len(product))
    body = {"query": QUOTE, "variables": {"lines": given}}

    answer = (await shop.client.post("/graphql", json=body)).json()

    if code is None:
        assert answer["data"]["cartQuote"]["total"]["minor"] == 9 * 999 * 10**12 < 2**53
    else:
        assert [error["extensions"]["code"] for error in answer["errors"]] == [code]


async def _a_dear_product(shop: Shop, many: int) -> list[Variant]:
    sizes = [str(n) for n in range(many)] if many > 1 else []
    return await variants_of(shop.pond, await a_product(shop.pond, price=Money(10**12), sizes=sizes, stock=0))


EDIT = "mutation ($input: OrderEditInput!) { orderEdit(input: $input) { userErrors { code } } }"
ADDRESS = {
    "name": "Mei",
    "phone": "13800000000",
    "province": "上海市",
    "city": "上海市",
    "district": "静安区",
    "line": "1号",
}


async def test_g21_what_was_sent_keeps_its_address_and_is_not_given_up(shop: Shop) -> None:
    good, token = await a_good(shop, 10_00), await shop.a_token()
    order_id, _ = await a_paid_order(shop, token, (good, 1))
    await sends(shop, await staff_token(shop, Role.OPERATOR), order_id)

    edit = {"orderId": order_id, "changes": {"address": ADDRESS}, "idempotencyKey": uuid4().hex}
    edited = (await shop.ask(EDIT, token, input=edit))["orderEdit"]
    cancelled = (await shop.ask(CANCEL, token, id=order_id))["orderCancel"]

    assert (codes(edited), codes(cancelled)) == (["INVALID_STATE"], ["INVALID_STATE"])


async def test_g23_stock_is_not_set_without_what_was_counted(shop: Shop) -> None:
    good, operator = await a_good(shop, 10_00, stock=5), await staff_token(shop, Role.OPERATOR)
    variant = {"variantId": id_of(Kind.VARIANT, good.id)}

    async def sets(**given: Any) -> Any:
        wish = {**variant, "idempotencyKey": uuid4().hex, **given}
        return (await shop.ask(ADJUST, operator, input=wish))["stockAdjust"]

    blind = await sets(quantity=50)
    counts = await asyncio.gather(*(sets(quantity=10 + n, expectedQuantity=5) for n in range(16)))

    assert codes(blind) == ["BAD_USER_INPUT"]
    assert Counter(code for one in counts for code in codes(one)) == {"STALE_QUANTITY": 15}
    (set_to,) = [one["variant"]["available"] for one in counts if one["variant"]]
    assert await available(shop, good.id) == set_to
    assert await nothing_is_lost(shop.pond)


async def test_g24_a_flash_sale_begins_by_the_servers_clock(shop: Shop) -> None:
    good, token = await a_good(shop, 10_00), await shop.a_token()
    times = running(hours=2)
    sale = await a_seckill(shop.pond, good, stock=5, starts_at=times["ends_at"], ends_at=ahead(shop, hours=3).now())
    play = {"kind": "SECKILL", "id": id_of(Kind.SECKILL, sale.id)}
    future = {"date": "Sat, 01 Jan 2050 00:00:00 GMT", "x-client-time": "2050-01-01T00:00:00Z"}

    body = {"query": PLACE, "variables": {"input": wanted(line_of(good), play=play)}}
    headers = {"authorization": f"Bearer {token}", **future}
    answers = await asyncio.gather(*(shop.client.post("/graphql", json=body, headers=headers) for _ in range(8)))

    for answer in answers:
        assert codes(answer.json()["data"]["orderPlace"]) == ["NOT_STARTED"]


async def test_g26_a_fen_over_three_lines_is_a_fen(shop: Shop) -> None:
    """The line totals sum to the total; the property is in tests/domain/test_promotions_properties.py."""
    member = await a_member(shop.pond)
    token, goods = await shop.a_token(member), [await a_good(shop, 10_00) for _ in range(3)]
    order_id, lines = await places(
        shop, token, *((one, 1) for one in goods), couponIds=[await so_much_off(shop, member, 1)]
    )
    document = "query ($id: ID!) { order(id: $id) { total { minor } lines { payable { minor } unitPaid { minor } } } }"

    order = (await shop.ask(document, token, id=order_id))["order"]

    payables = [one["payable"]["minor"] for one in order["lines"]]
    assert (sorted(payables), sum(payables)) == ([9_99, 10_00, 10_00], order["total"]["minor"])
    assert len(lines) == 3
    assert codes(await pays_back(shop, await staff_token(shop), order_id, (lines[0], 1))) == ["INVALID_STATE"]
