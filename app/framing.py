"""Frames: how what an operation says goes out, over a websocket or as server-sent events."""

from __future__ import annotations

from typing import Any, Protocol

MOST_FRAMES = 4


class Frame:
    """A message to the server of ours that writes it: built once for all who get the same."""

    __slots__ = ("message", "size")

    def __init__(self, message: dict[str, Any], size: int) -> None:
        self.message = message
        self.size = size


def text_frame(text: str) -> Frame:
    """A message of a websocket."""
    return Frame({"type": "websocket.send", "text": text}, len(text))


def body_frame(body: bytes) -> Frame:
    """A part of a body that goes on."""
    return Frame({"type": "http.response.body", "body": body, "more_body": True}, len(body))


class Framing(Protocol):
    """The words of a transport for what one operation says. Payloads are JSON."""

    @property
    def key(self) -> str:
        """The same for operations whose frames are the same."""

    def next(self, payload: str) -> Frame:
        """A result."""

    def end_with_errors(self, errors: str) -> Frame:
        """Why nothing was executed; nothing follows."""

    def complete(self) -> Frame:
        """Nothing follows."""


class SocketFraming:
    """graphql-transport-ws: messages with the id of the operation, which is given as JSON."""

    __slots__ = ("key",)

    def __init__(self, operation: str) -> None:
        self.key = operation

    def next(self, payload: str) -> Frame:
        return text_frame(f'{{"id":{self.key},"type":"next","payload":{payload}}}')

    def end_with_errors(self, errors: str) -> Frame:
        return text_frame(f'{{"id":{self.key},"type":"error","payload":{errors}}}')

    def complete(self) -> Frame:
        return text_frame(f'{{"id":{self.key},"type":"complete"}}')


class EventFraming:
    """graphql-sse in its mode of distinct connections: one operation for each response."""

    __slots__ = ()
    key = "sse"

    def next(self, payload: str) -> Frame:
        return body_frame(f"event: next\ndata: {payload}\n\n".encode())

    def end_with_errors(self, errors: str) -> Frame:
        return body_frame(f'event: next\ndata: {{"errors":{errors}}}\n\nevent: complete\ndata:\n\n'.encode())

    def complete(self) -> Frame:
        return body_frame(b"event: complete\ndata:\n\n")


class Made:
    """What an event looks like to the members of a group, and the frames around it.

    Most clients call their only subscription by the same id, so few frames serve all; further ones are not kept.
    """

    __slots__ = ("_frames", "_payload")

    def __init__(self, payload: str) -> None:
        self._payload = payload
        self._frames: dict[str, Frame] = {}

    def frame(self, framing: Framing) -> Frame:
        """The frame for one of the members."""
        frame = self._frames.get(framing.key)
        if frame is None:
            frame = framing.next(self._payload)
            if len(self._frames) < MOST_FRAMES:
                self._frames[framing.key] = frame
        return frame
