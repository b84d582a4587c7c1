"""Deeds: what guides did, as the boards and tasks count it, and from which tables that is read (R11, R12).

Every deed is read anew from the truth when a fact names its source: what is read twice is the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Interval,
    PrimaryKeyConstraint,
    Select,
    Table,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    select,
    text,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from db.attributions import assist
from db.bindings import binding
from db.commissions import commission
from db.connection import Reading, Row, Writing
from db.coupon_tables import coupon
from db.guides import guide, guide_status_change
from db.members import member
from db.metadata import UUIDS, given_rows, in_columns, metadata, moment, one_of, refers_to
from db.order_tables import order
from db.posts import post
from db.refunds import order_refund
from db.shares import share
from db.statements import prepared
from db.tags import member_tag
from domain.boards import WON_WITHIN, Deed, Metric

guide_deed = Table(
    "guide_deed",
    metadata,
    *one_of("metric", Metric),
    Column("source_id", Uuid(), nullable=False),
    refers_to("guide", "guide_id"),
    refers_to("org_unit", "store_id"),
    moment("at"),
    Column("value", BigInteger(), nullable=False),
    PrimaryKeyConstraint("source_id", "metric", "guide_id"),
    CheckConstraint("value >= 0", name="value_is_not_negative"),
    Index(None, "guide_id", "metric", "at"),
)
_COLUMNS = list(guide_deed.c)
_IDS = any_(bindparam("ids", type_=UUIDS))

Read: TypeAlias = Callable[[Reading, Sequence[UUID]], Awaitable[list[Deed]]]
"""Reads the deeds about some sources as they are now."""


def _deed(row: Row) -> Deed:
    metric, source_id, guide_id, store_id, at, value = row
    return Deed(Metric(metric), source_id, guide_id, store_id, at, int(value))


def _metric(one: Metric) -> Any:
    return literal_column(f"'{one.value}'").label("metric")


def _reader(query: Select[Any]) -> Read:
    statement = prepared(query)

    async def read(reading: Reading, ids: Sequence[UUID]) -> list[Deed]:
        return [_deed(row) for row in await reading.rows(statement, ids=list(ids))]

    return read


_back = (
    select(func.coalesce(func.sum(order_refund.c.amount_minor - order_refund.c.shipping_minor), literal_column("0")))
    .where(order_refund.c.order_id == order.c.id)
    .correlate(order)
    .scalar_subquery()
)
"""What went back of what was paid for goods."""
_NET = func.greatest(order.c.goods_minor - _back, literal_column("0"))
_ORDERS = prepared(
    select(
        order.c.id,
        order.c.guide_id,
        func.coalesce(order.c.store_id, guide.c.store_id),
        order.c.paid_at,
        _NET,
    )
    .select_from(order)
    .join(guide, guide.c.id == order.c.guide_id)
    # Nobody rises by buying from oneself.
    .where(order.c.id == _IDS, order.c.paid_at.is_not(None), order.c.member_id != guide.c.member_id)
)


async def of_orders(reading: Reading, ids: Sequence[UUID]) -> list[Deed]:
    """What guides sold: the goods paid, without shipping and what went back, and the orders of which some is left."""
    rows = await reading.rows(_ORDERS, ids=list(ids))
    return [
        Deed(metric, source_id, guide_id, store_id, at, value)
        for source_id, guide_id, store_id, at, net in rows
        for metric, value in ((Metric.SALES, int(net)), (Metric.ORDERS, int(net > 0)))
    ]


of_commissions = _reader(
    select(
        _metric(Metric.COMMISSION),
        commission.c.order_id,
        commission.c.guide_id,
        guide.c.store_id,
        func.min(commission.c.created_at),
        func.sum(commission.c.amount_minor - commission.c.clawed_back_minor),
    )
    .select_from(commission)
    .join(guide, guide.c.id == commission.c.guide_id)
    .where(commission.c.order_id == _IDS, text("commission.state NOT IN ('ESTIMATED', 'CANCELLED')"))
    .group_by(commission.c.order_id, commission.c.guide_id, guide.c.store_id)
)
"""What guides earn from orders, without what was clawed back."""

of_assists = _reader(
    select(_metric(Metric.ASSISTS), assist.c.order_id, assist.c.guide_id, guide.c.store_id, order.c.paid_at)
    .add_columns(func.sign(_NET))
    .select_from(assist)
    .join(order, order.c.id == assist.c.order_id)
    .join(guide, guide.c.id == assist.c.guide_id)
    .where(assist.c.order_id == _IDS, order.c.paid_at.is_not(None))
)
"""Whom guides helped another guide to sell to, as long as some of the order is left."""

_first = (
    select(binding.c.member_id, binding.c.guide_id, binding.c.bound_at)
    .ext(distinct_on(binding.c.member_id))
    .where(binding.c.member_id == _IDS)
    .order_by(binding.c.member_id, binding.c.bound_at, binding.c.id)
    .subquery("first")
)
of_members = _reader(
    select(_metric(Metric.NEW_MEMBERS), _first.c.member_id, _first.c.guide_id, guide.c.store_id, _first.c.bound_at)
    .add_columns(literal_column("1"))
    .select_from(_first)
    .join(guide, guide.c.id == _first.c.guide_id)
    .join(member, member.c.id == _first.c.member_id)
    .where(_first.c.bound_at <= member.c.created_at + bindparam("within", WON_WITHIN, Interval()))
)
"""Whom guides won: members by the first guide to whom they were bound."""


def _was_guide(member_id: Any, at: Any) -> Any:
    """As which guide a member did something: who sells elsewhere by now, or not at all, keeps what was done before."""
    left = guide_status_change.alias("left")
    has_left = exists().where(
        left.c.guide_id == guide.c.id, left.c.to_status == literal_column("'LEFT'"), left.c.at <= at
    )
    return and_(guide.c.member_id == member_id, guide.c.applied_at <= at, ~has_left)


of_posts = _reader(
    select(
        _metric(Metric.POSTS),
        post.c.id,
        guide.c.id,
        guide.c.store_id,
        post.c.published_at,
        case((post.c.state == literal_column("'PUBLISHED'"), literal_column("1")), else_=literal_column("0")),
    )
    .select_from(post)
    .join(guide, _was_guide(post.c.author_member_id, post.c.published_at))
    .where(post.c.id == _IDS, post.c.published_at.is_not(None))
)
"""What guides wrote that was published, as long as it is."""

of_tags = _reader(
    select(
        _metric(Metric.TAGS),
        member_tag.c.id,
        guide.c.id,
        guide.c.store_id,
        member_tag.c.tagged_at,
        case((member_tag.c.removed_at.is_(None), literal_column("1")), else_=literal_column("0")),
    )
    .select_from(member_tag)
    .join(guide, _was_guide(member_tag.c.actor_id, member_tag.c.tagged_at))
    .where(member_tag.c.member_id == _IDS, member_tag.c.source == literal_column("'GUIDE'"))
)
"""What guides tagged their customers with, as long as it stays. The ids are the members'."""

of_coupons = _reader(
    select(
        _metric(Metric.COUPONS),
        coupon.c.id,
        coupon.c.guide_id,
        guide.c.store_id,
        coupon.c.taken_at,
        case((coupon.c.state == literal_column("'REVOKED'"), literal_column("0")), else_=literal_column("1")),
    )
    .select_from(coupon)
    .join(guide, guide.c.id == coupon.c.guide_id)
    .where(coupon.c.id == _IDS, coupon.c.take_by == literal_column("'GIFT_BY_GUIDE'"))
)
"""What coupons guides gave their customers."""

of_shares = _reader(
    select(_metric(Metric.GROUP_SHARES), share.c.id, share.c.guide_id, guide.c.store_id, share.c.created_at)
    .add_columns(literal_column("1"))
    .select_from(share)
    .join(guide, guide.c.id == share.c.guide_id)
    .where(share.c.id == _IDS, share.c.channel == literal_column("'GROUP'"))
)
"""What guides passed on to group chats."""

_BEFORE = prepared(
    union_all(
        select(*_COLUMNS).where(guide_deed.c.source_id == _IDS),
        select(*_COLUMNS)
        .join(member_tag, member_tag.c.id == guide_deed.c.source_id)
        .where(member_tag.c.member_id == any_(bindparam("tagged", type_=UUIDS))),
    )
)
_new = given_rows("new", _COLUMNS)
_saving = insert(guide_deed).from_select([one.name for one in _COLUMNS], select(*_new.c))
_SAVE = prepared(
    _saving.on_conflict_do_update(
        index_elements=["source_id", "metric", "guide_id"],
        set_={name: _saving.excluded[name] for name in ("store_id", "at", "value")},
    )
)


async def known(reading: Reading, source_ids: Sequence[UUID], tagged: Sequence[UUID]) -> list[Deed]:
    """What was known of sources, and of the tags of members."""
    rows = await reading.rows(_BEFORE, ids=list(source_ids), tagged=list(tagged))
    return [_deed(row) for row in rows]


async def save(tx: Writing, deeds: Sequence[Deed]) -> None:
    """Keep deeds as they are now."""
    rows: list[Mapping[str, Any]] = [
        {name: getattr(one, name) for name in guide_deed.c.keys()} | {"metric": one.metric.value}  # noqa: SIM118
        for one in deeds
    ]
    await tx.execute(_SAVE, **in_columns("new", _COLUMNS, rows))
