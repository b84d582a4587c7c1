"""A small schema for the specification tests: books by authors, and everything that can be limited or refused."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.types.info import Info

from engine import TREE, Limits, Schema, batched, derived, root, scoped, stream


@dataclass
class Desk:
    """The context: what was asked of it, and gates to wait at."""

    asked: list[str] = field(default_factory=list)
    scopes: list[frozenset[Any]] = field(default_factory=list)
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    left: list[str] = field(default_factory=list)
    forbidden: str | None = None
    limits: Limits = field(default_factory=Limits)


async def related_of(desk: Desk, numbers: Sequence[int], *, first: int | None = None) -> list[list[int]]:
    desk.asked.append(f"related of {len(numbers)}")
    return [[number + 1] for number in numbers]


async def sequels_of(_: Desk, numbers: Sequence[int]) -> list[list[int]]:
    return [[number + 1, number + 2] for number in numbers]


async def held_of(desk: Desk, numbers: Sequence[int]) -> list[int]:
    """Waits at the gate."""
    desk.entered.set()
    try:
        await desk.gate.wait()
    finally:
        desk.left.append("held")
    return list(numbers)


@scoped("reader")
@strawberry.type
class Book:
    """Its records are numbers."""

    id: strawberry.ID = derived(str)
    title: str = derived(lambda number: f"Book {number}")
    secret: str = derived(lambda number: f"Secret {number}", scope="librarian")
    related: list["Book"] = batched(related_of)
    sequels: list["Book"] = batched(sequels_of)
    parts: list["Book"] = batched(sequels_of, metadata={TREE: True})
    held: int | None = batched(held_of)
    also: int | None = batched(held_of)

    @strawberry.field
    def fancy(self, info: Info) -> str:
        """Looks where it stands, so graphql-core has to run it."""
        return ".".join(str(key) for key in info.path.as_list())


def books(desk: Desk, *, first: int = 20, last: int | None = None) -> list[int]:
    desk.asked.append(f"books {first}")
    return list(range(first))


def by_ids(desk: Desk, *, ids: list[strawberry.ID]) -> list[int]:
    return [len(id_) for id_ in ids]


def fail(desk: Desk) -> int:
    raise RuntimeError("postgres://user:secret@db")


@scoped("reader")
@strawberry.type
class Query:
    books: list[Book] = root(books)
    by_ids: list[Book] = root(by_ids)
    book: Book = root(lambda _: 1, cost=3)
    fail: int | None = root(fail)


async def lend_out(desk: Desk, *, number: int) -> int | None:
    """Notes when it begins and ends, with a wait between."""
    desk.asked.append(f"lend {number}")
    await asyncio.sleep(0)
    desk.asked.append(f"lent {number}")
    return number if number < 9 else None


@scoped("member")
@strawberry.type
class Mutation:
    lend: Book = root(lend_out)
    try_lend: Book | None = root(lend_out)
    pay: int = root(lambda _: 1, metadata={"money": True})


async def returned(desk: Desk, *, count: int = 2) -> AsyncIterator[int]:
    try:
        for number in range(count):
            desk.asked.append(f"returned {number}")
            yield number
    finally:
        desk.left.append("returned")


async def refused(desk: Desk) -> AsyncIterator[int]:
    raise PermissionError("not now")


async def broken(desk: Desk) -> AsyncIterator[int]:
    yield 1
    raise ConnectionError("the line is dead")


@scoped("reader")
@strawberry.type
class Subscription:
    returned: Book = stream(returned, metadata={"room": True})
    refused: Book = stream(refused)
    broken: Book = stream(broken)


def authorise(scopes: frozenset[Any], desk: Desk) -> None:
    desk.scopes.append(scopes)
    if desk.forbidden in scopes:
        raise GraphQLError("Not for you.", extensions={"code": "FORBIDDEN"})


def library(**options: Any) -> Schema:
    """A schema with its own caches."""
    options = {"authorise": authorise, "limits": lambda desk: desk.limits, "require_scope": True, **options}
    return Schema(Query, Mutation, Subscription, **options)
