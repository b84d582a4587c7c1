"""Contacts: the table of who is friends with a guide on WeCom, and who of them are members."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Table,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Row, Writing
from db.members import member, member_identity
from db.metadata import key, metadata, moment, refers_to, words
from db.statements import prepared
from db.sublists import Sublist
from domain.contacts import WecomContact
from domain.members import IdentityProvider, MemberStatus
from domain.pages import Page, PageRequest

wecom_contact = Table(
    "wecom_contact",
    metadata,
    key(),
    refers_to("guide", "guide_id"),
    words("external_userid"),
    words("unionid", optional=True),
    refers_to("member", "member_id", optional=True, index=True),
    moment("added_at"),
    moment("removed_at", optional=True),
    CheckConstraint("removed_at >= added_at", name="it_is_removed_after_it_was_added"),
    Index("uq_wecom_contact_once", "guide_id", "external_userid", unique=True),
    Index(None, "external_userid"),
    Index(None, "unionid"),
    Index(None, "guide_id", "id"),
)

_AT = bindparam("at", type_=DateTime(timezone=True))
_UNIONID = bindparam("unionid", type_=Text())
_EXTERNAL = bindparam("external_userid", type_=Text())
_new = insert(wecom_contact).values(
    {column.name: bindparam(column.name, type_=column.type) for column in wecom_contact.c}
)
_SAVE = prepared(
    _new.on_conflict_do_update(
        index_elements=["guide_id", "external_userid"],
        set_={
            "unionid": func.coalesce(_new.excluded.unionid, wecom_contact.c.unionid),
            "member_id": func.coalesce(_new.excluded.member_id, wecom_contact.c.member_id),
            "added_at": case(
                (wecom_contact.c.removed_at.is_(None), wecom_contact.c.added_at), else_=_new.excluded.added_at
            ),
            "removed_at": null(),
        },
    ).returning(*wecom_contact.c)
)
_MEMBER = prepared(
    select(member.c.id)
    .where(
        member.c.status == literal_column(f"'{MemberStatus.ACTIVE.value}'"),
        member.c.id.in_(
            select(member_identity.c.member_id).where(
                or_(
                    member_identity.c.unionid == _UNIONID,
                    and_(
                        member_identity.c.provider == literal_column(f"'{IdentityProvider.WECOM.value}'"),
                        member_identity.c.openid == _EXTERNAL,
                    ),
                )
            )
        ),
    )
    .limit(literal_column("2"))
)
_LINK = prepared(
    update(wecom_contact)
    .where(
        wecom_contact.c.removed_at.is_(None),
        wecom_contact.c.member_id.is_(None),
        or_(wecom_contact.c.unionid == _UNIONID, wecom_contact.c.external_userid == _EXTERNAL),
    )
    .values(member_id=bindparam("member_id", type_=Uuid()))
    .returning(*wecom_contact.c)
)
_REMOVE = prepared(
    update(wecom_contact)
    .where(
        wecom_contact.c.guide_id == bindparam("guide_id", type_=Uuid()),
        wecom_contact.c.external_userid == _EXTERNAL,
        wecom_contact.c.removed_at.is_(None),
    )
    .values(removed_at=func.greatest(_AT, wecom_contact.c.added_at))
    .returning(*wecom_contact.c)
)


def _contact(row: Row) -> WecomContact:
    return WecomContact(*row[: len(wecom_contact.c)])


async def save(tx: Writing, new: WecomContact) -> WecomContact:
    """Keep a contact, or that it is one again; as it is kept now."""
    return _contact(await tx.row(_SAVE, **{c.name: getattr(new, c.name) for c in wecom_contact.c}))


async def find_member(reading: Reading, external_userid: str, unionid: str | None) -> UUID | None:
    """The member whom WeCom's ids lead to; None when they lead to nobody, or not to one alone."""
    rows = await reading.rows(_MEMBER, external_userid=external_userid, unionid=unionid)
    return rows[0]["id"] if len(rows) == 1 else None


async def link(tx: Writing, member_id: UUID, external_userid: str | None, unionid: str | None) -> list[WecomContact]:
    """Note which contacts turned out to be the member, the first one first."""
    rows = await tx.rows(_LINK, member_id=member_id, external_userid=external_userid, unionid=unionid)
    return sorted((_contact(row) for row in rows), key=lambda one: (one.added_at, one.id))


async def remove(tx: Writing, guide_id: UUID, external_userid: str, at: datetime) -> WecomContact | None:
    """Note that they are no friends any more; None when they were not."""
    row = await tx.row(_REMOVE, guide_id=guide_id, external_userid=external_userid, at=at)
    return None if row is None else _contact(row)


_OF_GUIDE = Sublist(
    select(*wecom_contact.c), _contact, parent=wecom_contact.c.guide_id, id=wecom_contact.c.id, descending=True
)


async def contacts_of(
    reading: Reading, guide_ids: Sequence[UUID], request: PageRequest
) -> dict[UUID, Page[WecomContact]]:
    """A page of the contacts of each guide, those who went included, the newest first."""
    pages = await _OF_GUIDE.pages(reading, guide_ids, request)
    return dict(zip(guide_ids, pages, strict=True))
