"""Draws: lucky bags (福袋) and lucky draws (抽奖) in a live room, their states, entrants and winners (R65).

Nobody is preset to win, and nothing here could carry it (product rules 2.8.6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from typing import ClassVar
from uuid import UUID

from domain.draw_terms import DrawKind, DrawTerms, Fairness, Prize, PrizeKind
from domain.drawing import ALGORITHM, Participant, Turn, commitment_of, participants_hash, winners
from domain.eligibility import EntryConditions
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, WrongState
from domain.room_events import EventKind, RoomEvent
from domain.sponsors import Sponsor

WINNERS_SHOWN = 50
WINS_COUNT_FOR = timedelta(days=30)


class DrawState(Enum):
    """The life of a draw."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CLOSED = "CLOSED"
    DRAWN = "DRAWN"
    WITHDRAWN = "WITHDRAWN"


TRANSITIONS: dict[DrawState, frozenset[DrawState]] = {
    DrawState.DRAFT: frozenset({DrawState.OPEN, DrawState.WITHDRAWN}),
    DrawState.OPEN: frozenset({DrawState.CLOSED, DrawState.WITHDRAWN}),
    DrawState.CLOSED: frozenset({DrawState.DRAWN}),
    DrawState.DRAWN: frozenset(),
    DrawState.WITHDRAWN: frozenset(),
}


@record
class Winner:
    """Who won what, as everybody may see it: the name is masked."""

    name: str
    prize_id: UUID


@record
class DrawCard:
    """A draw with all that it takes to show it. `entrants` is how many had entered when it was last told."""

    id: UUID
    kind: DrawKind
    state: DrawState
    title: str
    prizes: tuple[Prize, ...]
    conditions: EntryConditions
    fairness: Fairness
    most_wins: int
    commitment: str | None
    opened_at: datetime | None
    closes_at: datetime | None
    entrants: int
    winners: tuple[Winner, ...]
    winner_count: int
    version: int


@record
class DrawChanged(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.DRAW
    draw: DrawCard


@record
class Draw:
    """A draw with what not everybody may know of: its seed, until it is drawn."""

    card: DrawCard
    room_id: UUID
    sponsor: Sponsor
    sponsor_id: UUID
    countdown_s: int | None
    claim_hours: int
    opened_seq: int
    seed: bytes | None
    participants_hash: str | None
    drawn_at: datetime | None

    @property
    def id(self) -> UUID:
        return self.card.id

    @property
    def coins(self) -> int:
        """What all its winners of coins get together."""
        return sum(prize.count * prize.coins for prize in self.card.prizes)

    @property
    def proof(self) -> Proof | None:
        """What it takes to check it, once it is drawn."""
        if self.card.state is not DrawState.DRAWN:
            return None
        assert self.seed is not None
        assert self.card.commitment is not None
        assert self.participants_hash is not None
        return Proof(self.seed.hex(), self.card.commitment, self.participants_hash, ALGORITHM)


@record
class Proof:
    """What it takes to check a draw."""

    seed: str
    commitment: str
    participants_hash: str
    algorithm: str


@record
class Listed:
    """A participant of a draw that is drawn, with what that participant won, if anything."""

    ticket: UUID
    turn: Turn
    prize_id: UUID | None


@record
class Win:
    """A prize that a member won. `claimed_at` is when they asked for it, `lapsed_at` when it went back unclaimed."""

    id: UUID
    draw_id: UUID
    member_id: UUID
    prize: Prize
    won_at: datetime
    claim_by: datetime
    claimed_at: datetime | None
    lapsed_at: datetime | None


@record
class Entrant:
    """A member who entered, and how often that member won within the last 30 days."""

    member_id: UUID
    ticket: UUID
    wins: int


@record
class Result:
    """What was drawn: winners with what they win, first prize first; whose turn was not the first; what is left."""

    won: tuple[tuple[UUID, Prize], ...]
    turns: Mapping[UUID, Turn]
    left: tuple[tuple[Prize, int], ...]
    participants_hash: str


@dataclass(eq=False)
class WonEnough(Refusal):
    """The member has won as often within 30 days as one may."""

    code = ErrorCode.LIMIT_PER_MEMBER
    most: int


@dataclass(eq=False)
class PrizeLapsed(Refusal):
    """The prize was not claimed in time, and went back."""

    code = ErrorCode.INVALID_STATE
    claim_by: datetime


def draft_of(draw_id: UUID, room_id: UUID, sponsor_id: UUID, terms: DrawTerms) -> Draw:
    """A draw that is prepared."""
    card = DrawCard(
        draw_id,
        terms.kind,
        DrawState.DRAFT,
        terms.title,
        terms.prizes,
        terms.conditions,
        terms.fairness,
        terms.most_wins,
        commitment=None,
        opened_at=None,
        closes_at=None,
        entrants=0,
        winners=(),
        winner_count=0,
        version=1,
    )
    return Draw(
        card, room_id, terms.sponsor, sponsor_id, terms.countdown_s, terms.claim_hours, 0, None, None, drawn_at=None
    )


def move(draw: Draw, to: DrawState, **changes: object) -> Draw:
    """Bring a draw into another state, with what else changes on its card.

    Raises:
        WrongState: its state does not lead there.
    """
    if to not in TRANSITIONS[draw.card.state]:
        raise WrongState(draw.card.state.value, path=("input", "drawId"))
    return with_card(draw, state=to, **changes)


def with_card(draw: Draw, **changes: object) -> Draw:
    """The draw with another card, of a higher version."""
    return replace(draw, card=replace(draw.card, version=draw.card.version + 1, **changes))  # type: ignore[arg-type]


def opened(draw: Draw, seed: bytes, room_seq: int, at: datetime) -> Draw:
    """Open a draw: its seed is fixed from here on, and bound to the commitment that everybody sees.

    Raises:
        WrongState: it was opened or withdrawn before.
    """
    closes_at = None if draw.countdown_s is None else at + timedelta(seconds=draw.countdown_s)
    commitment = commitment_of(seed)
    moved = move(draw, DrawState.OPEN, commitment=commitment, opened_at=at, closes_at=closes_at)
    return replace(moved, seed=seed, opened_seq=room_seq)


def check_takes_entries(card: DrawCard, at: datetime) -> None:
    """Let members enter until the draw is closed, or its time is over.

    Raises:
        WrongState: it is not open.
    """
    if card.state is not DrawState.OPEN:
        raise WrongState(card.state.value, path=("input", "drawId"))
    if card.closes_at is not None and at >= card.closes_at:
        raise WrongState(DrawState.CLOSED.value, path=("input", "drawId"))


def check_wins(card: DrawCard, wins: int) -> None:
    """Keep those out who could not win.

    Raises:
        WonEnough: the member has won as often within 30 days as the draw allows.
    """
    if wins >= card.most_wins:
        raise WonEnough(card.most_wins)


def check_claim(win: Win, at: datetime, *, has_address: bool) -> None:
    """Let a prize be claimed in time, goods with a place to send them to.

    Raises:
        PrizeLapsed: it is too late.
        BadInput: goods need an address.
    """
    if win.lapsed_at is not None or at >= win.claim_by:
        raise PrizeLapsed(win.claim_by, path=("input", "drawId"))
    if win.prize.kind is PrizeKind.GOODS and not has_address:
        raise BadInput("an address for goods", "实物奖品须填写收货地址", path=("input", "addressId"))


def turn_of(card: DrawCard, wins: int) -> Turn:
    """When the turn of a member with so many wins comes."""
    if wins >= card.most_wins:
        return Turn.NEVER
    return Turn.FIRST if wins == 0 or card.fairness is Fairness.EQUAL else Turn.SECOND


def win_of(win_id: UUID, drawn: Draw, member_id: UUID, prize: Prize, at: datetime) -> Win:
    """What a member won. Coins need no claim: they are in the wallet."""
    claimed_at = at if prize.kind is PrizeKind.COINS else None
    return Win(
        win_id, drawn.id, member_id, prize, at, at + timedelta(hours=drawn.claim_hours), claimed_at, lapsed_at=None
    )


def draw(closed: Draw, entrants: Sequence[Entrant]) -> Result:
    """Draw the winners of a closed draw from all who entered."""
    assert closed.seed is not None, "a draw that was opened has a seed"
    turns = {one.ticket: turn_of(closed.card, one.wins) for one in entrants}
    participants = [Participant(ticket, turn) for ticket, turn in turns.items()]
    members = {one.ticket: one.member_id for one in entrants}
    units = [prize for prize in closed.card.prizes for _ in range(prize.count)]
    tickets = winners(closed.seed, participants, len(units))
    won = tuple((members[ticket], prize) for ticket, prize in zip(tickets, units, strict=False))
    left = units[len(won) :]
    return Result(
        won,
        {members[ticket]: turn for ticket, turn in turns.items() if turn is not Turn.FIRST},
        tuple(Counter(left).items()),
        participants_hash(participants),
    )
