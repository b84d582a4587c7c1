"""A deployment to test: the program itself, with two workers that serve one port."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx

import resolvers.logins
from app.standins.gateways import GatewayStandIns
from domain.identity import Principal
from tests.makers_members import a_member
from tests.pond import Pond


class Deployment:
    """Two workers that serve one port, in processes of their own."""

    def __init__(self, port: int, environment: dict[str, str]) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self._command = (sys.executable, "-c", "from app.commands import main; main()")
        self._options = ("serve", "--workers", "2", "--port", str(port), "--no-jobs")
        self._environment = environment
        self._parent: Process

    async def start(self) -> None:
        self._parent = await asyncio.create_subprocess_exec(*self._command, *self._options, env=self._environment)
        async with asyncio.timeout(60), httpx.AsyncClient() as client:
            while not await _is_ready(client, self.url):
                assert self._parent.returncode is None, "the program did not start; what it printed says why"
                await asyncio.sleep(0.1)

    async def end(self) -> None:
        if self._parent.returncode is None:
            self._parent.terminate()
        async with asyncio.timeout(30):
            await self._parent.wait()

    def renew(self) -> None:
        self._parent.send_signal(signal.SIGHUP)

    async def workers(self) -> list[int]:
        listing = await asyncio.create_subprocess_exec(
            "pgrep", "-P", str(self._parent.pid), "-f", "spawn_main", stdout=asyncio.subprocess.PIPE
        )
        return [int(line) for line in (await listing.communicate())[0].split()]


async def _is_ready(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(f"{url}/readyz")).is_success
    except httpx.HTTPError:
        return False


@contextmanager
def kept_port() -> Iterator[int]:
    """A port for a program to listen on. Until the block ends nobody else is given it as a free one.

    A port that is only found free may be another's by the time the program listens: of a server that the
    test starts meanwhile, or of one in another process of the suite.
    """
    with socket.socket() as keeper:
        keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as listeners do, or they could not share it
        keeper.bind(("127.0.0.1", 0))
        yield keeper.getsockname()[1]


@asynccontextmanager
async def deployed(dsn: str, **settings: str) -> AsyncIterator[Deployment]:
    """Two workers over a database, until the block ends. Settings are as in the environment."""
    with kept_port() as port:
        deployment = Deployment(port, {**os.environ, "DATABASE_URL": dsn, "BUS_URL": "postgres://", **settings})
        try:
            await deployment.start()
            yield deployment
        finally:
            await deployment.end()


class Shop:
    """A deployment with a pond over its database, for scenarios that share both: each makes what it needs.

    Its orders are paid at `gateways`, which stand elsewhere; the pond's own play no part.
    """

    def __init__(
        self, url: str, client: httpx.AsyncClient, pond: Pond, gateways: GatewayStandIns, dsn: str = ""
    ) -> None:
        self.url = url
        self.dsn = dsn
        self.client = client
        self.pond = pond
        self.gateways = gateways

    async def ask(self, document: str, token: str | None = None, **variables: Any) -> Any:
        """The data of a document that meets no error, from whichever worker answers."""
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        response = await self.client.post("/graphql", json={"query": document, "variables": variables}, headers=headers)
        answer = response.json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def a_token(self, member: Principal | None = None) -> str:
        """The access token of a member, a new one unless one is given."""
        return await a_token(self.pond, member)


async def a_token(pond: Pond, member: Principal | None = None) -> str:
    """The access token of a member, a new one unless one is given."""
    ctx = pond.context(member or await a_member(pond))
    async with ctx.database.writing() as tx:
        return (await resolvers.logins._begin(ctx, tx, ctx.member_id)).access_token
