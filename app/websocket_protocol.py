"""uvicorn's websocket protocol, with what ASGI cannot say: cut a connection, and bound the parts of a message."""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from app.sockets import ABORT

MOST_PARTS = 256


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Handshake, masking, control frames and close are uvicorn's."""

    def handle_connect(self, event: Any) -> None:
        """Begin, with our extension in the scope of the application."""
        super().handle_connect(event)
        scope: Any = getattr(self, "scope", None)
        if scope is not None:
            scope["extensions"][ABORT] = self.transport.abort

    def handle_cont(self, event: Frame) -> None:
        """Take a further part of a message; a message in very many tiny parts is an attack."""
        if len(self.frames) >= MOST_PARTS:
            self.conn.send_close(1009, "too many parts")
            self.handle_parser_exception()
            return
        super().handle_cont(event)
