"""Outages, told from the driver's errors: the rest of the product does not know the driver."""

from __future__ import annotations

import asyncpg

from domain.outages import Busy, Outage, TooSlow, Unavailable

DRIVER_ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
_BUSY = (
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.LockNotAvailableError,
    asyncpg.InsufficientResourcesError,
)
_TOO_SLOW = (asyncpg.QueryCanceledError, asyncpg.IdleInTransactionSessionTimeoutError, TimeoutError)
_UNAVAILABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    OSError,
)


def raise_outage(error: Exception) -> None:
    """Raise the outage that an error of the driver is a sign of; return when it is none, but somebody's mistake."""
    outage = _outage_of(error)
    if outage is not None:
        raise outage from error


def _outage_of(error: Exception) -> Outage | None:
    if isinstance(error, _BUSY):
        return Busy()
    if isinstance(error, _TOO_SLOW):
        return TooSlow()
    if isinstance(error, _UNAVAILABLE) or _is_closed(error):
        return Unavailable()
    return None


def _is_closed(error: Exception) -> bool:
    """Whether the driver found its pool or its connection closed. It has one class for that and for wrong use."""
    return isinstance(error, asyncpg.InterfaceError) and any(word in str(error) for word in ("closed", "closing"))
