"""Money: whole numbers of the smallest unit of one currency."""

from __future__ import annotations

from collections.abc import Sequence

from domain.records import record

WHOLE = 10_000
"""Basis points in a whole: 100 %."""

CNY = "CNY"
COIN = "COIN"
"""The brand's own coins, which members tip with. Not money: they cannot be paid out."""
MINOR_DIGITS = {CNY: 2, COIN: 0}
LARGEST_MINOR = 2**53 - 1
"""The largest amount that a JSON number carries exactly."""


@record
class Money:
    """So many of the smallest units (fen) of one currency."""

    minor: int
    currency: str = CNY

    @property
    def amount(self) -> str:
        """The amount as a decimal string.

        >>> Money(1990).amount
        '19.90'
        >>> Money(-5).amount
        '-0.05'
        """
        minor = self.minor
        if self.currency == CNY and minor >= 0:  # nearly always, and lists ask for hundreds
            return f"{minor // 100}.{minor % 100:02d}"
        digits = MINOR_DIGITS[self.currency]
        if digits == 0:
            return str(minor)
        whole, part = divmod(abs(minor), 10**digits)
        return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"

    def __add__(self, other: Money) -> Money:
        assert self.currency == other.currency, f"{self.currency} and {other.currency} do not add up"
        return Money(self.minor + other.minor, self.currency)

    def times(self, quantity: int) -> Money:
        """The price of so many units."""
        return Money(self.minor * quantity, self.currency)

    def portion(self, basis_points: int) -> Money:
        """The given share of a non-negative amount, rounded down to a whole unit.

        >>> Money(999).portion(500)  # 5 % of 9.99 is 0.4995
        Money(minor=49, currency='CNY')
        """
        assert self.minor >= 0, f"portion of a negative amount: {self}"
        assert 0 <= basis_points <= WHOLE, f"{basis_points} is not within 0..{WHOLE}"
        return Money(self.minor * basis_points // WHOLE, self.currency)

    def split(self, weights: Sequence[int]) -> list[Money]:
        """Parts in proportion to the weights (not all zero), which sum to the whole.

        The units left over by rounding down go to the largest fractions, ties to the
        earlier part (product rules 2.5).

        >>> [part.minor for part in Money(100).split([1, 1, 1])]
        [34, 33, 33]
        """
        return [Money(minor, self.currency) for minor in apportion(self.minor, weights)]


def apportion(whole: int, weights: Sequence[int]) -> list[int]:
    """Whole units in proportion to the weights (not all zero), by largest remainder; they sum to the whole.

    No part exceeds its weight when the whole does not exceed their sum (product rules 2.5).

    >>> apportion(40_00, [358_00, 56_91])
    [3451, 549]
    """
    total = sum(weights)
    assert whole >= 0, f"split of a negative amount: {whole}"
    assert total > 0, "the weights are all zero"
    assert min(weights) >= 0, "a weight is negative"
    products = [whole * weight for weight in weights]
    parts = [product // total for product in products]
    left_over = whole - sum(parts)
    if left_over:
        by_fraction = sorted(range(len(weights)), key=lambda i: -(products[i] % total))  # stable: ties to the earlier
        for i in by_fraction[:left_over]:
            parts[i] += 1
    return parts


def evenly(whole: int, count: int) -> tuple[int, ...]:
    """Parts that differ by one unit at most and sum to the whole, the larger ones first.

    >>> evenly(863, 2)
    (432, 431)
    """
    part, left_over = divmod(whole, count)
    return (part + 1,) * left_over + (part,) * (count - left_over)


NOTHING = Money(0)


def total_of(parts: Sequence[Money], currency: str = CNY) -> Money:
    """The sum of amounts of one currency; zero when there are none."""
    total = Money(0, currency)
    for part in parts:
        total += part
    return total
