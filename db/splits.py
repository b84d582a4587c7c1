"""Splits: tables of the rules by which departments share, and of what each gained and lost. Both are only added to.

Triggers of the migration refuse to change or delete rules and entries, and a rule whose shares do not come to 10,000
basis points when the transaction that makes it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    DateTime,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    column,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.channels import acquisition
from db.connection import Reading, Row, Writing, by_key
from db.metadata import UUIDS, amount, given_rows, in_columns, key, metadata, moment, refers_to, words
from db.order_tables import order
from db.statements import Statement, prepared
from db.sublists import Sublist
from db.uniqueness import keeping_unique
from domain.money import CNY, Money
from domain.pages import Page, PageRequest
from domain.share_figures import Days
from domain.splits import SALE, SplitBy, SplitEntry, SplitRule, SplitShare, SplitSum

split_rule = Table(
    "split_rule",
    metadata,
    key(),
    refers_to("channel", "channel_id"),
    moment("effective_from"),
    Column("period_days", Integer(), nullable=False),
    moment("created_at"),
    UniqueConstraint("channel_id", "effective_from"),
    Index(None, "channel_id", "id"),
    CheckConstraint("period_days >= 0", name="period_is_not_negative"),
)
split_share = Table(
    "split_share",
    metadata,
    refers_to("split_rule", "rule_id"),
    Column("position", Integer(), nullable=False),
    refers_to("department", "department_id"),
    Column("bp", Integer(), nullable=False),
    PrimaryKeyConstraint("rule_id", "position"),
    UniqueConstraint("rule_id", "department_id"),
    CheckConstraint("bp BETWEEN 1 AND 10000", name="bp_is_a_share"),
)
split_entry = Table(
    "split_entry",
    metadata,
    key(),
    refers_to("order", "order_id"),
    refers_to("split_rule", "rule_id"),
    refers_to("department", "department_id"),
    words("source"),
    amount("amount_minor"),
    words("currency"),
    Column("day", Date(), nullable=False),
    moment("at"),
    UniqueConstraint("order_id", "source", "department_id"),
    CheckConstraint("amount_minor <> 0", name="it_is_something"),
    Index(None, "department_id", "day"),
    Index(None, "day"),
)

_RULE, _SHARE, _ENTRY = list(split_rule.c), list(split_share.c), list(split_entry.c)
_shares = given_rows("shares", _SHARE)
_KEPT = insert(split_rule).values({c.name: bindparam(c.name, type_=c.type) for c in _RULE}).returning(split_rule.c.id)
_ADD_RULE = prepared(
    insert(split_share).from_select([c.name for c in _SHARE], select(*_shares.c)).add_cte(_KEPT.cte("kept"))
)
_IDS = bindparam("ids", type_=UUIDS)
_SHARES = prepared(
    select(*_SHARE).where(split_share.c.rule_id == any_(_IDS)).order_by(split_share.c.rule_id, split_share.c.position)
)


def _rule(row: Row) -> SplitRule:
    return SplitRule(row["id"], row["channel_id"], row["effective_from"], row["period_days"], (), row["created_at"])


def _share(row: Row) -> SplitShare:
    return SplitShare(row["department_id"], row["bp"])


def _entry(row: Row) -> SplitEntry:
    paid = Money(row["amount_minor"], row["currency"])
    ids = (row["id"], row["order_id"], row["rule_id"], row["department_id"])
    return SplitEntry(*ids, row["source"], paid, row["day"], row["at"])


async def add_rule(tx: Writing, rule: SplitRule) -> None:
    """Keep a rule with its shares: one statement.

    Raises:
        SlugTaken: another rule of the channel begins at the same instant.
    """
    rows = [
        {"rule_id": rule.id, "position": n, "department_id": one.department_id, "bp": one.bp}
        for n, one in enumerate(rule.shares)
    ]
    values = {c.name: getattr(rule, c.name) for c in _RULE}
    with keeping_unique({"uq_split_rule_channel_id_effective_from": ("input", "effectiveFrom")}):
        await tx.execute(_ADD_RULE, **values, **in_columns("shares", _SHARE, rows))


async def shares_of(reading: Reading, rule_ids: Sequence[UUID]) -> dict[UUID, list[SplitShare]]:
    """The shares of each rule, in their order."""
    return by_key(await reading.rows(_SHARES, ids=list(rule_ids)), "rule_id", _share)


_RULES = prepared(select(*_RULE).where(split_rule.c.id == any_(_IDS)))


async def rules_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, SplitRule]:
    """Rules by their ids, without their shares."""
    return {row["id"]: _rule(row) for row in await reading.rows(_RULES, ids=list(ids))}


_RULES_OF: Sublist[SplitRule] = Sublist(select(*_RULE), _rule, parent=split_rule.c.channel_id, id=split_rule.c.id)


async def rules_of(reading: Reading, channel_ids: Sequence[UUID], request: PageRequest) -> list[Page[SplitRule]]:
    """A page of the rules of each channel, in the order in which they were made, without their shares."""
    return await _RULES_OF.pages(reading, channel_ids, request)


_asked = (
    func.unnest(_IDS, bindparam("times", type_=ARRAY(DateTime(timezone=True))))
    .table_valued(column("id", Uuid()), column("paid_at", DateTime(timezone=True)))
    .render_derived(name="asked")
)
_latest = (
    select(split_rule.c.id, split_rule.c.period_days)
    .where(split_rule.c.channel_id == acquisition.c.channel_id, split_rule.c.effective_from <= _asked.c.paid_at)
    .order_by(split_rule.c.effective_from.desc())
    .limit(literal_column("1"))
    .correlate(acquisition, _asked)
    .lateral("latest")
)
_RULE_OF_ORDERS = prepared(
    select(order.c.id, order.c.goods_minor, order.c.currency, _latest.c.id.label("rule_id"))
    .select_from(
        _asked.join(order, order.c.id == _asked.c.id)
        .join(acquisition, acquisition.c.member_id == order.c.member_id)
        .join(_latest, true())
    )
    .where(
        order.c.goods_minor > 0,
        _asked.c.paid_at < acquisition.c.at + func.make_interval(0, 0, 0, _latest.c.period_days),
    )
)


async def rules_for(tx: Writing, paid: Mapping[UUID, datetime]) -> dict[UUID, tuple[UUID, Money]]:
    """The rule that holds for each order paid at a time, and what was paid for its goods; none where none holds."""
    rows = await tx.rows(_RULE_OF_ORDERS, ids=list(paid), times=list(paid.values()))
    return {row["id"]: (row["rule_id"], Money(row["goods_minor"], row["currency"])) for row in rows}


_given = given_rows("entries", _ENTRY)
_ADD = prepared(insert(split_entry).from_select([c.name for c in _ENTRY], select(*_given.c)))
_OF_ORDERS = prepared(
    select(*_ENTRY).where(split_entry.c.order_id == any_(_IDS)).order_by(split_entry.c.order_id, split_entry.c.id)
)


async def add(tx: Writing, entries: Sequence[SplitEntry]) -> None:
    """Keep entries. One that is there for its cause is a fault: it would be posted twice."""
    rows = [
        {c.name: getattr(one, c.name, None) for c in _ENTRY}
        | {"amount_minor": one.amount.minor, "currency": one.amount.currency}
        for one in entries
    ]
    await tx.execute(_ADD, **in_columns("entries", _ENTRY, rows))


async def of_orders(reading: Reading, order_ids: Sequence[UUID]) -> dict[UUID, list[SplitEntry]]:
    """What departments gained and lost by each order, in the order in which it was entered."""
    return by_key(await reading.rows(_OF_ORDERS, ids=list(order_ids)), "order_id", _entry)


_KEYS: dict[SplitBy, tuple[ColumnElement[Any], ...]] = {
    SplitBy.DEPARTMENT: (split_entry.c.department_id,),
    SplitBy.CHANNEL: (split_entry.c.department_id, split_rule.c.channel_id),
    SplitBy.DAY: (split_entry.c.department_id, split_entry.c.day),
}


@cache
def _report(by: SplitBy, with_channel: bool, with_department: bool) -> Statement:
    keys = _KEYS[by]
    is_sale = split_entry.c.source == literal_column(f"'{SALE}'")
    total = func.coalesce(func.sum(split_entry.c.amount_minor).filter(is_sale), 0)
    back = func.coalesce(func.sum(split_entry.c.amount_minor).filter(~is_sale), 0)
    query = (
        select(
            *keys,
            total.cast(BigInteger()).label("sales"),
            back.cast(BigInteger()).label("returned"),
            func.count().filter(is_sale).label("orders"),
        )
        .join(split_rule, split_rule.c.id == split_entry.c.rule_id)
        .where(
            split_entry.c.day.between(bindparam("first_day", type_=Date()), bindparam("last_day", type_=Date())),
            split_entry.c.currency == bindparam("currency", type_=Text()),
        )
        .group_by(*keys)
        .order_by(*keys)
        .limit(bindparam("most", type_=Integer()))
    )
    if with_channel:
        query = query.where(split_rule.c.channel_id == bindparam("channel_id", type_=Uuid()))
    if with_department:
        query = query.where(split_entry.c.department_id == bindparam("department_id", type_=Uuid()))
    return prepared(query)


async def report(reading: Reading, by: SplitBy, days: Days, of: Mapping[str, UUID], most: int) -> list[SplitSum]:
    """What departments gained and lost on these days, in one statement; by `channel_id` and `department_id` of `of`."""
    statement = _report(by, "channel_id" in of, "department_id" in of)
    rows = await reading.rows(statement, first_day=days.first, last_day=days.last, currency=CNY, most=most, **of)
    return [_sum(dict(row)) for row in rows]


def _sum(row: dict[str, Any]) -> SplitSum:
    day: date | None = row.get("day")
    money = Money(row["sales"]), Money(row["returned"])
    return SplitSum(row["department_id"], *money, row["orders"], row.get("channel_id"), day)
