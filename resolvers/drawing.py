"""How draws close and are drawn, by their hosts and by the clock, and what becomes of what was set aside for them.

A draw is closed in one transaction and drawn in another. An entry holds the draw's row until it is committed, and
the second waits for all of these: whoever was let in is in the list, and whoever comes later is refused.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import db.draw_entries
import db.draw_wins
import db.draws
import db.ledger
import db.offers
import db.outbox
from db.connection import Writing
from domain import draw_terms, draws
from domain.draw_terms import DrawTerms, Prize, PrizeKind
from domain.draws import Draw, DrawState, Result, Win
from domain.ledger import Posting, coin_wallet, draw_pot
from domain.money import COIN, Money
from domain.payloads import plain
from domain.refusals import NotFound
from domain.room_events import EventKind, LiveRoomState
from domain.stock import Movement, MovementKind, OutOfStock, Wanted
from resolvers import sponsors, stock_moving
from resolvers.context import Context

GROWN_AT_ONCE = 50
LAPSED_AT_ONCE = 200


async def check_goods(ctx: Context, tx: Writing, terms: DrawTerms) -> None:
    """Hold goods to what the shop sells to the caller, and to what a prize may be worth.

    Raises:
        NotFound: a variant is not sold to the caller.
        WorthTooMuch: a prize is worth more than the law allows.
    """
    wanted = {prize.variant_id: i for i, prize in enumerate(terms.prizes) if prize.variant_id is not None}
    offers = await db.offers.offers_of(tx, ctx.audience, list(wanted)) if wanted else {}
    for variant_id, position in wanted.items():
        path = ("input", "prizes", str(position), "variantId")
        if variant_id not in offers:
            raise NotFound(path=path)
        draw_terms.check_worth(offers[variant_id].unit_price, *path)


async def set_aside(ctx: Context, tx: Writing, opened: Draw) -> None:
    """Take what a draw promises from the shop and from its sponsor.

    Raises:
        OutOfStock: the shop holds less.
        NotEnoughCoins: the sponsor's wallet holds less.
    """
    wanted = _goods((prize, prize.count) for prize in opened.card.prizes)
    carved = await stock_moving.carve(ctx, tx, wanted, opened.id)
    for one in wanted:
        if one.variant_id not in carved:
            left = await stock_moving.left_of(tx, one.variant_id)
            raise OutOfStock(one.variant_id, left, path=("input", "drawId"))
    if opened.coins:
        await sponsors.put_aside(ctx, tx, opened.sponsor, Money(opened.coins, COIN), draw_pot(opened.id))


def _goods(prizes: Iterable[tuple[Prize, int]]) -> list[Wanted]:
    """The units of variants among prizes, each variant once."""
    units: Counter[UUID] = Counter()
    for prize, many in prizes:
        if prize.variant_id is not None:
            units[prize.variant_id] += many
    return [Wanted(variant_id, many) for variant_id, many in sorted(units.items())]


async def close(ctx: Context, tx: Writing, draw: Draw) -> None:
    """Let nobody enter a locked draw any more.

    Raises:
        WrongState: it is not open.
    """
    closed = draws.move(draw, DrawState.CLOSED)
    await db.draws.save(tx, closed)
    await tell(ctx, tx, "DrawClosed", closed)


async def withdraw(ctx: Context, tx: Writing, draw: Draw) -> Draw:
    """Call a locked draw off, and give back what was set aside for it.

    Raises:
        WrongState: it is closed.
    """
    withdrawn = draws.move(draw, DrawState.WITHDRAWN)
    await db.draws.save(tx, withdrawn)
    if draw.card.opened_at is not None:
        everything = [(prize, prize.count) for prize in draw.card.prizes]
        await _uncarve(ctx, tx, draw.id, everything)
        await _post(ctx, tx, "withdrawn", _back(draw, everything), draw)
    await tell(ctx, tx, "DrawWithdrawn", withdrawn)
    return withdrawn


async def draw(ctx: Context, draw_id: UUID) -> bool:
    """Draw the winners of a closed draw, once, whoever else does; False when that was done."""
    at = ctx.now()
    async with ctx.database.writing() as tx:
        await db.draw_entries.take_turn(tx)
        closed = await db.draws.lock_alone(tx, draw_id)
        if closed is None or closed.card.state is not DrawState.CLOSED:
            return False
        entrants = await db.draw_entries.entrants_of(tx, draw_id, at - draws.WINS_COUNT_FOR)
        result = draws.draw(closed, entrants)
        wins = [draws.win_of(ctx.new_id(), closed, member_id, prize, at) for member_id, prize in result.won]
        await db.draw_wins.add(tx, wins)
        await db.draw_entries.save_turns(tx, draw_id, result.turns)
        await _hand_out(ctx, tx, closed, result, wins)
        moved = draws.move(closed, DrawState.DRAWN, entrants=len(entrants), winner_count=len(wins))
        await db.draws.save(tx, replace(moved, participants_hash=result.participants_hash, drawn_at=at))
        drawn = (await db.draws.draws_by_id(tx, [draw_id]))[draw_id]
        await tell(ctx, tx, "DrawDrawn", drawn)
    return True


async def _hand_out(ctx: Context, tx: Writing, drawn: Draw, result: Result, wins: Sequence[Win]) -> None:
    """Pay the coins that were won; what nobody won goes back."""
    await _uncarve(ctx, tx, drawn.id, result.left)
    won = [(coin_wallet(win.member_id), win.prize.coins) for win in wins if win.prize.coins]
    paid = [Posting(draw_pot(drawn.id), wallet, Money(coins, COIN)) for wallet, coins in won]
    await _post(ctx, tx, "drawn", [*paid, *_back(drawn, result.left)], drawn)


def _back(draw: Draw, left: Iterable[tuple[Prize, int]]) -> list[Posting]:
    coins = sum(prize.coins * many for prize, many in left)
    return sponsors.back(draw.sponsor, draw.sponsor_id, Money(coins, COIN), draw_pot(draw.id))


async def _post(ctx: Context, tx: Writing, what: str, postings: Sequence[Posting], draw: Draw) -> None:
    """Post what belongs together; wallets are locked in their order, as everywhere."""
    if postings:
        in_order = sorted(postings, key=lambda one: one.destination)
        await db.ledger.post(tx, f"{draw_pot(draw.id)}:{what}", in_order, ctx.now())


async def _uncarve(ctx: Context, tx: Writing, draw_id: UUID, left: Iterable[tuple[Prize, int]]) -> None:
    await stock_moving.move_all(tx, _back_to_shop(ctx, draw_id, left))


def _back_to_shop(ctx: Context, draw_id: UUID, left: Iterable[tuple[Prize, int]]) -> list[Movement]:
    return stock_moving.moved(ctx, MovementKind.UNCARVE, _goods(left), draw_id)


async def keep_going(ctx: Context) -> int:
    """Close one draw whose time or room is over, draw what is closed, tell how many entered; says how many ended."""
    over = await _close_one(ctx)
    drawn = [await draw(ctx, one) for one in await db.draws.closed(ctx.reading, GROWN_AT_ONCE)]
    await _tell_grown(ctx)
    return over + sum(drawn)


async def _close_one(ctx: Context) -> int:
    async with ctx.database.writing() as tx:
        over = await db.draws.lock_over(tx, ctx.now(), 1)
        for one, room_state in over:
            if room_state is LiveRoomState.BANNED:
                await withdraw(ctx, tx, one)
            else:
                await close(ctx, tx, one)
    return len(over)


async def _tell_grown(ctx: Context) -> None:
    """Tell rooms how many have entered their draws, where that changed: once in a while, not with each entry."""
    async with ctx.database.writing() as tx:
        grown = [
            draws.with_card(one, entrants=entered) for one, entered in await db.draws.lock_grown(tx, GROWN_AT_ONCE)
        ]
        for one in grown:
            await db.draws.save(tx, one)
        if grown:
            fact = {"draws": [one.id.hex for one in grown], "room_events": [_event(one) for one in grown]}
            await db.outbox.tell(tx, "DrawsGrew", "draw", grown[0].id, fact, ctx.now())


async def lapse(ctx: Context) -> int:
    """Give back prizes that nobody claimed in time; returns how many, which is at most 200."""
    async with ctx.database.writing() as tx:
        lapsed = await db.draw_wins.lock_lapsed(tx, ctx.now(), LAPSED_AT_ONCE)
        if lapsed:
            await db.draw_wins.lapse(tx, [win.id for win in lapsed], ctx.now())
            goods = [win for win in lapsed if win.prize.kind is PrizeKind.GOODS]
            back = [one for win in goods for one in _back_to_shop(ctx, win.draw_id, [(win.prize, 1)])]
            await stock_moving.move_all(tx, back)
            fact = {"wins": [win.id.hex for win in lapsed]}
            await db.outbox.tell(tx, "DrawPrizesLapsed", "draw_win", lapsed[0].id, fact, ctx.now())
    return len(lapsed)


async def tell(ctx: Context, tx: Writing, kind: str, changed: Draw) -> None:
    """Tell what became of a locked draw; the room hears of it from when it is opened."""
    card = changed.card
    events = [_event(changed)] if card.opened_at is not None else []
    fact = {"draw": card.id.hex, "room": changed.room_id.hex, "state": card.state.value, "room_events": events}
    await db.outbox.tell(tx, kind, "draw", card.id, fact, ctx.now())


def _event(changed: Draw) -> dict[str, object]:
    payload = {"draw": plain(changed.card)}
    return {"room": changed.room_id.hex, "kind": EventKind.DRAW.value, "payload": payload}
