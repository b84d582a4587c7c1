"""What the tests of the pages share: where they are, what they need, and how a script is run."""

from __future__ import annotations

import asyncio
import os
import shutil
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).parent / "web"
PAGES = Path(__file__).parents[1] / "web" / "live"
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
BROWSING_TIMEOUT_S = 100

needs_packages = pytest.mark.skipif(
    shutil.which("node") is None or not (PAGES / "node_modules").is_dir(),
    reason="needs Node.js and the packages of the pages: npm ci --prefix web/live",
)
needs_chromium = pytest.mark.skipif(
    not Path(CHROMIUM).exists(),
    reason=f"needs Chromium at {CHROMIUM}: apt-get install chromium fonts-noto-cjk",
)


async def visit(script: str, picture: Path, **environment: str) -> None:
    """Run a script of `tests/web` that drives a browser. SCREENSHOT of the environment says where to keep its picture."""
    kept = os.environ.get("SCREENSHOT", str(picture))
    await run("node", str(SCRIPTS / script), environment={**environment, "SCREENSHOT": kept, "CHROMIUM": CHROMIUM})


async def run(*command: str, environment: dict[str, str] | None = None) -> None:
    """Run a command to its end without blocking a server that shares the event loop."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(environment or {})},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(BROWSING_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    assert process.returncode == 0, output.decode()
