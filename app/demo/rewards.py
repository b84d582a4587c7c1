"""Sows how the sample brand pays its guides: what tiers take, a campaign, a bounty for new members, a monthly bonus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import db.tiers
import resolvers.bonuses
import resolvers.bounties
import resolvers.commission_rates
import resolvers.tiers
from app.demo.field import Field
from app.demo.people import Organisation
from domain.bonuses import BonusKind, BonusMode, BonusPlan, BonusStep
from domain.bounties import BountyEvent, BountyRule
from domain.commission_rates import CommissionLevel, RateRule, RateScope
from domain.money import NOTHING, Money
from domain.tiers import Condition, Conditions, TierMatch, TierMetric, TierWindow

YEAR = timedelta(days=365)
NEW = UUID(int=0)
TAKES = {2: 5_000_00, 3: 50_000_00}
"""What the higher tiers take, in fen of 90 days."""


async def sow_rewards(field: Field, organisation: Organisation, products: Mapping[str, UUID]) -> None:
    """Say what guides get, where nobody has."""
    ladder = await db.tiers.ladder(field.database.reading())
    if any(rung.upgrade for rung in ladder):
        return
    await _sow_tiers(field, organisation)
    hand = field.hand("a campaign for guides", organisation.founder)
    campaign = RateRule(
        NEW,
        CommissionLevel.FIRST,
        RateScope.PRODUCT,
        products["fangtang-gaiwan"],
        tier_id=None,
        is_campaign=True,
        rate_bp=1_500,
        fixed=None,
        starts_at=hand.now(),
        ends_at=hand.now() + timedelta(days=14),
    )
    await resolvers.commission_rates.set_rule(hand, campaign, understood=False)
    hand = field.hand("a bounty for new members", organisation.founder, ago=YEAR)
    bounty = BountyRule(
        NEW, BountyEvent.REGISTERED, Money(5_00), 20, Money(10_000_00), NOTHING, 7, hand.now(), ends_at=None
    )
    await resolvers.bounties.set_rule(hand, bounty)
    hand = field.hand("a bonus for a month's sales", organisation.founder, ago=YEAR)
    steps = [BonusStep(5_000_00, 100), BonusStep(20_000_00, 200)]
    plan = BonusPlan(
        NEW, "月度阶梯奖", BonusKind.STEP, BonusMode.WHOLE, organisation.units["hq"], steps, hand.now(), ends_at=None
    )
    await resolvers.bonuses.set_plan(hand, plan)


async def _sow_tiers(field: Field, organisation: Organisation) -> None:
    hand = field.hand("what tiers of guides take", organisation.founder, ago=YEAR)
    for rung in await db.tiers.ladder(field.database.reading()):
        if rung.tier.rank in TAKES:
            sold = [Condition(TierMetric.NET_SALES, TAKES[rung.tier.rank])]
            takes = Conditions(TierMatch.ALL, TierWindow.ROLLING_90_DAYS, sold)
            await resolvers.tiers.save(hand, replace(rung, upgrade=takes), rung.tier.id, rung.version)
