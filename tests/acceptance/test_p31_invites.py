"""P31: B enters by A's link, leaves, and comes back by C's: A has one more, C none. Everyone knows their own rank."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.identity import Principal
from domain.shares import TargetKind
from schema.ids import Kind, id_of
from tests.makers_guides import a_guide, a_share, bound, guide_of
from tests.makers_live import a_room, an_item
from tests.makers_live_audience import BOARD, buys, by_links_of, comes
from tests.makers_members import a_member
from tests.pond import Pond


async def standing(pond: Pond, room: Any, who: Principal, of: str = "MEMBERS", by: str = "INVITES") -> Any:
    """Where somebody stands on a board: rank and count, or None."""
    board = (await pond.ask(BOARD, who, id=id_of(Kind.LIVE_ROOM, room.id), of=of, by=by))["liveRoom"]["inviteBoard"]
    return board["mine"] and (board["mine"]["rank"], board["mine"]["count"])


async def test_a_viewer_counts_once_for_whose_link_came_first(pond: Pond) -> None:
    room, _ = await a_room(pond)
    anna, ben, carl = [await a_member(pond, name) for name in ("Anna", "Ben", "Carl")]
    by_anna, by_carl = [await a_share(pond, who, room.id, kind=TargetKind.LIVE_ROOM) for who in (anna, carl)]

    assert await comes(pond, room, ben, by_anna.code) == {"first": True, "warnings": []}
    assert await comes(pond, room, ben, by_carl.code) == {"first": False, "warnings": []}
    assert await comes(pond, room, ben, by_anna.code) == {"first": False, "warnings": []}, "Ben's second device"
    assert await comes(pond, room, anna, by_anna.code) == {"first": True, "warnings": []}, "Anna's second device"

    assert await standing(pond, room, anna) == (1, 1)
    assert await standing(pond, room, carl) is None
    assert await standing(pond, room, ben) is None


async def test_who_is_not_among_the_first_fifty_still_knows_their_rank(pond: Pond) -> None:
    room, _ = await a_room(pond)
    inviters = [await a_member(pond, f"inviter {n}") for n in range(1, 101)]
    for n, inviter in enumerate(inviters):
        await by_links_of(pond, room, inviter, max(3 - n, 1))
        pond.later(seconds=1)

    board = (await pond.ask(BOARD, inviters[72], id=id_of(Kind.LIVE_ROOM, room.id)))["liveRoom"]["inviteBoard"]

    assert [entry["rank"] for entry in board["entries"]] == list(range(1, 51))
    assert [entry["name"] for entry in board["entries"]] == [f"inviter {n}" for n in range(1, 51)]
    assert board["mine"] == {"rank": 73, "count": 1}


async def test_an_order_is_reported_under_the_inviter_and_commission_goes_to_the_guide_all_the_same(pond: Pond) -> None:
    item = await an_item(pond, price=99_00, stock=5)
    room, host = await a_room(pond, None, item)
    anna, ben, guide = await a_member(pond, "Anna"), await a_member(pond, "Ben"), await a_guide(pond, "Ben's guide")
    await bound(pond, ben, guide)
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)
    await comes(pond, room, ben, share.code)

    order = await buys(pond, ben, item.variant_id, room, quantity=2)

    assert await standing(pond, room, anna, by="GMV") == (1, 198_00)
    assert order.guide_id == host.guide_id, "the room's guide goes before the binding (2.2.2)"
    commissions = await pond.select("SELECT guide_id FROM commission")
    assert [row["guide_id"] for row in commissions] == [(await guide_of(pond, host)).id]


async def test_twenty_links_opened_at_once_are_one_invite(pond: Pond) -> None:
    room, _ = await a_room(pond)
    ben = await a_member(pond, "Ben")
    sharers = [await a_member(pond, f"sharer {n}") for n in range(20)]
    shares = [await a_share(pond, who, room.id, kind=TargetKind.LIVE_ROOM) for who in sharers]

    came = await asyncio.gather(*(comes(pond, room, ben, share.code) for share in shares))

    assert sum(one["first"] for one in came) == 1
    assert await pond.select("SELECT sum(invites) FROM live_inviter") == [(1,)]


async def test_without_the_key_that_is_one_viewer_of_one_room_all_twenty_would_count(pond: Pond) -> None:
    """The negative control: the look whether somebody has entered keeps nobody out who comes at the same time."""
    await pond.select("ALTER TABLE live_invite DROP CONSTRAINT pk_live_invite")
    room, _ = await a_room(pond)
    ben = await a_member(pond, "Ben")
    sharers = [await a_member(pond, f"sharer {n}") for n in range(20)]
    shares = [await a_share(pond, who, room.id, kind=TargetKind.LIVE_ROOM) for who in sharers]

    await asyncio.gather(*(comes(pond, room, ben, share.code) for share in shares))

    ((counted,),) = await pond.select("SELECT sum(invites) FROM live_inviter")
    assert counted > 1


@pytest.mark.parametrize("path", ["host", "colleague"])
async def test_staff_of_the_room_are_nobodys_invited(pond: Pond, path: str) -> None:
    room, host = await a_room(pond)
    anna = await a_member(pond, "Anna")
    share = await a_share(pond, anna, room.id, kind=TargetKind.LIVE_ROOM)
    viewer = host if path == "host" else await a_guide(pond, store_id=room.host.store_id)

    await comes(pond, room, viewer, share.code)

    assert await standing(pond, room, anna) is None
