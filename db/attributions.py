"""Attributions: the decisions about whose registrations and orders are, with their reasons, and who assisted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to
from db.order_tables import order
from db.shares import share_visit
from db.statements import Statement, prepared
from domain.attribution import Assist, Attribution, AttributionKind, AttributionReason, Decision, Finding, Verdict
from domain.attribution_views import OwnAssist
from domain.evidence import AttributionPolicy, RoomSales, TouchRule
from domain.money import Money
from domain.orders import OrderState
from domain.pages import Page, PageRequest
from domain.shares import Funnel

_DEFERRED: dict[str, Any] = {"deferrable": True, "initially": "DEFERRED"}

attribution = Table(
    "attribution",
    metadata,
    key(),
    *one_of("kind", AttributionKind),
    refers_to("member", "member_id"),
    # Who is credited is decided before the order is written, so the reference is looked at when both are there.
    Column("order_id", Uuid(), ForeignKey("order.id", **_DEFERRED), unique=True),
    refers_to("share", "share_id", optional=True),
    refers_to("guide", "guide_id", optional=True),
    *one_of("reason", AttributionReason),
    moment("at"),
    refers_to("org_unit", "store_id", optional=True),
    refers_to("binding", "binding_id", optional=True),
    # The policy and what was found, in the order of ranks; null where there was nothing to decide between.
    Column("explanation", JSONB()),
    CheckConstraint("(kind = 'ORDER') = (order_id IS NOT NULL)", name="an_order_has_its_id"),
    Index("uq_attribution_one_registration", "member_id", unique=True, postgresql_where=text("kind = 'REGISTRATION'")),
    Index("ix_attribution_share_id_kind", "share_id", "kind", postgresql_where=text("share_id IS NOT NULL")),
    Index("ix_attribution_guide_id_kind", "guide_id", "kind", postgresql_where=text("guide_id IS NOT NULL")),
)

assist = Table(
    "assist",
    metadata,
    Column("order_id", Uuid(), ForeignKey("order.id", **_DEFERRED), nullable=False),
    refers_to("guide", "guide_id"),
    refers_to("share", "share_id", optional=True),
    *one_of("reason", AttributionReason),
    Column("bp", Integer(), nullable=False, server_default=text("0")),
    Column("amount_minor", BigInteger(), nullable=False, server_default=text("0")),
    moment("at"),
    PrimaryKeyConstraint("order_id", "guide_id"),
    CheckConstraint("bp BETWEEN 0 AND 10000", name="bp_is_a_share"),
    CheckConstraint("amount_minor >= 0", name="amount_is_not_negative"),
    CheckConstraint("amount_minor = 0 OR bp > 0", name="only_a_part_is_paid"),
    Index(None, "guide_id", "order_id"),
)


def values_of(decided: Attribution) -> dict[str, Any]:
    """A decision as a row."""
    decision = decided.decision
    return {
        "id": decided.id,
        "kind": decided.kind.value,
        "member_id": decided.member_id,
        "order_id": decided.order_id,
        "share_id": decision.share_id,
        "guide_id": decision.guide_id,
        "reason": decision.reason.value,
        "at": decided.at,
        "store_id": decision.store_id,
        "binding_id": decision.binding_id,
        "explanation": explanation_of(decision.findings, decided.policy),
    }


def assists_as_rows(decided: Attribution) -> list[dict[str, Any]]:
    """Who assisted, as rows."""
    return [
        {
            "order_id": decided.order_id,
            "guide_id": one.guide_id,
            "share_id": one.share_id,
            "reason": one.reason.value,
            "bp": one.bp,
            "amount_minor": one.amount.minor,
            "at": decided.at,
        }
        for one in decided.decision.assists
    ]


def explanation_of(findings: Sequence[Finding], policy: AttributionPolicy | None) -> dict[str, Any] | None:
    """What was found, and what the brand makes of it; None where nothing was."""
    if not findings or policy is None:
        return None
    return {"policy": _policy(policy), "findings": [_finding(one) for one in findings]}


@cache
def _policy(policy: AttributionPolicy) -> dict[str, Any]:
    return {
        "touch_s": int(policy.touch_lasts.total_seconds()),
        "content_touch_s": int(policy.content_touch_lasts.total_seconds()),
        "touch_rule": policy.touch_rule.value,
        "touch_beats_binding": policy.touch_beats_binding,
        "assist_bp": policy.assist_bp,
        "room_sales": policy.room_sales.value,
        "allow_self_commission": policy.allow_self_commission,
        "forwards_count": policy.forwards_count,
    }


def _policy_of(kept: Mapping[str, Any]) -> AttributionPolicy:
    return AttributionPolicy(
        timedelta(seconds=kept["touch_s"]),
        timedelta(seconds=kept["content_touch_s"]),
        TouchRule(kept["touch_rule"]),
        kept["touch_beats_binding"],
        kept["assist_bp"],
        RoomSales(kept["room_sales"]),
        kept["allow_self_commission"],
        kept["forwards_count"],
    )


def _finding(one: Finding) -> dict[str, Any]:
    """A finding without what it does not have: most have little."""
    ids = {"guide": one.guide_id, "store": one.store_id, "share": one.share_id, "channel": one.channel_id}
    kept: dict[str, Any] = {name: key.hex for name, key in ids.items() if key is not None}
    kept |= {"reason": one.reason.value, "verdict": one.verdict.value}
    return kept if one.at is None else kept | {"at": one.at.isoformat()}


def _finding_of(kept: Mapping[str, Any]) -> Finding:
    guide_id, store_id, share_id, channel_id = (UUID(hex=kept[name]) if name in kept else None for name in _IDS)
    at = datetime.fromisoformat(kept["at"]) if "at" in kept else None
    why = AttributionReason(kept["reason"]), Verdict(kept["verdict"])
    return Finding(*why, guide_id, store_id, share_id, at, channel_id)


_IDS = ("guide", "store", "share", "channel")
_COLUMNS = tuple(attribution.c)


def attribution_from(row: Row, assists: Sequence[Assist] = ()) -> Attribution:
    """A decision from a row with the columns of the table."""
    explained = row["explanation"] or {}
    decision = Decision(
        row["guide_id"],
        row["store_id"],
        row["share_id"],
        AttributionReason(row["reason"]),
        tuple(_finding_of(one) for one in explained.get("findings", ())),
        tuple(assists),
        row["binding_id"],
    )
    policy = _policy_of(explained["policy"]) if explained else None
    kind = AttributionKind(row["kind"])
    return Attribution(row["id"], kind, row["member_id"], row["order_id"], decision, row["at"], policy)


def _assist(row: Row) -> Assist:
    reason = AttributionReason(row["reason"])
    return Assist(row["guide_id"], row["share_id"], reason, row["bp"], Money(row["amount_minor"]))


_ADD = prepared(
    insert(attribution)
    .values({c.name: bindparam(c.name, type_=c.type) for c in attribution.c})
    .on_conflict_do_nothing()
)
_ORDER_IDS = bindparam("order_ids", type_=UUIDS)
_OF_ORDERS = prepared(select(*_COLUMNS).where(attribution.c.order_id == any_(_ORDER_IDS)))
_ASSISTS = prepared(
    select(*assist.c).where(assist.c.order_id == any_(_ORDER_IDS)).order_by(assist.c.order_id, assist.c.guide_id)
)
_SHARES = prepared(
    select(attribution.c.order_id, attribution.c.share_id).where(
        attribution.c.order_id == any_(_ORDER_IDS), attribution.c.share_id.is_not(None)
    )
)


_ADD_ASSISTS = prepared(insert(assist).from_select(list(assist.c.keys()), select(*given_rows("new", list(assist.c)).c)))


async def add(tx: Writing, decided: Attribution) -> bool:
    """Keep a decision; False when there is one for this registration or order: the first stays."""
    added = await tx.execute(_ADD, **values_of(decided)) > 0
    if added:
        await add_assists(tx, decided)
    return added


async def add_assists(tx: Writing, decided: Attribution) -> None:
    """Keep who assisted, if anybody did."""
    if decided.decision.assists:
        await tx.execute(_ADD_ASSISTS, **in_columns("new", list(assist.c), assists_as_rows(decided)))


async def attributions_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, Attribution]:
    """Whose each order is, and why."""
    rows = await reading.rows(_OF_ORDERS, order_ids=list(order_ids))
    assists = await assists_of(reading, [row["order_id"] for row in rows]) if rows else {}
    return {row["order_id"]: attribution_from(row, assists.get(row["order_id"], ())) for row in rows}


async def assists_of(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[Assist]]:
    """Who assisted in each order."""
    return by_key(await reading.rows(_ASSISTS, order_ids=list(order_ids)), "order_id", _assist)


async def assists_of_order(reading: Reading, order_id: UUID) -> list[Assist]:
    """Who assisted in an order: with a part of its commission where `bp` is not 0."""
    return (await assists_of(reading, [order_id])).get(order_id, [])


async def shares_of_orders(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The share that led to each order, where one did."""
    return {row[0]: row[1] for row in await reading.rows(_SHARES, order_ids=list(order_ids))}


_ASSISTS_BY = Listing(
    select(*assist.c, order.c.state)
    .join(order, order.c.id == assist.c.order_id)
    .where(assist.c.guide_id == bindparam("guide_id", type_=Uuid())),
    lambda row: OwnAssist(row["order_id"], _assist(row), row["at"], OrderState(row["state"])),
    id=assist.c.order_id,
)


async def assists_by(reading: Reading, guide_id: UUID, request: PageRequest) -> Page[OwnAssist]:
    """A page of the orders in which a guide had a part, the newest first."""
    return await _ASSISTS_BY.page(reading, request, descending=True, guide_id=guide_id)


_SAVE_AMOUNT = prepared(
    update(assist)
    .where(
        assist.c.order_id == bindparam("of_order", type_=Uuid()),
        assist.c.guide_id == bindparam("of_guide", type_=Uuid()),
    )
    .values(amount_minor=bindparam("minor", type_=BigInteger()))
)


async def save_assist_amounts(tx: Writing, order_id: UUID, minor_by_guide: Mapping[UUID, int]) -> None:
    """Keep what parts of the commission came to, in fen, when the order was paid."""
    await tx.execute_many(
        _SAVE_AMOUNT, [{"of_order": order_id, "of_guide": one, "minor": minor} for one, minor in minor_by_guide.items()]
    )


_SHARES_OF_MEMBERS = prepared(
    select(attribution.c.member_id, attribution.c.share_id).where(
        attribution.c.member_id == any_(bindparam("member_ids", type_=UUIDS)),
        attribution.c.kind == literal_column("'REGISTRATION'"),
        attribution.c.share_id.is_not(None),
    )
)


async def shares_of_members(reading: Reading, member_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """The share by which each member registered, where one did."""
    return {row[0]: row[1] for row in await reading.rows(_SHARES_OF_MEMBERS, member_ids=list(member_ids))}


def _funnels() -> Statement:
    shared = func.unnest(bindparam("share_ids", type_=UUIDS)).table_valued("id", name="shared").render_derived()
    visits = (
        select(
            func.count(share_visit.c.member_id).label("persons"),
            func.coalesce(func.sum(share_visit.c.views), 0).label("views"),
        )
        .where(share_visit.c.share_id == shared.c.id)
        .lateral("visits")
    )
    credited = (
        select(
            func.count().filter(attribution.c.kind == literal_column("'REGISTRATION'")).label("registrations"),
            func.count().filter(attribution.c.kind == literal_column("'ORDER'")).label("orders"),
        )
        .where(attribution.c.share_id == shared.c.id)
        .lateral("credited")
    )
    return prepared(
        select(shared.c.id, visits.c.views, visits.c.persons, credited.c.registrations, credited.c.orders)
        .select_from(shared)
        .join(visits, true())
        .join(credited, true())
    )


_FUNNELS = _funnels()


async def funnels_of(reading: Reading, share_ids: Sequence[UUID]) -> dict[UUID, Funnel]:
    """What came of each share, in one statement."""
    rows = await reading.rows(_FUNNELS, share_ids=list(share_ids))
    return {row[0]: Funnel(int(row[1]), *row[2:]) for row in rows}
