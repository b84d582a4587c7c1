"""uvicorn's websocket protocol, with what ASGI cannot say and, for GraphQL, without what ASGI costs.

Handshake, masking, fragmentation, control frames and close are uvicorn's and websockets'.
"""

from __future__ import annotations

import asyncio
import time
from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.exceptions import InvalidState
from websockets.frames import Frame as WebSocketFrame
from websockets.protocol import OPEN, SERVER, Protocol
from websockets.streams import StreamReader

from app.asgi_sockets import ABORT, CLOSE_WITHIN_S
from app.conversations import Conversation
from app.direct_lines import DirectLine
from app.framing import wire_frame
from app.rates import Bucket, bucket
from app.sockets import DIRECT

MOST_PARTS = 256
PINGS_PER_S = 20.0
ECHO_WITHIN_S = 2.0
_OF_HANDSHAKE = {"scope", "request", "response", "server", "client", "scheme", "app_state", "initial_response"}
_BETWEEN_MESSAGES = StreamReader.at_eof.__code__
_WRITABLE = asyncio.Event()
_WRITABLE.set()


class _Ear:
    """Hands what a client sends to its conversation, in place of uvicorn's queue: message by message."""

    __slots__ = ("_protocol", "_task", "_waiting")

    def __init__(self, protocol: WebSocketProtocol) -> None:
        self._protocol = protocol
        self._waiting: list[Any] = []
        self._task: asyncio.Task[None] | None = None

    def put_nowait(self, message: Any) -> None:
        if message["type"] == "websocket.disconnect":
            self._protocol.conversation.left()
            return
        self._waiting.append(message)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._hear())

    async def _hear(self) -> None:
        """Hear what waits. Meanwhile the transport does not read on."""
        while self._waiting:
            await self._protocol.conversation.hear(self._waiting.pop(0))
        self._task = None
        self._protocol.go_on_reading()


class _Stays:
    """In place of the timer for a client's close: uvicorn does not close a connection that waits for it."""

    def cancel(self) -> None:
        """Nothing runs."""


_STAYS: Any = _Stays()


class BoundedProtocol(WebSocketsSansIOProtocol):
    """Can cut a connection, and bounds what a client may make it do."""

    _pings: Bucket | None = None
    _is_deaf = False

    def handle_connect(self, event: Any) -> None:
        """Begin, with our extension in the scope of the application."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][ABORT] = self.transport.abort

    def handle_cont(self, event: WebSocketFrame) -> None:
        """Take a further part of a message; a message in very many tiny parts is an attack."""
        if len(self.frames) >= MOST_PARTS:
            self._fail(1009, "too many parts")
        else:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, but for a flood."""
        if self._pings is None:
            self._pings = bucket(PINGS_PER_S, 2 * PINGS_PER_S)
        if self._pings.wait_s(1, time.monotonic()):
            self._fail(1008, "too many pings")
        else:
            super().handle_ping()

    def handle_close(self, event: WebSocketFrame) -> None:
        """Close as the client does, even if it takes nothing any more."""
        super().handle_close(event)
        self._cut_later()

    def handle_parser_exception(self) -> None:
        """Tell the client what it did wrong, and let it read that.

        A connection that is closed with bytes unread is reset, and the client would not learn why.
        """
        told = self.conn.close_sent
        if told is None:  # there was no websocket yet
            self.transport.abort()
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": told.code, "reason": told.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = self._is_deaf = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.go_on_reading()
        self.close_timer = self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, unless it has been told that this is the end."""
        if not self._is_deaf:
            super().data_received(data)

    def handle_events(self) -> None:
        """Take what came. Where it ends with a close, there is nobody left to be told what else was wrong."""
        try:
            super().handle_events()
        except InvalidState:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def shutdown(self) -> None:
        """Close because the server ends, even if the client takes nothing any more."""
        super().shutdown()
        self._cut_later()

    def go_on_reading(self) -> None:
        """What was read has been dealt with."""
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()

    def _fail(self, code: int, reason: str) -> None:
        if not self.close_sent:
            self.conn.send_close(code, reason)
            self.handle_parser_exception()

    def _cut_later(self) -> None:
        if self.transport.get_write_buffer_size():
            self.loop.call_later(CLOSE_WITHIN_S, self.transport.abort)


class WebSocketProtocol(BoundedProtocol):
    """Lets a conversation take over its connection once it is accepted: then there is no application any more.

    What the handshake needed is let go, since most connections wait most of the time, and there are many.
    """

    frame = staticmethod(wire_frame)
    client = None
    line: Any = None
    conversation: Conversation
    _has_spoken = False

    def data_received(self, data: bytes) -> None:
        """Take what the client sent, and remember whether it did not wait for us to accept."""
        self._has_spoken = self.handshake_initiated
        super().data_received(data)
        if self.line is not None:
            self._forget_message()

    def handle_connect(self, event: Any) -> None:
        """Begin, with our extension in the scope of the application."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][DIRECT] = self.take_over

    def take_over(self, stalled_s: float) -> WebSocketProtocol:
        """Become the connection of a conversation, which goes on without an application."""
        self.line = DirectLine(self.transport, stalled_s, self._is_slow)
        self.close_timer = _STAYS
        return self

    def carry(self, conversation: Conversation) -> None:
        """Carry messages from now on, with those that have come already."""
        came = self.queue
        self.conversation = conversation
        self._let_go()
        while not came.empty():
            self.queue.put_nowait(came.get_nowait())

    def on_task_complete(self, task: asyncio.Task[None]) -> None:
        """The application has returned, and uvicorn has not closed the connection for it."""
        super().on_task_complete(task)
        if self.close_timer is _STAYS:
            self.close_timer = None

    def hang_up(self, code: int, reason: str) -> None:
        """Close the connection, and cut it when the client does not answer."""
        if self.close_sent or self.conn.state is not OPEN or self.transport.is_closing():
            return
        self.conn.send_close(code, reason)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.go_on_reading()
        within_s = CLOSE_WITHIN_S if self.transport.get_write_buffer_size() else ECHO_WITHIN_S
        self.close_timer = self.loop.call_later(within_s, self.transport.abort)

    def pause_writing(self) -> None:
        """The transport holds more than its mark."""
        super().pause_writing() if self.line is None else self.line.pause()

    def resume_writing(self) -> None:
        """The transport holds next to nothing."""
        super().resume_writing() if self.line is None else self.line.resume()

    def _is_slow(self) -> None:
        self.conversation.is_slow()

    def _let_go(self) -> None:
        """Keep nothing of the handshake."""
        if self.conn.state is OPEN and not self._has_spoken:
            self.conn: Any = Protocol(SERVER, max_size=self.config.ws_max_size, logger=self.logger)
        self.queue: Any = _Ear(self)
        self.writable = _WRITABLE
        self.__dict__ = {name: value for name, value in self.__dict__.items() if name not in _OF_HANDSHAKE}

    def _forget_message(self) -> None:
        """Let the parser go, which holds the last frame until the next one comes, and begin anew."""
        waits = self.conn.parser.gi_yieldfrom
        if waits is not None and waits.gi_code is _BETWEEN_MESSAGES:
            self.conn.parser = self.conn.parse()
            next(self.conn.parser)
