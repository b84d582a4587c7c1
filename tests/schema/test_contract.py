"""The contract: what is committed is what is served, described in full, with words for every refusal."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_introspection_type,
    is_specified_scalar_type,
)

import domain
import schema
from domain.refusals import Refusal
from schema.ids import Kind
from schema.messages import MESSAGES
from schema.root import sdl
from tests.pond import the_schema

ROOT = Path(schema.__file__).parent.parent
GRAPH: GraphQLSchema = the_schema()._schema


def own_types() -> list[Any]:
    return [
        kind
        for kind in GRAPH.type_map.values()
        if not is_introspection_type(kind) and not is_specified_scalar_type(kind)
    ]


def all_refusals() -> list[type[Refusal]]:
    for module in pkgutil.iter_modules(domain.__path__):
        importlib.import_module(f"domain.{module.name}")
    found, waiting = [], [Refusal]
    while waiting:
        kinds = waiting.pop().__subclasses__()
        found += kinds
        waiting += kinds
    return found


def bare() -> Iterator[str]:
    for kind in own_types():
        if not kind.description:
            yield kind.name
        if isinstance(kind, GraphQLEnumType):
            yield from (f"{kind.name}.{name}" for name, value in kind.values.items() if not value.description)
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType):
            for name, field in kind.fields.items():
                if not field.description:
                    yield f"{kind.name}.{name}"
                for argument, about in getattr(field, "args", {}).items():
                    if not about.description and argument != "input":
                        yield f"{kind.name}.{name}({argument}:)"


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    assert (ROOT / "schema" / "schema.graphql").read_text() == sdl(), "run: ./dev yutang schema --write"


def test_everything_in_the_schema_is_described() -> None:
    assert list(bare()) == []


@pytest.mark.parametrize("refusal", all_refusals(), ids=lambda refusal: refusal.__name__)
def test_every_refusal_has_a_code_and_words_in_two_languages(refusal: type[Refusal]) -> None:
    known = {*refusal.__dataclass_fields__, "path"}

    for words in MESSAGES[refusal.__name__]:
        assert {name for _, name, _, _ in Formatter().parse(words) if name} <= known
    assert refusal.code


def test_no_words_are_kept_for_a_refusal_that_is_gone() -> None:
    assert set(MESSAGES) <= {refusal.__name__ for refusal in all_refusals()}


def test_every_mutation_takes_one_input_and_gives_one_payload_that_may_refuse() -> None:
    assert GRAPH.mutation_type is not None
    for name, field in GRAPH.mutation_type.fields.items():
        assert set(field.args) == {"input"}, name
        # Nullable: what one mutation of a document did must not be lost in the fault of the next.
        assert isinstance(field.type, GraphQLObjectType), name
        assert {"userErrors", "warnings"} <= set(field.type.fields), name


def test_every_object_with_an_id_of_its_own_can_be_asked_for_by_it() -> None:
    from schema.root import _LOADERS

    nodes = {kind.name for kind in GRAPH.get_possible_types(GRAPH.type_map["Node"])}  # type: ignore[arg-type]

    assert len(_LOADERS) >= len(nodes)


def test_ids_of_different_kinds_begin_differently() -> None:
    words = [kind.value for kind in Kind]

    assert len(set(words)) == len(words)


def test_our_packages_are_ours_and_not_a_stranger_of_the_same_name() -> None:
    for name in ("app", "db", "domain", "engine", "providers", "resolvers", "schema", "subscriptions"):
        assert Path(importlib.import_module(name).__file__ or "").is_relative_to(ROOT)
