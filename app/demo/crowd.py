"""A crowd for the live room: viewers who watch, talk, buy, tip and try their luck, and a host who explains the shelf.

They do what anybody could, through the public API, at a pace that people have. Everything ends with the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx
from websockets.exceptions import WebSocketException

from app.demo import audience, content, giveaways
from app.demo.client import Client
from app.demo.people import member_name

VIEWERS = 24
LIKES = 0.4
"""How often a viewer who does something likes the room beside it."""
PAUSE_S = 9.0
"""A viewer does something about so often."""
HOST_PAUSE_S = 22.0
FEWEST = 12
"""With fewer in stock on the whole shelf, the host puts something else on it."""
MOST_ADDED = 60

ROOM = f"""query($id: ID!) {{ liveRoom(id: $id) {{ state
  pinned {{ id }} {giveaways.GIVEN_AWAY}
  shelf {{ id variantId name livePrice {{ amount }} liveStock state }} }} gifts {{ id code coins }} }}"""
SAY = "mutation($input: BulletCommentSendInput!) { bulletCommentSend(input: $input) { seq userErrors { code } } }"
GIVE = "mutation($input: GiftSendInput!) { giftSend(input: $input) { coinBalance userErrors { code } } }"
PLACE = """mutation($input: OrderPlaceInput!) { orderPlace(input: $input) { order { id } userErrors { code } } }"""
PAY = "mutation($input: OrderPayInput!) { orderPay(input: $input) { payment { confirmUrl } userErrors { code } } }"
PIN = "mutation($input: LiveProductInput!) { liveProductPin(input: $input) { userErrors { code } } }"
ADD = "mutation($input: LiveProductAddInput!) { liveProductAdd(input: $input) { userErrors { code } } }"
GRANT = "mutation($input: CoinsGrantInput!) { coinsGrant(input: $input) { userErrors { code } } }"
ME = "{ me { id } }"
GOODS = """query($after: String) { products(first: 20, after: $after) { pageInfo { endCursor hasNextPage }
  nodes { variants { id available price { minor } } } } }"""

TROUBLE = (httpx.HTTPError, WebSocketException, OSError, TimeoutError, ValueError, KeyError, TypeError)
"""What a server that is busy or gone does to its clients: they come again."""

_logger = logging.getLogger("yutang.crowd")
_COLOURS = ("#ffffff", "#ffffff", "#ffd37a", "#9fe3c4", "#ffb3a7", "#bcd8ff")


@dataclass
class Scene:
    """What is to be seen in the room now; kept up to date by the host."""

    room: str
    pace: float = 1
    """How many times as fast as people everything goes."""
    name: str = "这个"
    price: str = ""
    shelf: Sequence[dict[str, Any]] = ()
    gifts: Sequence[dict[str, Any]] = ()
    is_open: bool = True
    table: giveaways.Table = field(default_factory=giveaways.Table)
    links: list[str] = field(default_factory=list)

    @property
    def on_offer(self) -> list[dict[str, Any]]:
        return [one for one in self.shelf if one["liveStock"] > 0 and one["state"] in ("ON_SHELF", "EXPLAINING")]

    def say(self, kind: str, chance: Random) -> str:
        """A line of that kind, about what is being explained."""
        lines = [line for row in content.read("talk")[kind].split("\n") for line in row.split("|") if line.strip()]
        chosen: str = chance.choice(lines)
        return chosen.strip().format(name=self.name, price=self.price)


async def be_lively(url: str, room: str, host_token: str, staff_token: str, *, pace: float = 1) -> None:
    """Let the crowd live until cancelled, so many times as fast as people."""
    limits = httpx.Limits(max_connections=VIEWERS)
    async with httpx.AsyncClient(base_url=url, timeout=10, limits=limits) as http:
        scene, staff, host = Scene(room, pace), Client(http, staff_token), Client(http, host_token)
        with suppress(*TROUBLE):
            await audience.pass_on(host, room, scene.links)
        async with asyncio.TaskGroup() as crowd:
            crowd.create_task(_host(host, scene, staff))
            for number in range(VIEWERS):
                crowd.create_task(_view(Client(http), number, scene, staff))


async def _host(host: Client, scene: Scene, staff: Client) -> None:
    """Explain one thing after the other, put something new on the shelf when it gets empty, and give things away."""
    chance, turn, added = Random(7), 0, 0  # noqa: S311  a play
    while True:
        try:
            await _look(host, scene)
            if scene.is_open and sum(one["liveStock"] for one in scene.on_offer) < FEWEST and added < MOST_ADDED:
                added += await _refill(host, scene)
            if scene.is_open and scene.on_offer:
                turn += 1
                await _explain(host, scene, scene.on_offer[turn % len(scene.on_offer)], chance)
                await giveaways.give_away(host, staff, scene.room, turn, chance)
                await _look(host, scene)
        except TROUBLE as error:
            _logger.info("the host lost the thread: %r", error)
        await asyncio.sleep(HOST_PAUSE_S * chance.uniform(0.7, 1.3) / scene.pace)


async def _look(host: Client, scene: Scene) -> None:
    seen = await host.ask(ROOM, id=scene.room)
    room = seen.get("liveRoom") or {"state": "ENDED", "shelf": []}
    scene.is_open = room["state"] == "LIVE"
    scene.shelf, scene.gifts = room["shelf"], seen.get("gifts", [])
    scene.table.lay(room)


async def _explain(host: Client, scene: Scene, chosen: dict[str, Any], chance: Random) -> None:
    await host.act(PIN, liveProductId=chosen["id"])
    scene.name, scene.price = chosen["name"].split(" ")[0], chosen["livePrice"]["amount"].removesuffix(".00")
    kind = "thanks" if chance.random() < 0.2 else "host"
    await host.act(SAY, liveRoomId=scene.room, text=scene.say(kind, chance), color="#ffe9b0", mode="TOP")


async def _refill(host: Client, scene: Scene) -> int:
    """Put what the shop still holds on the shelf, a tenth cheaper; returns how many products."""
    shown, after, added = {one["variantId"] for one in scene.shelf}, None, 0
    while added < 6:
        page = (await host.ask(GOODS, after=after))["products"]
        for variant in (one for product in page["nodes"] for one in product["variants"]):
            if variant["id"] in shown or variant["available"] < 10 or added >= 6:
                continue
            price = {"minor": max(1, variant["price"]["minor"] * 9 // 10)}
            stock = min(30, variant["available"] // 2)
            item = {"variantId": variant["id"], "livePrice": price, "liveStock": stock}
            _, refused = await host.act(ADD, liveRoomId=scene.room, item=item)
            added += not refused
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    return added


async def _view(viewer: Client, number: int, scene: Scene, staff: Client) -> None:
    """Come in, stay, and do something now and then."""
    chance = Random(number)  # noqa: S311  a play
    await asyncio.sleep(number * 0.4 / scene.pace)
    while True:
        try:
            await viewer.log_in(f"banmu {member_name(3 + number)[0]}")
            await audience.come_in(viewer, scene.room, scene.links, chance)
            async with asyncio.timeout(3600):
                await asyncio.gather(_listen(viewer, scene, number), _take_part(viewer, scene, staff, chance))
        except TROUBLE as error:
            _logger.info("viewer %s comes again: %r", number, error)
            await asyncio.sleep(chance.uniform(2, 6))


async def _listen(viewer: Client, scene: Scene, number: int) -> None:
    """Every other viewer holds a websocket open; that is what the number of viewers counts."""
    while number % 2 == 0:
        try:
            await viewer.watch(scene.room)
        except TROUBLE as error:
            _logger.info("viewer %s listens again: %r", number, error)
        await asyncio.sleep(3)


async def _take_part(viewer: Client, scene: Scene, staff: Client, chance: Random) -> None:
    while True:
        await asyncio.sleep((chance.expovariate(1 / PAUSE_S) + 1) / scene.pace)
        if not scene.is_open:
            continue
        if chance.random() < LIKES:
            await audience.like(viewer, scene.room, chance)
        if await giveaways.take_part(viewer, scene.table, scene.room, chance):
            continue
        roll = chance.random()
        if roll < 0.07:
            await _buy(viewer, scene, chance)
        elif roll < 0.17:
            await _tip(viewer, scene, staff, chance)
        else:
            kind = "about" if chance.random() < 0.4 and scene.price else "chat"
            await _say(viewer, scene, scene.say(kind, chance), chance)


async def _say(viewer: Client, scene: Scene, text: str, chance: Random) -> None:
    await viewer.act(SAY, liveRoomId=scene.room, text=text[:100], color=chance.choice(_COLOURS), mode="SCROLL")


async def _buy(viewer: Client, scene: Scene, chance: Random) -> None:
    """Order what is on offer, pay for it, and be glad or not."""
    if not scene.on_offer:
        return
    wanted = chance.choice(scene.on_offer)
    line, key = {"variantId": wanted["variantId"], "quantity": 1}, f"crowd-{chance.random()}"
    placed, refused = await viewer.act(PLACE, lines=[line], liveRoomId=scene.room, idempotencyKey=_key(viewer, key))
    if refused or not placed.get("order"):
        if "INSUFFICIENT_STOCK" in refused:
            await _say(viewer, scene, scene.say("gone", chance), chance)
        return
    await asyncio.sleep(chance.uniform(1, 3) / scene.pace)
    paid, _ = await viewer.act(PAY, orderId=placed["order"]["id"], idempotencyKey=_key(viewer, f"pay {key}"))
    if paid.get("payment"):
        await viewer.confirm(paid["payment"]["confirmUrl"])
        await _say(viewer, scene, scene.say("bought", chance), chance)


async def _tip(viewer: Client, scene: Scene, staff: Client, chance: Random) -> None:
    """Give something, mostly something small; whoever runs out of coins gets more from the house."""
    if not scene.gifts:
        return
    gift = chance.choices(scene.gifts, weights=[1 / one["coins"] ** 0.7 for one in scene.gifts])[0]
    many = chance.choice((1, 1, 1, 2, 3, 6, 9)) if gift["coins"] < 50 else 1
    key = _key(viewer, f"gift {chance.random()}")
    _, refused = await viewer.act(GIVE, liveRoomId=scene.room, giftId=gift["id"], count=many, idempotencyKey=key)
    if "INSUFFICIENT_COINS" in refused:
        member = (await viewer.ask(ME))["me"]["id"]
        await staff.act(GRANT, memberId=member, coins=800, reason="直播间回礼", idempotencyKey=f"more {key}")


def _key(viewer: Client, what: str) -> str:
    """A key of this run: tokens are new in each."""
    return f"{(viewer.token or '')[-12:]} {what}"[:100]
