"""Red packets (红包): a sum that its sponsor has put aside, split into packets, each of which one member may grab."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar
from uuid import UUID

from domain.eligibility import NO_CONDITIONS, EntryConditions, check_conditions
from domain.money import CNY, COIN, Money
from domain.records import record
from domain.refusals import ErrorCode, Refusal, WrongState, between, text_within
from domain.room_events import EventKind, RoomEvent
from domain.sponsors import Sponsor

LEAST_TOTAL, MOST_TOTAL = 10, 2_000_000
MOST_PACKETS = 2_000
MOST_COUNTDOWN_MINUTES = 999
MOST_LASTING_MINUTES = 24 * 60
GRABS_SHOWN = 50
SEED_BYTES = 32


class RedPacketKind(Enum):
    """What is in it. The value is its currency."""

    COINS = COIN
    CASH = CNY


class RedPacketState(Enum):
    """The life of a red packet."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    GONE = "GONE"
    EXPIRED = "EXPIRED"


@record
class RedPacketTerms:
    """What a sponsor promises, before anything is put aside."""

    sponsor: Sponsor
    total: Money
    count: int
    greeting: str
    countdown_minutes: int = 5
    lasts_minutes: int = MOST_LASTING_MINUTES
    conditions: EntryConditions = NO_CONDITIONS


@record
class Grab:
    """A packet that a member got, as everybody may see it: the name is masked."""

    name: str
    amount: Money
    at: datetime


@record
class RedPacketCard:
    """A red packet with all that it takes to show it. `grabbed` is how many were gone when it was last told.

    `luckiest` (手气最佳) got most of it, the first of several; known once nothing can be grabbed any more.
    """

    id: UUID
    state: RedPacketState
    greeting: str
    sponsor_name: str
    total: Money
    count: int
    conditions: EntryConditions
    opens_at: datetime
    expires_at: datetime
    grabbed: int
    luckiest: Grab | None
    version: int

    @property
    def kind(self) -> RedPacketKind:
        return RedPacketKind(self.total.currency)


@record
class RedPacketChanged(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.RED_PACKET
    red_packet: RedPacketCard


@record
class RedPacket:
    """A red packet with who pays for it."""

    card: RedPacketCard
    room_id: UUID
    sponsor: Sponsor
    sponsor_id: UUID
    opened_seq: int

    @property
    def id(self) -> UUID:
        return self.card.id


@dataclass(eq=False)
class NoneLeft(Refusal):
    """Every packet was grabbed."""

    code = ErrorCode.NONE_LEFT


@dataclass(eq=False)
class NotOpenYet(Refusal):
    """It opens at a time to come."""

    code = ErrorCode.NOT_OPEN_YET
    retryable = True
    opens_at: datetime


def check_terms(terms: RedPacketTerms) -> RedPacketTerms:
    """The terms with clean texts, held to their bounds.

    Raises:
        BadInput: a number or text is out of bounds, or there is not one unit for each packet.
    """
    between(terms.total.minor, LEAST_TOTAL, MOST_TOTAL, "input", "total")
    between(terms.count, 1, min(MOST_PACKETS, terms.total.minor), "input", "count")
    between(terms.countdown_minutes, 0, MOST_COUNTDOWN_MINUTES, "input", "countdownMinutes")
    between(terms.lasts_minutes, 1, MOST_LASTING_MINUTES, "input", "lastsMinutes")
    greeting = text_within(terms.greeting, 40, "input", "greeting")
    return replace(terms, greeting=greeting, conditions=check_conditions(terms.conditions, "input", "conditions"))


def split(seed: bytes, total: int, count: int) -> list[int]:
    """Split a sum into packets of at least 1: each random up to twice the average of what remains, the last the rest.

    >>> split(b"a seed", 100, 5)
    [12, 29, 26, 5, 28]
    """
    assert 1 <= count <= total, f"{total} does not make {count} packets"
    parts, remaining = [], total
    for left in range(count, 1, -1):
        most = max(1, 2 * remaining // left - 1)
        parts.append(1 + _number(seed, left, most))
        remaining -= parts[-1]
    return [*parts, remaining]


def _number(seed: bytes, position: int, below: int) -> int:
    """A number from 0 that all but uniformly follows from the seed: 256 bits leave a bias below 2 ** -230."""
    digest = hashlib.sha256(seed + position.to_bytes(4, "big")).digest()
    return int.from_bytes(digest, "big") % below


def offer(red_packet_id: UUID, terms: RedPacketTerms, sponsor_name: str, at: datetime) -> RedPacketCard:
    """The card of a new red packet."""
    opens_at = at + timedelta(minutes=terms.countdown_minutes)
    return RedPacketCard(
        red_packet_id,
        RedPacketState.WAITING if terms.countdown_minutes else RedPacketState.OPEN,
        terms.greeting,
        sponsor_name,
        terms.total,
        terms.count,
        terms.conditions,
        opens_at,
        opens_at + timedelta(minutes=terms.lasts_minutes),
        grabbed=0,
        luckiest=None,
        version=1,
    )


def check_can_be_grabbed(card: RedPacketCard, at: datetime) -> None:
    """Let members grab between its two times, while something is left.

    Raises:
        NotOpenYet: it opens later.
        NoneLeft: every packet was grabbed.
        WrongState: it is over.
    """
    if card.state is RedPacketState.GONE:
        raise NoneLeft(path=("input", "redPacketId"))
    if card.state is RedPacketState.EXPIRED or at >= card.expires_at:
        raise WrongState(RedPacketState.EXPIRED.value, path=("input", "redPacketId"))
    if at < card.opens_at:
        raise NotOpenYet(card.opens_at, path=("input", "redPacketId"))


def is_for_adults(card: RedPacketCard) -> bool:
    """Whether it holds money: minors get none."""
    return card.kind is RedPacketKind.CASH


def moved_on(card: RedPacketCard, grabbed: int, at: datetime, *, room_is_open: bool) -> RedPacketCard:
    """The card as it is now, when so many are gone. The same card when there is nothing to tell."""
    state = card.state
    if grabbed == card.count:
        state = RedPacketState.GONE
    elif at >= card.expires_at or not room_is_open:
        state = RedPacketState.EXPIRED
    elif at >= card.opens_at:
        state = RedPacketState.OPEN
    if (state, grabbed) == (card.state, card.grabbed):
        return card
    return replace(card, state=state, grabbed=grabbed, version=card.version + 1)
