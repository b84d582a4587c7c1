"""Payments of orders, and what providers told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

import db.orders
from db.connection import Reading, Row, Writing, by_key
from db.forgetting import forgetting
from db.metadata import UUIDS, amount, count, key, metadata, moment, one_of, refers_to, words
from db.order_rows import ORDER_COLUMNS
from db.order_tables import order
from db.statements import prepared
from domain.gateways import JsapiParameters, Provider
from domain.money import Money
from domain.orders import Order
from domain.payloads import plain, reader_of
from domain.payments import PayBy, Payment, PaymentState
from domain.refunds import MOST_REFUNDS

_UNSETTLED = "payment.state IN ('UNKNOWN', 'PENDING', 'CLOSING')"
"""Whose providers are asked."""

payment = Table(
    "payment",
    metadata,
    key(),
    refers_to("order", "order_id", index=True),
    *one_of("provider", Provider),
    *one_of("pay_by", PayBy, default=PayBy.SANDBOX),
    *one_of("state", PaymentState),
    amount("amount_minor"),
    words("currency"),
    Column("refunded_minor", BigInteger(), nullable=False, server_default=text("0")),
    count("refunds"),
    words("provider_reference", optional=True),
    words("confirm_url", optional=True),
    words("code_url", optional=True),
    Column("jsapi", JSONB()),
    Column("gift_card_id", Uuid()),
    moment("created_at"),
    moment("paid_at", optional=True),
    moment("check_at", optional=True),
    CheckConstraint("amount_minor > 0", name="amount_is_positive"),
    CheckConstraint("refunded_minor BETWEEN 0 AND amount_minor", name="no_more_is_refunded_than_was_paid"),
    CheckConstraint(f"refunds BETWEEN 0 AND {MOST_REFUNDS}", name="refunds_are_bounded"),
    CheckConstraint("refunded_minor = 0 OR state IN ('PAID', 'REFUND_DUE')", name="only_what_was_paid_is_refunded"),
    Index("uq_payment_provider_reference", "provider", "provider_reference", unique=True),
    Index("ix_payment_unsettled", "check_at", postgresql_where=text(_UNSETTLED)),
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

_COLUMNS = (
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
    payment.c.pay_by,
    payment.c.code_url,
    payment.c.jsapi,
    payment.c.gift_card_id,
    payment.c.refunded_minor,
    payment.c.refunds,
)
_PAYMENTS = select(*_COLUMNS)
_JSAPI = reader_of(JsapiParameters)


def _payment(row: Row) -> Payment:
    currency, jsapi = row["currency"], row["jsapi"]
    return Payment(
        row["id"],
        row["order_id"],
        Provider(row["provider"]),
        PaymentState(row["state"]),
        Money(row["amount_minor"], currency),
        row["provider_reference"],
        row["confirm_url"],
        row["created_at"],
        row["paid_at"],
        PayBy(row["pay_by"]),
        row["code_url"],
        None if jsapi is None else _JSAPI(jsapi),
        row["gift_card_id"],
        Money(row["refunded_minor"], currency),
        row["refunds"],
    )


def _values(one: Payment, check_at: datetime | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "order_id": one.order_id,
        "provider": one.provider.value,
        "pay_by": one.by.value,
        "state": one.state.value,
        "amount_minor": one.amount.minor,
        "currency": one.amount.currency,
        "refunded_minor": one.refunded.minor,
        "refunds": one.refunds,
        "provider_reference": one.provider_reference,
        "confirm_url": one.confirm_url,
        "code_url": one.code_url,
        "jsapi": None if one.jsapi is None else plain(one.jsapi),
        "gift_card_id": one.gift_card_id,
        "created_at": one.created_at,
        "paid_at": one.paid_at,
        "check_at": check_at,
    }


_ADD = prepared(insert(payment).values({one.name: bindparam(one.name, type_=one.type) for one in payment.c}))
_LOCK_ORDER = db.orders.locking(
    order.c.id
    == select(payment.c.order_id).where(payment.c.id == bindparam("payment_id", type_=Uuid())).scalar_subquery()
)
_PREFIX = "of_payment_"
_LOCK_BOTH = prepared(
    select(*ORDER_COLUMNS, *(one.label(_PREFIX + one.name) for one in _COLUMNS))
    .select_from(order.join(payment, payment.c.order_id == order.c.id))
    .where(payment.c.id == bindparam("payment_id", type_=Uuid()))
    .with_for_update(key_share=True, of=[order, payment])
)
_BY_ID = prepared(_PAYMENTS.where(payment.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_ORDERS = prepared(
    _PAYMENTS.where(payment.c.order_id == any_(bindparam("order_ids", type_=UUIDS))).order_by(
        payment.c.order_id, payment.c.id
    )
)
_LOCK_ALL = prepared(
    _PAYMENTS.where(payment.c.order_id == bindparam("order_id", type_=Uuid()))
    .order_by(payment.c.id)
    .with_for_update(key_share=True)
)
_MUTABLE = (
    "state", "refunded_minor", "refunds", "provider_reference", "confirm_url", "code_url", "jsapi", "paid_at",
    "check_at",
)  # fmt: skip
_PREPARED = ("confirm_url", "code_url", "jsapi")
_SAVE_ONE = (
    update(payment)
    .where(payment.c.id == bindparam("of_payment", type_=Uuid()))
    .values({name: bindparam(f"payment_{name}", type_=payment.c[name].type) for name in _MUTABLE})
)
_SAVE = prepared(_SAVE_ONE)
_NOTE_ONE = (
    insert(payment_notification)
    .values(
        provider=bindparam("by_provider", type_=Text()),
        notification=bindparam("notification", type_=Text()),
        at=bindparam("noted_at", type_=payment_notification.c.at.type),
    )
    .on_conflict_do_nothing()
)
_NOTE = prepared(_NOTE_ONE)
SAVING_TOLD = (_SAVE_ONE.cte("payment_saved"), _NOTE_ONE.cte("noted"))
"""Parts of a statement that keep a payment as its provider told, and that it did; `changes_told` are their values."""
_SAVE_TOLD = prepared(_SAVE_ONE.add_cte(SAVING_TOLD[1]))
_NOTE_PREPARED = prepared(
    update(payment)
    .where(payment.c.id == bindparam("of_payment", type_=Uuid()))
    .values(
        state=case((payment.c.state == "UNKNOWN", "PENDING"), else_=payment.c.state),
        **{
            name: bindparam(f"payment_{name}", type_=payment.c[name].type)
            for name in ("confirm_url", "code_url", "jsapi")
        },
    )
)
_NOTE_CLOSED = prepared(
    update(payment)
    .where(payment.c.id == bindparam("of_payment", type_=Uuid()), payment.c.state == "CLOSING")
    .values(state="CLOSED", check_at=null())
)
_FORGET_NOTIFICATIONS = forgetting(payment_notification, payment_notification.c.at)
_DUE = (
    select(payment.c.id)
    .where(text(_UNSETTLED), payment.c.check_at <= bindparam("now"))
    .order_by(payment.c.check_at)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
    .cte("due")
)
_CLAIM_DUE = prepared(
    update(payment)
    .where(payment.c.id == _DUE.c.id)
    .values(check_at=bindparam("again_at", type_=payment.c.check_at.type))
    .returning(*_COLUMNS)
)


async def add(tx: Writing, new: Payment, check_at: datetime | None = None) -> None:
    """Keep a new payment of a locked order; its provider is asked about it from `check_at` on."""
    await tx.execute(_ADD, **_values(new, check_at))


async def lock_order_of(tx: Writing, payment_id: UUID) -> Order | None:
    """The order of a payment, locked: whoever changes a payment holds its order."""
    return await db.orders.lock_by(tx, _LOCK_ORDER, payment_id=payment_id)


async def lock_with_order(tx: Writing, payment_id: UUID) -> tuple[Order, Payment] | None:
    """A payment and its order, both locked, the order first."""
    row = await tx.row(_LOCK_BOTH, payment_id=payment_id)
    if row is None:
        return None
    payment_row = {name.removeprefix(_PREFIX): value for name, value in row.items() if name.startswith(_PREFIX)}
    return await db.orders.order_of(tx, row), _payment(payment_row)


async def find(reading: Reading, payment_id: UUID) -> Payment | None:
    return (await payments_by_id(reading, [payment_id])).get(payment_id)


async def payments_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Payment]:
    return {row["id"]: _payment(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def payments_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[Payment]]:
    """The payments of orders, the oldest first."""
    return by_key(await reading.rows(_OF_ORDERS, order_ids=list(order_ids)), "order_id", _payment)


async def lock_all(tx: Writing, order_id: UUID) -> list[Payment]:
    """The payments of a locked order, the oldest first."""
    return [_payment(row) for row in await tx.rows(_LOCK_ALL, order_id=order_id)]


async def save(tx: Writing, changed: Payment, check_at: datetime | None = None) -> None:
    """Keep a payment of a locked order as it is now."""
    await tx.execute(_SAVE, **_changed(changed, check_at))


async def save_all(tx: Writing, changed: Sequence[Payment], check_at: datetime | None = None) -> None:
    await tx.execute_many(_SAVE, [_changed(one, check_at) for one in changed])


async def save_told(tx: Writing, changed: Payment, message: str, at: datetime) -> None:
    """Keep a payment as its provider told that it is now, and that this was told."""
    await tx.execute(_SAVE_TOLD, **changes_told(changed, message, at))


def changes_told(changed: Payment, message: str, at: datetime) -> dict[str, Any]:
    """The values of `SAVING_TOLD`."""
    provider = changed.provider.value
    return {**_changed(changed, None), "by_provider": provider, "notification": message, "noted_at": at}


def _changed(one: Payment, check_at: datetime | None) -> dict[str, Any]:
    values = _values(one, check_at)
    return {"of_payment": one.id, **{f"payment_{name}": values[name] for name in _MUTABLE}}


async def note_prepared(tx: Writing, ready: Payment) -> None:
    """Remember what the payer's client needs; whatever else happened to the payment meanwhile stays."""
    values = _values(ready, None)
    await tx.execute(
        _NOTE_PREPARED,
        of_payment=ready.id,
        **{f"payment_{name}": values[name] for name in _PREPARED},
    )


async def note_closed(tx: Writing, payment_id: UUID) -> None:
    """The provider takes no money for it any more; unless it told before that it did."""
    await tx.execute(_NOTE_CLOSED, of_payment=payment_id)


async def claim_due(tx: Writing, now: datetime, again_after: timedelta, most: int) -> list[Payment]:
    """Payments whose providers are to be asked now, each by one process alone, unless it dies with them."""
    return [_payment(row) for row in await tx.rows(_CLAIM_DUE, now=now, again_at=now + again_after, most=most)]


async def note_notification(tx: Writing, provider: Provider, notification: str, at: datetime) -> bool:
    """Remember a notification; False when it came before."""
    return bool(await tx.execute(_NOTE, by_provider=provider.value, notification=notification, noted_at=at))


async def forget_notifications(tx: Writing, before: datetime) -> int:
    """Forget notifications from before a time, some thousand at once; returns how many, 0 when none is left."""
    return await tx.execute(_FORGET_NOTIFICATIONS, before=before)
