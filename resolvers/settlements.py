"""What can be asked of settlements: how a store settles, its bills, and how they go from one hand to the other (R03).

FINANCE makes a bill, issues and pays it; who runs the store checks it, or disputes it, which returns it to FINANCE in a
new version. What is in a bill stays in it; it is corrected by one flow more.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import db.idempotency
import db.ledger
import db.outbox
import db.settlements
import db.store_flows
import db.stores
from db.connection import Writing
from domain import settlements as rules
from domain.filters import Condition, check_depth
from domain.idempotency import request_of
from domain.identity import Role
from domain.ledger import Posting
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.records import record
from domain.refusals import BadInput, NotAllowed, NotFound, same_version, text_within
from domain.settlements import (
    BillChange,
    BillState,
    FlowKind,
    NothingToSettle,
    ProfileDraft,
    SettlementBill,
    SettlementProfile,
    StoreFlow,
)
from domain.store_days import day_of
from domain.stores import OrgUnit, UnitKind
from resolvers.context import Context

AT_ONCE = 50
LONGEST_REASON = 200
MOST_PROFILES = 100
"""Of one store, that are shown: the latest."""
READERS = (Role.STORE_MANAGER, Role.FINANCE)

_logger = logging.getLogger("yutang.settlements")


async def save_profile(
    ctx: Context, store_id: UUID, draft: ProfileDraft, expected_version: int | None
) -> SettlementProfile:
    """Say how a store settles what is paid from now on.

    Raises:
        BadInput: something is out of bounds.
        NotFound: there is no such store.
        NotAllowed: the caller does not keep its accounts.
        StaleVersion: it was changed since the caller read it.
    """
    draft = rules.check_profile(draft)
    async with ctx.database.writing() as tx:
        store = await _store(ctx, tx, store_id, Role.FINANCE, "storeId")
        old = await db.settlements.lock_profile(tx, store.id)
        same_version(0 if old is None else old.version, expected_version)
        version = 1 if old is None else old.version + 1
        new = SettlementProfile(
            id=ctx.new_id(),
            store_id=store.id,
            version=version,
            since=ctx.now(),
            by_member_id=ctx.member_id,
            **{name: getattr(draft, name) for name in draft.__dataclass_fields__},
        )
        await db.settlements.add_profile(tx, new)
        fact = {"store": store.id.hex, "version": version, "mode": new.mode.value, "fee_bp": new.platform_fee_bp}
        await db.outbox.tell(tx, "SettlementProfileSaved", "org_unit", store.id, fact, ctx.now())
    return new


async def _store(ctx: Context, tx: Writing, store_id: UUID, role: Role, name: str) -> OrgUnit:
    """A store at which the caller has a role; who may not know of its accounts finds none."""
    store = (await db.stores.units_by_id(tx, [store_id])).get(store_id)
    if store is None or store.kind is not UnitKind.STORE or not _may_read(ctx, store):
        raise NotFound(path=("input", name))
    if not ctx.principal.has_duty(role, store.path):
        raise NotAllowed(path=("input", name))
    return store


def _may_read(ctx: Context, store: OrgUnit) -> bool:
    return any(ctx.principal.has_duty(role, store.path) for role in READERS)


async def make(ctx: Context, store_id: UUID, first_day: date, last_day: date) -> SettlementBill:
    """Make the bill of a store for some days that are over, or give the one that there is.

    Raises:
        BadInput: the days are not over, too many, or the store does not settle.
        NotFound, NotAllowed: as for the store.
        NothingToSettle: nothing of them is left that is in no bill.
    """
    rules.check_period(first_day, last_day, day_of(ctx.now(), ctx.services.rules.time_zone))
    async with ctx.database.writing() as tx:
        await _store(ctx, tx, store_id, Role.FINANCE, "storeId")
        return await _make(ctx, tx, store_id, first_day, last_day, ctx.member_id)


async def _make(
    ctx: Context, tx: Writing, store_id: UUID, first_day: date, last_day: date, actor_id: UUID | None
) -> SettlementBill:
    profile = await db.settlements.lock_profile(tx, store_id)
    if profile is None:
        raise BadInput("a store that settles", "该门店未设置结算方式", path=("input", "storeId"))
    blank = _blank(ctx, profile, first_day, last_day)
    if not await db.settlements.add(tx, blank):
        found = await db.settlements.of_period(tx, store_id, first_day, last_day)
        assert found is not None, f"the bill of {store_id} for {first_day} vanished"
        return found
    until = rules.end_of(last_day, ctx.services.rules.time_zone)
    many, minor = await db.store_flows.take(tx, store_id, blank.id, profile.cut_off, until)
    if not many:
        raise NothingToSettle(path=("input", "firstDay"))
    bill = replace(blank, amount=Money(minor), flows=many)
    await db.settlements.save(tx, bill)
    await _tell(ctx, tx, "SettlementBillMade", None, bill, actor_id)
    return bill


def _blank(ctx: Context, profile: SettlementProfile, first_day: date, last_day: date) -> SettlementBill:
    bill_id = ctx.new_id()
    return SettlementBill(
        id=bill_id,
        number=rules.number_of(bill_id, last_day),
        store_id=profile.store_id,
        profile_id=profile.id,
        first_day=first_day,
        last_day=last_day,
        state=BillState.DRAFT,
        version=1,
        amount=Money(0),
        flows=0,
        made_at=ctx.now(),
    )


async def make_due(ctx: Context) -> int:
    """Make the bills whose period is over, each in a transaction of its own; returns how many, at most 50."""
    zone = ctx.services.rules.time_zone
    today, made = day_of(ctx.now(), zone), 0
    for one in await db.settlements.waiting(ctx.reading):
        first_day, last_day = rules.period_due(one.profile.cycle, one.profile.days, today)
        is_billed = one.billed is not None and one.billed >= last_day
        if is_billed or one.oldest >= rules.end_of(last_day, zone) or made == AT_ONCE:
            continue
        try:
            async with ctx.database.writing() as tx:
                await _make(ctx, tx, one.profile.store_id, first_day, last_day, None)
            made += 1
        except NothingToSettle:
            continue
        except Exception:
            _logger.exception("the bill of store %s could not be made", one.profile.store_id)
    return made


async def issue(ctx: Context, bill_id: UUID, expected_version: int | None) -> SettlementBill:
    """Hand a bill to its store: what is in it is owed now.

    Raises:
        NotFound, NotAllowed: as for its store.
        StaleVersion: it is of another version.
        WrongState: it is out already.
    """
    async with ctx.database.writing() as tx:
        bill = await _lock(ctx, tx, bill_id, Role.FINANCE, expected_version)
        out = rules.move(bill, BillState.OUT, ctx.now())
        await _save(ctx, tx, "SettlementBillIssued", bill, out)
        await _post(ctx, tx, f"{_key(out)}:issued", rules.issued(out, await _totals(tx, out)))
    return out


async def check(ctx: Context, bill_id: UUID, expected_version: int | None) -> SettlementBill:
    """Agree to a bill, as who runs its store.

    Raises:
        NotFound, NotAllowed: as for its store.
        StaleVersion: it is of another version.
        WrongState: it is not out.
    """
    async with ctx.database.writing() as tx:
        bill = await _lock(ctx, tx, bill_id, Role.STORE_MANAGER, expected_version)
        checked = rules.move(bill, BillState.CHECKED, ctx.now())
        await _save(ctx, tx, "SettlementBillChecked", bill, checked)
    return checked


async def dispute(ctx: Context, bill_id: UUID, expected_version: int | None, reason: str) -> SettlementBill:
    """Return a bill to FINANCE as who runs its store: nothing of it is owed until its next version is out.

    Raises:
        NotFound, NotAllowed: as for its store.
        StaleVersion: it is of another version.
        WrongState: it is not out, or paid.
        BadInput: there is no reason.
    """
    reason = text_within(reason, LONGEST_REASON, "input", "reason")
    async with ctx.database.writing() as tx:
        bill = await _lock(ctx, tx, bill_id, Role.STORE_MANAGER, expected_version)
        back = rules.move(bill, BillState.DRAFT, ctx.now())
        await _save(ctx, tx, "SettlementBillDisputed", bill, back, reason)
        await _post(ctx, tx, f"{_key(bill)}:withdrawn", rules.withdrawn(bill, await _totals(tx, bill)))
    return back


@record
class Adjusting:
    """One amount more in a bill that is not out, or less when below zero, and why."""

    bill_id: UUID
    amount: Money
    reason: str
    idempotency_key: str


async def adjust(ctx: Context, wanted: Adjusting) -> tuple[SettlementBill, bool]:
    """Correct a bill that is not out by one flow more. True when this very request was answered before.

    Raises:
        NotFound, NotAllowed: as for its store.
        WrongState: it is out.
        BadInput: the amount is nothing, or there is no reason.
        KeyReused: the idempotency key belongs to another request.
    """
    reason = text_within(wanted.reason, LONGEST_REASON, "input", "reason")
    values = {"bill": wanted.bill_id, "minor": wanted.amount.minor, "reason": reason}
    request = request_of(f"staff:{ctx.member_id.hex}", "settlementBillAdjust", wanted.idempotency_key, values)
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, request, ctx.now())
        bill = await _lock(ctx, tx, wanted.bill_id, Role.FINANCE, None)
        if answered is not None:
            return bill, True
        after, at = rules.adjusted(bill, wanted.amount), ctx.now()
        flow = StoreFlow(
            ctx.new_id(), bill.store_id, bill.profile_id, FlowKind.ADJUSTMENT, wanted.amount, at, at,
            source=wanted.idempotency_key, bill_id=bill.id, note=reason,
        )  # fmt: skip
        await db.store_flows.add(tx, [flow])
        await _save(ctx, tx, "SettlementBillAdjusted", bill, after, reason)
        await db.idempotency.answer(tx, request, flow.id.hex)
    return after, False


async def pay(ctx: Context, bill_id: UUID, reference: str, idempotency_key: str) -> tuple[SettlementBill, bool]:
    """Book that a bill was paid, by the number of the transfer. True when this very request was answered before.

    Raises:
        NotFound, NotAllowed: as for its store.
        WrongState: the store has not checked it, or it is paid.
        BadInput: there is no reference.
        KeyReused: the idempotency key belongs to another request.
    """
    reference = text_within(reference, 64, "input", "reference")
    values = {"bill": bill_id, "reference": reference}
    request = request_of(f"staff:{ctx.member_id.hex}", "settlementBillPay", idempotency_key, values)
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, request, ctx.now())
        bill = await _lock(ctx, tx, bill_id, Role.FINANCE, None)
        if answered is not None:
            return bill, True
        after = rules.move(bill, BillState.PAID, ctx.now(), reference)
        await _save(ctx, tx, "SettlementBillPaid", bill, after, reference)
        await db.idempotency.answer(tx, request, bill.id.hex)
        await _post(ctx, tx, f"bill:{bill.id.hex}:paid", rules.paid(after))
    return after, False


async def _lock(ctx: Context, tx: Writing, bill_id: UUID, role: Role, expected_version: int | None) -> SettlementBill:
    bill = await db.settlements.lock(tx, bill_id)
    if bill is None:
        raise NotFound(path=("input", "billId"))
    await _store(ctx, tx, bill.store_id, role, "billId")
    same_version(bill.version, expected_version)
    return bill


async def _totals(tx: Writing, bill: SettlementBill) -> Mapping[FlowKind, int]:
    found = (await db.store_flows.totals(tx, [bill.id])).get(bill.id, {})
    return {kind: minor for kind, (minor, _) in found.items()}


def _key(bill: SettlementBill) -> str:
    return f"bill:{bill.id.hex}:{bill.version}"


async def _post(ctx: Context, tx: Writing, key: str, postings: Sequence[Posting]) -> None:
    if postings:
        await db.ledger.post(tx, key, postings, ctx.now())


async def _save(
    ctx: Context, tx: Writing, kind: str, before: SettlementBill, after: SettlementBill, reason: str = ""
) -> None:
    await db.settlements.save(tx, after)
    await _tell(ctx, tx, kind, before, after, ctx.member_id, reason)


async def _tell(
    ctx: Context,
    tx: Writing,
    kind: str,
    before: SettlementBill | None,
    after: SettlementBill,
    actor_id: UUID | None,
    reason: str = "",
) -> None:
    began, at = None if before is None else before.state, ctx.now()
    await db.settlements.log(tx, BillChange(after.id, began, after.state, after.version, actor_id, reason, at))
    await db.outbox.tell(tx, kind, "settlement_bill", after.id, rules.fact_of(after), at)


async def bills(ctx: Context, request: PageRequest, where: Condition) -> Page[SettlementBill]:
    """A page of the bills of the stores that the caller runs or keeps the accounts of, the newest first."""
    check_depth(where)
    paths = [path for role in READERS for path in ctx.principal.paths_of(role)]
    units = await db.stores.units_below(ctx.reading, list(dict.fromkeys(paths)))
    return await db.settlements.bills(ctx.reading, request, where, units)


async def bills_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, SettlementBill]:
    """Those of the bills that the caller may see."""
    found = await db.settlements.bills_by_id(ctx.reading, list(dict.fromkeys(ids)))
    stores = await db.stores.units_by_id(ctx.reading, list({one.store_id for one in found.values()})) if found else {}
    return {key: one for key, one in found.items() if _may_read(ctx, stores[one.store_id])}


async def profiles_of(ctx: Context, store_id: UUID) -> list[SettlementProfile]:
    """How a store settles, the latest version first; none for those who neither run it nor keep its accounts."""
    store = (await db.stores.units_by_id(ctx.reading, [store_id])).get(store_id)
    if store is None or not _may_read(ctx, store):
        return []
    return (await db.settlements.profiles_of(ctx.reading, [store_id])).get(store_id, [])[:MOST_PROFILES]


@record
class KindTotal:
    """What the flows of one kind in a bill add up to."""

    kind: FlowKind
    amount: Money
    flows: int


async def totals_of(ctx: Context, found: Sequence[SettlementBill]) -> list[list[KindTotal]]:
    """What the flows in each bill add up to, kind by kind; all of them are the bill's amount."""
    sums = await db.store_flows.totals(ctx.reading, [bill.id for bill in found])
    return [_ordered(sums.get(bill.id, {}), bill.amount.currency) for bill in found]


def _ordered(sums: Mapping[FlowKind, tuple[int, int]], currency: str) -> list[KindTotal]:
    return [KindTotal(kind, Money(sums[kind][0], currency), sums[kind][1]) for kind in FlowKind if kind in sums]


async def flows_of(ctx: Context, found: Sequence[SettlementBill], request: PageRequest) -> list[Page[StoreFlow]]:
    """A page of each bill's flows, in their order."""
    return await db.store_flows.in_bills(ctx.reading, [bill.id for bill in found], request)


async def changes_of(ctx: Context, found: Sequence[SettlementBill]) -> list[list[BillChange]]:
    """What became of each bill, the first first."""
    changes = await db.settlements.changes_of(ctx.reading, [bill.id for bill in found])
    return [changes.get(bill.id, []) for bill in found]


async def stores_of(ctx: Context, found: Sequence[SettlementBill]) -> list[Any]:
    """The store of each bill."""
    stores = await db.stores.stores_by_id(ctx.reading, list({bill.store_id for bill in found}))
    return [stores[bill.store_id] for bill in found]
