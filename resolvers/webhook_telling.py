"""What other systems are told: facts of the outbox become events, and deliveries to those who asked for them (R68)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import db.webhook_endpoints
import db.webhook_sending
from db.connection import Writing
from db.outbox import Fact
from db.webhook_sending import Told
from domain.webhook_events import TYPE_OF_FACT, WebhookEvent, event_of
from resolvers.context import Context
from resolvers.projections import Projection

_logger = logging.getLogger("yutang.webhooks")


async def tell(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Make events of facts, from the first endpoint on; before that nobody could ask for them."""
    endpoints = await db.webhook_endpoints.lock_all(tx)
    if not endpoints:
        return
    events = [event for fact in facts if (event := _event(ctx, fact)) is not None]
    told = [Told(ctx.new_id(), one.id, event) for event in events for one in endpoints if event.type in one.types]
    await db.webhook_sending.add(tx, events, told, ctx.now())


def _event(ctx: Context, fact: Fact) -> WebhookEvent | None:
    """The event of a fact. One that cannot be read is logged and left out: it would stop all others."""
    try:
        return event_of(ctx.new_id(), fact.kind, fact.aggregate_id, fact.id, fact.at, fact.payload)
    except (KeyError, ValueError, TypeError, AttributeError):
        _logger.exception("fact %s (%s) cannot be told to other systems", fact.id, fact.kind)
        return None


EVENTS = Projection("webhooks", frozenset(TYPE_OF_FACT), tell)
