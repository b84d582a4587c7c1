"""Settlements: how stores settle, and their bills (R03)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import pages
from domain import settlements as rules
from domain.identity import Scope
from domain.settlements import Bearer, BillState, CutOff, FlowKind, ProfileDraft, SettlementCycle, SettlementMode
from resolvers import settlements
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.errors import Payload
from schema.filters import EnumFilter, IdFilter, condition_of
from schema.ids import Kind, id_of, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node
from schema.settlement_words import PROFILE
from schema.stores import Store


@object_type(
    scope=Scope.STAFF, description="How a store settles, from a time on. What was paid before keeps its version."
)
class SettlementProfile:
    store_id: strawberry.ID = identifier(Kind.STORE, "store_id", description="The store.")
    version: int = attribute("Rises by one with each change.")
    mode: SettlementMode = attribute(PROFILE["mode"])
    cycle: SettlementCycle = attribute(PROFILE["cycle"])
    days: int = attribute(PROFILE["days"])
    platform_fee_bp: int = attribute(PROFILE["platform_fee_bp"])
    commission_bearer: Bearer = attribute(PROFILE["commission_bearer"])
    coupon_bearer: Bearer = attribute(PROFILE["coupon_bearer"])
    cut_off: CutOff = attribute(PROFILE["cut_off"])
    since: datetime = attribute("Since when.")


@object_type(
    scope=Scope.STAFF,
    description="One amount that a store is owed for one cause, or owes when it is below zero. It never changes, and "
    "is in one bill at most.",
)
class StoreFlow:
    kind: FlowKind = attribute("What it is for.")
    amount: Money = attribute("How much; below zero: the store owes it.")
    order_id: strawberry.ID | None = identifier(
        Kind.ORDER, "order_id", description="The order that it comes from; null for an adjustment."
    )
    line_id: strawberry.ID | None = identifier(
        Kind.ORDER_LINE, "line_id", description="The line of that order; null for an adjustment."
    )
    at: datetime = attribute("When it came about.")
    final_at: datetime | None = attribute("Since when its order cannot be given back; null while it can.")
    note: str = attribute("Why, for an adjustment; otherwise empty.")


@object_type(scope=Scope.STAFF, description="What the flows of one kind in a bill add up to.")
class BillTotal:
    kind: FlowKind = attribute("The kind.")
    amount: Money = attribute("Their sum.")
    flows: int = attribute("How many they are.")


@object_type(scope=Scope.STAFF, description="A step in the life of a bill.")
class BillChange:
    from_state: BillState | None = attribute("Where it was; null when it was made.")
    to_state: BillState = attribute("Where it went; the same when it was adjusted.")
    version: int = attribute("The version that it has since.")
    actor_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "actor_id", description="Who did it; null when the time had come."
    )
    reason: str = attribute("Why it was disputed or adjusted, or the number of the transfer; otherwise empty.")
    at: datetime = attribute("When.")


async def _flows(
    ctx: Context,
    parents: Any,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await settlements.flows_of(ctx, parents, pages.page_request(first, after, last, before))


def _download(bill: rules.SettlementBill) -> str:
    return f"/exports/settlement-bills/{id_of(Kind.SETTLEMENT_BILL, bill.id)}.xlsx"


@object_type(
    scope=Scope.STAFF,
    description="What a store and the brand owe each other for a period (结算单): the sum of its flows.",
    record=rules.SettlementBill,
)
class SettlementBill(Node):
    id: strawberry.ID = identifier(Kind.SETTLEMENT_BILL)
    number: str = attribute("Its number for people. Unique.")
    store: Store = batched(settlements.stores_of, "The store.")
    first_day: date = attribute("The first day of its period.")
    last_day: date = attribute("The last. What came too late for the bill of an earlier period is in this one.")
    state: BillState = attribute("How far it has come.")
    version: int = attribute("Rises by one with each dispute.")
    amount: Money = attribute("What the brand owes the store; below zero, what the store owes.")
    flow_count: int = derived(lambda bill: bill.flows, "How many flows are in it.")
    totals: list[BillTotal] = batched(settlements.totals_of, "Kind by kind; they sum to the amount.", cost=5)
    flows: Connection[StoreFlow] = batched(_flows, "Every flow in it, the first first.", cost=2)
    changes: list[BillChange] = batched(settlements.changes_of, "What became of it, the first first.", cost=5)
    made_at: datetime = attribute("When it was made.")
    issued_at: datetime | None = attribute("When this version was handed to the store (出账).")
    checked_at: datetime | None = attribute("When the store agreed (核对).")
    paid_at: datetime | None = attribute("When it was paid.")
    reference: str = attribute("The number of the transfer; empty until it is paid.")
    download_path: str = derived(
        _download,
        "Where it is as an XLSX workbook, on this server: GET it with the same Authorization header as this request.",
    )


@strawberry.input(description="Which bills; all conditions must hold.")
class SettlementBillWhere:
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store.")
    state: EnumFilter[BillState] | None = strawberry.field(default=UNSET, description="How far it has come.")
    AND: list[SettlementBillWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each holds.")
    OR: list[SettlementBillWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one holds.")
    NOT: SettlementBillWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


async def _bills(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[SettlementBillWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    condition = condition_of(where, {"storeId": Kind.STORE}, {"store_id": "storeId"})
    return await settlements.bills(ctx, pages.page_request(first, after, last, before), condition)


async def _bill(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.SETTLEMENT_BILL, id)
    return None if key is None else (await settlements.bills_by_id(ctx, [key])).get(key)


async def _profiles(
    ctx: Context, *, store_id: Annotated[strawberry.ID, strawberry.argument(description="The store.")]
) -> Any:
    key = key_if(Kind.STORE, store_id)
    return [] if key is None else await settlements.profiles_of(ctx, key)


@strawberry.type
class SettlementQuery:
    settlement_bills: Connection[SettlementBill] = query(
        _bills,
        "The bills of the stores that the caller runs or keeps the accounts of, the newest first.",
        scope=Scope.STAFF,
    )
    settlement_bill: SettlementBill | None = query(_bill, "One of them.", scope=Scope.STAFF)
    settlement_profiles: list[SettlementProfile] = query(
        _profiles,
        "How a store settles, the latest version first, at most 100; none while it does not settle.",
        scope=Scope.STAFF,
        cost=5,
    )


_EXPECTED = "The version that the caller read; another one refuses it."
_KEY = "Chosen by the client; the same again is answered as the first time."


@strawberry.input(description="How a store is to settle what is paid from now on.")
class SettlementProfileSaveInput:
    store_id: strawberry.ID = strawberry.field(description="The store.")
    expected_version: int | None = strawberry.field(default=None, description=f"{_EXPECTED} 0: there is none yet.")
    mode: SettlementMode = strawberry.field(description=PROFILE["mode"])
    cycle: SettlementCycle = strawberry.field(description=PROFILE["cycle"])
    days: int = strawberry.field(default=1, description=PROFILE["days"])
    platform_fee_bp: int = strawberry.field(description=PROFILE["platform_fee_bp"])
    commission_bearer: Bearer = strawberry.field(description=PROFILE["commission_bearer"])
    coupon_bearer: Bearer = strawberry.field(description=PROFILE["coupon_bearer"])
    cut_off: CutOff = strawberry.field(default=CutOff.FINALITY, description=PROFILE["cut_off"])

    def draft(self) -> ProfileDraft:
        """The profile that the input describes."""
        return ProfileDraft(
            self.mode,
            self.cycle,
            self.platform_fee_bp,
            self.commission_bearer,
            self.coupon_bearer,
            self.cut_off,
            self.days,
        )


@strawberry.input(description="A store and days that are over, at most 366.")
class SettlementBillMakeInput:
    store_id: strawberry.ID = strawberry.field(description="The store.")
    first_day: date = strawberry.field(description="The first day. What is older and in no bill is taken along.")
    last_day: date = strawberry.field(description="The last day, of the brand's calendar.")


@strawberry.input(description="A bill that is to go on.")
class SettlementBillMoveInput:
    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)


@strawberry.input(description="A bill that the store does not agree to.")
class SettlementBillDisputeInput:
    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED)
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")


@strawberry.input(description="One amount more in a bill.")
class SettlementBillAdjustInput:
    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    amount: MoneyInput = strawberry.field(description="How much more the store is owed; below zero: less.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A bill that was paid.")
class SettlementBillPayInput:
    bill_id: strawberry.ID = strawberry.field(description="The bill.")
    reference: str = strawberry.field(
        description="The number by which the bank or the provider knows the transfer, 1 to 64 characters."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@object_type(scope=Scope.VISITOR, description="How a store settles now.")
class SettlementProfilePayload(Payload):
    profile: SettlementProfile | None = attribute("The new version.", default=None)


@object_type(scope=Scope.VISITOR, description="A bill that was made, or went on.")
class SettlementBillPayload(Payload):
    bill: SettlementBill | None = attribute("The bill as it is now.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


def _key_of(given: str) -> Any:
    return key_of(Kind.SETTLEMENT_BILL, given, "input", "billId")


async def _save(ctx: Context, *, input: SettlementProfileSaveInput) -> Any:
    store_id = key_of(Kind.STORE, input.store_id, "input", "storeId")
    profile = await settlements.save_profile(ctx, store_id, input.draft(), input.expected_version)
    return SettlementProfilePayload.of(profile=profile)


async def _make(ctx: Context, *, input: SettlementBillMakeInput) -> Any:
    store_id = key_of(Kind.STORE, input.store_id, "input", "storeId")
    return SettlementBillPayload.of(bill=await settlements.make(ctx, store_id, input.first_day, input.last_day))


async def _issue(ctx: Context, *, input: SettlementBillMoveInput) -> Any:
    bill = await settlements.issue(ctx, _key_of(input.bill_id), input.expected_version)
    return SettlementBillPayload.of(bill=bill)


async def _check(ctx: Context, *, input: SettlementBillMoveInput) -> Any:
    bill = await settlements.check(ctx, _key_of(input.bill_id), input.expected_version)
    return SettlementBillPayload.of(bill=bill)


async def _dispute(ctx: Context, *, input: SettlementBillDisputeInput) -> Any:
    bill = await settlements.dispute(ctx, _key_of(input.bill_id), input.expected_version, input.reason)
    return SettlementBillPayload.of(bill=bill)


async def _adjust(ctx: Context, *, input: SettlementBillAdjustInput) -> Any:
    wanted = settlements.Adjusting(_key_of(input.bill_id), input.amount.value(), input.reason, input.idempotency_key)
    bill, replayed = await settlements.adjust(ctx, wanted)
    return SettlementBillPayload.of(bill=bill, replayed=replayed)


async def _pay(ctx: Context, *, input: SettlementBillPayInput) -> Any:
    bill, replayed = await settlements.pay(ctx, _key_of(input.bill_id), input.reference, input.idempotency_key)
    return SettlementBillPayload.of(bill=bill, replayed=replayed)


@strawberry.type
class SettlementMutation:
    settlement_profile_save: SettlementProfilePayload | None = mutation(
        _save,
        SettlementProfilePayload,
        "Say how a store settles what is paid from now on, as finance.",
        scope=Scope.STAFF,
    )
    settlement_bill_make: SettlementBillPayload | None = mutation(
        _make,
        SettlementBillPayload,
        "Make the bill of a store for some days, as finance; the same again gives the same bill.",
        scope=Scope.STAFF,
    )
    settlement_bill_issue: SettlementBillPayload | None = mutation(
        _issue,
        SettlementBillPayload,
        "Hand a bill to its store, as finance (出账); what is in it is owed from then on.",
        scope=Scope.STAFF,
        money=True,
    )
    settlement_bill_check: SettlementBillPayload | None = mutation(
        _check, SettlementBillPayload, "Agree to a bill, as who runs its store (核对).", scope=Scope.STAFF
    )
    settlement_bill_dispute: SettlementBillPayload | None = mutation(
        _dispute,
        SettlementBillPayload,
        "Return a bill that is not paid to finance, as who runs its store, in a new version; its flows stay in it.",
        scope=Scope.STAFF,
        money=True,
    )
    settlement_bill_adjust: SettlementBillPayload | None = mutation(
        _adjust,
        SettlementBillPayload,
        "Correct a bill that is not out by one amount more, as finance.",
        scope=Scope.STAFF,
        money=True,
    )
    settlement_bill_pay: SettlementBillPayload | None = mutation(
        _pay, SettlementBillPayload, "Book that a bill was paid, as finance.", scope=Scope.STAFF, money=True
    )


NODES = {Kind.SETTLEMENT_BILL: settlements.bills_by_id}
