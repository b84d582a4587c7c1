"""Phone codes: the table of the last code sent to each phone; each rule is a condition of one UPDATE."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, LargeBinary, Table, Text, bindparam, delete, text, update
from sqlalchemy.dialects.postgresql import insert

from db.connection import Writing
from db.metadata import count, metadata, moment
from db.statements import prepared
from domain.phone_codes import MOST_ATTEMPTS, RESEND_AFTER, PhoneCode

phone_code = Table(
    "phone_code",
    metadata,
    Column("phone", Text(), primary_key=True),
    Column("code_hash", LargeBinary(), nullable=False),
    Column("salt", LargeBinary(), nullable=False),
    moment("sent_at"),
    moment("expires_at"),
    count("attempts"),
    moment("used_at", optional=True),
    CheckConstraint(f"attempts BETWEEN 0 AND {MOST_ATTEMPTS}", name="attempts_are_few"),
)

_KEPT = tuple(phone_code.c[name] for name in ("phone", "code_hash", "salt", "sent_at", "expires_at"))
_new = insert(phone_code).values(
    {column.name: bindparam(column.name) for column in _KEPT} | {"attempts": 0, "used_at": None}
)
_PUT = prepared(
    _new.on_conflict_do_update(
        index_elements=["phone"],
        set_={
            name: _new.excluded[name] for name in ("code_hash", "salt", "sent_at", "expires_at", "attempts", "used_at")
        },
        where=phone_code.c.sent_at <= bindparam("resend_before", type_=phone_code.c.sent_at.type),
    )
)
_TAKE_BACK = prepared(
    delete(phone_code).where(
        phone_code.c.phone == bindparam("phone", type_=Text()), phone_code.c.code_hash == bindparam("code_hash")
    )
)
_OPEN = (
    phone_code.c.phone == bindparam("of_phone", type_=Text()),
    phone_code.c.used_at.is_(None),
    phone_code.c.expires_at > bindparam("now", type_=phone_code.c.expires_at.type),
)
_TRY = prepared(
    update(phone_code)
    .where(*_OPEN, phone_code.c.attempts < MOST_ATTEMPTS)
    .values(attempts=phone_code.c.attempts + text("1"))
    .returning(*_KEPT)
)
_USE = prepared(
    update(phone_code)
    .where(*_OPEN, phone_code.c.code_hash == bindparam("of_code_hash"))
    .values(used_at=bindparam("now", type_=phone_code.c.used_at.type))
)
_CLEAR = prepared(delete(phone_code).where(phone_code.c.expires_at < bindparam("before")))


async def put(tx: Writing, code: PhoneCode) -> bool:
    """Keep a new code in place of the last; False when that one was sent less than a minute ago."""
    values = {column.name: getattr(code, column.name) for column in _KEPT}
    return await tx.execute(_PUT, **values, resend_before=code.sent_at - RESEND_AFTER) == 1


async def take_back(tx: Writing, code: PhoneCode) -> None:
    """Forget a code that could not be sent."""
    await tx.execute(_TAKE_BACK, phone=code.phone, code_hash=code.code_hash)


async def attempt(tx: Writing, phone: str, at: datetime) -> PhoneCode | None:
    """Count one try of the code of a phone; None when there is none that can still be tried.

    Commit this before comparing, or a wrong guess would cost nothing.
    """
    row = await tx.row(_TRY, of_phone=phone, now=at)
    return None if row is None else PhoneCode(*row)


async def use(tx: Writing, code: PhoneCode, at: datetime) -> bool:
    """Spend a code, once; False when somebody else did."""
    return await tx.execute(_USE, of_phone=code.phone, of_code_hash=code.code_hash, now=at) == 1


async def clear(tx: Writing, before: datetime) -> int:
    """Delete codes that expired before a time; returns how many."""
    return await tx.execute(_CLEAR, before=before)
