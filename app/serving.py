"""Runs the server, and what runs beside it in the same process."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

import uvloop

from app.assembly import Pond
from app.server import Server, uvicorn_of
from app.settings import Settings

_logger = logging.getLogger("yutang.serving")

Beside: TypeAlias = Callable[[Pond], Awaitable[Any]]
"""Something that runs while the server does, and is cancelled when it stops."""


class CannotServe(Exception):
    """The server did not start; the message says why."""


def check_port(host: str, port: int) -> None:
    """Find out early whether we could listen there.

    Raises:
        CannotServe: something else listens there, or the address is not ours.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except (OSError, OverflowError) as error:
            raise CannotServe(f"{host}:{port} cannot be listened on ({error}); try --port") from None


def serve(settings: Settings, beside: Sequence[Beside] = ()) -> None:
    """Serve until interrupted.

    Raises:
        CannotServe: the server did not start.
    """
    check_port(settings.host, settings.port)
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(settings, beside))


async def _serve(settings: Settings, beside: Sequence[Beside]) -> None:
    server = Server(settings)
    uvicorn = uvicorn_of(server, settings)
    serving = asyncio.create_task(uvicorn.serve())
    while not uvicorn.started and not serving.done():  # noqa: ASYNC110  uvicorn tells nobody
        await asyncio.sleep(0.02)
    if serving.done() or server.pond is None:
        await serving
        raise CannotServe("the server did not start; the lines above say why")
    tasks = [asyncio.create_task(_watched(one, server.pond)) for one in beside]
    try:
        await serving
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watched(work: Beside, pond: Pond) -> None:
    """What runs beside may fail; the server goes on."""
    try:
        await work(pond)
    except Exception:
        _logger.exception("%s ended", getattr(work, "__name__", work))
