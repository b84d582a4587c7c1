"""组合套餐: a fixed set of variants at one price, or any so many of a list at one price (打包一口价) (R42)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from uuid import UUID

from domain.money import LARGEST_MINOR
from domain.promotions.sheet import Line, Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import BadInput, between

MOST_PARTS = 50
MOST_OF_A_PART = 99


@record
class BundlePart:
    """So many units of a variant, which each set needs."""

    variant_id: UUID
    quantity: int = 1


@record
class BundleTerms:
    """What a set costs, in fen. `choose`: a set is any so many units of the variants; 0: it is all the parts."""

    price: int
    parts: tuple[BundlePart, ...]
    choose: int = 0


class Bundle:
    """As many sets as the cart holds; what they take off is shared by the worth of their units (rules 2.7.5)."""

    kind = "BUNDLE"
    stage = Stage.ITEM_SET
    rank = 0
    terms_type = BundleTerms

    def check(self, terms: BundleTerms) -> None:
        between(terms.price, 1, LARGEST_MINOR, "price")
        between(len(terms.parts), 1, MOST_PARTS, "parts")
        if len({part.variant_id for part in terms.parts}) < len(terms.parts):
            raise BadInput("each variant once", "同一规格只能出现一次", path=("parts",))
        for i, part in enumerate(terms.parts):
            between(part.quantity, 1, 1 if terms.choose else MOST_OF_A_PART, "parts", str(i), "quantity")
        units = terms.choose or sum(part.quantity for part in terms.parts)
        between(units, 2, MOST_PARTS * MOST_OF_A_PART, "choose" if terms.choose else "parts")

    def variants(self, _: BundleTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: BundleTerms = promotion.terms
        lines = [line for line in sheet.eligible(promotion.scope) if line.left]
        sets, takings = _any_sets(terms, lines) if terms.choose else _fixed_sets(terms, lines)
        worth = sum(line.unit_price * quantity for line, quantity in takings)
        if worth > sets * terms.price:
            units = [sheet.consume(line, quantity) for line, quantity in takings]
            sheet.discount_units(units, worth - sets * terms.price, promotion)


Takings = list[tuple[Line, int]]


def _fixed_sets(terms: BundleTerms, lines: Sequence[Line]) -> tuple[int, Takings]:
    """How many whole sets there are, and which units they take."""
    by_variant: dict[UUID, list[Line]] = {part.variant_id: [] for part in terms.parts}
    for line in lines:
        if line.item.variant_id in by_variant:
            by_variant[line.item.variant_id].append(line)
    found = [(part, by_variant[part.variant_id]) for part in terms.parts]
    sets = min(sum(line.left for line in own) // part.quantity for part, own in found)
    return sets, [taking for part, own in found for taking in _first(own, sets * part.quantity)]


def _any_sets(terms: BundleTerms, lines: Sequence[Line]) -> tuple[int, Takings]:
    """How many sets of the dearest units are worth more than they cost, and which units they take."""
    variants = {part.variant_id for part in terms.parts}
    pool = sorted((line for line in lines if line.item.variant_id in variants), key=lambda line: -line.unit_price)

    def worth(sets: int) -> int:
        return sum(line.unit_price * quantity for line, quantity in _first(pool, sets * terms.choose))

    whole = range(sum(line.left for line in pool) // terms.choose)
    sets = bisect_left(whole, True, key=lambda before: worth(before + 1) - worth(before) <= terms.price)
    return sets, _first(pool, sets * terms.choose)


def _first(lines: Sequence[Line], quantity: int) -> Takings:
    """The first so many units of lines."""
    takings: Takings = []
    for line in lines:
        taken = min(line.left, quantity)
        if taken:
            takings.append((line, taken))
            quantity -= taken
    return takings
