"""Sites for the tests of one module that leave no trace, and both ways in which websockets are served."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from app.websocket_protocol import BoundedProtocol, WebSocketProtocol
from tests.app.tiny import TinySite, Way, served
from tests.databases import Databases
from tests.site import Site, running


@pytest.fixture(scope="module", params=[WebSocketProtocol, BoundedProtocol], ids=["direct", "plain"])
def both_ways(request: pytest.FixtureRequest) -> Iterator[None]:
    """Frames go straight to the transport, or through plain ASGI as on any server."""
    Way.protocol = request.param
    yield
    Way.protocol = WebSocketProtocol


@pytest.fixture(scope="module")
async def tiny(both_ways: None) -> AsyncIterator[TinySite]:
    async with served(socket_messages_per_s=1_000) as site:
        yield site


@pytest.fixture(scope="module")
async def door(databases: Databases) -> AsyncIterator[Site]:
    """A running server that tests share."""
    origins = frozenset({"https://shop.example"})
    async with databases.one() as dsn, running(dsn, allowed_origins=origins) as started:
        yield started
