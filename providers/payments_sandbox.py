"""The sandbox provider: real HTTP, real signatures, no real money."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import orjson

from domain.gateways import (
    Asking,
    Message,
    Prepared,
    Provider,
    ProviderRefused,
    RefundOutcome,
    RefundTold,
    SignatureWrong,
    Told,
)
from domain.money import Money
from domain.payments import Payment, Refund
from domain.refusals import ProviderUnavailable

FRESH_FOR = timedelta(minutes=5)
"""A signed message older than this is refused, so that a copied one cannot be used later."""

SIGNATURE, TIMESTAMP, MESSAGE_ID = "x-sandbox-signature", "x-sandbox-timestamp", "x-sandbox-message"


def signature(secret: str, timestamp: str, message: str, body: bytes) -> str:
    """HMAC-SHA256 over the time, the message's key and the body, in hex."""
    return hmac.new(
        secret.encode(), b".".join((timestamp.encode(), message.encode(), body)), hashlib.sha256
    ).hexdigest()


def signed(secret: str, message: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers that prove who says this, and when."""
    timestamp = str(int(now.timestamp()))
    return {
        TIMESTAMP: timestamp,
        MESSAGE_ID: message,
        SIGNATURE: signature(secret, timestamp, message, body),
        "content-type": "application/json",
    }


def check(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The message's key, when the headers prove that this was said, and said just now.

    Raises:
        SignatureWrong: they do not.
    """
    timestamp, message = headers.get(TIMESTAMP, ""), headers.get(MESSAGE_ID, "")
    given = headers.get(SIGNATURE, "")
    expected = signature(secret, timestamp, message, body)
    if not message or not hmac.compare_digest(expected.encode(), given.encode()):
        raise SignatureWrong("the signature does not fit")
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now.timestamp() - int(timestamp)) > FRESH_FOR.seconds:
        raise SignatureWrong("it is not fresh")
    return message


class Sandbox:
    """The sandbox, as a merchant reaches it."""

    def __init__(
        self, base_url: str, notify_url: str, secret: str, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self._base_url, self._notify_url, self._secret = base_url, notify_url, secret
        self._client, self._now = client, now

    async def prepare(self, payment: Payment, asking: Asking) -> Prepared:
        said = {
            "out_trade_no": payment.id.hex,
            "amount": payment.amount.minor,
            "currency": payment.amount.currency,
            "subject": asking.subject,
            "notify_url": self._notify_url,
        }
        answer = await self._ask("/transactions", payment.id.hex, said)
        return Prepared(confirm_url=str(answer["confirm_url"]))

    async def query(self, payment: Payment) -> Told | None:
        answer = await self._find("/transactions/query", payment.id.hex, {"out_trade_no": payment.id.hex})
        if answer is None or answer["paid_at"] is None:
            return None
        return _paid(f"query-{answer['transaction_id']}", answer)

    async def close(self, payment: Payment) -> None:
        await self._find("/transactions/close", payment.id.hex, {"out_trade_no": payment.id.hex})

    async def refund(self, refund: Refund, payment: Payment) -> RefundTold:
        said = {
            "out_trade_no": payment.id.hex,
            "out_refund_no": refund.id.hex,
            "amount": refund.amount.minor,
            "total": refund.total.minor,
            "currency": refund.amount.currency,
            "reason": refund.reason,
            "notify_url": self._notify_url,
        }
        answer = await self._ask("/refunds", refund.id.hex, said)
        return _refunded(f"answer-{answer['refund_id']}", answer)

    async def query_refund(self, refund: Refund, payment: Payment) -> RefundTold | None:
        said = {"out_trade_no": payment.id.hex, "out_refund_no": refund.id.hex}
        answer = await self._find("/refunds/query", refund.id.hex, said)
        return None if answer is None else _refunded(f"query-{answer['refund_id']}", answer)

    async def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Message:
        message = check(self._secret, headers, body, now)
        try:
            said: dict[str, Any] = orjson.loads(body)
            return _refunded(message, said) if "out_refund_no" in said else _paid(message, said)
        except (ValueError, KeyError, TypeError) as failure:
            raise SignatureWrong("it cannot be read") from failure

    async def _find(self, path: str, message: str, said: dict[str, Any]) -> dict[str, Any] | None:
        try:
            return await self._ask(path, message, said)
        except ProviderRefused as no:
            if no.provider_code == "NOT_FOUND":
                return None
            raise

    async def _ask(self, path: str, message: str, said: dict[str, Any]) -> dict[str, Any]:
        content = orjson.dumps(said)
        headers = signed(self._secret, message, content, self._now())
        try:
            answer = await self._client.post(self._base_url + path, content=content, headers=headers)
            given: dict[str, Any] = answer.json()
            if answer.is_success:
                return given
            code = str(given["code"])
        except (httpx.HTTPError, KeyError, ValueError) as failure:
            raise ProviderUnavailable from failure
        if answer.is_server_error:
            raise ProviderUnavailable
        raise ProviderRefused(code, str(given.get("message", "")))


def _paid(message: str, said: dict[str, Any]) -> Told:
    return Told(
        message,
        Provider.SANDBOX,
        str(said["transaction_id"]),
        UUID(hex=said["out_trade_no"]),
        Money(int(said["amount"]), str(said["currency"])),
        datetime.fromisoformat(said["paid_at"]),
        said.get("payer"),
    )


def _refunded(message: str, said: dict[str, Any]) -> RefundTold:
    return RefundTold(
        message,
        Provider.SANDBOX,
        UUID(hex=said["out_refund_no"]),
        str(said["refund_id"]),
        RefundOutcome(said["state"]),
        Money(int(said["amount"]), str(said["currency"])),
        datetime.fromisoformat(said["at"]),
    )
