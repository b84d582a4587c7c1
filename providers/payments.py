"""Payment providers: one port, and the sandbox behind it, which speaks over HTTP and signs what it says."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import httpx
import orjson

from domain.money import Money
from domain.payments import Notification, Payment, Provider, SignatureWrong
from domain.refusals import ProviderUnavailable

FRESH_FOR = timedelta(minutes=5)
"""A signed message older than this is refused, so that a copied one cannot be used later."""

SIGNATURE, TIMESTAMP, MESSAGE_ID = "x-sandbox-signature", "x-sandbox-timestamp", "x-sandbox-message"


@dataclass(frozen=True, slots=True)
class Told:
    """A notification whose signature is right, with the provider's key of the message."""

    message: str
    notification: Notification


class PaymentProvider(Protocol):
    """Where members pay."""

    async def prepare(self, payment: Payment, subject: str) -> str:
        """Announce a payment, once or again, and return the address at which the payer confirms it.

        Raises:
            ProviderUnavailable: no proper answer came; nothing is known to have happened.
        """

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        """Check and read a notification.

        Raises:
            SignatureWrong: it is forged, changed, stale or not to be read.
        """


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
        raise SignatureWrong
    if not timestamp.isascii() or not timestamp.isdigit() or abs(now.timestamp() - int(timestamp)) > FRESH_FOR.seconds:
        raise SignatureWrong
    return message


class Sandbox:
    """The sandbox provider: real HTTP, real signatures, no real money."""

    def __init__(
        self, base_url: str, notify_url: str, secret: str, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self._base_url, self._notify_url, self._secret = base_url, notify_url, secret
        self._client, self._now = client, now

    async def prepare(self, payment: Payment, subject: str) -> str:
        content = orjson.dumps(
            {
                "out_trade_no": payment.id.hex,
                "amount": payment.amount.minor,
                "currency": payment.amount.currency,
                "subject": subject,
                "notify_url": self._notify_url,
            }
        )
        headers = signed(self._secret, payment.id.hex, content, self._now())
        try:
            answer = await self._client.post(f"{self._base_url}/transactions", content=content, headers=headers)
            answer.raise_for_status()
            return str(answer.json()["confirm_url"])
        except (httpx.HTTPError, KeyError, ValueError) as failure:
            raise ProviderUnavailable from failure

    def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Told:
        message = check(self._secret, headers, body, now)
        try:
            said: dict[str, Any] = orjson.loads(body)
            return Told(
                message,
                Notification(
                    Provider.SANDBOX,
                    str(said["transaction_id"]),
                    UUID(hex=said["out_trade_no"]),
                    Money(int(said["amount"]), str(said["currency"])),
                    datetime.fromisoformat(said["paid_at"]),
                ),
            )
        except (ValueError, KeyError, TypeError) as failure:
            raise SignatureWrong from failure
