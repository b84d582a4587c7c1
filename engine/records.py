"""Of which GraphQL type a record is."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    default_type_resolver,
    is_abstract_type,
)
from graphql.pyutils import inspect

from engine.facts import DEFINITION, own
from engine.fields import RECORDS_OF_TYPE
from engine.shape import CLASSES


class Records:
    """Tells the concrete type of the records that a field of some object, interface or union type gives."""

    def __init__(self, schema: GraphQLSchema, type_: GraphQLNamedType) -> None:
        self._schema = schema
        self.type = type_

    @property
    def takes_any(self) -> bool:
        """Whether every record, of whatever class, is of the type."""
        return isinstance(self.type, GraphQLObjectType) and self.type.is_type_of is None

    @cached_property
    def classes(self) -> set[type]:
        """Classes whose records are of the type without being asked, where that is told by classes; none elsewhere.

        Subclasses are added as they are met.
        """
        if self.takes_any or not isinstance(self.type, GraphQLObjectType):
            return set()
        described: tuple[type, ...] = own(self.type, RECORDS_OF_TYPE) or ()
        return {self.type.extensions[DEFINITION].origin, *described} if described else set()

    def check(self, record: object, nodes: list[FieldNode]) -> None:
        """Raise what graphql-core would report of a record that is not of the type, where `classes` tells."""
        if self.takes_any or record.__class__ in self.classes:
            return
        if not isinstance(record, tuple(self.classes)):
            raise GraphQLError(f"Expected value of type '{self.type}' but got: {inspect(record)}.", nodes)
        if len(self.classes) < CLASSES:
            self.classes.add(record.__class__)

    def type_of(self, record: object, info: Any) -> GraphQLObjectType:
        """The concrete type. Raises what graphql-core would report of a record that is of none."""
        type_ = self.type if isinstance(self.type, GraphQLObjectType) else self._resolve(record, info)
        if type_.is_type_of is not None and not type_.is_type_of(record, info):
            raise GraphQLError(f"Expected value of type '{type_}' but got: {inspect(record)}.", info.field_nodes)
        return type_

    def is_decided_by_class(self, type_: GraphQLObjectType, cls: type) -> bool:
        """Whether all records of this class are of this type, so that they need not be asked one by one."""
        if self.takes_any:
            return True
        definition = type_.extensions[DEFINITION]
        if getattr(self.type.extensions[DEFINITION], "resolve_type", None) is not None:
            return False
        described: tuple[type, ...] = own(type_, RECORDS_OF_TYPE) or ()
        if definition.is_type_of is not None and not described:
            return False
        return cls is definition.origin or cls in described

    def _resolve(self, record: object, info: Any) -> GraphQLObjectType:
        abstract: Any = self.type
        assert is_abstract_type(abstract), f"{abstract} is no output type of objects"
        name = (abstract.resolve_type or default_type_resolver)(record, info, abstract)
        type_ = self._schema.get_type(name) if isinstance(name, str) else None
        if isinstance(type_, GraphQLObjectType) and self._schema.is_sub_type(abstract, type_):
            return type_
        raise GraphQLError(self._complaint(name, type_, record, info), info.field_nodes)

    def _complaint(self, name: Any, type_: GraphQLNamedType | None, record: object, info: Any) -> str:
        """What is wrong with the answer of a type resolver, in the words of graphql-core."""
        abstract, place = self.type, f"for field '{info.parent_type}.{info.field_name}'"
        unresolved = f"Abstract type '{abstract}' must resolve to an Object type at runtime {place}"
        if name is None:
            return (
                f"{unresolved}. Either the '{abstract}' type should provide a 'resolve_type' function"
                " or each possible type should provide an 'is_type_of' function."
            )
        if not isinstance(name, str):
            received = f"received '{inspect(name)}', which is not a valid Object type name."
            return f"{unresolved} with value {inspect(record)}, {received}"
        if type_ is None:
            return f"Abstract type '{abstract}' was resolved to a type '{name}' that does not exist inside the schema."
        if not isinstance(type_, GraphQLObjectType):
            return f"Abstract type '{abstract}' was resolved to a non-object type '{name}'."
        return f"Runtime Object type '{type_}' is not a possible type for '{abstract}'."
