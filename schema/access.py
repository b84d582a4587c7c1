"""How types and fields are declared here: with a scope, a description, and one of the engine's ways to resolve."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import MISSING
from typing import Any, TypeVar, dataclass_transform

import strawberry
from strawberry.schema_directive import Location

import engine
from domain.identity import Scope
from domain.refusals import Refusal, Refusals
from resolvers.context import Context
from resolvers.entrances import Entrance, Followed, Live, States
from schema.enums import described

T = TypeVar("T")

described(
    Scope,
    "What a caller must be to use a field.",
    VISITOR="Anyone.",
    MEMBER="A member who is logged in.",
    GUIDE="A guide (导购) who is active.",
    STAFF="Anyone who works for the brand, at headquarters or below.",
    OPERATOR="Runs the brand's pond from headquarters; may do all that staff may.",
    CONTENT="Writes and publishes content, for the whole brand.",
    MODERATOR="Decides on comments and bullet comments, for the whole brand.",
    STORE_MANAGER="Runs a store or a region, and sees and does what belongs to it.",
    FINANCE="Handles coins, commissions and payments, for the whole brand.",
)


@strawberry.schema_directive(
    name="scope",
    locations=[Location.OBJECT, Location.INTERFACE, Location.FIELD_DEFINITION],
    description="What a caller must be to use this field, or each field of this type that says nothing else.",
)
class ScopeDirective:
    requires: Scope = strawberry.directive_field(name="is")


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def object_type(
    *, scope: Scope, description: str, record: type | tuple[type, ...] = (), name: str | None = None
) -> Callable[[type[T]], type[T]]:
    """Declare an object type whose fields have this scope.

    `record` is the class of the values that are of this type, where it is reached through an interface.
    """

    def declare(cls: type[T]) -> type[T]:
        declared = strawberry.type(cls, name=name, description=description, directives=[ScopeDirective(requires=scope)])
        records = record if isinstance(record, tuple) else (record,)
        return engine.scoped(scope)(engine.describes(*records)(declared) if records else declared)

    return declare


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def interface(*, scope: Scope, description: str) -> Callable[[type[T]], type[T]]:
    """Declare an interface whose fields have this scope."""

    def declare(cls: type[T]) -> type[T]:
        return engine.scoped(scope)(
            strawberry.interface(cls, description=description, directives=[ScopeDirective(requires=scope)])
        )

    return declare


def _directives(scope: Scope | None) -> list[object]:
    return [] if scope is None else [ScopeDirective(requires=scope)]


def attribute(
    description: str,
    *,
    scope: Scope | None = None,
    name: str | None = None,
    default: Any = MISSING,
    default_factory: Any = MISSING,
) -> Any:
    """A field that is an attribute of the record."""
    metadata = {} if scope is None else {"scope": scope}
    return strawberry.field(
        description=description,
        name=name,
        directives=_directives(scope),
        metadata=metadata,
        default=default,
        default_factory=default_factory,
    )


def derived(function: Callable[[Any], Any], description: str, *, scope: Scope | None = None) -> Any:
    """A field that is a pure function of one record."""
    return engine.derived(function, description=description, scope=scope, directives=_directives(scope))


def batched(
    function: Callable[..., Any], description: str, *, scope: Scope | None = None, cost: int = 1, tree: bool = False
) -> Any:
    """A field that is read for all records of a level at once. `tree`: it is the children of a tree."""
    metadata = {engine.TREE: True} if tree else {}
    return engine.batched(
        function, description=description, scope=scope, cost=cost, directives=_directives(scope), metadata=metadata
    )


def query(function: Callable[..., Any], description: str, *, scope: Scope, cost: int = 1) -> Any:
    """A field of the root of queries."""
    return engine.root(function, description=description, scope=scope, cost=cost, directives=_directives(scope))


def mutation(
    function: Callable[..., Awaitable[Any]],
    payload: type[Any],
    description: str,
    *,
    scope: Scope,
    cost: int = 10,
    money: bool = False,
) -> Any:
    """A field of the root of mutations.

    A refusal becomes a member of the payload's `userErrors`, here and nowhere else.
    """
    from schema.refusals import faces_of  # noqa: PLC0415  its types are declared with the functions above

    @functools.wraps(function)
    async def run(ctx: Context, **arguments: Any) -> Any:
        try:
            return await function(ctx, **arguments)
        except (Refusal, Refusals) as refused:
            return payload(user_errors=faces_of(refused, ctx.locale))

    return engine.root(
        run,
        description=description,
        scope=scope,
        cost=cost,
        directives=_directives(scope),
        metadata={"money": True} if money else {},
    )


def subscription(
    function: Callable[..., Any], description: str, *, scope: Scope, enter: Callable[..., Awaitable[Entrance]]
) -> Any:
    """A field of the root of subscriptions whose events are those of one live room.

    `enter` decides with the same arguments whether and where the caller may come in; a server that shares
    streams asks it, and executes each event once for all who entered alike. `function` serves one caller alone.
    """

    async def let_in(ctx: Context, arguments: Mapping[str, Any]) -> Entrance:
        return await enter(ctx, **arguments)

    return engine.stream(
        function,
        description=description,
        scope=scope,
        cost=5,
        directives=_directives(scope),
        metadata={"live": Live(let_in)},
    )


def followed(enter: Callable[..., Awaitable[States]], description: str, *, scope: Scope) -> Any:
    """A field of the root of subscriptions whose events are how something stands: at first, and whenever that changes.

    `enter` decides whether the caller may follow it. A server that shares streams executes each state once for all to
    whom it looks alike.
    """

    @functools.wraps(enter)
    async def follow(ctx: Context, **arguments: Any) -> AsyncIterator[Any]:
        async with aclosing(await enter(ctx, **arguments)) as states:
            async for state in states:
                yield state.value

    async def let_in(ctx: Context, arguments: Mapping[str, Any]) -> States:
        return await enter(ctx, **arguments)

    return engine.stream(
        follow,
        description=description,
        scope=scope,
        cost=5,
        directives=_directives(scope),
        metadata={"feed": Followed(let_in)},
    )
