"""GraphQL over HTTP: every status and code of the contract, and whatever strangers send."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
from typing import Any

import httpx
import pytest

from tests.app.tiny import served
from tests.site import GRAPHQL, JSON, Site, running
from tests.waiting import until

TYPENAME = "{ __typename }"
BRANDS = "query($first: Int) { brands(first: $first) { nodes { id } } }"


def code_of(response: httpx.Response) -> str:
    """The code of the first error of an answer."""
    code: str = response.json()["errors"][0]["extensions"]["code"]
    return code


def body(**members: Any) -> str:
    return json.dumps({"query": TYPENAME, **members})


MALFORMED = {
    "null": "null",
    "a number": "1",
    "a string": '"x"',
    "an empty list": "[]",
    "a batch": f"[{body()}]",
    "a list of null": "[null]",
    "an empty body": "",
    "a truncated body": '{"query":',
    "something after it": body() + "x",
    "not UTF-8": b'{"query": "\xff"}',
    "no query": "{}",
    "an empty query": body(query=""),
    "query is null": body(query=None),
    "query is a number": body(query=1),
    "query is a list": body(query=[TYPENAME]),
    "variables are a list": body(variables=[1]),
    "variables are a string": body(variables="{}"),
    "operationName is an object": body(operationName={}),
    "operationName is a number": body(operationName=0),
    "extensions are a string": body(extensions="x"),
    "a key twice": '{"query": "{ __typename }", "query": "mutation { x }"}',
    "nested too deep": '{"query": "{ __typename }", "variables": ' + '{"a":' * 40 + "1" + "}" * 41,
    "nested as deep as it goes": '{"variables":' + "[" * 100_000 + "]" * 100_000 + "}",
    "a number of 5,000 digits": '{"query": "{ __typename }", "variables": {"a": ' + "9" * 5_000 + "}}",
    "NaN": '{"query": "{ __typename }", "variables": {"a": NaN}}',
    "Infinity": '{"query": "{ __typename }", "variables": {"a": -Infinity}}',
    "a number out of range": '{"query": "{ __typename }", "variables": {"a": 1e999}}',
    "half a surrogate pair": '{"query": "{ __typename }", "variables": {"a": "\\ud800"}}',
    "half a surrogate pair in a key": '{"query": "{ __typename }", "variables": {"\\ud800": 1}}',
    "NUL": '{"query": "{ __typename }", "variables": {"a": "a\\u0000b"}}',
}


@pytest.mark.parametrize("content", MALFORMED.values(), ids=MALFORMED.keys())
async def test_what_is_no_request_is_a_bad_request(door: Site, content: str | bytes) -> None:
    response = await door.send(content)

    assert response.status_code == 400
    assert code_of(response) == "BAD_REQUEST"


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content_type": "text/plain"}, id="text"),
        pytest.param({"content_type": "application/x-www-form-urlencoded"}, id="a form"),
        pytest.param({"content_type": "multipart/form-data; boundary=x"}, id="multipart"),
        pytest.param({"content_type": ""}, id="nothing said"),
        pytest.param({"content_type": "application/json; charset=utf-16"}, id="another charset"),
        pytest.param({"content_type": "application/graphql"}, id="GraphQL text"),
        pytest.param({"content_encoding": "gzip"}, id="compressed"),
    ],
)
async def test_other_types_and_encodings_are_not_supported(door: Site, headers: dict[str, str]) -> None:
    content = gzip.compress(body().encode()) if "content_encoding" in headers else body()

    response = await door.send(content, **headers)

    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "HEAD"])
async def test_other_methods_are_not_allowed(door: Site, method: str) -> None:
    response = await door.client.request(method, "/graphql")

    assert response.status_code == 405
    assert response.headers["allow"] == "GET, POST"


async def test_a_body_that_says_it_is_too_long_is_not_read(door: Site) -> None:
    response = await door.send(body(query="#" * 300_000))

    assert (response.status_code, code_of(response)) == (413, "BODY_TOO_LARGE")


async def test_a_body_that_turns_out_too_long_is_not_read_further(door: Site) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", door.server.settings.port)
    writer.write(
        b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    for _ in range(30):
        writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    assert (await reader.readline()).startswith(b"HTTP/1.1 413")
    writer.close()


async def test_a_body_that_does_not_come_is_not_waited_for(dsn: str) -> None:
    async with running(dsn, limits={"body_s": 0.1}) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
        writer.write(
            b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
        )

        assert (await reader.readline()).startswith(b"HTTP/1.1 408")
        writer.close()


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"POST /graphql HTTP/1.1\r\nHost:", id="a part of a head"),
        pytest.param(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /", id="a part of a second one"),
    ],
)
async def test_a_head_that_does_not_come_is_not_waited_for(sent: bytes) -> None:
    async with served(head_s=0.2) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
        writer.write(sent)

        async with asyncio.timeout(5):
            await reader.read()
        writer.close()


async def test_who_asks_for_nothing_keeps_the_connection_for_longer_than_a_head_may_take() -> None:
    async with served(head_s=0.1, idle_s=2) as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
        for _ in range(2):
            writer.write(b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 200")
            await asyncio.sleep(0.3)

        async with asyncio.timeout(10):
            assert await reader.read() == b""
        writer.close()


async def test_each_of_several_responses_is_whole_and_comes_in_one_piece() -> None:
    ask, look = b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\n", b"HEAD /graphql HTTP/1.1\r\nHost: x\r\n\r\n"
    async with served() as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
        writer.write(ask + b"\r\n")
        alone = await reader.read(10_000)
        writer.write(ask + b"\r\n" + look + ask + b"Connection: close\r\n\r\n")
        after = await reader.read()
        writer.close()

    assert (alone.count(b"HTTP/1.1 200"), alone.endswith(b"}}")) == (1, True)
    assert [part[:3] for part in after.split(b"HTTP/1.1 ")[1:]] == [b"200", b"405", b"200"]
    assert after.endswith(b"}}")


async def test_a_request_leaves_nothing_that_only_the_garbage_collector_finds() -> None:
    async with served() as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)

        async def ask(times: int) -> int:
            gc.collect()
            for _ in range(times):
                writer.write(b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\n\r\n")
                await reader.readuntil(b"}}")
            return gc.collect()

        gc.disable()
        try:
            await ask(1)  # the document is new
            found = await ask(50)
        finally:
            gc.enable()
        writer.close()

    assert found < 50, "not one object of each request"


async def test_who_waits_to_be_told_to_go_on_is_told() -> None:
    async with served() as site:
        reader, writer = await asyncio.open_connection("127.0.0.1", site.server.settings.port)
        content = b'{"query": "{__typename}"}'
        head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nExpect: 100-continue\r\n"
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(content))
        assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        writer.write(content)
        assert (await reader.readuntil(b"}}")).startswith(b"HTTP/1.1 200")
        writer.close()


async def test_get_serves_queries(door: Site) -> None:
    variables = json.dumps({"first": 1})
    response = await door.client.get("/graphql", params={"query": BRANDS, "variables": variables, "operationName": ""})

    assert response.status_code == 200
    assert response.json()["data"] == {"brands": {"nodes": []}}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_get_does_not_serve_mutations(door: Site, accept: str) -> None:
    document = "mutation { memberLogout { userErrors { code } } }"
    response = await door.client.get("/graphql", params={"query": document}, headers={"accept": accept})

    assert response.status_code == 405


@pytest.mark.parametrize(
    "query",
    ["query=", "variables=1", "query=%7Ba%7D&query=%7Bb%7D", "query=%ff", "query={a}&variables={", "query={a}%00"],
)
async def test_a_query_string_that_is_no_request_is_a_bad_request(door: Site, query: str) -> None:
    response = await door.client.get(f"/graphql?{query}")

    assert response.status_code == 400


async def test_a_browser_that_looks_finds_nothing(door: Site) -> None:
    assert (await door.client.get("/graphql", headers={"accept": "text/html"})).status_code == 404


class TestTheSpecificationOfGraphQLOverHttp:
    """What the audit of the npm package graphql-http asks for."""

    @pytest.mark.parametrize(
        ("accept", "answered"),
        [
            pytest.param(GRAPHQL, GRAPHQL, id="22EB the new type"),
            pytest.param(JSON, JSON, id="4655 the old type"),
            pytest.param("*/*", JSON, id="47DE anything"),
            pytest.param(f"{GRAPHQL}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL, id="both"),
        ],
    )
    async def test_the_type_that_is_accepted_is_answered(self, door: Site, accept: str, answered: str) -> None:
        response = await door.post(TYPENAME, accept=accept)

        assert response.status_code == 200
        assert response.headers["content-type"] == f"{answered}; charset=utf-8"
        assert response.json()["data"] == {"__typename": "Query"}

    async def test_80d8_without_accept_it_is_json(self, door: Site) -> None:
        request = door.client.build_request("POST", "/graphql", json={"query": TYPENAME})
        del request.headers["accept"]

        response = await door.client.send(request)

        assert response.headers["content-type"].startswith(JSON)

    async def test_a_type_that_we_do_not_write_is_not_acceptable(self, door: Site) -> None:
        assert (await door.post(TYPENAME, accept="application/xml")).status_code == 406

    async def test_bf61_utf_8_may_be_named(self, door: Site) -> None:
        assert (await door.send(body(), content_type="application/json; charset=utf-8")).status_code == 200

    @pytest.mark.parametrize("member", ["variables", "operationName", "extensions"])
    async def test_members_may_be_null(self, door: Site, member: str) -> None:
        response = await door.send(body(**{member: None}), accept=GRAPHQL)

        assert response.status_code == 200
        assert "errors" not in response.json()

    @pytest.mark.parametrize(
        ("document", "variables", "code"),
        [
            pytest.param("{", {}, "GRAPHQL_PARSE_FAILED", id="parsing"),
            pytest.param("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED", id="validation"),
            pytest.param(BRANDS, {"first": "many"}, "BAD_USER_INPUT", id="variables"),
        ],
    )
    async def test_what_cannot_run_is_200_in_the_old_type_and_400_in_the_new(
        self, door: Site, document: str, variables: dict[str, Any], code: str
    ) -> None:
        old = await door.post(document, **variables)
        new = await door.post(document, accept=GRAPHQL, **variables)

        assert (old.status_code, new.status_code) == (200, 400)
        assert "data" not in old.json()
        assert "data" not in new.json()
        assert code_of(old) == code_of(new) == code

    async def test_an_unknown_operation_is_told(self, door: Site) -> None:
        response = await door.send(body(operationName="Nobody"), accept=GRAPHQL)

        assert (response.status_code, code_of(response)) == (400, "OPERATION_RESOLUTION_FAILURE")


async def test_subscriptions_are_not_for_plain_http(door: Site) -> None:
    response = await door.post('subscription { bulletComments(roomId: "x") { seq } }')

    assert code_of(response) == "OPERATION_RESOLUTION_FAILURE"


async def test_a_token_is_who_asks(door: Site) -> None:
    token = await door.member_token("mei")

    response = await door.post("{ me { id } }", token=token)

    assert response.json()["data"]["me"]["id"].startswith("mem_")
    assert response.headers["cache-control"] == "private, no-store"


@pytest.mark.parametrize(
    "authorization",
    ["Bearer nobody", "Bearer", "Basic dTpw", "nonsense", "", "Bearer a b"],
)
async def test_a_token_that_says_nothing_never_makes_a_visitor(door: Site, authorization: str) -> None:
    response = await door.send(body(), authorization=authorization)

    assert (response.status_code, code_of(response)) == (401, "UNAUTHENTICATED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_what_a_visitor_may_not_ask_is_unauthenticated(door: Site) -> None:
    document = "{ myOrders(first: 1) { nodes { id } } }"

    assert code_of(await door.post(document)) == "UNAUTHENTICATED"
    assert (await door.post(document, accept=GRAPHQL)).status_code == 401


@pytest.mark.parametrize(
    ("accepted", "begins"),
    [("", "请"), ("zh-CN,zh;q=0.9,en;q=0.8", "请"), ("en", "Log"), ("en-GB;q=0.9, zh;q=0.5", "Log"), ("fr;q=x", "请")],
)
async def test_people_are_answered_in_their_language(door: Site, accepted: str, begins: str) -> None:
    response = await door.send(body(query="{ myOrders(first: 1) { nodes { id } } }"), accept_language=accepted)

    assert response.json()["errors"][0]["message"].startswith(begins)


async def test_a_request_id_is_echoed_or_made(door: Site) -> None:
    echoed = await door.send(body(), x_request_id="from-the-app.42")
    made = await door.send(body(), x_request_id="a\tb")

    assert echoed.headers["x-request-id"] == "from-the-app.42"
    assert len(made.headers["x-request-id"]) == 36


async def test_the_cost_is_told(door: Site) -> None:
    response = await door.post(BRANDS, first=10)

    assert response.json()["extensions"]["cost"] == {"requested": 10, "maximum": 5000}


async def test_han_characters_are_written_as_they_are(door: Site) -> None:
    response = await door.post("{ myOrders(first: 1) { nodes { id } } }")

    assert "请先登录".encode() in response.content


class TestOrigins:
    async def test_pages_of_known_origins_may_read_answers(self, door: Site) -> None:
        response = await door.send(body(), origin="https://shop.example")

        assert response.headers["access-control-allow-origin"] == "https://shop.example"

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://shop.example.evil.example"])
    async def test_others_may_not(self, door: Site, origin: str) -> None:
        response = await door.send(body(), origin=origin)
        preflight = await door.client.options("/graphql", headers={"origin": origin})

        assert "access-control-allow-origin" not in response.headers
        assert preflight.status_code == 403

    async def test_a_browser_may_ask_first(self, door: Site) -> None:
        preflight = await door.client.options("/graphql", headers={"origin": "https://shop.example"})

        assert preflight.status_code == 204
        assert "Authorization" in preflight.headers["access-control-allow-headers"]


async def test_an_operation_that_takes_too_long_is_ended() -> None:
    async with served(operation_s=0.1) as site:
        old = await site.post("{ slow(seconds: 5) }")
        new = await site.post("{ slow(seconds: 5) }", accept=GRAPHQL)

        assert (old.status_code, code_of(old)) == (200, "TIMEOUT")
        assert (new.status_code, code_of(new)) == (503, "TIMEOUT")
        assert (site.tiny.cancelled, site.tiny.running) == (2, 0)


async def test_an_operation_is_cancelled_when_its_client_leaves() -> None:
    async with served() as site:
        asking = asyncio.create_task(site.post("mutation { slowly(seconds: 5) }"))
        await until(lambda: site.tiny.running == 1)

        asking.cancel()

        await until(lambda: site.tiny.running == 0)
        assert site.tiny.cancelled == 1


async def test_a_fault_tells_its_request_id_and_nothing_else() -> None:
    async with served() as site:
        response = await site.post("{ fault }")

    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "INTERNAL", "requestId": response.headers["x-request-id"]}
    assert "secret" not in response.text


async def test_a_database_that_is_away_when_the_caller_is_looked_up_asks_to_try_later() -> None:
    async with served() as site:
        response = await site.post("{ here }", token="down")

    assert (response.status_code, code_of(response)) == (503, "OVERLOADED")
    assert response.headers["retry-after"] == "1"


async def test_too_many_requests_are_throttled_and_refused_documents_cost_more(dsn: str) -> None:
    async with running(dsn, limits={"visitor_requests_per_minute": 20}) as site:
        for _ in range(3):
            assert (await site.post("{ nothing }")).status_code == 200
        statuses = [(await site.post(TYPENAME)).status_code for _ in range(5)]
        throttled = await site.post(TYPENAME)

    assert statuses[:2] == [200, 200]
    assert (throttled.status_code, code_of(throttled)) == (429, "RATE_LIMITED")
    assert int(throttled.headers["retry-after"]) >= 1


async def test_an_overloaded_server_says_so_at_once(dsn: str) -> None:
    async with running(dsn, limits={"operations_at_once": 0}) as site:
        response = await site.post(TYPENAME)

    assert (response.status_code, code_of(response)) == (503, "OVERLOADED")
    assert response.headers["retry-after"] == "1"


async def test_readiness_ends_when_draining_begins(site: Site) -> None:
    assert (await site.client.get("/readyz")).status_code == 200

    site.pond.gate.draining = True

    assert (await site.client.get("/readyz")).status_code == 503
    assert (await site.client.get("/livez")).status_code == 200


async def test_no_header_tells_what_we_run(door: Site) -> None:
    assert "server" not in (await door.post(TYPENAME)).headers
