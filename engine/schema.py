"""A Strawberry schema that executes breadth first."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing, nullcontext
from inspect import isawaitable
from typing import Any

import strawberry
from graphql import (
    ExecutionResult as CoreResult,
)
from graphql import (
    GraphQLError,
    OperationDefinitionNode,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Undefined
from strawberry.exceptions import MissingQueryError
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.schema import DEFAULT_ALLOWED_OPERATION_TYPES
from strawberry.types.execution import ExecutionResult, PreExecutionError
from strawberry.types.graphql import OperationType

from engine import plan as planning
from engine.cache import Recent
from engine.documents import BYTES_PER_ENTRY, Document, Documents, Rule
from engine.errors import Code, Rejected, coded, refusal
from engine.facts import Catalogue
from engine.limits import Limits
from engine.prepared import Plan, Prepared
from engine.survey import Survey, Surveyor, affordable
from engine.variables import Coercions

log = logging.getLogger(__name__)

Authorise = Callable[[frozenset[Any], Any], None]
Mask = Callable[[GraphQLError, Any], GraphQLError]

INTROSPECTION = "introspection"
INCREMENTAL = "@defer or @stream"
_OPERATION_ERRORS = (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError)


class Schema(strawberry.Schema):
    """Strawberry's schema with an executor of its own.

    `execute`, `subscribe` and `stream` refuse an operation that is over the limits or that `authorise`
    refuses, before anything runs. `execute_sync` is Strawberry's own, without limits: for tools only.
    """

    def __init__(  # noqa: PLR0913
        self,
        query: type,
        mutation: type | None = None,
        subscription: type | None = None,
        *,
        types: Iterable[type] = (),
        config: StrawberryConfig | None = None,
        scalar_overrides: Mapping[object, Any] | None = None,
        schema_directives: Iterable[object] = (),
        rules: Sequence[Rule] = (),
        authorise: Authorise | None = None,
        limits: Limits | Callable[[Any], Limits] = Limits(),  # noqa: B008 - frozen
        mask: Mask | None = None,
        introspection: bool | Callable[[Any], bool] = True,
        suggestions: bool = True,
        tell_cost: bool = False,
        require_scope: bool = False,
        plan_cache_size: int = 1000,
    ) -> None:
        super().__init__(
            query,
            mutation,
            subscription,
            types=types,
            config=config,
            scalar_overrides=scalar_overrides,
            schema_directives=schema_directives,
        )
        self.catalogue = Catalogue(self._schema, self.config, self.schema_converter.scalar_registry)
        if require_scope:
            self._check_scopes()
        self.fallbacks: Counter[str] = Counter()
        self.tell_cost = tell_cost
        self._rules = rules
        self._authorise = authorise
        self._limits = limits
        self._mask = mask
        self._introspection = introspection
        self._suggestions = suggestions and not self.config.disable_field_suggestions
        self._documents = Documents(plan_cache_size)
        self._coercions = Coercions()
        self._plans: Recent[tuple[Any, ...], Plan] = Recent(plan_cache_size, plan_cache_size * BYTES_PER_ENTRY)
        self._introspected: Recent[tuple[Any, ...], CoreResult] = Recent(min(plan_cache_size, 16))

    def prepare(
        self,
        query: str | None,
        variable_values: Mapping[str, Any] | None = None,
        operation_name: str | None = None,
        context_value: Any = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> Prepared:
        """Get an operation ready to run. Raises Rejected, with errors that say why, before anything has run."""
        try:
            return self._prepare(query, variable_values, operation_name, context_value, allowed_operation_types)
        except _OPERATION_ERRORS as error:
            raise Rejected([refusal(Code.OPERATION_RESOLUTION_FAILURE, _reason(error))]) from error

    async def execute(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
        operation_extensions: dict[str, Any] | None = None,
    ) -> ExecutionResult:
        """Execute a query or a mutation. Raises what Strawberry's views expect where there is no such operation."""
        try:
            prepared = self._prepare(query, variable_values, operation_name, context_value, allowed_operation_types)
        except Rejected as rejected:
            return PreExecutionError(data=None, errors=rejected.errors)
        return await prepared.run(context_value, root_value, operation_extensions)

    async def stream(
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        operation_extensions: dict[str, Any] | None = None,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> AsyncGenerator[ExecutionResult, None]:
        """Execute any operation and give its results one after the other; `subscribe` comes here too."""
        try:
            prepared = self.prepare(query, variable_values, operation_name, context_value, allowed_operation_types)
        except Rejected as rejected:
            return _one(PreExecutionError(data=None, errors=rejected.errors))
        if prepared.operation is OperationType.SUBSCRIPTION:
            return self._events(prepared, context_value, root_value)
        if prepared.fallback == INCREMENTAL:
            self.fallbacks[INCREMENTAL] += 1
            arguments = (query, variable_values, context_value, root_value, operation_name, operation_extensions)
            return await super().stream(*arguments)  # type: ignore[return-value]
        return _one(await prepared.run(context_value, root_value, operation_extensions))

    def told(self, errors: list[GraphQLError], context: Any) -> list[GraphQLError]:
        """What the client sees of the errors of an execution."""
        if self._mask is None:
            self.process_errors(errors)
            return errors
        return [self._mask(error, context) for error in errors]

    async def fall_back(
        self,
        plan: Plan,
        variables: VariableValues,
        context: Any,
        root_value: Any,
        operation_extensions: dict[str, Any] | None,
    ) -> ExecutionResult:
        """Leave an operation that the planner does not serve to graphql-core."""
        constant = plan.fallback == INTROSPECTION and not plan.operation.variable_definitions
        result = self._introspected.get(plan.key) if constant else None
        if result is None:
            self.fallbacks[plan.fallback or ""] += 1
            result = await self._on_core(plan, variables, context, root_value, operation_extensions)
            if constant and not plan.top:
                self._introspected.put(plan.key, result)
        if not isinstance(result, CoreResult):
            return result  # the container of an incremental answer, which Strawberry's views know
        errors = self.told(result.errors, context) if result.errors else None
        return ExecutionResult(data=result.data, errors=errors)

    async def _on_core(
        self,
        plan: Plan,
        variables: VariableValues,
        context: Any,
        root_value: Any,
        operation_extensions: dict[str, Any] | None,
    ) -> CoreResult:
        sources = variables.sources.items()
        result: Any = self._get_execute_function()(
            self._schema,
            plan.document.node,
            root_value=root_value,
            context_value=context,
            variable_values={name: source.value for name, source in sources if source.value is not Undefined},
            operation_name=plan.operation.name.value if plan.operation.name else None,
            executor_class=self.execution_context_class,
            operation_extensions=operation_extensions,
        )
        core: CoreResult = await result if isawaitable(result) else result
        return core

    def _check_scopes(self) -> None:
        missing = self.catalogue.fields_without_scope()
        if missing:
            raise ValueError("These fields have no scope, nor has their type: " + ", ".join(missing))

    def _prepare(
        self,
        query: str | None,
        inputs: Mapping[str, Any] | None,
        operation_name: str | None,
        context: Any,
        allowed: Iterable[OperationType] | None,
    ) -> Prepared:
        if not query:
            raise MissingQueryError
        limits = self._limits(context) if callable(self._limits) else self._limits
        document = self._documents.read(query, limits)
        operation = document.operation(operation_name)
        _check_type(operation, DEFAULT_ALLOWED_OPERATION_TYPES if allowed is None else allowed)
        try:
            document.check_size(operation, limits)
            document.check(self._schema, limits.errors, self._rules, suggestions=self._suggestions)
            variables = self._bind(document, operation, inputs or {}, limits)
            plan = self._plan(document, operation, variables)
            self._admit(plan, limits, context)
            cost = affordable(plan.survey.cost, limits, variables, operation)
        except GraphQLError as error:
            raise Rejected([error]) from error
        return Prepared(self, plan, variables, cost, limits.cost)

    def _bind(
        self, document: Document, operation: OperationDefinitionNode, inputs: Mapping[str, Any], limits: Limits
    ) -> VariableValues:
        if not operation.variable_definitions:
            return VariableValues({}, {})
        variables = document.variables(operation, self._schema, self._coercions)
        bound = variables.bind(inputs, limits.errors, suggestions=self._suggestions)
        if isinstance(bound, list):
            raise Rejected(coded(Code.BAD_USER_INPUT, bound))
        return bound

    def _plan(self, document: Document, operation: OperationDefinitionNode, variables: VariableValues) -> Plan:
        switches = tuple((name, variables.coerced.get(name)) for name in document.switches(operation))
        for switch, value in switches:
            if value is None:
                raise refusal(Code.BAD_USER_INPUT, f"Variable '${switch}' decides what is selected: it cannot be null.")
        name = operation.name
        key = (document.id, None if name is None else name.value, switches)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._planned(document, operation, key, dict(switches))
            self._plans.put(key, plan, document.weight)
        return plan

    def _planned(
        self, document: Document, node: OperationDefinitionNode, key: tuple[Any, ...], switches: dict[str, Any]
    ) -> Plan:
        type_ = self._schema.get_root_type(node.operation)
        assert type_ is not None, "a valid operation has a root type"
        values = VariableValues({}, switches)
        survey = Surveyor(self.catalogue, document.fragments, values).run(node, type_)
        planner = planning.Planner(self.catalogue, planning.Document(node, document.fragments, values))
        fallback = _fallback(survey)
        if fallback not in (None, INTROSPECTION):
            log.warning("graphql-core executes %s: %s", node.name.value if node.name else "an operation", fallback)
        kind, scopes = OperationType(node.operation.value), frozenset(survey.scopes)
        return Plan(document, node, type_, planner.root(type_), survey, key, fallback, kind, scopes)

    def _admit(self, plan: Plan, limits: Limits, context: Any) -> None:
        """Refuse what may not be asked for in this context."""
        if plan.survey.introspects and not self._may_introspect(context):
            raise refusal(Code.INTROSPECTION_DISABLED, "Introspection is not available.", plan.operation)
        if sum(field.facts.money for field in plan.top) > limits.root_money_mutations:
            most = limits.root_money_mutations
            raise refusal(Code.ROOT_LIMIT, f"The operation moves money more than {most} times.", plan.operation)
        if self._authorise is not None:
            self._authorise(plan.scopes, context)

    def _may_introspect(self, context: Any) -> bool:
        return self._introspection(context) if callable(self._introspection) else self._introspection

    async def _events(self, prepared: Prepared, context: Any, root_value: Any) -> AsyncGenerator[ExecutionResult, None]:
        try:
            source: Any = await prepared.events(context, root_value)
        except GraphQLError as error:
            yield PreExecutionError(data=None, errors=self.told([error], context))
            return
        async with aclosing(source) if hasattr(source, "aclose") else nullcontext():
            try:
                async for event in source:
                    yield await prepared.render(event, context)
            except Exception as error:  # noqa: BLE001 - a stream that fails ends with an error, as Strawberry's does
                failure = error if isinstance(error, GraphQLError) else GraphQLError(str(error), original_error=error)
                yield ExecutionResult(data=None, errors=self.told([failure], context))


async def _one(result: ExecutionResult) -> AsyncGenerator[ExecutionResult, None]:
    yield result


def _check_type(node: OperationDefinitionNode, allowed: Iterable[OperationType]) -> None:
    type_ = OperationType(node.operation.value)
    if type_ not in allowed:
        raise InvalidOperationTypeError(type_)


def _reason(error: Exception) -> str:
    if isinstance(error, CannotGetOperationTypeError):
        return error.as_http_error_reason()
    if isinstance(error, InvalidOperationTypeError):
        return f"{error.operation_type.value} operations are not allowed"
    return "The request has no query."


def _fallback(survey: Survey) -> str | None:
    """Why graphql-core has to execute an operation."""
    if survey.incremental:
        return INCREMENTAL
    if survey.introspects:
        return INTROSPECTION
    return survey.unsupported
