"""Sessions: the table of token pairs, by their hashes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Index, LargeBinary, Table, Uuid, bindparam, delete, insert, select, update

from db.connection import Writing
from db.members import member
from db.metadata import key, metadata, moment, refers_to
from db.statements import prepared
from domain.sessions import Session

session = Table(
    "session",
    metadata,
    key(),
    refers_to("member", "member_id", index=True),
    Column("family", Uuid(), nullable=False, index=True),
    Column("access_hash", LargeBinary(), nullable=False, unique=True),
    moment("access_expires_at"),
    Column("refresh_hash", LargeBinary(), nullable=False, unique=True),
    moment("refresh_expires_at"),
    moment("created_at"),
    Column("salt", LargeBinary(), nullable=False),
    Column("replaced_by", Uuid(), unique=True),
    moment("revoked_at", optional=True),
    Index(None, "refresh_expires_at"),
)

_COLUMNS = tuple(session.c)
_ADD = prepared(insert(session).values({column.name: bindparam(column.name) for column in _COLUMNS}))
_OF_REFRESH_HASH = session.c.refresh_hash == bindparam("refresh_hash")
_HOLDER = select(session.c.member_id).where(_OF_REFRESH_HASH).scalar_subquery()
_LOCK_HOLDER = prepared(select(member.c.id).where(member.c.id == _HOLDER).with_for_update(key_share=True))
_LOCK_MEMBER = prepared(
    select(member.c.id).where(member.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True)
)
_LOCK = prepared(select(*_COLUMNS).where(_OF_REFRESH_HASH).with_for_update())
_BY_ID = prepared(select(*_COLUMNS).where(session.c.id == bindparam("id", type_=Uuid())))
_REPLACE = prepared(
    update(session)
    .where(session.c.id == bindparam("of_id", type_=Uuid()), session.c.replaced_by.is_(None))
    .values(replaced_by=bindparam("replaced_by"))
)
_REVOKE_FAMILY = prepared(
    update(session)
    .where(session.c.family == bindparam("of_family", type_=Uuid()), session.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_REVOKE_MEMBER = prepared(
    update(session)
    .where(session.c.member_id == bindparam("of_member", type_=Uuid()), session.c.revoked_at.is_(None))
    .values(revoked_at=bindparam("at"))
)
_CLEAR = prepared(delete(session).where(session.c.refresh_expires_at < bindparam("before")))


async def add(tx: Writing, new: Session) -> None:
    await tx.execute(_ADD, **{column.name: getattr(new, column.name) for column in _COLUMNS})


async def lock_by_refresh_hash(tx: Writing, refresh_hash: bytes) -> Session | None:
    """Find the session of a refresh token, and keep others from its member's sessions until the transaction ends."""
    await tx.value(_LOCK_HOLDER, refresh_hash=refresh_hash)
    row = await tx.row(_LOCK, refresh_hash=refresh_hash)
    return None if row is None else Session(*row)


async def lock_all_of(tx: Writing, member_id: UUID) -> None:
    """Keep others from beginning or renewing a session of a member until the transaction ends.

    An UPDATE does not see the session that a refresh adds while it waits for the one before: lock first.
    """
    await tx.value(_LOCK_MEMBER, id=member_id)


async def find(tx: Writing, session_id: UUID) -> Session | None:
    row = await tx.row(_BY_ID, id=session_id)
    return None if row is None else Session(*row)


async def replace(tx: Writing, old: Session, new: Session) -> None:
    """Save the successor of a session, which must be locked and have none."""
    await add(tx, new)
    replaced = await tx.execute(_REPLACE, of_id=old.id, replaced_by=new.id)
    assert replaced == 1, f"session {old.id} was replaced twice"


async def revoke_family(tx: Writing, family: UUID, at: datetime) -> None:
    """End every session that came of one login. The member's sessions must be locked."""
    await tx.execute(_REVOKE_FAMILY, of_family=family, at=at)


async def revoke_member(tx: Writing, member_id: UUID, at: datetime) -> None:
    """End every session of a member. They must be locked."""
    await tx.execute(_REVOKE_MEMBER, of_member=member_id, at=at)


async def clear(tx: Writing, before: datetime) -> int:
    """Delete sessions that expired before a time; returns how many."""
    return await tx.execute(_CLEAR, before=before)
