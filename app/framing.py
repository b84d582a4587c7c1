"""Frames: how what an operation says goes out, over a websocket or as server-sent events."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol

MOST_FRAMES = 16
LONGEST_SHARED = 8
"""Clients count their operations, or give them random ids: those are nobody else's."""
_TEXT = 0x81


class Frame:
    """What a server of ours writes: an ASGI message, or the bytes of a frame. Built once for all who get the same."""

    __slots__ = ("message", "size")

    def __init__(self, message: Any, size: int) -> None:
        self.message = message
        self.size = size


def text_frame(text: bytes) -> Frame:
    """A message of a websocket, for any ASGI server."""
    return Frame({"type": "websocket.send", "text": text.decode()}, len(text))


def wire_frame(text: bytes) -> Frame:
    """A message of a websocket, as it goes over the wire (RFC 6455, 5.2): whole, and not masked."""
    size = len(text)
    if size < 126:
        head = bytes((_TEXT, size))
    elif size < 1 << 16:
        head = b"\x81\x7e" + size.to_bytes(2, "big")
    else:
        head = b"\x81\x7f" + size.to_bytes(8, "big")
    return Frame(head + text, size)


def body_frame(body: bytes) -> Frame:
    """A part of a body that goes on."""
    return Frame({"type": "http.response.body", "body": body, "more_body": True}, len(body))


class Framing(Protocol):
    """The words of a transport for what one operation says. Payloads are JSON."""

    @property
    def is_shared(self) -> bool:
        """Whether other operations have this very framing, so that its frames are worth keeping."""

    def next(self, payload: bytes) -> Frame:
        """A result."""

    def end_with_errors(self, errors: bytes) -> Frame:
        """Why nothing was executed; nothing follows."""

    def complete(self) -> Frame:
        """Nothing follows."""


class SocketFraming:
    """graphql-transport-ws: messages with the id of the operation, which is printable ASCII given as JSON."""

    __slots__ = ("_begins", "_frame", "is_shared")

    def __init__(self, operation: bytes, frame: Callable[[bytes], Frame]) -> None:
        """`frame` makes the frame of a text."""
        self.is_shared = len(operation) <= LONGEST_SHARED
        self._begins = b'{"id":' + operation + b',"type":"'
        self._frame = frame

    def next(self, payload: bytes) -> Frame:
        return self._frame(b'%bnext","payload":%b}' % (self._begins, payload))

    def end_with_errors(self, errors: bytes) -> Frame:
        return self._frame(b'%berror","payload":%b}' % (self._begins, errors))

    def complete(self) -> Frame:
        return self._frame(self._begins + b'complete"}')


_shared = lru_cache(1024)(SocketFraming)


def framing_of(operation: bytes, frame: Callable[[bytes], Frame]) -> SocketFraming:
    """The framing of an operation: the same one for all that have the same short id."""
    return _shared(operation, frame) if len(operation) <= LONGEST_SHARED else SocketFraming(operation, frame)


class EventFraming:
    """graphql-sse in its mode of distinct connections: one operation for each response."""

    __slots__ = ()
    is_shared = True

    def next(self, payload: bytes) -> Frame:
        return body_frame(b"event: next\ndata: %b\n\n" % payload)

    def end_with_errors(self, errors: bytes) -> Frame:
        return body_frame(b'event: next\ndata: {"errors":%b}\n\nevent: complete\ndata:\n\n' % errors)

    def complete(self) -> Frame:
        return body_frame(b"event: complete\ndata:\n\n")


EVENTS = EventFraming()


class Made:
    """What an event looks like to the members of a group, and the frames around it.

    Most clients call their only subscription by the same id, so few frames serve all; further ones are not kept.
    """

    __slots__ = ("_frames", "_payload")

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._frames: dict[Framing, Frame] = {}

    def frame(self, framing: Framing) -> Frame:
        """The frame for one of the members."""
        frame = self._frames.get(framing)
        if frame is None:
            frame = framing.next(self._payload)
            if framing.is_shared and len(self._frames) < MOST_FRAMES:
                self._frames[framing] = frame
        return frame
