"""Short ways to have guides earn, and to look at what became of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import resolvers.commissions
from db.ledger import balances_of
from domain.catalogue import Variant
from domain.identity import Principal, Role
from domain.ledger import available_commission, commission_debt
from tests.makers_fulfilment import RECEIVE, sent
from tests.makers_guides import a_guide, bound
from tests.makers_members import a_member, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond

MINE = """query ($where: CommissionWhere) { myCommissions(first: 50, where: $where) { nodes {
  orderId lineId level base { minor } rateBp rateSource amount { minor } isCut state releaseAt releasedAt
  refunded { minor } clawedBack { minor } left { minor } } } }"""
SET_RATE = """mutation ($input: CommissionRateSetInput!) { commissionRateSet(input: $input) {
  rate { id scope level targetId rateBp fixed { minor } isCampaign startsAt endsAt version }
  userErrors { code path } } }"""


async def a_customer_of(pond: Pond, guide: Principal | None = None, **other: Any) -> tuple[Principal, Principal]:
    """A guide (a new one unless given), and a member who is bound to it."""
    guide = guide or await a_guide(pond, **other)
    member = await a_member(pond)
    await bound(pond, member, guide)
    return guide, member


async def a_received_order(pond: Pond, who: Principal, *lines: tuple[Variant, int]) -> tuple[str, list[str]]:
    """An order that was paid, sent and received, and its lines."""
    order_id, line_ids = await a_paid_order(pond, who, *lines)
    await sent(pond, order_id)
    answer = await pond.ask(RECEIVE, who, id=order_id)
    assert answer["orderReceive"]["userErrors"] == [], answer
    return order_id, line_ids


async def released(pond: Pond) -> int:
    """Let the job release all that is due; says how many it looked at."""
    total = 0
    while many := await resolvers.commissions.release_due(pond.context()):
        total += many
    return total


async def commissions(pond: Pond, guide: Principal, **where: Any) -> list[Any]:
    """What a guide sees of what it earned, the first first."""
    nodes: list[Any] = (await pond.ask(MINE, guide, where=where or None))["myCommissions"]["nodes"]
    return nodes[::-1]


async def wallet(pond: Pond, guide_id: UUID | None) -> tuple[int, int]:
    """What a guide can take out, and what it owes (zero or less)."""
    assert guide_id is not None
    accounts = available_commission(guide_id), commission_debt(guide_id)
    found = await balances_of(pond.context().reading, accounts)
    return found[accounts[0]], found[accounts[1]]


async def a_rate(pond: Pond, **rule: Any) -> Any:
    """A rule that finance sets."""
    answer = await pond.ask(SET_RATE, await staff(pond, Role.FINANCE), input=rule)
    assert answer["commissionRateSet"]["userErrors"] == [], answer
    return answer["commissionRateSet"]["rate"]
