"""P15: a store's bill is the sum of its flows to the fen; the store checks, the brand pays, and no flow is in two bills."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import uuid4

from domain.coupon_templates import Validity, Worth
from domain.identity import Role
from domain.promotions.coupons import CouponKind
from domain.settlements import payable_to
from domain.store_days import day_of
from schema.ids import Kind, id_of, key_of
from tests.acceptance.money import confirms, pays, pays_back, places, staff_token
from tests.deployments import Shop
from tests.makers_coupons import a_coupon
from tests.makers_members import staff
from tests.makers_settlements import CHECK, ISSUE, MAKE, PAY_BILL, Dealer, a_dealer, totals

DOWNLOAD = (
    "query ($id: ID!) { settlementBill(id: $id) { downloadPath flows(first: 20) { nodes { amount { minor } } } } }"
)
P15 = {
    "ORDER": 10_000_00,
    "REFUND": -800_00,
    "PLATFORM_FEE": -200_00,
    "PLATFORM_FEE_RETURN": 16_00,
    "COMMISSION": -600_00,
    "COMMISSION_CLAWBACK": 48_00,
    "COUPON_SUBSIDY": 300_00,
    "COUPON_SUBSIDY_REVERSAL": -24_00,
}


async def sold_the_day_before_yesterday(shop: Shop) -> tuple[Dealer, str]:
    """A dealer's 25 units for 10,000.00 after a coupon of 300.00 of the brand, two of which went back; and the day."""
    dealer, before = await a_dealer(shop.pond, mode="HQ_COLLECT"), shop.pond.time - timedelta(days=2)
    token = await shop.a_token(dealer.customer)
    validity = Validity(ends_at=shop.pond.time + timedelta(days=30))
    coupon = await a_coupon(shop.pond, dealer.customer, worth=Worth(CouponKind.FIXED, 300_00), validity=validity)
    named = {"couponIds": [id_of(Kind.COUPON, coupon.id)]}
    order_id, (line,) = await places(shop, token, (dealer.variant, 25), **named)
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    assert (await pays_back(shop, await staff_token(shop), order_id, (line, 2)))["userErrors"] == []
    await shop.pond.select("UPDATE outbox SET at = $1 WHERE aggregate_id = $2", before, key_of(Kind.ORDER, order_id))
    await shop.pond.project()
    return dealer, day_of(before, shop.pond.services.rules.time_zone).isoformat()


async def one(shop: Shop, document: str, token: str, **given: Any) -> Any:
    (answer,) = (await shop.ask(document, token, input=given)).values()
    return answer


async def test_the_bill_is_8740_and_goes_from_hand_to_hand(shop: Shop) -> None:
    dealer, day = await sold_the_day_before_yesterday(shop)
    finance, manager = await staff_token(shop), await shop.a_token(dealer.manager)
    wanted = {"storeId": id_of(Kind.STORE, dealer.store_id), "firstDay": day, "lastDay": day}
    bill = (await one(shop, MAKE, finance, **wanted))["bill"]
    same = (await one(shop, MAKE, finance, **wanted))["bill"]
    ways = [
        await one(shop, ISSUE, finance, billId=bill["id"]),
        await one(shop, CHECK, manager, billId=bill["id"]),
        await one(shop, PAY_BILL, finance, billId=bill["id"], reference="T1", idempotencyKey=uuid4().hex),
    ]
    told = (await shop.ask(DOWNLOAD, manager, id=bill["id"]))["settlementBill"]

    assert (bill["amount"]["minor"], totals(bill), same["id"]) == (8_740_00, P15, bill["id"])
    assert [way["bill"]["state"] for way in ways] == ["OUT", "CHECKED", "PAID"]
    assert sum(flow["amount"]["minor"] for flow in told["flows"]["nodes"]) == 8_740_00
    moved = await shop.pond.select(
        "SELECT sum(CASE WHEN destination = $1 THEN amount_minor ELSE 0 END),"
        " sum(CASE WHEN source = $1 THEN amount_minor ELSE 0 END) FROM ledger_posting WHERE $1 IN (source, destination)",
        payable_to(dealer.store_id),
    )
    assert moved[0][0] == moved[0][1] > 8_740_00


async def test_no_flow_enters_a_second_bill_however_many_are_made_at_once(shop: Shop) -> None:
    dealer, day = await sold_the_day_before_yesterday(shop)
    finance = await staff_token(shop)
    starts = [(shop.pond.time - timedelta(days=3 + n)).date().isoformat() for n in range(64)]
    store = id_of(Kind.STORE, dealer.store_id)
    answers = await asyncio.gather(
        *(one(shop, MAKE, finance, storeId=store, firstDay=start, lastDay=day) for start in starts)
    )
    made = [answer["bill"] for answer in answers if answer["bill"]]
    codes = {error["code"] for answer in answers for error in answer["userErrors"]}

    assert [totals(bill) for bill in made] == [P15]
    assert codes == {"NONE_LEFT"}


async def test_the_workbook_is_for_those_who_may_see_the_bill(shop: Shop) -> None:
    dealer, day = await sold_the_day_before_yesterday(shop)
    wanted = {"storeId": id_of(Kind.STORE, dealer.store_id), "firstDay": day, "lastDay": day}
    bill = (await one(shop, MAKE, await staff_token(shop), **wanted))["bill"]
    manager = await shop.a_token(dealer.manager)
    path = (await shop.ask(DOWNLOAD, manager, id=bill["id"]))["settlementBill"]["downloadPath"]
    tokens = [manager, await shop.a_token(await staff(shop.pond, Role.CONTENT)), "nonsense"]
    answers = [
        await shop.client.get(path, headers={"authorization": f"Bearer {token}"} if token else {})
        for token in [*tokens, None]
    ]

    assert [answer.status_code for answer in answers] == [200, 404, 401, 401]
    assert answers[0].content[:2] == b"PK"
    assert answers[0].headers["content-disposition"].startswith("attachment; filename*=UTF-8''S")
