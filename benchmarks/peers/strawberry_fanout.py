"""Bullet comments as one writes them first with Strawberry: a subscription over broadcaster, each client for itself."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import strawberry
import uvicorn
import uvloop
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

from benchmarks.load.control import Publish, serve
from benchmarks.peers.events import posted

broadcast = Broadcast("memory://")


@strawberry.type
class BulletComment:
    id: strawberry.ID
    text: str
    sender_name: str


@strawberry.type
class BulletCommentPosted:
    seq: int
    at: str
    comment: BulletComment


@strawberry.type
class Query:
    here: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def bullet_comments(self, room_id: strawberry.ID) -> AsyncGenerator[BulletCommentPosted, None]:
        async with broadcast.subscribe(f"room:{room_id}") as subscriber:
            async for event in subscriber:
                told = orjson.loads(event.message)
                said = told["comment"]
                comment = BulletComment(id=said["id"], text=said["text"], sender_name=said["senderName"])
                yield BulletCommentPosted(seq=told["seq"], at=told["at"], comment=comment)


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with broadcast:
        yield


schema = strawberry.Schema(Query, subscription=Subscription)
endpoint: Any = GraphQL(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)], lifespan=lifespan)


def publisher(rooms: list[str]) -> Publish:
    numbers: Counter[int] = Counter()

    async def publish(room: int, text: str) -> None:
        numbers[room] += 1
        await broadcast.publish(f"room:{rooms[room]}", orjson.dumps(posted(numbers[room], text)).decode())

    return publish


async def main(rooms: list[str]) -> None:
    """Serve with the fastest of uvicorn's own websocket protocols, and nothing switched on that costs something."""
    config = uvicorn.Config(
        app, ws="websockets-sansio", ws_per_message_deflate=False, ws_ping_interval=None, log_level="warning"
    )
    await serve(uvicorn.Server(config), lambda: publisher(rooms))


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1]).read_text().split()))
