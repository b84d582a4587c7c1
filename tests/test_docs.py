"""The documents say what is there: links lead somewhere, commands exist, decisions are whole, settings are described."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import app.settings
import schema.ids
from app.settings import (
    AlipayApp,
    Attribution,
    Binding,
    Codes,
    Limits,
    Points,
    Settings,
    Video,
    Webhooks,
    WechatPay,
    Withdrawal,
)

ROOT = Path(app.settings.__file__).parent.parent
DOCUMENTS = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
LINK = re.compile(r"\[[^\]]*\]\((?!https?:)([^)#]+)")
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("document", DOCUMENTS, ids=named)
def test_every_link_leads_somewhere(document: Path) -> None:
    missing = [link for link in LINK.findall(document.read_text()) if not (document.parent / link).exists()]

    assert missing == []


@pytest.mark.parametrize("decision", DECISIONS, ids=named)
def test_a_decision_says_why_what_and_instead_of_what(decision: Path) -> None:
    text = decision.read_text()

    for part in ("# " + decision.name[:4], "**Context.**", "**Decision.**", "**Instead of.**", "**Kept true by.**"):
        assert part in text, part


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [path.name[:4] for path in DECISIONS] == [f"{i:04d}" for i in range(1, len(DECISIONS) + 1)]


def test_every_command_that_the_readme_names_is_there() -> None:
    dev = (ROOT / "dev").read_text()
    commands = (ROOT / "app" / "commands.py").read_text()
    readme = (ROOT / "README.md").read_text() + (ROOT / "CONTRIBUTING.md").read_text()

    for name in set(re.findall(r"\./dev (\w+)", readme)):
        assert f'"{name}":' in dev, name
    for name in set(re.findall(r"yutang (\w+)", readme)):
        assert f"def {name}" in commands or f'"{name}"' in commands, name


def test_every_soak_is_of_a_test_that_reads_how_long_it_is_to_be_and_is_described() -> None:
    soaks = re.findall(r'"(\w+)": \("(tests/.+\.py)", "(YUTANG_\w+)"', (ROOT / "dev").read_text())

    assert len(soaks) == 5
    for name, file, variable in soaks:
        assert f'os.environ.get("{variable}"' in (ROOT / file).read_text()
        assert f"| `{name}` |" in (ROOT / "CONTRIBUTING.md").read_text()


def test_every_setting_is_described() -> None:
    parts = (Attribution, Binding, Codes, Limits, Points, Video, Webhooks, WechatPay, AlipayApp, Withdrawal)
    for model in (Settings, *parts):
        assert [name for name, field in model.model_fields.items() if not field.description] == []


def test_the_glossary_knows_every_kind_of_object() -> None:
    glossary = (ROOT / "docs" / "glossary.md").read_text().lower()
    plain = {"address", "brand", "category", "media", "comment", "order line", "org unit"}
    kinds = {kind.name.lower().replace("_", " ") for kind in schema.ids.Kind} - plain

    assert {kind for kind in kinds if kind not in glossary} == set()


def test_dev_needs_the_standard_library_alone() -> None:
    found = subprocess.run([sys.executable, "-S", "-I", str(ROOT / "dev")], capture_output=True, text=True, check=False)

    assert "One command for everything" in found.stdout
    assert found.stderr == ""
