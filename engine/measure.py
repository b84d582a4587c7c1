"""Measures a document before it is validated, because validating a hostile one may already take too long."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
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
from engine.limits import Limits

NESTING_MAXIMUM = 150
_CAP = 10**9
_INTROSPECTION = frozenset({"__schema", "__type"})
_SPREADS_PER_FIELD = 2


@dataclass(frozen=True, slots=True)
class Size:
    """How large a selection is once its fragments are written out: levels, fields, fields on top, nodes of any kind."""

    depth: int = 0
    fields: int = 0
    top: int = 0
    nodes: int = 0

    def beside(self, other: Size) -> Size:
        """The size of two selections next to each other."""
        return Size(
            max(self.depth, other.depth),
            min(self.fields + other.fields, _CAP),
            min(self.top + other.top, _CAP),
            min(self.nodes + other.nodes, _CAP),
        )


class Measure:
    """Measures all operations of a document that may not be valid, in time linear in its text.

    Fields under @skip and @include count. Each fragment is measured once, however often it is spread;
    a spread that leads back to itself or nowhere measures nothing, for validation reports it.
    """

    def __init__(
        self, operations: Iterable[OperationDefinitionNode], fragments: Mapping[str, FragmentDefinitionNode]
    ) -> None:
        self._fragments = fragments
        self._sizes: dict[str, Size | None] = {}
        self.is_cyclic = False
        self.is_too_nested = False
        self.switches: set[str] = set()
        self._operations = {id(node): self._selections(node.selection_set, 0) for node in operations}
        used = set(self._sizes)
        for name in fragments:
            self._fragment(name, 0)
        self.unused = [fragments[name] for name in fragments if name not in used]

    def of(self, operation: OperationDefinitionNode) -> Size:
        """The size of one operation."""
        return self._operations[id(operation)]

    @property
    def total(self) -> Size:
        """The size of all operations, and of the fragments that none of them uses."""
        total = Size()
        for size in (*self._operations.values(), *(self._fragment(node.name.value, 0) for node in self.unused)):
            total = total.beside(size)
        return total

    def _selections(self, node: SelectionSetNode, level: int) -> Size:
        if level > NESTING_MAXIMUM:
            self.is_too_nested = True
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
            return self._fragment(node.name.value, level).beside(Size(nodes=1))
        inline: Any = node
        return self._selections(inline.selection_set, level).beside(Size(nodes=1))

    def _field(self, node: FieldNode, level: int) -> Size:
        below = Size() if node.selection_set is None else self._selections(node.selection_set, level)
        depth = 1 if node.name.value in _INTROSPECTION else below.depth + 1
        return Size(depth, min(below.fields + 1, _CAP), 1, min(below.nodes + 1, _CAP))

    def _fragment(self, name: str, level: int) -> Size:
        if name not in self._sizes:
            self._sizes[name] = None
            fragment = self._fragments.get(name)
            self._sizes[name] = Size() if fragment is None else self._selections(fragment.selection_set, level)
        size = self._sizes[name]
        self.is_cyclic |= size is None
        return size or Size()


def _switches(node: SelectionNode) -> Iterator[str]:
    """The variables that decide whether a selection takes part."""
    for directive in node.directives or ():
        if directive.name.value in ("skip", "include"):
            for argument in directive.arguments or ():
                if isinstance(argument.value, VariableNode):
                    yield argument.value.name.value


def overlaps(sets: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode], most: int) -> int:
    """How many pairs of fields stand in the same place of the answer; counting stops beyond `most`.

    Takes time in proportion to the nodes of the written-out document, which has to be without cycles.
    """
    counts: dict[str, int] = defaultdict(int)
    below: dict[str, list[SelectionSetNode]] = defaultdict(list)
    for field in _fields(sets, fragments):
        key = (field.alias or field.name).value
        counts[key] += 1
        if field.selection_set is not None:
            below[key].append(field.selection_set)
    pairs = sum(count * (count - 1) // 2 for count in counts.values())
    for inner in below.values():
        if pairs > most:
            break
        pairs += overlaps(inner, fragments, most - pairs)
    return pairs


def _fields(sets: list[SelectionSetNode], fragments: Mapping[str, FragmentDefinitionNode]) -> Iterator[FieldNode]:
    pending: list[SelectionNode] = [selection for each in sets for selection in each.selections]
    while pending:
        node = pending.pop()
        if isinstance(node, FieldNode):
            yield node
            continue
        fragment: Any = fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else node
        if fragment is not None:
            pending += fragment.selection_set.selections


def check_whole(measure: Measure, sets: list[SelectionSetNode], fragments: Any, limits: Limits) -> None:
    """Refuse a document that would take long to validate, whichever of its operations is to run."""
    if measure.is_too_nested:
        raise refusal(Code.DEPTH_LIMIT, f"The document nests more than {NESTING_MAXIMUM} selections.")
    if measure.is_cyclic:
        return
    if measure.total.nodes > limits.fields * (1 + _SPREADS_PER_FIELD):
        raise refusal(Code.BREADTH_LIMIT, f"The document selects more than {limits.fields} fields.")
    if sum(overlaps([each], fragments, limits.overlaps) for each in sets) > limits.overlaps:
        raise refusal(Code.BREADTH_LIMIT, "The document selects the same fields over and over.")


def check_operation(node: OperationDefinitionNode, size: Size, limits: Limits) -> None:
    """Refuse an operation that is too deep or too broad."""
    if size.fields > limits.fields:
        raise _over(node, Code.BREADTH_LIMIT, f"more than {limits.fields} fields")
    if size.depth > limits.depth:
        raise _over(node, Code.DEPTH_LIMIT, f"fields more than {limits.depth} levels deep")
    mutates = node.operation is OperationType.MUTATION
    roots = limits.root_mutations if mutates else limits.root_fields
    if size.top > roots:
        raise _over(node, Code.ROOT_LIMIT, f"more than {roots} {'mutations' if mutates else 'root fields'}")


def _over(node: OperationDefinitionNode, code: Code, what: str) -> GraphQLError:
    return refusal(code, f"The operation selects {what}.", node)
