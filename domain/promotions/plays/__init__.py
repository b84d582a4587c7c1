"""Plays: one small module for each kind of promotion, all behind one interface."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from domain.promotions.sheet import Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion


class Play(Protocol):
    """One way to sell. It decides what its terms give, and acts through the sheet alone.

    Plays of one stage go by `rank`, then their promotions by priority and id. An integrator adds one through an entry
    point of the group `yutang.plays`.
    """

    @property
    def kind(self) -> str:
        """The name of the play in promotions, such as BUNDLE."""

    @property
    def stage(self) -> Stage: ...
    @property
    def rank(self) -> int: ...
    @property
    def terms_type(self) -> type[Any]:
        """A frozen dataclass that `domain.payloads` can read."""

    def check(self, terms: Any) -> None:
        """Hold terms to their bounds when they are published.

        Raises:
            BadInput: they make no sense. The path begins at the terms.
        """

    def variants(self, terms: Any) -> Iterable[UUID]:
        """The variants that the terms give away or sell beside what is in the cart: gifts and add-ons."""

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        """Do what the promotion's terms promise for this cart, or nothing."""
