"""Webhook endpoints: their table, and how they are kept and read. Secrets are read only for sending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    insert,
    null,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, array

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.metadata import UUIDS, count, given_rows, in_columns, key, metadata, moment, one_of, words
from db.statements import prepared
from domain.pages import Page, PageRequest
from domain.webhook_events import WebhookEventType
from domain.webhooks import WebhookEndpoint, WebhookEndpointState, WebhookPauseReason

webhook_endpoint = Table(
    "webhook_endpoint",
    metadata,
    key(),
    words("url"),
    Column("types", ARRAY(Text()), nullable=False),
    words("description"),
    *one_of("state", WebhookEndpointState),
    *one_of("pause_reason", WebhookPauseReason, optional=True),
    moment("paused_at", optional=True),
    moment("failing_since", optional=True),
    count("failures"),
    moment("resting_until", optional=True),
    words("secret"),
    words("old_secret", optional=True),
    moment("old_secret_until", optional=True),
    moment("created_at"),
    moment("removed_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("(state = 'PAUSED') = (pause_reason IS NOT NULL)", name="pause_has_a_reason"),
    CheckConstraint("(old_secret IS NULL) = (old_secret_until IS NULL)", name="old_secret_has_an_end"),
    CheckConstraint("cardinality(types) > 0", name="types_are_some"),
    CheckConstraint("failures >= 0", name="failures_are_counted"),
)

_c = webhook_endpoint.c
_ENDPOINTS = select(
    _c.id,
    _c.url,
    _c.types,
    _c.description,
    _c.created_at,
    _c.state,
    _c.pause_reason,
    _c.paused_at,
    _c.failing_since,
    _c.failures,
    _c.resting_until,
    _c.old_secret_until,
    _c.version,
).where(_c.removed_at.is_(None))


def _endpoint(row: Row) -> WebhookEndpoint:
    return WebhookEndpoint(
        row["id"],
        row["url"],
        frozenset(map(WebhookEventType, row["types"])),
        row["description"],
        row["created_at"],
        WebhookEndpointState(row["state"]),
        WebhookPauseReason(row["pause_reason"]) if row["pause_reason"] else None,
        *row[7:13],
    )


_BY_ID = prepared(_ENDPOINTS.where(_c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    _ENDPOINTS.where(_c.id == any_(bindparam("ids", type_=UUIDS))).order_by(_c.id).with_for_update(key_share=True)
)
_LOCK_ALL = prepared(_ENDPOINTS.order_by(_c.id).with_for_update(key_share=True))
_LISTING = Listing(_ENDPOINTS, _endpoint, id=_c.id)
_TURN = prepared(select(func.pg_advisory_xact_lock(bindparam("number", type_=BigInteger()))))
_COUNT = prepared(select(func.count()).where(_c.removed_at.is_(None)))
_NEW_LOCK = 0x77686B  # "whk"
_STATED = ("url", "types", "description", "state", "pause_reason", "paused_at", "failing_since", "failures")
_KEPT = (*_STATED, "resting_until", "version")
_ADD = prepared(
    insert(webhook_endpoint).values(
        {name: bindparam(name, type_=_c[name].type) for name in (*_KEPT, "id", "created_at", "secret")}
    )
)
_SAVE = prepared(
    update(webhook_endpoint)
    .where(_c.id == bindparam("of_endpoint", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=_c[name].type) for name in _KEPT})
)
_HEALTH = ("id", "state", "pause_reason", "paused_at", "failing_since", "failures", "resting_until", "version")
_health = given_rows("health", [_c[name] for name in _HEALTH])
_SAVE_HEALTH = prepared(
    update(webhook_endpoint)
    .where(_c.id == _health.c.id)
    .values({name: _health.c[name] for name in _HEALTH if name != "id"})
)
_until: Any = bindparam("until", type_=_c.old_secret_until.type)
_ROTATE = prepared(
    update(webhook_endpoint)
    .where(_c.id == bindparam("of_endpoint", type_=Uuid()))
    .values(
        secret=bindparam("new_secret", type_=Text()),
        old_secret=_c.secret,
        old_secret_until=_until,
        version=bindparam("new_version", type_=Integer()),
    )
)
_REMOVE = prepared(
    update(webhook_endpoint)
    .where(_c.id == bindparam("of_endpoint", type_=Uuid()))
    .values(
        removed_at=bindparam("now", type_=_c.removed_at.type),
        secret="",
        old_secret=null(),
        old_secret_until=null(),
    )
)


def good_secrets(now: Any) -> Any:
    """The secrets that sign at a time, the newer one first, as a column of statements that send."""
    return case((_c.old_secret_until > now, array([_c.secret, _c.old_secret])), else_=array([_c.secret]))


def _values(one: WebhookEndpoint) -> dict[str, Any]:
    return {
        "id": one.id,
        "url": one.url,
        "types": sorted(kind.value for kind in one.types),
        "description": one.description,
        "created_at": one.created_at,
        "state": one.state.value,
        "pause_reason": one.pause_reason.value if one.pause_reason else None,
        "paused_at": one.paused_at,
        "failing_since": one.failing_since,
        "failures": one.failures,
        "resting_until": one.resting_until,
        "version": one.version,
    }


async def endpoints_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, WebhookEndpoint]:
    """Those that were not removed."""
    return {row["id"]: _endpoint(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def endpoints(reading: Reading, request: PageRequest) -> Page[WebhookEndpoint]:
    """A page of all of them, the newest first."""
    return await _LISTING.page(reading, request, descending=True)


async def lock(tx: Writing, ids: Sequence[UUID]) -> dict[UUID, WebhookEndpoint]:
    """Find endpoints that were not removed, and keep others from changing them and what waits for them."""
    return {row["id"]: _endpoint(row) for row in await tx.rows(_LOCK, ids=sorted(ids))}


async def lock_all(tx: Writing) -> list[WebhookEndpoint]:
    """All that were not removed, kept as by `lock`."""
    return [_endpoint(row) for row in await tx.rows(_LOCK_ALL)]


async def count_alone(tx: Writing) -> int:
    """How many there are; nobody else adds one until the transaction ends."""
    await tx.row(_TURN, number=_NEW_LOCK)
    return int(await tx.value(_COUNT))


async def add(tx: Writing, new: WebhookEndpoint, secret: str) -> None:
    await tx.execute(_ADD, secret=secret, **_values(new))


async def save(tx: Writing, one: WebhookEndpoint) -> None:
    """Keep a locked endpoint as it is now, but for its secrets."""
    values = _values(one)
    await tx.execute(_SAVE, of_endpoint=one.id, **{f"new_{name}": values[name] for name in _KEPT})


async def save_health(tx: Writing, changed: Sequence[WebhookEndpoint]) -> None:
    """Keep how locked endpoints fare."""
    await tx.execute(
        _SAVE_HEALTH, **in_columns("health", [_c[name] for name in _HEALTH], [_values(one) for one in changed])
    )


async def rotate(tx: Writing, one: WebhookEndpoint, secret: str) -> None:
    """Give a locked endpoint a new secret; the one that it had signs as well for a time, an older one no more."""
    await tx.execute(
        _ROTATE, of_endpoint=one.id, new_secret=secret, until=one.old_secret_until, new_version=one.version
    )


async def remove(tx: Writing, endpoint_id: UUID, at: datetime) -> None:
    """Forget a locked endpoint, its secrets at once; what was sent to it is forgotten in time."""
    await tx.execute(_REMOVE, of_endpoint=endpoint_id, now=at)
