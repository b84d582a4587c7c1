"""What can be asked of members: who holds a token, and what a member shows of themselves."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import db.members
import db.outbox
import db.principals
from db.connection import Database, Writing
from domain.identity import Principal, Scope
from domain.members import (
    Member,
    MemberCard,
    as_seen_by,
    checked_avatar,
    checked_birthday,
    checked_nickname,
)
from domain.records import record
from domain.refusals import NotFound
from domain.sessions import hash_of
from providers import phones
from resolvers.context import Context

KNOWN_FOR = timedelta(seconds=30)
MOST_KNOWN = 10_000


class _Known:
    """Who held a token a moment ago: saves a statement per request, for at most 30 seconds."""

    def __init__(self) -> None:
        self._found: OrderedDict[bytes, tuple[Principal, datetime]] = OrderedDict()
        self.times_forgotten = 0

    def recall(self, access_hash: bytes, now: datetime) -> Principal | None:
        principal, since = self._found.get(access_hash, (None, now))
        if principal is None or not since <= now < since + KNOWN_FOR:
            return None
        expires_at = principal.expires_at
        return principal if expires_at is not None and now < expires_at else None

    def keep(self, access_hash: bytes, principal: Principal, now: datetime) -> None:
        self._found[access_hash] = (principal, now)
        self._found.move_to_end(access_hash)
        if len(self._found) > MOST_KNOWN:
            self._found.popitem(last=False)

    def forget(self, member_id: UUID) -> None:
        self.times_forgotten += 1
        for access_hash in [key for key, (known, _) in self._found.items() if known.member_id == member_id]:
            del self._found[access_hash]


_known = _Known()


async def principal_of(database: Database, token: str, now: datetime) -> Principal | None:
    """Who holds an access token; None when it is unknown, expired or revoked, which is not the same as no token.

    What happened to the member in another process may take up to 30 seconds to show.
    """
    access_hash = hash_of(token)
    principal = _known.recall(access_hash, now)
    if principal is not None:
        return principal
    times_forgotten = _known.times_forgotten
    principal = await db.principals.find_by_access_hash(database.reading(), access_hash, now)
    # Someone may have logged out while we read; what we read is then no longer to be relied on.
    if principal is not None and times_forgotten == _known.times_forgotten:
        _known.keep(access_hash, principal, now)
    return principal


def forget(member_id: UUID) -> None:
    """Look anew who this member is. Call it after what they may do has changed and is committed."""
    _known.forget(member_id)


async def me(ctx: Context) -> Member | None:
    """The member who asks; None for a visitor."""
    member_id = ctx.principal.member_id
    return None if member_id is None else (await members_by_id(ctx, [member_id])).get(member_id)


async def members_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Member]:
    """Those of the members whom the caller may see: themselves, and for operators everybody."""
    own = ctx.principal.member_id
    seen = ids if ctx.holds(Scope.OPERATOR) else [id_ for id_ in ids if id_ == own]
    found = await db.members.members_by_id(ctx.reading, list(dict.fromkeys(seen))) if seen else {}
    return {id_: as_seen_by(member, own) for id_, member in found.items()}


def members_shown(ctx: Context, members: Sequence[Member]) -> list[UUID]:
    """Those of whose value (points, level, cards) the caller may know: themselves, and for operators everybody."""
    own = ctx.principal.member_id
    return [member.id for member in members if member.id == own or ctx.holds(Scope.OPERATOR)]


async def member_by_phone(ctx: Context, typed: str) -> Member | None:
    """The member with this phone, for operators.

    Raises:
        BadInput: it is no phone number.
    """
    found = await db.members.find_by_phone(ctx.reading, phones.mobile(typed, "phone"))
    return None if found is None else as_seen_by(found, ctx.principal.member_id)


async def cards_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, MemberCard]:
    """What everybody may see of each member."""
    return await db.members.cards_of(ctx.reading, list(dict.fromkeys(ids)))


@record
class Unchanged:
    """Stands for what an update leaves as it is, where None means to clear it."""


UNCHANGED = Unchanged()


@record
class ProfileChange:
    nickname: str | Unchanged = UNCHANGED
    avatar_url: str | Unchanged | None = UNCHANGED
    birthday: date | Unchanged | None = UNCHANGED


async def update_profile(ctx: Context, change: ProfileChange) -> Member:
    """Change what a member says about themselves.

    Raises:
        BadInput: a text is out of bounds, an address is not https, or a birthday is not of this world.
    """
    async with ctx.database.writing() as tx:
        before = await lock_self(ctx, tx)
        after = _changed(ctx, before, change)
        return await save_changed(ctx, tx, before, after)


def _changed(ctx: Context, member: Member, change: ProfileChange) -> Member:
    if not isinstance(change.nickname, Unchanged):
        member = replace(member, nickname=checked_nickname(change.nickname))
    if not isinstance(change.avatar_url, Unchanged):
        url = change.avatar_url
        member = replace(member, avatar_url=None if url is None else checked_avatar(url))
    if not isinstance(change.birthday, Unchanged):
        today = ctx.now().astimezone(ctx.services.rules.time_zone).date()
        day = change.birthday
        member = replace(member, birthday=None if day is None else checked_birthday(day, today))
    return member


async def lock_self(ctx: Context, tx: Writing) -> Member:
    """The member who asks, kept from other changes until the transaction ends."""
    member = await db.members.lock(tx, ctx.member_id)
    if member is None:
        raise NotFound
    return member


_FACTS = {"nickname": "nickname", "avatar_url": "avatarUrl", "birthday": "birthday", "phone": "phone"}


async def save_changed(ctx: Context, tx: Writing, before: Member, after: Member, also: Sequence[str] = ()) -> Member:
    """Save a member, who must be locked, and tell which facts about them changed, but not what they are.

    `also` names what changed around them. Where nothing changed, nothing is saved or told.

    Raises:
        PhoneTaken: the phone belongs to another member.
    """
    changed = [name for field, name in _FACTS.items() if getattr(before, field) != getattr(after, field)]
    if not changed and not also:
        return before
    saved = replace(after, version=before.version + 1)
    await db.members.save(tx, saved)
    payload = {"memberId": saved.id.hex, "changed": [*changed, *also]}
    await db.outbox.tell(tx, "MemberChanged", "member", saved.id, payload, ctx.now())
    return saved
