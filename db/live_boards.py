"""Boards of live rooms: who invited most, and whose invited bought most, ranked from one row for each inviter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, func, literal_column, or_, select

from db.connection import Reading, Row, Writing
from db.guides import guide
from db.live import live_room
from db.live_invites import live_inviter
from db.members import member
from db.metadata import UUIDS
from db.statements import Statement, prepared
from db.stores import org_unit
from domain.live_invites import MOST_ON_BOARD, Board, BoardBy, BoardEntry, BoardOf, Standing, named_by, shown_name
from domain.payloads import plain

_MINE = bindparam("mine", type_=Uuid())
_NAMES = {
    BoardOf.MEMBERS: (member, member.c.nickname, member.c.avatar_url),
    BoardOf.GUIDES: (guide, guide.c.display_name, guide.c.avatar_url),
    BoardOf.STORES: (org_unit, org_unit.c.name, literal_column("NULL")),
}
_OWN = {
    BoardOf.MEMBERS: _MINE,
    BoardOf.GUIDES: _MINE,
    BoardOf.STORES: select(guide.c.store_id).where(guide.c.id == _MINE).scalar_subquery(),
}


def _scores(of: BoardOf, by: BoardBy) -> Select[Any]:
    """What each on a board has, and when they had reached it."""
    one = live_inviter.c
    score, reached = (one.invites, one.invited_at) if by is BoardBy.INVITES else (one.sales_minor, one.sold_at)
    some = (one.live_room_id == any_(bindparam("room_ids", type_=UUIDS)), score > literal_column("0"))
    if of is BoardOf.MEMBERS:
        return select(one.live_room_id, one.member_id.label("key"), score.label("score"), reached.label("at")).where(
            *some, one.guide_id.is_(None)
        )
    if of is BoardOf.GUIDES:
        return select(one.live_room_id, one.guide_id.label("key"), score.label("score"), reached.label("at")).where(
            *some, one.guide_id.is_not(None)
        )
    return (
        select(
            one.live_room_id, one.store_id.label("key"), func.sum(score).label("score"), func.max(reached).label("at")
        )
        .where(*some, one.store_id.is_not(None))
        .group_by(one.live_room_id, one.store_id)
    )


def _ranking(of: BoardOf, by: BoardBy) -> Statement:
    """The first 50 of each room, and the own line wherever it is."""
    scores = _scores(of, by).subquery("scores")
    order = (scores.c.score.desc(), scores.c.at)
    room = scores.c.live_room_id
    ranked = select(
        scores,
        func.dense_rank().over(partition_by=room, order_by=order).label("rank"),
        func.row_number().over(partition_by=room, order_by=(*order, scores.c.key)).label("place"),
    ).subquery("ranked")
    table, name, avatar_url = _NAMES[of]
    own = ranked.c.key == _OWN[of]
    return prepared(
        select(
            ranked.c.live_room_id,
            ranked.c.rank,
            name.label("name"),
            avatar_url.label("avatar_url"),
            ranked.c.score,
            ranked.c.place,
            func.coalesce(own, literal_column("false")).label("is_mine"),
        )
        .join(table, table.c.id == ranked.c.key)
        .where(or_(ranked.c.place <= literal_column(str(MOST_ON_BOARD)), own))
        .order_by(ranked.c.live_room_id, ranked.c.place)
    )


_RANKINGS = {(of, by): _ranking(of, by) for of in BoardOf for by in BoardBy}


_SOURCES = prepared(
    select(live_room.c.id, func.coalesce(live_room.c.mirror_of, live_room.c.id)).where(
        live_room.c.id == any_(bindparam("room_ids", type_=UUIDS))
    )
)


async def boards_of(
    reading: Reading, room_ids: Sequence[UUID], of: BoardOf, by: BoardBy, mine: UUID | None = None
) -> dict[UUID, Board]:
    """One board of each room. `mine` is the caller: a member, or for boards of guides and stores a guide."""
    rows: dict[UUID, list[Row]] = {room_id: [] for room_id in room_ids}
    for row in await reading.rows(_RANKINGS[of, by], room_ids=list(room_ids), mine=mine):
        rows[row["live_room_id"]].append(row)
    return {room_id: Board(of, by, _entries(found), _standing(found)) for room_id, found in rows.items()}


def _entries(rows: Sequence[Row]) -> tuple[BoardEntry, ...]:
    return tuple(
        BoardEntry(row["rank"], shown_name(row["name"]), row["avatar_url"], int(row["score"]))
        for row in rows
        if row["place"] <= MOST_ON_BOARD
    )


def _standing(rows: Sequence[Row]) -> Standing | None:
    return next((Standing(row["rank"], int(row["score"])) for row in rows if row["is_mine"]), None)


async def told_of(tx: Writing, names: Sequence[str]) -> list[tuple[UUID, dict[str, Any]]]:
    """Boards by invites, as `domain.live_invites.subject_of` names them, each as the payload of its room event."""
    wanted: dict[BoardOf, list[UUID]] = {}
    for room_id, of in map(named_by, names):
        wanted.setdefault(of, []).append(room_id)
    rooms = {room_id for room_ids in wanted.values() for room_id in room_ids}
    sources = dict(await tx.rows(_SOURCES, room_ids=list(rooms)))
    return [
        (sources[room_id], {"board_room_id": room_id.hex, "of": of.value, "entries": plain(board.entries)})
        for of, room_ids in wanted.items()
        for room_id, board in (await boards_of(tx, room_ids, of, BoardBy.INVITES)).items()
    ]
