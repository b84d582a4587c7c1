"""Clients that do not keep up: what they lose, what they hear, and what they cost."""

from __future__ import annotations

import asyncio
import re
import socket
from uuid import uuid4

import psutil
import pytest
from websockets.asyncio.client import connect

from domain.room_events import EventKind
from tests.app.tiny import served
from tests.app.watching import EVENTS, a_client_that_never_reads, audience, leave, viewers
from tests.site import Talk
from tests.subscriptions.rooms import a_gift, a_removal, a_state, an_inventory

pytestmark = pytest.mark.usefixtures("both_ways")


RING_BYTES = 40_000_000
MUST_ARRIVE = (EventKind.STATE, EventKind.REWARD, EventKind.BULLET_COMMENT_REMOVED)


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


async def test_one_who_reads_on_later_missed_bullets_alone() -> None:
    product = uuid4()
    async with served() as site:
        idle = await a_client_that_never_reads(site)
        await audience(site, 1)
        for _ in range(60):
            for _ in range(20):
                site.tiny.publish(text="弹" * 3_000)
            for must_arrive in (a_state, a_gift, a_removal):
                site.tiny.tell(must_arrive)
            site.tiny.tell(lambda seq: an_inventory(seq, product))
            await asyncio.sleep(0)
        kept = [(event.kind.value, event.seq) for event in site.tiny.log.events if event.kind in MUST_ARRIVE]

        heard = await asyncio.to_thread(_read_until, idle, site.tiny.log.head)

        assert [one for one in heard if one[0] in {kind.value for kind in MUST_ARRIVE}] == kept
        assert heard[-1] == ("INVENTORY", site.tiny.log.head)
        assert [seq for _, seq in heard] == sorted({seq for _, seq in heard})
        assert len(heard) < len(site.tiny.log.events) / 2
        idle.close()


def _read_until(client: socket.socket, last: int) -> list[tuple[str, int]]:
    """The kinds and numbers of all events up to a number. The text of an event that is no bullet is its kind."""
    client.settimeout(10)
    received, heard = b"", [("", 0)]
    while heard[-1][1] < last:
        received += client.recv(1 << 20)
        found = re.findall(rb'"seq":(\d+),"text":"([^"]*)"', received)
        heard = [("BULLET" if text[:1] > b"z" else text.decode(), int(seq)) for seq, text in found] or heard
    return heard


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
