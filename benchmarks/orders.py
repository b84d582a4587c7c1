"""Placing orders: ours over GraphQL and HTTP against an idiomatic app and against pgbench, all of them durable.

`./dev bench orders [--seconds 8]`. 64 buyers, on one SKU and on 1,000, in turns within one run:
(a) Strawberry with SQLAlchemy's ORM and SELECT … FOR UPDATE, over HTTP, which writes the same rows; ours, over HTTP;
(b) pgbench with a transaction that reads, locks and writes what ours does for one order, over the socket: the limit of
one order per transaction.
Nothing is pinned: server, PostgreSQL and load share the machine. `synchronous_commit` and `fsync` are on.

Then two workers serve, and while buyers buy, a worker and PostgreSQL are killed (SIGKILL), in turns; buyers ask again
under their keys until they are answered. Afterwards every order that was answered for must be there once, and stock,
promised and sold units must be what came in. Prints a table and, as the last line, one JSON object.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import asyncpg
import psutil

from app.assembly import open_pond
from app.settings import Settings
from benchmarks.load import seed
from benchmarks.load.children import Child
from db import embedded, migrate

BUYERS, MEMBERS, SKUS, PORT = 64, 512, 1_000, 8_921
ROUNDS = 5
STOCK = 50_000_000
KILLS = 4
FLOORS = {"ratio": 40.0, "share_of_pgbench_one": 1.0, "share_of_pgbench": 0.6, "p99_ms": 150.0}
QUERY = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id number total { minor } } userErrors { code } } }"""
FILL = """
INSERT INTO product (id, slug, name, brief, detail_html, visibility, state, price_minimum_minor, price_maximum_minor,
    currency, options, created_at, updated_at)
  SELECT gen_random_uuid(), 'p-' || i, '商品 ' || i, '', '', 'PUBLIC', 'ON_SALE', 9900, 9900, 'CNY', '[]', now(), now()
  FROM generate_series(1, {skus}) i;
INSERT INTO variant (id, product_id, sku, name, option_values, price_minor, currency, position)
  SELECT gen_random_uuid(), id, slug, '', ARRAY[]::text[], 9900, 'CNY', 0 FROM product;
INSERT INTO stock_level (variant_id, location_id, received, sellable)
  SELECT v.id, l.id, {stock}, {stock} FROM variant v, stock_location l;
CREATE TABLE bench_sku (n int PRIMARY KEY, variant_id uuid NOT NULL, product_id uuid NOT NULL);
INSERT INTO bench_sku SELECT row_number() OVER (ORDER BY id), id, product_id FROM variant;
CREATE TABLE bench_member (n int PRIMARY KEY, member_id uuid NOT NULL);
INSERT INTO bench_member SELECT row_number() OVER (ORDER BY id), id FROM member;
VACUUM ANALYZE;
"""
"""The shop, and numbers by which pgbench draws a SKU and a member."""

ONE_ORDER = """
\\set sku random(1, {skus})
\\set who random(1, {members})
\\set key random(1, 9000000000000)
BEGIN;
SELECT fingerprint FROM idempotency_key WHERE owner = 'b' AND key = :key;
SELECT v.id AS variant_id, v.product_id, v.price_minor, m.member_id, gen_random_uuid() AS order_id
  FROM bench_sku s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id, bench_member m
  WHERE s.n = :sku AND m.n = :who AND p.state = 'ON_SALE' \\gset
SELECT guide_id FROM binding WHERE member_id = :member_id AND ended_at IS NULL;
SELECT sellable, location_id FROM stock_level WHERE variant_id = :variant_id FOR NO KEY UPDATE \\gset
UPDATE stock_level SET sellable = sellable - 1, reserved = reserved + 1
  WHERE variant_id = :variant_id AND location_id = :location_id AND sellable >= 1;
INSERT INTO stock_movement (id, kind, variant_id, location_id, source, target, quantity, at, cause_id, line_id)
  VALUES (gen_random_uuid(), 'RESERVE', :variant_id, :location_id, 'SELLABLE', 'RESERVED', 1, now(), :order_id,
    :order_id);
INSERT INTO "order" (id, number, member_id, state, goods_minor, shipping_minor, total_minor, currency, note, placed_at,
    pay_before)
  VALUES (:order_id, :order_id, :member_id, 'PLACED', 9900, 0, 9900, 'CNY', '', now(), now() + interval '1 day');
INSERT INTO order_line (id, order_id, position, variant_id, product_id, name, variant_name, sku, list_price_minor,
    unit_price_minor, quantity, payable_minor, priced) VALUES (:order_id, :order_id, 0, :variant_id, :product_id,
    '商品', '', 'p', 9900, 9900, 1, 9900, '{{"unit_paid": [9900]}}');
INSERT INTO attribution (id, kind, member_id, order_id, reason, at)
  VALUES (:order_id, 'ORDER', :member_id, :order_id, 'NONE', now());
INSERT INTO outbox (kind, aggregate, aggregate_id, payload, at)
  VALUES ('OrderPlaced', 'order', :order_id, '{{"order": "0", "total_minor": 9900}}', now());
INSERT INTO idempotency_key (owner, key, fingerprint, answer, created_at)
  VALUES ('b', :order_id, 'f', '{{"order": "0"}}', now());
COMMIT;
"""
SUMS = """SELECT (SELECT count(*) FROM stock_level
    WHERE sellable < 0 OR received <> sellable + reserved + carved + sold) AS broken,
  (SELECT coalesce(sum(received - sellable), 0) FROM stock_level) AS taken,
  (SELECT coalesce(sum(quantity), 0) FROM order_line) AS ordered"""


@dataclass(frozen=True)
class Shop:
    """A database of our own, and who buys what there."""

    directory: Path
    dsn: str
    variants: list[str]
    tokens: list[str]


@contextmanager
def shop() -> Iterator[Shop]:
    directory = Path(tempfile.mkdtemp(prefix="yutang-bench-"))
    directory.chmod(0o755)
    dsn = embedded.start(directory, durable=True)
    try:
        variants, tokens = asyncio.run(_fill(dsn))
        yield Shop(directory, dsn, variants, tokens)
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory, ignore_errors=True)


async def _fill(dsn: str) -> tuple[list[str], list[str]]:
    await migrate.upgrade(dsn)
    async with open_pond(Settings(_env_file=None, database_url=dsn, relay=False)) as pond:
        tokens = await seed.tokens(pond, MEMBERS)
    connection = await asyncpg.connect(dsn)
    for statement in FILL.format(skus=SKUS, stock=STOCK).split(";\n"):
        if statement.strip():
            await connection.execute(statement)
    durable = [await connection.fetchval(f"SHOW {name}") for name in ("synchronous_commit", "fsync")]
    assert durable == ["on", "on"], f"orders are durable here: {durable}"
    variants = [row[0].hex for row in await connection.fetch("SELECT variant_id FROM bench_sku ORDER BY n")]
    await connection.close()
    return variants, tokens


@contextmanager
def serving(name: str, dsn: str, *extra: str) -> Iterator[psutil.Process]:
    """One of the two servers, until it is ready. Ours runs as README has it for real: its jobs beside it."""
    yutang = str(Path(sys.executable).with_name("yutang"))
    commands = {
        "ours": [[yutang, "serve", "--no-jobs", "--port", str(PORT), *extra], [yutang, "work"]],
        "peer": [[sys.executable, "-m", "benchmarks.peers.strawberry_orders", str(PORT)]],
    }
    # Limits of one member are lifted: they would answer the load faster than anything.
    lifted = {"YUTANG_LIMITS__MEMBER_REQUESTS_PER_MINUTE": "1000000000", "YUTANG_UNPAID_ORDERS": "0"}
    env = {**os.environ, **lifted, "DATABASE_URL": dsn, "BUS_URL": dsn}
    processes = [subprocess.Popen(command, env=env) for command in commands[name]]
    try:
        _wait_until_it_answers()
        yield psutil.Process(processes[0].pid)
    finally:
        for process in processes:
            process.terminate()
            process.wait(40)


def _wait_until_it_answers() -> None:
    asked = Request(
        f"http://127.0.0.1:{PORT}/graphql", b'{"query": "{ __typename }"}', {"content-type": "application/json"}
    )
    for _ in range(300):
        try:
            urlopen(asked).close()
        except OSError:
            time.sleep(0.1)
            continue
        return
    sys.exit("the server did not start")


@contextmanager
def buying(there: Shop, skus: int, keys: Path) -> Iterator[Child]:
    """Buyers who ask a server for so many different SKUs."""
    scene = {
        "port": PORT,
        "query": QUERY,
        "variants": [f"var_{one}" for one in there.variants[:skus]],
        "tokens": there.tokens,
        "seed": skus,
        "run": uuid4().hex[:12],
        "keys": str(keys),
    }
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file, ExitStack() as stack:
        json.dump(scene, file)
        file.flush()
        yield Child(stack, [sys.executable, "-m", "benchmarks.load.buyers", file.name])


def load(there: Shop, name: str, skus: int, seconds: float, keys: Path) -> dict[str, Any]:
    """Orders per second and how long their buyers waited."""
    with serving(name, there.dsn), buying(there, skus, keys) as buyers:
        buyers.ask(json.dumps({"buyers": BUYERS, "seconds": 1.0}))
        asyncio.run(_analyse(there.dsn))
        return buyers.ask(json.dumps({"buyers": BUYERS, "seconds": seconds}))


async def _analyse(dsn: str) -> None:
    """Tell the planner what has come in: no shop is seconds old, as this one is, and autovacuum comes by the minute."""
    connection = await asyncpg.connect(dsn)
    await connection.execute("ANALYZE")
    await connection.close()


def pgbench(there: Shop, skus: int, seconds: float) -> dict[str, Any]:
    """One order per transaction, 64 clients, prepared statements."""
    binaries = Path(psutil.Process(_postmaster(there)).exe()).parent
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(ONE_ORDER.format(skus=skus, members=MEMBERS))
        script.flush()
        options = ["-n", "-M", "prepared", "-c", str(BUYERS), "-j", "2", "-T", str(max(1, round(seconds)))]
        command = [str(binaries / "pgbench"), *options, "-f", script.name, there.dsn]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([0-9.]+)", ended.stdout)
    if found is None or ended.returncode:
        sys.exit(f"pgbench failed: {ended.stderr}")
    return {"per_s": float(found[1])}


def _postmaster(there: Shop) -> int:
    return int((there.directory / "pg" / "postmaster.pid").read_text().splitlines()[0])


def survive(there: Shop, seconds: float, keys: Path) -> dict[str, Any]:
    """Two workers sell while a worker and PostgreSQL are killed in turns."""
    with serving("ours", there.dsn, "--workers", "2") as server, buying(there, 1, keys) as buyers:
        _wait_until_they_rest(server)
        buyers.say(json.dumps({"buyers": BUYERS, "seconds": seconds}))
        for turn in range(KILLS):
            time.sleep(seconds / (KILLS + 1))
            if turn % 2:
                _kill_postgres(there)
            else:
                _kill_worker(server)
        return buyers.hear()


def _workers(server: psutil.Process) -> list[psutil.Process]:
    return [one for one in server.children() if "spawn_main" in " ".join(one.cmdline())]


def _wait_until_they_rest(server: psutil.Process) -> None:
    """Wait until both workers have started: they compute while they do."""
    time.sleep(2)
    while len(_workers(server)) < 2 or max(one.cpu_percent(0.5) for one in _workers(server)) > 20:
        time.sleep(0.2)


def _kill_worker(server: psutil.Process) -> None:
    _workers(server)[0].kill()


def _kill_postgres(there: Shop) -> None:
    postmaster = psutil.Process(_postmaster(there))
    for process in [postmaster, *postmaster.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    postmaster.wait(10)
    embedded.start(there.directory, durable=True)


async def _verified(dsn: str, keys: Path) -> dict[str, int]:
    """What is wrong with stock and orders afterwards."""
    connection = await asyncpg.connect(dsn)
    sums = await connection.fetchrow(SUMS)
    kept = await connection.fetch("SELECT key FROM idempotency_key")
    await connection.close()
    answered = (await asyncio.to_thread(keys.read_text)).split()
    assert sums is not None, "a sum is always one row"
    return {
        "oversold": int(sums["broken"]) + abs(int(sums["taken"]) - int(sums["ordered"])),
        "lost": len(set(answered) - {row["key"] for row in kept}) + len(answered) - len(set(answered)),
    }


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=8.0)
    seconds = parser.parse_args().seconds
    figures: dict[str, list[dict[str, Any]]] = {}
    with shop() as there, tempfile.TemporaryDirectory() as directory:
        keys, others = Path(directory) / "keys", Path(directory) / "others"
        keys.touch()
        for _ in range(ROUNDS):
            # What is compared runs one after the other: a machine that others use too changes within a minute.
            figures.setdefault("peer 1", []).append(load(there, "peer", 1, seconds, others))
            figures.setdefault("ours 1", []).append(load(there, "ours", 1, seconds, keys))
            figures.setdefault("pgbench 1", []).append(pgbench(there, 1, seconds))
            figures.setdefault(f"ours {SKUS}", []).append(load(there, "ours", SKUS, seconds, keys))
            figures.setdefault(f"pgbench {SKUS}", []).append(pgbench(there, SKUS, seconds))
        killed = survive(there, 4 * seconds, keys)
        wrong = asyncio.run(_verified(there.dsn, keys))
    report(figures, killed, wrong)


def report(figures: dict[str, list[dict[str, Any]]], killed: dict[str, Any], wrong: dict[str, int]) -> None:
    def median(name: str, figure: str) -> float:
        return statistics.median(one[figure] for one in figures[name])

    def ratio(name: str, other: str) -> float:
        pairs = zip(figures[name], figures[other], strict=True)
        return statistics.median(a["per_s"] / b["per_s"] for a, b in pairs)

    print(f"\n{BUYERS} buyers, durable answers, median of {ROUNDS} rounds")
    print(f"{'':44}{'orders/s':>10}{'p50 ms':>10}{'p99 ms':>10}")
    for title, name in (
        ("Yutang, one SKU", "ours 1"),
        (f"Yutang, {SKUS} SKUs", f"ours {SKUS}"),
        ("Strawberry, ORM, FOR UPDATE, one SKU", "peer 1"),
    ):
        print(f"{title:44}{median(name, 'per_s'):10.1f}{median(name, 'p50_ms'):10.1f}{median(name, 'p99_ms'):10.1f}")
    for skus in (1, SKUS):
        print(f"{f'pgbench, {skus} SKU' + 's' * (skus > 1):44}{median(f'pgbench {skus}', 'per_s'):10.1f}")
    print(f"killed {KILLS} times: {killed['placed']} placed, {killed['repeated']} asked again, {wrong}")
    result = {
        "bench": "orders",
        "ratio": round(ratio("ours 1", "peer 1"), 1),
        "share_of_pgbench_one": round(ratio("ours 1", "pgbench 1"), 2),
        "share_of_pgbench": round(ratio(f"ours {SKUS}", f"pgbench {SKUS}"), 2),
        "p99_ms": round(median("ours 1", "p99_ms"), 1),
        "ours_per_s": round(median("ours 1", "per_s"), 1),
        **wrong,
        "floors": FLOORS,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
