"""Wallets of guides: what they are owed, in every state, as they and their managers see it (R05)."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from domain.ledger import (
    available_commission,
    commission_debt,
    commission_withdrawing,
    frozen_commission,
    pending_commission,
)
from domain.money import NOTHING, Money
from domain.records import record

KEPT = (available_commission, commission_debt, commission_withdrawing)
"""The accounts whose balances the database keeps."""
SUMMED = (pending_commission, frozen_commission)


@record
class GuideWallet:
    """What one guide is owed. All but `debt` and `balance` are zero or more."""

    guide_id: UUID
    estimated: Money = NOTHING
    pending: Money = NOTHING
    frozen: Money = NOTHING
    held: Money = NOTHING
    available: Money = NOTHING
    debt: Money = NOTHING
    withdrawing: Money = NOTHING
    paid: Money = NOTHING
    fees: Money = NOTHING

    @property
    def balance(self) -> Money:
        """What is available less what is owed."""
        return Money(self.available.minor + self.debt.minor)


@record
class Apart:
    """What accounts do not say: sums in fen."""

    estimated: int = 0
    held_pending: int = 0
    held_frozen: int = 0
    paid: int = 0
    fees: int = 0


def wallet_of(guide_id: UUID, balances: Mapping[str, int], apart: Apart) -> GuideWallet:
    """A wallet from the balances of its accounts. What is held stands in the accounts of what waits."""

    def on(account: str) -> int:
        return balances.get(account, 0)

    return GuideWallet(
        guide_id,
        estimated=Money(apart.estimated),
        pending=Money(on(pending_commission(guide_id)) - apart.held_pending),
        frozen=Money(on(frozen_commission(guide_id)) - apart.held_frozen),
        held=Money(apart.held_pending + apart.held_frozen),
        available=Money(on(available_commission(guide_id))),
        debt=Money(on(commission_debt(guide_id))),
        withdrawing=Money(on(commission_withdrawing(guide_id))),
        paid=Money(apart.paid),
        fees=Money(apart.fees),
    )
