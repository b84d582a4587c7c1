"""Where providers of live video call us back."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.callbacks import BODY_S, Unread, whole_body
from domain.live_video import NotBelieved, NotUnderstood
from domain.outages import Outage
from domain.refusals import NotFound
from providers.video import Callback, LiveVideoProvider
from resolvers import live_streams
from resolvers.context import Context


def streamed(
    context: Callable[[], Context], provider: LiveVideoProvider, body_s: float = BODY_S
) -> Callable[[Request], object]:
    """The endpoint for what a provider tells of streams. It answers 200 only after the room knows."""

    async def receive(request: Request) -> Response:
        try:
            body = await whole_body(request, body_s)
        except Unread as unread:
            return unread.response()
        return await _heard(context(), provider, Callback(request.headers, request.query_params, body))

    return receive


async def _heard(ctx: Context, provider: LiveVideoProvider, callback: Callback) -> Response:
    try:
        told = provider.verify_callback(callback, ctx.now())
        if told is not None:
            await live_streams.heard(ctx, told)
    except NotBelieved:
        return JSONResponse({"code": "SIGNATURE_WRONG"}, 401)
    except NotUnderstood:
        return JSONResponse({"code": "MALFORMED"}, 400)
    except NotFound:
        return JSONResponse({"code": "NOT_FOUND"}, 404)
    except Outage:
        return JSONResponse({"code": "OVERLOADED"}, 503, {"retry-after": "1"})
    return JSONResponse(dict(provider.answer))
