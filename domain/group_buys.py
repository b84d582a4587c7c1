"""Group buys (拼团): a product at a lower price for those who buy it together (R36, R37, product rules 2.7.1)."""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime
from uuid import UUID

from domain.activities import (
    MOST_NAME,
    ActivityKind,
    ActivityState,
    NotStarted,
    PlayTerms,
    check_goes_with,
    check_limit,
    check_time,
)
from domain.money import Money
from domain.orders import OrderHold, OverLimit
from domain.promotions.sheet import ExclusivePrice
from domain.promotions.stages import PLAYS, Stage
from domain.records import record
from domain.refusals import BadInput, NotFound, WrongState, between, text_within

LEAST_SIZE, MOST_SIZE = 2, 50
LEAST_LASTS_S, MOST_LASTS_S = 600, 7 * 24 * 3600
MOST_PRICES = 100
MOST_PRICE = 100_000_000
WHOLE_BP = 10_000


@record
class GroupPrice:
    """What a unit of a variant costs in a group, and what it costs the one who begins the group, when that is less."""

    variant_id: UUID
    price: Money
    leader_price: Money | None = None


@record
class GroupBuyTerms:
    """What is offered: groups of `size` buyers, each of which has `lasts_s` seconds to fill from its first payment.

    `virtual_from_bp`: a group that is filled to this share when its time is over succeeds, the places that are left
    being counted as taken by nobody; None: it fails. Nobody is made up (docs/activities.md).
    `winners`: of each group so many are drawn who get what they paid for, and the others their money back (拼团抽奖).
    `goes_with`: the plays that lower the price further (product rules 2.4). `consolation_id`: the template of a coupon
    that each who does not win is given beside their money (R37).
    `late_opens`: money that comes when a group is over begins a new one instead of going back.
    """

    name: str
    prices: tuple[GroupPrice, ...]
    size: int
    lasts_s: int
    starts_at: datetime
    ends_at: datetime
    limit_per_order: int | None = None
    limit_per_member: int | None = None
    virtual_from_bp: int | None = None
    winners: int | None = None
    late_opens: bool = False
    goes_with: frozenset[Stage] = frozenset()
    consolation_id: UUID | None = None
    campaign_id: UUID | None = None


@record
class GroupBuy:
    """An activity in which members may begin and join groups."""

    id: UUID
    product_id: UUID
    terms: GroupBuyTerms
    state: ActivityState


@record
class GroupPlay(PlayTerms):
    """What a group buy makes of an order; the activity decides what may be taken of it."""

    activity: GroupBuy = field(kw_only=True)


def check_terms(terms: GroupBuyTerms, now: datetime) -> GroupBuyTerms:
    """The terms with a clean name, held to their bounds.

    Raises:
        BadInput: a number, text or time is out of bounds, or a variant is there twice.
    """
    check_time(terms.starts_at, terms.ends_at, now)
    between(terms.size, LEAST_SIZE, MOST_SIZE, "input", "size")
    between(terms.lasts_s, LEAST_LASTS_S, MOST_LASTS_S, "input", "lastsSeconds")
    check_limit(terms.limit_per_order, "input", "limitPerOrder")
    check_limit(terms.limit_per_member, "input", "limitPerMember")
    if terms.virtual_from_bp is not None:
        between(terms.virtual_from_bp, 1, WHOLE_BP, "input", "virtualFromBp")
    check_goes_with(terms.goes_with, "input", "goesWith")
    if terms.consolation_id is not None and terms.winners is None:
        raise BadInput("a number of winners beside it", "安慰券仅用于拼团抽奖", path=("input", "consolationTemplateId"))
    if terms.winners is not None:
        between(terms.winners, 1, terms.size - 1, "input", "winners")
    _check_prices(terms.prices)
    return replace(terms, name=text_within(terms.name, MOST_NAME, "input", "name"))


def _check_prices(prices: tuple[GroupPrice, ...]) -> None:
    between(len(prices), 1, MOST_PRICES, "input", "prices")
    if len({one.variant_id for one in prices}) != len(prices):
        raise BadInput("one price for each variant", "同一规格只能有一个价格", path=("input", "prices"))
    for i, one in enumerate(prices):
        path = ("input", "prices", str(i))
        between(one.price.minor, 1, MOST_PRICE, *path, "price", "minor")
        if one.leader_price is not None:
            between(one.leader_price.minor, 1, one.price.minor, *path, "leaderPrice", "minor")


def publish(id_: UUID, product_id: UUID, terms: GroupBuyTerms) -> GroupBuy:
    return GroupBuy(id_, product_id, terms, ActivityState.PUBLISHED)


def end(activity: GroupBuy) -> GroupBuy:
    """Let nobody begin a group any more; those that were begun go on.

    Raises:
        WrongState: it is over.
    """
    if activity.state is not ActivityState.PUBLISHED:
        raise WrongState(activity.state.value, path=("input", "groupBuyId"))
    return replace(activity, state=ActivityState.ENDED)


def is_running(activity: GroupBuy, at: datetime) -> bool:
    """Whether groups may be begun."""
    terms = activity.terms
    return activity.state is ActivityState.PUBLISHED and terms.starts_at <= at < terms.ends_at


def terms_of(
    activity: GroupBuy,
    variant_id: UUID,
    quantity: int,
    at: datetime,
    *,
    leads: bool,
    group_ends: datetime | None = None,
) -> GroupPlay:
    """What a group buy makes of an order of so many units of a variant.

    `group_ends`: until when the group can be joined that is; that of the activity does not matter then.

    Raises:
        NotFound: it does not sell the variant.
        NotStarted: a group cannot be begun now.
        OverLimit: more than one order may hold.
    """
    terms = activity.terms
    price = next((one for one in terms.prices if one.variant_id == variant_id), None)
    if price is None:
        raise NotFound(path=("input", "play", "id"))
    if leads and not is_running(activity, at):
        raise NotStarted(terms.starts_at, terms.ends_at, path=("input", "play"))
    if terms.limit_per_order is not None and quantity > terms.limit_per_order:
        raise OverLimit(terms.limit_per_order, path=("input", "lines", "0", "quantity"))
    costs = price.leader_price if leads and price.leader_price is not None else price.price
    exclusive = ExclusivePrice(
        ActivityKind.GROUP.value,
        activity.id,
        costs.minor,
        PLAYS - terms.goes_with,
        name=terms.name,
        ends_at=group_ends or terms.ends_at,
    )
    return GroupPlay(exclusive, hold=hold_of(terms), activity=activity)


def hold_of(terms: GroupBuyTerms) -> OrderHold:
    """Why an order of a group does not leave when it is paid."""
    return OrderHold.GROUP_FORMING if terms.winners is None else OrderHold.GROUP_DRAW
