"""Stored balances (储值): money that a member paid in, and what the brand added to it as a bonus.

Two guarded accounts of the ledger. Cash is spent first, the bonus when it is gone (`domain.tenders.cash_first`).
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.ledger import MARKETING, SALES, Posting, balance_bonus, balance_cash, clearing
from domain.money import Money
from domain.records import record
from domain.refusals import BadInput, between
from domain.tenders import TenderKind

LEAST_TOP_UP, MOST_TOP_UP = 100, 10_000_000
MOST_OFFERS = 20
CLEARING = clearing(TenderKind.BALANCE.value)


@record
class TopUpOffer:
    """Who pays in so much or more gets a bonus."""

    amount: Money
    bonus: Money


@record
class StoredBalance:
    member_id: UUID
    cash: Money
    bonus: Money


@record
class TopUp:
    """What a member paid in, or wants to, and the bonus that was promised for it."""

    order_id: UUID
    member_id: UUID
    cash: Money
    bonus: Money


def check_offers(offers: Sequence[TopUpOffer]) -> list[TopUpOffer]:
    """All offers together: more money, no smaller bonus.

    Raises:
        BadInput: there are too many, an amount is out of bounds, or they do not rise.
    """
    between(len(offers), 0, MOST_OFFERS, "input", "offers")
    before = TopUpOffer(Money(0), Money(0))
    for i, offer in enumerate(offers):
        here = ("input", "offers", str(i))
        between(offer.amount.minor, LEAST_TOP_UP, MOST_TOP_UP, *here, "amount")
        between(offer.bonus.minor, 0, offer.amount.minor, *here, "bonus")
        if offer.amount.minor <= before.amount.minor or offer.bonus.minor < before.bonus.minor:
            raise BadInput("more than the offer before it", "应大于前一档", path=here)
        before = offer
    return list(offers)


def bonus_for(paid_in: Money, offers: Sequence[TopUpOffer]) -> Money:
    """The bonus of the highest offer that an amount reaches."""
    reached = [offer.bonus for offer in offers if offer.amount.minor <= paid_in.minor]
    return reached[-1] if reached else Money(0, paid_in.currency)


def credited(top_up: TopUp) -> list[Posting]:
    """What a paid top-up moves: what was booked as a sale is owed to the member, and the bonus with it."""
    return _both(top_up, (SALES, balance_cash(top_up.member_id)), (MARKETING, balance_bonus(top_up.member_id)))


def taken_back(top_up: TopUp, cash: Money, refunded_before: int = 0) -> list[Posting]:
    """What goes out of a balance when so much of a top-up is refunded, after so many fen of it were before.

    The bonus goes in proportion, rounded up; in however many parts, all of it and no more with all of the cash.
    """
    before, after = (
        -(-top_up.bonus.minor * minor // top_up.cash.minor) for minor in (refunded_before, refunded_before + cash.minor)
    )
    part = TopUp(top_up.order_id, top_up.member_id, cash, Money(after - before, cash.currency))
    return _both(part, (balance_cash(top_up.member_id), SALES), (balance_bonus(top_up.member_id), MARKETING))


def _both(part: TopUp, cash: tuple[str, str], bonus: tuple[str, str]) -> list[Posting]:
    moves = [(cash, part.cash), (bonus, part.bonus)]
    return [Posting(source, destination, amount) for (source, destination), amount in moves if amount.minor]


def spent(member_id: UUID, cash: int, bonus: int, currency: str) -> list[Posting]:
    """What a payment moves out of a balance."""
    return _moves([(balance_cash(member_id), CLEARING, cash), (balance_bonus(member_id), CLEARING, bonus)], currency)


def returned(member_id: UUID, cash: int, bonus: int, currency: str) -> list[Posting]:
    """What comes back into a balance."""
    return _moves([(CLEARING, balance_cash(member_id), cash), (CLEARING, balance_bonus(member_id), bonus)], currency)


def _moves(moves: list[tuple[str, str, int]], currency: str) -> list[Posting]:
    return [Posting(source, destination, Money(minor, currency)) for source, destination, minor in moves if minor]
