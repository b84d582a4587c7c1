"""How Alembic reaches the database: online over asyncpg, or offline as SQL for whoever runs it by hand."""

from __future__ import annotations

import asyncio
from typing import Any

from alembic import context
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from db.tables import metadata

OPTIONS: dict[str, Any] = {"target_metadata": metadata, "compare_type": True, "compare_server_default": False}


def _run(connection: Connection) -> None:
    context.configure(connection=connection, **OPTIONS)
    with context.begin_transaction():
        context.execute("SET lock_timeout = '2s'")
        context.run_migrations()


async def _run_online(dsn: str) -> None:
    engine = create_async_engine(dsn.replace("postgresql://", "postgresql+asyncpg://", 1), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(_run)
        await connection.commit()
    await engine.dispose()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", literal_binds=True, **OPTIONS)
    with context.begin_transaction():
        context.run_migrations()
else:
    asyncio.run(_run_online(context.config.attributes["dsn"]))
