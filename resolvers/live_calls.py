"""What can be asked of calls to action: show a card in a room, see where it leads oneself, and say that one went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.live_calls
import db.outbox
from db.connection import Writing
from domain import live
from domain import live_calls as rules
from domain.live import LiveRoom
from domain.live_calls import CallCard, CallDraft, CallKind, CallNumbers, CallStep, CallToAction, LinkNotAllowed
from domain.payloads import plain
from domain.refusals import NotAllowed, NotFound
from domain.room_events import EventKind
from resolvers import hosting
from resolvers.context import Context


async def show(ctx: Context, room_id: UUID, wanted: CallDraft) -> CallToAction:
    """Show a card in a room that the caller runs, in place of the one that it shows.

    Raises:
        BadInput, LinkNotAllowed: as `domain.live_calls.check_draft`.
        NotFound, NotAllowed, WrongState: as `hosting.lock_running`.
    """
    draft = rules.check_draft(wanted, ctx.services.rules.link_hosts)
    at = ctx.now()
    async with ctx.database.writing() as tx:
        await hosting.lock_running(ctx, tx, room_id)
        new = CallToAction(ctx.new_id(), room_id, draft.kind, draft.title, draft.picture_url, draft.target, at, None)
        await db.live_calls.hide(tx, room_id, at)
        await db.live_calls.add(tx, new)
        await _tell(ctx, tx, room_id, new.card)
    return replace(new, numbers=CallNumbers())


async def hide(ctx: Context, room_id: UUID) -> None:
    """Take away the card that a room shows, if it shows one.

    Raises:
        NotFound, NotAllowed: as `hosting.lock_room`.
    """
    async with ctx.database.writing() as tx:
        await hosting.lock_room(ctx, tx, room_id)
        if await db.live_calls.hide(tx, room_id, ctx.now()):
            await _tell(ctx, tx, room_id, None)


async def _tell(ctx: Context, tx: Writing, room_id: UUID, card: CallCard | None) -> None:
    event = {"room": room_id.hex, "kind": EventKind.CALL_TO_ACTION.value, "payload": {"card": plain(card)}}
    fact = {"room": room_id.hex, "room_events": [event]}
    await db.outbox.tell(tx, "LiveCallToActionChanged", "live_room", room_id, fact, ctx.now())


async def shown_in(ctx: Context, rooms: Sequence[LiveRoom]) -> list[CallToAction | None]:
    """The card that each room shows, with where it leads the caller. A mirror shows that of its source."""
    found = await db.live_calls.shown_in(ctx.reading, list({room.source_id for room in rooms}))
    shown = [(room, found[room.source_id]) for room in rooms if room.source_id in found]
    routed = {room.id: call for (room, _), call in zip(shown, await _routed(ctx, shown), strict=True)}
    return [routed.get(room.id) for room in rooms]


async def latest_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[CallToAction] | None]:
    """The latest cards of each room, the newest first, where the caller runs it."""
    run = {room.id: room for room in rooms if _counts_for(room, ctx)}
    found = await db.live_calls.latest_of(ctx.reading, list(run)) if run else {}
    routed = await _routed(ctx, [(run[room_id], call) for room_id, calls in found.items() for call in calls])
    return [[call for call in routed if call.room_id == room.id] if room.id in run else None for room in rooms]


def _counts_for(room: LiveRoom, ctx: Context) -> bool:
    """Whether the caller is told what came of the room's cards; a mirror has none of its own."""
    return room.mirror_of is None and live.may_run(room, ctx.principal)


async def _routed(ctx: Context, shown: Sequence[tuple[LiveRoom, CallToAction]]) -> list[CallToAction]:
    """Cards that are seen in rooms, each with the guide to whom it leads the caller there, and its numbers."""
    ways = sorted({room.id for room, call in shown if call.kind is CallKind.GUIDE_QR})
    me, at = ctx.principal.member_id, ctx.now()
    contacts = await db.live_calls.contacts_for(ctx.reading, me, ways, at) if ways else {}
    counted = [call.id for room, call in shown if _counts_for(room, ctx)]
    numbers = await db.live_calls.numbers_of(ctx.reading, counted) if counted else {}
    return [
        replace(
            call,
            contact=contacts.get(room.id) if call.kind is CallKind.GUIDE_QR else None,
            numbers=numbers.get(call.id, CallNumbers()) if call.id in counted else None,
        )
        for room, call in shown
    ]


async def click(ctx: Context, call_id: UUID, step: CallStep) -> None:
    """Note that the caller clicked a card, or got where it leads; each once.

    Raises:
        NotFound: there is no such card.
    """
    async with ctx.database.writing() as tx:
        is_there = await db.live_calls.click(
            tx, call_id, ctx.member_id, ctx.now(), converted=step is CallStep.CONVERTED
        )
    if not is_there:
        raise NotFound(path=("input", "callToActionId"))


async def save_contact(ctx: Context, qr_url: str) -> str:
    """Keep the code of the caller, who is a guide: cards of the kind GUIDE_QR show it to their customers.

    Raises:
        LinkNotAllowed: the picture is not on one of the brand's hosts.
    """
    if ctx.principal.guide_id is None:
        raise NotAllowed
    if not rules.leads_home(qr_url, ctx.services.rules.link_hosts, pictures=True):
        raise LinkNotAllowed(path=("input", "qrUrl"))
    async with ctx.database.writing() as tx:
        await db.live_calls.save_contact(tx, ctx.principal.guide_id, qr_url, ctx.now())
        fact = {"guide": ctx.principal.guide_id.hex, "qr_url": qr_url}
        await db.outbox.tell(tx, "GuideContactSaved", "guide", ctx.principal.guide_id, fact, ctx.now())
    return qr_url
