"""Sponsors: whose coins or money a red packet or a prize is paid with, before anybody sees it."""

from __future__ import annotations

from enum import Enum
from uuid import UUID

from domain.identity import Principal, Scope
from domain.ledger import COINS_ISSUED, MARKETING, Posting, coin_wallet, spend_coins
from domain.money import COIN, Money
from domain.refusals import NotAllowed


class Sponsor(Enum):
    """Who pays."""

    SELF = "SELF"
    BRAND = "BRAND"


def check_may_sponsor(sponsor: Sponsor, currency: str, who: Principal) -> None:
    """Hold what the brand pays, coins or money, to those who keep its books. Members pay in coins of their own.

    Raises:
        NotAllowed: the caller keeps no books, or would pay in money of their own.
    """
    if sponsor is Sponsor.SELF and currency == COIN:
        return
    if sponsor is Sponsor.SELF or not who.holds(Scope.FINANCE):
        raise NotAllowed


def account_of(sponsor: Sponsor, currency: str, member_id: UUID) -> str:
    """Where the sum comes from, and where the rest of it returns to."""
    if sponsor is Sponsor.SELF:
        return coin_wallet(member_id)
    return COINS_ISSUED if currency == COIN else MARKETING


def reserve(sponsor: Sponsor, total: Money, member_id: UUID, balance: int, pot: str) -> Posting:
    """Set the sum aside from its sponsor.

    Raises:
        NotEnoughCoins: the member's own wallet holds fewer.
    """
    if sponsor is Sponsor.SELF:
        return spend_coins(member_id, balance, total.minor, pot)
    return Posting(account_of(sponsor, total.currency, member_id), pot, total)
