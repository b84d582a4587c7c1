"""Stock: which locations give which units, and what a movement and a pushed count do."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import BadInput
from domain.stock import (
    ROUTES,
    MovementKind,
    Need,
    PushOutcome,
    StockLevel,
    Transfer,
    allocate,
    check_transfer,
    pushed_delta,
)
from domain.stock_locations import (
    DEFAULT_LOCATION,
    LocationDraft,
    LocationKind,
    StockLocation,
    check_draft,
    places_to_fetch_from,
    places_to_ship_from,
)

HERE, THERE, ELSEWHERE = UUID(int=1), UUID(int=2), UUID(int=3)
TEA, CUP = UUID(int=11), UUID(int=12)
A_STORE = UUID(int=21)
PLACES = (HERE, THERE, ELSEWHERE)


def need(line: int, variant_id: UUID, quantity: int) -> Need:
    return Need(UUID(int=100 + line), variant_id, quantity)


def a_location(key: UUID, priority: int = 100, **others: object) -> StockLocation:
    values: dict[str, object] = {
        "kind": LocationKind.WAREHOUSE,
        "name": "仓",
        "unit_id": None,
        "ships": True,
        "picks_up": False,
        "regions": (),
        "active": True,
        "version": 1,
        "external_reference": None,
    }
    return StockLocation(id=key, priority=priority, **values | others)  # type: ignore[arg-type]


needs = st.lists(st.tuples(st.sampled_from([TEA, CUP]), st.integers(1, 9)), min_size=1, max_size=5).map(
    lambda pairs: [need(i, variant_id, quantity) for i, (variant_id, quantity) in enumerate(pairs)]
)
levels = st.dictionaries(st.tuples(st.sampled_from([TEA, CUP]), st.sampled_from(PLACES)), st.integers(0, 12))


@given(needs, levels)
def test_what_is_allocated_is_what_is_needed_and_never_more_than_is_there(
    wanted: list[Need], sellable: dict[tuple[UUID, UUID], int]
) -> None:
    plan = allocate(wanted, PLACES, sellable)

    given_to, taken, demand = Counter[UUID](), Counter[tuple[UUID, UUID]](), Counter[UUID]()
    for part in plan.allocations:
        assert part.quantity > 0
        given_to[part.line_id] += part.quantity
        taken[part.variant_id, part.location_id] += part.quantity
    for one in wanted:
        demand[one.variant_id] += one.quantity
    assert all(many <= sellable.get(key, 0) for key, many in taken.items())
    there = {key: sum(sellable.get((key, place), 0) for place in PLACES) for key in demand}
    if all(there[key] >= many for key, many in demand.items()):
        assert given_to == {one.line_id: one.quantity for one in wanted}
        assert plan.short == {}
    else:
        assert plan.allocations == []
        assert plan.short == {key: there[key] for key, many in demand.items() if there[key] < many}


def test_the_first_place_that_has_everything_gives_everything() -> None:
    wanted = [need(0, TEA, 2), need(1, CUP, 1)]

    plan = allocate(wanted, PLACES, {(TEA, HERE): 9, (TEA, THERE): 2, (CUP, THERE): 1})

    assert [(part.location_id, part.quantity) for part in plan.allocations] == [(THERE, 2), (THERE, 1)]


def test_where_no_place_has_everything_the_units_come_from_several_in_their_order() -> None:
    """Scenario C11."""
    plan = allocate([need(0, TEA, 5)], PLACES, {(TEA, HERE): 1, (TEA, THERE): 3, (TEA, ELSEWHERE): 4})

    assert [(part.location_id, part.quantity) for part in plan.allocations] == [(HERE, 1), (THERE, 3), (ELSEWHERE, 1)]


def test_lines_that_need_one_variant_count_together() -> None:
    """Scenario C3: a bundle and a single, or a gift of what is bought."""
    plan = allocate([need(0, TEA, 3), need(1, TEA, 3)], PLACES, {(TEA, HERE): 5})

    assert plan.short == {TEA: 5}
    assert plan.allocations == []


def test_an_order_is_sent_from_the_nearest_place_first_and_then_by_priority() -> None:
    near = a_location(HERE, 200, regions=("浙江省",))
    first, second = a_location(THERE, 1), a_location(ELSEWHERE, 2)
    closed, store = a_location(UUID(int=4), 0, active=False), a_location(UUID(int=5), 0, ships=False)

    places = [near, second, closed, first, store]

    assert places_to_ship_from(places, "浙江") == [HERE, THERE, ELSEWHERE]
    assert places_to_ship_from(places, None) == [THERE, ELSEWHERE, HERE]


def test_an_order_is_fetched_from_its_store_and_from_nowhere_else() -> None:
    store = a_location(HERE, kind=LocationKind.STORE, unit_id=A_STORE, picks_up=True)
    other = a_location(THERE, kind=LocationKind.STORE, unit_id=UUID(int=22), picks_up=True)

    assert places_to_fetch_from([store, other], A_STORE) == [HERE]
    assert places_to_fetch_from([a_location(HERE, kind=LocationKind.STORE, unit_id=A_STORE)], A_STORE) == []


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(LocationDraft(LocationKind.STORE, "店"), id="a store without its unit"),
        pytest.param(LocationDraft(LocationKind.WAREHOUSE, "仓", picks_up=True), id="a warehouse to fetch from"),
        pytest.param(LocationDraft(LocationKind.WAREHOUSE, "仓", priority=-1), id="a negative priority"),
        pytest.param(LocationDraft(LocationKind.WAREHOUSE, " "), id="no name"),
        pytest.param(LocationDraft(LocationKind.WAREHOUSE, "仓", active=False), id="a default that is closed"),
    ],
)
def test_a_location_out_of_bounds_is_refused(draft: LocationDraft) -> None:
    with pytest.raises(BadInput):
        check_draft(draft, is_default=not draft.active)


def test_every_kind_of_movement_goes_somewhere_else() -> None:
    assert ROUTES.keys() == set(MovementKind)
    assert all(source is not target for source, target in ROUTES.values())


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 200))
def test_a_pushed_count_keeps_what_is_promised_and_set_aside(
    sellable: int, reserved: int, carved: int, on_hand: int
) -> None:
    level = StockLevel(TEA, sellable + reserved + carved + 7, sellable, reserved, carved, 7)

    delta, outcome = pushed_delta(level, on_hand)

    assert sellable + delta == max(0, on_hand - reserved - carved)
    assert (outcome is PushOutcome.SHORT) is (on_hand < reserved + carved)


@pytest.mark.parametrize(
    "transfer", [Transfer(TEA, HERE, HERE, 1), Transfer(TEA, HERE, THERE, 0), Transfer(TEA, HERE, THERE, -1)]
)
def test_a_transfer_moves_something_somewhere_else(transfer: Transfer) -> None:
    with pytest.raises(BadInput):
        check_transfer(transfer)


def test_the_default_warehouse_has_an_id_that_everybody_knows() -> None:
    assert DEFAULT_LOCATION.hex == "00000000000070008000000000000001"
