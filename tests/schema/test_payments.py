"""Payments of an order: one or several, never more than it costs, each with an effect once."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
import pytest

import db.orders
import resolvers.orders
import resolvers.payments
from app.standins.telling import Post
from domain.gateways import Provider, Told
from domain.money import Money
from domain.payments import PayBy, PaymentState
from resolvers.payments import Paying
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member
from tests.makers_payments import (
    CANCEL,
    PLACE,
    a_paid_order,
    an_order,
    an_order_of,
    begun,
    check_payments,
    confirm,
    ledger_of,
    money_of,
    pay,
    send_refunds,
)
from tests.makers_value import a_gift_card
from tests.pond import Pond, statements

PAYMENT = "query ($id: ID!) { payment(id: $id) { state orderId } node(id: $id) { id } }"


async def kinds_told(pond: Pond) -> list[str]:
    rows = await pond.select("SELECT kind FROM outbox WHERE aggregate = 'order' ORDER BY id")
    return [row["kind"] for row in rows]


async def test_an_order_is_paid_by_several_payments(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)

    first = await begun(pond, member, order_id, amount=30_00)
    second = await begun(pond, member, order_id, amount=70_00)
    await confirm(pond, second)
    half = await money_of(pond, member, order_id)
    await confirm(pond, first)
    whole = await money_of(pond, member, order_id)

    assert (half["state"], half["paid"]["minor"]) == ("PLACED", 70_00)
    assert (whole["state"], whole["paid"]["minor"]) == ("PAID", 100_00)
    assert [(one["state"], one["amount"]["minor"]) for one in whole["payments"]] == [("PAID", 30_00), ("PAID", 70_00)]
    assert await kinds_told(pond) == ["OrderPlaced", "PaymentReceived", "OrderPaid"]
    assert await ledger_of(pond) == {"provider:sandbox": -100_00, "brand:sales": 100_00}


async def test_payments_never_come_to_more_than_the_order(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    await begun(pond, member, order_id, amount=60_00)

    payload = await pay(pond, member, order_id, amount=40_01)

    (error,) = payload["userErrors"]
    assert (error["code"], error["path"], error["left"]["minor"]) == ("BAD_USER_INPUT", ["input", "amount"], 40_00)


async def test_an_open_payment_keeps_its_amount_and_is_found_again(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)

    first, again = [await begun(pond, member, order_id) for _ in range(2)]

    assert first["id"] == again["id"]
    with pytest.raises(asyncpg.CheckViolationError):
        await pond.select('UPDATE "order" SET total_minor = 90_00, goods_minor = 90_00')


async def test_another_way_of_paying_takes_the_place_of_what_is_open(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    old = await begun(pond, member, order_id)

    new = await begun(pond, member, order_id, method="ALIPAY_QR")
    await check_payments(pond)
    pond.alipay.pay(key_of(Kind.PAYMENT, new["id"]).hex)
    await pond.alipay.all_told()

    found = await money_of(pond, member, order_id)
    assert found["state"] == "PAID"
    assert {one["id"]: one["state"] for one in found["payments"]} == {old["id"]: "CLOSED", new["id"]: "PAID"}
    assert new["codeUrl"]
    assert (await pond.standins.post(old["confirmUrl"])).status_code == 409


async def test_who_pays_twice_gets_the_second_payment_back_once(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    old = await begun(pond, member, order_id)
    new = await begun(pond, member, order_id, method="ALIPAY_QR")

    pond.alipay.pay(key_of(Kind.PAYMENT, new["id"]).hex)
    await pond.alipay.all_told()
    await confirm(pond, old)
    await asyncio.gather(*(send_refunds(pond) for _ in range(3)))

    found = await money_of(pond, member, order_id)
    assert found["state"] == "PAID"
    assert {one["id"]: (one["state"], one["refunded"]["minor"]) for one in found["payments"]} == {
        old["id"]: ("REFUND_DUE", 100_00),
        new["id"]: ("PAID", 0),
    }
    assert [(one["paymentId"], one["state"]) for one in found["refunds"]] == [(old["id"], "SUCCEEDED")]
    assert await ledger_of(pond) == {"provider:alipay": -100_00, "brand:sales": 100_00}


async def test_the_same_request_begins_one_payment(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)

    answers = await asyncio.gather(*(pay(pond, member, order_id, idempotencyKey="once") for _ in range(8)))

    assert len({answer["payment"]["id"] for answer in answers}) == 1
    assert len(await pond.select("SELECT 1 FROM payment")) == 1


async def test_the_same_key_for_another_part_is_refused(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    await begun(pond, member, order_id, amount=10_00, idempotencyKey="once")

    payload = await pay(pond, member, order_id, amount=20_00, idempotencyKey="once")

    assert payload["userErrors"][0]["code"] == "IDEMPOTENCY_KEY_REUSED"


async def test_parts_that_are_asked_for_at_once_fit_into_the_total(pond: Pond) -> None:
    """Ten of 64 parts of a tenth, each some fen less so that none is another's."""
    order_id, member = await an_order_of(pond, 1_000_00)

    answers = await asyncio.gather(*(pay(pond, member, order_id, amount=100_00 - i) for i in range(64)))

    asked = [answer["payment"]["amount"]["minor"] for answer in answers if answer["payment"]]
    assert len(asked) == 10
    (order,) = await pond.select('SELECT asked_minor FROM "order"')
    assert order["asked_minor"] == sum(asked)


async def test_without_its_lock_parts_ask_for_more_and_the_database_says_no(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control of the race above: a careless read in place of the lock."""
    order_id, member = await an_order_of(pond, 10_00)

    async def careless(tx: Any, key: Any) -> Any:
        return (await db.orders.orders_by_id(tx, [key])).get(key)

    async def counted(tx: Any, after: Any) -> None:
        await tx._connection.execute('UPDATE "order" SET asked_minor = asked_minor + $2 WHERE id = $1', after.id, 6_00)

    monkeypatch.setattr("db.orders.lock", careless)
    monkeypatch.setattr("db.orders.save", counted)
    ctx, key = pond.context(member), key_of(Kind.ORDER, order_id)
    wishes = [Paying(key, f"k{i}", PayBy.ALIPAY_QR if i else PayBy.SANDBOX, Money(6_00)) for i in range(2)]
    started = asyncio.Barrier(2)

    async def begin(wanted: Paying) -> None:
        async with pond.database.writing() as tx:
            order = await careless(tx, key)
            await started.wait()
            await resolvers.payments._begin(ctx, tx, order, wanted)

    outcomes = await asyncio.gather(*map(begin, wishes), return_exceptions=True)

    assert [type(one) for one in outcomes if one is not None] == [asyncpg.CheckViolationError]


async def test_a_hundred_notifications_at_once_have_one_effect(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)
    pond.bank.telling.copies = 100

    await confirm(pond, payment)

    assert (await money_of(pond, member, order_id))["paid"]["minor"] == 100_00
    assert await kinds_told(pond) == ["OrderPlaced", "OrderPaid"]
    assert len(await pond.select("SELECT 1 FROM ledger_posting")) == 1


async def test_a_lost_notification_is_found_within_a_minute(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)
    pond.bank.telling.post = Post.LOST
    pond.later(seconds=11)
    await check_payments(pond)

    await confirm(pond, payment)
    pond.later(seconds=31)
    await asyncio.gather(*(check_payments(pond) for _ in range(3)))

    assert (await money_of(pond, member, order_id))["state"] == "PAID"
    assert await kinds_told(pond) == ["OrderPlaced", "OrderPaid"]


async def test_money_that_comes_after_its_order_was_given_up_goes_back_once(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)
    await pond.ask(CANCEL, member, id=order_id)
    pond.bank.telling.copies = 8

    await confirm(pond, payment)
    await asyncio.gather(*(send_refunds(pond) for _ in range(4)))

    found = await money_of(pond, member, order_id)
    assert found["state"] == "CANCELLED"
    assert found["payments"][0]["state"] == "REFUND_DUE"
    assert [(one["state"], one["amount"]["minor"]) for one in found["refunds"]] == [("SUCCEEDED", 100_00)]
    assert await ledger_of(pond) == {}


async def test_giving_an_order_up_closes_its_payments_and_gives_its_parts_back(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    part = await begun(pond, member, order_id, amount=30_00)
    rest = await begun(pond, member, order_id, amount=70_00)
    await confirm(pond, part)

    pond.later(minutes=16)
    await resolvers.orders.cancel_overdue(pond.context())
    await send_refunds(pond)
    await check_payments(pond)

    found = await money_of(pond, member, order_id)
    assert found["state"] == "CANCELLED"
    assert [one["state"] for one in found["payments"]] == ["REFUND_DUE", "CLOSED"]
    assert [one["state"] for one in found["refunds"]] == ["SUCCEEDED"]
    assert (await pond.standins.post(rest["confirmUrl"])).status_code == 409
    assert await ledger_of(pond) == {}


async def test_a_card_that_paid_a_part_is_full_again_once_the_order_is_given_up(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    card = id_of(Kind.GIFT_CARD, await a_gift_card(pond, member, 30_00))
    await begun(pond, member, order_id, method="GIFT_CARD", giftCardId=card, amount=30_00)

    await asyncio.gather(*(pond.ask(CANCEL, member, id=order_id) for _ in range(4)))

    found = await money_of(pond, member, order_id)
    assert [(one["state"], one["refunded"]["minor"]) for one in found["payments"]] == [("REFUND_DUE", 30_00)]
    assert [(one["state"], one["amount"]["minor"]) for one in found["refunds"]] == [("SUCCEEDED", 30_00)]
    balances = await ledger_of(pond)
    assert "brand:deposits" not in balances
    assert "brand:refunds_due" not in balances


async def test_an_order_that_runs_out_of_time_as_it_is_paid_is_paid_or_goes_back(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)
    pond.later(minutes=16)

    await asyncio.gather(confirm(pond, payment), resolvers.orders.cancel_overdue(pond.context()))
    await send_refunds(pond)

    found = await money_of(pond, member, order_id)
    paid, given_up = ("PAID", "PAID", []), ("CANCELLED", "REFUND_DUE", ["SUCCEEDED"])
    outcome = found["state"], found["payments"][0]["state"], [one["state"] for one in found["refunds"]]
    assert outcome in (paid, given_up)


async def test_a_provider_that_does_not_answer_may_have_heard(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    pond.bank.is_down = True

    payload = await pay(pond, member, order_id, idempotencyKey="once")
    between = await money_of(pond, member, order_id)
    pond.bank.is_down = False
    payment = await begun(pond, member, order_id, idempotencyKey="once")

    assert payload["userErrors"][0]["code"] == "PROVIDER_UNAVAILABLE"
    assert [one["state"] for one in between["payments"]] == ["UNKNOWN"]
    assert payment["id"] == between["payments"][0]["id"]
    assert payment["state"] == "PENDING"


async def test_a_late_notification_never_takes_an_order_back(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)
    await confirm(pond, payment)
    (row,) = await pond.select("SELECT id, provider_reference FROM payment")
    await pond.select("""UPDATE "order" SET state = 'SHIPPED', shipped_at = paid_at""")

    told = Told("another", Provider.SANDBOX, row["provider_reference"], row["id"], Money(100_00), pond.time)
    settled = await resolvers.payments.book(pond.context(), told)

    assert settled.state is PaymentState.PAID
    assert (await money_of(pond, member, order_id))["state"] == "SHIPPED"


async def test_a_wrong_amount_changes_nothing_and_alerts(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)
    pond.bank._transactions[key_of(Kind.PAYMENT, payment["id"]).hex].amount = 1
    pond.bank.telling.post = Post.HELD

    await confirm(pond, payment)
    assert await pond.bank.telling.deliver() == [False]

    assert (await money_of(pond, member, order_id))["payments"][0]["state"] == "PENDING"
    assert len(await pond.select("SELECT 1 FROM outbox WHERE kind = 'PaymentAlert'")) == 1


async def test_jsapi_gets_its_parameters_for_who_is_known_to_wechat(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    await pond.select(
        """INSERT INTO member_identity (id, member_id, provider, app_id, openid, created_at)
           VALUES (gen_random_uuid(), $1, 'WX_MP', 'wx-app', 'o-1', now())""",
        member.member_id,
    )

    payment = await begun(pond, member, order_id, method="WECHAT_JSAPI")

    assert payment["jsapi"]["package"].startswith("prepay_id=")


async def test_what_a_provider_refuses_stands_in_nobodys_way(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)

    payload = await pay(pond, member, order_id, method="WECHAT_JSAPI")
    payment = await begun(pond, member, order_id)

    assert payload["userErrors"][0]["code"] == "PROVIDER_REFUSED"
    assert payment["amount"]["minor"] == 100_00


async def test_a_way_of_paying_that_is_not_set_up_is_refused(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    pond.services.payments = {}

    payload = await pay(pond, member, order_id)

    assert payload["userErrors"] == [{"code": "BAD_USER_INPUT", "path": ["input", "method"]}]


async def test_a_payment_is_seen_by_who_pays_alone(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id)

    own = await pond.ask(PAYMENT, member, id=payment["id"])
    others = await pond.ask(PAYMENT, await a_member(pond), id=payment["id"])

    assert own["payment"] == {"state": "PENDING", "orderId": order_id}
    assert others == {"payment": None, "node": None}


async def test_completing_a_payment_takes_twelve_statements_at_most(pond: Pond) -> None:
    variants = [await a_variant(pond) for _ in range(3)]
    member = await a_member(pond)
    order_id, _ = await an_order(pond, member, *((one, 2) for one in variants))
    payment = await begun(pond, member, order_id)
    pond.bank.telling.post = Post.LOST
    await confirm(pond, payment)
    key = key_of(Kind.PAYMENT, payment["id"])
    (row,) = await pond.select("SELECT amount_minor FROM payment")

    with statements() as log:
        told = Told("m", Provider.SANDBOX, "T", key, Money(row["amount_minor"]), pond.time)
        settled = await resolvers.payments.book(pond.context(), told)

    assert settled.state is PaymentState.PAID
    assert len(log) <= 12, "\n".join(log)


@pytest.mark.parametrize(("live", "shop", "most"), [(1, 0, 10), (0, 1, 11), (2, 2, 12)])
async def test_an_order_of_a_live_room_pays_its_guide_in_twelve_statements_at_most(
    pond: Pond, live: int, shop: int, most: int
) -> None:
    """Those that change live stock beside the shop's lock it first."""
    items = [await an_item(pond, price=100_00, stock=5, limit=3) for _ in range(2)]
    room, _ = await a_room(pond, None, *items)
    variants = [*(item.variant_id for item in items[:live]), *[(await a_variant(pond)).id for _ in range(shop)]]
    lines = [{"variantId": id_of(Kind.VARIANT, one), "quantity": 1} for one in variants]
    wanted = {"lines": lines, "liveRoomId": id_of(Kind.LIVE_ROOM, room.id), "idempotencyKey": "k"}
    member = await a_member(pond)
    order = (await pond.ask(PLACE, member, input=wanted))["orderPlace"]["order"]
    await begun(pond, member, order["id"])
    (row,) = await pond.select("SELECT id, amount_minor FROM payment")

    with statements() as log:
        told = Told("m", Provider.SANDBOX, "T", row["id"], Money(row["amount_minor"]), pond.time)
        await resolvers.payments.book(pond.context(), told)

    assert len(await pond.select("SELECT 1 FROM commission")) == live + shop
    assert len(log) <= most, "\n".join(log)


async def test_a_page_of_orders_with_payments_and_refunds_takes_four_statements(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond)
    for _ in range(3):
        await a_paid_order(pond, member, (variant, 1))

    with statements() as log:
        data = await pond.ask("{ myOrders(first: 3) { nodes { payments { state } refunds { state } } } }", member)

    assert [len(one["payments"]) for one in data["myOrders"]["nodes"]] == [1, 1, 1]
    assert len(log) == 4
