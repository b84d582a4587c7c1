"""Revisions: how what an order was credited by stands when it is paid, and decisions that are made anew then."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Uuid,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)

from db.attributions import add_assists, assist, attribution, attribution_from, values_of
from db.bindings import BINDING_COLUMNS, binding
from db.connection import Writing
from db.evidence import CREDIT, HELD, hold_of
from db.guides import guide
from db.metadata import UUIDS
from db.order_tables import order
from db.statements import Statement, prepared
from domain.attribution import Attribution, Standing
from domain.bindings import MOVED_BY_THE_BRAND, BindingEnd
from domain.guides import GuideStatus

_OF_ORDER = bindparam("of_order", type_=Uuid())
_AT: ColumnElement[datetime] = bindparam("at", type_=DateTime(timezone=True))
_LEFT_IT: ColumnElement[str] = literal_column(f"'{GuideStatus.LEFT.value}'")


def _find() -> Statement:
    """A decision, whether its guide left and its binding was ended, and the binding that holds."""
    credited, was = guide.alias("credited"), binding.alias("was")
    found = (
        attribution.outerjoin(credited, and_(credited.c.id == attribution.c.guide_id, credited.c.status == _LEFT_IT))
        # One that is planned to end has not ended.
        .outerjoin(was, and_(was.c.id == attribution.c.binding_id, was.c.ended_at <= _AT))
        .outerjoin(binding, and_(binding.c.member_id == attribution.c.member_id, HELD))
        .outerjoin(guide, guide.c.id == binding.c.guide_id)
    )
    decided = (column.label(f"decided_{column.name}") for column in attribution.c)
    left, ended_by = credited.c.id.label("left_id"), was.c.end_reason.label("ended_by")
    credit = {**CREDIT, "store_id": func.coalesce(guide.c.store_id, binding.c.store_id)}
    return prepared(
        select(*decided, left, ended_by, *(c.label(n) for n, c in credit.items()), *BINDING_COLUMNS)
        .select_from(found)
        .where(attribution.c.order_id == _OF_ORDER)
    )


_FIND = _find()
_LEFT = prepared(
    select(guide.c.id).where(guide.c.id == any_(bindparam("ids", type_=UUIDS)), guide.c.status == _LEFT_IT)
)


async def find(tx: Writing, order_id: UUID, at: datetime) -> tuple[Attribution, Standing] | None:
    """The decision about an order, and how its guide and its binding stand at this time.

    None where nothing was decided: an exchange carries on what it is exchanged for.
    """
    row = await tx.row(_FIND, of_order=order_id, at=at)
    if row is None:
        return None
    ended_by = row["ended_by"]
    # The binding that holds has columns of the same names.
    decided = {name.removeprefix("decided_"): value for name, value in row.items() if name.startswith("decided_")}
    return attribution_from(decided), Standing(
        ended_by is not None and BindingEnd(ended_by) in MOVED_BY_THE_BRAND,
        None if row["id"] is None else hold_of(row),
        frozenset() if row["left_id"] is None else frozenset({row["left_id"]}),
    )


async def left(tx: Writing, guide_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of the guides who have left."""
    return frozenset(row[0] for row in await tx.rows(_LEFT, ids=list(guide_ids)))


_SAVED = ("guide_id", "store_id", "reason", "binding_id", "explanation")
_SAVE = prepared(
    update(attribution)
    .where(attribution.c.order_id == _OF_ORDER)
    .values({name: bindparam(name, type_=attribution.c[name].type) for name in _SAVED})
)
_SAVE_ORDER = prepared(
    update(order)
    .where(order.c.id == _OF_ORDER)
    .values(guide_id=bindparam("guide_id", type_=Uuid()), store_id=bindparam("store_id", type_=Uuid()))
)
_FORGET_ASSISTS = prepared(delete(assist).where(assist.c.order_id == _OF_ORDER))


async def save(tx: Writing, decided: Attribution) -> None:
    """Keep a decision that was made anew, with its order, which is not paid yet: then nothing changes any more."""
    values = values_of(decided)
    await tx.execute(_SAVE, of_order=decided.order_id, **{name: values[name] for name in _SAVED})
    await tx.execute(
        _SAVE_ORDER, of_order=decided.order_id, guide_id=decided.decision.guide_id, store_id=decided.decision.store_id
    )
    await tx.execute(_FORGET_ASSISTS, of_order=decided.order_id)
    await add_assists(tx, decided)
