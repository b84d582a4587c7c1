"""Clients that do not keep up: what they lose, what they hear, and what they cost."""

from __future__ import annotations

import asyncio

import psutil
import pytest
from websockets.asyncio.client import connect

from tests.app.tiny import served
from tests.app.watching import EVENTS, a_client_that_never_reads, audience, leave, viewers
from tests.site import Talk

pytestmark = pytest.mark.usefixtures("both_ways")


RING_BYTES = 40_000_000


async def test_bullets_are_dropped_for_one_who_does_not_read_and_memory_is_bounded() -> None:
    async with served() as site:
        idle = await a_client_that_never_reads(site)
        fast = (await viewers(site, 1))[0]
        await audience(site, 2)
        process, published = psutil.Process(), 0
        before = process.memory_info().rss

        for n in range(40):
            for _ in range(25):
                site.tiny.publish(text="弹" * 7_000)
                published += 21_000
            heard = [(await fast.hear())["payload"]["data"]["events"]["seq"] for _ in range(25)]
            assert heard == list(range(n * 25 + 1, n * 25 + 26))
            site.tiny.log.trim(before=site.tiny.log.head)

        assert published > 20_000_000
        assert process.memory_info().rss - before < 20_000_000 + RING_BYTES
        idle.close()
        await leave([fast])


async def test_one_who_takes_nothing_for_long_is_let_go_with_a_reason() -> None:
    async with served(socket_stalled_s=0.2) as site:
        idle = await a_client_that_never_reads(site)
        await audience(site, 1)

        for _ in range(200):
            site.tiny.publish(text="弹" * 7_000)
        await audience(site, 0)

        idle.close()


async def test_a_slow_reader_hears_that_it_was_slow() -> None:
    async with served(socket_stalled_s=0.3) as site:
        async with connect(
            site.ws_url, subprotocols=["graphql-transport-ws"], compression=None, ping_interval=None, max_queue=1
        ) as connection:
            talk = Talk(connection)
            await talk.say(type="connection_init")
            await talk.subscribe(EVENTS, room="all")
            await audience(site, 1)
            for _ in range(400):
                site.tiny.publish(text="弹" * 7_000)
            await asyncio.sleep(0.5)

            code, reason = await talk.closed()

        assert code == 4008
        assert "resume" in reason
