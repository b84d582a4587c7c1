"""WeChat Pay's third protocol: our side and the stand-in agree with each other, and with an SDK that neither wrote."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from wechatpayv3 import WeChatPay
from wechatpayv3 import WeChatPayType as WeChatPayTypeToo
from wechatpayv3.async_ import AsyncWeChatPay
from wechatpayv3.async_.type import WeChatPayType

from app.standins.gateways import API_KEY, MERCHANT_ID, SERIAL, key_named
from app.standins.telling import Post
from app.standins.wechat_pay_keys import PUBLIC_KEY_ID, new_key
from domain.gateways import (
    PaymentMethod,
    Provider,
    ProviderRefused,
    RefundOutcome,
    RefundTold,
    SignatureWrong,
    Told,
    Unknown,
)
from domain.money import Money
from domain.payments import Payment
from domain.refusals import ProviderUnavailable
from providers.rsa_sha256 import sign
from providers.wechat_pay import WechatPay
from providers.wechat_pay_channel import SCHEME, Channel, Merchant
from tests.makers_gateways import APP_ID, PLATFORM, Street, a_payment, a_refund, asking


@pytest.fixture
async def street() -> AsyncIterator[Street]:
    street = Street()
    yield street
    await street.client.aclose()


@pytest.fixture
async def peer(street: Street) -> AsyncWeChatPay:
    """wechatpayv3, which holds the keys of the same merchant."""
    return sdk(street)


def sdk(street: Street, *, key: Any = None, certificates: bool = False) -> AsyncWeChatPay:
    peer = AsyncWeChatPay(WeChatPayType.JSAPI, **held(street, key, certificates=certificates))
    peer._core._gate_way = PLATFORM
    peer._core._client = street.client
    return peer


def held(street: Street, key: Any = None, *, certificates: bool = False) -> dict[str, Any]:
    """What the SDK is told."""
    platform = street.at_wechat.vault.key.public_key()
    public = platform.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = (key or key_named("merchant")).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return {
        "mchid": MERCHANT_ID,
        "private_key": private,
        "cert_serial_no": SERIAL,
        "appid": APP_ID,
        "apiv3_key": API_KEY.decode(),
        "notify_url": "/payments/wechat-pay/notify",
        **({} if certificates else {"public_key": public, "public_key_id": PUBLIC_KEY_ID}),
    }


async def paid(street: Street, *, minor: int = 19_90, **more: Any) -> Payment:
    """A payment whose payer said yes. Nothing of it was heard."""
    payment = a_payment(minor=minor)
    await street.wechat_pay.prepare(payment, asking(**more))
    street.at_wechat.telling.post, post = Post.LOST, street.at_wechat.telling.post
    street.at_wechat.pay(payment.id.hex)
    street.at_wechat.telling.post = post
    return payment


class TestThePeer:
    """wechatpayv3 against the stand-in: what it says and signs is what the SDK expects of the real one."""

    async def test_it_pays_and_reads_what_it_is_told(self, street: Street, peer: AsyncWeChatPay) -> None:
        number = uuid4().hex

        status, answer = await peer.pay("四件套", number, {"total": 1990, "currency": "CNY"}, {"openid": "o-mei"})
        street.at_wechat.pay(number)
        await street.at_wechat.all_told()
        told = peer.callback(*street.heard[0])

        assert (status, json.loads(answer)["prepay_id"][:2]) == (200, "wx")
        assert told["event_type"] == "TRANSACTION.SUCCESS"
        assert (told["resource"]["out_trade_no"], told["resource"]["amount"]["total"]) == (number, 1990)

    async def test_the_same_number_for_another_amount_is_refused(self, peer: AsyncWeChatPay) -> None:
        number, payer = uuid4().hex, {"openid": "o-mei"}
        await peer.pay("四件套", number, {"total": 1990}, payer)

        same = await peer.pay("四件套", number, {"total": 1990}, payer)
        other = await peer.pay("四件套", number, {"total": 1991}, payer)

        assert same[0] == 200
        assert (other[0], json.loads(other[1])["code"]) == (403, "OUT_TRADE_NO_USED")

    async def test_its_synchronous_half_pays_asks_and_closes_over_a_port(self, street: Street) -> None:
        paid, closed = uuid4().hex, uuid4().hex
        async with street.opened() as address:
            peer = WeChatPay(WeChatPayTypeToo.NATIVE, **held(street))
            peer._core._gate_way = f"{address}/standins/wechat-pay"
            for number in (paid, closed):
                await asyncio.to_thread(peer.pay, "四件套", number, {"total": 1990})
            street.at_wechat.pay(paid)
            asked = await asyncio.to_thread(peer.query, out_trade_no=paid)
            done = await asyncio.to_thread(peer.close, closed)
            refused = await asyncio.to_thread(peer.close, paid)

        assert (asked[0], json.loads(asked[1])["trade_state"]) == (200, "SUCCESS")
        assert (done[0], json.loads(refused[1])["code"]) == (204, "ORDERPAID")

    async def test_a_wrong_key_is_refused(self, street: Street) -> None:
        status, answer = await sdk(street, key=new_key()).query(out_trade_no=uuid4().hex)

        assert (status, json.loads(answer)["code"]) == (401, "SIGN_ERROR")

    async def test_a_tampered_notification_is_none_for_it(self, street: Street, peer: AsyncWeChatPay) -> None:
        await paid(street)
        street.at_wechat.tell("/payments/wechat-pay/notify", "TRANSACTION.SUCCESS", "transaction", {"a": 1})
        await street.at_wechat.all_told()
        headers, body = street.heard[0]

        assert peer.callback(headers, body.replace(b"TRANSACTION.SUCCESS", b"TRANSACTION.SUCCESs")) is None

    async def test_it_refunds_shares_and_transfers(self, street: Street, peer: AsyncWeChatPay) -> None:
        payment = await paid(street, shares_profit=True)
        trade = street.at_wechat.trades[payment.id.hex]
        street.later(minutes=2)
        street.at_wechat.vault._now = lambda: street.now() - timedelta(minutes=2)  # the SDK checks certificates by now
        street.at_wechat._now, now = lambda: street.now() - timedelta(minutes=2), street.at_wechat._now

        refunded = await peer.refund("r1", {"refund": 90, "total": 1990, "currency": "CNY"}, out_trade_no=trade.number)
        added = await peer.profitsharing_add_receiver("PERSONAL_OPENID", "o-guide", "DISTRIBUTOR")
        parts = [{"type": "PERSONAL_OPENID", "account": "o-guide", "amount": 100, "description": "佣金"}]
        shared = await peer.profitsharing_order(trade.transaction_id, "s1", parts, False)
        sent = await peer.mch_transfer_bills("t1", "1005", "o-guide", 100, "佣金")
        street.at_wechat._now = now

        assert [answer[0] for answer in (refunded, added, shared, sent)] == [200, 200, 200, 200]
        assert json.loads(sent[1])["state"] == "WAIT_USER_CONFIRM"

    async def test_it_learns_certificates_as_they_rotate(self, street: Street) -> None:
        street.at_wechat.vault.rotate()
        peer = sdk(street, certificates=True)

        first = await peer.pay("四件套", uuid4().hex, {"total": 1990}, {"openid": "o-mei"})
        street.at_wechat.vault.rotate()
        second = await peer.pay("四件套", uuid4().hex, {"total": 1990}, {"openid": "o-mei"})

        assert (first[0], second[0]) == (200, 200)

    async def test_it_verifies_what_we_sign_for_the_payers_phone(self, street: Street, peer: AsyncWeChatPay) -> None:
        prepared = await street.wechat_pay.prepare(a_payment(), asking())

        signed = prepared.jsapi
        assert signed is not None
        assert signed.pay_sign == peer.sign([APP_ID, signed.time_stamp, signed.nonce, signed.package])

    async def test_it_takes_an_old_notification_and_we_do_not(self, street: Street, peer: AsyncWeChatPay) -> None:
        await street.wechat_pay.prepare(payment := a_payment(), asking())
        street.at_wechat.pay(payment.id.hex)
        await street.at_wechat.all_told()
        headers, body = street.heard[0]

        street.later(hours=28)

        assert peer.callback(headers, body) is not None
        with pytest.raises(SignatureWrong, match="fresh"):
            await street.wechat_pay.read(headers, body, street.now())


class TestPaying:
    @pytest.mark.parametrize("method", [PaymentMethod.JSAPI, PaymentMethod.H5, PaymentMethod.NATIVE])
    async def test_what_is_paid_is_told_and_answered_alike(self, street: Street, method: PaymentMethod) -> None:
        payment = a_payment()
        await street.wechat_pay.prepare(payment, asking(method))
        before = await street.wechat_pay.query(payment)
        street.at_wechat.pay(payment.id.hex, "o-mei")

        (told,) = await street.told(Provider.WECHAT_PAY)
        answered = await street.wechat_pay.query(payment)

        assert before is None
        assert isinstance(told, Told)
        assert (told.payment_id, told.amount, told.payer) == (payment.id, Money(19_90), "o-mei")
        assert answered is not None
        assert (answered.transaction, answered.paid_at) == (told.transaction, told.paid_at)

    async def test_the_h5_address_leads_back_and_plays_the_payers_yes(self, street: Street) -> None:
        payment = a_payment()

        prepared = await street.wechat_pay.prepare(
            payment, asking(PaymentMethod.H5, return_url="https://shop.cn/a?b=1")
        )
        answer = await street.client.post(prepared.confirm_url or "")

        assert parse_qs(urlsplit(prepared.confirm_url or "").query)["redirect_url"] == ["https://shop.cn/a?b=1"]
        assert answer.is_success
        assert await street.wechat_pay.query(payment) is not None

    async def test_announcing_twice_is_the_same_payment(self, street: Street) -> None:
        payment = a_payment()

        await street.wechat_pay.prepare(payment, asking())
        await street.wechat_pay.prepare(payment, asking())

        assert len(street.at_wechat.trades) == 1

    async def test_what_is_closed_cannot_be_paid_and_what_is_paid_cannot_be_closed(self, street: Street) -> None:
        closed, done = a_payment(), await paid(street)
        await street.wechat_pay.prepare(closed, asking())

        await street.wechat_pay.close(closed)
        await street.wechat_pay.close(closed)
        await street.wechat_pay.close(a_payment())

        with pytest.raises(Exception, match="ORDER_CLOSED"):
            street.at_wechat.pay(closed.id.hex)
        with pytest.raises(ProviderRefused) as no:
            await street.wechat_pay.close(done)
        assert no.value.provider_code == "ORDERPAID"

    async def test_no_money_is_taken_when_the_time_to_pay_is_over(self, street: Street) -> None:
        payment = a_payment()
        await street.wechat_pay.prepare(payment, asking(pay_before=street.now() + timedelta(minutes=15)))

        street.later(minutes=16)

        with pytest.raises(Exception, match="ORDER_CLOSED"):
            street.at_wechat.pay(payment.id.hex)

    async def test_the_last_minute_is_still_long_enough_for_wechat(self, street: Street) -> None:
        soon = street.now() + timedelta(seconds=5)

        await street.wechat_pay.prepare(payment := a_payment(), asking(pay_before=soon))

        assert street.at_wechat.pay(payment.id.hex).paid_at is not None

    @pytest.mark.parametrize(
        ("method", "missing", "code"),
        [
            pytest.param(PaymentMethod.PAGE, {}, "NO_SUCH_METHOD", id="a page for computers"),
            pytest.param(PaymentMethod.JSAPI, {"payer": None}, "PARAM_ERROR", id="nobody's openid"),
            pytest.param(PaymentMethod.H5, {"client": None}, "PARAM_ERROR", id="nobody's address"),
        ],
    )
    async def test_what_wechat_does_not_do_is_refused(
        self, street: Street, method: PaymentMethod, missing: dict[str, None], code: str
    ) -> None:
        with pytest.raises(ProviderRefused) as no:
            await street.wechat_pay.prepare(a_payment(), asking(method, **missing))

        assert no.value.provider_code == code

    async def test_an_unknown_outcome_is_not_taken_for_a_no(self, street: Street) -> None:
        payment = a_payment()
        street.at_wechat.is_down = True
        with pytest.raises(ProviderUnavailable):
            await street.wechat_pay.prepare(payment, asking())

        street.at_wechat.is_down = False
        street.at_wechat.pay(payment.id.hex)

        assert await street.wechat_pay.query(payment) is not None

    @pytest.mark.parametrize(
        "spoil",
        [
            pytest.param(lambda answer: answer.headers.update({"wechatpay-nonce": "other"}), id="another nonce"),
            pytest.param(lambda answer: answer.headers.update({"wechatpay-serial": "PUB_KEY_ID_2"}), id="another key"),
            pytest.param(lambda answer: answer.headers.pop("wechatpay-signature"), id="no signature"),
            pytest.param(lambda answer: setattr(answer, "_content", b'{"prepay_id":"wx1"}'), id="another body"),
        ],
    )
    async def test_an_answer_that_wechat_did_not_sign_says_nothing(self, street: Street, spoil: Any) -> None:
        async def tamper(answer: httpx.Response) -> None:
            await answer.aread()
            spoil(answer)

        street.client.event_hooks = {"response": [tamper]}

        with pytest.raises(ProviderUnavailable):
            await street.wechat_pay.prepare(a_payment(), asking())


class TestRefunding:
    async def test_a_refund_is_told_once_it_is_done(self, street: Street) -> None:
        payment = await paid(street)
        refund = a_refund(payment, 90)

        begun = await street.wechat_pay.refund(refund, payment)
        (told,) = await street.told(Provider.WECHAT_PAY)
        answered = await street.wechat_pay.query_refund(refund, payment)

        assert begun.outcome is RefundOutcome.PROCESSING
        assert isinstance(told, RefundTold)
        assert (told.refund_id, told.outcome, told.amount) == (refund.id, RefundOutcome.SUCCEEDED, Money(90))
        assert answered is not None
        assert (answered.reference, answered.outcome) == (told.reference, RefundOutcome.SUCCEEDED)

    async def test_the_same_refund_again_moves_nothing(self, street: Street) -> None:
        payment = await paid(street)
        refund = a_refund(payment, 90)

        first, second = [await street.wechat_pay.refund(refund, payment) for _ in range(2)]

        assert first.reference == second.reference
        assert street.at_wechat.trades[payment.id.hex].given_back() == 90

    async def test_one_whose_answer_was_lost_is_found(self, street: Street) -> None:
        payment = await paid(street)
        refund = a_refund(payment, 90)
        street.at_wechat.is_down = True
        with pytest.raises(ProviderUnavailable):
            await street.wechat_pay.refund(refund, payment)

        street.at_wechat.is_down = False

        assert await street.wechat_pay.query_refund(refund, payment) is not None
        assert await street.wechat_pay.query_refund(a_refund(payment, 1), payment) is None

    @pytest.mark.parametrize(
        ("status", "outcome"), [("CLOSED", RefundOutcome.CLOSED), ("ABNORMAL", RefundOutcome.ABNORMAL)]
    )
    async def test_one_that_fails_says_so(self, street: Street, status: str, outcome: RefundOutcome) -> None:
        payment = await paid(street)
        refund = a_refund(payment, 90)
        street.at_wechat.refunds_take_time = True
        await street.wechat_pay.refund(refund, payment)

        street.at_wechat.finish_refund(refund.id.hex, status)
        (told,) = await street.told(Provider.WECHAT_PAY)

        assert isinstance(told, RefundTold)
        assert told.outcome is outcome

    async def test_refunds_of_a_payment_are_a_minute_apart(self, street: Street) -> None:
        payment = await paid(street)
        await street.wechat_pay.refund(a_refund(payment, 1), payment)

        with pytest.raises(ProviderRefused) as no:
            await street.wechat_pay.refund(second := a_refund(payment, 1), payment)
        street.later(minutes=1)
        await street.wechat_pay.refund(second, payment)

        assert (no.value.provider_code, no.value.later) == ("FREQUENCY_LIMITED", True)

    async def test_there_are_fifty_at_most(self, street: Street) -> None:
        payment = await paid(street)
        for _ in range(50):
            await street.wechat_pay.refund(a_refund(payment, 1), payment)
            street.later(minutes=1)

        with pytest.raises(ProviderRefused) as no:
            await street.wechat_pay.refund(a_refund(payment, 1), payment)

        assert (no.value.provider_code, no.value.later) == ("INVALID_REQUEST", False)

    @pytest.mark.parametrize(
        ("minor", "days", "empty", "code"),
        [
            pytest.param(19_91, 0, False, "INVALID_REQUEST", id="more than was paid"),
            pytest.param(0, 0, False, "INVALID_REQUEST", id="nothing"),
            pytest.param(1, 366, False, "INVALID_REQUEST", id="after a year"),
            pytest.param(1, 0, True, "NOT_ENOUGH", id="from an empty account"),
        ],
    )
    async def test_beyond_a_limit_nothing_moves(
        self, street: Street, minor: int, days: int, empty: bool, code: str
    ) -> None:
        payment = await paid(street)
        street.later(days=days)
        street.at_wechat.is_out_of_money = empty

        with pytest.raises(ProviderRefused) as no:
            await street.wechat_pay.refund(a_refund(payment, minor), payment)

        assert no.value.provider_code == code
        assert not street.at_wechat.trades[payment.id.hex].refunds


class TestReading:
    """G15: what is not WeChat's, not now or not for us is refused whoever sends it."""

    async def notification(self, street: Street, **changed: Any) -> tuple[dict[str, str], bytes]:
        """One that WeChat would sign, of a payment that was made; whatever of its content the test wants."""
        trade = street.at_wechat.trades[(await paid(street)).id.hex]
        body = street.at_wechat.notification("TRANSACTION.SUCCESS", "transaction", trade.told() | changed)
        return _lower(street.at_wechat.vault.headers(body)), body

    async def test_one_that_is_right_is_read(self, street: Street) -> None:
        told = await street.wechat_pay.read(*await self.notification(street), street.now())

        assert isinstance(told, Told)

    @pytest.mark.parametrize(
        ("header", "value"),
        [
            pytest.param("wechatpay-signature", b64encode(b"x" * 256).decode(), id="signature"),
            pytest.param("wechatpay-signature", "not base64", id="no signature at all"),
            pytest.param("wechatpay-signature", "", id="an empty signature"),
            pytest.param("wechatpay-nonce", "another", id="nonce"),
            pytest.param("wechatpay-serial", "PUB_KEY_ID_9", id="unknown public key"),
            pytest.param("wechatpay-serial", "00FF", id="unknown certificate"),
            pytest.param("wechatpay-serial", "", id="no serial"),
            pytest.param("wechatpay-timestamp", "1", id="old"),
            pytest.param("wechatpay-timestamp", "１７９９９９９９９９", id="a time in other digits"),
            pytest.param("wechatpay-timestamp", "-1", id="a time before all times"),
            pytest.param("wechatpay-signature-type", "WECHATPAY2-SM2-WITH-SM3", id="another algorithm"),
        ],
    )
    async def test_other_headers_are_refused(self, street: Street, header: str, value: str) -> None:
        headers, body = await self.notification(street)

        with pytest.raises(SignatureWrong):
            await street.wechat_pay.read(headers | {header: value}, body, street.now())

    @pytest.mark.parametrize(
        "respell",
        [
            pytest.param(lambda body: json.dumps(json.loads(body)).encode(), id="parsed and written again"),
            pytest.param(lambda body: body + b"\n", id="a line more"),
            pytest.param(lambda body: body.replace("支".encode(), b"\\u652f"), id="escaped"),
            pytest.param(lambda body: b"\xef\xbb\xbf" + body, id="a mark of the byte order"),
            pytest.param(lambda body: body.replace(b"EV-", b"EV_"), id="another id"),
        ],
    )
    async def test_the_signature_is_over_the_bytes_that_came(self, street: Street, respell: Any) -> None:
        headers, body = await self.notification(street)
        assert respell(body) != body

        with pytest.raises(SignatureWrong):
            await street.wechat_pay.read(headers, respell(body), street.now())

    @pytest.mark.parametrize(
        "spelled",
        [
            pytest.param('{ "id" : "EV-1" }', id="spaces"),
            pytest.param('{"id":"EV-1",\r\n"x":1}\r\n', id="lines of Windows"),
            pytest.param('{"id":"EV-1","s":"\\u652f\\u4ed8"}', id="escapes"),
            pytest.param('{"id":"EV-1","s":"支付成功 🎉"}', id="letters beyond ASCII"),
            pytest.param('{"b":1,"a":1.0,"b":2}', id="a name twice, and a number with a point"),
            pytest.param("", id="nothing"),
        ],
    )
    async def test_no_spelling_spoils_a_signature(self, street: Street, spelled: str) -> None:
        body = spelled.encode()

        await channel(street)._check(_lower(street.at_wechat.vault.headers(body)), body, street.now())

    async def test_what_was_signed_for_another_message_does_not_fit(self, street: Street) -> None:
        (headers, _), (_, body) = await self.notification(street), await self.notification(street)

        with pytest.raises(SignatureWrong):
            await street.wechat_pay.read(headers, body, street.now())

    @pytest.mark.parametrize(
        "changed",
        [
            pytest.param({"mchid": "1900000110"}, id="another merchant"),
            pytest.param({"appid": "wx-other"}, id="another app"),
            pytest.param({"trade_state": "PAYERROR"}, id="not paid"),
            pytest.param({"out_trade_no": "not ours"}, id="a number that we never gave"),
            pytest.param({"amount": {}}, id="no amount"),
            pytest.param({"amount": None}, id="an amount of nothing"),
            pytest.param({"success_time": "yesterday"}, id="no time"),
        ],
    )
    async def test_what_is_not_for_us_is_refused(self, street: Street, changed: dict[str, Any]) -> None:
        headers, body = await self.notification(street, **changed)

        with pytest.raises(SignatureWrong):
            await street.wechat_pay.read(headers, body, street.now())

    async def test_another_currency_and_a_lower_amount_are_told_as_they_are(self, street: Street) -> None:
        headers, body = await self.notification(street, amount={"total": 1, "currency": "USD"})

        told = await street.wechat_pay.read(headers, body, street.now())

        assert isinstance(told, Told)
        assert told.amount == Money(1, "USD")

    async def test_what_was_encrypted_by_another_key_is_refused(self, street: Street) -> None:
        street.at_wechat.vault._api_key, key = b"another-key-of-thirty-two-bytes!", street.at_wechat.vault._api_key
        headers, body = await self.notification(street)
        street.at_wechat.vault._api_key = key

        with pytest.raises(SignatureWrong):
            await street.wechat_pay.read(headers, body, street.now())

    @pytest.mark.parametrize("minutes", [-5.1, 5.1])
    async def test_it_is_fresh_for_five_minutes_on_either_side(self, street: Street, minutes: float) -> None:
        headers, body = await self.notification(street)
        at = street.now()

        await street.wechat_pay.read(headers, body, at + timedelta(minutes=minutes * 0.9))

        with pytest.raises(SignatureWrong):
            await street.wechat_pay.read(headers, body, at + timedelta(minutes=minutes))

    async def test_wechats_own_probe_is_refused_and_known_as_one(self, street: Street) -> None:
        headers, body = await self.notification(street)
        probe = "WECHATPAY/SIGNTEST/" + headers["wechatpay-signature"][19:]

        with pytest.raises(SignatureWrong, match="a probe"):
            await street.wechat_pay.read(headers | {"wechatpay-signature": probe}, body, street.now())

    async def test_what_means_nothing_to_us_is_still_theirs(self, street: Street) -> None:
        body = street.at_wechat.notification("TRANSACTION.SUCCESS", "profitsharing", {"mchid": MERCHANT_ID})

        told = await street.wechat_pay.read(_lower(street.at_wechat.vault.headers(body)), body, street.now())

        assert isinstance(told, Unknown)

    async def test_a_repetition_has_the_same_key(self, street: Street) -> None:
        await street.wechat_pay.prepare(payment := a_payment(), asking())
        street.at_wechat.telling.copies = 2
        street.at_wechat.pay(payment.id.hex)

        first, second = await street.told(Provider.WECHAT_PAY)

        assert first == second


class TestCertificates:
    """The platform signs with certificates, which change; new ones are learned when one signs that is not known."""

    async def test_answers_are_checked_by_certificates_that_rotate(self, street: Street) -> None:
        provider = by_certificates(street)
        street.at_wechat.vault.rotate()
        await provider.prepare(a_payment(), asking())

        street.at_wechat.vault.rotate()
        street.later(minutes=1)

        await provider.prepare(a_payment(), asking())

    async def test_a_notification_of_a_new_certificate_is_believed(self, street: Street) -> None:
        provider = by_certificates(street)
        street.at_wechat.vault.rotate()
        await provider.prepare(payment := a_payment(), asking())
        street.at_wechat.vault.rotate()
        street.later(minutes=1)
        street.at_wechat.pay(payment.id.hex)
        await street.at_wechat.all_told()

        told = await provider.read(*street.heard[0], street.now())

        assert isinstance(told, Told)

    async def test_certificates_are_asked_for_once_in_a_minute_at_most(self, street: Street) -> None:
        street.at_wechat.vault.rotate()
        provider, asked = by_certificates(street), []

        async def count(request: httpx.Request) -> None:
            asked.append(request.url.path)

        street.client.event_hooks = {"request": [count]}
        for _ in range(10):
            with pytest.raises(SignatureWrong):
                await provider.read(_signed_by_nobody(street), b"{}", street.now())

        assert len(asked) == 1

    async def test_one_that_is_over_signs_nothing(self, street: Street) -> None:
        provider = by_certificates(street)
        street.at_wechat.vault.rotate(timedelta(hours=1))
        await provider.prepare(a_payment(), asking())

        street.later(hours=2)

        with pytest.raises(ProviderUnavailable):
            await provider.prepare(a_payment(), asking())

    async def test_one_that_others_made_is_not_taken(self, street: Street) -> None:
        provider = by_certificates(street)
        street.at_wechat.vault._api_key = b"another-key-of-thirty-two-bytes!"
        street.at_wechat.vault.rotate()

        with pytest.raises(ProviderUnavailable):
            await provider.prepare(a_payment(), asking())


def channel(street: Street) -> Channel:
    return Channel(street.standins.merchant(), "/standins/wechat-pay", street.client, street.now)


def by_certificates(street: Street) -> WechatPay:
    """Our side, which knows no public key of the platform."""
    merchant = Merchant(APP_ID, MERCHANT_ID, SERIAL, key_named("merchant"), API_KEY)
    known = Channel(merchant, "/standins/wechat-pay", street.client, street.now)
    return WechatPay(known, "/payments/wechat-pay/notify")


def _signed_by_nobody(street: Street) -> dict[str, str]:
    timestamp = str(int(street.now().timestamp()))
    return {
        "wechatpay-timestamp": timestamp,
        "wechatpay-nonce": "n",
        "wechatpay-serial": uuid4().hex.upper(),
        "wechatpay-signature": sign(new_key_once(), f"{timestamp}\nn\n{{}}\n".encode()),
        "wechatpay-signature-type": SCHEME,
    }


def new_key_once() -> Any:
    return key_named("nobody")


def _lower(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
