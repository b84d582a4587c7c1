"""Short ways to fill a pond with live rooms, coins and gifts."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import db.gifts
import db.ledger
import resolvers.live
from domain.gifts import GiftCard
from domain.identity import Principal
from domain.ledger import COINS_ISSUED, Posting, coin_wallet
from domain.live import LiveRoom, ShelfItem
from domain.money import COIN, Money
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide
from tests.pond import Pond


async def a_room(
    pond: Pond, guide: Principal | None = None, *items: ShelfItem, title: str = "秋冬上新"
) -> tuple[LiveRoom, Principal]:
    """A room that is live, and the guide who hosts it."""
    host = guide or await a_guide(pond)
    room, _ = await resolvers.live.start(pond.context(host), title, None, items, uuid4().hex)
    return room, host


async def an_item(pond: Pond, *, price: int = 99_00, stock: int = 10, limit: int | None = None) -> ShelfItem:
    """A new variant for a shelf, all of its stock set aside for the room."""
    variant = await a_variant(pond, stock=stock)
    return ShelfItem(variant.id, Money(price), stock, limit)


async def a_gift(pond: Pond, *, coins: int = 10, code: str = "rose") -> GiftCard:
    gift = GiftCard(pond.context().new_id(), code, "玫瑰", "/media/rose.svg", coins)
    async with pond.database.writing() as tx:
        await db.gifts.save_gift(tx, gift, 0)
    return gift


async def coins(pond: Pond, member: Principal, many: int) -> None:
    """Put coins into a member's wallet."""
    assert member.member_id is not None
    async with pond.database.writing() as tx:
        posting = Posting(COINS_ISSUED, coin_wallet(member.member_id), Money(many, COIN))
        await db.ledger.post(tx, f"test:{uuid4().hex}", [posting], pond.time)


async def log_of(pond: Pond, room_id: UUID) -> list[Any]:
    """What the outbox tells of a room so far: kind and payload of each room event."""
    rows = await pond.select("SELECT payload FROM outbox WHERE payload ? 'room_events' ORDER BY id")
    return [
        (event["kind"], event["payload"])
        for row in rows
        for event in row["payload"]["room_events"]
        if event["room"] == room_id.hex
    ]
