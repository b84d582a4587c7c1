"""Runs the server, and what runs beside it in the same process; or several of them that share a port."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
import sys
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias

import uvloop

from app.assembly import Pond
from app.databases import dsn_of
from app.plays import installed_plays
from app.server import Server, uvicorn_of
from app.settings import Settings
from app.workers import CannotStart, Workers, parent_sentinel
from db import migrate

BACKLOG = 2048
DID_NOT_START = "the server did not start; the lines above say why"

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


def allow_as_many_files_as_may_be() -> None:
    """Lift the soft limit of open files to the hard one: each phone is a file, and the usual 1,024 are soon there."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):  # where the hard one cannot be had, ours stays as it is
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def serve(settings: Settings, beside: Sequence[Beside] = ()) -> None:
    """Serve until interrupted.

    Raises:
        CannotServe: the server did not start.
        BadPlugin: a play of an integrator cannot be used.
    """
    check_port(settings.host, settings.port)
    installed_plays()
    allow_as_many_files_as_may_be()
    if settings.workers > 1:
        _serve_in_workers(settings, beside)
        return
    with suppress(KeyboardInterrupt), _runner() as runner:
        runner.run(_serve(settings, beside))


def _serve_in_workers(settings: Settings, beside: Sequence[Beside]) -> None:
    """Serve in several processes. The embedded PostgreSQL is this one's; what runs beside is the first worker's."""
    check_workers(settings)
    dsn = dsn_of(settings)
    if settings.database_url is None:
        asyncio.run(migrate.upgrade(dsn))
    shared = settings.model_copy(update={"database_url": dsn})
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.create_server((settings.host, settings.port), family=family, backlog=BACKLOG) as listener:
        try:
            Workers(partial(_work, shared, tuple(beside)), listener, settings.workers).run()
        except CannotStart:
            raise CannotServe(DID_NOT_START) from None


def check_workers(settings: Settings) -> None:
    """Find out whether these settings hold for several processes.

    Raises:
        CannotServe: they hold for one.
    """
    if settings.bus_url.startswith("memory:"):
        raise CannotServe(
            f"{settings.workers} workers need a bus between them: BUS_URL=redis://… or BUS_URL=postgres://…;"
            f" {settings.bus_url} is for one process"
        )
    if settings.standins:
        raise CannotServe("the stand-ins remember what they said in one process; serve them with one worker")


def _work(
    settings: Settings, beside: Sequence[Beside], listener: socket.socket, number: int, ready: Callable[[], None]
) -> None:
    """Serve as one of several workers."""
    try:
        with suppress(KeyboardInterrupt), _runner() as runner:
            runner.run(_serve(settings, beside if number == 0 else (), listener, ready))
    except CannotServe as error:
        sys.exit(f"yutang: {error}")


def _runner() -> asyncio.Runner:
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


async def _serve(
    settings: Settings,
    beside: Sequence[Beside],
    listener: socket.socket | None = None,
    ready: Callable[[], None] | None = None,
) -> None:
    server = Server(settings)
    uvicorn = uvicorn_of(server, settings)
    serving = asyncio.create_task(uvicorn.serve(None if listener is None else [listener]))
    while not uvicorn.started and not serving.done():  # noqa: ASYNC110  uvicorn tells nobody
        await asyncio.sleep(0.02)
    if serving.done() or server.pond is None:
        await serving
        raise CannotServe(DID_NOT_START)
    tasks = [asyncio.create_task(_watched(one, server.pond)) for one in beside]
    if ready is not None:
        ready()
    _end_with_parent(lambda: setattr(uvicorn, "should_exit", True))
    try:
        await serving
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _end_with_parent(end: Callable[[], None]) -> None:
    """A worker whose parent was killed would hold the port for good."""
    sentinel = parent_sentinel()
    if sentinel is not None:
        asyncio.get_running_loop().add_reader(sentinel, _once, sentinel, end)


def _once(sentinel: int, end: Callable[[], None]) -> None:
    asyncio.get_running_loop().remove_reader(sentinel)
    end()


async def _watched(work: Beside, pond: Pond) -> None:
    """What runs beside may fail; the server goes on."""
    try:
        await work(pond)
    except Exception:
        _logger.exception("%s ended", getattr(work, "__name__", work))
