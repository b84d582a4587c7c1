"""Bullet comments as one writes them first with Strawberry: a subscription over broadcaster, each client for itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import orjson
import strawberry
from broadcaster import Broadcast
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL

broadcast = Broadcast("memory://")


@strawberry.type
class BulletComment:
    id: strawberry.ID
    text: str
    sender_name: str
    at: str


@strawberry.type
class Query:
    here: bool = True


@strawberry.type
class Subscription:
    @strawberry.subscription
    async def bullet_comments(self, room_id: strawberry.ID) -> AsyncGenerator[BulletComment, None]:
        async with broadcast.subscribe(f"room:{room_id}") as subscriber:
            async for event in subscriber:
                yield BulletComment(**orjson.loads(event.message))


@asynccontextmanager
async def lifespan(_: Starlette) -> AsyncIterator[None]:
    async with broadcast:
        yield


schema = strawberry.Schema(Query, subscription=Subscription)
endpoint: Any = GraphQL(schema, subscription_protocols=[GRAPHQL_TRANSPORT_WS_PROTOCOL])
app = Starlette(routes=[WebSocketRoute("/graphql", endpoint)], lifespan=lifespan)


async def publish(text: str) -> None:
    """One more bullet comment in the room."""
    comment = {"id": f"blt_{time.time_ns():032x}", "text": text, "sender_name": "小鱼", "at": str(time.time())}
    await broadcast.publish("room:1", orjson.dumps(comment).decode())
    await asyncio.sleep(0)
