"""Rights: what a level or a paid membership gives, as clients see it and operators set it."""

from __future__ import annotations

import strawberry

from domain import rights as rules
from domain.identity import Scope
from domain.money import WHOLE
from schema.access import attribute, derived, object_type
from schema.ids import Kind, identifier, key_of


@object_type(scope=Scope.VISITOR, description="What a level or a paid membership gives (权益).", record=rules.Rights)
class MemberRights:
    points_bp: int = derived(
        lambda r: r.points_bp, "Points earned, in basis points: 15,000 is one and a half times as many."
    )
    free_shipping: bool = attribute("Whether orders are shipped for nothing.")
    member_prices: bool = attribute("Whether there are prices for those who have it, in price lists.")
    priority_minutes: int = attribute(
        "How many minutes before others a flash sale (秒杀) and a 限时折扣 begin for them, 0 to 1,440."
    )
    gift_variant_id: strawberry.ID | None = identifier(
        Kind.VARIANT, "gift_variant_id", description="One of these comes along with each order; null: none does."
    )
    warranty_months: int = attribute("By how many months a warranty is longer, 0 to 120.")


@strawberry.input(description="What a level or a paid membership gives. What is left out is not given.")
class MemberRightsInput:
    points_bp: int = strawberry.field(
        default=WHOLE, description="Points earned, 10,000 to 100,000 basis points; 10,000: as everybody."
    )
    free_shipping: bool = strawberry.field(default=False, description="Whether orders are shipped for nothing.")
    member_prices: bool = strawberry.field(default=False, description="Whether there are price lists for it.")
    priority_minutes: int = strawberry.field(
        default=0, description="How long before others a flash sale (秒杀) and a 限时折扣 begin, 0 to 1,440 minutes."
    )
    gift_variant_id: strawberry.ID | None = strawberry.field(
        default=None, description="One of these comes along with each order."
    )
    warranty_months: int = strawberry.field(default=0, description="By how many months a warranty is longer, 0 to 120.")

    def value(self, *path: str) -> rules.Rights:
        """The rights that stand at a place in the input.

        Raises:
            NotFound: the gift is not the id of a variant.
        """
        gift = self.gift_variant_id
        return rules.Rights(
            self.points_bp,
            self.free_shipping,
            self.member_prices,
            self.priority_minutes,
            None if gift is None else key_of(Kind.VARIANT, gift, *path, "giftVariantId"),
            self.warranty_months,
        )
