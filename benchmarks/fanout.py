"""One bullet comment to 1,000 websockets of a room: our bus, hub and sockets against Strawberry's own handler.

`python -m benchmarks.fanout`. The server has one core, the load client the other. CPU is the server's, user and
system together, per delivered event; memory is the growth of its resident set per connection. Rounds are interleaved.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import psutil

CONNECTIONS = 1_000
ROUNDS = 3
OURS, PEER = "ours", "strawberry"
QUERY = "subscription($room: ID!) { bulletComments(roomId: $room) { id text senderName at } }"
EVENTS = {OURS: (100, 0.05), PEER: (12, 0.5)}
"""How many events a round publishes, and the seconds between them: neither server is to be overrun."""
LEAST_RATIO = 6.0


@dataclass(frozen=True)
class Measured:
    """What one round of one server showed."""

    cpu_us: float
    memory_kb: float
    event_bytes: float
    p99_ms: float
    client_busy: float


class Process:
    """A child that answers each line with a line."""

    def __init__(self, stack: ExitStack, *arguments: str) -> None:
        command = [sys.executable, "-m", *arguments]
        self._child = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(self._child.kill)
        self._seen = psutil.Process(self._child.pid)

    def say(self, line: str) -> None:
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    def hear(self) -> str:
        assert self._child.stdout is not None
        return self._child.stdout.readline()

    def ask(self, line: str) -> str:
        self.say(line)
        return self.hear()

    @property
    def cpu_s(self) -> float:
        times = self._seen.cpu_times()
        return float(times.user + times.system)

    @property
    def memory_kb(self) -> float:
        return float(self._seen.memory_info().rss) / 1024


def measure(kind: str) -> Measured:
    """One round: a fresh server, all connections, a few events to warm up, then those that count."""
    count, pause_s = EVENTS[kind]
    with ExitStack() as stack:
        server = Process(stack, "benchmarks.fanout_server", kind)
        port = server.hear().strip()
        _load(stack, port, 1)
        server.ask("collect")
        empty_kb = server.memory_kb
        client = _load(stack, port, CONNECTIONS)
        server.ask("collect")
        full_kb = server.memory_kb
        _publish(server, client, 3, pause_s)
        before_s = server.cpu_s
        told = _publish(server, client, count, pause_s)
        cpu_s = server.cpu_s - before_s
    return Measured(
        cpu_us=cpu_s / (count * CONNECTIONS) * 1e6,
        memory_kb=(full_kb - empty_kb) / CONNECTIONS,
        event_bytes=told["bytes"],
        p99_ms=told["p99"] * 1e3,
        client_busy=told["busy"],
    )


def _load(stack: ExitStack, port: str, count: int) -> Process:
    """A client with so many connections that have subscribed. Subscribing has no answer: it gets the time it takes."""
    client = Process(stack, "benchmarks.fanout_client", port, str(count), QUERY)
    client.hear()
    time.sleep(0.5 + count / 1000)
    return client


def _publish(server: Process, client: Process, count: int, pause_s: float) -> dict[str, Any]:
    client.say(str(count * CONNECTIONS))
    server.ask(f"{count} {pause_s}")
    told: dict[str, Any] = json.loads(client.hear())
    return told


def main() -> None:
    """Print a table, and the figures as JSON in the last line."""
    rounds = [(measure(OURS), measure(PEER)) for _ in range(ROUNDS)]
    print(f"{'':12}{'CPU/delivery':>14}{'memory/conn':>14}{'bytes/event':>13}{'p99':>10}{'client busy':>13}")
    mine, theirs = [list(side) for side in zip(*rounds, strict=True)]
    for name, side in ((OURS, mine), (PEER, theirs)):
        print(
            f"{name:12}{_middle(side, 'cpu_us'):11.1f} µs{_middle(side, 'memory_kb'):11.1f} KB"
            f"{_middle(side, 'event_bytes'):13.0f}{_middle(side, 'p99_ms'):7.0f} ms{_middle(side, 'client_busy'):12.0%}"
        )
    ratio = statistics.median(peer.cpu_us / ours.cpu_us for ours, peer in rounds)
    figures = {
        "bench": "fanout",
        "ratio": round(ratio, 2),
        "floor": LEAST_RATIO,
        "connections": CONNECTIONS,
        "cpu_us": {OURS: round(_middle(mine, "cpu_us"), 2), PEER: round(_middle(theirs, "cpu_us"), 2)},
        "memory_kb": {OURS: round(_middle(mine, "memory_kb"), 1), PEER: round(_middle(theirs, "memory_kb"), 1)},
    }
    print(json.dumps(figures))


def _middle(measured: list[Measured], what: str) -> float:
    return statistics.median(getattr(one, what) for one in measured)


if __name__ == "__main__":
    main()
