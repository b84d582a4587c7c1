"""Deeds: what the facts of the outbox say that guides did, for boards and tasks (R11, R12).

A fact only names what it is about; what that is worth is read from the truth. So a deed is what its order, member or
post is now, whatever was told twice or late.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

import db.assignment_lists
import db.boards
import db.deeds
import db.outbox
from db.connection import Writing
from db.deeds import Read
from db.outbox import Fact
from domain import boards as rules
from domain.boards import Deed
from domain.tasks import METRICS
from resolvers import task_progress
from resolvers.context import Context
from resolvers.projections import Projection
from resolvers.task_progress import MOVED

Sources: TypeAlias = tuple[str, Callable[[Fact], Iterable[UUID]]]
"""What a fact is about: the name of its readers, and the keys of what they are to read."""


def _itself(fact: Fact) -> list[UUID]:
    return [fact.aggregate_id]


def _coupons(fact: Fact) -> list[UUID]:
    return [UUID(hex=one["coupon"]) for one in fact.payload["coupons"]]


def _member(fact: Fact) -> list[UUID]:
    return [UUID(hex=fact.payload["member"])]


def _assignments(fact: Fact) -> list[UUID]:
    return [UUID(hex=one) for one in fact.payload.get("assignments", ())]


_READERS: Mapping[str, Sequence[Read]] = {
    "orders": (db.deeds.of_orders, db.deeds.of_commissions, db.deeds.of_assists),
    "members": (db.deeds.of_members,),
    "posts": (db.deeds.of_posts,),
    "tags": (db.deeds.of_tags,),
    "coupons": (db.deeds.of_coupons,),
    "shares": (db.deeds.of_shares,),
    "assignments": (db.assignment_lists.deeds_of,),
}
_SOURCES: Mapping[str, Sources] = {
    "OrderPaid": ("orders", _itself),
    "OrderRefunded": ("orders", _itself),
    "OrderEdited": ("orders", _itself),
    "AfterSaleChanged": ("orders", _itself),
    "MemberRegistered": ("members", _itself),
    "MemberBound": ("members", _member),
    "PostMoved": ("posts", _itself),
    "MemberTagged": ("tags", _itself),
    "CouponTaken": ("coupons", _coupons),
    "CouponsRevoked": ("coupons", _coupons),
    "ShareCreated": ("shares", _itself),
    MOVED: ("assignments", _assignments),
}
_PROVING = frozenset(METRICS.values())


async def project(ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
    """Keep what guides did, let their scores move, and see how far their tasks are by it."""
    before, after = await _read(tx, facts)
    deeds = rules.changed(before, after)
    if not deeds:
        return
    await db.deeds.save(tx, deeds)
    gains = rules.gains(before, deeds, ctx.services.rules.time_zone, ctx.now())
    if gains:
        await db.boards.gain(tx, gains)
    stores = {deed.store_id for deed in (*before, *deeds)}
    topics = rules.topics_of(gains, await db.boards.paths_of(tx, list(stores)))
    doers = {deed.guide_id for deed in deeds if deed.metric in _PROVING}
    await task_progress.recount(ctx, tx, sorted(doers), topics)


async def _read(tx: Writing, facts: Sequence[Fact]) -> tuple[list[Deed], list[Deed]]:
    """What was known of all that facts are about, and what there is to know of it now."""
    touched: defaultdict[str, set[UUID]] = defaultdict(set)
    for fact in facts:
        name, keys_of = _SOURCES[fact.kind]
        touched[name].update(keys_of(fact))
    tagged = touched.get("tags", set())
    others = {key for name, keys in touched.items() if name != "tags" for key in keys}
    before = await db.deeds.known(tx, list(others), list(tagged)) if others or tagged else []
    after = [
        deed for name, keys in touched.items() if keys for read in _READERS[name] for deed in await read(tx, list(keys))
    ]
    return before, after


DEEDS = Projection("guide deeds", frozenset(_SOURCES), project)
