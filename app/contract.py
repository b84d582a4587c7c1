"""The contract with clients: the schema as it is committed, and what a change of it would break."""

from __future__ import annotations

from collections.abc import Callable
from difflib import unified_diff
from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes

import schema.root

COMMITTED = Path(schema.root.__file__).with_name("schema.graphql")
RELEASED = COMMITTED.with_name("released.graphql")
MOST_LINES = 60


def sdl() -> str:
    return schema.root.sdl()


def write() -> str:
    """Write the schema where it is committed, and say so."""
    COMMITTED.write_text(sdl(), encoding="utf-8")
    return f"wrote {COMMITTED}"


def check(tell: Callable[[str], None]) -> bool:
    """Hold the committed schema to the code, and tell what differs and what breaks the released one."""
    current = sdl()
    committed = COMMITTED.read_text(encoding="utf-8") if COMMITTED.exists() else ""
    for broken in breaking_changes(current):
        tell(f"breaks clients of the release: {broken}")
    if committed == current:
        return True
    differences = unified_diff(committed.splitlines(), current.splitlines(), "committed", "code", lineterm="", n=1)
    for line, _ in zip(differences, range(MOST_LINES), strict=False):
        tell(line)
    tell(f"{COMMITTED.name} is not what the code says: yutang schema --write")
    return False


def breaking_changes(current: str) -> list[str]:
    """What of the released schema a client could not rely on any more; announced in the changelog or not done."""
    if not RELEASED.exists():
        return []
    released = build_schema(RELEASED.read_text(encoding="utf-8"))
    return [change.description for change in find_breaking_changes(released, build_schema(current))]
