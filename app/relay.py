"""The relay: takes what commits left in the outbox to the live rooms.

A fact names room events, which are appended as they are, and subjects that changed, such as a live product's stock or
a board, of which a room is told only how they stand, each so often at most, the last time always. Everything of a round
is one transaction: a fact is marked done with what it made. A fact that says nothing to rooms is born done
(`db.outbox.FOR_RELAY`). Only one relay works at a time, whatever the number of processes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import db.outbox
import db.room_log
from db.connection import Database, Writing
from db.outbox import Fact
from domain.records import record
from domain.room_events import EventKind, RoomEvent, event_from
from resolvers.room_writer import Publish

MOST_AT_ONCE = 500
MOST_HELD = 5_000
BUSY_S, IDLE_S = 0.05, 1.0
RETRY_S = (0.1, 0.5, 2.0, 5.0)
REMAINDER = "LiveNewsWaits"

_logger = logging.getLogger("yutang.relay")

Entry: TypeAlias = tuple[EventKind, dict[str, Any], datetime]
Subject: TypeAlias = tuple[str, str]
"""What changed: the key of a fact's payload that names it, and its name there, which begins with 32 hex digits."""


@record
class Latest:
    """Subjects of one kind: each is told at most once in so many seconds, as `read` finds it then.

    `read` gets names and returns rooms, each with the payload of an event of the kind.
    """

    kind: EventKind
    every_s: float
    read: Callable[[Writing, Sequence[str]], Awaitable[Sequence[tuple[UUID, dict[str, Any]]]]]


@record
class Parts:
    """What a fact says to live rooms."""

    fact: Fact
    entries: tuple[tuple[UUID, Entry], ...]
    subjects: frozenset[Subject]
    topics: tuple[str, ...] = ()


@dataclass(slots=True)
class Round:
    """What one round tells: entries by room, subjects, and the facts that are done by it."""

    entries: dict[UUID, list[Entry]] = field(default_factory=dict)
    subjects: set[Subject] = field(default_factory=set)
    waiting: set[Subject] = field(default_factory=set)
    done: list[int] = field(default_factory=list)
    topics: set[str] = field(default_factory=set)

    def add(self, room_id: UUID, entry: Entry) -> None:
        self.entries.setdefault(room_id, []).append(entry)


class Relay:
    """Runs when facts are told in this process, and now and then for those of others."""

    def __init__(
        self,
        database: Database,
        publish: Publish,
        latest: Mapping[str, Latest],
        now: Callable[[], datetime],
        tell: Callable[[Sequence[str]], Awaitable[None]] | None = None,
    ) -> None:
        """`latest` says what may be told of subjects, by the key of a fact's payload that names them.

        `tell` takes the topics that facts name, for those who follow them without a log (`subscriptions.feeds`).
        """
        self._database = database
        self._publish = publish
        self._latest = latest
        self._now = now
        self._tell = tell
        self._told_at: dict[Subject, float] = {}
        self._held: dict[int, frozenset[Subject]] = {}
        self._news = asyncio.Event()
        assert latest.keys() < db.outbox.FOR_RELAY, "facts that name these would not wait for the relay"
        database.when_facts_wait(self._news.set)

    async def run(self) -> None:
        """Relay until cancelled; an outage is waited out."""
        failures = 0
        while True:
            self._news.clear()
            try:
                is_busy = await self.relay_once()
                failures = 0
            except Exception:
                _logger.exception("facts could not be relayed; they are tried again")
                await asyncio.sleep(RETRY_S[min(failures, len(RETRY_S) - 1)])
                failures += 1
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(BUSY_S if is_busy else self._pause_s()):
                    await self._news.wait()

    def _pause_s(self) -> float:
        """How long there is nothing to do unless news come: until the first subject that was held back is due."""
        now = time.monotonic()
        due = (self._told_at.get(one, now) + self._every_s(one) for held in self._held.values() for one in held)
        return min(max(min(due, default=now + IDLE_S) - now, BUSY_S), IDLE_S)

    async def relay_once(self) -> bool:
        """Relay what waits and is due, some hundred facts at most. Says whether there was anything."""
        async with self._database.writing() as tx:
            facts = await db.outbox.take(tx, MOST_AT_ONCE, list(self._held))
            if facts is None:
                return True  # another relay may have looked before our news were there
            this = self._round([self._parts(fact) for fact in facts])
            if not this.done:
                return bool(facts)
            await self._add_latest(tx, this)
            told = [(room_id, await _append(tx, room_id, this.entries[room_id])) for room_id in sorted(this.entries)]
            await self._finish(tx, this)
        self._forget(this)
        for room_id, events in told:
            await self._publish(room_id, events)
        if this.topics and self._tell is not None:
            await self._tell(sorted(this.topics))
        return True

    def _round(self, facts: Iterable[Parts]) -> Round:
        """Decide which facts are told now. One that only waits for a subject's turn is held back."""
        this = Round()
        for fact_id, subjects in self._held.items():
            if any(self._is_due(one) for one in subjects):
                this.done.append(fact_id)
                this.subjects |= subjects
        for parts in facts:
            if parts.subjects and not parts.entries and not self._may_tell(parts.subjects):
                self._held[parts.fact.id] = parts.subjects
                continue
            this.done.append(parts.fact.id)
            this.subjects |= parts.subjects
            this.topics.update(parts.topics)
            for room_id, entry in parts.entries:
                this.add(room_id, entry)
        this.waiting = {one for one in this.subjects if not self._is_due(one)}
        this.subjects -= this.waiting
        return this

    def _may_tell(self, subjects: frozenset[Subject]) -> bool:
        return len(self._held) >= MOST_HELD or any(self._is_due(one) for one in subjects)

    def _is_due(self, subject: Subject) -> bool:
        told_at = self._told_at.get(subject)
        return told_at is None or time.monotonic() - told_at >= self._every_s(subject)

    def _every_s(self, subject: Subject) -> float:
        return self._latest[subject[0]].every_s

    async def _add_latest(self, tx: Writing, this: Round) -> None:
        """Read how the subjects of this round stand."""
        for key, latest in self._latest.items():
            names = sorted(name for of, name in this.subjects if of == key)
            if names:
                for room_id, payload in await latest.read(tx, names):
                    this.add(room_id, (latest.kind, payload, self._now()))

    async def _finish(self, tx: Writing, this: Round) -> None:
        """Mark facts as done; what of them has to wait for its turn is written down again."""
        if this.waiting:
            left = {key: sorted(name for of, name in this.waiting if of == key) for key in self._latest}
            first = UUID(hex=min(this.waiting)[1][:32])
            await db.outbox.tell(tx, REMAINDER, "live_news", first, left, self._now())
        await db.outbox.done(tx, this.done, self._now())

    def _forget(self, this: Round) -> None:
        """Remember when each subject was told, for as long as it matters."""
        now = time.monotonic()
        for fact_id in this.done:
            self._held.pop(fact_id, None)
        self._told_at = {one: at for one, at in self._told_at.items() if now - at < self._every_s(one)}
        self._told_at |= dict.fromkeys(this.subjects, now)

    def _parts(self, fact: Fact) -> Parts:
        """What a fact says to live rooms. One that cannot be read is logged and left out: it would stop all others."""
        try:
            entries = tuple(_entry(fact, said) for said in fact.payload.get("room_events", ()))
            subjects = frozenset((key, _named(name)) for key in self._latest for name in fact.payload.get(key, ()))
            topics = tuple(map(str, fact.payload.get("topics", ())))
        except (KeyError, ValueError, TypeError, AttributeError):
            _logger.exception("fact %s (%s) cannot be told to live rooms", fact.id, fact.kind)
            return Parts(fact, (), frozenset())
        return Parts(fact, entries, subjects, topics)


def _named(name: str) -> str:
    UUID(hex=name[:32])
    return name


def _entry(fact: Fact, said: dict[str, Any]) -> tuple[UUID, Entry]:
    room_id, kind, payload = UUID(hex=said["room"]), EventKind(said["kind"]), said["payload"]
    event_from(kind, room_id, 0, fact.at, payload)  # what no hub can read must not come into the log
    return room_id, (kind, payload, fact.at)


async def _append(tx: Writing, room_id: UUID, entries: list[Entry]) -> list[RoomEvent]:
    try:
        return await db.room_log.append(tx, room_id, entries)
    except LookupError:
        await db.room_log.open_log(tx, room_id)
        return await db.room_log.append(tx, room_id, entries)
