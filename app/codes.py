"""Codes for people to scan: their pictures, and where a browser is led that scans one."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Literal, TypeAlias
from urllib.parse import urlencode

import segno
import uuid_utils
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from app.gate import Caller, Gate, Overloaded, address_of, refusal
from domain.identity import VISITOR
from domain.landings import Coded
from domain.outages import Outage
from domain.refusals import ProviderUnavailable, Refusal, TooOften
from domain.shares import TargetKind
from resolvers import codes
from resolvers.context import Context
from schema.ids import Kind, id_of

Answer: TypeAlias = Callable[[Context, Coded], Awaitable[Response]]

MOST_KEPT = 256
"""Pictures by WeChat that a process keeps: some dozen kilobytes each, and it makes 5,000 a minute."""
KEPT_S = 86_400
_logger = logging.getLogger("yutang.codes")


class _Pictures:
    """The latest pictures by WeChat. One that two ask for at once is asked for once."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._turns: dict[str, asyncio.Lock] = {}

    async def picture(self, ctx: Context, coded: Coded) -> bytes | None:
        async with self._turns.setdefault(coded.code, asyncio.Lock()):
            try:
                return self._kept.get(coded.code) or await self._made(ctx, coded)
            finally:
                self._turns.pop(coded.code, None)

    async def _made(self, ctx: Context, coded: Coded) -> bytes | None:
        made = await codes.mini_program_code(ctx, coded)
        if made is not None:
            self._kept[coded.code] = made
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return made


def code_routes(gate: Gate) -> list[Route]:
    """GET /qr/<code>.png, a plain picture; /qr/<code>.wechat.png, a mini-program code; /s/<code>, where that leads.

    Whoever has a code may have its picture: it is there to be passed on, and tells nothing but itself.
    """
    pictures = _Pictures()

    async def by_wechat(ctx: Context, coded: Coded) -> Response:
        picture = await pictures.picture(ctx, coded)
        return _nothing() if picture is None else _shown(picture)

    def route(path: str, answer: Answer) -> Route:
        async def served(request: Request) -> Response:
            return await _served(gate, answer, request)

        return Route(path, served, methods=["GET"])

    return [route("/qr/{code}.wechat.png", by_wechat), route("/qr/{code}.png", _plain), route("/s/{code}", _landing)]


async def _served(gate: Gate, answer: Answer, request: Request) -> Response:
    address = address_of(request.scope)
    if wait_s := gate.rates.wait_s(VISITOR, address):
        return _later(429, "RATE_LIMITED", wait_s)
    ctx = gate.context(Caller(request_id=str(uuid_utils.uuid7()), client=address))
    try:
        with gate.admitted, gate.deadline():
            coded = await codes.find(ctx, request.path_params["code"])
            return _nothing() if coded is None else await answer(ctx, coded)
    except TooOften as refused:
        return _later(429, "RATE_LIMITED", refused.retry_after_s)
    except Refusal as refused:
        _logger.warning("no code: %r", refused)
        status = 503 if isinstance(refused, ProviderUnavailable) else 404
        return JSONResponse(refusal(refused.code.value, "WeChat made no code."), status)
    except (Overloaded, Outage, TimeoutError) as error:
        _logger.warning("no code: %r", error)
        return _later(503, "OVERLOADED", 1)


async def _plain(ctx: Context, coded: Coded) -> Response:
    return _shown(picture_of(ctx.services.rules.codes.link_of(coded.code)))


def picture_of(text: str) -> bytes:
    """A QR picture with enough in it that a tenth of it may be covered; each module is eight pixels wide."""
    picture = BytesIO()
    segno.make(text, error="m", micro=False).save(picture, kind="png", scale=8)
    return picture.getvalue()


async def _landing(_ctx: Context, coded: Coded) -> Response:
    """The page of what the code shows, which is told by whose code one came."""
    place: Literal["live", "shop"] = "shop"
    shown: dict[str, str] = {}
    if coded.target_kind is TargetKind.LIVE_ROOM and coded.target_id is not None:
        place, shown = "live", {"room": id_of(Kind.LIVE_ROOM, coded.target_id)}
    elif coded.target_kind is TargetKind.POST and coded.target_id is not None:
        shown = {"post": id_of(Kind.POST, coded.target_id)}
    elif coded.slug is not None:
        shown = {"product": coded.slug}
    return RedirectResponse(f"/{place}/?{urlencode({**shown, 'share': coded.code})}", 302)


def _shown(picture: bytes) -> Response:
    kind = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
    headers = {"cache-control": f"public, max-age={KEPT_S}", "x-content-type-options": "nosniff"}
    return Response(picture, media_type=kind, headers=headers)


def _nothing() -> Response:
    return JSONResponse(refusal("NOT_FOUND", "Not found."), 404)


def _later(status: int, code: str, wait_s: int) -> Response:
    return JSONResponse(refusal(code, "Try again later."), status, {"retry-after": str(wait_s)})
