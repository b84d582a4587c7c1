"""Stores: tables of the organisation and of who works where, and what is read and changed of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Float,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.store_places import begin, move
from db.uniqueness import keeping_unique
from domain.filters import Condition
from domain.identity import Duty, Role
from domain.pages import Page, PageRequest
from domain.stores import MOST_CHILDREN, OrgUnit, Ownership, StaffDuty, Store, UnitKind

org_unit = Table(
    "org_unit",
    metadata,
    key(),
    *one_of("kind", UnitKind),
    words("name"),
    refers_to("org_unit", "parent_id", optional=True),
    Column("path", Text(), nullable=False, unique=True),
    words("address", optional=True),
    words("phone", optional=True),
    words("opening_hours", optional=True),
    Column("latitude", Float()),
    Column("longitude", Float()),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("external_reference", Text(), unique=True),
    *one_of("ownership", Ownership, default=Ownership.DIRECT),
    CheckConstraint("kind = 'STORE' OR ownership = 'DIRECT'", name="only_stores_have_an_owner"),
    CheckConstraint("(kind = 'HQ') = (parent_id IS NULL)", name="only_headquarters_has_no_parent"),
    CheckConstraint("path ~ '^([a-z0-9-]+[.])+$'", name="path_is_of_slugs"),
    CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="position_is_whole"),
    Index("uq_org_unit_one_headquarters", "kind", unique=True, postgresql_where=text("kind = 'HQ'")),
    Index(None, "parent_id", "id"),
    Index("ix_org_unit_stores", "id", postgresql_where=text("kind = 'STORE'")),
)

staff_duty = Table(
    "staff_duty",
    metadata,
    key(),
    refers_to("member", "member_id"),
    refers_to("org_unit", "unit_id"),
    *one_of("role", Role),
    moment("since"),
    moment("until", optional=True),
    CheckConstraint("until >= since", name="ends_after_it_began"),
    Index("uq_staff_duty_open", "member_id", "unit_id", "role", unique=True, postgresql_where=text("until IS NULL")),
    Index(None, "unit_id", "id"),
)

_UNIT_COLUMNS = (
    org_unit.c.id,
    org_unit.c.kind,
    org_unit.c.name,
    org_unit.c.parent_id,
    org_unit.c.path,
    org_unit.c.address,
    org_unit.c.phone,
    org_unit.c.opening_hours,
    org_unit.c.latitude,
    org_unit.c.longitude,
    org_unit.c.version,
    org_unit.c.external_reference,
    org_unit.c.ownership,
)
_UNITS = select(*_UNIT_COLUMNS)
_HEADQUARTERS = prepared(_UNITS.where(org_unit.c.kind == literal_column("'HQ'")))
_UNITS_BY_ID = prepared(_UNITS.where(org_unit.c.id == any_(bindparam("ids", type_=UUIDS))))
_CHILDREN = prepared(
    _UNITS.where(org_unit.c.parent_id == any_(bindparam("ids", type_=UUIDS))).order_by(org_unit.c.path)
)
_region = org_unit.alias("region")
_STORES = (
    select(
        org_unit.c.id,
        org_unit.c.name,
        org_unit.c.address,
        org_unit.c.phone,
        org_unit.c.opening_hours,
        org_unit.c.latitude,
        org_unit.c.longitude,
        _region.c.name.label("region_name"),
        org_unit.c.external_reference,
        org_unit.c.ownership,
    )
    .join(_region, _region.c.id == org_unit.c.parent_id)
    .where(org_unit.c.kind == literal_column("'STORE'"))
)
_STORES_BY_ID = prepared(_STORES.where(org_unit.c.id == any_(bindparam("ids", type_=UUIDS))))
_FILTERS = {"regionId": org_unit.c.parent_id, "externalReference": org_unit.c.external_reference}


def _unit(row: Row) -> OrgUnit:
    id_, kind, *rest, ownership = row
    return OrgUnit(id_, UnitKind(kind), *(*rest, Ownership(ownership)))


def _store(row: Row) -> Store:
    return Store(*(*row[:9], Ownership(row["ownership"])))


_STORE_LISTING = Listing(_STORES, _store, id=org_unit.c.id, filters=_FILTERS)


async def headquarters(reading: Reading) -> OrgUnit | None:
    """The root of the organisation, once there is one."""
    row = await reading.row(_HEADQUARTERS)
    return None if row is None else _unit(row)


async def units_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, OrgUnit]:
    return {row["id"]: _unit(row) for row in await reading.rows(_UNITS_BY_ID, ids=list(ids))}


_BELOW = prepared(select(org_unit.c.id).where(org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))))


async def units_below(reading: Reading, paths: Sequence[str]) -> list[UUID]:
    """The units at these paths and below them."""
    return [row["id"] for row in await reading.rows(_BELOW, paths=list(paths))] if paths else []


_AT = prepared(_UNITS.where(org_unit.c.path == any_(bindparam("paths", type_=ARRAY(Text())))))


async def units_at(reading: Reading, paths: Sequence[str]) -> list[OrgUnit]:
    """The units with these paths."""
    return [_unit(row) for row in await reading.rows(_AT, paths=list(paths))]


async def children_of(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, list[OrgUnit]]:
    """The units directly below each, by path."""
    return by_key(await reading.rows(_CHILDREN, ids=list(ids)), "parent_id", _unit)


async def stores(reading: Reading, request: PageRequest, where: Condition) -> Page[Store]:
    return await _STORE_LISTING.page(reading, request, where=where)


async def stores_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Store]:
    return {row["id"]: _store(row) for row in await reading.rows(_STORES_BY_ID, ids=list(ids))}


_UNIQUE = {
    "uq_org_unit_one_headquarters": ("input", "kind"),
    "uq_org_unit_path": ("input", "slug"),
    "uq_org_unit_external_reference": ("input", "externalReference"),
}
_TREE_LOCK = 0x7472_6565  # "tree"
_LOCK_TREE = prepared(select(func.pg_advisory_xact_lock(_TREE_LOCK)))
_COUNT_CHILDREN = prepared(
    select(func.count()).select_from(org_unit).where(org_unit.c.parent_id == bindparam("parent_id", type_=Uuid()))
)
_BY_REFERENCE = prepared(
    select(org_unit.c.id).where(org_unit.c.external_reference == bindparam("reference", type_=Text()))
)
_INSERT = prepared(insert(org_unit).values({column.name: bindparam(column.name) for column in _UNIT_COLUMNS}))
_UPDATE = prepared(
    update(org_unit)
    .where(org_unit.c.id == bindparam("of_id", type_=Uuid()))
    .values({column.name: bindparam(column.name) for column in _UNIT_COLUMNS if column.name not in ("id", "kind")})
)
_MOVE_BELOW = prepared(
    update(org_unit)
    .where(func.starts_with(org_unit.c.path, bindparam("old", type_=Text())))
    .values(
        path=bindparam("new", type_=Text())
        + func.substr(org_unit.c.path, func.length(bindparam("old", type_=Text())) + 1)
    )
)


async def lock_tree(tx: Writing) -> None:
    """Keep other changes of the organisation off until the transaction ends: one changes many paths."""
    await tx.value(_LOCK_TREE)


async def has_room(tx: Writing, parent_id: UUID) -> bool:
    """Whether another unit may be put directly below this one; the tree must be locked."""
    return bool(await tx.value(_COUNT_CHILDREN, parent_id=parent_id) < MOST_CHILDREN)


async def id_of_reference(tx: Writing, reference: str) -> UUID | None:
    """The unit with this key in another system."""
    found: UUID | None = await tx.value(_BY_REFERENCE, reference=reference)
    return found


async def add_unit(tx: Writing, unit: OrgUnit, at: datetime) -> None:
    """Save a new unit, and where it stands from now on.

    Raises:
        SlugTaken: there is a headquarters already, or another unit has the slug or the reference.
    """
    with keeping_unique(_UNIQUE):
        await tx.execute(_INSERT, **_values(unit))
    await begin(tx, unit.id, unit.parent_id, unit.path, at)


async def save_unit(tx: Writing, unit: OrgUnit, old_path: str, at: datetime) -> None:
    """Save a changed unit, and take all below it along when it moved. Where they stood before is kept.

    Raises:
        SlugTaken: another unit has the slug or the reference.
    """
    with keeping_unique(_UNIQUE):
        if unit.path != old_path:
            await tx.execute(_MOVE_BELOW, old=old_path, new=unit.path)
        await tx.execute(_UPDATE, of_id=unit.id, **_values(unit))
    if unit.path != old_path:
        await move(tx, unit.id, unit.parent_id, old_path, unit.path, at)


def _values(unit: OrgUnit) -> dict[str, object]:
    return {column.name: getattr(unit, column.name) for column in _UNIT_COLUMNS} | {
        "kind": unit.kind.value,
        "ownership": unit.ownership.value,
    }


_DUTIES_OF = prepared(
    select(staff_duty.c.role, staff_duty.c.unit_id, org_unit.c.path)
    .join(org_unit, org_unit.c.id == staff_duty.c.unit_id)
    .where(staff_duty.c.member_id == bindparam("member_id", type_=Uuid()), staff_duty.c.until.is_(None))
    .order_by(staff_duty.c.id)
)
_STAFF_COLUMNS = tuple(staff_duty.c[n] for n in ("id", "member_id", "unit_id", "role", "since", "until"))
_STAFF_OF = prepared(
    select(*_STAFF_COLUMNS)
    .where(staff_duty.c.unit_id == any_(bindparam("ids", type_=UUIDS)), staff_duty.c.until.is_(None))
    .order_by(staff_duty.c.unit_id, staff_duty.c.id)
)
_APPOINT = prepared(
    upsert(staff_duty)
    .values({column.name: bindparam(column.name) for column in _STAFF_COLUMNS})
    .on_conflict_do_nothing()
)
_DISMISS = prepared(
    update(staff_duty)
    .where(
        staff_duty.c.member_id == bindparam("of_member", type_=Uuid()),
        staff_duty.c.unit_id == bindparam("of_unit", type_=Uuid()),
        staff_duty.c.role == bindparam("of_role", type_=Text()),
        staff_duty.c.until.is_(None),
    )
    .values(until=func.greatest(bindparam("at", type_=staff_duty.c.until.type), staff_duty.c.since))
    .returning(*_STAFF_COLUMNS)
)


def _duty(row: Row) -> StaffDuty:
    id_, member_id, unit_id, role, since, until = row
    return StaffDuty(id_, member_id, unit_id, Role(role), since, until)


async def duties_of(reading: Reading, member_id: UUID) -> tuple[Duty, ...]:
    """What a member does for the brand now, and where."""
    rows = await reading.rows(_DUTIES_OF, member_id=member_id)
    return tuple(Duty(Role(role), unit_id, path) for role, unit_id, path in rows)


async def staff_of(reading: Reading, unit_ids: Sequence[UUID]) -> dict[UUID, list[StaffDuty]]:
    """Who works at each unit now, first come first."""
    return by_key(await reading.rows(_STAFF_OF, ids=list(unit_ids)), "unit_id", _duty)


async def appoint(tx: Writing, duty: StaffDuty) -> bool:
    """Give a member a role at a unit; False when they have it already."""
    values = {column.name: getattr(duty, column.name) for column in _STAFF_COLUMNS} | {"role": duty.role.value}
    return await tx.execute(_APPOINT, **values) == 1


async def dismiss(tx: Writing, member_id: UUID, unit_id: UUID, role: Role, at: datetime) -> StaffDuty | None:
    """End a role of a member at a unit; None when they do not have it."""
    row = await tx.row(_DISMISS, of_member=member_id, of_unit=unit_id, of_role=role.value, at=at)
    return None if row is None else _duty(row)
