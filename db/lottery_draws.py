"""Draws of lotteries: each kept with the number that came up, for the member and for whoever checks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Uuid, any_, bindparam, insert, select

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.lotteries import PRIZE_OBJECT, lottery_draw, lottery_prize, read_prize
from db.metadata import UUIDS
from db.statements import prepared
from db.sublists import Sublist
from domain.lotteries import ChanceSource, Draw
from domain.pages import Page, PageRequest

_DRAWS: Select[Any] = select(*lottery_draw.c, PRIZE_OBJECT.label("prize")).join(
    lottery_prize, lottery_prize.c.id == lottery_draw.c.prize_id
)
_ADD = prepared(insert(lottery_draw).values({one.name: bindparam(one.name, type_=one.type) for one in lottery_draw.c}))


def _draw(row: Row) -> Draw:
    return Draw(
        row["id"],
        row["lottery_id"],
        row["member_id"],
        ChanceSource(row["source"]),
        row["number"],
        row["drawn_id"],
        read_prize(row["prize"]),
        row["at"],
        row["coupon_id"],
    )


_BY_ID = prepared(_DRAWS.where(lottery_draw.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_LOTTERIES = Sublist(_DRAWS, _draw, parent=lottery_draw.c.lottery_id, id=lottery_draw.c.id, descending=True)
_OF_MEMBER = Listing(
    _DRAWS.where(lottery_draw.c.member_id == bindparam("of_member", type_=Uuid())), _draw, id=lottery_draw.c.id
)


async def add(tx: Writing, new: Draw) -> None:
    """Keep a draw. Draws are neither changed nor deleted."""
    await tx.execute(
        _ADD,
        id=new.id,
        lottery_id=new.lottery_id,
        member_id=new.member_id,
        source=new.source.value,
        number=new.number,
        drawn_id=new.drawn_id,
        prize_id=new.prize.id,
        coupon_id=new.coupon_id,
        at=new.at,
    )


async def draws_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Draw]:
    return {row["id"]: _draw(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def draws_of(reading: Reading, lottery_ids: Sequence[UUID], request: PageRequest) -> list[Page[Draw]]:
    """A page of the draws of each lottery, the newest first."""
    return await _OF_LOTTERIES.pages(reading, lottery_ids, request)


async def draws_by(reading: Reading, member_id: UUID, request: PageRequest) -> Page[Draw]:
    """A page of what a member drew, the newest first."""
    return await _OF_MEMBER.page(reading, request, descending=True, of_member=member_id)
