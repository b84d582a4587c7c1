"""The relay: takes what commits left in the outbox to the live rooms.

A fact names room events, which are appended as they are, and live products whose stock changed, of which a room is told
at most five times a second, the last level always. Everything of a round is one transaction: a fact is marked done
with what it made. Only one relay works at a time, whatever the number of processes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import db.outbox
import db.room_log
from db.connection import Database, Writing
from db.outbox import Fact
from domain.room_events import EventKind, RoomEvent, event_from
from resolvers.room_writer import Publish

MOST_AT_ONCE = 500
MOST_HELD = 5_000
PER_PRODUCT_S = 0.2
BUSY_S, IDLE_S = 0.05, 1.0
RETRY_S = (0.1, 0.5, 2.0, 5.0)
REMAINDER = "LiveInventoryWaits"

_logger = logging.getLogger("yutang.relay")

Entry: TypeAlias = tuple[EventKind, dict[str, Any], datetime]
Inventory: TypeAlias = Callable[[Writing, Sequence[UUID]], Awaitable[Sequence[tuple[UUID, dict[str, Any]]]]]
"""The rooms of live products, each with the payload of its `InventoryChanged`."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a fact says to live rooms."""

    fact: Fact
    entries: tuple[tuple[UUID, Entry], ...]
    products: frozenset[UUID]


@dataclass(slots=True)
class Round:
    """What one round tells: entries by room, products, and the facts that are done by it."""

    entries: dict[UUID, list[Entry]] = field(default_factory=dict)
    products: set[UUID] = field(default_factory=set)
    waiting: set[UUID] = field(default_factory=set)
    done: list[int] = field(default_factory=list)

    def add(self, room_id: UUID, entry: Entry) -> None:
        self.entries.setdefault(room_id, []).append(entry)


class Relay:
    """Runs when facts are told in this process, and now and then for those of others."""

    def __init__(self, database: Database, publish: Publish, inventory: Inventory, now: Callable[[], datetime]) -> None:
        self._database = database
        self._publish = publish
        self._inventory = inventory
        self._now = now
        self._told_at: dict[UUID, float] = {}
        self._held: dict[int, frozenset[UUID]] = {}
        self._news = asyncio.Event()
        database.when_facts_are_told(self._news.set)

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
                async with asyncio.timeout(BUSY_S if is_busy or self._held else IDLE_S):
                    await self._news.wait()

    async def relay_once(self) -> bool:
        """Relay what waits and is due, some hundred facts at most. Says whether there was anything."""
        async with self._database.writing() as tx:
            facts = await db.outbox.take(tx, MOST_AT_ONCE, list(self._held))
            this = self._round([_parts(fact) for fact in facts])
            if not this.done:
                return bool(facts)
            await self._add_inventory(tx, this)
            told = [(room_id, await _append(tx, room_id, this.entries[room_id])) for room_id in sorted(this.entries)]
            await self._finish(tx, this)
        self._forget(this)
        for room_id, events in told:
            await self._publish(room_id, events)
        return True

    def _round(self, facts: Iterable[Parts]) -> Round:
        """Decide which facts are told now. One that only waits for a product's turn is held back."""
        this = Round()
        for fact_id, products in self._held.items():
            if any(self._is_due(product) for product in products):
                this.done.append(fact_id)
                this.products |= products
        for parts in facts:
            if parts.products and not parts.entries and not self._may_tell(parts.products):
                self._held[parts.fact.id] = parts.products
                continue
            this.done.append(parts.fact.id)
            this.products |= parts.products
            for room_id, entry in parts.entries:
                this.add(room_id, entry)
        this.waiting = {product for product in this.products if not self._is_due(product)}
        this.products -= this.waiting
        return this

    def _may_tell(self, products: frozenset[UUID]) -> bool:
        return len(self._held) >= MOST_HELD or any(self._is_due(product) for product in products)

    def _is_due(self, product: UUID) -> bool:
        return time.monotonic() - self._told_at.get(product, 0.0) >= PER_PRODUCT_S

    async def _add_inventory(self, tx: Writing, this: Round) -> None:
        if this.products:
            for room_id, payload in await self._inventory(tx, sorted(this.products)):
                this.add(room_id, (EventKind.INVENTORY, payload, self._now()))

    async def _finish(self, tx: Writing, this: Round) -> None:
        """Mark facts as done; what of them has to wait for its turn is written down again."""
        if this.waiting:
            left = sorted(product.hex for product in this.waiting)
            await db.outbox.tell(tx, REMAINDER, "live_product", UUID(hex=left[0]), {"live_products": left}, self._now())
        await db.outbox.done(tx, this.done, self._now())

    def _forget(self, this: Round) -> None:
        """Remember when each product was told, for as long as it matters."""
        now = time.monotonic()
        for fact_id in this.done:
            self._held.pop(fact_id, None)
        self._told_at = {product: at for product, at in self._told_at.items() if now - at < PER_PRODUCT_S}
        self._told_at |= dict.fromkeys(this.products, now)


def _parts(fact: Fact) -> Parts:
    """What a fact says to live rooms. A part that cannot be read is logged and left out: it would stop all others."""
    try:
        entries = tuple(_entry(fact, said) for said in fact.payload.get("room_events", ()))
        products = frozenset(UUID(hex=one) for one in fact.payload.get("live_products", ()))
    except (KeyError, ValueError, TypeError, AttributeError):
        _logger.exception("fact %s (%s) cannot be told to live rooms", fact.id, fact.kind)
        return Parts(fact, (), frozenset())
    return Parts(fact, entries, products)


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
