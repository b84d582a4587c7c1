"""Coupons: what members have of them, and how one is taken, redeemed, given and revoked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry

from domain import coupons as rules
from domain import members, pages
from domain.coupon_templates import TakeBy
from domain.coupons import CouponState
from domain.identity import Scope
from resolvers import coupon_templates, coupons
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.coupon_templates import CouponTemplate, template_key
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, First, Last
from schema.node import Node

described(
    CouponState,
    "The life of a coupon.",
    UNUSED="It can be used.",
    LOCKED="An order that is not paid holds it.",
    USED="It was used. A whole refund before shipment may give it back.",
    EXPIRED="It was not used in time; terminal.",
    REVOKED="The brand took it away; terminal.",
)


@object_type(
    scope=Scope.VISITOR, description="A coupon (优惠券); seen by its member and operators.", record=rules.Coupon
)
class Coupon(Node):
    id: strawberry.ID = identifier(Kind.COUPON)
    template: CouponTemplate = batched(coupon_templates.templates_of, "What it says.")
    state: CouponState = attribute("Where it stands.")
    take_by: TakeBy = attribute("How the member came by it.")
    taken_at: datetime = attribute("When.")
    starts_at: datetime = attribute("From when on it is good.")
    ends_at: datetime = attribute("Before when it is good.")
    order_id: strawberry.ID | None = identifier(Kind.ORDER, "order_id", description="The order that holds or used it.")
    used_at: datetime | None = attribute("When the order that used it was paid.")


async def _coupons_of(
    ctx: Context,
    found: Sequence[members.Member],
    *,
    states: Annotated[
        list[CouponState] | None, strawberry.argument(description="In which states; left out for those unused.")
    ] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    wanted = [CouponState.UNUSED] if states is None else states
    return await coupons.coupons_of(ctx, found, wanted, pages.page_request(first, after, last, before))


member_coupons = batched(
    _coupons_of, "The member's coupons, the newest first; null for everybody else but operators.", cost=5
)


@strawberry.input(description="A coupon to take.")
class CouponTakeInput:
    coupon_template_id: strawberry.ID = strawberry.field(description="Of which kind.")
    idempotency_key: str = strawberry.field(
        description="Chosen by the client, 1 to 100 characters: the same again is the same coupon."
    )
    live_room_id: strawberry.ID | None = strawberry.field(
        default=None, description="The live room in which it is taken, if it is."
    )


@strawberry.input(description="A code to redeem.")
class CouponRedeemCodeInput:
    code: str = strawberry.field(description="The code; capitals, spaces and hyphens do not matter.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@strawberry.input(description="A coupon for a customer.")
class CouponGiftInput:
    coupon_template_id: strawberry.ID = strawberry.field(description="Of which kind.")
    member_id: strawberry.ID = strawberry.field(description="For which customer of the caller's.")
    idempotency_key: str = strawberry.field(description="Chosen by the client, 1 to 100 characters.")


@strawberry.input(description="Coupons to take away.")
class CouponRevokeInput:
    coupon_ids: list[strawberry.ID] = strawberry.field(description="Which ones, 1 to 100.")
    reason: str = strawberry.field(description="Why, 1 to 200 characters; kept with them.")


@object_type(scope=Scope.MEMBER, description="The answer to mutations that give a coupon.")
class CouponPayload(Payload):
    coupon: Coupon | None = attribute("The coupon.", default=None)
    replayed: bool = attribute("True when this very request was answered before.", default=False)


@object_type(scope=Scope.OPERATOR, description="The answer to `couponRevoke`.")
class CouponRevokePayload(Payload):
    coupons: list[Coupon] | None = attribute(
        "Those that were taken away; the others were not unused any more.", default=None
    )


async def _take(ctx: Context, *, input: CouponTakeInput) -> Any:
    room = None if input.live_room_id is None else key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId")
    coupon, replayed = await coupons.take(ctx, template_key(input.coupon_template_id), room, input.idempotency_key)
    return CouponPayload.of(coupon=coupon, replayed=replayed)


async def _redeem(ctx: Context, *, input: CouponRedeemCodeInput) -> Any:
    coupon, replayed = await coupons.redeem(ctx, input.code, input.idempotency_key)
    return CouponPayload.of(coupon=coupon, replayed=replayed)


async def _gift(ctx: Context, *, input: CouponGiftInput) -> Any:
    member = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    coupon, replayed = await coupons.gift(ctx, template_key(input.coupon_template_id), member, input.idempotency_key)
    return CouponPayload.of(coupon=coupon, replayed=replayed)


async def _revoke(ctx: Context, *, input: CouponRevokeInput) -> Any:
    keys = [key_of(Kind.COUPON, one, "input", "couponIds", str(i)) for i, one in enumerate(input.coupon_ids)]
    return CouponRevokePayload.of(coupons=await coupon_templates.revoke(ctx, keys, input.reason))


async def _to_take(
    ctx: Context,
    *,
    product_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Only those that are good for this product.")
    ] = None,
    live_room_id: Annotated[
        strawberry.ID | None, strawberry.argument(description="Those of a live room on air, instead of the shop's.")
    ] = None,
) -> Any:
    product = None if product_id is None else key_if(Kind.PRODUCT, product_id)
    room = None if live_room_id is None else key_if(Kind.LIVE_ROOM, live_room_id)
    if (product is None) != (product_id is None) or (room is None) != (live_room_id is None):
        return []
    return await coupons.to_take(ctx, product, room)


@strawberry.type
class CouponsQuery:
    coupons_to_take: list[CouponTemplate] = query(
        _to_take, "What coupons can be taken now, the newest first, at most 50.", scope=Scope.VISITOR, cost=50
    )


@strawberry.type
class CouponsMutation:
    coupon_take: CouponPayload | None = mutation(_take, CouponPayload, "Take a coupon.", scope=Scope.MEMBER)
    coupon_redeem_code: CouponPayload | None = mutation(
        _redeem, CouponPayload, "Get the coupon that a code stands for.", scope=Scope.MEMBER
    )
    coupon_gift: CouponPayload | None = mutation(
        _gift, CouponPayload, "Give a coupon to a customer.", scope=Scope.GUIDE
    )
    coupon_revoke: CouponRevokePayload | None = mutation(
        _revoke, CouponRevokePayload, "Take unused coupons away.", scope=Scope.OPERATOR
    )


NODES = {Kind.COUPON: coupons.coupons_by_id}
