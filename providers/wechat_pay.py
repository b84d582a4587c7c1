"""WeChat Pay, third protocol: payments within WeChat, in the browser of a phone and by QR code, and their refunds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import quote
from uuid import UUID

from domain.gateways import (
    Asking,
    JsapiParameters,
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
from providers.answers import answered
from providers.wechat_pay_channel import Channel, Notice
from providers.wechat_transfers import transfer_told

LONGEST_SUBJECT, LONGEST_REASON_BYTES = 127, 80
SHORTEST = timedelta(seconds=62)
"""WeChat Pay wants a payment to be open for more than a minute; money that comes too late goes back by itself."""
PATHS = {
    PaymentMethod.JSAPI: "/v3/pay/transactions/jsapi",
    PaymentMethod.H5: "/v3/pay/transactions/h5",
    PaymentMethod.NATIVE: "/v3/pay/transactions/native",
}
OUTCOMES = {
    "SUCCESS": RefundOutcome.SUCCEEDED,
    "PROCESSING": RefundOutcome.PROCESSING,
    "CLOSED": RefundOutcome.CLOSED,
    "ABNORMAL": RefundOutcome.ABNORMAL,
}
PAID = frozenset({"SUCCESS", "REFUND"})
"""States of what was paid; REFUND is that of a payment that went back, as a whole or in part."""


class WechatPay:
    """WeChat Pay, as a merchant reaches it."""

    def __init__(self, channel: Channel, notify_url: str) -> None:
        self._channel, self._notify_url = channel, notify_url

    async def prepare(self, payment: Payment, asking: Asking) -> Prepared:
        if asking.method not in PATHS:
            raise ProviderRefused("NO_SUCH_METHOD", f"WeChat Pay has no {asking.method.value}")
        answer = await self._channel.ask("POST", PATHS[asking.method], self._announced(payment, asking))
        return answered(lambda: self._prepared(answer, asking))

    async def query(self, payment: Payment) -> Told | None:
        merchant_id = self._channel.merchant.merchant_id
        answer = await self._channel.find(f"/v3/pay/transactions/out-trade-no/{payment.id.hex}?mchid={merchant_id}")
        if answer is None or answer.get("trade_state") not in PAID:
            return None
        return answered(lambda: self._paid(f"query-{answer['transaction_id']}", answer))

    async def close(self, payment: Payment) -> None:
        path = f"/v3/pay/transactions/out-trade-no/{payment.id.hex}/close"
        try:
            await self._channel.ask("POST", path, {"mchid": self._channel.merchant.merchant_id})
        except ProviderRefused as no:
            if no.provider_code not in {"ORDER_CLOSED", "ORDERCLOSED", "ORDER_NOT_EXIST"}:
                raise

    async def refund(self, refund: Refund, payment: Payment) -> RefundTold:
        said = {
            "out_trade_no": payment.id.hex,
            "out_refund_no": refund.id.hex,
            "notify_url": self._notify_url,
            "amount": {
                "refund": refund.amount.minor,
                "total": refund.total.minor,
                "currency": refund.amount.currency,
            },
        }
        if refund.reason:
            said["reason"] = _cut(refund.reason, LONGEST_REASON_BYTES)
        answer = await self._channel.ask("POST", "/v3/refund/domestic/refunds", said)
        return answered(lambda: self._refunded(f"answer-{answer['refund_id']}-{answer['status']}", answer))

    async def query_refund(self, refund: Refund, payment: Payment) -> RefundTold | None:  # noqa: ARG002  the port's
        answer = await self._channel.find(f"/v3/refund/domestic/refunds/{refund.id.hex}")
        if answer is None:
            return None
        return answered(lambda: self._refunded(f"query-{answer['refund_id']}-{answer['status']}", answer))

    async def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Message:
        notice = await self._channel.read(headers, body, now)
        try:
            return self._meant(notice)
        except (KeyError, ValueError, TypeError, AttributeError) as failure:
            raise SignatureWrong("it cannot be read") from failure

    def _meant(self, notice: Notice) -> Message:
        said = notice.content
        if said.get("mchid", self._channel.merchant.merchant_id) != self._channel.merchant.merchant_id:
            raise SignatureWrong("it is another merchant's")
        if notice.kind == "TRANSACTION.SUCCESS" and notice.original == "transaction":
            return self._paid(notice.id, said)
        if notice.kind.startswith("REFUND."):
            return self._refunded(notice.id, {"status": said["refund_status"], **said}, notice.created_at)
        if notice.kind == "MCHTRANSFER.BILL.FINISHED":
            return transfer_told(notice.id, said, notice.created_at)
        return Unknown(notice.id, Provider.WECHAT_PAY, notice.kind)

    def _paid(self, message: str, said: dict[str, Any]) -> Told:
        me = self._channel.merchant
        if (said["mchid"], said["appid"]) != (me.merchant_id, me.app_id):
            raise SignatureWrong("it is another merchant's or app's")
        if said["trade_state"] not in PAID:
            raise SignatureWrong("it is not paid")
        return Told(
            message,
            Provider.WECHAT_PAY,
            str(said["transaction_id"]),
            UUID(hex=said["out_trade_no"]),
            Money(int(said["amount"]["total"]), str(said["amount"].get("currency", "CNY"))),
            datetime.fromisoformat(said["success_time"]),
            said.get("payer", {}).get("openid"),
        )

    def _refunded(self, message: str, said: dict[str, Any], at: datetime | None = None) -> RefundTold:
        return RefundTold(
            message,
            Provider.WECHAT_PAY,
            UUID(hex=said["out_refund_no"]),
            str(said["refund_id"]),
            OUTCOMES[said["status"]],
            # Notifications name no currency: it is the payment's, and there is one.
            Money(int(said["amount"]["refund"]), str(said["amount"].get("currency", "CNY"))),
            datetime.fromisoformat(said["success_time"]) if said.get("success_time") else at or self._channel.now(),
        )

    def _announced(self, payment: Payment, asking: Asking) -> dict[str, Any]:
        said: dict[str, Any] = {
            "appid": self._channel.merchant.app_id,
            "mchid": self._channel.merchant.merchant_id,
            "description": asking.subject[:LONGEST_SUBJECT],
            "out_trade_no": payment.id.hex,
            "notify_url": self._notify_url,
            "amount": {"total": payment.amount.minor, "currency": payment.amount.currency},
            "settle_info": {"profit_sharing": asking.shares_profit},
        }
        if asking.pay_before is not None:
            until = max(asking.pay_before, self._channel.now() + SHORTEST)
            said["time_expire"] = until.replace(microsecond=0).isoformat()
        if asking.method is PaymentMethod.JSAPI:
            said["payer"] = {"openid": asking.payer or ""}
        if asking.method is PaymentMethod.H5:
            said["scene_info"] = {"payer_client_ip": asking.client or "", "h5_info": {"type": "Wap"}}
        return said

    def _prepared(self, answer: dict[str, Any], asking: Asking) -> Prepared:
        if asking.method is PaymentMethod.JSAPI:
            return Prepared(jsapi=self._signed(answer["prepay_id"]))
        if asking.method is PaymentMethod.NATIVE:
            return Prepared(code_url=answer["code_url"])
        back = f"&redirect_url={quote(asking.return_url, safe='')}" if asking.return_url else ""
        return Prepared(confirm_url=answer["h5_url"] + back)

    def _signed(self, prepay_id: str) -> JsapiParameters:
        app_id, timestamp = self._channel.merchant.app_id, str(int(self._channel.now().timestamp()))
        nonce, package = token_hex(16), f"prepay_id={prepay_id}"
        signature = self._channel.signed(app_id, timestamp, nonce, package)
        return JsapiParameters(app_id, timestamp, nonce, package, "RSA", signature)


def _cut(text: str, most_bytes: int) -> str:
    return text.encode()[:most_bytes].decode(errors="ignore")
