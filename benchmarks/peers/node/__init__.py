"""The servers on Node, and how to start them. Their packages come by `npm ci` when they are first needed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
GRAPHQL_WS, MERCURIUS = "graphql-ws", "mercurius"


def command(name: str, rooms_file: str) -> list[str]:
    """How to start one of them; exits when there is no Node."""
    program = shutil.which("node") or sys.exit("Two peers run on Node: install it, or leave them out with --sides.")
    _install()
    return [program, "--expose-gc", str(HERE / f"{name}.js"), rooms_file]


def _install() -> None:
    """Bring in what package-lock.json names, once."""
    installed, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        print("Installing the peers on Node …", file=sys.stderr)
        subprocess.run(["npm", "ci", "--silent"], cwd=HERE, check=True)
