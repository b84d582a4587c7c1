"""Stock and points behave as if everybody came one after the other (reliability P17): histories held to a model.

So many operations as `YUTANG_TEST_OPERATIONS` says, 1,000 unless set, by eight at once at two processes.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.orders
import resolvers.points
from domain.identity import Role
from domain.orders import CartLine
from domain.placing import Wish
from domain.points import NotEnoughPoints
from domain.refusals import Refusal, Refusals
from domain.stock import OutOfStock
from schema.ids import Kind, id_of
from tests.linear import NotLinear, Operation, check
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member, staff
from tests.pond import Pond

OPERATIONS = int(os.environ.get("YUTANG_TEST_OPERATIONS", "1000"))
AT_ONCE = 8
AVAILABLE = "query ($id: ID!) { node(id: $id) { ... on Variant { available } } }"
POINTS = "{ me { points { balance } } }"

Act = Callable[[Random], Awaitable[tuple[Any, Any]]]
"""Does something; returns what was asked and what was answered."""


async def history_of(act: Callable[[int], Act], many: int, seed: int) -> list[Operation]:
    """What came of so many operations, by several at once."""
    history: list[Operation] = []

    async def acts(who: int) -> None:
        chance, does = Random(seed * 100 + who), act(who)
        for _ in range(many // AT_ONCE):
            began = time.monotonic()
            asked, answered = await does(chance)
            history.append(Operation(began, time.monotonic(), asked, answered))

    await asyncio.gather(*(acts(who) for who in range(AT_ONCE)))
    return history


def of_units(units: int, asked: tuple[str, int], answered: int) -> int | None:
    """The model of stock and points: take, give back or look; a refusal says what there is, -1 that it was done."""
    kind, many = asked
    if kind == "LOOK":
        return units if answered == units else None
    if kind == "GIVE":
        return units + many
    if answered == -1:
        return units - many if units >= many else None
    return units if units < many and answered == units else None


class Buyer:
    """Places orders of one variant, gives some up, and looks now and then."""

    def __init__(self, pond: Pond, who: Any, variant_id: UUID) -> None:
        self._pond, self._ctx, self._variant_id = pond, pond.context(who), variant_id
        self._orders: list[tuple[UUID, int]] = []

    async def __call__(self, chance: Random) -> tuple[Any, Any]:
        if self._orders and chance.random() < 0.4:
            order_id, many = self._orders.pop()
            await resolvers.orders.cancel(self._ctx, order_id)
            return ("GIVE", many), None
        if chance.random() < 0.2:
            found = await self._pond.ask(AVAILABLE, id=id_of(Kind.VARIANT, self._variant_id))
            return ("LOOK", 0), found["node"]["available"]
        return await self._takes(chance.randint(1, 3))

    async def _takes(self, many: int) -> tuple[Any, Any]:
        try:
            placed = await resolvers.orders.place(self._ctx, Wish((CartLine(self._variant_id, many),)), uuid4().hex)
        except (Refusal, Refusals) as refused:
            (refusal,) = refused.members if isinstance(refused, Refusals) else [refused]
            assert isinstance(refusal, OutOfStock), refusal
            return ("TAKE", many), refusal.available
        self._orders.append((placed.order.id, many))
        return ("TAKE", many), -1


class Bookkeeper:
    """Gives points to a member and takes some, and looks now and then what there is."""

    def __init__(self, pond: Pond, who: Any, member: Any) -> None:
        self._pond, self._ctx, self._member = pond, pond.context(who), member

    async def __call__(self, chance: Random) -> tuple[Any, Any]:
        many, key = chance.randint(1, 30), uuid4().hex
        dice = chance.random()
        if dice < 0.2:
            return ("LOOK", 0), (await self._pond.ask(POINTS, self._member))["me"]["points"]["balance"]
        if dice < 0.5:
            await resolvers.points.grant(self._ctx, self._member.member_id, many, "开业礼", key)
            return ("GIVE", many), None
        try:
            await resolvers.points.deduct(self._ctx, self._member.member_id, many, "更正", key)
        except NotEnoughPoints as refused:
            return ("TAKE", many), refused.balance
        return ("TAKE", many), -1


async def test_stock_is_taken_and_given_back_as_if_one_after_the_other(pond: Pond) -> None:
    processes = [pond, Pond(pond.database)]
    for one in processes:
        one.services.rules = replace(one.services.rules, unpaid_orders=0)
    tea, people = await a_variant(pond, stock=6), [await a_member(pond) for _ in range(AT_ONCE)]

    history = await history_of(lambda i: Buyer(processes[i % 2], people[i], tea.id), OPERATIONS * 3 // 5, 1)

    left = check(history, 6, of_units)
    assert left == (await pond.ask(AVAILABLE, id=id_of(Kind.VARIANT, tea.id)))["node"]["available"]
    assert {one.answered == -1 for one in history if one.asked[0] == "TAKE"} == {True, False}, "some came too late"


async def test_points_are_given_and_taken_as_if_one_after_the_other(pond: Pond) -> None:
    member, people = await a_member(pond), [await staff(pond, Role.OPERATOR) for _ in range(AT_ONCE)]

    history = await history_of(lambda i: Bookkeeper(pond, people[i], member), OPERATIONS * 2 // 5, 2)

    left = check(history, 0, of_units)
    assert left == (await pond.ask(POINTS, member))["me"]["points"]["balance"]
    assert {one.answered == -1 for one in history if one.asked[0] == "TAKE"} == {True, False}, "some came too late"


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(Operation(5, 6, ("LOOK", 0), 3), id="a look at what was before"),
        pytest.param(Operation(5, 6, ("TAKE", 3), -1), id="more than there is"),
        pytest.param(Operation(5, 6, ("TAKE", 1), 1), id="a refusal of what there is"),
    ],
)
def test_what_no_order_explains_is_found(wrong: Operation) -> None:
    """The negative control."""
    at_once = [Operation(1, 4, ("TAKE", 1), -1), Operation(2, 3, ("LOOK", 0), 3), Operation(1, 3, ("TAKE", 1), -1)]

    assert check(at_once, 3, of_units) == 1
    with pytest.raises(NotLinear):
        check([*at_once, wrong], 3, of_units)


async def test_who_looks_and_then_writes_is_found_by_a_history(pond: Pond) -> None:
    """The negative control over the database: two takes of the last unit, neither of which waits for the other."""
    both = asyncio.Barrier(2)
    await pond.select("CREATE TABLE careless (units int)")
    await pond.select("INSERT INTO careless VALUES (1)")

    async def takes() -> Operation:
        began = time.monotonic()
        units = (await pond.select("SELECT units FROM careless"))[0][0]
        await both.wait()
        await pond.select("UPDATE careless SET units = $1", units - 1)
        return Operation(began, time.monotonic(), ("TAKE", 1), -1)

    history = await asyncio.gather(takes(), takes())

    with pytest.raises(NotLinear):
        check(history, 1, of_units)
