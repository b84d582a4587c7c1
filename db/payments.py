"""Payments: one open attempt for each order, and what providers told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    bindparam,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.forgetting import forgetting
from db.metadata import amount, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.gateways import Provider
from domain.money import Money
from domain.payments import Payment, PaymentState

payment = Table(
    "payment",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    *one_of("provider", Provider),
    *one_of("state", PaymentState),
    amount("amount_minor"),
    words("currency"),
    Column("provider_reference", Text()),
    Column("confirm_url", Text()),
    moment("created_at"),
    moment("paid_at", optional=True),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    Index("uq_payment_provider_reference", "provider", "provider_reference", unique=True),
    Index("uq_payment_pending", "order_id", unique=True, postgresql_where=text("state = 'PENDING'")),
)

payment_notification = Table(
    "payment_notification",
    metadata,
    words("provider"),
    words("notification"),
    moment("at"),
    PrimaryKeyConstraint("provider", "notification"),
    Index("ix_payment_notification_at", "at", postgresql_using="brin"),
)

_PAYMENTS = select(
    payment.c.id,
    payment.c.order_id,
    payment.c.provider,
    payment.c.state,
    payment.c.amount_minor,
    payment.c.currency,
    payment.c.provider_reference,
    payment.c.confirm_url,
    payment.c.created_at,
    payment.c.paid_at,
)


def _payment(row: Row) -> Payment:
    return Payment(
        row["id"],
        row["order_id"],
        Provider(row["provider"]),
        PaymentState(row["state"]),
        Money(row["amount_minor"], row["currency"]),
        *row[6:],
    )


_OPEN = prepared(
    insert(payment)
    .values(
        id=bindparam("id"),
        order_id=bindparam("order_id"),
        provider=bindparam("provider"),
        state="PENDING",
        amount_minor=bindparam("amount_minor"),
        currency=bindparam("currency"),
        created_at=bindparam("created_at"),
    )
    .on_conflict_do_nothing()
)
_PENDING = prepared(
    _PAYMENTS.where(payment.c.order_id == bindparam("order_id", type_=Uuid()), payment.c.state == "PENDING")
)
_LOCK = prepared(_PAYMENTS.where(payment.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_BY_ID = prepared(_PAYMENTS.where(payment.c.id == bindparam("id", type_=Uuid())))
_SAVE = prepared(
    update(payment)
    .where(payment.c.id == bindparam("of_payment", type_=Uuid()))
    .values(
        state=bindparam("to_state", type_=Text()),
        provider_reference=bindparam("reference", type_=Text()),
        confirm_url=bindparam("url", type_=Text()),
        paid_at=bindparam("at_paid", type_=payment.c.paid_at.type),
    )
)
_NOTE = prepared(
    insert(payment_notification)
    .values(provider=bindparam("provider"), notification=bindparam("notification"), at=bindparam("at"))
    .on_conflict_do_nothing()
)
_FORGET_NOTIFICATIONS = forgetting(payment_notification, payment_notification.c.at)


_NOTE_ADDRESS = prepared(
    update(payment)
    .where(payment.c.id == bindparam("of_payment", type_=Uuid()))
    .values(confirm_url=bindparam("url", type_=Text()))
)


async def note_address(tx: Writing, prepared_payment: Payment) -> None:
    """Remember where the payer confirms; whatever else happened to the payment meanwhile stays."""
    await tx.execute(_NOTE_ADDRESS, of_payment=prepared_payment.id, url=prepared_payment.confirm_url)


async def open_payment(tx: Writing, new: Payment) -> Payment:
    """Begin to have an order paid, or find the attempt that is open already."""
    await tx.execute(
        _OPEN,
        id=new.id,
        order_id=new.order_id,
        provider=new.provider.value,
        amount_minor=new.amount.minor,
        currency=new.amount.currency,
        created_at=new.created_at,
    )
    return _payment(await tx.row(_PENDING, order_id=new.order_id))


async def find(reading: Reading, payment_id: UUID) -> Payment | None:
    row = await reading.row(_BY_ID, id=payment_id)
    return None if row is None else _payment(row)


async def lock(tx: Writing, payment_id: UUID) -> Payment | None:
    """Find a payment and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=payment_id)
    return None if row is None else _payment(row)


async def save(tx: Writing, changed: Payment) -> None:
    await tx.execute(
        _SAVE,
        of_payment=changed.id,
        to_state=changed.state.value,
        reference=changed.provider_reference,
        url=changed.confirm_url,
        at_paid=changed.paid_at,
    )


async def note_notification(tx: Writing, provider: Provider, notification: str, at: datetime) -> bool:
    """Remember a notification; False when it came before."""
    return bool(await tx.execute(_NOTE, provider=provider.value, notification=notification, at=at))


async def forget_notifications(tx: Writing, before: datetime) -> int:
    """Forget notifications from before a time, some thousand at once; returns how many, 0 when none is left."""
    return await tx.execute(_FORGET_NOTIFICATIONS, before=before)
