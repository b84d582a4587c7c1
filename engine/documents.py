"""Reads documents, and remembers the good and the bad ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from functools import cached_property

from graphql import (
    ASTValidationRule,
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoFragmentCyclesRule,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)
from strawberry.schema.exceptions import CannotGetOperationTypeError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from engine.cache import Recent
from engine.errors import Code, Rejected, coded
from engine.limits import Limits
from engine.measure import Measure, check_operation, check_whole
from engine.variables import Coercions, Variables

BYTES_PER_ENTRY = 100 * 1024
_BYTES_PER_TOKEN = 400  # measured: what a parsed and planned document takes
Rule = type[ASTValidationRule]
_RULES_OF_CYCLES = (NoFragmentCyclesRule,)  # the others may take long where fragments go round
_RULES = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule)


class Document:
    """One parsed document. What it takes to run it is worked out when it is first asked for."""

    def __init__(self, text: str, node: DocumentNode) -> None:
        self.id = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        self.node = node
        self.weight = len(text) + _BYTES_PER_TOKEN * node.token_count
        self._passed: Limits | None = None
        self._errors: list[GraphQLError] | None = None
        self._variables: dict[str | None, Variables] = {}

    @cached_property
    def fragments(self) -> dict[str, FragmentDefinitionNode]:
        """The fragments by name."""
        return {node.name.value: node for node in self.node.definitions if isinstance(node, FragmentDefinitionNode)}

    @cached_property
    def operations(self) -> list[OperationDefinitionNode]:
        """The operations in the order of the text."""
        return [node for node in self.node.definitions if isinstance(node, OperationDefinitionNode)]

    @cached_property
    def measure(self) -> Measure:
        """The size of everything in the document."""
        return Measure(self.operations, self.fragments)

    def operation(self, name: str | None) -> OperationDefinitionNode:
        """The operation of this name, or the first one. Raises Strawberry's CannotGetOperationTypeError."""
        for node in self.operations:
            if name is None or (node.name is not None and node.name.value == name):
                return node
        raise CannotGetOperationTypeError(name)

    def variables(self, operation: OperationDefinitionNode, schema: GraphQLSchema, coercions: Coercions) -> Variables:
        """What binds the variables of an operation of this valid document."""
        name = operation.name.value if operation.name else None
        known = self._variables.get(name)
        if known is None:
            known = self._variables[name] = Variables(schema, operation.variable_definitions or (), coercions)
        return known

    def switches(self, operation: OperationDefinitionNode) -> Iterator[str]:
        """The variables of an operation that decide which fields take part."""
        for definition in operation.variable_definitions or ():
            if definition.variable.name.value in self.measure.switches:
                yield definition.variable.name.value

    def check_size(self, operation: OperationDefinitionNode, limits: Limits) -> None:
        """Refuse a document or an operation that is over the limits."""
        if limits is not self._passed and limits != self._passed:
            roots = [node.selection_set for node in (*self.operations, *self.measure.unused)]
            check_operation(operation, self.measure.of(operation), limits)
            check_whole(self.measure, roots, self.fragments, limits)
            self._passed = limits
        check_operation(operation, self.measure.of(operation), limits)

    def check(self, schema: GraphQLSchema, most: int, own: Sequence[Rule] = (), *, suggestions: bool) -> None:
        """Refuse a document that breaks a rule, of GraphQL or of the schema, telling at most so many errors."""
        if self._errors is None:
            rules = _RULES_OF_CYCLES if self.measure.is_cyclic else (*_RULES, *own)
            found = validate(schema, self.node, rules, max_errors=most, hide_suggestions=not suggestions)
            self._errors = coded(Code.GRAPHQL_VALIDATION_FAILED, found)
        if self._errors:
            raise Rejected(self._errors)


class Documents:
    """The documents met last: at most so many, and no more memory than that many ordinary ones take."""

    def __init__(self, entries: int) -> None:
        self._recent: Recent[str, Document | GraphQLError] = Recent(entries, entries * BYTES_PER_ENTRY)

    def __len__(self) -> int:
        return len(self._recent)

    def read(self, text: str, limits: Limits) -> Document:
        """Parse a document, unless it was before. A text that is over the limit is not kept."""
        known = self._recent.get(text)
        if known is None:
            known = _parsed(text, limits)
            if not _is_over(known):
                self._recent.put(text, known, len(text) if isinstance(known, GraphQLError) else known.weight)
        if isinstance(known, GraphQLError):
            raise Rejected([known])
        if known.node.token_count > limits.tokens:
            raise Rejected([_too_long(limits)])
        return known


def _parsed(text: str, limits: Limits) -> Document | GraphQLError:
    try:
        return Document(text, parse(text, max_tokens=limits.tokens, max_comments=limits.tokens))
    except GraphQLSyntaxError as error:
        if "Parsing aborted" in error.message:
            return _too_long(limits)
        return coded(Code.GRAPHQL_PARSE_FAILED, [error])[0]


def _too_long(limits: Limits) -> GraphQLError:
    extensions = {"code": Code.TOKEN_LIMIT.value}
    return GraphQLError(f"The document has more than {limits.tokens} tokens.", extensions=extensions)


def _is_over(known: Document | GraphQLError) -> bool:
    return isinstance(known, GraphQLError) and (known.extensions or {}).get("code") == Code.TOKEN_LIMIT.value
