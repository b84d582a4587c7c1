"""Givers: who gives a gift, and how many coins a member has given today and this month."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    bindparam,
    column,
    func,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Writing
from db.forgetting import forgetting
from db.gifts import reward
from db.members import member
from db.metadata import amount, metadata, moment, one_of, refers_to
from db.statements import prepared
from domain.gifts import Allowance, Combo, Giver, TipSpan

gift_spending = Table(
    "gift_spending",
    metadata,
    refers_to("member", "member_id"),
    *one_of("span", TipSpan),
    Column("since", Date(), nullable=False),
    amount("coins"),
    amount("most"),
    moment("at"),
    PrimaryKeyConstraint("member_id", "span", "since"),
    CheckConstraint("coins <= most", name="most_is_kept"),
)

_last = (
    select(reward.c.combo_id, reward.c.combo_count)
    .where(
        reward.c.member_id == member.c.id,
        reward.c.live_room_id == bindparam("room_id", type_=Uuid()),
        reward.c.gift_id == bindparam("gift_id", type_=Uuid()),
        reward.c.at > bindparam("since", type_=DateTime(timezone=True)),
    )
    .order_by(reward.c.at.desc(), reward.c.id.desc())
    .limit(1)
    .lateral("last")
)
_GIVER = prepared(
    select(
        member.c.id,
        member.c.nickname,
        func.coalesce(member.c.verified_birthday, member.c.birthday).label("born_on"),
        member.c.verified_birthday.is_not(None).label("is_verified"),
        _last.c.combo_id,
        _last.c.combo_count,
    )
    .outerjoin(_last, true())
    .where(member.c.id == bindparam("member_id", type_=Uuid()))
)

_asked = (
    func.unnest(
        bindparam("spans", type_=ARRAY(Text())),
        bindparam("sinces", type_=ARRAY(Date())),
        bindparam("most", type_=ARRAY(BigInteger())),
    )
    .table_valued(column("span", Text()), column("since", Date()), column("most", BigInteger()))
    .render_derived(name="asked")
)
_coins = bindparam("coins", type_=BigInteger())
_spending = insert(gift_spending).from_select(
    ["member_id", "span", "since", "coins", "most", "at"],
    select(
        bindparam("member_id", type_=Uuid()),
        _asked.c.span,
        _asked.c.since,
        _coins,
        _asked.c.most,
        bindparam("at", type_=DateTime(timezone=True)),
    ).where(_coins <= _asked.c.most),
)
_SPEND = prepared(
    _spending.on_conflict_do_update(
        index_elements=["member_id", "span", "since"],
        set_={
            "coins": gift_spending.c.coins + _spending.excluded.coins,
            "most": _spending.excluded.most,
            "at": _spending.excluded.at,
        },
        where=gift_spending.c.coins + _spending.excluded.coins <= _spending.excluded.most,
    ).returning(gift_spending.c.span)
)
_FORGET = forgetting(gift_spending, gift_spending.c.at)


async def giver(tx: Writing, member_id: UUID, room_id: UUID, gift_id: UUID, since: datetime) -> Giver | None:
    """The member, and the combo of this gift in this room that they gave to after `since`."""
    row = await tx.row(_GIVER, member_id=member_id, room_id=room_id, gift_id=gift_id, since=since)
    if row is None:
        return None
    combo = None if row["combo_id"] is None else Combo(row["combo_id"], row["combo_count"])
    return Giver(row["id"], row["nickname"], row["born_on"], row["is_verified"], combo)


async def spend(
    tx: Writing, member_id: UUID, coins: int, allowances: Sequence[Allowance], at: datetime
) -> set[TipSpan]:
    """Count coins against what a member may give; returns the spans that had room for them.

    Where one has none the transaction has to be rolled back, since the others were counted.
    """
    rows = await tx.rows(
        _SPEND,
        member_id=member_id,
        coins=coins,
        spans=[one.span.value for one in allowances],
        sinces=[one.since for one in allowances],
        most=[one.most for one in allowances],
        at=at,
    )
    return {TipSpan(row["span"]) for row in rows}


async def forget(tx: Writing, before: datetime) -> int:
    """Forget what was counted before a time, some thousand rows at once; returns how many."""
    return await tx.execute(_FORGET, before=before)
