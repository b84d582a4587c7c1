"""GraphQL over websockets: every close code of the contract, live rooms, and clients that do not keep up."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import suppress
from dataclasses import replace
from typing import Any

import psutil
import pytest
import websockets
from websockets.asyncio.client import connect

from domain.identity import Scope
from tests.app.tiny import TinySite, executions, served
from tests.site import Site, Talk
from tests.waiting import until

EVENTS = "subscription($room: String!, $after: Int) { events(room: $room, after: $after) { seq text } }"
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


@pytest.fixture(scope="module")
async def tiny() -> Any:
    async with served(socket_messages_per_s=1_000) as site:
        yield site


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


async def test_messages_that_are_too_long_are_not_taken(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.say(type="ping", payload={"a": "x" * 64 * 1024})

        assert (await talk.closed())[0] == 1009


async def test_messages_in_very_many_parts_are_not_taken(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        with suppress(websockets.ConnectionClosed):
            await talk.connection.send(["x"] * 1_000)

        assert (await talk.closed())[0] == 1009


async def test_invalid_utf_8_is_told_so(tiny: TinySite) -> None:
    async with tiny.raw_socket() as talk:
        await talk.connection.send(b"\xff", text=True)

        assert (await talk.closed())[0] == 1007


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


async def test_a_server_that_drains_says_that_it_restarts() -> None:
    async with served() as site, site.socket() as talk:
        await talk.subscribe(EVENTS, room="all")

        site.uvicorn.should_exit = True

        assert await talk.closed() == (1012, "Service restart")


class TestOperations:
    async def test_queries_and_mutations_run_too(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe("{ here }")
            answer, end = await talk.hear(), await talk.hear()

            assert answer == {"id": "1", "type": "next", "payload": {"data": {"here": True}}}
            assert end == {"id": "1", "type": "complete"}
            await talk.subscribe("mutation { slowly(seconds: 0) }")
            assert (await talk.hear())["payload"]["data"] == {"slowly": 1}

    @pytest.mark.parametrize(
        ("document", "code"),
        [
            pytest.param("{" + "x" * 500, "GRAPHQL_PARSE_FAILED", id="syntax"),
            pytest.param("{ nothing }", "GRAPHQL_VALIDATION_FAILED", id="validation"),
            pytest.param("subscription { ticks }", "GRAPHQL_VALIDATION_FAILED", id="an argument"),
            pytest.param("subscription { events(room: 1) { seq } }", "GRAPHQL_VALIDATION_FAILED", id="its type"),
            pytest.param("fragment A on Query { here }", "OPERATION_RESOLUTION_FAILURE", id="no operation"),
        ],
    )
    async def test_one_that_is_refused_leaves_the_others_alone(self, tiny: TinySite, document: str, code: str) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe(document, "bad")
            refused = await talk.hear()
            await talk.subscribe("{ here }", "good")

            assert (refused["id"], refused["type"]) == ("bad", "error")
            assert refused["payload"][0]["extensions"]["code"] == code
            assert (await talk.hear())["payload"] == {"data": {"here": True}}

    async def test_a_fault_is_masked(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe("{ fault }")
            answer = await talk.hear()

        (error,) = answer["payload"]["errors"]
        assert error["extensions"]["code"] == "INTERNAL"
        assert "secret" not in json.dumps(answer)

    async def test_a_private_subscription_runs_to_its_end(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe("subscription { ticks(count: 3) }")
            heard = [await talk.hear() for _ in range(4)]

        assert [message["payload"]["data"]["ticks"] for message in heard[:3]] == [0, 1, 2]
        assert heard[3] == {"id": "1", "type": "complete"}

    async def test_completing_cancels_what_runs(self, tiny: TinySite) -> None:
        before = tiny.tiny.cancelled
        async with tiny.socket() as talk:
            await talk.subscribe("{ slow(seconds: 9) }")
            await asyncio.sleep(0.05)
            await talk.say(type="complete", id="1")
            await talk.subscribe("{ slow(seconds: 9) }")
            await talk.say(type="complete", id="1")
            await talk.subscribe("{ here }")

            assert (await talk.hear())["payload"] == {"data": {"here": True}}
        assert tiny.tiny.cancelled == before + 1

    async def test_leaving_cancels_what_runs(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe("{ slow(seconds: 9) }", "1")
            await talk.subscribe(EVENTS, "2", room="all")
            await asyncio.sleep(0.1)
        await asyncio.sleep(0.1)

        assert tiny.tiny.running == 0
        assert tiny.tiny.hub.audience() == {}

    async def test_an_operation_that_takes_too_long_is_ended(self) -> None:
        async with served(operation_s=0.1) as site, site.socket() as talk:
            await talk.subscribe("{ slow(seconds: 9) }")

            assert (await talk.hear())["payload"]["errors"][0]["extensions"]["code"] == "TIMEOUT"

    async def test_ten_subscriptions_fit_on_a_connection_and_queries_beside_them(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            for name in range(11):
                await talk.subscribe(EVENTS, str(name), room="all")
            refused = await talk.hear()
            await talk.subscribe("{ here }", "a query")  # an id with a space would close the connection
            assert (refused["id"], refused["type"]) == ("10", "error")
            assert refused["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT"


class TestRates:
    async def test_operations_cost_as_much_as_over_http_and_refused_documents_more(self) -> None:
        async with served(visitor_requests_per_minute=20) as site, site.socket() as talk:
            for _ in range(3):
                await talk.subscribe("{ nothing }")
                assert (await talk.hear())["payload"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
            await talk.subscribe("{ slow(seconds: 0) }")
            assert (await talk.hear())["payload"] == {"data": {"slow": 1}}
            await talk.hear()
            await talk.subscribe("{ nothing }")
            await talk.hear()
            await talk.subscribe("{ here }")
            throttled = await talk.hear()
            over_http = await site.post("{ here }")

        (error,) = throttled["payload"]
        assert (throttled["type"], error["extensions"]["code"]) == ("error", "RATE_LIMITED")
        assert error["extensions"]["retryable"] is True
        assert error["extensions"]["retryAfterSeconds"] >= 1
        assert over_http.status_code == 429

    async def test_a_member_pays_from_the_same_bucket_on_every_connection(self) -> None:
        async with served(member_requests_per_minute=2) as site:
            for expected in ("next", "next", "error"):
                async with site.socket(token="mei") as talk:
                    await talk.subscribe("{ here }")
                    assert (await talk.hear())["type"] == expected
            async with site.socket() as talk:
                await talk.subscribe("{ here }")
                assert (await talk.hear())["type"] == "next"


class TestIdentity:
    async def test_who_logged_out_can_do_nothing_more(self) -> None:
        async with served() as site, site.socket(token="mei") as talk:
            site.tiny.mei = None
            await talk.subscribe("mutation { slowly(seconds: 0) }")

            assert await talk.closed() == (4401, "The token is unknown, expired or revoked")

    async def test_who_logged_out_hears_nothing_more(self) -> None:
        async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
            await talk.subscribe(EVENTS, room="all")
            await _audience(site, 1)
            site.tiny.mei = None

            assert (await talk.closed())[0] == 4401
            assert site.tiny.hub.audience() == {}

    @pytest.mark.parametrize("document", [EVENTS, 'subscription { events(room: "all") { seq waits } }'])
    async def test_a_subscription_ends_when_its_client_may_do_less(self, document: str) -> None:
        async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
            await talk.subscribe(document, **({"room": "all"} if document is EVENTS else {}))
            await until(lambda: site.tiny.hub._rooms)
            assert site.tiny.mei is not None
            site.tiny.mei = replace(site.tiny.mei, scopes=frozenset({Scope.VISITOR}))

            ended = await talk.hear()

            assert (ended["id"], ended["type"]) == ("1", "error")
            assert ended["payload"][0]["extensions"]["code"] == "FORBIDDEN"
            await until(lambda: not site.tiny.hub._rooms)
            await talk.subscribe(EVENTS, room="all")
            await _audience(site, 1)
            site.tiny.publish()
            assert await _heard(talk) == 1

    async def test_a_subscription_goes_on_when_its_client_may_do_more(self) -> None:
        async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
            await talk.subscribe(EVENTS, room="all")
            await _audience(site, 1)
            assert site.tiny.mei is not None
            site.tiny.mei = replace(site.tiny.mei, scopes=site.tiny.mei.scopes | {Scope.GUIDE})

            await asyncio.sleep(0.2)
            site.tiny.publish()

            assert await _heard(talk) == 1

    async def test_while_the_database_is_away_what_runs_goes_on_and_nothing_new_begins(self) -> None:
        async with served(identity_s=0.05) as site, site.socket(token="mei") as talk:
            await talk.subscribe(EVENTS, room="all")
            await _audience(site, 1)
            site.tiny.away = True

            await talk.subscribe("{ here }", "2")
            refused = await talk.hear()
            await asyncio.sleep(0.2)
            site.tiny.publish()

            assert (refused["id"], refused["payload"][0]["extensions"]["code"]) == ("2", "OVERLOADED")
            assert await _heard(talk) == 1

    async def test_logging_out_ends_the_sessions_connections(self, door: Site) -> None:
        token = await door.member_token("who leaves")
        async with door.socket(token=token) as talk:
            await talk.subscribe("{ me { id } }")
            assert (await talk.hear())["payload"]["data"]["me"]
            await talk.hear()
            await door.ask("mutation { memberLogout(input: {}) { userErrors { message } } }", token=token)
            await talk.subscribe("{ me { id } }")

            assert (await talk.closed())[0] == 4401


class TestLiveRooms:
    async def test_an_event_is_executed_once_for_all_who_see_it_alike(self) -> None:
        async with served() as site:
            talks = await _viewers(site, 20)
            executions.clear()

            site.tiny.publish(text="云想衣裳花想容")
            heard = [await talk.hear() for talk in talks]

            assert (
                heard
                == [{"id": "1", "type": "next", "payload": {"data": {"events": {"seq": 1, "text": "云想衣裳花想容"}}}}]
                * 20
            )
            assert executions[1] == 1
            assert site.tiny.hub.audience() == {_room(site): 20}
            await _leave(talks)

    async def test_viewers_with_their_own_ids_get_their_own_frames(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            for name in ("a", "b", "c", "d", "e", "f"):
                await talk.subscribe(EVENTS, name, room="all")
            await asyncio.sleep(0.05)
            tiny.tiny.publish()

            assert [(await talk.hear())["id"] for _ in range(6)] == ["a", "b", "c", "d", "e", "f"]

    async def test_twenty_viewers_get_the_same_order(self) -> None:
        async with served() as site:
            talks = await _viewers(site, 20)

            for n in range(100):
                site.tiny.publish(text=str(n))
                if n % 10 == 0:
                    await asyncio.sleep(0.001)
            heard = [[await _heard(talk) for _ in range(100)] for talk in talks]

            assert heard == [list(range(1, 101))] * 20
            await _leave(talks)

    async def test_resuming_misses_nothing_and_doubles_nothing_whenever_the_connection_breaks(self) -> None:
        async with served(socket_messages_per_s=1_000) as site:
            publishing = asyncio.create_task(_publish_slowly(site, 300))
            seen: list[int] = []
            while len(seen) < 300:
                async with site.socket() as talk:
                    await talk.subscribe(EVENTS, room="all", after=seen[-1] if seen else 0)
                    seen += [await _heard(talk) for _ in range(min(37, 300 - len(seen)))]

            assert seen == list(range(1, 301))
            await publishing

    async def test_what_is_not_kept_any_more_asks_for_a_resync(self) -> None:
        async with served() as site, site.socket() as talk:
            site.tiny.log.append(10)
            site.tiny.log.trim(before=8)
            await talk.subscribe(EVENTS, room="all", after=3)

            refused = await talk.hear()

            assert (refused["type"], refused["payload"][0]["extensions"]["code"]) == ("error", "RESYNC_REQUIRED")

    async def test_a_room_that_one_may_not_enter_is_refused(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe(EVENTS, room="locked")

            refused = await talk.hear()

        assert refused["type"] == "error"
        assert refused["payload"][0]["extensions"] == {"code": "NOT_FOUND", "retryable": False, "inputPath": ["room"]}

    async def test_a_selection_that_waits_is_served_to_its_client_alone(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe('subscription { events(room: "all") { seq waits } }')
            await asyncio.sleep(0.05)
            tiny.tiny.publish()

            assert (await talk.hear())["payload"]["data"]["events"]["waits"] == 1

    async def test_completing_ends_the_events(self, tiny: TinySite) -> None:
        async with tiny.socket() as talk:
            await talk.subscribe(EVENTS, room="all")
            await talk.say(type="complete", id="1")
            await talk.say(type="ping")
            await talk.hear()
            tiny.tiny.publish()
            await talk.say(type="ping")

            assert await talk.hear() == {"type": "pong"}


class TestSlowConsumers:
    async def test_bullets_are_dropped_for_one_who_does_not_read_and_memory_is_bounded(self) -> None:
        async with served() as site:
            idle = await _a_client_that_never_reads(site)
            fast = (await _viewers(site, 1))[0]
            await _audience(site, 2)
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
            await _leave([fast])

    async def test_one_who_takes_nothing_for_long_is_let_go_with_a_reason(self) -> None:
        async with served(socket_stalled_s=0.2) as site:
            idle = await _a_client_that_never_reads(site)
            await _audience(site, 1)

            for _ in range(200):
                site.tiny.publish(text="弹" * 7_000)
            await _audience(site, 0)

            idle.close()

    async def test_a_slow_reader_hears_that_it_was_slow(self) -> None:
        async with served(socket_stalled_s=0.3) as site:
            async with connect(
                site.ws_url, subprotocols=["graphql-transport-ws"], compression=None, ping_interval=None, max_queue=1
            ) as connection:
                talk = Talk(connection)
                await talk.say(type="connection_init")
                await talk.subscribe(EVENTS, room="all")
                await _audience(site, 1)
                for _ in range(400):
                    site.tiny.publish(text="弹" * 7_000)
                await asyncio.sleep(0.5)

                code, reason = await talk.closed()

            assert code == 4008
            assert "resume" in reason


RING_BYTES = 40_000_000


async def _heard(talk: Talk) -> int:
    """The number of the next event."""
    number: int = (await talk.hear())["payload"]["data"]["events"]["seq"]
    return number


def _room(site: TinySite) -> Any:
    return next(iter(site.tiny.hub.audience()))


async def _viewers(site: TinySite, many: int) -> list[Talk]:
    """Clients that watch the room."""
    talks = []
    for _ in range(many):
        connection = await connect(site.ws_url, subprotocols=["graphql-transport-ws"], compression=None)
        talk = Talk(connection)
        await talk.say(type="connection_init")
        await talk.hear()
        await talk.subscribe(EVENTS, room="all")
        talks.append(talk)
    await _audience(site, many)
    return talks


async def _leave(talks: list[Talk]) -> None:
    for talk in talks:
        await talk.connection.close()


async def _audience(site: TinySite, many: int) -> None:
    """Wait until so many watch."""
    await until(lambda: sum(site.tiny.hub.audience().values()) == many)


async def _publish_slowly(site: TinySite, many: int) -> None:
    for _ in range(many):
        site.tiny.publish()
        await asyncio.sleep(0.001)


async def _a_client_that_never_reads(site: Site) -> socket.socket:
    """A raw connection with a tiny buffer, which subscribes and then does nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", site.server.settings.port))
    client.setblocking(False)
    client.sendall(
        b"GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n"
    )
    assert b" 101 " in await asyncio.get_running_loop().sock_recv(client, 1000)
    subscribe = {"type": "subscribe", "id": "1", "payload": {"query": EVENTS, "variables": {"room": "all"}}}
    for message in ({"type": "connection_init"}, subscribe):
        text = json.dumps(message).encode()
        length = bytes([0x80 | len(text)]) if len(text) < 126 else b"\xfe" + len(text).to_bytes(2, "big")
        client.sendall(b"\x81" + length + b"\0\0\0\0" + text)
    return client
