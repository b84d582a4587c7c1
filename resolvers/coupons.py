"""What can be asked of coupons: what there is to take, take one, redeem a code, give one to a customer, use them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import db.bindings
import db.coupon_offers
import db.coupon_templates
import db.coupon_wishes
import db.coupons
import db.idempotency
import db.live
import db.outbox
from db.connection import Reading, Writing
from domain import coupons as rules
from domain import live
from domain.coupon_templates import CouponTemplate, TakeBy, clean_code, clean_codes
from domain.coupon_wishes import NOTHING_IN_HAND, CouponWish, InHand, decide
from domain.coupons import Coupon, CouponCodeInvalid, CouponsGone, CouponState
from domain.idempotency import request_of
from domain.identity import Scope
from domain.members import Member
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, Refusal
from resolvers import coupon_templates, room_rules
from resolvers.context import Context
from resolvers.coupon_giving import give_all, give_uncounted

MOST_OFFERED = 50
EXPIRED_AT_ONCE = 500

Give = Callable[[Writing], Awaitable[Coupon]]


async def to_take(ctx: Context, product_id: UUID | None, live_room_id: UUID | None) -> list[CouponTemplate]:
    """What the caller can take now, the newest first, at most 50: in the shop, or in a live room that is on air.

    What is good for nothing but products that the caller may not see is not among it (R25).
    """
    goods = None
    if product_id is not None:
        goods = await db.coupon_offers.goods_of(ctx.reading, ctx.viewer, product_id)
        if goods is None:
            return []
    by = TakeBy.USER if live_room_id is None else TakeBy.LIVE
    if live_room_id is not None:
        room = await db.live.find_source(ctx.reading, live_room_id)
        if room is None or not room.is_open or not live.is_seen_by(room, ctx.principal):
            return []
    offered = await db.coupon_offers.offered(ctx.reading, by, ctx.now(), MOST_OFFERED, goods)
    if goods is not None:
        return offered
    scopes = await coupon_templates.scopes_of(ctx, offered)
    return [one for one, scope in zip(offered, scopes, strict=True) if scope or not one.terms.scope_ids]


async def take(ctx: Context, template_id: UUID, live_room_id: UUID | None, key: str) -> tuple[Coupon, bool]:
    """Take a coupon, in a live room if one is named. True when it was taken before.

    Raises:
        NotFound, RoomClosed, Kicked: there is no such room for the caller, or it is not live.
        CouponNotOffered, CouponsGone, TakenEnough: it cannot be had, or not any more.
    """
    by = TakeBy.USER if live_room_id is None else TakeBy.LIVE

    async def given(tx: Writing) -> Coupon:
        if live_room_id is not None:
            await _check_room(ctx, tx, live_room_id)
        return await give_uncounted(ctx, tx, template_id, ctx.member_id, by, path=("input", "couponTemplateId"))

    return await _once(ctx, "couponTake", key, {"template": template_id, "room": live_room_id}, given)


async def _check_room(ctx: Context, tx: Writing, room_id: UUID) -> None:
    room = await db.live.find_source(tx, room_id)
    if room is None or not live.is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    live.check_open(room)
    await room_rules.check_admitted(ctx, room.id, tx)


async def redeem(ctx: Context, code: str, key: str) -> tuple[Coupon, bool]:
    """Get the coupon that a code stands for. True when this request got it before.

    Raises:
        BadInput: it does not look like a code.
        CouponCodeInvalid: no coupon hides behind it, or somebody else has got it.
        CouponNotOffered, CouponsGone, TakenEnough: it cannot be had, or not any more.
    """
    code = clean_code(code, "input", "code")

    async def given(tx: Writing) -> Coupon:
        return await _redeem(ctx, tx, code)

    return await _once(ctx, "couponRedeemCode", key, {"code": code}, given)


async def _redeem(ctx: Context, tx: Writing, code: str) -> Coupon:
    template_id = await db.coupon_templates.redeem(tx, code, ctx.member_id, ctx.now())
    if template_id is None:
        raise CouponCodeInvalid(path=("input", "code"))
    path = ("input", "code")
    return await give_uncounted(ctx, tx, template_id, ctx.member_id, TakeBy.CODE, path=path, code=code)


async def redeem_codes(ctx: Context, codes: Sequence[str], key: str) -> None:
    """Redeem the codes of an order before it is placed, once for the order's key.

    The coupons are the member's whatever becomes of the order. A code that they cannot redeem is passed over: what
    `in_hand` finds says why.
    """
    for code in clean_codes(codes):
        request = request_of(f"member:{ctx.member_id.hex}:{code}", "orderPlace", key, {})
        try:
            async with ctx.database.writing() as tx:
                if await db.idempotency.claim(tx, request, ctx.now()) is None:
                    await db.idempotency.answer(tx, request, True)
                    await _redeem_unless_had(ctx, tx, code)
        except Refusal:
            continue


async def _redeem_unless_had(ctx: Context, tx: Writing, code: str) -> None:
    """Redeem a code unless a coupon that it stood for waits unused in the member's hand."""
    ((found,),) = await db.coupon_wishes.find(tx, [CouponWish(ctx.member_id, codes=(code,))], ctx.now())
    if found.coupon is None or found.coupon.state is not CouponState.UNUSED:
        new = await _redeem(ctx, tx, code)
        await _tell(ctx, tx, "CouponTaken", [new])
        await _count(tx, new)


async def gift(ctx: Context, template_id: UUID, member_id: UUID, key: str) -> tuple[Coupon, bool]:
    """Give a coupon to a customer of the calling guide's. True when it was given before.

    Raises:
        NotFound: the caller has no such customer.
        CouponNotOffered, CouponsGone, TakenEnough: it cannot be had, or the customer has had enough of them.
    """

    async def given(tx: Writing) -> Coupon:
        guide = (await db.bindings.guides_bound_to(tx, [member_id], ctx.now())).get(member_id)
        if guide is None or guide.id != ctx.principal.guide_id:
            raise NotFound(path=("input", "memberId"))
        by, path = TakeBy.GIFT_BY_GUIDE, ("input", "couponTemplateId")
        return await give_uncounted(ctx, tx, template_id, member_id, by, path=path, guide_id=guide.id)

    return await _once(ctx, "couponGift", key, {"template": template_id, "member": member_id}, given)


async def _once(ctx: Context, operation: str, key: str, asked: dict[str, Any], given: Give) -> tuple[Coupon, bool]:
    """Give a coupon for a request, and the same one to whoever repeats it."""
    request = request_of(f"member:{ctx.member_id.hex}", operation, key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            known = UUID(hex=before)
            return (await db.coupons.coupons_by_id(tx, [known]))[known], True
        new = await given(tx)
        await _tell(ctx, tx, "CouponTaken", [new])
        await db.idempotency.answer(tx, request, new.id.hex)
        await _count(tx, new)
    return new, False


async def _count(tx: Writing, new: Coupon) -> None:
    """Count a coupon as taken, right before the commit.

    Raises:
        CouponsGone: somebody else was faster.
    """
    if not await db.coupon_templates.count(tx, [new.template_id]):
        raise CouponsGone


async def _tell(ctx: Context, tx: Writing, kind: str, changed: list[Coupon]) -> None:
    await db.outbox.tell(tx, kind, "coupon", changed[0].id, rules.fact_of(changed), ctx.now())


async def welcome(ctx: Context, tx: Writing, member_id: UUID) -> dict[str, Any]:
    """Give a new member what those who register get; the facts go into the row that tells of them."""
    given = await give_all(ctx, tx, member_id, TakeBy.REGISTER)
    return rules.fact_of(given) if given else {}


async def in_hand(reading: Reading, wishes: Sequence[CouponWish], at: Any) -> list[InHand]:
    """What each cart can use of the coupons and codes that it names; one statement, none when nobody names any."""
    if not any(wish.coupon_ids or wish.codes for wish in wishes):
        return [NOTHING_IN_HAND] * len(wishes)
    found = await db.coupon_wishes.find(reading, wishes, at)
    return [decide(wish, own, at) for wish, own in zip(wishes, found, strict=True)]


async def coupons_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Coupon]:
    """Those of the coupons that are the caller's own, or that operators may see."""
    found = await db.coupons.coupons_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own, staff = ctx.principal.member_id, ctx.holds(Scope.OPERATOR)
    return {key: one for key, one in found.items() if staff or one.member_id == own}


async def coupons_of(
    ctx: Context, members: Sequence[Member], states: Sequence[CouponState], request: PageRequest
) -> list[Page[Coupon] | None]:
    """A page of each member's coupons, for the member alone and for operators."""
    seen = [one.id for one in members if one.id == ctx.principal.member_id or ctx.holds(Scope.OPERATOR)]
    pages = await db.coupons.coupons_of(ctx.reading, seen, states, request) if seen else []
    found = dict(zip(seen, pages, strict=True))
    return [found.get(one.id) for one in members]


async def expire(ctx: Context) -> int:
    """End coupons whose time is over, at most 500; returns how many."""
    async with ctx.database.writing() as tx:
        ended = await db.coupons.expire(tx, ctx.now(), EXPIRED_AT_ONCE)
        if ended:
            await _tell(ctx, tx, "CouponsExpired", ended)
    return len(ended)
