"""What orders take from the shop's stock when they are placed, and what becomes of it in their life.

Which location gave which units of which line is told by the movements of the order, and by nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol
from uuid import UUID

import db.stock
import db.stock_locations
from db.connection import Writing
from db.stock import Held
from db.writes import Write
from domain.orders import Delivery, Order, takes_from_shop
from domain.refusals import NotFound, Refusal
from domain.stock import Allocation, Movement, MovementKind, Need, OutOfStock, Plan, allocate
from domain.stock_locations import StockLocation, places_to_fetch_from, places_to_ship_from
from resolvers.context import Context
from resolvers.stock_moving import move_all


class Stocked(Protocol):
    """An order that takes stock: a draft among others, or one that replaces what came back."""

    @property
    def ctx(self) -> Context: ...
    @property
    def order(self) -> Order: ...


class StockTaking:
    """What the orders of one batch take from the shop's stock.

    The levels are locked before they are read and change by what is taken, so a later order of the batch sees what
    an earlier one left; one statement moves it all.
    """

    def __init__(self) -> None:
        self._left: dict[tuple[UUID, UUID], int] = {}
        self._locations: list[StockLocation] = []
        self._places: dict[tuple[Delivery, UUID | str | None], list[UUID]] = {}
        self._plans: dict[UUID, Plan] = {}
        self._movements: list[Movement] = []

    async def lock(self, tx: Writing, drafts: Sequence[Stocked]) -> bool:
        """Lock and read all levels of what the orders want, in one statement; another finds stores to fetch from."""
        wanted = {line.variant_id for draft in drafts for line in draft.order.lines if takes_from_shop(line)}
        if not wanted:
            return False
        stores = {key for draft in drafts if (key := draft.order.pick_up_store_id) is not None}
        found = await db.stock_locations.of_stores(tx, stores) if stores else []
        shelves = await db.stock.lock(tx, list(wanted))
        self._left = dict(shelves.sellable)
        self._locations = list({one.id: one for one in (*found, *shelves.locations)}.values())
        return True

    def refusals(self, draft: Stocked) -> Sequence[Refusal]:
        """Why the order cannot have what it wants: one refusal for each line of which there is not enough.

        All lines that want the same variant count together (scenario C3).
        """
        order = draft.order
        needs = [Need(line.id, line.variant_id, line.quantity) for line in order.lines if takes_from_shop(line)]
        if not needs:
            return ()
        places = self._places_for(order)
        if order.pick_up_store_id is not None and not places:
            return [NotFound(path=("input", "pickUpStoreId"))]
        plan = self._plans[order.id] = allocate(needs, places, self._left)
        return [
            OutOfStock(line.variant_id, plan.short[line.variant_id], path=("input", "lines", str(i), "quantity"))
            for i, line in enumerate(order.lines)
            if line.variant_id in plan.short and takes_from_shop(line)
        ]

    def take(self, draft: Stocked) -> None:
        """Count what `refusals` found for the order as taken."""
        plan = self._plans.pop(draft.order.id, None)
        if plan is None:
            return
        for part in plan.allocations:
            self._left[part.variant_id, part.location_id] -= part.quantity
        self._movements += _moved(draft.ctx, MovementKind.RESERVE, draft.order.id, plan.allocations)

    def writes(self) -> Iterable[Write]:
        return [db.stock.moved(self._movements)]

    def _places_for(self, order: Order) -> list[UUID]:
        """Where the order may come from, in the order in which they are asked; reckoned once for each destination."""
        store_id = order.pick_up_store_id if order.delivery is Delivery.PICK_UP else None
        province = order.address.province if order.address is not None else None
        key = (order.delivery, store_id or province)
        if key not in self._places:
            self._places[key] = (
                places_to_fetch_from(self._locations, store_id)
                if store_id is not None
                else places_to_ship_from(self._locations, province)
            )
        return self._places[key]


def _moved(ctx: Context, kind: MovementKind, order_id: UUID, parts: Sequence[Allocation]) -> list[Movement]:
    at, actor_id = ctx.now(), ctx.principal.member_id
    return [
        Movement(
            ctx.new_id(),
            kind,
            part.variant_id,
            part.location_id,
            part.quantity,
            at,
            cause_id=order_id,
            line_id=part.line_id,
            actor_id=actor_id,
        )
        for part in parts
    ]


async def release(ctx: Context, tx: Writing, order: Order, *others: Movement) -> None:
    """Give all that a locked order was promised back to where it came from; nothing, when that was done.

    `others` are moved by the same statement: units of live rooms and flash sales, which lie in the same rows.
    """
    movements = list(others)
    if any(map(takes_from_shop, order.lines)):
        held = await db.stock.held_by(tx, order.id)
        parts = [Allocation(h.line_id, h.variant_id, h.location_id, h.reserved) for h in held if h.reserved]
        movements += _moved(ctx, MovementKind.RELEASE, order.id, parts)
    await move_all(tx, movements)


async def release_some(ctx: Context, tx: Writing, order: Order, units: Mapping[UUID, int], *others: Movement) -> None:
    """Give so many units of lines back that a locked order was promised. `others` as in `release`."""
    shop = {line.id for line in order.lines if takes_from_shop(line)}
    left = {line_id: many for line_id, many in units.items() if line_id in shop}
    parts = []
    for one in await db.stock.held_by(tx, order.id) if left else ():
        if many := min(left.get(one.line_id, 0), one.reserved):
            left[one.line_id] -= many
            parts.append(Allocation(one.line_id, one.variant_id, one.location_id, many))
    assert not any(left.values()), f"more units come back than were promised: {left}"
    await move_all(tx, [*others, *_moved(ctx, MovementKind.RELEASE, order.id, parts)])


async def sell(ctx: Context, tx: Writing, order: Order, *others: Movement) -> None:
    """Turn what a locked order was promised into sold units. `others` as in `release`."""
    movements = list(others)
    if any(map(takes_from_shop, order.lines)):
        held = await db.stock.held_by(tx, order.id)
        parts = [Allocation(h.line_id, h.variant_id, h.location_id, h.reserved) for h in held if h.reserved]
        movements += _moved(ctx, MovementKind.SELL, order.id, parts)
    await move_all(tx, movements)


async def take_back(
    ctx: Context, tx: Writing, order: Order, again: Mapping[UUID, int], lost: Mapping[UUID, int], *others: Movement
) -> None:
    """Take sold units of a locked order back, so many of each line, to where they came from or out of the stock.

    Lines whose units were set aside for a play are not among them: they are `others`, as in `release`. No line gives
    more units back than were sold.
    """
    shop = {line.id for line in order.lines if takes_from_shop(line)}
    kinds = {MovementKind.RETURN: again, MovementKind.WRITE_OFF: lost}
    wanted = {
        kind: some
        for kind, units in kinds.items()
        if (some := {line_id: many for line_id, many in units.items() if many and line_id in shop})
    }
    movements = list(others)
    held = await db.stock.held_by(tx, order.id) if wanted else []
    for kind, units in wanted.items():
        parts, held = _sold_parts(held, units)
        movements += _moved(ctx, kind, order.id, parts)
    await move_all(tx, movements)


def _sold_parts(held: Sequence[Held], wanted: Mapping[UUID, int]) -> tuple[list[Allocation], list[Held]]:
    """Where so many units of lines were sold from, and what is held without them."""
    left, parts, rest = dict(wanted), [], []
    for one in held:
        many = min(left.get(one.line_id, 0), one.sold)
        if many:
            left[one.line_id] -= many
            parts.append(Allocation(one.line_id, one.variant_id, one.location_id, many))
        rest.append(replace(one, sold=one.sold - many))
    assert not any(left.values()), f"more units come back than were sold: {left}"
    return parts, rest
