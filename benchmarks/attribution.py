"""Guides under load: attribution, a guide's page, boards, settlement, releases and projections, as the brand grows.

`./dev bench attribution [--touches 10000000]`. One PostgreSQL of our own, durable, with 5,000 guides in 500 stores,
grows in three steps of ten times to ten million touches, a million members, 200,000 shares and 250,000 orders, all
made within PostgreSQL (`benchmarks/load/guides.py`). After each step the product's own functions are timed in this
process, over the same pool that serves requests:

- attribution as placing does it: of single orders and of batches, a third with a code or in a live room, half of them
  of members who open much;
- the documents that the first tabs of `web/live/src/guide` ask, one after the other, for guides and for the busiest;
- boards of the month, their first 50 and the own line;
- the bills of last month for all stores, from their flows;
- the release of commissions that are due, and whether balances are what postings come to afterwards;
- everything that follows the outbox: facts a second of each projection.

Prints a table and, as the last line, one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import statistics
import time
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import psutil

from app.assembly import Pond, open_pond
from app.gate import Caller
from app.settings import Settings
from benchmarks.load import guides, seed
from benchmarks.load.guides import GUIDE, MEMBER, STORE, Brand, Size, key
from db import migrate
from db.connection import statement_log
from domain.evidence import Claimant
from domain.identity import Principal, scopes_of
from resolvers import attributions, commissions, settlements
from resolvers.followers import PROJECTIONS
from resolvers.projections import go_on

STEPS = 3
BATCH = 64
FLOORS = {"statements": 4, "p99_ms": 20.0, "board_ms": 50.0, "release_per_s": 5_000}
DOCUMENTS = Path(__file__).parent.parent / "web/live/src/guide/api/documents.ts"
FIRST_PAGE = ("GUIDE", "TODAY", "TIER", "BOARD", "TASKS", "PERFORMANCE", "WALLET")
"""What the guide's page asks when it is opened and on its first tabs."""
BOARD = """query Board($scope: BoardScope!) { leaderboard(metric: SALES, scope: $scope, period: MONTH, first: 50) {
  entries { rank id name storeName value amount { minor } } mine { rank value } } }"""
WRONG = """
WITH summed AS (SELECT code, sum(minor) AS minor FROM (
    SELECT destination AS code, amount_minor AS minor FROM ledger_posting
    UNION ALL SELECT source, -amount_minor FROM ledger_posting) AS p WHERE code LIKE 'guide:%' GROUP BY code),
  waiting AS (SELECT 'guide:' || replace(guide_id::text, '-', '') || CASE state WHEN 'PENDING' THEN ':pending'
      ELSE ':frozen' END AS code, sum(amount_minor) AS minor FROM commission WHERE state IN ('PENDING', 'FROZEN')
    GROUP BY 1)
SELECT (SELECT count(*) FROM ledger_account a LEFT JOIN summed USING (code)
    WHERE a.guarded AND a.balance_minor <> coalesce(summed.minor, 0))
  + (SELECT count(*) FROM summed FULL JOIN waiting USING (code)
    WHERE code ~ ':(pending|frozen)$' AND coalesce(summed.minor, 0) <> coalesce(waiting.minor, 0))"""
"""Accounts of guides that do not hold what postings, and commissions that wait, come to."""

TOLD = """SELECT kind, sum(coalesce(jsonb_array_length(payload -> 'guides'), 1))::bigint FROM outbox GROUP BY kind"""
"""Facts by kind. A release names many guides, and is as much work as so many facts."""


@dataclass(frozen=True)
class Times:
    """How often each thing is done at one size."""

    singles: int = 1_000
    batches: int = 60
    pages: int = 60
    boards: int = 60
    releases: int = 40


def documents() -> dict[str, str]:
    """What the guide's page asks, from its own source."""
    found = re.findall(r"const (\w+) = (?:/\* GraphQL \*/ )?([`\"])(.*?)\2;", DOCUMENTS.read_text(), re.DOTALL)
    texts: dict[str, str] = {}
    for name, _, text in found:
        texts[name] = re.sub(r"\$\{(\w+)\}", lambda part: texts[part[1]], text)
    return texts


def milliseconds(took: Sequence[float]) -> tuple[float, float]:
    """The median, and what 99 of 100 were faster than."""
    ordered = sorted(took)
    return statistics.median(ordered) * 1e3, ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)] * 1e3


async def timed(work: Awaitable[object]) -> float:
    began = time.perf_counter()
    await work
    return time.perf_counter() - began


class Meter:
    """CPU seconds of this process and of PostgreSQL: strangers on the machine do not make them longer by much."""

    @classmethod
    async def of(cls, dsn: str) -> Meter:
        connection = await asyncpg.connect(dsn)
        postmaster = psutil.Process(await connection.fetchval("SELECT pg_backend_pid()")).parent()
        await connection.close()
        assert postmaster is not None, "PostgreSQL runs on this machine"
        return cls(postmaster)

    def __init__(self, postmaster: psutil.Process) -> None:
        self._postmaster = postmaster

    def used(self) -> float:
        spent = time.process_time()
        with suppress(psutil.NoSuchProcess):
            ended = self._postmaster.cpu_times()
            spent += ended.children_user + ended.children_system
        for backend in self._postmaster.children():
            with suppress(psutil.NoSuchProcess):
                spent += sum(backend.cpu_times()[:2])
        return spent


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that run meanwhile."""
    log: list[str] = []
    token = statement_log.set(log)
    try:
        yield log
    finally:
        statement_log.reset(token)


class Trial:
    """One size of the brand, and what is measured there."""

    def __init__(self, pond: Pond, brand: Brand, size: Size, times: Times, meter: Meter) -> None:
        self.pond, self.brand, self.size, self.times, self.meter = pond, brand, size, times, meter
        self.chance = Random(size.touches)

    def claimant(self, number: int) -> Claimant:
        """Somebody who orders: half of them open much, a third comes with a code or through a live room."""
        buyers = self.size.members - self.brand.guides
        drawn = self.chance.random() ** (1.5 if number % 2 else 1.0)
        member = key(MEMBER, self.brand.guides + 1 + int(buyers * drawn))
        if number % 6 == 0:
            return Claimant(member, code=f"S{self.chance.randint(1, self.size.shares)}")
        if number % 6 == 1:
            guide = self.chance.randint(1, self.brand.guides)
            return Claimant(member, None, key(GUIDE, guide), key(STORE, 1 + (guide - 1) % self.brand.stores))
        return Claimant(member)

    async def attribution(self) -> dict[str, float]:
        ctx, numbers = self.pond.context(), count()
        async with ctx.database.writing() as tx:

            async def attribute(many: int) -> float:
                asked = [self.claimant(next(numbers)) for _ in range(many)]
                return await timed(attributions.attribute_orders(ctx, tx, asked, ctx.now()))

            for many in (1, BATCH) * 10:
                await attribute(many)
            with counted() as statements:
                await attribute(BATCH)
            single = milliseconds([await attribute(1) for _ in range(self.times.singles)])
            batch = milliseconds([await attribute(BATCH) for _ in range(self.times.batches)])
        return {
            "statements": len(statements),
            "p50_ms": single[0],
            "p99_ms": single[1],
            "batch_p50_ms": batch[0],
            "batch_p99_ms": batch[1],
        }

    def guide(self, number: int) -> Caller:
        scopes = scopes_of(member=True, active_guide=True, duties=())
        return Caller(Principal(key(MEMBER, number), guide_id=key(GUIDE, number), scopes=scopes))

    async def ask(self, document: str, caller: Caller, **variables: Any) -> None:
        result = await self.pond.schema.execute(document, variables, self.pond.context(caller))
        assert result.errors is None, result.errors

    async def dashboard(self) -> dict[str, float]:
        asked = [documents()[name] for name in FIRST_PAGE]

        async def page(number: int) -> None:
            for document in asked:
                variables = {"scope": "STORE", "period": "MONTH"} if "$scope" in document else {}
                await self.ask(document, self.guide(number), **variables)

        await page(1)
        with counted() as statements:
            await page(1)
        drawn = [self.chance.randint(2, self.brand.guides) for _ in range(self.times.pages)]
        p50, p99 = milliseconds([await timed(page(number)) for number in drawn])
        busiest, _ = milliseconds([await timed(page(1)) for _ in range(self.times.pages // 4)])
        return {
            "dashboard_statements": len(statements),
            "dashboard_p50_ms": p50,
            "dashboard_p99_ms": p99,
            "dashboard_busiest_ms": busiest,
        }

    async def boards(self) -> dict[str, float]:
        found = {}
        for scope in ("NATION", "REGION", "STORE"):
            drawn = [self.guide(self.chance.randint(1, self.brand.guides)) for _ in range(self.times.boards)]
            await self.ask(BOARD, drawn[0], scope=scope)
            took = [await timed(self.ask(BOARD, caller, scope=scope)) for caller in drawn]
            found[f"{scope.lower()}_p50_ms"], found[f"{scope.lower()}_p99_ms"] = milliseconds(took)
        return found

    async def settlement(self) -> dict[str, float]:
        """All bills of last month."""
        ctx, bills, began, cpu = self.pond.context(), 0, time.perf_counter(), self.meter.used()
        while made := await settlements.make_due(ctx):
            bills += made
        took, used = time.perf_counter() - began, self.meter.used() - cpu
        (row,) = await self._rows(
            "SELECT count(*), coalesce(sum(amount_minor), 0) FROM store_flow WHERE bill_id IS NOT NULL"
        )
        (sums,) = await self._rows(
            "SELECT coalesce(sum(flows), 0), coalesce(sum(amount_minor), 0) FROM settlement_bill"
        )
        assert tuple(row) == tuple(sums), f"bills say {sums}, flows {row}"
        return {"bills": bills, "flows": row[0], "settlement_s": took, "flow_cpu_us": used / max(row[0], 1) * 1e6}

    async def release(self) -> dict[str, float]:
        """Commissions that are due, some ten thousand at most, and how many accounts are wrong afterwards."""
        ctx, released, took, cpu = self.pond.context(), 0, 0.0, self.meter.used()
        for _ in range(self.times.releases):
            began = time.perf_counter()
            many = await commissions.release_due(ctx)
            if not many:
                break
            took, released = took + time.perf_counter() - began, released + many
        used = (self.meter.used() - cpu) / max(released, 1) * 1e6
        ((wrong,),) = await self._rows(WRONG)
        per_s = released / max(took, 1e-9)
        return {"released": released, "release_per_s": per_s, "release_cpu_us": used, "wrong": wrong}

    async def projections(self) -> dict[str, dict[str, float]]:
        """How many facts of its own kinds each deals with in a second, and what one costs."""
        told = dict(await self._rows(TOLD))
        found = {}
        for projection in PROJECTIONS:
            concerned = sum(many for kind, many in told.items() if kind in projection.kinds)
            began, cpu = time.perf_counter(), self.meter.used()
            while await self._step(projection) or await self._step(projection):
                pass
            if concerned:
                took, used = time.perf_counter() - began, self.meter.used() - cpu
                found[projection.name] = {"per_s": concerned / took, "cpu_us": used / concerned * 1e6}
        return found

    async def _step(self, projection: Any) -> int:
        return await go_on(projection, self.pond.context(), timedelta(0))

    async def _rows(self, sql: str) -> Sequence[Any]:
        connection = await asyncpg.connect(self.pond.dsn)
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    async def all(self) -> dict[str, Any]:
        parts = (self.attribution, self.dashboard, self.boards, self.settlement, self.release)
        figures: dict[str, Any] = {name: value for part in parts for name, value in (await part()).items()}
        return {**figures, "projections": await self.projections()}


async def grown(dsn: str, brand: Brand, touches: Sequence[int], times: Times) -> dict[int, dict[str, Any]]:
    """Let a brand grow in an empty database, and measure it after each step."""
    await migrate.upgrade(dsn)
    found: dict[int, dict[str, Any]] = {}
    async with open_pond(Settings(_env_file=None, database_url=dsn, relay=False)) as pond:
        await guides.found(pond.database, dsn, brand)
        before, meter = None, await Meter.of(dsn)
        for step, many in enumerate(touches):
            began, after = time.perf_counter(), Size.of(brand, many)
            await guides.grow(dsn, brand, before, after, step)
            print(f"{many:,} touches made in {time.perf_counter() - began:.0f} s", flush=True)
            found[many] = await Trial(pond, brand, after, times, meter).all()
            before = after
    return found


async def _with_room_to_write(dsn: str) -> None:
    """So much is written at first that checkpoints would be what is measured."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("ALTER SYSTEM SET max_wal_size = '8GB'")
    await connection.execute("SELECT pg_reload_conf()")
    await connection.close()


ROWS = (
    ("attribution of an order, p50, ms", "p50_ms"),
    ("  p99, ms", "p99_ms"),
    (f"  of {BATCH} at once, p50, ms", "batch_p50_ms"),
    ("  p99, ms", "batch_p99_ms"),
    ("a guide's first page, p50, ms", "dashboard_p50_ms"),
    ("  p99, ms", "dashboard_p99_ms"),
    ("  of the busiest guide, ms", "dashboard_busiest_ms"),
    ("board of the nation, p50, ms", "nation_p50_ms"),
    ("  p99, ms", "nation_p99_ms"),
    ("  of a region, p50, ms", "region_p50_ms"),
    ("  of a store, p50, ms", "store_p50_ms"),
    ("bills of last month, s", "settlement_s"),
    ("  flows in them", "flows"),
    ("  CPU for one, µs", "flow_cpu_us"),
    ("commissions released a second", "release_per_s"),
    ("  CPU for one, µs", "release_cpu_us"),
)


def report(found: Mapping[int, Mapping[str, Any]]) -> None:
    print(f"\n{'touches':40}" + "".join(f"{many:>14,}" for many in found))
    for title, figure in ROWS:
        print(f"{title:40}" + "".join(f"{one[figure]:14,.1f}" for one in found.values()))
    top = found[max(found)]
    for name in top["projections"]:
        for title, figure in ((f"facts a second: {name}", "per_s"), ("  CPU for one, µs", "cpu_us")):
            told = (one["projections"].get(name, {}).get(figure, 0.0) for one in found.values())
            print(f"{title:40}" + "".join(f"{one:14,.0f}" for one in told))
    result = {
        "bench": "attribution",
        "touches": max(found),
        "statements": top["statements"],
        "p99_ms": top["p99_ms"],
        "board_ms": top["nation_p99_ms"],
        "dashboard_p99_ms": top["dashboard_p99_ms"],
        "settlement_s": top["settlement_s"],
        "release_per_s": top["release_per_s"],
        "wrong": sum(one["wrong"] for one in found.values()),
        "projections": top["projections"],
        "growth": {many: {name: one[name] for _, name in ROWS} for many, one in found.items()},
        "floors": FLOORS,
    }
    print(json.dumps(_rounded(result)))


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(one) for name, one in value.items()}
    return round(value, 2) if isinstance(value, float) else value


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--touches", type=int, default=10_000_000, help="at the end; it begins with a hundredth")
    top = parser.parse_args().touches
    sizes = [top // 10**step for step in reversed(range(STEPS))]
    with seed.database(durable=True) as dsn:
        asyncio.run(_with_room_to_write(dsn))
        found = asyncio.run(grown(dsn, Brand(), sizes, Times()))
    report(found)


if __name__ == "__main__":
    main()
