"""What runs on a connection: queries and mutations, subscriptions to live rooms, which are shared, and others."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from uuid import UUID

import orjson
from graphql import GraphQLError
from strawberry.types.execution import ExecutionResult
from strawberry.types.graphql import OperationType

import engine
from app.fan_out import dealing
from app.framing import Framing, Made
from app.gate import Caller, Gate, Overloaded, answer_of, encoded, refusal
from app.lines import Line
from app.requests import GraphQLRequest
from domain.identity import Principal
from domain.live_audience import viewer_number
from domain.refusals import NotAllowed
from domain.room_events import RoomEvent
from resolvers.context import Context
from resolvers.entrances import Followed, Live
from subscriptions.hub import Seat

ANY = frozenset(OperationType)
CURSOR = ("after", "epoch")
"""The arguments that say where a subscriber goes on. They make no difference to what an event looks like."""

WHILE_KICKING = timedelta(seconds=2)
"""Who is let in so long after a kick began may have been looked up before it was committed."""


class Owner(Protocol):
    """The connection on which an operation runs."""

    def ended(self, stream: Stream) -> None:
        """Nothing more comes of an operation."""


class Stream:
    """One operation of a connection, from its request to its end. It is also the member of a room.

    There are very many, and nothing is made for one that is not needed as long as it lasts.
    """

    __slots__ = ("_caller", "_gate", "_owner", "_seat", "_task", "framing", "is_over", "is_subscription", "line")
    dealing = staticmethod(dealing)

    def __init__(self, gate: Gate, line: Line, framing: Framing, owner: Owner, caller: Caller) -> None:
        self.line = line
        self.framing = framing
        self.is_subscription = False
        self.is_over = False
        self._gate = gate
        self._owner = owner
        self._caller = caller
        self._seat: Seat | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def viewer(self) -> int:
        """The member, or else the device as far as it says which it is, or else the connection."""
        caller = self._caller
        return viewer_number(caller.principal.member_id, caller.visitor_key or caller.request_id)

    @property
    def member_id(self) -> UUID | None:
        return self._caller.principal.member_id

    def start(
        self,
        request: GraphQLRequest,
        caller: Caller,
        has_place: Callable[[Stream], bool] = lambda _: True,
        allowed: frozenset[OperationType] = ANY,
    ) -> None:
        """Prepare the operation and let it run, if there is a place; one that is refused ends with an error."""
        self._caller = caller
        ctx = self._gate.context(caller)
        try:
            prepared = self._gate.schema.prepare(request.query, request.variables, request.operation_name, ctx, allowed)
        except engine.Rejected as rejected:
            self._gate.rates.charge(ctx.principal, ctx.client)
            self._begin(self._refuse, [error.formatted for error in rejected.errors])
            return
        self.is_subscription = prepared.operation is OperationType.SUBSCRIPTION
        if not has_place(self):
            self.refuse("SUBSCRIPTION_LIMIT", "Too many on this connection.")
        elif not self.is_subscription:
            self._begin(self._answer, prepared, ctx)
        elif (live := _live(prepared)) is not None and prepared.immediate:
            self._begin(self._share, prepared, live, ctx)
        elif (feed := prepared.root_fields[0].metadata.get("feed")) is not None and prepared.immediate:
            self._begin(self._follow_with_others, prepared, feed, ctx)
        else:
            self._begin(self._follow, request, ctx)

    def stop(self) -> None:
        """The client wants no more."""
        self.is_over = True
        if self._task is not None:
            self._task.cancel()
        if self._seat is not None:
            self._seat.leave()
        self.line.discard(self)

    def refuse(self, code: str, message: str, **more: Any) -> None:
        """End with this error before anything was executed."""
        self._begin(self._refuse, refusal(code, message, **more)["errors"])

    def revoke(self) -> None:
        """End a subscription, and say that the caller may not have it any more."""
        self.stop()
        self.end(NotAllowed())

    def take(self, event: RoomEvent, made: Made) -> None:
        """Write an event of the room."""
        if not self.is_over:
            self.line.tell(self, event, made.frame(self.framing))

    async def ready(self) -> None:
        """Wait until the client has taken everything."""
        await self.line.ready()

    def end(self, why: Exception) -> None:
        """The room lets the member go."""
        self.is_over = True
        self._seat = None
        self.line.discard(self)
        self._begin(self._fail, why)

    def _begin(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(work, *arguments))

    async def _run(self, work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
        try:
            await work(*arguments)
        except Overloaded:
            await self._refuse(refusal("OVERLOADED", "Too much is going on.")["errors"])
        except TimeoutError:
            await self._refuse(refusal("TIMEOUT", "It took too long.")["errors"])
        except Exception as fault:  # noqa: BLE001  it is told, masked, and logged
            await self._fail(fault)
        finally:
            if self._task is asyncio.current_task():
                self._task = None
                if self._seat is None:
                    self._owner.ended(self)

    async def _answer(self, prepared: engine.Prepared, ctx: Context) -> None:
        """Execute a query or a mutation."""
        with self._gate.admitted:
            result = await self._gate.run(prepared, ctx)
        await self.line.say(self.framing.next(encoded(answer_of(result), ctx.request_id)))
        await self.line.say(self.framing.complete())

    async def _share(self, prepared: engine.Prepared, live: Live, ctx: Context) -> None:
        """Enter a room, where each event is executed once for all who see it alike.

        Raises:
            NotAllowed: the member was kicked after it had been let in.
        """
        at = ctx.now()
        with self._gate.deadline():
            entrance = await live.enter(ctx, prepared.root_fields[0].arguments)
        self._seat = await self._gate.hub.join(
            entrance.room_id,
            entrance.after,
            self,
            epoch=entrance.epoch,
            key=(prepared.alike(*CURSOR), ctx.principal.scopes, ctx.locale, entrance.kinds),
            kinds=entrance.kinds,
            make=_shown(prepared, ctx),
        )
        if self.member_id is not None and self._gate.hub.kicked(entrance.room_id, self.member_id, at - WHILE_KICKING):
            self._seat.leave()
            self._seat = None
            raise NotAllowed

    async def _follow_with_others(self, prepared: engine.Prepared, feed: Followed, ctx: Context) -> None:
        """Follow a feed, where each state is executed once for all to whom it looks alike."""
        key, show = (prepared.alike(), ctx.principal.scopes, ctx.locale), _shown(prepared, ctx)
        with self._gate.deadline():
            states = await feed.enter(ctx, prepared.root_fields[0].arguments)
        async with aclosing(states):
            async for state in states:
                made = state.made.get(key)
                if made is None:
                    made = state.made[key] = show(state.value)
                await self.line.say(made.frame(self.framing))
        await self.line.say(self.framing.complete())

    async def _follow(self, request: GraphQLRequest, ctx: Context) -> None:
        """Execute a subscription for this client alone."""
        results = await self._gate.schema.stream(request.query, request.variables, ctx, None, request.operation_name)
        async with aclosing(results):
            async for result in results:
                await self.line.say(self.framing.next(encoded(_event(result), ctx.request_id)))
        await self.line.say(self.framing.complete())

    async def _fail(self, fault: Exception) -> None:
        errors = self._gate.schema.told([GraphQLError("", original_error=fault)], self._gate.context(self._caller))
        await self._refuse([error.formatted for error in errors])

    async def _refuse(self, errors: Any) -> None:
        await self.line.say(self.framing.end_with_errors(orjson.dumps(errors)))


def _live(prepared: engine.Prepared) -> Live | None:
    """How the subscription's field lets callers into a room, if it is one of a room."""
    (field,) = prepared.root_fields
    live = field.metadata.get("live")
    return live if isinstance(live, Live) else None


def _shown(prepared: engine.Prepared, ctx: Context) -> Callable[[Any], Made]:
    """What an event looks like to everyone with these scopes: nobody in particular asks for it."""
    anyone = replace(ctx, principal=Principal(scopes=ctx.principal.scopes))

    def show(event: Any) -> Made:
        return Made(encoded(_event(prepared.render_now(event, anyone)), anyone.request_id))

    return show


def _event(result: ExecutionResult) -> dict[str, Any]:
    """The answer to one event. What the operation costs was no news after the first."""
    answer = answer_of(result)
    answer.pop("extensions", None)
    return answer
