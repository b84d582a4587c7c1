"""uvicorn's HTTP protocol, with a deadline for the head of a request, which uvicorn has not."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.deadlines import Patience


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
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        is_idle = self.cycle is None or self.cycle.response_complete  # else a pipelined request is being served
        if is_idle and not self.transport.is_closing():
            self.idle.end(self)
            self.idle.begin(self)

    def handle_websocket_upgrade(self) -> None:
        self._end_waiting()
        super().handle_websocket_upgrade()

    def _end_waiting(self) -> None:
        self.heads.end(self)
        self.idle.end(self)
