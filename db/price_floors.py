"""Price floors: the table, and how floors are kept and read (R26)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    insert,
    select,
    text,
    update,
)

from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, key, members_of, metadata, moment, one_of, refers_to
from db.places import free_place, take_turn
from db.statements import prepared
from domain.price_floors import Channel, PriceFloor

MOST_OF_A_VARIANT = 20

price_floor = Table(
    "price_floor",
    metadata,
    key(),
    refers_to("variant", "variant_id"),
    Column("least", BigInteger(), nullable=False),
    *one_of("channel", Channel, optional=True),
    moment("starts_at", optional=True),
    moment("ends_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("place", Integer(), nullable=False),
    CheckConstraint("least > 0", name="least_is_positive"),
    CheckConstraint("starts_at < ends_at", name="starts_before_it_ends"),
    CheckConstraint(f"place BETWEEN 0 AND {MOST_OF_A_VARIANT - 1}", name="place_is_one_of_the_variant"),
    UniqueConstraint("variant_id", "place"),
    Index(None, "variant_id", "id"),
)

_CHANNELS = members_of(Channel)
_COLUMNS = tuple(price_floor.c[one.name] for one in fields(PriceFloor))
_ALL = prepared(select(*_COLUMNS).order_by(price_floor.c.variant_id, price_floor.c.id))
_OF = prepared(
    select(*_COLUMNS)
    .where(price_floor.c.variant_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(price_floor.c.variant_id, price_floor.c.id)
)
_LOCK = prepared(select(*_COLUMNS).where(price_floor.c.id == bindparam("id", type_=Uuid())).with_for_update())
_free = free_place(
    price_floor.c.place, MOST_OF_A_VARIANT, price_floor.c.variant_id == bindparam("of_variant", type_=Uuid())
)
_ADD = prepared(
    insert(price_floor).from_select(
        [*(one.name for one in _COLUMNS), "place"],
        select(*(bindparam(f"new_{one.name}", type_=one.type) for one in _COLUMNS), _free.c.place),
    )
)
_CHANGED = ("least", "channel", "starts_at", "ends_at", "version")
_SAVE = prepared(
    update(price_floor)
    .where(price_floor.c.id == bindparam("of_floor", type_=Uuid()))
    .values({name: bindparam(f"new_{name}", type_=price_floor.c[name].type) for name in _CHANGED})
)
_REMOVE = prepared(price_floor.delete().where(price_floor.c.id == bindparam("id", type_=Uuid())))


def _floor(row: Row) -> PriceFloor:
    id_, variant_id, least, channel, *rest = row
    return PriceFloor(id_, variant_id, least, None if channel is None else _CHANNELS[channel], *rest)


async def floors(reading: Reading) -> dict[UUID, list[PriceFloor]]:
    """Every floor, by its variant."""
    return by_key(await reading.rows(_ALL), "variant_id", _floor)


async def floors_of(reading: Reading, variant_ids: Sequence[UUID]) -> dict[UUID, list[PriceFloor]]:
    """The floors of each of these variants, the oldest first."""
    return by_key(await reading.rows(_OF, ids=list(variant_ids)), "variant_id", _floor)


async def lock(tx: Writing, floor_id: UUID) -> PriceFloor | None:
    """Find a floor and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=floor_id)
    return None if row is None else _floor(row)


def _values(floor: PriceFloor) -> dict[str, Any]:
    values = {f"new_{one.name}": getattr(floor, one.name) for one in _COLUMNS}
    return values | {"new_channel": floor.channel.value if floor.channel else None}


async def add(tx: Writing, floor: PriceFloor) -> bool:
    """Set a floor; False when the variant has 20."""
    await take_turn(tx, f"price_floor:{floor.variant_id.hex}")
    return await tx.execute(_ADD, of_variant=floor.variant_id, **_values(floor)) > 0


async def save(tx: Writing, floor: PriceFloor) -> None:
    """Change a floor that is locked."""
    values = _values(floor)
    await tx.execute(_SAVE, of_floor=floor.id, **{f"new_{name}": values[f"new_{name}"] for name in _CHANGED})


async def remove(tx: Writing, floor_id: UUID) -> None:
    """Lift a floor."""
    await tx.execute(_REMOVE, id=floor_id)
