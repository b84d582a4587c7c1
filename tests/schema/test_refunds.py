"""Refunds: decided once, to the fen, sent by one number however often, and everything that hung on it reversed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

import db.orders
import db.refunds
import db.stock
import resolvers.refunds
from app.standins.telling import Post
from domain.gateways import Provider, RefundOutcome, RefundTold
from domain.identity import Role
from domain.money import Money
from domain.refunds import Wanted
from domain.refusals import NotFound
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant
from tests.makers_fulfilment import sent
from tests.makers_guides import a_guide
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member, staff
from tests.makers_payments import (
    PLACE,
    REFUND,
    a_paid_order,
    an_order_of,
    begun,
    confirm,
    ledger_of,
    money_of,
    refund,
    send_refunds,
)
from tests.pond import Pond, statements

RETRY = "mutation ($id: ID!) { refundRetry(input: { refundId: $id }) { refund { state } userErrors { code } } }"


async def a_paid_order_of(pond: Pond, fen: int) -> tuple[str, Any]:
    order_id, member = await an_order_of(pond, fen)
    await confirm(pond, await begun(pond, member, order_id))
    return order_id, member


async def the_refund(pond: Pond) -> Any:
    (row,) = await pond.select("SELECT * FROM refund")
    return row


async def test_units_go_back_one_after_the_other_and_the_order_with_the_last(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond, stock=5, price=Money(33_33))
    order_id, (line,) = await a_paid_order(pond, member, (variant, 3))

    first = await refund(pond, order_id, lines=[(line, 1)])
    await send_refunds(pond)
    between = await money_of(pond, member, order_id)
    await refund(pond, order_id, lines=[(line, 2)])
    leaving = await money_of(pond, member, order_id)
    await send_refunds(pond)
    gone = await money_of(pond, member, order_id)

    assert [one["amount"]["minor"] for one in first["refunds"]] == [33_33]
    assert [one["state"] for one in (between, leaving, gone)] == ["PAID", "REFUNDING", "REFUNDED"]
    assert gone["refunded"]["minor"] == 99_99
    assert (await db.stock.levels_of(pond.context().reading, [variant.id]))[variant.id].sellable == 5
    assert await ledger_of(pond) == {}


async def test_a_refund_reaches_the_provider_once_however_many_processes_send_it(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 100_00)
    await refund(pond, order_id, amount=40_00)

    await asyncio.gather(*(send_refunds(pond) for _ in range(64)))

    (transaction,) = pond.bank._transactions.values()
    assert [one.amount for one in transaction.refunds.values()] == [40_00]
    assert [one["state"] for one in (await money_of(pond, member, order_id))["refunds"]] == ["SUCCEEDED"]


async def test_a_provider_that_does_not_answer_is_asked_by_the_same_number(pond: Pond) -> None:
    order_id, _ = await a_paid_order_of(pond, 100_00)
    await refund(pond, order_id, amount=40_00)
    pond.bank.is_down, pond.bank.telling.post = True, Post.LOST
    await send_refunds(pond)
    between = await the_refund(pond)

    pond.bank.is_down = False
    pond.later(seconds=61)
    await send_refunds(pond)

    (transaction,) = pond.bank._transactions.values()
    assert between["state"] == "UNKNOWN"
    assert (await the_refund(pond))["state"] == "SUCCEEDED"
    assert list(transaction.refunds) == [between["id"].hex]


async def test_a_process_that_dies_as_it_sends_leaves_the_refund_to_another(pond: Pond) -> None:
    order_id, _ = await a_paid_order_of(pond, 100_00)
    await refund(pond, order_id, amount=40_00)
    async with pond.database.writing() as tx:
        claimed = await db.refunds.claim_due(tx, pond.time, timedelta(minutes=1), 10)

    await send_refunds(pond)
    assert (await the_refund(pond))["state"] == "UNKNOWN"
    pond.later(seconds=61)
    await send_refunds(pond)

    assert len(claimed) == 1
    assert (await the_refund(pond))["state"] == "SUCCEEDED"


async def test_a_refund_that_takes_time_arrives_when_the_provider_says_so(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 100_00)
    pond.bank.refunds_take_time = True
    await refund(pond, order_id, amount=100_00)
    await send_refunds(pond)
    on_the_way = await money_of(pond, member, order_id)

    pond.bank.telling.copies = 20
    pond.bank.finish_refund((await the_refund(pond))["id"].hex)
    await pond.bank.all_told()

    arrived = await money_of(pond, member, order_id)
    assert (on_the_way["state"], on_the_way["refunds"][0]["state"]) == ("REFUNDING", "PROCESSING")
    assert (arrived["state"], arrived["refunds"][0]["state"]) == ("REFUNDED", "SUCCEEDED")
    assert await ledger_of(pond) == {}


async def test_a_provider_that_will_not_be_asked_does_not_make_a_refund_fail(pond: Pond) -> None:
    """Its certificate is refused meanwhile; who took it for failed would pay back twice."""
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id, method="WECHAT_NATIVE")
    pond.wechat_pay.pay(key_of(Kind.PAYMENT, payment["id"]).hex)
    await pond.wechat_pay.all_told()
    pond.wechat_pay.refunds_take_time = True
    await refund(pond, order_id, amount=100_00)
    await send_refunds(pond)
    account, pond.wechat_pay.account = pond.wechat_pay.account, replace(pond.wechat_pay.account, serial="another")
    pond.later(minutes=2)
    await send_refunds(pond)
    between = await the_refund(pond)

    pond.wechat_pay.account = account
    pond.wechat_pay.finish_refund(between["id"].hex)
    await pond.wechat_pay.all_told()

    assert (between["state"], between["attempts"]) == ("PROCESSING", 2)
    assert (await the_refund(pond))["state"] == "SUCCEEDED"


async def test_a_refund_that_failed_is_asked_for_anew_by_finance(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 100_00)
    pond.bank.refunds_take_time = True
    await refund(pond, order_id, amount=100_00)
    await send_refunds(pond)
    failed = await the_refund(pond)
    pond.bank.finish_refund(failed["id"].hex, "CLOSED")
    await pond.bank.all_told()
    pond.bank.refunds_take_time = False

    finance = await staff(pond, Role.FINANCE)
    again = [await pond.ask(RETRY, finance, id=id_of(Kind.REFUND, failed["id"])) for _ in range(2)]
    await send_refunds(pond)

    found = await money_of(pond, member, order_id)
    assert [one["refundRetry"]["userErrors"] for one in again] == [[], [{"code": "INVALID_STATE"}]]
    assert [one["state"] for one in found["refunds"]] == ["FAILED", "SUCCEEDED"]
    assert (found["state"], found["refunded"]["minor"]) == ("REFUNDED", 100_00)
    assert await ledger_of(pond) == {}


async def test_a_member_does_not_pay_back(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 100_00)
    wanted = {"orderId": order_id, "reason": "…", "idempotencyKey": "k", "amount": {"minor": 1}}

    assert await pond.errors(REFUND, member, input=wanted) == ["FORBIDDEN"]


async def test_the_same_request_again_is_the_same_refund(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 100_00)
    finance = await staff(pond, Role.FINANCE)
    wanted = {"orderId": order_id, "reason": "补偿", "idempotencyKey": "once", "amount": {"minor": 5_00}}

    answers = await asyncio.gather(*(pond.ask(REFUND, finance, input=wanted) for _ in range(64)))

    payloads = [answer["orderRefund"] for answer in answers]
    assert len({payload["refunds"][0]["id"] for payload in payloads}) == 1
    assert sorted(payload["replayed"] for payload in payloads) == [False] + [True] * 63
    assert (await money_of(pond, member, order_id))["refunded"]["minor"] == 5_00


async def test_no_more_goes_back_than_was_paid_whoever_else_pays_back(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 10_00)

    finance = await staff(pond, Role.FINANCE)

    payloads = await asyncio.gather(*(refund(pond, order_id, by=finance, amount=1_01) for _ in range(64)))

    done = [payload for payload in payloads if not payload["userErrors"]]
    left = {payload["userErrors"][0]["left"]["minor"] for payload in payloads if payload["userErrors"]}
    assert len(done) == 9
    assert left == {10_00 - 9 * 1_01}
    assert (await money_of(pond, member, order_id))["payments"][0]["refunded"]["minor"] == 9 * 1_01


async def test_each_of_3_units_goes_back_once_whoever_of_64_pays_back(pond: Pond) -> None:
    member, finance = await a_member(pond), await staff(pond, Role.FINANCE)
    order_id, (line,) = await a_paid_order(pond, member, (await a_variant(pond, price=Money(10_00)), 3))

    payloads = await asyncio.gather(*(refund(pond, order_id, by=finance, lines=[(line, 1)]) for _ in range(64)))

    refusals = [error["code"] for payload in payloads for error in payload["userErrors"]]
    assert refusals == ["INVALID_STATE"] * 61
    assert await pond.select("SELECT unit FROM order_refund_unit ORDER BY unit") == [(0,), (1,), (2,)]
    assert (await money_of(pond, member, order_id))["refunded"]["minor"] == 30_00


async def test_without_the_lock_a_unit_goes_back_twice_and_the_database_says_no(pond: Pond) -> None:
    """The negative control of the race above, for units: both decide by the order as it was."""
    member = await a_member(pond)
    order_id, (line,) = await a_paid_order(pond, member, (await a_variant(pond), 2))
    ctx, key, started = pond.context(), key_of(Kind.ORDER, order_id), asyncio.Barrier(2)
    found = (await db.orders.orders_by_id(ctx.reading, [key]))[key]

    async def careless() -> None:
        await started.wait()
        async with pond.database.writing() as tx:
            await resolvers.refunds.give_back(ctx, tx, found, Wanted(units={key_of(Kind.ORDER_LINE, line): (0,)}), "…")

    outcomes = await asyncio.gather(careless(), careless(), return_exceptions=True)

    assert [type(one) for one in outcomes if one is not None] == [asyncpg.UniqueViolationError]


async def test_refunds_of_one_payment_at_wechat_are_sent_a_minute_apart(pond: Pond) -> None:
    order_id, member = await an_order_of(pond, 100_00)
    payment = await begun(pond, member, order_id, method="WECHAT_NATIVE")
    pond.wechat_pay.pay(key_of(Kind.PAYMENT, payment["id"]).hex)
    await pond.wechat_pay.all_told()
    for _ in range(3):
        await refund(pond, order_id, amount=1_00)

    states = []
    for _ in range(3):
        await send_refunds(pond)
        await pond.wechat_pay.all_told()
        found = await money_of(pond, member, order_id)
        states.append([one["state"] for one in found["refunds"]].count("SUCCEEDED"))
        pond.later(seconds=60)

    assert states == [1, 2, 3]


async def test_what_is_told_of_a_refund_that_we_did_not_ask_for_is_not_found(pond: Pond) -> None:
    order_id, _ = await a_paid_order_of(pond, 100_00)
    await refund(pond, order_id, amount=1_00)
    row = await the_refund(pond)

    for refund_id, provider in [(row["payment_id"], Provider.SANDBOX), (row["id"], Provider.ALIPAY)]:
        told = RefundTold("m", provider, refund_id, "R", RefundOutcome.SUCCEEDED, Money(1_00), pond.time)
        with pytest.raises(NotFound):
            await resolvers.refunds.book(pond.context(), told)


async def test_a_guide_loses_the_commission_on_what_went_back(pond: Pond) -> None:
    guide, member = await a_guide(pond), await a_member(pond)
    (row,) = await pond.select("SELECT share_code FROM guide WHERE id = $1", guide.guide_id)
    variant = await a_variant(pond, price=Money(33_33))
    wanted = {"lines": [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 3}], "idempotencyKey": "k"}
    data = await pond.ask(PLACE, member, input={**wanted, "code": row["share_code"]})
    order_id, line = data["orderPlace"]["order"]["id"], data["orderPlace"]["order"]["lines"][0]["id"]
    await confirm(pond, await begun(pond, member, order_id))

    left = []
    for _ in range(3):
        await refund(pond, order_id, lines=[(line, 1)])
        (one,) = await pond.select("SELECT amount_minor, clawed_back_minor FROM commission")
        left.append(one["amount_minor"] - one["clawed_back_minor"])

    rate = 500
    assert left == [66_66 * rate // 10_000, 33_33 * rate // 10_000, 0]
    assert "brand:commission" not in await ledger_of(pond)


async def test_live_units_that_go_back_are_the_shops_and_may_be_bought_again(pond: Pond) -> None:
    item = await an_item(pond, price=100_00, stock=5, limit=2)
    room, _ = await a_room(pond, None, item)
    member = await a_member(pond)
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 2}],
        "liveRoomId": id_of(Kind.LIVE_ROOM, room.id),
    }
    before = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    order = (await pond.ask(PLACE, member, input={**wanted, "idempotencyKey": "1"}))["orderPlace"]["order"]
    await confirm(pond, await begun(pond, member, order["id"]))

    await refund(pond, order["id"], lines=[(order["lines"][0]["id"], 2)])

    after = (await db.stock.levels_of(pond.context().reading, [item.variant_id]))[item.variant_id]
    again = await pond.ask(PLACE, member, input={**wanted, "idempotencyKey": "2"})
    assert (after.sellable, after.carved) == (before.sellable + 2, before.carved - 2)
    assert again["orderPlace"]["userErrors"] == []


async def test_shipping_does_not_go_back_after_a_package_has_left(pond: Pond) -> None:
    member, variants = await a_member(pond), [await a_variant(pond) for _ in range(2)]
    order_id, (one, other) = await a_paid_order(pond, member, *((variant, 1) for variant in variants))
    await sent(pond, order_id, (one, 1))

    answer = await refund(pond, order_id, lines=[(other, 1)], shipping=True)

    assert [(no["code"], no["path"]) for no in answer["userErrors"]] == [("BAD_USER_INPUT", ["input", "shipping"])]


async def test_all_of_the_money_does_not_go_back_while_units_are_left_that_have_not_left(pond: Pond) -> None:
    member, variants = await a_member(pond), [await a_variant(pond, stock=5, price=Money(10_00)) for _ in range(2)]
    order_id, (one, other) = await a_paid_order(pond, member, *((variant, 1) for variant in variants))
    await sent(pond, order_id, (one, 1))

    answer = await refund(pond, order_id, amount=20_00)
    mended = [await refund(pond, order_id, lines=[(other, 1)]), await refund(pond, order_id, amount=10_00)]
    await send_refunds(pond)

    assert [(no["code"], no["path"]) for no in answer["userErrors"]] == [("BAD_USER_INPUT", ["input", "lines"])]
    assert [each["userErrors"] for each in mended] == [[], []]
    levels = await db.stock.levels_of(pond.context().reading, [variant.id for variant in variants])
    assert [levels[variant.id].sellable for variant in variants] == [4, 5]


async def test_units_go_back_with_all_of_the_money_before_anything_has_left(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond, stock=5, price=Money(33_33))
    order_id, _ = await a_paid_order(pond, member, (variant, 3))
    await refund(pond, order_id, amount=9_99)

    await refund(pond, order_id, amount=90_00)
    await send_refunds(pond)

    assert (await money_of(pond, member, order_id))["state"] == "REFUNDED"
    assert (await db.stock.levels_of(pond.context().reading, [variant.id]))[variant.id].sellable == 5
    assert await db.stock.differences(pond.context().reading) == []


async def test_all_of_an_order_goes_back_once(pond: Pond) -> None:
    order_id, member = await a_paid_order_of(pond, 100_00)
    await refund(pond, order_id, amount=10_00)

    async def give_all_back() -> None:
        async with pond.database.writing() as tx:
            order = await db.orders.lock(tx, key_of(Kind.ORDER, order_id))
            assert order is not None
            await resolvers.refunds.refund_order(pond.context(), tx, order, "拼团未成")

    await asyncio.gather(*(give_all_back() for _ in range(4)))
    await send_refunds(pond)

    found = await money_of(pond, member, order_id)
    assert (found["state"], [one["amount"]["minor"] for one in found["refunds"]]) == ("REFUNDED", [10_00, 90_00])


async def test_paying_back_takes_as_many_statements_for_one_line_as_for_many(pond: Pond) -> None:
    member, finance = await a_member(pond), await staff(pond, Role.FINANCE)
    counts = []
    for many in (1, 5):
        variants = [await a_variant(pond) for _ in range(many)]
        order_id, lines = await a_paid_order(pond, member, *((one, 1) for one in variants))
        units = [{"orderLineId": line, "quantity": 1} for line in lines]
        wanted = {"orderId": order_id, "reason": "…", "idempotencyKey": order_id, "lines": units}
        with statements() as log:
            assert await pond.refused(REFUND, finance, input=wanted) == []
        counts.append(len(log))

    assert counts[0] == counts[1] <= 21, "\n".join(log)


async def test_units_that_have_not_left_do_not_go_back_for_less_than_was_paid(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond, stock=5, price=Money(100_00))
    order_id, (line,) = await a_paid_order(pond, member, (variant, 1))

    less = await refund(pond, order_id, lines=[(line, 1)], amount=99_99)
    pretended = await refund(pond, order_id, lines=[(line, 1)], amount=1_00, ofSent=True, restock=True)
    whole = await refund(pond, order_id, lines=[(line, 1)], amount=100_00)

    assert less["userErrors"] == [
        {"code": "BAD_USER_INPUT", "path": ["input", "amount"], "least": {"minor": 100_00}},
    ]
    assert [(no["code"], no["path"]) for no in pretended["userErrors"]] == [
        ("INVALID_STATE", ["input", "lines", "0", "quantity"])
    ]
    assert whole["order"] == {"state": "REFUNDING", "refunded": {"minor": 100_00}}


async def test_what_was_kept_of_goods_that_came_back_can_still_be_paid_back(pond: Pond) -> None:
    member, variant = await a_member(pond), await a_variant(pond, stock=5, price=Money(100_00))
    order_id, (line,) = await a_paid_order(pond, member, (variant, 1))
    await sent(pond, order_id)
    damaged = await refund(pond, order_id, lines=[(line, 1)], amount=1_00, ofSent=True, restock=False)
    await send_refunds(pond)

    again = await refund(pond, order_id, lines=[(line, 1)], ofSent=True)
    some = await refund(pond, order_id, amount=90_00)
    too_much = await refund(pond, order_id, amount=9_01)
    rest = await refund(pond, order_id, amount=9_00)
    await send_refunds(pond)

    assert damaged["order"] == {"state": "REFUNDING", "refunded": {"minor": 1_00}}
    assert again["userErrors"][0]["code"] == "INVALID_STATE"
    assert [one["order"]["state"] for one in (some, rest)] == ["REFUNDED"] * 2
    assert too_much["userErrors"][0]["left"] == {"minor": 9_00}
    found = await money_of(pond, member, order_id)
    assert (found["state"], found["refunded"]["minor"]) == ("REFUNDED", 100_00)
    assert [one["state"] for one in found["refunds"]] == ["SUCCEEDED"] * 3
    assert (await db.stock.levels_of(pond.context().reading, [variant.id]))[variant.id].sellable == 4
    assert await ledger_of(pond) == {}
