"""What can be asked of lotteries: prepare, publish and end one; draw; see what there is to win and what was won."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import db.coupon_templates
import db.idempotency
import db.lotteries
import db.lottery_draws
import db.offers
import db.outbox
from db.connection import Writing
from domain import lotteries as rules
from domain.coupon_templates import CouponTemplate, TakeBy
from domain.coupons import CouponNotOffered, CouponsGone, TakenEnough
from domain.draw_terms import WORTH_MOST
from domain.filters import Condition
from domain.idempotency import request_of
from domain.identity import Scope
from domain.lotteries import ChanceSource, Draw, Lottery, LotteryPrize, LotteryPrizeKind, LotteryState, LotteryTerms
from domain.orders import Offer, Order
from domain.pages import Page, PageRequest
from domain.points import Cause, PointsKind
from domain.promotions.coupons import CouponKind
from domain.refunds import OrderRefund
from domain.refusals import NotFound, same_version
from resolvers import activities, points
from resolvers.context import Context
from resolvers.coupon_giving import give

SHOWN = 50


async def save(ctx: Context, lottery_id: UUID | None, terms: LotteryTerms, expected_version: int | None) -> Lottery:
    """Prepare a lottery, or change one that was not published yet.

    Raises:
        BadInput, WorthTooMuch: a term is out of bounds.
        NotFound, WrongState, StaleVersion: there is no such lottery, campaign or kind of coupon, it was
            published, or changed.
    """
    terms = rules.check_terms(terms)
    terms = replace(terms, prizes=tuple(replace(prize, id=ctx.new_id()) for prize in terms.prizes))
    async with ctx.database.writing() as tx:
        await activities.check_campaign(tx, terms.campaign_id)
        await _check_templates(tx, terms)
        if lottery_id is None:
            saved = Lottery(ctx.new_id(), LotteryState.DRAFT, terms, 1, ctx.now())
            await db.lotteries.add(tx, saved)
        else:
            before = await _lock(tx, lottery_id)
            same_version(before.version, expected_version)
            saved = rules.edit(before, terms)
            await db.lotteries.save(tx, saved, prizes=True)
        await _tell(ctx, tx, "LotterySaved", saved)
    return saved


async def _check_templates(tx: Writing, terms: LotteryTerms) -> None:
    wanted = {i: prize for i, prize in enumerate(terms.prizes) if prize.template_id is not None}
    ids = [prize.template_id for prize in wanted.values() if prize.template_id is not None]
    found = await db.coupon_templates.templates_by_id(tx, ids) if ids else {}
    too_dear = await _too_dear(tx, found.values())
    for i, prize in wanted.items():
        path = ("input", "prizes", str(i))
        template = found.get(prize.template_id) if prize.template_id is not None else None
        if template is None:
            raise NotFound(path=(*path, "couponTemplateId"))
        rules.check_coupon(prize, template, too_dear, *path)


async def _too_dear(tx: Writing, templates: Iterable[CouponTemplate]) -> list[Offer]:
    """What costs more than a prize may be worth of the goods that coupons are exchanged for."""
    scopes = [one.terms.goods for one in templates if one.terms.worth.kind is CouponKind.EXCHANGE]
    return await db.offers.dearer_than(tx, WORTH_MOST, scopes) if scopes else []


async def move(ctx: Context, lottery_id: UUID, to: LotteryState) -> tuple[Lottery, bool]:
    """Publish a lottery, or end it. True when it was done before.

    Raises:
        NotFound: there is no such lottery.
        WrongState: its state does not lead there.
    """
    async with ctx.database.writing() as tx:
        before = await _lock(tx, lottery_id)
        if before.state is to:
            return before, True
        after = rules.move(before, to)
        await db.lotteries.save(tx, after)
        await _tell(ctx, tx, f"Lottery{'Published' if to is LotteryState.PUBLISHED else 'Ended'}", after)
    return after, False


async def _lock(tx: Writing, lottery_id: UUID) -> Lottery:
    found = await db.lotteries.lock(tx, lottery_id)
    if found is None:
        raise NotFound(path=("input", "lotteryId"))
    return found


async def _tell(ctx: Context, tx: Writing, kind: str, lottery: Lottery) -> None:
    fact = {"lottery": lottery.id.hex, "name": lottery.name, "state": lottery.state.value, "by": ctx.member_id.hex}
    await db.outbox.tell(tx, kind, "lottery", lottery.id, fact, ctx.now())


async def draw(ctx: Context, lottery_id: UUID, source: ChanceSource, key: str) -> tuple[Draw, bool]:
    """Draw once: a chance is used and the prize is given, or neither. True when it was drawn before.

    Raises:
        NotFound: there is no such lottery.
        LotteryClosed: it is not on now.
        NoChance: the caller has no chance left of this source.
        NotEnoughPoints: the caller has fewer than the chance costs.
    """
    asked = {"lottery": lottery_id, "source": source.value}
    request = request_of(f"member:{ctx.member_id.hex}", "lotteryDraw", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            known = UUID(hex=before)
            return (await db.lottery_draws.draws_by_id(tx, [known]))[known], True
        lottery = (await db.lotteries.lotteries_by_id(tx, [lottery_id])).get(lottery_id)
        if lottery is None or lottery.state is LotteryState.DRAFT:
            raise NotFound(path=("input", "lotteryId"))
        rules.check_open(lottery, ctx.now())
        drawn = await _draw(ctx, tx, lottery, source)
        await db.outbox.tell(tx, "LotteryDrawn", "lottery_draw", drawn.id, rules.fact_of(drawn), ctx.now())
        await db.idempotency.answer(tx, request, drawn.id.hex)
    return drawn, False


async def _draw(ctx: Context, tx: Writing, lottery: Lottery, source: ChanceSource) -> Draw:
    draw_id, prizes = ctx.new_id(), lottery.terms.prizes
    await _use_chance(ctx, tx, lottery, source)
    number = rules.number_from(ctx.chance)
    meant = rules.meant_by(number, prizes)
    coupon_id, prize = None, meant
    if meant.stock is not None and not await db.lotteries.take_prize(tx, meant.id):
        prize = rules.consolation_of(prizes)
    if prize.template_id is not None:
        coupon_id = await _coupon(ctx, tx, prize)
        prize = prize if coupon_id is not None else rules.consolation_of(prizes)
    drawn = Draw(draw_id, lottery.id, ctx.member_id, source, number, meant.id, prize, ctx.now(), coupon_id)
    await db.lottery_draws.add(tx, drawn)
    await _settle_points(ctx, tx, lottery, drawn)
    return drawn


async def _use_chance(ctx: Context, tx: Writing, lottery: Lottery, source: ChanceSource) -> None:
    """Use a chance. The count of all draws of the member comes first: it has them draw one after the other."""
    chances, me = lottery.terms.chances, ctx.member_id
    today = ctx.now().astimezone(ctx.services.rules.time_zone).date()
    refusal = rules.NoChance(source.value, path=("input", "source"))
    every = ChanceSource.ALL
    if source is every or not await db.lotteries.use_chance(
        tx, lottery.id, me, every, rules.use_key(every, today), chances.most
    ):
        raise refusal
    if source is ChanceSource.ORDER:
        used = await db.lotteries.use_chance_of_order(tx, lottery.id, me)
    else:
        if source is ChanceSource.SHARE and not await db.lotteries.was_shared(tx, me, today):
            raise refusal
        key = rules.use_key(source, today)
        used = await db.lotteries.use_chance(tx, lottery.id, me, source, key, chances.daily(source))
    if not used:
        raise refusal


async def _coupon(ctx: Context, tx: Writing, prize: LotteryPrize) -> UUID | None:
    """Give the coupon that was won; None when the winner cannot have it, and the prize goes back."""
    assert prize.template_id is not None
    try:
        return (await give(ctx, tx, prize.template_id, ctx.member_id, TakeBy.PRIZE)).id
    except (CouponsGone, CouponNotOffered, TakenEnough):
        if prize.stock is not None:
            await db.lotteries.put_back(tx, prize.id)
        return None


async def _settle_points(ctx: Context, tx: Writing, lottery: Lottery, drawn: Draw) -> None:
    """Points last, as everybody locks: what the chance costs, and what was won."""
    me = ctx.member_id
    if drawn.source is ChanceSource.POINTS:
        cause = Cause(PointsKind.SPENT, f"lottery:{drawn.id.hex}:chance", reason=lottery.name)
        await points.spend(ctx, tx, me, lottery.terms.chances.points_cost, cause)
    if drawn.prize.kind is LotteryPrizeKind.POINTS:
        cause = Cause(PointsKind.GRANTED, f"lottery:{drawn.id.hex}:prize", reason=lottery.name)
        await points.gain(ctx, tx, me, drawn.prize.points, cause)


async def refunded(_: Context, tx: Writing, order: Order, refund: OrderRefund) -> dict[str, Any]:
    """Chances of an order that was wholly refunded are gone, as far as they were not used."""
    if not refund.whole or not order.lines:
        return {}
    lost = await db.lotteries.withdraw_chances(tx, order.member_id, order.id)
    return {"chances_lost": [key.hex for key in lost]} if lost else {}


async def running(ctx: Context) -> list[Lottery]:
    """Lotteries that are on or about to be, those first that end first, at most 50."""
    return await db.lotteries.running(ctx.reading, ctx.now(), SHOWN)


async def lotteries(ctx: Context, request: PageRequest, where: Condition) -> Page[Lottery]:
    """A page of all lotteries, for those who make them."""
    return await db.lotteries.lotteries(ctx.reading, request, where)


async def lotteries_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Lottery]:
    """Those of the lotteries that were published, and for operators all of them."""
    found = await db.lotteries.lotteries_by_id(ctx.reading, list(dict.fromkeys(ids)))
    everything = ctx.holds(Scope.OPERATOR)
    return {key: one for key, one in found.items() if everything or one.state is not LotteryState.DRAFT}


async def lotteries_of(ctx: Context, found: Sequence[Draw]) -> list[Lottery]:
    """The lottery of each draw."""
    known = await db.lotteries.lotteries_by_id(ctx.reading, list({one.lottery_id for one in found}))
    return [known[one.lottery_id] for one in found]


async def chances_of(ctx: Context, found: Sequence[Lottery]) -> list[dict[ChanceSource, int] | None]:
    """How many chances the caller has left today of each source; null for a visitor."""
    me = ctx.principal.member_id
    if me is None:
        return [None] * len(found)
    today = ctx.now().astimezone(ctx.services.rules.time_zone).date()
    used = await db.lotteries.uses_of(ctx.reading, me, [one.id for one in found])
    asks_for_shares = any(one.terms.chances.share_daily for one in found)
    shared = asks_for_shares and await db.lotteries.was_shared(ctx.reading, me, today)
    return [rules.chances_left(one.terms.chances, used.get(one.id, {}), today, shared=shared) for one in found]


async def draws_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Draw]:
    """Those of the draws that are the caller's own, or that operators may see."""
    found = await db.lottery_draws.draws_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own, staff = ctx.principal.member_id, ctx.holds(Scope.OPERATOR)
    return {key: one for key, one in found.items() if staff or one.member_id == own}


async def draws_of(ctx: Context, found: Sequence[Lottery], request: PageRequest) -> list[Page[Draw]]:
    """A page of all draws of each lottery, the newest first, for those who check them."""
    return await db.lottery_draws.draws_of(ctx.reading, [one.id for one in found], request)


async def my_draws(ctx: Context, request: PageRequest) -> Page[Draw]:
    """A page of what the caller drew, the newest first."""
    return await db.lottery_draws.draws_by(ctx.reading, ctx.member_id, request)
