"""Outages: the database cannot do it now. Neither the caller nor we are at fault, and a repetition may succeed."""

from __future__ import annotations


class Outage(Exception):
    """What was asked is worth asking again."""


class Busy(Outage):
    """Others were in the way: a deadlock, a lock that was held for long, too many connections. Nothing was done."""


class Unavailable(Outage):
    """The database does not answer, or went away meanwhile: if it was asked to commit, nobody knows whether it did."""


class TooSlow(Outage):
    """A statement took longer than a statement may. Nothing was done."""


class Contended(Exception):
    """Something changed meanwhile that was not locked; nothing was done, and trying again sees it as it is."""
