"""Memberships: plans, until when each member has one, its periods, purchases and trials.

`membership` has one row for each who ever had one: it is locked while another period is added, so that two that are
paid at once follow one another. A trace of a person (`membership_trial`) refers to no member, for it outlives them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert

from db.connection import Reading, Row, Writing
from db.levels import rights_of
from db.members import member, member_identity
from db.metadata import UUIDS, amount, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order, order_line
from db.statements import prepared
from domain.members import Identity, IdentityProvider
from domain.memberships import Membership, MembershipPlan, Period, PeriodSource, PlanKind, Until
from domain.money import Money

membership_plan = Table(
    "membership_plan",
    metadata,
    key(),
    *one_of("kind", PlanKind),
    words("name"),
    amount("price_minor"),
    words("currency"),
    Column("rights", JSONB(), nullable=False),
    Column("trial_days", Integer(), nullable=False, server_default=text("0")),
    Column("on_sale", Boolean(), nullable=False, server_default=text("true")),
    CheckConstraint("price_minor >= 0", name="price_is_not_negative"),
    CheckConstraint("(kind = 'TRIAL') = (trial_days > 0)", name="a_trial_has_days"),
)

membership = Table(
    "membership",
    metadata,
    Column("member_id", Uuid(), ForeignKey("member.id"), primary_key=True),
    moment("expires_at"),
    Column("for_life", Boolean(), nullable=False, server_default=text("false")),
)

membership_period = Table(
    "membership_period",
    metadata,
    key(),
    Column("member_id", Uuid(), ForeignKey("membership.member_id"), nullable=False),
    refers_to("membership_plan", "plan_id"),
    *one_of("source", PeriodSource),
    moment("starts_at"),
    moment("ends_at", optional=True),
    Column("order_id", Uuid(), ForeignKey("order.id"), unique=True),
    moment("refunded_at", optional=True),
    CheckConstraint("ends_at > starts_at", name="ends_after_it_begins"),
    Index("ix_membership_period_kept", "member_id", "starts_at", postgresql_where=text("refunded_at IS NULL")),
)

membership_purchase = Table(
    "membership_purchase",
    metadata,
    Column("order_id", Uuid(), ForeignKey("order.id"), primary_key=True),
    refers_to("member", "member_id"),
    refers_to("membership_plan", "plan_id"),
    Column("open", Boolean(), nullable=False, server_default=text("true")),
    Index("uq_membership_purchase_open", "member_id", unique=True, postgresql_where=text("open")),
)

membership_trial = Table(
    "membership_trial",
    metadata,
    Column("trace", LargeBinary(), primary_key=True),
    Column("order_id", Uuid()),
    moment("at"),
    Index("ix_membership_trial_order_id", "order_id", postgresql_where=text("order_id IS NOT NULL")),
)

_at = bindparam("at", type_=DateTime(timezone=True))
_member_id = bindparam("of_member", type_=Uuid())
_PLAN_COLUMNS = (
    membership_plan.c.id,
    membership_plan.c.kind,
    membership_plan.c.name,
    membership_plan.c.price_minor,
    membership_plan.c.currency,
    membership_plan.c.rights,
    membership_plan.c.trial_days,
    membership_plan.c.on_sale,
)


def plan_of(row: Row) -> MembershipPlan:
    id_, kind, name, minor, currency, rights, trial_days, on_sale = row
    return MembershipPlan(id_, PlanKind(kind), name, Money(minor, currency), rights_of(rights), trial_days, on_sale)


_PLANS = select(*_PLAN_COLUMNS)
_ALL_PLANS = prepared(
    _PLANS.where(or_(membership_plan.c.on_sale, bindparam("all_of_them", type_=Boolean()))).order_by(
        membership_plan.c.price_minor, membership_plan.c.id
    )
)
_PLANS_BY_ID = prepared(_PLANS.where(membership_plan.c.id == any_(bindparam("ids", type_=UUIDS))))
_new_plan = insert(membership_plan).values({c.name: bindparam(c.name, type_=c.type) for c in _PLAN_COLUMNS})
_SAVE_PLAN = prepared(
    _new_plan.on_conflict_do_update(
        index_elements=["id"], set_={c.name: _new_plan.excluded[c.name] for c in _PLAN_COLUMNS if c.name != "id"}
    )
)
_OPEN = prepared(insert(membership).values(member_id=_member_id, expires_at=_at).on_conflict_do_nothing())
_LOCK = prepared(
    select(membership.c.expires_at, membership.c.for_life)
    .where(membership.c.member_id == _member_id)
    .with_for_update(key_share=True)
)
_EXTEND = prepared(
    update(membership)
    .where(membership.c.member_id == _member_id, ~membership.c.for_life)
    .values(
        # What was bought before it became one for life is there still when that goes back.
        expires_at=func.coalesce(bindparam("until", type_=DateTime(timezone=True)), membership.c.expires_at),
        for_life=bindparam("life", type_=Boolean()),
    )
)
_PERIOD_COLUMNS = tuple(membership_period.c)
_ADD_PERIOD = prepared(
    insert(membership_period).values({c.name: bindparam(c.name, type_=c.type) for c in _PERIOD_COLUMNS})
)
_LAST_PERIOD = prepared(
    select(*_PERIOD_COLUMNS)
    .where(membership_period.c.member_id == _member_id, membership_period.c.refunded_at.is_(None))
    .order_by(membership_period.c.ends_at.desc().nulls_first())
    .limit(literal_column("1"))
)
_PERIOD_OF = prepared(
    select(*_PERIOD_COLUMNS).where(membership_period.c.order_id == bindparam("of_order", type_=Uuid()))
)
_REFUND_PERIOD = prepared(
    update(membership_period)
    .where(membership_period.c.id == bindparam("of_period", type_=Uuid()), membership_period.c.refunded_at.is_(None))
    .values(refunded_at=_at)
)
_CUT = prepared(
    update(membership)
    .where(membership.c.member_id == _member_id)
    .values(
        expires_at=func.coalesce(
            select(func.max(membership_period.c.ends_at))
            .where(membership_period.c.member_id == _member_id, membership_period.c.refunded_at.is_(None))
            .scalar_subquery(),
            _at,
        ),
        for_life=literal_column("false"),
    )
)
_CURRENT = prepared(
    select(
        membership_period.c.member_id,
        membership_period.c.starts_at,
        membership.c.expires_at,
        membership.c.for_life,
        *_PLAN_COLUMNS,
    )
    .join(membership, membership.c.member_id == membership_period.c.member_id)
    .join(membership_plan, membership_plan.c.id == membership_period.c.plan_id)
    .where(
        membership_period.c.member_id == any_(bindparam("members", type_=UUIDS)),
        membership_period.c.refunded_at.is_(None),
        membership_period.c.starts_at <= _at,
        or_(membership_period.c.ends_at.is_(None), membership_period.c.ends_at > _at),
    )
    # Who bought it for life while others were to run has two that run: the last one counts, the one for life.
    .order_by(membership_period.c.member_id, membership_period.c.ends_at.nulls_last())
)
_PURCHASE = prepared(
    insert(membership_purchase)
    .values(
        order_id=bindparam("order_id", type_=Uuid()), member_id=_member_id, plan_id=bindparam("plan_id", type_=Uuid())
    )
    .on_conflict_do_nothing()
)
_SETTLE = prepared(
    update(membership_purchase)
    .where(membership_purchase.c.order_id == bindparam("of_order", type_=Uuid()), membership_purchase.c.open)
    .values(open=literal_column("false"))
    .returning(membership_purchase.c.plan_id)
)
_HAS_OPEN = prepared(
    select(membership_purchase.c.order_id).where(
        membership_purchase.c.member_id == _member_id, membership_purchase.c.open
    )
)
_TRY = prepared(
    insert(membership_trial)
    .from_select(
        ["trace", "order_id", "at"],
        select(func.unnest(bindparam("traces", type_=ARRAY(LargeBinary()))), bindparam("of_order", type_=Uuid()), _at),
    )
    .on_conflict_do_nothing()
)
_UNTRY = prepared(delete(membership_trial).where(membership_trial.c.order_id == bindparam("of_order", type_=Uuid())))
_PERSON = prepared(
    select(
        member.c.phone,
        member_identity.c.provider,
        member_identity.c.app_id,
        member_identity.c.openid,
        member_identity.c.unionid,
    )
    .select_from(member.outerjoin(member_identity, member_identity.c.member_id == member.c.id))
    .where(member.c.id == _member_id)
)
_ORDERED_SINCE = prepared(
    select(literal_column("1"))
    .where(
        order.c.member_id == _member_id,
        order.c.placed_at >= bindparam("since", type_=DateTime(timezone=True)),
        order.c.paid_at.is_not(None),
        select(literal_column("1")).where(order_line.c.order_id == order.c.id).exists(),
    )
    .limit(literal_column("1"))
)


async def plans(reading: Reading, *, all_of_them: bool = False) -> list[MembershipPlan]:
    """The plans on sale, or all, the cheapest first."""
    return [plan_of(row) for row in await reading.rows(_ALL_PLANS, all_of_them=all_of_them)]


async def plans_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, MembershipPlan]:
    return {row["id"]: plan_of(row) for row in await reading.rows(_PLANS_BY_ID, ids=list(ids))}


async def save_plan(tx: Writing, plan: MembershipPlan) -> None:
    await tx.execute(
        _SAVE_PLAN,
        id=plan.id,
        kind=plan.kind.value,
        name=plan.name,
        price_minor=plan.price.minor,
        currency=plan.price.currency,
        rights=msgspec.to_builtins(plan.rights),
        trial_days=plan.trial_days,
        on_sale=plan.on_sale,
    )


async def lock(tx: Writing, member_id: UUID, at: datetime) -> Until:
    """Until when somebody is a member, kept from other changes until the transaction ends."""
    await tx.execute(_OPEN, of_member=member_id, at=at)
    row = await tx.row(_LOCK, of_member=member_id)
    assert row is not None, "it was opened just now"
    return Until(*row)


async def extend(tx: Writing, period: Period) -> bool:
    """Add a period to a membership that is locked; False when it is for life already."""
    if not await tx.execute(_EXTEND, of_member=period.member_id, until=period.ends_at, life=period.ends_at is None):
        return False
    await tx.execute(
        _ADD_PERIOD,
        **{c.name: getattr(period, c.name) for c in _PERIOD_COLUMNS} | {"source": period.source.value},
    )
    return True


def _period(row: Row) -> Period:
    id_, member_id, plan_id, source, *rest = row
    return Period(id_, member_id, plan_id, PeriodSource(source), *rest)


async def last_period(tx: Writing, member_id: UUID) -> Period | None:
    """The period that ends last, of those that were not refunded: one for life never does."""
    row = await tx.row(_LAST_PERIOD, of_member=member_id)
    return None if row is None else _period(row)


async def period_of(tx: Writing, order_id: UUID) -> Period | None:
    """The period that an order bought, refunded or not."""
    row = await tx.row(_PERIOD_OF, of_order=order_id)
    return None if row is None else _period(row)


async def cut(tx: Writing, period: Period, at: datetime) -> None:
    """Note that the last period of a membership that is locked was refunded: it lasts as the others say."""
    assert await tx.execute(_REFUND_PERIOD, of_period=period.id, at=at) == 1, "it was refunded before"
    await tx.execute(_CUT, of_member=period.member_id, at=at)


async def memberships_of(reading: Reading, member_ids: Sequence[UUID], at: datetime) -> dict[UUID, Membership]:
    """What runs for each member now."""
    found: dict[UUID, Membership] = {}
    for row in await reading.rows(_CURRENT, members=list(member_ids), at=at):
        member_id, since, expires_at, for_life, *plan = row
        found[member_id] = Membership(member_id, plan_of(plan), since, None if for_life else expires_at)
    return found


async def add_purchase(tx: Writing, order_id: UUID, member_id: UUID, plan_id: UUID) -> bool:
    """Note what an order is for; False when another purchase of the member is open."""
    return bool(await tx.execute(_PURCHASE, order_id=order_id, of_member=member_id, plan_id=plan_id))


async def settle_purchase(tx: Writing, order_id: UUID) -> UUID | None:
    """The plan that an order was for, once: when it is paid or given up."""
    plan_id: UUID | None = await tx.value(_SETTLE, of_order=order_id)
    return plan_id


async def has_open_purchase(tx: Writing, member_id: UUID) -> bool:
    return await tx.value(_HAS_OPEN, of_member=member_id) is not None


async def person_of(tx: Writing, member_id: UUID) -> tuple[str | None, list[Identity]]:
    """The phone and the accounts by which a member is known."""
    rows = await tx.rows(_PERSON, of_member=member_id)
    identities = [
        Identity(IdentityProvider(row["provider"]), row["app_id"], row["openid"], row["unionid"])
        for row in rows
        if row["provider"] is not None
    ]
    return rows[0]["phone"], identities


async def claim_trial(tx: Writing, traces: Sequence[bytes], order_id: UUID | None, at: datetime) -> bool:
    """Note that a person has had a trial; False when any of their traces is known, and then undo the transaction."""
    return await tx.execute(_TRY, traces=list(traces), of_order=order_id, at=at) == len(traces)


async def unclaim_trial(tx: Writing, order_id: UUID) -> None:
    """The order for a trial was given up: the person may try another time."""
    await tx.execute(_UNTRY, of_order=order_id)


async def ordered_since(tx: Writing, member_id: UUID, since: datetime) -> bool:
    """Whether a member placed an order for goods since then, and paid it."""
    return await tx.value(_ORDERED_SINCE, of_member=member_id, since=since) is not None
