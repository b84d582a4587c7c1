"""The server: every address of ours, and how uvicorn runs it."""

from __future__ import annotations

import asyncio
import gc
import logging
import typing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from socket import socket
from typing import Any, Literal

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from app.assembly import SMS, WECHAT, Pond, open_pond
from app.codes import code_routes
from app.deadlines import Patience
from app.downloads import downloads
from app.gateways import notify_path
from app.http import GraphQLOverHTTP, Receive, Scope, Send
from app.http_protocol import HttpProtocol
from app.live_callbacks import streamed
from app.payments import notified
from app.settings import Settings
from app.sockets import GraphQLOverSockets
from app.standins.sms import SmsStandIn
from app.standins.wechat import WechatStandIn
from app.video import CALLED
from app.websocket_protocol import WebSocketProtocol

GRAPHQL = "/graphql"
WEB = Path(__file__).parent.parent / "web"
READY_WITHIN_S = 2.0
DRAIN_S = 20

_logger = logging.getLogger("yutang.server")


class Server:
    """The ASGI application. GraphQL does not pass through a router: it is most of the traffic."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pond: Pond | None = None
        self._app = Starlette(lifespan=self._lifespan)
        self._http: GraphQLOverHTTP
        self._sockets: GraphQLOverSockets

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["path"] == GRAPHQL and scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def drain(self) -> None:
        """Take nothing new: not ready any more, and websockets are sent to other processes."""
        if self.pond is not None:
            self.pond.gate.draining = True
            await self._http.drain()
            await self._sockets.drain()

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == GRAPHQL:
            await self._sockets(scope, receive, send)
            return
        await receive()
        await send({"type": "websocket.close", "code": 1000})

    @asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        async with open_pond(self.settings) as pond:
            self.pond = pond
            self._http, self._sockets = GraphQLOverHTTP(pond.gate), GraphQLOverSockets(pond.gate)
            app.router.routes[:] = _routes(pond)
            _spare_the_collector()
            yield


def _routes(pond: Pond) -> list[BaseRoute]:
    settings = pond.settings
    routes: list[BaseRoute] = [
        Route("/livez", _alive),
        Route("/readyz", _readiness(pond)),
        *(
            Route(notify_path(each), notified(pond.context, each, settings.limits.body_s), methods=["POST"])
            for each in pond.services.payments
        ),
        *downloads(pond.gate),
        *code_routes(pond.gate),
    ]
    if (provider := pond.services.video) is not None:
        told = streamed(pond.context, provider, settings.limits.body_s)
        routes.append(Route(CALLED + provider.name, told, methods=["GET", "POST"]))
    if settings.standins:
        routes += _standins(pond)
    pages = WEB / "live" / "dist"
    folders: dict[str, Path | None] = {f"/{name}": pages / name for name in ("assets", "guide", "live", "shop")}
    folders["/media"] = settings.media_dir
    if settings.graphiql:
        folders["/graphiql"] = WEB / "graphiql"
    routes += [
        Mount(path, StaticFiles(directory=folder, html=True)) for path, folder in folders.items() if _is_there(folder)
    ]
    return [Route("/", _addresses([str(getattr(route, "path", "")) for route in routes])), *routes]


def _spare_the_collector() -> None:
    """Let the garbage collector leave what was made at start alone, and look less often.

    A request makes thousands of values and no cycles. Without this a third of the CPU of a list of products
    went into walking the schema again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def _is_there(folder: Path | None) -> bool:
    return folder is not None and folder.is_dir()


def _standins(pond: Pond) -> list[BaseRoute]:
    """WeChat, an SMS gateway and those who take money, played by this process and reached over HTTP like others."""
    settings, now = pond.settings, pond.context().now
    return [
        Mount(WECHAT, WechatStandIn({settings.wechat_app_id: settings.wechat_secret}, now).app()),
        Mount(SMS, SmsStandIn(now).app()),
        *(pond.standins.mounts() if pond.standins is not None else ()),
    ]


def _addresses(paths: list[str]) -> Any:
    listed = "\n".join(sorted({GRAPHQL, *(path if path.endswith("z") else f"{path}/" for path in paths)}))

    async def show(_: Request) -> Response:
        return PlainTextResponse(f"Yutang\n\n{listed}\n")

    return show


async def _alive(_: Request) -> Response:
    return PlainTextResponse("alive\n")


def _readiness(pond: Pond) -> Any:
    """Ready when the database answers and nobody has asked us to end."""

    async def ready(_: Request) -> Response:
        if pond.gate.draining:
            return PlainTextResponse("draining\n", 503)
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                await pond.database.ping()
        except Exception as error:  # noqa: BLE001  whatever it is, we are not ready
            _logger.warning("not ready: %r", error)
            return PlainTextResponse("the database does not answer\n", 503)
        return PlainTextResponse("ready\n")

    return ready


class Drainable(typing.Protocol):
    """An ASGI application that can be asked to take nothing new."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve."""

    async def drain(self) -> None:
        """Take nothing new."""


class _Uvicorn(uvicorn.Server):
    """Drains before it stops."""

    def __init__(self, config: uvicorn.Config, server: Drainable) -> None:
        super().__init__(config)
        self._served = server

    async def shutdown(self, sockets: list[socket] | None = None) -> None:
        """Close websockets with their reason first, then do as uvicorn does."""
        await self._served.drain()
        await super().shutdown(sockets)


def uvicorn_of(server: Drainable, settings: Settings, *, lifespan: Literal["on", "off"] = "on") -> uvicorn.Server:
    """uvicorn, set up to serve us."""

    class Protocol(HttpProtocol):
        heads = Patience(settings.limits.head_s)
        idle = Patience(settings.limits.idle_s)

    config = uvicorn.Config(
        server,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=Protocol,
        ws=WebSocketProtocol,
        ws_max_size=settings.limits.socket_message_bytes,
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        lifespan=lifespan,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=DRAIN_S,
    )
    return _Uvicorn(config, server)
