"""Direct lines: frames that were built beforehand go to the transport of a connection, with nothing in between.

While the client keeps up there is no task, queue or generator for it. Once the transport holds more than its mark,
events wait in a mailbox, by their priority, until it holds next to nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable

from app.framing import Frame
from domain.room_events import RoomEvent
from subscriptions.mailbox import Mailbox

HIGH_BYTES, LOW_BYTES = 32 * 1024, 4 * 1024


class DirectLine:
    """Writes to the transport of one client. See `app.lines.Line`."""

    __slots__ = ("_fail", "_looking", "_mailbox", "_stalled_s", "_transport", "_unpaused", "is_closed", "write")

    def __init__(self, transport: asyncio.WriteTransport, stalled_s: float, fail: Callable[[], object]) -> None:
        """`fail` is called once, when the client takes nothing for so long, or not what must arrive."""
        self._transport = transport
        self._stalled_s = stalled_s
        self._fail = fail
        self._mailbox: Mailbox[Frame] | None = None
        self._unpaused: asyncio.Future[None] | None = None
        self._looking: asyncio.TimerHandle | None = None
        self.is_closed = False
        self.write: Callable[[bytes], None] | None = transport.write
        transport.set_write_buffer_limits(HIGH_BYTES, LOW_BYTES)

    @property
    def dropped(self) -> int:
        return 0 if self._mailbox is None else self._mailbox.dropped

    def tell(self, owner: Hashable, event: RoomEvent, frame: Frame) -> None:
        if self.write is not None:
            self._put(frame)
        elif not self.is_closed and not self._waiting().put(owner, event, frame, frame.size):
            self._give_up()

    async def say(self, frame: Frame) -> None:
        await self.ready()
        self._put(frame)

    def hint(self, frame: Frame) -> None:
        self._put(frame)

    async def ready(self) -> None:
        while self.write is None and not self.is_closed:
            if self._unpaused is None:
                self._unpaused = asyncio.get_running_loop().create_future()
            await asyncio.wait([self._unpaused])

    def discard(self, owner: Hashable) -> None:
        if self._mailbox is not None:
            self._mailbox.discard(owner)

    def close(self) -> None:
        self.is_closed = True
        self.write = self._mailbox = None
        self._wake()

    def pause(self) -> None:
        """The transport holds more than its mark."""
        if not self.is_closed:
            self.write = None
            self._look_later(self._transport.get_write_buffer_size())

    def resume(self) -> None:
        """The transport holds next to nothing: give it what waits, until it has enough again."""
        if self.is_closed:
            return
        self._stop_looking()
        self.write = self._transport.write
        while self.write is not None and self._mailbox is not None and (frame := self._mailbox.take()) is not None:
            self._put(frame)
        if self.write is not None:
            self._wake()

    def _put(self, frame: Frame) -> None:
        if self.write is None:
            return
        try:
            self.write(frame.message)
        except RuntimeError:  # the connection broke just now; its loop will hear of it
            self.close()

    def _waiting(self) -> Mailbox[Frame]:
        if self._mailbox is None:
            self._mailbox = Mailbox()
        return self._mailbox

    def _wake(self) -> None:
        self._stop_looking()
        if self._unpaused is not None:
            self._unpaused.set_result(None)
            self._unpaused = None

    def _look_later(self, held_bytes: int) -> None:
        """Look after a while whether the client has taken anything."""
        self._looking = asyncio.get_running_loop().call_later(self._stalled_s, self._look, held_bytes)

    def _stop_looking(self) -> None:
        if self._looking is not None:
            self._looking.cancel()
            self._looking = None

    def _look(self, held_bytes: int) -> None:
        holds_bytes = self._transport.get_write_buffer_size()
        if holds_bytes < held_bytes:
            self._look_later(holds_bytes)
        else:
            self._give_up()

    def _give_up(self) -> None:
        self.close()
        self._fail()
