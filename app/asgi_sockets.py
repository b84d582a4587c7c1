"""Websockets over plain ASGI: what carries a conversation on any server."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from app.conversations import Conversation
from app.framing import text_frame
from app.lines import AsgiLine

CLOSE_WITHIN_S = 1.0
ABORT = "yutang.abort"
"""The extension of our server's scope that cuts a connection whose client takes nothing any more."""

_logger = logging.getLogger("yutang.sockets")


class AsgiSocket:
    """One connection, which has been accepted."""

    frame = staticmethod(text_frame)

    _conversation: Conversation

    def __init__(self, scope: Any, receive: Any, send: Any, stalled_s: float) -> None:
        self.line = AsgiLine(send, stalled_s, self._is_slow)
        self._abort = scope.get("extensions", {}).get(ABORT)
        self._receive = receive
        self._send = send
        self._closing: asyncio.Task[None] | None = None

    async def carry(self, conversation: Conversation) -> None:
        """Carry messages until one of both closes the connection."""
        self._conversation = conversation
        try:
            while (message := await self._receive())["type"] != "websocket.disconnect":
                await self._conversation.hear(message)
        finally:
            self._conversation.left()
            if self._closing is not None:
                await asyncio.wait([self._closing])

    def _is_slow(self) -> None:
        self._conversation.is_slow()

    def hang_up(self, code: int, reason: str) -> asyncio.Task[None] | None:
        """Close the connection, or cut it when the client does not take even that."""
        self._closing = asyncio.get_running_loop().create_task(self._close(code, reason))
        return self._closing

    async def _close(self, code: int, reason: str) -> None:
        try:
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._send({"type": "websocket.close", "code": code, "reason": reason})
        except TimeoutError:
            if self._abort is not None:
                self._abort()
        except Exception as error:  # noqa: BLE001  the client closed first, each server says so in its own way
            _logger.debug("closing a connection that has gone: %r", error)
