"""A crowd in a room: everybody does everything at once, nobody waits for ever, and no unit is lost."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Uuid, bindparam

import db.live
import resolvers.gifts
import resolvers.live
import resolvers.live_shelves
import resolvers.orders
import resolvers.turns
from db.live import live_room
from db.statements import prepared
from domain.identity import Principal, Role
from domain.orders import CartLine
from domain.outages import Outage
from domain.placing import Wish
from domain.room_events import LiveRoomState
from resolvers.placing import Placed
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_live import a_room, an_item
from tests.makers_members import a_member, staff
from tests.pond import Pond
from tests.schema.test_orders import begin_to_pay, confirm

LOST = """SELECT variant_id FROM stock_level s WHERE received <> sellable + reserved + carved + sold
    OR carved <> (SELECT coalesce(sum(allotted), 0) FROM live_product l WHERE l.variant_id = s.variant_id)
    OR sellable < 0
    UNION ALL SELECT id FROM live_product WHERE allotted <> remaining + reserved + sold"""


async def place(pond: Pond, who: Principal, room_id: Any, *variant_ids: Any) -> Placed:
    wanted = Wish(tuple(CartLine(one, 1) for one in variant_ids), room_id)
    return await resolvers.orders.place(pond.context(who), wanted, uuid4().hex)


async def several(pond: Pond, many: int) -> list[Principal]:
    return [await a_member(pond, f"m{i}") for i in range(many)]


async def repeat(times: int, act: Callable[[int], Awaitable[Any]]) -> None:
    for i in range(times):
        await act(i)


async def test_first_purchases_of_a_limited_product_do_not_wait_for_each_other(pond: Pond) -> None:
    item = await an_item(pond, stock=100, limit=5)
    room, _ = await a_room(pond, None, item)

    placed = await asyncio.gather(*(place(pond, m, room.id, item.variant_id) for m in await several(pond, 24)))

    assert len(placed) == 24
    assert await pond.select(LOST) == []


async def test_a_host_pins_while_members_buy_and_give_up(pond: Pond) -> None:
    item = await an_item(pond, stock=1000)
    room, host = await a_room(pond, None, item)
    ((live,),) = await resolvers.live_shelves.shelves_of(pond.context(), [room])
    members = await several(pond, 6)

    async def pins(i: int) -> None:
        if i % 2:
            await resolvers.live_shelves.unpin(pond.context(host), room.id)
        else:
            await resolvers.live_shelves.pin(pond.context(host), live.id)

    async def buys(i: int, who: Principal) -> None:
        order = (await place(pond, who, room.id, item.variant_id)).order
        if i % 2:
            await resolvers.orders.cancel(pond.context(who), order.id)

    await asyncio.gather(repeat(30, pins), *(repeat(8, lambda i, m=m: buys(i, m)) for m in members))

    assert await pond.select(LOST) == []


async def test_with_the_stronger_lock_on_the_room_the_same_crowd_would_deadlock(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: FOR UPDATE also keeps off those who only refer to the room."""
    strong = prepared(
        db.live._ROOMS.where(live_room.c.id == bindparam("id", type_=Uuid())).with_for_update(of=live_room)
    )
    monkeypatch.setattr(db.live, "_LOCK", strong)

    with pytest.raises(Outage):
        await repeat(5, lambda _: test_a_host_pins_while_members_buy_and_give_up(pond))


async def test_mixed_carts_are_placed_paid_and_given_up_while_the_room_ends(pond: Pond) -> None:
    item, shop = await an_item(pond, stock=1000), await a_variant(pond, stock=1000)
    room, host = await a_room(pond, None, item)

    async def buys(i: int, who: Principal) -> None:
        try:
            order = (await place(pond, who, room.id, item.variant_id, shop.id)).order
        except Exception as refused:  # noqa: BLE001  the room is over for some
            assert type(refused).__name__ in ("RoomClosed", "OutOfStock", "Refusals"), refused  # noqa: PT017
            return
        if i % 2:
            await resolvers.orders.cancel(pond.context(who), order.id)
        else:
            paying = await begin_to_pay(pond, who, id_of(Kind.ORDER, order.id))
            await confirm(pond, paying["payment"])

    async def ends() -> None:
        await asyncio.sleep(0.5)
        await resolvers.live.move(pond.context(host), room.id, LiveRoomState.ENDED)

    members = await several(pond, 6)
    await asyncio.gather(ends(), *(repeat(6, lambda i, m=m: buys(i, m)) for m in members))

    assert await pond.select(LOST) == []


async def test_several_grants_to_one_member_at_once_all_arrive(pond: Pond) -> None:
    member = await a_member(pond)
    people = [await staff(pond, Role.FINANCE) for _ in range(4)]
    assert member.member_id is not None

    await asyncio.gather(
        *(
            resolvers.gifts.grant_coins(pond.context(one), member.member_id, 5, "开业礼", uuid4().hex)
            for one in people * 5
        )
    )

    assert (await pond.ask("{ me { coinBalance } }", member))["me"]["coinBalance"] == 100


async def test_an_order_that_cannot_be_given_up_does_not_keep_the_others(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it take the turn of another, however few there are."""
    monkeypatch.setattr(resolvers.turns, "TURNS_AT_ONCE", 1)
    lost, there = await a_variant(pond, stock=10), await a_variant(pond, stock=10)
    one, another = await several(pond, 2)
    await place(pond, one, None, lost.id)
    other = (await place(pond, another, None, there.id)).order
    await pond.select("UPDATE stock_level SET received = 9, reserved = 0 WHERE variant_id = $1", lost.id)
    pond.later(minutes=20)

    given_up = await resolvers.orders.cancel_overdue(pond.context())

    assert given_up == 1
    (row,) = await pond.select('SELECT state FROM "order" WHERE id = $1', other.id)
    assert row["state"] == "CANCELLED"
