"""What stored balances do for a payment, and what their holders can ask: see one, top it up.

`hold` and `put_back` run in the transaction of the payment (`resolvers.tenders`), whose order is locked; the accounts
of the ledger are locked last, in the order of their names.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.balances
import db.idempotency
import db.ledger
import db.outbox
import db.tenders
from db.connection import Writing
from domain import balances as rules
from domain.balances import StoredBalance, TopUp, TopUpOffer
from domain.idempotency import request_of
from domain.ledger import balance_bonus, balance_cash
from domain.members import Member
from domain.money import Money
from domain.orders import Order
from domain.refunds import OrderRefund
from domain.refusals import between
from domain.tenders import Hold, InsufficientBalance, NotForValue, TenderKind, brought_back, cash_first
from resolvers import value_orders
from resolvers.context import Context
from resolvers.members import members_shown


async def balances_of(ctx: Context, members: Sequence[Member]) -> list[StoredBalance | None]:
    """What each member has stored, for the member alone and for operators."""
    ids = members_shown(ctx, members)
    accounts = [account for id_ in ids for account in (balance_cash(id_), balance_bonus(id_))]
    found = await db.ledger.balances_of(ctx.reading, accounts) if accounts else {}
    balances = {
        id_: StoredBalance(id_, Money(found[balance_cash(id_)]), Money(found[balance_bonus(id_)])) for id_ in ids
    }
    return [balances.get(member.id) for member in members]


async def offers(ctx: Context) -> list[TopUpOffer]:
    """What is added to what is paid in, the smallest amount first."""
    return await db.balances.offers(ctx.reading)


async def save_offers(ctx: Context, wanted: Sequence[TopUpOffer]) -> list[TopUpOffer]:
    """Replace all offers; what was ordered before keeps its bonus.

    Raises:
        BadInput: amounts do not rise, or are out of bounds.
    """
    checked = rules.check_offers(wanted)
    async with ctx.database.writing() as tx:
        await db.balances.save_offers(tx, checked)
        fact = {"offers": [[one.amount.minor, one.bonus.minor] for one in checked], "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "TopUpOffersSaved", "top_up_offer", ctx.new_id(), fact, ctx.now())
    return checked


async def top_up(ctx: Context, paid_in: Money, key: str) -> tuple[UUID, bool]:
    """Order a top-up; returns the order to pay, and True when this was done before.

    Raises:
        BadInput: the amount is out of bounds.
    """
    between(paid_in.minor, rules.LEAST_TOP_UP, rules.MOST_TOP_UP, "input", "amount", "minor")
    request = request_of(f"member:{ctx.member_id.hex}", "balanceTopUp", key, {"amount": paid_in.minor})
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            return UUID(before), True
        bonus = rules.bonus_for(paid_in, await db.balances.offers(tx))
        order = value_orders.drafted(ctx, paid_in, "储值")
        await value_orders.place(tx, order, {"top_up_minor": paid_in.minor, "bonus_minor": bonus.minor}, ctx.now())
        await db.balances.add_top_up(tx, TopUp(order.id, order.member_id, paid_in, bonus))
        await db.idempotency.answer(tx, request, order.id.hex)
    return order.id, False


async def paid(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """An order was paid: the balance that it was for, if it was for one, is there."""
    if not value_orders.is_for_value(order):
        return {}
    credit = await db.balances.credit(tx, order.id, ctx.now())
    if credit is None:
        return {}
    await db.ledger.post(tx, f"top_up:{order.id.hex}", rules.credited(credit), ctx.now())
    return {"top_up_minor": credit.cash.minor, "bonus_minor": credit.bonus.minor}


async def refunded(ctx: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Money of a top-up goes back: it leaves the balance, and the bonus that it brought with it.

    Raises:
        InsufficientBalance: it was spent; there is nothing to pay back.
    """
    if not value_orders.is_for_value(order) or refund.amount.minor == 0:
        return {}
    credit = await db.balances.credited(tx, order.id)
    if credit is None:
        return {}
    postings = rules.taken_back(credit, refund.amount, order.refunded.minor - refund.amount.minor)
    for posting in sorted(postings, key=lambda one: one.source):
        left = await db.ledger.lock_balance(tx, posting.source)
        if left < posting.amount.minor:
            raise InsufficientBalance(left, posting.amount.minor, path=("input", "amount"))
    await db.ledger.post(tx, f"top_up_refund:{refund.id.hex}", postings, ctx.now())
    return {"top_up_refunded_minor": refund.amount.minor}


async def hold(ctx: Context, tx: Writing, payment_id: UUID, order: Order, amount: Money) -> None:
    """Take a part of an order's price out of the buyer's balance, until it is captured or released.

    Raises:
        InsufficientBalance: less is there.
        NotForValue: the order buys a membership or a balance.
    """
    if value_orders.is_for_value(order):
        raise NotForValue(path=("input", "method"))
    member_id = order.member_id
    cash = await db.ledger.lock_balance(tx, balance_cash(member_id))
    bonus = await db.ledger.lock_balance(tx, balance_bonus(member_id))
    of_cash, of_bonus = cash_first(cash, bonus, amount.minor)
    await db.tenders.add(tx, Hold(payment_id, TenderKind.BALANCE, member_id, None, amount, of_bonus))
    postings = rules.spent(member_id, of_cash, of_bonus, amount.currency)
    await db.ledger.post(tx, f"hold:{payment_id.hex}", postings, ctx.now())


async def put_back(ctx: Context, tx: Writing, held: Hold, amount: Money, key: str) -> None:
    """Put money back into a balance: what was taken last comes back first."""
    cash, bonus = brought_back(held, amount.minor)
    await db.ledger.post(tx, key, rules.returned(held.member_id, cash, bonus, amount.currency), ctx.now())
