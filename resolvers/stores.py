"""What can be asked of the organisation, and what operators do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from uuid import UUID

import db.members
import db.outbox
import db.store_places
import db.stores
from db.connection import Writing
from domain.filters import Condition, check_depth
from domain.identity import Role, Scope
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import BadInput, NotAllowed, NotFound, same_version
from domain.stores import (
    MOST_CHILDREN,
    MOST_PLACES,
    AlreadyAppointed,
    OrgUnit,
    Place,
    StaffDuty,
    Store,
    UnitDraft,
    check_draft,
    path_below,
)
from resolvers.context import Context
from resolvers.members import forget


async def stores(ctx: Context, request: PageRequest, where: Condition) -> Page[Store]:
    """A page of the stores.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.stores.stores(ctx.reading, request, where)


async def stores_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Store]:
    return await db.stores.stores_by_id(ctx.reading, list(dict.fromkeys(ids)))


async def organisation(ctx: Context) -> OrgUnit | None:
    """Headquarters, once the organisation is set up."""
    return await db.stores.headquarters(ctx.reading)


async def units_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, OrgUnit]:
    """The units, for staff."""
    return await db.stores.units_by_id(ctx.reading, list(dict.fromkeys(ids))) if ctx.holds(Scope.STAFF) else {}


async def children_of(ctx: Context, units: Sequence[OrgUnit]) -> list[list[OrgUnit]]:
    """The units directly below each, by path."""
    found = await db.stores.children_of(ctx.reading, [unit.id for unit in units])
    return [found.get(unit.id, []) for unit in units]


async def staff_of(ctx: Context, units: Sequence[OrgUnit]) -> list[list[StaffDuty]]:
    """Who works at each unit now."""
    found = await db.stores.staff_of(ctx.reading, [unit.id for unit in units])
    return [found.get(unit.id, []) for unit in units]


async def stores_of(ctx: Context, units: Sequence[OrgUnit]) -> list[Store | None]:
    """The face of each unit that is a store."""
    found = await stores_by_id(ctx, [unit.id for unit in units])
    return [found.get(unit.id) for unit in units]


async def units_of(ctx: Context, duties: Sequence[StaffDuty]) -> list[OrgUnit]:
    """Where each duty is done."""
    found = await db.stores.units_by_id(ctx.reading, list({duty.unit_id for duty in duties}))
    return [found[duty.unit_id] for duty in duties]


@record
class PlaceThen:
    """A unit of the tree as it was at a time."""

    at: datetime
    unit: OrgUnit
    place: Place


async def organisation_then(ctx: Context, at: datetime) -> PlaceThen | None:
    """Headquarters at a time, the root of the tree as it was; None before there was one."""
    root = await db.store_places.root_at(ctx.reading, at)
    return None if root is None else (await _then(ctx, at, [root]))[0]


async def children_then(ctx: Context, found: Sequence[PlaceThen]) -> list[list[PlaceThen]]:
    """The units that stood right below each at that time, by path."""
    at = found[0].at
    below = await db.store_places.below_at(ctx.reading, [one.place.unit_id for one in found], at)
    flat = await _then(ctx, at, [place for places in below.values() for place in places])
    by_unit = {one.place.unit_id: one for one in flat}
    return [[by_unit[place.unit_id] for place in below.get(one.place.unit_id, ())] for one in found]


async def _then(ctx: Context, at: datetime, places: Sequence[Place]) -> list[PlaceThen]:
    units = await db.stores.units_by_id(ctx.reading, [place.unit_id for place in places]) if places else {}
    return [PlaceThen(at, units[place.unit_id], place) for place in places]


async def places_of(ctx: Context, units: Sequence[OrgUnit]) -> list[list[Place]]:
    """Where each unit has stood, the latest place first."""
    found = await db.store_places.places_of(ctx.reading, [unit.id for unit in units])
    return [found.get(unit.id, [])[:MOST_PLACES] for unit in units]


async def save_unit(
    ctx: Context, draft: UnitDraft, *, unit_id: UUID | None = None, expected_version: int | None = None
) -> OrgUnit:
    """Add a unit, or replace the one with this id or else with the draft's external reference.

    With another parent it moves, and all below it moves along. Saving the same again changes nothing.

    Raises:
        BadInput: something is out of bounds, or the place in the tree is not one for it.
        NotFound: there is no such unit or parent.
        NotAllowed: the caller is no operator of both.
        StaleVersion: the unit changed since the caller read it.
        SlugTaken: there is a headquarters already, or another unit has the slug or the reference.
    """
    draft = check_draft(draft)
    async with ctx.database.writing() as tx:
        await db.stores.lock_tree(tx)
        old = await _old(ctx, tx, unit_id, draft.external_reference)
        same_version(0 if old is None else old.version, expected_version)
        parent = None if draft.parent_id is None else await _operated(ctx, tx, draft.parent_id, "parentId")
        if old is None and parent is None and not ctx.holds(Scope.OPERATOR):
            raise NotAllowed(path=("input", "parentId"))
        unit = _drafted(ctx, draft, path_below(parent, draft, old), old)
        if old is not None and unit == replace(old, version=unit.version):
            return old
        await _check_room(tx, parent, old)
        await _keep(tx, unit, old, ctx.now())
        payload = {"unitId": unit.id.hex, "path": unit.path, "oldPath": old.path if old else None}
        await db.outbox.tell(tx, "OrgUnitSaved", "org_unit", unit.id, payload, ctx.now())
    return unit


async def _keep(tx: Writing, unit: OrgUnit, old: OrgUnit | None, at: datetime) -> None:
    await (db.stores.add_unit(tx, unit, at) if old is None else db.stores.save_unit(tx, unit, old.path, at))


async def _old(ctx: Context, tx: Writing, unit_id: UUID | None, reference: str | None) -> OrgUnit | None:
    if unit_id is None and reference is not None:
        unit_id = await db.stores.id_of_reference(tx, reference)
    return None if unit_id is None else await _operated(ctx, tx, unit_id, "unitId")


def _drafted(ctx: Context, draft: UnitDraft, path: str, old: OrgUnit | None) -> OrgUnit:
    values = asdict(draft) | {"path": path, "version": old.version + 1 if old else 1}
    del values["slug"]
    return OrgUnit(id=old.id if old else ctx.new_id(), **values)


async def _check_room(tx: Writing, parent: OrgUnit | None, old: OrgUnit | None) -> None:
    stays = parent is None or (old is not None and old.parent_id == parent.id)
    if not stays and parent is not None and not await db.stores.has_room(tx, parent.id):
        raise BadInput(
            f"at most {MOST_CHILDREN} units below one",
            f"每个组织最多 {MOST_CHILDREN} 个下级",
            path=("input", "parentId"),
        )


async def _operated(ctx: Context, tx: Writing, unit_id: UUID, name: str) -> OrgUnit:
    """The unit, when the caller is operator of it or above it."""
    unit = (await db.stores.units_by_id(tx, [unit_id])).get(unit_id)
    if unit is None:
        raise NotFound(path=("input", name))
    if not ctx.principal.has_duty(Role.OPERATOR, unit.path):
        raise NotAllowed(path=("input", name))
    return unit


async def appoint(ctx: Context, member_id: UUID, unit_id: UUID, role: Role) -> StaffDuty:
    """Give a member a role at a unit and all below it.

    Raises:
        NotFound: there is no such member or unit.
        NotAllowed: the caller is no operator of the unit.
        AlreadyAppointed: the member has the role there.
    """
    async with ctx.database.writing() as tx:
        unit = await _operated(ctx, tx, unit_id, "unitId")
        if await db.members.lock(tx, member_id) is None:
            raise NotFound(path=("input", "memberId"))
        duty = StaffDuty(ctx.new_id(), member_id, unit_id, role, ctx.now(), None)
        if not await db.stores.appoint(tx, duty):
            raise AlreadyAppointed(path=("input", "role"))
        await _tell_duty(ctx, tx, "StaffAppointed", duty, unit)
    forget(member_id)
    return duty


async def dismiss(ctx: Context, member_id: UUID, unit_id: UUID, role: Role) -> StaffDuty:
    """End a role of a member at a unit.

    Raises:
        NotFound: there is no such unit, or the member has no such role there.
        NotAllowed: the caller is no operator of the unit.
    """
    async with ctx.database.writing() as tx:
        unit = await _operated(ctx, tx, unit_id, "unitId")
        duty = await db.stores.dismiss(tx, member_id, unit_id, role, ctx.now())
        if duty is None:
            raise NotFound(path=("input", "memberId"))
        await _tell_duty(ctx, tx, "StaffDismissed", duty, unit)
    forget(member_id)
    return duty


async def _tell_duty(ctx: Context, tx: Writing, kind: str, duty: StaffDuty, unit: OrgUnit) -> None:
    payload = {
        "memberId": duty.member_id.hex,
        "unitId": unit.id.hex,
        "path": unit.path,
        "role": duty.role.value,
    }
    await db.outbox.tell(tx, kind, "member", duty.member_id, payload, ctx.now())
