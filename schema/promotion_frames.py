"""Promotion frames: for which goods, for whom and in which hours something is offered."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import strawberry

from domain.identity import Scope
from domain.promotions import audiences, scopes, slots
from domain.promotions.audiences import AudienceKind
from schema.access import attribute, derived, object_type
from schema.enums import described
from schema.ids import Kind, id_of, key_of

described(
    AudienceKind,
    "How those are told for whom something is.",
    EVERYBODY="Everybody.",
    MEMBERS="Members who are logged in.",
    NEW_CUSTOMER="Members without a paid order that was not wholly refunded (新客).",
    LEVEL="Members of one of these levels (会员等级); without ids, of any.",
    PAID_CARD="Members with one of these paid plans (付费会员); without ids, with any.",
    TAG="Members with one of these tags (标签).",
    STORE="Members bound to a guide of one of these stores; without ids, of any.",
)
_KINDS = {
    AudienceKind.LEVEL: Kind.MEMBER_LEVEL,
    AudienceKind.PAID_CARD: Kind.MEMBERSHIP_PLAN,
    AudienceKind.TAG: Kind.TAG,
    AudienceKind.STORE: Kind.STORE,
}


@strawberry.input(description="For whom something is. Levels, plans, tags and stores are named by their ids.")
class AudienceInput:
    kind: AudienceKind = strawberry.field(description="How they are told.")
    ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Levels, plans, tags or stores, at most 100; any one of them will do."
    )

    def value(self, *path: str) -> audiences.Audience:
        """The audience that is meant.

        Raises:
            NotFound: an id is of another kind.
        """
        kind = _KINDS.get(self.kind)
        ids = frozenset(key_of(kind, one, *path, "ids") for one in self.ids) if kind else frozenset[UUID]()
        return audiences.Audience(self.kind, ids)


@object_type(scope=Scope.CONTENT, description="For whom something is.", record=audiences.Audience)
class Audience:
    kind: AudienceKind = attribute("How they are told.")
    ids: list[strawberry.ID] = derived(
        lambda one: [id_of(_KINDS[one.kind], key) for key in sorted(one.ids)] if one.kind in _KINDS else [],
        "Levels, plans, tags or stores; any one of them will do.",
    )


@strawberry.input(description="For which goods something is: all, or some products and categories, but for some.")
class GoodsScopeInput:
    everything: bool = strawberry.field(default=False, description="All goods.")
    product_ids: list[strawberry.ID] = strawberry.field(default_factory=list, description="Products, at most 500.")
    category_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Categories with all below them, at most 500."
    )
    excluded_product_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Products that it is never for, at most 500."
    )

    def value(self, *path: str) -> scopes.Scope:
        """The scope that is meant.

        Raises:
            NotFound: an id is of another kind.
        """
        return scopes.Scope(
            self.everything,
            _keys(Kind.PRODUCT, self.product_ids, *path, "productIds"),
            _keys(Kind.CATEGORY, self.category_ids, *path, "categoryIds"),
            _keys(Kind.PRODUCT, self.excluded_product_ids, *path, "excludedProductIds"),
        )


def _keys(kind: Kind, given: Sequence[str], *path: str) -> frozenset[UUID]:
    return frozenset(key_of(kind, one, *path) for one in given)


def _ids(kind: Kind, name: str, description: str) -> list[strawberry.ID]:
    ids: list[strawberry.ID] = derived(
        lambda one: [id_of(kind, key) for key in sorted(getattr(one, name))], description
    )
    return ids


@object_type(scope=Scope.OPERATOR, description="For which goods something is.", record=scopes.Scope)
class GoodsScope:
    everything: bool = attribute("Whether it is for all goods, but for the excluded ones.")
    product_ids: list[strawberry.ID] = _ids(Kind.PRODUCT, "product_ids", "Products.")
    category_ids: list[strawberry.ID] = _ids(Kind.CATEGORY, "category_ids", "Categories, with all below them.")
    excluded_product_ids: list[strawberry.ID] = _ids(Kind.PRODUCT, "excluded", "Products that it is never for.")


@strawberry.input(description="Hours of one day of the week, in the brand's time zone.")
class WeeklySlotInput:
    weekday: int = strawberry.field(description="1 Monday to 7 Sunday.")
    starts_minute: int = strawberry.field(description="Minutes after midnight, 0 to 1,439.")
    ends_minute: int = strawberry.field(description="Minutes after midnight, at most 1,440; not in it.")

    def value(self) -> slots.Slot:
        return slots.Slot(self.weekday, self.starts_minute, self.ends_minute)


@object_type(
    scope=Scope.VISITOR, description="Hours of one day of the week, in the brand's time zone.", record=slots.Slot
)
class WeeklySlot:
    weekday: int = attribute("1 Monday to 7 Sunday.")
    starts_minute: int = attribute("Minutes after midnight.")
    ends_minute: int = attribute("Minutes after midnight; not in it.")
