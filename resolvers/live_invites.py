"""What can be asked of invites: come into a live room by somebody's link, and see who invited most."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import db.live_boards
import db.live_invites
import db.outbox
from db.connection import Writing
from domain import live
from domain import live_invites as rules
from domain.identity import Scope
from domain.live import LiveRoom, RoomClosed
from domain.live_invites import Board, BoardBy, BoardOf
from domain.money import Money
from domain.orders import Order
from domain.refusals import NotFound
from resolvers import room_rules
from resolvers.context import Context

COUNTED_AT_ONCE = 200
SEEN_WITHIN = timedelta(seconds=70)


async def enter(ctx: Context, room_id: UUID, code: str | None) -> tuple[bool, bool]:
    """Come into a room as a member: whether for the first time, and whether the code, if any, was good.

    The first entry decides for whom the viewer counts: for whose link they came by, or for nobody when they
    came by none, and no later link changes it (product rules 2.8.4). A viewer who comes back costs one statement.

    Raises:
        NotFound: there is no such room.
        RoomClosed: the room is over.
        Kicked: the caller was shown the door.
    """
    door = await db.live_invites.door_of(ctx.reading, room_id, ctx.member_id)
    if door is None or door.state not in live.SEEN_BY_ALL:
        raise NotFound(path=("input", "liveRoomId"))
    if door.state in live.CLOSED_STATES:
        raise RoomClosed(door.state.value)
    if door.entered:
        return False, True
    await room_rules.check_admitted(ctx, door.source_id)
    at = ctx.now()
    sharer = None if code is None else await db.live_invites.sharer_of(ctx.reading, room_id, code, at)
    is_staff = door.is_colleague or rules.works_for(ctx.principal, door.store_path)
    inviter = rules.inviter_of(ctx.member_id, sharer, is_staff=is_staff)
    counts = ctx.services.rules.invites.counts_at_once(has_phone=door.has_phone)
    async with ctx.database.writing() as tx:
        first, counted = await db.live_invites.enter(tx, room_id, ctx.member_id, inviter, at, counts=counts)
        if counted and inviter is not None:
            await _tell(ctx, tx, [(room_id, inviter.guide_id)])
    return first, code is None or sharer is not None


async def count_due(ctx: Context) -> int:
    """Count invites that became effective since the viewers came; returns how many inviters had any."""
    terms, at = ctx.services.rules.invites, ctx.now()
    if terms.counts_at_once(has_phone=False):
        return 0
    async with ctx.database.writing() as tx:
        credited = await db.live_invites.count_due(tx, terms, at, at - SEEN_WITHIN, COUNTED_AT_ONCE)
        if credited:
            await _tell(ctx, tx, credited)
    return len(credited)


async def _tell(ctx: Context, tx: Writing, credited: Sequence[tuple[UUID, UUID | None]]) -> None:
    """Tell which boards changed."""
    boards = {rules.subject_of(room, of) for room, guide in credited for of in rules.boards_of(guide)}
    fact = {"rooms": sorted({room.hex for room, _ in credited}), "live_boards": sorted(boards)}
    await db.outbox.tell(tx, "LiveInvitesCounted", "live_room", credited[0][0], fact, ctx.now())


async def report_sale(ctx: Context, tx: Writing, order: Order) -> None:
    """Report an order that is paid under who invited the buyer into the room. Commission knows nothing of it."""
    if order.live_room_id is not None and order.total.minor:
        await db.live_invites.sell(tx, order.live_room_id, order.member_id, order.total.minor, ctx.now())


async def report_refund(ctx: Context, tx: Writing, order: Order, amount: Money) -> None:
    """Report what of an order went back, where its sale was reported."""
    if order.live_room_id is not None and amount.minor:
        await db.live_invites.sell(tx, order.live_room_id, order.member_id, -amount.minor, ctx.now())


async def boards_of(ctx: Context, rooms: Sequence[LiveRoom], of: BoardOf, by: BoardBy) -> list[Board]:
    """One board of each room. What the invited bought is for guides and staff; others see of it their own line."""
    mine = ctx.principal.member_id if of is BoardOf.MEMBERS else ctx.principal.guide_id
    found = await db.live_boards.boards_of(ctx.reading, [room.id for room in rooms], of, by, mine)
    if by is BoardBy.GMV and not (ctx.holds(Scope.GUIDE) or ctx.holds(Scope.STAFF)):
        return [Board(of, by, (), found[room.id].mine) for room in rooms]
    return [found[room.id] for room in rooms]
