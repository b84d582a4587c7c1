"""Bounties (邀请奖励): coins of the brand for members who invited so many viewers into a live room (R62)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from domain.ledger import COINS_ISSUED, Posting, coin_wallet
from domain.money import COIN, Money
from domain.records import record
from domain.refusals import BadInput, between

MOST_BOUNTIES = 10
MOST_INVITES = 100_000
MOST_COINS = 100_000


@record
class Bounty:
    """So many coins for so many invites in one room, to each member once."""

    invites: int
    coins: int


@record
class Claim:
    """A member has reached a bounty that was not paid to them."""

    room_id: UUID
    member_id: UUID
    bounty: Bounty

    @property
    def key(self) -> str:
        """The business key under which it is paid."""
        return f"bounty:{self.room_id.hex}:{self.member_id.hex}:{self.bounty.invites}"

    @property
    def posting(self) -> Posting:
        return Posting(COINS_ISSUED, coin_wallet(self.member_id), Money(self.bounty.coins, COIN))


def check_bounties(given: Sequence[Bounty]) -> list[Bounty]:
    """Bounties of one room, the smallest first.

    Raises:
        BadInput: there are more than ten, a number is out of bounds, or two are for the same number of invites.
    """
    between(len(given), 0, MOST_BOUNTIES, "input", "bounties")
    for i, one in enumerate(given):
        between(one.invites, 1, MOST_INVITES, "input", "bounties", str(i), "invites")
        between(one.coins, 1, MOST_COINS, "input", "bounties", str(i), "coins")
    if len({one.invites for one in given}) < len(given):
        raise BadInput("each number of invites once", "每个邀请人数只能出现一次", path=("input", "bounties"))
    return sorted(given, key=lambda one: one.invites)
