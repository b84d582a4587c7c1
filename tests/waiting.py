"""Waiting for what happens by itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


async def until(true: Callable[[], object], within_s: float = 10) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110  what is waited for has no event
            await asyncio.sleep(0.01)
