"""Phone codes: six digits that prove who holds a phone."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.records import record
from domain.refusals import ErrorCode, Refusal

DIGITS = 6
LASTS = timedelta(minutes=5)
RESEND_AFTER = timedelta(seconds=60)
MOST_ATTEMPTS = 5
SALT_BYTES = 16


@record
class PhoneCode:
    """What is kept of the last code that was sent to a phone."""

    phone: str
    code_hash: bytes
    salt: bytes
    sent_at: datetime
    expires_at: datetime


@dataclass(eq=False)
class CodeInvalid(Refusal):
    """The code is wrong, used or expired, or was tried too often; these are not told apart."""

    code = ErrorCode.CODE_INVALID


def code_from(chance: bytes) -> str:
    """Six digits from at least eight bytes of chance."""
    return f"{int.from_bytes(chance) % 10**DIGITS:0{DIGITS}}"


def phone_code(phone: str, code: str, salt: bytes, at: datetime) -> PhoneCode:
    """What to keep of a code that is sent now."""
    return PhoneCode(phone, hash_of(phone, code, salt), salt, at, at + LASTS)


def hash_of(phone: str, code: str, salt: bytes) -> bytes:
    return hashlib.sha256(b"\0".join((salt, phone.encode(), code.encode()))).digest()


def matches(kept: PhoneCode, code: str) -> bool:
    """Whether this is the code, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(kept.code_hash, hash_of(kept.phone, code, kept.salt))
