"""The limits of an operation, and the measuring that is done before it is validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
)

from engine.errors import Code, refusal

NESTING_MAXIMUM = 250
_CAP = 10**9
_INTROSPECTION = frozenset({"__schema", "__type"})


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one operation may ask for. `errors` bounds those told of one refused document or of its variables."""

    tokens: int = 2000
    depth: int = 12
    cost: int = 5000
    fields: int = 2000
    root_fields: int = 20
    root_mutations: int = 3
    root_money_mutations: int = 1
    page_default: int = 20
    page_minimum: int = 1
    page_maximum: int = 100
    errors: int = 10


@dataclass(frozen=True, slots=True)
class Size:
    """How deep a selection goes, how many fields it has once fragments are written out, and how many stand on top."""

    depth: int = 0
    fields: int = 0
    top: int = 0

    def beside(self, other: Size) -> Size:
        """The size of two selections next to each other."""
        fields, top = min(self.fields + other.fields, _CAP), min(self.top + other.top, _CAP)
        return Size(max(self.depth, other.depth), fields, top)


class Measure:
    """Measures an operation of a document that may not be valid, in time linear in its text.

    Fields under @skip and @include count. Each fragment is measured once, however often it is spread;
    a spread that leads back to itself or nowhere measures nothing, for validation reports it.
    """

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._sizes: dict[str, Size] = {}
        self.too_nested = False
        self.switches: set[str] = set()

    def selections(self, node: SelectionSetNode, level: int = 0) -> Size:
        """The size of one selection set, `level` sets below the operation."""
        if level > NESTING_MAXIMUM:
            self.too_nested = True
            return Size()
        size = Size()
        for selection in node.selections:
            self.switches.update(_switches(selection))
            size = size.beside(self._selection(selection, level + 1))
        return size

    def _selection(self, node: SelectionNode, level: int) -> Size:
        if isinstance(node, FieldNode):
            return self._field(node, level)
        if isinstance(node, FragmentSpreadNode):
            return self._fragment(node.name.value, level)
        inline: Any = node
        return self.selections(inline.selection_set, level)

    def _field(self, node: FieldNode, level: int) -> Size:
        below = Size() if node.selection_set is None else self.selections(node.selection_set, level)
        depth = 1 if node.name.value in _INTROSPECTION else below.depth + 1
        return Size(depth, min(below.fields + 1, _CAP), 1)

    def _fragment(self, name: str, level: int) -> Size:
        if name not in self._sizes:
            self._sizes[name] = Size()
            fragment = self._fragments.get(name)
            if fragment is not None:
                self._sizes[name] = self.selections(fragment.selection_set, level)
        return self._sizes[name]


def _switches(node: SelectionNode) -> Iterator[str]:
    """The variables that decide whether a selection takes part."""
    for directive in node.directives or ():
        if directive.name.value in ("skip", "include"):
            for argument in directive.arguments or ():
                if isinstance(argument.value, VariableNode):
                    yield argument.value.name.value


@dataclass(frozen=True, slots=True)
class Measured:
    """What an operation measures, whatever its variables."""

    node: OperationDefinitionNode
    size: Size
    too_nested: bool
    switches: tuple[str, ...]

    @classmethod
    def of(cls, node: OperationDefinitionNode, fragments: Mapping[str, FragmentDefinitionNode]) -> Measured:
        """Measure one operation."""
        measure = Measure(fragments)
        size = measure.selections(node.selection_set)
        return cls(node, size, measure.too_nested, tuple(sorted(measure.switches)))

    def check(self, limits: Limits) -> None:
        """Refuse an operation that is too deep or too broad."""
        size = self.size
        if size.fields > limits.fields:
            raise self._over(Code.BREADTH_LIMIT, f"more than {limits.fields} fields")
        if self.too_nested or size.depth > limits.depth:
            raise self._over(Code.DEPTH_LIMIT, f"fields more than {limits.depth} levels deep")
        mutates = self.node.operation is OperationType.MUTATION
        roots = limits.root_mutations if mutates else limits.root_fields
        if size.top > roots:
            raise self._over(Code.ROOT_LIMIT, f"more than {roots} {'mutations' if mutates else 'root fields'}")

    def _over(self, code: Code, what: str) -> GraphQLError:
        return refusal(code, f"The operation selects {what}.", self.node)
