"""Group buys: the activities in which groups are begun, and their prices."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Table,
    Uuid,
    any_,
    bindparam,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.activities import Activities
from db.connection import Reading, Row, Writing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.stages import goes_with, names_of, stages_of
from db.statements import prepared
from domain.activities import ActivityState
from domain.group_buys import MOST_SIZE, GroupBuy, GroupBuyTerms, GroupPrice
from domain.payloads import plain, reader_of

group_buy = Table(
    "group_buy",
    metadata,
    key(),
    refers_to("product", "product_id"),
    words("name"),
    Column("prices", JSONB(), nullable=False),
    Column("size", Integer(), nullable=False),
    Column("lasts_s", Integer(), nullable=False),
    moment("starts_at"),
    moment("ends_at"),
    Column("limit_per_order", Integer()),
    Column("limit_per_member", Integer()),
    Column("virtual_from_bp", Integer()),
    Column("winners", Integer()),
    Column("late_opens", Boolean(), nullable=False),
    *goes_with(),
    refers_to("coupon_template", "consolation_id", optional=True),
    refers_to("campaign", "campaign_id", optional=True, index=True),
    *one_of("state", ActivityState),
    CheckConstraint(f"size BETWEEN 2 AND {MOST_SIZE}", name="size_is_within_bounds"),
    CheckConstraint("winners BETWEEN 1 AND size - 1", name="somebody_wins_and_somebody_does_not"),
    CheckConstraint("starts_at < ends_at", name="it_ends_after_it_starts"),
    # A product is in one group buy at a time: who shares it and who joins it mean the same one.
    Index("uq_group_buy_one_of_a_product", "product_id", unique=True, postgresql_where=text("state = 'PUBLISHED'")),
    Index("ix_group_buy_running", "ends_at", "id", postgresql_where=text("state = 'PUBLISHED'")),
)

_TERMS = (
    *("name", "size", "lasts_s", "starts_at", "ends_at", "limit_per_order", "limit_per_member"),
    *("virtual_from_bp", "winners", "late_opens", "consolation_id", "campaign_id"),
)
_prices = reader_of(tuple[GroupPrice, ...])


def _group_buy(row: Row) -> GroupBuy:
    terms = GroupBuyTerms(
        prices=_prices(row["prices"]),
        goes_with=stages_of(row["goes_with"]),
        **{name: row[name] for name in _TERMS},
    )
    return GroupBuy(row["id"], row["product_id"], terms, ActivityState(row["state"]))


_ACTIVITIES: Activities[GroupBuy] = Activities(group_buy, _group_buy)
_ADD = prepared(
    insert(group_buy)
    .values({one.name: bindparam(one.name, type_=one.type) for one in group_buy.c})
    .on_conflict_do_nothing()
)
_LOCK = prepared(_ACTIVITIES.all.where(group_buy.c.id == bindparam("id", type_=Uuid())).with_for_update(key_share=True))
_OF_PRODUCTS = prepared(
    _ACTIVITIES.all.where(
        group_buy.c.product_id == any_(bindparam("ids", type_=UUIDS)), _ACTIVITIES.is_published, _ACTIVITIES.is_to_end
    )
)
_SAVE_STATE = prepared(
    update(group_buy)
    .where(group_buy.c.id == bindparam("of_group_buy", type_=Uuid()))
    .values(state=bindparam("state", type_=group_buy.c.state.type))
)

group_buys_by_id, group_buys_seen = _ACTIVITIES.by_id, _ACTIVITIES.seen
group_buys, lock_over = _ACTIVITIES.running, _ACTIVITIES.lock_over


async def add(tx: Writing, new: GroupBuy) -> bool:
    """Keep a new group buy; False when the product is in another one already."""
    values = {name: getattr(new.terms, name) for name in _TERMS}
    own = {"id": new.id, "product_id": new.product_id, "prices": plain(new.terms.prices), "state": new.state.value}
    own |= {"goes_with": names_of(new.terms.goes_with)}
    return bool(await tx.execute(_ADD, **values, **own))


async def group_buys_of(reading: Reading, product_ids: Sequence[UUID], at: datetime) -> dict[UUID, GroupBuy]:
    """The one of each product that runs or is to come."""
    rows = await reading.rows(_OF_PRODUCTS, ids=list(product_ids), now=at)
    return {row["product_id"]: _group_buy(row) for row in rows}


async def lock(tx: Writing, group_buy_id: UUID) -> GroupBuy | None:
    row = await tx.row(_LOCK, id=group_buy_id)
    return None if row is None else _group_buy(row)


async def save_state(tx: Writing, changed: GroupBuy) -> None:
    await tx.execute(_SAVE_STATE, of_group_buy=changed.id, state=changed.state.value)
