"""What can be asked of boards: how they stand, and to be told whenever that changes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import db.boards
import db.guides
import db.stores
from db.connection import Reading
from domain import boards as rules
from domain.boards import BoardEntry, BoardKey, BoardPeriod, BoardScope, Leaderboard, Metric, Ranked
from domain.records import record
from domain.refusals import NotFound, between
from domain.stores import OrgUnit
from resolvers.context import Context
from subscriptions.feeds import State


@record
class Asked:
    """Which board is asked for. `unit_id` None: the caller's own unit of that scope; `at` None: the time it is."""

    metric: Metric
    scope: BoardScope
    period: BoardPeriod
    ranked: Ranked = Ranked.GUIDES
    unit_id: UUID | None = None
    at: datetime | None = None
    first: int = 20


async def leaderboard(ctx: Context, asked: Asked) -> Leaderboard | None:
    """A board with the caller's own line; None when there is no such unit for the caller.

    Raises:
        BadInput: it cannot be so long.
    """
    between(asked.first, 1, rules.MOST_ON_BOARD, "first")
    own = await _own_store(ctx)
    unit = await _unit(ctx, asked, own)
    return None if unit is None else await _read(ctx, ctx.reading, asked, unit, _me(ctx, asked.ranked, own))


async def follow(ctx: Context, asked: Asked) -> AsyncGenerator[State[Leaderboard], None]:
    """A board as it stands, and whenever that changes, at most once a second. It goes on with the period.

    Raises:
        BadInput: it cannot be so long.
        NotFound: there is no such unit for the caller.
    """
    between(asked.first, 1, rules.MOST_ON_BOARD, "first")
    unit = await _unit(ctx, asked, await _own_store(ctx))
    if unit is None:
        raise NotFound(path=("unitId",))

    async def read() -> Leaderboard:
        return await _read(ctx, ctx.database.reading(), asked, unit, None)

    # Who has a line of its own hears of it also when those at the top stay as they are.
    standing = _top if ctx.principal.guide_id is None else _all
    key = ("board", replace(asked, unit_id=unit.id), standing)
    return ctx.services.feeds.follow(key, [rules.topic_of(asked.metric, unit.path)], read, standing)


def _top(board: Leaderboard) -> object:
    return board.key, board.entries


def _all(board: Leaderboard) -> object:
    return board.key, board.entries, board.mark


async def _own_store(ctx: Context) -> tuple[UUID, str] | None:
    """The store that the caller sells for, and its path."""
    key = ctx.principal.guide_id
    guide = None if key is None else (await db.guides.guides_by_id(ctx.reading, [key])).get(key)
    return None if guide is None else (guide.store_id, guide.store_path)


async def _unit(ctx: Context, asked: Asked, own: tuple[UUID, str] | None) -> OrgUnit | None:
    """The unit of a board, if the caller may see it."""
    path = None if own is None else own[1]
    if asked.unit_id is not None:
        found = (await db.stores.units_by_id(ctx.reading, [asked.unit_id])).get(asked.unit_id)
        seen = found is not None and rules.sees(ctx.principal, found, path)
        return found if found and seen and rules.SCOPE_OF[found.kind] is asked.scope else None
    start = path or next((duty.path for duty in ctx.principal.duties), None)
    return None if start is None else rules.unit_of(asked.scope, await _above(ctx, start))


async def _above(ctx: Context, path: str) -> list[OrgUnit]:
    found = {unit.path: unit for unit in await db.stores.units_at(ctx.reading, rules.paths_above(path))}
    return [found[one] for one in rules.paths_above(path) if one in found]


def _me(ctx: Context, ranked: Ranked, own: tuple[UUID, str] | None) -> UUID | None:
    """Whose line is the caller's own: the guide's, or the guide's store's."""
    if ranked is Ranked.GUIDES:
        return ctx.principal.guide_id
    return None if own is None else own[0]


async def _read(ctx: Context, reading: Reading, asked: Asked, unit: OrgUnit, mine: UUID | None) -> Leaderboard:
    now, zone = ctx.now(), ctx.services.rules.time_zone
    starts_on = rules.begins_on(asked.period, (asked.at or now).astimezone(zone).date())
    key = BoardKey(asked.metric, asked.ranked, unit.id, asked.period, starts_on)
    starts_at, ends_at = rules.span_of(asked.period, starts_on, zone)
    entries, own, mark = await db.boards.standings(reading, key, rules.stores_at(ends_at, now), asked.first, mine)
    knows_mine = mine is not None
    return Leaderboard(key, asked.scope, unit.name, starts_at, ends_at, now, entries, own, knows_mine, mark)


async def mine_of(ctx: Context, boards: Sequence[Leaderboard]) -> list[BoardEntry | None]:
    """The caller's own line of each board, wherever it is; what is followed together is read for each caller."""
    own = None if all(one.knows_mine for one in boards) else await _own_store(ctx)
    return [one.mine if one.knows_mine else await _mine(ctx, one, own) for one in boards]


async def _mine(ctx: Context, board: Leaderboard, own: tuple[UUID, str] | None) -> BoardEntry | None:
    me = _me(ctx, board.key.ranked, own)
    if me is None:
        return None
    _, line, _ = await db.boards.standings(ctx.database.reading(), board.key, board.stores_at, 0, me)
    return line
