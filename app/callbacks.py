"""What providers that call us back have in common: anyone may, so no more is read than we take, nor waited for long."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

MOST_BYTES = 16 * 1024
BODY_S = 10.0


class Unread(Exception):
    """A body was not read to its end."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(code)
        self._status, self._code = status, code

    def response(self) -> Response:
        """The answer to it, after which nothing more is read."""
        return JSONResponse({"code": self._code}, self._status, {"connection": "close"})


async def whole_body(request: Request, within_s: float) -> bytes:
    """The body of a request.

    Raises:
        Unread: it is longer than MOST_BYTES, or did not come in time.
    """
    body = bytearray()
    try:
        async with asyncio.timeout(within_s):
            async for part in request.stream():
                body += part
                if len(body) > MOST_BYTES:
                    raise Unread(413, "BODY_TOO_LARGE")
    except (TimeoutError, ClientDisconnect):
        raise Unread(408, "BODY_TIMEOUT") from None
    return bytes(body)
