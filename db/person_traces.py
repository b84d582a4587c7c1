"""Traces of persons: by which somebody who comes back under a new account is known again, without being named (R07)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, LargeBinary, Table, Uuid, any_, bindparam, exists, select
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing
from db.members import member, member_identity
from db.metadata import UUIDS, given_rows, in_columns, metadata, moment
from db.statements import prepared
from domain.members import Identity, IdentityProvider

person_trace = Table(
    "person_trace",
    metadata,
    Column("trace", LargeBinary(), primary_key=True),
    # No foreign key: traces outlive the account.
    Column("member_id", Uuid(), nullable=False, index=True),
    moment("first_at"),
)


_UNKNOWN = prepared(
    select(member.c.id)
    .where(~exists().where(person_trace.c.member_id == member.c.id))
    .order_by(member.c.id)
    .limit(bindparam("most"))
)
_PERSONS = prepared(
    select(
        member.c.id,
        member.c.phone,
        member_identity.c.provider,
        member_identity.c.app_id,
        member_identity.c.openid,
        member_identity.c.unionid,
    )
    .select_from(member.outerjoin(member_identity, member_identity.c.member_id == member.c.id))
    .where(member.c.id == any_(bindparam("ids", type_=UUIDS)))
)
_traces = given_rows("traces", list(person_trace.c))
_KNOW = prepared(
    insert(person_trace)
    .from_select([one.name for one in person_trace.c], select(*_traces.c).order_by(_traces.c.trace))
    .on_conflict_do_nothing()
)
_KNOWN = prepared(
    select(person_trace.c.trace, person_trace.c.member_id).where(
        person_trace.c.trace == any_(bindparam("traces", type_=ARRAY(LargeBinary())))
    )
)


async def unknown(reading: Reading, most: int) -> list[UUID]:
    """Members who have left no trace yet: those of before traces were kept."""
    return [row[0] for row in await reading.rows(_UNKNOWN, most=most)]


async def persons(tx: Writing, member_ids: Sequence[UUID]) -> dict[UUID, tuple[str | None, list[Identity]]]:
    """The phone and the accounts by which each member is known."""
    found: dict[UUID, tuple[str | None, list[Identity]]] = {}
    for id_, phone, provider, *names in await tx.rows(_PERSONS, ids=list(member_ids)):
        _, identities = found.setdefault(id_, (phone, []))
        if provider is not None:
            identities.append(Identity(IdentityProvider(provider), *names))
    return found


async def know(tx: Writing, traces: Sequence[tuple[bytes, UUID]], at: datetime) -> dict[bytes, UUID]:
    """Keep traces of members, where nobody has left them before; returns whose each is."""
    rows = [{"trace": trace, "member_id": member_id, "first_at": at} for trace, member_id in dict(traces).items()]
    await tx.execute(_KNOW, **in_columns("traces", list(person_trace.c), rows))
    return dict(await tx.rows(_KNOWN, traces=[one["trace"] for one in rows]))
