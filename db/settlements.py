"""Settlements: how stores settle, version by version, their bills, and what became of those."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Date,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    any_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import distinct_on, insert

from db.connection import Reading, Row, Writing, by_key
from db.listing import Listing
from db.metadata import UUIDS, amount, key, members_of, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from db.store_flows import store_flow
from domain.filters import Condition
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.records import record
from domain.settlements import (
    Bearer,
    BillChange,
    BillState,
    CutOff,
    SettlementBill,
    SettlementCycle,
    SettlementMode,
    SettlementProfile,
)

settlement_profile = Table(
    "settlement_profile",
    metadata,
    key(),
    refers_to("org_unit", "store_id"),
    Column("version", Integer(), nullable=False),
    *one_of("mode", SettlementMode),
    *one_of("cycle", SettlementCycle),
    Column("days", Integer(), nullable=False),
    Column("platform_fee_bp", Integer(), nullable=False),
    *one_of("commission_bearer", Bearer),
    *one_of("coupon_bearer", Bearer),
    *one_of("cut_off", CutOff),
    moment("since"),
    refers_to("member", "by_member_id", optional=True),
    CheckConstraint("platform_fee_bp BETWEEN 0 AND 10000", name="fee_is_a_share"),
    CheckConstraint("days > 0", name="days_are_some"),
    UniqueConstraint("store_id", "version"),
)

settlement_bill = Table(
    "settlement_bill",
    metadata,
    key(),
    Column("number", Text(), nullable=False, unique=True),
    refers_to("org_unit", "store_id"),
    refers_to("settlement_profile", "profile_id"),
    Column("first_day", Date(), nullable=False),
    Column("last_day", Date(), nullable=False),
    *one_of("state", BillState),
    Column("version", Integer(), nullable=False),
    amount("amount_minor"),
    words("currency"),
    Column("flows", Integer(), nullable=False),
    moment("made_at"),
    moment("issued_at", optional=True),
    moment("checked_at", optional=True),
    moment("paid_at", optional=True),
    words("reference"),
    CheckConstraint("first_day <= last_day", name="ends_after_it_began"),
    CheckConstraint("(state = 'DRAFT') = (issued_at IS NULL)", name="issued_has_a_time"),
    CheckConstraint("(state IN ('CHECKED', 'PAID')) = (checked_at IS NOT NULL)", name="checked_has_a_time"),
    CheckConstraint("(state = 'PAID') = (paid_at IS NOT NULL)", name="paid_has_a_time"),
    UniqueConstraint("store_id", "first_day", "last_day"),
    Index(None, "store_id", "id"),
    Index(None, "state", "id"),
)

settlement_bill_change = Table(
    "settlement_bill_change",
    metadata,
    Column("id", BigInteger(), Identity(always=True), primary_key=True),
    refers_to("settlement_bill", "bill_id", index=True),
    *one_of("from_state", BillState, optional=True),
    *one_of("to_state", BillState),
    Column("version", Integer(), nullable=False),
    Column("actor_id", Uuid()),
    words("reason"),
    moment("at"),
)

_PROFILE = list(settlement_profile.c)
_BILL = list(settlement_bill.c)
_MODES, _CYCLES, _BEARERS = members_of(SettlementMode), members_of(SettlementCycle), members_of(Bearer)
_CUT_OFFS, _STATES = members_of(CutOff), members_of(BillState)


def _profile(row: Row) -> SettlementProfile:
    return SettlementProfile(
        row["id"],
        row["store_id"],
        row["version"],
        _MODES[row["mode"]],
        _CYCLES[row["cycle"]],
        row["days"],
        row["platform_fee_bp"],
        _BEARERS[row["commission_bearer"]],
        _BEARERS[row["coupon_bearer"]],
        _CUT_OFFS[row["cut_off"]],
        row["since"],
        row["by_member_id"],
    )


def _bill(row: Row) -> SettlementBill:
    money = Money(row["amount_minor"], row["currency"])
    plain = {c.name: row[c.name] for c in _BILL if c.name not in ("state", "amount_minor", "currency")}
    return SettlementBill(state=_STATES[row["state"]], amount=money, **plain)


def _values(table: Table, value: object) -> dict[str, Any]:
    """The columns of a table as its value has them; states and kinds as text."""
    values = {c.name: getattr(value, c.name) for c in table.c if hasattr(value, c.name)}
    return {name: getattr(one, "value", one) for name, one in values.items()}


_ADD_PROFILE = prepared(insert(settlement_profile).values({c.name: bindparam(c.name, type_=c.type) for c in _PROFILE}))
_OF_STORES = (
    select(*_PROFILE)
    .where(settlement_profile.c.store_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(settlement_profile.c.store_id, settlement_profile.c.version.desc())
)
_PROFILES = prepared(_OF_STORES)
_LOCK_PROFILE = prepared(
    select(*_PROFILE)
    .where(settlement_profile.c.store_id == bindparam("store_id", type_=Uuid()))
    .order_by(settlement_profile.c.version.desc())
    .limit(1)
    .with_for_update(key_share=True)
)


async def add_profile(tx: Writing, profile: SettlementProfile) -> None:
    """Keep a new version of how a store settles."""
    await tx.execute(_ADD_PROFILE, **_values(settlement_profile, profile))


async def profiles_of(reading: Reading, store_ids: Sequence[UUID]) -> dict[UUID, list[SettlementProfile]]:
    """The versions of how each store settles, the latest first."""
    return by_key(await reading.rows(_PROFILES, ids=list(store_ids)), "store_id", _profile)


async def lock_profile(tx: Writing, store_id: UUID) -> SettlementProfile | None:
    """How a store settles now; its bills are made one after the other until the transaction ends."""
    row = await tx.row(_LOCK_PROFILE, store_id=store_id)
    return None if row is None else _profile(row)


_LATEST = (
    select(*_PROFILE)
    .ext(distinct_on(settlement_profile.c.store_id))
    .order_by(settlement_profile.c.store_id, settlement_profile.c.version.desc())
    .subquery("latest")
)


def _oldest(dated: Column[Any]) -> ColumnElement[Any]:
    """Of when the oldest flow is that is in no bill: the first entry of an index."""
    unbilled = (store_flow.c.store_id == _LATEST.c.store_id, store_flow.c.bill_id.is_(None))
    return select(func.min(dated)).where(*unbilled).correlate(_LATEST).scalar_subquery()


_BY_EVENT = _LATEST.c.cut_off == literal_column(f"'{CutOff.EVENT.value}'")
_BILLED = select(func.max(settlement_bill.c.last_day)).where(settlement_bill.c.store_id == _LATEST.c.store_id)
_OLDEST = select(
    *_LATEST.c,
    case((_BY_EVENT, _oldest(store_flow.c.at)), else_=_oldest(store_flow.c.final_at)).label("oldest"),
    _BILLED.correlate(_LATEST).scalar_subquery().label("billed"),
).subquery("waiting")
_WAITING = prepared(select(*_OLDEST.c).where(_OLDEST.c.oldest.is_not(None)).order_by(_OLDEST.c.oldest))


@record
class Waiting:
    """A store of which something is in no bill: of when the oldest of it is, and up to which day there are bills."""

    profile: SettlementProfile
    oldest: datetime
    billed: date | None


async def waiting(reading: Reading) -> list[Waiting]:
    """The stores of which something is in no bill, and how each settles now."""
    return [Waiting(_profile(row), row["oldest"], row["billed"]) for row in await reading.rows(_WAITING)]


_ADD = prepared(
    insert(settlement_bill)
    .values({c.name: bindparam(c.name, type_=c.type) for c in _BILL})
    .on_conflict_do_nothing(index_elements=["store_id", "first_day", "last_day"])
)
_OF_PERIOD = prepared(
    select(*_BILL).where(
        settlement_bill.c.store_id == bindparam("store_id", type_=Uuid()),
        settlement_bill.c.first_day == bindparam("first_day", type_=Date()),
        settlement_bill.c.last_day == bindparam("last_day", type_=Date()),
    )
)
_BILLS_BY_ID = prepared(select(*_BILL).where(settlement_bill.c.id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    select(*_BILL).where(settlement_bill.c.id == bindparam("bill_id", type_=Uuid())).with_for_update(key_share=True)
)
_KEPT = ("id", "number", "store_id", "profile_id", "first_day", "last_day", "made_at")
_SAVE = prepared(
    update(settlement_bill)
    .where(settlement_bill.c.id == bindparam("of_id", type_=Uuid()))
    .values({c.name: bindparam(c.name, type_=c.type) for c in _BILL if c.name not in _KEPT})
)
_CHANGE_COLUMNS = [c for c in settlement_bill_change.c if c.name != "id"]
_ADD_CHANGE = prepared(
    insert(settlement_bill_change).values({c.name: bindparam(c.name, type_=c.type) for c in _CHANGE_COLUMNS})
)
_CHANGES = prepared(
    select(*_CHANGE_COLUMNS)
    .where(settlement_bill_change.c.bill_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(settlement_bill_change.c.id)
)


async def add(tx: Writing, bill: SettlementBill) -> bool:
    """Keep a new bill; False when its store has one of this period."""
    return await tx.execute(_ADD, **_values(settlement_bill, bill), **_money(bill)) > 0


async def of_period(reading: Reading, store_id: UUID, first_day: date, last_day: date) -> SettlementBill | None:
    row = await reading.row(_OF_PERIOD, store_id=store_id, first_day=first_day, last_day=last_day)
    return None if row is None else _bill(row)


async def lock(tx: Writing, bill_id: UUID) -> SettlementBill | None:
    """A bill, which nobody else changes until the transaction ends."""
    row = await tx.row(_LOCK, bill_id=bill_id)
    return None if row is None else _bill(row)


async def save(tx: Writing, bill: SettlementBill) -> None:
    """Keep what changed of a locked bill."""
    await tx.execute(_SAVE, of_id=bill.id, **_values(settlement_bill, bill), **_money(bill))


def _money(bill: SettlementBill) -> dict[str, Any]:
    return {"amount_minor": bill.amount.minor, "currency": bill.amount.currency}


async def bills_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, SettlementBill]:
    return {row["id"]: _bill(row) for row in await reading.rows(_BILLS_BY_ID, ids=list(ids))}


async def log(tx: Writing, change: BillChange) -> None:
    """Note what became of a bill."""
    await tx.execute(_ADD_CHANGE, **_values(settlement_bill_change, change))


def _change(row: Row) -> BillChange:
    bill_id, before, after, version, actor_id, reason, at = row
    return BillChange(
        bill_id, None if before is None else _STATES[before], _STATES[after], version, actor_id, reason, at
    )


async def changes_of(reading: Reading, bill_ids: Sequence[UUID]) -> dict[UUID, list[BillChange]]:
    """What became of each bill, the first first."""
    return by_key(await reading.rows(_CHANGES, ids=list(bill_ids)), "bill_id", _change)


_FILTERS = {
    "storeId": settlement_bill.c.store_id,
    "state": settlement_bill.c.state,
}
_OF_UNITS: Listing[SettlementBill] = Listing(
    select(*_BILL).where(settlement_bill.c.store_id == any_(bindparam("units", type_=UUIDS))),
    _bill,
    id=settlement_bill.c.id,
    filters=_FILTERS,
)


async def bills(
    reading: Reading, request: PageRequest, where: Condition, units: Collection[UUID]
) -> Page[SettlementBill]:
    """A page of the bills of some stores, the newest first."""
    return await _OF_UNITS.page(reading, request, where=where, descending=True, units=list(units))
