"""第二件半价: every n-th unit of one variant, or of a pool of goods from dear to cheap, costs less (R44)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from domain.money import WHOLE
from domain.promotions.sheet import Line, Sheet
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import between


@record
class NthItemTerms:
    """Every `n`-th unit costs so much less, in basis points. `pooled`: all variants of the scope count together."""

    n: int = 2
    off_bp: int = 5_000
    pooled: bool = False


class NthItem:
    """The discount of a unit is rounded down: the odd fen is paid. All units of a full round are consumed."""

    kind = "NTH_ITEM"
    stage = Stage.ITEM_SET
    rank = 10
    terms_type = NthItemTerms

    def check(self, terms: NthItemTerms) -> None:
        between(terms.n, 2, 10, "n")
        between(terms.off_bp, 1, WHOLE, "offBp")

    def variants(self, _: NthItemTerms) -> tuple[UUID, ...]:
        return ()

    def apply(self, promotion: Promotion, sheet: Sheet) -> None:
        terms: NthItemTerms = promotion.terms
        lines = sorted(sheet.eligible(promotion.scope), key=lambda line: -line.unit_price)
        for pool in [lines] if terms.pooled else _by_variant(lines):
            self._apply_to(pool, promotion, sheet)

    def _apply_to(self, pool: list[Line], promotion: Promotion, sheet: Sheet) -> None:
        terms: NthItemTerms = promotion.terms
        available = sum(line.left for line in pool)
        rounds, counted = available // terms.n * terms.n, 0
        for line in pool:
            end = min(counted + line.left, rounds)
            if end > counted:
                lowered = end // terms.n - counted // terms.n
                units = sheet.consume(line, end - counted)
                sheet.discount_units([units], lowered * (line.unit_price * terms.off_bp // WHOLE), promotion)
                counted = end


def _by_variant(lines: Iterable[Line]) -> Iterable[list[Line]]:
    pools: dict[UUID, list[Line]] = {}
    for line in lines:
        pools.setdefault(line.item.variant_id, []).append(line)
    return pools.values()
