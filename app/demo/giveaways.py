"""What is given away in the lively room now and then: lucky bags and red packets, entered and grabbed for real."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.demo.client import Client

EVERY = 6
"""Every sixth time that the host explains something, a lucky bag opens, and halfway between a red packet."""
COUNTDOWN_S = 75
PASSWORD = "半亩花田"  # noqa: S105  everybody says it
PACKETS = 16
_PRIZES = (("手作杏仁酥一盒", 2), ("茶席体验券", 3), ("夜话手绘明信片", 6))
_GREETINGS = ("夜话快乐", "茶香满室", "多谢各位陪伴", "好事成双")

GIVEN_AWAY = """draws { id card { state conditions { password } } } redPackets { id card { state } }"""
PREPARE = "mutation($input: DrawPrepareInput!) { drawPrepare(input: $input) { draw { id } userErrors { code } } }"
OPEN = "mutation($input: DrawInput!) { drawOpen(input: $input) { userErrors { code } } }"
ENTER = "mutation($input: DrawInput!) { drawEnter(input: $input) { userErrors { code } } }"
OFFER = "mutation($input: RedPacketOfferInput!) { redPacketOffer(input: $input) { userErrors { code } } }"
GRAB = "mutation($input: RedPacketInput!) { redPacketGrab(input: $input) { userErrors { code } } }"
SAY = "mutation($input: BulletCommentSendInput!) { bulletCommentSend(input: $input) { seq userErrors { code } } }"


@dataclass
class Table:
    """What can be won in the room now."""

    draws: Sequence[dict[str, Any]] = ()
    red_packets: Sequence[dict[str, Any]] = ()
    tried: set[tuple[str, str]] = field(default_factory=set)
    """Who has tried what, so that nobody tries for ever."""

    def lay(self, room: dict[str, Any]) -> None:
        """Take over what a snapshot of the room shows."""
        self.draws = [one for one in room.get("draws", ()) if one["card"]["state"] == "OPEN"]
        self.red_packets = [one for one in room.get("redPackets", ()) if one["card"]["state"] == "OPEN"]

    def left_for(self, viewer: Client, offered: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """What this viewer has not tried yet."""
        return [one for one in offered if (viewer.token or "", one["id"]) not in self.tried]

    def tries(self, viewer: Client, offered: dict[str, Any]) -> None:
        self.tried.add((viewer.token or "", offered["id"]))


async def give_away(host: Client, staff: Client, room: str, turn: int, chance: Random) -> None:
    """Open a lucky bag, or offer a red packet of the brand's, when it is time to."""
    key = f"{(staff.token or '')[-12:]} {chance.random()}"
    if turn % EVERY == 1:
        prizes = [{"kind": "NAMED", "name": name, "count": count} for name, count in _PRIZES]
        bag = {"kind": "LUCKY_BAG", "title": "夜话福袋", "countdownSeconds": COUNTDOWN_S, "prizes": prizes}
        terms = {"conditions": {"password": PASSWORD}, "mostWins": 99}
        prepared, _ = await host.act(PREPARE, liveRoomId=room, idempotencyKey=key, **bag, **terms)
        if prepared.get("draw"):
            await host.act(OPEN, drawId=prepared["draw"]["id"])
    elif turn % EVERY == 1 + EVERY // 2:
        sum_ = {"sponsor": "BRAND", "total": 188, "count": PACKETS, "countdownMinutes": 0, "lastsMinutes": 5}
        greeting = chance.choice(_GREETINGS)
        await staff.act(OFFER, liveRoomId=room, greeting=greeting, idempotencyKey=key, **sum_)


async def take_part(viewer: Client, table: Table, room: str, chance: Random) -> bool:
    """Grab what can be grabbed, or say the password and enter; False when there is nothing new to win."""
    for offered in table.left_for(viewer, table.red_packets):
        table.tries(viewer, offered)
        await viewer.act(GRAB, redPacketId=offered["id"])
        return True
    for offered in table.left_for(viewer, table.draws):
        table.tries(viewer, offered)
        if password := offered["card"]["conditions"]["password"]:
            await viewer.act(SAY, liveRoomId=room, text=password)
            await asyncio.sleep(chance.uniform(0.2, 1))
        await viewer.act(ENTER, drawId=offered["id"])
        return True
    return False
