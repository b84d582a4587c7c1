"""What a query selects below a field, for a resolver that reads only what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Self

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLSkipDirective,
    SelectionSetNode,
    get_directive_values,
    get_named_type,
    is_abstract_type,
    is_composite_type,
)
from graphql.execution.values import VariableValues

if TYPE_CHECKING:
    from strawberry.types.info import Info


class Selected(frozenset[str]):
    """The Python names of the fields selected directly below, of whatever type they are."""

    __slots__ = ("_children",)
    _children: Mapping[str, Selected]

    def __new__(cls, children: Mapping[str, Selected]) -> Self:
        """Take the names from what is selected below each of them."""
        selected = super().__new__(cls, children)
        selected._children = children
        return selected

    def below(self, path: str) -> Selected:
        """What is selected under a dotted path such as `edges.node`; nothing if the path is not selected."""
        selected = self
        for name in path.split("."):
            selected = selected._children.get(name, NOTHING)
        return selected


NOTHING = Selected({})


class Reader:
    """Reads selections of one document, with the variables of its @skip and @include."""

    def __init__(
        self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode], variables: VariableValues
    ) -> None:
        self._schema = schema
        self._fragments = fragments
        self._variables = variables

    def selected(self, nodes: Iterable[FieldNode], type_: GraphQLNamedType) -> Selected:
        """What the nodes of one field, whose value is of this type, select below it."""
        found: dict[str, tuple[GraphQLNamedType, list[FieldNode]]] = {}
        for node in nodes:
            if node.selection_set is not None:
                self._collect(node.selection_set, type_, found, set())
        return Selected({name: self.selected(below, named) for name, (named, below) in found.items()})

    def _collect(
        self,
        selections: SelectionSetNode,
        type_: GraphQLNamedType,
        found: dict[str, tuple[GraphQLNamedType, list[FieldNode]]],
        seen: set[str],
    ) -> None:
        for selection in selections.selections:
            if not self.includes(selection):
                continue
            if isinstance(selection, FieldNode):
                _add(selection, type_, found)
                continue
            fragment: Any = selection
            if isinstance(selection, FragmentSpreadNode):
                if selection.name.value in seen:
                    continue
                seen.add(selection.name.value)
                fragment = self._fragments[selection.name.value]
            narrowed = self.narrowed(fragment, type_)
            if narrowed is not None:
                self._collect(fragment.selection_set, narrowed, found, seen)

    def narrowed(self, fragment: Any, type_: GraphQLNamedType) -> GraphQLNamedType | None:
        """The type that a fragment speaks of where this type is selected on; nothing if it cannot apply there."""
        if fragment.type_condition is None:
            return type_
        condition = self._schema.type_map[fragment.type_condition.name.value]
        if not isinstance(type_, GraphQLObjectType):
            return condition
        applies = condition is type_ or (is_abstract_type(condition) and self._schema.is_sub_type(condition, type_))
        return type_ if applies else None

    def includes(self, node: Any) -> bool:
        """Whether @skip and @include let a selection take part."""
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and not (include and not include["if"])


def _add(node: FieldNode, type_: Any, found: dict[str, tuple[GraphQLNamedType, list[FieldNode]]]) -> None:
    definition = getattr(type_, "fields", {}).get(node.name.value)
    if definition is None:  # __typename, which every type has
        return
    field = definition.extensions.get("strawberry-definition")
    name = node.name.value if field is None else field.python_name
    named = get_named_type(definition.type)
    found.setdefault(name, (named, []))[1].append(node)


def selected_of_info(info: Info) -> Selected:
    """What is selected below the field that Strawberry's own executor resolves."""
    raw = info._raw_info  # noqa: SLF001 - Strawberry has no public way to the nodes of a field
    named = get_named_type(raw.return_type)
    if not is_composite_type(named):
        return NOTHING
    variables = VariableValues({}, _coerced(raw.variable_values))
    return Reader(raw.schema, raw.fragments, variables).selected(raw.field_nodes, named)


def _coerced(variables: Any) -> dict[str, Any]:
    coerced: dict[str, Any] = getattr(variables, "coerced", variables)
    return coerced
