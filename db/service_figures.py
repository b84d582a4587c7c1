"""Service figures: counted of guides from complaints, reviews and orders; and the alerts that came of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Interval,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.complaints import complaint
from db.connection import Reading, Row, Writing
from db.guides import guide
from db.listing import Listing
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to
from db.order_tables import order, order_line
from db.reviews import review
from db.statements import Statement, prepared
from db.stores import org_unit
from domain.filters import Condition
from domain.pages import Page, PageRequest
from domain.service_figures import ServiceAlert, ServiceAlertKind, ServiceFigures

service_alert = Table(
    "service_alert",
    metadata,
    key(),
    refers_to("guide", "guide_id"),
    refers_to("org_unit", "store_id", index=True),
    *one_of("kind", ServiceAlertKind),
    Column("value", BigInteger(), nullable=False),
    Column("bound", BigInteger(), nullable=False),
    moment("raised_at"),
    refers_to("member", "seen_by", optional=True),
    moment("seen_at", optional=True),
    CheckConstraint("(seen_by IS NULL) = (seen_at IS NULL)", name="somebody_saw_it"),
    Index("uq_service_alert_one_unseen", "guide_id", "kind", unique=True, postgresql_where=text("seen_at IS NULL")),
    Index(None, "guide_id", "id"),
)
_COLUMNS = list(service_alert.c)

UNPAID_FOR, REVIEWED_WITHIN = timedelta(days=1), timedelta(days=90)
"""Orders that were placed so long before the days that are looked at may be paid, or reviewed, in them."""

_MOMENT = DateTime(timezone=True)
_SINCE, _NOW = bindparam("since", type_=_MOMENT), bindparam("now", type_=_MOMENT)
_WAITS = complaint.c.answered_at.is_(None) & complaint.c.resolved_at.is_(None) & complaint.c.closed_at.is_(None)
_answer_s = func.extract("epoch", complaint.c.answered_at - complaint.c.created_at)
_complaints = (
    select(
        func.count().label("complaints"),
        func.count(complaint.c.answered_at).label("answered"),
        cast(func.percentile_cont(literal_column("0.5")).within_group(_answer_s), BigInteger()).label("answer_s"),
        func.count()
        .filter(_WAITS, complaint.c.created_at < _NOW - bindparam("patience", type_=Interval()))
        .label("unanswered"),
    )
    .where(
        complaint.c.guide_id == guide.c.id,
        complaint.c.created_at >= _SINCE,
        complaint.c.state != literal_column("'CANCELLED'"),
    )
    .lateral("complaints")
)
_sold = order.alias("sold")
_ratings = (
    select(func.count().label("ratings"), func.coalesce(func.sum(review.c.stars), literal_column("0")).label("stars"))
    .select_from(_sold)
    .join(order_line, order_line.c.order_id == _sold.c.id)
    .join(review, review.c.order_line_id == order_line.c.id)
    .where(
        _sold.c.guide_id == guide.c.id,
        _sold.c.id >= bindparam("reviewed_from", type_=Uuid()),
        review.c.created_at >= _SINCE,
        review.c.state == literal_column("'APPROVED'"),
    )
    .lateral("ratings")
)
_orders = (
    select(func.count().label("orders"))
    .where(
        order.c.guide_id == guide.c.id,
        order.c.id >= bindparam("paid_from", type_=Uuid()),
        order.c.paid_at >= _SINCE,
    )
    .lateral("orders")
)


def _figures(*conditions: Any) -> Statement:
    return prepared(
        select(guide.c.id, guide.c.store_id, *_complaints.c, *_ratings.c, *_orders.c)
        .select_from(guide.join(_complaints, true()).join(_ratings, true()).join(_orders, true()))
        .where(*conditions)
        .order_by(guide.c.id)
        .limit(bindparam("most", type_=Integer()))
    )


_OF_GUIDES = _figures(guide.c.id == any_(bindparam("ids", type_=UUIDS)))
_OF_ALL = _figures(text("guide.status IN ('ACTIVE', 'FROZEN')"), guide.c.id > bindparam("after", type_=Uuid()))


def _of(row: Row) -> ServiceFigures:
    return ServiceFigures(*row)


def _given(since: datetime, now: datetime, patience: timedelta) -> dict[str, Any]:
    """The bounds in time; those of orders by their ids, which sort by when they were placed."""
    return {
        "since": since,
        "now": now,
        "patience": patience,
        "paid_from": _first_id(since - UNPAID_FOR),
        "reviewed_from": _first_id(since - REVIEWED_WITHIN),
    }


def _first_id(at: datetime) -> UUID:
    """No UUIDv7 of this time or later is smaller."""
    return UUID(int=int(at.timestamp() * 1000) << 80)


async def of_guides(
    reading: Reading, ids: Sequence[UUID], since: datetime, now: datetime, patience: timedelta
) -> dict[UUID, ServiceFigures]:
    """The figures of guides since a time. What waits for an answer longer than `patience` is unanswered."""
    rows = await reading.rows(_OF_GUIDES, ids=list(ids), most=len(ids), **_given(since, now, patience))
    return {row["id"]: _of(row) for row in rows}


async def of_all(
    reading: Reading, after: UUID, since: datetime, now: datetime, patience: timedelta, most: int
) -> list[ServiceFigures]:
    """The figures of so many guides, those whose ids come next after one."""
    rows = await reading.rows(_OF_ALL, after=after, most=most, **_given(since, now, patience))
    return [_of(row) for row in rows]


_LATELY = service_alert.alias("lately")
_RAISE = prepared(
    insert(service_alert)
    .from_select(
        [one.name for one in _COLUMNS],
        select(*(bindparam(one.name, type_=one.type) for one in _COLUMNS)).where(
            ~select(_LATELY.c.id)
            .where(
                _LATELY.c.guide_id == bindparam("guide_id", type_=Uuid()),
                _LATELY.c.kind == bindparam("kind", type_=Text()),
                _LATELY.c.raised_at > bindparam("not_since", type_=_MOMENT),
            )
            .exists()
        ),
    )
    .on_conflict_do_nothing()
)
_SEE = prepared(
    update(service_alert)
    .where(
        service_alert.c.id == bindparam("of_alert", type_=Uuid()),
        service_alert.c.seen_at.is_(None),
    )
    .values(seen_by=bindparam("member", type_=Uuid()), seen_at=_NOW)
)
_ALERTS = select(*_COLUMNS, org_unit.c.path).join(org_unit, org_unit.c.id == service_alert.c.store_id)
_BY_ID = prepared(_ALERTS.where(service_alert.c.id == bindparam("id", type_=Uuid())))


def _alert(row: Row) -> ServiceAlert:
    id_, guide_id, store_id, kind, value, bound, raised_at, seen_by, seen_at, *_ = row
    return ServiceAlert(id_, guide_id, store_id, ServiceAlertKind(kind), value, bound, raised_at, seen_by, seen_at)


_STATE = case((service_alert.c.seen_at.is_(None), literal_column("'UNSEEN'")), else_=literal_column("'SEEN'"))
_LISTING = Listing(
    _ALERTS.where(org_unit.c.path.op("^@")(any_(bindparam("paths", type_=ARRAY(Text()))))),
    _alert,
    id=service_alert.c.id,
    filters={"kind": service_alert.c.kind, "guideId": service_alert.c.guide_id, "state": _STATE},
)


async def raise_alert(tx: Writing, alert: ServiceAlert, not_since: datetime) -> bool:
    """Keep an alert; False when one of its kind is unseen, or was raised after a time."""
    values = {one.name: getattr(alert, one.name) for one in _COLUMNS} | {"kind": alert.kind.value}
    return await tx.execute(_RAISE, **values, not_since=not_since) > 0


async def see(tx: Writing, alert_id: UUID, member_id: UUID, at: datetime) -> bool:
    """Mark an alert as seen; False when it was."""
    return await tx.execute(_SEE, of_alert=alert_id, member=member_id, now=at) > 0


async def find(reading: Reading, alert_id: UUID) -> tuple[ServiceAlert, str] | None:
    """An alert and the path of the store that it is about."""
    row = await reading.row(_BY_ID, id=alert_id)
    return None if row is None else (_alert(row), row["path"])


async def alerts(reading: Reading, paths: Sequence[str], request: PageRequest, where: Condition) -> Page[ServiceAlert]:
    """A page of the alerts about guides of units at these paths and below, the newest first."""
    return await _LISTING.page(reading, request, where=where, descending=True, paths=list(paths))
