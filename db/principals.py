"""Principals: who holds an access token, and all that they are, in one statement."""

from __future__ import annotations

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
_BY_ACCESS_HASH = prepared(
    select(
        session.c.id,
        session.c.access_expires_at,
        member.c.id,
        guide.c.id,
        func.coalesce(_DUTIES, literal_column("'[]'::jsonb"), type_=JSONB()),
    )
    .select_from(session)
    .join(member, member.c.id == session.c.member_id)
    .outerjoin(
        guide, and_(guide.c.member_id == member.c.id, guide.c.status == literal_column(f"'{GuideStatus.ACTIVE.value}'"))
    )
    .where(
        session.c.access_hash == bindparam("access_hash"),
        session.c.access_expires_at > bindparam("now", type_=session.c.access_expires_at.type),
        session.c.revoked_at.is_(None),
        member.c.status == literal_column(f"'{MemberStatus.ACTIVE.value}'"),
    )
)


async def find_by_access_hash(reading: Reading, access_hash: bytes, now: datetime) -> Principal | None:
    """Who holds this access token; None when it is unknown, expired or revoked, or the member closed their account."""
    row = await reading.row(_BY_ACCESS_HASH, access_hash=access_hash, now=now)
    if row is None:
        return None
    session_id, expires_at, member_id, guide_id, found = row
    duties = tuple(Duty(Role(role), UUID(unit_id), path) for role, unit_id, path in found)
    scopes = scopes_of(member=True, active_guide=guide_id is not None, duties=duties)
    return Principal(member_id, guide_id, duties, session_id, expires_at, scopes)
