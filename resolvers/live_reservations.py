"""What can be asked of reservations: reserve an announced room, and be reminded of it, once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import db.live
import db.live_reservations
import db.outbox
from db.connection import Writing
from domain import live
from domain import live_reservations as rules
from domain.live import LiveRoom
from domain.live_reservations import Quota, Reminder, ReminderState
from domain.refusals import NotFound, ProviderUnavailable, WrongState
from domain.room_events import LiveRoomState
from resolvers import rates
from resolvers.context import Context

REMINDED_AT_ONCE = 50


async def reserve(ctx: Context, room_id: UUID) -> LiveRoom:
    """Reserve a room that is announced; again changes nothing.

    Raises:
        NotFound: there is no such room.
        WrongState: it is not announced, or not any more.
    """
    room = await _room(ctx, room_id)
    if room.state is not LiveRoomState.SCHEDULED:
        raise WrongState(room.state.value)
    async with ctx.database.writing() as tx:
        if await db.live_reservations.reserve(tx, room_id, ctx.member_id, ctx.now()):
            await _tell(ctx, tx, "LiveRoomReserved", room_id)
    return room


async def unreserve(ctx: Context, room_id: UUID) -> LiveRoom:
    """Give up a reservation, if there is one.

    Raises:
        NotFound: there is no such room.
    """
    room = await _room(ctx, room_id)
    async with ctx.database.writing() as tx:
        if await db.live_reservations.unreserve(tx, room_id, ctx.member_id):
            await _tell(ctx, tx, "LiveRoomUnreserved", room_id)
    return room


async def _tell(ctx: Context, tx: Writing, kind: str, room_id: UUID) -> None:
    fact = {"room": room_id.hex, "member": ctx.member_id.hex}
    await db.outbox.tell(tx, kind, "live_room", room_id, fact, ctx.now())


async def _room(ctx: Context, room_id: UUID) -> LiveRoom:
    room = await db.live.find(ctx.reading, room_id)
    if room is None or not live.is_seen_by(room, ctx.principal):
        raise NotFound(path=("input", "liveRoomId"))
    return room


async def counts_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[int]:
    """How many reserved each room."""
    found = await db.live_reservations.counts_of(ctx.reading, [room.id for room in rooms])
    return [found.get(room.id, 0) for room in rooms]


async def reserved_by_caller(ctx: Context, rooms: Sequence[LiveRoom]) -> list[bool]:
    """Whether the caller reserved each room; a visitor did not."""
    if ctx.principal.member_id is None:
        return [False] * len(rooms)
    ids = [room.id for room in rooms]
    found = await db.live_reservations.reserved_by(ctx.reading, ids, ctx.principal.member_id)
    return [room_id in found for room_id in ids]


async def grant(ctx: Context, template_ids: Sequence[str]) -> list[Quota]:
    """Count what the caller authorised in one prompt of WeChat: for each template one message.

    Raises:
        BadInput: there are too many templates, or one that the brand does not send.
        TooOften: more than ten prompts a minute.
    """
    wanted = rules.check_templates(template_ids, ctx.services.rules.reminders)
    await rates.take(ctx, rates.GRANTS, "grant", ctx.member_id.hex)
    async with ctx.database.writing() as tx:
        return await db.live_reservations.grant(tx, ctx.member_id, wanted)


async def quotas(ctx: Context) -> list[Quota]:
    """What the caller authorised and was not used, for the templates that the brand sends."""
    known = ctx.services.rules.reminders.template_id
    found = {quota.template_id: quota for quota in await db.live_reservations.quotas_of(ctx.reading, ctx.member_id)}
    return [found.get(known, Quota(known, 0))] if known else []


async def remind(ctx: Context) -> int:
    """Send reminders that are due; returns how many were dealt with, at most 50.

    A reminder is taken, with its authorisation, before it is sent, so that neither a second worker nor one that
    comes after a crash sends it again: at most once. One that was surely not sent waits again.
    """
    terms, at = ctx.services.rules.reminders, ctx.now()
    if not terms.template_id:
        return 0
    app_id = ctx.services.wechat.app_id
    async with ctx.database.writing() as tx:
        due = await db.live_reservations.take_due(tx, app_id, terms.template_id, at, terms.before, REMINDED_AT_ONCE)
    return sum(await asyncio.gather(*(_remind(ctx, one) for one in due)))


async def _remind(ctx: Context, one: Reminder) -> bool:
    terms, zone = ctx.services.rules.reminders, ctx.services.rules.time_zone
    try:
        sent = await ctx.services.wechat.send(
            one.openid, terms.template_id, terms.page_of(one.live_room_id), one.data(zone)
        )
    except ProviderUnavailable:
        async with ctx.database.writing() as tx:
            await db.live_reservations.give_back(tx, one, terms.template_id)
        return False
    async with ctx.database.writing() as tx:
        await db.live_reservations.note(tx, one, ReminderState.SENT if sent else ReminderState.FAILED)
    return True
