"""Alipay's gateway: our side and the stand-in agree with each other, and with an SDK that neither wrote."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from alipay import AliPay
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from app.standins.alipay import No, fen
from app.standins.gateways import ALIPAY, ALIPAY_APP, key_named
from app.standins.wechat_pay_keys import new_key
from domain.gateways import (
    PaymentMethod,
    Provider,
    ProviderRefused,
    RefundOutcome,
    SignatureWrong,
    Told,
    Unknown,
)
from domain.money import Money
from domain.payments import Payment
from domain.refusals import ProviderUnavailable
from providers.alipay import yuan
from tests.makers_gateways import Street, a_payment, a_refund, asking


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    street = Street()
    yield street
    await street.client.aclose()


def sdk(street: Street, address: str, *, key: Any = None) -> AliPay:
    """python-alipay-sdk, which holds the keys of the same app."""
    private = (key or key_named("app")).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = street.at_alipay.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    peer = AliPay(ALIPAY_APP, "/payments/alipay/notify", private, public)
    peer._gateway = f"{address}{ALIPAY}/gateway.do"
    return peer


def an_alipay_payment(minor: int = 19_90) -> Payment:
    return a_payment(Provider.ALIPAY, minor)


async def paid(street: Street, minor: int = 19_90) -> Payment:
    payment = an_alipay_payment(minor)
    await street.alipay.prepare(payment, asking(PaymentMethod.NATIVE))
    street.at_alipay.pay(payment.id.hex)
    await street.at_alipay.all_told()
    street.heard.clear()
    return payment


class TestThePeer:
    """python-alipay-sdk against the stand-in, over a port; and what each signs, checked by the other."""

    async def test_it_has_a_payment_made_asks_and_gives_it_back(self, street: Street) -> None:
        async with street.opened() as address:
            peer = sdk(street, address)
            made = await asyncio.to_thread(peer.api_alipay_trade_precreate, "四件套", "no-1", "19.90")
            street.at_alipay.pay("no-1")
            asked = await asyncio.to_thread(peer.api_alipay_trade_query, "no-1")
            given = await asyncio.to_thread(peer.api_alipay_trade_refund, "0.90", "no-1", out_request_no="r-1")
            back = await asyncio.to_thread(peer.api_alipay_trade_fastpay_refund_query, "r-1", out_trade_no="no-1")

        assert made["qr_code"].startswith("https://qr.alipay.com/")
        assert (asked["trade_status"], asked["total_amount"]) == ("TRADE_SUCCESS", "19.90")
        assert (given["fund_change"], back["refund_status"]) == ("Y", "REFUND_SUCCESS")

    async def test_a_wrong_key_is_refused(self, street: Street) -> None:
        async with street.opened() as address:
            peer = sdk(street, address, key=new_key())
            answer = await asyncio.to_thread(peer.api_alipay_trade_query, "no-1")

        assert (answer["code"], answer["sub_code"]) == ("40002", "isv.invalid-signature")

    async def test_the_address_of_its_page_is_believed(self, street: Street) -> None:
        query = sdk(street, "").api_alipay_trade_page_pay(
            "四件套", "no-1", "19.90", notify_url="/payments/alipay/notify"
        )

        page = await street.client.get(f"{ALIPAY}/gateway.do?{query}")
        paid = await street.client.post(f"{ALIPAY}/gateway.do?{query}")

        assert "19.90" in page.text
        assert paid.json() == {"state": "PAID"}

    async def test_it_believes_what_the_shop_is_told_and_nothing_else(self, street: Street) -> None:
        payment, peer = an_alipay_payment(), sdk(street, "")
        await street.alipay.prepare(payment, asking(PaymentMethod.NATIVE))
        street.at_alipay.pay(payment.id.hex)
        await street.at_alipay.all_told()
        said = dict(parse_qsl(street.heard[0][1].decode()))
        signature = said.pop("sign")

        assert peer.verify(dict(said), signature)
        assert not peer.verify(said | {"total_amount": "0.01"}, signature)

    async def test_it_believes_what_we_sign(self, street: Street) -> None:
        prepared = await street.alipay.prepare(an_alipay_payment(), asking(PaymentMethod.PAGE))
        said = dict(parse_qsl(urlsplit(prepared.confirm_url or "").query))
        signature = said.pop("sign")
        peer = sdk(street, "")
        app_key = key_named("app").public_key()
        peer._alipay_public_key_string = app_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
        peer._load_key()
        raw = "&".join(f"{name}={value}" for name, value in sorted(said.items()))

        assert peer._verify(raw, signature)


@pytest.mark.parametrize("method", [PaymentMethod.PAGE, PaymentMethod.H5, PaymentMethod.NATIVE])
async def test_what_is_paid_is_told_and_answered_alike(street: Street, method: PaymentMethod) -> None:
    payment = an_alipay_payment()
    prepared = await street.alipay.prepare(payment, asking(method))
    before = await street.alipay.query(payment)
    if prepared.confirm_url is None:
        street.at_alipay.pay(payment.id.hex)
    else:
        assert (await street.client.post(prepared.confirm_url)).is_success

    (told,) = await street.told(Provider.ALIPAY)
    answered = await street.alipay.query(payment)

    assert before is None
    assert isinstance(told, Told)
    assert (told.payment_id, told.amount) == (payment.id, Money(19_90))
    assert answered is not None
    assert (answered.transaction, answered.paid_at) == (told.transaction, told.paid_at)


async def test_alipay_has_no_payment_within_wechat(street: Street) -> None:
    with pytest.raises(ProviderRefused):
        await street.alipay.prepare(an_alipay_payment(), asking(PaymentMethod.JSAPI))


async def test_what_is_closed_cannot_be_paid_and_what_is_paid_cannot_be_closed(street: Street) -> None:
    closed, done = an_alipay_payment(), await paid(street)
    await street.alipay.prepare(closed, asking(PaymentMethod.NATIVE))
    street.at_alipay.open(closed.id.hex)

    await street.alipay.close(closed)
    await street.alipay.close(closed)

    with pytest.raises(No, match="TRADE_HAS_CLOSE"):
        street.at_alipay.pay(closed.id.hex)
    with pytest.raises(ProviderRefused):
        await street.alipay.close(done)


async def test_what_nobody_has_opened_can_be_paid_as_long_as_its_page_lasts(street: Street) -> None:
    payment = replace(an_alipay_payment(), created_at=street.now())
    await street.alipay.prepare(payment, asking(PaymentMethod.PAGE))

    with pytest.raises(ProviderUnavailable):
        await street.alipay.close(payment)
    street.later(minutes=30)

    await street.alipay.close(payment)


async def test_no_money_is_taken_when_the_time_to_pay_is_over(street: Street) -> None:
    payment = an_alipay_payment()
    await street.alipay.prepare(payment, asking(PaymentMethod.NATIVE, pay_before=street.now() + timedelta(minutes=15)))

    street.later(minutes=16)

    with pytest.raises(No):
        street.at_alipay.pay(payment.id.hex)


async def test_refunds_are_done_at_once_and_the_same_one_moves_nothing_again(street: Street) -> None:
    payment = await paid(street)
    refund = a_refund(payment, 90)

    first, second = [await street.alipay.refund(refund, payment) for _ in range(2)]
    answered = await street.alipay.query_refund(refund, payment)

    assert first.outcome is second.outcome is RefundOutcome.SUCCEEDED
    assert (first.reference, first.amount) == (second.reference, Money(90))
    assert answered is not None
    assert answered.amount == Money(90)
    assert sum(street.at_alipay.trades[payment.id.hex].refunds.values()) == 90


async def test_a_payment_that_went_back_as_a_whole_was_paid(street: Street) -> None:
    payment = await paid(street)
    await street.alipay.refund(a_refund(payment, 19_90), payment)

    assert await street.alipay.query(payment) is not None
    assert [type(told) for told in await street.told(Provider.ALIPAY)] == [Unknown]


async def test_more_than_was_paid_does_not_go_back(street: Street) -> None:
    payment = await paid(street)
    await street.alipay.refund(a_refund(payment, 19_00), payment)

    with pytest.raises(ProviderRefused):
        await street.alipay.refund(a_refund(payment, 91), payment)


async def test_an_unknown_outcome_is_not_taken_for_a_no(street: Street) -> None:
    payment = await paid(street)
    refund = a_refund(payment, 90)
    street.at_alipay.is_down = True
    with pytest.raises(ProviderUnavailable):
        await street.alipay.refund(refund, payment)

    street.at_alipay.is_down = False

    assert await street.alipay.query_refund(refund, payment) is not None
    assert await street.alipay.query_refund(a_refund(payment, 1), payment) is None


async def test_an_answer_that_alipay_did_not_sign_says_nothing(street: Street) -> None:
    payment = await paid(street)
    street.at_alipay.key = new_key()

    with pytest.raises(ProviderUnavailable):
        await street.alipay.query(payment)


class TestReading:
    """G15: what is not Alipay's, not now or not for us is refused whoever sends it."""

    async def said(self, street: Street, **other: str) -> dict[str, str]:
        trade = street.at_alipay.trades[(await paid(street)).id.hex]
        return street.at_alipay.signed(street.at_alipay.notification(trade, **other))

    async def test_one_that_is_right_is_read(self, street: Street) -> None:
        body = urlencode(await self.said(street)).encode()

        assert isinstance(await street.alipay.read({}, body, street.now()), Told)

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param({"total_amount": "0.01"}, id="another amount"),
            pytest.param({"sign": ""}, id="no signature"),
            pytest.param({"sign_type": "RSA"}, id="another algorithm"),
            pytest.param({"more": "said"}, id="something more"),
        ],
    )
    async def test_what_was_changed_is_refused(self, street: Street, changed: dict[str, str]) -> None:
        body = urlencode(await self.said(street) | changed).encode()

        with pytest.raises(SignatureWrong):
            await street.alipay.read({}, body, street.now())

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"app_id": "2021000000000002"}, id="another app"),
            pytest.param({"notify_time": "2026-01-01 00:00:00"}, id="an old one"),
            pytest.param({"notify_time": "now"}, id="no time"),
            pytest.param({"out_trade_no": "not ours"}, id="a number that we never gave"),
            pytest.param({"total_amount": "19.901"}, id="less than a fen"),
            pytest.param({"total_amount": "-19.90"}, id="less than nothing"),
        ],
    )
    async def test_what_is_not_for_us_now_is_refused(self, street: Street, other: dict[str, str]) -> None:
        body = urlencode(await self.said(street, **other)).encode()

        with pytest.raises(SignatureWrong):
            await street.alipay.read({}, body, street.now())

    @pytest.mark.parametrize("body", [b"", b"{}", b"sign=1&sign=2", b"\xff\xfe", b"a=1&" * 200])
    async def test_what_cannot_be_read_is_refused(self, street: Street, body: bytes) -> None:
        with pytest.raises(SignatureWrong):
            await street.alipay.read({}, body, street.now())

    async def test_one_of_a_day_ago_is_refused(self, street: Street) -> None:
        body = urlencode(await self.said(street)).encode()

        with pytest.raises(SignatureWrong, match="fresh"):
            await street.alipay.read({}, body, street.now() + timedelta(hours=28))


@pytest.mark.parametrize("minor", [1, 10, 99, 100, 19_90, 3_000_000_000])
def test_an_amount_is_written_and_read_to_the_fen(minor: int) -> None:
    assert fen(yuan(Money(minor))) == minor
