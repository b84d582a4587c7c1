"""The catalogue list over PostgreSQL and HTTP: ours against an idiomatic Strawberry app, in turns.

50 products with edges, cursors, 3 variants with price and stock, price range, 2 media and category, out of
10,000 products. Each server has one core to itself, PostgreSQL and the load share the other.
Prints a table and, as the last line, one JSON object.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import psutil

from db import embedded, migrate

ROUNDS = 5
SECONDS = {"ours": 3.0, "peer": 6.0}
CONNECTIONS = 8
PORTS = {"ours": 8911, "peer": 8912}
SERVER_CORE, OTHER_CORE = 0, 1
QUERY = """query List($first: Int!) { products(first: $first) {
  edges { cursor node { id slug name
    priceRange { minimum { amount currency } maximum { amount currency } }
    variants { id sku name price { amount minor currency } available }
    media(first: 2) { url alt } category { name } } }
  pageInfo { hasNextPage endCursor } } }"""
BODY = orjson.dumps({"query": QUERY, "variables": {"first": 50}})
REQUEST = (
    b"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
    b"Content-Length: " + str(len(BODY)).encode() + b"\r\n\r\n" + BODY
)
FILL = """
INSERT INTO category (id, name, slug) SELECT gen_random_uuid(), '分类' || i, 'c-' || i FROM generate_series(1, 40) i;
INSERT INTO product (id, slug, name, brief, detail_html, visibility, state, price_minimum_minor, price_maximum_minor,
    currency, options, category_id, created_at, updated_at)
  SELECT gen_random_uuid(), 'p-' || i, '轻奢纯棉刺绣水洗四件套 ' || i, '设计师原款,精致绣花', repeat('<p>详情</p>', 50),
    'PUBLIC', 'ON_SALE', 9900, 29900, 'CNY', '[{"name": "尺寸", "values": ["S", "M", "L"]}]',
    (SELECT id FROM category WHERE slug = 'c-' || (1 + i % 40)), now(), now()
  FROM generate_series(1, 10000) i;
INSERT INTO variant (id, product_id, sku, name, option_values, price_minor, currency, position)
  SELECT gen_random_uuid(), p.id, p.slug || '-' || k, '规格' || k, ARRAY['S'], 9900 + 10000 * k, 'CNY', k
  FROM product p, generate_series(0, 2) k;
INSERT INTO stock_level (variant_id, received, sellable) SELECT id, 100, 100 FROM variant;
INSERT INTO media (id, product_id, kind, url, alt, position)
  SELECT gen_random_uuid(), p.id, 'IMAGE', 'https://pictures.example/' || p.slug || '/' || k || '.jpg', '图', k
  FROM product p, generate_series(0, 3) k;
VACUUM ANALYZE;
"""


@contextmanager
def filled_database() -> Iterator[str]:
    """A database with 10,000 products, deleted afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="yutang-bench-"))
    directory.chmod(0o755)
    dsn = embedded.start(directory, durable=False)
    try:
        asyncio.run(migrate.upgrade(dsn))
        asyncio.run(_fill(dsn))
        yield dsn
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory, ignore_errors=True)


async def _fill(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    for statement in FILL.split(";\n"):
        if statement.strip():
            await connection.execute(statement)
    await connection.close()


@contextmanager
def server(name: str, dsn: str) -> Iterator[psutil.Process]:
    """One of the two servers, on its own core."""
    commands = {
        "ours": [str(Path(sys.executable).with_name("yutang")), "serve", "--port", str(PORTS["ours"])],
        "peer": [sys.executable, "-m", "benchmarks.peers.strawberry_reads", str(PORTS["peer"])],
    }
    # The rates are lifted: they would answer the load with 429, faster than anything.
    lifted = {"YUTANG_LIMITS__VISITOR_REQUESTS_PER_MINUTE": "1000000000"}
    process = subprocess.Popen(commands[name], env={**os.environ, **lifted, "DATABASE_URL": dsn})
    try:
        _wait_until_it_answers(name)
        for thread in psutil.Process(process.pid).threads():
            os.sched_setaffinity(thread.id, {SERVER_CORE})
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(15)


def _wait_until_it_answers(name: str) -> None:
    for _ in range(300):
        try:
            if ask(name).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    sys.exit(f"{name} did not start")


def ask(name: str) -> httpx.Response:
    headers = {"content-type": "application/json", "accept": "application/json"}
    return httpx.post(f"http://127.0.0.1:{PORTS[name]}/graphql", content=BODY, headers=headers)


async def _client(name: str, until: float, latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", PORTS[name], limit=1 << 20)
    while time.perf_counter() < until:
        began = time.perf_counter()
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
        await reader.readexactly(length)
        latencies.append(time.perf_counter() - began)
    writer.close()


async def _load(name: str, seconds: float) -> tuple[float, list[float]]:
    latencies: list[float] = []
    began = time.perf_counter()
    await asyncio.gather(*(_client(name, began + seconds, latencies) for _ in range(CONNECTIONS)))
    return len(latencies) / (time.perf_counter() - began), latencies


def measure(name: str, process: psutil.Process, seconds: float) -> dict[str, float]:
    """Requests per second, the p99 in ms and the server's CPU per request in ms."""
    before = process.cpu_times()
    rate, latencies = asyncio.run(_load(name, seconds))
    after = process.cpu_times()
    used = (after.user + after.system) - (before.user + before.system)
    return {
        "rate": rate,
        "p99_ms": sorted(latencies)[int(len(latencies) * 0.99)] * 1000,
        "cpu_ms": used / len(latencies) * 1000,
    }


def same_answers() -> int:
    """Both give the same list but for cursors; returns its length in bytes."""
    ours, peer = (ask(name).json()["data"]["products"]["edges"] for name in ("ours", "peer"))
    for a, b in zip(ours, peer, strict=True):
        assert a["node"] == b["node"], (a, b)
    return len(ask("ours").content)


def main() -> None:
    os.sched_setaffinity(0, {OTHER_CORE})
    figures: dict[str, list[dict[str, float]]] = {"ours": [], "peer": []}
    with filled_database() as dsn, server("ours", dsn) as ours, server("peer", dsn) as peer:
        size = same_answers()
        processes = {"ours": ours, "peer": peer}
        for name, process in processes.items():
            measure(name, process, 1.0)
        for _ in range(ROUNDS):
            for name, process in processes.items():
                figures[name].append(measure(name, process, SECONDS[name]))
    report(figures, size)


def report(figures: dict[str, list[dict[str, float]]], size: int) -> None:
    def median(name: str, figure: str) -> float:
        return statistics.median(one[figure] for one in figures[name])

    print(f"\n50 products of 10,000, {size // 1024} KiB of JSON, {CONNECTIONS} connections, median of {ROUNDS} rounds")
    print(f"{'':28}{'requests/s':>12}{'p99 ms':>10}{'CPU ms':>10}")
    for name, title in (("ours", "Yutang"), ("peer", "Strawberry, ORM, dataloaders")):
        print(f"{title:28}{median(name, 'rate'):12.1f}{median(name, 'p99_ms'):10.1f}{median(name, 'cpu_ms'):10.2f}")
    ratios = [a["rate"] / b["rate"] for a, b in zip(figures["ours"], figures["peer"], strict=True)]
    result: dict[str, Any] = {
        "bench": "reads",
        "ratio": round(statistics.median(ratios), 1),
        "ratio_lowest": round(min(ratios), 1),
        "ours_per_s": round(median("ours", "rate"), 1),
        "peer_per_s": round(median("peer", "rate"), 1),
    }
    print(orjson.dumps(result).decode())


if __name__ == "__main__":
    main()
