"""A running product with a room that is live, for a browser to visit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

import resolvers.live_shelves
from domain.identity import VISITOR
from schema.ids import Kind, id_of, key_of
from tests.makers_live import a_gift, a_room, an_item, coins
from tests.pond import Pond
from tests.site import Site


@dataclass(frozen=True, slots=True)
class LiveSite:
    """Where the live room is served, which one to enter, and as whom."""

    base_url: str
    room_id: str
    member_token: str


@pytest.fixture
async def live_site(site: Site) -> LiveSite:
    pond = Pond(site.pond.database)
    pond.time = site.pond.context().now()
    room, host = await a_room(pond, None, await an_item(pond, stock=20), await an_item(pond, stock=5))
    (shelf,) = await resolvers.live_shelves.shelves_of(pond.context(), [room])
    await resolvers.live_shelves.pin(pond.context(host), shelf[0].id)
    await a_gift(pond, code="rose", coins=10)
    token = await site.member_token("viewer")
    await coins(pond, replace(VISITOR, member_id=await member_of(site, token)), 1000)
    return LiveSite(site.url, id_of(Kind.LIVE_ROOM, room.id), token)


async def member_of(site: Site, token: str) -> UUID:
    return key_of(Kind.MEMBER, (await site.ask("{ me { id } }", token=token))["me"]["id"])
