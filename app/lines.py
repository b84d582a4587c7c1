"""Lines: what goes out on one connection, at once while the client keeps up, else through its mailbox.

`AsgiLine` writes through any ASGI server. `app.direct_lines` has a faster way.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Generator, Hashable
from typing import Any, Protocol

from app.framing import Frame
from domain.room_events import RoomEvent
from subscriptions.mailbox import Mailbox

Send = Callable[[Any], Coroutine[Any, Any, None]]


class Line(Protocol):
    """Writes to one client. A client that does not read finds what its mailbox kept, or the line closed."""

    @property
    def write(self) -> Callable[[bytes], None] | None:
        """Writes the bytes of frames at once; None where, or while, that cannot be done."""

    @property
    def is_closed(self) -> bool:
        """Whether nothing is written any more."""

    @property
    def dropped(self) -> int:
        """How many events the client did not get because it did not keep up."""

    def tell(self, owner: Hashable, event: RoomEvent, frame: Frame) -> None:
        """Write an event of a room, or leave it in the mailbox."""

    async def say(self, frame: Frame) -> None:
        """Write an answer, after what waits."""

    def hint(self, frame: Frame) -> None:
        """Write something that may as well be left out when the client does not keep up."""

    async def ready(self) -> None:
        """Wait until the client has taken everything."""

    def discard(self, owner: Hashable) -> None:
        """Do not write what waits of one operation."""

    def close(self) -> None:
        """Write nothing more."""


class AsgiLine:
    """Writes through any ASGI server, which says that a client does not keep up by letting `send` wait."""

    write = None

    def __init__(self, send: Send, stalled_s: float, fail: Callable[[], object]) -> None:
        """`fail` is called once, when the client takes nothing for so long, or not what must arrive."""
        self._send = send
        self._stalled_s = stalled_s
        self._fail = fail
        self._mailbox: Mailbox[Frame] = Mailbox()
        self._writing: asyncio.Task[None] | None = None
        self.is_closed = False

    @property
    def dropped(self) -> int:
        return self._mailbox.dropped

    def tell(self, owner: Hashable, event: RoomEvent, frame: Frame) -> None:
        """Write an event of a room: at once, without a task, when the last write went through."""
        if self._writing is None:
            self._write(frame)
        elif not self.is_closed and not self._mailbox.put(owner, event, frame, frame.size):
            self.close()
            self._fail()

    async def say(self, frame: Frame) -> None:
        await self.ready()
        self._write(frame)

    def hint(self, frame: Frame) -> None:
        if self._writing is None:
            self._write(frame)

    async def ready(self) -> None:
        while self._writing is not None and not self.is_closed:
            await asyncio.wait([self._writing])

    def discard(self, owner: Hashable) -> None:
        self._mailbox.discard(owner)

    def close(self) -> None:
        self.is_closed = True
        if self._writing is not None:
            self._writing.cancel()

    def _write(self, frame: Frame) -> None:
        """Take the first step of sending, which is the last one unless the client's buffers are full."""
        if self.is_closed:
            return
        sending = self._send(frame.message)
        try:
            waits_for = sending.send(None)
        except StopIteration:
            return
        except Exception:  # noqa: BLE001  whatever the server raises, the client has gone; its loop will hear of it
            self.is_closed = True
            return
        self._writing = asyncio.get_running_loop().create_task(self._go_on(_Begun(sending, waits_for)))

    async def _go_on(self, first: Awaitable[None]) -> None:
        """Send what waits, at the pace of the client."""
        sending: Awaitable[None] | None = first
        try:
            while sending is not None:
                async with asyncio.timeout(self._stalled_s):
                    await sending
                frame = self._mailbox.take()
                sending = None if frame is None else self._send(frame.message)
        except TimeoutError:
            self.is_closed = True
            self._fail()
        except Exception:  # noqa: BLE001  as in _write
            self.is_closed = True
        finally:
            self._writing = None


class _Begun:
    """A coroutine that was begun outside of a task, to be gone on with in one."""

    __slots__ = ("_coroutine", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, None], waits_for: Any) -> None:
        self._coroutine = coroutine
        self._waits_for = waits_for

    def __await__(self) -> Generator[Any, Any, None]:
        waits_for = self._waits_for
        while True:
            error: BaseException | None = None
            try:
                yield waits_for
            except BaseException as raised:  # noqa: BLE001  it is the coroutine's to handle
                error = raised
            try:
                waits_for = self._coroutine.send(None) if error is None else self._coroutine.throw(error)
            except StopIteration:
                return
