"""What every transport needs to serve GraphQL: who the caller is, what runs, and what becomes of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import orjson
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult

import engine
from app.deadlines import Deadline, Patience
from app.places import UNKNOWN
from app.rates import Rates
from app.settings import Limits
from domain.identity import VISITOR, Principal
from domain.records import record
from resolvers.context import Context, Locale
from subscriptions.hub import Hub

SPELLINGS = 64
"""Clients spell a header in few ways: so many of each are remembered."""

_logger = logging.getLogger("yutang.faults")


@record
class Caller:
    """Who asks, in which language, from where, and the id under which the log knows the request."""

    principal: Principal = VISITOR
    locale: Locale = Locale.ZH
    request_id: str = "-"
    client: str = UNKNOWN
    visitor_key: str = ""
    """By what a visitor is known again on one device; empty if by nothing."""
    token: str | None = field(default=None, repr=False)


class Overloaded(Exception):
    """As many operations run as this process can take."""


class Admission:
    """A block for each operation, of which this process runs so many at once."""

    def __init__(self, most: int) -> None:
        self._most, self._running = most, 0

    def __enter__(self) -> None:
        """One operation more.

        Raises:
            Overloaded: too many run.
        """
        if self._running >= self._most:
            raise Overloaded
        self._running += 1

    def __exit__(self, *_: object) -> None:
        self._running -= 1


@dataclass
class Gate:
    """The product as the transports see it."""

    schema: engine.Schema
    hub: Hub
    context: Callable[[Caller], Context]
    identify: Callable[[str], Awaitable[Principal | None]]
    limits: Limits
    origins: frozenset[str] = frozenset()
    rates: Rates = field(init=False)
    admitted: Admission = field(init=False)
    draining: bool = field(default=False, init=False)
    _patience: Patience = field(init=False)

    def __post_init__(self) -> None:
        self.rates = Rates(self.limits.visitor_requests_per_minute, self.limits.member_requests_per_minute)
        self.admitted = Admission(self.limits.operations_at_once)
        self._patience = Patience(self.limits.operation_s)

    def deadline(self) -> Deadline:
        """A block that may take as long as an operation may."""
        return Deadline(self._patience)

    async def look_again(self, caller: Caller) -> Caller | None:
        """The caller as they are now; None when their token means nothing any more."""
        if caller.token is None:
            return caller
        with self.deadline():
            principal = await self.identify(caller.token)
        return None if principal is None else replace(caller, principal=principal)

    async def run(self, prepared: engine.Prepared, ctx: Context) -> ExecutionResult:
        """Run a query or a mutation, for so long at most."""
        try:
            with self.deadline():
                return await prepared.run(ctx)
        except TimeoutError:
            errors = [GraphQLError("The operation took too long.", extensions={"code": "TIMEOUT"})]
        except Exception as fault:  # noqa: BLE001  it is told, masked, and logged
            errors = self.schema.told([GraphQLError("", original_error=fault)], ctx)
        return ExecutionResult(data=None, errors=errors)


def address_of(scope: MutableMapping[str, Any]) -> str:
    """Where a connection comes from."""
    client = scope.get("client")
    return str(client[0]) if client else UNKNOWN


def answer_of(result: ExecutionResult) -> dict[str, Any]:
    """An answer as JSON values. What did not run has no data."""
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    if result.data is not None or not result.errors:
        answer["data"] = result.data
    if result.extensions:
        answer["extensions"] = result.extensions
    return answer


def encoded(answer: dict[str, Any], request_id: str) -> bytes:
    """The answer in bytes; a fault in its place if it cannot be written."""
    try:
        return orjson.dumps(answer)
    except TypeError:
        _logger.exception("the answer to request %s cannot be written", request_id)
        return orjson.dumps(refusal("INTERNAL", "The answer cannot be written.", requestId=request_id))


def refusal(code: str, message: str, **more: Any) -> dict[str, Any]:
    """The answer to a request that was not executed."""
    return {"errors": [{"message": message, "extensions": {"code": code, **more}}]}


@lru_cache(SPELLINGS)
def locale_of(accepted: str) -> Locale:
    """The language to answer in, by an Accept-Language header; Chinese unless English is asked for first."""
    best, chosen = 0.0, Locale.ZH
    for part in accepted.split(",")[:16]:
        tag, _, quality = part.strip().partition(";q=")
        locale = {"zh": Locale.ZH, "en": Locale.EN}.get(tag.lower().partition("-")[0])
        weight = _weight(quality)
        if locale is not None and weight > best:
            best, chosen = weight, locale
    return chosen


def _weight(quality: str) -> float:
    try:
        return float(quality) if quality else 1.0
    except ValueError:
        return 0.0
