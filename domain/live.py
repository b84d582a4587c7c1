"""Live rooms: their life, their shelf, bullet comments and gifts (R59, R61, R64, R67)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from domain.identity import Principal, Role, Scope
from domain.live_video import VideoSource
from domain.money import Money
from domain.promotions.stages import Stage
from domain.records import record
from domain.refusals import ErrorCode, NotAllowed, Refusal, WrongState, between
from domain.room_events import LiveProductCard, LiveProductState, LiveRoomState

MOST_ON_SHELF = 500
START_AT_LATEST = timedelta(hours=12)
"""A scheduled room that did not start so long after its time has expired."""

TRANSITIONS: dict[LiveRoomState, frozenset[LiveRoomState]] = {
    LiveRoomState.DRAFT: frozenset({LiveRoomState.SCHEDULED, LiveRoomState.LIVE, LiveRoomState.CANCELLED}),
    LiveRoomState.SCHEDULED: frozenset(
        {LiveRoomState.LIVE, LiveRoomState.CANCELLED, LiveRoomState.EXPIRED, LiveRoomState.BANNED}
    ),
    LiveRoomState.LIVE: frozenset({LiveRoomState.PAUSED, LiveRoomState.ENDED, LiveRoomState.BANNED}),
    LiveRoomState.PAUSED: frozenset({LiveRoomState.LIVE, LiveRoomState.ENDED, LiveRoomState.BANNED}),
    LiveRoomState.ENDED: frozenset(),
    LiveRoomState.CANCELLED: frozenset(),
    LiveRoomState.EXPIRED: frozenset(),
    LiveRoomState.BANNED: frozenset(),
}
MOVES = frozenset({LiveRoomState.LIVE, LiveRoomState.PAUSED, LiveRoomState.ENDED, LiveRoomState.CANCELLED})
"""Where those who run a room may bring it. It expires by the clock, and the brand's moderators ban it."""
NO_STREAM, STREAM_BACK = "NO_STREAM", "STREAM_BACK"
"""Why a room changed its state without anybody's hand."""
OPEN_STATES = frozenset({LiveRoomState.LIVE, LiveRoomState.PAUSED})
CLOSED_STATES = frozenset(state for state, onward in TRANSITIONS.items() if not onward)
SEEN_BY_ALL = frozenset(LiveRoomState) - {LiveRoomState.DRAFT, LiveRoomState.BANNED}


@record
class Host:
    """Who runs a room, as viewers see it."""

    guide_id: UUID
    name: str
    avatar_url: str | None
    store_id: UUID
    store_name: str


@record
class LiveRoom:
    """A room. `seq` is the number of the newest event of its log.

    A mirror shows another room, its source: its picture, its shelf, its log and its state are the source's, while
    host and store are its own, and are credited with what is bought through it (R60).
    """

    id: UUID
    title: str
    state: LiveRoomState
    cover_url: str | None
    host: Host
    store_path: str
    host_member_id: UUID
    scheduled_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    created_at: datetime
    version: int
    seq: int
    viewer_count: int
    video_source: VideoSource = VideoSource.NONE
    stream_key: str | None = None
    mirror_of: UUID | None = None
    may_be_mirrored: bool = False
    replay_url: str | None = None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def source_id(self) -> UUID:
        """The room whose log, shelf and stream this one shows: its own, unless it is a mirror."""
        return self.mirror_of or self.id


@record
class StateChange:
    """A step in a room's life. `actor_id` None: nobody's hand, but the clock or the stream."""

    from_state: LiveRoomState
    to_state: LiveRoomState
    actor_id: UUID | None
    reason: str
    at: datetime


@record
class LiveProduct:
    """A product on the shelf of a room, with its own price and stock.

    `allotted = remaining + reserved + sold`; what remains goes back to the shop when the room ends.
    """

    room_id: UUID
    card: LiveProductCard
    state: LiveProductState
    position: int
    reserved: int
    terms_version: int = 1
    planned: int = 0
    """How many were set aside for it, at first and since."""
    slot: int | None = None
    """Its place among the 500 that a shelf has; None when it was taken off for good."""
    goes_with: frozenset[Stage] = frozenset()

    @property
    def is_removed(self) -> bool:
        return self.slot is None

    @property
    def id(self) -> UUID:
        return self.card.live_product_id


@record
class ShelfItem:
    """What a host puts on the shelf."""

    variant_id: UUID
    live_price: Money
    live_stock: int
    limit_per_member: int | None = None
    goes_with: frozenset[Stage] = frozenset()
    """The plays that lower the live price further (product rules 2.4)."""


@dataclass(eq=False)
class AlreadyLive(Refusal):
    """The guide has a room that is live; one at a time."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class AlreadyOnShelf(Refusal):
    """The variant stands on this shelf already, or the shelf is full."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class NotForEverybody(Refusal):
    """The product is for members only; a room shows its shelf to everybody (R25)."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class RoomClosed(Refusal):
    """The room is not live."""

    code = ErrorCode.INVALID_STATE
    state: str


@dataclass(eq=False)
class IsMirror(Refusal):
    """The room shows another one: it is run there."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class NotMirrorable(Refusal):
    """Those who run the room have not opened it to mirrors."""

    code = ErrorCode.FORBIDDEN


def move(room: LiveRoom, to: LiveRoomState, at: datetime) -> LiveRoom:
    """Bring a room into another state.

    Raises:
        WrongState: its state does not lead there.
    """
    if to not in TRANSITIONS[room.state]:
        raise WrongState(room.state.value)
    started = at if to is LiveRoomState.LIVE and room.started_at is None else room.started_at
    ended = at if to in CLOSED_STATES else room.ended_at
    return replace(room, state=to, started_at=started, ended_at=ended, version=room.version + 1)


def check_may_run(room: LiveRoom, who: Principal) -> None:
    """Hold the running of a room to its host and to those who manage its store.

    Raises:
        NotAllowed: the caller is neither.
    """
    if not may_run(room, who):
        raise NotAllowed


def may_run(room: LiveRoom, who: Principal) -> bool:
    """Whether the caller is the room's host, or manages its store."""
    return who.guide_id == room.host.guide_id or who.has_duty(Role.STORE_MANAGER, room.store_path)


def check_own(room: LiveRoom) -> None:
    """Hold what belongs to a room of its own to one.

    Raises:
        IsMirror: it shows another room.
    """
    if room.mirror_of is not None:
        raise IsMirror


def check_may_mirror(room: LiveRoom, who: Principal) -> None:
    """Hold mirrors to rooms that are open to them; those who run the brand may mirror any.

    Raises:
        NotMirrorable: it is not open to mirrors.
    """
    if not room.may_be_mirrored and not who.holds(Scope.OPERATOR):
        raise NotMirrorable


def moderates(guide_id: UUID, store_path: str, who: Principal) -> bool:
    """Whether somebody moderates a room of this guide and store: moderators of brand and store, and who runs it."""
    return (
        who.holds(Scope.MODERATOR)
        or who.guide_id == guide_id
        or any(who.has_duty(role, store_path) for role in (Role.MODERATOR, Role.STORE_MANAGER))
    )


def may_moderate(room: LiveRoom, who: Principal) -> bool:
    """Whether somebody moderates a room; nobody does a mirror, where what is said is said in the room that it shows."""
    return room.mirror_of is None and moderates(room.host.guide_id, room.store_path, who)


def check_may_moderate(room: LiveRoom, who: Principal) -> None:
    """Hold the order of a room to moderators, of the brand or of its store, and who runs it.

    Raises:
        NotAllowed: the caller is none of these.
    """
    if not may_moderate(room, who):
        raise NotAllowed


def check_open(room: LiveRoom) -> None:
    """Hold what needs a running room to one.

    Raises:
        RoomClosed: the room is not live or paused.
    """
    if not room.is_open:
        raise RoomClosed(room.state.value)


def is_seen_by(room: LiveRoom, who: Principal) -> bool:
    """Whether the caller may know of the room: a draft is known to those who run it."""
    if room.state in SEEN_BY_ALL:
        return True
    return may_run(room, who)


def check_shelf(items: Sequence[ShelfItem], *path: str) -> None:
    """Hold what is put on a shelf to its bounds.

    Raises:
        BadInput: a price, stock or limit is out of bounds, or there are too many.
    """
    between(len(items), 0, MOST_ON_SHELF, *path)
    for i, item in enumerate(items):
        here = (*path, str(i)) if len(items) > 1 else path
        between(item.live_price.minor, 1, 10**12, *here, "livePrice")
        between(item.live_stock, 1, 1_000_000, *here, "liveStock")
        if item.limit_per_member is not None:
            between(item.limit_per_member, 1, 999, *here, "limitPerMember")
