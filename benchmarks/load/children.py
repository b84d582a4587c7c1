"""Child processes of a benchmark: each on a core of its own, seen from outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

import psutil

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = CORES[0], CORES[-1]
"""The server has the first core to itself; who loads it, and PostgreSQL, share the last one."""


class Child:
    """A process that answers each line with one line of JSON; on one core, or on all."""

    def __init__(self, stack: ExitStack, command: list[str], core: int | None = None, **environment: str) -> None:
        environ = {**os.environ, "NODE_ENV": "production", **environment}
        self._process = stack.enter_context(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ)
        )
        # Whatever the process starts later stays on its core too.
        os.sched_setaffinity(self._process.pid, CORES if core is None else {core})
        stack.callback(self._process.kill)
        self._seen = psutil.Process(self._process.pid)

    @property
    def cpu_s(self) -> float:
        """User and system together, of all threads, to the nanosecond."""
        threads = Path(f"/proc/{self._process.pid}/task").glob("*/schedstat")
        return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e9

    @property
    def memory_kb(self) -> float:
        """The resident set."""
        return float(self._seen.memory_info().rss) / 1024

    def say(self, line: str) -> None:
        stdin = _open(self._process.stdin)
        stdin.write(line + "\n")
        stdin.flush()

    def hear(self) -> dict[str, Any]:
        """The next line. Exits with the child's last words when there is none."""
        line = _open(self._process.stdout).readline()
        if not line:
            sys.exit(f"{self._process.args!r} ended")
        heard: dict[str, Any] = json.loads(line)
        return heard

    def ask(self, line: str) -> dict[str, Any]:
        self.say(line)
        return self.hear()

    def end(self) -> None:
        self._process.kill()
        self._process.wait()


class ServerChild(Child):
    """A server that publishes what its control port tells it."""

    def __init__(self, stack: ExitStack, command: list[str]) -> None:
        super().__init__(stack, command, SERVER_CORE)
        ports = self.hear()
        self.port, self.control = int(ports["port"]), int(ports["control"])

    def collect(self) -> None:
        """Let the server throw away what nobody uses, so that its resident set says something."""
        with socket.create_connection(("127.0.0.1", self.control)) as connection:
            connection.sendall(b"collect\n")
            connection.recv(16)
        time.sleep(0.1)


def core_busy_s(core: int) -> float:
    """How long a core has worked, for whomever."""
    times = psutil.cpu_times(percpu=True)[core]
    return float(sum(times) - times.idle - times.iowait - times.guest - times.guest_nice)


def _open(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None, "both are pipes"
    return pipe
