"""uvicorn's HTTP protocol, with what uvicorn has not: a deadline for the head of a request, and whole responses."""

from __future__ import annotations

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.deadlines import Patience

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
"""What uvicorn writes before a response, to a client that waits for it."""


class Whole:
    """A connection that sends the head of a response together with what comes next: each write is a system call."""

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.is_closing = transport.is_closing
        self._head = b""
        self._expects_head = False

    def expect_head(self) -> None:
        """What is written next is the head of a response."""
        self._expects_head = True

    def write(self, data: bytes) -> None:
        if self._expects_head and data != CONTINUE:
            self._head, self._expects_head = data, False
        else:
            self.transport.write(self._head + data)
            self._head = b""

    def flush(self) -> None:
        """Nothing comes next."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        self.flush()
        self.transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.transport, name)


class HttpProtocol(HttpToolsProtocol):
    """Closes a connection whose head does not come in time, however it dawdles, and one that nobody uses."""

    heads: Patience
    """With a first request, and with each one that has begun."""
    idle: Patience
    """With those that were answered and ask for nothing more."""

    def late(self) -> None:
        """Too long, one or the other."""
        self.transport.close()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.whole = Whole(transport)
        self.transport = cast("Any", self.whole)
        self.heads.begin(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        self.idle.end(self)
        self.heads.end(self)
        self.heads.begin(self)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._end_waiting()
        if self.cycle is None or self.cycle.response_complete:
            self.whole.expect_head()
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        self.whole.flush()
        if self.pipeline:
            self.whole.expect_head()
        super().on_response_complete()
        is_idle = self.cycle is None or self.cycle.response_complete  # else a pipelined request is being served
        if is_idle and not self.transport.is_closing():
            self.idle.end(self)
            self.idle.begin(self)

    def handle_websocket_upgrade(self) -> None:
        self._end_waiting()
        self.transport = self.whole.transport
        super().handle_websocket_upgrade()

    def _end_waiting(self) -> None:
        self.heads.end(self)
        self.idle.end(self)
