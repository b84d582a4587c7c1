"""Webhooks sent again: what is lined up anew, what is replayed, and what is forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Writing
from db.forgetting import forgetting
from db.metadata import UUIDS, given_rows, in_columns
from db.statements import prepared
from db.webhook_deliveries import PENDING, webhook_delivery, webhook_event
from domain.records import record
from domain.webhook_events import WebhookEventType

_d, _e = webhook_delivery.c, webhook_event.c
_MOMENT = DateTime(timezone=True)
_NOW: Any = bindparam("now", type_=_MOMENT)
_ENDPOINT_IDS = any_(bindparam("endpoint_ids", type_=UUIDS))
_TOLD = (_d.id, _d.endpoint_id, _d.event_id, _d.aggregate_id, _d.sequence)


@record
class Kept:
    """What is needed of an event to deliver it again."""

    id: UUID
    aggregate_id: UUID
    sequence: int


_lined_up = (
    select(
        _d.id,
        func.row_number()
        .over(partition_by=(_d.endpoint_id, _d.aggregate_id), order_by=(_d.sequence, _d.id))
        .label("place"),
    )
    .where(_d.endpoint_id == _ENDPOINT_IDS, _d.state == PENDING)
    .subquery("lined_up")
)
_LINE_UP = prepared(
    update(webhook_delivery)
    .where(
        _d.id == _lined_up.c.id,
        (_lined_up.c.place == 1) != _d.next_try_at.is_not(None),
    )
    .values(next_try_at=case((_lined_up.c.place == 1, _NOW)))
)
_BEGIN_ANEW = prepared(
    update(webhook_delivery)
    .where(_d.endpoint_id == _ENDPOINT_IDS, _d.state == PENDING)
    .values(attempts=0, first_tried_at=null(), next_try_at=null())
)

_SINCE: Any = bindparam("since", type_=_MOMENT)
_later = and_(_e.id > bindparam("after", type_=Uuid()), or_(_SINCE.is_(None), _e.at >= _SINCE))
_CANDIDATES = (
    select(_e.id, _e.aggregate_id, _e.sequence)
    .where(_later, _e.type == any_(bindparam("types", type_=ARRAY(Text()))))
    .order_by(_e.id)
    .limit(bindparam("most"))
)
_TO_REPLAY = {
    False: prepared(_CANDIDATES),
    True: prepared(
        select(_e.id, _e.aggregate_id, _e.sequence)
        .select_from(webhook_event.join(webhook_delivery, _d.event_id == _e.id))
        .where(_later, _d.endpoint_id == bindparam("endpoint_id", type_=Uuid()), _d.state == "DEAD")
        .order_by(_e.id)
        .limit(bindparam("most"))
    ),
}
_again = given_rows("again", _TOLD)
_put_again = insert(webhook_delivery).from_select([*(one.name for one in _TOLD), "created_at"], select(*_again.c, _NOW))
_REPLAY = prepared(
    _put_again.on_conflict_do_update(
        index_elements=["endpoint_id", "event_id"],
        set_={
            "state": "PENDING",
            "attempts": 0,
            "first_tried_at": null(),
            "next_try_at": null(),
            "finished_at": null(),
        },
        where=_d.state != PENDING,
    )
)
_GIVE_UP = prepared(
    update(webhook_delivery)
    .where(_d.state == PENDING, _d.created_at < bindparam("before", type_=_MOMENT))
    .values(state="DEAD", next_try_at=null(), finished_at=_NOW)
)
_FORGET = forgetting(webhook_event, _e.at, ~exists().where(_d.event_id == _e.id, _d.state == PENDING))


async def begin_anew(tx: Writing, endpoint_id: UUID, at: datetime) -> None:
    """Let all that is pending for a locked endpoint be tried as if it never was, at once."""
    await tx.execute(_BEGIN_ANEW, endpoint_ids=[endpoint_id])
    await tx.execute(_LINE_UP, endpoint_ids=[endpoint_id], now=at)


async def to_replay(
    tx: Writing,
    endpoint_id: UUID,
    types: Sequence[WebhookEventType],
    after: UUID,
    since: datetime | None,
    most: int,
    *,
    dead_only: bool,
) -> list[Kept]:
    """Events that are kept, behind one of them and not from before a time, the oldest first."""
    wanted = [one.value for one in types]
    rows = await tx.rows(
        _TO_REPLAY[dead_only], endpoint_id=endpoint_id, types=wanted, after=after, since=since, most=most
    )
    return [Kept(*row) for row in rows]


async def replay(tx: Writing, endpoint_id: UUID, events: Sequence[tuple[UUID, Kept]], at: datetime) -> None:
    """Deliver events to a locked endpoint again, or for the first time by the ids that are given."""
    rows = [
        {
            "id": id_,
            "endpoint_id": endpoint_id,
            "event_id": one.id,
            "aggregate_id": one.aggregate_id,
            "sequence": one.sequence,
        }
        for id_, one in events
    ]
    await tx.execute(_REPLAY, now=at, **in_columns("again", _TOLD, rows))
    await tx.execute(_LINE_UP, endpoint_ids=[endpoint_id], now=at)


async def forget(tx: Writing, before: datetime, at: datetime, endpoint_ids: Sequence[UUID]) -> int:
    """Forget events from before a time with all that was sent of them, some thousand at once; returns how many.

    What nobody took until then never arrives. The endpoints are locked.
    """
    if await tx.execute(_GIVE_UP, before=before, now=at):
        await tx.execute(_LINE_UP, endpoint_ids=list(endpoint_ids), now=at)
    return await tx.execute(_FORGET, before=before)
