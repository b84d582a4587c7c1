"""Places: how many connections a process holds, in all and of each address."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

UNKNOWN = "-"
"""Stands for the address of clients behind a local socket. They are too many in one to be held to a number."""


class Full(Exception):
    """The process holds as many as it can."""


class TooMany(Exception):
    """The address holds as many as it may."""


class Places:
    """One for each connection of a kind."""

    def __init__(self, most: int, most_per_address: int) -> None:
        self._most, self._most_per_address = most, most_per_address
        self._all = 0
        self._taken: Counter[str] = Counter()

    def take(self, address: str) -> None:
        """Take a place.

        Raises:
            Full: none is left.
            TooMany: none is left for this address.
        """
        if self._all >= self._most:
            raise Full
        if address != UNKNOWN and self._taken[address] >= self._most_per_address:
            raise TooMany
        self._all += 1
        self._taken[address] += 1

    def leave(self, address: str) -> None:
        """Give a place back."""
        self._all -= 1
        self._taken[address] -= 1
        if not self._taken[address]:
            del self._taken[address]

    @contextmanager
    def one_for(self, address: str) -> Iterator[None]:
        """A place, until the block ends. Raises as `take`."""
        self.take(address)
        try:
            yield
        finally:
            self.leave(address)
