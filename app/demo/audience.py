"""The crowd as an audience: viewers come by each other's links, pass the room on, and like it."""

from __future__ import annotations

from random import Random

from app.demo.client import Client

ENTER = "mutation($input: LiveRoomEnterInput!) { liveRoomEnter(input: $input) { first userErrors { code } } }"
SHARE = "mutation($input: ShareCreateInput!) { shareCreate(input: $input) { share { code } userErrors { code } } }"
LIKE = "mutation($input: LiveRoomLikeInput!) { liveRoomLike(input: $input) { likes userErrors { code } } }"
INVITED = 0.8
"""So many viewers come by the link of somebody who is there."""


async def come_in(viewer: Client, room: str, links: list[str], chance: Random) -> None:
    """Come into the room, mostly by a link, the earlier ones more often; and pass it on oneself."""
    code = links[min(chance.randrange(len(links)), chance.randrange(len(links)))] if links else None
    await viewer.act(ENTER, liveRoomId=room, shareCode=code if chance.random() < INVITED else None)
    await pass_on(viewer, room, links)


async def pass_on(sharer: Client, room: str, links: list[str]) -> None:
    """Leave a link to the room where others find it."""
    passed_on, _ = await sharer.act(SHARE, target=room, channel="GROUP")
    if passed_on.get("share"):
        links.append(passed_on["share"]["code"])


async def like(viewer: Client, room: str, chance: Random) -> None:
    """Tap a few times."""
    await viewer.act(LIKE, liveRoomId=room, count=chance.randint(1, 15))
