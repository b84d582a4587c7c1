"""A program of two small workers, for the tests of those who start and stop them."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

from app.workers import CannotStart, Workers


def answers(listener: socket.socket, _number: int, ready: Callable[[], None]) -> None:
    """Say which process this is to everyone who connects, to the last of them."""
    told_to_end: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told_to_end.append(number))
    listener.settimeout(0.05)
    ready()
    while not told_to_end:
        with suppress(TimeoutError):
            connection, _ = listener.accept()
            with connection:
                connection.sendall(str(os.getpid()).encode())


def fails(_listener: socket.socket, _number: int, _ready: Callable[[], None]) -> None:
    """End before serving."""
    sys.exit("cannot")


def main() -> None:
    work = {"answers": answers, "fails": fails}[sys.argv[1]]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        try:
            Workers(work, listener, 2).run()
        except CannotStart:
            sys.exit(9)


if __name__ == "__main__":
    main()
