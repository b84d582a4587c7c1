"""Sessions: opaque tokens of which only a hash is kept, renewed by rotation."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import ErrorCode, Refusal

ACCESS_LASTS = timedelta(hours=2)
REFRESH_LASTS = timedelta(days=30)
GRACE = timedelta(seconds=10)
"""So long a rotated refresh token still leads to its successor, for a client that asked twice or missed the answer."""
SECRET_BYTES = 32


@record
class Tokens:
    """What a client holds to be known again. Never stored, never logged."""

    access_token: str
    access_expires_at: datetime
    refresh_token: str
    refresh_expires_at: datetime


@record
class Session:
    """One pair of tokens, as far as it is kept. All pairs that came of one login are a family."""

    id: UUID
    member_id: UUID
    family: UUID
    access_hash: bytes
    access_expires_at: datetime
    refresh_hash: bytes
    refresh_expires_at: datetime
    created_at: datetime
    salt: bytes
    replaced_by: UUID | None = None
    revoked_at: datetime | None = None


class Renewal(Enum):
    """What becomes of a refresh token that someone presents."""

    ROTATE = "it is exchanged for a new pair"
    REPEAT = "it was exchanged a moment ago, and leads to the same pair"
    REFUSE = "it leads to nothing"
    REVOKE = "it was exchanged before: it or its successor is stolen, and the family ends"


@dataclass(eq=False)
class TokenInvalid(Refusal):
    """The refresh token is unknown, expired, revoked, or was exchanged before."""

    code = ErrorCode.TOKEN_INVALID


def hash_of(token: str) -> bytes:
    """What is kept of a token. It is 256 bits of chance, so it needs no salt."""
    return hashlib.sha256(token.encode()).digest()


def tokens_from(secret: bytes, salt: bytes, at: datetime) -> Tokens:
    """The pair of tokens that follows from a secret and a salt, valid from a time on.

    The secret of a new login is chance; that of a renewal is the refresh token before it, so that whoever
    presents the same one twice gets the same pair, although no token is stored. Without the secret, the salt is
    worth nothing.
    """
    return Tokens(
        _derived(secret, salt, b"access"), at + ACCESS_LASTS, _derived(secret, salt, b"refresh"), at + REFRESH_LASTS
    )


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> str:
    digest = hmac.digest(secret, salt + purpose, "sha256")
    return urlsafe_b64encode(digest).decode().rstrip("=")


def session_of(tokens: Tokens, salt: bytes, id_: UUID, member_id: UUID, family: UUID, at: datetime) -> Session:
    """What is kept of a pair of tokens."""
    return Session(
        id_,
        member_id,
        family,
        hash_of(tokens.access_token),
        tokens.access_expires_at,
        hash_of(tokens.refresh_token),
        tokens.refresh_expires_at,
        at,
        salt,
    )


def renewal_of(session: Session, successor: Session | None, at: datetime) -> Renewal:
    """Decide on a refresh token that leads to this session, and to this successor if it was exchanged before."""
    if session.revoked_at is not None or session.refresh_expires_at <= at:
        return Renewal.REFUSE
    if successor is None:
        return Renewal.ROTATE
    unused = successor.replaced_by is None and successor.revoked_at is None
    return Renewal.REPEAT if unused and at < successor.created_at + GRACE else Renewal.REVOKE
