"""Profit sharing (分账): parts of payments for others, which come back before a refund is asked for (rules 2.11)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

import resolvers.profit_share_sending
import resolvers.profit_sharing
from app.standins.telling import Post
from domain.identity import Principal, Role
from schema.ids import Kind, id_of, key_of
from tests.makers_members import a_member, staff
from tests.makers_payments import an_order_of, begun, ledger_of, money_of, refund, send_refunds
from tests.pond import Pond

SHARE = """mutation ($input: PaymentShareInput!) { paymentShare(input: $input) {
  share { id state unfreezes parts { account amount { minor } outcome } } replayed
  userErrors { code path ... on AmountExceeded { left { minor } } } } }"""
SEEN = """query ($id: ID!) { payment(id: $id) { shares { id state failure unfreezes finishedAt
  parts { account isPerson description amount { minor } outcome returned { minor } }
  returns { account refundId amount { minor } state failure attempts } } } }"""
STORE, OTHER, PERSON = "1900000200", "1900000201", "o-guide"


@pytest.fixture
def sharing(pond: Pond) -> Pond:
    """A brand whose payments by WeChat are announced to be shared."""
    pond.services.rules = replace(pond.services.rules, shares_profit=True)
    return pond


def part(fen: int, account: str = STORE, *, person: bool = False) -> dict[str, Any]:
    return {"account": account, "amount": {"minor": fen}, "description": "门店分成", "isPerson": person}


async def a_paid_payment(pond: Pond, fen: int = 100_00) -> tuple[str, str, Principal]:
    """An order, its payment by WeChat, and its member."""
    order_id, member = await an_order_of(pond, fen)
    payment = await begun(pond, member, order_id, method="WECHAT_NATIVE")
    pond.wechat_pay.pay(key_of(Kind.PAYMENT, payment["id"]).hex)
    await pond.wechat_pay.all_told()
    return order_id, str(payment["id"]), member


async def share(
    pond: Pond, payment_id: str, *receivers: dict[str, Any], by: Principal | None = None, **more: Any
) -> Any:
    wanted = {"paymentId": payment_id, "receivers": list(receivers), "idempotencyKey": uuid4().hex, **more}
    return (await pond.ask(SHARE, by or await staff(pond, Role.FINANCE), input=wanted))["paymentShare"]


async def go_on(pond: Pond, minutes: int = 3) -> None:
    """Let the job do all that is due, now and in the next minutes."""
    for _ in range(minutes):
        pond.later(minutes=1)
        while await resolvers.profit_share_sending.send_due(pond.context()):
            pass


async def seen(pond: Pond, payment_id: str) -> list[Any]:
    operator = await staff(pond, Role.OPERATOR)
    return list((await pond.ask(SEEN, operator, id=payment_id))["payment"]["shares"])


async def test_a_part_is_given_a_minute_after_the_payment_and_the_rest_is_the_brands(sharing: Pond) -> None:
    pond = sharing
    _, payment_id, _ = await a_paid_payment(pond)

    asked = await share(pond, payment_id, part(20_00), part(10_00, OTHER), unfreezeRest=True)
    await resolvers.profit_share_sending.send_due(pond.context())
    at_once = (await seen(pond, payment_id))[0]["state"]
    await go_on(pond)

    assert (asked["userErrors"], asked["share"]["state"], at_once) == ([], "REQUESTED", "REQUESTED")
    (done,) = await seen(pond, payment_id)
    assert (done["state"], [one["outcome"] for one in done["parts"]]) == ("SUCCEEDED", ["SUCCEEDED"] * 2)
    (trade,) = pond.wechat_pay.trades.values()
    assert (trade.shared(), trade.is_unfrozen) == (30_00, True)
    assert (await ledger_of(pond))["brand:profit_shared"] == -30_00
    assert (await share(pond, payment_id, part(1)))["userErrors"][0]["code"] == "INVALID_STATE"


async def test_the_same_key_is_the_same_share(sharing: Pond) -> None:
    pond, finance = sharing, await staff(sharing, Role.FINANCE)
    _, payment_id, _ = await a_paid_payment(pond)

    answers = [await share(pond, payment_id, part(5_00), by=finance, idempotencyKey="k") for _ in range(2)]

    assert [one["replayed"] for one in answers] == [False, True]
    assert answers[0]["share"]["id"] == answers[1]["share"]["id"]
    assert await pond.select("SELECT shared_minor, requests FROM profit_sharing") == [(5_00, 1)]


async def test_64_who_share_one_payment_give_no_more_than_30_percent_of_it(sharing: Pond) -> None:
    pond, finance = sharing, await staff(sharing, Role.FINANCE)
    _, payment_id, _ = await a_paid_payment(pond)

    answers = await asyncio.gather(*(share(pond, payment_id, part(4_00), by=finance) for _ in range(64)))

    refusals = [error for one in answers for error in one["userErrors"]]
    assert [one["code"] for one in refusals] == ["BAD_USER_INPUT"] * 57
    assert refusals[0]["left"] == {"minor": 2_00}
    assert await pond.select("SELECT shared_minor, requests FROM profit_sharing") == [(28_00, 7)]


async def test_who_looks_first_and_shares_afterwards_is_held_by_the_table_alone(sharing: Pond) -> None:
    """The negative control."""
    pond = sharing
    await a_paid_payment(pond)

    async def crowd() -> int:
        all_have_looked = asyncio.Barrier(8)

        async def careless() -> bool:
            ((left,),) = await pond.select("SELECT amount_minor * 3 / 10 - shared_minor FROM profit_sharing")
            await all_have_looked.wait()
            if left < 20_00:
                return False
            try:
                await pond.select("UPDATE profit_sharing SET shared_minor = shared_minor + 2000")
            except asyncpg.CheckViolationError:
                return False
            return True

        return sum(await asyncio.gather(*(careless() for _ in range(8))))

    held = await crowd()
    await pond.select("UPDATE profit_sharing SET shared_minor = 0")
    await pond.select("ALTER TABLE profit_sharing DROP CONSTRAINT ck_profit_sharing_others_get_no_more_than_they_may")

    assert (held, await crowd()) == (1, 8)


async def test_what_was_shared_comes_back_in_proportion_before_the_refund_is_asked_for(sharing: Pond) -> None:
    pond = sharing
    order_id, payment_id, member = await a_paid_payment(pond)
    await share(pond, payment_id, part(30_00))
    await go_on(pond)
    pond.wechat_pay.telling.post = Post.LOST

    await refund(pond, order_id, amount=50_00)
    await send_refunds(pond)
    waits = (await money_of(pond, member, order_id))["refunds"][0]["state"]
    await go_on(pond, minutes=1)
    await send_refunds(pond)
    await refund(pond, order_id, amount=50_00)
    await go_on(pond, minutes=2)
    await send_refunds(pond)
    pond.later(minutes=3)
    await send_refunds(pond)

    assert waits == "REQUESTED"
    (given,) = await seen(pond, payment_id)
    assert [(one["amount"]["minor"], one["state"]) for one in given["returns"]] == [(15_00, "SUCCEEDED")] * 2
    assert given["parts"][0]["returned"] == {"minor": 30_00}
    assert [one["state"] for one in (await money_of(pond, member, order_id))["refunds"]] == ["SUCCEEDED"] * 2
    assert await ledger_of(pond) == {}


async def test_a_part_comes_back_once_however_many_of_64_workers_see_to_it(sharing: Pond) -> None:
    pond = sharing
    order_id, payment_id, _ = await a_paid_payment(pond)
    await share(pond, payment_id, part(30_00))
    await go_on(pond)

    await refund(pond, order_id, amount=50_00)
    pond.later(minutes=1)
    await asyncio.gather(*(resolvers.profit_share_sending.send_due(pond.context()) for _ in range(64)))

    (given,) = await seen(pond, payment_id)
    assert [(one["amount"]["minor"], one["state"], one["attempts"]) for one in given["returns"]] == [
        (15_00, "SUCCEEDED", 1)
    ]
    assert given["parts"][0]["returned"] == {"minor": 15_00}
    (trade,) = pond.wechat_pay.trades.values()
    assert trade.shared() == 15_00


async def test_what_does_not_come_back_the_brand_bears_and_is_owed(sharing: Pond) -> None:
    """A receiver without money is asked five times, and the buyer waits no longer."""
    pond = sharing
    order_id, payment_id, member = await a_paid_payment(pond)
    await share(pond, payment_id, part(30_00))
    await go_on(pond)
    pond.wechat_pay.sharing.poor.add(STORE)

    await refund(pond, order_id, amount=100_00)
    await go_on(pond, minutes=3)
    await send_refunds(pond)
    waits = (await money_of(pond, member, order_id))["refunds"][0]["state"]
    await go_on(pond, minutes=6)
    await send_refunds(pond)
    await pond.wechat_pay.all_told()

    (given,) = await seen(pond, payment_id)
    (owed,) = given["returns"]
    assert (waits, owed["state"], owed["attempts"]) == ("REQUESTED", "FAILED", 5)
    assert (await money_of(pond, member, order_id))["state"] == "REFUNDED"
    assert await ledger_of(pond) == {f"receiver:{STORE}:owed": -30_00, "provider:wechat_pay": 30_00}


async def test_what_was_not_asked_for_yet_is_not_given_when_the_order_goes_back(sharing: Pond) -> None:
    pond = sharing
    order_id, payment_id, member = await a_paid_payment(pond)
    await share(pond, payment_id, part(30_00))

    await refund(pond, order_id, amount=100_00)
    await send_refunds(pond)
    await pond.wechat_pay.all_told()
    await go_on(pond)

    (one,) = await seen(pond, payment_id)
    assert (one["state"], one["failure"], one["parts"][0]["outcome"]) == ("FAILED", "REFUNDED", "CLOSED")
    assert (await money_of(pond, member, order_id))["state"] == "REFUNDED"
    assert await pond.select("SELECT shared_minor FROM profit_sharing") == [(0,)]
    assert await ledger_of(pond) == {}


async def test_the_rest_is_the_brands_though_the_parts_that_were_to_be_the_last_are_nobodys(sharing: Pond) -> None:
    pond = sharing
    order_id, payment_id, _ = await a_paid_payment(pond)
    await share(pond, payment_id, part(30_00), unfreezeRest=True)

    await refund(pond, order_id, amount=10_00)
    await pond.select("UPDATE \"order\" SET state = 'COMPLETED', completed_at = $1", pond.time)
    done = [await resolvers.profit_sharing.unfreeze_done(pond.context()) for _ in range(2)]
    await go_on(pond)

    assert done == [1, 0]
    assert [(one["state"], one["unfreezes"]) for one in await seen(pond, payment_id)] == [
        ("FAILED", True),
        ("SUCCEEDED", True),
    ]
    assert all(trade.is_unfrozen for trade in pond.wechat_pay.trades.values())


async def test_the_last_of_50_requests_is_for_the_rest(sharing: Pond) -> None:
    pond = sharing
    _, payment_id, _ = await a_paid_payment(pond)
    await pond.select("UPDATE profit_sharing SET requests = 49")

    one_more = await share(pond, payment_id, part(1))
    rest = await share(pond, payment_id, unfreezeRest=True)

    assert one_more["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "paymentId"]}]
    assert rest["userErrors"] == []


async def test_persons_get_their_parts_when_nothing_comes_back_any_more_and_keep_them(sharing: Pond) -> None:
    pond = sharing
    order_id, payment_id, _ = await a_paid_payment(pond)

    too_early = await share(pond, payment_id, part(10_00, PERSON, person=True))
    await pond.select("UPDATE \"order\" SET state = 'COMPLETED', completed_at = $1", pond.time)
    await share(pond, payment_id, part(10_00, PERSON, person=True))
    await go_on(pond)
    await refund(pond, order_id, amount=50_00)
    await go_on(pond, minutes=1)

    assert too_early["userErrors"] == [{"code": "INVALID_STATE", "path": ["input", "receivers"]}]
    (given,) = await seen(pond, payment_id)
    assert [(one["state"], one["failure"]) for one in given["returns"]] == [("FAILED", "PERSON")]
    assert (await ledger_of(pond))[f"receiver:{PERSON}:owed"] == -5_00


@pytest.mark.parametrize("state", ["COMPLETED", "REFUNDED"])
async def test_the_rest_is_asked_for_by_itself_once_the_order_is_done_with(sharing: Pond, state: str) -> None:
    """Of an order that went back something may have been kept."""
    pond = sharing
    _, payment_id, _ = await a_paid_payment(pond)
    before = await resolvers.profit_sharing.unfreeze_done(pond.context())
    await pond.select('UPDATE "order" SET state = $1, completed_at = $2', state, pond.time)

    done = [await resolvers.profit_sharing.unfreeze_done(pond.context()) for _ in range(2)]
    await go_on(pond)

    assert (before, done) == (0, [1, 0])
    (rest,) = await seen(pond, payment_id)
    assert (rest["state"], rest["unfreezes"], rest["parts"]) == ("SUCCEEDED", True, [])
    assert all(trade.is_unfrozen for trade in pond.wechat_pay.trades.values())


async def test_a_provider_that_is_down_is_asked_again_by_the_same_number(sharing: Pond) -> None:
    pond = sharing
    _, payment_id, _ = await a_paid_payment(pond)
    await share(pond, payment_id, part(30_00))
    pond.wechat_pay.is_down = True
    await go_on(pond, minutes=2)
    away = (await seen(pond, payment_id))[0]["state"]

    pond.wechat_pay.is_down = False
    await go_on(pond, minutes=12)

    assert (away, (await seen(pond, payment_id))[0]["state"]) == ("UNKNOWN", "SUCCEEDED")
    (trade,) = pond.wechat_pay.trades.values()
    assert (len(trade.shares), trade.shared()) == (1, 30_00)


async def test_what_was_not_announced_is_not_shared_and_nobody_but_finance_shares(pond: Pond) -> None:
    _, payment_id, member = await a_paid_payment(pond)

    refused = await share(pond, payment_id, part(1_00))
    unknown = await share(pond, id_of(Kind.PAYMENT, uuid4()), part(1_00))
    wanted = {"paymentId": payment_id, "receivers": [part(1)], "idempotencyKey": "k"}

    assert [one["code"] for one in (*refused["userErrors"], *unknown["userErrors"])] == ["INVALID_STATE", "NOT_FOUND"]
    for who in (member, await a_member(pond), await staff(pond, Role.CONTENT)):
        assert await pond.errors(SHARE, who, input=wanted) == ["FORBIDDEN"]
        assert await pond.errors(SEEN, who, id=payment_id)
