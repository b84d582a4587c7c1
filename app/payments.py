"""Where payment providers call us back."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.callbacks import BODY_S, Unread, whole_body
from domain.gateways import Provider, SignatureWrong, Told
from domain.outages import Outage
from domain.payments import WrongAmount
from domain.refusals import NotFound
from resolvers import payments
from resolvers.context import Context


def notified(context: Callable[[], Context], body_s: float = BODY_S) -> Callable[[Request], object]:
    """The endpoint for the provider's notifications. It answers 200 only after the payment is booked."""

    async def receive(request: Request) -> Response:
        try:
            body = await whole_body(request, body_s)
        except Unread as unread:
            return unread.response()
        return await _booked(context(), request, body)

    return receive


async def _booked(ctx: Context, request: Request, body: bytes) -> Response:
    try:
        told = await ctx.services.payments[Provider.SANDBOX].read(request.headers, body, ctx.now())
        if isinstance(told, Told):
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
