"""The rules of a live room: what may be said in it, by whom, and who was told to be quiet or to go (2.8.3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from typing import ClassVar
from uuid import UUID

from domain.identity import Principal, Role, Scope
from domain.live import LiveRoom
from domain.members import MemberCard
from domain.records import record
from domain.refusals import ErrorCode, NotAllowed, Refusal, between, text_within
from domain.room_events import EventKind, RoomEvent

SLOWEST_S = 300
LONGEST_MUTE_S = 30 * 24 * 3600
LONGEST_REASON = 200


@record
class RoomRules:
    """What may be said. `slow_mode_s` is how long a member waits between two comments, 0 not at all."""

    muted: bool = False
    slow_mode_s: int = 0
    reviewed: bool = False


FREE = RoomRules()
"""The rules of a room for which none were set."""


class RestrictionKind(Enum):
    MUTE = "MUTE"
    KICK = "KICK"


@record
class Restricted:
    """A member who may not speak in a room, or not be in it, or in none of the brand's.

    `until` None is as long as the room lasts, or for good.
    """

    member: MemberCard
    until: datetime | None
    reason: str
    by: MemberCard
    at: datetime


class ModerationAction(Enum):
    """What somebody did to keep order in a room."""

    RULES_SET = "RULES_SET"
    MUTED = "MUTED"
    UNMUTED = "UNMUTED"
    KICKED = "KICKED"
    READMITTED = "READMITTED"
    COMMENT_REMOVED = "COMMENT_REMOVED"
    COMMENT_APPROVED = "COMMENT_APPROVED"
    COMMENT_REJECTED = "COMMENT_REJECTED"


@record
class Deed:
    """Something that was done to keep order, for the record. `note` is a reason, or the rules that were set."""

    id: UUID
    room_id: UUID
    action: ModerationAction
    actor_id: UUID
    at: datetime
    member_id: UUID | None = None
    comment_id: UUID | None = None
    until: datetime | None = None
    note: str = ""


@record
class DeedRecord:
    """A deed as those who moderate the room read it."""

    id: UUID
    action: ModerationAction
    actor: MemberCard
    at: datetime
    member: MemberCard | None
    comment_id: UUID | None
    until: datetime | None
    note: str


@dataclass(eq=False)
class Muted(Refusal):
    """The member may not speak in this room until a time."""

    code = ErrorCode.MEMBER_MUTED
    until: datetime


@dataclass(eq=False)
class RoomMuted(Refusal):
    """Nobody but those who moderate the room may speak in it now (全员禁言)."""

    code = ErrorCode.ROOM_MUTED


@dataclass(eq=False)
class Kicked(Refusal):
    """The member was shown the door. `until` None: as long as the room lasts, or for good in all rooms."""

    code = ErrorCode.MEMBER_KICKED
    until: datetime | None


@record
class RoomRulesChanged(RoomEvent):
    kind: ClassVar[EventKind] = EventKind.RULES
    rules: RoomRules


@record
class MemberMuted(RoomEvent):
    """A member may not speak until a time, or may speak again where there is none."""

    kind: ClassVar[EventKind] = EventKind.MUTE
    member_id: UUID
    until: datetime | None


class Rank(IntEnum):
    """How far above a viewer somebody stands in a room."""

    VIEWER = 0
    MODERATOR = 1
    HOST = 2
    STORE_MANAGER = 3
    BRAND = 4


def rank_of(room: LiveRoom, who: Principal) -> Rank:
    """Where somebody stands in a room; a moderator of the brand stands above its host, one of the store below."""
    if who.holds(Scope.MODERATOR):
        return Rank.BRAND
    if who.has_duty(Role.STORE_MANAGER, room.store_path):
        return Rank.STORE_MANAGER
    if who.guide_id == room.host.guide_id:
        return Rank.HOST
    return Rank.MODERATOR if who.has_duty(Role.MODERATOR, room.store_path) else Rank.VIEWER


def check_may_restrain(room: LiveRoom, who: Principal, member: Principal) -> None:
    """Hold mutes and kicks to those who moderate the room and stand above the member.

    Raises:
        NotAllowed: the caller does not, or is the member.
    """
    rank = rank_of(room, who)
    if rank is Rank.VIEWER or rank <= rank_of(room, member):
        raise NotAllowed


def check_rules(rules: RoomRules) -> RoomRules:
    """The rules, when they are within their bounds.

    Raises:
        BadInput: slow mode is not 0 to 300 seconds.
    """
    between(rules.slow_mode_s, 0, SLOWEST_S, "input", "slowModeSeconds")
    return rules


def check_reason(reason: str) -> str:
    """The reason on record.

    Raises:
        BadInput: it is longer than 200 characters.
    """
    return text_within(reason, LONGEST_REASON, "input", "reason", least=0)


def end_of(seconds: int | None, at: datetime) -> datetime | None:
    """When a restriction of so many seconds ends; None for one that lasts as long as the room.

    Raises:
        BadInput: it is not 1 second to 30 days.
    """
    if seconds is None:
        return None
    return at + timedelta(seconds=between(seconds, 1, LONGEST_MUTE_S, "input", "seconds"))
