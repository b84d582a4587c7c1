"""Webhook endpoints: where other systems want to be told, and what was sent to them (R68)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import db.outbox
import db.webhook_deliveries
import db.webhook_endpoints
import db.webhook_replays
from db.connection import Writing
from domain import webhooks as rules
from domain.egress import target_of
from domain.pages import Page, PageRequest
from domain.refusals import BadInput, NotFound, same_version
from domain.webhook_events import WebhookEvent, WebhookEventType
from domain.webhooks import (
    Attempt,
    Delivery,
    EndpointDraft,
    Replay,
    WebhookDeliveryState,
    WebhookEndpoint,
    WebhookPauseReason,
)
from resolvers.context import Context

MOST_REPLAYED = 1_000

_THE_FIRST = UUID(int=0)


async def save(
    ctx: Context, draft: EndpointDraft, endpoint_id: UUID | None, expected: int | None
) -> tuple[WebhookEndpoint, str | None]:
    """Register an endpoint, or change one; the endpoint, and the secret of a new one, which is not told again.

    Raises:
        WebhookUrlForbidden: nothing is sent to such an address.
        BadInput: there are no types, too long a description, or 50 endpoints already.
        NotFound: there is no such endpoint.
        StaleVersion: it changed since its author read it.
    """
    checked = draft.checked()
    await ctx.services.webhooks.check(
        target_of(checked.url, ctx.services.webhooks.terms, "input", "url"), "input", "url"
    )
    async with ctx.database.writing() as tx:
        if endpoint_id is None:
            return await _add(ctx, tx, checked)
        before = await _lock(tx, endpoint_id)
        same_version(before.version, expected)
        saved = replace(
            before,
            url=checked.url,
            types=frozenset(checked.types),
            description=checked.description,
            version=before.version + 1,
        )
        await db.webhook_endpoints.save(tx, saved)
        await _tell(ctx, tx, "WebhookEndpointSaved", saved)
    return saved, None


async def _add(ctx: Context, tx: Writing, draft: EndpointDraft) -> tuple[WebhookEndpoint, str]:
    if await db.webhook_endpoints.count_alone(tx) >= rules.MOST_ENDPOINTS:
        most = rules.MOST_ENDPOINTS
        raise BadInput(f"at most {most} endpoints", f"最多 {most} 个接收地址", path=("input",))
    new = WebhookEndpoint(ctx.new_id(), draft.url, frozenset(draft.types), draft.description, ctx.now())
    secret = rules.new_secret(ctx.chance(rules.SECRET_BYTES))
    await db.webhook_endpoints.add(tx, new, secret)
    await _tell(ctx, tx, "WebhookEndpointSaved", new)
    return new, secret


async def _lock(tx: Writing, endpoint_id: UUID) -> WebhookEndpoint:
    found = await db.webhook_endpoints.lock(tx, [endpoint_id])
    if endpoint_id not in found:
        raise NotFound(path=("input", "webhookEndpointId"))
    return found[endpoint_id]


async def _tell(ctx: Context, tx: Writing, kind: str, one: WebhookEndpoint) -> None:
    fact = {"endpoint": one.id.hex, "state": one.state.value, "version": one.version, "by": ctx.member_id.hex}
    await db.outbox.tell(tx, kind, "webhook_endpoint", one.id, fact, ctx.now())


async def pause(ctx: Context, endpoint_id: UUID) -> WebhookEndpoint:
    """Send nothing to an endpoint until it is resumed; what happens meanwhile is kept for it.

    Raises:
        NotFound: there is no such endpoint.
    """
    return await _move(ctx, endpoint_id, lambda one: rules.pause(one, WebhookPauseReason.STAFF, ctx.now()))


async def resume(ctx: Context, endpoint_id: UUID) -> WebhookEndpoint:
    """Send to an endpoint again, what was kept first; each event is tried for 72 hours from now on.

    Raises:
        NotFound: there is no such endpoint.
    """
    return await _move(ctx, endpoint_id, rules.resume)


async def _move(
    ctx: Context, endpoint_id: UUID, becomes: Callable[[WebhookEndpoint], WebhookEndpoint]
) -> WebhookEndpoint:
    async with ctx.database.writing() as tx:
        before = await _lock(tx, endpoint_id)
        after = becomes(before)
        if after.state is before.state:
            return before
        await db.webhook_endpoints.save(tx, after)
        if after.pause_reason is None:
            await db.webhook_replays.begin_anew(tx, endpoint_id, ctx.now())
        await _tell(ctx, tx, "WebhookEndpointMoved", after)
    return after


async def remove(ctx: Context, endpoint_id: UUID) -> UUID:
    """Send nothing more to an endpoint, and forget its secrets.

    Raises:
        NotFound: there is no such endpoint.
    """
    async with ctx.database.writing() as tx:
        one = await _lock(tx, endpoint_id)
        await db.webhook_endpoints.remove(tx, endpoint_id, ctx.now())
        await _tell(ctx, tx, "WebhookEndpointRemoved", one)
    return endpoint_id


async def rotate(ctx: Context, endpoint_id: UUID, overlap_hours: int) -> tuple[WebhookEndpoint, str]:
    """Give an endpoint a new secret; the endpoint and the secret, which is not told again.

    Raises:
        NotFound: there is no such endpoint.
        BadInput: the old one is to be good for longer than 168 hours.
    """
    secret = rules.new_secret(ctx.chance(rules.SECRET_BYTES))
    async with ctx.database.writing() as tx:
        after = rules.rotated(await _lock(tx, endpoint_id), overlap_hours, ctx.now())
        await db.webhook_endpoints.rotate(tx, after, secret)
        await _tell(ctx, tx, "WebhookSecretRotated", after)
    return after, secret


async def replay(
    ctx: Context, endpoint_id: UUID, after: UUID | None, since: datetime | None, *, dead_only: bool
) -> Replay:
    """Deliver events again that the endpoint asks for, the oldest first, 1,000 at once at most.

    `after` is an event that is not sent again; `since` a time from which on. Those that are pending stay as they are.

    Raises:
        NotFound: there is no such endpoint.
    """
    async with ctx.database.writing() as tx:
        one = await _lock(tx, endpoint_id)
        found = await db.webhook_replays.to_replay(
            tx, endpoint_id, list(one.types), after or _THE_FIRST, since, MOST_REPLAYED, dead_only=dead_only
        )
        if not found:
            return Replay(0, None)
        await db.webhook_replays.replay(tx, endpoint_id, [(ctx.new_id(), event) for event in found], ctx.now())
        await _tell(ctx, tx, "WebhooksReplayed", one)
    return Replay(len(found), found[-1].id)


async def endpoints(ctx: Context, request: PageRequest) -> Page[WebhookEndpoint]:
    """A page of all endpoints, the newest first."""
    return await db.webhook_endpoints.endpoints(ctx.reading, request)


async def endpoint(ctx: Context, endpoint_id: UUID) -> WebhookEndpoint | None:
    return (await db.webhook_endpoints.endpoints_by_id(ctx.reading, [endpoint_id])).get(endpoint_id)


async def endpoints_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, WebhookEndpoint]:
    return await db.webhook_endpoints.endpoints_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def deliveries_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Delivery]:
    return await db.webhook_deliveries.deliveries_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def deliveries_of(
    ctx: Context,
    found: Sequence[WebhookEndpoint],
    request: PageRequest,
    states: Sequence[WebhookDeliveryState] | None,
    types: Sequence[WebhookEventType] | None,
) -> list[Page[Delivery]]:
    """A page of each endpoint's deliveries, the newest first, of some states and types where these are given."""
    return await db.webhook_deliveries.deliveries_of(ctx.reading, [one.id for one in found], request, states, types)


async def events_of(ctx: Context, found: Sequence[Delivery]) -> list[WebhookEvent]:
    """The event of each delivery."""
    events = await db.webhook_deliveries.events_by_id(ctx.reading, list({one.event_id for one in found}))
    return [events[one.event_id] for one in found]


async def attempts_of(ctx: Context, found: Sequence[Delivery]) -> list[list[Attempt]]:
    """The last 50 attempts of each delivery, the first first."""
    attempts = await db.webhook_deliveries.attempts_of(ctx.reading, [one.id for one in found])
    return [attempts.get(one.id, []) for one in found]
