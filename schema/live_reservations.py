"""Reservations of live rooms: reserve one, and let the brand remind you."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import live_reservations as rules
from domain.identity import Scope
from resolvers import live_reservations
from resolvers.context import Context
from schema.access import attribute, mutation, object_type, query
from schema.errors import Payload
from schema.ids import Kind, key_of


@object_type(
    scope=Scope.MEMBER,
    description="How many messages of a template of WeChat (订阅消息) may still be sent to the caller.",
    record=rules.Quota,
)
class SubscribeMessageQuota:
    template_id: str = attribute("The template, for `wx.requestSubscribeMessage`.")
    left: int = attribute("How many, 0 to 20: each authorisation is good for one. Ask for one more when it is 0.")


@strawberry.input(description="Which room.")
class LiveRoomReserveInput:
    live_room_id: strawberry.ID = strawberry.field(description="The room.")


@strawberry.input(description="What the member accepted in a prompt of WeChat.")
class SubscribeMessageGrantInput:
    template_ids: list[str] = strawberry.field(description="The templates that were accepted, 1 to 3.")


@object_type(scope=Scope.MEMBER, description="The answer to `liveRoomReserve` and `liveRoomUnreserve`.")
class LiveRoomReservePayload(Payload):
    reserved: bool | None = attribute("Whether the caller has reserved the room now.", default=None)


@object_type(scope=Scope.MEMBER, description="The answer to `subscribeMessageGrant`.")
class SubscribeMessageGrantPayload(Payload):
    quotas: list[SubscribeMessageQuota] | None = attribute("What is left of these templates.", default=None)


async def _reserve(ctx: Context, *, input: LiveRoomReserveInput) -> Any:
    await live_reservations.reserve(ctx, key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId"))
    return LiveRoomReservePayload(reserved=True)


async def _unreserve(ctx: Context, *, input: LiveRoomReserveInput) -> Any:
    await live_reservations.unreserve(ctx, key_of(Kind.LIVE_ROOM, input.live_room_id, "input", "liveRoomId"))
    return LiveRoomReservePayload(reserved=False)


async def _grant(ctx: Context, *, input: SubscribeMessageGrantInput) -> Any:
    quotas: Any = await live_reservations.grant(ctx, input.template_ids)
    return SubscribeMessageGrantPayload(quotas=quotas)


@strawberry.type
class LiveReservationQuery:
    subscribe_message_quotas: list[SubscribeMessageQuota] = query(
        live_reservations.quotas, "What the caller may still be sent, by template.", scope=Scope.MEMBER
    )


@strawberry.type
class LiveReservationMutation:
    live_room_reserve: LiveRoomReservePayload | None = mutation(
        _reserve,
        LiveRoomReservePayload,
        "Reserve an announced room (预约). Ten minutes before it starts the member is reminded, once, if a message may"
        " be sent: see `subscribeMessageGrant`.",
        scope=Scope.MEMBER,
    )
    live_room_unreserve: LiveRoomReservePayload | None = mutation(
        _unreserve, LiveRoomReservePayload, "Give up a reservation, and its reminder.", scope=Scope.MEMBER
    )
    subscribe_message_grant: SubscribeMessageGrantPayload | None = mutation(
        _grant,
        SubscribeMessageGrantPayload,
        "Report what the member accepted in `wx.requestSubscribeMessage`: for each template one message may be sent.",
        scope=Scope.MEMBER,
    )
