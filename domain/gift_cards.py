"""Gift cards (礼品卡): printed in batches, bound by who has the code, and spent like money."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from domain.ledger import GIFT_CARDS, Posting, clearing, gift_card
from domain.money import Money
from domain.records import record
from domain.tenders import TenderKind

MOST_CARDS = 1_000
MOST_FACE = 10_000_000
REFUNDED_LASTS = timedelta(days=30)
"""How long a card is good at least after money came back to it."""
CLEARING = clearing(TenderKind.GIFT_CARD.value)


@record
class GiftCard:
    """A card that is bound to a member. `tail` are the last four characters of its code."""

    id: UUID
    member_id: UUID
    face: Money
    tail: str
    bound_at: datetime
    expires_at: datetime


@record
class GiftCardBalance:
    """A card with what it holds; nothing once it has expired."""

    card: GiftCard
    balance: Money


@record
class GiftCardBatch:
    """Cards that were printed together. Nobody can bind one before the batch is active, say because it was sold.

    `codes` are told once, to whoever had them printed: nobody keeps them.
    """

    id: UUID
    face: Money
    count: int
    note: str
    created_at: datetime
    expires_at: datetime
    activated_at: datetime | None = None
    voided_at: datetime | None = None
    codes: tuple[str, ...] = ()


def loaded(card: GiftCard) -> Posting:
    """The brand owes what stands on a card from when somebody has bound it."""
    return Posting(GIFT_CARDS, gift_card(card.id), card.face)


def taken(card_id: UUID, amount: Money) -> Posting:
    return Posting(gift_card(card_id), CLEARING, amount)


def returned(card_id: UUID, amount: Money) -> Posting:
    return Posting(CLEARING, gift_card(card_id), amount)
