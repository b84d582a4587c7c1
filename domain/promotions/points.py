"""Points at checkout: step 6, and the points that an order will earn (product rules 2.4, 2.6)."""

from __future__ import annotations

from domain.money import WHOLE
from domain.promotions.scopes import EVERYTHING
from domain.promotions.sheet import Cause, Sheet
from domain.records import record

POINTS = "POINTS"
YUAN = 100


@record
class PointsTerms:
    """What points are worth, and how many the shopper wants to spend and may: `wanted` is held to the balance before.

    `per_yuan` points stand for one yuan. They pay for at most `most_bp` of the goods, and leave at least `leaves` fen:
    1 where the brand forbids orders for nothing. Each whole yuan paid for goods earns `earned_per_yuan` points, times
    `earned_bp`, the right of a paid membership.
    """

    per_yuan: int
    most_bp: int
    wanted: int = 0
    leaves: int = 0
    earned_per_yuan: int = 0
    earned_bp: int = WHOLE


def spend(sheet: Sheet, terms: PointsTerms) -> int:
    """Pay for goods with points, never with more than the fen they stand for. Returns the points spent."""
    lines = sheet.eligible(EVERYTHING)
    before = [line.payable for line in lines]
    payable = sum(before)
    most = min(payable * terms.most_bp // WHOLE, payable - terms.leaves)
    points = min(terms.wanted, most * terms.per_yuan // YUAN)
    amount = points * YUAN // terms.per_yuan
    if amount <= 0:
        return 0
    spent = -(-amount * terms.per_yuan // YUAN)
    sheet.discount(lines, amount, Cause(POINTS))
    sheet.spend_points(lines, [was - line.payable for was, line in zip(before, lines, strict=True)], spent)
    return spent


def earned(terms: PointsTerms, goods: int) -> int:
    """The points that goods of this price earn once they are received."""
    return goods // YUAN * terms.earned_per_yuan * terms.earned_bp // WHOLE
