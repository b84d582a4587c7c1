"""GraphQL over HTTP: POST with JSON, and GET for queries (the specification of the GraphQL Foundation).

A plain ASGI application: a request costs as little as it can. What is malformed is answered with a 4xx before
GraphQL sees it; well-formed GraphQL is answered with 200, or, to clients that accept the newer
`application/graphql-response+json`, with what its specification says.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import parse_qs

import uuid_utils
from strawberry.schema.exceptions import InvalidOperationTypeError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

import engine
from app import event_streams, strict_json
from app.deadlines import Deadline, Patience
from app.event_streams import EventStream
from app.gate import SPELLINGS, Caller, Gate, Overloaded, address_of, answer_of, encoded, locale_of, refusal
from app.places import Full, Places, TooMany
from app.requests import GraphQLRequest, Malformed, request_from
from app.streams import ANY
from app.strict_json import BadJson
from domain.identity import VISITOR
from domain.live_audience import LONGEST_VISITOR_KEY
from domain.outages import Outage

Scope: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
SendWhole: TypeAlias = Callable[[int, Mapping[str, str], bytes], Awaitable[None]]

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
WHOLE = "yutang.whole"
"""The extension of our server's scope that sends a response at once: its status, headers and body."""
ALWAYS = {"x-content-type-options": "nosniff", "vary": "Accept, Accept-Language, Authorization, Origin"}
READING = frozenset({OperationType.QUERY, OperationType.SUBSCRIPTION})
WATCH_AFTER_S = 0.2
LONGEST_QUERY_STRING = 16 * 1024
MOST_THROWN_AWAY = 1024 * 1024
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REJECTION_STATUS = {"UNAUTHENTICATED": 401, "FORBIDDEN": 403}

_logger = logging.getLogger("yutang.http")


class Refused(Exception):
    """The request is answered with this status and nothing of it is executed."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.headers = status, code, headers


def _overloaded() -> Refused:
    return Refused(503, "OVERLOADED", "Too much is going on.", **{"retry-after": "1"})


class GraphQLOverHTTP:
    """The endpoint."""

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._patience_with_bodies, self._patience_with_answers = Patience(gate.limits.body_s), Patience(WATCH_AFTER_S)
        self._event_streams: set[EventStream] = set()
        self._places = Places(gate.limits.event_streams, gate.limits.connections_per_address)

    async def drain(self) -> None:
        """End the responses that would go on for long."""
        for stream in self._event_streams:
            stream.end()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = _headers_of(scope)
        exchange = Exchange(headers, send, scope["extensions"][WHOLE])
        try:
            await self._serve(scope, headers, receive, exchange)
        except Refused as refused:
            await exchange.refuse(refused)
        except ClientLeft:
            pass
        except Outage as outage:
            _logger.warning("outage before request %s: %r, %r", exchange.request_id, outage, outage.__cause__)
            await exchange.refuse(_overloaded())
        except Exception:
            _logger.exception("fault in request %s", exchange.request_id)
            await exchange.refuse(Refused(500, "INTERNAL", "Something went wrong."))

    async def _serve(self, scope: Scope, headers: Mapping[str, str], receive: Receive, exchange: Exchange) -> None:
        origin = headers.get("origin")
        exchange.allow_origin(origin if origin in self._gate.origins else None)
        method = scope["method"]
        if method == "OPTIONS":
            await exchange.preflight()
            return
        if method not in ("GET", "POST"):
            raise Refused(405, "METHOD_NOT_ALLOWED", "Use POST, or GET for queries.", allow="GET, POST")
        exchange.media_type = _media_type(headers.get("accept"))
        body = None if method == "GET" else await self._body(headers, receive)
        caller = await self._caller(scope, headers, exchange.request_id)
        exchange.is_private = caller.principal is not VISITOR
        self._check_rate(caller)
        request = self._request_of_query(scope, headers) if body is None else self._request_of_body(body)
        only_queries = method == "GET"
        await self._execute(request, caller, receive, exchange, only_queries=only_queries)

    async def _execute(
        self, request: GraphQLRequest, caller: Caller, receive: Receive, exchange: Exchange, *, only_queries: bool
    ) -> None:
        if exchange.media_type == event_streams.MEDIA_TYPE:
            await self._stream(request, caller, receive, exchange, READING if only_queries else ANY)
            return
        ctx = self._gate.context(caller)
        allowed = {OperationType.QUERY} if only_queries else {OperationType.QUERY, OperationType.MUTATION}
        try:
            prepared = self._gate.schema.prepare(request.query, request.variables, request.operation_name, ctx, allowed)
        except engine.Rejected as rejected:
            self._gate.rates.charge(caller.principal, caller.client)
            if only_queries and isinstance(rejected.__cause__, InvalidOperationTypeError):
                raise Refused(405, "METHOD_NOT_ALLOWED", "GET is for queries.", allow="POST") from None
            await exchange.reject(rejected)
            return
        try:
            with self._gate.admitted:
                result = await self._unless_left(self._gate.run(prepared, ctx), receive)
        except Overloaded:
            raise _overloaded() from None
        await exchange.answer(result)

    async def _stream(
        self,
        request: GraphQLRequest,
        caller: Caller,
        receive: Receive,
        exchange: Exchange,
        allowed: frozenset[OperationType],
    ) -> None:
        """Execute any operation and write what it says as events."""
        try:
            with self._places.one_for(caller.client):
                stream = EventStream(self._gate, await exchange.begin_events(), caller)
                self._event_streams.add(stream)
                try:
                    await stream.serve(request, receive, allowed)
                finally:
                    self._event_streams.discard(stream)
        except Full:
            raise _overloaded() from None
        except TooMany:
            raise Refused(429, "RATE_LIMITED", "Too many event streams.", **{"retry-after": "1"}) from None

    async def _body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """Read the body. Raises Refused for a type, an encoding or a length that is not taken."""
        _check_type(headers.get("content-type", ""))
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", "Content-Encoding is not supported.")
        most = self._gate.limits.body_bytes
        try:
            with Deadline(self._patience_with_bodies):
                return await _read(receive, most)
        except TimeoutError:
            raise Refused(408, "BODY_TIMEOUT", "The body did not come in time.", connection="close") from None

    async def _unless_left(self, running: Awaitable[ExecutionResult], receive: Receive) -> ExecutionResult:
        """Wait for the result, and cancel what makes it when the client leaves. Short operations are not watched."""
        watch = _Watch(receive)
        self._patience_with_answers.begin(watch)
        try:
            return await running
        except asyncio.CancelledError:
            watch.check()
            raise
        finally:
            self._patience_with_answers.end(watch)
            if watch.watching is not None:
                await _ended(watch.watching)

    async def _caller(self, scope: Scope, headers: Mapping[str, str], request_id: str) -> Caller:
        """Who asks. Raises Refused for a token that says nothing: it never makes a visitor."""
        principal, token = VISITOR, None
        given = headers.get("authorization")
        if given is not None:
            kind, _, said = given.partition(" ")
            token = said.strip() if kind.lower() == "bearer" else None
            found = await self._gate.identify(token) if token else None
            if found is None:
                raise Refused(
                    401, "UNAUTHENTICATED", "The token is unknown or expired.", **{"www-authenticate": "Bearer"}
                )
            principal = found
        locale = locale_of(headers.get("accept-language", ""))
        visitor_key = headers.get("x-visitor-key", "")[:LONGEST_VISITOR_KEY]
        return Caller(principal, locale, request_id, address_of(scope), visitor_key, token)

    def _check_rate(self, caller: Caller) -> None:
        wait_s = self._gate.rates.wait_s(caller.principal, caller.client)
        if wait_s:
            raise Refused(429, "RATE_LIMITED", "Too many requests.", **{"retry-after": str(wait_s)})

    def _request_of_body(self, body: bytes) -> GraphQLRequest:
        try:
            return request_from(strict_json.read(body, deepest=self._gate.limits.json_depth))
        except BadJson as bad:
            raise Refused(400, "BAD_REQUEST", f"The body is not JSON that we take: {bad}.") from None
        except Malformed as malformed:
            raise Refused(400, "BAD_REQUEST", str(malformed)) from None

    def _request_of_query(self, scope: Scope, headers: Mapping[str, str]) -> GraphQLRequest:
        raw = scope["query_string"]
        if len(raw) > LONGEST_QUERY_STRING:
            raise Refused(414, "URI_TOO_LONG", "The query string is too long; use POST.")
        if not raw and "text/html" in headers.get("accept", ""):
            raise Refused(404, "NOT_FOUND", "Nothing to see here.")
        try:
            return request_from(_parameters(raw, self._gate.limits.json_depth))
        except (BadJson, ValueError):
            raise Refused(400, "BAD_REQUEST", "The query string cannot be read.") from None
        except Malformed as malformed:
            raise Refused(400, "BAD_REQUEST", str(malformed)) from None


class ClientLeft(Exception):
    """Nobody waits for the answer any more."""


class Exchange:
    """The answer to one request."""

    def __init__(self, headers: Mapping[str, str], send: Send, send_whole: SendWhole) -> None:
        given = headers.get("x-request-id", "")
        self.request_id = given if given and _REQUEST_ID.fullmatch(given) else str(uuid_utils.uuid7())
        self.media_type = JSON
        self.is_private = False
        self._send, self._send_whole = send, send_whole
        self._headers = {"x-request-id": self.request_id, **ALWAYS}

    def allow_origin(self, origin: str | None) -> None:
        """Let pages of this origin read the answer."""
        if origin is not None:
            self._headers["access-control-allow-origin"] = origin
            self._headers["access-control-expose-headers"] = "X-Request-Id, Retry-After"

    async def preflight(self) -> None:
        """Answer a browser that asks what it may send."""
        if "access-control-allow-origin" not in self._headers:
            raise Refused(403, "FORBIDDEN", "This origin is not allowed.")
        self._headers |= {
            "access-control-allow-methods": "GET, POST",
            "access-control-allow-headers": "Authorization, Content-Type, Accept-Language, X-Request-Id",
            "access-control-max-age": "600",
        }
        await self._respond(204, b"")

    async def answer(self, result: ExecutionResult) -> None:
        """Answer with what was executed."""
        ran = result.data is not None or not result.errors or any(error.path for error in result.errors)
        status = 200 if ran or self.media_type == JSON else _status_of(result)
        answer = answer_of(result)
        if ran:
            answer.setdefault("data", None)
        await self._respond(status, encoded(answer, self.request_id))

    async def reject(self, rejected: engine.Rejected) -> None:
        """Answer a request that GraphQL refused before it ran."""
        code = (rejected.errors[0].extensions or {}).get("code", "")
        status = 200 if self.media_type == JSON else _REJECTION_STATUS.get(str(code), 400)
        answer = {"errors": [error.formatted for error in rejected.errors]}
        await self._respond(status, encoded(answer, self.request_id))

    async def refuse(self, refused: Refused) -> None:
        """Answer a request that was not executed."""
        self._headers |= refused.headers
        more = {"requestId": self.request_id} if refused.code == "INTERNAL" else {}
        await self._respond(refused.status, encoded(refusal(refused.code, str(refused), **more), self.request_id))

    async def begin_events(self) -> Send:
        """Begin a response that goes on, and return what its parts are sent with."""
        self._headers |= {"cache-control": "no-store", "x-accel-buffering": "no"}
        self._headers["content-type"] = f"{event_streams.MEDIA_TYPE}; charset=utf-8"
        await self._send({"type": "http.response.start", "status": 200, "headers": _raw(self._headers)})
        return self._send

    async def _respond(self, status: int, body: bytes) -> None:
        headers = self._headers
        headers["content-length"] = str(len(body))
        if body:
            written = JSON if self.media_type == event_streams.MEDIA_TYPE else self.media_type
            headers["content-type"] = f"{written}; charset=utf-8"
        if self.is_private:
            headers["cache-control"] = "private, no-store"
        await self._send_whole(status, headers, body)


def _headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request. One that comes several times is a list (RFC 9110, 5.3)."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1"), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]


def _status_of(result: ExecutionResult) -> int:
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    return 503 if codes & {"TIMEOUT", "OVERLOADED"} else 500


@lru_cache(SPELLINGS)
def _media_type(accept: str | None) -> str:
    """The type of the answer. Raises Refused when none that we write is accepted."""
    if not accept:
        return JSON
    for part in accept.split(","):
        given = part.partition(";")[0].strip().lower()
        if given in (GRAPHQL, event_streams.MEDIA_TYPE):
            return given
        if given in (JSON, "application/*", "*/*"):
            return JSON
    if "text/html" in accept:
        return JSON
    raise Refused(406, "NOT_ACCEPTABLE", f"Accept {GRAPHQL} or {JSON}.")


def _parameters(raw: bytes, depth: int) -> dict[str, Any]:
    """The members of a request that stands in a query string."""
    given = parse_qs(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=16)
    if any(len(values) > 1 for values in given.values()):
        raise Malformed("A parameter is given twice.")
    data: dict[str, Any] = {name: values[0] for name, values in given.items()}
    for name in ("variables", "extensions"):
        data[name] = strict_json.read(data[name], deepest=depth) if data.get(name) else None
    data["operationName"] = data.get("operationName") or None
    strict_json.check_text(data.get("query", ""))
    return data


@lru_cache(SPELLINGS)
def _check_type(content_type: str) -> None:
    given, _, parameters = content_type.partition(";")
    charset = parameters.partition("charset=")[2].strip(' "').lower()
    if given.strip().lower() != JSON or charset not in ("", "utf-8", "utf8"):
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE", f"Send {JSON} in UTF-8.")


async def _read(receive: Receive, most: int) -> bytes:
    """Read the body. A client that sends too much hears so only while it reads: some more is taken and thrown away."""
    parts, length, more = [], 0, True
    while more and length <= most + MOST_THROWN_AWAY:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        part, more = message.get("body", b""), message.get("more_body", False)
        length += len(part)
        if length <= most:
            parts.append(part)
    if length > most:
        raise Refused(413, "BODY_TOO_LARGE", f"A body has at most {most} bytes.", connection="close")
    return b"".join(parts)


class _Watch:
    """Cancels the task that it was made in when the client leaves."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._served: asyncio.Task[Any] | None = asyncio.current_task()
        self.watching: asyncio.Task[None] | None = None
        self._left = False

    def late(self) -> None:
        """The answer takes a while: look whether somebody waits for it."""
        self.watching = asyncio.create_task(self._watch())

    def check(self) -> None:
        """Raise ClientLeft where that is why the task was cancelled."""
        if self._left and self._served is not None:
            self._served.uncancel()
            raise ClientLeft from None

    async def _watch(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left = True
        if self._served is not None:
            self._served.cancel()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
