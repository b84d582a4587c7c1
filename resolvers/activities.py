"""What activities of every kind have in common when published: goods that exist, and prices above the floor."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar
from uuid import UUID

import db.catalogue
import db.price_floors
from db.connection import Writing
from domain.catalogue import Audience
from domain.money import Money
from domain.price_floors import highest, meets
from domain.promotions.quotes import BelowFloor
from domain.refusals import BadInput, NotFound
from resolvers.context import Context

ENDED_AT_ONCE = 50

_logger = logging.getLogger("yutang.activities")


class Identified(Protocol):
    """Something with an id."""

    @property
    def id(self) -> UUID: ...


T = TypeVar("T", bound=Identified)


async def product_of(tx: Writing, variant_ids: Sequence[UUID], *path: str) -> UUID:
    """The product of the variants of an activity.

    Raises:
        NotFound: there is no such variant.
        BadInput: they are of several products.
    """
    found = await db.catalogue.variants_by_id(tx, Audience.STAFF, variant_ids)
    if len(found) < len(set(variant_ids)):
        raise NotFound(path=path)
    products = {one.product_id for one in found.values()}
    if len(products) > 1:
        raise BadInput("variants of one product", "须为同一商品的规格", path=path)
    return products.pop()


async def check_floors(
    tx: Writing, prices: Mapping[UUID, Money], starts_at: datetime, ends_at: datetime, *path: str
) -> None:
    """Hold the prices of an activity to every floor that holds while it runs (R26).

    Raises:
        BelowFloor: one is lower.
    """
    floors = await db.price_floors.floors_of(tx, list(prices))
    for variant_id, price in prices.items():
        least = highest(one for one in floors.get(variant_id, []) if meets(one, starts_at, ends_at))
        if least is not None and price.minor < least:
            raise BelowFloor(variant_id, least, price.minor, path=path)


async def each_alone(
    ctx: Context,
    lock: Callable[[Writing, datetime, set[UUID]], Awaitable[T | None]],
    change: Callable[[Context, Writing, T], Awaitable[None]],
) -> int:
    """Change what is due, each in a transaction of its own; returns how many, which is at most 50.

    `lock` finds one that is due and not among those given. One that fails is logged and does not keep the others.
    """
    done, failed = 0, set[UUID]()
    while done + len(failed) < ENDED_AT_ONCE:
        due: T | None = None
        try:
            async with ctx.database.writing() as tx:
                due = await lock(tx, ctx.now(), failed)
                if due is None:
                    break
                await change(ctx, tx, due)
            done += 1
        except Exception:
            if due is None:
                raise
            _logger.exception("%s %s could not be brought to its end", type(due).__name__, due.id)
            failed.add(due.id)
    return done
