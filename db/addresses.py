"""Addresses: the table of where members have things sent."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Boolean, Column, Index, Table, Uuid, any_, bindparam, delete, func, insert, select, text, update

from db.connection import Reading, Writing, by_key
from db.metadata import UUIDS, key, metadata, refers_to, words
from db.statements import prepared
from domain.addresses import Address

address = Table(
    "address",
    metadata,
    key(),
    refers_to("member", "member_id"),
    words("name"),
    words("phone"),
    words("province"),
    words("city"),
    words("district"),
    words("line"),
    Column("is_default", Boolean(), nullable=False),
    Index(None, "member_id", "id"),
    Index("uq_address_one_default", "member_id", unique=True, postgresql_where=text("is_default")),
)

_COLUMNS = tuple(address.c)
_ADDRESSES = select(*_COLUMNS)
_OF_MEMBERS = prepared(
    _ADDRESSES.where(address.c.member_id == any_(bindparam("ids", type_=UUIDS))).order_by(
        address.c.member_id, address.c.is_default.desc(), address.c.id.desc()
    )
)
_OWN = (
    address.c.id == any_(bindparam("ids", type_=UUIDS)),
    address.c.member_id == bindparam("of_member", type_=Uuid()),
)
_BY_ID = prepared(_ADDRESSES.where(*_OWN))
_ANYBODYS = prepared(_ADDRESSES.where(address.c.id == any_(bindparam("ids", type_=UUIDS))))
_COUNT = prepared(
    select(func.count()).select_from(address).where(address.c.member_id == bindparam("of_member", type_=Uuid()))
)
_UNSET_DEFAULT = prepared(
    update(address)
    .where(address.c.member_id == bindparam("of_member", type_=Uuid()), address.c.is_default)
    .values(is_default=text("false"))
)
_ADD = prepared(insert(address).values({column.name: bindparam(column.name) for column in _COLUMNS}))
_SAVE = prepared(
    update(address)
    .where(address.c.id == bindparam("of_id", type_=Uuid()))
    .values({column.name: bindparam(column.name) for column in _COLUMNS if column.name not in ("id", "member_id")})
)
_REMOVE = prepared(delete(address).where(*_OWN))


async def addresses_of(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, list[Address]]:
    """The addresses of each member: the default one, then the newest first."""
    return by_key(await reading.rows(_OF_MEMBERS, ids=list(member_ids)), "member_id", lambda row: Address(*row))


async def addresses_by_id(reading: Reading, member_id: UUID, ids: Sequence[UUID]) -> dict[UUID, Address]:
    """Those of the addresses that are this member's."""
    rows = await reading.rows(_BY_ID, of_member=member_id, ids=list(ids))
    return {row["id"]: Address(*row) for row in rows}


async def anybodys(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Address]:
    """The addresses, whosever they are: the caller asks that."""
    return {row["id"]: Address(*row) for row in await reading.rows(_ANYBODYS, ids=list(ids))}


async def how_many(tx: Writing, member_id: UUID) -> int:
    """How many addresses a member has; the member must be locked for that to stay true."""
    return int(await tx.value(_COUNT, of_member=member_id))


async def unset_default(tx: Writing, member_id: UUID) -> None:
    """Make room for another default address of a member."""
    await tx.execute(_UNSET_DEFAULT, of_member=member_id)


async def add(tx: Writing, new: Address) -> None:
    await tx.execute(_ADD, **{column.name: getattr(new, column.name) for column in _COLUMNS})


async def save(tx: Writing, changed: Address) -> None:
    """Save a changed address of a member who is locked."""
    values = {column.name: getattr(changed, column.name) for column in _COLUMNS}
    await tx.execute(_SAVE, of_id=changed.id, **values)


async def remove(tx: Writing, member_id: UUID, address_id: UUID) -> bool:
    """Delete an address; False when the member has none such."""
    return await tx.execute(_REMOVE, of_member=member_id, ids=[address_id]) == 1
