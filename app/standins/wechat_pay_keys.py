"""Keys and seals of the stand-in for WeChat Pay: it signs what it says, and holds merchants to their signatures."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

import orjson
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

SCHEME = "WECHATPAY2-SHA256-RSA2048"
FRESH_FOR_S = 300
PUBLIC_KEY_ID = "PUB_KEY_ID_0100000000002026112200000000000001"
_FIELD = re.compile(r'(\w+)="([^"]*)"')


def new_key() -> rsa.RSAPrivateKey:
    """A key of the size that WeChat Pay wants."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class Vault:
    """The platform's keys: one by its id, and certificates of which the newest signs.

    `signs_with`: the public key's id, or the serial of a certificate.
    """

    def __init__(self, api_key: bytes, key: rsa.RSAPrivateKey, now: Callable[[], datetime]) -> None:
        self._api_key, self.key, self._now = api_key, key, now
        self.signs_with = PUBLIC_KEY_ID
        self._certified: dict[str, tuple[rsa.RSAPrivateKey, x509.Certificate]] = {}

    def rotate(self, lasts: timedelta = timedelta(days=1825)) -> str:
        """Sign with a new certificate from now on, and return its serial."""
        key = new_key()
        certificate = _certificate(key, self._now(), lasts)
        self.signs_with = f"{certificate.serial_number:X}"
        self._certified[self.signs_with] = key, certificate
        return self.signs_with

    def headers(self, body: bytes) -> dict[str, str]:
        """The headers that prove who says this, and when."""
        timestamp, nonce = str(int(self._now().timestamp())), token_hex(16)
        message = timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body + b"\n"
        return {
            "Wechatpay-Timestamp": timestamp,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Serial": self.signs_with,
            "Wechatpay-Signature": b64encode(self._signer().sign(message, PKCS1v15(), SHA256())).decode(),
            "Wechatpay-Signature-Type": SCHEME,
            "Content-Type": "application/json",
        }

    def sealed(self, content: bytes, kind: str) -> dict[str, str]:
        """Something that only the merchant can read."""
        nonce = token_hex(6)
        return {
            "original_type": kind,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": b64encode(AESGCM(self._api_key).encrypt(nonce.encode(), content, kind.encode())).decode(),
            "associated_data": kind,
            "nonce": nonce,
        }

    def certificates(self) -> list[dict[str, Any]]:
        """What `/v3/certificates` tells."""
        return [
            {
                "serial_no": serial,
                "effective_time": certificate.not_valid_before_utc.isoformat(),
                "expire_time": certificate.not_valid_after_utc.isoformat(),
                "encrypt_certificate": self.sealed(certificate.public_bytes(Encoding.PEM), "certificate"),
            }
            for serial, (_, certificate) in self._certified.items()
        ]

    def opened(self, ciphertext: str) -> str:
        """What a merchant sealed for the platform.

        Raises:
            ValueError: it was not sealed by the key that is in use.
        """
        return self._signer().decrypt(b64decode(ciphertext), OAEP(MGF1(SHA1()), SHA1(), None)).decode()  # noqa: S303

    def _signer(self) -> rsa.RSAPrivateKey:
        return self.key if self.signs_with == PUBLIC_KEY_ID else self._certified[self.signs_with][0]


def is_signed(key: rsa.RSAPublicKey, expected: Mapping[str, str], said: Said, now: datetime) -> bool:
    """Whether the merchant whose ids are expected signed this request, now."""
    scheme, _, rest = said.authorization.partition(" ")
    given = dict(_FIELD.findall(rest))
    timestamp = given.get("timestamp", "")
    if scheme != SCHEME or any(given.get(name) != value for name, value in expected.items()):
        return False
    if not timestamp.isdigit() or abs(now.timestamp() - int(timestamp)) > FRESH_FOR_S:
        return False
    lines = (said.method.encode(), said.path.encode(), timestamp.encode(), given.get("nonce_str", "").encode())
    try:
        signature = b64decode(given.get("signature", ""))
        key.verify(signature, b"".join(line + b"\n" for line in (*lines, said.body)), PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


class Said:
    """A request as it was signed. `path` has the query string, and nothing of where the stand-in is mounted."""

    def __init__(self, method: str, path: str, authorization: str, body: bytes) -> None:
        self.method, self.path, self.authorization, self.body = method, path, authorization, body

    def content(self) -> dict[str, Any]:
        """The body as JSON; an empty one has nothing in it.

        Raises:
            ValueError: it is neither.
        """
        content = orjson.loads(self.body) if self.body else {}
        if not isinstance(content, dict):
            raise ValueError(content)  # noqa: TRY004  it is the value that is wrong
        return content


def _certificate(key: rsa.RSAPrivateKey, now: datetime, lasts: timedelta) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a stand-in for Tenpay.com")])
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + lasts)
        .sign(key, SHA256())
    )
