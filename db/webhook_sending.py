"""Webhooks on their way: events that come in, deliveries whose turn it is, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Uuid,
    all_,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)

from db.connection import Row, Writing
from db.metadata import UUIDS, given_rows, in_columns
from db.statements import prepared
from db.webhook_deliveries import EVENT_COLUMNS, PENDING, event_of, webhook_attempt, webhook_delivery, webhook_event
from db.webhook_endpoints import good_secrets, webhook_endpoint
from domain.records import record
from domain.webhook_events import WebhookEvent
from domain.webhooks import Due, Outcome, WebhookDeliveryState

_d, _e = webhook_delivery.c, webhook_event.c
_MOMENT = DateTime(timezone=True)
_NOW: Any = bindparam("now", type_=_MOMENT)


@record
class Told:
    """A delivery of an event to an endpoint that is to be made."""

    id: UUID
    endpoint_id: UUID
    event: WebhookEvent


_events = given_rows("events", EVENT_COLUMNS)
_ADD_EVENTS = insert(webhook_event).from_select([one.name for one in EVENT_COLUMNS], select(*_events.c))
_TOLD = (_d.id, _d.endpoint_id, _d.event_id, _d.aggregate_id, _d.sequence)
_TOLD_COLUMNS: tuple[Column[Any], ...] = (*_TOLD, Column("is_first", Boolean()))
_told = given_rows("told", _TOLD_COLUMNS)
_earlier = webhook_delivery.alias("earlier")


def _has_earlier(endpoint_id: Any, aggregate_id: Any, sequence: Any) -> Any:
    """Whether an earlier event of the aggregate is still on its way to the endpoint."""
    return exists().where(
        _earlier.c.endpoint_id == endpoint_id,
        _earlier.c.aggregate_id == aggregate_id,
        _earlier.c.state == PENDING,
        _earlier.c.sequence < sequence,
    )


_ADD = prepared(
    insert(webhook_delivery)
    .from_select(
        [*(one.name for one in _TOLD), "next_try_at", "created_at"],
        select(
            *(_told.c[one.name] for one in _TOLD),
            case(
                (
                    and_(
                        _told.c.is_first,
                        ~_has_earlier(_told.c.endpoint_id, _told.c.aggregate_id, _told.c.sequence),
                    ),
                    _NOW,
                )
            ),
            _NOW,
        ),
    )
    .add_cte(_ADD_EVENTS.cte("told_events"))
)
_due = (
    select(_d.id)
    .where(_d.endpoint_id == webhook_endpoint.c.id, _d.next_try_at <= _NOW)
    .order_by(_d.next_try_at, _d.sequence)
    .limit(bindparam("each"))
    .with_for_update(skip_locked=True)
    .lateral("due")
)
_claimed = (
    select(_due.c.id)
    .select_from(webhook_endpoint.join(_due, true()))
    .where(
        webhook_endpoint.c.state == "ACTIVE",
        webhook_endpoint.c.removed_at.is_(None),
        or_(webhook_endpoint.c.resting_until.is_(None), webhook_endpoint.c.resting_until <= _NOW),
        webhook_endpoint.c.id != all_(bindparam("busy", type_=UUIDS)),
    )
    .limit(bindparam("most"))
    .cte("claimed")
)
_CLAIM = prepared(
    update(webhook_delivery)
    .where(_d.id == _claimed.c.id, _e.id == _d.event_id, webhook_endpoint.c.id == _d.endpoint_id)
    .values(
        next_try_at=bindparam("again_at", type_=_MOMENT),
        attempts=_d.attempts + 1,
        first_tried_at=func.coalesce(_d.first_tried_at, _NOW),
    )
    .returning(
        _d.id,
        _d.endpoint_id,
        _d.attempts,
        _d.first_tried_at,
        webhook_endpoint.c.url,
        good_secrets(_NOW).label("secrets"),
        *EVENT_COLUMNS,
    )
)
_TEST = prepared(
    select(webhook_endpoint.c.url, good_secrets(_NOW).label("secrets")).where(
        webhook_endpoint.c.id == bindparam("id", type_=Uuid())
    )
)
_ADD_TEST = prepared(
    insert(webhook_delivery)
    .values(
        {one.name: bindparam(f"test_{one.name}", type_=one.type) for one in _TOLD}
        | {"attempts": 1, "first_tried_at": _NOW, "created_at": _NOW}
        | {"next_try_at": bindparam("again_at", type_=_MOMENT)}
    )
    .add_cte(_ADD_EVENTS.cte("told_events"))
)

_made = given_rows("made", tuple(webhook_attempt.c))
_OUTCOME = (_d.id, _d.state, _d.next_try_at, _d.attempts)
_outcome = given_rows("outcome", _OUTCOME)
_FINISH = prepared(
    update(webhook_delivery)
    .where(
        _d.id == _outcome.c.id,
        _d.state == PENDING,
        # A late failure says nothing about a delivery that was tried again since.
        or_(_outcome.c.state == "DELIVERED", _d.attempts == _outcome.c.attempts),
    )
    .values(
        state=_outcome.c.state,
        next_try_at=case((~_has_earlier(_d.endpoint_id, _d.aggregate_id, _d.sequence), _outcome.c.next_try_at)),
        finished_at=case((_outcome.c.state == "PENDING", null()), else_=_NOW),
    )
    .add_cte(
        insert(webhook_attempt).from_select([one.name for one in webhook_attempt.c], select(*_made.c)).cte("attempts")
    )
)
_over = webhook_delivery.alias("over")
_following = (
    select(_d.id)
    .where(
        _d.endpoint_id == _over.c.endpoint_id,
        _d.aggregate_id == _over.c.aggregate_id,
        _d.state == PENDING,
    )
    .order_by(_d.sequence)
    .limit(1)
    .lateral("following")
)
_next = (
    select(_following.c.id)
    .select_from(_over.join(_following, true()))
    .where(_over.c.id == any_(bindparam("delivery_ids", type_=UUIDS)))
    .subquery("next")
)
_LET_FOLLOW = prepared(
    update(webhook_delivery).where(_d.id == _next.c.id, _d.next_try_at.is_(None)).values(next_try_at=_NOW)
)


def _event_values(event: WebhookEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type.value,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
        "at": event.at,
        "data": event.data,
    }


def _told_values(told: Told) -> dict[str, Any]:
    event = told.event
    return {
        "id": told.id,
        "endpoint_id": told.endpoint_id,
        "event_id": event.id,
        "aggregate_id": event.aggregate_id,
        "sequence": event.sequence,
    }


def _event_arrays(events: Sequence[WebhookEvent]) -> dict[str, list[Any]]:
    return in_columns("events", EVENT_COLUMNS, [_event_values(one) for one in events])


async def add(tx: Writing, events: Sequence[WebhookEvent], told: Sequence[Told], at: datetime) -> None:
    """Keep events, in order, and let them be delivered. All endpoints are locked."""
    seen: set[tuple[UUID, UUID]] = set()
    rows = []
    for one in told:
        place = (one.endpoint_id, one.event.aggregate_id)
        rows.append(_told_values(one) | {"is_first": place not in seen})
        seen.add(place)
    await tx.execute(_ADD, now=at, **_event_arrays(events), **in_columns("told", _TOLD_COLUMNS, rows))


async def add_test(tx: Writing, told: Told, at: datetime, again_at: datetime) -> Due:
    """Keep a test of an endpoint as one that is being sent."""
    given = {f"test_{name}": value for name, value in _told_values(told).items()}
    await tx.execute(_ADD_TEST, now=at, again_at=again_at, **_event_arrays([told.event]), **given)
    row = await tx.row(_TEST, id=told.endpoint_id, now=at)
    assert row is not None, f"there is no endpoint {told.endpoint_id}"
    return Due(told.id, told.endpoint_id, row["url"], tuple(row["secrets"]), told.event, 1, at)


async def claim(
    tx: Writing, at: datetime, again_at: datetime, most: int, each: int, busy: Sequence[UUID] = ()
) -> list[Due]:
    """Deliveries whose turn it is, so many at most and so many of each endpoint; none of those that are busy.

    Their turn comes again at `again_at`, should this process die.
    """
    rows = await tx.rows(_CLAIM, now=at, again_at=again_at, most=most, each=each, busy=list(busy))
    return [_due_of(row) for row in rows]


def _due_of(row: Row) -> Due:
    return Due(
        row["id"],
        row["endpoint_id"],
        row["url"],
        tuple(row["secrets"]),
        event_of(row, 6),
        row["attempts"],
        row["first_tried_at"],
    )


async def finish(tx: Writing, done: Sequence[tuple[Due, Outcome]], at: datetime) -> None:
    """Keep what attempts made of deliveries; where one is over, the next of its aggregate has its turn.

    The endpoints are locked.
    """
    outcomes = [
        {
            "id": due.delivery_id,
            "state": one.state.value,
            "next_try_at": one.next_try_at,
            "attempts": due.attempts,
        }
        for due, one in done
    ]
    attempts = [_attempt_values(one) for _, one in done]
    arrays = in_columns("outcome", _OUTCOME, outcomes) | in_columns("made", tuple(webhook_attempt.c), attempts)
    await tx.execute(_FINISH, now=at, **arrays)
    over = [due.delivery_id for due, one in done if one.state is not WebhookDeliveryState.PENDING]
    if over:
        await tx.execute(_LET_FOLLOW, delivery_ids=over, now=at)


def _attempt_values(one: Outcome) -> dict[str, Any]:
    answer = one.attempt.answer
    return {
        "id": one.attempt.id,
        "delivery_id": one.attempt.delivery_id,
        "at": one.attempt.at,
        "status": answer.status,
        "failure": answer.failure.value if answer.failure else None,
        "response": answer.response,
        "duration_ms": answer.duration_ms,
    }
