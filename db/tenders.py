"""Tenders: what payments hold of gift cards and balances, captured or released once, and how much was refunded."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Table,
    Text,
    Uuid,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Row, Writing
from db.metadata import amount, metadata, one_of, refers_to, words
from db.statements import prepared
from domain.money import Money
from domain.tenders import Hold, HoldState, TenderKind

tender_hold = Table(
    "tender_hold",
    metadata,
    Column("payment_id", Uuid(), primary_key=True),
    *one_of("kind", TenderKind),
    refers_to("member", "member_id"),
    Column("card_id", Uuid(), ForeignKey("gift_card.id"), index=True),
    amount("amount_minor"),
    words("currency"),
    Column("bonus_minor", BigInteger(), nullable=False, server_default=text("0")),
    Column("refunded_minor", BigInteger(), nullable=False, server_default=text("0")),
    *one_of("state", HoldState),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("bonus_minor BETWEEN 0 AND amount_minor", name="bonus_is_a_part"),
    CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="no_more_comes_back_than_was_taken"),
    CheckConstraint("refunded_minor = 0 OR state = 'CAPTURED'", name="only_what_was_captured_comes_back"),
    CheckConstraint("(kind = 'GIFT_CARD') = (card_id IS NOT NULL)", name="a_card_or_a_balance"),
)

_COLUMNS = tuple(
    tender_hold.c[name]
    for name in (
        "payment_id", "kind", "member_id", "card_id", "amount_minor", "currency", "bonus_minor", "refunded_minor",
    )
)  # fmt: skip
_of_payment = tender_hold.c.payment_id == bindparam("of_payment", type_=Uuid())
_ADD = prepared(
    insert(tender_hold).values(
        {c.name: bindparam(c.name, type_=c.type) for c in tender_hold.c if c.name != "refunded_minor"}
    )
)
_MOVE = prepared(
    update(tender_hold)
    .where(_of_payment, tender_hold.c.state == "HELD")
    .values(state=bindparam("to_state", type_=Text()))
    .returning(*_COLUMNS)
)
_LOCK = prepared(
    select(*_COLUMNS).where(_of_payment, tender_hold.c.state == "CAPTURED").with_for_update(key_share=True)
)
_REFUND = prepared(
    update(tender_hold)
    .where(_of_payment)
    .values(refunded_minor=tender_hold.c.refunded_minor + bindparam("more", type_=BigInteger()))
)


def _hold(row: Row) -> Hold:
    payment_id, kind, member_id, card_id, minor, currency, bonus, refunded = row
    return Hold(payment_id, TenderKind(kind), member_id, card_id, Money(minor, currency), bonus, refunded)


async def add(tx: Writing, hold: Hold) -> None:
    """Note what a payment holds."""
    await tx.execute(
        _ADD,
        payment_id=hold.payment_id,
        kind=hold.kind.value,
        member_id=hold.member_id,
        card_id=hold.card_id,
        amount_minor=hold.amount.minor,
        currency=hold.amount.currency,
        bonus_minor=hold.bonus_minor,
        state=HoldState.HELD.value,
    )


async def capture(tx: Writing, payment_id: UUID) -> Hold | None:
    """Keep what is held for good; None when it is not held any more."""
    row = await tx.row(_MOVE, of_payment=payment_id, to_state=HoldState.CAPTURED.value)
    return None if row is None else _hold(row)


async def release(tx: Writing, payment_id: UUID) -> Hold | None:
    """Let go of what is held; None when it is not held any more."""
    row = await tx.row(_MOVE, of_payment=payment_id, to_state=HoldState.RELEASED.value)
    return None if row is None else _hold(row)


async def lock_captured(tx: Writing, payment_id: UUID) -> Hold | None:
    """What was captured, kept from other refunds until the transaction ends."""
    row = await tx.row(_LOCK, of_payment=payment_id)
    return None if row is None else _hold(row)


async def count_refund(tx: Writing, payment_id: UUID, minor: int) -> None:
    """Count what comes back; a constraint holds the sum to what was taken."""
    await tx.execute(_REFUND, of_payment=payment_id, more=minor)
