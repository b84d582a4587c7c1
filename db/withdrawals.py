"""Withdrawals: what guides take out, how often and how much a day, and where it goes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.commissions import commission
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.members import member_identity
from db.metadata import UUIDS, amount, count, key, members_of, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.filters import Condition
from domain.members import IdentityProvider
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.payouts import PayoutAccount
from domain.withdrawals import FINAL, SENT, Withdrawal, WithdrawalState

_FINAL = ", ".join(sorted(f"'{one.value}'" for one in FINAL))

payout_account = Table(
    "payout_account",
    metadata,
    Column("member_id", Uuid(), ForeignKey("member.id"), primary_key=True),
    words("openid"),
    moment("since"),
    words("real_name", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
)

withdrawal = Table(
    "withdrawal",
    metadata,
    key(),
    refers_to("guide", "guide_id"),
    refers_to("member", "member_id"),
    amount("amount_minor"),
    amount("fee_minor"),
    words("currency"),
    *one_of("state", WithdrawalState),
    words("openid"),
    words("real_name", optional=True),
    moment("created_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    refers_to("member", "decided_by", optional=True),
    moment("decided_at", optional=True),
    words("note"),
    words("reference", optional=True),
    words("confirmation", optional=True),
    moment("confirm_by", optional=True),
    words("failure"),
    count("attempts"),
    moment("next_try_at", optional=True),
    moment("finished_at", optional=True),
    CheckConstraint("fee_minor >= 0 AND fee_minor < amount_minor", name="something_is_transferred"),
    CheckConstraint("decided_by <> member_id", name="four_eyes"),
    CheckConstraint(f"(state IN ({_FINAL})) = (finished_at IS NOT NULL)", name="final_has_a_time"),
    Index(None, "guide_id", "id"),
    Index(None, "member_id", "id"),
    Index(None, "state", "id"),
    Index("ix_withdrawal_due", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
    Index("ix_withdrawal_paid", "finished_at", "guide_id", postgresql_where=text("state = 'PAID'")),
    Index("uq_withdrawal_reference", "reference", unique=True),
)

withdrawal_day = Table(
    "withdrawal_day",
    metadata,
    refers_to("member", "member_id"),
    Column("day", Date(), nullable=False),
    count("times"),
    Column("most", Integer(), nullable=False),
    Column("amount_minor", BigInteger(), nullable=False),
    Column("most_minor", BigInteger(), nullable=False),
    PrimaryKeyConstraint("member_id", "day"),
    CheckConstraint("times BETWEEN 0 AND most", name="no_more_often_than_allowed"),
    CheckConstraint("amount_minor BETWEEN 0 AND most_minor", name="no_more_than_allowed"),
)
"""What a member took out on a day of the brand's calendar, and the limits of then; what came back does not count."""

_STATES = members_of(WithdrawalState)
_SAME = (
    "id", "guide_id", "member_id", "openid", "real_name", "created_at", "version", "decided_by", "decided_at", "note",
    "reference", "confirmation", "confirm_by", "failure", "attempts", "next_try_at", "finished_at",
)  # fmt: skip
_MUTABLE = (
    "state", "version", "decided_by", "decided_at", "note", "reference", "confirmation", "confirm_by", "failure",
    "attempts", "next_try_at", "finished_at",
)  # fmt: skip


def _withdrawal(row: Row) -> Withdrawal:
    currency = row["currency"]
    return Withdrawal(
        amount=Money(row["amount_minor"], currency),
        fee=Money(row["fee_minor"], currency),
        state=_STATES[row["state"]],
        **{name: row[name] for name in _SAME},
    )


def _values(one: Withdrawal) -> dict[str, Any]:
    return {name: getattr(one, name) for name in _SAME} | {
        "amount_minor": one.amount.minor,
        "fee_minor": one.fee.minor,
        "currency": one.amount.currency,
        "state": one.state.value,
    }


_ALL = select(*withdrawal.c)
_of_id = bindparam("of_id", type_=Uuid())
_ADD = prepared(insert(withdrawal).values({c.name: bindparam(c.name, type_=c.type) for c in withdrawal.c}))
_LOCK = prepared(_ALL.where(withdrawal.c.id == _of_id).with_for_update(key_share=True))
_BY_ID = prepared(_ALL.where(withdrawal.c.id == any_(bindparam("ids", type_=UUIDS))))
_SAVE = prepared(
    update(withdrawal)
    .where(withdrawal.c.id == _of_id)
    .values({name: bindparam(name, type_=withdrawal.c[name].type) for name in _MUTABLE})
)
_SENT = ", ".join(sorted(f"'{one.value}'" for one in SENT))
_DUE = (
    select(withdrawal.c.id)
    .join(guide, guide.c.id == withdrawal.c.guide_id)
    .where(
        withdrawal.c.next_try_at <= bindparam("now", type_=DateTime(timezone=True)),
        # What was sent goes its way; what was not waits while its guide is frozen.
        text(f"(withdrawal.state IN ({_SENT}) OR guide.status <> 'FROZEN')"),
    )
    .order_by(withdrawal.c.next_try_at)
    .limit(bindparam("most"))
    .with_for_update(of=withdrawal, key_share=True, skip_locked=True)
    .cte("due")
)
_CLAIM = prepared(
    update(withdrawal)
    .where(withdrawal.c.id == _DUE.c.id)
    .values(
        attempts=withdrawal.c.attempts + 1,
        next_try_at=bindparam("again_at", type_=DateTime(timezone=True)),
    )
    .returning(*withdrawal.c)
)


async def add(tx: Writing, new: Withdrawal) -> None:
    """Keep a new withdrawal.

    Raises:
        asyncpg.CheckViolationError: its guide owes money, which whoever asks must have seen under the wallet's lock.
    """
    await tx.execute(_ADD, **_values(new))


async def lock(tx: Writing, withdrawal_id: UUID) -> Withdrawal | None:
    """Find a withdrawal and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, of_id=withdrawal_id)
    return None if row is None else _withdrawal(row)


async def save(tx: Writing, changed: Withdrawal) -> None:
    """Keep where a locked withdrawal stands."""
    await tx.execute(_SAVE, of_id=changed.id, **_values(changed))


async def claim_due(tx: Writing, now: datetime, again_after: timedelta, most: int) -> list[Withdrawal]:
    """What is to be sent, or asked about, now: each by one process alone, unless it dies with it."""
    return [_withdrawal(row) for row in await tx.rows(_CLAIM, now=now, again_at=now + again_after, most=most)]


async def by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Withdrawal]:
    return {row["id"]: _withdrawal(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


_FILTERS = {"state": withdrawal.c.state, "guideId": withdrawal.c.guide_id, "createdAt": withdrawal.c.created_at}
_LISTING = Listing(_ALL, _withdrawal, id=withdrawal.c.id, filters=_FILTERS)
_OF_MEMBER = Listing(
    _ALL.where(withdrawal.c.member_id == bindparam("member_id", type_=Uuid())),
    _withdrawal,
    id=withdrawal.c.id,
    filters=_FILTERS,
)


async def withdrawals(reading: Reading, request: PageRequest, where: Condition) -> Page[Withdrawal]:
    """A page of all withdrawals, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True)


async def of_member(reading: Reading, member_id: UUID, request: PageRequest, where: Condition) -> Page[Withdrawal]:
    """A page of what a member took out, as whichever guide, the newest first."""
    return await _OF_MEMBER.page(reading, request, where=where, descending=True, member_id=member_id)


_fen = bindparam("fen", type_=BigInteger())
_day = withdrawal_day.c
_most = {"most": bindparam("most_times", type_=Integer()), "most_minor": bindparam("most_fen", type_=BigInteger())}
_counted = insert(withdrawal_day).values(
    member_id=bindparam("member_id", type_=Uuid()),
    day=bindparam("day", type_=Date()),
    times=1,
    amount_minor=_fen,
    **_most,
)
_COUNT = prepared(
    _counted.on_conflict_do_update(
        index_elements=["member_id", "day"],
        set_={"times": _day.times + 1, "amount_minor": _day.amount_minor + _fen, **_most},
        where=and_(_day.times < _most["most"], _day.amount_minor + _fen <= _most["most_minor"]),
    )
)
_OF_DAY = prepared(
    select(_day.times, _day.amount_minor).where(
        _day.member_id == bindparam("member_id", type_=Uuid()), _day.day == bindparam("day", type_=Date())
    )
)
_UNCOUNT = prepared(
    update(withdrawal_day)
    .where(_day.member_id == bindparam("of_member", type_=Uuid()), _day.day == bindparam("on_day", type_=Date()))
    .values(times=_day.times - 1, amount_minor=_day.amount_minor - _fen)
)


async def count_in(tx: Writing, member_id: UUID, day: date, fen: int, most_times: int, most_fen: int) -> bool:
    """Count a withdrawal of a day; False when it would be one too many, or too much. One alone is never too much."""
    values = {"fen": fen, "most_times": most_times, "most_fen": most_fen}
    return await tx.execute(_COUNT, member_id=member_id, day=day, **values) == 1


async def count_out(tx: Writing, member_id: UUID, day: date, fen: int) -> None:
    """Forget a withdrawal that was counted and came back."""
    await tx.execute(_UNCOUNT, of_member=member_id, on_day=day, fen=fen)


async def counted_on(reading: Reading, member_id: UUID, day: date) -> tuple[int, int]:
    """How often a member took money out on a day, and how much."""
    row = await reading.row(_OF_DAY, member_id=member_id, day=day)
    return (0, 0) if row is None else (row[0], row[1])


_own = bindparam("guide_ids", type_=UUIDS)
_paid = (
    select(withdrawal.c.guide_id, func.sum(withdrawal.c.amount_minor).label("total"))
    .where(withdrawal.c.state == literal_column("'PAID'"), withdrawal.c.guide_id == any_(_own))
    .group_by(withdrawal.c.guide_id)
    .subquery("paid")
)
_released = (
    select(
        commission.c.id,
        commission.c.guide_id,
        commission.c.state,
        func.sum(commission.c.amount_minor - commission.c.clawed_back_minor)
        .over(partition_by=commission.c.guide_id, order_by=(commission.c.released_at, commission.c.id))
        .label("up_to"),
    )
    .where(commission.c.guide_id == any_(_own), commission.c.released_at.is_not(None))
    .subquery("released")
)
_AVAILABLE: ColumnElement[str] = literal_column("'AVAILABLE'")
_taken_out = (
    select(commission.c.id)
    .where(
        commission.c.id.in_(
            select(_released.c.id)
            .join(_paid, _paid.c.guide_id == _released.c.guide_id)
            .where(_released.c.state == _AVAILABLE, _released.c.up_to <= _paid.c.total)
        )
    )
    .order_by(commission.c.id)
    .with_for_update(key_share=True)
    .cte("taken_out")
)
_MARK = prepared(
    update(commission)
    .where(commission.c.id == _taken_out.c.id, commission.c.state == _AVAILABLE)
    .values(state=literal_column("'WITHDRAWN'"))
)


async def mark_withdrawn(tx: Writing, guide_ids: Sequence[UUID]) -> None:
    """Let the oldest commissions of guides be WITHDRAWN whose sum is not more than what was paid to them."""
    await tx.execute(_MARK, guide_ids=list(guide_ids))


_ACCOUNT = select(*payout_account.c).where(payout_account.c.member_id == bindparam("member_id", type_=Uuid()))
_FIND_ACCOUNT, _LOCK_ACCOUNT = prepared(_ACCOUNT), prepared(_ACCOUNT.with_for_update(key_share=True))
_KNOWN_ACCOUNT = prepared(
    select(member_identity.c.openid, member_identity.c.created_at)
    .where(
        member_identity.c.member_id == bindparam("member_id", type_=Uuid()),
        member_identity.c.provider == bindparam("provider", IdentityProvider.WX_MP.value, Text()),
        member_identity.c.app_id == bindparam("app_id", type_=Text()),
    )
    .order_by(member_identity.c.id.desc())
    .limit(1)
)
_new_account = insert(payout_account).values({c.name: bindparam(c.name, type_=c.type) for c in payout_account.c})
_KEEP_ACCOUNT = prepared(_new_account.on_conflict_do_nothing())
_SAVE_ACCOUNT = prepared(
    _new_account.on_conflict_do_update(
        index_elements=["member_id"],
        set_={name: _new_account.excluded[name] for name in ("openid", "since", "real_name", "version")},
    )
)


def _account(row: Row) -> PayoutAccount:
    return PayoutAccount(row["member_id"], row["openid"], row["since"], row["real_name"], row["version"])


async def find_account(reading: Reading, member_id: UUID) -> PayoutAccount | None:
    """Where a member's money goes, if that was ever settled."""
    row = await reading.row(_FIND_ACCOUNT, member_id=member_id)
    return None if row is None else _account(row)


async def lock_account(tx: Writing, member_id: UUID) -> PayoutAccount | None:
    """The same, kept so until the transaction ends."""
    row = await tx.row(_LOCK_ACCOUNT, member_id=member_id)
    return None if row is None else _account(row)


async def known_account(reading: Reading, member_id: UUID, app_id: str) -> PayoutAccount | None:
    """The WeChat by which a member came to an app last, as an account to be paid to."""
    row = await reading.row(_KNOWN_ACCOUNT, member_id=member_id, app_id=app_id)
    return None if row is None else PayoutAccount(member_id, row["openid"], row["created_at"])


async def keep_account(tx: Writing, account: PayoutAccount) -> None:
    """Settle where a member's money goes, unless that is settled."""
    await tx.execute(_KEEP_ACCOUNT, **{c.name: getattr(account, c.name) for c in payout_account.c})


async def save_account(tx: Writing, account: PayoutAccount) -> None:
    """Settle where a member's money goes from now on."""
    await tx.execute(_SAVE_ACCOUNT, **{c.name: getattr(account, c.name) for c in payout_account.c})
