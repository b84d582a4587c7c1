"""The markers that say how a field of a Strawberry type gets its value.

A marker makes an ordinary Strawberry field: its resolver serves one parent, so Strawberry's own executor
gives the same answers. The engine reads the mark beside it and serves all parents of a level at once.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import strawberry
from strawberry.types.field import StrawberryField
from strawberry.types.fields.resolver import Parameter, Signature
from strawberry.types.info import Info

from engine.selected import selected_of_info

MARK = "engine"
SCOPE = "scope"
COST = "cost"
MONEY = "money"
TREE = "tree"
SCOPE_OF_TYPE = "__engine_scope__"
RECORDS_OF_TYPE = "__engine_records__"

_SELECTED = "selected"

Type = TypeVar("Type", bound=type[Any])


class Kind(Enum):
    """How the function of a field is called."""

    BATCHED = "once for all parents of a level"
    DERIVED = "for one record, with nothing else"
    ROOT = "once, without a parent"
    STREAM = "once per subscription"


@dataclass(frozen=True, slots=True)
class Mark:
    """The function behind a field, and whether it asks for the names selected below."""

    kind: Kind
    function: Callable[..., Any]
    wants_selected: bool


def batched(function: Callable[..., Any], *, cost: int = 1, scope: object = None, **options: Any) -> Any:
    """A field served by `function(ctx, parents, *, arguments…) -> values`, one value per parent, in their order.

    The function may be async. An exception that it raises fails the field of every parent; an exception
    that it returns in a parent's place fails that one. Options are those of `strawberry.field`.
    `metadata={TREE: True}` says of a list that nothing is in it twice, however deep it is asked for: the children of a
    tree.
    """
    return _field(_mark(Kind.BATCHED, function), _serve_one, cost, scope, options)


def root(function: Callable[..., Any], *, cost: int = 1, scope: object = None, **options: Any) -> Any:
    """A field of Query or Mutation served by `function(ctx, *, arguments…) -> value`, async or not."""
    return _field(_mark(Kind.ROOT, function), _serve_root, cost, scope, options)


def stream(function: Callable[..., Any], *, cost: int = 1, scope: object = None, **options: Any) -> Any:
    """A field of Subscription: `function(ctx, *, arguments…)` gives an async iterator of event records."""
    return _field(_mark(Kind.STREAM, function), _serve_root, cost, scope, {**options, "is_subscription": True})


def derived(function: Callable[[Any], Any], *, cost: int = 0, scope: object = None, **options: Any) -> Any:
    """A field that is a pure function of the record: it may be called more than once, and never waits."""
    if inspect.iscoroutinefunction(function):
        raise TypeError(f"{function.__qualname__} is async: a derived field cannot wait, use batched")
    return _field(Mark(Kind.DERIVED, function, wants_selected=False), _serve_derived, cost, scope, options)


def scoped(scope: object) -> Callable[[Type], Type]:
    """Give every field of a type this scope, unless the field states its own. Stands above or below strawberry.type."""

    def mark(cls: Type) -> Type:
        setattr(cls, SCOPE_OF_TYPE, scope)
        return cls

    return mark


def describes(*records: type) -> Callable[[Type], Type]:
    """Say that records of these classes are of this GraphQL type, wherever an interface or a union is asked for."""

    def mark(cls: Type) -> Type:
        def is_type_of(value: object, _info: object) -> bool:
            return isinstance(value, (cls, *records))

        setattr(cls, RECORDS_OF_TYPE, records)
        definition = cls.__dict__.get("__strawberry_definition__")
        if definition is None:
            cls.is_type_of = staticmethod(is_type_of)
        else:
            definition.is_type_of = is_type_of
        return cls

    return mark


def mark_of(field: StrawberryField) -> Mark | None:
    """The mark that a marker left on a field."""
    mark = field.metadata.get(MARK)
    return mark if isinstance(mark, Mark) else None


def _mark(kind: Kind, function: Callable[..., Any]) -> Mark:
    if isinstance(function, StrawberryField):
        raise TypeError(f"{function.name} is a field of the class by now: give the function another name")
    return Mark(kind, function, wants_selected=_SELECTED in inspect.signature(function).parameters)


def _field(
    mark: Mark, serve: Callable[[Mark], Callable[..., Any]], cost: int, scope: object, options: dict[str, Any]
) -> Any:
    stated = {} if scope is None else {SCOPE: scope}
    metadata: Mapping[str, Any] = {**(options.pop("metadata", None) or {}), MARK: mark, COST: cost, **stated}
    return strawberry.field(resolver=_with_signature(serve(mark), mark), metadata=metadata, **options)


def _serve_one(mark: Mark) -> Callable[..., Any]:
    """A resolver for one parent that answers as the engine does for many."""

    def resolve(root: object, info: Info, **arguments: Any) -> Any:
        values = mark.function(info.context, [root], **arguments, **_selected(mark, info))
        return _only_later(values) if inspect.isawaitable(values) else _only(values)

    async def _only_later(values: Awaitable[Sequence[Any]]) -> Any:
        return _only(await values)

    def _only(values: Sequence[Any]) -> Any:
        check_count(mark, values, 1)
        return values[0]

    return resolve


def _serve_root(mark: Mark) -> Callable[..., Any]:
    def resolve(root: object, info: Info, **arguments: Any) -> Any:  # noqa: ARG001
        return mark.function(info.context, **arguments, **_selected(mark, info))

    return resolve


def _serve_derived(mark: Mark) -> Callable[..., Any]:
    def resolve(root: object) -> Any:
        return mark.function(root)

    return resolve


def check_count(mark: Mark, values: object, count: int) -> None:
    """Refuse an answer of a batch function that is not one value per parent."""
    name = getattr(mark.function, "__name__", repr(mark.function))
    if not isinstance(values, (list, tuple)):
        raise TypeError(f"{name} returned {type(values).__name__}, not a list of one value per parent")
    if len(values) != count:
        raise ValueError(f"{name} returned {len(values)} values for {count} parents")


def _selected(mark: Mark, info: Info) -> dict[str, Any]:
    return {_SELECTED: selected_of_info(info)} if mark.wants_selected else {}


def _with_signature(resolve: Callable[..., Any], mark: Mark) -> Callable[..., Any]:
    """Show the arguments of the marked function to Strawberry as those of its resolver."""
    shown: list[inspect.Parameter] = [Parameter("root", Parameter.POSITIONAL_OR_KEYWORD)]
    if mark.kind is not Kind.DERIVED:
        shown.append(Parameter("info", Parameter.POSITIONAL_OR_KEYWORD, annotation=Info))
        shown += _arguments(mark.function)
    resolve.__signature__ = Signature(shown)  # type: ignore[attr-defined]
    resolve.__module__ = mark.function.__module__
    resolve.__name__ = resolve.__qualname__ = getattr(mark.function, "__name__", "resolve")
    resolve.__annotations__ = {shown.name: shown.annotation for shown in shown}
    return resolve


def _arguments(function: Callable[..., Any]) -> list[inspect.Parameter]:
    parameters = Signature.from_callable(function).parameters.values()
    return [
        parameter
        for parameter in parameters
        if parameter.kind is Parameter.KEYWORD_ONLY and parameter.name != _SELECTED
    ]
