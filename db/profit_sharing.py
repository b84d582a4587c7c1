"""Profit sharing: what of payments others get, part by part, and what of it comes back. Who writes holds the order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    case,
    exists,
    insert,
    literal_column,
    null,
    select,
    text,
    update,
)

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, amount, count, given_rows, in_columns, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order
from db.payments import payment
from db.statements import Statement, prepared
from domain.gateways import ShareOutcome
from domain.money import Money
from domain.profit_sharing import (
    FINAL,
    MOST_BP,
    MOST_REQUESTS,
    WHOLE_BP,
    PartReturn,
    PaymentShare,
    SharePart,
    Sharing,
    SharingState,
)

_OPEN = "state NOT IN ({})".format(", ".join(sorted(f"'{one.value}'" for one in FINAL)))

profit_sharing = Table(
    "profit_sharing",
    metadata,
    Column("payment_id", Uuid(), ForeignKey("payment.id"), primary_key=True),
    amount("amount_minor"),
    Column("shared_minor", amount("").type, nullable=False, server_default=text("0")),
    count("requests"),
    moment("rest_at", optional=True),
    CheckConstraint(
        f"shared_minor BETWEEN 0 AND amount_minor * {MOST_BP} / {WHOLE_BP}", name="others_get_no_more_than_they_may"
    ),
    CheckConstraint(f"requests BETWEEN 0 AND {MOST_REQUESTS}", name="requests_are_bounded"),
    Index("ix_profit_sharing_open", "payment_id", postgresql_where=text("rest_at IS NULL")),
)

profit_share = Table(
    "profit_share",
    metadata,
    key(),
    refers_to("payment", "payment_id", index=True),
    refers_to("order", "order_id"),
    words("transaction"),
    Column("unfreezes", Boolean(), nullable=False),
    *one_of("state", SharingState),
    words("reference", optional=True),
    words("failure"),
    count("attempts"),
    moment("next_try_at", optional=True),
    moment("created_at"),
    moment("finished_at", optional=True),
    CheckConstraint(f"({_OPEN}) = (finished_at IS NULL)", name="final_has_a_time"),
    Index("ix_profit_share_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
)

profit_share_part = Table(
    "profit_share_part",
    metadata,
    refers_to("profit_share", "share_id"),
    words("account"),
    amount("amount_minor"),
    words("currency"),
    words("description"),
    Column("is_person", Boolean(), nullable=False),
    words("name", optional=True),
    *one_of("outcome", ShareOutcome),
    amount("returned_minor"),
    PrimaryKeyConstraint("share_id", "account"),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("returned_minor BETWEEN 0 AND amount_minor", name="no_more_comes_back_than_went"),
)

profit_share_return = Table(
    "profit_share_return",
    metadata,
    key(),
    refers_to("profit_share", "share_id", index=True),
    words("account"),
    refers_to("refund", "refund_id"),
    amount("amount_minor"),
    words("currency"),
    *one_of("state", SharingState),
    words("reference", optional=True),
    words("failure"),
    count("attempts"),
    moment("next_try_at", optional=True),
    moment("created_at"),
    moment("finished_at", optional=True),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint(f"({_OPEN}) = (finished_at IS NULL)", name="final_has_a_time"),
    Index("ix_profit_share_return_open", "refund_id", postgresql_where=text("finished_at IS NULL")),
    Index("ix_profit_share_return_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
)

_SHARES = select(*profit_share.c)
_RETURNS = select(*profit_share_return.c)
_OWN = ("id", "payment_id", "order_id", "transaction", "unfreezes", "created_at", "reference", "failure", "attempts")
_TIMES = ("next_try_at", "finished_at")
_MUTABLE = ("state", "reference", "failure", "attempts", *_TIMES)


def _share(row: Row, parts: Sequence[SharePart]) -> PaymentShare:
    own = {name: row[name] for name in (*_OWN, *_TIMES)}
    return PaymentShare(parts=tuple(parts), state=SharingState(row["state"]), **own)


def _part(row: Row) -> SharePart:
    currency = row["currency"]
    return SharePart(
        row["account"],
        Money(row["amount_minor"], currency),
        row["description"],
        row["is_person"],
        row["name"],
        ShareOutcome(row["outcome"]),
        Money(row["returned_minor"], currency),
    )


def _return(row: Row) -> PartReturn:
    own = ("id", "share_id", "account", "refund_id", "created_at", "reference", "failure", "attempts", *_TIMES)
    money = Money(row["amount_minor"], row["currency"])
    return PartReturn(amount=money, state=SharingState(row["state"]), **{name: row[name] for name in own})


def _values(one: PaymentShare | PartReturn) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _MUTABLE} | {"state": one.state.value}


_of_payment = bindparam("of_payment", type_=Uuid())
_ids = bindparam("ids", type_=UUIDS)
_ANNOUNCE = prepared(
    insert(profit_sharing).values(payment_id=_of_payment, amount_minor=bindparam("fen", type_=amount("").type))
)
_FIND = prepared(select(*profit_sharing.c).where(profit_sharing.c.payment_id == _of_payment))
_more = profit_sharing.c.shared_minor + bindparam("fen", type_=amount("").type)
_TAKE = prepared(
    update(profit_sharing)
    .where(
        profit_sharing.c.payment_id == _of_payment,
        profit_sharing.c.rest_at.is_(None),
        profit_sharing.c.requests < MOST_REQUESTS,
        _more <= profit_sharing.c.amount_minor * MOST_BP / literal_column(str(WHOLE_BP)),
    )
    .values(
        shared_minor=_more,
        requests=profit_sharing.c.requests + 1,
        rest_at=bindparam("rest_at", type_=DateTime(timezone=True)),
    )
)
_GIVE_BACK = prepared(
    update(profit_sharing)
    .where(profit_sharing.c.payment_id == _of_payment)
    .values(
        shared_minor=profit_sharing.c.shared_minor - bindparam("fen", type_=amount("").type),
        rest_at=case((bindparam("reopens", type_=Boolean()), null()), else_=profit_sharing.c.rest_at),
    )
)
_ADD = prepared(insert(profit_share).values({c.name: bindparam(c.name, type_=c.type) for c in profit_share.c}))
_parts = given_rows("parts", list(profit_share_part.c))
_ADD_PARTS = prepared(insert(profit_share_part).from_select([c.name for c in profit_share_part.c], select(*_parts.c)))
_returns = given_rows("returns", list(profit_share_return.c))
_took_back = (
    update(profit_share_part)
    .where(profit_share_part.c.share_id == _returns.c.share_id, profit_share_part.c.account == _returns.c.account)
    .values(returned_minor=profit_share_part.c.returned_minor + _returns.c.amount_minor)
)
_ADD_RETURNS = prepared(
    insert(profit_share_return)
    .from_select([c.name for c in profit_share_return.c], select(*_returns.c))
    .add_cte(_took_back.cte("took_back"))
)
_BY_ID = prepared(_SHARES.where(profit_share.c.id == any_(_ids)))
_OF_PAYMENTS = prepared(
    _SHARES.where(profit_share.c.payment_id == any_(_ids)).order_by(profit_share.c.payment_id, profit_share.c.id)
)
_LOCK = prepared(
    _SHARES.where(profit_share.c.payment_id == _of_payment).order_by(profit_share.c.id).with_for_update(key_share=True)
)
_PARTS_OF = prepared(
    select(*profit_share_part.c)
    .where(profit_share_part.c.share_id == any_(_ids))
    .order_by(profit_share_part.c.share_id, profit_share_part.c.account)
)
_RETURNS_OF = prepared(
    _RETURNS.where(profit_share_return.c.share_id == any_(_ids)).order_by(
        profit_share_return.c.share_id, profit_share_return.c.id
    )
)
_RETURNS_BY_ID = prepared(_RETURNS.where(profit_share_return.c.id == any_(_ids)))


def _saving(table: Table) -> Statement:
    return prepared(
        update(table)
        .where(table.c.id == bindparam("of_row", type_=Uuid()))
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in _MUTABLE})
    )


_SAVE, _SAVE_RETURN = _saving(profit_share), _saving(profit_share_return)
_outcomes = given_rows(
    "outcomes", (profit_share_part.c.share_id, profit_share_part.c.account, profit_share_part.c.outcome)
)
_SAVE_PARTS = prepared(
    update(profit_share_part)
    .where(profit_share_part.c.share_id == _outcomes.c.share_id, profit_share_part.c.account == _outcomes.c.account)
    .values(outcome=_outcomes.c.outcome)
)


def _claiming(table: Table, *ready: Any) -> Statement:
    """Rows whose turn it is, each for one process; whose process died has its turn again."""
    due = (
        select(table.c.id)
        .where(table.c.next_try_at <= bindparam("now", type_=table.c.next_try_at.type), *ready)
        .order_by(table.c.next_try_at)
        .limit(bindparam("most"))
        .with_for_update(skip_locked=True, of=table)
        .cte("due")
    )
    return prepared(
        update(table)
        .where(table.c.id == due.c.id)
        .values(
            state=case((table.c.state == "REQUESTED", "UNKNOWN"), else_=table.c.state),
            next_try_at=bindparam("again_at", type_=table.c.next_try_at.type),
            attempts=table.c.attempts + 1,
        )
        .returning(*table.c)
    )


_CLAIM = _claiming(profit_share)
_CLAIM_RETURNS = _claiming(
    profit_share_return,
    exists().where(profit_share.c.id == profit_share_return.c.share_id, profit_share.c.finished_at.is_not(None)),
)
_DONE = prepared(
    select(profit_sharing.c.payment_id)
    .join(payment, payment.c.id == profit_sharing.c.payment_id)
    .join(order, order.c.id == payment.c.order_id)
    .where(
        profit_sharing.c.rest_at.is_(None),
        order.c.state.in_([literal_column("'COMPLETED'"), literal_column("'REFUNDED'")]),
        payment.c.state == literal_column("'PAID'"),
        payment.c.refunded_minor < payment.c.amount_minor,
    )
    .order_by(profit_sharing.c.payment_id)
    .limit(bindparam("most", type_=Integer()))
)


async def announce(tx: Writing, payment_id: UUID, whole: Money) -> None:
    """Note that others may get parts of a new payment."""
    await tx.execute(_ANNOUNCE, of_payment=payment_id, fen=whole.minor)


async def find(reading: Reading, payment_id: UUID) -> Sharing | None:
    """What of a payment others get; None when it was not announced so."""
    row = await reading.row(_FIND, of_payment=payment_id)
    if row is None:
        return None
    return Sharing(
        row["payment_id"], Money(row["amount_minor"]), Money(row["shared_minor"]), row["requests"], row["rest_at"]
    )


async def add(tx: Writing, new: PaymentShare) -> bool:
    """Keep a new share, and count it; False when others would get too much, or nothing can be shared any more."""
    rest_at = new.created_at if new.unfreezes else None
    if not await tx.execute(_TAKE, of_payment=new.payment_id, fen=new.amount, rest_at=rest_at):
        return False
    await tx.execute(_ADD, **({name: getattr(new, name) for name in _OWN} | _values(new)))
    if new.parts:
        rows = [_part_values(new.id, part) for part in new.parts]
        await tx.execute(_ADD_PARTS, **in_columns("parts", list(profit_share_part.c), rows))
    return True


def _part_values(share_id: UUID, part: SharePart) -> dict[str, Any]:
    return {
        "share_id": share_id,
        "account": part.account,
        "amount_minor": part.amount.minor,
        "currency": part.amount.currency,
        "description": part.description,
        "is_person": part.is_person,
        "name": part.name,
        "outcome": part.outcome.value,
        "returned_minor": part.returned.minor,
    }


async def give_back(tx: Writing, payment_id: UUID, fen: int, *, reopens: bool) -> None:
    """Count so much less as shared: nobody got it. `reopens`: nor did the brand get the rest."""
    await tx.execute(_GIVE_BACK, of_payment=payment_id, fen=fen, reopens=reopens)


async def save(tx: Writing, one: PaymentShare) -> None:
    """Keep how a share of a locked order stands, and each of its parts."""
    await tx.execute(_SAVE, of_row=one.id, **{f"new_{name}": value for name, value in _values(one).items()})
    rows = [{"share_id": one.id, "account": p.account, "outcome": p.outcome.value} for p in one.parts]
    columns = [profit_share_part.c[name] for name in ("share_id", "account", "outcome")]
    await tx.execute(_SAVE_PARTS, **in_columns("outcomes", columns, rows))


async def add_returns(tx: Writing, new: Sequence[PartReturn]) -> None:
    """Keep which parts are to come back before a refund is asked for."""
    rows = [_return_values(one) for one in new]
    await tx.execute(_ADD_RETURNS, **in_columns("returns", list(profit_share_return.c), rows))


def _return_values(one: PartReturn) -> dict[str, Any]:
    own = {name: getattr(one, name) for name in ("id", "share_id", "account", "refund_id", "created_at")}
    return own | {"amount_minor": one.amount.minor, "currency": one.amount.currency} | _values(one)


async def save_return(tx: Writing, one: PartReturn) -> None:
    await tx.execute(_SAVE_RETURN, of_row=one.id, **{f"new_{name}": value for name, value in _values(one).items()})


async def _with_parts(reading: Reading, rows: Sequence[Row]) -> list[PaymentShare]:
    found = await reading.rows(_PARTS_OF, ids=[row["id"] for row in rows]) if rows else []
    parts = by_key(found, "share_id", _part)
    return [_share(row, parts.get(row["id"], ())) for row in rows]


async def shares_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, PaymentShare]:
    return {one.id: one for one in await _with_parts(reading, await reading.rows(_BY_ID, ids=list(ids)))}


async def shares_of(reading: Reading, payment_ids: Sequence[UUID]) -> dict[UUID, list[PaymentShare]]:
    """The shares of each payment, the oldest first."""
    found: dict[UUID, list[PaymentShare]] = {}
    for one in await _with_parts(reading, await reading.rows(_OF_PAYMENTS, ids=list(payment_ids))):
        found.setdefault(one.payment_id, []).append(one)
    return found


async def lock_shares(tx: Writing, payment_id: UUID) -> list[PaymentShare]:
    """The shares of a payment, kept from whoever would ask the provider for them."""
    return await _with_parts(tx, await tx.rows(_LOCK, of_payment=payment_id))


async def returns_of(reading: Reading, share_ids: Sequence[UUID]) -> dict[UUID, list[PartReturn]]:
    """What is to come back of each share, the oldest first."""
    return by_key(await reading.rows(_RETURNS_OF, ids=list(share_ids)), "share_id", _return)


async def returns_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, PartReturn]:
    return {row["id"]: _return(row) for row in await reading.rows(_RETURNS_BY_ID, ids=list(ids))}


async def claim_due(tx: Writing, now: datetime, again_after: timedelta, most: int) -> list[PaymentShare]:
    """Shares that are to be asked for, or asked about, now: each by one process alone, unless it dies with them."""
    return await _with_parts(tx, await tx.rows(_CLAIM, now=now, again_at=now + again_after, most=most))


async def claim_returns(tx: Writing, now: datetime, again_after: timedelta, most: int) -> list[PartReturn]:
    """The same for what is to come back; of shares of which it is known who got what."""
    return [_return(row) for row in await tx.rows(_CLAIM_RETURNS, now=now, again_at=now + again_after, most=most)]


async def done(reading: Reading, most: int) -> list[UUID]:
    """Payments of orders that are done with, of which the rest was not asked for."""
    return [row["payment_id"] for row in await reading.rows(_DONE, most=most)]
