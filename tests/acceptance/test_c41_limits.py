"""C41: operations that ask for too much are refused before anything is read, however they hide it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.deployments import Shop
from tests.makers_members import a_member
from tests.pond import Pond, statements
from tests.schema.test_orders import PLACE

BOMB = "products(first: 100) { nodes { id variants { id } } }"
PLACED = 'orderPlace(input: {lines: [{variantId: "var_1", quantity: 1}], idempotencyKey: "k"}) { userErrors { code } }'
SAVED = 'profileUpdate(input: {nickname: "Mei"}) { userErrors { code } }'


def aliased(many: int, field: str) -> str:
    return " ".join(f"a{n}: {field}" for n in range(many))


def nested(times: int) -> str:
    """Variants of products of variants …: what the facets of facets of a catalogue are here."""
    return "variants { product { " * times + "id" + " } }" * times


def laughing(many: int) -> str:
    """Fragments on an interface, each of which spreads the next twice."""
    chain = " ".join(f"fragment F{n} on Node {{ ...F{n + 1} ...F{n + 1} }}" for n in range(many))
    return f'{{ node(id: "prd_1") {{ ...F0 }} }} {chain} fragment F{many} on Node {{ id }}'


REFUSED = [
    pytest.param("{ " + aliased(21, "categories { id }") + " }", "ROOT_LIMIT", id="21 aliases"),
    pytest.param("mutation { " + aliased(4, SAVED) + " }", "ROOT_LIMIT", id="four mutations"),
    pytest.param("mutation { " + aliased(2, PLACED) + " }", "ROOT_LIMIT", id="two mutations of money"),
    pytest.param("mutation { ...M } fragment M on Mutation { " + aliased(2, PLACED) + " }", "ROOT_LIMIT",
                 id="two mutations of money in a fragment"),
    pytest.param("{ ...Q ...R } fragment Q on Query { " + aliased(11, "categories { id }") + " } fragment R on Query { "
                 + aliased(11, "categories { id }").replace("a", "b", 11) + " }", "ROOT_LIMIT",
                 id="aliases in two fragments"),
    pytest.param("{ products(first: 100) { nodes { " + nested(2) + " } } }", "COST_LIMIT", id="facet bomb"),
    pytest.param('{ product(slug: "a") { ' + nested(7) + " } }", "DEPTH_LIMIT", id="deep facet bomb"),
    pytest.param('{ nodes(ids: ["prd_1", "var_1"]) { ... on Product { ...P } ... on Variant { product { ...P } } } } '
                 "fragment P on Product { " + nested(3) + " }", "COST_LIMIT",
                 id="facet bomb in fragments on an interface"),
    pytest.param(laughing(30), "BREADTH_LIMIT", id="fragments that laugh"),
    pytest.param("{ " + aliased(20, BOMB) + " }", "COST_LIMIT", id="20 long lists"),
    pytest.param("{ products(first: 101) { nodes { id } } }", "BAD_USER_INPUT", id="a page too long"),
    pytest.param("{ " + "categories { id } " * 800 + " }", "TOKEN_LIMIT", id="tokens"),
]  # fmt: skip


async def asked(shop: Shop, query: str, token: str) -> Any:
    headers = {"authorization": f"Bearer {token}"}
    return (await shop.client.post("/graphql", json={"query": query}, headers=headers)).json()


@pytest.mark.parametrize(("query", "code"), REFUSED)
async def test_what_asks_for_too_much_is_refused_before_sql(shop: Shop, query: str, code: str) -> None:
    member = await a_member(shop.pond)
    answer = await asked(shop, query, await shop.a_token(member))

    with statements() as log:
        result = await shop.pond.execute(query, member)

    assert ("data" not in answer, [one["extensions"]["code"] for one in answer["errors"]]) == (True, [code])
    assert ([one.extensions["code"] for one in result.errors], log) == ([code], [])


async def test_as_much_as_is_allowed_is_answered(shop: Shop, pond: Pond) -> None:
    assert "errors" not in await asked(shop, "{ " + aliased(20, "categories { id }") + " }", await shop.a_token())
    member = await a_member(pond)
    with statements() as log:
        await pond.ask(PLACE, member, input={"lines": [], "idempotencyKey": "k"})
    assert log == [], "what is out of bounds is refused without a look at the database"
