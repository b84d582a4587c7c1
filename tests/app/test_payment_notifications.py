"""What providers tell us of money: believed only when it is theirs, now and for us; booked once; alarming otherwise."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import orjson
import pytest

from app.gateways import notify_path
from app.standins.telling import Post, Telling
from domain.gateways import Provider
from domain.identity import Principal
from providers.payments_sandbox import signed
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.pond import SECRET, Pond

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code } } }"""
PAY = """mutation ($input: OrderPayInput!) { orderPay(input: $input) { payment { id } userErrors { code } } }"""
STATE = "query ($id: ID!) { order(id: $id) { state } }"
METHODS = {Provider.SANDBOX: "SANDBOX", Provider.WECHAT_PAY: "WECHAT_NATIVE", Provider.ALIPAY: "ALIPAY_QR"}
HEARD = {
    Provider.SANDBOX: b'{"code":"SUCCESS"}',
    Provider.WECHAT_PAY: b'{"code":"SUCCESS"}',
    Provider.ALIPAY: b"success",
}

whoever_tells = pytest.mark.parametrize("provider", list(METHODS), ids=lambda provider: provider.value)
only_wechat = pytest.mark.parametrize("provider", [Provider.WECHAT_PAY])


class Asked:
    """A payment that a member was asked for, and what its provider says of it."""

    def __init__(self, pond: Pond, member: Principal, order_id: str, payment_id: UUID, provider: Provider) -> None:
        self.pond, self.member, self.order_id = pond, member, order_id
        self.id, self.provider = payment_id, provider

    @property
    def telling(self) -> Telling:
        if self.provider is Provider.WECHAT_PAY:
            return self.pond.wechat_pay.telling
        return self.pond.alipay.telling if self.provider is Provider.ALIPAY else self.pond.bank.telling

    async def pay(self) -> None:
        """The payer says yes; what the provider tells of it goes by its post."""
        match self.provider:
            case Provider.WECHAT_PAY:
                self.pond.wechat_pay.pay(self.id.hex)
            case Provider.ALIPAY:
                self.pond.alipay.pay(self.id.hex)
            case _:
                await self.pond.standins.post(f"/sandbox/transactions/{self.id.hex}/confirm")

    def said(self, **changed: Any) -> tuple[dict[str, str], bytes]:
        """What the provider would say and sign, with whatever the test wants changed before it is signed."""
        match self.provider:
            case Provider.WECHAT_PAY:
                platform = self.pond.wechat_pay
                content = platform.trades[self.id.hex].told() | changed
                body = platform.notification("TRANSACTION.SUCCESS", "transaction", content)
                return platform.vault.headers(body), body
            case Provider.ALIPAY:
                trade = self.pond.alipay.trades[self.id.hex]
                said = self.pond.alipay.signed(self.pond.alipay.notification(trade, **changed))
                return {"content-type": "application/x-www-form-urlencoded"}, urlencode(said).encode()
            case _:
                transaction = self.pond.bank._transactions[self.id.hex]
                said = {
                    "out_trade_no": self.id.hex,
                    "transaction_id": transaction.transaction_id,
                    "amount": transaction.amount,
                    "currency": "CNY",
                    "paid_at": self.pond.time.isoformat(),
                }
                body = orjson.dumps(said | changed)
                return signed(SECRET, uuid4().hex, body, self.pond.time), body

    async def send(self, headers: dict[str, str], body: bytes) -> httpx.Response:
        return await self.pond.standins.post(notify_path(self.provider), content=body, headers=headers)

    async def state(self) -> str:
        return str((await self.pond.ask(STATE, self.member, id=self.order_id))["order"]["state"])

    async def postings(self) -> int:
        return len(await self.pond.select("SELECT 1 FROM ledger_posting WHERE destination = 'brand:sales'"))


async def asked(pond: Pond, provider: Provider, *, minor: int | None = None) -> Asked:
    member, variant = await a_member(pond), await a_variant(pond, **({} if minor is None else {"price": minor}))
    lines = [{"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}]
    placed = await pond.ask(PLACE, member, input={"lines": lines, "idempotencyKey": uuid4().hex})
    order_id = placed["orderPlace"]["order"]["id"]
    wanted = {"orderId": order_id, "idempotencyKey": uuid4().hex, "method": METHODS[provider]}
    payment = (await pond.ask(PAY, member, input=wanted))["orderPay"]["payment"]
    return Asked(pond, member, order_id, UUID(hex=payment["id"].partition("_")[2]), provider)


async def paid(pond: Pond, provider: Provider) -> Asked:
    """A payment that was made, of which nothing was heard."""
    one = await asked(pond, provider)
    one.telling.post = Post.LOST
    await one.pay()
    return one


async def alerts(pond: Pond) -> list[Any]:
    rows = await pond.select("SELECT payload FROM outbox WHERE kind = 'PaymentAlert' ORDER BY id")
    return [orjson.loads(row["payload"]) if isinstance(row["payload"], str) else row["payload"] for row in rows]


@whoever_tells
async def test_the_provider_hears_that_we_heard_once_it_is_booked(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)

    answer = await one.send(*one.said())

    assert (answer.status_code, answer.content) == (200, HEARD[provider])
    assert await one.state() == "PAID"
    assert await alerts(pond) == []


@whoever_tells
async def test_a_hundred_at_once_have_one_effect(pond: Pond, provider: Provider) -> None:
    one = await asked(pond, provider)
    one.telling.copies = 100 if provider is Provider.WECHAT_PAY else 10

    await one.pay()
    await one.telling.all_told()

    assert (await one.state(), await one.postings()) == ("PAID", 1)


@whoever_tells
async def test_the_same_message_again_changes_nothing(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)
    message = one.said()

    answers = [await one.send(*message) for _ in range(3)]

    assert {answer.status_code for answer in answers} == {200}
    assert await one.postings() == 1


@whoever_tells
async def test_one_of_a_day_ago_is_refused(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)
    message = one.said()
    pond.later(hours=28)

    answer = await one.send(*message)

    assert answer.status_code == 401
    assert await one.postings() == 0
    assert [alert["why"] for alert in await alerts(pond)] == ["it is not fresh"]


LOWER = {Provider.WECHAT_PAY: {"amount": {"total": 1}}, Provider.ALIPAY: {"total_amount": "0.01"}}


@whoever_tells
async def test_a_lower_amount_is_refused_and_alarming(pond: Pond, provider: Provider, caplog: Any) -> None:
    one = await paid(pond, provider)

    with caplog.at_level(logging.ERROR, "yutang.payments"):
        answer = await one.send(*one.said(**LOWER.get(provider, {"amount": 1})))

    assert answer.status_code == 400
    assert (await one.state(), await one.postings()) == ("PLACED", 0)
    assert await alerts(pond) == [{"provider": provider.value, "why": "another amount", "about": one.id.hex}]
    assert [record.levelname for record in caplog.records] == ["ERROR"]


@whoever_tells
async def test_a_payment_that_nobody_asked_for_is_alarming(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)

    answer = await one.send(*one.said(out_trade_no=UUID(int=7).hex))

    assert answer.status_code == 404
    assert await alerts(pond) == [{"provider": provider.value, "why": "unknown to us", "about": UUID(int=7).hex}]


@whoever_tells
async def test_what_another_provider_is_asked_for_is_unknown_to_this_one(pond: Pond, provider: Provider) -> None:
    others = {Provider.SANDBOX: Provider.ALIPAY, Provider.WECHAT_PAY: Provider.SANDBOX}
    one, theirs = await paid(pond, provider), await paid(pond, others.get(provider, Provider.WECHAT_PAY))

    answer = await one.send(*one.said(out_trade_no=theirs.id.hex))

    assert answer.status_code == 404
    assert await theirs.state() == "PLACED"


@whoever_tells
async def test_a_payment_that_stands_in_for_a_dearer_one_is_refused(pond: Pond, provider: Provider) -> None:
    from domain.money import Money

    cheap, dear = await paid(pond, provider), await asked(pond, provider, minor=Money(999_00))

    answer = await cheap.send(*cheap.said(out_trade_no=dear.id.hex))

    assert answer.status_code == 400
    assert await dear.state() == "PLACED"


@whoever_tells
async def test_forgeries_are_told_once_a_minute(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)
    headers, body = one.said()

    for _ in range(5):
        assert (await one.send(headers, body + b" ")).status_code == 401
    pond.later(minutes=1)
    await one.send(headers, body + b" ")

    assert len(await alerts(pond)) == 2
    assert await one.postings() == 0


@only_wechat
@pytest.mark.parametrize(
    ("changed", "status"),
    [
        pytest.param({"mchid": "1900000110"}, 401, id="another merchant"),
        pytest.param({"appid": "wx-other"}, 401, id="another app"),
        pytest.param({"amount": {"total": 199_00, "currency": "USD"}}, 400, id="another currency"),
        pytest.param({"trade_state": "NOTPAY"}, 401, id="not paid"),
    ],
)
async def test_what_wechat_pay_says_of_others_is_not_booked(
    pond: Pond, provider: Provider, changed: dict[str, Any], status: int
) -> None:
    one = await paid(pond, provider)

    answer = await one.send(*one.said(**changed))

    assert (answer.status_code, answer.json()["code"]) == (status, "FAIL")
    assert (await one.state(), len(await alerts(pond))) == ("PLACED", 1)


@only_wechat
@pytest.mark.parametrize(
    ("header", "value", "why"),
    [
        ("Wechatpay-Signature", "c2lnbmVk", "the signature does not fit"),
        ("Wechatpay-Timestamp", "1", "it is not fresh"),
        ("Wechatpay-Serial", "PUB_KEY_ID_9", "unknown serial"),
        ("Wechatpay-Serial", "00C0FFEE", "unknown serial"),
    ],
)
async def test_what_wechat_pay_did_not_sign_is_not_booked(
    pond: Pond, provider: Provider, header: str, value: str, why: str
) -> None:
    one = await paid(pond, provider)
    headers, body = one.said()

    answer = await one.send(headers | {header: value}, body)

    assert answer.status_code == 401
    assert await one.state() == "PLACED"
    assert await alerts(pond) == [{"provider": "WECHAT_PAY", "why": why, "about": None}]


@only_wechat
async def test_who_pays_for_somebody_else_has_paid(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)

    answers = [await one.send(*one.said(payer={"openid": "o-mother"})) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (await one.state(), await one.postings(), await alerts(pond)) == ("PAID", 1, [])


@only_wechat
async def test_wechat_pays_own_probe_alarms_nobody(pond: Pond, provider: Provider) -> None:
    one = await paid(pond, provider)
    headers, body = one.said()
    probe = "WECHATPAY/SIGNTEST/" + headers["Wechatpay-Signature"][19:]

    answer = await one.send(headers | {"Wechatpay-Signature": probe}, body)

    assert answer.status_code == 401
    assert await alerts(pond) == []


@only_wechat
async def test_what_does_not_concern_us_is_answered(pond: Pond, provider: Provider) -> None:
    platform = pond.wechat_pay
    body = platform.notification("COUPON.USE", "coupon", {"stock_id": "9"})

    answer = await pond.standins.post(notify_path(provider), content=body, headers=platform.vault.headers(body))

    assert answer.status_code == 200


@only_wechat
async def test_it_is_told_again_after_we_could_not_book_it(
    pond: Pond, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    from domain.outages import Busy

    one = await paid(pond, provider)
    writing = pond.database.writing

    def busy() -> Any:
        raise Busy

    monkeypatch.setattr(pond.database, "writing", busy)
    first = await one.send(*one.said())
    monkeypatch.setattr(pond.database, "writing", writing)
    second = await one.send(*one.said())

    assert (first.status_code, second.status_code) == (503, 200)
    assert await one.state() == "PAID"


@whoever_tells
async def test_what_was_held_up_is_fresh_when_it_comes(pond: Pond, provider: Provider) -> None:
    one = await asked(pond, provider)
    one.telling.post = Post.HELD
    await one.pay()
    pond.time += timedelta(minutes=10)

    heard = await one.telling.deliver()

    assert heard == [True]
    assert await one.state() == "PAID"
