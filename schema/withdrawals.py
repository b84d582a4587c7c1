"""Withdrawals: what guides take out, and what finance decides about it (R05, product rules 2.1.6)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import pages
from domain import withdrawals as rules
from domain.identity import Scope
from domain.withdrawals import WithdrawalState
from resolvers import withdrawals
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, condition_of
from schema.guides import Guide
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.money import Money, MoneyInput
from schema.node import Node

described(
    WithdrawalState,
    "Where a withdrawal stands.",
    REQUESTED="Waits for finance to approve it.",
    APPROVED="Waits to be sent.",
    TRANSFERRING="WeChat was asked to transfer it.",
    WAIT_USER_CONFIRM="Waits for the guide to say yes in WeChat, until `confirmBy`.",
    PAID="Arrived.",
    REJECTED="Finance said no; the amount came back.",
    FAILED="WeChat could not transfer it; the amount came back.",
    EXPIRED="The guide did not say yes within 24 hours; the amount came back.",
    CANCELLED="Called off; the amount came back.",
)


@object_type(
    scope=Scope.MEMBER,
    description="What `wx.requestMerchantTransfer` takes, by which a guide says yes to being paid.",
    record=withdrawals.Confirmation,
)
class WithdrawalConfirmation:
    app_id: str = attribute("`appId`: the app.")
    merchant_id: str = attribute("`mchId`: who pays.")
    package: str = attribute("`package`: the transfer.")


@object_type(
    scope=Scope.MEMBER,
    description="Money on its way out of a guide's wallet. Only the guide and finance see it.",
    record=rules.Withdrawal,
)
class Withdrawal(Node):
    id: strawberry.ID = identifier(Kind.WITHDRAWAL)
    guide: Guide = batched(withdrawals.guides_of, "Who takes it out.")
    amount: Money = attribute("What left the wallet.")
    fee: Money = attribute("What the brand keeps of it.")
    transferred: Money = derived(lambda one: one.transferred, "What arrives.")
    state: WithdrawalState = attribute("Where it stands.")
    real_name: str | None = attribute("The real name that WeChat is told; null when none was given.")
    created_at: datetime = attribute("When it was asked for.")
    decided_at: datetime | None = attribute("When finance decided; null when nobody had to.")
    decided_by_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "decided_by", description="Who of finance decided; null when nobody had to."
    )
    note: str = attribute("What finance said to it; a rejection has a reason.")
    confirmation: WithdrawalConfirmation | None = batched(
        withdrawals.confirmations_of,
        "For the guide to say yes in WeChat; null for everybody else, and when there is nothing to confirm.",
    )
    confirm_by: datetime | None = attribute("Until when the guide can say yes in WeChat.")
    reference: str | None = attribute("WeChat's number of the transfer.")
    failure: str = attribute("Why it was not transferred, or not yet, in WeChat's words; empty if nothing went wrong.")
    attempts: int = attribute("How often WeChat was asked.", scope=Scope.FINANCE)
    finished_at: datetime | None = attribute("When it arrived or came back.")
    version: int = attribute("Rises with each step; decisions state it.")


@strawberry.input(description="Which withdrawals; all conditions must hold. AND, OR and NOT nest to depth 3.")
class WithdrawalWhere:
    state: EnumFilter[WithdrawalState] | None = strawberry.field(default=UNSET, description="Where it stands.")
    guide_id: IdFilter | None = strawberry.field(default=UNSET, description="Who takes it out.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was asked for.")
    AND: list[WithdrawalWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[WithdrawalWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: WithdrawalWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_NAMES = {"state": "state", "guide_id": "guideId", "created_at": "createdAt"}
_IDS = {"guideId": Kind.GUIDE}


async def _mine(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[WithdrawalWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await withdrawals.mine(ctx, request, condition_of(where, _IDS, _NAMES))


async def _all(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[WithdrawalWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await withdrawals.withdrawals(ctx, request, condition_of(where, _IDS, _NAMES))


async def _one(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.WITHDRAWAL, id)
    return None if key is None else (await withdrawals.by_id(ctx, [key])).get(key)


@strawberry.type
class WithdrawalQuery:
    my_withdrawals: Connection[Withdrawal] = query(
        _mine, "What the caller took out, as whichever guide they are or were, the newest first.", scope=Scope.MEMBER
    )
    withdrawals: Connection[Withdrawal] = query(_all, "What guides take out, the newest first.", scope=Scope.FINANCE)
    withdrawal: Withdrawal | None = query(
        _one, "One withdrawal; null when it is not the caller's, but for finance.", scope=Scope.MEMBER
    )


@strawberry.input(description="Money to take out.")
class WithdrawalRequestInput:
    amount: MoneyInput = strawberry.field(
        description="What leaves the wallet; `withdrawalTerms` has the bounds, `withdrawalQuote` the fee."
    )
    guide_id: strawberry.ID | None = strawberry.field(
        default=None, description="A guide that the caller is or was; the present one, or the last, if left out."
    )
    idempotency_key: str = strawberry.field(description="Chosen by the client; the same again takes nothing more.")

    def wanted(self) -> withdrawals.Wanted:
        guide_id = None if self.guide_id is None else key_of(Kind.GUIDE, self.guide_id, "input", "guideId")
        return withdrawals.Wanted(self.amount.value(), guide_id, self.idempotency_key)


@strawberry.input(description="A withdrawal to be approved.")
class WithdrawalApproveInput:
    withdrawal_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int = strawberry.field(description="The version that was looked at; another one refuses it.")
    note: str = strawberry.field(default="", description="What there is to say to it, at most 200 characters.")


@strawberry.input(description="A withdrawal to be rejected.")
class WithdrawalRejectInput:
    withdrawal_id: strawberry.ID = strawberry.field(description="Which one.")
    expected_version: int = strawberry.field(description="The version that was looked at; another one refuses it.")
    note: str = strawberry.field(description="Why, for the guide to read: 1 to 200 characters.")


@strawberry.input(description="A withdrawal to be called off.")
class WithdrawalCancelInput:
    withdrawal_id: strawberry.ID = strawberry.field(description="Which one.")


@object_type(scope=Scope.VISITOR, description="A withdrawal that was asked for, decided or called off.")
class WithdrawalPayload(Payload):
    withdrawal: Withdrawal | None = attribute("The withdrawal as it is now.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


async def _request(ctx: Context, *, input: WithdrawalRequestInput) -> Any:
    found, replayed = await withdrawals.request(ctx, input.wanted())
    return WithdrawalPayload.of(withdrawal=found, replayed=replayed)


async def _approve(ctx: Context, *, input: WithdrawalApproveInput) -> Any:
    return await _decided(ctx, input, approved=True)


async def _reject(ctx: Context, *, input: WithdrawalRejectInput) -> Any:
    return await _decided(ctx, input, approved=False)


async def _decided(ctx: Context, input: WithdrawalApproveInput | WithdrawalRejectInput, *, approved: bool) -> Any:
    key = key_of(Kind.WITHDRAWAL, input.withdrawal_id, "input", "withdrawalId")
    found = await withdrawals.decide(ctx, key, input.expected_version, input.note, approved=approved)
    return WithdrawalPayload.of(withdrawal=found)


async def _cancel(ctx: Context, *, input: WithdrawalCancelInput) -> Any:
    key = key_of(Kind.WITHDRAWAL, input.withdrawal_id, "input", "withdrawalId")
    return WithdrawalPayload.of(withdrawal=await withdrawals.cancel(ctx, key))


@strawberry.type
class WithdrawalMutation:
    withdrawal_request: WithdrawalPayload | None = mutation(
        _request,
        WithdrawalPayload,
        "Take money out of one's wallet, to one's WeChat. It leaves what is available at once, and comes back whole if "
        "it does not arrive.",
        scope=Scope.MEMBER,
        money=True,
    )
    withdrawal_approve: WithdrawalPayload | None = mutation(
        _approve,
        WithdrawalPayload,
        "Let a withdrawal be paid: never one's own.",
        scope=Scope.FINANCE,
    )
    withdrawal_reject: WithdrawalPayload | None = mutation(
        _reject, WithdrawalPayload, "Give a withdrawal back, with a reason: never one's own.", scope=Scope.FINANCE
    )
    withdrawal_cancel: WithdrawalPayload | None = mutation(
        _cancel,
        WithdrawalPayload,
        "Call one's own withdrawal off: at once before it is sent, and by way of WeChat while it waits for one's yes.",
        scope=Scope.MEMBER,
    )


NODES = {Kind.WITHDRAWAL: withdrawals.by_id}
