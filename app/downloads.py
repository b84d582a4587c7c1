"""Downloads: what callers may take along as a workbook. They say who they are as they do to GraphQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TypeAlias
from urllib.parse import quote
from uuid import UUID

import uuid_utils
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.gate import Caller, Gate, Overloaded, address_of, locale_of, refusal
from app.workbooks import MEDIA_TYPE, written
from domain.identity import VISITOR, Principal
from domain.outages import Outage
from domain.sheets import Workbook
from resolvers import settlement_books, task_books
from resolvers.context import Context
from schema.ids import Kind, key_if

Download: TypeAlias = Callable[[Context, UUID], Awaitable[Workbook | None]]

DOWNLOADS: Mapping[str, tuple[Kind, Download]] = {
    "settlement-bills": (Kind.SETTLEMENT_BILL, settlement_books.workbook),
    "guide-tasks": (Kind.GUIDE_TASK, task_books.workbook),
}
"""What can be taken along, by its word in the address: of which kind of object, and how it becomes a workbook."""

WRITTEN_WITHIN_S = 60
_logger = logging.getLogger("yutang.downloads")


def downloads(gate: Gate) -> list[Route]:
    """Where they are: GET /exports/<word>/<id>.xlsx. One at a time is written: it takes seconds of a processor."""
    turn = asyncio.Semaphore(1)
    return [
        Route(f"/exports/{word}/{{id}}.xlsx", partial(_served, gate, turn, kind, download), methods=["GET"])
        for word, (kind, download) in DOWNLOADS.items()
    ]


async def _served(gate: Gate, turn: asyncio.Semaphore, kind: Kind, download: Download, request: Request) -> Response:
    principal = await _principal(gate, request)
    if principal is None:
        told = {"www-authenticate": "Bearer"}
        return _no(401, "UNAUTHENTICATED", "The token is missing, unknown or expired.", **told)
    address = address_of(request.scope)
    if wait_s := gate.rates.wait_s(principal, address):
        return _no(429, "RATE_LIMITED", "Too many requests.", **{"retry-after": str(wait_s)})
    locale = locale_of(request.headers.get("accept-language", ""))
    ctx = gate.context(Caller(principal, locale, str(uuid_utils.uuid7()), address))
    key = key_if(kind, request.path_params["id"])
    try:
        async with gate.admitted(), asyncio.timeout(gate.limits.operation_s):
            workbook = None if key is None else await download(ctx, key)
        if workbook is None:
            return _no(404, "NOT_FOUND", "Not found.")
        async with asyncio.timeout(WRITTEN_WITHIN_S), turn:
            return await _file(ctx, workbook)
    except (Overloaded, Outage, TimeoutError) as error:
        _logger.warning("no download: %r", error)
        return _no(503, "OVERLOADED", "Too much is going on.", **{"retry-after": "1"})


async def _principal(gate: Gate, request: Request) -> Principal | None:
    """Who asks; None for those who do not say, or by a token that means nothing."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    found = await gate.identify(token.strip()) if kind.lower() == "bearer" and token.strip() else None
    return None if found == VISITOR else found


async def _file(ctx: Context, workbook: Workbook) -> Response:
    body = await written(workbook, ctx.services.rules.time_zone)
    name = quote(f"{workbook.file_name}.xlsx", safe="")
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}", "cache-control": "private, no-store"}
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _no(status: int, code: str, message: str, **headers: str) -> Response:
    return JSONResponse(refusal(code, message), status, headers)
