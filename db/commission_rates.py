"""Rates of commission: tables of rules and of anchors' contracts, and what holds for an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ColumnElement,
    DateTime,
    FromClause,
    Index,
    Integer,
    Table,
    TableValuedAlias,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, array, insert

from db.catalogue import product
from db.categories import category
from db.connection import Reading, Row, Writing, by_key
from db.guides import guide, guide_tier
from db.listing import Listing
from db.live import live_room
from db.metadata import UUIDS, given_rows, in_columns, key, metadata, moment, one_of, refers_to
from db.order_edits import order_edit
from db.order_tables import order, order_line
from db.statements import Statement, prepared
from domain.catalogue import DEEPEST_CATEGORY
from domain.commission_rates import CommissionLevel, Contract, RateRule, RateScope
from domain.commissions import Earner
from domain.filters import Condition
from domain.guides import GuideStatus
from domain.orders import Order
from domain.pages import Page, PageRequest
from domain.records import record

commission_rate = Table(
    "commission_rate",
    metadata,
    key(),
    *one_of("level", CommissionLevel),
    *one_of("scope", RateScope),
    # A variant, a product or a category: no foreign key can hold all three.
    Column("target_id", Uuid()),
    refers_to("guide_tier", "tier_id", optional=True),
    Column("is_campaign", Boolean(), nullable=False),
    Column("rate_bp", Integer()),
    Column("fixed_minor", BigInteger()),
    moment("starts_at"),
    moment("ends_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_is_a_share"),
    CheckConstraint("fixed_minor > 0", name="fixed_is_positive"),
    CheckConstraint("(rate_bp IS NULL) <> (fixed_minor IS NULL)", name="a_share_or_an_amount"),
    CheckConstraint("(scope = 'EVERYTHING') = (target_id IS NULL)", name="a_target_or_everything"),
    CheckConstraint("starts_at <= ends_at", name="starts_before_it_ends"),
    CheckConstraint("NOT is_campaign OR ends_at IS NOT NULL", name="a_campaign_ends"),
    Index(None, "target_id"),
)

commission_contract = Table(
    "commission_contract",
    metadata,
    key(),
    refers_to("guide", "guide_id", index=True),
    Column("rate_bp", Integer(), nullable=False),
    Column("product_ids", ARRAY(Uuid()), nullable=False),
    moment("starts_at"),
    moment("ends_at", optional=True),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    CheckConstraint("rate_bp BETWEEN 0 AND 10000", name="rate_is_a_share"),
    CheckConstraint("starts_at <= ends_at", name="starts_before_it_ends"),
)

_AT = bindparam("at", type_=DateTime(timezone=True))


def _holds(table: Table) -> ColumnElement[bool]:
    return and_(table.c.starts_at <= _AT, or_(table.c.ends_at.is_(None), table.c.ends_at > _AT))


_ASKED = (order.c.id, order.c.guide_id, order.c.live_room_id)
_EARNER = ("id", "member_id", "status", "tier_id")


def _earnings() -> Statement:
    """Who may earn from orders, and by which rules: a row for each rule that may be about an order, one without."""
    asked = given_rows("asked", _ASKED)
    inviter, contract, rule = guide.alias("inviter"), _contract_for(asked), _rules_for(asked)
    return prepared(
        select(
            asked.c.id.label("order_id"),
            exists().where(order_edit.c.order_id == asked.c.id).label("was_edited"),
            _categories_of(asked),
            *(guide.c[name] for name in _EARNER),
            guide_tier.c.rate_bp,
            *(inviter.c[name].label(f"inviter_{name}") for name in _EARNER),
            *(one.label(f"contract_{one.name}") for one in contract.c),
            *(one.label(f"rule_{one.name}") for one in rule.c),
        )
        .select_from(
            asked.join(guide, guide.c.id == asked.c.guide_id)
            .join(guide_tier, guide_tier.c.id == guide.c.tier_id)
            .outerjoin(inviter, inviter.c.id == guide.c.inviter_id)
            .outerjoin(contract, true())
            .outerjoin(rule, true())
        )
        # A guide who is being frozen now is frozen before or after this payment, not in between.
        .with_for_update(read=True, of=guide)
    )


def _contract_for(asked: TableValuedAlias) -> FromClause:
    """The latest contract of a guide that holds in a room of its own."""
    return (
        select(*commission_contract.c)
        .select_from(commission_contract.join(live_room, live_room.c.guide_id == commission_contract.c.guide_id))
        .where(
            live_room.c.id == asked.c.live_room_id,
            commission_contract.c.guide_id == guide.c.id,
            _holds(commission_contract),
        )
        .order_by(commission_contract.c.id.desc())
        .limit(literal_column("1"))
        .correlate(asked, guide)
        .lateral("contract")
    )


def _rules_for(asked: TableValuedAlias) -> FromClause:
    """The rules that may hold for the lines of an order; those of categories are for the caller to compare."""
    may_be_about = or_(
        commission_rate.c.scope.in_([literal_column("'EVERYTHING'"), literal_column("'CATEGORY'")]),
        commission_rate.c.target_id.in_([order_line.c.variant_id, order_line.c.product_id]),
    )
    return (
        select(*commission_rate.c)
        .distinct()
        .select_from(order_line.join(commission_rate, may_be_about))
        .where(order_line.c.order_id == asked.c.id, _holds(commission_rate))
        .correlate(asked)
        .lateral("rule")
    )


def _categories_of(asked: TableValuedAlias) -> ColumnElement[Any]:
    """The category of each line's product and those above it, the nearest first, if any rule is about one."""
    levels = [category.alias(f"category_{depth}") for depth in range(DEEPEST_CATEGORY)]
    goods = order_line.join(product, product.c.id == order_line.c.product_id)
    child = product.c.category_id
    for level in levels:
        goods = goods.outerjoin(level, level.c.id == child)
        child = level.c.parent_id
    above = func.array_remove(array([level.c.id for level in levels]), None)
    lines = (
        select(func.jsonb_object_agg(order_line.c.id, above))
        .select_from(goods)
        .where(order_line.c.order_id == asked.c.id)
        .correlate(asked)
        .scalar_subquery()
    )
    is_asked = exists().where(commission_rate.c.scope == literal_column("'CATEGORY'"), _holds(commission_rate))
    return case((is_asked, lines)).label("categories")


_EARNINGS = _earnings()


@record
class Earning:
    """Who may earn from an order, by which rules, and whether its prices were edited after it was placed."""

    earners: Sequence[Earner] = ()
    rules: Sequence[RateRule] = ()
    contract: Contract | None = None
    was_edited: bool = False
    categories: Mapping[UUID, tuple[UUID, ...]] = field(default_factory=dict)
    """The category of each line's product and those above it, the nearest first, where a rule is about one."""


NOBODY = Earning()


async def earnings_of(tx: Writing, orders: Sequence[Order], at: datetime) -> dict[UUID, Earning]:
    """Who may earn from each order, kept as they are until the transaction ends, and the rules that hold for it."""
    asked = [{"id": one.id, "guide_id": one.guide_id, "live_room_id": one.live_room_id} for one in orders]
    rows = await tx.rows(_EARNINGS, **in_columns("asked", _ASKED, asked), at=at)
    return {order_id: _earning(found) for order_id, found in by_key(rows, "order_id", lambda row: row).items()}


def _earning(rows: Sequence[Row]) -> Earning:
    first, width = rows[0], len(commission_rate.c)
    earners = [_earner(first, "", 1, first["rate_bp"])]
    if first["inviter_id"] is not None:
        earners.append(_earner(first, "inviter_", 2, None))
    contract = first[-width - len(commission_contract.c) : -width]
    return Earning(
        earners,
        [_rule(row[-width:]) for row in rows if row["rule_id"] is not None],
        None if first["contract_id"] is None else _contract(contract),
        first["was_edited"],
        {UUID(line): tuple(map(UUID, above)) for line, above in (first["categories"] or {}).items()},
    )


def _earner(row: Row, prefix: str, level: int, tier_bp: int | None) -> Earner:
    id_, member_id, status, tier_id = (row[prefix + name] for name in _EARNER)
    return Earner(level, id_, member_id, GuideStatus(status), tier_id, tier_bp)


def _contract(row: Row) -> Contract:
    id_, guide_id, rate_bp, product_ids, *rest = row
    return Contract(id_, guide_id, rate_bp, tuple(product_ids), *rest)


def _rule(row: Row) -> RateRule:
    id_, level, scope, *rest = row[: len(commission_rate.c)]
    return RateRule(id_, CommissionLevel(level), RateScope(scope), *rest)


_PRODUCTS = prepared(select(product.c.id).where(product.c.id == any_(bindparam("ids", type_=UUIDS))))


async def products_among(reading: Reading, ids: Sequence[UUID]) -> set[UUID]:
    """Those of the keys that are of products."""
    return {row[0] for row in await reading.rows(_PRODUCTS, ids=list(ids))}


_values = {column.name: bindparam(column.name, type_=column.type) for column in commission_rate.c}
_contract_values = {column.name: bindparam(column.name, type_=column.type) for column in commission_contract.c}
_ADD = insert(commission_rate).values(_values)
_SAVE = prepared(
    _ADD.on_conflict_do_update(
        index_elements=["id"], set_={name: _ADD.excluded[name] for name in ("ends_at", "version")}
    )
)
_SIGN = insert(commission_contract).values(_contract_values)
_SAVE_CONTRACT = prepared(
    _SIGN.on_conflict_do_update(
        index_elements=["id"], set_={name: _SIGN.excluded[name] for name in ("ends_at", "version")}
    )
)
_LOCK = prepared(
    select(*commission_rate.c).where(commission_rate.c.id == bindparam("id", type_=Uuid())).with_for_update()
)
_LOCK_CONTRACT = prepared(
    select(*commission_contract.c).where(commission_contract.c.id == bindparam("id", type_=Uuid())).with_for_update()
)
_RULES = Listing(
    select(*commission_rate.c),
    _rule,
    id=commission_rate.c.id,
    filters={
        "level": commission_rate.c.level,
        "scope": commission_rate.c.scope,
        "targetId": commission_rate.c.target_id,
        "isCampaign": commission_rate.c.is_campaign,
        "endsAt": commission_rate.c.ends_at,
    },
)
_CONTRACTS_OF = prepared(
    select(*commission_contract.c)
    .where(commission_contract.c.guide_id == any_(bindparam("guide_ids", type_=UUIDS)))
    .order_by(commission_contract.c.guide_id, commission_contract.c.id.desc())
)


async def save_rule(tx: Writing, rule: RateRule) -> None:
    """Keep a new rule, or the end of one that is locked."""
    await tx.execute(
        _SAVE,
        id=rule.id,
        level=rule.level.value,
        scope=rule.scope.value,
        target_id=rule.target_id,
        tier_id=rule.tier_id,
        is_campaign=rule.is_campaign,
        rate_bp=rule.rate_bp,
        fixed_minor=rule.fixed,
        starts_at=rule.starts_at,
        ends_at=rule.ends_at,
        version=rule.version,
    )


async def save_contract(tx: Writing, contract: Contract) -> None:
    """Keep a new contract, or the end of one that is locked."""
    values = {name: getattr(contract, name) for name in _contract_values}
    await tx.execute(_SAVE_CONTRACT, **values)


async def lock_rule(tx: Writing, rule_id: UUID) -> RateRule | None:
    """Find a rule and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=rule_id)
    return None if row is None else _rule(row)


async def lock_contract(tx: Writing, contract_id: UUID) -> Contract | None:
    """Find a contract and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK_CONTRACT, id=contract_id)
    return None if row is None else _contract(row)


async def rules(reading: Reading, request: PageRequest, where: Condition) -> Page[RateRule]:
    """A page of rules, the newest first."""
    return await _RULES.page(reading, request, where=where, descending=True)


async def contracts_of(reading: Reading, guide_ids: Sequence[UUID]) -> dict[UUID, list[Contract]]:
    """The contracts of each guide, the newest first."""
    return by_key(await reading.rows(_CONTRACTS_OF, guide_ids=list(guide_ids)), "guide_id", _contract)
