"""What is asked of a promotion before anybody can have it: floors, conflicts, and an honest discount (R26, 2.7.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.price_floors import PriceFloor, highest, meets
from domain.promotions.audiences import EVERYBODY, Shopper
from domain.promotions.plays import Play
from domain.promotions.plays.add_on import AddOnTerms
from domain.promotions.plays.bundle import BundleTerms
from domain.promotions.plays.time_discount import UnitPriceTerms
from domain.promotions.pricing import quote
from domain.promotions.quotes import BelowFloor, Circumstances
from domain.promotions.scopes import Scope
from domain.promotions.sheet import Item
from domain.promotions.slots import Slot
from domain.promotions.terms import Promotion
from domain.refusals import BadInput, ErrorCode, Refusal, Refusals, between, text_within

UNITS_TRIED = (1, 2, 3, 5, 10, 99)
"""So many units of one variant are priced to find out what a promotion can make of a floor."""
HIGHEST_PRIORITY = 1_000
MOST_IN_SCOPE = 500


@dataclass(eq=False)
class PromotionOverlaps(Refusal):
    """Another promotion that goes with no other has some of the same goods at the same time."""

    code = ErrorCode.CONFLICT
    promotion_id: UUID
    name: str


@dataclass(eq=False)
class NoRealDiscount(Refusal):
    """It was sold for less within the last days, so this price may not be shown as a discount. Amounts in fen."""

    code = ErrorCode.CONDITION_NOT_MET
    variant_id: UUID
    lowest: int


def check_scope(scope: Scope, *path: str) -> None:
    """Hold a scope to a size that can be looked through.

    Raises:
        BadInput: too many ids, or none where some are needed.
    """
    for name, ids in (("productIds", scope.product_ids), ("categoryIds", scope.category_ids)):
        between(len(ids), 0, MOST_IN_SCOPE, *path, name)
    between(len(scope.excluded), 0, MOST_IN_SCOPE, *path, "excludedProductIds")
    if not (scope.everything or scope.product_ids or scope.category_ids):
        raise BadInput("all goods, or some", "请选择全部商品或指定商品", path=path)


def check_frame(promotion: Promotion) -> None:
    """Hold what all promotions have to its bounds.

    Raises:
        BadInput: a text, number or date is out of bounds.
    """
    text_within(promotion.name, 60, "input", "name")
    between(promotion.priority, 0, HIGHEST_PRIORITY, "input", "priority")
    check_scope(promotion.scope, "input", "scope")
    between(len(promotion.audience.ids), 0, 100, "input", "audience", "ids")
    starts, ends = promotion.starts_at, promotion.ends_at
    if starts is not None and ends is not None and not starts < ends:
        raise BadInput("an end after the start", "结束时间应晚于开始时间", path=("input", "endsAt"))


def check_still_to_come(promotion: Promotion, at: datetime) -> None:
    """Let nothing be published that is over.

    Raises:
        BadInput: its time is over.
    """
    if promotion.ends_at is not None and promotion.ends_at <= at:
        raise BadInput("an end in the future", "结束时间应晚于现在", path=("input", "promotionId"))


def unit_prices(promotion: Promotion) -> dict[UUID, int]:
    """The prices in fen that a promotion names for variants, as it is known without a cart."""
    terms = promotion.terms
    if isinstance(terms, UnitPriceTerms):
        return {one.variant_id: one.price for one in terms.prices}
    if isinstance(terms, AddOnTerms):
        return {one.variant_id: one.price for one in terms.offers}
    return {}


def bundled(promotion: Promotion) -> dict[UUID, int]:
    """So many units of each variant make the set that a promotion sells."""
    terms = promotion.terms
    if not isinstance(terms, BundleTerms):
        return {}
    return {part.variant_id: part.quantity for part in terms.parts[: terms.choose or None]}


def floors_in_time(
    floors: Mapping[UUID, Iterable[PriceFloor]], starts: datetime | None, ends: datetime | None
) -> dict[UUID, int]:
    """The highest floor of each variant at any time of a period, on any channel, in fen."""
    found = {key: highest(floor for floor in own if meets(floor, starts, ends)) for key, own in floors.items()}
    return {key: least for key, least in found.items() if least is not None}


def check_prices(prices: Mapping[UUID, int], floors: Mapping[UUID, int], *path: str) -> None:
    """Hold prices to floors, all in fen.

    Raises:
        Refusals of BelowFloor: some are below.
    """
    below = [
        BelowFloor(key, floors[key], price, path=path) for key, price in prices.items() if price < floors.get(key, 0)
    ]
    if below:
        raise Refusals(below)


def check_floors(
    promotion: Promotion,
    goods: Mapping[UUID, Item],
    floors: Mapping[UUID, int],
    plays: Mapping[str, Play],
    at: datetime,
    *path: str,
) -> None:
    """Hold a promotion to price floors, as far as carts of one variant and its own sets can tell (R26).

    `goods` are one unit of each variant that has a floor or stands in the terms, at its list price.

    Raises:
        Refusals of BelowFloor: it could sell some units for less.
    """
    check_prices(unit_prices(promotion), floors, *path)
    for_all = replace(promotion, starts_at=None, ends_at=None, slots=(), audience=EVERYBODY)
    around = Circumstances(at, shopper=Shopper(is_new=True), promotions=[for_all], floors=floors)
    below: dict[UUID, BelowFloor] = {}
    for cart in _carts(promotion, goods, floors):
        for obstacle in quote(cart, around, plays).obstacles:
            if isinstance(obstacle, BelowFloor):
                below.setdefault(obstacle.variant_id, obstacle)
    if below:
        raise Refusals([BelowFloor(one.variant_id, one.floor, one.price, path=path) for one in below.values()])


def _carts(promotion: Promotion, goods: Mapping[UUID, Item], floors: Mapping[UUID, int]) -> Iterator[list[Item]]:
    """Carts in which a floor may break: several units of each variant that has one, and a set."""
    for key in floors:
        if key in goods and promotion.scope.covers(goods[key]):
            yield from ([replace(goods[key], quantity=units)] for units in UNITS_TRIED)
    parts = bundled(promotion)
    if parts and parts.keys() <= goods.keys():
        yield [
            replace(goods[key], position=position, quantity=units)
            for position, (key, units) in enumerate(parts.items())
        ]


Above = Mapping[UUID, Sequence[UUID]]
"""Categories of each product, and all above each category, by their ids."""


def overlap(one: Promotion, other: Promotion, above: Above) -> bool:
    """Whether two promotions can have the same goods at the same time. `above` tells what stands where."""
    return (
        _times_meet(one, other) and _slots_meet(one.slots, other.slots) and _scopes_meet(one.scope, other.scope, above)
    )


def _times_meet(one: Promotion, other: Promotion) -> bool:
    ends_before = one.ends_at is not None and other.starts_at is not None and one.ends_at <= other.starts_at
    starts_after = one.starts_at is not None and other.ends_at is not None and other.ends_at <= one.starts_at
    return not (ends_before or starts_after)


def _slots_meet(one: Sequence[Slot], other: Sequence[Slot]) -> bool:
    if not one or not other:
        return True
    return any(
        a.weekday == b.weekday and a.starts_minute < b.ends_minute and b.starts_minute < a.ends_minute
        for a in one
        for b in other
    )


def _scopes_meet(one: Scope, other: Scope, above: Above) -> bool:
    if any(_holds(one, key, above) and _holds(other, key, above) for key in one.product_ids | other.product_ids):
        return True
    if one.everything or other.everything:
        return all(scope.everything or scope.category_ids for scope in (one, other))
    lines = {key: {key, *above.get(key, ())} for key in one.category_ids | other.category_ids}
    return any(a in lines[b] or b in lines[a] for a in one.category_ids for b in other.category_ids)


def _holds(scope: Scope, product_id: UUID, above: Above) -> bool:
    if product_id in scope.excluded:
        return False
    if scope.everything or product_id in scope.product_ids:
        return True
    return not scope.category_ids.isdisjoint(above.get(product_id, ()))
