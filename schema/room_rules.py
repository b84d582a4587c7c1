"""The order in live rooms: their rules, mutes, kicks, the blacklist, and the record of who did what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry

from domain import pages, room_events
from domain import room_rules as rules
from domain.identity import Scope
from domain.live import LiveRoom
from domain.room_rules import ModerationAction, RestrictionKind
from resolvers import room_rules
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.live_events import LiveRoomEvent
from schema.members import MemberCard

described(
    ModerationAction,
    "What was done to keep order in a room.",
    RULES_SET="The rules of the room were set.",
    MUTED="A member was muted (禁言).",
    UNMUTED="A member may speak again.",
    KICKED="A member was shown the door (踢出).",
    READMITTED="A member may come in again.",
    COMMENT_REMOVED="A bullet comment was taken back.",
    COMMENT_APPROVED="A bullet comment that waited was posted.",
    COMMENT_REJECTED="A bullet comment that waited was thrown away.",
)


@object_type(scope=Scope.VISITOR, description="What may be said in a room. None of it binds those who moderate it.")
class LiveRoomRules:
    muted: bool = attribute("Whether nobody may speak (全员禁言).")
    slow_mode_seconds: int = derived(
        lambda one: one.slow_mode_s, "How long a member waits between two comments (慢速模式), 0 to 300."
    )
    reviewed: bool = attribute("Whether comments wait until they are approved (先审后发).")


@object_type(scope=Scope.MEMBER, description="The caller may not speak in a room.")
class LiveMute:
    until: datetime = attribute("Until when.")


@object_type(scope=Scope.MEMBER, description="A member who may not speak, or not come in.")
class LiveRestriction:
    member: MemberCard = attribute("Who.")
    until: datetime | None = attribute("Until when; null: as long as the room lasts, or for good.")
    reason: str = attribute("Why, at most 200 characters.")
    by: MemberCard = attribute("Who said so.")
    at: datetime = attribute("When.")


@object_type(scope=Scope.MEMBER, description="Something that was done to keep order in a room.")
class LiveModeration:
    action: ModerationAction = attribute("What.")
    actor: MemberCard = attribute("Who did it.")
    at: datetime = attribute("When.")
    member: MemberCard | None = attribute("To whom.")
    comment_id: strawberry.ID | None = identifier(Kind.BULLET_COMMENT, "comment_id", description="To which comment.")
    until: datetime | None = attribute("Until when it holds.")
    note: str = attribute("Why, or which rules were set.")


@object_type(scope=Scope.VISITOR, description="What may be said in the room changed.", record=rules.RoomRulesChanged)
class RoomRulesChanged(LiveRoomEvent):
    rules: LiveRoomRules = attribute("What may be said now.")


@object_type(scope=Scope.VISITOR, description="A member was muted, or may speak again.", record=rules.MemberMuted)
class MemberMuted(LiveRoomEvent):
    member_id: strawberry.ID = identifier(Kind.MEMBER, "member_id", description="Who.")
    until: datetime | None = attribute("Until when the member may not speak; null: the member may.")


@object_type(scope=Scope.VISITOR, description="A member was shown the door.", record=room_events.MemberKicked)
class MemberKicked(LiveRoomEvent):
    member_id: strawberry.ID = identifier(Kind.MEMBER, "member_id", description="Who.")
    until: datetime | None = attribute("Until when; null: as long as the room lasts.")


async def muted_in(
    ctx: Context,
    rooms: Sequence[LiveRoom],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    """A field of live rooms."""
    request = pages.page_request(first, after, last, before)
    return await room_rules.restricted_in(ctx, rooms, RestrictionKind.MUTE, request)


async def kicked_in(
    ctx: Context,
    rooms: Sequence[LiveRoom],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    """A field of live rooms."""
    request = pages.page_request(first, after, last, before)
    return await room_rules.restricted_in(ctx, rooms, RestrictionKind.KICK, request)


async def moderations_in(
    ctx: Context,
    rooms: Sequence[LiveRoom],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    """A field of live rooms."""
    return await room_rules.deeds_in(ctx, rooms, pages.page_request(first, after, last, before))


@strawberry.input(description="Which rules to set; one that is left out, or null, stays as it is.")
class LiveRoomRulesSetInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    muted: bool | None = strawberry.field(default=None, description="Whether nobody may speak (全员禁言).")
    slow_mode_seconds: int | None = strawberry.field(
        default=None, description="How long a member waits between two comments, 0 to 300."
    )
    reviewed: bool | None = strawberry.field(
        default=None, description="Whether comments wait until they are approved (先审后发)."
    )


@strawberry.input(description="Whom to mute (禁言).")
class LiveMemberMuteInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    member_id: strawberry.ID = strawberry.field(description="Who.")
    seconds: int = strawberry.field(description="For how long, 1 second to 30 days.")
    reason: str = strawberry.field(default="", description="Why, at most 200 characters; for the record.")


@strawberry.input(description="Whom to show the door (踢出).")
class LiveMemberKickInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    member_id: strawberry.ID = strawberry.field(description="Who.")
    seconds: int | None = strawberry.field(
        default=None, description="For how long, 1 second to 30 days; null: as long as the room lasts."
    )
    reason: str = strawberry.field(default="", description="Why, at most 200 characters; for the record.")


@strawberry.input(description="Who may speak, or come in, again.")
class LiveMemberReleaseInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")
    member_id: strawberry.ID = strawberry.field(description="Who.")


@strawberry.input(description="Whom to keep out of all live rooms of the brand.")
class MemberBlacklistAddInput:
    member_id: strawberry.ID = strawberry.field(description="Who.")
    seconds: int | None = strawberry.field(
        default=None, description="For how long, 1 second to 30 days; null: for good."
    )
    reason: str = strawberry.field(default="", description="Why, at most 200 characters.")


@strawberry.input(description="Whom to let into live rooms again.")
class MemberBlacklistRemoveInput:
    member_id: strawberry.ID = strawberry.field(description="Who.")


@object_type(scope=Scope.MEMBER, description="The answer to `liveRoomRulesSet`.")
class LiveRoomRulesPayload(Payload):
    rules: LiveRoomRules | None = attribute("What may be said now.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to what lets a member speak or come in, or does not.")
class LiveMemberPayload(Payload):
    member_id: strawberry.ID | None = attribute("Who.", default=None)
    until: datetime | None = attribute(
        "Until when the member may not; null: for as long as it lasts, or no longer.", default=None
    )


def _room_key(given: str) -> Any:
    return key_of(Kind.LIVE_ROOM, given, "input", "liveRoomId")


def _member_key(given: str) -> Any:
    return key_of(Kind.MEMBER, given, "input", "memberId")


async def _set_rules(ctx: Context, *, input: LiveRoomRulesSetInput) -> Any:
    rules = await room_rules.set_rules(
        ctx,
        _room_key(input.live_room_id),
        muted=input.muted,
        slow_mode_s=input.slow_mode_seconds,
        reviewed=input.reviewed,
    )
    return LiveRoomRulesPayload.of(rules=rules)


async def _restrict(ctx: Context, kind: RestrictionKind, input: LiveMemberMuteInput | LiveMemberKickInput) -> Any:
    room_id, member_id = _room_key(input.live_room_id), _member_key(input.member_id)
    until = await room_rules.restrict(ctx, kind, room_id, member_id, input.seconds, input.reason)
    return LiveMemberPayload(member_id=input.member_id, until=until)


async def _mute(ctx: Context, *, input: LiveMemberMuteInput) -> Any:
    return await _restrict(ctx, RestrictionKind.MUTE, input)


async def _kick(ctx: Context, *, input: LiveMemberKickInput) -> Any:
    return await _restrict(ctx, RestrictionKind.KICK, input)


async def _release(ctx: Context, kind: RestrictionKind, input: LiveMemberReleaseInput) -> Any:
    await room_rules.release(ctx, kind, _room_key(input.live_room_id), _member_key(input.member_id))
    return LiveMemberPayload(member_id=input.member_id)


async def _unmute(ctx: Context, *, input: LiveMemberReleaseInput) -> Any:
    return await _release(ctx, RestrictionKind.MUTE, input)


async def _readmit(ctx: Context, *, input: LiveMemberReleaseInput) -> Any:
    return await _release(ctx, RestrictionKind.KICK, input)


async def _blacklist(ctx: Context, *, input: MemberBlacklistAddInput) -> Any:
    until = await room_rules.blacklist(ctx, _member_key(input.member_id), input.seconds, input.reason)
    return LiveMemberPayload(member_id=input.member_id, until=until)


async def _unlist(ctx: Context, *, input: MemberBlacklistRemoveInput) -> Any:
    await room_rules.take_off_blacklist(ctx, _member_key(input.member_id))
    return LiveMemberPayload(member_id=input.member_id)


async def _blacklisted(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await room_rules.blacklisted(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class RoomRulesQuery:
    member_blacklist: Connection[LiveRestriction] = query(
        _blacklisted, "Members who are kept out of all live rooms of the brand.", scope=Scope.MODERATOR
    )


@strawberry.type
class RoomRulesMutation:
    live_room_rules_set: LiveRoomRulesPayload | None = mutation(
        _set_rules,
        LiveRoomRulesPayload,
        "Decide what may be said in a room, as one who moderates it.",
        scope=Scope.MEMBER,
    )
    live_member_mute: LiveMemberPayload | None = mutation(
        _mute,
        LiveMemberPayload,
        "Let a member not speak in a room for a time; what of theirs waits for review is thrown away.",
        scope=Scope.MEMBER,
    )
    live_member_unmute: LiveMemberPayload | None = mutation(
        _unmute, LiveMemberPayload, "Let a member speak again.", scope=Scope.MEMBER
    )
    live_member_kick: LiveMemberPayload | None = mutation(
        _kick,
        LiveMemberPayload,
        "Show a member the door: their subscriptions to the room end, and they neither enter nor speak.",
        scope=Scope.MEMBER,
    )
    live_member_readmit: LiveMemberPayload | None = mutation(
        _readmit, LiveMemberPayload, "Let a member who was kicked come in again.", scope=Scope.MEMBER
    )
    member_blacklist_add: LiveMemberPayload | None = mutation(
        _blacklist,
        LiveMemberPayload,
        "Let a member neither enter nor speak in any live room of the brand.",
        scope=Scope.MODERATOR,
    )
    member_blacklist_remove: LiveMemberPayload | None = mutation(
        _unlist, LiveMemberPayload, "Let a member into live rooms again.", scope=Scope.MODERATOR
    )


TYPES = (RoomRulesChanged, MemberMuted, MemberKicked)
"""The events of this slice."""
