"""What the sample brand says and sells, in TOML."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@cache
def read(name: str) -> dict[str, Any]:
    """One file of the sample brand: `brand`, `products`, `posts` or `people`."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def nicknames() -> list[str]:
    """What two hundred members call themselves."""
    people = read("people")
    endings, families = people["endings"].split(), people["families"].split()
    return [*people["nicknames"].split(), *(family + ending for ending in endings for family in families)]


def category_of(slug: str) -> dict[str, Any]:
    """The category at the root above the one with this slug."""
    roots: list[dict[str, Any]] = read("brand")["category"]
    return next(root for root in roots if slug == root["slug"] or any(slug == child for child, _ in root["children"]))
