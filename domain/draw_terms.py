"""What a host promises with a draw: prizes, who may enter, and when it ends (R65, product rules 2.8.6)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from uuid import UUID

from domain.eligibility import NO_CONDITIONS, EntryConditions, check_conditions
from domain.links import check_link
from domain.money import Money
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between, text_within
from domain.sponsors import Sponsor

MOST_PRIZES = 10_000
MOST_KINDS_OF_PRIZE = 20
MOST_COINS = 1_000_000
SHORTEST_S, LONGEST_S = 10, 24 * 3600
LONGEST_CLAIM_HOURS = 168
WORTH_MOST = Money(50_000_00)
"""A single prize may not be worth more (规范促销行为暂行规定)."""


class DrawKind(Enum):
    """How a draw ends: a lucky bag always by the clock."""

    LUCKY_BAG = "LUCKY_BAG"
    LUCKY_DRAW = "LUCKY_DRAW"


class Fairness(Enum):
    """Who wins first."""

    EQUAL = "EQUAL"
    NON_WINNERS_FIRST = "NON_WINNERS_FIRST"


class PrizeKind(Enum):
    """What a prize is."""

    GOODS = "GOODS"
    COINS = "COINS"
    NAMED = "NAMED"


@record
class Prize:
    """So many of one thing to win: units of a variant, coins for each winner, or what the brand hands out itself."""

    id: UUID
    kind: PrizeKind
    name: str
    picture_url: str | None
    count: int
    variant_id: UUID | None = None
    coins: int = 0


@record
class DrawTerms:
    """What a host promises. `countdown_s` None: the host closes it. `most_wins`: in 30 days, in all rooms."""

    kind: DrawKind
    title: str
    prizes: tuple[Prize, ...]
    countdown_s: int | None = None
    conditions: EntryConditions = NO_CONDITIONS
    fairness: Fairness = Fairness.EQUAL
    most_wins: int = 1
    claim_hours: int = 24
    sponsor: Sponsor = Sponsor.SELF


@dataclass(eq=False)
class WorthTooMuch(Refusal):
    """A single prize is worth more than the law lets one be."""

    code = ErrorCode.BAD_USER_INPUT


def check_terms(terms: DrawTerms) -> DrawTerms:
    """The terms with clean texts, held to their bounds.

    Raises:
        BadInput: a number or text is out of bounds, or a lucky bag has no countdown.
    """
    between(len(terms.prizes), 1, MOST_KINDS_OF_PRIZE, "input", "prizes")
    prizes = tuple(_checked(prize, str(i)) for i, prize in enumerate(terms.prizes))
    between(sum(prize.count for prize in prizes), 1, MOST_PRIZES, "input", "prizes")
    if terms.countdown_s is not None:
        between(terms.countdown_s, SHORTEST_S, LONGEST_S, "input", "countdownSeconds")
    elif terms.kind is DrawKind.LUCKY_BAG:
        raise BadInput("a countdown for a lucky bag", "福袋须设置倒计时", path=("input", "countdownSeconds"))
    between(terms.most_wins, 1, 99, "input", "mostWins")
    between(terms.claim_hours, 1, LONGEST_CLAIM_HOURS, "input", "claimHours")
    conditions = check_conditions(terms.conditions, "input", "conditions")
    return replace(terms, title=text_within(terms.title, 40, "input", "title"), prizes=prizes, conditions=conditions)


def _checked(prize: Prize, position: str) -> Prize:
    path = ("input", "prizes", position)
    between(prize.count, 1, MOST_PRIZES, *path, "count")
    if (prize.kind is PrizeKind.GOODS) != (prize.variant_id is not None):
        raise BadInput("a variant for goods only", "仅实物奖品需指定规格", path=(*path, "variantId"))
    if prize.kind is PrizeKind.COINS:
        between(prize.coins, 1, MOST_COINS, *path, "coins")
    elif prize.coins:
        raise BadInput("no coins but for a prize of coins", "仅金币奖品可填写金币数", path=(*path, "coins"))
    picture = None if prize.picture_url is None else check_link(prize.picture_url, *path, "pictureUrl")
    return replace(prize, name=text_within(prize.name, 60, *path, "name"), picture_url=picture)


def check_worth(price: Money, *path: str) -> None:
    """Hold the worth of one prize to what the law allows.

    Raises:
        WorthTooMuch: it is above 50,000 yuan.
    """
    if price.minor > WORTH_MOST.minor:
        raise WorthTooMuch(path=path)
