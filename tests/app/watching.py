"""Short ways to watch the tiny schema's live room over websockets."""

from __future__ import annotations

import asyncio
import json
import socket
from typing import Any

from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.app.tiny import TinySite
from tests.site import Site, Talk
from tests.waiting import until

EVENTS = "subscription($room: String!, $after: Int) { events(room: $room, after: $after) { seq text } }"


async def heard_seq(talk: Talk) -> int:
    """The number of the next event."""
    number: int = (await talk.hear())["payload"]["data"]["events"]["seq"]
    return number


def room_of(site: TinySite) -> Any:
    return next(iter(site.tiny.hub.audience()))


async def viewers(site: TinySite, many: int) -> list[Talk]:
    """Clients that watch the room."""
    talks = []
    for _ in range(many):
        connection = await connect(site.ws_url, subprotocols=[Subprotocol("graphql-transport-ws")], compression=None)
        talk = Talk(connection)
        await talk.say(type="connection_init")
        await talk.hear()
        await talk.subscribe(EVENTS, room="all")
        talks.append(talk)
    await audience(site, many)
    return talks


async def leave(talks: list[Talk]) -> None:
    for talk in talks:
        await talk.connection.close()


async def audience(site: TinySite, many: int) -> None:
    """Wait until so many watch."""
    await until(lambda: sum(len(viewers) for viewers in site.tiny.hub.audience().values()) == many)


async def begun(talk: Talk) -> None:
    """Wait until what a client subscribed to is listened to: what it asks afterwards is answered afterwards."""
    await talk.subscribe("{ here }", "afterwards")
    assert (await talk.hear())["id"] == "afterwards"
    assert (await talk.hear())["type"] == "complete"
    await asyncio.sleep(0.05)


async def publish_slowly(site: TinySite, many: int) -> None:
    for _ in range(many):
        site.tiny.publish()
        await asyncio.sleep(0.001)


async def a_client_that_never_reads(site: Site) -> socket.socket:
    """A raw connection with a tiny buffer, which subscribes and then does nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", site.server.settings.port))
    client.setblocking(False)
    client.sendall(
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    assert b" 101 " in await asyncio.get_running_loop().sock_recv(client, 1000)
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": EVENTS, "variables": {"room": "all"}}}
    for message in ({"type": "connection_init"}, subscribe):
        text = json.dumps(message).encode()
        length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
        client.sendall(b"\x81" + length + b"\0\0\0\0" + text)
    return client
