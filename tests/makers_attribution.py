"""Short ways to place orders that somebody is credited with, and to ask why."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import db.attributions
from domain.attribution import Decision
from domain.identity import Principal
from domain.money import Money
from resolvers.context import Locale
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import a_variant
from tests.makers_live import a_room, an_item
from tests.makers_payments import begun, confirm
from tests.pond import Pond
from tests.schema.test_orders import placed

WHY = """query ($id: ID!) { attribution(orderId: $id) {
  orderId reason guide { id } store { id } at share { id code }
  assists { guideId guideName reason bp amount { minor } share { id } }
  explanation { summary
    findings { reason verdict text guideId guideName storeId shareId at }
    policy { touchSeconds contentTouchSeconds touchRule touchBeatsBinding assistBp roomSales allowSelfCommission
      forwardsCount } } } }"""


async def ordered(
    pond: Pond, member: Principal, *, fen: int = 200_00, code: str | None = None, room_of: Principal | None = None
) -> str:
    """The id of an order that the member places, in the room of a guide if one is given."""
    more = {} if code is None else {"code": code}
    if room_of is None:
        variant = await a_variant(pond, price=Money(fen))
        return await placed(pond, member, {"variantId": id_of(Kind.VARIANT, variant.id), "quantity": 1}, **more)
    item = await an_item(pond, price=fen)
    room, _ = await a_room(pond, room_of, item)
    line = {"variantId": id_of(Kind.VARIANT, item.variant_id), "quantity": 1}
    return await placed(pond, member, line, liveRoomId=id_of(Kind.LIVE_ROOM, room.id), **more)


async def bought(pond: Pond, member: Principal, **how: Any) -> str:
    """The id of an order that the member places and pays."""
    order_id = await ordered(pond, member, **how)
    await confirm(pond, await begun(pond, member, order_id))
    return order_id


async def decided(pond: Pond, order_id: str) -> Decision:
    """What was decided about an order, as it is kept."""
    key = key_of(Kind.ORDER, order_id)
    return (await db.attributions.attributions_of(pond.context().reading, [key]))[key].decision


async def why(pond: Pond, who: Principal, order_id: str, *, locale: Locale = Locale.EN) -> Any:
    """What somebody is told who asks whose an order is."""
    return (await pond.ask(WHY, who, locale=locale, id=order_id))["attribution"]


async def credited(pond: Pond, order_id: str) -> tuple[UUID | None, UUID | None]:
    """The guide and the store that an order carries."""
    query = 'SELECT guide_id, store_id FROM "order" WHERE id = $1'
    (row,) = await pond.select(query, key_of(Kind.ORDER, order_id))
    return row[0], row[1]
