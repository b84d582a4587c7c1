"""The command `yutang`: help, the schema as it is committed, checks, and mistakes told without a traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from app import contract, databases
from app.settings import Settings

YUTANG = Path(sys.executable).with_name("yutang")


def yutang(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("YUTANG_", "DATABASE_", "BUS_"))}
    return subprocess.run(
        [str(YUTANG), *arguments], capture_output=True, text=True, timeout=60, check=False, env=clean | environment
    )


def test_every_command_has_help_and_help_loads_nothing_heavy() -> None:
    shown = yutang("--help")

    assert shown.returncode == 0
    for command in ("serve", "work", "migrate", "import", "demo", "schema", "check"):
        assert command in shown.stdout
    loaded = subprocess.run(
        [
            sys.executable,
            "-c",
            "import app.commands, sys; print([m for m in ('strawberry', 'sqlalchemy') if m in sys.modules])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert loaded.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        pytest.param(["import", "litemall", "/nowhere"], {}, "/nowhere", id="no such folder"),
        pytest.param(["import", "litemall", "{folder}"], {}, "category.jsonl", id="no shop in the folder"),
        pytest.param(["demo", "--room", "karaoke", "x"], {}, "danmaku", id="no such room"),
        pytest.param(["demo", "--port", "99999"], {}, "65535", id="no such port"),
        pytest.param(["migrate"], {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"}, "", id="no database"),
        pytest.param(["serve"], {"YUTANG_PORT": "http"}, "port", id="a setting that is none"),
        pytest.param(["demo", "--reset"], {"DATABASE_URL": "postgresql://x"}, "--reset", id="somebody else's database"),
    ],
)
def test_a_mistake_is_told_in_a_few_words(
    arguments: list[str], environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    given = [argument.replace("{folder}", str(tmp_path)) for argument in arguments]
    port = {} if "--port" in given else {"YUTANG_PORT": "18731"}

    told = yutang(*given, **{**port, **environment, "YUTANG_DATA_DIR": str(tmp_path / "data")})

    assert told.returncode in (1, 2)
    assert said in told.stderr
    assert "Traceback" not in told.stderr


def test_a_port_that_is_taken_is_told_before_anything_else(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        began = time.monotonic()
        told = yutang("demo", "--port", str(taken.getsockname()[1]), YUTANG_DATA_DIR=str(tmp_path / "data"))

    assert told.returncode == 1
    assert "--port" in told.stderr
    assert not (tmp_path / "data").exists()
    assert time.monotonic() - began < 20


def test_the_committed_schema_is_what_the_code_says() -> None:
    told: list[str] = []

    assert contract.check(told.append), "\n".join(told)


def test_what_would_break_clients_of_a_release_is_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = contract.sdl()
    begin = released.index("\ntype Query")
    older = released[:begin] + released[begin:].replace("{\n", "{\n  soldHere: Int\n", 1)
    (tmp_path / "released.graphql").write_text(older)
    monkeypatch.setattr(contract, "RELEASED", tmp_path / "released.graphql")

    assert contract.breaking_changes(contract.sdl()) == ["Field Query.soldHere was removed."]


def test_a_migrated_database_passes_the_checks_but_for_its_durability(
    dsn: str, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = Settings(_env_file=None, database_url=dsn)

    assert not databases.check(settings)

    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("✓") for line in lines) == 4
    assert [line for line in lines if "✗" in line] == [line for line in lines if "fsync is off" in line]
