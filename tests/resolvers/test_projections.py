"""What follows the outbox deals with each fact once, in order, whatever fails in between."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

import pytest

import db.outbox
import resolvers.projections
from db.connection import Writing
from db.outbox import Fact
from resolvers.context import Context
from resolvers.projections import Projection, go_on, keep_up
from tests.pond import Pond


class Follower:
    """A projection that remembers what it was given; it can be told to fail."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.fails = False
        self.projection = Projection("a follower", frozenset({"Wanted"}), self._project)

    async def _project(self, ctx: Context, tx: Writing, facts: Sequence[Fact]) -> None:
        await tell(tx, ctx, "Followed")
        if self.fails:
            raise ZeroDivisionError
        self.seen += [fact.payload["says"] for fact in facts]

    async def follow(self, pond: Pond) -> int:
        return await go_on(self.projection, pond.context(), timedelta(0))


@pytest.fixture
def follower() -> Follower:
    return Follower()


async def tell(tx: Writing, ctx: Context, says: str, kind: str = "Wanted") -> None:
    kind = says if says == "Followed" else kind
    await db.outbox.tell(tx, kind, "thing", uuid4(), {"says": says}, ctx.now())


async def told(pond: Pond, *words: str, kind: str = "Wanted") -> None:
    for says in words:
        async with pond.database.writing() as tx:
            await tell(tx, pond.context(), says, kind)


async def test_each_fact_of_its_kinds_comes_once_and_in_order(pond: Pond, follower: Follower) -> None:
    await told(pond, "a", "b")
    await told(pond, "x", kind="Unwanted")
    await told(pond, "c")
    await follower.follow(pond)
    await told(pond, "d")
    await follower.follow(pond)
    assert follower.seen == ["a", "b", "c", "d"]
    assert await follower.follow(pond) == 1, "what it told itself"
    assert await follower.follow(pond) == 0


@pytest.mark.parametrize(("dealt_with", "passed"), [(2, 7), (3, 3), (7, 2), (1, 1)])
async def test_many_come_in_parts_and_the_job_goes_on_until_it_is_through(
    pond: Pond, follower: Follower, monkeypatch: pytest.MonkeyPatch, dealt_with: int, passed: int
) -> None:
    monkeypatch.setattr(resolvers.projections, "MOST_DEALT_WITH", dealt_with)
    monkeypatch.setattr(resolvers.projections, "MOST_PASSED", passed)
    for n in range(5):
        await told(pond, "x", "y", kind="Unwanted")
        await told(pond, str(n))

    rounds = 1
    while await keep_up(follower.projection, pond.context()):
        rounds += 1

    assert follower.seen == [str(n) for n in range(5)]
    assert rounds >= 15 // min(passed, 3 * dealt_with)


async def test_what_fails_is_undone_and_comes_again(pond: Pond, follower: Follower) -> None:
    await told(pond, "a")
    follower.fails = True
    with pytest.raises(ZeroDivisionError):
        await follower.follow(pond)
    assert await pond.select("SELECT 1 FROM outbox WHERE kind = 'Followed'") == []
    follower.fails = False
    await follower.follow(pond)
    assert follower.seen == ["a"]


async def test_a_fact_that_is_committed_late_is_waited_for(pond: Pond, follower: Follower) -> None:
    async with pond.database.writing() as slow:
        await tell(slow, pond.context(), "slow")
        await told(pond, "quick")
        for _ in range(3):
            await follower.follow(pond)
        assert follower.seen == []
    await follower.follow(pond)
    assert follower.seen == ["slow", "quick"]


async def test_a_fact_that_was_rolled_back_stops_nobody(pond: Pond, follower: Follower) -> None:
    with pytest.raises(ZeroDivisionError):
        async with pond.database.writing() as doomed:
            await tell(doomed, pond.context(), "never")
            raise ZeroDivisionError
    await told(pond, "a")
    for _ in range(3):
        await follower.follow(pond)
    assert follower.seen == ["a"]


async def test_several_processes_deal_with_each_fact_once(pond: Pond, follower: Follower) -> None:
    await told(pond, *map(str, range(20)))
    await asyncio.gather(*(follower.follow(pond) for _ in range(8)))
    assert follower.seen == [str(n) for n in range(20)]
