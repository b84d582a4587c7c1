"""The edition of what prices rest on: a key that every change of promotions, price lists and floors replaces."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Column, Table, Uuid, func, literal_column, select
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Writing
from db.metadata import metadata
from db.statements import prepared
from db.writes import Part, Write

promotion_edition = Table(
    "promotion_edition",
    metadata,
    Column("one", Boolean(), primary_key=True),
    Column("edition", Uuid(), nullable=False),
    CheckConstraint("one", name="there_is_one"),
)

_EDITION = prepared(select(promotion_edition.c.edition))
_new = insert(promotion_edition).values(one=literal_column("true"), edition=func.gen_random_uuid())
_turn = _new.on_conflict_do_update(index_elements=["one"], set_={"edition": _new.excluded.edition})
_TURN = prepared(_turn)
_TURNED = Part("turned", _turn.returning(promotion_edition.c.edition).cte("edition_turned"))


async def edition(reading: Reading) -> UUID | None:
    """Which edition is in force; None while nothing was ever published.

    It is no number: what a transaction that was rolled back had read must not pass for what the next one wrote.
    """
    found: UUID | None = await reading.value(_EDITION)
    return found


def turned() -> Write:
    """A new edition, which begins with what else is written."""
    return Write(_TURNED, (), 1)


async def turn(tx: Writing) -> None:
    """Begin a new edition, last in a transaction: others who change prices wait here."""
    await tx.execute(_TURN)
