"""P27: live stock 10, 200 subscribers, 12 buyers at once: ten orders, and everybody's last word is stock 0."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from domain.live import LiveRoom, ShelfItem
from schema.ids import Kind, id_of
from tests.makers_live import a_room, an_item
from tests.makers_shelves import room_id, shelf_of
from tests.pond import Pond
from tests.site import Site, Talk
from tests.waiting import until

STOCK, SUBSCRIBERS, BUYERS = 10, 200, 12
INVENTORY = "subscription ($room: ID!) { liveInventory(roomId: $room) { seq version liveStock sold state } }"
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id }
  userErrors { code ... on InsufficientStock { available } } } }"""


class Subscriber:
    """One who watches the stock, and when each news came."""

    def __init__(self, talk: Talk) -> None:
        self.heard: list[dict[str, Any]] = []
        self.last_at = 0.0
        self.reading = asyncio.create_task(self._read(talk))

    async def _read(self, talk: Talk) -> None:
        while True:
            message = await talk.hear(60)
            self.last_at = time.perf_counter()
            self.heard.append(message["payload"]["data"]["liveInventory"])

    @property
    def is_done(self) -> bool:
        return bool(self.heard) and self.heard[-1]["liveStock"] == 0


async def _subscribe(site: Site, room: LiveRoom, stack: AsyncExitStack) -> Subscriber:
    talk = await stack.enter_async_context(site.socket())
    await talk.subscribe(INVENTORY, room=room_id(room))
    return Subscriber(talk)


async def _buy(site: Site, token: str, room: LiveRoom, item: ShelfItem) -> Any:
    wanted = {
        "lines": [{"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}],
        "liveRoomId": room_id(room),
        "idempotencyKey": uuid4().hex,
    }
    return (await site.ask(PLACE, token=token, input=wanted))["orderPlace"]


async def test_ten_orders_and_everybody_hears_that_nothing_is_left(site: Site) -> None:
    made = Pond(site.pond.database)
    item = await an_item(made, stock=STOCK)
    room, _ = await a_room(made, None, item)
    tokens = [await site.member_token(f"buyer {n}") for n in range(BUYERS)]
    async with AsyncExitStack() as stack:
        watching = await asyncio.gather(*(_subscribe(site, room, stack) for _ in range(SUBSCRIBERS)))
        await until(lambda: site.pond.hub.viewers(room.id) == SUBSCRIBERS)

        answers = await asyncio.gather(*(_buy(site, token, room, item) for token in tokens))
        sold_out_at = time.perf_counter()
        await until(lambda: all(one.is_done for one in watching), 5)
        for one in watching:
            one.reading.cancel()

    refused = [answer["userErrors"] for answer in answers if answer["userErrors"]]
    assert refused == [[{"code": "INSUFFICIENT_STOCK", "available": 0}]] * (BUYERS - STOCK)
    assert max(one.last_at for one in watching) - sold_out_at < 1
    (shown,) = await shelf_of(made, room)
    for one in watching:
        versions = [event["version"] for event in one.heard]
        assert versions == sorted(set(versions))
        assert (one.heard[-1]["state"], one.heard[-1]["version"]) == ("SOLD_OUT", shown["version"])
    assert await made.select("SELECT count(*) FROM order_line") == [(STOCK,)]
    assert await made.select("SELECT remaining, reserved FROM live_product") == [(0, STOCK)]


async def test_who_looks_before_taking_sells_more_than_there_is(pond: Pond) -> None:
    """The negative control: twelve who look and then take all find stock, where taking is not conditional."""
    room, _ = await a_room(pond, None, await an_item(pond, stock=STOCK))
    (shown,) = await shelf_of(pond, room)
    product, looked = UUID(hex=shown["id"].partition("_")[2]), asyncio.Barrier(BUYERS)
    connections = [await asyncpg.connect(await _dsn_of(pond)) for _ in range(BUYERS)]

    async def careless(connection: asyncpg.Connection) -> bool:
        remaining = await connection.fetchval("SELECT remaining FROM live_product WHERE id = $1", product)
        await looked.wait()
        await connection.execute(
            "UPDATE live_product SET remaining = $2, reserved = allotted - $2 WHERE id = $1", product, remaining - 1
        )
        return bool(remaining)

    sold = await asyncio.gather(*map(careless, connections))
    for connection in connections:
        await connection.close()

    assert sum(sold) == BUYERS > STOCK
    assert await pond.select("SELECT remaining FROM live_product") == [(STOCK - 1,)]


async def _dsn_of(pond: Pond) -> str:
    ((name, folder),) = await pond.select("SELECT current_database(), current_setting('unix_socket_directories')")
    return f"postgresql://postgres@/{name}?host={folder}"
