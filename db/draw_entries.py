"""Entries of draws: who entered which, and how often they won lately."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Integer,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Writing
from db.draws import draw, draw_entry, draw_win
from db.metadata import UUIDS
from db.statements import prepared
from domain.drawing import Turn
from domain.draws import Entrant, Listed
from domain.records import record

TURNS = bindparam("turn_lock", type_=BigInteger())
_ONE_AT_A_TIME = prepared(select(func.pg_advisory_xact_lock(TURNS)))
_DRAWING = 0x64726177  # "draw"

_moment = DateTime(timezone=True)
_won_since = bindparam("since", type_=_moment)
_member_id = bindparam("member_id", type_=Uuid())
_at = bindparam("at", type_=_moment)

_STANDING = prepared(
    select(
        select(draw_entry.c.ticket)
        .where(draw_entry.c.draw_id == bindparam("draw_id", type_=Uuid()), draw_entry.c.member_id == _member_id)
        .scalar_subquery(),
        select(func.count())
        .where(draw_win.c.member_id == _member_id, draw_win.c.won_at > _won_since)
        .scalar_subquery(),
    )
)
_open = (
    select(draw.c.id, _member_id, bindparam("ticket", type_=Uuid()), _at)
    .where(
        draw.c.id == bindparam("draw_id", type_=Uuid()),
        draw.c.state == literal_column("'OPEN'"),
        or_(draw.c.closes_at.is_(None), draw.c.closes_at > _at),
    )
    .with_for_update(read=True, key_share=True)
)
_ENTER = prepared(
    insert(draw_entry)
    .from_select(["draw_id", "member_id", "ticket", "at"], _open)
    .on_conflict_do_nothing(index_elements=["draw_id", "member_id"])
)
_OWN = prepared(
    select(draw_entry.c.draw_id, draw_entry.c.ticket, draw_entry.c.at).where(
        draw_entry.c.draw_id == any_(bindparam("draw_ids", type_=UUIDS)), draw_entry.c.member_id == _member_id
    )
)
_ENTRANTS = prepared(
    select(draw_entry.c.member_id, draw_entry.c.ticket, func.count(draw_win.c.id).label("wins"))
    .outerjoin(draw_win, and_(draw_win.c.member_id == draw_entry.c.member_id, draw_win.c.won_at > _won_since))
    .where(draw_entry.c.draw_id == bindparam("draw_id", type_=Uuid()))
    .group_by(draw_entry.c.member_id, draw_entry.c.ticket)
)
_turns = (
    func.unnest(bindparam("member_ids", type_=UUIDS), bindparam("turns", type_=ARRAY(Text())))
    .table_valued(column("member_id", Uuid()), column("turn", Text()))
    .render_derived(name="given")
)
_SAVE_TURNS = prepared(
    update(draw_entry)
    .where(draw_entry.c.draw_id == bindparam("of_draw", type_=Uuid()), draw_entry.c.member_id == _turns.c.member_id)
    .values(turn=_turns.c.turn)
)
_PARTICIPANTS = prepared(
    select(draw_entry.c.ticket, draw_entry.c.turn, draw_win.c.prize_id)
    .outerjoin(
        draw_win, and_(draw_win.c.draw_id == draw_entry.c.draw_id, draw_win.c.member_id == draw_entry.c.member_id)
    )
    .where(
        draw_entry.c.draw_id == bindparam("draw_id", type_=Uuid()),
        draw_entry.c.ticket > bindparam("after", type_=Uuid()),
    )
    .order_by(draw_entry.c.ticket)
    .limit(bindparam("most", type_=Integer()))
)


@record
class Entry:
    """A member's own entry."""

    ticket: UUID
    at: datetime


async def take_turn(tx: Writing) -> None:
    """Draw alone until the transaction ends: how often somebody won may not change in between."""
    await tx.rows(_ONE_AT_A_TIME, turn_lock=_DRAWING)


async def standing(reading: Reading, draw_id: UUID, member_id: UUID, since: datetime) -> tuple[UUID | None, int]:
    """The ticket of a member who has entered, and how often that member won since then."""
    row = await reading.row(_STANDING, draw_id=draw_id, member_id=member_id, since=since)
    return tuple(row)  # type: ignore[arg-type]


async def enter(tx: Writing, draw_id: UUID, member_id: UUID, ticket: UUID, at: datetime) -> bool:
    """Let a member into an open draw; False when it is not open any more, or they are in it.

    The draw stays locked against being drawn until the transaction ends.
    """
    return await tx.execute(_ENTER, draw_id=draw_id, member_id=member_id, ticket=ticket, at=at) == 1


async def entries_of(reading: Reading, member_id: UUID, draw_ids: Sequence[UUID]) -> dict[UUID, Entry]:
    """The member's own entries, by draw."""
    rows = await reading.rows(_OWN, member_id=member_id, draw_ids=list(draw_ids))
    return {row["draw_id"]: Entry(row["ticket"], row["at"]) for row in rows}


async def entrants_of(tx: Writing, draw_id: UUID, since: datetime) -> list[Entrant]:
    """All who entered a draw, with how often they have won since then."""
    return [Entrant(*row) for row in await tx.rows(_ENTRANTS, draw_id=draw_id, since=since)]


async def save_turns(tx: Writing, draw_id: UUID, turns: Mapping[UUID, Turn]) -> None:
    """Keep whose turn was not the first."""
    if turns:
        values: dict[str, Any] = {"member_ids": list(turns), "turns": [turn.value for turn in turns.values()]}
        await tx.execute(_SAVE_TURNS, of_draw=draw_id, **values)


async def participants_of(reading: Reading, draw_id: UUID, after: UUID | None, most: int) -> list[Listed]:
    """Those who entered a draw that is drawn, in the order of their tickets, after one of these."""
    rows = await reading.rows(_PARTICIPANTS, draw_id=draw_id, after=after or UUID(int=0), most=most)
    return [Listed(row["ticket"], Turn(row["turn"]), row["prize_id"]) for row in rows]
