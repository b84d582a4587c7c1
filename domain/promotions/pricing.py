"""Pricing: from a cart and its circumstances to a quote, in the order of product rules 2.4. Pure, in whole fen."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from domain.money import LARGEST_MINOR, evenly
from domain.promotions import points, price_lists
from domain.promotions.audiences import FREE_SHIPPING, includes
from domain.promotions.coupons import Till
from domain.promotions.plays import Play
from domain.promotions.quotes import (
    AddOnNotEarned,
    BelowFloor,
    Circumstances,
    GiftLine,
    GiftMissing,
    GiftOut,
    Quote,
    QuotedLine,
)
from domain.promotions.registry import BUILT_IN
from domain.promotions.sheet import Cause, Item, Line, Sheet, Step
from domain.promotions.stages import Stage
from domain.promotions.terms import Promotion, is_on, turns_at
from domain.refusals import BadInput

MOST_ITEMS = 100
MOST_OF_AN_ITEM = 999


def quote(items: Sequence[Item], around: Circumstances, plays: Mapping[str, Play] = BUILT_IN) -> Quote:
    """Price a cart. The order of items, promotions and coupons does not matter: positions, priorities and ids do.

    Raises:
        BadInput: more than 100 lines or 999 of one, or more than amounts can hold (G20).
    """
    _check_size(items)
    sheet = Sheet(items, around.shopper)
    acting = _acting(around, plays)
    sheet.settle_exclusive_prices()
    _play(Stage.UNIT, sheet, acting)
    price_lists.offer_member_prices(sheet, around.price_lists, around.now)
    sheet.settle_unit_prices()
    _play(Stage.ITEM_SET, sheet, acting)
    _play(Stage.SUBTOTAL, sheet, acting)
    sheet.settle_subtotals()
    _play(Stage.COUPON, sheet, acting)
    till = Till(sheet, around.coupons, around.now, go_together=around.coupons_go_together)
    till.redeem_for_goods()
    _play(Stage.POINTS, sheet, acting)
    if around.points is not None and around.points.wanted > 0:
        points.spend(sheet, around.points)
    _play(Stage.SHIPPING, sheet, acting)
    _play(Stage.GIFTS, sheet, acting)
    return _quote_of(sheet, around, till)


def _check_size(items: Sequence[Item]) -> None:
    if len(items) > MOST_ITEMS or any(not 1 <= item.quantity <= MOST_OF_AN_ITEM for item in items):
        raise BadInput("at most 100 lines of 1 to 999 units", "最多 100 行,每行 1 到 999 件", path=("input", "lines"))
    if sum(item.price * item.quantity for item in items) > LARGEST_MINOR:
        raise BadInput("a total below 2^53 fen", "总额超出上限", path=("input", "lines"))


Acting = Mapping[Stage, Sequence[tuple[Play, Promotion]]]


def _acting(around: Circumstances, plays: Mapping[str, Play]) -> Acting:
    """The promotions that run for the shopper, by stage, in the order in which they are tried."""
    acting: dict[Stage, list[tuple[Play, Promotion]]] = {}
    for promotion in around.promotions:
        play = plays.get(promotion.kind)  # None: a plug-in that is no longer installed
        if play is not None and is_on(promotion, around.shopper, around.now, around.time_zone):
            acting.setdefault(play.stage, []).append((play, promotion))
    for found in acting.values():
        found.sort(key=lambda one: (one[0].rank, -one[1].priority, one[1].id.int))
    return acting


def _play(stage: Stage, sheet: Sheet, acting: Acting) -> None:
    """Begin a stage, and let its plays act."""
    sheet.stage = stage
    for play, promotion in acting.get(stage, ()):
        play.apply(promotion, sheet)


def _quote_of(sheet: Sheet, around: Circumstances, till: Till) -> Quote:
    goods = sum(line.payable for line in sheet.lines)
    fee, borne = _shipping(sheet, around, till)
    steps = sheet.steps()
    lines = _lines(sheet, steps)
    gifts, notices = _gifts(sheet, around.gifts_in_stock)
    terms = around.points
    return Quote(
        lines=lines,
        gifts=gifts,
        steps=(*steps, *borne),
        goods=goods,
        shipping=fee,
        shipping_discount=sum(step.amount for step in borne),
        points_used=sum(line.points for line in sheet.lines),
        points_earned=points.earned(terms, goods) if terms is not None else 0,
        valid_until=_valid_until(sheet, around),
        coupon_ids=tuple(till.used),
        refused_coupons=tuple(till.refused),
        notices=notices,
        obstacles=(
            *sheet.obstacles,
            *_unearned(sheet),
            *_below_floor(lines, around.floors, till.exchanged),
            *([GiftMissing(one.variant_id, one.promotion_id) for one in notices] if around.needs_gifts else []),
        ),
    )


def _lines(sheet: Sheet, steps: Sequence[Step]) -> tuple[QuotedLine, ...]:
    own: dict[int, list[Step]] = {line.item.position: [] for line in sheet.lines}
    for step in steps:
        for position, part in step.shares:
            own[position].append(Step(step.stage, step.kind, step.promotion_id, step.coupon_id, step.name, part))
    return tuple(_line(line, tuple(own[line.item.position])) for line in sheet.lines)


def _line(line: Line, steps: tuple[Step, ...]) -> QuotedLine:
    item, payable = line.item, line.payable
    if not item.selected:
        return QuotedLine(item, line.unit_price, 0, (), (), ())
    lowered = sum(step.amount for step in steps)
    assert 0 <= payable == item.price * item.quantity - lowered, f"{payable} is not explained by {steps}"
    units, unit_points = evenly(payable, item.quantity), evenly(line.points, item.quantity) if line.points else ()
    return QuotedLine(item, line.unit_price, payable, units, unit_points, steps)


def _shipping(sheet: Sheet, around: Circumstances, till: Till) -> tuple[int, tuple[Step, ...]]:
    """Step 7: the fee, and who bears how much of it: promotions first, then a right, then a coupon."""
    items = [line.item for line in sheet.lines if line.item.selected]
    fee = left = 0
    if around.shipping is not None and items:
        fee = left = around.shipping.fee(items, sum(line.subtotal for line in sheet.lines))
    borne: list[tuple[Cause, int]] = []
    right = (Cause(FREE_SHIPPING), None)
    for cause, most in (*sheet.ships_free, *([right] if FREE_SHIPPING in around.shopper.rights else [])):
        if left:
            borne.append((cause, left if most is None else min(left, most)))
            left -= borne[-1][1]
    coupon = till.redeem_for_shipping(left)
    if coupon is not None:
        borne.append(coupon)
    return fee, tuple(
        Step(Stage.SHIPPING, cause.kind, cause.promotion_id, cause.coupon_id, cause.name, amount)
        for cause, amount in borne
    )


def _gifts(sheet: Sheet, in_stock: Mapping[UUID, int]) -> tuple[tuple[GiftLine, ...], tuple[GiftOut, ...]]:
    """Step 8: gifts that are there once the cart has what it wants; the rest is a notice (R45)."""
    if not sheet.gifts:
        return (), ()
    left = dict(in_stock)
    for line in sheet.lines:
        item, exclusive = line.item, line.item.exclusive
        if item.selected and item.variant_id in left and not (exclusive is not None and exclusive.set_aside):
            left[item.variant_id] -= item.quantity
    gifts, notices = [], []
    for given in sheet.gifts:
        part, promotion_id = given.part, given.promotion.id
        there = max(0, min(part.quantity, left.get(part.variant_id, 0)))
        if there:
            left[part.variant_id] -= there
            gifts.append(GiftLine(promotion_id, part.variant_id, there, part.value))
        if there < part.quantity:
            notices.append(GiftOut(promotion_id, part.variant_id, part.quantity - there))
    return tuple(gifts), tuple(notices)


def _unearned(sheet: Sheet) -> list[AddOnNotEarned]:
    """The add-ons that no play consumed."""
    return [
        AddOnNotEarned(line.item.variant_id, line.item.add_on_of, path=("input", "lines", str(line.item.position)))
        for line in sheet.lines
        if line.item.add_on_of is not None and line.left
    ]


def _below_floor(
    lines: Sequence[QuotedLine], floors: Mapping[UUID, int], exchanged: Container[int]
) -> list[BelowFloor]:
    """The lines of which the cheapest unit is below its floor. Gifts have none, nor have units that coupons give."""
    if not floors:
        return []
    below = []
    for line in lines:
        item, floor = line.item, floors.get(line.item.variant_id)
        sold = len(line.unit_payable) - (item.position in exchanged)
        if floor and sold > 0 and (least := line.payable // sold) < floor:
            below.append(BelowFloor(item.variant_id, floor, least, path=("input", "lines", str(item.position))))
    return below


def _valid_until(sheet: Sheet, around: Circumstances) -> datetime | None:
    """The next instant at which anything that the quote rests on can change (R48)."""
    now, zone, shopper = around.now, around.time_zone, around.shopper
    instants = [turns_at(one, now, zone) for one in around.promotions if includes(one.audience, shopper)]
    for prices in around.price_lists:
        instants += (prices.starts_at, prices.ends_at)
    for coupon in around.coupons:
        instants += (coupon.starts_at, coupon.ends_at)
    instants += [line.item.exclusive.ends_at for line in sheet.lines if line.item.exclusive is not None]
    instants += around.changes_at
    return min((instant for instant in instants if instant is not None and instant > now), default=None)
