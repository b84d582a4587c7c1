"""Where payment providers call us back."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from domain.payments import SignatureWrong, WrongAmount
from domain.refusals import NotFound
from resolvers import payments
from resolvers.context import Context

MOST_BYTES = 16 * 1024


def notified(context: Callable[[], Context]) -> Callable[[Request], object]:
    """The endpoint for the provider's notifications. It answers 200 only after the payment is booked."""

    async def receive(request: Request) -> Response:
        body = await request.body()
        if len(body) > MOST_BYTES:
            return JSONResponse({"code": "BODY_TOO_LARGE"}, 413)
        ctx = context()
        try:
            told = ctx.services.payments.read(request.headers, body, ctx.now())
            await payments.book(ctx, told)
        except SignatureWrong:
            return JSONResponse({"code": "SIGNATURE_WRONG"}, 401)
        except WrongAmount:
            return JSONResponse({"code": "AMOUNT_MISMATCH"}, 409)
        except NotFound:
            return JSONResponse({"code": "NOT_FOUND"}, 404)
        return JSONResponse({"code": "SUCCESS"})

    return receive
