"""Balances: offers of a bonus, and top-ups. What a member holds stands in two accounts of the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Table,
    Uuid,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from db.connection import Reading, Row, Writing
from db.metadata import amount, metadata, moment, refers_to, words
from db.statements import prepared
from domain.balances import TopUp, TopUpOffer
from domain.money import Money

top_up_offer = Table(
    "top_up_offer",
    metadata,
    Column("amount_minor", BigInteger(), primary_key=True, autoincrement=False),
    amount("bonus_minor"),
    CheckConstraint("bonus_minor BETWEEN 0 AND amount_minor", name="bonus_is_a_part"),
)

balance_top_up = Table(
    "balance_top_up",
    metadata,
    Column("order_id", Uuid(), ForeignKey("order.id"), primary_key=True),
    refers_to("member", "member_id", index=True),
    amount("cash_minor"),
    amount("bonus_minor"),
    words("currency"),
    moment("credited_at", optional=True),
    CheckConstraint("cash_minor > 0", name="cash_is_positive"),
    CheckConstraint("bonus_minor BETWEEN 0 AND cash_minor", name="bonus_is_a_part"),
)

_OFFERS = prepared(
    select(top_up_offer.c.amount_minor, top_up_offer.c.bonus_minor).order_by(top_up_offer.c.amount_minor)
)
_TURN = prepared(select(func.pg_advisory_xact_lock(literal_column("1953460070"))))
_CLEAR = prepared(delete(top_up_offer))
_OFFER = prepared(
    insert(top_up_offer).values(
        amount_minor=bindparam("amount_minor", type_=BigInteger()),
        bonus_minor=bindparam("bonus_minor", type_=BigInteger()),
    )
)
_COLUMNS = (
    balance_top_up.c.order_id,
    balance_top_up.c.member_id,
    balance_top_up.c.cash_minor,
    balance_top_up.c.bonus_minor,
    balance_top_up.c.currency,
)
_ADD = prepared(insert(balance_top_up).values({c.name: bindparam(c.name, type_=c.type) for c in _COLUMNS}))
_of_order = balance_top_up.c.order_id == bindparam("of_order", type_=Uuid())
_CREDIT = prepared(
    update(balance_top_up)
    .where(_of_order, balance_top_up.c.credited_at.is_(None))
    .values(credited_at=bindparam("at", type_=DateTime(timezone=True)))
    .returning(*_COLUMNS)
)
_FIND = prepared(select(*_COLUMNS).where(_of_order, balance_top_up.c.credited_at.is_not(None)))


def _top_up(row: Row) -> TopUp:
    order_id, member_id, cash, bonus, currency = row
    return TopUp(order_id, member_id, Money(cash, currency), Money(bonus, currency))


async def offers(reading: Reading) -> list[TopUpOffer]:
    """All offers, the smallest amount first."""
    return [TopUpOffer(Money(least), Money(bonus)) for least, bonus in await reading.rows(_OFFERS)]


async def save_offers(tx: Writing, wanted: Sequence[TopUpOffer]) -> None:
    """Replace all offers, one who does so after the other."""
    await tx.rows(_TURN)
    await tx.execute(_CLEAR)
    rows = [{"amount_minor": one.amount.minor, "bonus_minor": one.bonus.minor} for one in wanted]
    await tx.execute_many(_OFFER, rows)


async def add_top_up(tx: Writing, top_up: TopUp) -> None:
    """Note what an order is for."""
    await tx.execute(
        _ADD,
        order_id=top_up.order_id,
        member_id=top_up.member_id,
        cash_minor=top_up.cash.minor,
        bonus_minor=top_up.bonus.minor,
        currency=top_up.cash.currency,
    )


async def credit(tx: Writing, order_id: UUID, at: datetime) -> TopUp | None:
    """The top-up that an order was for, once: when it is paid."""
    row = await tx.row(_CREDIT, of_order=order_id, at=at)
    return None if row is None else _top_up(row)


async def credited(tx: Writing, order_id: UUID) -> TopUp | None:
    """The top-up that a paid order was for."""
    row = await tx.row(_FIND, of_order=order_id)
    return None if row is None else _top_up(row)
