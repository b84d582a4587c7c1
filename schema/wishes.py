"""Wishes: what decides the price of a cart, as clients say it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import strawberry

from domain.activities import ActivityKind, PlayChoice
from domain.orders import CartLine, Delivery
from domain.placing import Wish
from schema.enums import described
from schema.ids import Kind, key_of

described(
    ActivityKind,
    "A play with a price of its own that an order takes part in.",
    SECKILL="A flash sale (秒杀).",
    GROUP="A group buy (拼团).",
    BARGAIN="The member's own bargain (砍价).",
)
_ACTIVITIES = {
    ActivityKind.SECKILL: Kind.SECKILL,
    ActivityKind.GROUP: Kind.GROUP_BUY,
    ActivityKind.BARGAIN: Kind.BARGAIN,
}


@strawberry.input(description="So many units of one variant.")
class CartLineInput:
    variant_id: strawberry.ID = strawberry.field(description="Of which variant.")
    quantity: int = strawberry.field(description="How many, 1 to 999.")
    add_on_of: strawberry.ID | None = strawberry.field(
        default=None, description="The promotion as whose add-on (加价购) it is wanted."
    )
    points_offer_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The points offer (积分兑换) by which it is wanted; such a line is ordered at once, in no cart.",
    )


@strawberry.input(description="The play by which something is bought; the order has one line then.")
class PlayInput:
    kind: ActivityKind = strawberry.field(description="Which play.")
    id: strawberry.ID = strawberry.field(description="The flash sale, the group buy, or the member's own bargain.")
    group_id: strawberry.ID | None = strawberry.field(
        default=None, description="The group to join; without one, a group buy begins a new group."
    )

    def choice(self) -> PlayChoice:
        key = key_of(_ACTIVITIES[self.kind], self.id, "input", "play", "id")
        group = key_of(Kind.BUYING_GROUP, self.group_id, "input", "play", "groupId") if self.group_id else None
        return PlayChoice(self.kind, key, group)


@strawberry.input(description="What decides a price beside the goods and the room.")
class QuoteTermsInput:
    coupon_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="The member's coupons to use, at most 10."
    )
    coupon_codes: list[str] = strawberry.field(
        default_factory=list, description="Codes of coupons that the member does not have yet, at most 10."
    )
    points: int = strawberry.field(default=0, description="How many points to spend, at most; fewer if fewer may be.")
    play: PlayInput | None = strawberry.field(default=None, description="The play by which it is bought.")
    address_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of the member's addresses: it is sent there. Without one it is fetched."
    )
    pick_up_store_id: strawberry.ID | None = strawberry.field(
        default=None, description="The store from which it is fetched, and out of whose stock."
    )


@strawberry.input(description="What is wanted, and all that decides its price.")
class WishInput(QuoteTermsInput):
    lines: list[CartLineInput] = strawberry.field(description="1 to 100 lines, one for each variant.")
    live_room_id: strawberry.ID | None = strawberry.field(
        default=None, description="The live room in which it is placed: its prices and stock apply."
    )

    def wish(self, *, code: str | None = None, note: str = "", quote_id: str | None = None) -> Wish:
        return wish_of(self.lines, self.live_room_id, self, code=code, note=note, quote_id=quote_id)


def wish_of(
    lines: Sequence[CartLineInput],
    live_room_id: str | None,
    terms: QuoteTermsInput,
    *,
    code: str | None = None,
    note: str = "",
    quote_id: str | None = None,
) -> Wish:
    """The wish that a client describes.

    Raises:
        NotFound: something that is named does not exist.
    """
    store_id = _key(Kind.STORE, terms.pick_up_store_id, "pickUpStoreId")
    return Wish(
        lines=tuple([_line(i, line) for i, line in enumerate(lines)]),
        live_room_id=_key(Kind.LIVE_ROOM, live_room_id, "liveRoomId"),
        play=terms.play.choice() if terms.play else None,
        coupon_ids=tuple(key_of(Kind.COUPON, one, "input", "couponIds") for one in terms.coupon_ids),
        coupon_codes=tuple(terms.coupon_codes),
        points=terms.points,
        delivery=Delivery.SHIP if store_id is None else Delivery.PICK_UP,
        pick_up_store_id=store_id,
        address_id=_key(Kind.ADDRESS, terms.address_id, "addressId"),
        code=code,
        note=note,
        quote_id=quote_id,
    )


def _line(i: int, line: CartLineInput) -> CartLine:
    path = ("input", "lines", str(i))
    return CartLine(
        key_of(Kind.VARIANT, line.variant_id, *path, "variantId"),
        line.quantity,
        key_of(Kind.PROMOTION, line.add_on_of, *path, "addOnOf") if line.add_on_of else None,
        key_of(Kind.POINTS_OFFER, line.points_offer_id, *path, "pointsOfferId") if line.points_offer_id else None,
    )


def _key(kind: Kind, given: str | None, name: str) -> UUID | None:
    return key_of(kind, given, "input", name) if given else None
