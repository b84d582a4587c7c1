"""A process that sends webhooks from the database that it is given, until it is killed; it knows nothing else."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import uuid_utils.compat

import resolvers.webhook_sending
from db.connection import Database
from domain.egress import EgressTerms
from providers.webhooks import Webhooks
from resolvers.context import Context


async def main(dsn: str) -> None:
    services: Any = SimpleNamespace(webhooks=Webhooks(EgressTerms(loopback=True)))
    database = await Database.connect(dsn)
    ctx = Context(database, services, lambda: datetime.now(UTC), uuid_utils.compat.uuid7)
    await resolvers.webhook_sending.send_due(ctx)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
