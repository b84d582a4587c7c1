"""The clients of live rooms, on a phone that sleeps and loses what it may, against a shop of their own and the real one."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

from schema.ids import Kind, id_of
from tests.makers_live import a_room, an_item
from tests.pond import Pond
from tests.site import running

CLIENTS = Path(__file__).parents[2] / "clients"
WITHIN_S = 60
MEMBERS = 12

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (CLIENTS / "node_modules").is_dir(),
    reason="needs Node.js and the packages of the clients: npm ci --prefix clients",
)


async def test_nothing_that_a_phone_or_its_network_does_makes_a_hole() -> None:
    await run("npm", "test", "--prefix", str(CLIENTS))


async def test_the_clients_keep_their_promises_with_the_real_server(dsn: str) -> None:
    async with running(dsn, limits={"identity_s": 0.2}) as site:
        pond = Pond(site.pond.database)
        pond.time = site.pond.context().now()
        room, _ = await a_room(pond, None, await an_item(pond))
        tokens = [await site.member_token(f"viewer {number}") for number in range(MEMBERS)]
        environment = {
            "BASE_URL": site.url,
            "ROOM_ID": id_of(Kind.LIVE_ROOM, room.id),
            "MEMBER_TOKENS": ",".join(tokens),
        }

        await run("node", "--test", "--test-force-exit", str(CLIENTS / "tests" / "real.js"), environment=environment)


async def test_the_committed_files_are_what_the_sources_build(tmp_path: Path) -> None:
    await run("npm", "run", "build", "--prefix", str(CLIENTS), "--", str(tmp_path))

    for name in ("web", "miniprogram"):
        assert contents(tmp_path / name / "dist") == contents(CLIENTS / name / "dist")


async def run(*command: str, environment: dict[str, str] | None = None) -> None:
    """Run a command to its end without blocking a server that shares the event loop."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(WITHIN_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, output.decode()


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
