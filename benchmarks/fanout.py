"""Bullet comments to the viewers of live rooms: ours, peers, and the bare loop that writes to sockets, in turns.

`./dev bench fanout [--length quick|usual|long] [--sides ours,bare,…]`. Each server has one core to itself while it is
measured, the load client (C) the other. All get the same events, as many bytes of them, from the same client, which
holds every viewer to the order of events and to having got each. CPU is the server's, user and system together, per
delivered event, at half of the events per second that the server can do; memory is the growth of its resident set per
idle subscriber.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from app.assembly import open_pond
from app.settings import Settings
from benchmarks.load import seed
from benchmarks.load.children import LOAD_CORE, Child, ServerChild
from benchmarks.load.viewers import Crowd, watch
from db import migrate

OURS, BARE, STRAWBERRY = "ours", "bare", "strawberry"
SIDES = (OURS, BARE, STRAWBERRY)
LOBBY, ROOM, ROOMS, IN_EACH, PER_ROOM_A_SECOND = 0, 1, 200, 25, 5
"""Who warms a server up stands in the lobby; then come the rooms."""
CLIENT_BUSY = 0.85
"""From so much of its core on, the load client may be what is measured."""


@dataclass(frozen=True)
class Length:
    """How long a run takes: rounds for each crowd, and the seconds of each of both parts of a round."""

    rounds: tuple[int, int, int]
    seconds: float
    sizes: tuple[int, int] = (1_000, 5_000)


LENGTHS = {"quick": Length((2, 0, 0), 1.0), "usual": Length((3, 2, 1), 1.5), "long": Length((7, 5, 3), 4.0)}


@dataclass(frozen=True)
class Round:
    """What one round of one server showed."""

    events_per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    event_bytes: float
    server_share: float
    client_share: float
    lost: int


@dataclass
class Side:
    """A server with its crowd, and what was seen of them."""

    name: str
    server: ServerChild
    crowd: Crowd
    viewers: Child
    memory_kb: float
    rounds: list[Round] = field(default_factory=list)

    def middle(self, what: str) -> float:
        return float(statistics.median(getattr(one, what) for one in self.rounds))


@dataclass(frozen=True)
class Scene:
    """What every server needs to know."""

    room_ids: list[str]
    rooms_file: str
    dsn: str

    def command(self, side: str) -> list[str]:
        module = {OURS: "load.ours", BARE: "peers.bare_fanout", STRAWBERRY: "peers.strawberry_fanout"}[side]
        own = [self.dsn] if side == OURS else []
        return [sys.executable, "-m", f"benchmarks.{module}", self.rooms_file, *own]


@contextmanager
def scene() -> Iterator[Scene]:
    """A database with rooms, for ours; the others only hear what the rooms are called."""
    with seed.database(durable=False) as dsn, tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        asyncio.run(migrate.upgrade(dsn))
        room_ids = asyncio.run(_rooms(dsn))
        file.write("\n".join(room_ids))
        file.flush()
        yield Scene(room_ids, file.name, dsn)


async def _rooms(dsn: str) -> list[str]:
    async with open_pond(Settings(_env_file=None, database_url=dsn, relay=False)) as pond:
        return await seed.live_rooms(pond, 1 + ROOMS)


def open_side(stack: ExitStack, scene: Scene, name: str, crowd: Crowd) -> Side:
    """A fresh server, warm, with all of its crowd subscribed."""
    server = ServerChild(stack, scene.command(name))
    _gather(watch(stack, Crowd(20, LOBBY), scene.room_ids, server.port, server.control), 20)
    server.collect()
    before_kb = server.memory_kb
    viewers = watch(stack, crowd, scene.room_ids, server.port, server.control)
    _gather(viewers, crowd.viewers)
    server.collect()
    return Side(name, server, crowd, viewers, (server.memory_kb - before_kb) / crowd.viewers)


def _gather(viewers: Child, many: int) -> None:
    connected, reached = viewers.ask("connect"), viewers.ask("reach")
    assert connected["watching"] == reached["reached"] == many, (connected, reached)


def measure(side: Side, seconds: float, most_per_s: float) -> Round:
    """Flood the server to see how much it can do, then let it do half of that."""
    flooded, _ = _timed(side, f"flood 4 {seconds} 4")
    can = flooded["events"] / flooded["seconds"]
    rate = min(can / 2, most_per_s)
    told, cpu_s = _timed(side, f"steady {rate} {max(seconds, 4 / rate)}")
    return Round(
        events_per_s=can,
        cpu_us=cpu_s / told["deliveries"] * 1e6,
        p50_ms=told["p50_ms"],
        p99_ms=told["p99_ms"],
        event_bytes=told["bytes"],
        server_share=flooded["server_share"],
        client_share=max(flooded["client_share"], told["client_share"]),
        lost=sum(one[what] for one in (flooded, told) for what in ("missing", "disordered", "gone")),
    )


def _timed(side: Side, command: str) -> tuple[dict[str, Any], float]:
    before_s = side.server.cpu_s
    told = side.viewers.ask(command)
    cpu_s = side.server.cpu_s - before_s
    return {**told, "server_share": cpu_s / told["seconds"]}, cpu_s


def crowded(scene: Scene, names: list[str], crowd: Crowd, rounds: int, seconds: float) -> dict[str, Side]:
    """All servers before a crowd of the same size, each measured in its turn, round by round."""
    most_per_s = ROOMS * PER_ROOM_A_SECOND if crowd.rooms > 1 else float("inf")
    with ExitStack() as stack:
        sides = {name: open_side(stack, scene, name, crowd) for name in names}
        for _ in range(rounds):
            for side in sides.values():
                side.rounds.append(measure(side, seconds, most_per_s))
    return sides


def show(title: str, sides: dict[str, Side]) -> None:
    print(f"\n{title}")
    head = (
        "CPU/delivery",
        "events/s",
        "p50 at half",
        "p99 at half",
        "memory/conn",
        "bytes",
        "server",
        "client",
        "lost",
    )
    print(f"{'':12}" + "".join(f"{one:>13}" for one in head))
    for side in sides.values():
        busy = side.middle("client_share")
        cells = (
            f"{side.middle('cpu_us'):.2f} µs",
            f"{side.middle('events_per_s'):.1f}",
            f"{side.middle('p50_ms'):.1f} ms",
            f"{side.middle('p99_ms'):.1f} ms",
            f"{side.memory_kb:.1f} KB",
            f"{side.middle('event_bytes'):.0f}",
            f"{side.middle('server_share'):.0%}",
            f"{busy:.0%}{'!' if busy >= CLIENT_BUSY else ''}",
            f"{sum(one.lost for one in side.rounds)}",
        )
        print(f"{side.name:12}" + "".join(f"{one:>13}" for one in cells), flush=True)


def ratio(sides: dict[str, Side], what: str, of: str, to: str) -> float:
    """The median over rounds, which were interleaved."""
    pairs = zip(sides[of].rounds, sides[to].rounds, strict=True)
    return float(statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--length", choices=LENGTHS, default="usual")
    parser.add_argument("--sides", default=",".join(SIDES))
    arguments = parser.parse_args()
    length, names = LENGTHS[arguments.length], arguments.sides.split(",")
    os.sched_setaffinity(0, {LOAD_CORE})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with scene() as set_up:
        sides = crowded(set_up, names, Crowd(1_000, ROOM), length.rounds[0], length.seconds)
        show("1,000 viewers of one room", sides)
    figures: dict[str, Any] = {"bench": "fanout"}
    if STRAWBERRY in sides:
        figures["ratio"] = round(ratio(sides, "cpu_us", STRAWBERRY, OURS), 2)
    figures["over_bare"] = round(ratio(sides, "cpu_us", OURS, BARE), 2)
    figures["memory_kb"] = round(sides[OURS].memory_kb - sides[BARE].memory_kb, 1)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
