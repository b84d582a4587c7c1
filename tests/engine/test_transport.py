"""Strawberry's own ASGI application, over HTTP and websocket, does not notice whose executor it has."""

import warnings
from typing import Any

import pytest
from strawberry.asgi import GraphQL
from strawberry.asgi.test import GraphQLTestClient

from engine import Schema
from tests.engine.library import Desk, library

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # Starlette would rather have another HTTP client
    from starlette.testclient import TestClient


class App(GraphQL[Desk, None]):
    """Gives each request a desk."""

    async def get_context(self, *_: Any, **__: Any) -> Any:
        return Desk()


@pytest.fixture
def client() -> TestClient:
    return TestClient(App(library(tell_cost=True)))


def test_strawberrys_test_client_gets_its_answer(client: TestClient) -> None:
    response = GraphQLTestClient(client).query("query ($n: Int!) { books(first: $n) { title } }", {"n": 1})

    assert response.errors is None
    assert response.data == {"books": [{"title": "Book 0"}]}
    assert response.extensions == {"cost": {"requested": 1, "maximum": 5000}}


def test_a_refusal_is_an_answer_with_errors(client: TestClient) -> None:
    response = client.post("/", json={"query": "{ nope }"})

    assert response.status_code == 200
    assert response.json()["errors"][0]["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize("parameters", [{"query": "mutation { pay }"}, {"query": ""}, {"operationName": "X"}])
def test_a_request_without_an_operation_that_may_run_is_a_bad_request(
    client: TestClient, parameters: dict[str, str]
) -> None:
    response = client.get("/", params={"query": "{ book { id } }", **parameters})

    assert response.status_code == 400


def test_a_websocket_gets_its_events(client: TestClient) -> None:
    with client.websocket_connect("/", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        assert socket.receive_json()["type"] == "connection_ack"
        payload = {"query": "subscription { returned(count: 1) { title } }"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": payload})

        first, last = socket.receive_json(), socket.receive_json()

    assert first["payload"]["data"] == {"returned": {"title": "Book 0"}}
    assert last == {"type": "complete", "id": "1"}


def test_a_websocket_is_told_of_a_refusal(client: TestClient) -> None:
    with client.websocket_connect("/", subprotocols=["graphql-transport-ws"]) as socket:
        socket.send_json({"type": "connection_init"})
        socket.receive_json()
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": "subscription { nope }"}})

        assert socket.receive_json()["type"] == "error"


def test_it_is_a_strawberry_schema() -> None:
    assert isinstance(library(), Schema)
    assert "type Subscription" in library().as_str()
