"""A running product with a room that is live, for a browser to visit."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from uuid import UUID

import pytest

import app.jobs
import resolvers.live_shelves
from domain.identity import VISITOR
from schema.ids import Kind, id_of, key_of
from tests.makers_guides import a_guide
from tests.makers_live import a_gift, a_room, an_item, coins
from tests.pond import Pond
from tests.site import Site


@dataclass(frozen=True, slots=True)
class LiveSite:
    """Where the live room is served, which one to enter, as whom, and who runs it."""

    base_url: str
    room_id: str
    member_token: str
    host_token: str
    friend_token: str
    """Of a member who has not been in the room."""


@pytest.fixture
async def live_site(site: Site) -> AsyncIterator[LiveSite]:
    """A server with a room, and the jobs that go with it."""
    working = asyncio.create_task(app.jobs.run(site.pond))
    yield await _opened(site)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def _opened(site: Site) -> LiveSite:
    pond = Pond(site.pond.database)
    pond.time = site.pond.context().now()
    host_id = await member_of(site, await site.member_token("host"))
    host = await a_guide(pond, member=replace(VISITOR, member_id=host_id))
    room, _ = await a_room(pond, host, await an_item(pond, stock=20), await an_item(pond, stock=5))
    (shelf,) = await resolvers.live_shelves.shelves_of(pond.context(), [room])
    await resolvers.live_shelves.pin(pond.context(host), shelf[0].id)
    await a_gift(pond, code="rose", coins=10)
    token = await site.member_token("viewer")
    await coins(pond, replace(VISITOR, member_id=await member_of(site, token)), 1000)
    await coins(pond, host, 1000)
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    host_token, friend_token = await site.member_token("host"), await site.member_token("friend")
    return LiveSite(site.url, room_id, token, host_token, friend_token)


async def member_of(site: Site, token: str) -> UUID:
    return key_of(Kind.MEMBER, (await site.ask("{ me { id } }", token=token))["me"]["id"])
