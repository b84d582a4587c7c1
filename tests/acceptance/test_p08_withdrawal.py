"""P8: of eight who take out all there is one does; what is not confirmed within a day comes back once (H9, H11)."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from app.standins.telling import Post
from tests.acceptance.money import staff_token
from tests.acceptance.withdrawing import (
    a_day_passes,
    asks,
    asks_for,
    jobs,
    says_yes,
    seen,
    sum_of_withdrawal,
    wallet,
)
from tests.deployments import Shop
from tests.makers_withdrawals import APPROVE, a_rich_guide, bill_of

DOWNLOAD = """query ($from: Date!, $to: Date!) { guideStatement(firstDay: $from, lastDay: $to) { downloadPath
  closing { minor } } }"""


def codes(answer: Any) -> list[str]:
    return [error["code"] for error in answer["userErrors"]]


async def test_of_eight_at_once_one_has_the_hundred(shop: Shop) -> None:
    guide = await a_rich_guide(shop.pond, 100_00)
    token = await shop.a_token(guide)
    answers = await asyncio.gather(*(asks(shop, token, 100_00) for _ in range(8)))

    assert sorted(codes(answer) for answer in answers) == [[], *[["INSUFFICIENT_BALANCE"]] * 7]
    assert await wallet(shop, token) == {"withdrawing": 100_00}


async def test_what_nobody_confirms_is_expired_and_back_once_though_it_is_told_three_times(shop: Shop) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 100_00))
    one = await asks_for(shop, token, 100_00)
    await jobs(shop)
    waiting = await seen(shop, token, one)
    assert (waiting["state"], waiting["confirmation"] is None) == ("WAIT_USER_CONFIRM", False)

    telling = shop.gateways.wechat_pay.telling
    telling.post, telling.copies = Post.HELD, 3
    try:
        a_day_passes(shop, one)
        await jobs(shop, hours=24)
        assert await telling.deliver() == [True, True, True]
    finally:
        telling.post, telling.copies = Post.AT_ONCE, 1

    assert (await seen(shop, token, one))["state"] == "EXPIRED"
    assert await wallet(shop, token) == {"available": 100_00, "balance": 100_00}
    postings, moved = await sum_of_withdrawal(shop, one)
    assert (postings, set(moved.values())) == (2, {0})


async def test_what_is_told_before_we_ask_is_as_good(shop: Shop) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 100_00))
    one = await asks_for(shop, token, 100_00)
    await jobs(shop)
    shop.gateways.wechat_pay.telling.copies = 3
    try:
        await says_yes(shop, one)
    finally:
        shop.gateways.wechat_pay.telling.copies = 1

    assert (await seen(shop, token, one))["state"] == "PAID"
    assert await wallet(shop, token) == {"paid": 100_00}
    assert sum((await sum_of_withdrawal(shop, one))[1].values()) == 0


async def test_finance_approves_over_two_workers_once(shop: Shop) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 300_00))
    one = await asks_for(shop, token, 300_00)
    finance = await staff_token(shop)
    wanted = {"withdrawalId": one["id"], "expectedVersion": one["version"]}
    answers = await asyncio.gather(*(shop.ask(APPROVE, finance, input=wanted) for _ in range(6)))

    assert sorted(codes(answer["withdrawalApprove"]) for answer in answers) == [[], *[["INVALID_STATE"]] * 5]


async def test_a_forged_notification_is_not_believed(shop: Shop) -> None:
    token = await shop.a_token(await a_rich_guide(shop.pond, 100_00))
    one = await asks_for(shop, token, 100_00)
    await jobs(shop)
    wechat = shop.gateways.wechat_pay
    told = {
        **{name: wechat.transfers.bills[bill_of(one)][name] for name in ("out_bill_no", "transfer_bill_no", "openid")},
        "state": "SUCCESS",
        "transfer_amount": 99_99,
    }
    body = wechat.notification("MCHTRANSFER.BILL.FINISHED", "mch_payment", told)
    url = wechat.transfers.bills[bill_of(one)]["notify_url"]
    wrong = await shop.client.post(url, content=body, headers=wechat.vault.headers(body))
    unsigned = await shop.client.post(url, content=body, headers={"content-type": "application/json"})

    assert (wrong.status_code, wrong.json()["message"], unsigned.status_code) == (400, "TRANSFER_MISMATCH", 401)
    assert (await seen(shop, token, one))["state"] == "WAIT_USER_CONFIRM"


async def test_a_statement_is_taken_along_by_those_who_may_see_it(shop: Shop) -> None:
    guide = await a_rich_guide(shop.pond, 100_00)
    token, today = await shop.a_token(guide), shop.pond.time.date()
    found = await shop.ask(DOWNLOAD, token, **{"from": f"{today:%Y-%m}-01", "to": f"{today:%Y-%m}-28"})
    path = found["guideStatement"]["downloadPath"]
    month = f"/exports/guide-payouts/{today:%Y-%m}.xlsx"

    async def get(path: str, who: str) -> httpx.Response:
        return await shop.client.get(path, headers={"authorization": f"Bearer {who}"})

    mine, others = await get(path, token), await get(path, await shop.a_token())
    taxes, not_mine = await get(month, await staff_token(shop)), await get(month, token)
    assert [answer.status_code for answer in (mine, others, taxes, not_mine)] == [200, 404, 200, 404]
    assert (mine.content[:2], taxes.content[:2]) == (b"PK", b"PK")
