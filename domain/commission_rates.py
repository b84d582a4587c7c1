"""Rates of commission: which rule says what a line earns (R06, R13, product rules 2.1.2).

The first that there is wins: the contract of an anchor, a campaign for a time, an amount for each unit of a variant, a
share of the variant, of the product, of the nearest category, of the guide's tier, of everything. A rule for guides of
one tier goes before the same rule for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.money import WHOLE, Money
from domain.records import record
from domain.refusals import BadInput, WrongState, same_version


class RateSource(Enum):
    """Which rule gave a rate."""

    CONTRACT = "CONTRACT"
    CAMPAIGN = "CAMPAIGN"
    SKU_FIXED = "SKU_FIXED"
    SKU = "SKU"
    PRODUCT = "PRODUCT"
    CATEGORY = "CATEGORY"
    GUIDE_TIER = "GUIDE_TIER"
    BRAND = "BRAND"
    MEMBERSHIP = "MEMBERSHIP"


class RateScope(Enum):
    """What a rule is about."""

    VARIANT = "VARIANT"
    PRODUCT = "PRODUCT"
    CATEGORY = "CATEGORY"
    EVERYTHING = "EVERYTHING"


class CommissionLevel(Enum):
    """Who earns: the guide who is credited, or who brought that guide. There is no third (product rules 2.1.7)."""

    FIRST = "FIRST"
    SECOND = "SECOND"


LEVELS = {CommissionLevel.FIRST: 1, CommissionLevel.SECOND: 2}
_SOURCES = {
    RateScope.VARIANT: RateSource.SKU,
    RateScope.PRODUCT: RateSource.PRODUCT,
    RateScope.CATEGORY: RateSource.CATEGORY,
    RateScope.EVERYTHING: RateSource.BRAND,
}
_RANKS = {RateScope.VARIANT: 1, RateScope.PRODUCT: 2, RateScope.CATEGORY: 3, RateScope.EVERYTHING: 1_000}


@record
class Rate:
    """A share of the base, or so many fen for each unit."""

    source: RateSource
    rate_bp: int | None
    fixed: int | None = None

    def amount_of(self, base: int, quantity: int) -> int:
        """What it makes of a base, in fen, rounded down; a fixed amount is never more than the base."""
        if self.rate_bp is None:
            return min((self.fixed or 0) * quantity, base)
        return base * self.rate_bp // WHOLE


@record
class RateRule:
    """What the brand pays for something, from a time until another. A campaign (限时佣金) has an end."""

    id: UUID
    level: CommissionLevel
    scope: RateScope
    target_id: UUID | None
    """The variant, product or category."""
    tier_id: UUID | None
    """Only for guides of this tier."""
    is_campaign: bool
    rate_bp: int | None
    fixed: int | None
    """Fen for each unit of a variant."""
    starts_at: datetime
    ends_at: datetime | None
    version: int = 1

    @property
    def rate(self) -> Rate:
        if self.is_campaign:
            source = RateSource.CAMPAIGN
        elif self.fixed is not None:
            source = RateSource.SKU_FIXED
        else:
            source = _SOURCES[self.scope]
        return Rate(source, self.rate_bp, self.fixed)

    def is_of(self, line: Sold, level: int, tier_id: UUID) -> bool:
        """Whether it is about what was sold, for guides of this tier."""
        if LEVELS[self.level] != level or self.tier_id not in (None, tier_id):
            return False
        return self.scope is RateScope.EVERYTHING or self.target_id in line.things

    def rank_for(self, line: Sold) -> tuple[Any, ...]:
        """The smaller, the sooner it is asked; of two alike the later one."""
        depth = line.category_ids.index(self.target_id) if self.scope is RateScope.CATEGORY and self.target_id else 0
        return (
            not self.is_campaign,
            _RANKS[self.scope] + depth,
            self.fixed is None,
            self.tier_id is None,
            -self.starts_at.timestamp(),
            -self.id.int,
        )


@record
class Sold:
    """A line of an order on which commission may be paid; `category_ids` are its product's, the nearest first."""

    line_id: UUID | None
    variant_id: UUID | None
    product_id: UUID | None
    category_ids: tuple[UUID, ...]
    base: Money
    """What was paid for it, after every discount and points, without shipping."""
    quantity: int

    @property
    def things(self) -> tuple[UUID | None, ...]:
        return (self.variant_id, self.product_id, *self.category_ids)


@record
class Contract:
    """What an anchor was promised for what is sold in its own rooms, instead of its tier's rate (R13)."""

    id: UUID
    guide_id: UUID
    rate_bp: int
    product_ids: tuple[UUID, ...]
    """Only these; none: all."""
    starts_at: datetime
    ends_at: datetime | None
    version: int = 1

    def is_of(self, line: Sold) -> bool:
        return not self.product_ids or line.product_id in self.product_ids


@record
class Book:
    """The rules that hold for an order."""

    rules: Sequence[RateRule] = ()
    contract: Contract | None = None
    """Of the guide who is credited, if the order was placed in a room of its own."""
    fallback: Rate | None = None
    """For what no rule is about, at the first level."""

    def rate_of(self, line: Sold, level: int, tier_id: UUID, tier_bp: int | None) -> Rate | None:
        """What a line earns a guide of this tier at a level; None: nothing."""
        if level == 1 and self.contract is not None and self.contract.is_of(line):
            return Rate(RateSource.CONTRACT, self.contract.rate_bp)
        found = sorted(
            (one for one in self.rules if one.is_of(line, level, tier_id)), key=lambda one: one.rank_for(line)
        )
        best = found[0] if found else None
        if best is not None and (best.is_campaign or best.scope is not RateScope.EVERYTHING):
            return best.rate
        if level == 1 and self.fallback is not None:
            return self.fallback
        if level == 1 and tier_bp is not None:
            return Rate(RateSource.GUIDE_TIER, tier_bp)
        return None if best is None else best.rate


def check_rule(rule: RateRule, most_bp: int, *, understood: bool) -> None:
    """Hold a rule to what may be paid (product rules 2.1.2).

    Raises:
        BadInput: it pays nothing, or both ways, or more than a line may cost; its target or time does not fit.
    """
    here = ("input",)
    if (rule.rate_bp is None) == (rule.fixed is None):
        raise BadInput("either a share or an amount", "比例与固定金额必须且只能填一个", path=(*here, "rateBp"))
    if rule.rate_bp is not None and not 0 <= rule.rate_bp <= most_bp:
        raise BadInput(f"from 0 to {most_bp}", f"应在 0 到 {most_bp} 之间", path=(*here, "rateBp"))
    if rule.fixed is not None and (rule.fixed < 1 or rule.scope is not RateScope.VARIANT):
        raise BadInput("more than nothing, for a variant", "固定金额应大于零,且只能针对规格", path=(*here, "fixed"))
    if (rule.scope is RateScope.EVERYTHING) != (rule.target_id is None):
        raise BadInput("what the rule is about", "请指定适用对象", path=(*here, "targetId"))
    if rule.ends_at is not None and rule.ends_at <= rule.starts_at:
        raise BadInput("after the start", "应晚于开始时间", path=(*here, "endsAt"))
    if rule.is_campaign and rule.ends_at is None:
        raise BadInput("a campaign has an end", "限时佣金必须有结束时间", path=(*here, "endsAt"))
    if rule.level is CommissionLevel.SECOND and not understood:
        raise BadInput(
            "that the law's view of a second level is understood", "开启二级佣金前请确认已知悉合规风险",
            path=(*here, "understood"),
        )  # fmt: skip


def check_contract(contract: Contract, most_bp: int) -> None:
    """Hold a contract to what may be paid.

    Raises:
        BadInput: the rate or the time is out of bounds.
    """
    if not 0 <= contract.rate_bp <= most_bp:
        raise BadInput(f"from 0 to {most_bp}", f"应在 0 到 {most_bp} 之间", path=("input", "rateBp"))
    if contract.ends_at is not None and contract.ends_at <= contract.starts_at:
        raise BadInput("after the start", "应晚于开始时间", path=("input", "endsAt"))


def end_rule(rule: RateRule, at: datetime, expected_version: int) -> RateRule:
    """Let a rule hold no more. Orders that were paid keep the rate that they were paid at.

    Raises:
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    same_version(rule.version, expected_version)
    if rule.ends_at is not None and rule.ends_at <= at:
        raise WrongState("ENDED", path=("input", "rateId"))
    return replace(rule, ends_at=max(at, rule.starts_at), version=rule.version + 1)


def end_contract(contract: Contract, at: datetime, expected_version: int) -> Contract:
    """Let a contract hold no more; as `end_rule`."""
    same_version(contract.version, expected_version)
    if contract.ends_at is not None and contract.ends_at <= at:
        raise WrongState("ENDED", path=("input", "contractId"))
    return replace(contract, ends_at=max(at, contract.starts_at), version=contract.version + 1)


def fact_of(rule: RateRule) -> dict[str, Any]:
    """What the outbox tells of a rule."""
    return {
        "level": rule.level.value,
        "scope": rule.scope.value,
        "target": rule.target_id.hex if rule.target_id else None,
        "rate_bp": rule.rate_bp,
        "fixed_minor": rule.fixed,
        "version": rule.version,
    }
