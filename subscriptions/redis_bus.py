"""The bus over Redis or Valkey: one channel, published through a small pool."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

CHANNEL = "yutang:rooms"
SILENCE_S = 15.0
"""After so long without a message Redis is asked whether it is still there."""
RETRY_S = (0.05, 0.2, 0.5, 1.0, 2.0)
PUBLISHERS = 4

_logger = logging.getLogger("yutang.bus")


class RedisWire:
    """Receives on one connection, which it makes anew whenever it breaks."""

    def __init__(self, url: str) -> None:
        pool: Any = BlockingConnectionPool.from_url(url, max_connections=PUBLISHERS, timeout=2, socket_timeout=2)
        self._publisher: Any = Redis(connection_pool=pool)
        # Reading waits as long as it takes: redis-py's default of five seconds would break a quiet channel.
        self._receiver: Any = Redis.from_url(url, socket_timeout=None, socket_connect_timeout=2)
        self._channel: Any = None
        self._asked = False

    async def connect(self) -> None:
        self._channel = self._receiver.pubsub()
        await self._channel.subscribe(CHANNEL)
        self._asked = False

    async def close(self) -> None:
        await self._leave()
        await self._receiver.aclose()
        await self._publisher.aclose()
        await self._publisher.connection_pool.disconnect()

    async def send(self, message: str) -> None:
        await self._publisher.publish(CHANNEL, message)

    async def receive(self) -> str | None:
        while True:
            try:
                message = await self._next()
            except (RedisError, OSError, TimeoutError) as error:
                _logger.warning("lost Redis: %r", error)
                await self._connect_again()
                return None
            if message is not None:
                return message

    async def _next(self) -> str | None:
        """The next message, or None when something else came or nothing did."""
        got = await self._channel.get_message(ignore_subscribe_messages=True, timeout=SILENCE_S)
        if got is None:
            await self._ask()
            return None
        self._asked = False
        return got["data"].decode() if got["type"] == "message" else None

    async def _ask(self) -> None:
        if self._asked:
            raise TimeoutError("Redis did not answer")
        await self._channel.ping()
        self._asked = True

    async def _connect_again(self) -> None:
        failures = 0
        while True:
            await self._leave()
            try:
                await self.connect()
            except (RedisError, OSError, TimeoutError):
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
            else:
                return

    async def _leave(self) -> None:
        if self._channel is not None:
            await self._channel.aclose()
            self._channel = None
