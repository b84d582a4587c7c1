"""uvicorn's HTTP protocol, with a deadline for the head of a request, which uvicorn has not."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.deadlines import Patience


class HttpProtocol(HttpToolsProtocol):
    """Closes a connection whose next request does not come in time, whether it sends slowly or nothing."""

    patience: Patience

    def late(self) -> None:
        """The head did not come in time."""
        self.transport.close()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self.patience.end(self)
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        self.patience.end(self)
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        is_idle = self.cycle is None or self.cycle.response_complete  # else a pipelined request is being served
        if is_idle and not self.transport.is_closing():
            self._wait_for_head()

    def handle_websocket_upgrade(self) -> None:
        self.patience.end(self)
        super().handle_websocket_upgrade()

    def _wait_for_head(self) -> None:
        self.patience.end(self)
        self.patience.begin(self)
