"""Boards: the scores of guides, summed up by period, and the rankings that are read from them (R12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    DateTime,
    FromClause,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on, insert

from db.connection import Reading, Row, Writing
from db.guides import guide
from db.metadata import given_rows, in_columns, metadata, moment, one_of, refers_to
from db.statements import Statement, prepared
from db.store_places import place
from db.stores import org_unit
from domain.boards import BoardEntry, BoardKey, BoardPeriod, Gain, Metric, Ranked, Score

board_score = Table(
    "board_score",
    metadata,
    *one_of("metric", Metric),
    *one_of("period", BoardPeriod),
    Column("starts_on", Date(), nullable=False),
    refers_to("org_unit", "store_id"),
    refers_to("guide", "guide_id"),
    Column("value", BigInteger(), nullable=False),
    moment("reached_at"),
    PrimaryKeyConstraint("metric", "period", "starts_on", "store_id", "guide_id"),
    Index(None, "guide_id"),
)
_COLUMNS = list(board_score.c)

_gained = given_rows("gained", _COLUMNS)
_gaining = insert(board_score).from_select([one.name for one in _COLUMNS], select(*_gained.c))
_GAIN = prepared(
    _gaining.on_conflict_do_update(
        index_elements=["metric", "period", "starts_on", "store_id", "guide_id"],
        set_={
            "value": board_score.c.value + _gaining.excluded.value,
            "reached_at": func.greatest(board_score.c.reached_at, _gaining.excluded.reached_at),
        },
    )
)


async def gain(tx: Writing, gains: Mapping[Score, Gain]) -> None:
    """Let scores rise and fall."""
    rows = [
        score._asdict()
        | {"metric": score.metric.value, "period": score.period.value, "value": many.value, "reached_at": many.at}
        for score, many in gains.items()
    ]
    await tx.execute(_GAIN, **in_columns("gained", _COLUMNS, rows))


_AT = bindparam("at", type_=DateTime(timezone=True))
_then = (
    select(place.c.unit_id, place.c.units)
    .ext(distinct_on(place.c.unit_id))
    # Where a store stood then; before its first place, there: what was imported may be older than the organisation.
    .where(or_(place.c.until.is_(None), place.c.until > _AT))
    .order_by(place.c.unit_id, place.c.since, place.c.id)
    .subquery("then")
)
_store = org_unit.alias("store")
_MINE = bindparam("mine", type_=Uuid())
_WHO: dict[Ranked, tuple[ColumnElement[UUID], FromClause, tuple[Any, ...]]] = {
    Ranked.GUIDES: (
        board_score.c.guide_id,
        guide.join(_store, _store.c.id == guide.c.store_id),
        (guide.c.id, guide.c.display_name, guide.c.avatar_url, _store.c.name),
    ),
    Ranked.STORES: (
        board_score.c.store_id,
        _store,
        (_store.c.id, _store.c.name, null(), _store.c.name),
    ),
}


def _scores(ranked: Ranked) -> Select[Any]:
    """What each of them has at the unit and what stood below it then, and since when."""
    who = _WHO[ranked][0]
    total = func.sum(board_score.c.value)
    return (
        select(who.label("who"), total.label("value"), func.max(board_score.c.reached_at).label("reached_at"))
        .join(_then, _then.c.unit_id == board_score.c.store_id)
        .where(
            board_score.c.metric == bindparam("metric", type_=Text()),
            board_score.c.period == bindparam("period", type_=Text()),
            board_score.c.starts_on == bindparam("starts_on", type_=Date()),
            bindparam("unit_id", type_=Uuid()) == any_(_then.c.units),
        )
        .group_by(who)
        .having(total > literal_column("0"))
    )


def _ranking(ranked: Ranked) -> Statement:
    """The first so many, and the own line wherever it is."""
    scores = _scores(ranked).subquery("scores")
    order = (scores.c.value.desc(), scores.c.reached_at)
    places = select(
        scores,
        func.dense_rank().over(order_by=order).label("rank"),
        func.row_number().over(order_by=(*order, scores.c.who)).label("place"),
        func.sum(scores.c.value).over().label("total"),
        func.max(scores.c.reached_at).over().label("last_at"),
    ).subquery("places")
    _, named, (id_, name, avatar_url, store_name) = _WHO[ranked]
    return prepared(
        select(
            places.c.rank,
            id_.label("id"),
            name.label("name"),
            avatar_url.label("avatar_url"),
            store_name.label("store_name"),
            places.c.value,
            places.c.reached_at,
            places.c.place,
            places.c.total,
            places.c.last_at,
        )
        .select_from(places.join(named, id_ == places.c.who))
        .where(or_(places.c.place <= bindparam("most", type_=Integer()), places.c.who == _MINE))
        .order_by(places.c.place)
    )


_RANKINGS = {ranked: _ranking(ranked) for ranked in Ranked}


async def standings(
    reading: Reading, key: BoardKey, at: datetime, most: int, mine: UUID | None
) -> tuple[list[BoardEntry], BoardEntry | None, object]:
    """The first so many of a board, the line of a guide or a store wherever it is, and a mark that changes with any.

    `at`: as of when stores are of the board's unit.
    """
    rows = await reading.rows(
        _RANKINGS[key.ranked],
        metric=key.metric.value,
        period=key.period.value,
        starts_on=key.starts_on,
        unit_id=key.unit_id,
        at=at,
        most=most,
        mine=mine,
    )
    entries = [_entry(row) for row in rows if row["place"] <= most]
    mark = (rows[0]["total"], rows[0]["last_at"]) if rows else None
    return entries, next((_entry(row) for row in rows if row["id"] == mine), None), mark


def _entry(row: Row) -> BoardEntry:
    rank, id_, name, avatar_url, store_name, value, reached_at, *_ = row
    return BoardEntry(rank, id_, name, avatar_url, store_name, int(value), reached_at)


_PATHS = prepared(
    select(org_unit.c.id, org_unit.c.path).where(org_unit.c.id == any_(bindparam("ids", type_=ARRAY(Uuid()))))
)


async def paths_of(reading: Reading, unit_ids: Sequence[UUID]) -> dict[UUID, str]:
    return dict(await reading.rows(_PATHS, ids=list(unit_ids)))
