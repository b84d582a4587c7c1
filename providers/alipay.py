"""Alipay: pages that take the payer's money on computers and phones, QR codes, and refunds, all signed by RSA2."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import httpx
import orjson
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from domain.gateways import (
    Asking,
    Message,
    PaymentMethod,
    Prepared,
    Provider,
    ProviderRefused,
    RefundOutcome,
    RefundTold,
    SignatureWrong,
    Told,
    Unknown,
)
from domain.money import Money
from domain.payments import Payment, Refund
from domain.records import record
from domain.refusals import ProviderUnavailable
from providers.answers import answered
from providers.rsa_sha256 import fits, sign

FRESH_FOR = timedelta(minutes=5)
DEADLINE_S = 8.0
PAGES_LAST = timedelta(minutes=30)
"""Longer than an order waits for its payment, after which a page takes no money."""
SHANGHAI = timezone(timedelta(hours=8))
"""Alipay writes times without a zone, in this one."""
PAGES = {
    PaymentMethod.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
    PaymentMethod.H5: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
}
SUCCESS, UNKNOWN = "10000", frozenset({"20000", "10003"})
LATER = frozenset({"ACQ.SELLER_BALANCE_NOT_ENOUGH", "isv.app-call-limited", "isp.service-busy"})
_YUAN = re.compile(r"\A(\d{1,12})(?:\.(\d{1,2}))?\Z", re.ASCII)

_logger = logging.getLogger("yutang.alipay")


@record
class AlipayAccount:
    """Who we are at Alipay, and what proves it. `seller_id` None: not checked."""

    app_id: str
    private_key: RSAPrivateKey
    alipay_key: RSAPublicKey
    seller_id: str | None = None


class Alipay:
    """Alipay, as a merchant reaches it.

    A payment exists there only once the payer has opened its page or scanned its code. Until then nothing can be
    closed, and it can be paid for as long as the page lasts: so `close` does not claim that it could not.
    """

    def __init__(
        self,
        account: AlipayAccount,
        gateway: str,
        notify_url: str,
        client: httpx.AsyncClient,
        now: Callable[[], datetime],
    ) -> None:
        self._account, self._gateway, self._notify_url = account, gateway, notify_url
        self._client, self._now = client, now

    async def prepare(self, payment: Payment, asking: Asking) -> Prepared:
        content = {
            "out_trade_no": payment.id.hex,
            "total_amount": yuan(payment.amount),
            "subject": asking.subject[:256],
        }
        if asking.pay_before is not None:
            content["time_expire"] = _written(asking.pay_before)
        if asking.method is PaymentMethod.NATIVE:
            answer = await self._ask("alipay.trade.precreate", content, notify_url=self._notify_url)
            return Prepared(code_url=str(answer["qr_code"]))
        if asking.method not in PAGES:
            raise ProviderRefused("NO_SUCH_METHOD", f"Alipay has no {asking.method.value}")
        method, product = PAGES[asking.method]
        back = {"return_url": asking.return_url} if asking.return_url else {}
        said = self._signed(method, {**content, "product_code": product}, notify_url=self._notify_url, **back)
        return Prepared(confirm_url=f"{self._gateway}?{urlencode(said)}")

    async def query(self, payment: Payment) -> Told | None:
        answer = await self._find("alipay.trade.query", {"out_trade_no": payment.id.hex})
        if answer is None or not _was_paid(answer):
            return None
        return answered(lambda: _paid(f"query-{answer['trade_no']}", answer, answer["send_pay_date"]))

    async def close(self, payment: Payment) -> None:
        try:
            known = await self._find("alipay.trade.close", {"out_trade_no": payment.id.hex})
        except ProviderRefused as no:
            # Alipay has one word for what was paid and for what was closed before.
            if no.provider_code != "ACQ.TRADE_STATUS_ERROR" or await self.query(payment) is not None:
                raise
            return
        if known is None and self._now() - payment.created_at < PAGES_LAST:
            raise ProviderUnavailable

    async def refund(self, refund: Refund, payment: Payment) -> RefundTold:
        content = {
            "out_trade_no": payment.id.hex,
            "out_request_no": refund.id.hex,
            "refund_amount": yuan(refund.amount),
            "refund_reason": refund.reason[:256],
        }
        answer = await self._ask("alipay.trade.refund", content)
        if answer.get("fund_change") != "Y":
            # It was asked for before, or is on its way: only the query tells which.
            told = await self.query_refund(refund, payment)
            if told is not None:
                return told
        done = answer.get("fund_change") == "Y"
        outcome = RefundOutcome.SUCCEEDED if done else RefundOutcome.PROCESSING
        return answered(lambda: self._refund_told("answer", refund, answer, outcome))

    async def query_refund(self, refund: Refund, payment: Payment) -> RefundTold | None:
        content = {"out_trade_no": payment.id.hex, "out_request_no": refund.id.hex}
        answer = await self._find("alipay.trade.fastpay.refund.query", content)
        if answer is None or answer.get("refund_status") != "REFUND_SUCCESS":
            return None
        return answered(
            lambda: self._refund_told(
                "query", refund, answer, RefundOutcome.SUCCEEDED, minor=_fen(answer["refund_amount"])
            )
        )

    async def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Message:  # noqa: ARG002  the port's
        said = _form(body)
        signature = said.pop("sign", "")
        if said.pop("sign_type", "") != "RSA2":
            raise SignatureWrong("another algorithm")
        if not fits(self._account.alipay_key, signed_content(said), signature):
            raise SignatureWrong("the signature does not fit")
        try:
            self._check_meant(said, now)
            return _meant(said)
        except (KeyError, ValueError) as failure:
            raise SignatureWrong("it cannot be read") from failure

    def _check_meant(self, said: Mapping[str, str], now: datetime) -> None:
        if abs(now - _read_time(said["notify_time"])) > FRESH_FOR:
            raise SignatureWrong("it is not fresh")
        if said["app_id"] != self._account.app_id:
            raise SignatureWrong("it is another app's")
        if self._account.seller_id is not None and said.get("seller_id") != self._account.seller_id:
            raise SignatureWrong("it is another seller's")

    def _refund_told(
        self, how: str, refund: Refund, answer: dict[str, Any], outcome: RefundOutcome, minor: int | None = None
    ) -> RefundTold:
        # Alipay gives refunds no key of its own.
        reference = f"{answer['trade_no']}-{refund.id.hex}"
        amount = refund.amount if minor is None else Money(minor, "CNY")
        at = answer.get("gmt_refund_pay")
        return RefundTold(
            f"{how}-{reference}-{outcome.value}",
            Provider.ALIPAY,
            refund.id,
            reference,
            outcome,
            amount,
            _read_time(at) if at else self._now(),
        )

    async def _find(self, method: str, content: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return await self._ask(method, content)
        except ProviderRefused as no:
            if no.provider_code in {"ACQ.TRADE_NOT_EXIST", "TRADE_NOT_EXIST"}:
                return None
            raise

    async def _ask(self, method: str, content: dict[str, Any], **more: str) -> dict[str, Any]:
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._client.post(self._gateway, data=self._signed(method, content, **more))
            answer.raise_for_status()
            given = self._trusted(answer.text, method.replace(".", "_") + "_response")
            code = str(given["code"])
        except (TimeoutError, httpx.HTTPError, ValueError, KeyError) as failure:
            raise ProviderUnavailable from failure
        if code == SUCCESS:
            return given
        no = str(given.get("sub_code") or code)
        if code in UNKNOWN or no.endswith("SYSTEM_ERROR"):
            raise ProviderUnavailable
        raise ProviderRefused(no, str(given.get("sub_msg") or given.get("msg", "")), later=no in LATER)

    def _trusted(self, text: str, name: str) -> dict[str, Any]:
        """The answer, when Alipay signed just these characters of it.

        Raises:
            ValueError, KeyError: it did not, or there is none.
        """
        start = text.index(f'"{name}":') + len(name) + 3
        given, end = json.JSONDecoder().raw_decode(text, start)
        if not fits(self._account.alipay_key, text[start:end].encode(), json.loads(text)["sign"]):
            _logger.error("Alipay's %s is not to be trusted", name)
            raise ValueError(name)
        return dict(given)

    def _signed(self, method: str, content: dict[str, Any], **more: str) -> dict[str, str]:
        said = {
            "app_id": self._account.app_id,
            "method": method,
            "format": "JSON",
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": _written(self._now()),
            "version": "1.0",
            "biz_content": orjson.dumps(content).decode(),
            **more,
        }
        return said | {"sign": sign(self._account.private_key, signed_content(said))}


def signed_content(said: Mapping[str, str]) -> bytes:
    """What Alipay and merchants sign of parameters: sorted, decoded, joined."""
    return "&".join(f"{name}={said[name]}" for name in sorted(said)).encode()


def yuan(amount: Money) -> str:
    """An amount as Alipay writes it.

    >>> yuan(Money(19_90, "CNY"))
    '19.90'
    """
    return f"{amount.minor // 100}.{amount.minor % 100:02d}"


def _fen(text: str) -> int:
    found = _YUAN.match(text)
    if found is None:
        raise ValueError(text)
    return int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(
            body.decode(), keep_blank_values=True, strict_parsing=True, errors="strict", max_num_fields=100
        )
    except ValueError as failure:
        raise SignatureWrong("it cannot be read") from failure
    if len(pairs) != len(dict(pairs)):
        raise SignatureWrong("it says something twice")
    return dict(pairs)


def _meant(said: Mapping[str, str]) -> Message:
    if said["trade_status"] not in {"TRADE_SUCCESS", "TRADE_FINISHED"} or "gmt_refund" in said:
        # Of a refund it tells only the sum of all; the answer to the refund itself told how it stands.
        return Unknown(said["notify_id"], Provider.ALIPAY, said["trade_status"])
    return _paid(said["notify_id"], said, said["gmt_payment"])


def _paid(message: str, said: Mapping[str, Any], paid_at: str) -> Told:
    return Told(
        message,
        Provider.ALIPAY,
        str(said["trade_no"]),
        UUID(hex=said["out_trade_no"]),
        Money(_fen(said["total_amount"]), "CNY"),
        _read_time(paid_at),
        said.get("buyer_open_id") or said.get("buyer_id") or said.get("buyer_user_id"),
    )


def _was_paid(answer: Mapping[str, Any]) -> bool:
    """Whether money was taken; a payment that went back as a whole is called closed, like one that never was."""
    status = answer.get("trade_status")
    return status in {"TRADE_SUCCESS", "TRADE_FINISHED"} or (status == "TRADE_CLOSED" and "send_pay_date" in answer)


def _written(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def _read_time(text: str) -> datetime:
    return datetime.strptime(text[:19], "%Y-%m-%d %H:%M:%S").replace(tzinfo=SHANGHAI)
