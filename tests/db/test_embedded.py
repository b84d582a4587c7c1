"""The PostgreSQL that comes with us."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import embedded

KILLED = """
import os, signal, sys
from pathlib import Path
from db import embedded
embedded.start(Path(sys.argv[1]), durable=False)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def directory() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="yutang-embedded-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def test_a_server_whose_user_was_killed_stops_with_the_next_one(directory: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED, str(directory)], check=False, cwd=Path(__file__).parents[2])
    assert killed.returncode == -9
    assert (directory / "pg" / "postmaster.pid").exists()

    embedded.start(directory, durable=False)
    embedded.stop(directory)

    assert not (directory / "pg" / "postmaster.pid").exists()
