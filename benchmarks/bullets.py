"""Bullet comments from senders to viewers, through the database: `yutang serve` as it is started, PostgreSQL durable.

`./dev bench bullets [--seconds 10]`. Members send `bulletCommentSend` over HTTP into one room, each at the pace that
the room allows, while others watch it over websockets. Nothing is pinned: server, PostgreSQL, senders and viewers share
the machine. First as many as the server accepts, then half as many for the time from the mutation to another viewer's
socket. Afterwards every accepted comment must be found in the log, under its number, and no other.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import asyncpg

from app.assembly import open_pond
from app.settings import Settings
from benchmarks.load import seed
from benchmarks.load.children import Child, core_busy_s
from benchmarks.load.viewers import Crowd, watch
from db import migrate
from schema.ids import Kind, key_of

MEMBERS, VIEWERS = 8_000, 20
LEAST_PER_S = 2_000.0
STORED = """SELECT seq, payload -> 'comment' ->> 'text' AS text FROM room_event
    WHERE room_id = $1 AND kind = 'BULLET_COMMENT'"""


@dataclass(frozen=True)
class Scene:
    """A room and who speaks in it."""

    dsn: str
    room: str
    tokens: list[str]


async def _scene(dsn: str) -> Scene:
    await migrate.upgrade(dsn)
    async with open_pond(Settings(_env_file=None, database_url=dsn, relay=False)) as pond:
        (room,) = await seed.live_rooms(pond, 1)
        return Scene(dsn, room, await seed.tokens(pond, MEMBERS))


class Serving(Child):
    """`yutang serve`, until it is ready."""

    def __init__(self, stack: ExitStack, dsn: str, extra: list[str]) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        command = [str(Path(sys.executable).with_name("yutang")), "serve", "--port", str(self.port), *extra]
        super().__init__(stack, command, DATABASE_URL=dsn)
        for _ in range(300):
            time.sleep(0.1)
            try:
                urlopen(f"http://127.0.0.1:{self.port}/readyz").close()
            except OSError:
                continue
            return
        sys.exit("yutang serve did not start")


def send(senders: Child, viewers: Child, server: Serving, command: str) -> dict[str, Any]:
    """Let the senders send, and see what the server and the viewers make of it."""
    viewers.ask("hear")
    cpu_s, busy_s = server.cpu_s, [core_busy_s(core) for core in os.sched_getaffinity(0)]
    sent = senders.ask(command)
    cpu_s = server.cpu_s - cpu_s
    busy = sum(core_busy_s(core) for core in os.sched_getaffinity(0)) - sum(busy_s)
    time.sleep(0.5)
    seen = viewers.ask("tell")
    if sent["refused"]:
        print(f"{command}: {sent['refused']} refused: {sent['why']}", file=sys.stderr)
    return {
        **sent,
        "per_s": sent["accepted"] / sent["seconds"],
        "cpu_us": cpu_s / sent["accepted"] * 1e6,
        "server_share": cpu_s / sent["seconds"],
        "machine_share": busy / sent["seconds"],
        "p50_ms": seen["p50_ms"],
        "p99_ms": seen["p99_ms"],
        "shown_per_s": seen["deliveries"] / VIEWERS / sent["seconds"],
    }


async def missing(scene: Scene, accepted: list[list[str]]) -> int:
    """How many comments stand in the log that were not accepted, or were accepted and do not stand there as sent."""
    connection = await asyncpg.connect(scene.dsn)
    assert await connection.fetchval("SHOW synchronous_commit") == "on"
    assert await connection.fetchval("SHOW fsync") == "on"
    rows = await connection.fetch(STORED, key_of(Kind.LIVE_ROOM, scene.room))
    await connection.close()
    assert len(rows) == len({row["seq"] for row in rows})
    return len({(int(seq), text) for seq, text in accepted} ^ {(row["seq"], row["text"]) for row in rows})


def measure(seconds: float, extra: list[str]) -> tuple[dict[str, Any], dict[str, Any], int]:
    with ExitStack() as stack:
        dsn = stack.enter_context(seed.database(durable=True))
        scene = asyncio.run(_scene(dsn))
        server = Serving(stack, dsn, extra)
        tokens = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".txt"))
        tokens.write("\n".join(scene.tokens))
        tokens.flush()
        senders = Child(
            stack, [sys.executable, "-m", "benchmarks.load.senders", str(server.port), scene.room, tokens.name]
        )
        viewers = watch(stack, Crowd(VIEWERS), [scene.room], server.port)
        assert viewers.ask("connect")["watching"] == VIEWERS
        warm = send(senders, viewers, server, "flood 2")
        full = send(senders, viewers, server, f"flood {seconds}")
        half = send(senders, viewers, server, f"steady {full['per_s'] / 2} {seconds}")
        files = [one["file"] for one in (warm, full, half)]
        accepted = [line.split("\t") for file in files for line in Path(file).read_text().splitlines()]
        lost = asyncio.run(missing(scene, accepted))
        for file in files:
            Path(file).unlink()
    return full, half, lost


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    extra = [] if arguments.workers == 1 else ["--workers", str(arguments.workers)]
    full, half, lost = measure(arguments.seconds, extra)
    print(
        f"{'':14}{'accepted/s':>12}{'p50':>10}{'p99':>10}{'CPU each':>12}{'server':>9}{'both cores':>12}{'senders':>9}"
    )
    for name, one in (("all it can", full), ("half of it", half)):
        print(
            f"{name:14}{one['per_s']:12.0f}{one['p50_ms']:7.1f} ms{one['p99_ms']:7.1f} ms{one['cpu_us']:9.0f} µs"
            f"{one['server_share']:9.0%}{one['machine_share']:12.0%}{one['client_share']:9.0%}"
        )
    print(f"not stored as accepted: {lost}; shown to each viewer: {full['shown_per_s']:.0f} a second")
    print(f"{'holds' if full['per_s'] >= LEAST_PER_S else 'FAILS'}: {LEAST_PER_S:g} a second, every one stored")
    figures = {
        "bench": "bullets",
        "stored_per_s": round(full["per_s"], 1),
        "p99_ms": round(half["p99_ms"], 1),
        "p99_full_ms": round(full["p99_ms"], 1),
        "cpu_us": round(full["cpu_us"], 1),
        "lost": lost,
        "load": round(os.getloadavg()[0], 1),
    }
    print(json.dumps(figures))
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
