"""Money that we keep ourselves, stored balances and gift cards: taken and given back within our own transactions."""

from __future__ import annotations

from db.connection import Writing
from domain.gateways import Provider
from domain.orders import Order
from domain.payments import MethodNotOffered, Payment, Refund
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
        await balances.capture(ctx, tx, payment.id)
    elif payment.gift_card_id is not None:
        await gift_cards.hold(ctx, tx, payment.id, order, payment.amount, payment.gift_card_id)
        await gift_cards.capture(ctx, tx, payment.id)
    else:
        raise MethodNotOffered(path=("input", "giftCardId"))


async def give_back(ctx: Context, tx: Writing, refund: Refund) -> None:
    """Put what was taken back to where it came from."""
    tender = balances if refund.provider is Provider.BALANCE else gift_cards
    await tender.refund(ctx, tx, refund.payment_id, refund.id, refund.amount)
