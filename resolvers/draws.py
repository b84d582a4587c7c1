"""What can be asked of draws: prepare, open and withdraw one; enter; see who won, and claim a prize."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.addresses
import db.draw_entries
import db.draw_wins
import db.draws
import db.idempotency
import db.live
import db.outbox
from db.connection import Writing
from db.draw_entries import Entry
from db.draw_wins import Claim
from domain import draw_terms, draws, eligibility, live
from domain.draw_terms import DrawTerms, PrizeKind
from domain.drawing import SEED_BYTES, ticket_of
from domain.draws import Draw, DrawState, Listed, Win
from domain.idempotency import request_of
from domain.live import LiveRoom
from domain.money import COIN
from domain.payloads import plain
from domain.refusals import NotAllowed, NotFound, WrongState, between
from domain.sponsors import Sponsor, check_may_sponsor
from domain.stock import Wanted
from resolvers import drawing, entering, hosting, stock_moving
from resolvers.context import Context

SHOWN = 10
MOST_PARTICIPANTS = 1_000
MOST_CLAIMS = 100


async def prepare(ctx: Context, room_id: UUID, terms: DrawTerms, key: str) -> tuple[Draw, bool]:
    """Prepare a draw in a room that the caller runs, for nobody else to see. True when it was before.

    Raises:
        NotFound: there is no such room, or a variant is not sold to the caller.
        NotAllowed: the caller does not run the room, or may not spend the brand's coins.
        WrongState, IsMirror: the room is over, or shows another one.
        BadInput, WorthTooMuch, BulletRejected: a term is out of bounds, or nobody could say the password.
        TooManyAtOnce: twenty draws are prepared or open.
    """
    terms = draw_terms.check_terms(terms)
    entering.check_password(ctx, terms.conditions)
    request = request_of(f"member:{ctx.member_id.hex}", "drawPrepare", key, {"room": room_id, "terms": plain(terms)})
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, ctx.now())
        if before is not None:
            known = UUID(hex=before)
            return (await db.draws.draws_by_id(tx, [known]))[known], True
        await hosting.lock_running(ctx, tx, room_id)
        eligibility.check_at_once(await db.draws.how_many_run(tx, room_id))
        if any(prize.coins for prize in terms.prizes):
            check_may_sponsor(terms.sponsor, COIN, ctx.principal)
        await drawing.check_goods(ctx, tx, terms)
        prizes = tuple(replace(prize, id=ctx.new_id()) for prize in terms.prizes)
        new = draws.draft_of(ctx.new_id(), room_id, ctx.member_id, replace(terms, prizes=prizes))
        await db.draws.add(tx, new, ctx.now())
        await drawing.tell(ctx, tx, "DrawPrepared", new)
        await db.idempotency.answer(tx, request, new.id.hex)
    return new, False


async def open_(ctx: Context, draw_id: UUID) -> tuple[Draw, bool]:
    """Open a draw that was prepared: prizes are set aside, and its seed is bound. True when it was open before.

    Raises:
        NotFound: there is no such draw that the caller may know of.
        NotAllowed: the caller does not run the room, or it would be paid from somebody else's wallet.
        RoomClosed, WrongState: the room is not live, or the draw was withdrawn.
        OutOfStock, NotEnoughCoins: there is less than is promised.
    """
    async with ctx.database.writing() as tx:
        room, draft = await _lock(ctx, tx, draw_id)
        if draft.card.state not in (DrawState.DRAFT, DrawState.WITHDRAWN):
            return draft, True
        live.check_open(room)
        if draft.coins and draft.sponsor is Sponsor.SELF and draft.sponsor_id != ctx.member_id:
            raise NotAllowed(path=("input", "drawId"))
        opened = draws.opened(draft, ctx.chance(SEED_BYTES), room.seq, ctx.now())
        await drawing.set_aside(ctx, tx, opened)
        await db.draws.save(tx, opened)
        await drawing.tell(ctx, tx, "DrawOpened", opened)
    return opened, False


async def close(ctx: Context, draw_id: UUID) -> tuple[Draw, bool]:
    """Let nobody enter any more, and draw the winners. True when it was closed before.

    Raises:
        NotFound, NotAllowed: as `open_`.
        WrongState: it is not open.
    """
    async with ctx.database.writing() as tx:
        _, draw = await _lock(ctx, tx, draw_id)
        was_closed = draw.card.state in (DrawState.CLOSED, DrawState.DRAWN)
        if not was_closed:
            await drawing.close(ctx, tx, draw)
    await drawing.draw(ctx, draw_id)
    return (await db.draws.draws_by_id(ctx.reading, [draw_id]))[draw_id], was_closed


async def withdraw(ctx: Context, draw_id: UUID) -> tuple[Draw, bool]:
    """Call a draw off before it is closed; what was set aside goes back. True when it was before.

    Raises:
        NotFound, NotAllowed: as `open_`.
        WrongState: it is closed.
    """
    async with ctx.database.writing() as tx:
        _, draw = await _lock(ctx, tx, draw_id)
        if draw.card.state is DrawState.WITHDRAWN:
            return draw, True
        return await drawing.withdraw(ctx, tx, draw), False


async def _lock(ctx: Context, tx: Writing, draw_id: UUID) -> tuple[LiveRoom, Draw]:
    """A draw and its room, both locked, of a caller who runs it."""
    found = (await db.draws.draws_by_id(tx, [draw_id])).get(draw_id)
    room = None if found is None else await db.live.lock(tx, found.room_id)
    if found is None or room is None or not _is_seen(ctx, room, found):
        raise NotFound(path=("input", "drawId"))
    live.check_may_run(room, ctx.principal)
    locked = await db.draws.lock(tx, draw_id)
    assert locked is not None, "draws are not deleted"
    return room, locked


def _is_seen(ctx: Context, room: LiveRoom, draw: Draw) -> bool:
    """Whether the caller may know of a draw: one that was never opened is known to those who run the room."""
    if draw.card.opened_at is None and not live.may_run(room, ctx.principal):
        return False
    return live.is_seen_by(room, ctx.principal)


async def enter(ctx: Context, draw_id: UUID) -> tuple[Draw, Entry, bool]:
    """Take part in a draw, once. True when the caller did before.

    Raises:
        NotFound: there is no such draw that the caller may know of.
        WrongState, RoomClosed: it is not open, or the room is not.
        NotEligible, ConditionNotMet, WonEnough: the caller may not take part.
    """
    at, member_id = ctx.now(), ctx.member_id
    draw = (await draws_by_id(ctx, [draw_id])).get(draw_id)
    if draw is None or draw.card.commitment is None:
        raise NotFound(path=("input", "drawId"))
    _, wins = await db.draw_entries.standing(ctx.reading, draw_id, member_id, at - draws.WINS_COUNT_FOR)
    own = (await db.draw_entries.entries_of(ctx.reading, member_id, [draw_id])).get(draw_id)
    if own is not None:
        return draw, own, True
    draws.check_takes_entries(draw.card, at)
    asked = entering.Asked(draw.room_id, draw.card.conditions, draw.opened_seq, staff_may=False)
    await entering.check(ctx, asked)
    draws.check_wins(draw.card, wins)
    entry = Entry(ticket_of(draw.card.commitment, member_id), at)
    async with ctx.database.writing() as tx:
        if await db.draw_entries.enter(tx, draw_id, member_id, entry.ticket, at):
            fact = {"draw": draw_id.hex, "room": draw.room_id.hex, "member": member_id.hex}
            await db.outbox.tell(tx, "DrawEntered", "member", member_id, fact, at)
            return draw, entry, False
        own = (await db.draw_entries.entries_of(tx, member_id, [draw_id])).get(draw_id)
    if own is None:
        raise WrongState(DrawState.CLOSED.value, path=("input", "drawId"))
    return draw, own, True


async def claim(ctx: Context, draw_id: UUID, address_id: UUID | None) -> tuple[Win, bool]:
    """Ask for a prize that the caller won, in time, and say where goods are to be sent. True when it was done before.

    Raises:
        NotFound: the caller won nothing in such a draw, or has no such address.
        PrizeLapsed: it is too late.
        BadInput: goods need an address.
    """
    at, member_id = ctx.now(), ctx.member_id
    async with ctx.database.writing() as tx:
        win = await db.draw_wins.lock_own(tx, draw_id, member_id)
        if win is None:
            raise NotFound(path=("input", "drawId"))
        if win.claimed_at is not None:
            return win, True
        draws.check_claim(win, at, has_address=address_id is not None)
        address = await _address(ctx, tx, address_id)
        await db.draw_wins.claim(tx, win.id, address, at)
        if win.prize.kind is PrizeKind.GOODS:
            assert win.prize.variant_id is not None
            await stock_moving.give_away(ctx, tx, [Wanted(win.prize.variant_id, 1)], draw_id)
        fact = {"win": win.id.hex, "draw": draw_id.hex, "prize": win.prize.id.hex, "member": member_id.hex}
        await db.outbox.tell(tx, "DrawPrizeClaimed", "draw_win", win.id, fact, at)
    return replace(win, claimed_at=at), False


async def _address(ctx: Context, tx: Writing, address_id: UUID | None) -> dict[str, object] | None:
    """An address of the caller's as it is now: what they change of it later is for other parcels."""
    if address_id is None:
        return None
    found = (await db.addresses.addresses_by_id(tx, ctx.member_id, [address_id])).get(address_id)
    if found is None:
        raise NotFound(path=("input", "addressId"))
    return {name: value for name, value in plain(found).items() if name not in ("id", "member_id", "is_default")}


async def draws_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Draw]:
    """Those of the draws that the caller may know of."""
    found = await db.draws.draws_by_id(ctx.reading, list(dict.fromkeys(ids)))
    rooms = await db.live.rooms_by_id(ctx.reading, list({one.room_id for one in found.values()}))
    return {key: one for key, one in found.items() if _is_seen(ctx, rooms[one.room_id], one)}


async def draws_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[Draw]]:
    """The latest ten draws of each room, the newest first."""
    found = await db.draws.draws_of(ctx.reading, [room.source_id for room in rooms], SHOWN)
    return [found.get(room.source_id, []) for room in rooms]


async def prepared_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[Draw] | None]:
    """The draws that wait to be opened in each room, for those who run it."""
    run = [room.id for room in rooms if live.may_run(room, ctx.principal)]
    found = await db.draws.prepared_of(ctx.reading, run) if run else {}
    return [found.get(room.id, []) if room.id in run else None for room in rooms]


async def own_entries_of(ctx: Context, found: Sequence[Draw]) -> list[Entry | None]:
    """The caller's own entry in each draw."""
    member_id = ctx.principal.member_id
    if member_id is None:
        return [None] * len(found)
    own = await db.draw_entries.entries_of(ctx.reading, member_id, [one.id for one in found])
    return [own.get(one.id) for one in found]


async def own_wins_of(ctx: Context, found: Sequence[Draw]) -> list[Win | None]:
    """What the caller won in each draw."""
    member_id = ctx.principal.member_id
    if member_id is None:
        return [None] * len(found)
    own = await db.draw_wins.wins_of(ctx.reading, member_id, [one.id for one in found])
    return [own.get(one.id) for one in found]


async def participants_of(ctx: Context, found: Sequence[Draw], most: int, after: UUID | None) -> list[list[Listed]]:
    """Who took part in each draw that is drawn, by tickets, in their order."""
    between(most, 1, MOST_PARTICIPANTS, "most")
    return [
        await db.draw_entries.participants_of(ctx.reading, one.id, after, most)
        if one.card.state is DrawState.DRAWN
        else []
        for one in found
    ]


async def claims_of(ctx: Context, found: Sequence[Draw], first: int, after: int) -> list[list[Claim] | None]:
    """What was claimed of each draw, for those who run its room and hand it out."""
    between(first, 1, MOST_CLAIMS, "first")
    rooms = await db.live.rooms_by_id(ctx.reading, list({one.room_id for one in found}))
    run = [one.id for one in found if live.may_run(rooms[one.room_id], ctx.principal)]
    claims = await db.draw_wins.claims_of(ctx.reading, run, after, first) if run else {}
    return [claims.get(one.id, []) if one.id in run else None for one in found]
