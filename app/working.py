"""Runs the jobs without a server, until interrupted."""

from __future__ import annotations

import asyncio
import signal
from contextlib import suppress

import uvloop

from app import jobs
from app.assembly import open_pond
from app.settings import Settings


def work(settings: Settings) -> None:
    """Run the jobs until interrupted or told to end."""
    with suppress(KeyboardInterrupt), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_work(settings))


async def _work(settings: Settings) -> None:
    told_to_end = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, told_to_end.set)
    async with open_pond(settings) as pond:
        working = asyncio.create_task(jobs.run(pond))
        await told_to_end.wait()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
