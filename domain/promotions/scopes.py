"""Scopes: which goods a promotion or a coupon is for."""

from __future__ import annotations

from typing import Protocol
from uuid import UUID

from domain.records import record


class Good(Protocol):
    """What a scope asks of something that can be bought."""

    @property
    def product_id(self) -> UUID: ...
    @property
    def category_ids(self) -> tuple[UUID, ...]: ...


@record
class Scope:
    """Everything, or the products named and those of the categories; never the excluded products."""

    everything: bool = True
    product_ids: frozenset[UUID] = frozenset()
    category_ids: frozenset[UUID] = frozenset()
    excluded: frozenset[UUID] = frozenset()

    @property
    def is_unbounded(self) -> bool:
        return self.everything and not self.excluded

    def covers(self, good: Good) -> bool:
        if good.product_id in self.excluded:
            return False
        return (
            self.everything
            or good.product_id in self.product_ids
            or not self.category_ids.isdisjoint(good.category_ids)
        )


EVERYTHING = Scope()
