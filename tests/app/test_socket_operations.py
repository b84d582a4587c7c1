"""Operations over websockets: what runs, what is refused, what it costs."""

from __future__ import annotations

import json

import pytest

from tests.app.tiny import TinySite, served
from tests.app.watching import EVENTS, audience
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("both_ways")


async def test_queries_and_mutations_run_too(tiny: TinySite) -> None:
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
async def test_one_that_is_refused_leaves_the_others_alone(tiny: TinySite, document: str, code: str) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe(document, "bad")
        refused = await talk.hear()
        await talk.subscribe("{ here }", "good")

        assert (refused["id"], refused["type"]) == ("bad", "error")
        assert refused["payload"][0]["extensions"]["code"] == code
        assert (await talk.hear())["payload"] == {"data": {"here": True}}


async def test_a_fault_is_masked(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe("{ fault }")
        answer = await talk.hear()

    (error,) = answer["payload"]["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in json.dumps(answer)


async def test_a_private_subscription_runs_to_its_end(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe("subscription { ticks(count: 3) }")
        heard = [await talk.hear() for _ in range(4)]

    assert [message["payload"]["data"]["ticks"] for message in heard[:3]] == [0, 1, 2]
    assert heard[3] == {"id": "1", "type": "complete"}


async def test_completing_cancels_what_runs(tiny: TinySite) -> None:
    before = tiny.tiny.cancelled
    async with tiny.socket() as talk:
        await talk.subscribe("{ slow(seconds: 9) }")
        await until(lambda: tiny.tiny.running)
        await talk.say(type="complete", id="1")
        await talk.subscribe("{ slow(seconds: 9) }")
        await talk.say(type="complete", id="1")
        await talk.subscribe("{ here }")

        assert (await talk.hear())["payload"] == {"data": {"here": True}}
        await until(lambda: not tiny.tiny.running)
    assert before < tiny.tiny.cancelled <= before + 2, "the second may not have begun"


async def test_leaving_cancels_what_runs(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        await talk.subscribe("{ slow(seconds: 9) }", "1")
        await talk.subscribe(EVENTS, "2", room="all")
        await until(lambda: tiny.tiny.running)
        await audience(tiny, 1)

    await until(lambda: not tiny.tiny.running)
    await audience(tiny, 0)


async def test_an_operation_that_takes_too_long_is_ended() -> None:
    async with served(operation_s=0.1) as site, site.socket() as talk:
        await talk.subscribe("{ slow(seconds: 9) }")

        assert (await talk.hear())["payload"]["errors"][0]["extensions"]["code"] == "TIMEOUT"


async def test_ten_subscriptions_fit_on_a_connection_and_queries_beside_them(tiny: TinySite) -> None:
    async with tiny.socket() as talk:
        for name in range(11):
            await talk.subscribe(EVENTS, str(name), room="all")
        refused = await talk.hear()
        await talk.subscribe("{ here }", "a query")  # an id with a space would close the connection
        assert (refused["id"], refused["type"]) == ("10", "error")
        assert refused["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT"


async def test_operations_cost_as_much_as_over_http_and_refused_documents_more() -> None:
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


async def test_a_member_pays_from_the_same_bucket_on_every_connection() -> None:
    async with served(member_requests_per_minute=2) as site:
        for expected in ("next", "next", "error"):
            async with site.socket(token="mei") as talk:
                await talk.subscribe("{ here }")
                assert (await talk.hear())["type"] == expected
        async with site.socket() as talk:
            await talk.subscribe("{ here }")
            assert (await talk.hear())["type"] == "next"
