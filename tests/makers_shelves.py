"""Short ways to trade in live rooms, and to see a room as a client does that hears its events."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import db.room_log
import resolvers.orders
from app.news import LATEST
from app.relay import Relay
from domain.identity import Principal
from domain.live import LiveRoom, ShelfItem
from domain.orders import CartLine, Order
from domain.placing import Wish
from domain.room_events import (
    InventoryChanged,
    LiveProductState,
    ProductPinned,
    RoomEvent,
    RoomStateChanged,
    ShelfChanged,
)
from resolvers.payments import Paying, pay
from schema.ids import Kind, id_of
from tests.makers_members import a_member
from tests.pond import Pond, _deliver

SHELF = """query ($id: ID!) { liveRoom(id: $id) { id state seq
  shelf { id liveStock sold version termsVersion state position limitPerMember livePrice { minor } }
  pinned { id } } }"""


def room_id(room: LiveRoom) -> str:
    return id_of(Kind.LIVE_ROOM, room.id)


async def shelf_of(pond: Pond, room: LiveRoom) -> list[Any]:
    """What everybody sees on the shelf."""
    return list((await pond.ask(SHELF, id=room_id(room)))["liveRoom"]["shelf"])


async def ordered(
    pond: Pond, room: LiveRoom, item: ShelfItem, *, by: Principal | None = None, quantity: int = 1
) -> tuple[Order, Principal]:
    """An order that a member, a new one unless given, placed in a room."""
    member = by or await a_member(pond)
    wanted = Wish((CartLine(item.variant_id, quantity),), room.id)
    return (await resolvers.orders.place(pond.context(member), wanted, uuid4().hex)).order, member


async def paid(pond: Pond, order: Order, member: Principal) -> None:
    """Pay an order at the bank."""
    payment = (await pay(pond.context(member), Paying(order.id, uuid4().hex))).payment
    assert payment is not None
    assert payment.confirm_url is not None
    assert (await pond.standins.post(payment.confirm_url)).is_success
    await pond.bank.all_told()


async def relayed(pond: Pond) -> None:
    """Tell live rooms all that waits, as a relay would in time."""
    relay = Relay(pond.database, partial(_deliver, pond.services.hub), LATEST, lambda: pond.time)
    while await relay.relay_once():
        pass


class Watcher:
    """A client that read the room once and hears its events since: it shows what it believes the shelf to be."""

    def __init__(self, snapshot: Any) -> None:
        self.seq: int = snapshot["seq"]
        self.shelf = {one["id"]: dict(one) for one in snapshot["shelf"]}
        self.pinned: str | None = snapshot["pinned"] and snapshot["pinned"]["id"]

    async def catch_up(self, pond: Pond, room: LiveRoom) -> None:
        """Hear everything that was told since."""
        for event in await db.room_log.since(pond.database.reading(), room.source_id, self.seq, 10_000):
            assert event.seq == self.seq + 1
            self.seq = event.seq
            self._apply(event)

    def _apply(self, event: RoomEvent) -> None:
        match event:
            case InventoryChanged():
                key = _key(event.live_product_id)
                state = event.state.value if event.state else None
                news = {"liveStock": event.live_stock, "sold": event.sold, "version": event.version, "state": state}
                if key in self.shelf and self.shelf[key]["version"] <= event.version:
                    self.shelf[key].update(news)
            case ShelfChanged():
                self._put(event)
            case ProductPinned():
                self.pinned = None
                if event.live_product is not None:
                    self.pinned = _key(event.live_product.live_product_id)
                    self.shelf[self.pinned] |= {"state": "EXPLAINING", "version": event.live_product.version}
            case RoomStateChanged() if event.to_state.value in ("ENDED", "BANNED"):
                for one in self.shelf.values():
                    one["liveStock"] = 0

    def _put(self, event: ShelfChanged) -> None:
        card, key = event.live_product, _key(event.live_product.live_product_id)
        if event.state is LiveProductState.HIDDEN:
            self.shelf.pop(key, None)
        elif key not in self.shelf or self.shelf[key]["version"] <= card.version:
            self.shelf.setdefault(key, {"id": key}).update(
                liveStock=card.live_stock,
                sold=card.sold,
                version=card.version,
                state=event.state.value,
                position=event.position,
                limitPerMember=card.limit_per_member,
                livePrice={"minor": card.live_price.minor},
            )


def _key(live_product_id: UUID) -> str:
    return id_of(Kind.LIVE_PRODUCT, live_product_id)
