"""Order gifts: whether paid orders of some worth are given anything now, coupons or chances in lotteries."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import BigInteger, bindparam, exists, select

from db.connection import Reading
from db.coupon_tables import coupon_template
from db.coupon_templates import CAN_BE_TAKEN, IS_TAKEN_BY
from db.lotteries import GIVES_CHANCES, lottery
from db.statements import prepared
from domain.coupon_templates import TakeBy


class Promised(NamedTuple):
    """What an order may be given."""

    coupons: bool
    chances: bool


_PROMISED = prepared(
    select(
        exists(
            select(coupon_template.c.id).where(
                CAN_BE_TAKEN,
                IS_TAKEN_BY,
                coupon_template.c.gift_from_minor <= bindparam("worth", type_=BigInteger()),
            )
        ),
        exists(select(lottery.c.id).where(GIVES_CHANCES)),
    )
)


async def promised(reading: Reading, worth: int, at: datetime) -> Promised:
    """What an order whose goods cost so many fen may be given: most of the time nothing, and one look says so."""
    row = await reading.row(_PROMISED, by=[TakeBy.ORDER_GIFT.value], worth=worth, at=at)
    assert row is not None, "it is always one row"
    return Promised(*row)
