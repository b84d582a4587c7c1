"""Ledger: every amount that someone is owed moves from one account to another, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from domain.money import COIN, Money
from domain.records import record
from domain.refusals import ErrorCode, Refusal

SALES = "brand:sales"
COMMISSION = "brand:commission"
COINS_ISSUED = "brand:coins"
DEPOSITS = "brand:deposits"
"""Parts of orders that are not paid in full yet."""
REFUNDS_DUE = "brand:refunds_due"
MARKETING = "brand:marketing"
BOUNTIES = "brand:bounties"
BONUSES = "brand:bonuses"
PROFIT_SHARED = "brand:profit_shared"
"""What others were given of payments (分账), and did not give back."""
GIFT_CARDS = "brand:gift_cards"
"""Cards that were sold before anybody bound them, and what was left on those that expired."""
WITHDRAWAL_FEES = "brand:withdrawal_fees"
"""What the brand kept of what guides took out."""


def clearing(provider: str) -> str:
    """What a payment provider has taken from customers and owes us."""
    return f"provider:{provider.lower()}"


def receivable(account: str) -> str:
    """What a receiver of a part of a payment owes the brand, who gave the buyer the money back: below zero."""
    return f"receiver:{account}:owed"


def coin_wallet(member_id: UUID) -> str:
    """The coins of a member. It never holds less than none."""
    return f"member:{member_id.hex}:coins"


def cash_wallet(member_id: UUID) -> str:
    """The money that a member has won and may take out. It never holds less than none."""
    return f"member:{member_id.hex}:cash"


def balance_cash(member_id: UUID) -> str:
    """The money that a member has paid in to spend later. It never holds less than none."""
    return f"member:{member_id.hex}:balance"


def balance_bonus(member_id: UUID) -> str:
    """What the brand has added to a member's balance. It never holds less than none."""
    return f"member:{member_id.hex}:bonus"


def gift_card(card_id: UUID) -> str:
    """What is left on a gift card. It never holds less than none."""
    return f"gift_card:{card_id.hex}"


def red_packet_pot(red_packet_id: UUID) -> str:
    """What of a red packet nobody has grabbed yet."""
    return f"red_packet:{red_packet_id.hex}"


def draw_pot(draw_id: UUID) -> str:
    """The coins that a draw is going to give away."""
    return f"draw:{draw_id.hex}"


def pending_commission(guide_id: UUID) -> str:
    """What a guide has earned and cannot yet take out."""
    return f"guide:{guide_id.hex}:pending"


def frozen_commission(guide_id: UUID) -> str:
    """What a guide has earned on goods that were received and can still be given back."""
    return f"guide:{guide_id.hex}:frozen"


def available_commission(guide_id: UUID) -> str:
    """What a guide can take out. It never holds less than none."""
    return f"guide:{guide_id.hex}:available"


def commission_debt(guide_id: UUID) -> str:
    """What a guide owes, because it went back after it was taken out. It never holds more than none."""
    return f"guide:{guide_id.hex}:debt"


def commission_withdrawing(guide_id: UUID) -> str:
    """What a guide is taking out. It never holds less than none."""
    return f"guide:{guide_id.hex}:withdrawing"


def gifts_pending(room_id: UUID) -> str:
    """The coins that were given in a room and that nobody has a right to yet."""
    return f"room:{room_id.hex}:gifts"


def gifts_received(guide_id: UUID) -> str:
    """A host's shares of gifts."""
    return f"guide:{guide_id.hex}:gifts"


def store_gifts(store_id: UUID) -> str:
    """A store's shares of gifts."""
    return f"store:{store_id.hex}:gifts"


def brand_gifts() -> str:
    """The brand's shares of gifts."""
    return "brand:gifts"


def is_guarded(account: str) -> bool:
    """Whether the database keeps the balance of the account and refuses to let it fall below zero.

    Of one that can be recovered it keeps the balance too, and refuses to let it rise above zero.
    """
    return account.startswith(("member:", "gift_card:")) or _is_of_wallet(account)


def is_recoverable(account: str) -> bool:
    """Whether the balance of the account is a debt: below zero, or nothing."""
    return _is_of_wallet(account) and account.endswith(":debt")


def _is_of_wallet(account: str) -> bool:
    return account.startswith("guide:") and account.endswith((":available", ":debt", ":withdrawing"))


@record
class Posting:
    """One amount, more than nothing, moves from a source to a destination.

    A posting is zero in sum by its form: what one account loses, the other gains.
    """

    source: str
    destination: str
    amount: Money

    def __post_init__(self) -> None:
        assert self.amount.minor > 0, f"a posting of nothing: {self}"
        assert self.source != self.destination, f"a posting to its own source: {self}"


@dataclass(eq=False)
class NotEnoughCoins(Refusal):
    """The wallet holds fewer coins than needed."""

    code = ErrorCode.INSUFFICIENT_COINS
    balance: int
    needed: int


def spend_coins(member_id: UUID, balance: int, needed: int, destination: str) -> Posting:
    """Take coins out of a member's wallet.

    Raises:
        NotEnoughCoins: the wallet holds fewer.
    """
    if balance < needed:
        raise NotEnoughCoins(balance, needed)
    return Posting(coin_wallet(member_id), destination, Money(needed, COIN))
