"""GraphQL over websockets: who is let in, and every close code of the contract."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import AsyncExitStack
from typing import Any

import pytest
import websockets

from tests.app.tiny import TinySite, served
from tests.app.watching import EVENTS, audience
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("both_ways")

SUBSCRIBE = {"type": "subscribe", "id": "1", "payload": {"query": "{ here }"}}

BEFORE_INIT: dict[str, Any] = {
    "a list": "[]",
    "a number": "1",
    "null": "null",
    "a string": '"a"',
    "an empty object": "{}",
    "a type that is no string": '{"type":{}}',
    "an unknown type": '{"type":"nothing"}',
    "the older protocol": '{"type":"start","id":"1","payload":{"query":"{here}"}}',
    "no JSON": "{",
    "NaN": '{"type":"ping","payload":{"a":NaN}}',
    "a key twice": '{"type":"ping","type":"pong"}',
    "NUL": '{"type":"ping","payload":{"a":"\\u0000"}}',
    "half a surrogate pair": '{"type":"ping","payload":{"a":"\\ud800"}}',
    "nested too deep": '{"type":"ping","payload":' + '{"a":' * 60 + "1" + "}" * 61,
    "bytes": b'{"type":"connection_init"}',
    "a payload of init that is a list": '{"type":"connection_init","payload":[]}',
    "a payload of ping that is a number": '{"type":"ping","payload":1}',
    "complete without an id": '{"type":"complete"}',
}
AFTER_INIT: dict[str, Any] = {
    "no id": {"type": "subscribe", "payload": {"query": "{here}"}},
    "an id that is a list": {**SUBSCRIBE, "id": []},
    "an id that is empty": {**SUBSCRIBE, "id": ""},
    "an id that is very long": {**SUBSCRIBE, "id": "x" * 1_000},
    "an id with a space": {**SUBSCRIBE, "id": "a b"},
    "an id that is null": {**SUBSCRIBE, "id": None},
    "no payload": {"type": "subscribe", "id": "1"},
    "a payload that is null": {**SUBSCRIBE, "payload": None},
    "a payload that is a list": {**SUBSCRIBE, "payload": [1]},
    "no query": {**SUBSCRIBE, "payload": {}},
    "a query that is a number": {**SUBSCRIBE, "payload": {"query": 1}},
    "variables that are a list": {**SUBSCRIBE, "payload": {"query": "{here}", "variables": []}},
    "an operation name that is a number": {**SUBSCRIBE, "payload": {"query": "{here}", "operationName": 1}},
    "extensions that are a string": {**SUBSCRIBE, "payload": {"query": "{here}", "extensions": "x"}},
}


@pytest.mark.parametrize("message", BEFORE_INIT.values(), ids=BEFORE_INIT.keys())
async def test_what_is_no_message_is_a_bad_request(tiny: TinySite, message: str | bytes) -> None:
    async with tiny.raw_socket() as talk:
        await talk.connection.send(message)

        code, reason = await talk.closed()

    assert code == 4400
    assert 0 < len(reason.encode()) <= 120


@pytest.mark.parametrize("message", AFTER_INIT.values(), ids=AFTER_INIT.keys())
async def test_a_subscription_that_cannot_be_read_is_a_bad_request(tiny: TinySite, message: dict[str, Any]) -> None:
    async with tiny.socket() as talk:
        await talk.say(**message)

        assert (await talk.closed())[0] == 4400


async def test_subscribing_before_the_acknowledgement_is_unauthorized(tiny: TinySite) -> None:
    async with tiny.raw_socket() as talk:
        await talk.say(**SUBSCRIBE)

        assert await talk.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize("token", ["nobody", "", 1, [], {"a": 1}])
async def test_a_token_that_says_nothing_is_unauthorized(tiny: TinySite, token: Any) -> None:
    async with tiny.raw_socket() as talk:
        await talk.say(type="connection_init", payload={"token": token})

        assert (await talk.closed())[0] == 4401


async def test_a_token_that_expires_ends_the_connection(tiny: TinySite) -> None:
    async with tiny.socket(token="short") as talk:
        assert await talk.closed() == (4401, "Token expired")


async def test_a_database_that_is_away_asks_to_try_later(tiny: TinySite) -> None:
    async with tiny.raw_socket() as talk:
        await talk.say(type="connection_init", payload={"token": "down"})

        assert (await talk.closed())[0] == 1013


async def test_another_subprotocol_is_not_acceptable(tiny: TinySite) -> None:
    for protocols in (["graphql-ws"], None):
        async with tiny.raw_socket(subprotocols=protocols) as talk:
            assert await talk.closed() == (4406, "Subprotocol not acceptable")


async def test_a_client_that_does_not_initialise_is_not_waited_for() -> None:
    async with served(socket_init_s=0.1) as site, site.raw_socket() as talk:
        assert await talk.closed() == (4408, "Connection initialisation timeout")


async def test_a_running_id_cannot_be_used_again(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe(EVENTS, room="all")
        await talk.subscribe(EVENTS, room="all")

        assert await talk.closed() == (4409, "Subscriber for 1 already exists")


async def test_initialising_twice_is_too_often(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.say(type="connection_init")

        assert await talk.closed() == (4429, "Too many initialisation requests")


async def test_too_many_messages_are_against_the_policy(site_at_20: TinySite) -> None:
    async with site_at_20.socket() as talk:
        for _ in range(60):
            await talk.say(type="ping")

        assert await talk.closed() == (1008, "Too many messages")


@pytest.fixture
async def site_at_20() -> Any:
    async with served() as site:
        yield site


async def test_a_ping_is_answered_before_and_after_the_acknowledgement(tiny: TinySite) -> None:
    async with tiny.raw_socket() as talk:
        await talk.say(type="ping", payload={"mark": 7})
        assert await talk.hear() == {"type": "pong", "payload": {"mark": 7}}
        await talk.say(type="connection_init")
        assert await talk.hear() == {"type": "connection_ack"}
        await talk.say(type="ping")
        assert await talk.hear() == {"type": "pong"}
        await talk.say(type="pong")


async def test_a_client_that_does_not_answer_two_pings_has_gone() -> None:
    async with served(socket_ping_s=0.1) as site:
        async with site.socket() as talk:
            assert await talk.closed() == (4408, "No answer to pings")
        async with site.socket() as talk:
            for _ in range(6):
                assert json.loads(await talk.connection.recv()) == {"type": "ping"}
                await talk.say(type="pong")


async def test_a_client_that_vanished_is_noticed_before_two_pings_would_have_been_due() -> None:
    async with served(socket_ping_s=1) as site, site.socket() as talk:
        await talk.subscribe(EVENTS, room="all")
        await audience(site, 1)
        began = time.monotonic()

        await audience(site, 0)

        assert time.monotonic() - began < 40 / 25
        await until(lambda: not site.server._sockets._open)


@pytest.mark.parametrize(
    ("origin", "allowed"),
    [
        (None, True),
        ("http://localhost:5173", True),
        ("http://127.0.0.1:1", True),
        ("https://shop.example", True),
        ("https://evil.example", False),
        ("https://shop.example.evil.example", False),
        ("null", False),
        ("http://localhost.evil.example", False),
    ],
)
async def test_pages_of_foreign_origins_are_refused(origin: str | None, *, allowed: bool) -> None:
    async with served(frozenset({"https://shop.example"})) as site:
        if allowed:
            async with site.socket(origin=origin):
                return
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with site.raw_socket(origin=origin):
                pass

        assert refused.value.response.status_code == 403


async def test_no_more_connections_than_a_process_can_hold() -> None:
    async with served(sockets=1) as site, site.socket():
        with pytest.raises(websockets.InvalidStatus) as refused:
            async with site.raw_socket():
                pass

        assert refused.value.response.status_code == 503
        assert refused.value.response.headers["retry-after"] == "1"


async def test_no_more_connections_of_one_address_than_it_may_hold() -> None:
    async with served(connections_per_address=1) as site:
        async with site.socket():
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with site.raw_socket():
                    pass
        async with site.socket():
            pass

    assert refused.value.response.status_code == 429
    assert refused.value.response.headers["retry-after"] == "1"


async def test_no_more_new_connections_at_a_time_than_a_process_lets_in() -> None:
    async with served(socket_admissions_per_s=2) as site:
        statuses, waits = [], set()
        for _ in range(12):
            try:
                async with site.socket():
                    statuses.append(101)
            except websockets.InvalidStatus as refused:
                statuses.append(refused.response.status_code)
                waits.add(int(refused.response.headers["retry-after"]))

        assert statuses[:2] == [101, 101]
        assert statuses.count(503) >= 8
        assert waits <= set(range(1, 11))
        assert len(waits) > 1
        await asyncio.sleep(0.6)
        async with site.socket():
            pass


async def test_those_who_are_sent_away_are_told_to_come_back_at_different_times() -> None:
    async with served(socket_admissions_per_s=10) as site, AsyncExitStack() as stack:
        talks = [await stack.enter_async_context(site.raw_socket()) for _ in range(10)]
        site.uvicorn.should_exit = True
        reasons = [(await talk.closed())[1] for talk in talks]

    waits_ms = [int(reason.removeprefix("Service restart; retry in ").removesuffix(" ms")) for reason in reasons]
    assert len(set(waits_ms)) > 5
    assert all(0 <= wait_ms <= 1_000 for wait_ms in waits_ms)


async def test_a_server_that_drains_says_that_it_restarts() -> None:
    async with served() as site, site.socket() as talk:
        await talk.subscribe(EVENTS, room="all")

        site.uvicorn.should_exit = True

        code, reason = await talk.closed()

    assert code == 1012
    assert re.fullmatch(r"Service restart; retry in \d+ ms", reason)
