"""An operation over a limit is refused before anything runs, with a code that says which limit it was."""

import time
from dataclasses import replace
from typing import Any

import pytest

from engine import Limits, Rejected
from tests.engine.library import Desk, library

schema = library()


def codes(query: str, variables: dict[str, Any] | None = None, **limits: int) -> list[str]:
    """The codes of a refusal; nothing if the operation may run."""
    desk = Desk(limits=replace(Limits(), **limits))
    try:
        schema.prepare(query, variables, context_value=desk)
    except Rejected as rejected:
        return [(error.extensions or {})["code"] for error in rejected.errors]
    finally:
        assert desk.asked == []
    return []


def cost(query: str, variables: dict[str, Any] | None = None) -> int:
    return schema.prepare(query, variables, context_value=Desk()).cost


def chain(length: int, body: str) -> str:
    """A query of so many fragments, each of which spreads the next where the body says so."""
    fragments = [f"fragment F{n} on Book {{ {body.replace('NEXT', f'...F{n + 1}')} }}" for n in range(length)]
    return " ".join(["{ book { ...F0 } }", *fragments, f"fragment F{length} on Book {{ id }}"])


@pytest.mark.parametrize(
    ("query", "limits", "code"),
    [
        pytest.param("{ book { id } }" + "#x\n" * 10, {"tokens": 5}, "TOKEN_LIMIT", id="tokens"),
        pytest.param("{ book { id } }" + "#x\n" * 30, {"tokens": 20}, "TOKEN_LIMIT", id="comments"),
        pytest.param("{ book { related { id } } }", {"depth": 2}, "DEPTH_LIMIT", id="depth"),
        pytest.param("{ book { id title } }", {"fields": 2}, "BREADTH_LIMIT", id="fields"),
        pytest.param("{ book { id @skip(if: true) title } }", {"fields": 2}, "BREADTH_LIMIT", id="skipped fields count"),
        pytest.param("{ a: book { id } b: book { id } }", {"root_fields": 1}, "ROOT_LIMIT", id="root fields"),
        pytest.param("mutation { a: tryLend(number: 1) { id } b: tryLend(number: 1) { id } }", {"root_mutations": 1},
                     "ROOT_LIMIT", id="root mutations"),
        pytest.param("mutation { a: pay b: pay }", {}, "ROOT_LIMIT", id="mutations of money"),
        pytest.param("{ books(first: 100) { related { id } } }", {"cost": 199}, "COST_LIMIT", id="cost"),
        pytest.param("{ books(first: 101) { id } }", {}, "BAD_USER_INPUT", id="page too long"),
        pytest.param("{ books(first: 0) { id } }", {}, "BAD_USER_INPUT", id="page too short"),
        pytest.param("{ books(last: -1) { id } }", {}, "BAD_USER_INPUT", id="negative page"),
    ],
)  # fmt: skip
def test_what_is_over_a_limit_is_refused(query: str, limits: dict[str, int], code: str) -> None:
    assert codes(query, **limits) == [code]


@pytest.mark.parametrize(
    ("query", "variables", "objects"),
    [
        pytest.param("{ book { id title } }", None, 3, id="a field costs what it declares, an attribute nothing"),
        pytest.param("{ books(first: 7) { id } }", None, 7, id="a list costs its page"),
        pytest.param("{ books { id } }", None, 20, id="by default, if the client says nothing"),
        pytest.param("{ books(first: 10) { related(first: 10) { related { id } } } }", None,
                     10 * (1 + 10 * (1 + 20)), id="lists within lists multiply"),
        pytest.param("query ($n: Int!) { books(first: $n) { id } }", {"n": 9}, 9, id="from a variable"),
        pytest.param("query ($n: Int! = 8) { books(first: $n) { id } }", {}, 8, id="from the default of a variable"),
        pytest.param("query ($n: Int) { books(last: $n) { id } }", {"n": 5}, 20, id="the largest of two"),
        pytest.param('{ byIds(ids: ["a", "b", "c"]) { id } }', None, 3, id="as many as ids"),
        pytest.param("query ($ids: [ID!]!) { byIds(ids: $ids) { id } }", {"ids": ["a"] * 6}, 6, id="ids in a variable"),
        pytest.param("{ book { ...A ...A } } fragment A on Book { related { id } }", None, 3 + 2 * 20,
                     id="a fragment as often as it is spread"),
        pytest.param("{ books(first: 2) { sequels { related(first: 3) { id } } } }", None, 2 * (1 + 1 + 3),
                     id="a list without pages costs what its field declares"),
        pytest.param("{ book { sequels { sequels { id } } } }", None, 3 + 1 + 100 * 1,
                     id="a list without pages within itself is as long as a page may be"),
        pytest.param("{ book { parts { parts { id } } } }", None, 3 + 1 + 1, id="a tree is as long however deep"),
        pytest.param("{ book { ...A } } fragment A on Book { sequels { related(first: 2) { ...B } } } "
                     "fragment B on Book { sequels { id } }", None, 3 + 1 + 100 * 2 * (1 + 1),
                     id="with other things between, and in fragments"),
    ],
)  # fmt: skip
def test_cost_is_the_number_of_objects_that_may_be_loaded(
    query: str, variables: dict[str, Any] | None, objects: int
) -> None:
    assert cost(query, variables) == objects


async def test_cost_and_its_maximum_are_told_if_that_is_wanted() -> None:
    result = await library(tell_cost=True).execute("{ books(first: 2) { id } }", context_value=Desk())

    assert result.extensions == {"cost": {"requested": 2, "maximum": 5000}}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        pytest.param(chain(100, "related{NEXT} b:related{NEXT}"), "BREADTH_LIMIT", id="two fields each"),
        pytest.param(chain(100, "NEXT NEXT"), "BREADTH_LIMIT", id="two spreads each"),
        pytest.param(chain(60, "...{NEXT} ...{NEXT}"), "BREADTH_LIMIT", id="two inline fragments each"),
        pytest.param(chain(30, "related { NEXT }"), "DEPTH_LIMIT", id="one field each"),
        pytest.param(chain(5, "sequels { NEXT }"), "COST_LIMIT", id="a list without pages within itself"),
        pytest.param("{ book { " + "id " * 900 + "} }", "BREADTH_LIMIT", id="the same field again and again"),
        pytest.param("{ book { " + "related { id } " * 300 + "} }", "BREADTH_LIMIT", id="the same object again"),
        pytest.param("query A { book { id } } query B { book { " + "related { id } " * 300 + "} }",
                     "BREADTH_LIMIT", id="in an operation that is not run"),
        pytest.param("{ book { id } } fragment Unused on Book { " + "related { id } " * 300 + "}",
                     "BREADTH_LIMIT", id="in a fragment that is not used"),
        pytest.param("{ book { " + "...{" * 160 + "id" + "}" * 160 + "} }", "DEPTH_LIMIT", id="inline fragments"),
        pytest.param("#x\n" * 200_000 + "{ book { id } }", "TOKEN_LIMIT", id="comments"),
        pytest.param("{ book { ...A } } fragment A on Book { related { ...B } b: related { ...B } } "
                     "fragment B on Book { related { ...A } b: related { ...A } }",
                     "GRAPHQL_VALIDATION_FAILED", id="fragments that go round"),
        pytest.param("fragment __schema on Book { related { ...F0 } }" + chain(15, "related { NEXT }"),
                     "DEPTH_LIMIT", id="a fragment with the name of the introspection"),
    ],
)  # fmt: skip
def test_a_bomb_is_refused_at_once(query: str, code: str) -> None:
    seconds = []
    for _ in range(3):  # the quickest counts: the collector may stop by
        desk, schema, started = Desk(), library(), time.process_time()
        with pytest.raises(Rejected) as rejected:
            schema.prepare(query, context_value=desk)
        seconds.append(time.process_time() - started)

    assert {(error.extensions or {})["code"] for error in rejected.value.errors} == {code}
    assert min(seconds) < 0.05


def test_a_fragment_that_is_cheap_in_one_place_may_be_too_deep_in_another() -> None:
    query = "{ a: book { ...A } b: book { related { related { ...A } } } } fragment A on Book { related { id } }"

    assert codes(query, depth=4) == ["DEPTH_LIMIT"]


def test_only_the_operation_that_is_to_run_has_to_keep_to_its_own_limits() -> None:
    query = "query A { book { id } } query B { a: book { id } b: book { id } }"

    assert codes(query, root_fields=1) == []


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        pytest.param("{ book", None, "GRAPHQL_PARSE_FAILED", id="syntax"),
        pytest.param("{ book { nope } }", None, "GRAPHQL_VALIDATION_FAILED", id="unknown field"),
        pytest.param("{ book { ...nope } }", None, "GRAPHQL_VALIDATION_FAILED", id="unknown fragment"),
        pytest.param("query ($n: Int!) { books(first: $n) { id } }", {"n": "x"}, "BAD_USER_INPUT", id="variable"),
        pytest.param("query ($n: Int!) { books(first: $n) { id } }", {}, "BAD_USER_INPUT", id="missing variable"),
        pytest.param("query ($n: Int!) { books(first: $n) { id } }", {"n": 2**31}, "BAD_USER_INPUT", id="32 bits"),
        pytest.param("query ($n: Int = 5) { books(first: $n) { id } }", {"n": None}, "BAD_USER_INPUT",
                     id="a page of null"),
        pytest.param("fragment A on Book { id }", None, "OPERATION_RESOLUTION_FAILURE", id="no operation"),
        pytest.param("", None, "OPERATION_RESOLUTION_FAILURE", id="no query"),
        pytest.param("query ($b: Boolean = true) { book { id @skip(if: $b) } }", {"b": None}, "BAD_USER_INPUT",
                     id="a switch that is null"),
    ],
)  # fmt: skip
def test_every_refusal_has_a_code(query: str, variables: dict[str, Any] | None, code: str) -> None:
    assert codes(query, variables) == [code]


def test_no_more_errors_are_told_than_the_limit_says() -> None:
    query = "{ book { " + " ".join(f"nope{n}" for n in range(100)) + " } }"

    assert len(codes(query, errors=10)) == 11  # ten, and that there are more


@pytest.mark.parametrize("query", [
    "{ book1 { id } }",
    "{ books(first1: 1) { id } }",
    "query ($n: Imt) { books(first: $n) { id } }",
])  # fmt: skip
def test_suggestions_can_be_switched_off(query: str) -> None:
    with pytest.raises(Rejected) as helpful:
        library().prepare(query, context_value=Desk())
    with pytest.raises(Rejected) as silent:
        library(suggestions=False).prepare(query, context_value=Desk())

    assert "Did you mean" in str(helpful.value)
    assert "Did you mean" not in str(silent.value)
