"""Where payment providers call us back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from domain.outages import Outage
from domain.payments import SignatureWrong, WrongAmount
from domain.refusals import NotFound
from resolvers import payments
from resolvers.context import Context

MOST_BYTES = 16 * 1024
BODY_S = 10.0


class TooLong(Exception):
    """A body has more than MOST_BYTES."""


def notified(context: Callable[[], Context], body_s: float = BODY_S) -> Callable[[Request], object]:
    """The endpoint for the provider's notifications. It answers 200 only after the payment is booked.

    Anyone may call it: it reads no more than it takes, and waits no longer than `body_s` for it.
    """

    async def receive(request: Request) -> Response:
        try:
            async with asyncio.timeout(body_s):
                body = await _body(request)
        except TooLong:
            return _refusal(413, "BODY_TOO_LARGE")
        except (TimeoutError, ClientDisconnect):
            return _refusal(408, "BODY_TIMEOUT")
        return await _booked(context(), request, body)

    return receive


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise TooLong
    return bytes(body)


def _refusal(status: int, code: str) -> Response:
    """The answer to a body that was not read to its end."""
    return JSONResponse({"code": code}, status, {"connection": "close"})


async def _booked(ctx: Context, request: Request, body: bytes) -> Response:
    try:
        told = ctx.services.payments.read(request.headers, body, ctx.now())
        await payments.book(ctx, told)
    except SignatureWrong:
        return JSONResponse({"code": "SIGNATURE_WRONG"}, 401)
    except WrongAmount:
        return JSONResponse({"code": "AMOUNT_MISMATCH"}, 409)
    except NotFound:
        return JSONResponse({"code": "NOT_FOUND"}, 404)
    except Outage:
        return JSONResponse({"code": "OVERLOADED"}, 503, {"retry-after": "1"})
    return JSONResponse({"code": "SUCCESS"})
