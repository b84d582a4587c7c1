"""Gifts: what one costs, who may give it and how often, and who gets what of it when (R64, product rules 2.8.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from enum import Enum
from typing import ClassVar
from uuid import UUID

from domain.ledger import Posting, brand_gifts, coin_wallet, gifts_pending, gifts_received, store_gifts
from domain.money import COIN, WHOLE, Money
from domain.records import record
from domain.refusals import ErrorCode, Refusal
from domain.room_events import EventKind, RoomEvent

MOST_AT_ONCE = 999
COMBO = timedelta(seconds=3)
"""The same gift again within so long goes on with a combo; each is paid for by itself."""
ADULT_AT = 18


@record
class GiftCard:
    """A gift as it is shown."""

    id: UUID
    code: str
    name: str
    icon_url: str
    coins: int


@record
class Combo:
    """Gifts of one kind that a member gives one after the other: its first reward, and how many gifts so far."""

    id: UUID
    count: int


@record
class Reward:
    """A gift that was given (打赏)."""

    id: UUID
    gift: GiftCard
    count: int
    coins: int
    combo: Combo
    sender_id: UUID
    sender_name: str
    at: datetime


@record
class RewardGiven(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.REWARD
    reward: Reward


@record
class Shares:
    """Who gets how many coins of a reward. They sum to what it cost."""

    host: int
    store: int
    brand: int

    @property
    def total(self) -> int:
        return self.host + self.store + self.brand


@record
class GiftTerms:
    """The brand's terms. Shares in basis points, what is left is the brand's; limits in coins for one member."""

    host_bp: int = 7_000
    store_bp: int = 0
    most_at_once: int = 100_000
    most_a_day: int = 200_000
    most_a_month: int = 1_000_000
    settled_after: timedelta = timedelta(days=7)
    """How long after the end of the room shares become available."""
    verified_only: bool = False
    """Whether only those may give whose age somebody has verified."""

    def __post_init__(self) -> None:
        assert min(self.host_bp, self.store_bp) >= 0, "a share is negative"
        assert self.host_bp + self.store_bp <= WHOLE, "the shares are more than the whole"

    def shares_of(self, coins: int) -> Shares:
        """The exact shares of a reward.

        >>> GiftTerms().shares_of(6_600)
        Shares(host=4620, store=0, brand=1980)
        """
        weights = (self.host_bp, self.store_bp, WHOLE - self.host_bp - self.store_bp)
        return Shares(*(part.minor for part in Money(coins, COIN).split(weights)))


class TipSpan(Enum):
    """What a limit of coins is for."""

    ONCE = "ONCE"
    DAY = "DAY"
    MONTH = "MONTH"


@dataclass(eq=False)
class TipLimit(Refusal):
    """It would be more than one member may give at once, in a day or in a month."""

    code = ErrorCode.LIMIT_PER_MEMBER
    span: TipSpan
    most: int


@dataclass(eq=False)
class Minor(Refusal):
    """The member is not of age."""

    code = ErrorCode.NOT_OF_AGE


@dataclass(eq=False)
class AgeUnverified(Refusal):
    """Nobody has verified that the member is of age."""

    code = ErrorCode.NOT_OF_AGE


@dataclass(eq=False)
class AlreadyRefunded(Refusal):
    """The gift was given back before."""

    code = ErrorCode.INVALID_STATE


@record
class Giver:
    """Who gives, and the combo that another gift of the same kind would go on with.

    `born_on` is what somebody verified, or else what the member says.
    """

    id: UUID
    nickname: str
    born_on: date | None
    is_verified: bool
    combo: Combo | None


def check_giver(giver: Giver, terms: GiftTerms, today: date) -> None:
    """Let only those give who are of age, as far as is known.

    Raises:
        Minor: the member is younger than 18.
        AgeUnverified: the brand wants the age verified, and it is not.
    """
    check_of_age(giver.born_on, today)
    if terms.verified_only and not giver.is_verified:
        raise AgeUnverified


def check_of_age(born_on: date | None, today: date) -> None:
    """Keep those out who are known to be minors.

    Raises:
        Minor: the member is younger than 18.
    """
    if born_on is None or (today.year - ADULT_AT, today.month, today.day) >= (born_on.year, born_on.month, born_on.day):
        return
    raise Minor


def check_at_once(coins: int, terms: GiftTerms) -> None:
    """Hold one gift to what may be given at once.

    Raises:
        TipLimit: it costs more.
    """
    if coins > terms.most_at_once:
        raise TipLimit(TipSpan.ONCE, terms.most_at_once, path=("input", "count"))


@record
class Allowance:
    """How many coins a member may give in a span of time that begins on this day of the brand."""

    span: TipSpan
    since: date
    most: int


def allowances(terms: GiftTerms, at: datetime, time_zone: tzinfo) -> list[Allowance]:
    """What a member may give today and this month."""
    today = at.astimezone(time_zone).date()
    return [
        Allowance(TipSpan.DAY, today, terms.most_a_day),
        Allowance(TipSpan.MONTH, today.replace(day=1), terms.most_a_month),
    ]


@record
class Due:
    """A reward whose shares can be handed out or given back, and for whom they are."""

    reward_id: UUID
    room_id: UUID
    guide_id: UUID
    store_id: UUID
    member_id: UUID
    shares: Shares
    is_settled: bool = False


def settlement(dues: list[Due]) -> list[Posting]:
    """Hand the shares of rewards out: one posting for each room and each who gets something of it."""
    owed: dict[tuple[str, str], int] = {}
    for due in dues:
        for account, coins in _shares_by_account(due):
            key = (gifts_pending(due.room_id), account)
            owed[key] = owed.get(key, 0) + coins
    return [Posting(source, account, Money(coins, COIN)) for (source, account), coins in sorted(owed.items())]


def refund(due: Due) -> list[Posting]:
    """Give a reward back to its giver: from what waits, or from those who already got their shares."""
    wallet = coin_wallet(due.member_id)
    if not due.is_settled:
        return [Posting(gifts_pending(due.room_id), wallet, Money(due.shares.total, COIN))]
    return [Posting(account, wallet, Money(coins, COIN)) for account, coins in _shares_by_account(due)]


def _shares_by_account(due: Due) -> list[tuple[str, int]]:
    shares = due.shares
    owed = [(gifts_received(due.guide_id), shares.host), (store_gifts(due.store_id), shares.store)]
    return [(account, coins) for account, coins in [*owed, (brand_gifts(), shares.brand)] if coins]


@record
class Earnings:
    """What the gifts of one room come to, in coins; what was given back is in none of the others."""

    shares: Shares = field(default=Shares(0, 0, 0))
    refunded: int = 0
    settled: int = 0
    available_at: datetime | None = None
