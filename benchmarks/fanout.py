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
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from app.assembly import open_pond
from app.settings import Settings
from benchmarks.load import seed
from benchmarks.load.children import LOAD_CORE, SERVER_CORE, Child, ServerChild, core_busy_s
from benchmarks.load.viewers import Crowd, watch
from benchmarks.peers import node
from db import migrate

OURS, BARE, STRAWBERRY, OWN_IDS = "ours", "bare", "strawberry", "ours, own ids"
SIDES = (OURS, BARE, STRAWBERRY, node.GRAPHQL_WS, node.MERCURIUS, OWN_IDS)
"""The last is ours where each viewer calls its subscription by an id of its own, so that no two frames are the same."""
LOBBY, FIRST, ROOMS, IN_EACH, PER_ROOM_A_SECOND = 0, 1, 200, 25, 5
"""Who warms a server up stands in the lobby; then come the rooms."""
CLIENT_BUSY = 0.85
"""From so much of its core on, the load client may be what is measured."""
ON_THEIR_WAY = 4
"""So many events a room has on their way when its server is to do what it can."""
FLOORS = {
    "ratio": (20.0, "times less CPU per delivery than Strawberry's handler"),
    "ratio_node": (4.0, "times less CPU per delivery than graphql-ws on Node"),
}
CEILINGS = {
    "over_bare": (1.4, "times the CPU per delivery of the bare loop"),
    "memory_kb": (6.0, "KB of memory per idle subscriber above the bare loop's"),
    "p99_ms": (250.0, "ms until 99 % of 5,000 have an event, at half of saturation"),
}


@dataclass(frozen=True)
class Length:
    """How long a run takes: rounds before each crowd, and the seconds of each of both parts of a round."""

    rounds: dict[str, int]
    seconds: float


ONE, LARGE, MANY = "1,000 viewers of one room", "5,000 viewers of one room", "200 rooms of 25 viewers, 5 events/s each"
CROWDS = {ONE: Crowd(1_000, FIRST), LARGE: Crowd(5_000, FIRST), MANY: Crowd(ROOMS * IN_EACH, FIRST, ROOMS)}
LENGTHS = {
    "quick": Length({ONE: 3}, 1.0),
    "usual": Length({ONE: 3, LARGE: 2, MANY: 1}, 1.5),
    "long": Length({ONE: 7, LARGE: 5, MANY: 5}, 4.0),
}


@dataclass(frozen=True)
class Round:
    """What one round of one server showed."""

    events_per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float
    event_bytes: float
    server_share: float
    others_share: float
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
        if side in (node.GRAPHQL_WS, node.MERCURIUS):
            return node.command(side, self.rooms_file)
        module = {
            OURS: "load.ours",
            OWN_IDS: "load.ours",
            BARE: "peers.bare_fanout",
            STRAWBERRY: "peers.strawberry_fanout",
        }[side]
        own = [self.dsn] if module == "load.ours" else []
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
    _gather(watch(stack, Crowd(20, LOBBY), scene.room_ids, server.port, server.control, LOAD_CORE), 20)
    server.collect()
    before_kb = server.memory_kb
    viewers = watch(stack, crowd, scene.room_ids, server.port, server.control, LOAD_CORE)
    _gather(viewers, crowd.viewers)
    server.collect()
    return Side(name, server, crowd, viewers, (server.memory_kb - before_kb) / crowd.viewers)


def _gather(viewers: Child, many: int) -> None:
    connected, reached = viewers.ask("connect"), viewers.ask("reach")
    assert connected["watching"] == reached["reached"] == many, (connected, reached)


def measure(side: Side, seconds: float) -> Round:
    """Flood the server to see how much it can do, then let it do half of that; many rooms have a pace of their own."""
    flooded = _timed(side, f"flood {ON_THEIR_WAY * side.crowd.rooms} {seconds} {ON_THEIR_WAY}")
    can = flooded["events"] / flooded["seconds"]
    rate = can / 2 if side.crowd.rooms == 1 else min(can / 2, ROOMS * PER_ROOM_A_SECOND)
    told = _timed(side, f"steady {rate} {max(seconds, 2 / rate)}")
    return Round(
        events_per_s=can,
        cpu_us=told["cpu_us"],
        p50_ms=told["p50_ms"],
        p99_ms=told["p99_ms"],
        event_bytes=told["bytes"],
        server_share=flooded["server_share"],
        others_share=max(flooded["others_share"], told["others_share"]),
        client_share=max(flooded["client_share"], told["client_share"]),
        lost=sum(one[what] for one in (flooded, told) for what in ("missing", "disordered", "gone")),
    )


def _timed(side: Side, command: str) -> dict[str, Any]:
    before_s, busy_before_s, began = side.server.cpu_s, core_busy_s(SERVER_CORE), time.monotonic()
    told = side.viewers.ask(command)
    cpu_s, seconds = side.server.cpu_s - before_s, time.monotonic() - began
    if told["missing"] or told["disordered"] or told["gone"]:
        print(f"{side.name}, {command}: {told}", file=sys.stderr)
    return {
        **told,
        "cpu_us": cpu_s / told["deliveries"] * 1e6,
        "server_share": cpu_s / seconds,
        "others_share": max(0.0, core_busy_s(SERVER_CORE) - busy_before_s - cpu_s) / seconds,
    }


def crowded(scene: Scene, names: list[str], crowd: Crowd, rounds: int, seconds: float) -> dict[str, Side]:
    """All servers before a crowd of the same size, each measured in its turn, round by round."""
    with ExitStack() as stack:
        sides = {name: open_side(stack, scene, name, _crowd_of(name, crowd)) for name in names}
        for _ in range(rounds):
            for side in sides.values():
                side.rounds.append(measure(side, seconds))
    return sides


def _crowd_of(name: str, crowd: Crowd) -> Crowd:
    """Two servers of ours have one database: each has a room of its own, or it would show what the other one stores."""
    return replace(crowd, first_room=FIRST + 1, own_ids=True) if name == OWN_IDS else crowd


def show(title: str, sides: dict[str, Side]) -> None:
    """Print a row for each server. Some are shares of a core; that of others disturbs the server."""
    print(f"\n{title}\n{'':14}" + "".join(f"{head:>12}" for head in _cells(next(iter(sides.values())))))
    for side in sides.values():
        print(f"{side.name:14}" + "".join(f"{cell:>12}" for cell in _cells(side).values()), flush=True)


def _cells(side: Side) -> dict[str, str]:
    client = side.middle("client_share")
    return {
        "CPU/event": f"{side.middle('cpu_us'):.2f} µs",
        "events/s": f"{side.middle('events_per_s'):.1f}",
        "p50 at half": f"{side.middle('p50_ms'):.1f} ms",
        "p99 at half": f"{side.middle('p99_ms'):.1f} ms",
        "memory": f"{side.memory_kb:.1f} KB",
        "bytes": f"{side.middle('event_bytes'):.0f}",
        "server": f"{side.middle('server_share'):.0%}",
        "others": f"{side.middle('others_share'):.0%}",
        "client": f"{client:.0%}{'!' if client >= CLIENT_BUSY else ''}",
        "lost": str(sum(one.lost for one in side.rounds)),
    }


def ratio(sides: dict[str, Side], what: str, of: str, to: str) -> float:
    """The median over rounds, which were interleaved."""
    pairs = zip(sides[of].rounds, sides[to].rounds, strict=True)
    return float(statistics.median(getattr(one, what) / getattr(other, what) for one, other in pairs))


def figures_of(seen: dict[str, dict[str, Side]]) -> dict[str, Any]:
    """What the last line says; what was not measured is left out."""
    one, large = seen[ONE], seen.get(LARGE, seen[ONE])
    figures: dict[str, Any] = {"bench": "fanout"}
    for key, peer in (("ratio", STRAWBERRY), ("ratio_node", node.GRAPHQL_WS), ("ratio_mercurius", node.MERCURIUS)):
        if peer in one:
            figures[key] = round(ratio(one, "cpu_us", peer, OURS), 2)
    if BARE in one:
        figures["over_bare"] = round(ratio(one, "cpu_us", OURS, BARE), 2)
        figures["memory_kb"] = round(large[OURS].memory_kb - large[BARE].memory_kb, 1)
    if OWN_IDS in one:
        figures["own_ids"] = round(ratio(one, "cpu_us", OWN_IDS, OURS), 2)
    if LARGE in seen:
        figures["p99_ms"] = round(large[OURS].middle("p99_ms"), 1)
    figures["others"] = round(max(sides[OURS].middle("others_share") for sides in seen.values()), 2)
    for sides in seen.values():
        figures[f"viewers_{sides[OURS].crowd.viewers}x{sides[OURS].crowd.rooms}"] = {
            name: {"cpu_us": round(side.middle("cpu_us"), 2), "events_per_s": round(side.middle("events_per_s"), 1)}
            for name, side in sides.items()
        }
    return figures


def judge(figures: dict[str, Any]) -> dict[str, bool]:
    """Say which floors hold."""
    holds = {key: figures[key] >= least for key, (least, _) in FLOORS.items() if key in figures}
    holds |= {key: figures[key] <= most for key, (most, _) in CEILINGS.items() if key in figures}
    print()
    for key, held in holds.items():
        limit, words = (FLOORS | CEILINGS)[key]
        wanted = f"{'at least' if key in FLOORS else 'at most'} {limit:g}"
        print(f"{'holds' if held else 'FAILS':6}{figures[key]:8.2f} {words} (wanted: {wanted})")
    return holds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--length", choices=LENGTHS, default="usual")
    parser.add_argument("--sides", default="/".join(SIDES), help="some of them, with slashes between")
    arguments = parser.parse_args()
    length, seen = LENGTHS[arguments.length], {}
    os.sched_setaffinity(0, {LOAD_CORE})
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    with scene() as set_up:
        for title, rounds in length.rounds.items():
            names = [name for name in arguments.sides.split("/") if title == ONE or name != OWN_IDS]
            seen[title] = crowded(set_up, names, CROWDS[title], rounds, length.seconds)
            show(title, seen[title])
    figures = figures_of(seen)
    print(json.dumps({**figures, "holds": judge(figures), "load": round(os.getloadavg()[0], 1)}))


if __name__ == "__main__":
    main()
