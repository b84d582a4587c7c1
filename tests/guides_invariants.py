"""What must hold of guides' money whatever happened: ledger, balances, commissions and the model say the same."""

from __future__ import annotations

from collections.abc import Sequence

from tests.guides_model import MOST_BP, Order
from tests.guides_world import World
from tests.pond import Pond

KINDS = ("pending", "frozen", "available", "debt", "withdrawing")
ACCOUNTS = """SELECT code, guarded, balance_minor,
    coalesce((SELECT sum(amount_minor) FROM ledger_posting WHERE destination = code), 0)
    - coalesce((SELECT sum(amount_minor) FROM ledger_posting WHERE source = code), 0)
  FROM ledger_account WHERE code = ANY($1)"""
OWED = """SELECT guide.id, earned.*, rewarded.*, (
    SELECT coalesce(sum(amount_minor), 0) FROM withdrawal WHERE guide_id = guide.id AND state = 'PAID')
  FROM guide, LATERAL (
    SELECT coalesce(sum(amount_minor - clawed_back_minor) FILTER (
        WHERE state = 'PENDING' OR state = 'HELD' AND release_at IS NULL), 0),
      coalesce(sum(amount_minor - clawed_back_minor) FILTER (
        WHERE state = 'FROZEN' OR state = 'HELD' AND release_at IS NOT NULL), 0),
      coalesce(sum(amount_minor - clawed_back_minor) FILTER (WHERE released_at IS NOT NULL), 0)
    FROM commission WHERE guide_id = guide.id) earned, LATERAL (
    SELECT coalesce(sum(amount_minor) FILTER (WHERE state IN ('FROZEN', 'HELD')), 0),
      coalesce(sum(amount_minor) FILTER (WHERE state = 'AVAILABLE'), 0)
    FROM bounty WHERE guide_id = guide.id) rewarded
  WHERE guide.id = ANY($1)"""
BEYOND = f"""SELECT order_id, line_id FROM commission JOIN "order" ON "order".id = order_id
    JOIN guide credited ON credited.id = "order".guide_id
  WHERE order_id = ANY($1) AND commission.state <> 'ESTIMATED' GROUP BY order_id, line_id
  HAVING sum(amount_minor) > min(base_minor) * {MOST_BP} / 10000
    OR bool_or(amount_minor > base_minor OR clawed_back_minor NOT BETWEEN 0 AND amount_minor)
    OR bool_or(commission.refunded_minor = base_minor AND clawed_back_minor < amount_minor)
    OR bool_or(commission.guide_id <> CASE level WHEN 1 THEN credited.id ELSE credited.inviter_id END)"""
"""Lines that earn more than they may, or somebody else."""
LINES = """SELECT line_id, guide_id, level, amount_minor, amount_minor - clawed_back_minor FROM commission
  WHERE order_id = $1 AND state <> 'ESTIMATED'"""
TWICE_BOUND = """SELECT member_id FROM binding WHERE member_id = ANY($1)
  GROUP BY member_id HAVING count(*) FILTER (WHERE ended_at IS NULL) > 1
    OR count(*) FILTER (WHERE bound_at <= $2 AND (ended_at IS NULL OR ended_at > $2)) > 1"""
WRONG_BALANCES = """SELECT code FROM ledger_account LEFT JOIN (
    SELECT account, sum(amount) AS posted FROM (
      SELECT destination AS account, amount_minor AS amount FROM ledger_posting
      UNION ALL SELECT source, -amount_minor FROM ledger_posting) moved GROUP BY account) postings ON account = code
  WHERE guarded AND balance_minor <> coalesce(posted, 0)"""


async def nothing_is_wrong(world: World, orders: Sequence[Order]) -> None:
    """Ledger, balances, commissions and the model say the same of every guide, and of these orders line by line."""
    pond, model = world.pond, world.model
    ids = list(model.guides)
    places = {f"guide:{one.hex}:{kind}": (one, kind) for one in ids for kind in KINDS}
    found = dict.fromkeys(places.values(), 0)
    for code, guarded, kept, posted in await pond.select(ACCOUNTS, list(places)):
        assert not guarded or kept == posted, f"{code} is the sum of its postings"
        found[places[code]] = posted
    for guide_id, *sums in await pond.select(OWED, ids):
        pending, frozen, released, bounties_frozen, bounties_given, taken = map(int, sums)
        has = {kind: int(found[guide_id, kind]) for kind in KINDS}
        assert has["pending"] == pending
        assert has["frozen"] == frozen + bounties_frozen
        assert has["available"] >= 0 >= has["debt"], "nobody takes out what is not there"
        assert has["available"] * has["debt"] == 0, "nobody has something and owes something"
        assert has["available"] + has["debt"] + has["withdrawing"] + taken == released + bounties_given
        assert (*has.values(), taken) == model.owed(model.guides[guide_id]), "as the model has it"
    members = [one.member_id for one in world.buyers]
    assert await pond.select(TWICE_BOUND, members, pond.time) == []
    assert await pond.select(BEYOND, [one.id for one in orders]) == []
    for order in orders:
        lines = await pond.select(LINES, order.id)
        assert {tuple(one) for one in lines} == {
            (one.line_id, one.guide.id, one.level, one.amount, one.left) for one in order.earned
        }


async def whole_ledger_is_kept(pond: Pond) -> None:
    """Every balance is the sum of its postings, and all of them together are nothing."""
    assert await pond.select(WRONG_BALANCES) == []
