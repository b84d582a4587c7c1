"""The sheet: a cart while it is being priced. Plays act on it, and only through it.

Whatever a play asks for, no line goes below zero and no fen is lost: amounts are clamped to what is left of the lines
and apportioned by largest remainder (product rules 2.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from domain.money import apportion
from domain.promotions.audiences import Shopper
from domain.promotions.scopes import Scope
from domain.promotions.stages import PLAYS, Stage
from domain.promotions.terms import Promotion
from domain.records import record
from domain.refusals import Refusal


@record
class ExclusivePrice:
    """The price of an activity that goes with no other: SECKILL, GROUP, BARGAIN, LIVE, POINTS (product rules 2.4).

    `points` are what each unit costs beside the price (积分兑换). `blocks`: the stages that leave the line alone.
    `set_aside`: its units are not the shop's, but were put by for the activity.
    """

    kind: str
    activity_id: UUID
    price: int
    blocks: frozenset[Stage] = PLAYS
    points: int = 0
    name: str = ""
    ends_at: datetime | None = None
    set_aside: bool = False


@record
class Item:
    """One line of a cart: `price` is the list price of a unit in fen, `category_ids` its categories and all above.

    A line that is not selected is shown at its unit price, and takes part in nothing else.
    """

    position: int
    variant_id: UUID
    product_id: UUID
    category_ids: tuple[UUID, ...]
    name: str
    quantity: int
    price: int
    live_product_id: UUID | None = None
    exclusive: ExclusivePrice | None = None
    add_on_of: UUID | None = None
    """The promotion as whose add-on (换购) it is wanted."""
    weight_g: int = 0
    selected: bool = True


@record
class Step:
    """One step of an explanation: what lowered the price, by how many fen, and how that was shared out.

    `shares` are pairs of a line's position and its part, which sum to the amount; none for shipping. A step of a single
    line has that line's amount and no shares. An amount is negative only where an exclusive price is above the list.
    """

    stage: Stage
    kind: str
    promotion_id: UUID | None
    """The promotion, or the activity of an exclusive price."""
    coupon_id: UUID | None
    name: str
    amount: int
    shares: tuple[tuple[int, int], ...] = ()


@record
class Cause:
    """What lowers a price: a promotion, a list, a level, a coupon or points."""

    kind: str
    promotion_id: UUID | None = None
    coupon_id: UUID | None = None
    name: str = ""

    @property
    def key(self) -> object:
        return self.promotion_id or self.coupon_id or (self.kind, self.name)


@record
class GiftPart:
    """So many units of a variant are given. `value`: what is kept back of a refund for each that stays out (R45)."""

    variant_id: UUID
    quantity: int
    value: int = 0


@record
class Given:
    """A gift that a promotion promised, before anybody looked whether it is there."""

    promotion: Promotion
    part: GiftPart


class Line:
    """A line as it stands. Plays read it; only the sheet writes.

    `left` are units that no item-set play has consumed yet, `subtotal` what was payable after step 4: thresholds of
    coupons and of free shipping are tested on it.
    """

    __slots__ = ("closed", "item", "left", "payable", "points", "subtotal", "taken", "unit_price", "winner")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.unit_price = item.price
        self.left = item.quantity if item.selected else 0
        self.payable = self.subtotal = self.points = 0
        self.taken = self.closed = False
        self.winner: Cause | None = None


_OPEN_TO_ALL = frozenset({Stage.UNIT, Stage.POINTS})
"""The stages in which a line takes part that an exclusive promotion has closed: the best price counts, points pay."""


class Units:
    """Units of a line that an item-set play has consumed."""

    __slots__ = ("line", "worth")

    def __init__(self, line: Line, quantity: int) -> None:
        self.line = line
        self.worth = line.unit_price * quantity


class Sheet:
    """The working state of a quote: its lines in order of position, and what was done to them."""

    def __init__(self, items: Iterable[Item], shopper: Shopper) -> None:
        self.shopper = shopper
        self.stage = Stage.EXCLUSIVE
        self.lines = sorted(map(Line, items), key=lambda line: line.item.position)
        self.gifts: list[Given] = []
        self.obstacles: list[Refusal] = []
        self.ships_free: list[tuple[Cause, int | None]] = []
        self._steps: dict[object, tuple[Stage, Cause, dict[int, int]]] = {}
        self._is_simple = all(line.item.selected and line.item.exclusive is None for line in self.lines)

    # What a play may read

    def eligible(self, scope: Scope) -> list[Line]:
        """The lines of a scope that take part in this stage: selected, not closed, not another's."""
        stage = self.stage
        lines = self.lines if self._is_simple else [line for line in self.lines if self._takes_part(line)]
        if not scope.is_unbounded:
            lines = [line for line in lines if scope.covers(line.item)]
        if stage in _OPEN_TO_ALL:
            return list(lines)
        if stage is Stage.SUBTOTAL:
            return [line for line in lines if not (line.taken or line.closed)]
        if stage is Stage.ITEM_SET:
            return [line for line in lines if not line.closed and line.item.add_on_of is None]
        return [line for line in lines if not line.closed]

    def add_ons(self, promotion: Promotion) -> list[Line]:
        """The lines that are wanted as add-ons of a promotion."""
        wanted = [line for line in self.lines if line.item.add_on_of == promotion.id]
        return [line for line in wanted if self._takes_part(line)]

    def _takes_part(self, line: Line) -> bool:
        item = line.item
        if self.stage is not Stage.UNIT and not item.selected:
            return False
        return item.exclusive is None or self.stage not in item.exclusive.blocks

    # What a play may do

    def offer_unit_price(self, line: Line, price: int, by: Promotion | Cause) -> None:
        """Offer units at a price in step 2. The best offer counts, the first of equal ones."""
        assert self.stage is Stage.UNIT, f"a unit price is offered in {self.stage.name}"
        if price < line.unit_price:
            line.unit_price = max(0, price)
            line.winner = _cause_of(by)
            line.closed = isinstance(by, Promotion) and by.exclusive

    def consume(self, line: Line, quantity: int) -> Units:
        """Take units of a line for an item set; no other item set can have them."""
        assert 0 < quantity <= line.left, f"{quantity} of {line.left} units"
        line.left -= quantity
        return Units(line, quantity)

    def discount_units(self, units: Sequence[Units], amount: int, by: Promotion) -> int:
        """Lower what consumed units cost, in proportion to their worth. Returns by how much."""
        return self._lower([one.line for one in units], [one.worth for one in units], amount, by)

    def discount(self, lines: Sequence[Line], amount: int, by: Promotion | Cause) -> int:
        """Lower what lines cost, in proportion to what is payable for them. Returns by how much.

        In step 4 the lines are taken: no other promotion of that step can have them.
        """
        if self.stage is Stage.SUBTOTAL:
            self.take(lines, by)
        return self._lower(lines, [line.payable for line in lines], amount, by)

    def take(self, lines: Iterable[Line], by: Promotion | Cause) -> None:
        """Keep other promotions of step 4 off lines, one for each; an exclusive one keeps off all that is later."""
        closes = isinstance(by, Promotion) and by.exclusive
        for line in lines:
            line.taken = True
            line.closed = line.closed or closes

    def give(self, promotion: Promotion, part: GiftPart) -> None:
        """Promise a gift; whether it is there is found out in step 8."""
        self.gifts.append(Given(promotion, part))

    def free_shipping(self, by: Promotion | Cause, most: int | None = None) -> None:
        """Have the shipping fee, or so much of it, borne by the brand."""
        self.ships_free.append((_cause_of(by), most))

    def refuse(self, refusal: Refusal) -> None:
        """Say why the cart cannot be ordered as it is."""
        self.obstacles.append(refusal)

    # What the engine does besides

    def settle_exclusive_prices(self) -> None:
        """Step 1: what an activity sells has the activity's price."""
        for line in self.lines:
            item, exclusive = line.item, line.item.exclusive
            if exclusive is None:
                continue
            line.unit_price = exclusive.price
            if item.selected:
                line.points = exclusive.points * item.quantity
                cause = Cause(exclusive.kind, exclusive.activity_id, None, exclusive.name)
                self._record(cause, line, (item.price - exclusive.price) * item.quantity)

    def settle_unit_prices(self) -> None:
        """The end of step 2: the best offers stand, and what is selected is payable."""
        for line in self.lines:
            item = line.item
            if not item.selected:
                continue
            line.payable = line.unit_price * item.quantity
            if line.winner is not None:
                base = item.price if item.exclusive is None else item.exclusive.price
                self._record(line.winner, line, (base - line.unit_price) * item.quantity)

    def settle_subtotals(self) -> None:
        """The end of step 4: what thresholds of coupons and of free shipping are tested on."""
        for line in self.lines:
            line.subtotal = line.payable

    def spend_points(self, lines: Sequence[Line], shares: Sequence[int], points: int) -> None:
        """Share points out as the money was that they stand for."""
        for line, part in zip(lines, apportion(points, shares), strict=True):
            line.points += part

    def steps(self) -> list[Step]:
        """The explanation so far, in the order in which things were done."""
        return [
            Step(
                stage,
                cause.kind,
                cause.promotion_id,
                cause.coupon_id,
                cause.name,
                sum(parts.values()),
                tuple(parts.items()),
            )
            for stage, cause, parts in self._steps.values()
        ]

    def _lower(self, lines: Sequence[Line], weights: Sequence[int], amount: int, by: Promotion | Cause) -> int:
        amount = min(amount, sum(weights))
        if amount <= 0:
            return 0
        cause, closes = _cause_of(by), isinstance(by, Promotion) and by.exclusive
        for line, part in zip(lines, apportion(amount, weights), strict=True):
            assert part <= line.payable, f"{part} off {line.payable}"
            line.payable -= part
            line.closed = line.closed or closes
            self._record(cause, line, part)
        return amount

    def _record(self, cause: Cause, line: Line, amount: int) -> None:
        found = self._steps.get(cause.key)
        if found is None:
            found = self._steps[cause.key] = (self.stage, cause, {})
        if amount:
            position = line.item.position
            found[2][position] = found[2].get(position, 0) + amount


def _cause_of(by: Promotion | Cause) -> Cause:
    return Cause(by.kind, by.id, None, by.name) if isinstance(by, Promotion) else by
