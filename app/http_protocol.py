"""uvicorn's HTTP protocol, with what uvicorn has not: a deadline for the head of a request, and whole responses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from app.deadlines import Patience
from app.http import WHOLE


class HttpProtocol(HttpToolsProtocol):
    """Closes a connection whose head does not come in time, however it dawdles, and one that nobody uses."""

    heads: Patience
    """With a first request, and with each one that has begun."""
    idle: Patience
    """With those that were answered and ask for nothing more."""

    served: RequestResponseCycle | None = None
    """The request that is being answered, while its client is there. Others of the connection wait for their turn."""

    def late(self) -> None:
        """Too long, one or the other."""
        self.transport.close()

    async def respond(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Send a response that is known whole in one system call; ASGI has two messages, each of which is one."""
        if self.flow.write_paused:
            await self.flow.drain()
        cycle = self.served
        if cycle is None:
            return
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.keep_alive = cycle.keep_alive and headers.get("connection") != "close"
        sent = b"" if cycle.scope["method"] == "HEAD" else body
        cycle.transport.write(_head(cycle, status, headers) + sent)
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.heads.begin(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_waiting()
        super().connection_lost(exc)
        self.served = None

    def on_message_begin(self) -> None:
        self.idle.end(self)
        self.heads.end(self)
        self.heads.begin(self)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._end_waiting()
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self.served = cycle
        extensions: dict[Any, Any] = {WHOLE: self.respond}
        cycle.scope["extensions"] = extensions
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        """As uvicorn has it, with our own eye on idle connections in place of a timer for each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.idle.end(self)
            self.idle.begin(self)

    def handle_websocket_upgrade(self) -> None:
        self._end_waiting()
        super().handle_websocket_upgrade()

    def _end_waiting(self) -> None:
        self.heads.end(self)
        self.idle.end(self)


def _head(cycle: RequestResponseCycle, status: int, headers: Mapping[str, str]) -> bytes:
    said = headers if cycle.keep_alive else {**headers, "connection": "close"}
    fixed = b"".join([b"%b: %b\r\n" % header for header in cycle.default_headers])
    own = "".join([f"{name}: {value}\r\n" for name, value in said.items()])
    return b"%b%b%b\r\n" % (STATUS_LINE[status], fixed, own.encode("latin-1"))
