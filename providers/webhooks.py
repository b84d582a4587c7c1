"""Sending webhooks: one POST to an address that somebody typed in and we trust with nothing (reliability J10 to J15).

Where a name leads is looked at when the connection is made, and the connection is made to that very address, so that no
second look can lead elsewhere. Redirects are not followed, answers not decompressed, certificates verified.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from ipaddress import ip_address
from typing import Any, TypeAlias

import httpcore
import httpx

from domain.egress import Address, EgressTerms, Target, WebhookUrlForbidden, may_connect
from domain.webhooks import Answer, WebhookFailure, readable, status_failure

MOST_S = 10.0
CONNECT_S = 5.0
MOST_READ = 64 * 1024
MOST_CONNECTIONS = 64
IDLE_S = 5.0

Resolve: TypeAlias = Callable[[str, int], Awaitable[Sequence[Address]]]
"""The addresses that a host name leads to. Raises OSError when it leads nowhere."""


class AddressForbidden(Exception):
    """A name leads to an address that nothing is sent to."""


async def resolve(host: str, port: int) -> Sequence[Address]:
    """The addresses of a host as the system knows them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(str(sockaddr[0])) for *_, sockaddr in found))


class Webhooks:
    """Sends to where the terms of the deployment allow it."""

    def __init__(
        self,
        terms: EgressTerms = EgressTerms(),  # noqa: B008  it is never changed
        resolve: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`tls` says whom to trust, those of the system unless given."""
        self.terms = terms
        self._resolve = resolve
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        return self._given_tls or httpx.create_ssl_context()

    async def check(self, target: Target, *path: str) -> None:
        """Hold a target to addresses of the public internet, as far as its name leads there now.

        Raises:
            WebhookUrlForbidden: it leads elsewhere, or nowhere.
        """
        try:
            async with asyncio.timeout(CONNECT_S):
                await self._addresses(target.host, target.port)
        except (AddressForbidden, OSError):
            rule, rule_zh = "a host that is found on the public internet", "必须是可解析的公网主机"
            raise WebhookUrlForbidden(rule, rule_zh, path=path) from None

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Wire]:
        """A wire to send through, which keeps connections until the block ends."""
        async with httpcore.AsyncConnectionPool(
            ssl_context=self._tls,
            max_connections=MOST_CONNECTIONS,
            keepalive_expiry=IDLE_S,
            network_backend=_Guarded(self._addresses),
        ) as pool:
            yield Wire(pool)

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        found = await self._resolve(host, port)
        if not found or not all(may_connect(one, self.terms) for one in found):
            raise AddressForbidden(host)
        return found


@dataclass(slots=True)
class _Heard:
    """What was heard of an answer, however it ended."""

    status: int | None = None
    retry_after: timedelta | None = None
    body: bytes = b""


class Wire:
    """Open connections to receivers."""

    def __init__(self, pool: httpcore.AsyncConnectionPool) -> None:
        self._pool = pool

    async def send(self, target: Target, headers: dict[str, str], body: bytes, within_s: float = MOST_S) -> Answer:
        """Post a body and hear what comes back, for ten seconds at most; whatever happens is an answer."""
        begun, heard = time.monotonic(), _Heard()
        failure: WebhookFailure | None = None
        try:
            async with asyncio.timeout(within_s):
                await self._exchange(target, headers, body, heard)
        except (
            OSError,
            AddressForbidden,
            httpcore.NetworkError,
            httpcore.ProtocolError,
            httpcore.TimeoutException,
        ) as no:
            failure = _failure_of(no)
        if heard.status is not None:  # whatever became of the rest of the answer
            failure = status_failure(heard.status)
        took_ms = round((time.monotonic() - begun) * 1000)
        return Answer(heard.status, failure, readable(heard.body), took_ms, heard.retry_after)

    async def _exchange(self, target: Target, headers: dict[str, str], body: bytes, heard: _Heard) -> None:
        url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.port, target=target.path)
        sent: dict[bytes | str, bytes | str] = {
            "Host": target.authority,
            "Content-Type": "application/json",
            "Content-Length": str(len(body)),
            "Accept-Encoding": "identity",
            "User-Agent": "Yutang-Webhooks/1",
        }
        sent.update(headers)
        limits = {"timeout": {"connect": CONNECT_S, "read": MOST_S, "write": MOST_S, "pool": MOST_S}}
        async with self._pool.stream("POST", url, headers=sent, content=body, extensions=limits) as response:
            heard.retry_after = _retry_after(response.headers)
            heard.status = response.status
            async for chunk in response.aiter_stream():
                heard.body += chunk[: MOST_READ - len(heard.body)]
                if len(heard.body) >= MOST_READ:
                    break


class _Guarded(httpcore.AsyncNetworkBackend):
    """Connects to addresses that were looked at, and to no name."""

    def __init__(self, addresses: Resolve) -> None:
        self._addresses, self._inner = addresses, httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  the interface's own
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        found = await self._addresses(host, port)
        for address in found[:-1]:
            try:
                return await self._inner.connect_tcp(str(address), port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._inner.connect_tcp(str(found[-1]), port, timeout, local_address, socket_options)


def _failure_of(error: Exception) -> WebhookFailure:
    match error:
        case AddressForbidden():
            return WebhookFailure.ADDRESS_FORBIDDEN
        case TimeoutError() | httpcore.TimeoutException():
            return WebhookFailure.TIMED_OUT
        case socket.gaierror():
            return WebhookFailure.NAME_UNKNOWN
        case httpcore.ConnectError() if _is_of_tls(error):
            return WebhookFailure.TLS_FAILED
        case httpcore.ConnectError() | OSError():
            return WebhookFailure.NOT_CONNECTED
        case _:
            return WebhookFailure.BROKE_OFF


def _is_of_tls(error: BaseException | None) -> bool:
    """Whether it was the handshake that failed, which the layers below wrap in errors of their own."""
    while error is not None and not isinstance(error, ssl.SSLError):
        error = error.__cause__ or error.__context__
    return error is not None


def _retry_after(headers: Sequence[tuple[bytes, bytes]]) -> timedelta | None:
    """The pause that a receiver asks for in seconds; dates are not read."""
    for name, value in headers:
        if name.lower() == b"retry-after" and len(value) <= 6 and value.isdigit():
            return timedelta(seconds=int(value))
    return None
