"""What is known of each field of a schema: how it is served, who may ask for it and what it costs."""

from __future__ import annotations

import keyword
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    is_abstract_type,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from engine.fields import COST, MONEY, SCOPE, SCOPE_OF_TYPE, TREE, Kind, Mark, mark_of
from engine.inputs import Inputs

DEFINITION = "strawberry-definition"


@dataclass(frozen=True, slots=True)
class Facts:
    """One field of one type. A field without a mark is an attribute, or is served by Strawberry's own resolver."""

    field: StrawberryField
    definition: GraphQLField
    mark: Mark | None
    scope: object
    cost: int
    money: bool
    tree: bool
    unsupported: bool

    @property
    def waits(self) -> bool:
        """Whether the value takes a call that reads data, rather than a look at the record."""
        if self.mark is None:
            return not self.field.is_basic_field
        return self.mark.kind is not Kind.DERIVED


class Catalogue:
    """The facts of all fields of one schema."""

    def __init__(self, schema: GraphQLSchema, config: StrawberryConfig, scalars: Mapping[object, Any]) -> None:
        self.schema = schema
        self.config = config
        self.inputs = Inputs(scalars, config)
        self.read_attribute: Callable[[Any, str], object] = config.default_resolver
        self._facts: dict[tuple[str, str], Facts] = {}
        self._possible: dict[tuple[str, str], tuple[Facts, ...]] = {}

    def of(self, type_: GraphQLNamedType, name: str) -> Facts | None:
        """The facts of a field that this type itself declares; nothing for `__typename` and its like."""
        key = (type_.name, name)
        facts = self._facts.get(key)
        if facts is None:
            definition = getattr(type_, "fields", {}).get(name)
            if definition is None or DEFINITION not in definition.extensions:
                return None
            facts = self._facts[key] = self._look(type_, definition)
        return facts

    def possible(self, type_: GraphQLNamedType, name: str) -> tuple[Facts, ...]:
        """The facts of a field in this type and in every type that can stand for it."""
        key = (type_.name, name)
        found = self._possible.get(key)
        if found is None:
            declared = (self.of(each, name) for each in (type_, *self._concrete(type_)))
            found = self._possible[key] = tuple(facts for facts in declared if facts is not None)
        return found

    def fields_without_scope(self) -> list[str]:
        """Every field, as `Type.field`, that has no scope of its own nor of its type."""
        return [
            f"{type_.name}.{name}"
            for type_ in self._declared()
            for name in type_.fields
            if (facts := self.of(type_, name)) is not None and facts.scope is None
        ]

    def readable(self, name: str) -> bool:
        """Whether an attribute of this name can be written as `record.name`."""
        return self.read_attribute is getattr and name.isidentifier() and not keyword.iskeyword(name)

    def _concrete(self, type_: GraphQLNamedType) -> tuple[GraphQLObjectType, ...]:
        return tuple(self.schema.get_possible_types(type_)) if is_abstract_type(type_) else ()

    def _declared(self) -> Iterator[GraphQLObjectType | GraphQLInterfaceType]:
        for type_ in self.schema.type_map.values():
            if isinstance(type_, (GraphQLObjectType, GraphQLInterfaceType)) and DEFINITION in type_.extensions:
                yield type_

    def _look(self, type_: GraphQLNamedType, definition: GraphQLField) -> Facts:
        field: StrawberryField = definition.extensions[DEFINITION]
        scope = field.metadata.get(SCOPE)
        return Facts(
            field=field,
            definition=definition,
            mark=None if field.extensions else mark_of(field),  # an extension may refuse, so it is never passed by
            scope=own(type_, SCOPE_OF_TYPE) if scope is None else scope,
            cost=field.metadata.get(COST, 0 if field.is_basic_field else 1),
            money=bool(field.metadata.get(MONEY)),
            tree=bool(field.metadata.get(TREE)),
            unsupported=not self._is_root(type_) and _needs_place(field),
        )

    def _is_root(self, type_: GraphQLNamedType) -> bool:
        roots = (self.schema.query_type, self.schema.mutation_type, self.schema.subscription_type)
        return type_ in roots


def _needs_place(field: StrawberryField) -> bool:
    """Whether a resolver below the root may look at where in the answer it stands, which only graphql-core knows."""
    if field.extensions or type(field) is not StrawberryField:
        return True
    if mark_of(field) is not None:
        return False
    resolver = field.base_resolver
    return resolver is not None and resolver.info_parameter is not None


def own(type_: GraphQLNamedType, attribute: str) -> Any:
    """What a class decorator of ours left on the class of a type itself, or on the generic that it was made of."""
    definition: StrawberryObjectDefinition = type_.extensions[DEFINITION]
    for each in (definition, definition.concrete_of):
        if each is not None and attribute in each.origin.__dict__:
            return each.origin.__dict__[attribute]
    return None
