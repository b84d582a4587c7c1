"""The brand in which the guides of the machine sell: what it pays, and on which terms."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import resolvers.bounties
import resolvers.commission_rates
from domain.bindings import BindingMode, BindingTerms
from domain.bounties import BountyEvent, BountyRule
from domain.catalogue import Variant
from domain.commission_rates import CommissionLevel, RateRule, RateScope
from domain.commissions import CommissionTerms
from domain.identity import Principal, Role
from domain.money import NOTHING, Money
from tests.guides_model import BOUNTIES_A_DAY, BOUNTY, BOUNTY_FREEZE, FREEZE, MOST_BP, SECOND_BP
from tests.guides_world import LEAST, RICH
from tests.makers_catalogue import a_variant
from tests.makers_members import appointed, headquarters, staff
from tests.makers_withdrawals import terms
from tests.pond import Pond

PRICES = (33_33, 9_99, 128_00, 7)


async def a_brand(pond: Pond) -> tuple[list[Variant], Principal]:
    """What it sells, and who decides for it: under these terms."""
    decides = await appointed(pond, await staff(pond, Role.OPERATOR), Role.FINANCE, (await headquarters(pond)).id)
    paid = CommissionTerms(release_after=FREEZE, most_bp=MOST_BP)
    timed = BindingTerms(BindingMode.TIMED, timedelta(days=30), timedelta(days=3))
    pond.services.rules = replace(pond.services.rules, commission=paid, binding=timed, pay_within=timedelta(days=2))
    terms(
        pond,
        least=LEAST,
        most=RICH,
        most_a_day=RICH,
        times_a_day=1_000,
        approved_up_to=5_00,
        cool_down=timedelta(0),
        fee_bp=60,
    )
    ctx, now = pond.context(decides), pond.time
    second = RateRule(
        ctx.new_id(), CommissionLevel.SECOND, RateScope.EVERYTHING, None, None, False, SECOND_BP, None, now, None
    )
    await resolvers.commission_rates.set_rule(ctx, second, understood=True)
    for event in (BountyEvent.REGISTERED, BountyEvent.FIRST_ORDER):
        days = BOUNTY_FREEZE.days
        rule = BountyRule(ctx.new_id(), event, Money(BOUNTY), BOUNTIES_A_DAY, Money(RICH), NOTHING, days, now, None)
        await resolvers.bounties.set_rule(ctx, rule)
    return [await a_variant(pond, price=Money(fen), stock=10**6) for fen in PRICES], decides
