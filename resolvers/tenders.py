"""Money that we keep ourselves, stored balances and gift cards: taken and given back within our own transactions."""

from __future__ import annotations

from uuid import UUID

import db.tenders
from db.connection import Writing
from domain.gateways import Provider
from domain.money import Money
from domain.orders import Order
from domain.payments import MethodNotOffered, Payment, Refund
from domain.tenders import Hold, TenderKind
from resolvers import balances, gift_cards
from resolvers.context import Context


async def take(ctx: Context, tx: Writing, payment: Payment, order: Order) -> None:
    """Take what a payment is of from the member's balance, or from the gift card.

    Raises:
        NotFound, WrongState: the card is not the member's, or not good any more.
        InsufficientBalance: less is there.
    """
    if payment.provider is Provider.BALANCE:
        await balances.hold(ctx, tx, payment.id, order, payment.amount)
    elif payment.gift_card_id is not None:
        await gift_cards.hold(ctx, tx, payment.id, order, payment.amount, payment.gift_card_id)
    else:
        raise MethodNotOffered(path=("input", "giftCardId"))
    await capture(tx, payment.id)


async def capture(tx: Writing, payment_id: UUID) -> None:
    """Keep what a payment holds: the order is paid."""
    held = await db.tenders.capture(tx, payment_id)
    assert held is not None, f"payment {payment_id} holds nothing"


async def release(ctx: Context, tx: Writing, payment_id: UUID) -> bool:
    """Give back what a payment holds; False when it is not held any more."""
    held = await db.tenders.release(tx, payment_id)
    if held is None:
        return False
    await _put_back(ctx, tx, held, held.amount, f"release:{payment_id.hex}")
    return True


async def give_back(ctx: Context, tx: Writing, refund: Refund) -> None:
    """Put what was taken back to where it came from, once for each refund and never more than was taken."""
    held = await db.tenders.lock_captured(tx, refund.payment_id)
    assert held is not None, f"payment {refund.payment_id} took nothing"
    await db.tenders.count_refund(tx, refund.payment_id, refund.amount.minor)
    await _put_back(ctx, tx, held, refund.amount, f"tender_refund:{refund.id.hex}")


async def _put_back(ctx: Context, tx: Writing, held: Hold, amount: Money, key: str) -> None:
    tender = balances if held.kind is TenderKind.BALANCE else gift_cards
    await tender.put_back(ctx, tx, held, amount, key)
