"""Bargains (砍价): friends cut the price, each once, until it is at the floor (R38, product rules 2.7.2).

The cuts of N helpers sum exactly to what is between the first price and the floor, whatever chance says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.activities import MOST_NAME, ActivityKind, ActivityState, NotStarted, PlayTerms, check_goes_with, check_time
from domain.money import Money
from domain.orders import OverLimit
from domain.promotions.sheet import ExclusivePrice
from domain.promotions.stages import PLAYS, Stage
from domain.records import record
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, WrongState, between, text_within

LEAST_HELPERS, MOST_HELPERS = 1, 200
LEAST_LASTS_S, MOST_LASTS_S = 600, 7 * 24 * 3600
MOST_PRICE = 100_000_000
LEAST_BP, MOST_BP, WHOLE_BP = 2_000, 5_000, 10_000
"""Of what can be cut now, a helper cuts from 20 % to 50 %."""
CHANCE_BYTES = 8


class BargainState(Enum):
    """The life of a bargain."""

    OPEN = "OPEN"
    ORDERED = "ORDERED"
    BOUGHT = "BOUGHT"
    EXPIRED = "EXPIRED"


TRANSITIONS: dict[BargainState, frozenset[BargainState]] = {
    BargainState.OPEN: frozenset({BargainState.ORDERED, BargainState.EXPIRED}),
    # An order that was given up unpaid leaves the bargain as it was.
    BargainState.ORDERED: frozenset({BargainState.OPEN, BargainState.BOUGHT}),
    BargainState.BOUGHT: frozenset(),
    BargainState.EXPIRED: frozenset(),
}


@record
class BargainTerms:
    """What is offered: `helpers` bring the price of one unit from `first_price` to `floor_price`.

    `helps_per_member`: how often one member may help in all bargains of the offer; None: without limit.
    `starter_cuts`: whether the one who starts a bargain cuts first, as one of the helpers.
    """

    name: str
    variant_id: UUID
    first_price: Money
    floor_price: Money
    helpers: int
    lasts_s: int
    starts_at: datetime
    ends_at: datetime
    helps_per_member: int | None = None
    only_at_floor: bool = False
    starter_cuts: bool = False
    goes_with: frozenset[Stage] = frozenset()
    campaign_id: UUID | None = None


@record
class BargainOffer:
    """An activity in which members may start bargains."""

    id: UUID
    product_id: UUID
    terms: BargainTerms
    state: ActivityState


@record
class Bargain:
    """One member's bargain for one unit. `price` is what it costs now."""

    id: UUID
    offer_id: UUID
    product_id: UUID
    variant_id: UUID
    name: str
    member_id: UUID
    state: BargainState
    price: Money
    first_price: Money
    floor_price: Money
    helpers: int
    helped: int
    only_at_floor: bool
    started_at: datetime
    expires_at: datetime
    order_id: UUID | None
    version: int
    goes_with: frozenset[Stage] = frozenset()


@record
class Help:
    """What one helper cut off; `position` counts from 1."""

    bargain_id: UUID
    helper_id: UUID
    position: int
    cut: Money
    at: datetime


@dataclass(eq=False)
class SelfHelp(Refusal):
    """One cannot help oneself."""

    code = ErrorCode.FORBIDDEN


@dataclass(eq=False)
class NotAtFloor(Refusal):
    """The bargain sells at its floor only, and is not there yet."""

    code = ErrorCode.INVALID_STATE
    helpers_left: int


def check_terms(terms: BargainTerms, now: datetime) -> BargainTerms:
    """The terms with a clean name, held to their bounds.

    Raises:
        BadInput: a number, text or time is out of bounds, or there is not one fen for each helper to cut.
    """
    check_time(terms.starts_at, terms.ends_at, now)
    between(terms.first_price.minor, 1, MOST_PRICE, "input", "firstPrice", "minor")
    between(terms.floor_price.minor, 0, MOST_PRICE, "input", "floorPrice", "minor")
    between(terms.helpers, LEAST_HELPERS, MOST_HELPERS, "input", "helpers")
    between(terms.lasts_s, LEAST_LASTS_S, MOST_LASTS_S, "input", "lastsSeconds")
    check_goes_with(terms.goes_with, "input", "goesWith")
    if terms.helps_per_member is not None:
        between(terms.helps_per_member, 1, 1_000, "input", "helpsPerMember")
    if terms.first_price.minor - terms.floor_price.minor < terms.helpers:
        raise BadInput("at least one fen for each helper", "每位好友至少要能砍 1 分", path=("input", "floorPrice"))
    return replace(terms, name=text_within(terms.name, MOST_NAME, "input", "name"))


def publish(id_: UUID, product_id: UUID, terms: BargainTerms) -> BargainOffer:
    return BargainOffer(id_, product_id, terms, ActivityState.PUBLISHED)


def end(offer: BargainOffer) -> BargainOffer:
    """Let nobody start a bargain any more; those that were started go on.

    Raises:
        WrongState: it is over.
    """
    if offer.state is not ActivityState.PUBLISHED:
        raise WrongState(offer.state.value, path=("input", "bargainOfferId"))
    return replace(offer, state=ActivityState.ENDED)


def start(id_: UUID, offer: BargainOffer, member_id: UUID, at: datetime) -> Bargain:
    """Start a bargain at the first price.

    Raises:
        NotStarted: the offer does not run.
    """
    terms = offer.terms
    if offer.state is not ActivityState.PUBLISHED or not terms.starts_at <= at < terms.ends_at:
        raise NotStarted(terms.starts_at, terms.ends_at, path=("input", "bargainOfferId"))
    return Bargain(
        id_,
        offer.id,
        offer.product_id,
        terms.variant_id,
        terms.name,
        member_id,
        BargainState.OPEN,
        terms.first_price,
        terms.first_price,
        terms.floor_price,
        terms.helpers,
        0,
        terms.only_at_floor,
        at,
        at + timedelta(seconds=terms.lasts_s),
        order_id=None,
        version=1,
    )


def share_of(chance: bytes, *, new_member: bool) -> int:
    """The share of a helper in basis points: even between 20 % and 50 %, and 50 % for who came to help."""
    return MOST_BP if new_member else LEAST_BP + int.from_bytes(chance) % (MOST_BP - LEAST_BP + 1)


def cut_of(remaining: int, helpers_left: int, share_bp: int) -> int:
    """What one of `helpers_left` helpers cuts off, in fen, of the `remaining` above the floor; the last takes all.

    Every later helper keeps one fen at least.

    >>> cut_of(70_00, 10, 5_000), cut_of(3, 3, 5_000), cut_of(7, 1, 2_000)
    (3495, 1, 7)
    """
    assert 1 <= helpers_left <= remaining, f"{remaining} fen for {helpers_left} helpers"
    if helpers_left == 1:
        return remaining
    return max(1, (remaining - (helpers_left - 1)) * share_bp // WHOLE_BP)


def check_open(bargain: Bargain, at: datetime) -> None:
    """Let only a bargain be helped or bought that is open.

    Raises:
        WrongState: it is not, or its time is over.
    """
    if bargain.state is not BargainState.OPEN:
        raise WrongState(bargain.state.value, path=("input", "bargainId"))
    if at >= bargain.expires_at:
        raise WrongState(BargainState.EXPIRED.value, path=("input", "bargainId"))


def cut(bargain: Bargain, helper_id: UUID, share_bp: int, at: datetime) -> tuple[Bargain, Help]:
    """Let one more helper cut.

    Raises:
        WrongState: it is not open, its time is over, or it is at its floor.
    """
    check_open(bargain, at)
    if bargain.helped == bargain.helpers:
        raise WrongState("AT_FLOOR", path=("input", "bargainId"))
    remaining, currency = bargain.price.minor - bargain.floor_price.minor, bargain.price.currency
    off = cut_of(remaining, bargain.helpers - bargain.helped, share_bp)
    price = Money(bargain.price.minor - off, currency)
    after = replace(bargain, price=price, helped=bargain.helped + 1, version=bargain.version + 1)
    return after, Help(bargain.id, helper_id, after.helped, Money(off, currency), at)


def terms_of(bargain: Bargain, member_id: UUID | None, quantity: int, at: datetime) -> PlayTerms:
    """What a bargain makes of its starter's order.

    Raises:
        NotFound: it is somebody else's.
        OverLimit: it is for one unit.
        WrongState, NotAtFloor: it cannot be bought, or not yet.
    """
    if member_id != bargain.member_id:
        raise NotFound(path=("input", "play", "id"))
    if quantity != 1:
        raise OverLimit(1, path=("input", "lines", "0", "quantity"))
    check_open(bargain, at)
    if bargain.only_at_floor and bargain.helped < bargain.helpers:
        raise NotAtFloor(bargain.helpers - bargain.helped, path=("input", "play"))
    price = ExclusivePrice(
        ActivityKind.BARGAIN.value,
        bargain.id,
        bargain.price.minor,
        PLAYS - bargain.goes_with,
        name=bargain.name,
        ends_at=bargain.expires_at,
    )
    return PlayTerms(price)


def move(bargain: Bargain, to: BargainState, *, order_id: UUID | None = None) -> Bargain:
    """The bargain in another state.

    Raises:
        WrongState: its state does not lead there.
    """
    if to not in TRANSITIONS[bargain.state]:
        raise WrongState(bargain.state.value, path=("input", "play"))
    return replace(bargain, state=to, order_id=order_id, version=bargain.version + 1)
