"""What a valid operation asks for before it runs: scopes, cost, and whether the planner can serve it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLArgument,
    GraphQLError,
    GraphQLInt,
    GraphQLList,
    GraphQLNamedType,
    GraphQLObjectType,
    OperationDefinitionNode,
    SelectionSetNode,
    get_argument_values,
    get_named_type,
    get_nullable_type,
)
from graphql.execution.values import VariableValues

from engine.errors import Code, coded, refusal
from engine.facts import Catalogue, Facts
from engine.limits import Limits
from engine.selected import Reader

PAGE_ARGUMENTS = ("first", "last", "limit")
_INCREMENTAL = frozenset({"defer", "stream"})


class Cost(NamedTuple):
    """A fixed number of objects, lists whose length the variables decide, and the names of lists without pages."""

    fixed: int = 0
    lists: tuple[Listed, ...] = ()
    unpaged: frozenset[str] = frozenset()

    def __add__(self, other: Cost) -> Cost:  # type: ignore[override]
        """The cost of both."""
        return Cost(self.fixed + other.fixed, self.lists + other.lists, self.unpaged | other.unpaged)

    def total(self, limits: Limits, variables: VariableValues) -> int:
        """How many objects may be loaded with these variables. Raises a refusal for a page that is too long."""
        return self.fixed + sum(
            listed.length(limits, variables) * listed.each.total(limits, variables) for listed in self.lists
        )


@dataclass(frozen=True, slots=True)
class Listed:
    """A list field: what each of its items costs, and the arguments that say how many there are.

    Without any, it is a list that stands within itself, such as the variants of the product of a variant: as long as
    the longest page, for it is asked for as often as it is long.
    """

    node: FieldNode
    definition: Any
    pages: tuple[str, ...]
    counted: tuple[str, ...]
    each: Cost

    def length(self, limits: Limits, variables: VariableValues) -> int:
        """The page size or the number of things asked for by name."""
        arguments = self._arguments(variables)
        if not self.pages:
            return max((_count(arguments.get(name)) for name in self.counted), default=limits.page_maximum)
        given = [name for name in self.pages if arguments.get(name) is not None]
        for name in given:
            self._check(name, arguments[name], limits)
        return max(0, max((arguments[name] for name in given), default=limits.page_default))

    def _arguments(self, variables: VariableValues) -> dict[str, Any]:
        try:
            return get_argument_values(self.definition, self.node, variables)
        except GraphQLError as error:  # a null where the argument has a default, but may not be null
            raise coded(Code.BAD_USER_INPUT, [error])[0] from None

    def _check(self, name: str, size: int, limits: Limits) -> None:
        least, most = limits.page_minimum, limits.page_maximum
        if not least <= size <= most:
            message = f"Argument '{name}' must be between {least} and {most}, got {size}."
            raise refusal(Code.BAD_USER_INPUT, message, self.node)


def _count(value: object) -> int:
    return len(value) if isinstance(value, (list, tuple)) else 1


@dataclass(slots=True)
class Survey:
    """What one operation asks for, with given values of its @skip and @include variables."""

    scopes: set[object] = field(default_factory=set)
    cost: Cost = field(default_factory=Cost)
    waits_below: bool = False
    introspects: bool = False
    incremental: bool = False
    unsupported: str | None = None


class Surveyor:
    """Walks an operation once, each fragment once per type that it is spread in.

    A field of an object type has that type's scope, also where a fragment on an interface selects it;
    a field selected on an interface has the interface's scope.
    """

    def __init__(
        self, catalogue: Catalogue, fragments: Mapping[str, FragmentDefinitionNode], variables: VariableValues
    ) -> None:
        self._catalogue = catalogue
        self._fragments = fragments
        self._reader = Reader(catalogue.schema, fragments, variables)
        self._costs: dict[tuple[str, str, bool], Cost] = {}
        self.survey = Survey()

    def run(self, operation: OperationDefinitionNode, root: GraphQLObjectType) -> Survey:
        """Survey one operation."""
        self.survey.cost = self._selections(operation.selection_set, root, top=True)
        return self.survey

    def _selections(self, node: SelectionSetNode, type_: GraphQLNamedType, *, top: bool) -> Cost:
        cost = Cost()
        for selection in node.selections:
            if not self._reader.includes(selection):
                continue
            self.survey.incremental |= any(each.name.value in _INCREMENTAL for each in selection.directives or ())
            if isinstance(selection, FieldNode):
                cost += self._field(selection, type_, top=top)
            elif isinstance(selection, FragmentSpreadNode):
                cost += self._fragment(selection.name.value, type_, top=top)
            else:
                cost += self._spread(selection, type_, top=top)
        return cost

    def _fragment(self, name: str, type_: GraphQLNamedType, *, top: bool) -> Cost:
        key = (name, type_.name, top)
        if key not in self._costs:
            self._costs[key] = self._spread(self._fragments[name], type_, top=top)
        return self._costs[key]

    def _spread(self, fragment: Any, type_: GraphQLNamedType, *, top: bool) -> Cost:
        narrowed = self._reader.narrowed(fragment, type_)
        return Cost() if narrowed is None else self._selections(fragment.selection_set, narrowed, top=top)

    def _field(self, node: FieldNode, type_: GraphQLNamedType, *, top: bool) -> Cost:
        facts = self._catalogue.of(type_, node.name.value)
        if facts is None:
            self.survey.introspects |= node.name.value != "__typename"
            return Cost()
        if facts.scope is not None:
            self.survey.scopes.add(facts.scope)
        possible = self._catalogue.possible(type_, node.name.value)
        self._note(type_, node.name.value, possible, top=top)
        own, below = Cost(max(known.cost for known in possible)), Cost()
        if node.selection_set is not None:
            below = self._selections(node.selection_set, get_named_type(facts.definition.type), top=False)
        return _listed(node, facts, own, below, f"{type_.name}.{node.name.value}")

    def _note(self, type_: GraphQLNamedType, name: str, possible: tuple[Facts, ...], *, top: bool) -> None:
        if any(facts.unsupported for facts in possible):
            self.survey.unsupported = f"{type_.name}.{name} has a resolver that asks for info or has extensions"
        if not top and any(facts.waits for facts in possible):
            self.survey.waits_below = True


def _listed(node: FieldNode, facts: Facts, own: Cost, below: Cost, name: str) -> Cost:
    arguments = facts.definition.args
    pages = tuple(name for name in PAGE_ARGUMENTS if _is_number(arguments.get(name)))
    counted = () if pages else _counted(facts)
    if pages or counted:
        return Cost(0, (Listed(node, facts.definition, pages, counted, own + below),), below.unpaged)
    # What its record holds, such as the nodes of a page, is counted there; a tree is no longer for being asked deeper.
    if not _is_list(facts) or not own.fixed or facts.tree:
        return own + below
    if name in below.unpaged:
        return own + Cost(0, (Listed(node, facts.definition, (), (), below),), below.unpaged)
    return own + below + Cost(unpaged=frozenset({name}))


def _is_number(argument: GraphQLArgument | None) -> bool:
    return argument is not None and get_nullable_type(argument.type) is GraphQLInt


def _counted(facts: Facts) -> tuple[str, ...]:
    """The list arguments of a list field, each of whose elements may load an object."""
    if not _is_list(facts):
        return ()
    arguments = facts.definition.args.items()
    return tuple(name for name, argument in arguments if isinstance(get_nullable_type(argument.type), GraphQLList))


def _is_list(facts: Facts) -> bool:
    return isinstance(get_nullable_type(facts.definition.type), GraphQLList)


def affordable(cost: Cost, limits: Limits, variables: VariableValues, node: OperationDefinitionNode) -> int:
    """The cost of an operation. Raises a refusal if it is over the limit."""
    total = cost.total(limits, variables)
    if total > limits.cost:
        raise refusal(Code.COST_LIMIT, f"The operation costs {total}, more than {limits.cost}.", node)
    return total
