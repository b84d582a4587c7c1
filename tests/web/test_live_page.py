"""The live room as a viewer meets it: in a browser on a phone, against the real product."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path
from typing import Protocol

import pytest

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "web" / "live"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
BROWSING_TIMEOUT_S = 100

needs_packages = pytest.mark.skipif(
    shutil.which("node") is None or not (PAGE / "node_modules").is_dir(),
    reason="needs Node.js and the packages of the page: npm ci --prefix web/live",
)
needs_chromium = pytest.mark.skipif(
    not Path(CHROMIUM).exists(),
    reason=f"needs Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk",
)


class LiveSite(Protocol):
    """What the `live_site` fixture offers: a running product with a room that is live."""

    base_url: str
    room_id: str
    member_token: str
    host_token: str
    friend_token: str


@needs_packages
@needs_chromium
async def test_a_viewer_takes_part_in_all_that_happens_in_a_room_and_survives_a_lost_network(
    live_site: LiveSite, tmp_path: Path
) -> None:
    environment = {
        "BASE_URL": live_site.base_url,
        "ROOM_ID": live_site.room_id,
        "MEMBER_TOKEN": live_site.member_token,
        "HOST_TOKEN": live_site.host_token,
        "FRIEND_TOKEN": live_site.friend_token,
        "SCREENSHOT": os.environ.get("SCREENSHOT", str(tmp_path / "live-room.png")),
        "CHROMIUM": CHROMIUM,
    }

    await run("node", str(HERE / "live_page.mjs"), environment=environment)


@needs_packages
async def test_the_room_state_holds_its_properties() -> None:
    await run("npm", "test", "--prefix", str(PAGE))


@needs_packages
async def test_the_committed_files_are_what_the_sources_build(tmp_path: Path) -> None:
    await run(
        "npm",
        "run",
        "build",
        "--prefix",
        str(PAGE),
        "--",
        "--outDir",
        str(tmp_path / "dist"),
    )

    assert contents(tmp_path / "dist") == contents(PAGE / "dist")


async def run(*command: str, environment: dict[str, str] | None = None) -> None:
    """Run a command to its end without blocking a server that shares the event loop."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        output, _ = await asyncio.wait_for(process.communicate(), BROWSING_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, output.decode()


def contents(directory: Path) -> dict[str, bytes]:
    return {str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()}
