"""GraphQL as server-sent events (graphql-sse, distinct connections), for pages behind proxies that block websockets."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from datetime import datetime
from typing import Any

from strawberry.types.graphql import OperationType

from app.framing import EVENTS, body_frame
from app.gate import Caller, Gate
from app.lines import AsgiLine
from app.requests import GraphQLRequest
from app.streams import Stream

MEDIA_TYPE = "text/event-stream"
END_WITHIN_S = 1.0
_STILL_HERE = body_frame(b":\n\n")

_logger = logging.getLogger("yutang.event_streams")


class EventStream:
    """One operation and its response, which lasts until the operation ends, the client leaves or the token expires."""

    def __init__(self, gate: Gate, send: Any, caller: Caller) -> None:
        self._gate = gate
        self._send = send
        self._over = asyncio.Event()
        self._caller = caller
        self._line = AsgiLine(send, gate.limits.socket_stalled_s, self._over.set)
        self._stream = Stream(gate, self._line, EVENTS, self, caller)

    def end(self) -> None:
        """End the response soon; the client comes back to another process, or goes on from its last event."""
        self._over.set()

    async def serve(
        self,
        request: GraphQLRequest,
        receive: Callable[[], Awaitable[Any]],
        allowed: frozenset[OperationType],
    ) -> None:
        """Run the operation and write what it says. The response has begun."""
        caller = self._caller
        now = self._gate.context(caller).now
        beside = [
            asyncio.create_task(self._wait_until_left(receive)),
            asyncio.create_task(self._say_that_we_live(caller.principal.expires_at, now)),
            asyncio.create_task(self._look_again(caller)),
        ]
        self._stream.start(request, caller, allowed=allowed)
        try:
            await self._over.wait()
            with suppress(TimeoutError):
                async with asyncio.timeout(END_WITHIN_S):
                    await self._line.ready()
                    await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            self._stream.stop()
            self._line.close()
            for task in beside:
                task.cancel()

    def ended(self, stream: Stream) -> None:
        """End the response with its operation."""
        assert stream is self._stream
        self._over.set()

    async def _wait_until_left(self, receive: Callable[[], Awaitable[MutableMapping[str, Any]]]) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._over.set()

    async def _say_that_we_live(self, expires_at: datetime | None, now: Callable[[], datetime]) -> None:
        """Write a comment now and then, so that no proxy takes the connection for dead."""
        while expires_at is None or now() < expires_at:
            pause_s = self._gate.limits.socket_ping_s
            if expires_at is not None:
                pause_s = min(pause_s, max((expires_at - now()).total_seconds(), 0.01))
            await asyncio.sleep(pause_s)
            self._line.hint(_STILL_HERE)
        self._over.set()

    async def _look_again(self, caller: Caller) -> None:
        """End the response when the token means nothing any more, or its holder may do less than when it began."""
        while caller.token is not None:
            await asyncio.sleep(self._gate.limits.identity_s * random.uniform(0.5, 1))  # noqa: S311  as in sockets
            try:
                known = await self._gate.look_again(caller)
            except Exception as error:  # noqa: BLE001  whatever it is, the next look tells more
                _logger.warning("it could not be told who holds an event stream: %r", error)
                continue
            if known is None:
                self._over.set()
            elif not known.principal.still_is(caller.principal):
                self._stream.revoke()
                return
