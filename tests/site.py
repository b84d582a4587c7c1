"""A site to test: the whole server on a fresh database, reached over real sockets."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import websockets
from websockets.asyncio.client import ClientConnection, connect

from app.assembly import Pond
from app.server import Server, uvicorn_of
from app.settings import Limits, Settings
from tests.waiting import until

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"


class Site:
    """A running server, and short ways to ask it."""

    def __init__(self, server: Server, uvicorn: Any, client: httpx.AsyncClient) -> None:
        self.server = server
        self.uvicorn = uvicorn
        self.client = client
        self.url = server.settings.own_url
        self.ws_url = self.url.replace("http", "ws", 1) + "/graphql"

    @property
    def pond(self) -> Pond:
        assert self.server.pond is not None
        return self.server.pond

    async def post(
        self, query: str, *, token: str | None = None, accept: str = JSON, **variables: Any
    ) -> httpx.Response:
        """The response to a document over POST."""
        headers = {"accept": accept, **({} if token is None else {"authorization": f"Bearer {token}"})}
        return await self.client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)

    async def ask(self, query: str, *, token: str | None = None, **variables: Any) -> Any:
        """The data of a document that meets no error."""
        answer = (await self.post(query, token=token, **variables)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def member_token(self, user: str) -> str:
        """The access token of a member, who is new if no one logged in to WeChat by this name."""
        code = (await self.client.post("/standins/wechat/login", json={"user": user})).json()["code"]
        document = """mutation($code: String!) {
            memberLoginByWechat(input: { code: $code }) { tokens { accessToken } userErrors { message } }
        }"""
        token: str = (await self.ask(document, code=code))["memberLoginByWechat"]["tokens"]["accessToken"]
        return token

    async def send(self, content: bytes | str, **headers: str) -> httpx.Response:
        """The response to a body as it is."""
        given = {"content-type": JSON, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return await self.client.post("/graphql", content=content, headers=given)

    @asynccontextmanager
    async def socket(self, *, token: str | None = None, **options: Any) -> AsyncIterator[Talk]:
        """A websocket that has been acknowledged."""
        async with self.raw_socket(**options) as talk:
            await talk.say(type="connection_init", payload={} if token is None else {"token": token})
            assert await talk.hear() == {"type": "connection_ack"}
            yield talk

    @asynccontextmanager
    async def raw_socket(self, **options: Any) -> AsyncIterator[Talk]:
        """A websocket on which nothing was said."""
        # A client that closes with messages unread waits for the answer in vain.
        quiet = {"ping_interval": None, "compression": None, "close_timeout": 0.1}
        settings = {"subprotocols": ["graphql-transport-ws"], **quiet, **options}
        async with connect(self.ws_url, **settings) as connection:
            yield Talk(connection)


class Talk:
    """One side of a websocket."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    async def say(self, **message: Any) -> None:
        await self.connection.send(json.dumps(message))

    async def subscribe(self, query: str, name: str = "1", **variables: Any) -> None:
        await self.say(type="subscribe", id=name, payload={"query": query, "variables": variables})

    async def hear(self, within_s: float = 10) -> Any:
        """The next message but for pings."""
        while True:
            message = json.loads(await asyncio.wait_for(self.connection.recv(), within_s))
            if message != {"type": "ping"}:
                return message

    async def closed(self, within_s: float = 10) -> tuple[int, str]:
        """The code and the reason with which the server closes, after whatever it still says."""
        try:
            async with asyncio.timeout(within_s):
                while True:
                    await self.connection.recv()
        except websockets.ConnectionClosed as closed:
            assert closed.rcvd is not None, "the connection broke (1006)"  # noqa: PT017  it is what is waited for
            return closed.rcvd.code, closed.rcvd.reason


@asynccontextmanager
async def running(dsn: str, **settings: Any) -> AsyncIterator[Site]:
    """A server on a free port, until the block ends. Limits that are not given are those of the product."""
    limits = {**Limits().model_dump(), **settings.pop("limits", {})}
    listener = socket.create_server(("127.0.0.1", 0))
    chosen = {"standins": True, "introspection": True, "port": listener.getsockname()[1], **settings}
    server = Server(Settings(_env_file=None, database_url=dsn, limits=limits, **chosen))
    uvicorn = uvicorn_of(server, server.settings)
    serving = asyncio.create_task(uvicorn.serve(sockets=[listener]))
    await until(lambda: uvicorn.started or serving.done(), 30)
    assert uvicorn.started, "the server did not start"
    async with httpx.AsyncClient(base_url=server.settings.own_url, timeout=20) as client:
        try:
            yield Site(server, uvicorn, client)
        finally:
            uvicorn.should_exit = True
            await serving
