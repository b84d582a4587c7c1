"""Wins: who won which prize of a draw, whether it was claimed, and where it is to be sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Integer,
    Select,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Reading, Row, Writing, by_key
from db.draws import draw_prize, draw_win
from db.members import member
from db.metadata import UUIDS
from db.statements import prepared
from domain.draw_terms import Prize, PrizeKind
from domain.draws import Win
from domain.records import names_of, record

_moment = DateTime(timezone=True)
_WINS: Select[Any] = select(
    draw_win.c.id,
    draw_win.c.draw_id,
    draw_win.c.member_id,
    draw_win.c.won_at,
    draw_win.c.claim_by,
    draw_win.c.claimed_at,
    draw_win.c.lapsed_at,
    draw_win.c.address,
    draw_win.c.position,
    draw_prize.c.id.label("prize_id"),
    *(draw_prize.c[name] for name in names_of(Prize) if name != "id"),
).join(draw_prize, draw_prize.c.id == draw_win.c.prize_id)


@record
class Claim:
    """A prize that was claimed, with where it is to be sent, for those who hand it out."""

    position: int
    win: Win
    winner_name: str
    address: dict[str, Any] | None


def _win(row: Row) -> Win:
    prize = Prize(
        row["prize_id"],
        PrizeKind(row["kind"]),
        row["name"],
        row["picture_url"],
        row["count"],
        row["variant_id"],
        row["coins"],
    )
    times = (row["won_at"], row["claim_by"], row["claimed_at"], row["lapsed_at"])
    return Win(row["id"], row["draw_id"], row["member_id"], prize, *times)


_won = (
    func.unnest(
        bindparam("ids", type_=UUIDS),
        bindparam("prize_ids", type_=UUIDS),
        bindparam("member_ids", type_=UUIDS),
        bindparam("claimed", type_=ARRAY(_moment)),
    )
    .table_valued(
        column("id", Uuid()),
        column("prize_id", Uuid()),
        column("member_id", Uuid()),
        column("claimed_at", _moment),
        with_ordinality="position",
    )
    .render_derived(name="won")
)
_ADD = prepared(
    insert(draw_win).from_select(
        ["id", "draw_id", "prize_id", "member_id", "position", "won_at", "claim_by", "claimed_at"],
        select(
            _won.c.id,
            bindparam("draw_id", type_=Uuid()),
            _won.c.prize_id,
            _won.c.member_id,
            _won.c.position,
            bindparam("won_at", type_=_moment),
            bindparam("claim_by", type_=_moment),
            _won.c.claimed_at,
        ),
    )
)
_OWN = prepared(
    _WINS.where(
        draw_win.c.draw_id == any_(bindparam("draw_ids", type_=UUIDS)),
        draw_win.c.member_id == bindparam("member_id", type_=Uuid()),
    )
)
_LOCK_OWN = prepared(
    _WINS.where(
        draw_win.c.draw_id == bindparam("draw_id", type_=Uuid()),
        draw_win.c.member_id == bindparam("member_id", type_=Uuid()),
    ).with_for_update(of=draw_win, key_share=True)
)
_CLAIM = prepared(
    update(draw_win)
    .where(draw_win.c.id == bindparam("of_win", type_=Uuid()))
    .values(
        claimed_at=bindparam("claimed_at", type_=_moment),
        address=bindparam("address", type_=JSONB(none_as_null=True)),
    )
)
_LOCK_LAPSED = prepared(
    _WINS.where(
        draw_win.c.claimed_at.is_(None),
        draw_win.c.lapsed_at.is_(None),
        draw_win.c.claim_by <= bindparam("now", type_=_moment),
    )
    .order_by(draw_win.c.claim_by)
    .limit(bindparam("most"))
    .with_for_update(of=draw_win, key_share=True, skip_locked=True)
)
_LAPSE = prepared(
    update(draw_win)
    .where(draw_win.c.id == any_(bindparam("ids", type_=UUIDS)))
    .values(lapsed_at=bindparam("lapsed_at", type_=_moment))
)
_draw = func.unnest(bindparam("draw_ids", type_=UUIDS)).table_valued("draw_id", name="draw").render_derived()
_handed_out = (
    _WINS.add_columns(member.c.nickname)
    .join(member, member.c.id == draw_win.c.member_id)
    .where(
        draw_win.c.draw_id == _draw.c.draw_id,
        draw_win.c.claimed_at.is_not(None),
        draw_prize.c.kind != literal_column("'COINS'"),
        draw_win.c.position > bindparam("after", type_=Integer()),
    )
    .order_by(draw_win.c.position)
    .limit(bindparam("most", type_=Integer()))
    .lateral("handed_out")
)
_CLAIMS = prepared(select(*_handed_out.c).select_from(_draw.join(_handed_out, true())).order_by(_handed_out.c.position))


async def add(tx: Writing, wins: Sequence[Win]) -> None:
    """Keep who won what in one draw, first prize first."""
    if not wins:
        return
    await tx.execute(
        _ADD,
        draw_id=wins[0].draw_id,
        won_at=wins[0].won_at,
        claim_by=wins[0].claim_by,
        ids=[win.id for win in wins],
        prize_ids=[win.prize.id for win in wins],
        member_ids=[win.member_id for win in wins],
        claimed=[win.claimed_at for win in wins],
    )


async def wins_of(reading: Reading, member_id: UUID, draw_ids: Sequence[UUID]) -> dict[UUID, Win]:
    """What the member won, by draw."""
    rows = await reading.rows(_OWN, member_id=member_id, draw_ids=list(draw_ids))
    return {row["draw_id"]: _win(row) for row in rows}


async def lock_own(tx: Writing, draw_id: UUID, member_id: UUID) -> Win | None:
    """What the member won in a draw, kept so until the transaction ends."""
    row = await tx.row(_LOCK_OWN, draw_id=draw_id, member_id=member_id)
    return None if row is None else _win(row)


async def claim(tx: Writing, win_id: UUID, address: dict[str, Any] | None, at: datetime) -> None:
    """Keep that a locked win is claimed, and where it is to be sent."""
    await tx.execute(_CLAIM, of_win=win_id, claimed_at=at, address=address)


async def lock_lapsed(tx: Writing, at: datetime, most: int) -> list[Win]:
    """Prizes that nobody claimed in time."""
    return [_win(row) for row in await tx.rows(_LOCK_LAPSED, now=at, most=most)]


async def lapse(tx: Writing, ids: Sequence[UUID], at: datetime) -> None:
    """Keep that locked wins went back."""
    await tx.execute(_LAPSE, ids=list(ids), lapsed_at=at)


async def claims_of(reading: Reading, draw_ids: Sequence[UUID], after: int, most: int) -> dict[UUID, list[Claim]]:
    """What was claimed of each draw, and is handed out by hand, first prize first, so many of each at most."""
    rows = await reading.rows(_CLAIMS, draw_ids=list(draw_ids), after=after, most=most)
    return by_key(rows, "draw_id", lambda row: Claim(row["position"], _win(row), row["nickname"], row["address"]))
