"""Members: tables of members and of the identities by which they are known, and what is read and changed of them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import asyncpg
from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.members import Identity, IdentityProvider, Member, MemberCard, MemberStatus

member = Table(
    "member",
    metadata,
    key(),
    words("nickname"),
    words("avatar_url", optional=True),
    Column("birthday", Date()),
    Column("phone", Text(), unique=True),
    *one_of("status", MemberStatus),
    moment("created_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("external_reference", Text(), unique=True),
    CheckConstraint("phone ~ '^[+][0-9]{7,15}$'", name="phone_is_e164"),
)

member_identity = Table(
    "member_identity",
    metadata,
    key(),
    refers_to("member", "member_id", index=True),
    *one_of("provider", IdentityProvider),
    words("app_id"),
    words("openid"),
    words("unionid", optional=True),
    moment("created_at"),
    Index("uq_member_identity_openid", "provider", "app_id", "openid", unique=True),
    Index(None, "unionid"),
)

_COLUMNS = tuple(
    member.c[name]
    for name in (
        "id", "nickname", "avatar_url", "birthday", "phone", "status", "created_at", "version", "external_reference",
    )
)  # fmt: skip
_MEMBERS = select(*_COLUMNS)
_BY_ID = prepared(_MEMBERS.where(member.c.id == any_(bindparam("ids", type_=UUIDS))))
_BY_PHONE = prepared(_MEMBERS.where(member.c.phone == bindparam("phone", type_=Text())))
_CARDS = prepared(
    select(member.c.id, member.c.nickname, member.c.avatar_url).where(
        member.c.id == any_(bindparam("ids", type_=UUIDS))
    )
)
_LOCK = prepared(_MEMBERS.where(member.c.id == bindparam("id", type_=Uuid())).with_for_update())
_ADD = prepared(insert(member).values({column.name: bindparam(column.name) for column in _COLUMNS}))
_SAVE = prepared(
    update(member)
    .where(member.c.id == bindparam("of_id", type_=Uuid()))
    .values({column.name: bindparam(column.name) for column in _COLUMNS if column.name not in ("id", "created_at")})
)


def _member(row: Row) -> Member:
    id_, nickname, avatar_url, birthday, phone, status, *rest = row
    return Member(id_, nickname, avatar_url, birthday, phone, MemberStatus(status), *rest)


def _values(one: Member) -> dict[str, object]:
    return {column.name: getattr(one, column.name) for column in _COLUMNS} | {"status": one.status.value}


async def members_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Member]:
    return {row["id"]: _member(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def cards_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, MemberCard]:
    """What everybody may see of each member."""
    return {row["id"]: MemberCard(*row) for row in await reading.rows(_CARDS, ids=list(ids))}


async def find_by_phone(reading: Reading, phone: str) -> Member | None:
    """The member with this verified phone, in E.164."""
    row = await reading.row(_BY_PHONE, phone=phone)
    return None if row is None else _member(row)


async def lock(tx: Writing, member_id: UUID) -> Member | None:
    """Find a member and keep other writers off them until the transaction ends."""
    row = await tx.row(_LOCK, id=member_id)
    return None if row is None else _member(row)


async def add(tx: Writing, new: Member) -> bool:
    """Save a new member; False when the phone or external reference is taken."""
    try:
        await tx.execute(_ADD, **_values(new))
    except asyncpg.UniqueViolationError:
        return False
    return True


async def save(tx: Writing, changed: Member) -> bool:
    """Save a changed member, who must be locked; False when the phone or external reference is taken."""
    try:
        await tx.execute(_SAVE, of_id=changed.id, **_values(changed))
    except asyncpg.UniqueViolationError:
        return False
    return True


_OF_IDENTITY = (
    member_identity.c.provider == bindparam("provider", type_=Text()),
    member_identity.c.app_id == bindparam("app_id", type_=Text()),
    member_identity.c.openid == bindparam("openid", type_=Text()),
)
_BY_OPENID = prepared(_MEMBERS.join(member_identity, member_identity.c.member_id == member.c.id).where(*_OF_IDENTITY))
_BY_UNIONID = prepared(
    _MEMBERS.join(member_identity, member_identity.c.member_id == member.c.id)
    .where(member_identity.c.unionid == bindparam("unionid", type_=Text()))
    .distinct()
    .limit(2)
)
_new = upsert(member_identity).values({column.name: bindparam(column.name) for column in member_identity.c})
_KNOW = prepared(
    _new.on_conflict_do_update(
        index_elements=["provider", "app_id", "openid"],
        set_={"unionid": func.coalesce(_new.excluded.unionid, member_identity.c.unionid)},
        where=(member_identity.c.member_id == _new.excluded.member_id),
    )
)


async def find_by_identity(reading: Reading, identity: Identity) -> list[Member]:
    """The members whom the openid or the unionid leads to: none, one, or two where two were made of one person."""
    rows = await reading.rows(
        _BY_OPENID, provider=identity.provider.value, app_id=identity.app_id, openid=identity.openid
    )
    if identity.unionid is not None:
        rows += await reading.rows(_BY_UNIONID, unionid=identity.unionid)
    return [_member(row) for row in rows]


async def know_by(tx: Writing, member_id: UUID, identity: Identity, id_: UUID, at: object) -> bool:
    """From now on this identity leads to the member; False when it leads to another one."""
    changed = await tx.execute(
        _KNOW,
        id=id_,
        member_id=member_id,
        provider=identity.provider.value,
        app_id=identity.app_id,
        openid=identity.openid,
        unionid=identity.unionid,
        created_at=at,
    )
    return changed == 1
