"""What gift cards do for a payment, and what their holders can ask: bind one, see what is left.

`hold` and `put_back` run in the transaction of the payment (`resolvers.tenders`), whose order is locked; they come
where coupons and cards have their turn, and the ledger comes last.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.gift_cards
import db.ledger
import db.outbox
import db.tenders
from db.connection import Writing
from domain import gift_cards as rules
from domain.codes import hash_of_card
from domain.gift_cards import GiftCard, GiftCardBalance
from domain.ledger import GIFT_CARDS, Posting
from domain.ledger import gift_card as account_of
from domain.members import Member
from domain.money import Money
from domain.orders import Order
from domain.refusals import NotFound
from domain.tenders import Hold, InsufficientBalance, NotForValue, TenderKind
from resolvers import rates, value_orders
from resolvers.context import Context
from resolvers.members import members_shown


async def cards_of(ctx: Context, members: Sequence[Member]) -> list[list[GiftCardBalance]]:
    """The cards of each member with what is left on them, for the member alone and for operators."""
    ids = members_shown(ctx, members)
    found = await db.gift_cards.cards_of(ctx.reading, ids, ctx.now()) if ids else {}
    return [found.get(member.id, []) for member in members]


async def bind(ctx: Context, code: str) -> GiftCardBalance:
    """Give the card to who has its code, once; from now on only they can spend it.

    Raises:
        TooOften: the member tries more than ten codes a minute.
        NotFound: no card has this code that can be bound: wrong, bound, void and expired are not told apart.
    """
    await rates.take(ctx, rates.CARDS, "card", ctx.member_id.hex)
    async with ctx.database.writing() as tx:
        card = await db.gift_cards.bind(tx, hash_of_card(code), ctx.member_id, ctx.now())
        if card is None:
            raise NotFound(path=("input", "code"))
        await db.ledger.post(tx, f"gift_card:{card.id.hex}", [rules.loaded(card)], ctx.now())
        fact = {"member": ctx.member_id.hex, "gift_card": card.id.hex, "face_minor": card.face.minor}
        await db.outbox.tell(tx, "GiftCardBound", "gift_card", card.id, fact, ctx.now())
    return GiftCardBalance(card, card.face)


async def hold(ctx: Context, tx: Writing, payment_id: UUID, order: Order, amount: Money, card_id: UUID) -> None:
    """Take a part of an order's price off a card, until it is captured or released.

    Raises:
        NotFound: the card is not the buyer's, or has expired.
        InsufficientBalance: less is left on it.
        NotForValue: the order buys a membership or a balance.
    """
    if value_orders.is_for_value(order):
        raise NotForValue(path=("input", "giftCardId"))
    card = await db.gift_cards.lock(tx, card_id)
    if card is None or card.member_id != order.member_id or card.expires_at <= ctx.now():
        raise NotFound(path=("input", "giftCardId"))
    left = await db.ledger.lock_balance(tx, account_of(card_id))
    if left < amount.minor:
        raise InsufficientBalance(left, amount.minor, path=("input", "giftCardId"))
    await db.tenders.add(tx, Hold(payment_id, TenderKind.GIFT_CARD, order.member_id, card_id, amount))
    await db.ledger.post(tx, f"hold:{payment_id.hex}", [rules.taken(card_id, amount)], ctx.now())


async def put_back(ctx: Context, tx: Writing, held: Hold, amount: Money, key: str) -> None:
    """Put money back on a card, which from now on is good for thirty days at least; what had expired stays gone."""
    assert held.card_id is not None, "a card pays from a card"
    card = await db.gift_cards.lock(tx, held.card_id)
    assert card is not None, "what was paid from is bound"
    if card.expires_at <= ctx.now():
        await _empty(ctx, tx, card)
    await db.gift_cards.prolong(tx, held.card_id, ctx.now() + rules.REFUNDED_LASTS)
    await db.ledger.post(tx, key, [rules.returned(held.card_id, amount)], ctx.now())


async def expire(ctx: Context) -> int:
    """Empty a card that has expired; returns how many, 1 or 0."""
    async with ctx.database.writing() as tx:
        card = await db.gift_cards.lock_next_expired(tx, ctx.now())
        if card is None:
            return 0
        await db.gift_cards.empty(tx, card.id, ctx.now())
        await _empty(ctx, tx, card)
    return 1


async def _empty(ctx: Context, tx: Writing, card: GiftCard) -> None:
    """Take what is left on a card that has expired and is locked; nothing, where that was done before."""
    left = await db.ledger.lock_balance(tx, account_of(card.id))
    if left == 0:
        return
    posting = Posting(account_of(card.id), GIFT_CARDS, Money(left, card.face.currency))
    key = f"expired:{card.id.hex}:{card.expires_at:%Y%m%d%H%M%S%f}"
    await db.ledger.post(tx, key, [posting], ctx.now())
    fact = {"member": card.member_id.hex, "gift_card": card.id.hex, "left_minor": left}
    await db.outbox.tell(tx, "GiftCardExpired", "gift_card", card.id, fact, ctx.now())
