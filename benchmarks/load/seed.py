"""A database with live rooms and people, for as long as a benchmark runs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from uuid import UUID

import uuid_utils.compat

import db.guides
import db.members
import db.sessions
import db.stores
import resolvers.live
from app.assembly import Pond
from app.gate import Caller
from db import embedded
from db.connection import Writing
from domain import guides
from domain.guides import GuideCard, GuideKind, GuideStatus
from domain.identity import Principal, scopes_of
from domain.members import Member, MemberStatus
from domain.sessions import Tokens, session_of
from domain.stores import OrgUnit, UnitKind
from schema.ids import Kind, id_of

LAST = timedelta(days=1)


@contextmanager
def database(*, durable: bool) -> Iterator[str]:
    """An empty PostgreSQL of our own, deleted afterwards."""
    directory = Path(tempfile.mkdtemp(prefix="yutang-bench-"))
    directory.chmod(0o755)
    try:
        yield embedded.start(directory, durable=durable)
    finally:
        embedded.stop(directory)
        shutil.rmtree(directory, ignore_errors=True)


async def live_rooms(pond: Pond, many: int) -> list[str]:
    """Rooms that are live, each with a host of its own; their ids as clients say them."""
    store = await _store(pond)
    rooms = [await _room(pond, store, n) for n in range(many)]
    return [id_of(Kind.LIVE_ROOM, room) for room in rooms]


async def tokens(pond: Pond, many: int) -> list[str]:
    """Access tokens of so many new members."""
    async with pond.database.writing() as tx:
        return [await _token(tx, await _member(tx, f"Viewer {n}")) for n in range(many)]


async def _store(pond: Pond) -> OrgUnit:
    blank = OrgUnit(
        uuid_utils.compat.uuid7(), UnitKind.HQ, "Headquarters", None, "hq.", None, None, None, None, None, 1, None
    )
    store = replace(blank, id=uuid_utils.compat.uuid7(), kind=UnitKind.STORE, parent_id=blank.id, path="hq.shop.")
    async with pond.database.writing() as tx:
        await db.stores.add_unit(tx, blank, pond.context().now())
        await db.stores.add_unit(tx, store, pond.context().now())
    return store


async def _member(tx: Writing, nickname: str) -> UUID:
    member = Member(uuid_utils.compat.uuid7(), nickname, None, None, None, MemberStatus.ACTIVE, datetime.now(UTC))
    await db.members.add(tx, member)
    return member.id


async def _room(pond: Pond, store: OrgUnit, number: int) -> UUID:
    ctx = pond.context()
    async with pond.database.writing() as tx:
        member_id = await _member(tx, f"Host {number}")
        tier = min(await db.guides.tiers(tx), key=lambda tier: tier.rank)
        card = GuideCard(GuideKind.EMPLOYEE, f"Host {number}")
        host = guides.apply(ctx.new_id(), member_id, store, card, tier, ctx.new_code(), ctx.now())
        assert await db.guides.add_guide(tx, replace(host, status=GuideStatus.ACTIVE))
    scopes = scopes_of(member=True, active_guide=True, duties=())
    principal = Principal(member_id, guide_id=host.id, scopes=scopes)
    room, _ = await resolvers.live.start(pond.context(Caller(principal)), f"Room {number}", None, (), f"room-{number}")
    return room.id


async def _token(tx: Writing, member_id: UUID) -> str:
    now, key = datetime.now(UTC), uuid_utils.compat.uuid7()
    given = Tokens(token_urlsafe(32), now + LAST, token_urlsafe(32), now + LAST)
    await db.sessions.add(tx, session_of(given, token_bytes(32), key, member_id, key, now))
    return given.access_token
