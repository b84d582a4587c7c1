"""Settlements of gifts: rewards whose shares wait, are handed out, or are given back; each once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Uuid, any_, bindparam, case, func, literal_column, select, update

from db.connection import Reading, Row, Writing
from db.gifts import reward
from db.live import live_room
from db.metadata import UUIDS
from db.statements import prepared
from domain.gifts import Due, Earnings, Shares

_COLUMNS = (
    reward.c.id,
    reward.c.live_room_id,
    live_room.c.guide_id,
    live_room.c.store_id,
    reward.c.member_id,
    reward.c.host_coins,
    reward.c.store_coins,
    reward.c.brand_coins,
)
_at = bindparam("at", type_=DateTime(timezone=True))
_ripe = (
    select(reward.c.id)
    .join(live_room, live_room.c.id == reward.c.live_room_id)
    .where(
        reward.c.settled_at.is_(None),
        reward.c.refunded_at.is_(None),
        live_room.c.state == literal_column("'ENDED'"),
        live_room.c.ended_at <= bindparam("ended_by", type_=DateTime(timezone=True)),
    )
    .limit(bindparam("most"))
    .with_for_update(of=reward, skip_locked=True)
)
_SETTLE = prepared(
    update(reward)
    .where(reward.c.id.in_(_ripe), live_room.c.id == reward.c.live_room_id)
    .values(settled_at=_at)
    .returning(*_COLUMNS)
)
_REFUND = prepared(
    update(reward)
    .where(
        reward.c.id == bindparam("reward_id", type_=Uuid()),
        reward.c.refunded_at.is_(None),
        live_room.c.id == reward.c.live_room_id,
    )
    .values(refunded_at=_at)
    .returning(*_COLUMNS, reward.c.settled_at)
)
_EXISTS = prepared(select(reward.c.id).where(reward.c.id == bindparam("reward_id", type_=Uuid())))


def _sum(what: Any, *conditions: Any) -> Any:
    return func.coalesce(func.sum(what).filter(*conditions), 0)


_kept = reward.c.refunded_at.is_(None)
_EARNINGS = prepared(
    select(
        reward.c.live_room_id,
        _sum(reward.c.host_coins, _kept).label("host"),
        _sum(reward.c.store_coins, _kept).label("store"),
        _sum(reward.c.brand_coins, _kept).label("brand"),
        _sum(reward.c.coins, reward.c.refunded_at.is_not(None)).label("refunded"),
        _sum(case((reward.c.settled_at.is_not(None), reward.c.coins), else_=0), _kept).label("settled"),
    )
    .where(reward.c.live_room_id == any_(bindparam("room_ids", type_=UUIDS)))
    .group_by(reward.c.live_room_id)
)


def _due(row: Row, *, is_settled: bool = False) -> Due:
    reward_id, room_id, guide_id, store_id, member_id, *shares = row[:8]
    return Due(reward_id, room_id, guide_id, store_id, member_id, Shares(*shares), is_settled)


async def settle(tx: Writing, ended_by: datetime, most: int, at: datetime) -> list[Due]:
    """Note that shares of rooms that ended by then are handed out, of so many rewards; returns what is to be posted."""
    return [_due(row) for row in await tx.rows(_SETTLE, ended_by=ended_by, most=most, at=at)]


async def refund(tx: Writing, reward_id: UUID, at: datetime) -> Due | None:
    """Note that a reward is given back; None when it was before, or there is none."""
    row = await tx.row(_REFUND, reward_id=reward_id, at=at)
    return None if row is None else _due(row, is_settled=row["settled_at"] is not None)


async def exists(tx: Writing, reward_id: UUID) -> bool:
    return await tx.value(_EXISTS, reward_id=reward_id) is not None


async def earnings_of(reading: Reading, room_ids: Sequence[UUID]) -> dict[UUID, Earnings]:
    """What the gifts of each room come to; nothing for a room without any."""
    rows = await reading.rows(_EARNINGS, room_ids=list(room_ids))
    return {
        row["live_room_id"]: Earnings(
            Shares(int(row["host"]), int(row["store"]), int(row["brand"])), int(row["refunded"]), int(row["settled"])
        )
        for row in rows
    }
