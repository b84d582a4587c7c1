"""Gifts and rewards: what can be given to a host, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import CheckConstraint, Column, Index, Integer, Table, Text, Uuid, any_, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from db.connection import Reading, Writing
from db.metadata import UUIDS, amount, key, metadata, moment, refers_to, words
from db.statements import prepared
from domain.gifts import GiftCard, Reward, Shares

gift = Table(
    "gift",
    metadata,
    key(),
    Column("code", Text(), nullable=False, unique=True),
    words("name"),
    words("icon_url"),
    amount("coins"),
    Column("position", Integer(), nullable=False, server_default=text("0")),
    CheckConstraint("coins > 0", name="coins_is_positive"),
)

reward = Table(
    "reward",
    metadata,
    key(),
    refers_to("live_room", "live_room_id", index=True),
    refers_to("gift", "gift_id"),
    refers_to("member", "member_id"),
    Column("count", Integer(), nullable=False),
    amount("coins"),
    Column("combo_id", Uuid(), nullable=False),
    Column("combo_count", Integer(), nullable=False),
    amount("host_coins"),
    amount("store_coins"),
    amount("brand_coins"),
    moment("at"),
    moment("settled_at", optional=True),
    moment("refunded_at", optional=True),
    CheckConstraint("count > 0", name="count_is_positive"),
    CheckConstraint("coins = host_coins + store_coins + brand_coins", name="shares_are_the_whole"),
    CheckConstraint("least(host_coins, store_coins, brand_coins) >= 0", name="no_share_is_negative"),
    Index(None, "member_id", "live_room_id", "gift_id", "at"),
    Index("ix_reward_due", "live_room_id", postgresql_where=text("settled_at IS NULL AND refunded_at IS NULL")),
)

_GIFT_COLUMNS = (gift.c.id, gift.c.code, gift.c.name, gift.c.icon_url, gift.c.coins)
_GIFTS = prepared(select(*_GIFT_COLUMNS).order_by(gift.c.position, gift.c.id))
_GIFTS_BY_ID = prepared(select(*_GIFT_COLUMNS).where(gift.c.id == any_(bindparam("ids", type_=UUIDS))))
_REWARD = prepared(
    insert(reward).values(
        {column.name: bindparam(column.name, type_=column.type) for column in reward.c if column.nullable is False}
    )
)


async def gifts(reading: Reading) -> list[GiftCard]:
    """All gifts, in their order."""
    return [GiftCard(*row) for row in await reading.rows(_GIFTS)]


async def gifts_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, GiftCard]:
    return {row["id"]: GiftCard(*row) for row in await reading.rows(_GIFTS_BY_ID, ids=list(ids))}


_new_gift = insert(gift).values(
    {name: bindparam(name, type_=gift.c[name].type) for name in ("id", "code", "name", "icon_url", "coins", "position")}
)
_SAVE_GIFT = prepared(
    _new_gift.on_conflict_do_update(
        index_elements=["code"],
        set_={name: _new_gift.excluded[name] for name in ("name", "icon_url", "coins", "position")},
    )
)


async def save_gift(tx: Writing, card: GiftCard, position: int) -> None:
    """Offer a gift, or change the one with this code."""
    await tx.execute(
        _SAVE_GIFT,
        id=card.id,
        code=card.code,
        name=card.name,
        icon_url=card.icon_url,
        coins=card.coins,
        position=position,
    )


async def add_reward(tx: Writing, room_id: UUID, given: Reward, shares: Shares) -> None:
    """Keep a gift that was given, and who gets what of it."""
    await tx.execute(
        _REWARD,
        id=given.id,
        live_room_id=room_id,
        gift_id=given.gift.id,
        member_id=given.sender_id,
        count=given.count,
        coins=given.coins,
        combo_id=given.combo.id,
        combo_count=given.combo.count,
        host_coins=shares.host,
        store_coins=shares.store,
        brand_coins=shares.brand,
        at=given.at,
    )
