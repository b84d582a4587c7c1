"""What can be asked of withdrawals: take money out, approve, reject and call off, and see what became of it (2.1.6).

The amount leaves what is available with the request, under the locks of the wallet, so that of several who want all
of it one gets it. It comes back once, whatever goes wrong, since what was decided stays so.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.commissions
import db.guides
import db.idempotency
import db.ledger
import db.outbox
import db.withdrawals
from db.connection import Writing
from domain import withdrawals as rules
from domain.commissions import Wallet
from domain.filters import Condition, check_depth
from domain.guides import Guide
from domain.idempotency import Request, request_of
from domain.identity import Scope
from domain.money import Money
from domain.pages import Page, PageRequest
from domain.payments import MethodNotOffered
from domain.payouts import NoPayoutAccount, PayoutAccount
from domain.records import record
from domain.refusals import NotFound
from domain.store_days import day_of
from domain.wallets import KEPT
from domain.withdrawals import RETURNED, DayLimit, Quote, Withdrawal, WithdrawalState
from resolvers.context import Context


@record
class Wanted:
    """How much a guide wants to take out. `guide_id` None: of the guide that the caller is, or was last."""

    amount: Money
    guide_id: UUID | None
    idempotency_key: str

    def request(self, member_id: UUID) -> Request:
        """Everything that the effect depends on."""
        values = {"amount": self.amount.minor, "currency": self.amount.currency, "guide": self.guide_id}
        return request_of(f"member:{member_id.hex}", "withdrawalRequest", self.idempotency_key, values)


async def quote(ctx: Context, amount: Money) -> Quote:
    """What taking an amount out would be.

    Raises:
        BadInput: so little or so much cannot be taken out.
    """
    return rules.quote(amount, ctx.services.rules.withdrawal, "amount")


async def request(ctx: Context, wanted: Wanted) -> tuple[Withdrawal, bool]:
    """Take money out of the caller's own wallet. True: it was asked for before.

    Raises:
        BadInput: so little or so much cannot be taken out.
        MethodNotOffered: nobody pays people here.
        NotFound: the caller is no such guide.
        NoPayoutAccount: it is not known where the money would go.
        DayLimit: it is too much for this day, or too often.
        WrongState, PayoutAccountTooNew, RealNameNeeded, InsufficientBalance: as domain.withdrawals.request.
        KeyReused: the idempotency key belongs to another request.
    """
    quoted = rules.quote(wanted.amount, ctx.services.rules.withdrawal, "input", "amount")
    if ctx.services.transfers is None:
        raise MethodNotOffered
    key = wanted.request(ctx.member_id)
    async with ctx.database.writing() as tx:
        answered = await db.idempotency.claim(tx, key, ctx.now())
        if answered is not None:
            known = UUID(hex=answered)
            return (await db.withdrawals.by_id(tx, [known]))[known], True
        new = await _request(ctx, tx, await _own_guide(ctx, tx, wanted.guide_id), quoted)
        await db.idempotency.answer(tx, key, new.id.hex)
    return new, False


async def _request(ctx: Context, tx: Writing, guide: Guide, quoted: Quote) -> Withdrawal:
    terms, account = ctx.services.rules.withdrawal, await _account(ctx, tx)
    day, amount = day_of(ctx.now(), ctx.services.rules.time_zone), quoted.amount.minor
    if not await db.withdrawals.count_in(tx, ctx.member_id, day, amount, terms.times_a_day, terms.most_a_day):
        times, taken = await db.withdrawals.counted_on(tx, ctx.member_id, day)
        left = 0 if times >= terms.times_a_day else terms.most_a_day - taken
        raise DayLimit(left, path=("input", "amount"))
    wallet = await lock_wallet(tx, guide.id)
    new = rules.request(ctx.new_id(), guide, wallet, account, quoted, terms, ctx.now())
    await db.withdrawals.add(tx, new)
    await _tell(ctx, tx, None, new, wallet)
    return new


async def _own_guide(ctx: Context, tx: Writing, guide_id: UUID | None) -> Guide:
    """The guide that the caller is or was."""
    own = {one.id: one for one in await db.guides.all_of_member(tx, ctx.member_id)}
    found = next(iter(own.values()), None) if guide_id is None else own.get(guide_id)
    if found is None:
        raise NotFound(path=("input", "guideId"))
    return found


async def _account(ctx: Context, tx: Writing) -> PayoutAccount:
    """Where the caller's money goes: what was settled, or else the WeChat by which they come, from now on."""
    settled = await db.withdrawals.lock_account(tx, ctx.member_id)
    if settled is not None:
        return settled
    known = await db.withdrawals.known_account(tx, ctx.member_id, ctx.services.wechat.app_id)
    if known is None:
        raise NoPayoutAccount
    await db.withdrawals.keep_account(tx, known)
    return await db.withdrawals.lock_account(tx, ctx.member_id) or known


async def lock_wallet(tx: Writing, guide_id: UUID) -> Wallet:
    """A guide's wallet, kept as it is until the transaction ends: the last that it locks."""
    balances = await db.ledger.lock_balances(tx, [account(guide_id) for account in KEPT])
    return db.commissions.wallets_of([guide_id], balances)[guide_id]


async def _tell(
    ctx: Context, tx: Writing, before: Withdrawal | None, after: Withdrawal, wallet: Wallet | None = None
) -> None:
    """Tell where a withdrawal has come to, and move its money: what begins or ends comes with its wallet, locked."""
    kind = rules.FACTS[WithdrawalState.REQUESTED if before is None else after.state]
    await db.outbox.tell(tx, kind, "withdrawal", after.id, rules.fact_of(after), ctx.now())
    if wallet is not None:
        key, postings = rules.postings_of(before, after, wallet)
        await db.ledger.post(tx, key, postings, ctx.now())


async def keep(ctx: Context, tx: Writing, before: Withdrawal, after: Withdrawal) -> None:
    """Keep where a locked withdrawal stands; what is over moves its money, and what came back is not counted."""
    if after == before:
        return
    await db.withdrawals.save(tx, after)
    if after.state is before.state:
        return
    if after.state in RETURNED:
        day = day_of(after.created_at, ctx.services.rules.time_zone)
        await db.withdrawals.count_out(tx, after.member_id, day, after.amount.minor)
    wallet = None if after.finished_at is None else await lock_wallet(tx, after.guide_id)
    await _tell(ctx, tx, before, after, wallet)


async def _lock(tx: Writing, withdrawal_id: UUID) -> Withdrawal:
    found = await db.withdrawals.lock(tx, withdrawal_id)
    if found is None:
        raise NotFound(path=("input", "withdrawalId"))
    return found


async def decide(ctx: Context, withdrawal_id: UUID, expected_version: int, note: str, *, approved: bool) -> Withdrawal:
    """Approve or reject what a guide wants to take out, as finance.

    Raises:
        NotFound: there is no such withdrawal.
        FourEyes, WrongState, StaleVersion, BadInput: as domain.withdrawals.decide.
    """
    async with ctx.database.writing() as tx:
        before = await _lock(tx, withdrawal_id)
        after = rules.decide(
            before, approved=approved, by=ctx.member_id, note=note, expected_version=expected_version, at=ctx.now()
        )
        await keep(ctx, tx, before, after)
    return after


async def cancel(ctx: Context, withdrawal_id: UUID) -> Withdrawal:
    """Call one's own withdrawal off: at once before it is sent, or at the provider while it waits for one's yes.

    Raises:
        NotFound: the caller has no such withdrawal.
        WrongState: it is being sent, or is over.
        ProviderUnavailable: it waits for one's yes, and may have been called off; asking again does no harm.
        ProviderRefused: it waited for one's yes, and cannot be called off any more.
    """
    async with ctx.database.writing() as tx:
        before = await _lock(tx, withdrawal_id)
        if before.member_id != ctx.member_id:
            raise NotFound(path=("input", "withdrawalId"))
        if before.state is not WithdrawalState.WAIT_USER_CONFIRM:
            after = rules.cancel(before, ctx.now())
            await keep(ctx, tx, before, after)
            return after
    return await _cancel_sent(ctx, before)


async def _cancel_sent(ctx: Context, sent: Withdrawal) -> Withdrawal:
    """Have the provider call it off, and believe what it then tells; what is not over yet the job asks about."""
    provider = ctx.services.transfers
    if provider is None:
        raise MethodNotOffered
    asked = sent.asked(ctx.services.rules.withdrawal)
    await provider.cancel_transfer(asked)
    told = await provider.query_transfer(asked)
    async with ctx.database.writing() as tx:
        before = await _lock(tx, sent.id)
        after = before if told is None else rules.told_of(before, told, ctx.now())
        await keep(ctx, tx, before, after)
    return after


async def mine(ctx: Context, request: PageRequest, where: Condition) -> Page[Withdrawal]:
    """A page of what the caller took out, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.withdrawals.of_member(ctx.reading, ctx.member_id, request, where)


async def withdrawals(ctx: Context, request: PageRequest, where: Condition) -> Page[Withdrawal]:
    """A page of all withdrawals, for finance, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.withdrawals.withdrawals(ctx.reading, request, where)


async def by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Withdrawal]:
    """Those of the withdrawals that are the caller's, or all for finance."""
    found = await db.withdrawals.by_id(ctx.reading, list(dict.fromkeys(ids)))
    may_see_all = ctx.holds(Scope.FINANCE)
    return {key: one for key, one in found.items() if may_see_all or one.member_id == ctx.principal.member_id}


async def guides_of(ctx: Context, found: Sequence[Withdrawal]) -> list[Guide]:
    """The guide who takes each out."""
    guides = await db.guides.guides_by_id(ctx.reading, sorted({one.guide_id for one in found}))
    return [guides[one.guide_id] for one in found]


@record
class Confirmation:
    """What the phone of a person needs to say yes to being paid."""

    app_id: str
    merchant_id: str
    package: str


async def confirmations_of(ctx: Context, found: Sequence[Withdrawal]) -> list[Confirmation | None]:
    """What the phone of the person who is paid needs to say yes; nobody else's."""
    payer = ("", "") if ctx.services.transfers is None else ctx.services.transfers.payer
    return [
        Confirmation(*payer, one.confirmation)
        if one.confirmation is not None and one.member_id == ctx.principal.member_id
        else None
        for one in found
    ]
