"""Guides and their customers in the product, as small as can be, and what is done with them through its resolvers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import db.guides
import db.ledger
import resolvers.after_sale_handling
import resolvers.after_sales
import resolvers.bindings
import resolvers.bounties
import resolvers.commission_rates
import resolvers.commissions
import resolvers.guides
import resolvers.handovers
import resolvers.orders
import resolvers.payments
import resolvers.refunds
import resolvers.shipments
import resolvers.tiers
import resolvers.withdrawal_sending
import resolvers.withdrawals
from app.standins.wechat_pay_books import No
from domain.after_sales import AfterSaleKind, Applying
from domain.bindings import BindingCause, Trail
from domain.catalogue import Variant
from domain.guides import GuideAction
from domain.handovers import HandoverDraft
from domain.identity import Principal
from domain.ledger import Posting, balance_cash, clearing
from domain.money import Money, apportion
from domain.orders import CartLine
from domain.payments import PayBy
from domain.placing import Wish
from domain.refusals import Refusal, Refusals
from domain.tenders import InsufficientBalance
from resolvers.payments import Paying
from resolvers.projections import go_on
from resolvers.refunds import Refunded, Refunding
from resolvers.shipments import Sending
from resolvers.withdrawals import Wanted
from tests.guides_model import (
    ACTIVE,
    FROZEN,
    LEFT,
    Guide,
    Hold,
    Model,
    Order,
)
from tests.makers_guides import a_guide, guide_of
from tests.makers_members import a_member, a_store, wx_code
from tests.makers_withdrawals import known_by_wechat
from tests.pond import Pond

FOLLOWERS = (
    resolvers.commissions.ESTIMATES,
    resolvers.tiers.TIERS,
    resolvers.bounties.FOLLOWER,
    resolvers.withdrawal_sending.WITHDRAWN,
)
INVITED_BY = (None, 0, 1, None, 3)
"""Five guides, each brought by which of those before it."""
BUYERS = 4
RICH = 10**9
LEAST = 1_00
"""What a guide can take out at least."""
LOGIN = """mutation ($input: MemberLoginByWechatInput!) { memberLoginByWechat(input: $input) {
  registered member { id } userErrors { code } } }"""
HELD = """SELECT id, guide_id, expires_at <= $2 AS is_over FROM binding
  WHERE member_id = $1 AND bound_at <= $2 AND (ended_at IS NULL OR ended_at > $2)"""
ENDED = "SELECT end_reason IN ('TRANSFERRED', 'HANDED_OVER') FROM binding WHERE id = $1"
TIERS = "SELECT guide.id, rate_bp FROM guide JOIN guide_tier ON guide_tier.id = tier_id WHERE guide.id = ANY($1)"
STATES = "SELECT id, state FROM withdrawal WHERE guide_id = ANY($1)"


@dataclass(eq=False)
class Asked:
    """An after-sale that waits for its answer."""

    id: UUID
    order: Order
    quantities: Mapping[UUID, int]


class World:
    """One brand's guides, buyers, orders and withdrawals: what is done is told to the model."""

    def __init__(self, pond: Pond, goods: Sequence[Variant], finance: Principal) -> None:
        self.pond, self.goods, self.model = pond, goods, Model()
        self.finance = pond.context(finance)
        self.people: dict[UUID, Principal] = {}
        self.buyers: list[Principal] = []
        self.placed: dict[UUID, Any] = {}
        self.bindings: dict[UUID, UUID] = {}
        """The binding that was found when an order was placed."""
        self.units: dict[UUID, dict[UUID, int]] = {}
        """How many units of each line are left of an order."""
        self.after_sales: list[Asked] = []
        self.withdrawals: dict[UUID, tuple[Guide, int, str]] = {}

    async def begin(self) -> None:
        self.pond.later(days=1)
        store_id = await a_store(self.pond)
        guides: list[Guide] = []
        for above in INVITED_BY:
            person = await a_guide(self.pond, store_id=store_id)
            found, inviter = await guide_of(self.pond, person), None if above is None else guides[above]
            assert person.member_id is not None
            guide = Guide(found.id, person.member_id, inviter, 500)
            if inviter:
                await resolvers.guides.set_inviter(self.finance, guide.id, inviter.id, found.version, "邀请")
            await known_by_wechat(self.pond, person)
            self.people[guide.id] = person
            self.model.guides[guide.id] = guide
            guides.append(guide)
            await self._may_buy(person)
        for _ in range(BUYERS):
            await self._may_buy(await a_member(self.pond))
        self.codes = {guide.id: (await guide_of(self.pond, self.people[guide.id])).share_code for guide in guides}

    async def _may_buy(self, who: Principal) -> None:
        """Put so much into the balance of a member that it is never spent."""
        assert who.member_id is not None
        posting = Posting(clearing("sandbox"), balance_cash(who.member_id), Money(RICH))
        async with self.pond.database.writing() as tx:
            await db.ledger.post(tx, f"rich:{who.member_id.hex}", [posting], self.pond.time)
        self.buyers.append(who)

    async def register(self, guide: Guide) -> None:
        """Somebody new comes by the code of a guide, and is their customer."""
        wanted = {"code": await wx_code(self.pond, uuid4().hex), "shareCode": self.codes[guide.id]}
        answer = (await self.pond.ask(LOGIN, input=wanted))["memberLoginByWechat"]
        assert answer["registered"], answer
        member = Principal(UUID(hex=answer["member"]["id"][4:]), scopes=self.buyers[-1].scopes)
        await self._may_buy(member)
        if guide.status != LEFT:
            assert member.member_id is not None
            self.model.news.append(("REGISTERED", self.pond.time, (member.member_id, guide)))

    async def _hold(self, member_id: UUID) -> tuple[UUID | None, Hold | None]:
        rows = await self.pond.select(HELD, member_id, self.pond.time)
        assert len(rows) <= 1, "one guide at a time"
        if not rows:
            return None, None
        guide = self.model.guides[rows[0]["guide_id"]] if rows[0]["guide_id"] else None
        return rows[0]["id"], Hold(guide, bool(rows[0]["is_over"]))

    async def place(self, buyer: Principal, quantities: Sequence[tuple[int, int]], code: Guide | None) -> None:
        assert buyer.member_id is not None
        binding_id, hold = await self._hold(buyer.member_id)
        lines = [CartLine(self.goods[which].id, many) for which, many in quantities]
        wish = Wish(tuple(lines), code=self.codes[code.id] if code else None)
        placed = (await resolvers.orders.place(self.pond.context(buyer), wish, uuid4().hex)).order
        order = Order(placed.id, buyer.member_id, {one.id: one.payable.minor for one in placed.lines}, code, hold)
        guide = self.model.place(order)
        assert placed.guide_id == (guide.id if guide else None), "whose it is"
        self.placed[order.id], self.units[order.id] = placed, {one.id: one.quantity for one in placed.lines}
        if binding_id:
            self.bindings[order.id] = binding_id

    async def pay(self, order: Order) -> None:
        if order.hold:
            order.hold.moved = bool((await self.pond.select(ENDED, self.bindings[order.id]))[0][0])
        _, now = await self._hold(order.buyer)
        who = self.pond.context(self._buyer(order))
        begun = await resolvers.payments.pay(who, Paying(order.id, uuid4().hex, PayBy.BALANCE))
        self.model.pay(order, now, self.pond.time)
        assert begun.order.guide_id == (order.guide.id if order.guide else None), "whose it is when it is paid"

    def payable(self) -> list[Order]:
        """Orders that wait to be paid."""
        return [one for one in self.model.orders if not one.paid_at and self.placed[one.id].pay_before > self.pond.time]

    def _buyer(self, order: Order) -> Principal:
        return next(one for one in self.buyers if one.member_id == order.buyer)

    async def give_up(self, order: Order) -> None:
        buyer = self._buyer(order)
        await resolvers.orders.cancel(self.pond.context(buyer), order.id)
        self.model.orders.remove(order)

    async def arrive(self, order: Order) -> None:
        buyer = self._buyer(order)
        await resolvers.shipments.send(self.finance, Sending(order.id, None, "顺丰", "SF1", uuid4().hex))
        await resolvers.shipments.receive(self.pond.context(buyer), order.id)
        self.model.receive(order, self.pond.time)

    async def give_units_back(self, order: Order, quantities: Mapping[UUID, int]) -> None:
        await self._refund(order, quantities)
        self._went_back(order, quantities)

    async def give_amount_back(self, order: Order, amount: int) -> None:
        await self._refund(order, {}, amount)
        self._went_back(order, {}, amount)

    async def _refund(self, order: Order, quantities: Mapping[UUID, int], amount: int | None = None) -> Refunded:
        money = None if amount is None else Money(amount)
        of_sent = bool(quantities) and order.received_at is not None
        wanted = Refunding(order.id, "退", uuid4().hex, quantities, amount=money, of_sent=of_sent)
        return await resolvers.refunds.refund(self.finance, wanted)

    def _went_back(self, order: Order, quantities: Mapping[UUID, int], amount: int | None = None) -> None:
        """Tell the model what went back of which line: of units what they cost, as far as it is left."""
        lines, gone = self.placed[order.id].lines, {one.line_id: one.gone for one in order.earned}
        worths = [
            one.unit_paid[0] * quantities.get(one.id, 0) if quantities else one.payable.minor - gone.get(one.id, 0)
            for one in lines
        ]
        back = min(sum(worths), order.total - order.went_back) if amount is None else amount
        parts = apportion(back, worths) if sum(worths) else [0] * len(lines)
        of_lines = {one.id: part for one, part in zip(lines, parts, strict=True)}
        self.model.give_back(order, back, of_lines, self.pond.time)
        for line_id, many in quantities.items():
            self.units[order.id][line_id] -= many
        if order.went_back == order.total and not order.received_at:
            self.units[order.id] = dict.fromkeys(self.units[order.id], 0)

    async def ask_back(self, order: Order, quantities: dict[UUID, int]) -> None:
        buyer = self._buyer(order)
        wanted = Applying(order.id, AfterSaleKind.REFUND_ONLY, quantities, "不喜欢")
        asked, _ = await resolvers.after_sales.apply(self.pond.context(buyer), wanted, uuid4().hex)
        order.open_after_sales += 1
        self.after_sales.append(Asked(asked.id, order, quantities))

    async def answer(self, asked: Asked, order: Order, *, agreed: bool) -> None:
        self.after_sales.remove(asked)
        if agreed:
            await resolvers.after_sale_handling.agree(self.finance, asked.id, "好", None)
            self._went_back(order, asked.quantities)
        else:
            await resolvers.after_sale_handling.reject(self.finance, asked.id, "不行")
        order.open_after_sales -= 1

    async def passes(self, hours: int) -> None:
        self.pond.later(hours=hours)

    async def release(self) -> None:
        """The jobs let go what is due."""
        for job in (resolvers.commissions.release_due, resolvers.bounties.release_due):
            while await job(self.finance):
                pass
        self.model.release(self.pond.time)

    async def follow(self) -> None:
        """What follows the outbox comes up with it; tiers may be others then."""
        for one in FOLLOWERS:
            while await go_on(one, self.finance, timedelta(0)):
                pass
        self.model.follow()
        await self.read_tiers()

    async def read_tiers(self) -> None:
        for guide_id, bp in await self.pond.select(TIERS, list(self.model.guides)):
            self.model.guides[guide_id].bp = bp

    async def _version(self, guide: Guide) -> int:
        return (await db.guides.guides_by_id(self.finance.reading, [guide.id]))[guide.id].version

    async def put_on_tier(self, guide: Guide, rank: int) -> None:
        tier = (await db.guides.tiers(self.finance.reading))[rank]
        version = await self._version(guide)
        await resolvers.tiers.put(self.finance, guide.id, tier.id, version, is_locked=False, note="考核")
        await self.read_tiers()

    async def change_status(self, guide: Guide, action: GuideAction) -> None:
        await resolvers.guides.change_status(self.finance, guide.id, action, await self._version(guide), "考核")
        if action is GuideAction.UNFREEZE:
            self.model.unfreeze(guide)
        guide.status = {GuideAction.UNFREEZE: ACTIVE, GuideAction.FREEZE: FROZEN, GuideAction.DISMISS: LEFT}[action]

    async def release_held(self, guide: Guide) -> None:
        released = await resolvers.commissions.release_held(self.finance, guide.id, "离职结清")
        assert len(released) == self.model.release_held(guide, self.pond.time)

    async def take_over(self, member: Principal, guide: Guide) -> None:
        """A click makes the member a customer of the guide, if it may."""
        assert member.member_id is not None
        found = (await db.guides.guides_by_id(self.finance.reading, [guide.id]))[guide.id]
        await resolvers.bindings.bind_now(self.finance, member.member_id, found, Trail(BindingCause.SHARE))

    async def transfer(self, member: Principal, guide: Guide) -> None:
        assert member.member_id is not None
        await _allowed(resolvers.bindings.transfer(self.finance, member.member_id, guide.id, "调店"))

    async def hand_over(self, leaver: Guide, successor: Guide, days: int) -> None:
        turn = self.pond.time + timedelta(days=days)
        draft = HandoverDraft(leaver.id, successor.id, turn, None, is_leaving=leaver.status == LEFT, reason="交接")
        await _allowed(resolvers.handovers.create(self.finance, draft))

    async def withdraw(self, guide: Guide, amount: int, at_once: int) -> None:
        """Several ask for the same amount at once: as many get it as there is."""
        asked = await asyncio.gather(*(self._take_out(guide, amount) for _ in range(at_once)))
        given = sum(asked)
        assert given == min(at_once, max(guide.wallet, 0) // amount)
        guide.wallet -= given * amount
        guide.withdrawing += given * amount

    async def withdraw_and_refund(self, guide: Guide, order: Order, quantities: Mapping[UUID, int]) -> None:
        """All is taken out while something of it goes back: one is first, whichever."""
        amount = guide.wallet
        given, _ = await asyncio.gather(self._take_out(guide, amount), self._refund(order, quantities))
        self._went_back(order, quantities)
        assert given or guide.wallet < amount
        if given:
            guide.wallet -= amount
            guide.withdrawing += amount

    async def _take_out(self, guide: Guide, amount: int) -> bool:
        """Ask for an amount; whether it was there."""
        who = self.pond.context(self.people[guide.id])
        try:
            new, _ = await resolvers.withdrawals.request(who, Wanted(Money(amount), guide.id, uuid4().hex))
        except InsufficientBalance:
            return False
        self.withdrawals[new.id] = guide, amount, new.state.value
        return True

    async def decide(self, withdrawal_id: UUID, *, approved: bool) -> None:
        await resolvers.withdrawals.decide(self.finance, withdrawal_id, 1, "核", approved=approved)
        await self.see_withdrawals()

    async def call_off(self, withdrawal_id: UUID) -> None:
        guide, _, _ = self.withdrawals[withdrawal_id]
        await resolvers.withdrawals.cancel(self.pond.context(self.people[guide.id]), withdrawal_id)
        await self.see_withdrawals()

    async def send_withdrawals(self) -> None:
        while await resolvers.withdrawal_sending.send_due(self.finance):
            pass
        await self.pond.wechat_pay.all_told()
        await self.see_withdrawals()

    async def end_withdrawal(self, withdrawal_id: UUID, *, arrives: bool) -> None:
        """WeChat says how it ended; who says yes too late is told that it is over."""
        bills = self.pond.wechat_pay.transfers
        try:
            (bills.confirm if arrives else partial(bills.fail, reason="OVERDUE_CLOSE"))(withdrawal_id.hex)
        except No as no:
            late = no.code
            assert late == "INVALID_REQUEST"
        await self.pond.wechat_pay.all_told()
        await self.see_withdrawals()
        assert self.withdrawals[withdrawal_id][2] in ("PAID", "FAILED", "EXPIRED")

    async def see_withdrawals(self) -> None:
        """What was paid is gone, and what came back is there again, once."""
        for key, state in await self.pond.select(STATES, list(self.model.guides)):
            guide, amount, before = self.withdrawals[key]
            over = before in ("PAID", "REJECTED", "FAILED", "EXPIRED", "CANCELLED")
            assert not over or state == before, "what is over stays so"
            self.withdrawals[key] = guide, amount, state
            if not over and state == "PAID":
                guide.withdrawing -= amount
                guide.taken += amount
            elif not over and state in ("REJECTED", "FAILED", "EXPIRED", "CANCELLED"):
                guide.withdrawing -= amount
                guide.wallet += amount


async def _allowed(asked: Any) -> bool:
    """Do what may be refused; whether it was not."""
    try:
        await asked
    except (Refusal, Refusals):
        return False
    return True
