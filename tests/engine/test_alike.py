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


@strawberry.input
class Range:
    first: int
    last: int
    step: int = 1


async def _leaves(ctx: Any, *, within: list[Range]) -> AsyncIterator[int]:
    yield within[0].first


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
    leaves: Page = engine.stream(_leaves)


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


def test_the_order_of_an_inputs_members_does_not_count_and_that_of_a_list_does() -> None:
    document = "subscription($within: [Range!]!) { leaves(within: $within) { number } }"
    one, same, other = {"first": 1, "last": 2}, {"last": 2, "first": 1}, {"first": 2, "last": 1}

    assert key(document, within=[one, other]) == key(document, within=[same, other])
    assert key(document, within=[one, other]) != key(document, within=[other, one])
    assert key(document, within=[one]) == key(document, within=[{"step": 1, **same}])


def test_documents_are_different_things() -> None:
    assert key(PAGES + LINES % "3", book=1) != key(PAGES + LINES % "4", book=1)
