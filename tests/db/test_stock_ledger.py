"""The ledger of stock: whatever moves, in any order and at once, movements sum to the levels."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from uuid import UUID

import pytest
import uuid_utils.compat
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

import db.stock
from db.connection import Database, Writing
from db.statements import prepared
from domain.stock import Bucket, Movement, MovementKind, StockLevel
from domain.stock_locations import DEFAULT_LOCATION
from tests.makers_catalogue import a_variant, stocked
from tests.makers_stock import a_warehouse, nothing_is_lost
from tests.pond import NOON, Pond

BUYERS = 64
Step = tuple[MovementKind, int, int, int]
"""A kind, a variant and a location by number, and a quantity."""
steps = st.tuples(st.sampled_from(MovementKind), st.integers(0, 1), st.integers(0, 1), st.integers(1, 9))
batches = st.lists(st.lists(steps, min_size=1, max_size=4), min_size=1, max_size=12)


class Books:
    """What the levels have to be, counted in memory."""

    def __init__(self) -> None:
        self.units: dict[tuple[UUID, UUID], dict[Bucket, int]] = defaultdict(lambda: dict.fromkeys(Bucket, 0))

    def move(self, movements: list[Movement]) -> set[tuple[UUID, UUID]]:
        """Levels that hold enough for all that leaves them together; the others stay as they are."""
        after = {key: dict(self.units[key]) for key in {(one.variant_id, one.location_id) for one in movements}}
        for one in movements:
            units = after[one.variant_id, one.location_id]
            if one.source is not None:
                units[one.source] -= one.quantity
            if one.target is not None:
                units[one.target] += one.quantity
        held = {key for key, units in after.items() if min(units.values()) >= 0}
        self.units |= {key: after[key] for key in held}
        return held

    def level(self, variant_id: UUID, location_id: UUID) -> StockLevel:
        units = self.units[variant_id, location_id]
        return StockLevel(variant_id, sum(units.values()), *(units[bucket] for bucket in Bucket))


def movement(kind: MovementKind, variant_id: UUID, location_id: UUID, quantity: int) -> Movement:
    return Movement(uuid_utils.compat.uuid7(), kind, variant_id, location_id, quantity, NOON)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches)
async def test_movements_sum_to_the_levels_after_any_operations(pond: Pond, operations: list[list[Step]]) -> None:
    variants = [(await a_variant(pond, stock=0)).id for _ in range(2)]
    places, books = [DEFAULT_LOCATION, (await a_warehouse(pond)).id], Books()
    async with pond.database.writing() as tx:
        for place in places:
            await db.stock.open_levels(tx, variants, place)

        for batch in operations:
            wanted = [movement(kind, variants[v], places[p], quantity) for kind, v, p, quantity in batch]
            assert (await db.stock.move(tx, wanted)).keys() == books.move(wanted)

        found = await db.stock.levels_by_location(tx, variants)
        assert await db.stock.differences(tx) == []
    for key in variants:
        assert dict(found[key]) == {place: books.level(key, place) for place in places}


async def test_of_64_who_reserve_at_once_as_many_get_a_unit_as_there_are(pond: Pond) -> None:
    variant, south = await a_variant(pond, stock=11), await a_warehouse(pond)
    await stocked(pond, variant.id, 9, south.id)

    got = await asyncio.gather(
        *(_reserve(pond.database, variant.id, (DEFAULT_LOCATION, south.id)[i % 2]) for i in range(BUYERS))
    )

    assert sum(got) == 20
    assert (await db.stock.levels_of(pond.database.reading(), [variant.id]))[variant.id].sellable == 0
    assert await nothing_is_lost(pond)


async def _reserve(database: Database, variant_id: UUID, location_id: UUID) -> bool:
    async with database.writing() as tx:
        return bool(await db.stock.move(tx, [movement(MovementKind.RESERVE, variant_id, location_id, 1)]))


_LOOK = prepared(text("SELECT sellable, reserved FROM stock_level WHERE variant_id = :variant_id"))
_OVERWRITE = prepared(
    text("UPDATE stock_level SET sellable = :sellable, reserved = :reserved WHERE variant_id = :variant_id")
)


async def test_a_careless_reservation_sells_what_is_not_there(pond: Pond) -> None:
    """The negative control: look, then write what was seen less one."""
    variant = await a_variant(pond, stock=5)
    all_have_looked = asyncio.Barrier(10)

    async def carelessly() -> bool:
        async with pond.database.writing() as tx:
            return await _overwrite(tx, variant.id, all_have_looked)

    got = await asyncio.gather(*(carelessly() for _ in range(10)))

    assert sum(got) > 5
    assert not await nothing_is_lost(pond)


async def _overwrite(tx: Writing, variant_id: UUID, all_have_looked: asyncio.Barrier) -> bool:
    seen = await tx.row(_LOOK, variant_id=variant_id)
    assert seen is not None
    sellable, reserved = seen
    await all_have_looked.wait()
    if sellable < 1:
        return False
    await tx.execute(_OVERWRITE, variant_id=variant_id, sellable=sellable - 1, reserved=reserved + 1)
    return True


async def test_moves_of_many_levels_in_opposite_order_do_not_wait_for_each_other(pond: Pond) -> None:
    """Rows are locked in the order of their keys, whatever the order of the movements."""
    keys = [(await a_variant(pond, stock=100)).id for _ in range(6)]

    async def all_of(ids: list[UUID]) -> int:
        async with pond.database.writing() as tx:
            wanted = [movement(MovementKind.RESERVE, key, DEFAULT_LOCATION, 1) for key in ids]
            return len(await db.stock.move(tx, wanted))

    moved = await asyncio.gather(*(all_of(keys if i % 2 else keys[::-1]) for i in range(40)))

    assert moved == [6] * 40
    assert await nothing_is_lost(pond)


@pytest.mark.parametrize("kind", [MovementKind.RELEASE, MovementKind.SELL, MovementKind.UNCARVE, MovementKind.RETURN])
async def test_nothing_leaves_a_bucket_that_does_not_hold_it(pond: Pond, kind: MovementKind) -> None:
    variant = await a_variant(pond, stock=5)

    async with pond.database.writing() as tx:
        moved = await db.stock.move(tx, [movement(kind, variant.id, DEFAULT_LOCATION, 1)])

    assert moved == {}
    assert len(await pond.select("SELECT 1 FROM stock_movement")) == 1
