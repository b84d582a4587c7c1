"""Money that an order does not need: what came too late or twice, and parts of an order that was given up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import db.ledger
import db.payments
import db.refunds
from db.connection import Writing
from domain import payments
from domain import refunds as rules
from domain.ledger import DEPOSITS, REFUNDS_DUE, Posting
from domain.orders import Order
from domain.payments import OPEN, Payment, PaymentState, Refund, RefundState
from resolvers import tenders
from resolvers.context import Context

REASON = "订单不需要这笔付款"


async def give_back(ctx: Context, tx: Writing, payment: Payment) -> tuple[Payment, Refund]:
    """Decide that a whole payment goes back, once; a job asks the provider for it.

    The caller keeps the payment, whose row in the database is unique for such refunds, and posts to the ledger.
    """
    refund = rules.refund_of(ctx.new_id(), payment, payment.amount, REASON, ctx.now())
    await db.refunds.add(tx, [refund])
    return rules.reserve(payment, payment.amount), refund


async def released(ctx: Context, tx: Writing, order: Order) -> dict[str, Any]:
    """Close the open payments of an order that is given up, and give back those that were made."""
    if order.asked.minor == 0:
        return {}
    found = await db.payments.lock_all(tx, order.id)
    closing = [payments.close(one) for one in found if one.state in OPEN]
    if closing:
        await db.payments.save_all(tx, closing, check_at=ctx.now())
    refunds = [await _return_part(ctx, tx, one) for one in found if one.state is PaymentState.PAID]
    return {"refunds": [one.id.hex for one in refunds]} if refunds else {}


async def _return_part(ctx: Context, tx: Writing, payment: Payment) -> Refund:
    due, refund = await give_back(ctx, tx, replace(payment, state=PaymentState.REFUND_DUE))
    await db.payments.save(tx, due)
    postings = [Posting(DEPOSITS, REFUNDS_DUE, payment.amount), *left_already(refund)]
    await db.ledger.post(tx, f"refund:{refund.id.hex}", postings, ctx.now())
    if refund.state is RefundState.SUCCEEDED:
        await tenders.give_back(ctx, tx, refund)
    return refund


def left_already(refund: Refund) -> list[Posting]:
    """What a refund moves at once: money that we keep ourselves."""
    return [rules.arrived(refund)] if refund.state is RefundState.SUCCEEDED else []
