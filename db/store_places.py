"""Places of units: where each stood in the organisation, and since when. A move ends places and begins others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    insert,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, metadata, moment, refers_to
from db.statements import prepared
from domain.stores import Place

place = Table(
    "org_unit_place",
    metadata,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    refers_to("org_unit", "unit_id"),
    Column("path", Text(), nullable=False),
    # From the root to the unit itself: who was above it, whatever paths mean later.
    Column("units", UUIDS, nullable=False),
    moment("since"),
    moment("until", optional=True),
    CheckConstraint("until >= since", name="ends_after_it_began"),
    CheckConstraint("units[cardinality(units)] = unit_id", name="ends_with_the_unit"),
    Index("uq_org_unit_place_open", "unit_id", unique=True, postgresql_where=text("until IS NULL")),
    Index(None, "unit_id", "since"),
    Index("ix_org_unit_place_units", "units", postgresql_using="gin"),
)

PLACE_COLUMNS = tuple(place.c[name] for name in ("id", "unit_id", "path", "units", "since", "until"))
_AT = bindparam("at", type_=DateTime(timezone=True))
_PARENTS = func.coalesce(
    select(place.c.units)
    .where(place.c.unit_id == bindparam("parent_id", type_=Uuid()), place.c.until.is_(None))
    .scalar_subquery(),
    text("'{}'::uuid[]"),
)
_BEGIN = prepared(
    insert(place).values(
        unit_id=bindparam("unit_id", type_=Uuid()),
        path=bindparam("path", type_=Text()),
        units=func.array_append(_PARENTS, bindparam("unit_id", type_=Uuid())),
        since=_AT,
    )
)
_OLD, _UNIT = bindparam("old", type_=Text()), bindparam("unit_id", type_=Uuid())
_ENDED = (
    update(place)
    .where(place.c.until.is_(None), func.starts_with(place.c.path, _OLD))
    .values(until=func.greatest(_AT, place.c.since))
    .returning(place.c.unit_id, place.c.path, place.c.units, place.c.until)
    .cte("ended")
)
_MOVE = prepared(
    insert(place).from_select(
        ["unit_id", "path", "units", "since"],
        select(
            _ENDED.c.unit_id,
            bindparam("new", type_=Text()) + func.substr(_ENDED.c.path, func.length(_OLD) + 1),
            func.array_cat(
                _PARENTS,
                _ENDED.c.units[
                    func.array_position(_ENDED.c.units, _UNIT, type_=Integer()) : func.cardinality(
                        _ENDED.c.units, type_=Integer()
                    )
                ],
            ),
            _ENDED.c.until,
        ),
    )
)


async def begin(tx: Writing, unit_id: UUID, parent_id: UUID | None, path: str, at: datetime) -> None:
    """Keep where a new unit stands; the tree must be locked."""
    await tx.execute(_BEGIN, unit_id=unit_id, parent_id=parent_id, path=path, at=at)


async def move(tx: Writing, unit_id: UUID, parent_id: UUID | None, old: str, new: str, at: datetime) -> None:
    """End the places of a unit and of all below it, and begin others; the tree must be locked."""
    await tx.execute(_MOVE, unit_id=unit_id, parent_id=parent_id, old=old, new=new, at=at)


def _place(row: Row) -> Place:
    id_, unit_id, path, units, since, until = row
    return Place(id_, unit_id, path, tuple(units), since, until)


_OF_UNITS = prepared(
    select(*PLACE_COLUMNS)
    .where(place.c.unit_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(place.c.unit_id, place.c.since.desc(), place.c.id.desc())
)
_HELD = (place.c.since <= _AT, or_(place.c.until.is_(None), place.c.until > _AT))
_ROOT_AT = prepared(select(*PLACE_COLUMNS).where(*_HELD, func.cardinality(place.c.units) == 1))
_BELOW_AT = prepared(
    select(*PLACE_COLUMNS)
    .where(
        *_HELD,
        place.c.units.overlap(bindparam("ids", type_=UUIDS)),
        place.c.units[func.cardinality(place.c.units, type_=Integer()) - 1] == any_(bindparam("ids", type_=UUIDS)),
    )
    .order_by(place.c.path)
)


async def places_of(reading: Reading, unit_ids: Sequence[UUID]) -> dict[UUID, list[Place]]:
    """Where each unit has stood, the latest place first."""
    return by_key(await reading.rows(_OF_UNITS, ids=list(unit_ids)), "unit_id", _place)


async def root_at(reading: Reading, at: datetime) -> Place | None:
    """Where headquarters stood at a time; None before there was one."""
    row = await reading.row(_ROOT_AT, at=at)
    return None if row is None else _place(row)


async def below_at(reading: Reading, unit_ids: Sequence[UUID], at: datetime) -> dict[UUID, list[Place]]:
    """The units that stood right below each at a time, by path."""
    groups: dict[UUID, list[Place]] = {}
    for row in await reading.rows(_BELOW_AT, ids=list(unit_ids), at=at):
        groups.setdefault(row["units"][-2], []).append(_place(row))
    return groups


_asked = (
    func.unnest(bindparam("units", type_=UUIDS), bindparam("times", type_=ARRAY(DateTime(timezone=True))))
    .table_valued(column("unit_id", Uuid()), column("at", DateTime(timezone=True)), with_ordinality="n")
    .render_derived(name="asked")
)
_NEAREST = (
    select(place.c.id)
    .where(place.c.unit_id == _asked.c.unit_id)
    # One that the unit had then; before its first, the first: what was imported may be older than the organisation.
    .order_by(place.c.since > _asked.c.at, func.abs(func.extract("epoch", _asked.c.at - place.c.since)), place.c.id)
    .limit(1)
    .lateral("nearest")
)
_AS_OF = prepared(select(_asked.c.n, _NEAREST.c.id).select_from(_asked.join(_NEAREST, true())))


async def as_of(tx: Writing, asked: Sequence[tuple[UUID, datetime]]) -> dict[tuple[UUID, datetime], int]:
    """The place that each unit had at a time, by its number."""
    if not asked:
        return {}
    units, times = zip(*asked, strict=True)
    rows = await tx.rows(_AS_OF, units=units, times=times)
    return {asked[row["n"] - 1]: row["id"] for row in rows}
