"""Sending webhooks: a job claims what is due, sends it and keeps what came of it; any number of processes may run it.

A process that dies in the middle loses nothing: what it had claimed is due again after a minute, and goes out with the
same id.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import orjson

import db.webhook_deliveries
import db.webhook_endpoints
import db.webhook_replays
import db.webhook_sending
from db.webhook_sending import Told
from domain import webhooks as rules
from domain.egress import WebhookUrlForbidden, target_of
from domain.refusals import NotFound
from domain.webhook_events import WebhookEvent, WebhookEventType, Word, envelope, public_id
from domain.webhooks import Answer, Attempt, Delivery, Due, Outcome, WebhookEndpointState, WebhookFailure
from providers.webhooks import MOST_S, Wire
from resolvers.context import Context

SENT_AT_ONCE = 32
SENT_AT_ONCE_TO_ONE = 8
LEASE = timedelta(minutes=1)
LOOK_AGAIN_S = 1.0
TEST_S = 5.0

_logger = logging.getLogger("yutang.webhooks")


async def send_due(ctx: Context) -> int:
    """Send what is due, and what falls due meanwhile, until there is nothing; returns how many attempts were made.

    An endpoint that keeps us waiting keeps no other from being told.
    """
    made, under_way = 0, dict[asyncio.Task[tuple[Due, Attempt]], UUID]()
    async with ctx.services.webhooks.open() as wire:
        try:
            while True:
                for due in await _claim(ctx, Counter(under_way.values())):
                    under_way[asyncio.create_task(_send(ctx, wire, due))] = due.endpoint_id
                if not under_way:
                    return made
                over, _ = await asyncio.wait(under_way, timeout=LOOK_AGAIN_S, return_when=asyncio.FIRST_COMPLETED)
                for task in over:
                    del under_way[task]
                await _keep(ctx, [task.result() for task in over])
                made += len(over)
        finally:
            for task in under_way:
                task.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)


async def _claim(ctx: Context, under_way: Counter[UUID]) -> list[Due]:
    room = SENT_AT_ONCE - under_way.total()
    if room <= 0:
        return []
    busy = [endpoint_id for endpoint_id, many in under_way.items() if many >= SENT_AT_ONCE_TO_ONE]
    async with ctx.database.writing() as tx:
        at = ctx.now()
        return await db.webhook_sending.claim(tx, at, at + LEASE, room, SENT_AT_ONCE_TO_ONE, busy)


async def _send(ctx: Context, wire: Wire, due: Due, within_s: float = MOST_S) -> tuple[Due, Attempt]:
    at, body = ctx.now(), orjson.dumps(envelope(due.event))
    try:
        target = target_of(due.url, ctx.services.webhooks.terms)
        answer = await wire.send(target, rules.headers_of(due, body, at), body, within_s)
    except WebhookUrlForbidden:  # it was allowed when it was saved
        answer = Answer(None, WebhookFailure.ADDRESS_FORBIDDEN)
    except Exception:
        _logger.exception("delivery %s could not be sent", due.delivery_id)
        answer = Answer(None, WebhookFailure.BROKE_OFF)
    return due, Attempt(ctx.new_id(), due.delivery_id, at, answer)


async def _keep(ctx: Context, made: Sequence[tuple[Due, Attempt]]) -> None:
    """Keep what attempts made of their deliveries and of the endpoints."""
    if not made:
        return
    at = ctx.now()
    done = [(due, rules.outcome(due, attempt, at, _spread(ctx))) for due, attempt in made]
    async with ctx.database.writing() as tx:
        before = await db.webhook_endpoints.lock(tx, list({due.endpoint_id for due, _ in done}))
        await db.webhook_sending.finish(tx, done, at)
        after = [rules.after(one, _outcomes_of(one.id, done), at) for one in before.values()]
        changed = [one for one in after if one != before[one.id]]
        if changed:
            await db.webhook_endpoints.save_health(tx, changed)
    for one in changed:
        if one.state is WebhookEndpointState.PAUSED:
            _logger.warning("webhook endpoint %s pauses: %s", one.id, one.pause_reason)


def _outcomes_of(endpoint_id: UUID, done: Sequence[tuple[Due, Outcome]]) -> list[Outcome]:
    return [outcome for due, outcome in done if due.endpoint_id == endpoint_id]


def _spread(ctx: Context) -> float:
    return int.from_bytes(ctx.chance(2)) / 2**16


async def test(ctx: Context, endpoint_id: UUID) -> Delivery:
    """Send an endpoint an event that says nothing, once and at once, whether it pauses or not; what became of it.

    Raises:
        NotFound: there is no such endpoint.
    """
    at = ctx.now()
    async with ctx.database.writing() as tx:
        if not await db.webhook_endpoints.lock(tx, [endpoint_id]):
            raise NotFound(path=("input", "webhookEndpointId"))
        data = {"endpointId": public_id(Word.WEBHOOK_ENDPOINT, endpoint_id)}
        event = WebhookEvent(ctx.new_id(), WebhookEventType.TEST, endpoint_id, int(at.timestamp() * 1000), at, data)
        due = await db.webhook_sending.add_test(tx, Told(ctx.new_id(), endpoint_id, event), at, at + LEASE)
    async with ctx.services.webhooks.open() as wire:
        made = await _send(ctx, wire, due, TEST_S)
    await _keep(ctx, [made])
    return (await db.webhook_deliveries.deliveries_by_id(ctx.reading, [due.delivery_id]))[due.delivery_id]


async def forget(ctx: Context, kept: timedelta) -> int:
    """Forget events that are older than they are kept; returns how many."""
    at = ctx.now()
    async with ctx.database.writing() as tx:
        endpoints = await db.webhook_endpoints.lock_all(tx)
        return await db.webhook_replays.forget(tx, at - kept, at, [one.id for one in endpoints])
