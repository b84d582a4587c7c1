"""P26: 50 guides of 20 stores go live at once, each in a room of their store, within two seconds; twice is once."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import uuid4

import asyncpg

import resolvers.members
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_store
from tests.pond import Pond
from tests.site import Site

GUIDES, STORES = 50, 20
START = """mutation ($input: LiveRoomStartInput!) { liveRoomStart(input: $input) {
  liveRoom { id state host { guideId storeId } shelf { liveStock } } replayed userErrors { code } } }"""


async def test_fifty_guides_start_at_once_and_again(site: Site) -> None:
    made = Pond(site.pond.database)
    stores = [await a_store(made, f"{n} 店") for n in range(STORES)]
    variant = await a_variant(made, stock=10 * GUIDES)
    tokens = await asyncio.gather(*(site.member_token(f"guide {n}") for n in range(GUIDES)))
    homes = {}
    for n, token in enumerate(tokens):
        principal = await site.pond.gate.identify(token)
        assert principal is not None
        assert principal.member_id is not None
        host = await a_guide(made, f"guide {n}", member=principal, store_id=stores[n % STORES])
        homes[id_of(Kind.GUIDE, (await guide_of(made, host)).id)] = id_of(Kind.STORE, stores[n % STORES])
        resolvers.members.forget(principal.member_id)
    item = {"variantId": id_of(Kind.VARIANT, variant.id), "livePrice": {"minor": 100}, "liveStock": 10}

    async def start(token: str) -> tuple[float, Any]:
        wanted = {"title": "开播啦", "idempotencyKey": uuid4().hex, "shelf": [item]}
        begun = time.perf_counter()
        data = await site.ask(START, token=token, input=wanted)
        return time.perf_counter() - begun, data["liveRoomStart"]

    first = await asyncio.gather(*map(start, tokens))
    second = await asyncio.gather(*map(start, tokens))

    took = sorted(seconds for seconds, _ in first)
    assert took[int(0.95 * GUIDES)] < 2, took
    rooms = [payload["liveRoom"] for _, payload in first]
    assert {payload["liveRoom"]["state"] for _, payload in first} == {"LIVE"}
    assert {room["host"]["guideId"]: room["host"]["storeId"] for room in rooms} == homes
    assert [room["shelf"] for room in rooms] == [[{"liveStock": 10}]] * GUIDES
    assert [payload["liveRoom"]["id"] for _, payload in second] == [room["id"] for room in rooms]
    assert {payload["replayed"] for _, payload in second} == {True}
    assert await made.select("SELECT sellable, carved FROM stock_level") == [(0, 10 * GUIDES)]


async def test_without_the_index_a_guide_who_looks_first_goes_live_twice(pond: Pond) -> None:
    """The negative control: who looks for an open room and then adds one adds two, but for the index."""
    host = await guide_of(pond, await a_guide(pond))

    async def careless(looked: asyncio.Barrier) -> bool:
        found = await pond.select("SELECT 1 FROM live_room WHERE guide_id = $1 AND state = 'LIVE'", host.id)
        await looked.wait()
        try:
            if not found:
                await pond.select(
                    "INSERT INTO live_room (id, title, state, guide_id, store_id, store_path, created_at)"
                    " VALUES (gen_random_uuid(), 't', 'LIVE', $1, $2, 'hq.', now())",
                    host.id,
                    host.store_id,
                )
        except asyncpg.UniqueViolationError:
            return False
        return not found

    held = asyncio.Barrier(4)
    guarded = await asyncio.gather(*(careless(held) for _ in range(4)))
    await pond.select("DELETE FROM live_room")
    await pond.select("DROP INDEX uq_live_room_one_hosted")
    unguarded = await asyncio.gather(*(careless(held) for _ in range(4)))

    assert (sum(guarded), sum(unguarded)) == (1, 4)
