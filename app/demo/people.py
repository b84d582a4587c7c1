"""Sows who belongs to the sample brand: the organisation, staff, guides and members."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import db.guides
import db.members
import db.principals
import db.stores
import resolvers.contacts
import resolvers.guides
import resolvers.logins
import resolvers.members
import resolvers.stores
from app.demo import content
from app.demo.field import Field, id_of
from app.demo.pictures.scenes import AVATARS
from domain.guides import Guide, GuideAction, GuideCard, GuideKind, GuideStatus
from domain.identity import VISITOR, Duty, Principal, Role, scopes_of
from domain.stores import AlreadyAppointed, OrgUnit, Ownership, UnitDraft, UnitKind
from resolvers.logins import Newcomer
from resolvers.members import ProfileChange

YEAR = timedelta(days=365)
AT_ONCE = 8


@dataclass(frozen=True)
class Organisation:
    """The units by slug, and who acts for the brand while it is sown."""

    units: dict[str, UUID]
    staff: dict[str, UUID]
    founder: Principal


async def sow_organisation(field: Field) -> Organisation:
    """Sow headquarters, regions, stores and staff."""
    brand = content.read("brand")
    staff = {
        one["key"]: await _sow_person(field, f"staff {one['key']}", one["name"], _portrait(one))
        for one in brand["staff"]
    }
    everywhere = (Duty(Role.OPERATOR, UUID(int=0), ""),)
    scopes = scopes_of(member=True, active_guide=False, duties=everywhere)
    founder = Principal(staff["operator"], duties=everywhere, scopes=scopes)
    units = {"hq": (await _sow_unit(field, founder, UnitDraft(UnitKind.HQ, "半亩总部", "hq"))).id}
    for one in brand["region"]:
        draft = UnitDraft(UnitKind.REGION, one["name"], one["slug"], units["hq"])
        units[one["slug"]] = (await _sow_unit(field, founder, draft)).id
    for one in brand["store"]:
        units[one["slug"]] = (await _sow_unit(field, founder, _store(one, units[one["region"]]))).id
    for one in brand["staff"]:
        await _appoint(field, founder, staff[one["key"]], units[one["unit"]], Role(one["role"]))
    return Organisation(units, staff, founder)


def _store(said: dict[str, Any], region_id: UUID) -> UnitDraft:
    latitude, longitude = said["at"]
    return UnitDraft(
        UnitKind.STORE,
        said["name"],
        said["slug"],
        region_id,
        said["address"],
        said["phone"],
        said["hours"],
        latitude,
        longitude,
        ownership=Ownership(said.get("ownership", "DIRECT")),
    )


async def _sow_unit(field: Field, founder: Principal, draft: UnitDraft) -> OrgUnit:
    draft = replace(draft, external_reference=f"banmu:{draft.slug}")
    return await resolvers.stores.save_unit(field.hand(f"unit {draft.slug}", founder, ago=YEAR), draft)


async def _appoint(field: Field, founder: Principal, member_id: UUID, unit_id: UUID, role: Role) -> None:
    duties = await db.stores.duties_of(field.database.reading(), member_id)
    if any((duty.role, duty.unit_id) == (role, unit_id) for duty in duties):
        return
    try:
        await resolvers.stores.appoint(field.hand(f"duty {role} {member_id}", founder), member_id, unit_id, role)
    except AlreadyAppointed:
        return


async def _sow_person(
    field: Field, name: str, nickname: str, avatar: str, *, share_code: str | None = None, days: int = 300
) -> UUID:
    """Sow one member, who logs in by WeChat for the first time."""
    ago = timedelta(days=days)
    key = id_of(name, ago)
    if await db.members.cards_of(field.database.reading(), [key]):
        return key
    hand = field.hand(name, ago=ago)
    code = await field.wechat_code(f"banmu {name}")
    await resolvers.logins.by_wechat(hand, code, None, Newcomer(nickname, share_code))
    await resolvers.members.update_profile(hand, ProfileChange(avatar_url=avatar))
    return key


def _portrait(said: dict[str, Any]) -> str:
    return f"/media/people/{said['key']}.svg"


async def sow_guides(field: Field, organisation: Organisation) -> dict[str, Guide]:
    """Sow the guides, approved, by name."""
    guides: dict[str, Guide] = {}
    for one in content.read("brand")["guide"]:
        inviter = guides.get(one.get("inviter", ""))
        guides[one["name"]] = await _sow_guide(field, organisation, one, inviter.share_code if inviter else None)
    return guides


async def _sow_guide(field: Field, organisation: Organisation, said: dict[str, Any], inviter_code: str | None) -> Guide:
    name, ago = said["name"], timedelta(days=200)
    member_id = await _sow_person(field, f"guide {name}", name, _portrait(said))
    reading = field.database.reading()
    guide = await db.guides.find_guide_of(reading, member_id)
    if guide is None:
        own = Principal(member_id, scopes=scopes_of(member=True, active_guide=False, duties=()))
        card = GuideCard(GuideKind(said["kind"]), name, _portrait(said))
        hand = field.hand(f"guide {name} applies", own, ago=ago)
        guide = await resolvers.guides.apply(hand, organisation.units[said["store"]], card, inviter_code)
    if guide.status is GuideStatus.APPLIED:
        hand = field.hand(f"guide {name} is approved", organisation.founder, ago=ago)
        guide = await resolvers.guides.change_status(hand, guide.id, GuideAction.APPROVE, guide.version)
        hand = field.hand(f"guide {name} has a friend", organisation.founder, ago=ago)
        await resolvers.contacts.add(hand, guide.id, f"wm-{said['key']}-1", None)
    return guide


def member_name(number: int) -> tuple[str, timedelta]:
    """Under which name a member is sown, and how long ago they came."""
    return f"member {number}", timedelta(days=1 + number * 97 % 180)


async def sow_members(field: Field, codes: list[str]) -> list[UUID]:
    """Sow two hundred members; three of four came by somebody's share."""
    names = content.nicknames()
    ids = [id_of(*member_name(number)) for number in range(len(names))]
    known = await db.members.cards_of(field.database.reading(), ids)
    turns = asyncio.Semaphore(AT_ONCE)

    async def sow(number: int) -> None:
        async with turns:
            name, ago = member_name(number)
            code = codes[number % len(codes)] if number % 4 else None
            avatar = f"/media/avatars/{number % AVATARS}.svg"
            await _sow_person(field, name, names[number], avatar, share_code=code, days=ago.days)

    await asyncio.gather(*(sow(number) for number, id_ in enumerate(ids) if id_ not in known))
    return ids


def as_member(member_id: UUID) -> Principal:
    """The principal of a plain member."""
    return replace(VISITOR, member_id=member_id, scopes=scopes_of(member=True, active_guide=False, duties=()))


def as_guide(guide: Guide) -> Principal:
    """The principal of an active guide."""
    scopes = scopes_of(member=True, active_guide=True, duties=())
    return Principal(guide.member_id, guide.id, scopes=scopes)
