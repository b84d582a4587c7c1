"""Workers: several processes that serve one port. A parent holds the port, and starts anew what dies."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Any, TypeAlias

START_WITHIN_S = 60.0
STOP_WITHIN_S = 28.0
PAUSES_S = (0.0, 0.5, 2.0, 5.0, 15.0)
"""Before a worker is started again that died the first time, the second, …"""
STEADY_AFTER_S = 60.0
"""Who lived so long did not die of how it was started."""
LOOK_EVERY_S = 0.2
READY = b"ready"

_logger = logging.getLogger("yutang.workers")
_spawn = multiprocessing.get_context("spawn")

Work: TypeAlias = Callable[[socket.socket, int, Callable[[], None]], None]
"""Serves a listening socket until SIGTERM. Takes its number, from 0, and what to call when it serves. Is pickled."""


class CannotStart(Exception):
    """The first worker ended before it served."""


class Worker:
    """One process that serves, and whether it does."""

    def __init__(self, work: Work, listener: socket.socket, number: int) -> None:
        self._hears, tells = _spawn.Pipe(duplex=False)
        arguments = (work, listener, number, tells)
        self.process = _spawn.Process(target=_serve, args=arguments, name=f"worker {number}", daemon=True)
        self.process.start()
        tells.close()
        self.started_at = time.monotonic()

    def serves(self, within_s: float) -> bool:
        """Wait a little until it serves."""
        try:
            return self._hears.poll(within_s) and self._hears.recv_bytes() == READY
        except EOFError:
            return False


@dataclass(slots=True)
class Place:
    """The place of a worker, which processes take one after the other."""

    number: int
    worker: Worker | None = None
    deaths: int = 0
    start_at: float = 0.0


class Workers:
    """SIGTERM and SIGINT end all of them in order. SIGHUP puts new ones in their places, one after the other."""

    def __init__(self, work: Work, listener: socket.socket, many: int) -> None:
        self._work = work
        self._listener = listener
        self._places = [Place(number) for number in range(many)]
        self._is_over = False
        self._is_to_renew = False

    def run(self) -> None:
        """Let the workers serve until told to end.

        Raises:
            CannotStart: the first of them did not begin to serve; no other was tried.
        """
        with self._signals():
            try:
                self._begin()
                while not self._is_over:
                    wait([worker.process.sentinel for worker in self._workers()], LOOK_EVERY_S)
                    self._replace_the_dead()
                    if self._is_to_renew:
                        self._renew()
            finally:
                self._stop(self._workers())

    @contextmanager
    def _signals(self) -> Iterator[None]:
        handlers = {
            signal.SIGTERM: lambda *_: setattr(self, "_is_over", True),
            signal.SIGINT: lambda *_: setattr(self, "_is_over", True),
            signal.SIGHUP: lambda *_: setattr(self, "_is_to_renew", True),
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _begin(self) -> None:
        first, *others = self._places
        first.worker = self._start(first)
        if not self._serves(first.worker) and not self._is_over:
            raise CannotStart
        for place in others:
            place.worker = self._start(place)

    def _start(self, place: Place) -> Worker:
        return Worker(self._work, self._listener, place.number)

    def _serves(self, worker: Worker) -> bool:
        """Wait until a worker serves; False when it does not."""
        until = time.monotonic() + START_WITHIN_S
        while not self._is_over and worker.process.is_alive() and time.monotonic() < until:
            if worker.serves(LOOK_EVERY_S):
                return True
        return False

    def _replace_the_dead(self) -> None:
        now = time.monotonic()
        for place in self._places:
            if place.worker is not None and not place.worker.process.is_alive():
                _logger.warning("%s ended with %s", place.worker.process.name, place.worker.process.exitcode)
                place.deaths = 1 if now - place.worker.started_at > STEADY_AFTER_S else place.deaths + 1
                place.start_at = now + PAUSES_S[min(place.deaths, len(PAUSES_S)) - 1]
                place.worker = None
            if place.worker is None and not self._is_over and now >= place.start_at:
                place.worker = self._start(place)

    def _renew(self) -> None:
        """Put a new process in each place, which serves before the old one is told to end."""
        self._is_to_renew = False
        for place in self._places:
            new = self._start(place)
            if not self._serves(new):
                if not self._is_over:
                    _logger.error("a new %s did not begin to serve; the old ones stay", new.process.name)
                self._stop([new])
                return
            old, place.worker, place.deaths = place.worker, new, 0
            if old is not None:
                self._stop([old])

    def _workers(self) -> list[Worker]:
        return [place.worker for place in self._places if place.worker is not None]

    def _stop(self, workers: list[Worker]) -> None:
        """End processes in order; those that take too long are killed."""
        processes = [worker.process for worker in workers]
        for process in processes:
            process.terminate()
        until = time.monotonic() + STOP_WITHIN_S
        for process in processes:
            process.join(max(0.0, until - time.monotonic()))
            if process.is_alive():
                _logger.error("%s did not end in time", process.name)
                process.kill()
                process.join()


def parent_sentinel() -> int | None:
    """Becomes readable when the parent of this worker is gone; None in a process that has none."""
    parent: Any = multiprocessing.parent_process()
    return None if parent is None else int(parent.sentinel)


def _serve(work: Work, listener: socket.socket, number: int, tells: Connection) -> None:
    """In the worker: serve, until the parent says so. Ctrl-C in a terminal reaches us too, as the parent's word."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    signal.signal(signal.SIGINT, lambda *_: sys.exit(0))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    work(listener, number, lambda: tells.send_bytes(READY))
