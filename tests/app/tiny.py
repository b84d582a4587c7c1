"""A schema of a few fields that are slow, fail or never end, served as the product is."""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import uuid4

import httpx
import strawberry

import engine
from app.gate import Caller, Gate
from app.http import GraphQLOverHTTP
from app.server import uvicorn_of
from app.settings import Limits, Settings
from app.sockets import GraphQLOverSockets
from app.websocket_protocol import BoundedProtocol, WebSocketProtocol
from domain.identity import Principal, Scope
from domain.outages import Unavailable
from domain.refusals import NotFound
from domain.room_events import EventKind, RoomEvent
from resolvers.context import Context
from resolvers.entrances import Entrance, Live
from schema.faults import authorise, masked
from subscriptions.hub import Hub
from tests.site import Site
from tests.subscriptions.rooms import SlowLog, a_room, told
from tests.waiting import until

Given = Annotated[int | None, strawberry.argument(description="The last one that the client has.")]


class Tiny:
    """The schema's state: what runs, what was cancelled, and a live room."""

    def __init__(self) -> None:
        self.running = 0
        self.cancelled = 0
        self.log = SlowLog()
        self.hub = Hub(self.log)
        self.now = datetime(2026, 11, 22, 4, tzinfo=UTC)
        self.mei: Principal | None = Principal(uuid4(), scopes=frozenset({Scope.VISITOR, Scope.MEMBER}))
        staff = frozenset({Scope.VISITOR, Scope.MEMBER, Scope.STAFF})
        self.others = {name: Principal(uuid4(), scopes=staff) for name in ("li", "ada")}
        """Further people, by their tokens."""
        self.away = False

    def tell(self, make: Callable[[int], RoomEvent]) -> None:
        """Let something happen, which is made of its number."""
        event = make(self.log.head + 1)
        self.log.events.append(event)
        self.hub.receive(told([event]))

    def publish(self, many: int = 1, text: str = "你好") -> None:
        self.hub.receive(told(self.log.append(many, text)))

    def later(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)

    async def slow(self, _ctx: Context, *, seconds: float) -> int:
        self.running += 1
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.running -= 1
        return 1

    def schema(self) -> engine.Schema:
        return _schema(self)

    async def identify(self, token: str) -> Principal | None:
        if token == "down" or self.away:
            raise Unavailable
        if token.startswith("short"):
            return Principal(uuid4(), expires_at=self.now + timedelta(seconds=0.2))
        return self.mei if token == "mei" else self.others.get(token)

    def context(self, caller: Caller) -> Context:
        nothing: Any = None
        return Context(
            nothing, nothing, lambda: self.now, uuid4, caller.principal, caller.locale, caller.request_id, caller.client
        )


def _fault(_ctx: Context) -> int:
    raise RuntimeError("postgres://user:secret@db has 13800000000")


def _huge(_ctx: Context) -> str:
    return "x" * 1_000_000


executions: Counter[int] = Counter()
"""How often each event was executed, by its number."""


def _shown(record: Any) -> str:
    executions[record.seq] += 1
    return record.comment.text if hasattr(record, "comment") else record.kind.value


@strawberry.type
class Event:
    seq: int
    text: str = engine.derived(_shown)
    log: str = engine.derived(lambda record: f"{record.seq} of {record.room_id}", scope=Scope.STAFF)

    @strawberry.field
    async def waits(self) -> int:
        return 1


def _schema(tiny: Tiny) -> engine.Schema:
    async def numbers(_ctx: Context, *, count: int) -> AsyncIterator[int]:
        for n in range(count):
            await asyncio.sleep(0)
            yield n

    async def enter(ctx: Context, arguments: Any) -> Entrance:
        if arguments["room"] == "locked":
            raise NotFound(path=("room",))
        bullets_only = arguments["room"] == "bullets" or (arguments["room"] == "guarded" and not ctx.principal.duties)
        kinds = frozenset({EventKind.BULLET_COMMENT}) if bullets_only else None
        return Entrance(a_room, kinds, arguments.get("after"))

    async def watched(ctx: Context, *, room: str, after: Given = None) -> AsyncIterator[Any]:
        entrance = await enter(ctx, {"room": room, "after": after})
        events = tiny.hub.listen(entrance.room_id, entrance.kinds, entrance.after, member_id=ctx.principal.member_id)
        async for event in events:
            yield event

    @strawberry.type
    class Query:
        here: bool = engine.root(lambda _ctx: True)
        slow: int = engine.root(tiny.slow)
        fault: int = engine.root(_fault)
        huge: str = engine.root(_huge)

    @strawberry.type
    class Mutation:
        slowly: int = engine.root(tiny.slow)

    @strawberry.type
    class Subscription:
        ticks: int = engine.stream(numbers)
        events: Event = engine.stream(watched, metadata={"live": Live(enter)})

    return engine.Schema(Query, Mutation, Subscription, authorise=authorise, mask=masked)


class Way:
    """The way in which websockets are served."""

    protocol: type[BoundedProtocol] = WebSocketProtocol


class TinySite(Site):
    """The tiny schema, served."""

    def __init__(self, tiny: Tiny, gate: Gate, *parts: Any) -> None:
        super().__init__(*parts)
        self.tiny = tiny
        self.gate = gate


class TinyServer:
    """The product's endpoints, and nothing else."""

    def __init__(self, gate: Gate, settings: Settings) -> None:
        self.settings = settings
        self._http, self._sockets = GraphQLOverHTTP(gate), GraphQLOverSockets(gate)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await (self._http if scope["type"] == "http" else self._sockets)(scope, receive, send)

    async def drain(self) -> None:
        await self._http.drain()
        await self._sockets.drain()


@asynccontextmanager
async def served(origins: frozenset[str] = frozenset(), **limits: Any) -> AsyncIterator[TinySite]:
    """The tiny schema behind the product's endpoints."""
    tiny = Tiny()
    chosen = Limits(**{**Limits().model_dump(), **limits})
    listener = socket.create_server(("127.0.0.1", 0))
    settings = Settings(_env_file=None, port=listener.getsockname()[1], limits=chosen)
    gate = Gate(tiny.schema(), tiny.hub, tiny.context, tiny.identify, chosen, origins)
    server = TinyServer(gate, settings)
    uvicorn = uvicorn_of(server, settings, lifespan="off")
    uvicorn.config.ws = Way.protocol
    serving = asyncio.create_task(uvicorn.serve(sockets=[listener]))
    await until(lambda: uvicorn.started)
    async with httpx.AsyncClient(base_url=settings.own_url, timeout=20) as client:
        try:
            yield TinySite(tiny, gate, server, uvicorn, client)
        finally:
            uvicorn.should_exit = True
            await serving
