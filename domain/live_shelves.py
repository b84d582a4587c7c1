"""The shelf of a live room: its order, its places, and what a host may change of a product that stands there (R61)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.live import MOST_ON_SHELF, LiveProduct, ShelfItem
from domain.money import Money
from domain.records import record
from domain.refusals import BadInput, between, same_version
from domain.room_events import LiveProductState
from domain.stock import OutOfStock

STEP = 1 << 16
"""How far apart products stand at first, so that one can be put between two others without moving them. A position is a
32-bit integer: some 30,000 products can come to the end of one shelf, each as an earlier one leaves it."""
MOST_STOCK = 1_000_000


@record
class ShelfEdit:
    """What is to change of a product on a shelf. A price of None stays, and so does the limit if it is kept."""

    live_price: Money | None = None
    stock_delta: int = 0
    keeps_limit: bool = True
    limit_per_member: int | None = None


@record
class Explanation:
    """A time during which a product was explained, and what was bought of it meanwhile. It goes on without an end."""

    started_at: datetime
    ended_at: datetime | None
    orders: int
    paid: Money


def at_rest(live_stock: int) -> LiveProductState:
    """Where a product stands that is shown and not explained."""
    return LiveProductState.ON_SHELF if live_stock else LiveProductState.SOLD_OUT


def free_slots(taken: Iterable[int], many: int) -> list[int] | None:
    """The first places of a shelf that are not taken; None when there are fewer.

    >>> free_slots({0, 2}, 2), free_slots(range(500), 1)
    ([1, 3], None)
    """
    used = set(taken)
    free = [slot for slot in range(MOST_ON_SHELF) if slot not in used][:many]
    return free if len(free) == many else None


def positions_after(last: int | None, many: int) -> list[int]:
    """Where products stand that come to the end of a shelf."""
    first = 0 if last is None else last + STEP
    return [first + n * STEP for n in range(many)]


def move(shelf: Sequence[LiveProduct], moved: LiveProduct, after: LiveProduct | None) -> list[tuple[LiveProduct, int]]:
    """Put a product behind another one, or first: which products stand elsewhere then, and where.

    That is one, unless its new neighbours stand too close to each other, or too far out: then all are spread anew.
    """
    assert moved in shelf, "the product stands on the shelf"
    others = sorted((one for one in shelf if one is not moved), key=lambda one: (one.position, one.id))
    place = 0 if after is None else others.index(after) + 1
    before = others[place - 1].position if place else None
    behind = others[place].position if place < len(others) else None
    position = _between(before, behind)
    if position is not None:
        return [] if position == moved.position else [(moved, position)]
    in_order = [*others[:place], moved, *others[place:]]
    return [
        (one, at) for one, at in zip(in_order, positions_after(None, len(in_order)), strict=True) if one.position != at
    ]


def _between(before: int | None, behind: int | None) -> int | None:
    """A position between two; None where there is none within the bounds of a 32-bit integer."""
    if before is None:
        return 0 if behind is None else _within(behind - STEP)
    if behind is None:
        return _within(before + STEP)
    middle = (before + behind) // 2
    return middle if before < middle < behind else None


def _within(position: int) -> int | None:
    return position if abs(position) < 2**31 - STEP else None


def as_before(
    shelf: Iterable[LiveProduct], sellable: Mapping[UUID, int], *, besides: Collection[UUID]
) -> list[ShelfItem]:
    """What stood on a former shelf, as much as was planned for it and the shop has; nothing of which it has none."""
    return [
        ShelfItem(one.card.variant_id, one.card.live_price, stock, one.card.limit_per_member, one.goes_with)
        for one in shelf
        if one.card.variant_id not in besides and (stock := min(one.planned, sellable.get(one.card.variant_id, 0))) > 0
    ]


def check_edit(product: LiveProduct, edit: ShelfEdit, expected_version: int | None, *path: str) -> None:
    """Hold a change of a product on a shelf to its bounds, and to the terms that its author read.

    Who moves stock has to say which those were: the same request again then moves nothing.

    Raises:
        StaleVersion: the terms are others by now.
        BadInput: a price, a number or a limit is out of bounds, or the price is in another currency.
        OutOfStock: more is to be taken away than remains; what is promised or sold stays.
    """
    if edit.stock_delta and expected_version is None:
        raise BadInput("given where stock moves", "调整库存时必须提供", path=(*path, "expectedVersion"))
    same_version(product.terms_version, expected_version)
    if edit.live_price is not None:
        between(edit.live_price.minor, 1, 10**12, *path, "livePrice")
        if edit.live_price.currency != product.card.live_price.currency:
            raise BadInput("the currency it has", "币种不能改变", path=(*path, "livePrice"))
    if not edit.keeps_limit and edit.limit_per_member is not None:
        between(edit.limit_per_member, 1, 999, *path, "limitPerMember")
    between(edit.stock_delta, -MOST_STOCK, MOST_STOCK, *path, "liveStockDelta")
    if product.card.live_stock + edit.stock_delta < 0:
        raise OutOfStock(product.card.variant_id, product.card.live_stock, path=(*path, "liveStockDelta"))
