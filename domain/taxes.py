"""Taxes: how much of a price is tax. Prices include it; rates are basis points of the price without (C32)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.money import WHOLE, Money, apportion
from domain.orders import Order, OrderLine
from domain.records import record
from domain.units import Units, units_left


@record
class Taxed:
    """An amount and the tax that it includes: `net` and `tax` sum to `amount`."""

    rate_bp: int
    amount: Money
    tax: Money

    @property
    def net(self) -> Money:
        return Money(self.amount.minor - self.tax.minor, self.amount.currency)


def taxed(amount: Money, rate_bp: int) -> Taxed:
    """How much of an amount is tax, rounded half up to the fen.

    >>> taxed(Money(113_00), 1_300).tax, taxed(Money(1), 1_300).tax
    (Money(minor=1300, currency='CNY'), Money(minor=0, currency='CNY'))
    """
    divisor = WHOLE + rate_bp
    tax = (2 * amount.minor * rate_bp + divisor) // (2 * divisor)
    return Taxed(rate_bp, amount, Money(tax, amount.currency))


def summary(parts: Iterable[Taxed], currency: str) -> list[Taxed]:
    """The sums of each rate, the lowest rate first; they sum to what the parts do."""
    sums: dict[int, tuple[int, int]] = {}
    for part in parts:
        amount, tax = sums.get(part.rate_bp, (0, 0))
        sums[part.rate_bp] = amount + part.amount.minor, tax + part.tax.minor
    return [Taxed(rate, Money(amount, currency), Money(tax, currency)) for rate, (amount, tax) in sorted(sums.items())]


def parts_of(order: Order, whole: Money, gone: Units) -> list[tuple[OrderLine, Taxed]]:
    """What each line of an order has of an amount, by what was paid for its units that have not gone back.

    Shipping is taxed as the goods that it is for: each line has its share of it. Where what is left cost nothing, such
    as a gift, it is for that; where nothing is left, for the first line.
    """
    lines = order.lines
    left = [units_left(line, gone) for line in lines]
    worths = [sum(line.unit_paid[unit] for unit in units) for line, units in zip(lines, left, strict=True)]
    if not any(worths):
        worths = [len(units) for units in left] if any(left) else [1, *(0 for _ in lines[1:])]
    amounts: Sequence[int] = apportion(whole.minor, worths)
    return [
        (line, taxed(Money(amount, whole.currency), line.tax_bp)) for line, amount in zip(lines, amounts, strict=True)
    ]


def order_summary(order: Order, rate_bp: int) -> list[Taxed]:
    """The tax in the total of an order, for each rate; of `rate_bp` where there are no lines."""
    if not order.lines:
        return [taxed(order.total, rate_bp)]
    parts = [part for _, part in parts_of(order, order.total, {})]
    return summary(parts, order.total.currency)
