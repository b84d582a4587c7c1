"""What other systems are told: events, their deliveries to endpoints, and each attempt.

Of the pending deliveries of one aggregate to one endpoint the first alone has a `next_try_at`: it is its turn. Whoever
changes which is the first holds the lock of the endpoint.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Select,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.connection import Reading, Row, by_key
from db.metadata import UUIDS, count, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.sublists import Sublist
from domain.pages import Page, PageRequest
from domain.webhook_events import WebhookEvent, WebhookEventType
from domain.webhooks import Answer, Attempt, Delivery, WebhookDeliveryState, WebhookFailure

MOST_ATTEMPTS_SHOWN = 50
PENDING: ColumnElement[str] = literal_column("'PENDING'")
"""As partial indexes have it: they are not used for a parameter."""

webhook_event = Table(
    "webhook_event",
    metadata,
    key(),
    words("type"),
    Column("aggregate_id", Uuid(), nullable=False),
    Column("sequence", BigInteger(), nullable=False),
    moment("at"),
    Column("data", JSONB(), nullable=False),
    Index("ix_webhook_event_at", "at", postgresql_using="brin"),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    key(),
    refers_to("webhook_endpoint", "endpoint_id"),
    Column("event_id", Uuid(), ForeignKey("webhook_event.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("aggregate_id", Uuid(), nullable=False),
    Column("sequence", BigInteger(), nullable=False),
    *one_of("state", WebhookDeliveryState, default=WebhookDeliveryState.PENDING),
    count("attempts"),
    moment("first_tried_at", optional=True),
    moment("next_try_at", optional=True),
    moment("created_at"),
    moment("finished_at", optional=True),
    UniqueConstraint("endpoint_id", "event_id"),
    CheckConstraint("(state = 'PENDING') = (finished_at IS NULL)", name="final_has_a_time"),
    CheckConstraint("state = 'PENDING' OR next_try_at IS NULL", name="final_is_not_tried"),
    CheckConstraint("attempts >= 0", name="attempts_are_counted"),
    Index("ix_webhook_delivery_due", "endpoint_id", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
    Index(
        "ix_webhook_delivery_pending",
        "endpoint_id",
        "aggregate_id",
        "sequence",
        postgresql_where=text("state = 'PENDING'"),
    ),
    Index(None, "endpoint_id", "id"),
    Index(None, "endpoint_id", "state", "id"),
)

webhook_attempt = Table(
    "webhook_attempt",
    metadata,
    key(),
    Column("delivery_id", Uuid(), ForeignKey("webhook_delivery.id", ondelete="CASCADE"), nullable=False),
    moment("at"),
    Column("status", Integer()),
    *one_of("failure", WebhookFailure, optional=True),
    words("response"),
    Column("duration_ms", Integer(), nullable=False),
    Index(None, "delivery_id", "id"),
)

EVENT_COLUMNS = (
    webhook_event.c.id,
    webhook_event.c.type,
    webhook_event.c.aggregate_id,
    webhook_event.c.sequence,
    webhook_event.c.at,
    webhook_event.c.data,
)
_DELIVERIES = select(
    webhook_delivery.c.id,
    webhook_delivery.c.endpoint_id,
    webhook_delivery.c.event_id,
    webhook_delivery.c.state,
    webhook_delivery.c.attempts,
    webhook_delivery.c.next_try_at,
    webhook_delivery.c.created_at,
    webhook_delivery.c.finished_at,
)
_EVENTS = prepared(select(*EVENT_COLUMNS).where(webhook_event.c.id == any_(bindparam("ids", type_=UUIDS))))
_BY_ID = prepared(_DELIVERIES.where(webhook_delivery.c.id == any_(bindparam("ids", type_=UUIDS))))
_given = (
    func.unnest(bindparam("delivery_ids", type_=UUIDS))
    .table_valued(Column("delivery_id", Uuid()))
    .render_derived(name="given")
)
_latest = (
    select(webhook_attempt)
    .where(webhook_attempt.c.delivery_id == _given.c.delivery_id)
    .order_by(webhook_attempt.c.id.desc())
    .limit(MOST_ATTEMPTS_SHOWN)
    .lateral("latest")
)
_ATTEMPTS = prepared(
    select(
        _latest.c.id,
        _latest.c.delivery_id,
        _latest.c.at,
        _latest.c.status,
        _latest.c.failure,
        _latest.c.response,
        _latest.c.duration_ms,
    )
    .select_from(_given.join(_latest, true()))
    .order_by(_latest.c.delivery_id, _latest.c.id)
)


def event_of(row: Row, first: int = 0) -> WebhookEvent:
    """The event of a row that has its columns from a position on."""
    id_, kind, aggregate_id, sequence, at, data = row[first : first + len(EVENT_COLUMNS)]
    return WebhookEvent(id_, WebhookEventType(kind), aggregate_id, sequence, at, data)


def _delivery(row: Row) -> Delivery:
    return Delivery(
        row["id"],
        row["endpoint_id"],
        row["event_id"],
        WebhookDeliveryState(row["state"]),
        row["attempts"],
        row["next_try_at"],
        row["created_at"],
        row["finished_at"],
    )


def _attempt(row: Row) -> Attempt:
    failure = WebhookFailure(row["failure"]) if row["failure"] else None
    answer = Answer(row["status"], failure, row["response"], row["duration_ms"])
    return Attempt(row["id"], row["delivery_id"], row["at"], answer)


def _sublist(query: Select[Any]) -> Sublist[Delivery]:
    return Sublist(query, _delivery, parent=webhook_delivery.c.endpoint_id, id=webhook_delivery.c.id, descending=True)


_OF_STATES = webhook_delivery.c.state == any_(bindparam("states", type_=ARRAY(Text())))
_OF_TYPES = webhook_delivery.c.event_id.in_(
    select(webhook_event.c.id).where(
        webhook_event.c.id == webhook_delivery.c.event_id,
        webhook_event.c.type == any_(bindparam("types", type_=ARRAY(Text()))),
    )
)
_LISTS = {
    (False, False): _sublist(_DELIVERIES),
    (True, False): _sublist(_DELIVERIES.where(_OF_STATES)),
    (False, True): _sublist(_DELIVERIES.where(_OF_TYPES)),
    (True, True): _sublist(_DELIVERIES.where(_OF_STATES, _OF_TYPES)),
}


async def deliveries_of(
    reading: Reading,
    endpoint_ids: Sequence[UUID],
    request: PageRequest,
    states: Sequence[WebhookDeliveryState] | None = None,
    types: Sequence[WebhookEventType] | None = None,
) -> list[Page[Delivery]]:
    """A page for each endpoint, the newest first, of some states and types where these are given."""
    values: dict[str, Any] = {}
    if states is not None:
        values["states"] = [one.value for one in states]
    if types is not None:
        values["types"] = [one.value for one in types]
    return await _LISTS[states is not None, types is not None].pages(reading, endpoint_ids, request, **values)


async def deliveries_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Delivery]:
    return {row["id"]: _delivery(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def events_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, WebhookEvent]:
    return {row["id"]: event_of(row) for row in await reading.rows(_EVENTS, ids=list(ids))}


async def attempts_of(reading: Reading, delivery_ids: Sequence[UUID]) -> dict[UUID, list[Attempt]]:
    """The last 50 attempts of each delivery, the first first."""
    return by_key(await reading.rows(_ATTEMPTS, delivery_ids=list(delivery_ids)), "delivery_id", _attempt)
