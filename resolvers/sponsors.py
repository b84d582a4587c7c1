"""What sponsors put aside for others, before anybody sees it, and get back of it."""

from __future__ import annotations

from uuid import UUID

import db.ledger
from db.connection import Writing
from domain import sponsors
from domain.ledger import Posting, coin_wallet
from domain.money import Money
from domain.sponsors import Sponsor
from resolvers.context import Context


async def put_aside(ctx: Context, tx: Writing, sponsor: Sponsor, total: Money, pot: str) -> None:
    """Move a sum from the caller, or the brand, into a pot that has held nothing so far.

    Raises:
        NotEnoughCoins: the caller's own wallet holds fewer.
    """
    balance = await db.ledger.lock_balance(tx, coin_wallet(ctx.member_id)) if sponsor is Sponsor.SELF else 0
    posting = sponsors.reserve(sponsor, total, ctx.member_id, balance, pot)
    await db.ledger.post(tx, f"{pot}:put aside", [posting], ctx.now())


def back(sponsor: Sponsor, sponsor_id: UUID, left: Money, pot: str) -> list[Posting]:
    """What is left of a pot goes back to who put it there; nothing when nothing is."""
    if not left.minor:
        return []
    return [Posting(pot, sponsors.account_of(sponsor, left.currency, sponsor_id), left)]
