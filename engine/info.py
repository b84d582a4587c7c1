"""What Strawberry's own resolvers, and its type checks, are told about the field that they serve."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.pyutils import Path, is_awaitable

if TYPE_CHECKING:
    from engine.plan import Field


class ResolveInfo(NamedTuple):
    """Has the attributes of graphql-core's, and Strawberry's one more. The path ends above the parent."""

    field_name: str
    field_nodes: list[FieldNode]
    return_type: GraphQLOutputType
    parent_type: GraphQLObjectType
    path: Path
    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    root_value: Any
    operation: OperationDefinitionNode
    variable_values: dict[str, Any]
    context: Any
    is_awaitable: Callable[[Any], bool] = is_awaitable
    abort_signal: None = None
    async_helpers: Any = None
    operation_extensions: dict[str, Any] | None = None


class Origin(NamedTuple):
    """Where the values of one run come from."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: dict[str, Any]
    context: Any
    root_value: Any
    operation_extensions: dict[str, Any] | None

    def info(self, field: Field) -> ResolveInfo:
        """What a resolver of this field is told."""
        return ResolveInfo(
            field_name=field.nodes[0].name.value,
            field_nodes=field.nodes,
            return_type=field.facts.definition.type,
            parent_type=field.parent,
            path=Path(None, field.key, field.parent.name),
            schema=self.schema,
            fragments=self.fragments,
            root_value=self.root_value,
            operation=self.operation,
            variable_values=self.variables,
            context=self.context,
            operation_extensions=self.operation_extensions,
        )
