"""Withdrawals: money leaves a guide's wallet once, arrives once or comes back once, whatever anybody says (2.1.6)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

import db.ledger
import resolvers.withdrawal_sending
import resolvers.withdrawals
from app.standins.gateways import MERCHANT_ID
from app.standins.telling import Post
from domain.gateways import Provider, Transfer, TransferTold
from domain.guides import GuideAction
from domain.identity import Role
from domain.ledger import (
    COMMISSION,
    WITHDRAWAL_FEES,
    Posting,
    available_commission,
    clearing,
    commission_debt,
    commission_withdrawing,
)
from domain.money import Money
from domain.refusals import ProviderUnavailable
from domain.withdrawals import WrongTransfer
from resolvers.context import Context
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member, code_sent_to, staff
from tests.makers_withdrawals import (
    APPROVE,
    CANCEL,
    REJECT,
    REQUEST,
    a_rich_guide,
    bill_of,
    decided,
    go_on,
    known_by_wechat,
    owns,
    seen,
    take_out,
    taken_out,
    terms,
    wallet_of,
    wish,
)
from tests.pond import Pond, statements
from tests.schema.test_commissions import decided as guide_decided

CHOOSE = """mutation ($input: PayoutAccountChooseInput!) { payoutAccountChoose(input: $input) {
  account { openidTail realName since version } userErrors { code path } } }"""
ACCOUNT = "{ myPayoutAccount { openidTail realName since version } }"
QUOTE = """query ($amount: MoneyInput!) { withdrawalQuote(amount: $amount) {
  amount { minor } fee { minor } transferred { minor } needsApproval needsName } }"""
SEND_CODE = "mutation ($input: PhoneCodeRequestInput!) { phoneCodeRequest(input: $input) { userErrors { code } } }"


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def sum_of(pond: Pond, account: str) -> int:
    return await db.ledger.sum_of(pond.context().reading, account)


async def test_a_small_amount_is_sent_at_once_confirmed_by_the_guide_and_paid(pond: Pond) -> None:
    terms(pond, fee_bp=60, fee_least=10)
    guide = await a_rich_guide(pond, 150_00)
    before = await sum_of(pond, clearing(Provider.WECHAT_PAY.value))
    fees = await sum_of(pond, WITHDRAWAL_FEES)
    one = await taken_out(pond, guide, 100_00)
    assert (one["state"], one["fee"], one["transferred"]) == ("APPROVED", {"minor": 60}, {"minor": 99_40})
    assert await wallet_of(pond, guide) == {"available": 50_00, "balance": 50_00, "withdrawing": 100_00}

    await go_on(pond)
    waiting = await seen(pond, guide, one)
    confirmation = waiting["confirmation"]
    assert (waiting["state"], confirmation.pop("package")[:6]) == ("WAIT_USER_CONFIRM", "ABBQO+")
    assert confirmation == {"appId": "wx-app", "merchantId": MERCHANT_ID}
    assert (await seen(pond, await staff(pond, Role.FINANCE), one))["confirmation"] is None

    pond.wechat_pay.transfers.confirm(bill_of(one))
    await pond.wechat_pay.all_told()
    arrived = await seen(pond, guide, one)
    assert (arrived["state"], arrived["confirmation"], arrived["finishedAt"] is None) == ("PAID", None, False)
    assert await wallet_of(pond, guide) == {"available": 50_00, "balance": 50_00, "paid": 99_40, "fees": 60}
    assert await sum_of(pond, clearing(Provider.WECHAT_PAY.value)) - before == 99_40
    assert await sum_of(pond, WITHDRAWAL_FEES) - fees == 60


async def test_what_is_told_again_and_in_any_order_is_booked_once(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.telling.post, pond.wechat_pay.telling.copies = Post.HELD, 3
    pond.wechat_pay.transfers.confirm(bill_of(one))

    assert await pond.wechat_pay.telling.deliver(2, 0, 1) == [True, True, True]
    assert (await seen(pond, guide, one))["state"] == "PAID"
    assert await wallet_of(pond, guide) == {"paid": 100_00}
    facts = await pond.select("SELECT kind FROM outbox WHERE aggregate = 'withdrawal' ORDER BY id")
    assert [fact["kind"] for fact in facts] == [
        "WithdrawalRequested",
        "WithdrawalSent",
        "WithdrawalAwaitsConfirmation",
        "WithdrawalPaid",
    ]


async def test_what_is_told_64_times_at_once_is_booked_once(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.telling.copies = 64
    pond.wechat_pay.transfers.confirm(bill_of(one))
    await pond.wechat_pay.all_told()

    assert (await seen(pond, guide, one))["state"] == "PAID"
    assert await wallet_of(pond, guide) == {"paid": 100_00}
    assert await pond.select("SELECT count(*) FROM outbox WHERE kind = 'WithdrawalPaid'") == [(1,)]


async def test_scenario_p8_who_does_not_say_yes_within_a_day_has_it_back_once(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.telling.post, pond.wechat_pay.telling.copies = Post.HELD, 3
    pond.later(hours=24)
    await go_on(pond)
    assert await pond.wechat_pay.telling.deliver() == [True, True, True]

    expired = await seen(pond, guide, one)
    assert (expired["state"], expired["failure"]) == ("EXPIRED", "OVERDUE_CLOSE")
    assert await wallet_of(pond, guide) == {"available": 100_00, "balance": 100_00}
    assert await sum_of(pond, commission_withdrawing(guide.guide_id)) == 0  # type: ignore[arg-type]


async def test_a_lost_notification_is_asked_for(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.telling.post = Post.LOST
    pond.wechat_pay.transfers.confirm(bill_of(one))
    assert (await seen(pond, guide, one))["state"] == "WAIT_USER_CONFIRM"

    pond.later(minutes=5)
    await go_on(pond)
    assert (await seen(pond, guide, one))["state"] == "PAID"


async def test_h11_an_answer_that_never_came_is_asked_for_and_nobody_is_paid_twice(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    pond.wechat_pay.is_down = True
    await go_on(pond)
    assert (await seen(pond, guide, one))["state"] == "TRANSFERRING"
    assert await wallet_of(pond, guide) == {"withdrawing": 100_00}

    pond.wechat_pay.is_down = False
    pond.later(minutes=2)
    await go_on(pond)
    waiting = await seen(pond, guide, one)
    assert (waiting["state"], waiting["confirmation"] is None) == ("WAIT_USER_CONFIRM", False)
    assert list(pond.wechat_pay.transfers.bills) == [bill_of(one)]


async def test_h11_success_that_is_told_before_the_answer_is_believed(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    pond.wechat_pay.is_down = True
    await go_on(pond)
    pond.wechat_pay.transfers.confirm(bill_of(one))
    await pond.wechat_pay.all_told()

    assert (await seen(pond, guide, one))["state"] == "PAID"
    pond.wechat_pay.is_down = False
    pond.later(minutes=5)
    assert await resolvers.withdrawal_sending.send_due(pond.context()) == 0
    assert await wallet_of(pond, guide) == {"paid": 100_00}


async def test_a_process_that_dies_after_claiming_leaves_it_to_the_next(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await pond.select("UPDATE withdrawal SET attempts = 1, state = 'TRANSFERRING', version = 2")
    pond.later(minutes=2)
    await go_on(pond)

    assert (await seen(pond, guide, one))["state"] == "WAIT_USER_CONFIRM"
    assert len(pond.wechat_pay.transfers.bills) == 1


async def test_what_was_to_be_confirmed_and_is_unknown_is_never_asked_for_anew(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.transfers.bills.clear()
    pond.later(hours=30)
    await go_on(pond)

    assert (await seen(pond, guide, one))["state"] == "WAIT_USER_CONFIRM"
    assert pond.wechat_pay.transfers.bills == {}


async def test_what_wechat_refuses_comes_back_and_an_empty_account_is_tried_again(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 2_500_00)
    poor = await taken_out(pond, guide, 100_00)
    pond.wechat_pay.transfers.is_out_of_money = True
    await go_on(pond)
    assert (await seen(pond, guide, poor))["state"] == "TRANSFERRING"
    pond.wechat_pay.transfers.is_out_of_money = False
    pond.later(minutes=3)
    await go_on(pond)
    assert (await seen(pond, guide, poor))["state"] == "WAIT_USER_CONFIRM"

    await pond.select("UPDATE payout_account SET openid = ''")
    nowhere = await taken_out(pond, guide, 150_00)
    await go_on(pond)
    failed = await seen(pond, guide, nowhere)
    assert (failed["state"], "PARAM_ERROR" in failed["failure"]) == ("FAILED", True)
    assert (await wallet_of(pond, guide))["available"] == 2_400_00


async def test_what_wechat_fails_to_pay_comes_back(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.transfers.fail(bill_of(one))
    await pond.wechat_pay.all_told()

    assert (await seen(pond, guide, one))["state"] == "FAILED"
    assert await wallet_of(pond, guide) == {"available": 100_00, "balance": 100_00}


@pytest.mark.parametrize(
    ("change", "why"),
    [
        pytest.param({"amount": Money(99_99)}, "another amount", id="another amount"),
        pytest.param({"reference": "13300x"}, "another transfer", id="another transfer"),
        pytest.param({"openid": "o-somebody"}, "another person", id="another person"),
    ],
)
async def test_what_is_not_about_what_was_asked_for_is_not_believed(
    pond: Pond, change: dict[str, Any], why: str
) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    await go_on(pond)
    pond.wechat_pay.telling.post = Post.LOST
    pond.wechat_pay.transfers.confirm(bill_of(one))
    told = await pond.gateways.transfers.query_transfer(transfer_of(one))  # type: ignore[union-attr]
    assert told is not None

    with pytest.raises(WrongTransfer) as refusal:
        await resolvers.withdrawal_sending.book(pond.context(), replace(told, **change))
    assert refusal.value.why == why
    assert (await seen(pond, guide, one))["state"] == "WAIT_USER_CONFIRM"


def transfer_of(one: Any) -> Transfer:
    return Transfer(UUID(hex=bill_of(one)), "", Money(0), "", "")


async def test_more_waits_for_finance_which_approves_or_rejects_with_a_reason(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 600_00)
    yes, no = await taken_out(pond, guide, 250_00), await taken_out(pond, guide, 300_00)
    assert [yes["state"], no["state"]] == ["REQUESTED", "REQUESTED"]
    await go_on(pond)
    assert pond.wechat_pay.transfers.bills == {}

    assert codes(await decided(pond, REJECT, no, note="")) == ["BAD_USER_INPUT"]
    rejected = (await decided(pond, REJECT, no, note="请先核对 9 月对账单"))["withdrawal"]
    approved = (await decided(pond, APPROVE, yes))["withdrawal"]
    assert (rejected["state"], rejected["note"], approved["state"]) == ("REJECTED", "请先核对 9 月对账单", "APPROVED")
    assert await wallet_of(pond, guide) == {"available": 350_00, "balance": 350_00, "withdrawing": 250_00}


async def test_h12_nobody_approves_their_own_and_nothing_is_approved_twice(pond: Pond) -> None:
    finance = await staff(pond, Role.FINANCE)
    guide = await a_guide(pond, member=finance)
    await known_by_wechat(pond, guide)
    await owns(pond, guide.guide_id, 300_00)
    one = await taken_out(pond, guide, 300_00)

    for document in (APPROVE, REJECT):
        assert codes(await decided(pond, document, one, by=finance, note="给自己")) == ["FOUR_EYES"]
    with pytest.raises(asyncpg.CheckViolationError, match="four_eyes"):
        await pond.select("UPDATE withdrawal SET decided_by = member_id")
    assert codes(await decided(pond, APPROVE, {**one, "version": 7})) == ["STALE_VERSION"]
    answers = await asyncio.gather(*(decided(pond, APPROVE, one) for _ in range(4)))
    assert sorted(codes(answer) for answer in answers) == [[], *[["INVALID_STATE"]] * 3]
    other = await a_rich_guide(pond)
    assert await pond.errors(APPROVE, other, input={"withdrawalId": one["id"], "expectedVersion": 2}) == ["FORBIDDEN"]


async def test_one_calls_off_what_was_not_sent(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 300_00)
    one, two = await taken_out(pond, guide, 100_00), await taken_out(pond, guide, 150_00)
    stranger = await a_rich_guide(pond)
    wanted = {"withdrawalId": one["id"]}

    assert [error["code"] for error in await pond.refused(CANCEL, stranger, input=wanted)] == ["NOT_FOUND"]
    assert await pond.refused(CANCEL, guide, input=wanted) == []
    assert [error["code"] for error in await pond.refused(CANCEL, guide, input=wanted)] == ["INVALID_STATE"]
    await pond.select("UPDATE withdrawal SET state = 'TRANSFERRING' WHERE finished_at IS NULL")
    wanted = {"withdrawalId": two["id"]}
    assert [error["code"] for error in await pond.refused(CANCEL, guide, input=wanted)] == ["INVALID_STATE"]
    assert await wallet_of(pond, guide) == {"available": 150_00, "balance": 150_00, "withdrawing": 150_00}


async def test_one_calls_off_at_wechat_what_waits_for_ones_yes_unless_one_said_it(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 300_00)
    one, two = await taken_out(pond, guide, 100_00), await taken_out(pond, guide, 150_00)
    await go_on(pond)
    pond.wechat_pay.telling.post, pond.wechat_pay.telling.copies = Post.HELD, 2
    assert await pond.refused(CANCEL, guide, input={"withdrawalId": one["id"]}) == []
    assert (await seen(pond, guide, one))["state"] == "CANCELLED"
    assert await pond.wechat_pay.telling.deliver() == [True, True]

    pond.wechat_pay.transfers.confirm(bill_of(two))
    refused = await pond.refused(CANCEL, guide, input={"withdrawalId": two["id"]})
    assert [error["code"] for error in refused] == ["PROVIDER_REFUSED"]
    await pond.wechat_pay.telling.deliver()
    assert await wallet_of(pond, guide) == {"available": 150_00, "balance": 150_00, "paid": 150_00}


@pytest.mark.parametrize(
    ("fen", "code"),
    [(-1, "BAD_USER_INPUT"), (0, "BAD_USER_INPUT"), (99, "BAD_USER_INPUT"), (100_01, "INSUFFICIENT_BALANCE")],
)
async def test_h10_no_amount_but_what_is_there(pond: Pond, fen: int, code: str) -> None:
    guide = await a_rich_guide(pond)

    assert codes(await take_out(pond, guide, fen)) == [code]
    assert await wallet_of(pond, guide) == {"available": 100_00, "balance": 100_00}
    assert await pond.select("SELECT FROM withdrawal_day") == []


async def test_h10_other_currencies_and_other_peoples_wallets_do_not_exist(pond: Pond) -> None:
    guide, other = await a_rich_guide(pond), await a_rich_guide(pond)
    assert other.guide_id is not None
    for odd in ({"minor": 100_00, "currency": "USD"}, {"minor": "NaN"}, {"minor": 1.5}):
        result = await pond.execute(REQUEST, guide, input={**wish(1_00), "amount": odd})
        assert result.errors

    answer = await take_out(pond, guide, 100_00, guideId=id_of(Kind.GUIDE, other.guide_id))
    assert codes(answer) == ["NOT_FOUND"]
    assert codes(await take_out(pond, await a_member(pond), 100_00)) == ["NOT_FOUND"]
    one = await taken_out(pond, guide, 100_00)
    assert await seen(pond, other, one) is None


async def test_a_debt_refuses_it_and_says_what_the_balance_is(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 5_00)
    assert guide.guide_id is not None
    async with pond.database.writing() as tx:
        lost = [
            Posting(available_commission(guide.guide_id), COMMISSION, Money(5_00)),
            Posting(commission_debt(guide.guide_id), COMMISSION, Money(5_87)),
        ]
        await db.ledger.post(tx, "claw-back:a-test", lost, pond.context().now())

    (error,) = (await take_out(pond, guide, 1_00))["userErrors"]
    assert (error["code"], error["balance"]) == ("INSUFFICIENT_BALANCE", {"minor": -5_87})
    assert await wallet_of(pond, guide) == {"debt": -5_87, "balance": -5_87}


async def test_a_database_that_sees_a_debt_takes_no_withdrawal(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    assert guide.guide_id is not None
    one = await taken_out(pond, guide, 1_00)
    async with pond.database.writing() as tx:
        owed = Posting(commission_debt(guide.guide_id), COMMISSION, Money(1))
        await db.ledger.post(tx, "claw-back:a-test", [owed], pond.context().now())

    again = "INSERT INTO withdrawal SELECT (jsonb_populate_record(w, $1)).* FROM withdrawal w"
    with pytest.raises(asyncpg.CheckViolationError, match="takes none out"):
        await pond.select(again, {"id": str(uuid4())})
    assert (await seen(pond, guide, one))["state"] == "APPROVED"


async def test_so_often_and_so_much_a_day_and_what_came_back_does_not_count(pond: Pond) -> None:
    terms(pond, times_a_day=2, most_a_day=150_00, most=100_00)
    guide = await a_rich_guide(pond, 500_00)
    one = await taken_out(pond, guide, 100_00)
    (error,) = (await take_out(pond, guide, 51_00))["userErrors"]
    assert (error["code"], error["left"]) == ("LIMIT_PER_MEMBER", {"minor": 50_00})
    await taken_out(pond, guide, 10_00)
    (error,) = (await take_out(pond, guide, 1_00))["userErrors"]
    assert error["left"] == {"minor": 0}

    assert await pond.refused(CANCEL, guide, input={"withdrawalId": one["id"]}) == []
    await taken_out(pond, guide, 100_00)
    assert codes(await take_out(pond, guide, 1_00)) == ["LIMIT_PER_MEMBER"]
    pond.later(hours=12)
    await taken_out(pond, guide, 100_00)


async def test_of_64_on_one_day_as_many_are_taken_as_may_be(pond: Pond) -> None:
    terms(pond, times_a_day=7, most_a_day=5_00, most=1_00)
    guide = await a_rich_guide(pond, 500_00)
    answers = await asyncio.gather(*(take_out(pond, guide, 1_00) for _ in range(64)))
    assert sorted(codes(answer) for answer in answers) == [*[[]] * 5, *[["LIMIT_PER_MEMBER"]] * 59]

    terms(pond, most_a_day=500_00)
    answers = await asyncio.gather(*(take_out(pond, guide, 1_00) for _ in range(64)))
    assert sum(codes(answer) == [] for answer in answers) == 2
    assert (await wallet_of(pond, guide))["withdrawing"] == 7_00


async def test_the_same_request_takes_out_once(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    wanted = wish(60_00)
    answers = [
        answer["withdrawalRequest"]
        for answer in await asyncio.gather(*(pond.ask(REQUEST, guide, input=wanted) for _ in range(5)))
    ]

    assert len({answer["withdrawal"]["id"] for answer in answers}) == 1
    assert sorted(answer["replayed"] for answer in answers) == [False, True, True, True, True]
    assert await wallet_of(pond, guide) == {"available": 40_00, "balance": 40_00, "withdrawing": 60_00}
    other = {**wanted, "amount": {"minor": 40_00}}
    assert [error["code"] for error in await pond.refused(REQUEST, guide, input=other)] == ["IDEMPOTENCY_KEY_REUSED"]


async def test_the_fee_is_said_before_and_bounds_hold(pond: Pond) -> None:
    terms(pond, fee_bp=100, fee_least=1_00, fee_most=20_00)
    guide = await a_rich_guide(pond)

    for fen, fee in ((50_00, 1_00), (150_50, 1_50), (4_000_00, 20_00)):
        quote = (await pond.ask(QUOTE, guide, amount={"minor": fen}))["withdrawalQuote"]
        assert (quote["fee"]["minor"], quote["transferred"]["minor"]) == (fee, fen - fee)
        assert (quote["needsApproval"], quote["needsName"]) == (fen > 200_00, fen - fee >= 2_000_00)
    assert await pond.errors(QUOTE, guide, amount={"minor": 1_09}) == ["BAD_USER_INPUT"]


async def test_two_thousand_and_more_need_a_real_name(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 3_000_00)
    assert codes(await take_out(pond, guide, 2_000_00)) == ["CONDITION_NOT_MET"]

    answer = (await pond.ask(CHOOSE, guide, input={"realName": " 王小美 "}))["payoutAccountChoose"]
    assert (answer["userErrors"], answer["account"]["realName"]) == ([], "王小美")
    one = await taken_out(pond, guide, 2_000_00)
    await decided(pond, APPROVE, one)
    await go_on(pond)
    assert pond.wechat_pay.transfers.names == {bill_of(one): "王小美"}


async def test_who_never_came_by_the_mini_program_has_nowhere_to_be_paid_to(pond: Pond) -> None:
    guide = await a_guide(pond)
    await owns(pond, guide.guide_id, 100_00)

    assert codes(await take_out(pond, guide, 100_00)) == ["CONDITION_NOT_MET"]
    assert (await pond.ask(ACCOUNT, guide))["myPayoutAccount"] is None
    assert [error["code"] for error in await pond.refused(CHOOSE, guide, input={})] == ["CONDITION_NOT_MET"]


async def test_h13_money_goes_elsewhere_only_by_a_code_and_a_day_later(pond: Pond) -> None:
    phone = "+8613900001111"
    guide = await a_guide(pond, member=await a_member(pond, phone=phone))
    old = await known_by_wechat(pond, guide)
    await owns(pond, guide.guide_id, 100_00)
    await taken_out(pond, guide, 10_00)
    new = await known_by_wechat(pond, guide, days=3)
    assert (await pond.ask(ACCOUNT, guide))["myPayoutAccount"]["openidTail"] == old[-4:]

    assert [error["code"] for error in await pond.refused(CHOOSE, guide, input={})] == ["STEP_UP_REQUIRED"]
    wrong = {"phoneCode": "000000"}
    assert [error["code"] for error in await pond.refused(CHOOSE, guide, input=wrong)] == ["CODE_INVALID"]
    assert await pond.refused(SEND_CODE, input={"phone": phone}) == []
    code = await code_sent_to(pond, phone)
    assert await pond.refused(CHOOSE, guide, input={"phoneCode": code}) == []
    assert (await pond.ask(ACCOUNT, guide))["myPayoutAccount"]["openidTail"] == new[-4:]

    (error,) = (await take_out(pond, guide, 10_00))["userErrors"]
    assert (error["code"], error["opensAt"]) == ("NOT_OPEN_YET", "2026-11-23T04:00:00Z")
    pond.later(hours=24)
    await taken_out(pond, guide, 10_00)


async def test_a_wechat_that_became_the_guides_just_now_is_not_paid(pond: Pond) -> None:
    guide = await a_guide(pond)
    await known_by_wechat(pond, guide, days=0)
    await owns(pond, guide.guide_id, 100_00)

    assert codes(await take_out(pond, guide, 100_00)) == ["NOT_OPEN_YET"]


async def test_h16_a_frozen_guide_takes_nothing_out_and_one_who_left_does(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 100_00)
    one = await taken_out(pond, guide, 50_00)
    await guide_decided(pond, guide, GuideAction.FREEZE)
    await go_on(pond)
    assert (await seen(pond, guide, one))["state"] == "APPROVED"
    assert codes(await take_out(pond, guide, 10_00)) == ["INVALID_STATE"]

    found = await guide_of(pond, guide)
    await guide_decided(pond, guide, GuideAction.DISMISS)
    gone = replace(guide, guide_id=None)
    assert await wallet_of(pond, gone) == {"available": 50_00, "balance": 50_00, "withdrawing": 50_00}
    await taken_out(pond, gone, 20_00, guideId=id_of(Kind.GUIDE, found.id))
    await go_on(pond)
    assert (await seen(pond, gone, one))["state"] == "WAIT_USER_CONFIRM"


@pytest.mark.parametrize("racers", [8, 64])
async def test_h9_of_many_who_take_out_all_there_is_one_does(pond: Pond, racers: int) -> None:
    terms(pond, times_a_day=racers, most_a_day=racers * 100_00)
    guide = await a_rich_guide(pond)
    answers = await asyncio.gather(*(take_out(pond, guide, 100_00) for _ in range(racers)))

    assert sorted(codes(answer) for answer in answers) == [[], *[["INSUFFICIENT_BALANCE"]] * (racers - 1)]
    assert await wallet_of(pond, guide) == {"withdrawing": 100_00}


async def test_h9_who_looks_first_and_writes_afterwards_is_held_by_the_database_alone(pond: Pond) -> None:
    """The negative control: as lilishop #145 does it. Without the constraint all eight have the same hundred."""
    guide = await a_rich_guide(pond)
    assert guide.guide_id is not None
    account, racers, looked = available_commission(guide.guide_id), 8, asyncio.Barrier(8)

    async def careless(n: int) -> bool:
        ((balance,),) = await pond.select("SELECT balance_minor FROM ledger_account WHERE code = $1", account)
        await looked.wait()
        try:
            async with pond.database.writing() as tx:
                posting = Posting(account, commission_withdrawing(guide.guide_id), Money(100_00))  # type: ignore[arg-type]
                await db.ledger.post(tx, f"careless:{n}:{uuid4().hex}", [posting], pond.context().now())
        except asyncpg.CheckViolationError:
            return False
        return bool(balance >= 100_00)

    async with pond.database.writing() as tx:
        await db.ledger.lock_balances(tx, [commission_withdrawing(guide.guide_id)])
    assert sum(await asyncio.gather(*(careless(n) for n in range(racers)))) == 1

    await owns(pond, guide.guide_id, 100_00)
    check = "ck_ledger_account_balance_is_not_negative"
    await pond.select(f"ALTER TABLE ledger_account DROP CONSTRAINT {check}")
    try:
        assert sum(await asyncio.gather(*(careless(n) for n in range(racers)))) == racers
    finally:
        await owns(pond, guide.guide_id, 100_00 * racers)
        await pond.select(
            f"ALTER TABLE ledger_account ADD CONSTRAINT {check} CHECK (balance_minor >= 0 OR recoverable)"
        )


async def test_what_came_back_comes_back_once_whoever_tries(pond: Pond) -> None:
    guide = await a_rich_guide(pond, 300_00)
    one = await taken_out(pond, guide, 300_00)
    wanted = {"withdrawalId": one["id"]}
    await asyncio.gather(
        *(pond.ask(CANCEL, guide, input=wanted) for _ in range(8)),
        *(decided(pond, REJECT, one, note="重复") for _ in range(8)),
        *(decided(pond, APPROVE, one) for _ in range(8)),
    )
    if (await seen(pond, guide, one))["state"] == "APPROVED":
        await pond.ask(CANCEL, guide, input=wanted)

    assert await wallet_of(pond, guide) == {"available": 300_00, "balance": 300_00}
    back = await pond.select("SELECT FROM ledger_posting WHERE business_key LIKE 'withdrawal:%:returned'")
    assert len(back) == 1


async def test_crmeb_what_is_earned_while_a_withdrawal_fails_is_not_overwritten(pond: Pond) -> None:
    """CRMEB reads a wallet, adds what came back, and writes it: what was earned in between is gone (product 3.15)."""
    guide = await a_rich_guide(pond, 300_00)
    one = await taken_out(pond, guide, 300_00)
    await asyncio.gather(
        decided(pond, REJECT, one, note="信息不符"),
        *(owns(pond, guide.guide_id, 1_00) for _ in range(20)),
    )

    assert await wallet_of(pond, guide) == {"available": 320_00, "balance": 320_00}


async def test_a_provider_that_is_asked_within_no_transaction_keeps_no_row_locked(pond: Pond) -> None:
    guide = await a_rich_guide(pond)
    one = await taken_out(pond, guide, 100_00)
    asked, answer = asyncio.Event(), asyncio.Event()

    class Slow:
        payer = ("", "")

        async def cancel_transfer(self, _: Transfer) -> None:
            raise ProviderUnavailable

        async def transfer(self, _: Transfer) -> TransferTold:
            asked.set()
            await answer.wait()
            raise ProviderUnavailable

        async def query_transfer(self, _: Transfer) -> TransferTold | None:
            raise ProviderUnavailable

    ctx: Context = pond.context()
    ctx.services = replace(pond.services, transfers=Slow())
    sending = asyncio.create_task(resolvers.withdrawal_sending.send_due(ctx))
    await asked.wait()
    assert [error["code"] for error in await pond.refused(CANCEL, guide, input={"withdrawalId": one["id"]})] == [
        "INVALID_STATE"
    ]
    answer.set()
    await sending
    assert (await seen(pond, guide, one))["state"] == "TRANSFERRING"


async def test_finance_sees_all_withdrawals_and_guides_their_own(pond: Pond) -> None:
    rich = [await a_rich_guide(pond, 300_00) for _ in range(2)]
    for guide in rich:
        await taken_out(pond, guide, 250_00)
    all_of_them = """query ($where: WithdrawalWhere) { withdrawals(first: 10, where: $where) {
      nodes { guide { id displayName } state amount { minor } } totalCount { value } } }"""
    mine = "{ myWithdrawals(first: 10) { nodes { state } } }"
    finance = await staff(pond, Role.FINANCE)
    with statements() as log:
        found = (await pond.ask(all_of_them, finance, where={"state": {"eq": "REQUESTED"}}))["withdrawals"]

    assert len(log) <= 4
    assert (len(found["nodes"]), found["totalCount"]["value"]) == (2, 2)
    assert len((await pond.ask(mine, rich[0]))["myWithdrawals"]["nodes"]) == 1
    assert await pond.errors(all_of_them, rich[0]) == ["FORBIDDEN"]
