"""Principals: who holds an access token, and all that they are, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, bindparam, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

from db.connection import Reading
from db.guides import guide
from db.members import member
from db.sessions import session
from db.statements import prepared
from db.stores import org_unit, staff_duty
from domain.guides import GuideStatus
from domain.identity import Duty, Principal, Role, scopes_of
from domain.members import MemberStatus

_DUTIES = (
    select(func.jsonb_agg(func.jsonb_build_array(staff_duty.c.role, staff_duty.c.unit_id, org_unit.c.path)))
    .join(org_unit, org_unit.c.id == staff_duty.c.unit_id)
    .where(staff_duty.c.member_id == member.c.id, staff_duty.c.until.is_(None))
    .correlate(member)
    .scalar_subquery()
)
_is_theirs = and_(guide.c.member_id == member.c.id, guide.c.status == literal_column(f"'{GuideStatus.ACTIVE.value}'"))
_IS_ACTIVE = member.c.status == literal_column(f"'{MemberStatus.ACTIVE.value}'")
_KNOWN_DUTIES = func.coalesce(_DUTIES, literal_column("'[]'::jsonb"), type_=JSONB())
_BY_MEMBER = prepared(
    select(guide.c.id, _KNOWN_DUTIES)
    .select_from(member)
    .outerjoin(guide, _is_theirs)
    .where(member.c.id == bindparam("member_id", type_=member.c.id.type), _IS_ACTIVE)
)
_BY_ACCESS_HASH = prepared(
    select(
        session.c.id,
        session.c.access_expires_at,
        member.c.id,
        guide.c.id,
        _KNOWN_DUTIES,
    )
    .select_from(session)
    .join(member, member.c.id == session.c.member_id)
    .outerjoin(guide, _is_theirs)
    .where(
        session.c.access_hash == bindparam("access_hash"),
        session.c.access_expires_at > bindparam("now", type_=session.c.access_expires_at.type),
        session.c.revoked_at.is_(None),
        _IS_ACTIVE,
    )
)


async def find_by_access_hash(reading: Reading, access_hash: bytes, now: datetime) -> Principal | None:
    """Who holds this access token; None when it is unknown, expired or revoked, or the member closed their account."""
    row = await reading.row(_BY_ACCESS_HASH, access_hash=access_hash, now=now)
    if row is None:
        return None
    session_id, expires_at, member_id, guide_id, found = row
    return replace(_principal(member_id, guide_id, found), session_id=session_id, expires_at=expires_at)


async def find_by_member(reading: Reading, member_id: UUID) -> Principal | None:
    """All that a member is; None when there is none, or they closed their account."""
    row = await reading.row(_BY_MEMBER, member_id=member_id)
    return None if row is None else _principal(member_id, *row)


def _principal(member_id: UUID, guide_id: UUID | None, found: Sequence[tuple[str, str, str]]) -> Principal:
    duties = tuple(Duty(Role(role), UUID(unit_id), path) for role, unit_id, path in found)
    scopes = scopes_of(member=True, active_guide=guide_id is not None, duties=duties)
    return Principal(member_id, guide_id, duties, scopes=scopes)
