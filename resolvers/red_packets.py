"""What can be asked of red packets: offer one, grab from one, see who got what; and what becomes of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import db.idempotency
import db.ledger
import db.live
import db.members
import db.outbox
import db.red_packets
from db.connection import Writing
from domain import eligibility, gifts, live, red_packets
from domain.idempotency import request_of
from domain.identity import Scope
from domain.ledger import Posting, cash_wallet, coin_wallet, red_packet_pot
from domain.live import LiveRoom
from domain.members import Member
from domain.money import COIN, Money
from domain.payloads import plain
from domain.red_packets import Grab, NoneLeft, RedPacket, RedPacketCard, RedPacketState, RedPacketTerms
from domain.refusals import NotFound, between
from domain.room_events import EventKind
from domain.sponsors import check_may_sponsor
from resolvers import entering, hosting, sponsors
from resolvers.context import Context

SHOWN = 10
MOVED_AT_ONCE = 20


async def offer(ctx: Context, room_id: UUID, terms: RedPacketTerms, key: str) -> tuple[RedPacket, bool]:
    """Put a sum aside and offer it to a live room, split at random. True when it was done before.

    Raises:
        NotFound: there is no such room that the caller may know of.
        NotAllowed: the caller does not run the room, or may not spend what is the brand's.
        RoomClosed, WrongState, IsMirror: the room is not live, or shows another one.
        BadInput, BulletRejected: a term is out of bounds, or nobody could say the password.
        NotEnoughCoins: the caller's wallet holds fewer.
        TooManyAtOnce: twenty wait or are open.
    """
    terms = red_packets.check_terms(terms)
    entering.check_password(ctx, terms.conditions)
    check_may_sponsor(terms.sponsor, terms.total.currency, ctx.principal)
    at, asked = ctx.now(), {"room": room_id, "terms": plain(terms)}
    request = request_of(f"member:{ctx.member_id.hex}", "redPacketOffer", key, asked)
    async with ctx.database.writing() as tx:
        before = await db.idempotency.claim(tx, request, at)
        if before is not None:
            known = UUID(hex=before)
            return (await db.red_packets.packets_by_id(tx, [known]))[known], True
        room = await hosting.lock_running(ctx, tx, room_id)
        live.check_open(room)
        eligibility.check_at_once(await db.red_packets.how_many_run(tx, room_id))
        me = (await db.members.cards_of(tx, [ctx.member_id]))[ctx.member_id]
        card = red_packets.offer(ctx.new_id(), terms, me.nickname, at)
        new = RedPacket(card, room_id, terms.sponsor, ctx.member_id, room.seq)
        parts = red_packets.split(ctx.chance(red_packets.SEED_BYTES), card.total.minor, card.count)
        await db.red_packets.add(tx, new, parts, at)
        await sponsors.put_aside(ctx, tx, terms.sponsor, card.total, red_packet_pot(new.id))
        await _tell(ctx, tx, "RedPacketOffered", [new])
        await db.idempotency.answer(tx, request, new.id.hex)
    return new, False


async def grab(ctx: Context, red_packet_id: UUID) -> tuple[RedPacket, Grab, bool]:
    """Take one packet, once; its amount is in the caller's wallet. True when the caller did before.

    Raises:
        NotFound: there is no such red packet that the caller may know of.
        NotOpenYet, NoneLeft, WrongState, RoomClosed: it opens later, everything is grabbed, or it is over.
        NotEligible, ConditionNotMet, Minor: the caller may not.
    """
    at, member_id = ctx.now(), ctx.member_id
    packet = (await packets_by_id(ctx, [red_packet_id])).get(red_packet_id)
    if packet is None:
        raise NotFound(path=("input", "redPacketId"))
    own = await db.red_packets.own_grabs(ctx.reading, member_id, [red_packet_id])
    if own:
        return packet, own[red_packet_id], True
    red_packets.check_can_be_grabbed(packet.card, at)
    await _check(ctx, packet)
    async with ctx.database.writing() as tx:
        await db.red_packets.take_turn(tx, red_packet_id, member_id)
        taken = await db.red_packets.take(tx, red_packet_id, member_id, at)
        if taken is not None:
            await _pay(ctx, tx, packet, Money(taken, packet.card.total.currency))
        own = await db.red_packets.own_grabs(tx, member_id, [red_packet_id])
    if not own:
        raise NoneLeft(path=("input", "redPacketId"))
    return packet, own[red_packet_id], taken is None


async def _check(ctx: Context, packet: RedPacket) -> None:
    """Let the caller grab: who offers it to others takes nothing of it, and money is for those who are of age."""
    if packet.sponsor_id == ctx.member_id:
        raise eligibility.NotEligible
    asked = entering.Asked(packet.room_id, packet.card.conditions, packet.opened_seq, staff_may=True)
    born_on = await entering.check(ctx, asked)
    if red_packets.is_for_adults(packet.card):
        gifts.check_of_age(born_on, ctx.now().astimezone(ctx.services.rules.time_zone).date())


async def _pay(ctx: Context, tx: Writing, packet: RedPacket, amount: Money) -> None:
    """Move what was grabbed into the caller's wallet."""
    member_id, at = ctx.member_id, ctx.now()
    wallet = coin_wallet(member_id) if amount.currency == COIN else cash_wallet(member_id)
    pot = red_packet_pot(packet.id)
    await db.ledger.post(tx, f"{pot}:{member_id.hex}", [Posting(pot, wallet, amount)], at)
    fact = {"red_packet": packet.id.hex, "room": packet.room_id.hex, "member": member_id.hex, "minor": amount.minor}
    await db.outbox.tell(tx, "RedPacketGrabbed", "member", member_id, fact | {"currency": amount.currency}, at)


async def keep_going(ctx: Context) -> int:
    """Tell of red packets that opened, were grabbed from or are over; what is left goes back. Says how many ended."""
    async with ctx.database.writing() as tx:
        back: list[Posting] = []
        moved = [
            await _move_on(ctx, tx, packet, grabbed, back, room_is_open=room_is_open)
            for packet, grabbed, room_is_open in await db.red_packets.lock_moved(tx, ctx.now(), MOVED_AT_ONCE)
        ]
        # Who grabs holds a packet and waits for a wallet: nobody may hold a wallet and wait for a packet.
        for one in sorted(back, key=lambda one: one.destination):
            await db.ledger.post(tx, f"{one.source}:returned", [one], ctx.now())
        if moved:
            shown = await db.red_packets.packets_by_id(tx, [one.id for one in moved])
            await _tell(ctx, tx, "RedPacketsMoved", [shown[one.id] for one in moved])
    return sum(one.state in (RedPacketState.GONE, RedPacketState.EXPIRED) for one in moved)


async def _move_on(
    ctx: Context, tx: Writing, packet: RedPacket, grabbed: int, back: list[Posting], *, room_is_open: bool
) -> RedPacketCard:
    """Bring a locked red packet to where it is now; what is left of it is to be posted with what goes `back`."""
    card = red_packets.moved_on(packet.card, grabbed, ctx.now(), room_is_open=room_is_open)
    if card.state is RedPacketState.EXPIRED:
        units, packets = await db.red_packets.give_back(tx, packet.id)
        card = red_packets.moved_on(packet.card, card.count - packets, ctx.now(), room_is_open=room_is_open)
        left = Money(units, card.total.currency)
        back += sponsors.back(packet.sponsor, packet.sponsor_id, left, red_packet_pot(packet.id))
    await db.red_packets.save(tx, card)
    return card


async def _tell(ctx: Context, tx: Writing, kind: str, moved: Sequence[RedPacket]) -> None:
    events = [
        {"room": one.room_id.hex, "kind": EventKind.RED_PACKET.value, "payload": {"red_packet": plain(one.card)}}
        for one in moved
    ]
    fact = {"red_packets": [one.id.hex for one in moved], "room_events": events}
    await db.outbox.tell(tx, kind, "red_packet", moved[0].id, fact, ctx.now())


async def packets_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, RedPacket]:
    """Those of the red packets that are in rooms which the caller may know of."""
    found = await db.red_packets.packets_by_id(ctx.reading, list(dict.fromkeys(ids)))
    rooms = await db.live.rooms_by_id(ctx.reading, list({one.room_id for one in found.values()}))
    return {key: one for key, one in found.items() if live.is_seen_by(rooms[one.room_id], ctx.principal)}


async def packets_of(ctx: Context, rooms: Sequence[LiveRoom]) -> list[list[RedPacket]]:
    """The latest ten red packets of each room, the newest first."""
    found = await db.red_packets.packets_of(ctx.reading, [room.source_id for room in rooms], SHOWN)
    return [found.get(room.source_id, []) for room in rooms]


async def own_grabs_of(ctx: Context, packets: Sequence[RedPacket]) -> list[Grab | None]:
    """What the caller got of each red packet."""
    member_id = ctx.principal.member_id
    if member_id is None:
        return [None] * len(packets)
    own = await db.red_packets.own_grabs(ctx.reading, member_id, [one.id for one in packets])
    return [own.get(one.id) for one in packets]


async def grabs_of(ctx: Context, packets: Sequence[RedPacket], first: int) -> list[list[Grab]]:
    """Who got most of each red packet, the luckiest first."""
    between(first, 1, red_packets.GRABS_SHOWN, "first")
    found = await db.red_packets.grabs_of(ctx.reading, [one.id for one in packets], first)
    return [found.get(one.id, []) for one in packets]


async def cash_balances_of(ctx: Context, members: Sequence[Member]) -> list[Money | None]:
    """The money in each member's wallet, for the member alone and for those who keep the books."""
    seen = [m.id for m in members if m.id == ctx.principal.member_id or ctx.holds(Scope.FINANCE)]
    found = await db.ledger.balances_of(ctx.reading, [cash_wallet(member_id) for member_id in seen])
    balances = [found.get(cash_wallet(member.id)) for member in members]
    return [None if balance is None else Money(balance) for balance in balances]
