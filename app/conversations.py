"""Conversations: the protocol graphql-transport-ws with one client, over whatever carries its messages.

Whatever a client sends is answered with the close code that the protocol names, never with a broken connection. An
operation that is refused ends with an `error` of its own and leaves the others alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from math import inf
from typing import Any, ClassVar, Protocol

import orjson

from app import strict_json
from app.alarms import Alarms
from app.framing import Frame, framing_of
from app.gate import Caller, Gate
from app.lines import Line
from app.rates import bucket
from app.requests import GraphQLRequest, Malformed, request_from
from app.streams import Stream
from app.strict_json import BadJson
from domain.live_audience import LONGEST_VISITOR_KEY
from domain.outages import Outage

LONGEST_REASON = 120
MOST_UNANSWERED = 2
_ID = re.compile(r"[\x21-\x7e]{1,64}")
_ACK, _PING = b'{"type":"connection_ack"}', b'{"type":"ping"}'

_logger = logging.getLogger("yutang.sockets")


class Closed(Exception):
    """The connection is to be closed with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Connection(Protocol):
    """Carries the messages of one client, both ways."""

    @property
    def line(self) -> Line:
        """Where to write."""

    @property
    def frame(self) -> Callable[[bytes], Frame]:
        """Makes the frame of a message; one for all connections of a kind."""

    def hang_up(self, code: int, reason: str) -> asyncio.Task[None] | None:
        """Close the connection; the task is done when the client can know."""


class Home(Protocol):
    """Where the open conversations are."""

    gate: Gate
    alarms: Alarms

    def forget(self, conversation: Conversation) -> None:
        """The client has gone."""


class Conversation:
    """What is said with one client. Nearly always it waits, so it holds little and no task."""

    __slots__ = (
        "_connection",
        "_ends_at",
        "_home",
        "_is_initialised",
        "_is_over",
        "_line",
        "_look_at",
        "_looking",
        "_messages",
        "_ping_at",
        "_streams",
        "_unanswered",
        "caller",
        "wakes_at",
    )

    def __init__(self, home: Home, caller: Caller, connection: Connection) -> None:
        """`caller` has not said who they are yet."""
        limits = home.gate.limits
        self._connection, self._line = connection, connection.line
        self.caller = caller
        self.wakes_at = inf
        self._home = home
        self._streams: dict[str, Stream] = {}
        self._is_initialised = self._is_over = False
        self._looking: asyncio.Task[None] | None = None
        self._unanswered = 0
        self._ping_at = self._look_at = self._ends_at = inf
        self._messages = bucket(limits.socket_messages_per_s, 2 * limits.socket_messages_per_s)

    def begin(self, *, speaks_our_protocol: bool) -> None:
        """Let the client say who it is before long."""
        if speaks_our_protocol:
            self._home.alarms.set(self, _now() + self._home.gate.limits.socket_init_s)
        else:
            self.close(4406, "Subprotocol not acceptable")

    def close(self, code: int, reason: str) -> asyncio.Task[None] | None:
        """End all operations and close the connection, soon."""
        if self._is_over:
            return None
        self._end()
        return self._connection.hang_up(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))

    def left(self) -> None:
        """The connection is not there any more."""
        self._end()
        self._home.forget(self)

    def is_slow(self) -> None:
        """The client does not take what it is sent."""
        self.close(4008, "Slow consumer: resume after the last event that you got")

    def ended(self, stream: Stream) -> None:
        """Forget an operation."""
        for name, one in self._streams.items():
            if one is stream:
                del self._streams[name]
                return

    def _end(self) -> None:
        self._is_over = True
        self.wakes_at = inf
        self._line.close()
        if self._looking is not None and self._looking is not asyncio.current_task():
            self._looking.cancel()
        streams, self._streams = self._streams, {}
        for stream in streams.values():
            stream.stop()

    async def hear(self, message: Mapping[str, Any]) -> None:
        """Take one message. A client that breaks the protocol is told so by the close code."""
        if self._is_over:
            return
        try:
            self._take_as_sign()
            data = self._read(message)
            await self._handlers.get(data["type"], Conversation._refuse_unknown)(self, data)
        except Closed as closed:
            self.close(closed.code, str(closed))
        except Exception:
            _logger.exception("fault in a websocket")
            self.close(1013, "Try again later")

    def _take_as_sign(self) -> None:
        """Whatever a client says means that it is there."""
        if self._unanswered:
            self._unanswered = 0
            self._ping_at = _now() + self._home.gate.limits.socket_ping_s

    def _read(self, message: Mapping[str, Any]) -> dict[str, Any]:
        limits = self._home.gate.limits
        if self._messages.wait_s(1, time.monotonic()):
            raise Closed(1008, "Too many messages")
        text = message.get("text")
        if text is None:
            raise Closed(4400, "Messages must be text")
        if len(text) > limits.socket_message_bytes:
            raise Closed(1009, "The message is too long")
        try:
            data = strict_json.read(text, deepest=limits.json_depth + 2)
        except BadJson as bad:
            raise Closed(4400, f"The message is not JSON that we take: {bad}") from None
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            raise Closed(4400, "A message must be an object with a type")
        return data

    async def _initialise(self, data: dict[str, Any]) -> None:
        if self._is_initialised:
            raise Closed(4429, "Too many initialisation requests")
        payload = data.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(4400, "The payload of connection_init must be an object")
        self._is_initialised = True
        self.caller = await self._known(replace(self.caller, **_said_by(payload or {})))
        gate, now = self._home.gate, _now()
        self._ping_at = now + gate.limits.socket_ping_s
        expires_at = self.caller.principal.expires_at
        if expires_at is not None:
            self._ends_at = now + (expires_at - gate.context(self.caller).now()).total_seconds()
        if self.caller.token is not None:
            self._look_later()
        self._sleep()
        await self._line.say(self._connection.frame(_ACK))

    async def _known(self, caller: Caller) -> Caller:
        """The caller as they are now. Raises Closed when their token means nothing."""
        known = await self._home.gate.look_again(caller)
        if known is None:
            raise Closed(4401, "The token is unknown, expired or revoked")
        return known

    async def _look_again(self) -> Caller:
        """See who the client is now. Subscriptions end when it may do less than when they began; it may ask again."""
        before = self.caller
        known = await self._known(before)
        if not known.principal.still_is(before.principal):
            for stream in [stream for stream in self._streams.values() if stream.is_subscription]:
                stream.revoke()
        self.caller = known
        return known

    def wake(self) -> None:
        """Do what is due by now."""
        now = _now()
        if not self._is_initialised:
            self.close(4408, "Connection initialisation timeout")
        elif now >= self._ends_at:
            self.close(4401, "Token expired")
        else:
            if now >= self._look_at:
                self._look_at = inf
                self._looking = asyncio.get_running_loop().create_task(self._look_by_itself())
            if now >= self._ping_at:
                self._ping(now)
            self._sleep()

    def _sleep(self) -> None:
        """Be woken when the next thing is due."""
        if not self._is_over:
            self._home.alarms.set(self, min(self._ping_at, self._look_at, self._ends_at))

    def _look_later(self) -> None:
        """Look again after a while, which differs, so that those who came together do not all ask at once."""
        seconds = self._home.gate.limits.identity_s * random.uniform(0.5, 1)  # noqa: S311  nobody gains by guessing it
        self._look_at = _now() + seconds

    async def _look_by_itself(self) -> None:
        """While something runs, what was said when it began must stay true."""
        try:
            if self._streams:
                await self._look_again()
        except Closed as closed:
            self.close(closed.code, str(closed))
        except Exception as error:  # noqa: BLE001  whatever it is, the next look tells more
            _logger.warning("it could not be told who holds a websocket: %r", error)
        self._looking = None
        self._look_later()
        self._sleep()

    def _ping(self, now: float) -> None:
        """Ask the client for a sign, soon again if there is none, and give it up when it did not answer twice."""
        if self._unanswered >= MOST_UNANSWERED:
            self.close(4408, "No answer to pings")
            return
        self._unanswered += 1
        self._line.hint(self._connection.frame(_PING))
        self._ping_at = now + self._home.gate.limits.socket_ping_s / 4

    async def _answer_ping(self, data: dict[str, Any]) -> None:
        payload = data.get("payload")
        if payload is not None and not isinstance(payload, dict):
            raise Closed(4400, "The payload of ping must be an object")
        body = b"" if payload is None else b',"payload":' + orjson.dumps(payload)
        await self._line.say(self._connection.frame(b'{"type":"pong"%b}' % body))

    async def _take_pong(self, data: dict[str, Any]) -> None:
        """Any message says that the client is there."""

    async def _subscribe(self, data: dict[str, Any]) -> None:
        if not self._is_initialised:
            raise Closed(4401, "Unauthorized")
        name = _id_of(data)
        try:
            request = request_from(data.get("payload"))
        except Malformed as malformed:
            raise Closed(4400, str(malformed)) from None
        if name in self._streams:
            raise Closed(4409, f"Subscriber for {name} already exists")
        framing = framing_of(orjson.dumps(name), self._connection.frame)
        stream = self._streams[name] = Stream(self._home.gate, self._line, framing, self, self.caller)
        await self._admit(stream, request)

    async def _admit(self, stream: Stream, request: GraphQLRequest) -> None:
        """Let an operation run as it would over HTTP: at the same rate, and for who the client is now."""
        wait_s = self._home.gate.rates.wait_s(self.caller.principal, self.caller.client)
        if wait_s:
            stream.refuse("RATE_LIMITED", "Too many requests.", retryable=True, retryAfterSeconds=wait_s)
            return
        try:
            known = await self._look_again()
        except (Outage, TimeoutError):
            stream.refuse("OVERLOADED", "Too much is going on.", retryable=True)
            return
        if not self._is_over:
            stream.start(request, known, self._has_place)

    def _has_place(self, stream: Stream) -> bool:
        """Whether the connection may have this one of its operations: so many subscriptions, and so many others."""
        alike = sum(one.is_subscription == stream.is_subscription for one in self._streams.values())
        return alike <= self._home.gate.limits.socket_subscriptions

    async def _complete(self, data: dict[str, Any]) -> None:
        stream = self._streams.pop(_id_of(data), None)
        if stream is not None:
            stream.stop()

    async def _refuse_unknown(self, data: dict[str, Any]) -> None:
        raise Closed(4400, f"Unknown type of message: {data['type']}")

    _handlers: ClassVar[dict[str, Callable[[Conversation, dict[str, Any]], Awaitable[None]]]] = {
        "connection_init": _initialise,
        "ping": _answer_ping,
        "pong": _take_pong,
        "subscribe": _subscribe,
        "complete": _complete,
    }


def _now() -> float:
    return asyncio.get_running_loop().time()


def _said_by(payload: dict[str, Any]) -> dict[str, Any]:
    """What a client says of itself in `connection_init`: its token, and by what a visitor is known again."""
    visitor_key = payload.get("visitorKey")
    known_by = visitor_key[:LONGEST_VISITOR_KEY] if isinstance(visitor_key, str) else ""
    return {"token": _token_of(payload.get("token")), "visitor_key": known_by}


def _token_of(given: Any) -> str | None:
    """The token of `connection_init`, if there is one. Raises Closed for what cannot be one."""
    if given is None or (isinstance(given, str) and given):
        return given
    raise Closed(4401, "The token is unknown, expired or revoked")


def _id_of(data: dict[str, Any]) -> str:
    name = data.get("id")
    if not isinstance(name, str) or not _ID.fullmatch(name):
        raise Closed(4400, "An id is 1 to 64 printable ASCII characters")
    return name
