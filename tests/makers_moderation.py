"""Short ways to talk in a live room, to keep order in it, and to hear what it is told."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from app.news import LATEST
from app.relay import Relay
from domain.identity import VISITOR, Principal
from domain.live import LiveRoom
from schema.ids import Kind, id_of
from tests.pond import Pond, _deliver

SEND = """mutation ($room: ID!, $text: String!) { bulletCommentSend(input: {liveRoomId: $room, text: $text}) {
  comment { id text } seq waiting warnings { code }
  userErrors { code retryable
    ... on RateLimited { retryAfterMs } ... on Muted { until } ... on Kicked { end: until } } } }"""
RULES = """mutation ($input: LiveRoomRulesSetInput!) { liveRoomRulesSet(input: $input) {
  rules { muted slowModeSeconds reviewed } userErrors { code } } }"""
MUTE = "mutation ($input: LiveMemberMuteInput!) { liveMemberMute(input: $input) { until userErrors { code } } }"
UNMUTE = "mutation ($input: LiveMemberReleaseInput!) { liveMemberUnmute(input: $input) { userErrors { code } } }"
KICK = "mutation ($input: LiveMemberKickInput!) { liveMemberKick(input: $input) { until userErrors { code } } }"
READMIT = "mutation ($input: LiveMemberReleaseInput!) { liveMemberReadmit(input: $input) { userErrors { code } } }"
REMOVE = """mutation ($room: ID!, $seq: Long!) { bulletCommentRemove(input: {liveRoomId: $room, seq: $seq}) {
  commentId userErrors { code } } }"""
APPROVE = """mutation ($input: BulletCommentDecideInput!) { bulletCommentApprove(input: $input) {
  comment { text } seq userErrors { code } } }"""
REJECT = APPROVE.replace("Approve(", "Reject(")
WAITING = """query ($room: ID!) { bulletCommentsWaiting(liveRoomId: $room, first: 10) {
  nodes { id text senderId senderName } } }"""
SINCE = """query ($room: ID!) { liveRoomEventsSince(roomId: $room, after: 0, first: 100) {
  events { __typename seq kind
    ... on BulletCommentPosted { comment { text removed } }
    ... on BulletCommentRemoved { commentId }
    ... on BulletCommentWaiting { comment { text } state }
    ... on RoomRulesChanged { rules { muted slowModeSeconds reviewed } }
    ... on MemberMuted { memberId until }
    ... on MemberKicked { memberId end: until } } nextAfter } }"""
SNAPSHOT = """query ($room: ID!) { liveRoom(id: $room) { seq rules { muted slowModeSeconds reviewed }
  recentBulletComments(last: 100) { text } } }"""


def room_id(room: LiveRoom) -> str:
    return id_of(Kind.LIVE_ROOM, room.id)


def member_id(member: Principal) -> str:
    assert member.member_id is not None
    return id_of(Kind.MEMBER, member.member_id)


async def say(pond: Pond, room: LiveRoom, who: Principal, text: str) -> Any:
    """The answer to something that is said."""
    return (await pond.ask(SEND, who, room=room_id(room), text=text))["bulletCommentSend"]


async def rules(pond: Pond, room: LiveRoom, who: Principal, **given: Any) -> list[Any]:
    """Set rules of a room; returns why not."""
    return await pond.refused(RULES, who, input={"liveRoomId": room_id(room), **given})


async def order(pond: Pond, document: str, room: LiveRoom, who: Principal, member: Principal, **more: Any) -> list[Any]:
    """Mute, kick or release a member; returns why not."""
    given = {"liveRoomId": room_id(room), "memberId": member_id(member), **more}
    return await pond.refused(document, who, input=given)


async def relayed(pond: Pond) -> None:
    """Let the outbox be told to the rooms."""
    relay = Relay(pond.database, partial(_deliver, pond.services.hub), LATEST, lambda: pond.time)
    while await relay.relay_once():
        pass


async def events_of(pond: Pond, room: LiveRoom, who: Principal = VISITOR) -> list[Any]:
    """What a client without a socket is told of the room from its beginning."""
    await relayed(pond)
    return list((await pond.ask(SINCE, who, room=room_id(room)))["liveRoomEventsSince"]["events"])


async def said_in(pond: Pond, room: LiveRoom, who: Principal = VISITOR) -> list[str]:
    """The texts that a client is shown."""
    events = await events_of(pond, room, who)
    return [event["comment"]["text"] for event in events if event["kind"] == "BULLET_COMMENT"]


async def stored_in(pond: Pond, room_key: UUID) -> int:
    """How many comments the room's log holds."""
    rows = await pond.select("SELECT count(*) FROM room_event WHERE room_id = $1 AND kind = 'BULLET_COMMENT'", room_key)
    return int(rows[0][0])
