"""Uses of promotions: how uses are counted under their limits, and given back."""

from __future__ import annotations

from collections import Counter as Counts
from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.campaigns import campaign, campaign_order
from db.connection import Row, Writing
from db.metadata import UUIDS, given_rows, json_rows, metadata, refers_to
from db.newcomers import newcomer_trace, newcomer_use
from db.promotions import promotion
from db.statements import Statement, prepared
from db.writes import Part, Write
from domain.promotions.life import Limits, PromotionState
from domain.promotions.uses import Counter, Use
from domain.records import record

promotion_use = Table(
    "promotion_use",
    metadata,
    refers_to("promotion", "promotion_id"),
    refers_to("member", "member_id", index=True),
    Column("uses", Integer(), nullable=False),
    Column("most", Integer()),
    PrimaryKeyConstraint("promotion_id", "member_id"),
    CheckConstraint("uses >= 0 AND uses <= most", name="uses_are_within_the_limit"),
)


@record
class Locked:
    """Promotions that orders want, locked, with what is left of them and of their campaigns."""

    counters: Mapping[UUID, Counter]
    limits: Mapping[UUID, Limits]
    campaign_of: Mapping[UUID, UUID]
    campaigns: Mapping[UUID, Counter]
    newcomers: frozenset[UUID]
    """Promotions that are for new customers."""
    had_before: frozenset[UUID]
    """Members who had an offer for new customers."""


_members = bindparam("members", type_=UUIDS)
_used_by_members = (
    select(func.jsonb_object_agg(promotion_use.c.member_id, promotion_use.c.uses))
    .where(promotion_use.c.promotion_id == promotion.c.id, promotion_use.c.member_id == any_(_members))
    .correlate(promotion)
    .scalar_subquery()
)
_had_before = func.array(
    select(newcomer_use.c.member_id).where(newcomer_use.c.member_id == any_(_members)).scalar_subquery(), type_=UUIDS
)
_for_newcomers = promotion.c.audience["kind"].astext == literal_column("'NEW_CUSTOMER'")
_LOCK = prepared(
    select(
        promotion.c.id,
        promotion.c.state,
        promotion.c.most_uses,
        promotion.c.most_uses_per_member,
        promotion.c.budget_minor,
        promotion.c.used,
        promotion.c.spent_minor,
        promotion.c.used_up,
        promotion.c.campaign_id,
        _for_newcomers.label("for_newcomers"),
        _used_by_members.label("by_member"),
        _had_before.label("had_before"),
    )
    .where(promotion.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(promotion.c.id)
    .with_for_update(key_share=True, of=promotion)
)
_LOCK_CAMPAIGNS = prepared(
    select(campaign.c.id, campaign.c.budget_minor, campaign.c.spent_minor, campaign.c.used_up)
    .where(campaign.c.id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(campaign.c.id)
    .with_for_update(key_share=True)
)


async def lock(tx: Writing, promotion_ids: Collection[UUID], member_ids: Collection[UUID]) -> Locked | None:
    """Lock promotions and their campaigns, and read how much members used of them; None when one is not to be had.

    What members used is as the statement saw it when it began: the guards of `count` catch what came meanwhile.
    """
    rows, campaigns = await _lock_rows(tx, promotion_ids, member_ids)
    if len(rows) < len(promotion_ids) or any(row["used_up"] for row in (*rows, *campaigns)):
        return None
    if any(row["state"] != PromotionState.PUBLISHED.value for row in rows):
        return None
    limits = {row["id"]: Limits(row["most_uses"], row["most_uses_per_member"], row["budget_minor"]) for row in rows}
    return Locked(
        {row["id"]: Counter(limits[row["id"]], row["used"], row["spent_minor"], _by_member(row)) for row in rows},
        limits,
        {row["id"]: row["campaign_id"] for row in rows if row["campaign_id"] is not None},
        {row["id"]: Counter(Limits(budget=row["budget_minor"]), 0, row["spent_minor"]) for row in campaigns},
        frozenset(row["id"] for row in rows if row["for_newcomers"]),
        frozenset(rows[0]["had_before"] or ()),
    )


async def _lock_rows(
    tx: Writing, promotion_ids: Collection[UUID], member_ids: Collection[UUID]
) -> tuple[list[Row], list[Row]]:
    rows = await tx.rows(_LOCK, ids=list(promotion_ids), members=list(member_ids))
    campaigns = list({row["campaign_id"] for row in rows} - {None})
    return rows, await tx.rows(_LOCK_CAMPAIGNS, ids=campaigns) if campaigns else []


def _by_member(row: Row) -> list[tuple[UUID, int]]:
    return [(UUID(key), uses) for key, uses in (row["by_member"] or {}).items()]


_PARTS = {
    "promotions": (
        promotion.c.id,
        Column("uses", Integer()),
        Column("spent", BigInteger()),
        Column("used_up", Boolean()),
    ),
    "campaigns": (campaign.c.id, Column("spent", BigInteger()), Column("used_up", Boolean())),
    "members": tuple(promotion_use.c),
    "newcomers": tuple(newcomer_use.c),
    "traces": tuple(newcomer_trace.c),
    "orders": tuple(campaign_order.c),
}


def _within(sum_: ColumnElement[Any], limit: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a sum is within a limit; it is, when there is none."""
    return func.coalesce(sum_ <= limit, literal_column("true"))


def _count_promotions(given: Any) -> Any:
    used, spent = promotion.c.used + given.uses, promotion.c.spent_minor + given.spent
    return (
        update(promotion)
        .where(
            promotion.c.id == given.id,
            _within(used, promotion.c.most_uses),
            _within(spent, promotion.c.budget_minor),
        )
        .values(used=used, spent_minor=spent, used_up=given.used_up)
        .returning(promotion.c.id)
    )


def _count_campaigns(given: Any) -> Any:
    spent = campaign.c.spent_minor + given.spent
    return (
        update(campaign)
        .where(campaign.c.id == given.id, _within(spent, campaign.c.budget_minor))
        .values(spent_minor=spent, used_up=given.used_up)
        .returning(campaign.c.id)
    )


def _count_members(given: Any) -> Any:
    new = insert(promotion_use).from_select(
        [column.name for column in promotion_use.c],
        select(*given).order_by(given.promotion_id, given.member_id),
    )
    together = promotion_use.c.uses + new.excluded.uses
    return new.on_conflict_do_update(
        index_elements=["promotion_id", "member_id"],
        set_={"uses": together, "most": new.excluded.most},
        where=_within(together, new.excluded.most),
    ).returning(promotion_use.c.member_id)


def _count_newcomers(given: Any) -> Any:
    return (
        insert(newcomer_use)
        .from_select([column.name for column in newcomer_use.c], select(*given).order_by(given.member_id))
        .on_conflict_do_nothing(index_elements=["member_id"])
        .returning(newcomer_use.c.member_id)
    )


def _count_traces(given: Any) -> Any:
    return (
        insert(newcomer_trace)
        .from_select([column.name for column in newcomer_trace.c], select(*given).order_by(given.trace))
        .on_conflict_do_nothing(index_elements=["trace"])
        .returning(newcomer_trace.c.trace)
    )


def _count_orders(given: Any) -> Any:
    names = [column.name for column in campaign_order.c]
    return insert(campaign_order).from_select(names, select(*given)).returning(campaign_order.c.order_id)


_COUNTS = {
    "promotions": _count_promotions,
    "campaigns": _count_campaigns,
    "members": _count_members,
    "newcomers": _count_newcomers,
    "traces": _count_traces,
    "orders": _count_orders,
}


_COUNTED = {
    name: Part(f"used_{name}", count_(json_rows(f"used_{name}", _PARTS[name]).c).cte(f"counted_{name}"))
    for name, count_ in _COUNTS.items()
}
"""Counters of promotions and campaigns, of members, and who was new: each row is guarded."""


def counted(
    locked: Locked, uses: Sequence[Use], newcomers: Mapping[UUID, UUID], traces: Mapping[bytes, UUID]
) -> list[Write]:
    """Uses that the locked counters have taken, and who was new in which order; all guards must hold.

    `newcomers` and `traces` are orders by member and by trace. What is short or at its end is marked as used up.
    """
    rows = {
        "promotions": _promotion_rows(locked, uses),
        "campaigns": _campaign_rows(locked, uses),
        "members": _member_rows(locked, uses),
        "newcomers": [{"member_id": member, "order_id": order_id} for member, order_id in newcomers.items()],
        "traces": [{"trace": trace, "order_id": order_id} for trace, order_id in traces.items()],
        "orders": _order_rows(locked, uses),
    }
    return [Write.of(_COUNTED[name], some) for name, some in rows.items()]


def _promotion_rows(locked: Locked, uses: Sequence[Use]) -> list[dict[str, Any]]:
    spent: dict[UUID, list[int]] = {key: [] for key in locked.counters}
    for use in uses:
        spent[use.promotion_id].append(use.spent)
    return [
        {"id": key, "uses": len(parts), "spent": sum(parts), "used_up": locked.counters[key].is_used_up}
        for key, parts in spent.items()
    ]


def _campaign_rows(locked: Locked, uses: Sequence[Use]) -> list[dict[str, Any]]:
    spent = dict.fromkeys(locked.campaigns, 0)
    for use in uses:
        if use.promotion_id in locked.campaign_of:
            spent[locked.campaign_of[use.promotion_id]] += use.spent
    return [{"id": key, "spent": fen, "used_up": locked.campaigns[key].is_used_up} for key, fen in spent.items()]


def _member_rows(locked: Locked, uses: Sequence[Use]) -> list[dict[str, Any]]:
    counted = Counts((use.promotion_id, use.member_id) for use in uses)
    return [
        {"promotion_id": key, "member_id": member, "uses": number, "most": locked.limits[key].uses_per_member}
        for (key, member), number in counted.items()
    ]


def _order_rows(locked: Locked, uses: Sequence[Use]) -> list[dict[str, Any]]:
    pairs = {
        (locked.campaign_of[use.promotion_id], use.order_id) for use in uses if use.promotion_id in locked.campaign_of
    }
    return [{"campaign_id": key, "order_id": order_id} for key, order_id in pairs]


_back = given_rows("back", (promotion.c.id, Column("spent", BigInteger()))).c
_of_order = bindparam("order_id", type_=Uuid())
_back_of_campaigns = (
    select(campaign_order.c.campaign_id, func.sum(_back.spent).label("spent"))
    .where(
        promotion.c.id == _back.id,
        campaign_order.c.campaign_id == promotion.c.campaign_id,
        campaign_order.c.order_id == _of_order,
    )
    .group_by(campaign_order.c.campaign_id)
    .subquery("whole")
)
"""What goes back to campaigns: to those alone that the order is counted in."""


def _give_back() -> Statement:
    promotions = (
        update(promotion)
        .where(promotion.c.id == _back.id)
        .values(used=promotion.c.used - 1, spent_minor=promotion.c.spent_minor - _back.spent, used_up=False)
    )
    campaigns = (
        update(campaign)
        .where(campaign.c.id == _back_of_campaigns.c.campaign_id)
        .values(spent_minor=campaign.c.spent_minor - _back_of_campaigns.c.spent, used_up=False)
    )
    newcomers = delete(newcomer_use).where(newcomer_use.c.order_id == _of_order)
    traces = delete(newcomer_trace).where(newcomer_trace.c.order_id == _of_order)
    orders = delete(campaign_order).where(
        campaign_order.c.campaign_id.in_(select(_back_of_campaigns.c.campaign_id)),
        campaign_order.c.order_id == _of_order,
    )
    members = (
        update(promotion_use)
        .where(
            promotion_use.c.promotion_id == any_(bindparam("back_id", type_=UUIDS)),
            promotion_use.c.member_id == bindparam("member_id", type_=Uuid()),
        )
        .values(uses=promotion_use.c.uses - 1)
    )
    return prepared(
        members.add_cte(
            promotions.cte("given_back"),
            campaigns.cte("given_back_to_campaigns"),
            newcomers.cte("new_again"),
            traces.cte("unknown_again"),
            orders.cte("gone"),
        )
    )


_GIVE_BACK = _give_back()


def _spend_less() -> Statement:
    campaigns = (
        update(campaign)
        .where(campaign.c.id == _back_of_campaigns.c.campaign_id)
        .values(spent_minor=campaign.c.spent_minor - _back_of_campaigns.c.spent, used_up=False)
    )
    return prepared(
        update(promotion)
        .where(promotion.c.id == _back.id)
        .values(
            spent_minor=promotion.c.spent_minor - _back.spent,
            used_up=func.coalesce(promotion.c.used >= promotion.c.most_uses, literal_column("false")),
        )
        .add_cte(campaigns.cte("given_back_to_campaigns"))
    )


_SPEND_LESS = _spend_less()


async def give_back(tx: Writing, uses: Sequence[Use]) -> bool:
    """Give the uses of one order back; whoever calls does so once. True when something can be had again."""
    ids = [use.promotion_id for use in uses]
    rows, campaigns = await _lock_rows(tx, ids, ())
    await tx.execute(
        _GIVE_BACK,
        back_id=ids,
        back_spent=[use.spent for use in uses],
        member_id=uses[0].member_id,
        order_id=uses[0].order_id,
    )
    return any(row["used_up"] for row in (*rows, *campaigns))


async def spend_less(tx: Writing, uses: Sequence[Use]) -> bool:
    """Give back what one order spends less of budgets; its uses stay. True when something can be had again."""
    ids = [use.promotion_id for use in uses]
    rows, campaigns = await _lock_rows(tx, ids, ())
    spent = [use.spent for use in uses]
    await tx.execute(_SPEND_LESS, back_id=ids, back_spent=spent, order_id=uses[0].order_id)
    return any(row["used_up"] for row in (*rows, *campaigns))


def uses_of(member_id: ColumnElement[UUID], promotion_ids: ColumnElement[Any]) -> Any:
    """How many uses the member of a row had of some promotions: a JSON object by id; null for none."""
    return (
        select(func.jsonb_object_agg(promotion_use.c.promotion_id, promotion_use.c.uses, type_=JSONB()))
        .where(promotion_use.c.promotion_id == any_(promotion_ids), promotion_use.c.member_id == member_id)
        .scalar_subquery()
    )
