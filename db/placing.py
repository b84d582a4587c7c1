"""Placing: what a batch of orders begins with, and all that it writes, in one statement each.

Placing an order is the one place where thousands write at once. Each further statement would be another exchange
while rows of stock are locked, so all slices write together: what is taken of limited things, orders, lines, who is
credited, what the outbox tells, and the answers to whoever asks again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import Column, Table, Text, and_, bindparam, column, func, insert, literal_column, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from db.attributions import assist, assists_as_rows, attribution
from db.attributions import values_of as attribution_values
from db.connection import Reading, Writing
from db.idempotency import idempotency_key
from db.metadata import json_rows
from db.order_rows import LINE_COLUMNS, ORDER_COLUMNS, line_values, order_values
from db.order_tables import order, order_line
from db.outbox import note, outbox
from db.promotion_editions import promotion_edition
from db.statements import Statement, prepared
from db.writes import Part, Write, write
from domain.attribution import Attribution
from domain.idempotency import Request
from domain.orders import Order
from domain.outages import Contended
from domain.records import record

_FACT_COLUMNS: tuple[Column[Any], ...] = tuple(
    outbox.c[n] for n in ("kind", "aggregate", "aggregate_id", "payload", "at", "relayed_at")
)
_ANSWER_COLUMNS: tuple[Column[Any], ...] = tuple(idempotency_key.c)
_LATER = (
    "paid_at", "cancelled_at", "cancel_reason", "refunded_minor", "asked_minor", "paid_minor", "shipped_at",
    "received_at", "completed_at", "version",
)  # fmt: skip
_PLACED_COLUMNS = tuple(one for one in ORDER_COLUMNS if one.name not in _LATER)
"""Without what the later life of an order fills in: its columns begin as a new order has them."""
_PARTS = {
    "orders": (order, _PLACED_COLUMNS),
    "lines": (order_line, LINE_COLUMNS),
    "credits": (attribution, tuple(attribution.c)),
    "assists": (assist, tuple(assist.c)),
    "facts": (outbox, _FACT_COLUMNS),
    "answers": (idempotency_key, _ANSWER_COLUMNS),
}


@record
class Kept:
    """What is kept of an order. `fact` is for the outbox, `answer` for whoever repeats the request."""

    order: Order
    credit: Attribution
    fact: dict[str, Any]
    request: Request
    answer: Any


def _opening() -> Statement:
    asked = (
        func.unnest(bindparam("owners", type_=ARRAY(Text())), bindparam("keys", type_=ARRAY(Text())))
        .table_valued(column("owner", Text()), column("key", Text()))
        .render_derived(name="asked")
    )
    known = and_(idempotency_key.c.owner == asked.c.owner, idempotency_key.c.key == asked.c.key)
    answered = select(*(idempotency_key.c[name] for name in _OF_ANSWER)).join(asked, known).subquery("answered")
    editions = select(select(promotion_edition.c.edition).scalar_subquery().label("edition")).subquery("editions")
    return prepared(select(editions.c.edition, *answered.c).select_from(editions.outerjoin(answered, true())))


_OF_ANSWER = ("owner", "key", "fingerprint", "answer")
_OPENING = _opening()


async def opening(
    reading: Reading, requests: Sequence[Request]
) -> tuple[UUID | None, dict[tuple[str, str], tuple[str, Any]]]:
    """What a batch begins with: the edition of prices that is in force, and which of its requests were answered before.

    By owner and key the fingerprint and the answer of each.
    """
    rows = await reading.rows(_OPENING, owners=[one.owner for one in requests], keys=[one.key for one in requests])
    answered = {(owner, key): (fingerprint, answer) for _, owner, key, fingerprint, answer in rows if owner is not None}
    return rows[0]["edition"], answered


def _part(name: str, table: Table, columns: Sequence[Column[Any]]) -> Part:
    added = insert(table).from_select([one.name for one in columns], select(*json_rows(name, columns).c))
    return Part(name, added.returning(literal_column("1").label("one")).cte(f"kept_{name}"))


_KEPT = {name: _part(name, table, columns) for name, (table, columns) in _PARTS.items()}


async def keep(tx: Writing, taken: Iterable[Write], placed: Sequence[Kept]) -> None:
    """Keep orders with all that belongs to them and what they take of all kinds of limited things, in one statement.

    Raises:
        Contended: a guard did not hold, or a key was taken meanwhile: the seat of a group, or of a request that another
            process answered.
    """
    rows = {
        "orders": [order_values(one.order) for one in placed],
        "lines": [line_values(one.order.id, i, line) for one in placed for i, line in enumerate(one.order.lines)],
        "credits": [attribution_values(one.credit) for one in placed],
        "assists": [row for one in placed for row in assists_as_rows(one.credit)],
        "facts": [_fact(tx, one) for one in placed],
        "answers": [_answer(one) for one in placed],
    }
    try:
        is_kept = await write(tx, [*taken, *(Write.of(_KEPT[name], part) for name, part in rows.items())])
    except asyncpg.UniqueViolationError as violation:
        raise Contended from violation
    if not is_kept:
        raise Contended


def _fact(tx: Writing, one: Kept) -> dict[str, Any]:
    return {
        "kind": "OrderPlaced",
        "aggregate": "order",
        "aggregate_id": one.order.id,
        "payload": one.fact,
        "at": one.order.placed_at,
        "relayed_at": note(tx, one.fact, one.order.placed_at),
    }


def _answer(one: Kept) -> dict[str, Any]:
    return {
        "owner": one.request.owner,
        "key": one.request.key,
        "fingerprint": one.request.fingerprint,
        "answer": one.answer,
        "created_at": one.order.placed_at,
    }
