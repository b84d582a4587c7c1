"""Ready-made tokens of the demo: kept in a file beside its data, and good until the demo is reset."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from uuid import UUID

import uuid_utils.compat

import db.principals
import db.sessions
from db.connection import Database
from domain.sessions import Tokens, hash_of, session_of

LAST = timedelta(days=3650)
"""Tokens of the product last two hours; these are to be pasted."""
FILE = "tokens.json"


async def ready_tokens(database: Database, folder: Path, who: dict[str, UUID]) -> dict[str, str]:
    """A token for each of these members: the one that was given out before, where it still opens."""
    kept = _kept(folder / FILE)
    tokens = {name: await _opening(database, name, member_id, kept.get(name)) for name, member_id in who.items()}
    _keep(folder / FILE, tokens)
    return tokens


def _kept(file: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
    return found


def _keep(file: Path, tokens: dict[str, str]) -> None:
    file.touch(mode=0o600)
    file.write_text(json.dumps(tokens, indent=1))


async def _opening(database: Database, name: str, member_id: UUID, token: str | None) -> str:
    now = datetime.now(UTC)
    if token is not None:
        holder = await db.principals.find_by_access_hash(database.reading(), hash_of(token), now)
        if holder is not None and holder.member_id == member_id:
            return token
    fresh = f"demo-{name}-{token_urlsafe(18)}"
    tokens = Tokens(fresh, now + LAST, token_urlsafe(32), now + LAST)
    key = uuid_utils.compat.uuid7()
    async with database.writing() as tx:
        await db.sessions.add(tx, session_of(tokens, token_bytes(32), key, member_id, key, now))
    return fresh
