"""Lotteries (抽奖): prizes by weights that everybody may read, and chances that a draw consumes (R46, 2.7.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from domain.coupon_templates import CouponTemplate, CouponTerms, TakeBy
from domain.draw_terms import WORTH_MOST, WorthTooMuch
from domain.money import WHOLE
from domain.promotions.coupons import CouponKind
from domain.promotions.scopes import Good
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState, between, text_within

MOST_PRIZES = 20
MOST_STOCK = 1_000_000
MOST_CHANCES = 1_000
MOST_POINTS = 1_000_000
_NUMBERS = 1 << 16
_FAIR = _NUMBERS - _NUMBERS % WHOLE
"""Numbers of two bytes from here on are thrown away: with them the first ones would come up more often."""
MOST_TRIES = 100


class LotteryPrizeKind(Enum):
    """What a prize is. PRODUCT: a coupon that is exchanged for the product by an order at no price (兑换券)."""

    COUPON = "COUPON"
    PRODUCT = "PRODUCT"
    POINTS = "POINTS"
    NONE = "NONE"


class LotteryState(Enum):
    """The life of a lottery."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    ENDED = "ENDED"


TRANSITIONS: dict[LotteryState, frozenset[LotteryState]] = {
    LotteryState.DRAFT: frozenset({LotteryState.PUBLISHED}),
    LotteryState.PUBLISHED: frozenset({LotteryState.ENDED}),
    LotteryState.ENDED: frozenset(),
}


class ChanceSource(Enum):
    """Where a chance comes from. ALL counts the draws of a member from every source."""

    FREE = "FREE"
    POINTS = "POINTS"
    ORDER = "ORDER"
    SHARE = "SHARE"
    ALL = "ALL"


@record
class LotteryPrize:
    """A prize: its weight in basis points, and how many there are; `stock` None: any number. `worth` in fen."""

    id: UUID
    kind: LotteryPrizeKind
    name: str
    weight_bp: int
    stock: int | None = None
    worth: int = 0
    template_id: UUID | None = None
    points: int = 0
    is_consolation: bool = False
    left: int | None = None


@record
class ChanceTerms:
    """How many chances one member has, by their sources; 0: none. `points_cost` for each chance that is bought.

    `per_order` chances for each paid order whose goods cost `order_from` fen or more. A share counts on a day on which
    somebody else opened one of the member's.
    """

    free_daily: int = 1
    points_daily: int = 0
    points_cost: int = 0
    per_order: int = 0
    order_from: int = 0
    share_daily: int = 0
    most: int = MOST_CHANCES
    """How often one member may ever draw, whatever the source."""

    def daily(self, source: ChanceSource) -> int:
        """How many chances a day has of a source; those of orders are counted by order."""
        return {
            ChanceSource.FREE: self.free_daily,
            ChanceSource.POINTS: self.points_daily,
            ChanceSource.SHARE: self.share_daily,
        }.get(source, 0)


@record
class LotteryTerms:
    """Everything that a lottery says."""

    name: str
    prizes: tuple[LotteryPrize, ...]
    starts_at: datetime
    ends_at: datetime
    rules: str = ""
    chances: ChanceTerms = ChanceTerms()
    campaign_id: UUID | None = None


@record
class Lottery:
    id: UUID
    state: LotteryState
    terms: LotteryTerms
    version: int
    created_at: datetime

    @property
    def name(self) -> str:
        return self.terms.name


@record
class Draw:
    """One draw, as it is kept: the number that came up, the prize that it meant, and the one that was given."""

    id: UUID
    lottery_id: UUID
    member_id: UUID
    source: ChanceSource
    number: int
    drawn_id: UUID
    prize: LotteryPrize
    at: datetime
    coupon_id: UUID | None = None


@dataclass(eq=False)
class NoChance(Refusal):
    """The member has no chance left of this source, or has drawn as often as one may."""

    code = ErrorCode.LIMIT_PER_MEMBER
    source: str


@dataclass(eq=False)
class LotteryClosed(Refusal):
    """It is not published, has not begun, or is over."""

    code = ErrorCode.NOT_STARTED


def check_terms(terms: LotteryTerms) -> LotteryTerms:
    """The terms with clean texts, held to their bounds.

    Raises:
        BadInput: a part is out of bounds, the weights are not the whole, or there is not one consolation prize.
        WorthTooMuch: a single prize is worth more than 50,000 yuan.
    """
    between(len(terms.prizes), 1, MOST_PRIZES, "input", "prizes")
    prizes = tuple(_checked(prize, i) for i, prize in enumerate(terms.prizes))
    if sum(prize.weight_bp for prize in prizes) != WHOLE:
        raise BadInput("weights that sum to 10,000", "权重之和须为 10000", path=("input", "prizes"))
    if sum(prize.is_consolation for prize in prizes) != 1:
        raise BadInput("one consolation prize", "须且仅须设置一个兜底奖品", path=("input", "prizes"))
    if terms.ends_at <= terms.starts_at:
        raise BadInput("an end after the start", "结束须晚于开始", path=("input", "endsAt"))
    _check_chances(terms.chances)
    return replace(
        terms,
        name=text_within(terms.name, 40, "input", "name"),
        rules=text_within(terms.rules, 2_000, "input", "rules", least=0),
        prizes=prizes,
    )


def _checked(prize: LotteryPrize, i: int) -> LotteryPrize:
    path, kind = ("input", "prizes", str(i)), prize.kind
    between(prize.weight_bp, 0, WHOLE, *path, "probabilityBp")
    if prize.stock is not None:
        between(prize.stock, 1, MOST_STOCK, *path, "stock")
    between(prize.worth, 0, 2**53 - 1, *path, "worth")
    if prize.worth > WORTH_MOST.minor:
        raise WorthTooMuch(path=(*path, "worth"))
    pays = kind is LotteryPrizeKind.POINTS
    between(prize.points, 1 if pays else 0, MOST_POINTS if pays else 0, *path, "points")
    if (prize.template_id is not None) != (kind in (LotteryPrizeKind.COUPON, LotteryPrizeKind.PRODUCT)):
        raise BadInput(
            "a kind of coupon for coupons and products", "优惠券与实物奖品须指定券模板", path=(*path, "kind")
        )
    if prize.is_consolation and (prize.stock is not None or prize.template_id is not None):
        raise BadInput(
            "a consolation that never runs out", "兜底奖品不能限量,须为积分或谢谢参与", path=(*path, "stock")
        )
    return replace(prize, name=text_within(prize.name, 40, *path, "name"), left=prize.stock)


def _check_chances(chances: ChanceTerms) -> None:
    numbers = {
        "freeDaily": chances.free_daily,
        "pointsDaily": chances.points_daily,
        "perOrder": chances.per_order,
        "shareDaily": chances.share_daily,
    }
    for field, number in numbers.items():
        between(number, 0, MOST_CHANCES, "input", "chances", field)
    between(chances.points_cost, 1 if chances.points_daily else 0, MOST_POINTS, "input", "chances", "pointsCost")
    between(chances.order_from, 0, 2**53 - 1, "input", "chances", "orderFrom")
    between(chances.most, 1, MOST_CHANCES, "input", "chances", "most")


def move(lottery: Lottery, to: LotteryState) -> Lottery:
    """Bring a lottery into another state.

    Raises:
        WrongState: its state does not lead there.
    """
    if to not in TRANSITIONS[lottery.state]:
        raise WrongState(lottery.state.value, path=("input", "lotteryId"))
    return replace(lottery, state=to, version=lottery.version + 1)


def edit(lottery: Lottery, terms: LotteryTerms) -> Lottery:
    """Change what a draft says.

    Raises:
        WrongState: it was published: what people read of it stays true.
    """
    if lottery.state is not LotteryState.DRAFT:
        raise WrongState(lottery.state.value, path=("input", "lotteryId"))
    return replace(lottery, terms=terms, version=lottery.version + 1)


def check_open(lottery: Lottery, at: datetime) -> None:
    """Let members draw between the two times of a lottery that is published.

    Raises:
        LotteryClosed: they may not now.
    """
    terms = lottery.terms
    if lottery.state is not LotteryState.PUBLISHED or not terms.starts_at <= at < terms.ends_at:
        raise LotteryClosed(path=("input", "lotteryId"))


def number_from(chance: Callable[[int], bytes]) -> int:
    """A number from 0 to 9,999, each as likely as any other: `chance` gives so many bytes that nobody can guess."""
    for _ in range(MOST_TRIES):
        number = int.from_bytes(chance(2))
        if number < _FAIR:
            return number % WHOLE
    raise AssertionError("a hundred unfair numbers in a row: the source of chance is broken")


def meant_by(number: int, prizes: Sequence[LotteryPrize]) -> LotteryPrize:
    """The prize that a number means: the first whose weights, summed up to it, exceed the number.

    CRMEB draws `rand(0, total)` with the total in it, so one number more than there are weights (2.7.6).

    >>> first, second = (LotteryPrize(UUID(int=n), LotteryPrizeKind.NONE, "", bp) for n, bp in ((1, 1), (2, 9_999)))
    >>> [meant_by(n, [first, second]).id.int for n in (0, 1, 9_999)]
    [1, 2, 2]
    """
    assert 0 <= number < WHOLE, f"{number} is not within 0..{WHOLE - 1}"
    upto = 0
    for prize in prizes:
        upto += prize.weight_bp
        if number < upto:
            return prize
    raise AssertionError("the weights sum to the whole")


def consolation_of(prizes: Sequence[LotteryPrize]) -> LotteryPrize:
    """What is given when the prize that came up is gone: there is no second draw."""
    return next(prize for prize in prizes if prize.is_consolation)


def check_coupon(prize: LotteryPrize, template: CouponTemplate, too_dear: Iterable[Good], *path: str) -> None:
    """Hold a prize to a kind of coupon that can be won, and a product to one that is exchanged for it.

    `too_dear`: goods of its scope that cost more than a prize may be worth, and others perhaps.

    Raises:
        BadInput: it cannot be won, or is not exchanged for anything.
        WorthTooMuch: it may take off more than a prize may be worth, or be exchanged for what costs more.
    """
    is_product = prize.kind is LotteryPrizeKind.PRODUCT
    if TakeBy.PRIZE not in template.terms.take_by:
        raise BadInput("a kind of coupon that can be won", "该券模板不支持作为奖品", path=(*path, "couponTemplateId"))
    if is_product and template.terms.worth.kind is not CouponKind.EXCHANGE:
        raise BadInput("an exchange coupon", "实物奖品须使用兑换券", path=(*path, "couponTemplateId"))
    if _may_exceed(template.terms, too_dear):
        raise WorthTooMuch(path=(*path, "couponTemplateId"))


def _may_exceed(terms: CouponTerms, too_dear: Iterable[Good]) -> bool:
    """Whether a coupon may be worth more than a prize: one that takes off a share without a cap may."""
    worth = terms.worth
    if worth.kind is CouponKind.EXCHANGE:
        return any(terms.goods.covers(good) for good in too_dear)
    if worth.kind is CouponKind.PERCENT:
        return not 0 < worth.cap <= WORTH_MOST.minor
    return worth.amount > WORTH_MOST.minor


Uses: TypeAlias = Mapping[tuple[ChanceSource, str], tuple[int, int]]
"""How many chances were used of how many, by source and by what they are counted."""


def chances_left(terms: ChanceTerms, uses: Uses, today: date, *, shared: bool) -> dict[ChanceSource, int]:
    """How many chances a member has left today of each source; ALL: of all that one may ever have."""

    def left(source: ChanceSource, most: int) -> int:
        used, _ = uses.get((source, use_key(source, today)), (0, most))
        return max(0, most - used)

    every = left(ChanceSource.ALL, terms.most)
    of_orders = sum(most - used for (source, _), (used, most) in uses.items() if source is ChanceSource.ORDER)
    found = {source: left(source, terms.daily(source)) for source in (ChanceSource.FREE, ChanceSource.POINTS)}
    found |= {
        ChanceSource.ORDER: of_orders,
        ChanceSource.SHARE: left(ChanceSource.SHARE, terms.share_daily) if shared else 0,
    }
    return {source: min(many, every) for source, many in found.items()} | {ChanceSource.ALL: every}


def use_key(source: ChanceSource, today: date) -> str:
    """By what the chances of a source are counted: by days of the brand, or all together."""
    return "ever" if source is ChanceSource.ALL else today.isoformat()


def fact_of(draw: Draw) -> dict[str, Any]:
    """What the outbox tells of a draw."""
    return {
        "draw": draw.id.hex,
        "lottery": draw.lottery_id.hex,
        "member": draw.member_id.hex,
        "source": draw.source.value,
        "number": draw.number,
        "prize": draw.prize.id.hex,
        "kind": draw.prize.kind.value,
    }
