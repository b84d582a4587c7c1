"""The servers that `benchmarks.fanout` measures: one process on one core, which publishes when it is told to."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import strawberry
import uuid_utils.compat
import uvicorn
import uvloop
from broadcaster._backends.memory import MemoryBackend

import engine
from app.gate import Caller, Gate
from app.server import uvicorn_of
from app.settings import Settings
from app.sockets import GraphQLOverSockets
from benchmarks.peers import strawberry_fanout as peer
from domain.room_events import BulletComment, BulletCommentPosted, BulletMode, RoomEvent
from resolvers.context import Context
from resolvers.entrances import Entrance, Live
from subscriptions.bus import Bus
from subscriptions.hub import Hub

ROOM = UUID(int=1)
TEXT = "这件羽绒服是什么面料的?平时穿 M 码选哪个合适呀"
ONE_CLIENT = {"socket_ping_s": 3600, "connections_per_address": 10_000, "visitor_requests_per_minute": 1_000_000}
"""All viewers come from one address."""


class NoLog:
    """A log that nobody reads: everything comes over the bus."""

    async def since(self, _room_id: UUID, _after: int, _most: int) -> list[RoomEvent]:
        return []

    async def heads(self, _room_ids: Any) -> dict[UUID, int]:
        return {}


async def _nothing(_ctx: Context, *, room_id: strawberry.ID) -> AsyncIterator[Any]:
    yield room_id


async def _enter(_ctx: Context, _arguments: Any) -> Entrance:
    return Entrance(ROOM)


@strawberry.type
class Query:
    here: bool = True


def _of_comment(name: str) -> Any:
    return engine.derived(lambda posted: getattr(posted.comment, name))


@strawberry.type
class Comment:
    id: str = engine.derived(lambda posted: f"blt_{posted.comment.id.hex}")
    text: str = _of_comment("text")
    sender_name: str = _of_comment("sender_name")
    at: str = engine.derived(lambda posted: posted.at.isoformat())


@strawberry.type
class Subscription:
    bullet_comments: Comment = engine.stream(_nothing, metadata={"live": Live(_enter)})


class Ours:
    """The product's bus, hub and sockets over a small schema."""

    def __init__(self) -> None:
        self.settings = Settings(_env_file=None, limits=ONE_CLIENT)
        self.hub = Hub(NoLog())
        self.bus = Bus(MemoryBackend("memory://"), self.hub.receive, self.hub.doubt)
        gate = Gate(engine.Schema(Query, subscription=Subscription), self.hub, _context, _nobody, self.settings.limits)
        self._sockets = GraphQLOverSockets(gate)
        self._seq = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send, self.bus.start, self.bus.close)
        else:
            await self._sockets(scope, receive, send)

    async def drain(self) -> None:
        await self._sockets.drain()

    async def publish(self, text: str) -> None:
        self._seq += 1
        now = datetime.now(UTC)
        comment = BulletComment(
            uuid_utils.compat.uuid7(), text, uuid_utils.compat.uuid7(), "小鱼", None, None, BulletMode.SCROLL, now
        )
        await self.bus.publish(ROOM, [BulletCommentPosted(ROOM, self._seq, now, comment)])


async def _lifespan(receive: Any, send: Any, *steps: Callable[[], Awaitable[None]]) -> None:
    for step, done in zip(steps, ("startup", "shutdown"), strict=True):
        await receive()
        await step()
        await send({"type": f"lifespan.{done}.complete"})


def _context(_: Caller) -> Context:
    nothing: Any = None
    return Context(nothing, nothing, lambda: datetime.now(UTC), uuid_utils.compat.uuid7)


async def _nobody(_token: str) -> None:
    return None


def _server(kind: str) -> tuple[uvicorn.Server, Callable[[str], Awaitable[None]]]:
    ours = Ours()
    if kind == "ours":
        return uvicorn_of(ours, ours.settings), ours.publish
    config = uvicorn.Config(
        peer.app, ws="websockets-sansio", ws_per_message_deflate=False, ws_ping_interval=None, log_level="warning"
    )
    return uvicorn.Server(config), peer.publish


@asynccontextmanager
async def _serving(kind: str) -> AsyncIterator[Callable[[str], Awaitable[None]]]:
    server, publish = _server(kind)
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:  # noqa: ASYNC110  uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(listener.getsockname()[1], flush=True)
    yield publish
    server.should_exit = server.force_exit = True
    await task


async def main(kind: str) -> None:
    """Serve; publish as many events as a line of standard input says, with so many seconds between them."""
    loop = asyncio.get_running_loop()
    async with _serving(kind) as publish:
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            if line.startswith("collect"):
                gc.collect()
            else:
                count, pause_s = line.split()
                for _ in range(int(count)):
                    await publish(f"{TEXT}@{time.time()}@")
                    await asyncio.sleep(float(pause_s))
            print("done", flush=True)


if __name__ == "__main__":
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    uvloop.run(main(sys.argv[1]))
