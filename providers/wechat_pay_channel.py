"""WeChat Pay's third protocol: what goes out is signed by us, what comes in is signed by WeChat, and checked first."""

from __future__ import annotations

import asyncio
import logging
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.x509 import Certificate, load_pem_x509_certificate

from domain.gateways import ProviderRefused, SignatureWrong
from domain.records import record
from domain.refusals import ProviderUnavailable
from providers.rsa_sha256 import fits, sign

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_FOR = timedelta(minutes=5)
"""A signed message older than this, or as much ahead of time, is refused."""
DEADLINE_S = 8.0
REFRESHED_WITHIN_S = 3.0
"""A notification may wait for a certificate, and WeChat waits for five seconds for us."""
REFRESH_AT_MOST_EVERY = timedelta(minutes=1)
"""Anyone may name a certificate that we do not know; asking WeChat each time would be an attack on it through us."""
PROBE = "WECHATPAY/SIGNTEST/"
"""WeChat now and then signs wrongly on purpose, with this in front, to see that we check."""
A_PROBE = "a probe"
UNKNOWN = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR"})
LATER = frozenset({"FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "NOT_ENOUGH", "USERPAYING"})

_logger = logging.getLogger("yutang.wechat_pay")


@record
class Merchant:
    """Who we are at WeChat Pay, and what proves it."""

    app_id: str
    merchant_id: str
    serial: str
    """Of the certificate that belongs to `private_key`, in hexadecimal."""
    private_key: RSAPrivateKey
    api_key: bytes
    """The APIv3 key, 32 bytes: notifications and certificates are encrypted by it."""
    public_key_id: str | None = None
    """`PUB_KEY_ID_…`, where WeChat signs with a key of its own instead of a certificate."""
    public_key: RSAPublicKey | None = None


@record
class Notice:
    """A notification whose signature is right, its content decrypted."""

    id: str
    kind: str
    original: str
    created_at: datetime
    content: dict[str, Any]


class Channel:
    """Says things to WeChat Pay, and reads what it says."""

    def __init__(
        self, merchant: Merchant, base_url: str, client: httpx.AsyncClient, now: Callable[[], datetime]
    ) -> None:
        self.merchant, self.now = merchant, now
        self._base_url, self._client = base_url, client
        self._certificates: dict[str, Certificate] = {}
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def ask(self, method: str, path: str, said: dict[str, Any] | None = None) -> dict[str, Any]:
        """What WeChat answers to a call. `path` holds the query string, if any.

        Raises:
            ProviderUnavailable: no answer that we can trust came, or one that says that it does not know.
            ProviderRefused: a definite no.
        """
        try:
            async with asyncio.timeout(DEADLINE_S):
                answer = await self._send(method, path, b"" if said is None else orjson.dumps(said))
                await self._check(answer.headers, answer.content, self.now())
            given: dict[str, Any] = orjson.loads(answer.content) if answer.content else {}
        except (TimeoutError, httpx.HTTPError, ValueError) as failure:
            raise ProviderUnavailable from failure
        except SignatureWrong as wrong:
            _logger.exception("WeChat Pay's answer to %s is not to be trusted: %s", path.partition("?")[0], wrong.why)
            raise ProviderUnavailable from wrong
        if answer.is_success and answer.status_code != 202:  # 202 says that the payer is about to pay
            return given
        raise _failure(answer.status_code, str(given.get("code", "")), str(given.get("message", "")))

    async def find(self, path: str) -> dict[str, Any] | None:
        """What WeChat knows of something; None when it knows nothing.

        Raises:
            ProviderUnavailable, ProviderRefused: as `ask`.
        """
        try:
            return await self.ask("GET", path)
        except ProviderRefused as no:
            if no.provider_code in {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"}:
                return None
            raise

    async def read(self, headers: Mapping[str, str], body: bytes, now: datetime) -> Notice:
        """Check a notification and decrypt it.

        Raises:
            SignatureWrong: it is forged, changed, stale or not to be read.
        """
        await self._check(headers, body, now)
        try:
            said = orjson.loads(body)
            resource = said["resource"]
            return Notice(
                str(said["id"]),
                str(said["event_type"]),
                str(resource.get("original_type", "")),
                datetime.fromisoformat(said["create_time"]),
                orjson.loads(self._opened(resource)),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as failure:
            raise SignatureWrong("it cannot be read") from failure

    def signed(self, *lines: str) -> str:
        """Our signature of these lines, as a client of WeChat passes it on."""
        return sign(self.merchant.private_key, _lines(*(line.encode() for line in lines)))

    async def sealed(self, text: str) -> str:
        """What only WeChat can read: a person's name.

        Raises:
            ProviderUnavailable: we know no key of WeChat's now.
        """
        key = self._newest()
        if key is None:
            await self._refresh(self.now())
            key = self._newest()
        if key is None:
            raise ProviderUnavailable
        return b64encode(key[1].encrypt(text.encode(), OAEP(MGF1(SHA1()), SHA1(), None))).decode()  # noqa: S303

    async def _send(self, method: str, path: str, body: bytes) -> httpx.Response:
        headers = {
            "authorization": self._authorization(method, path, body),
            "accept": "application/json",
            "content-type": "application/json",
            "user-agent": "yutang",
        }
        if (key := self._newest()) is not None:
            headers["wechatpay-serial"] = key[0]
        return await self._client.request(method, self._base_url + path, content=body, headers=headers)

    def _authorization(self, method: str, path: str, body: bytes) -> str:
        me, timestamp, nonce = self.merchant, str(int(self.now().timestamp())), token_hex(16)
        message = _lines(method.encode(), path.encode(), timestamp.encode(), nonce.encode(), body)
        return (
            f'{SCHEME} mchid="{me.merchant_id}",nonce_str="{nonce}",signature="{sign(me.private_key, message)}",'
            f'timestamp="{timestamp}",serial_no="{me.serial}"'
        )

    async def _check(self, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
        """Hold a message to its signature, over the very bytes that came.

        Raises:
            SignatureWrong: it is not WeChat's, or not of now.
        """
        if headers.get("wechatpay-signature-type", SCHEME) != SCHEME:
            raise SignatureWrong("another algorithm")
        if not _is_fresh(headers.get("wechatpay-timestamp", ""), now):
            raise SignatureWrong("it is not fresh")
        key = await self._key(headers.get("wechatpay-serial", ""), now)
        if key is None:
            raise SignatureWrong("unknown serial")
        _verify(key, headers, body)

    async def _key(self, serial: str, now: datetime) -> RSAPublicKey | None:
        if serial and serial == self.merchant.public_key_id:
            return self.merchant.public_key
        key = self._certified(serial, now)
        if key is None and serial and not serial.startswith("PUB_KEY_ID_"):
            await self._refresh(now)
            key = self._certified(serial, now)
        return key

    def _certified(self, serial: str, now: datetime) -> RSAPublicKey | None:
        certificate = self._certificates.get(serial.upper())
        if certificate is None or not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            return None
        key = certificate.public_key()
        return key if isinstance(key, RSAPublicKey) else None

    def _newest(self) -> tuple[str, RSAPublicKey] | None:
        if self.merchant.public_key_id and self.merchant.public_key:
            return self.merchant.public_key_id, self.merchant.public_key
        for serial in sorted(self._certificates, key=lambda of: self._certificates[of].not_valid_after_utc)[::-1]:
            if (key := self._certified(serial, self.now())) is not None:
                return serial, key
        return None

    async def _refresh(self, now: datetime) -> None:
        """Learn the certificates that WeChat signs with now.

        They are encrypted by a key that only WeChat and we have, so they are WeChat's; and the answer must be
        signed by one of them.
        """
        async with self._asking:
            if self._asked_at is not None and abs(now - self._asked_at) < REFRESH_AT_MOST_EVERY:
                return
            self._asked_at = now
            try:
                async with asyncio.timeout(REFRESHED_WITHIN_S):
                    answer = await self._send("GET", "/v3/certificates", b"")
                self._certificates = self._told(answer)
            except (
                TimeoutError,
                httpx.HTTPError,
                ValueError,
                KeyError,
                TypeError,
                AttributeError,
                SignatureWrong,
            ) as failure:
                _logger.warning("WeChat Pay's certificates are not to be had: %r", failure)

    def _told(self, answer: httpx.Response) -> dict[str, Certificate]:
        told = {
            each["serial_no"].upper(): load_pem_x509_certificate(self._opened(each["encrypt_certificate"]))
            for each in orjson.loads(answer.content)["data"]
        }
        signer = told[answer.headers.get("wechatpay-serial", "").upper()].public_key()
        if not isinstance(signer, RSAPublicKey):
            raise SignatureWrong("another kind of key")
        _verify(signer, answer.headers, answer.content)
        return told

    def _opened(self, sealed: dict[str, Any]) -> bytes:
        if sealed["algorithm"] != "AEAD_AES_256_GCM":
            raise SignatureWrong("another cipher")
        try:
            return AESGCM(self.merchant.api_key).decrypt(
                sealed["nonce"].encode(),
                b64decode(sealed["ciphertext"], validate=True),
                (sealed.get("associated_data") or "").encode(),
            )
        except InvalidTag as failure:
            raise SignatureWrong("it cannot be decrypted") from failure


def _failure(status: int, code: str, message: str) -> ProviderRefused | ProviderUnavailable:
    if status >= 500 or code in UNKNOWN:
        return ProviderUnavailable()
    return ProviderRefused(code, message, later=status == 429 or code in LATER)


def _verify(key: RSAPublicKey, headers: Mapping[str, str], body: bytes) -> None:
    timestamp, nonce = headers.get("wechatpay-timestamp", ""), headers.get("wechatpay-nonce", "")
    signature = headers.get("wechatpay-signature", "")
    if not fits(key, _lines(timestamp.encode(), nonce.encode(), body), signature):
        raise SignatureWrong(A_PROBE if signature.startswith(PROBE) else "the signature does not fit")


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not timestamp.isascii() or not timestamp.isdigit() or len(timestamp) > 12:
        return False
    return abs(now.timestamp() - int(timestamp)) <= FRESH_FOR.total_seconds()


def _lines(*lines: bytes) -> bytes:
    return b"".join(line + b"\n" for line in lines)
