"""Short ways to fill a pond with members, stores and staff."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

import db.members
import db.stores
from domain.identity import Duty, Principal, Role, scopes_of
from domain.members import Member, MemberStatus
from domain.stores import OrgUnit, StaffDuty, UnitKind
from tests.pond import Pond


async def a_member(pond: Pond, nickname: str = "Mei", *, phone: str | None = None) -> Principal:
    """A new member, logged in."""
    ctx = pond.context()
    member = Member(ctx.new_id(), nickname, None, None, phone, MemberStatus.ACTIVE, ctx.now())
    async with pond.database.writing() as tx:
        await db.members.add(tx, member)
    return Principal(member.id, scopes=scopes_of(member=True, active_guide=False, duties=()))


async def a_unit(pond: Pond, kind: UnitKind, parent: OrgUnit | None, **other: Any) -> OrgUnit:
    """A new unit of the organisation."""
    id_ = pond.context().new_id()
    slug = "hq" if parent is None else f"u{id_.hex[-10:]}"
    blank = OrgUnit(id_, kind, "", None, "", None, None, None, None, None, 1, None)
    path = ("" if parent is None else parent.path) + f"{other.pop('slug', slug)}."
    unit = replace(blank, name=f"Unit {slug}", parent_id=None if parent is None else parent.id, path=path)
    unit = replace(unit, **other)
    async with pond.database.writing() as tx:
        await db.stores.add_unit(tx, unit, pond.time)
    return unit


async def headquarters(pond: Pond) -> OrgUnit:
    """The brand's headquarters, made on first need."""
    found = await db.stores.headquarters(pond.context().reading)
    return found or await a_unit(pond, UnitKind.HQ, None, name="Headquarters")


async def a_store(pond: Pond, name: str = "A store", **other: Any) -> UUID:
    """A new store right below headquarters, or below the unit given as `parent`."""
    parent = other.pop("parent", None) or await headquarters(pond)
    return (await a_unit(pond, UnitKind.STORE, parent, name=name, **other)).id


async def staff(pond: Pond, role: Role, *, unit_id: UUID | None = None, nickname: str = "Lin") -> Principal:
    """A new member with a role, at headquarters unless said otherwise."""
    unit_id = unit_id or (await headquarters(pond)).id
    member = await a_member(pond, nickname)
    return await appointed(pond, member, role, unit_id)


async def appointed(pond: Pond, member: Principal, role: Role, unit_id: UUID) -> Principal:
    """The member with one more role."""
    ctx = pond.context()
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        assert await db.stores.appoint(tx, StaffDuty(ctx.new_id(), member.member_id, unit_id, role, ctx.now(), None))
    units = await db.stores.units_by_id(ctx.reading, [unit_id])
    duties = (*member.duties, Duty(role, unit_id, units[unit_id].path))
    scopes = scopes_of(member=True, active_guide=member.guide_id is not None, duties=duties)
    return replace(member, duties=duties, scopes=scopes)


async def wx_code(pond: Pond, user: str, **other: Any) -> str:
    """The code that wx.login gives to this user."""
    answer = await pond.standins.post("/wechat/login", json={"user": user, **other})
    return str(answer.json()["code"])


async def code_sent_to(pond: Pond, phone: str) -> str:
    """The code in the last message to a phone, given in E.164."""
    answer = await pond.standins.get("/sms/last", params={"phone": phone})
    return str(answer.json()["parameters"]["code"])
