"""Short ways to offer draws and red packets to a room, and to take part in them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import db.ledger
import resolvers.draws
import resolvers.red_packets
from domain.draw_terms import DrawKind, DrawTerms, Prize, PrizeKind
from domain.draws import Draw
from domain.identity import Principal
from domain.ledger import coin_wallet
from domain.live import LiveRoom
from domain.money import COIN, Money
from domain.red_packets import RedPacket, RedPacketTerms
from domain.sponsors import Sponsor
from tests.makers_guides import a_guide
from tests.makers_live import a_room, coins
from tests.pond import Pond


def named(count: int = 1, name: str = "一年的茶") -> Prize:
    """Prizes that the brand hands out itself."""
    return Prize(UUID(int=0), PrizeKind.NAMED, name, None, count)


def of_coins(count: int, each: int) -> Prize:
    return Prize(UUID(int=0), PrizeKind.COINS, "金币", None, count, coins=each)


def goods(variant_id: UUID, count: int) -> Prize:
    return Prize(UUID(int=0), PrizeKind.GOODS, "盖碗", None, count, variant_id)


async def prepared(pond: Pond, host: Principal, room: LiveRoom, *prizes: Prize, **terms: Any) -> Draw:
    """A draw that waits to be opened."""
    given = {"kind": DrawKind.LUCKY_BAG, "title": "福袋", "countdown_s": 60} | terms
    asked = DrawTerms(prizes=prizes or (named(),), **given)
    return (await resolvers.draws.prepare(pond.context(host), room.id, asked, uuid4().hex))[0]


async def a_draw(pond: Pond, *prizes: Prize, **terms: Any) -> tuple[Draw, LiveRoom, Principal]:
    """An open draw in a new room, and its host, who holds 1,000 coins."""
    room, host = await a_room(pond, await a_guide(pond))
    await coins(pond, host, 1_000)
    draft = await prepared(pond, host, room, *prizes, **terms)
    return (await resolvers.draws.open_(pond.context(host), draft.id))[0], room, host


async def entered(pond: Pond, draw: Draw, *members: Principal) -> None:
    for member in members:
        await resolvers.draws.enter(pond.context(member), draw.id)


async def a_red_packet(
    pond: Pond,
    total: int = 100,
    count: int = 10,
    *,
    offerer: Principal | None = None,
    currency: str = COIN,
    **terms: Any,
) -> tuple[RedPacket, LiveRoom, Principal]:
    """A red packet that is open in a new room, and its host, who has paid for it."""
    room, host = await a_room(pond, await a_guide(pond))
    await coins(pond, host, total)
    given = {"sponsor": Sponsor.SELF, "total": Money(total, currency), "count": count, "greeting": "恭喜发财"}
    asked = RedPacketTerms(**{**given, "countdown_minutes": 0, **terms})
    packet, _ = await resolvers.red_packets.offer(pond.context(offerer or host), room.id, asked, uuid4().hex)
    return packet, room, host


async def balance_of(pond: Pond, member: Principal) -> int:
    """What is in a member's coin wallet."""
    assert member.member_id is not None
    wallet = coin_wallet(member.member_id)
    return (await db.ledger.balances_of(pond.database.reading(), [wallet]))[wallet]


async def sum_of(pond: Pond, account: str) -> int:
    return await db.ledger.sum_of(pond.database.reading(), account)
