"""Sessions: renewing tokens, and ending them."""

from __future__ import annotations

from datetime import timedelta

import db.phone_codes
import db.sessions
from db.connection import Writing
from domain.sessions import (
    SECRET_BYTES,
    Renewal,
    Session,
    TokenInvalid,
    Tokens,
    hash_of,
    renewal_of,
    session_of,
    tokens_from,
)
from resolvers.context import Context
from resolvers.members import forget

KEPT_AFTER_THEIR_END = timedelta(days=7)


async def refresh(ctx: Context, refresh_token: str) -> Tokens:
    """Exchange a refresh token for a new pair, once.

    Who repeats it within 10 seconds gets the same pair. Later, the token must be in two hands,
    and every session that came of its login ends.

    Raises:
        TokenInvalid: it is unknown, expired or revoked, or was exchanged before.
    """
    async with ctx.database.writing() as tx:
        session = await db.sessions.lock_by_refresh_hash(tx, hash_of(refresh_token))
        tokens = None if session is None else await _renewed(ctx, tx, session, refresh_token)
    if tokens is None:
        if session is not None:
            forget(session.member_id)
        raise TokenInvalid(path=("input", "refreshToken"))
    return tokens


async def _renewed(ctx: Context, tx: Writing, session: Session, refresh_token: str) -> Tokens | None:
    """The next pair, or None when there is none: then what ends stays ended, so nothing is raised in here."""
    secret, at = refresh_token.encode(), ctx.now()
    successor = None if session.replaced_by is None else await db.sessions.find(tx, session.replaced_by)
    match renewal_of(session, successor, at):
        case Renewal.ROTATE:
            salt = ctx.chance(SECRET_BYTES)
            tokens = tokens_from(secret, salt, at)
            new = session_of(tokens, salt, ctx.new_id(), session.member_id, session.family, at)
            await db.sessions.replace(tx, session, new)
            return tokens
        case Renewal.REPEAT if successor is not None:
            return tokens_from(secret, successor.salt, successor.created_at)
        case Renewal.REVOKE:
            await db.sessions.revoke_family(tx, session.family, at)
    return None


async def log_out(ctx: Context, *, everywhere: bool) -> None:
    """End the sessions that came of the caller's login, or of all logins of the member."""
    member_id, session_id = ctx.member_id, ctx.principal.session_id
    async with ctx.database.writing() as tx:
        await db.sessions.lock_all_of(tx, member_id)
        session = None if session_id is None else await db.sessions.find(tx, session_id)
        if everywhere:
            await db.sessions.revoke_member(tx, member_id, ctx.now())
        elif session is not None:
            await db.sessions.revoke_family(tx, session.family, ctx.now())
    forget(member_id)


async def clear(ctx: Context) -> int:
    """Delete sessions and codes that ended a week ago; returns how many. A job calls this every day."""
    before = ctx.now() - KEPT_AFTER_THEIR_END
    async with ctx.database.writing() as tx:
        return await db.sessions.clear(tx, before) + await db.phone_codes.clear(tx, before)
