"""A pond to test in: the product over a real database, and short ways to fill it."""

from __future__ import annotations

from contextlib import contextmanager
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import uuid_utils.compat

from db.connection import Database, statement_log
from domain.identity import VISITOR, Principal
from resolvers.context import Context, Locale
from resolvers.services import Rules, Services
from schema.root import build

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
"""Noon in Shanghai."""


@cache
def the_schema() -> Any:
    return build()


class Pond:
    """The product, its clock in the hand of the test."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.time = NOON
        self.services = Services(Rules())

    def context(self, principal: Principal = VISITOR, locale: Locale = Locale.EN) -> Context:
        return Context(
            self.database,
            self.services,
            now=lambda: self.time,
            new_id=uuid_utils.compat.uuid7,
            principal=principal,
            locale=locale,
            request_id="a-request",
        )

    def later(self, **by: float) -> datetime:
        """Let time pass."""
        self.time += timedelta(**by)
        return self.time

    async def execute(
        self, document: str, principal: Principal = VISITOR, *, locale: Locale = Locale.EN, **variables: Any
    ) -> Any:
        """The whole result of a document."""
        return await the_schema().execute(
            document, variable_values=variables, context_value=self.context(principal, locale)
        )

    async def ask(
        self, document: str, principal: Principal = VISITOR, *, locale: Locale = Locale.EN, **variables: Any
    ) -> Any:
        """The data of a document that meets no error."""
        result = await self.execute(document, principal, locale=locale, **variables)
        assert result.errors is None, result.errors
        return result.data

    async def refused(self, document: str, principal: Principal = VISITOR, **variables: Any) -> list[Any]:
        """The `userErrors` of a document's one mutation."""
        data = await self.ask(document, principal, **variables)
        (payload,) = data.values()
        return payload["userErrors"]

    async def errors(self, document: str, principal: Principal = VISITOR, **variables: Any) -> list[str]:
        """The codes of the errors at the top of a document's answer."""
        result = await self.execute(document, principal, **variables)
        return [error.extensions["code"] for error in result.errors or []]


@contextmanager
def statements() -> Iterator[list[str]]:
    """The SQL statements that are run within the block."""
    log: list[str] = []
    token = statement_log.set(log)
    try:
        yield log
    finally:
        statement_log.reset(token)


def as_member(member_id: UUID, principal: Principal = VISITOR) -> Principal:
    return replace(principal, member_id=member_id)
