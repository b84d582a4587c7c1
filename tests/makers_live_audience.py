"""Short ways to fill a live room with an audience: who comes by whose link, and buys there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import resolvers.orders
from domain.identity import Principal
from domain.live import LiveRoom
from domain.orders import CartLine, Order
from domain.placing import Wish
from domain.shares import TargetKind
from resolvers.payments import Paying, pay
from schema.ids import Kind, id_of
from tests.makers_guides import a_share
from tests.makers_members import a_member
from tests.pond import Pond

ENTER = """mutation ($room: ID!, $code: String) { liveRoomEnter(input: {liveRoomId: $room, shareCode: $code}) {
  first warnings { code } userErrors { code } } }"""
BOARD = """query ($id: ID!, $of: BoardOf! = MEMBERS, $by: BoardBy! = INVITES) { liveRoom(id: $id) {
  inviteBoard(of: $of, by: $by) { entries { rank name count } mine { rank count } } } }"""


async def comes(pond: Pond, room: LiveRoom, viewer: Principal, code: str | None = None) -> Any:
    """A member comes into a room, by a link or without; what the answer says."""
    payload = (await pond.ask(ENTER, viewer, room=id_of(Kind.LIVE_ROOM, room.id), code=code))["liveRoomEnter"]
    assert payload.pop("userErrors") == []
    return payload


async def by_links_of(pond: Pond, room: LiveRoom, inviter: Principal, many: int) -> list[Principal]:
    """So many new members come into a room by the link of one."""
    share = await a_share(pond, inviter, room.id, kind=TargetKind.LIVE_ROOM)
    came = [await a_member(pond, "Somebody") for _ in range(many)]
    for viewer in came:
        await comes(pond, room, viewer, share.code)
    return came


async def buys(pond: Pond, buyer: Principal, variant_id: UUID, room: LiveRoom, quantity: int = 1) -> Order:
    """A member orders in a room, and pays."""
    ctx = pond.context(buyer)
    wanted = Wish((CartLine(variant_id, quantity),), room.id)
    order = (await resolvers.orders.place(ctx, wanted, uuid4().hex)).order
    payment = (await pay(ctx, Paying(order.id, uuid4().hex))).payment
    assert payment is not None
    assert payment.confirm_url is not None
    assert (await pond.standins.post(payment.confirm_url)).is_success
    await pond.bank.all_told()
    return order
