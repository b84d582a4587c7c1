"""What complaints tell of guides and their customers: counts, and customers who say nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Interval, any_, bindparam, func, literal_column, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from db.complaints import complaint
from db.connection import Reading, Row, by_key
from db.members import member
from db.metadata import UUIDS
from db.order_tables import order, order_line
from db.statements import prepared
from domain.complaints import ComplaintCounts, SilentCustomer
from domain.members import masked

_HAPPENED = complaint.c.created_at.type


def _many(condition: Any = None) -> Any:
    counted = func.count()
    return counted if condition is None else counted.filter(condition)


_COUNTS = prepared(
    select(
        complaint.c.guide_id,
        _many(),
        _many(complaint.c.severity == literal_column("'HIGH'")),
        _many(complaint.c.escalated_at.is_not(None)),
        _many(complaint.c.closed_at.is_(None) & complaint.c.resolved_at.is_(None)),
    )
    .where(
        complaint.c.guide_id == any_(bindparam("guides", type_=UUIDS)),
        complaint.c.created_at >= bindparam("since", type_=_HAPPENED),
        complaint.c.state != literal_column("'CANCELLED'"),
    )
    .group_by(complaint.c.guide_id)
)


async def counts_of(reading: Reading, guide_ids: Sequence[UUID], since: datetime) -> dict[UUID, ComplaintCounts]:
    """How often members complained about each guide since a time; guides without complaints are left out."""
    rows = await reading.rows(_COUNTS, guides=list(guide_ids), since=since)
    return {row[0]: ComplaintCounts(*row) for row in rows}


_other = complaint.alias("other")
_like = order_line.alias("like")
_SINCE = complaint.c.created_at - bindparam("within", type_=Interval())
_bought = (
    select(order.c.member_id, order.c.id, order.c.number, order.c.paid_at)
    .ext(distinct_on(order.c.member_id))
    .where(
        order.c.guide_id == complaint.c.guide_id,
        order.c.paid_at >= _SINCE,
        select(order_line.c.id)
        .join(_like, _like.c.variant_id == order_line.c.variant_id)
        .where(
            order_line.c.order_id == order.c.id,
            _like.c.order_id == complaint.c.order_id,
            func.coalesce(complaint.c.order_line_id, _like.c.id) == _like.c.id,
        )
        .exists(),
        ~select(_other.c.id)
        .where(
            _other.c.member_id == order.c.member_id,
            _other.c.guide_id == complaint.c.guide_id,
            _other.c.state != literal_column("'CANCELLED'"),
            _other.c.created_at >= _SINCE,
        )
        .exists(),
    )
    .order_by(order.c.member_id, order.c.paid_at.desc())
    .correlate(complaint)
    .subquery("bought")
)
_silent = (
    select(member.c.id, member.c.nickname, member.c.phone, _bought.c.id.label("order_id"), _bought.c.number)
    .add_columns(_bought.c.paid_at)
    .join(_bought, _bought.c.member_id == member.c.id)
    .order_by(_bought.c.paid_at.desc(), member.c.id)
    .limit(bindparam("most"))
    .correlate(complaint)
    .lateral("silent")
)
_SILENT = prepared(
    select(complaint.c.id.label("complaint_id"), *_silent.c)
    .join(_silent, true())
    .where(complaint.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(complaint.c.id, _silent.c.paid_at.desc(), _silent.c.id)
)


async def silent_customers(
    reading: Reading, complaint_ids: Sequence[UUID], within: timedelta, most: int
) -> dict[UUID, list[SilentCustomer]]:
    """For each complaint who bought the same through the same guide and has not complained, the latest first.

    They bought it so long before the complaint at most, or after it. What a complaint without an order is about is not
    known: nobody is named.
    """
    rows = await reading.rows(_SILENT, ids=list(complaint_ids), within=within, most=most)
    return by_key(rows, "complaint_id", _silent_customer)


def _silent_customer(row: Row) -> SilentCustomer:
    phone = row["phone"]
    return SilentCustomer(
        row["id"], row["nickname"], phone and masked(phone), row["order_id"], row["number"], row["paid_at"]
    )
