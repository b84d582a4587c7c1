"""The plan of an operation: what is built for each concrete type, and which fields take a call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from operator import attrgetter
from types import NoneType
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLLeafType,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    VariableNode,
    get_argument_values,
    get_named_type,
    is_leaf_type,
)
from graphql.execution.collect_fields import FieldDetails, FragmentDetails, collect_fields, collect_subfields
from graphql.execution.values import VariableValues

from engine.build import Builder, compile_builder
from engine.facts import Catalogue, Facts
from engine.fields import Kind
from engine.inputs import converted
from engine.records import Records
from engine.selected import Reader, Selected
from engine.shape import CLASSES, Finish, Shape, learning, serializer, shape_of, strict

_HEIGHT = 20


class Leaf:
    """The end of a field that is a scalar or an enum."""

    __slots__ = ("serialize", "type")

    def __init__(self, type_: GraphQLLeafType) -> None:
        self.type = type_
        self.serialize = serializer(type_)


class Composite:
    """The end of a field that is an object: which selection is built for a record of which class."""

    def __init__(self, planner: Planner, type_: GraphQLNamedType, details: list[FieldDetails]) -> None:
        self._planner = planner
        self._details = details
        self.records = Records(planner.catalogue.schema, type_)
        self.known: dict[type, Selection] = {}

    @cached_property
    def single(self) -> Selection | None:
        """The only selection, if the type is not abstract."""
        type_ = self.records.type
        return self.of(type_) if isinstance(type_, GraphQLObjectType) else None

    def of(self, type_: GraphQLObjectType) -> Selection:
        """What is built for one concrete type."""
        return self._planner.selection(type_, self._details)

    def selection_for(self, record: object, info: Any) -> Selection:
        """What is built for this record. Raises what graphql-core would report of a record of a wrong type."""
        type_ = self.records.type_of(record, info)
        selection = self.single or self.of(type_)
        if self.records.is_decided_by_class(type_, record.__class__):
            if len(self.known) >= CLASSES:
                self.known.clear()
            self.known[record.__class__] = selection
        return selection


class Field:
    """One response key of a selection."""

    def __init__(self, key: str, nodes: list[FieldNode], parent: GraphQLObjectType, facts: Facts) -> None:
        self.key = key
        self.nodes = nodes
        self.parent = parent
        self.facts = facts
        self.name = facts.field.python_name
        self.shape: Shape = shape_of(facts.definition.type)
        self.end: Leaf | Composite
        self.arguments: Arguments
        self.read: Callable[[Any], Any] | None = None
        self.classes: set[type] = set()

    @cached_property
    def finish(self) -> Finish:
        """Finishes a leaf value, or raises if anything about it is not as it should be."""
        assert isinstance(self.end, Leaf), f"{self.key} is not a leaf"
        return learning(strict(self.shape, self.end.serialize, self.null_error), self.classes)

    @property
    def inline(self) -> Selection | None:
        """The selection to build in the same go as the parent: of a single object in which nothing waits."""
        if self.read is None or self.shape.item is not None or not isinstance(self.end, Composite):
            return None
        single = self.end.single
        records = self.end.records
        is_told = records.takes_any or bool(records.classes)
        return single if single is not None and is_told and single.is_plain else None

    def null_error(self) -> TypeError:
        """The error of a null where the type does not allow one."""
        return TypeError(f"Cannot return null for non-nullable field {self.parent.name}.{self.nodes[0].name.value}.")


class Selection:
    """What is built for one concrete type, in the order of the answer. `None` stands for `__typename`."""

    def __init__(self, type_: GraphQLObjectType, catalogue: Catalogue) -> None:
        self.type = type_
        self.catalogue = catalogue
        self.fields: dict[str, Field | None] = {}

    @cached_property
    def links(self) -> tuple[Field, ...]:
        """The fields that are filled in after the parent was built."""
        fields = (field for field in self.fields.values() if field is not None)
        return tuple(field for field in fields if _is_link(field))

    @cached_property
    def alone(self) -> dict[str, Selection]:
        """Each field as a selection of its own, for fields that run one after the other."""
        return {key: _only(self, key, field) for key, field in self.fields.items() if field is not None}

    @property
    def is_plain(self) -> bool:
        """Whether the whole object is read from its record at once. One that reads no attribute cannot tell a fault."""
        reads = (field for field in self.fields.values() if field is not None and field.facts.mark is None)
        return not self.links and any(reads) and self.height < _HEIGHT

    @cached_property
    def height(self) -> int:
        """How many objects are built within each other in one go; Python reads only so many brackets."""
        inner = (field.inline for field in self.fields.values() if field is not None)
        return 1 + max((selection.height for selection in inner if selection is not None), default=0)

    @cached_property
    def build(self) -> Builder:
        """Builds one object per record. Raises if anything about any of them is not as it should be."""
        return compile_builder(self)


def _only(selection: Selection, key: str, field: Field) -> Selection:
    only = Selection(selection.type, selection.catalogue)
    only.fields[key] = field
    return only


def _is_link(field: Field) -> bool:
    return field.read is None or (isinstance(field.end, Composite) and field.inline is None)


CONVERSIONS = 64
_PLAIN = frozenset({str, int, bool, float, type(None)})


class Arguments:
    """The arguments of one field: worked out with the plan where they are constant, otherwise per request."""

    def __init__(self, catalogue: Catalogue, node: FieldNode, facts: Facts, selected: Selected | None) -> None:
        self._node = node
        self._facts = facts
        self._given = {} if selected is None else {"selected": selected}
        self._constant: dict[str, Any] | None = None
        self._known: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._parts = catalogue.inputs.parts_of(facts.field.arguments)
        self._by_variable = _by_variable(node, facts)
        if not facts.definition.args:
            self._constant = self._given
        elif not any(_has_variable(argument.value) for argument in node.arguments or ()):
            self._constant = self._constants()

    def bind(self, variables: VariableValues) -> dict[str, Any]:
        """What the resolver gets, by Python name."""
        return self._constant if self._constant is not None else self._converted(self.raw(variables))

    def raw(self, variables: VariableValues) -> dict[str, Any]:
        """What Strawberry's own resolver wrapper gets, by GraphQL name."""
        coerced = variables.coerced
        values = {name: coerced.get(variable) for name, variable in self._by_variable}
        if values and NoneType not in map(type, values.values()):
            return values
        return get_argument_values(self._facts.definition, self._node, variables)

    def _constants(self) -> dict[str, Any] | None:
        raw = self.raw(VariableValues({}, {}))
        if any(isinstance(value, (list, dict)) for value in raw.values()):
            return None  # the resolver may change what it is given, so each request gets its own
        return self._converted(raw)

    def _converted(self, raw: dict[str, Any]) -> dict[str, Any]:
        """Convert as Strawberry does. What plain values convert to is remembered: clients send few different ones."""
        for value in raw.values():
            if value.__class__ not in _PLAIN:
                return self._convert(raw)
        key = tuple((name, value.__class__, value) for name, value in raw.items())
        known = self._known.get(key)
        if known is None:
            if len(self._known) >= CONVERSIONS:
                self._known.clear()
            known = self._known[key] = self._convert(raw)
        return known

    def _convert(self, raw: dict[str, Any]) -> dict[str, Any]:
        return converted(self._parts, raw, self._given)


def _by_variable(node: FieldNode, facts: Facts) -> tuple[tuple[str, str], ...]:
    """The arguments, each with its variable, where each of them is a variable: of a mutation, the one input."""
    names = facts.definition.args
    given = {one.name.value: one.value for one in node.arguments or ()}
    variables = {name: value.name.value for name, value in given.items() if isinstance(value, VariableNode)}
    if variables.keys() != names.keys():
        return ()
    return tuple((names[name].out_name or name, variable) for name, variable in variables.items())


def _has_variable(value: Any) -> bool:
    if isinstance(value, VariableNode):
        return True
    inner = getattr(value, "values", None) or [field.value for field in getattr(value, "fields", None) or ()]
    return any(_has_variable(each) for each in inner)


class Document(NamedTuple):
    """The parts of a valid document that a plan is made of, with the values of its @skip and @include variables."""

    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues


class Planner:
    """Plans one operation. Types behind an interface or a union are planned when a record of theirs is met."""

    def __init__(self, catalogue: Catalogue, document: Document) -> None:
        self.catalogue = catalogue
        self._document = document
        self._fragments = {name: FragmentDetails(node) for name, node in document.fragments.items()}
        self._reader = Reader(catalogue.schema, document.fragments, document.variables)
        self._selections: dict[tuple[str, tuple[int, ...]], Selection] = {}

    def root(self, type_: GraphQLObjectType) -> Selection:
        """The plan of the operation itself."""
        grouped = collect_fields(
            self.catalogue.schema, self._fragments, self._document.variables, type_, self._document.operation
        )
        return self._planned(type_, grouped.grouped_field_set)

    def selection(self, type_: GraphQLObjectType, details: list[FieldDetails]) -> Selection:
        """The plan of what some field nodes select on one concrete type."""
        key = (type_.name, tuple(id(detail.node) for detail in details))
        found = self._selections.get(key)
        if found is None:
            grouped = collect_subfields(
                self.catalogue.schema,
                self._fragments,
                self._document.variables,
                self._document.operation,
                type_,
                details,
            )
            found = self._selections[key] = self._planned(type_, grouped.grouped_field_set)
        return found

    def _planned(self, type_: GraphQLObjectType, grouped: Mapping[str, list[FieldDetails]]) -> Selection:
        selection = Selection(type_, self.catalogue)
        for key, details in grouped.items():
            selection.fields[key] = self._field(type_, key, details)
        return selection

    def _field(self, type_: GraphQLObjectType, key: str, details: list[FieldDetails]) -> Field | None:
        facts = self.catalogue.of(type_, details[0].node.name.value)
        if facts is None:
            return None
        field = Field(key, [detail.node for detail in details], type_, facts)
        named = get_named_type(facts.definition.type)
        field.end = Leaf(named) if is_leaf_type(named) else Composite(self, named, details)
        field.read = self._reader_of(facts)
        field.arguments = Arguments(self.catalogue, details[0].node, facts, self._selected(field, named))
        return field

    def _reader_of(self, facts: Facts) -> Callable[[Any], Any] | None:
        if facts.mark is not None:
            return facts.mark.function if facts.mark.kind is Kind.DERIVED else None
        if not facts.field.is_basic_field:
            return None
        name, read = facts.field.python_name, self.catalogue.read_attribute
        return attrgetter(name) if self.catalogue.readable(name) else lambda record: read(record, name)

    def _selected(self, field: Field, named: GraphQLNamedType) -> Selected | None:
        if field.facts.mark is None or not field.facts.mark.wants_selected:
            return None
        return self._reader.selected(field.nodes, named)
