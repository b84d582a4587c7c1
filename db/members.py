"""Members: tables of members and of the identities by which they are known, and what is read and changed of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
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
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.members import Identity, IdentityProvider, Member, MemberCard, MemberStatus, PhoneTaken

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
    Column("verified_birthday", Date()),
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


async def add(tx: Writing, new: Member) -> None:
    """Save a new member.

    Raises:
        PhoneTaken: the phone belongs to another member.
    """
    try:
        await tx.execute(_ADD, **_values(new))
    except asyncpg.UniqueViolationError as violation:
        raise PhoneTaken(path=("input", "phone")) from violation


async def save(tx: Writing, changed: Member) -> None:
    """Save a changed member, who must be locked.

    Raises:
        PhoneTaken: the phone belongs to another member.
    """
    try:
        await tx.execute(_SAVE, of_id=changed.id, **_values(changed))
    except asyncpg.UniqueViolationError as violation:
        raise PhoneTaken(path=("input", "phone")) from violation


_VERIFY = prepared(
    update(member)
    .where(member.c.id == bindparam("of_id", type_=Uuid()), member.c.status == "ACTIVE")
    .values(verified_birthday=bindparam("born_on", type_=Date()), version=member.c.version + 1)
)


async def verify_birthday(tx: Writing, member_id: UUID, born_on: date) -> bool:
    """Keep a birthday that somebody verified; False when there is no such member."""
    return await tx.execute(_VERIFY, of_id=member_id, born_on=born_on) == 1


_BY_IDENTITY = prepared(
    _MEMBERS.where(
        member.c.id.in_(
            select(member_identity.c.member_id).where(
                or_(
                    and_(
                        member_identity.c.provider == bindparam("provider", type_=Text()),
                        member_identity.c.app_id == bindparam("app_id", type_=Text()),
                        member_identity.c.openid == bindparam("openid", type_=Text()),
                    ),
                    member_identity.c.unionid == bindparam("unionid", type_=Text()),
                )
            )
        )
    )
)
_LOCK_PERSON = prepared(
    select(func.pg_advisory_xact_lock(func.hashtextextended(literal_column("known_by"), 0))).select_from(
        func.unnest(bindparam("names", type_=ARRAY(Text()))).alias("known_by")
    )
)
_new = upsert(member_identity).values({column.name: bindparam(column.name) for column in member_identity.c})
_KNOW = prepared(
    _new.on_conflict_do_update(
        index_elements=["provider", "app_id", "openid"],
        set_={"unionid": _new.excluded.unionid},
        where=and_(
            member_identity.c.member_id == _new.excluded.member_id,
            _new.excluded.unionid.is_not(None),
            member_identity.c.unionid.is_distinct_from(_new.excluded.unionid),
        ),
    )
)


async def lock_person(tx: Writing, identity: Identity) -> None:
    """Keep other logins of the same person off until the transaction ends, so that one person becomes one member."""
    names = [f"{identity.provider.value}:{identity.app_id}:{identity.openid}"]
    if identity.unionid is not None:
        names.append(f"unionid:{identity.unionid}")
    await tx.rows(_LOCK_PERSON, names=sorted(names))


async def find_by_identity(reading: Reading, identity: Identity) -> list[Member]:
    """The members whom the openid or the unionid leads to: none, one, or two where two were made of one person."""
    rows = await reading.rows(
        _BY_IDENTITY,
        provider=identity.provider.value,
        app_id=identity.app_id,
        openid=identity.openid,
        unionid=identity.unionid,
    )
    return [_member(row) for row in rows]


async def know_by(tx: Writing, member_id: UUID, identity: Identity, id_: UUID, at: datetime) -> bool:
    """From now on this identity, which leads to nobody else, leads to the member; whether that is news."""
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


_OPENID = prepared(
    select(member_identity.c.openid)
    .where(
        member_identity.c.member_id == bindparam("member_id", type_=Uuid()),
        member_identity.c.provider == bindparam("provider", type_=Text()),
        member_identity.c.app_id == bindparam("app_id", type_=Text()),
    )
    .order_by(member_identity.c.id.desc())
    .limit(1)
)


async def openid_of(reading: Reading, member_id: UUID, provider: IdentityProvider, app_id: str) -> str | None:
    """By which openid an app of WeChat knows the member; the latest, where there are several."""
    openid: str | None = await reading.value(_OPENID, member_id=member_id, provider=provider.value, app_id=app_id)
    return openid
