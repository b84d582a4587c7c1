"""Which subscriptions can share the execution of an event."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from typing import Annotated, Any

import strawberry

import engine


async def _pages(
    ctx: Any, *, book: int, after: Annotated[int | None, strawberry.argument()] = None
) -> AsyncIterator[int]:
    yield book + (after or 0)


@strawberry.type
class Query:
    here: bool = True


@strawberry.type
class Page:
    number: int

    @strawberry.field
    def line(self, at: int) -> int:
        return at


@strawberry.type
class Subscription:
    pages: Page = engine.stream(_pages)


schema = engine.Schema(Query, subscription=Subscription)
PAGES = "subscription($book: Int!, $after: Int) { pages(book: $book, after: $after) { ...Lines } }"
LINES = " fragment Lines on Page { number line(at: %s) }"


def key(document: str, **variables: Any) -> Hashable:
    return schema.prepare(document, variables).alike("after")


def test_an_argument_that_does_not_count_makes_no_difference() -> None:
    document = PAGES + LINES % "3"

    assert key(document, book=1, after=2) == key(document, book=1, after=9) == key(document, book=1)


def test_any_other_variable_does() -> None:
    document = PAGES + LINES % "3"

    assert key(document, book=1) != key(document, book=2)


def test_a_variable_that_is_used_elsewhere_too_counts() -> None:
    document = PAGES.replace("$after: Int)", "$after: Int!)") + LINES % "$after"

    assert key(document, book=1, after=2) != key(document, book=1, after=3)
    assert key(document, book=1, after=2) == key(document, book=1, after=2)


def test_documents_are_different_things() -> None:
    assert key(PAGES + LINES % "3", book=1) != key(PAGES + LINES % "4", book=1)
