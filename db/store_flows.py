"""Store flows: the table of what stores are owed, amount by amount. A flow enters a bill once, and is never changed.

A trigger of the migration refuses any other change of a flow than into its bill, and to be final.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Index,
    Integer,
    Select,
    Table,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing, by_key
from db.metadata import (
    UUIDS,
    amount,
    given_rows,
    in_columns,
    key,
    members_of,
    metadata,
    moment,
    one_of,
    refers_to,
    words,
)
from db.order_tables import order
from db.statements import prepared
from db.sublists import Sublist
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.settlements import CutOff, FlowKind, StoreFlow

store_flow = Table(
    "store_flow",
    metadata,
    key(),
    refers_to("org_unit", "store_id"),
    refers_to("settlement_profile", "profile_id"),
    *one_of("kind", FlowKind),
    amount("amount_minor"),
    words("currency"),
    moment("at"),
    moment("final_at", optional=True),
    refers_to("order", "order_id", optional=True),
    Column("line_id", Uuid()),
    words("source"),
    refers_to("settlement_bill", "bill_id", optional=True),
    words("note"),
    UniqueConstraint("order_id", "line_id", "kind", "source"),
    Index("ix_store_flow_unbilled", "store_id", "at", postgresql_where=text("bill_id IS NULL")),
    Index("ix_store_flow_unbilled_final", "store_id", "final_at", postgresql_where=text("bill_id IS NULL")),
    Index("ix_store_flow_bill_id", "bill_id", "id", postgresql_where=text("bill_id IS NOT NULL")),
)

TAKEN_AT_ONCE = 10_000

_COLUMNS = list(store_flow.c)
_KINDS = members_of(FlowKind)


def _flow(row: Row) -> StoreFlow:
    return StoreFlow(
        row["id"],
        row["store_id"],
        row["profile_id"],
        _KINDS[row["kind"]],
        Money(row["amount_minor"], row["currency"]),
        row["at"],
        row["final_at"],
        row["order_id"],
        row["line_id"],
        row["source"],
        row["bill_id"],
        row["note"],
    )


def _values(flow: StoreFlow) -> dict[str, Any]:
    values = {c.name: getattr(flow, c.name, None) for c in _COLUMNS}
    return values | {
        "kind": flow.kind.value,
        "amount_minor": flow.amount.minor,
        "currency": flow.amount.currency,
    }


_GIVEN = given_rows("flows", _COLUMNS)
_ADD = prepared(insert(store_flow).from_select([c.name for c in _COLUMNS], select(*_GIVEN.c)).on_conflict_do_nothing())
_OF_ORDERS = prepared(
    select(*_COLUMNS).where(store_flow.c.order_id == any_(bindparam("ids", type_=UUIDS))).order_by(store_flow.c.id)
)
_finals = (
    func.unnest(bindparam("ids", type_=UUIDS), bindparam("times", type_=ARRAY(DateTime(timezone=True))))
    .table_valued(column("order_id", Uuid()), column("at", DateTime(timezone=True)))
    .render_derived(name="finals")
)
_FINISH = prepared(
    update(store_flow)
    .where(store_flow.c.order_id == _finals.c.order_id, store_flow.c.final_at.is_(None))
    .values(final_at=func.greatest(_finals.c.at, store_flow.c.at))
)


async def add(tx: Writing, flows: Sequence[StoreFlow]) -> None:
    """Keep flows; one that is there for its cause is not kept again."""
    if flows:
        await tx.execute(_ADD, **in_columns("flows", _COLUMNS, [_values(flow) for flow in flows]))


async def of_orders(tx: Writing, order_ids: Sequence[UUID]) -> dict[UUID, list[StoreFlow]]:
    """The flows of each order, in their order."""
    return by_key(await tx.rows(_OF_ORDERS, ids=list(order_ids)), "order_id", _flow)


async def finish(tx: Writing, finals: Sequence[tuple[UUID, datetime]]) -> None:
    """Say since when orders can no longer be given back: their flows are final."""
    if finals:
        ids, times = zip(*finals, strict=True)
        await tx.execute(_FINISH, ids=ids, times=times)


_UNTIL = bindparam("until", type_=DateTime(timezone=True))
_DATES: dict[CutOff, ColumnElement[datetime]] = {
    CutOff.EVENT: store_flow.c.at,
    CutOff.FINALITY: store_flow.c.final_at,
}


def _taking(dated: ColumnElement[datetime]) -> Select[Any]:
    waiting = (
        select(store_flow.c.id)
        .where(
            store_flow.c.store_id == bindparam("of_store", type_=Uuid()), store_flow.c.bill_id.is_(None), dated < _UNTIL
        )
        .order_by(dated)
        .limit(bindparam("most", type_=Integer()))
    )
    taken = (
        update(store_flow)
        # Looked at again when another bill had the row: what that took is not taken.
        .where(store_flow.c.id == any_(func.array(waiting.scalar_subquery())), store_flow.c.bill_id.is_(None))
        .values(bill_id=bindparam("into_bill", type_=Uuid()))
        .returning(store_flow.c.amount_minor)
        .cte("taken")
    )
    return select(func.count(), func.coalesce(func.sum(taken.c.amount_minor), literal_column("0"))).select_from(taken)


_TAKE = {cut_off: prepared(_taking(dated)) for cut_off, dated in _DATES.items()}
_TOTALS = prepared(
    select(
        store_flow.c.bill_id,
        store_flow.c.kind,
        func.sum(store_flow.c.amount_minor).label("minor"),
        func.count().label("flows"),
    )
    .where(store_flow.c.bill_id == any_(bindparam("ids", type_=UUIDS)))
    .group_by(store_flow.c.bill_id, store_flow.c.kind)
)


async def take(
    tx: Writing, store_id: UUID, bill_id: UUID, cut_off: CutOff, until: datetime, most: int = TAKEN_AT_ONCE
) -> tuple[int, int]:
    """Put all that is in no bill, and was before a time, into this one; returns how many flows, and their sum.

    `most` of them in each statement, the store's profile being locked: a statement may not take longer than seconds.
    """
    many = minor = 0
    while True:
        row = await tx.row(_TAKE[cut_off], of_store=store_id, into_bill=bill_id, until=until, most=most)
        assert row is not None, "an aggregate has a row"
        many, minor = many + row[0], minor + int(row[1])
        if row[0] < most:
            return many, minor


async def totals(reading: Reading, bill_ids: Sequence[UUID]) -> dict[UUID, dict[FlowKind, tuple[int, int]]]:
    """What the flows of each kind in a bill add up to, in fen, and how many there are; by kind."""
    found: dict[UUID, dict[FlowKind, tuple[int, int]]] = {}
    for row in await reading.rows(_TOTALS, ids=list(bill_ids)):
        found.setdefault(row["bill_id"], {})[_KINDS[row["kind"]]] = (int(row["minor"]), row["flows"])
    return found


_IN_BILLS: Sublist[StoreFlow] = Sublist(select(*_COLUMNS), _flow, parent=store_flow.c.bill_id, id=store_flow.c.id)
_ALL_OF = prepared(
    select(*_COLUMNS, order.c.number)
    .outerjoin(order, order.c.id == store_flow.c.order_id)
    .where(store_flow.c.bill_id == bindparam("bill_id", type_=Uuid()))
    .order_by(store_flow.c.id)
    .limit(bindparam("most"))
)


async def in_bills(reading: Reading, bill_ids: Sequence[UUID], request: PageRequest) -> list[Page[StoreFlow]]:
    """A page of each bill's flows, in their order."""
    return await _IN_BILLS.pages(reading, bill_ids, request)


async def all_of(reading: Reading, bill_id: UUID, most: int) -> list[tuple[StoreFlow, str | None]]:
    """The flows of a bill in their order, so many at most, each with the number of its order."""
    return [(_flow(row), row["number"]) for row in await reading.rows(_ALL_OF, bill_id=bill_id, most=most)]
