"""Purchases in live rooms: what each member bought of a product with a limit, held by a conditional upsert."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import (
    CTE,
    CheckConstraint,
    Column,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    bindparam,
    column,
    func,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Writing
from db.live_products import live_product
from db.metadata import UUIDS, json_rows, metadata
from db.statements import prepared
from db.writes import Part, Write

live_purchase = Table(
    "live_purchase",
    metadata,
    Column("live_product_id", Uuid(), ForeignKey("live_product.id"), nullable=False),
    Column("member_id", Uuid(), ForeignKey("member.id"), nullable=False),
    Column("quantity", Integer(), nullable=False),
    # The limit as it was when something was last counted: hosts may change it. Null: counted before it was kept.
    Column("most", Integer()),
    PrimaryKeyConstraint("live_product_id", "member_id"),
    CheckConstraint("quantity >= 0 AND quantity <= most", name="quantity_is_within_the_limit"),
)

_bought = (
    func.unnest(bindparam("ids", type_=UUIDS), bindparam("quantities", type_=ARRAY(Integer())))
    .table_valued(column("id", Uuid()), column("quantity", Integer()))
    .render_derived(name="bought")
)
_LIMITED = tuple(live_purchase.c)
_limited = json_rows("limited_purchases", _LIMITED).c
_pairs = (
    func.unnest(bindparam("ids", type_=UUIDS), bindparam("members", type_=UUIDS))
    .table_valued(column("id", Uuid()), column("member_id", Uuid()))
    .render_derived(name="pairs")
)


def _counted() -> CTE:
    new = insert(live_purchase).from_select(
        [one.name for one in _LIMITED],
        select(*_limited)
        .where(_limited.quantity <= _limited.most)
        .order_by(_limited.live_product_id, _limited.member_id),
    )
    most = (
        select(live_product.c.limit_per_member)
        # As text: a column would bring its table into this query, and with it everybody's purchases.
        .where(live_product.c.id == literal_column("live_purchase.live_product_id"))
        .scalar_subquery()
    )
    together = live_purchase.c.quantity + new.excluded.quantity
    return (
        new.on_conflict_do_update(
            index_elements=["live_product_id", "member_id"],
            set_={"quantity": together, "most": most},
            where=together <= most,
        )
        .returning(live_purchase.c.live_product_id)
        .cte("purchases_counted")
    )


_COUNTED = Part("limited_purchases", _counted())
_LOCK = prepared(
    select(live_purchase.c.live_product_id, live_purchase.c.member_id, live_purchase.c.quantity)
    .where(tuple_(live_purchase.c.live_product_id, live_purchase.c.member_id).in_(select(*_pairs.c)))
    .order_by(live_purchase.c.live_product_id, live_purchase.c.member_id)
    .with_for_update(key_share=True)
)
_UNCOUNT = prepared(
    update(live_purchase)
    .where(
        live_purchase.c.live_product_id == _bought.c.id,
        live_purchase.c.member_id == bindparam("of_member", type_=Uuid()),
    )
    .values(quantity=func.greatest(live_purchase.c.quantity - _bought.c.quantity, 0))
)


Bought: TypeAlias = Mapping[tuple[UUID, UUID], int]
"""How many units, by live product and member."""


async def lock(tx: Writing, pairs: Iterable[tuple[UUID, UUID]]) -> dict[tuple[UUID, UUID], int]:
    """What members bought of products so far, kept so until the transaction ends; a pair without purchases is none."""
    ids, members = zip(*pairs, strict=True)
    rows = await tx.rows(_LOCK, ids=ids, members=members)
    return {(row["live_product_id"], row["member_id"]): row["quantity"] for row in rows}


def counted(bought: Bought, limits: Mapping[UUID, int]) -> Write:
    """What members buy of products with a limit, which must allow it."""
    rows = [
        {"live_product_id": product_id, "member_id": member_id, "quantity": many, "most": limits[product_id]}
        for (product_id, member_id), many in bought.items()
    ]
    return Write.of(_COUNTED, rows)


async def uncount(tx: Writing, member_id: UUID, units: Sequence[tuple[UUID, int]]) -> None:
    """Forget what a member bought of products, when the order is given up."""
    await tx.execute(_UNCOUNT, of_member=member_id, ids=[one for one, _ in units], quantities=[q for _, q in units])
