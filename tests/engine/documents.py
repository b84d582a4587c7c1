"""Draws documents for any schema: aliases, fragments, variables, directives; most of them are valid."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_argument,
)

_LITERALS: dict[str, list[Any]] = {
    "Int": [0, 1, 2, 3],
    "Float": [0.5, 2, -1.25],
    "String": ["a", "b\n", ""],
    "Boolean": [True, False],
    "ID": ["x", 7],
    "Even": [0, 2],
}


@dataclass
class Drawn:
    """A document and the variables to run it with."""

    text: str
    variables: dict[str, Any]


@dataclass
class Pen:
    """Writes one document, of at most so many fields."""

    schema: GraphQLSchema
    random: Random
    fields: int = 25
    variables: dict[str, Any] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    fragments: list[tuple[str, str, str]] = field(default_factory=list)
    settled: dict[tuple[str, str], str] = field(default_factory=dict)

    def document(self) -> Drawn:
        """One operation and its fragments."""
        kind = self.random.choices(["query", "mutation", "subscription"], [8, 2, 1])[0]
        if kind == "subscription":
            body = self.subscription()
        else:
            root: Any = self.schema.query_type if kind == "query" else self.schema.mutation_type
            body = self.selections(root, 0)
        declared = f"({', '.join(self.definitions)})" if self.definitions else ""
        parts = [f"{kind} Drawn{declared} {body}"] + [f"fragment {n} on {t} {b}" for n, t, b in self.fragments]
        return Drawn("\n".join(parts), self.variables)

    def subscription(self) -> str:
        """One field, as a subscription has to have."""
        root: Any = self.schema.subscription_type
        return f"{{ {self.one(root, self.random.choice(list(root.fields)), 0)} }}"

    def selections(self, type_: Any, depth: int) -> str:
        """A selection set, never empty."""
        written = [self.selection(type_, depth) for _ in range(self.random.randint(1, 5 if depth < 3 else 3))]
        return f"{{ {' '.join(written)} }}"

    def selection(self, type_: Any, depth: int) -> str:
        """A field or a fragment."""
        names = list(getattr(type_, "fields", ()))
        if depth < 7 and self.random.random() < (0.15 if names else 0.8):
            return self.fragment(type_, depth)
        if not names or self.random.random() < 0.1:
            return self.maybe("__typename")
        self.fields -= 1
        name = self.random.choice(names)
        if (depth > 5 or self.fields < 0) and is_composite_type(get_named_type(type_.fields[name].type)):
            return "__typename"
        return self.one(type_, name, depth)

    def one(self, type_: Any, name: str, depth: int) -> str:
        """A field. Without an alias it always has the same arguments, so that it can stand beside itself."""
        definition = type_.fields[name]
        alias, arguments = "", self.settled.get((type_.name, name))
        if arguments is None or self.random.random() < 0.3:
            fresh = self.arguments(definition)
            if arguments is None:
                arguments = self.settled[type_.name, name] = fresh
            else:
                alias, arguments = f"k{self.random.randint(0, 9**9)}: ", fresh
        named = get_named_type(definition.type)
        below = self.selections(named, depth + 1) if is_composite_type(named) else ""
        return f"{alias}{name}{arguments}{self.directive() if depth else ''} {below}"

    def maybe(self, text: str) -> str:
        """A selection that may be switched off."""
        return f"{text}{self.directive()}"

    def directive(self) -> str:
        """Nothing, or a directive with a literal or a variable."""
        if self.random.random() > 0.15:
            return ""
        chosen = self.random.random() < 0.6
        value = str(chosen).lower()
        if self.random.random() < 0.6:
            value = self.declare("Boolean!", chosen, f" = {value}" if self.random.random() < 0.3 else "")
        return f" @{self.random.choice(['include', 'skip'])}(if: {value})"

    def fragment(self, type_: Any, depth: int) -> str:
        """An inline fragment, a new fragment or one that was written before."""
        condition = self.condition(type_)
        again = [name for name, on, _ in self.fragments if on == condition.name]
        if again and self.random.random() < 0.5:
            return self.maybe(f"...{self.random.choice(again)}")
        body = self.selections(condition, depth + 1)
        if self.random.random() < 0.4:
            self.fragments.append((f"F{len(self.fragments)}", condition.name, body))
            return self.maybe(f"...{self.fragments[-1][0]}")
        return f"{self.maybe('...' if condition is type_ else f'... on {condition.name}')} {body}"

    def condition(self, type_: Any) -> GraphQLNamedType:
        """A type that can stand where this one stands."""
        if is_abstract_type(type_):
            return self.random.choice([type_, *self.schema.get_possible_types(type_)])
        return self.random.choice([type_, type_, *type_.interfaces])

    def arguments(self, definition: Any) -> str:
        """The arguments of a field, without some that need not be given."""
        given = [
            f"{name}: {self.given(argument)}"
            for name, argument in definition.args.items()
            if is_required_argument(argument) or self.random.random() < 0.5
        ]
        return f"({', '.join(given)})" if given else ""

    def given(self, argument: Any) -> str:
        """A literal or a variable."""
        value = self.value(argument.type)
        if self.random.random() < 0.5:
            return literal(value, argument.type)
        default = f" = {literal(value, argument.type)}" if self.random.random() < 0.3 and value is not None else ""
        return self.declare(str(argument.type), value, default)

    def declare(self, type_: str, value: Any, default: str) -> str:
        """A new variable, which may be left out if it may."""
        name = f"v{len(self.definitions)}"
        self.definitions.append(f"${name}: {type_}{default}")
        omissible = bool(default) or not type_.endswith("!")
        if not (omissible and self.random.random() < 0.4):
            self.variables[name] = value if self.random.random() > 0.01 else {"wrong": object.__name__}
        return f"${name}"

    def value(self, type_: Any) -> Any:
        """A value of an input type, as it would stand in JSON."""
        if isinstance(type_, GraphQLNonNull):
            return self.value_of(type_.of_type)
        return None if self.random.random() < 0.2 else self.value_of(type_)

    def value_of(self, type_: Any) -> Any:
        """A value that is not null."""
        if isinstance(type_, GraphQLList):
            return [self.value(type_.of_type) for _ in range(self.random.randint(0, 3))]
        if isinstance(type_, GraphQLEnumType):
            return self.random.choice(list(type_.values))
        if isinstance(type_, GraphQLInputObjectType):
            return {name: self.value(each.type) for name, each in type_.fields.items() if self.random.random() < 0.6}
        assert isinstance(type_, GraphQLScalarType), type_
        return self.random.choice(_LITERALS[type_.name])


def literal(value: Any, type_: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(type_, GraphQLNonNull):
        return literal(value, type_.of_type)
    if isinstance(value, list):
        return f"[{', '.join(literal(item, type_.of_type) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{name}: {literal(item, type_.fields[name].type)}' for name, item in value.items())}}}"
    return value if isinstance(type_, GraphQLEnumType) and value else json.dumps(value)
