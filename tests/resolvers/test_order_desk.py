"""The order desk: many orders at once, each wholly or not at all, and none of them its neighbour's keeper."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

import resolvers.orders
import resolvers.placing
from db.connection import Reading, Writing
from db.writes import Write
from domain.identity import Principal
from domain.orders import CartLine
from domain.outages import Contended
from domain.placing import Wish
from domain.refusals import Refusal, Refusals, TooOften
from domain.stock import OutOfStock
from resolvers.order_desk import OrderDesk
from resolvers.placing import Placed, Posted, Ready
from resolvers.taking import Draft
from tests.makers_catalogue import a_variant
from tests.makers_members import a_member
from tests.pond import Pond, statements

ORDERS = """SELECT (SELECT count(*) FROM "order"), (SELECT count(*) FROM order_line), (SELECT count(*) FROM attribution),
    (SELECT count(*) FROM outbox WHERE kind = 'OrderPlaced'), (SELECT count(*) FROM idempotency_key)"""


async def place(pond: Pond, who: Principal, variant_id: UUID, quantity: int = 1, key: str | None = None) -> Any:
    """The outcome of a wish: what was placed, or why not."""
    wish = Wish((CartLine(variant_id, quantity),))
    try:
        return await resolvers.orders.place(pond.context(who), wish, key or uuid4().hex)
    except (Refusal, Refusals) as refused:
        return refused


async def test_what_waits_goes_together(pond: Pond) -> None:
    shop = await a_variant(pond, stock=100)
    members = [await a_member(pond, f"m{i}") for i in range(30)]

    with statements() as log:
        outcomes = await asyncio.gather(*(place(pond, one, shop.id) for one in members))

    assert all(isinstance(one, Placed) for one in outcomes)
    assert len(log) <= 2 * 14, "the first by itself, the others together"
    assert tuple((await pond.select(ORDERS))[0]) == (30, 30, 30, 30, 30)


async def test_of_ten_units_ten_buyers_get_one_and_the_others_none(pond: Pond) -> None:
    shop = await a_variant(pond, stock=10)
    members = [await a_member(pond, f"m{i}") for i in range(64)]

    outcomes = await asyncio.gather(*(place(pond, one, shop.id) for one in members))

    assert sum(isinstance(one, Placed) for one in outcomes) == 10
    assert {type(one) for one in outcomes} == {Placed, OutOfStock}
    assert tuple((await pond.select(ORDERS))[0]) == (10, 10, 10, 10, 10)
    (level,) = await pond.select("SELECT sellable, reserved FROM stock_level WHERE variant_id = $1", shop.id)
    assert tuple(level) == (0, 10)


async def test_who_wants_too_much_is_refused_and_the_next_gets_what_is_left(pond: Pond) -> None:
    shop = await a_variant(pond, stock=5)
    first, greedy, modest = [await a_member(pond, name) for name in ("first", "greedy", "modest")]

    outcomes = await asyncio.gather(
        place(pond, first, shop.id), place(pond, greedy, shop.id, 5), place(pond, modest, shop.id, 4)
    )

    assert [type(one) for one in outcomes] == [Placed, OutOfStock, Placed]


async def test_one_request_sent_often_at_once_is_one_order(pond: Pond) -> None:
    shop, member = await a_variant(pond, stock=100), await a_member(pond)
    desks = [OrderDesk(pond.database) for _ in range(4)]

    async def ordered(desk: OrderDesk) -> Any:
        ctx = pond.context(member)
        ctx.services = type(ctx.services)(**{**vars(ctx.services), "desk": desk})
        return await resolvers.orders.place(ctx, Wish((CartLine(shop.id, 1),)), "once")

    outcomes = await asyncio.gather(*(ordered(desk) for desk in desks * 8))

    assert len({one.order.id for one in outcomes}) == 1
    assert sorted(one.replayed for one in outcomes) == [False] + [True] * 31
    assert tuple((await pond.select(ORDERS))[0]) == (1, 1, 1, 1, 1)


async def test_while_a_batch_is_written_the_next_is_priced_with_nobody_of_the_first(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, one, other = await a_variant(pond, stock=100), await a_member(pond, "one"), await a_member(pond, "other")
    priced: list[list[str]] = []
    is_written, next_is_priced = asyncio.Event(), asyncio.Event()
    ready, keep = resolvers.placing.ready, resolvers.placing.keep

    async def seen(reading: Reading, batch: Sequence[Posted], at: datetime) -> Ready:
        priced.append([posted.request.owner for posted in batch])
        if len(priced) == 2:
            next_is_priced.set()
        return await ready(reading, batch, at)

    async def slow(tx: Writing, batch: Ready) -> Any:
        is_written.set()
        await next_is_priced.wait()
        return await keep(tx, batch)

    monkeypatch.setattr(resolvers.placing, "ready", seen)
    monkeypatch.setattr(resolvers.placing, "keep", slow)
    first = asyncio.create_task(place(pond, one, shop.id))
    await is_written.wait()
    outcomes = await asyncio.gather(first, place(pond, one, shop.id), place(pond, other, shop.id))

    assert [type(outcome) for outcome in outcomes] == [Placed, Placed, Placed]
    owners = [f"member:{who.member_id.hex}" for who in (one, other, one) if who.member_id is not None]
    assert priced == [[owner] for owner in owners]


class Shaky:
    """Fails for the orders of some, as a part with a bug would."""

    unlucky: frozenset[UUID] = frozenset()
    fails_with: type[Exception] = RuntimeError
    tried = 0

    async def lock(self, _: Writing, drafts: Sequence[Draft]) -> bool:
        Shaky.tried += 1
        self._members = {draft.order.member_id for draft in drafts}
        return True

    def refusals(self, _: Draft) -> Sequence[Refusal]:
        return ()

    def take(self, _: Draft) -> None: ...

    def writes(self) -> Iterable[Write]:
        if self._members & self.unlucky:
            raise self.fails_with
        return ()


@pytest.fixture
def shaky(monkeypatch: pytest.MonkeyPatch) -> type[Shaky]:
    monkeypatch.setattr(resolvers.placing, "TAKINGS", (*resolvers.placing.TAKINGS, Shaky))
    monkeypatch.setattr(Shaky, "tried", 0)
    return Shaky


async def test_a_fault_is_its_own_orders_alone(
    pond: Pond, shaky: type[Shaky], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    shop = await a_variant(pond, stock=100)
    members = [await a_member(pond, f"m{i}") for i in range(5)]
    unlucky = members[3].member_id
    assert unlucky is not None
    monkeypatch.setattr(shaky, "unlucky", frozenset({unlucky}))

    outcomes = await asyncio.gather(*(place(pond, one, shop.id) for one in members), return_exceptions=True)

    assert [type(one) for one in outcomes] == [Placed, Placed, Placed, RuntimeError, Placed]
    assert "an order could not be placed" in caplog.text
    assert tuple((await pond.select(ORDERS))[0]) == (4, 4, 4, 4, 4)


async def test_what_changed_meanwhile_is_looked_at_again(
    pond: Pond, shaky: type[Shaky], monkeypatch: pytest.MonkeyPatch
) -> None:
    shop, member = await a_variant(pond, stock=100), await a_member(pond)

    def once(_: Shaky) -> Iterable[Write]:
        if shaky.tried == 1:
            raise Contended
        return ()

    monkeypatch.setattr(shaky, "writes", once)

    assert isinstance(await place(pond, member, shop.id), Placed)
    assert shaky.tried == 2
    assert tuple((await pond.select(ORDERS))[0]) == (1, 1, 1, 1, 1)


async def test_a_desk_that_closes_places_what_waits_and_takes_no_more(pond: Pond) -> None:
    shop, member = await a_variant(pond, stock=100), await a_member(pond)
    waiting = [asyncio.create_task(place(pond, member, shop.id)) for _ in range(3)]
    await asyncio.sleep(0)

    await pond.services.desk.close()

    assert all([isinstance(await one, Placed) for one in waiting])
    assert isinstance(await place(pond, member, shop.id), TooOften)
