"""What finance does to rates of commission: rules, and contracts with anchors (R06, R13)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.catalogue
import db.categories
import db.commission_rates
import db.guides
import db.outbox
from db.connection import Writing
from domain import commission_rates as rules
from domain.catalogue import Audience
from domain.commission_rates import Contract, RateRule, RateScope
from domain.filters import Condition, check_depth
from domain.guides import Guide, GuideKind, GuideStatus, knows_in_full
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, WrongState
from resolvers.context import Context

MOST_PRODUCTS = 500


async def set_rule(ctx: Context, rule: RateRule, *, understood: bool) -> RateRule:
    """Let a rule hold from a time on. What was paid before keeps its rate.

    Raises:
        BadInput: it pays nothing, or more than a line may cost; its target or time does not fit.
        NotFound: there is no such variant, product, category or tier.
    """
    new = replace(rule, id=ctx.new_id(), starts_at=max(rule.starts_at, ctx.now()))
    rules.check_rule(new, ctx.services.rules.commission.most_bp, understood=understood)
    async with ctx.database.writing() as tx:
        await _check_target(tx, new)
        await db.commission_rates.save_rule(tx, new)
        await db.outbox.tell(tx, "CommissionRateSet", "commission_rate", new.id, rules.fact_of(new), ctx.now())
    return new


async def _check_target(tx: Writing, rule: RateRule) -> None:
    if rule.tier_id is not None and rule.tier_id not in {tier.id for tier in await db.guides.tiers(tx)}:
        raise NotFound(path=("input", "tierId"))
    if rule.target_id is None:
        return
    found: Any = {}
    if rule.scope is RateScope.VARIANT:
        found = await db.catalogue.variants_by_id(tx, Audience.STAFF, [rule.target_id])
    elif rule.scope is RateScope.PRODUCT:
        found = await db.commission_rates.products_among(tx, [rule.target_id])
    else:
        found = await db.categories.categories_by_id(tx, [rule.target_id])
    if rule.target_id not in found:
        raise NotFound(path=("input", "targetId"))


async def end_rule(ctx: Context, rule_id: UUID, expected_version: int) -> RateRule:
    """Let a rule hold no more.

    Raises:
        NotFound: there is no such rule.
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        rule = await db.commission_rates.lock_rule(tx, rule_id)
        if rule is None:
            raise NotFound(path=("input", "rateId"))
        ended = rules.end_rule(rule, ctx.now(), expected_version)
        await db.commission_rates.save_rule(tx, ended)
        await db.outbox.tell(tx, "CommissionRateEnded", "commission_rate", ended.id, rules.fact_of(ended), ctx.now())
    return ended


async def sign(ctx: Context, contract: Contract) -> Contract:
    """Promise an anchor a rate for what is sold in its own rooms (R13).

    Raises:
        NotFound: there is no such guide, or a product is unknown.
        WrongState: the guide is no anchor, or left.
        BadInput: the rate or the time is out of bounds.
    """
    new = replace(contract, id=ctx.new_id(), starts_at=max(contract.starts_at, ctx.now()))
    rules.check_contract(new, ctx.services.rules.commission.most_bp)
    async with ctx.database.writing() as tx:
        guide = await db.guides.lock_guide(tx, new.guide_id)
        if guide is None:
            raise NotFound(path=("input", "guideId"))
        if guide.kind is not GuideKind.ANCHOR or guide.status is GuideStatus.LEFT:
            raise WrongState(f"{guide.kind.value} {guide.status.value}", path=("input", "guideId"))
        if len(await db.commission_rates.products_among(tx, new.product_ids)) < len(new.product_ids):
            raise NotFound(path=("input", "productIds"))
        await db.commission_rates.save_contract(tx, new)
        await _tell(ctx, tx, "CommissionContractSigned", new)
    return new


async def end_contract(ctx: Context, contract_id: UUID, expected_version: int) -> Contract:
    """Let a contract hold no more.

    Raises:
        NotFound: there is no such contract.
        StaleVersion: somebody changed it in between.
        WrongState: it is over.
    """
    async with ctx.database.writing() as tx:
        contract = await db.commission_rates.lock_contract(tx, contract_id)
        if contract is None:
            raise NotFound(path=("input", "contractId"))
        ended = rules.end_contract(contract, ctx.now(), expected_version)
        await db.commission_rates.save_contract(tx, ended)
        await _tell(ctx, tx, "CommissionContractEnded", ended)
    return ended


async def _tell(ctx: Context, tx: Writing, kind: str, contract: Contract) -> None:
    fact = {"contract": contract.id.hex, "rate_bp": contract.rate_bp, "version": contract.version}
    await db.outbox.tell(tx, kind, "guide", contract.guide_id, fact, ctx.now())


async def rates(ctx: Context, request: PageRequest, where: Condition) -> Page[RateRule]:
    """A page of the rules, the newest first.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.commission_rates.rules(ctx.reading, request, where)


async def contracts_of(ctx: Context, guides: Sequence[Guide]) -> list[list[Contract] | None]:
    """The contracts of each guide, the newest first, where the caller may know them."""
    seen = [one.id for one in guides if ctx.holds(Scope.FINANCE) or knows_in_full(ctx.principal, one)]
    found = await db.commission_rates.contracts_of(ctx.reading, seen) if seen else {}
    return [found.get(one.id, []) if one.id in seen else None for one in guides]
