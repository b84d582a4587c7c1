"""What the parts of a process share."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from app.assembly import OUTWARD
from tests.makers_gateways import on_a_port


@pytest.mark.parametrize(("limits", "connections"), [(OUTWARD, 2), (httpx.Limits(), 1)])
async def test_a_connection_to_others_that_was_idle_for_a_while_is_used_no_more(
    limits: httpx.Limits, connections: int
) -> None:
    """Others close theirs after some seconds, often five. The second case is the negative control."""

    async def port_of_caller(request: Request) -> PlainTextResponse:
        assert request.client is not None
        return PlainTextResponse(str(request.client.port))

    async with (
        on_a_port(Starlette(routes=[Route("/", port_of_caller)])) as address,
        httpx.AsyncClient(limits=limits) as client,
    ):
        ports = [(await client.get(address)).text, (await client.get(address)).text]
        assert len(set(ports)) == 1, "one that is used again at once"
        await asyncio.sleep(2.2)
        ports.append((await client.get(address)).text)

    assert len(set(ports)) == connections
