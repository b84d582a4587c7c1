"""Bad input, over HTTP and over a websocket: a clear answer each time, never a 500 and never a 1006."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from typing import Any
from uuid import uuid4

import pytest

from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_content import a_post
from tests.makers_guides import a_guide
from tests.makers_live import a_room
from tests.makers_members import a_member
from tests.pond import Pond
from tests.schema.test_orders import CANCEL, PLACE, line, placed
from tests.site import Site

WATCH = "subscription ($room: ID!) { liveRoomEvents(roomId: $room) { seq } }"
SNAPSHOT = "query ($room: ID!) { liveRoom(id: $room) { id } }"
NOBODYS = "liv_" + "0" * 32
NO_ID_OF_A_ROOM = [
    pytest.param(NOBODYS, id="nobody's"),
    pytest.param("prd_" + "0" * 32, id="of a product"),
    pytest.param("1 OR 1=1", id="of a database, perhaps"),
    pytest.param("", id="empty"),
    pytest.param("liv_" + "x" * 10_000, id="endless"),
]


async def pond_of(site: Site) -> Pond:
    """Makers' hands in the site's own database."""
    pond = Pond(site.pond.database)
    pond.time = site.pond.context().now()
    return pond


async def over_socket(site: Site, query: str, token: str | None = None, **variables: Any) -> Any:
    """The first message that answers an operation."""
    async with site.socket(token=token) as talk:
        await talk.subscribe(query, **variables)
        return await talk.hear()


async def test_malformed_json(site: Site) -> None:
    answer = await site.send('{"query": "{ me')

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
    async with site.socket() as talk:
        await talk.connection.send('{"type": "subscribe", "id"')
        assert (await talk.closed())[0] == 4400


@pytest.mark.parametrize("room", NO_ID_OF_A_ROOM)
async def test_an_unknown_room_or_the_id_of_something_else(site: Site, room: str) -> None:
    answer = await site.post(SNAPSHOT, room=room)
    message = await over_socket(site, WATCH, room=room)

    assert (answer.status_code, answer.json()["data"]) == (200, {"liveRoom": None})
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "NOT_FOUND")


@pytest.mark.parametrize("variables", [{}, {"room": None}, {"room": {"a": 1}}, {"room": True}, {"room": [NOBODYS]}])
async def test_an_id_of_the_wrong_type(site: Site, variables: dict[str, Any]) -> None:
    answer = await site.post(SNAPSHOT, **variables)
    message = await over_socket(site, WATCH, **variables)

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "BAD_USER_INPUT")


@pytest.mark.parametrize("quantity", [-1, 0, 1000, 2**31 - 1])
async def test_a_quantity_that_cannot_be(site: Site, quantity: int) -> None:
    variant = await a_variant(await pond_of(site))
    token = await site.member_token("mei")
    wanted = {"lines": [line(variant, quantity)], "idempotencyKey": uuid4().hex}

    over_http = (await site.ask(PLACE, token=token, input=wanted))["orderPlace"]
    message = await over_socket(site, PLACE, token, input=wanted)

    for payload in (over_http, message["payload"]["data"]["orderPlace"]):
        assert payload["order"] is None
        (error,) = payload["userErrors"]
        assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", "lines", "0", "quantity"])


@pytest.mark.parametrize("quantity", [2**31, 1.5, "3", None, [1]])
async def test_a_quantity_that_is_no_whole_number(site: Site, quantity: Any) -> None:
    token = await site.member_token("mei")
    wanted = {"lines": [{"variantId": "var_1", "quantity": quantity}], "idempotencyKey": "k"}

    answer = await site.post(PLACE, token=token, input=wanted)

    assert answer.status_code == 200
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_an_order_of_somebody_else(site: Site) -> None:
    pond = await pond_of(site)
    order_id = await placed(pond, await a_member(pond), line(await a_variant(pond)))
    token = await site.member_token("mei")
    read = "query ($id: ID!) { order(id: $id) { id } node(id: $id) { id } }"

    assert await site.ask(read, token=token, id=order_id) == {"order": None, "node": None}
    cancelled = await site.ask(CANCEL, token=token, id=order_id)
    message = await over_socket(site, CANCEL, token, id=order_id)

    assert cancelled["orderCancel"]["userErrors"] == [{"code": "NOT_FOUND", "path": ["input", "orderId"]}]
    assert message["payload"]["data"]["orderCancel"]["userErrors"] == [
        {"code": "NOT_FOUND", "path": ["input", "orderId"]}
    ]


async def test_an_expired_token(site: Site) -> None:
    token = await site.member_token("mei")
    async with site.pond.database.writing() as tx:
        await tx._connection.execute("UPDATE session SET access_expires_at = now() - interval '1 second'")

    answer = await site.post("{ me { id } }", token=token)

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    async with site.raw_socket() as talk:
        await talk.say(type="connection_init", payload={"token": token})
        assert (await talk.closed())[0] == 4401


async def test_a_token_that_nobody_gave(site: Site) -> None:
    answer = await site.post("{ me { id } }", token="nobody-gave-this")

    assert answer.status_code == 401
    async with site.raw_socket() as talk:
        await talk.say(type="connection_init", payload={"token": "nobody-gave-this"})
        assert (await talk.closed())[0] == 4401


async def test_a_visitor_who_must_log_in(site: Site) -> None:
    room, _ = await a_room(await pond_of(site))
    send = """mutation ($room: ID!) {
      bulletCommentSend(input: {liveRoomId: $room, text: "在吗"}) { seq } }"""

    answer = await site.post(send, room=id_of(Kind.LIVE_ROOM, room.id))
    message = await over_socket(site, send, room=id_of(Kind.LIVE_ROOM, room.id))

    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", "UNAUTHENTICATED")


@pytest.mark.parametrize("after", [-1, 2**53])
async def test_a_cursor_that_cannot_be(site: Site, after: int) -> None:
    room, _ = await a_room(await pond_of(site))
    room_id = id_of(Kind.LIVE_ROOM, room.id)
    since = "query ($room: ID!, $after: Long!) { liveRoomEventsSince(roomId: $room, after: $after) { nextAfter } }"
    watch = "subscription ($room: ID!, $after: Long) { liveRoomEvents(roomId: $room, after: $after) { seq } }"

    answer = await site.post(since, room=room_id, after=after)
    message = await over_socket(site, watch, room=room_id, after=after)

    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "BAD_USER_INPUT"


def forged(value: str) -> str:
    """A cursor that nobody gave out."""
    return urlsafe_b64encode(f"{'0' * 32}{value}".encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ("{ products(first: 1, after: $c, sort: { by: PRICE, direction: DESC }) { nodes { id } } }", "9" * 23),
        ("{ products(first: 1, after: $c, sort: { by: PRICE, direction: DESC }) { nodes { id } } }", str(2**63)),
        ("{ products(last: 1, before: $c, sort: { by: CREATED }) { nodes { id } } }", "2026-11-22T00:00:00"),
        ('{ search(text: "a", first: 2, after: $c) { nodes { id } } }', "9" * 23),
        ('{ search(text: "a", first: 2, after: $c) { nodes { id } } }', str(-(2**31) - 1)),
        ("{ posts(first: 1) { nodes { comments(first: 1, after: $c) { nodes { id } } } } }", str(2**31)),
        ("{ posts(first: 1) { nodes { comments(first: 1, after: $c) { nodes { id } } } } }", "²"),
        ("{ posts(first: 1, after: $c) { nodes { id } } }", "0001-01-01T00:00:00+14:00"),
        ("{ posts(first: 1, after: $c) { nodes { id } } }", "9999-12-31T23:59:59-14:00"),
    ],
)
async def test_a_cursor_that_was_forged(pond: Pond, document: str, value: str) -> None:
    await a_post(pond)

    assert await pond.errors(f"query($c: String) {document}", c=forged(value)) == ["BAD_USER_INPUT"]


@pytest.mark.parametrize(
    "time",
    [
        "1970-01-01T00:00:00+14:00",
        "9998-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
async def test_a_time_without_a_year_around_it(pond: Pond, time: str) -> None:
    board = "query ($at: DateTime) { leaderboard(metric: SALES, scope: NATION, period: YEAR, at: $at) { endsAt } }"

    assert await pond.errors(board, await a_guide(pond), at=time) == ["BAD_USER_INPUT"]


NUL_IN_A_TEXT = [
    '{ share(code: "\\u0000") { id } }',
    '{ category(slug: "\\u{0}") { id } }',
    '{ product(slug: "a\\u0000b") { id } }',
    '{ guide(shareCode: "\\u0000") { id } }',
    '{ node(id: "\\u0000") { id } }',
    '{ products(first: 1, where: { externalReference: { eq: "\\u0000" } }) { nodes { id } } }',
    '{ products(first: 1, where: { OR: [{ externalReference: { oneOf: ["a", "\\u0000"] } }] }) { nodes { id } } }',
    'query($slug: String = "\\u0000") { product(slug: $slug) { id } }',
    'query($slug: String!) { product(slug: $slug) { id @include(if: true) } other: product(slug: "\\u0000") { id } }',
    'mutation { shareVisit(input: { code: "\\u0000", visitorKey: "a" }) { userErrors { code } } }',
    """mutation { shareCreate(input: { target: "sto_1", channel: CHAT, parentCode: "\\u0000" }) {
        userErrors { code } } }""",
    """mutation { liveRoomSchedule(input: { title: "a", coverUrl: "\\u0000", scheduledAt: "2030-01-01T00:00:00Z" }) {
        userErrors { code } } }""",
    """mutation { orderPlace(input: { lines: [{ variantId: "var_1", quantity: 1 }], code: "\\u0000",
        idempotencyKey: "k" }) { userErrors { code } } }""",
]


@pytest.mark.parametrize("document", NUL_IN_A_TEXT)
async def test_a_text_with_nul(pond: Pond, document: str) -> None:
    member = await a_guide(pond)

    assert set(await pond.errors(document, member, slug="a")) == {"BAD_USER_INPUT"}


@pytest.mark.parametrize("half", ["\\ud83d", "\\ude00", "\\u{d83d}", "\ud83d"])
async def test_half_a_character(pond: Pond, half: str) -> None:
    assert await pond.errors(f'{{ share(code: "{half}") {{ id }} }}') == ["GRAPHQL_PARSE_FAILED"]


async def test_nul_and_half_characters_in_variables(site: Site) -> None:
    query = "query($code: String!) { share(code: $code) { id } }"

    for code in ("\\u0000", "\\ud83d"):
        answer = await site.send(f'{{"query": "{query}", "variables": {{"code": "{code}"}}}}')
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_REQUEST")
