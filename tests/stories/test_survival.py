"""Nothing is oversold and no order is lost while workers and PostgreSQL are killed in turns (reliability P1).

So many attempts at one variant as `YUTANG_TEST_ATTEMPTS` says, none unless set: it takes half a minute at the least.
`./dev soak survival` has 100,000, within which workers are killed five times and PostgreSQL four times.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import psutil
import pytest

from benchmarks.load.buyers import Buyer, Scene, Tally
from db import embedded, migrate
from db.connection import Database
from schema.ids import Kind, id_of
from tests.deployments import Deployment, a_token, deployed
from tests.makers_catalogue import a_variant
from tests.makers_stock import nothing_is_lost
from tests.pond import Pond
from tests.waiting import until

ATTEMPTS = int(os.environ.get("YUTANG_TEST_ATTEMPTS", "0"))
KILLS = 9
BUYERS = 64
STOCK = ATTEMPTS * 19 // 20
"""Some are left when the last is killed, and some come too late."""
WITHIN_S = 600
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id number total { minor } } userErrors { code } } }"""
LEVEL = "SELECT sellable, reserved, sold FROM stock_level WHERE variant_id = $1"
ORDERED = (
    """SELECT count(*), count(DISTINCT o.id), sum(l.quantity) FROM "order" o JOIN order_line l ON l.order_id = o.id"""
)
LIFTED = {"YUTANG_UNPAID_ORDERS": "0", "YUTANG_LIMITS__MEMBER_REQUESTS_PER_MINUTE": "1000000000"}
"""Limits of one member: so few buy what a crowd would."""


@pytest.fixture
def directory() -> Iterator[Path]:
    """Where a durable PostgreSQL of this test alone is."""
    directory = Path(tempfile.mkdtemp(prefix="yutang-soak-"))
    directory.chmod(0o755)
    yield directory
    embedded.stop(directory)
    shutil.rmtree(directory, ignore_errors=True)


@asynccontextmanager
async def connected(dsn: str) -> AsyncIterator[Pond]:
    database = await Database.connect(dsn)
    pond = Pond(database)
    pond.time = datetime.now(UTC)
    yield pond
    await database.close()


def kill_postgres(directory: Path) -> None:
    """Kill every process of it, and start it again on what is on the disk."""
    postmaster = psutil.Process(int((directory / "pg" / "postmaster.pid").read_text().splitlines()[0]))
    for process in [postmaster, *postmaster.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    postmaster.wait(10)
    embedded.start(directory)


async def kill_in_turns(deployment: Deployment, directory: Path, answered: Callable[[], int]) -> None:
    """A worker first, PostgreSQL next, and so on, while the units last."""

    def is_due(turn: int) -> bool:
        return answered() >= ATTEMPTS * turn // (KILLS + 1)

    for turn in range(1, KILLS + 1):
        await until(partial(is_due, turn), WITHIN_S)
        if turn % 2:
            os.kill((await deployment.workers())[-1], signal.SIGKILL)
        else:
            await asyncio.to_thread(kill_postgres, directory)


@pytest.mark.skipif(not ATTEMPTS, reason="YUTANG_TEST_ATTEMPTS is not set")
async def test_all_that_there_is_is_sold_once_whoever_is_killed_meanwhile(directory: Path) -> None:
    dsn, tally = embedded.start(directory), Tally()
    await migrate.upgrade(dsn)
    async with connected(dsn) as pond:
        tea = await a_variant(pond, stock=STOCK)
        tokens = [await a_token(pond) for _ in range(BUYERS)]
    scene = {
        "query": PLACE,
        "variants": [id_of(Kind.VARIANT, tea.id)],
        "tokens": tokens,
        "seed": 1,
        "run": "survival",
    }

    def answered() -> int:
        return len(tally.placed) + tally.refused

    async with deployed(dsn, **LIFTED) as deployment:
        ours = Scene({"port": deployment.port, **scene})
        crowd = [Buyer(ours, tally, lambda: answered() >= ATTEMPTS) for _ in range(BUYERS)]
        buying = asyncio.gather(*(buyer.connect() for buyer in crowd), *(buyer.done for buyer in crowd))
        await kill_in_turns(deployment, directory, answered)
        await buying

    assert tally.repeated > 0, "the killed were missed"
    assert (len(tally.placed), len(set(tally.placed))) == (STOCK, STOCK)
    async with connected(dsn) as pond:
        assert [tuple(row) for row in await pond.select(LEVEL, tea.id)] == [(0, STOCK, 0)]
        assert [tuple(row) for row in await pond.select(ORDERED)] == [(STOCK, STOCK, STOCK)]
        kept = {row["key"] for row in await pond.select("SELECT key FROM idempotency_key")}
        assert set(tally.placed) <= kept
        assert await nothing_is_lost(pond)
