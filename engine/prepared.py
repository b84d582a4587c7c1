"""An operation that is bound to its variables and ready to run."""

from __future__ import annotations

from collections.abc import AsyncIterable, Hashable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, GraphQLObjectType, OperationDefinitionNode, located_error
from graphql.execution.values import VariableValues
from graphql.pyutils import inspect
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

from engine.alike import alike
from engine.careful import Settlement
from engine.errors import Code, Rejected, coded
from engine.info import Origin
from engine.plan import Field, Selection
from engine.run import Group, Run
from engine.survey import Survey

if TYPE_CHECKING:
    from engine.documents import Document
    from engine.schema import Schema


@dataclass(frozen=True, slots=True)
class RootField:
    """A field at the top of an operation, with its arguments as the resolver gets them."""

    name: str
    response_key: str
    arguments: Mapping[str, Any]
    metadata: Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is worked out once for a document, an operation and the values of its @skip and @include variables."""

    document: Document
    operation: OperationDefinitionNode
    type: GraphQLObjectType
    root: Selection
    survey: Survey
    key: tuple[Any, ...]
    fallback: str | None
    kind: OperationType
    scopes: frozenset[Any]
    """What its fields require of the caller."""

    @property
    def top(self) -> list[Field]:
        """The fields at the top, without `__typename` and introspection."""
        return [field for field in self.root.fields.values() if field is not None]


class Prepared:
    """One operation bound to its variables. It may be run or rendered any number of times, also at once."""

    __slots__ = ("_limit", "_plan", "_schema", "_variables", "cost", "key", "operation")

    def __init__(self, schema: Schema, plan: Plan, variables: VariableValues, cost: int, limit: int) -> None:
        self._schema = schema
        self._plan = plan
        self._variables = variables
        self._limit = limit
        self.cost = cost
        self.key = plan.key
        self.operation = plan.kind

    @property
    def root_fields(self) -> tuple[RootField, ...]:
        """The fields at the top. Raises Rejected if an argument cannot be made of the variables."""
        return tuple(self._root_field(field) for field in self._plan.top)

    @property
    def fallback(self) -> str | None:
        """Why graphql-core executes this operation, if it does."""
        return self._plan.fallback

    @property
    def immediate(self) -> bool:
        """Whether an event can be rendered without waiting."""
        return self._plan.fallback is None and not self._plan.survey.waits_below

    def alike(self, *but_for: str) -> Hashable:
        """A key that is equal for subscriptions which render every event alike.

        `but_for` names arguments of the root field, as the document spells them, that do not count.
        """
        return alike(self._plan, self._variables.coerced, frozenset(but_for))

    async def run(
        self, context: Any, root_value: Any = None, operation_extensions: dict[str, Any] | None = None
    ) -> ExecutionResult:
        """Execute a query or a mutation. A subscription is executed on the root value, as if that were an event."""
        if self._plan.fallback is not None:
            return await self._schema.fall_back(self._plan, self._variables, context, root_value, operation_extensions)
        if self.operation is OperationType.SUBSCRIPTION:
            return await self.render(root_value, context)
        run = self._run(context, root_value, operation_extensions)
        if self.operation is OperationType.MUTATION:
            return await self._run_in_series(run, root_value, context)
        group = run.build(self._plan.root, [root_value])
        await run.fill([group])
        return self._result(run, group.built[0], context)

    async def render(self, event: Any, context: Any) -> ExecutionResult:
        """Execute the selection of a subscription on one event."""
        if self._plan.fallback is not None:
            return await self._schema.fall_back(self._plan, self._variables, context, event, None)
        run = self._run(context, event, None)
        data, groups = self._event(run, event)
        await run.fill(groups)
        return self._result(run, data, context)

    def render_now(self, event: Any, context: Any) -> ExecutionResult:
        """Do the same at once; only where `immediate` says so."""
        assert self.immediate, "the selection has fields that take a call"
        run = self._run(context, event, None)
        data, groups = self._event(run, event)
        run.fill_now(groups)
        return self._result(run, data, context)

    async def events(self, context: Any, root_value: Any = None) -> AsyncIterable[Any]:
        """Enter a subscription: the stream of its event records. Raises a GraphQLError with the field's path."""
        (field,) = self._plan.top
        try:
            entered = self._enter(field, context, root_value)
            source = await entered if isawaitable(entered) else entered
            return _checked(source)
        except Exception as error:
            raise located_error(error, field.nodes, [field.key]) from error

    def _enter(self, field: Field, context: Any, root_value: Any) -> Any:
        if field.facts.mark is not None:
            return field.facts.mark.function(context, **field.arguments.bind(self._variables))
        info = self._origin(context, root_value, None).info(field)
        subscribe: Any = field.facts.definition.subscribe
        return subscribe(root_value, info, **field.arguments.raw(self._variables))

    def _run(self, context: Any, root_value: Any, operation_extensions: dict[str, Any] | None) -> Run:
        return Run(self._variables, self._origin(context, root_value, operation_extensions))

    def _origin(self, context: Any, root_value: Any, operation_extensions: dict[str, Any] | None) -> Origin:
        document, variables = self._plan.document, self._variables.coerced
        schema = self._schema.catalogue.schema
        return Origin(
            schema, self._plan.operation, document.fragments, variables, context, root_value, operation_extensions
        )

    def _event(self, run: Run, event: Any) -> tuple[dict[str, Any], list[Group]]:
        (field,) = self._plan.top
        data: dict[str, Any] = {field.key: None}
        return data, run.place(field, [event], [data])

    async def _run_in_series(self, run: Run, root_value: Any, context: Any) -> ExecutionResult:
        """Run each field of a mutation to its end before the next. One that takes the answer away is the last."""
        settlement = Settlement(run.selections)
        data: dict[str, Any] = {}
        for key, field in self._plan.root.fields.items():
            if field is None:
                data[key] = self._plan.type.name
                continue
            group = run.build(self._plan.root.alone[key], [root_value])
            await run.fill([group])
            data[key] = group.built[0][key]
            try:
                if run.faults.any:
                    data[key] = settlement.field(field, data[key], ())
            except GraphQLError as error:
                return self._told(None, [*settlement.errors, error], context)
        return self._told(data, settlement.errors, context)

    def _result(self, run: Run, data: dict[str, Any], context: Any) -> ExecutionResult:
        if not run.faults.any:
            return self._told(data, [], context)
        settlement = Settlement(run.selections)
        try:
            settlement.object(self._plan.root, data, ())
        except GraphQLError as error:
            return self._told(None, [*settlement.errors, error], context)
        return self._told(data, settlement.errors, context)

    def _told(self, data: dict[str, Any] | None, errors: list[GraphQLError], context: Any) -> ExecutionResult:
        told = self._schema.told(errors, context) if errors else None
        return ExecutionResult(data=data, errors=told, extensions=self.extensions)

    @property
    def extensions(self) -> dict[str, Any] | None:
        """What the answer says of its cost."""
        if not self._schema.tell_cost:
            return None
        return {"cost": {"requested": self.cost, "maximum": self._limit}}

    def _root_field(self, field: Field) -> RootField:
        try:
            arguments = field.arguments.bind(self._variables)
        except GraphQLError as error:
            raise Rejected(coded(Code.BAD_USER_INPUT, [error])) from error
        named = {name: value for name, value in arguments.items() if name != "selected"}
        return RootField(field.nodes[0].name.value, field.key, named, field.facts.field.metadata)


def _checked(source: Any) -> AsyncIterable[Any]:
    if isinstance(source, Exception):
        raise source
    if not isinstance(source, AsyncIterable):
        raise GraphQLError(f"Subscription field must return AsyncIterable. Received: {inspect(source)}.")
    return source
