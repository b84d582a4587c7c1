"""Wallets: what guides are owed, from their accounts, and every posting that changed what is their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Select,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.commissions import commission, commission_claw_back
from db.connection import Reading, Row
from db.guides import GUIDE_COLUMNS, GUIDES_IN_STORES, guide, guide_of
from db.ledger import ledger_account, ledger_posting
from db.listing import Listing
from db.metadata import UUIDS
from db.order_tables import order
from db.statements import prepared
from db.withdrawals import withdrawal
from domain.guide_statements import GuidePayout, Moved, ReleasedCommission
from domain.ledger import available_commission, commission_debt
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.wallets import KEPT, SUMMED, Apart, GuideWallet, wallet_of

_kept = bindparam("kept", type_=ARRAY(Text()))
_summed = bindparam("summed", type_=ARRAY(Text()))
_ids = bindparam("guide_ids", type_=UUIDS)
_amount = ledger_posting.c.amount_minor


def _sums(side: Any, sign: int, codes: Any, *more: Any) -> Select[Any]:
    return (
        select(side.label("code"), (func.sum(_amount) * sign).label("minor"))
        .where(side == any_(codes), *more)
        .group_by(side)
    )


_BALANCES = prepared(
    union_all(
        select(ledger_account.c.code, ledger_account.c.balance_minor).where(ledger_account.c.code == any_(_kept)),
        _sums(ledger_posting.c.destination, 1, _summed),
        _sums(ledger_posting.c.source, -1, _summed),
    )
)
_left = commission.c.amount_minor - commission.c.clawed_back_minor


def _of_commissions(what: str, *where: Any) -> Select[Any]:
    return (
        select(commission.c.guide_id, literal_column(f"'{what}'").label("what"), func.sum(_left).label("minor"))
        .where(commission.c.guide_id == any_(_ids), *where)
        .group_by(commission.c.guide_id)
    )


def _of_withdrawals(what: str, minor: Any) -> Select[Any]:
    return (
        select(withdrawal.c.guide_id, literal_column(f"'{what}'"), func.sum(minor))
        .where(withdrawal.c.guide_id == any_(_ids), withdrawal.c.state == literal_column("'PAID'"))
        .group_by(withdrawal.c.guide_id)
    )


_IS_HELD = commission.c.state == literal_column("'HELD'")
_APART = prepared(
    union_all(
        _of_commissions("estimated", commission.c.state == literal_column("'ESTIMATED'")),
        _of_commissions("held_pending", _IS_HELD, commission.c.release_at.is_(None)),
        _of_commissions("held_frozen", _IS_HELD, commission.c.release_at.is_not(None)),
        _of_withdrawals("paid", withdrawal.c.amount_minor - withdrawal.c.fee_minor),
        _of_withdrawals("fees", withdrawal.c.fee_minor),
    )
)


async def wallets_of(reading: Reading, guide_ids: Sequence[UUID]) -> dict[UUID, GuideWallet]:
    """The wallets of guides, in two statements."""
    kept = [account(one) for one in guide_ids for account in KEPT]
    summed = [account(one) for one in guide_ids for account in SUMMED]
    balances: dict[str, int] = {}
    for code, minor in await reading.rows(_BALANCES, kept=kept, summed=summed):
        balances[code] = balances.get(code, 0) + int(minor)
    apart: dict[UUID, dict[str, int]] = {}
    for guide_id, what, minor in await reading.rows(_APART, guide_ids=list(guide_ids)):
        apart.setdefault(guide_id, {})[what] = int(minor)
    return {one: wallet_of(one, balances, Apart(**apart.get(one, {}))) for one in guide_ids}


_own = bindparam("own", type_=ARRAY(Text()))
_until = bindparam("until", type_=DateTime(timezone=True))
_OWN_BEFORE = prepared(
    select(func.sum(literal_column("minor"))).select_from(
        union_all(
            _sums(ledger_posting.c.destination, 1, _own, ledger_posting.c.at < _until),
            _sums(ledger_posting.c.source, -1, _own, ledger_posting.c.at < _until),
        ).subquery("moved")
    )
)
_comes = ledger_posting.c.destination == any_(_own)
_LINES = prepared(
    select(
        ledger_posting.c.id,
        ledger_posting.c.business_key,
        ledger_posting.c.position,
        ledger_posting.c.at,
        case((_comes, _amount), else_=-_amount).label("minor"),
        case((_comes, ledger_posting.c.destination), else_=ledger_posting.c.source).label("account"),
        case((_comes, ledger_posting.c.source), else_=ledger_posting.c.destination).label("other"),
    )
    .where(
        ledger_posting.c.id.in_(
            union_all(
                select(ledger_posting.c.id).where(_comes),
                select(ledger_posting.c.id).where(ledger_posting.c.source == any_(_own)),
            )
        ),
        ledger_posting.c.at >= bindparam("since", type_=DateTime(timezone=True)),
        ledger_posting.c.at < _until,
    )
    .order_by(ledger_posting.c.at, ledger_posting.c.id)
    .limit(bindparam("most", type_=Integer()))
)


def _own_accounts(guide_id: UUID) -> list[str]:
    return [available_commission(guide_id), commission_debt(guide_id)]


async def own_before(reading: Reading, guide_id: UUID, until: datetime) -> int:
    """What was a guide's own before a time, in fen: what was available less what was owed."""
    return int(await reading.value(_OWN_BEFORE, own=_own_accounts(guide_id), until=until) or 0)


async def moved(reading: Reading, guide_id: UUID, since: datetime, until: datetime, most: int) -> list[Moved]:
    """Every posting that changed what is a guide's own, the first first."""
    rows = await reading.rows(_LINES, own=_own_accounts(guide_id), since=since, until=until, most=most)
    return [Moved(*row) for row in rows]


_back = commission_claw_back.c
_LOST_BEFORE = (
    select(func.coalesce(func.sum(_back.amount_minor), 0))
    .where(_back.commission_id == commission.c.id, _back.after_release.is_(False))
    .scalar_subquery()
)
_RELEASED = prepared(
    select(
        commission.c.released_at,
        order.c.number,
        commission.c.level,
        commission.c.base_minor,
        commission.c.amount_minor,
        _LOST_BEFORE,
    )
    .join(order, order.c.id == commission.c.order_id)
    .where(
        commission.c.guide_id == bindparam("guide_id", type_=Uuid()),
        commission.c.released_at >= bindparam("since", type_=DateTime(timezone=True)),
        commission.c.released_at < _until,
    )
    .order_by(commission.c.released_at, commission.c.id)
    .limit(bindparam("most", type_=Integer()))
)


async def released(
    reading: Reading, guide_id: UUID, since: datetime, until: datetime, most: int
) -> list[ReleasedCommission]:
    """The commissions that became a guide's own, the first first."""
    rows = await reading.rows(_RELEASED, guide_id=guide_id, since=since, until=until, most=most)
    return [
        ReleasedCommission(at, number, level, Money(base), Money(earned), Money(int(lost)))
        for at, number, level, base, earned, lost in rows
    ]


_paid = (
    select(
        withdrawal.c.guide_id,
        func.count().label("times"),
        func.sum(withdrawal.c.amount_minor).label("amount_minor"),
        func.sum(withdrawal.c.fee_minor).label("fee_minor"),
        func.max(withdrawal.c.real_name).label("real_name"),
    )
    .where(
        withdrawal.c.state == literal_column("'PAID'"),
        withdrawal.c.finished_at >= bindparam("since", type_=DateTime(timezone=True)),
        withdrawal.c.finished_at < _until,
    )
    .group_by(withdrawal.c.guide_id)
    .subquery("paid")
)
_PAYOUTS = (
    select(*_paid.c, *GUIDE_COLUMNS)
    .select_from(GUIDES_IN_STORES)
    .join(_paid, _paid.c.guide_id == guide.c.id)
    .where(guide.c.kind != literal_column("'EMPLOYEE'"))
)
_ALL_PAYOUTS = prepared(_PAYOUTS.order_by(guide.c.id).limit(bindparam("most", type_=Integer())))


def _payout(row: Row) -> GuidePayout:
    guide_id, times, minor, fee, name, *rest = row
    return GuidePayout(guide_id, guide_of(rest), name, int(times), Money(int(minor)), Money(int(fee)))


_PAYOUT_PAGES = Listing(_PAYOUTS, _payout, id=guide.c.id)


async def payouts(reading: Reading, since: datetime, until: datetime, request: PageRequest) -> Page[GuidePayout]:
    """A page of what guides who are not employed were paid in a time."""
    return await _PAYOUT_PAGES.page(reading, request, since=since, until=until)


async def all_payouts(reading: Reading, since: datetime, until: datetime, most: int) -> list[GuidePayout]:
    """All of them."""
    return [_payout(row) for row in await reading.rows(_ALL_PAYOUTS, since=since, until=until, most=most)]
