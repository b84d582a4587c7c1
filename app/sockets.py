"""GraphQL over websockets: who is let in, and the conversations that go on."""

from __future__ import annotations

import asyncio
import random
import time
from urllib.parse import urlsplit

import uuid_utils
from starlette.datastructures import Headers

from app.alarms import Alarms
from app.asgi_sockets import CLOSE_WITHIN_S, AsgiSocket
from app.conversations import Conversation
from app.gate import Caller, Gate, address_of, locale_of
from app.http import Receive, Scope, Send
from app.places import Full, Places, TooMany
from app.rates import bucket

PROTOCOL = "graphql-transport-ws"
DIRECT = "yutang.direct"
"""The extension of our server's scope by which a connection is taken over from the application."""
MOST_RETRY_S = 10
RESTART = "Service restart"
_LOCAL = ("localhost", "127.0.0.1", "::1")


class TooFast(Exception):
    """More connections come than the process lets in at a time."""


class GraphQLOverSockets:
    """The endpoint, and the conversations that are open."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.alarms = Alarms()
        self._open: set[Conversation] = set()
        self._places = Places(gate.limits.sockets, gate.limits.connections_per_address)
        self._admissions = bucket(gate.limits.socket_admissions_per_s, gate.limits.socket_admissions_per_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._is_allowed(headers):
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})
            return
        if self.gate.draining:
            await _put_off(receive, send, 503)
            return
        address = address_of(scope)
        try:
            self._let_in(address)
        except (Full, TooMany, TooFast) as why:
            await _put_off(receive, send, 429 if isinstance(why, TooMany) else 503, _jitter_s(why))
            return
        locale = locale_of(headers.get("accept-language", ""))
        caller = Caller(locale=locale, request_id=str(uuid_utils.uuid7()), client=address)
        await self._serve(caller, scope, receive, send)

    def forget(self, conversation: Conversation) -> None:
        """The client has gone."""
        if conversation in self._open:
            self._open.discard(conversation)
            self._places.leave(conversation.caller.client)

    async def drain(self) -> None:
        """Close every connection, and tell each client when to come back to another process: not all at once."""
        spread_s = max(1.0, len(self._open) / self.gate.limits.socket_admissions_per_s)
        closing = [
            task
            for conversation in tuple(self._open)
            if (task := conversation.close(1012, f"{RESTART}; retry in {_some_of(spread_s)} ms")) is not None
        ]
        if closing:
            await asyncio.wait(closing, timeout=2 * CLOSE_WITHIN_S)

    def _let_in(self, address: str) -> None:
        """Take a place.

        Raises:
            TooFast: too many were let in just now.
            Full, TooMany: there is no place.
        """
        if self._admissions.wait_s(1, time.monotonic()):
            raise TooFast
        self._places.take(address)

    async def _serve(self, caller: Caller, scope: Scope, receive: Receive, send: Send) -> None:
        """Accept a connection and hold a conversation; where that takes the connection over, it outlasts this call."""
        known = PROTOCOL in scope.get("subprotocols", ())
        try:
            await receive()
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL if known else None})
        except BaseException:
            self._places.leave(caller.client)
            raise
        stalled_s = self.gate.limits.socket_stalled_s
        direct = scope.get("extensions", {}).get(DIRECT)
        connection = AsgiSocket(scope, receive, send, stalled_s) if direct is None else direct(stalled_s)
        conversation = Conversation(self, caller, connection)
        self._open.add(conversation)
        carrying = connection.carry(conversation)
        conversation.begin(speaks_our_protocol=known)
        if self.gate.draining:
            conversation.close(1012, RESTART)
        if carrying is not None:
            await carrying

    def _is_allowed(self, headers: Headers) -> bool:
        """Whether the page that opens the connection is ours or known. Mini-programs and servers name none."""
        origin = headers.get("origin")
        if origin is None or origin in self.gate.origins:
            return True
        page = urlsplit(origin)
        return page.netloc == headers.get("host") or page.hostname in _LOCAL


def _jitter_s(why: Exception) -> int:
    """After how many seconds to try again: those who come in a crowd, not all at once."""
    return random.randint(1, MOST_RETRY_S) if isinstance(why, TooFast) else 1  # noqa: S311  nobody gains by guessing it


def _some_of(seconds: float) -> int:
    """Some time within so many seconds, in milliseconds."""
    return round(random.uniform(0, seconds) * 1000)  # noqa: S311  as above


async def _put_off(receive: Receive, send: Send, status: int, retry_s: int = 1) -> None:
    """Refuse the handshake for now."""
    await receive()
    headers = [(b"retry-after", str(retry_s).encode()), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})
