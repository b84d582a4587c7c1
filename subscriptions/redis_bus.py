"""The bus over Redis or Valkey: one channel, heard on one connection and published on another."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

CHANNEL = "yutang:rooms"
SILENCE_S = 5.0
"""After so long without a message Redis is asked whether it is still there."""
ANSWER_WITHIN_S = 2.0
RETRY_S = (0.05, 0.2, 0.5, 1.0)

_logger = logging.getLogger("yutang.bus")


class RedisWire:
    """Receives on one connection, which it makes anew whenever it breaks, and says so."""

    def __init__(self, url: str) -> None:
        within: Any = {"socket_timeout": ANSWER_WITHIN_S, "socket_connect_timeout": ANSWER_WITHIN_S}
        self._publisher: Any = Redis.from_url(url, retry=Retry(NoBackoff(), 1), **within)
        # Without a retry of its own: a connection that redis-py made anew in silence would hide what was lost. And
        # reading waits as long as it takes: redis-py's default of five seconds would break a quiet channel.
        self._receiver: Any = Redis.from_url(url, retry=Retry(NoBackoff(), 0), **{**within, "socket_timeout": None})
        self._channel: Any = None
        self._asked = False
        self._failures = 0

    async def connect(self) -> None:
        self._channel = self._receiver.pubsub()
        try:
            await self._channel.subscribe(CHANNEL)
            is_heard = await self._channel.get_message(timeout=ANSWER_WITHIN_S) is not None
        except BaseException:
            await self._leave()
            raise
        if not is_heard:
            await self._leave()
            raise TimeoutError("Redis did not answer")
        self._asked = False
        self._failures = 0

    async def close(self) -> None:
        await self._leave()
        await self._receiver.aclose()
        await self._publisher.aclose()

    async def send(self, messages: Sequence[str]) -> None:
        pipeline = self._publisher.pipeline(transaction=False)
        for message in messages:
            pipeline.publish(CHANNEL, message)
        await pipeline.execute()

    async def receive(self) -> str | None:
        if self._channel is None:
            await self._connect_again()
            return None
        try:
            while (message := await self._next()) is None:
                pass
        except (RedisError, OSError, TimeoutError) as error:
            _logger.warning("lost Redis: %r", error)
            await self._leave()
            return None
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
        try:
            await self.connect()
        except (RedisError, OSError, TimeoutError):
            await asyncio.sleep(RETRY_S[min(self._failures, len(RETRY_S) - 1)])
            self._failures += 1

    async def _leave(self) -> None:
        if self._channel is not None:
            channel, self._channel = self._channel, None
            await channel.aclose()
