"""What can be asked of the order in a room: set its rules, mute and kick members, and read who did so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import db.bullet_reviews
import db.bullets
import db.live
import db.outbox
import db.principals
import db.room_rules
from db.connection import Reading, Writing
from domain import live, room_rules
from domain.bullets import Ban
from domain.identity import Principal
from domain.live import LiveRoom
from domain.moderation import Moderation
from domain.pages import Page, PageRequest
from domain.payloads import plain
from domain.refusals import NotAllowed, NotFound, WrongState
from domain.room_events import EventKind
from domain.room_rules import (
    FREE,
    Deed,
    DeedRecord,
    Kicked,
    ModerationAction,
    Restricted,
    RestrictionKind,
    RoomRules,
)
from resolvers.context import Context

_RESTRICTED = {RestrictionKind.MUTE: ModerationAction.MUTED, RestrictionKind.KICK: ModerationAction.KICKED}
_RELEASED = {RestrictionKind.MUTE: ModerationAction.UNMUTED, RestrictionKind.KICK: ModerationAction.READMITTED}
_EVENTS = {RestrictionKind.MUTE: EventKind.MUTE, RestrictionKind.KICK: EventKind.KICK}


async def rules_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[RoomRules]:
    """What may be said in each room."""
    found = await db.room_rules.rules_of(ctx.reading, [room.source_id for room in rooms])
    return [found.get(room.source_id, FREE) for room in rooms]


async def my_mutes_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[Ban | None]:
    """Until when the caller may not speak in each room."""
    found = await db.room_rules.restrictions_of(
        ctx.reading, RestrictionKind.MUTE, [room.source_id for room in rooms], ctx.member_id, ctx.now()
    )
    return [found.get(room.source_id) for room in rooms]


async def restricted_in(
    ctx: Context, rooms: Sequence[LiveRoom], kind: RestrictionKind, request: PageRequest
) -> list[Page[Restricted] | None]:
    """A page of those who are muted or kicked in each room; None where the caller does not moderate it."""
    seen = [room.id for room in rooms if live.may_moderate(room, ctx.principal)]
    pages = await db.room_rules.restricted_in(ctx.reading, kind, seen, request, ctx.now()) if seen else []
    found = dict(zip(seen, pages, strict=True))
    return [found.get(room.id) for room in rooms]


async def deeds_in(ctx: Context, rooms: Sequence[LiveRoom], request: PageRequest) -> list[Page[DeedRecord] | None]:
    """A page of what was done to keep order in each room; None where the caller does not moderate it."""
    seen = [room.id for room in rooms if live.may_moderate(room, ctx.principal)]
    pages = await db.room_rules.deeds_in(ctx.reading, seen, request) if seen else []
    found = dict(zip(seen, pages, strict=True))
    return [found.get(room.id) for room in rooms]


async def check_admitted(ctx: Context, room_id: UUID, reading: Reading | None = None) -> None:
    """Hold a room against members who were shown the door; visitors cannot be told apart. A mirror's is its source's.

    Raises:
        Kicked: the caller was, of this room or of all.
    """
    if ctx.principal.member_id is None:
        return
    for ban in await db.room_rules.bans_of(reading or ctx.reading, room_id, ctx.member_id):
        if ban.holds(ctx.now()):
            raise Kicked(ban.until)


async def set_rules(
    ctx: Context, room_id: UUID, *, muted: bool | None, slow_mode_s: int | None, reviewed: bool | None
) -> RoomRules:
    """Decide what may be said in a room; None leaves a rule as it is.

    Raises:
        BadInput: slow mode is not 0 to 300 seconds.
        NotFound, NotAllowed, WrongState: as `lock_moderated`.
    """
    async with ctx.database.writing() as tx:
        room = await lock_moderated(ctx, tx, room_id)
        room_id = room.id
        before = (await db.room_rules.rules_of(tx, [room_id])).get(room_id, FREE)
        given: dict[str, Any] = {"muted": muted, "slow_mode_s": slow_mode_s, "reviewed": reviewed}
        rules = replace(before, **{name: rule for name, rule in given.items() if rule is not None})
        room_rules.check_rules(rules)
        if rules != before:
            await db.room_rules.set_rules(tx, room_id, rules)
            note = " ".join(f"{name}={value}" for name, value in plain(rules).items())
            await db.room_rules.record(tx, deed(ctx, room_id, ModerationAction.RULES_SET, note=note))
            await _tell(ctx, tx, "LiveRoomRulesSet", room_id, [event(room_id, EventKind.RULES, rules=plain(rules))])
    return rules


async def restrict(
    ctx: Context, kind: RestrictionKind, room_id: UUID, member_id: UUID, seconds: int | None, reason: str
) -> datetime | None:
    """Mute a member, or show them the door; returns until when, None for as long as the room lasts.

    What of theirs waits for review is thrown away. Once this is answered, nothing that they say gets a number.

    Raises:
        BadInput: the time or the reason is out of bounds.
        NotFound: there is no such room or member.
        NotAllowed: the caller does not moderate the room, or does not stand above the member.
        WrongState: the room is over.
    """
    note, until = room_rules.check_reason(reason), room_rules.end_of(seconds, ctx.now())
    async with ctx.database.writing() as tx:
        room = await lock_moderated(ctx, tx, room_id)
        room_rules.check_may_restrain(room, ctx.principal, await _found(tx, member_id))
        done = deed(ctx, room.id, _RESTRICTED[kind], member_id, until=until, note=note)
        await db.room_rules.restrict(tx, kind, done)
        await db.room_rules.record(tx, done)
        told = event(room.id, _EVENTS[kind], member_id=member_id.hex, until=until and until.isoformat())
        dropped = await _drop_waiting(tx, room.id, member_id)
        await _tell(ctx, tx, "LiveMemberRestricted", room.id, [told, *dropped])
    return until


async def _found(tx: Writing, member_id: UUID) -> Principal:
    member = await db.principals.find_by_member(tx, member_id)
    if member is None:
        raise NotFound(path=("input", "memberId"))
    return member


async def _drop_waiting(tx: Writing, room_id: UUID, member_id: UUID) -> list[dict[str, Any]]:
    """Throw away what a member said that waits for review; the news of it."""
    dropped = await db.bullet_reviews.take_of_sender(tx, room_id, member_id)
    kind, state = EventKind.BULLET_COMMENT_WAITING, Moderation.REJECTED.value
    return [event(room_id, kind, comment=plain(one), state=state) for one in dropped]


async def release(ctx: Context, kind: RestrictionKind, room_id: UUID, member_id: UUID) -> None:
    """Let a member speak again, or come in again; nothing changes for one who may.

    Raises:
        NotFound, NotAllowed, WrongState: as `lock_moderated`.
    """
    async with ctx.database.writing() as tx:
        room_id = (await lock_moderated(ctx, tx, room_id)).id
        if await db.room_rules.release(tx, kind, room_id, member_id, ctx.now()):
            await db.room_rules.record(tx, deed(ctx, room_id, _RELEASED[kind], member_id))
            told = [event(room_id, EventKind.MUTE, member_id=member_id.hex, until=None)]
            await _tell(ctx, tx, "LiveMemberReleased", room_id, told if kind is RestrictionKind.MUTE else [])


async def blacklist(ctx: Context, member_id: UUID, seconds: int | None, reason: str) -> datetime | None:
    """Keep a member out of all live rooms of the brand, those that are on too; returns until when, None for good.

    Raises:
        BadInput: the time or the reason is out of bounds.
        NotFound: there is no such member.
        NotAllowed: the member works for the brand.
    """
    note, until = room_rules.check_reason(reason), room_rules.end_of(seconds, ctx.now())
    async with ctx.database.writing() as tx:
        member = await _found(tx, member_id)
        if member.is_staff or member_id == ctx.member_id:
            raise NotAllowed
        await db.room_rules.blacklist(tx, member_id, until, note, ctx.member_id, ctx.now())
        door = {"member_id": member_id.hex, "until": until and until.isoformat()}
        told = [event(room_id, EventKind.KICK, **door) for room_id in await db.live.rooms_on_air(tx)]
        fact = {"member": member_id.hex, "until": door["until"], "by": ctx.member_id.hex, "room_events": told}
        await db.outbox.tell(tx, "MemberBlacklisted", "member", member_id, fact, ctx.now())
    return until


async def take_off_blacklist(ctx: Context, member_id: UUID) -> None:
    """Let a member into live rooms again; nothing changes for one who may come."""
    async with ctx.database.writing() as tx:
        if await db.room_rules.take_off_blacklist(tx, member_id):
            fact = {"member": member_id.hex, "by": ctx.member_id.hex}
            await db.outbox.tell(tx, "MemberTakenOffBlacklist", "member", member_id, fact, ctx.now())


async def blacklisted(ctx: Context, request: PageRequest) -> Page[Restricted]:
    """A page of those who are kept out of all live rooms."""
    return await db.room_rules.blacklisted(ctx.reading, request, ctx.now())


async def lock_moderated(ctx: Context, tx: Writing, room_id: UUID) -> LiveRoom:
    """A room that the caller moderates and that is not over, kept so until the transaction ends, with its log.

    In place of a mirror it is the room that it shows.

    Raises:
        NotFound: there is no such room that the caller may know of.
        NotAllowed: the caller does not moderate it.
        WrongState: the room is over.
    """
    room = await db.live.lock_source(tx, room_id)
    if room is None or not live.is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    live.check_may_moderate(room, ctx.principal)
    if room.state in live.CLOSED_STATES:
        raise WrongState(room.state.value)
    await db.bullets.hold(tx, room.id)
    return room


async def end_talk(tx: Writing, room_id: UUID) -> None:
    """Nothing more is said in a room that is over, and nothing that waits for review is said any more."""
    await db.bullets.hold(tx, room_id)
    await db.bullets.forget_paces(tx, room_id)
    await db.bullet_reviews.forget(tx, room_id)


def deed(ctx: Context, room_id: UUID, action: ModerationAction, member_id: UUID | None = None, **other: Any) -> Deed:
    """What the caller does, for the record."""
    return Deed(ctx.new_id(), room_id, action, ctx.member_id, ctx.now(), member_id, **other)


def event(room_id: UUID, kind: EventKind, **payload: Any) -> dict[str, Any]:
    """A room event for the outbox."""
    return {"room": room_id.hex, "kind": kind.value, "payload": payload}


async def _tell(ctx: Context, tx: Writing, kind: str, room_id: UUID, events: list[dict[str, Any]]) -> None:
    fact = {"room": room_id.hex, "by": ctx.member_id.hex, "room_events": events}
    await db.outbox.tell(tx, kind, "live_room", room_id, fact, ctx.now())
