"""`yutang demo`: the sample brand, served on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID

from rich.console import Console

from app import databases, jobs
from app.assembly import Pond
from app.demo import greeting, media
from app.demo.crowd import be_lively
from app.demo.sow import Sown, sow
from app.demo.tokens import ready_tokens
from app.imports.danmaku import replay
from app.serving import Beside, check_port, serve
from app.settings import Settings, Webhooks
from db import embedded, migrate
from db.connection import Database
from schema.ids import Kind, id_of

MEMBER, GUIDE, STAFF = "member", "guide", "staff"


class CannotDemonstrate(Exception):
    """The demo cannot begin; the message says why."""


@dataclass(frozen=True)
class Ready:
    """A sown database and the keys to it."""

    dsn: str
    sown: Sown
    tokens: dict[str, str]


def demonstrate(settings: Settings, *, live: bool, bullets: Path | None, speed: float, reset: bool) -> None:
    """Sow what is missing, serve it, and say how to get in.

    Raises:
        CannotDemonstrate: there is nothing that may be reset, or no such file.
        CannotServe: the port is taken.
    """
    console = Console(highlight=False)
    check_port(settings.host, settings.port)
    if bullets is not None and not bullets.is_file():
        raise CannotDemonstrate(f"there is no file {bullets}")
    if reset:
        _reset(settings)
    ready = prepare(settings, console)
    assert settings.data_dir is not None, "the command line names a folder"
    served = settings.model_copy(
        update={
            "database_url": ready.dsn,
            "media_dir": settings.data_dir / "media",
            "standins": True,
            "introspection": True,
            "graphiql": True,
            "webhooks": Webhooks(loopback=True),
        }
    )
    beside: list[Beside] = [jobs.run, partial(_greet, console, ready, live=live)]
    serve(served, [*beside, *_lively(console, ready, live=live, bullets=bullets, speed=speed)])


def _reset(settings: Settings) -> None:
    folder = settings.data_dir
    if settings.database_url is not None or folder is None:
        raise CannotDemonstrate("--reset deletes only the database that comes with us, and DATABASE_URL names another")
    if (folder / "pg").exists():
        embedded.start(folder)  # joins one that a killed demo left behind
        embedded.stop(folder)
    if (folder / "pg" / "postmaster.pid").exists():
        raise CannotDemonstrate(f"{folder} is in use: stop the demo that runs on it first")
    embedded.remove(folder)


def prepare(settings: Settings, console: Console) -> Ready:
    """Start the database, migrate it, draw the pictures and sow the brand; each only as far as it is missing."""
    assert settings.data_dir is not None, "the command line names a folder"
    with console.status("数据库 · database") as status:
        dsn = databases.dsn_of(settings)
        (settings.data_dir / "media").mkdir(parents=True, exist_ok=True)
        media.draw(settings.data_dir / "media")
        return asyncio.run(_prepare(settings, dsn, settings.data_dir, status.update))


async def _prepare(settings: Settings, dsn: str, folder: Path, tell: Callable[[str], None]) -> Ready:
    await migrate.upgrade(dsn)
    # What is lost of this in a crash is sown again, so nothing has to wait for the disk.
    database = await Database.connect(f"{dsn}{'&' if '?' in dsn else '?'}synchronous_commit=off")
    try:
        sown = await sow(database, wechat_app_id=settings.wechat_app_id, tell=tell)
        return Ready(dsn, sown, await ready_tokens(database, folder, _holders(sown)))
    finally:
        await database.close()


def _holders(sown: Sown) -> dict[str, UUID]:
    return {MEMBER: sown.members[0], GUIDE: sown.guides[sown.host].member_id, STAFF: sown.staff["operator"]}


async def _greet(console: Console, ready: Ready, pond: Pond, *, live: bool) -> None:
    greeting.show(console, pond.settings.own_url, ready.sown, ready.tokens, live=live)


def _lively(console: Console, ready: Ready, *, live: bool, bullets: Path | None, speed: float) -> list[Beside]:
    """What makes the room live, as far as it is wanted."""
    wanted: list[Beside] = []
    if live:
        wanted.append(partial(_crowd, ready))
    if bullets is not None:
        wanted.append(partial(_replay, console, ready, bullets, speed))
    return wanted


async def _crowd(ready: Ready, pond: Pond) -> None:
    room = id_of(Kind.LIVE_ROOM, ready.sown.room_id)
    await be_lively(pond.settings.own_url, room, ready.tokens[GUIDE], ready.tokens[STAFF])


async def _replay(console: Console, ready: Ready, path: Path, speed: float, pond: Pond) -> None:
    console.print(f"\n弹幕回放 · replaying {path.name}，{speed:g}×", markup=False)
    replayed = await replay(pond.context(), ready.sown.room_id, path, speed)
    refused = "，".join(f"{code} × {many}" for code, many in replayed.refused.items()) or "无 · none"
    console.print(f"弹幕回放完毕 · replayed: {replayed.said}；被拒 · refused: {refused}", markup=False)
    replayed.report.show_problems(console)
