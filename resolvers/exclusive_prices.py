"""Exclusive prices: what the plays that wishes name make of them, read for a whole batch at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar
from uuid import UUID

import db.bargains
import db.group_buys
import db.groups
import db.seckills
from db.connection import Reading
from db.together import together
from domain import bargains, group_buys, seckills
from domain.activities import ActivityKind, PlayChoice, PlayTerms
from domain.bargains import Bargain
from domain.group_buys import GroupBuy
from domain.orders import CartLine
from domain.records import record
from domain.refusals import BadInput, NotFound, Refusal
from domain.seckills import Seckill

T = TypeVar("T")


@record
class PlayWish:
    """Somebody's wish to buy by a play: the lines must be one, of a variant that the play sells."""

    member_id: UUID | None
    choice: PlayChoice
    lines: Sequence[CartLine]
    early: timedelta = timedelta()
    """How long before others the member may buy what is scarce (R22)."""


@record
class _Plays:
    """The plays that a batch names, as they are now."""

    seckills: Mapping[UUID, Seckill]
    group_buys: Mapping[UUID, GroupBuy]
    bargains: Mapping[UUID, Bargain]
    group_ends: Mapping[UUID, datetime]
    """Until when the groups can be joined that are."""


async def exclusive_prices(
    reading: Reading, wishes: Sequence[PlayWish], at: datetime, zone: tzinfo
) -> list[PlayTerms | Refusal]:
    """What each wish costs by the play that it names and how long it may wait to be paid, or why it cannot be had.

    The answers stand where the wishes stand. One statement, whatever plays and groups are named. Whether a group that
    is to be joined has a place is told when the order is placed. `zone`: in which the hours of flash sales are meant.
    """
    plays = await _read(reading, [wish.choice for wish in wishes])
    return [_answer(plays, wish, at, zone) for wish in wishes]


async def _read(reading: Reading, choices: Sequence[PlayChoice]) -> _Plays:
    named: dict[ActivityKind, set[UUID]] = {kind: set() for kind in ActivityKind}
    for choice in choices:
        named[choice.kind].add(choice.id)
    joined = {choice.group_id for choice in choices if choice.group_id is not None}
    seckills_, group_buys_, bargains_, ends = await together(
        reading,
        lambda one: _found(db.seckills.seckills_by_id, one, named[ActivityKind.SECKILL]),
        lambda one: _found(db.group_buys.group_buys_by_id, one, named[ActivityKind.GROUP]),
        lambda one: _found(db.bargains.bargains_by_id, one, named[ActivityKind.BARGAIN]),
        lambda one: _found(db.groups.ends_of, one, joined),
    )
    return _Plays(seckills_, group_buys_, bargains_, ends)


async def _found(
    read: Callable[[Reading, list[UUID]], Awaitable[dict[UUID, T]]], reading: Reading, ids: Collection[UUID]
) -> dict[UUID, T]:
    return await read(reading, list(ids)) if ids else {}


def _answer(plays: _Plays, wish: PlayWish, at: datetime, zone: tzinfo) -> PlayTerms | Refusal:
    try:
        if len(wish.lines) != 1 or not _is_plain(wish.lines[0]):
            raise BadInput("one line in an order by a play", "活动商品须单独下单", path=("input", "lines"))
        match wish.choice.kind:
            case ActivityKind.SECKILL:
                return _seckill(plays, wish, at, zone)
            case ActivityKind.GROUP:
                return _group(plays, wish, at)
            case ActivityKind.BARGAIN:
                return _bargain(plays, wish, at)
    except Refusal as refusal:
        return refusal


def _is_plain(line: CartLine) -> bool:
    """Whether nothing else than the play makes the price of a line: it would take what that one sells as well."""
    return line.points_offer_id is None and line.add_on_of is None


def _seckill(plays: _Plays, wish: PlayWish, at: datetime, zone: tzinfo) -> PlayTerms:
    found, (line,) = plays.seckills.get(wish.choice.id), wish.lines
    if found is None or found.terms.variant_id != line.variant_id:
        raise NotFound(path=("input", "play", "id"))
    return seckills.terms_of(found, line.quantity, at, zone, wish.early)


def _group(plays: _Plays, wish: PlayWish, at: datetime) -> PlayTerms:
    found, (line,) = plays.group_buys.get(wish.choice.id), wish.lines
    if found is None:
        raise NotFound(path=("input", "play", "id"))
    group_id = wish.choice.group_id
    ends = plays.group_ends.get(group_id) if group_id is not None else None
    return group_buys.terms_of(found, line.variant_id, line.quantity, at, leads=group_id is None, group_ends=ends)


def _bargain(plays: _Plays, wish: PlayWish, at: datetime) -> PlayTerms:
    found, (line,) = plays.bargains.get(wish.choice.id), wish.lines
    if found is None or found.variant_id != line.variant_id:
        raise NotFound(path=("input", "play", "id"))
    return bargains.terms_of(found, wish.member_id, line.quantity, at)
