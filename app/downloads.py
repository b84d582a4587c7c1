"""Downloads: what callers may take along as a workbook. They say who they are as they do to GraphQL."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import date
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
from domain.refusals import BadInput
from domain.sheets import Workbook
from resolvers import guide_payouts, guide_statements, hook_books, settlement_books, task_books
from resolvers.context import Context
from schema.ids import Kind, key_if

Download: TypeAlias = Callable[[Context, str], Awaitable[Workbook | None]]


def _of(kind: Kind, make: Callable[[Context, UUID], Awaitable[Workbook | None]]) -> Download:
    """What an object becomes, named by its id."""

    async def download(ctx: Context, name: str) -> Workbook | None:
        key = key_if(kind, name)
        return None if key is None else await make(ctx, key)

    return download


async def _statement(ctx: Context, name: str) -> Workbook | None:
    """A guide's statement, named by the guide's id, the first day and the last."""
    guide_id, *days = name.split("/")
    key = key_if(Kind.GUIDE, guide_id)
    try:
        first_day, last_day = map(date.fromisoformat, days)
        return None if key is None else await guide_statements.workbook(ctx, key, first_day, last_day)
    except (ValueError, BadInput):
        return None


DOWNLOADS: Mapping[str, Download] = {
    "settlement-bills": _of(Kind.SETTLEMENT_BILL, settlement_books.workbook),
    "hook-batches": _of(Kind.HOOK_BATCH, hook_books.workbook),
    "guide-tasks": _of(Kind.GUIDE_TASK, task_books.workbook),
    "guide-statements": _statement,
    "guide-payouts": guide_payouts.workbook,
}
"""What can be taken along, by its word in the address: how what is named behind it becomes a workbook."""

WRITTEN_WITHIN_S = 60
COSTS = 100
"""Requests, of those that a caller has a minute: so much work a workbook is."""
_logger = logging.getLogger("yutang.downloads")


def downloads(gate: Gate) -> list[Route]:
    """Where they are: GET /exports/<word>/<name>.xlsx. One at a time is written: it takes seconds of a processor."""
    turn = asyncio.Semaphore(1)
    return [
        Route(f"/exports/{word}/{{name:path}}.xlsx", partial(_served, gate, turn, download), methods=["GET"])
        for word, download in DOWNLOADS.items()
    ]


async def _served(gate: Gate, turn: asyncio.Semaphore, download: Download, request: Request) -> Response:
    try:
        principal = await _principal(gate, request)
        if principal is None:
            told = {"www-authenticate": "Bearer"}
            return _no(401, "UNAUTHENTICATED", "The token is missing, unknown or expired.", **told)
        address = address_of(request.scope)
        if wait_s := gate.rates.wait_s(principal, address, COSTS):
            return _no(429, "RATE_LIMITED", "Too many requests.", **{"retry-after": str(wait_s)})
        locale = locale_of(request.headers.get("accept-language", ""))
        ctx = gate.context(Caller(principal, locale, str(uuid_utils.uuid7()), address))
        with gate.admitted, gate.deadline():
            workbook = await download(ctx, request.path_params["name"])
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
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "cache-control": "private, no-store",
        "x-content-type-options": "nosniff",
    }
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _no(status: int, code: str, message: str, **headers: str) -> Response:
    return JSONResponse(refusal(code, message), status, headers)
