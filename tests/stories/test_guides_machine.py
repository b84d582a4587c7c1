"""Whatever is sold, given back, handed over and taken out in whatever order, guides are owed what they are owed (P3).

A machine does one thing after the other with guides and their customers, through the product over a real database. After
each step it holds the ledger, the commissions and the balances to each other, and all of them to a model that works out
anew what each guide is owed. So many steps as `YUTANG_TEST_STEPS` says, 10,000 unless set.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from db.connection import Writing
from domain import commissions
from domain.commissions import Commission, Wallet
from domain.guides import GuideAction
from domain.identity import Principal
from domain.ledger import Posting, available_commission
from domain.money import Money
from resolvers import withdrawals
from tests.guides_brand import a_brand
from tests.guides_invariants import nothing_is_wrong, whole_ledger_is_kept
from tests.guides_model import ACTIVE, FROZEN, LEFT, Guide, Order
from tests.guides_world import LEAST, World
from tests.pond import Pond

STEPS = int(os.environ.get("YUTANG_TEST_STEPS", "10000"))
STEPS_OF_A_WORLD = 250
MAY_ASK = timedelta(days=7)
"""For how long after receipt a buyer may ask for the money back."""
HOURS = (1, 5, 30, 80, 200)
DEEDS: Mapping[str, int] = {
    "orders": 6, "pays": 6, "gives_up": 1, "arrives": 6,
    "units_go_back": 4, "an_amount_goes_back": 3, "asks_for_money_back": 2, "is_answered": 2,
    "time_passes": 4, "is_released": 4, "is_followed": 3,
    "is_put_on_a_tier": 2, "is_frozen_or_sells_again": 2, "leaves": 1, "gets_what_was_held": 1,
    "registers": 2, "changes_hands": 2, "is_handed_over": 2,
    "takes_money_out": 4, "takes_all_out_while_units_go_back": 3,
    "is_decided": 2, "calls_off": 1, "is_sent": 2, "ends": 2,
}  # fmt: skip
"""What may happen, and how often."""

T = TypeVar("T")
Story: TypeAlias = Coroutine[Any, Any, Any]
Runs: TypeAlias = Callable[[Story], Any]
which = st.integers(0, 255)
"""Chooses one of however many there are."""


class Guides(RuleBasedStateMachine):
    """Guides of one brand, and everything that makes them richer or poorer.

    A deed is given three numbers, by which it chooses, and returns None when there is nothing that it could be done to:
    somebody pays instead, or has the goods, or orders.
    """

    done: ClassVar[int] = 0

    def __init__(self, world: World, runs: Runs) -> None:
        super().__init__()
        self.world, self.model, self.runs = world, world.model, runs
        self.touched: list[Order] = []

    @initialize()
    def begins(self) -> None:
        self.runs(self.world.begin())

    @rule(
        deed=st.sampled_from([deed for deed, often in DEEDS.items() for _ in range(often)]), a=which, b=which, c=which
    )
    def step(self, deed: str, a: int, b: int, c: int) -> None:
        Guides.done += 1
        self.touched = []
        self.runs(getattr(self, deed)(a, b, c) or self.pays(a, b, c) or self.arrives(a, b, c) or self.orders(a, b, c))

    @invariant()
    def nothing_is_wrong(self) -> None:
        self.runs(nothing_is_wrong(self.world, self.touched))

    def teardown(self) -> None:
        self.runs(nothing_is_wrong(self.world, self.model.orders))
        self.runs(whole_ledger_is_kept(self.world.pond))

    def guide(self, which: int, *statuses: str) -> Guide | None:
        return chosen([one for one in self.model.guides.values() if one.status in statuses], which)

    def touch(self, order: Order) -> Order:
        self.touched = [order]
        return order

    def kept(self) -> list[Order]:
        """Paid orders of which something is left, and about which nothing is asked."""
        paid = (one for one in self.model.orders if one.paid_at and one.went_back < one.total)
        return [one for one in paid if not one.open_after_sales]

    def with_units(self, found: Sequence[Order]) -> list[Order]:
        return [one for one in found if any(self.world.units[one.id].values())]

    def units(self, order: Order, which: int, many: int) -> dict[UUID, int]:
        """So many units of one of the lines, as far as there are."""
        left = [(line, units) for line, units in self.world.units[order.id].items() if units]
        line, units = left[which % len(left)]
        return {line: 1 + many % units}

    def withdrawal(self, which: int, *states: str) -> UUID | None:
        return chosen([key for key, (_, _, state) in self.world.withdrawals.items() if state in states], which)

    # What is sold.

    def orders(self, a: int, b: int, c: int) -> Story:
        goods = len(self.world.goods)
        wanted = {a % goods: 1 + b % 3} | ({c % goods: 1 + c % 2} if c % 2 else {})
        codes = [*self.model.guides.values(), *[None] * 5]
        return self.world.place(self.buyer(b), [*wanted.items()], codes[c % len(codes)])

    def buyer(self, which: int) -> Principal:
        return self.world.buyers[which % len(self.world.buyers)]

    def pays(self, a: int, *_: int) -> Story | None:
        order = chosen(self.world.payable(), -1 - a % 3)
        return self.world.pay(self.touch(order)) if order else None

    def gives_up(self, a: int, *_: int) -> Story | None:
        order = chosen(self.world.payable(), a)
        return self.world.give_up(order) if order else None

    def arrives(self, a: int, *_: int) -> Story | None:
        order = chosen([one for one in self.kept() if not one.received_at], a)
        return self.world.arrive(self.touch(order)) if order else None

    # What goes back.

    def units_go_back(self, a: int, b: int, c: int) -> Story | None:
        order = chosen(self.with_units(self.kept()), a)
        return self.world.give_units_back(self.touch(order), self.units(order, b, c)) if order else None

    def an_amount_goes_back(self, a: int, b: int, _: int) -> Story | None:
        order = chosen(self.kept(), a)
        share = max(1, (order.total - order.went_back) * (1 + b % 10) // 10) if order else 0
        return self.world.give_amount_back(self.touch(order), share) if order else None

    def asks_for_money_back(self, a: int, b: int, c: int) -> Story | None:
        since = self.world.pond.time - MAY_ASK
        received = [one for one in self.with_units(self.kept()) if one.received_at and one.received_at >= since]
        order = chosen(received, a)
        return self.world.ask_back(self.touch(order), self.units(order, b, c)) if order else None

    def is_answered(self, a: int, b: int, _: int) -> Story | None:
        asked = chosen(self.world.after_sales, a)
        return self.world.answer(asked, self.touch(asked.order), agreed=b % 2 == 0) if asked else None

    # What becomes of guides and their customers.

    def is_put_on_a_tier(self, a: int, b: int, _: int) -> Story | None:
        guide = self.guide(a, ACTIVE, FROZEN)
        return self.world.put_on_tier(guide, b % 3) if guide else None

    def is_frozen_or_sells_again(self, a: int, *_: int) -> Story | None:
        guide = self.guide(a, ACTIVE, FROZEN)
        action = GuideAction.FREEZE if guide and guide.status == ACTIVE else GuideAction.UNFREEZE
        return self.world.change_status(guide, action) if guide else None

    def leaves(self, a: int, *_: int) -> Story | None:
        stay = sum(one.status != LEFT for one in self.model.guides.values())
        guide = self.guide(a, ACTIVE, FROZEN) if stay > 3 else None
        return self.world.change_status(guide, GuideAction.DISMISS) if guide else None

    def gets_what_was_held(self, a: int, *_: int) -> Story | None:
        guide = self.guide(a, LEFT)
        return self.world.release_held(guide) if guide else None

    def registers(self, a: int, *_: int) -> Story | None:
        guide = self.guide(a, ACTIVE)
        return self.world.register(guide) if guide else None

    def changes_hands(self, a: int, b: int, c: int) -> Story | None:
        guide = self.guide(b, ACTIVE, FROZEN)
        goes = self.world.take_over if c % 2 else self.world.transfer
        return goes(self.buyer(a), guide) if guide else None

    def is_handed_over(self, a: int, b: int, c: int) -> Story | None:
        leaver, successor = self.guide(a, ACTIVE, FROZEN, LEFT), self.guide(b, ACTIVE)
        return self.world.hand_over(leaver, successor, c % 3) if leaver and successor else None

    # Time.

    def time_passes(self, a: int, *_: int) -> Story:
        return self.world.passes(HOURS[a % len(HOURS)])

    def is_released(self, *_: int) -> Story:
        return self.world.release()

    def is_followed(self, *_: int) -> Story:
        return self.world.follow()

    # What is taken out.

    def takes_money_out(self, a: int, b: int, c: int) -> Story | None:
        share = 1 + b % 4
        rich = [one for one in self.model.guides.values() if one.status != FROZEN and one.wallet * share // 4 >= LEAST]
        guide = chosen(rich, a)
        return self.world.withdraw(guide, guide.wallet * share // 4, 1 + c % 3) if guide else None

    def takes_all_out_while_units_go_back(self, a: int, b: int, c: int) -> Story | None:
        found = [(order, guide) for order in self.with_units(self.kept()) for guide in order.released_to()]
        found = [(order, guide) for order, guide in found if guide.status != FROZEN and guide.wallet >= LEAST]
        pair = chosen(found, a)
        if pair is None:
            return None
        order, guide = pair
        return self.world.withdraw_and_refund(guide, self.touch(order), self.units(order, b, c))

    def is_decided(self, a: int, b: int, _: int) -> Story | None:
        found = self.withdrawal(a, "REQUESTED")
        return self.world.decide(found, approved=b % 3 > 0) if found else None

    def calls_off(self, a: int, *_: int) -> Story | None:
        found = self.withdrawal(a, "REQUESTED", "APPROVED")
        return self.world.call_off(found) if found else None

    def is_sent(self, *_: int) -> Story | None:
        return self.world.send_withdrawals() if self.withdrawal(0, "APPROVED", "WAIT_USER_CONFIRM") else None

    def ends(self, a: int, b: int, _: int) -> Story | None:
        found = self.withdrawal(a, "WAIT_USER_CONFIRM")
        return self.world.end_withdrawal(found, arrives=b % 3 > 0) if found else None


def chosen(found: Sequence[T], which: int) -> T | None:
    return found[which % len(found)] if found else None


async def played(pond: Pond, steps: int, *phases: Phase) -> None:
    """Let the machine do so many steps, the same each time, in a thread of its own, while the product runs here."""
    goods, finance = await a_brand(pond)
    loop = asyncio.get_running_loop()

    def runs(story: Story) -> Any:
        return asyncio.run_coroutine_threadsafe(story, loop).result()

    class Here(Guides):
        def __init__(self) -> None:
            super().__init__(World(pond, goods, finance), runs)

    often = settings(
        max_examples=steps // STEPS_OF_A_WORLD + 1,
        stateful_step_count=min(steps, STEPS_OF_A_WORLD) + 1,
        phases=phases,
        report_multiple_bugs=False,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    await asyncio.to_thread(run_state_machine_as_test, Here, settings=often)


@pytest.mark.timeout(900)
async def test_ten_thousand_steps_leave_every_guide_with_what_it_is_owed(pond: Pond) -> None:
    Guides.done = 0
    await played(pond, STEPS, Phase.generate, Phase.shrink)
    assert Guides.done >= STEPS


def rounded_up(commission: Commission, left: int) -> int:
    """Half a fen more than what is left earns, now and then."""
    return -(-commission.amount.minor * left // commission.base.minor)


def forgiving(wallet: Wallet, amount: int, source: str) -> list[Posting]:
    """Make an amount available whatever is owed."""
    wallet.available += amount
    return [Posting(source, available_commission(wallet.guide_id), Money(amount))] if amount else []


def remembering() -> Callable[[Writing, UUID], Coroutine[Any, Any, Wallet]]:
    """Wallets as they were when somebody last looked: what is checked is not what is acted on."""
    looks, seen = withdrawals.lock_wallet, dict[UUID, Wallet]()

    async def look(tx: Writing, guide_id: UUID) -> Wallet:
        now = await looks(tx, guide_id)
        before, seen[guide_id] = seen.get(guide_id, now), replace(now)
        return before

    return look


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "fault",
    [
        pytest.param((commissions, "entitled", rounded_up), id="a claw-back that rounds in the guide's favour"),
        pytest.param((Wallet, "give", forgiving), id="a release that does not repay what is owed"),
        pytest.param((withdrawals, "lock_wallet", remembering()), id="a withdrawal that looks first and then acts"),
    ],
)
async def test_what_is_wrong_is_found(pond: Pond, monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    """The negative control."""
    monkeypatch.setattr(*fault)

    with pytest.raises((AssertionError, asyncpg.CheckViolationError)):
        await played(pond, 5_000, Phase.generate)
