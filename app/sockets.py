"""GraphQL over websockets: the protocol graphql-transport-ws, on plain ASGI.

Whatever a client sends is answered with the close code that the protocol names, never with a broken connection. An
operation that is refused ends with an `error` of its own and leaves the others alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import orjson
import uuid_utils
from starlette.datastructures import Headers

from app import strict_json
from app.framing import SocketFraming, text_frame
from app.gate import Caller, Gate, address_of, locale_of
from app.http import Receive, Scope, Send
from app.lines import Line
from app.places import Full, Places, TooMany
from app.rates import bucket
from app.requests import GraphQLRequest, Malformed, request_from
from app.streams import Stream
from app.strict_json import BadJson
from domain.outages import Outage
from resolvers.context import Locale

PROTOCOL = "graphql-transport-ws"
LONGEST_REASON = 120
CLOSE_WITHIN_S = 1.0
MOST_UNANSWERED = 2
ABORT = "yutang.abort"
"""The extension of our server's scope that cuts a connection whose client takes nothing any more."""
_ID = re.compile(r"[\x21-\x7e]{1,64}")
_LOCAL = ("localhost", "127.0.0.1", "::1")
_ACK, _PING = text_frame('{"type":"connection_ack"}'), text_frame('{"type":"ping"}')

_logger = logging.getLogger("yutang.sockets")


class Closed(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class GraphQLOverSockets:
    """The endpoint, and the connections that are open."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._open: set[Socket] = set()
        self._places = Places(gate.limits.sockets, gate.limits.connections_per_address)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        if not self._is_allowed(headers):
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": "Forbidden"})
            return
        if self._gate.draining:
            await _put_off(receive, send, 503)
            return
        try:
            with self._places.one_for(address_of(scope)):
                await self._serve(Socket(self._gate, scope, receive, send), headers)
        except Full:
            await _put_off(receive, send, 503)
        except TooMany:
            await _put_off(receive, send, 429)

    async def _serve(self, socket: Socket, headers: Headers) -> None:
        self._open.add(socket)
        try:
            await socket.serve(headers)
        finally:
            self._open.discard(socket)

    async def drain(self) -> None:
        """Close every connection; clients come back to another process."""
        closing = [socket.close(1012, "Service restart") for socket in tuple(self._open)]
        if closing:
            await asyncio.wait(closing, timeout=2 * CLOSE_WITHIN_S)

    def _is_allowed(self, headers: Headers) -> bool:
        """Whether the page that opens the connection is ours or known. Mini-programs and servers name none."""
        origin = headers.get("origin")
        if origin is None or origin in self._gate.origins:
            return True
        page = urlsplit(origin)
        return page.netloc == headers.get("host") or page.hostname in _LOCAL


async def _put_off(receive: Receive, send: Send, status: int) -> None:
    """Refuse the handshake for now."""
    await receive()
    headers = [(b"retry-after", b"1"), (b"content-length", b"0")]
    await send({"type": "websocket.http.response.start", "status": status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": b""})


class Socket:
    """One connection."""

    def __init__(self, gate: Gate, scope: Scope, receive: Receive, send: Any) -> None:
        self._gate = gate
        self._scope = scope
        self._receive = receive
        self._send = send
        self._line = Line(send, gate.limits.socket_stalled_s, self._is_slow)
        self._streams: dict[str, Stream] = {}
        self._caller: Caller | None = None
        self._locale = Locale.ZH
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._unanswered = 0
        self._closing: asyncio.Task[None] | None = None
        self._looking: asyncio.Task[None] | None = None
        self._messages = bucket(gate.limits.socket_messages_per_s, 2 * gate.limits.socket_messages_per_s)
        self._handlers: dict[str, Callable[[dict[str, Any]], Awaitable[None]]] = {
            "connection_init": self._initialise,
            "ping": self._answer_ping,
            "pong": self._take_pong,
            "subscribe": self._subscribe,
            "complete": self._complete,
        }

    async def serve(self, headers: Headers) -> None:
        """Serve the client until one of both closes the connection."""
        await self._receive()
        known = PROTOCOL in self._scope.get("subprotocols", ())
        await self._send({"type": "websocket.accept", "subprotocol": PROTOCOL if known else None})
        self._locale = locale_of(headers.get("accept-language", ""))
        if known:
            self._later("init", self._gate.limits.socket_init_s, self.close, 4408, "Connection initialisation timeout")
        else:
            self.close(4406, "Subprotocol not acceptable")
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                if self._closing is None:
                    await self._take(message)
        finally:
            self._end()
            if self._closing is not None:
                await asyncio.wait([self._closing])

    def close(self, code: int, reason: str) -> asyncio.Task[None]:
        """End all operations and close the connection, soon."""
        if self._closing is None:
            self._end()
            self._closing = asyncio.get_running_loop().create_task(self._close(code, reason))
        return self._closing

    async def _close(self, code: int, reason: str) -> None:
        cut = reason.encode()[:LONGEST_REASON].decode(errors="ignore")
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._send({"type": "websocket.close", "code": code, "reason": cut})
        except TimeoutError:
            abort = self._scope.get("extensions", {}).get(ABORT)
            if abort is not None:
                abort()
        except Exception as error:  # noqa: BLE001  the client closed first, each server says so in its own way
            _logger.debug("closing a connection that has gone: %r", error)

    def _end(self) -> None:
        self._line.close()
        for timer in self._timers.values():
            timer.cancel()
        if self._looking is not None and self._looking is not asyncio.current_task():
            self._looking.cancel()
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.stop()

    async def _take(self, message: Any) -> None:
        """Take one message. A client that breaks the protocol is told so by the close code."""
        try:
            self._unanswered = 0
            data = self._read(message)
            await self._handlers.get(data["type"], _unknown)(data)
        except Closed as closed:
            self.close(closed.code, str(closed))
        except Exception:
            _logger.exception("fault in a websocket")
            self.close(1013, "Try again later")

    def _read(self, message: Any) -> dict[str, Any]:
        if self._messages.wait_s(1, time.monotonic()):
            raise Closed(1008, "Too many messages")
        text = message.get("text")
        if text is None:
            raise Closed(4400, "Messages must be text")
        if len(text) > self._gate.limits.socket_message_bytes:
            raise Closed(1009, "The message is too long")
        try:
            data = strict_json.read(text, deepest=self._gate.limits.json_depth + 2)
        except BadJson as bad:
            raise Closed(4400, f"The message is not JSON that we take: {bad}") from None
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise Closed(4400, "A message must be an object with a type")
        return data

    async def _initialise(self, data: dict[str, Any]) -> None:
        if self._caller is not None:
            raise Closed(4429, "Too many initialisation requests")
        payload = data.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(4400, "The payload of connection_init must be an object")
        caller = Caller(
            locale=self._locale,
            request_id=str(uuid_utils.uuid7()),
            client=address_of(self._scope),
            token=_token_of((payload or {}).get("token")),
        )
        self._caller = await self._known(caller)
        self._timers["init"].cancel()
        expires_at = self._caller.principal.expires_at
        if expires_at is not None:
            left = expires_at - self._gate.context(self._caller).now()
            self._later("expiry", left.total_seconds(), self.close, 4401, "Token expired")
        if self._caller.token is not None:
            self._look_later()
        self._later("ping", self._gate.limits.socket_ping_s, self._ping)
        await self._line.say(_ACK)

    async def _known(self, caller: Caller) -> Caller:
        """The caller as they are now. Raises Closed when their token means nothing."""
        known = await self._gate.look_again(caller)
        if known is None:
            raise Closed(4401, "The token is unknown, expired or revoked")
        return known

    async def _look_again(self, caller: Caller) -> Caller:
        """See who the client is now. Subscriptions end when it may do less than when they began; it may ask again."""
        known, before = await self._known(caller), self._caller
        if before is not None and not known.principal.still_is(before.principal):
            for stream in [stream for stream in self._streams.values() if stream.is_subscription]:
                stream.revoke()
        self._caller = known
        return known

    def _look_later(self) -> None:
        """Look again after a while, which differs, so that those who came together do not all ask at once."""
        seconds = self._gate.limits.identity_s * random.uniform(0.5, 1)  # noqa: S311  nobody gains by guessing it
        self._later("identity", seconds, self._look_now)

    def _look_now(self) -> None:
        self._looking = asyncio.get_running_loop().create_task(self._look_by_itself())

    async def _look_by_itself(self) -> None:
        """While something runs, what was said when it began must stay true."""
        try:
            if self._streams and self._caller is not None:
                await self._look_again(self._caller)
        except Closed as closed:
            self.close(closed.code, str(closed))
        except Exception as error:  # noqa: BLE001  whatever it is, the next look tells more
            _logger.warning("it could not be told who holds a websocket: %r", error)
        self._look_later()

    async def _answer_ping(self, data: dict[str, Any]) -> None:
        payload = data.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(4400, "The payload of ping must be an object")
        body = b"" if payload is None else b',"payload":' + orjson.dumps(payload)
        await self._line.say(text_frame(f'{{"type":"pong"{body.decode()}}}'))

    async def _take_pong(self, data: dict[str, Any]) -> None:
        """Any message says that the client is there."""

    async def _subscribe(self, data: dict[str, Any]) -> None:
        if self._caller is None:
            raise Closed(4401, "Unauthorized")
        name = _id_of(data)
        try:
            request = request_from(data.get("payload"))
        except Malformed as malformed:
            raise Closed(4400, str(malformed)) from None
        if name in self._streams:
            raise Closed(4409, f"Subscriber for {name} already exists")
        framing, done = SocketFraming(orjson.dumps(name).decode()), partial(self._forget, name)
        stream = self._streams[name] = Stream(self._gate, self._line, framing, self, done)
        await self._admit(stream, request, self._caller)

    async def _admit(self, stream: Stream, request: GraphQLRequest, caller: Caller) -> None:
        """Let an operation run as it would over HTTP: at the same rate, and for who the client is now."""
        wait_s = self._gate.rates.wait_s(caller.principal, caller.client)
        if wait_s:
            stream.refuse("RATE_LIMITED", "Too many requests.", retryable=True, retryAfterSeconds=wait_s)
            return
        try:
            known = await self._look_again(caller)
        except (Outage, TimeoutError):
            stream.refuse("OVERLOADED", "Too much is going on.", retryable=True)
            return
        if not self._line.is_closed:
            stream.start(request, self._gate.context(known), self._has_place)

    def _has_place(self, stream: Stream) -> bool:
        """Whether the connection may have this one of its operations: so many subscriptions, and so many others."""
        alike = sum(one.is_subscription == stream.is_subscription for one in self._streams.values())
        return alike <= self._gate.limits.socket_subscriptions

    def _forget(self, name: str, stream: Stream) -> None:
        if self._streams.get(name) is stream:
            del self._streams[name]

    async def _complete(self, data: dict[str, Any]) -> None:
        stream = self._streams.pop(_id_of(data), None)
        if stream is not None:
            stream.stop()

    def _is_slow(self) -> None:
        self.close(4008, "Slow consumer: resume after the last event that you got")

    def _ping(self) -> None:
        """Ask the client for a sign, and give it up when it did not answer twice."""
        if self._unanswered >= MOST_UNANSWERED:
            self.close(4408, "No answer to pings")
            return
        self._unanswered += 1
        self._line.hint(_PING)
        self._later("ping", self._gate.limits.socket_ping_s, self._ping)

    def _later(self, purpose: str, seconds: float, call: Callable[..., object], *arguments: Any) -> None:
        """Do something after a while, unless the connection ends before."""
        if not self._line.is_closed:
            self._timers[purpose] = asyncio.get_running_loop().call_later(seconds, call, *arguments)


def _token_of(given: Any) -> str | None:
    """The token of `connection_init`, if there is one. Raises Closed for what cannot be one."""
    if given is None or (isinstance(given, str) and given):
        return given
    raise Closed(4401, "The token is unknown, expired or revoked")


async def _unknown(data: dict[str, Any]) -> None:
    raise Closed(4400, f"Unknown type of message: {data['type']}")


def _id_of(data: dict[str, Any]) -> str:
    name = data.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise Closed(4400, "An id is 1 to 64 printable ASCII characters")
    return name
