"""Ledger: accounts and postings. Postings are only ever added.

Triggers of the migration refuse to change or delete a posting, and keep the balance of guarded
accounts, which a constraint holds at zero or more. Other balances are sums of postings: one row
for all sales would have every payment wait for every other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing
from db.metadata import amount, given_rows, in_columns, metadata, moment, words
from db.statements import prepared
from domain.ledger import Posting, is_guarded, is_recoverable
from domain.money import CNY

ledger_account = Table(
    "ledger_account",
    metadata,
    Column("code", Text(), primary_key=True),
    words("unit"),
    Column("guarded", Boolean(), nullable=False),
    Column("balance_minor", BigInteger(), nullable=False, server_default="0"),
    Column("recoverable", Boolean(), nullable=False, server_default=text("false")),
    UniqueConstraint("code", "unit"),
    CheckConstraint("balance_minor >= 0 OR recoverable", name="balance_is_not_negative"),
    CheckConstraint("balance_minor <= 0 OR NOT recoverable", name="a_debt_is_not_overpaid"),
)

ledger_posting = Table(
    "ledger_posting",
    metadata,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    words("business_key"),
    Column("position", Integer(), nullable=False),
    words("source"),
    words("destination"),
    words("unit"),
    amount("amount_minor"),
    moment("at"),
    UniqueConstraint("business_key", "position"),
    ForeignKeyConstraint(["source", "unit"], ["ledger_account.code", "ledger_account.unit"]),
    ForeignKeyConstraint(["destination", "unit"], ["ledger_account.code", "ledger_account.unit"]),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("source <> destination", name="goes_somewhere_else"),
    Index(None, "source"),
    Index(None, "destination"),
)

_POSTED = (
    ledger_posting.c.position,
    ledger_posting.c.source,
    ledger_posting.c.destination,
    ledger_posting.c.unit,
    ledger_posting.c.amount_minor,
)


_OPENED = (ledger_account.c.code, ledger_account.c.unit, ledger_account.c.guarded, ledger_account.c.recoverable)


_accounts, _postings = given_rows("accounts", _OPENED), given_rows("postings", _POSTED)
OPENING = (
    insert(ledger_account)
    .from_select([one.name for one in _OPENED], select(*_accounts.c))
    # Of two that open one account at once, the second may meet either of the two unique keys first.
    .on_conflict_do_nothing()
)
POSTING = insert(ledger_posting).from_select(
    ["business_key", "at", *(one.name for one in _POSTED)],
    select(
        bindparam("business_key", type_=Text()),
        bindparam("posted_at", type_=ledger_posting.c.at.type),
        *(_postings.c[one.name] for one in _POSTED),
    ),
)
_POST = prepared(POSTING.add_cte(OPENING.cte("opened")))
_LOCK_BALANCE = prepared(
    select(ledger_account.c.balance_minor)
    .where(ledger_account.c.code == bindparam("code", type_=Text()))
    .with_for_update(key_share=True)
)
_OPEN = prepared(OPENING)
_LOCK_BALANCES = prepared(
    select(ledger_account.c.code, ledger_account.c.balance_minor)
    .where(ledger_account.c.code == any_(bindparam("codes", type_=ARRAY(Text()))))
    .order_by(ledger_account.c.code)
    .with_for_update(key_share=True)
)
_BALANCES = prepared(
    select(ledger_account.c.code, ledger_account.c.balance_minor).where(
        ledger_account.c.code == any_(bindparam("codes", type_=ARRAY(Text())))
    )
)
_SUM = prepared(
    select(
        func.coalesce(
            func.sum(
                case(
                    (ledger_posting.c.destination == bindparam("code", type_=Text()), ledger_posting.c.amount_minor),
                    else_=-ledger_posting.c.amount_minor,
                )
            ),
            0,
        )
    ).where(
        or_(
            ledger_posting.c.source == bindparam("code", type_=Text()),
            ledger_posting.c.destination == bindparam("code", type_=Text()),
        )
    )
)


async def post(tx: Writing, business_key: str, postings: Sequence[Posting], at: datetime) -> None:
    """Write the postings of one business event, once: its key is unique.

    Raises:
        asyncpg.CheckViolationError: a guarded account would fall below zero.
        asyncpg.UniqueViolationError: the event was posted before.
    """
    await tx.execute(_POST, **movements(business_key, postings, at))


def movements(business_key: str, postings: Sequence[Posting], at: datetime) -> dict[str, Any]:
    """The values of OPENING and POSTING."""
    units = {code: p.amount.currency for p in postings for code in (p.source, p.destination)}
    rows = [
        {
            "position": position,
            "source": posting.source,
            "destination": posting.destination,
            "unit": posting.amount.currency,
            "amount_minor": posting.amount.minor,
        }
        for position, posting in enumerate(postings)
    ]
    return {
        "business_key": business_key,
        "posted_at": at,
        **_opening(units),
        **in_columns("postings", _POSTED, rows),
    }


def _opening(units: Mapping[str, str]) -> dict[str, list[Any]]:
    """The accounts to open, each with its unit, in the order in which everybody locks them."""
    accounts = [
        {"code": code, "unit": units[code], "guarded": is_guarded(code), "recoverable": is_recoverable(code)}
        for code in sorted(units)
    ]
    return in_columns("accounts", _OPENED, accounts)


async def lock_balance(tx: Writing, account: str) -> int:
    """The balance of a guarded account, kept so until the transaction ends; zero when it was never used."""
    return await tx.value(_LOCK_BALANCE, code=account) or 0


async def lock_balances(tx: Writing, accounts: Sequence[str]) -> dict[str, int]:
    """The balances of guarded accounts of money, kept so until the transaction ends; they are opened if need be."""
    await tx.execute(_OPEN, **_opening(dict.fromkeys(accounts, CNY)))
    return dict(await tx.rows(_LOCK_BALANCES, codes=list(accounts)))


async def balances_of(reading: Reading, accounts: Sequence[str]) -> dict[str, int]:
    """The balances of guarded accounts."""
    found = dict(await reading.rows(_BALANCES, codes=list(accounts)))
    return {account: found.get(account, 0) for account in accounts}


async def sum_of(reading: Reading, account: str) -> int:
    """What the postings of any account add up to."""
    return int(await reading.value(_SUM, code=account))
