"""What other systems tell of stock: whole counts, the newer of which win (R68, scenario P38)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from uuid import UUID

import msgspec

import db.idempotency
import db.outbox
import db.stock
import db.stock_pushes
from db.connection import Writing
from db.stock_pushes import Pushed
from domain.idempotency import request_of
from domain.records import record
from domain.refusals import BadInput, between, text_within
from domain.stock import MOST_STOCK, Movement, MovementKind, PushOutcome, pushed_delta
from resolvers.context import Context
from resolvers.stock_moving import move_all

MOST_PUSHED = 100
Key = tuple[UUID, UUID]


@record
class Count:
    """So many units that are not sold, as another system counts them by its own keys."""

    sku: str
    on_hand: int
    version: int
    location_reference: str | None = None


@record
class Outcome:
    """What became of a count, and how many can be sold now; none where nothing is known by these keys."""

    outcome: PushOutcome
    sellable: int | None = None
    version: int | None = None
    """The latest version that was applied."""


async def push(ctx: Context, counts: Sequence[Count], reference: str | None, key: str) -> tuple[list[Outcome], bool]:
    """Take counts over, each unless a newer or the same one was; their outcomes in order, and whether replayed.

    Raises:
        BadInput: there are none or more than 100, one of them twice, or a number is out of bounds.
        KeyReused: the key belongs to another request.
    """
    _check(counts)
    request = request_of(ctx.member_id.hex, "stockPush", key, {"counts": [asdict(one) for one in counts]})
    async with ctx.database.writing() as tx:
        given = await db.idempotency.claim(tx, request, ctx.now())
        if given is not None:
            return msgspec.convert(given, list[Outcome]), True
        outcomes = await _apply(ctx, tx, counts, reference)
        await db.idempotency.answer(tx, request, msgspec.to_builtins(outcomes))
    return outcomes, False


def _check(counts: Sequence[Count]) -> None:
    between(len(counts), 1, MOST_PUSHED, "input", "counts")
    for i, one in enumerate(counts):
        text_within(one.sku, 64, "input", "counts", str(i), "sku")
        between(one.on_hand, 0, MOST_STOCK, "input", "counts", str(i), "onHand")
        between(one.version, 1, 2**63 - 1, "input", "counts", str(i), "version")
    if len({(one.sku, one.location_reference) for one in counts}) < len(counts):
        raise BadInput(
            "one count of each SKU at each location", "同一仓库的同一 SKU 只能出现一次", path=("input", "counts")
        )


async def _apply(ctx: Context, tx: Writing, counts: Sequence[Count], reference: str | None) -> list[Outcome]:
    keys = await db.stock_pushes.keys_of(tx, [(one.sku, one.location_reference) for one in counts])
    if not keys:
        return [Outcome(PushOutcome.UNKNOWN) for _ in counts]
    await db.stock.open_at(tx, list(keys.values()))
    levels = await db.stock_pushes.lock(tx, list(keys.values()))
    newer = {i: one for i, one in enumerate(counts) if i in keys and one.version > levels[keys[i]].version}
    deltas = {i: pushed_delta(levels[keys[i]].level, one.on_hand) for i, one in newer.items()}
    if newer:
        await move_all(tx, [_movement(ctx, keys[i], delta, reference) for i, (delta, _) in deltas.items() if delta])
        await db.stock_pushes.note(tx, {keys[i]: one.version for i, one in newer.items()})
        first = min(keys[i] for i in newer)[0]
        told = [{"variant": keys[i][0].hex, "location": keys[i][1].hex, "version": newer[i].version} for i in newer]
        await db.outbox.tell(tx, "StockPushed", "variant", first, {"counts": told, "by": ctx.member_id.hex}, ctx.now())
    return [_outcome(i, one, keys, levels, deltas) for i, one in enumerate(counts)]


def _movement(ctx: Context, key: Key, delta: int, reference: str | None) -> Movement:
    kind = MovementKind.ADJUST_UP if delta > 0 else MovementKind.ADJUST_DOWN
    return Movement(
        ctx.new_id(), kind, *key, abs(delta), ctx.now(), reference=reference, actor_id=ctx.principal.member_id
    )


def _outcome(
    i: int,
    count: Count,
    keys: Mapping[int, Key],
    levels: Mapping[Key, Pushed],
    deltas: Mapping[int, tuple[int, PushOutcome]],
) -> Outcome:
    if i not in keys:
        return Outcome(PushOutcome.UNKNOWN)
    before = levels[keys[i]]
    if i not in deltas:
        return Outcome(PushOutcome.STALE, before.level.sellable, before.version)
    delta, outcome = deltas[i]
    return Outcome(outcome, before.level.sellable + delta, count.version)
