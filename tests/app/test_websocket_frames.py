"""The websocket protocol (RFC 6455), byte for byte: what the cases of Autobahn ask of a server."""

from __future__ import annotations

import pytest

from tests.app.tiny import TinySite
from tests.app.wire import BINARY, CLOSE, CONT, PING, PONG, TEXT, frame, parts, wired

pytestmark = pytest.mark.usefixtures("both_ways")

ASK, ANSWER = b'{"type":"ping"}', (TEXT, b'{"type":"pong"}')
FISH = '{"type":"ping","payload":{"a":"🐟"}}'.encode()
FISH_ANSWER = (TEXT, '{"type":"pong","payload":{"a":"🐟"}}'.encode())
LONG = b'{"type":"ping"%b}' % (b" " * (65_536 - 15))

ANSWERED = {
    "one frame": (frame(TEXT, ASK), [ANSWER]),
    "two messages at once": (frame(TEXT, ASK) * 2, [ANSWER, ANSWER]),
    "as many parts as bytes": (parts(bytes([byte]) for byte in ASK), [ANSWER]),
    "parts that are empty": (parts([b"", ASK, b"", b""]), [ANSWER]),
    "parts within a character": (parts([FISH[:-5], FISH[-5:-4], FISH[-4:]]), [FISH_ANSWER]),
    "a ping between parts": (
        frame(TEXT, ASK[:4], fin=False) + frame(PING, b"between") + frame(CONT, ASK[4:]),
        [(PONG, b"between"), ANSWER],
    ),
    "a pong between parts": (frame(TEXT, ASK[:4], fin=False) + frame(PONG) + frame(CONT, ASK[4:]), [ANSWER]),
    "a message of 64 KiB": (frame(TEXT, LONG), [ANSWER]),
    "a message of 64 KiB in parts": (parts([LONG[:40_000], LONG[40_000:]]), [ANSWER]),
    "a ping without a payload": (frame(PING), [(PONG, b"")]),
    "a ping with bytes that are no text": (frame(PING, b"\x00\xff\xfe\xfd"), [(PONG, b"\x00\xff\xfe\xfd")]),
    "the longest ping": (frame(PING, b"x" * 125), [(PONG, b"x" * 125)]),
    "some pings": (b"".join(frame(PING, b"%d" % n) for n in range(10)), [(PONG, b"%d" % n) for n in range(10)]),
    "a pong that nobody asked for": (frame(PONG, b"here") + frame(TEXT, ASK), [ANSWER]),
}
BROKEN = {
    "a frame that is not masked": (frame(TEXT, ASK, masked=False), 1002),
    "a ping that is not masked": (frame(PING, masked=False), 1002),
    **{f"reserved bits {bits:#x}": (frame(TEXT, ASK, reserved=bits), 1002) for bits in (0x40, 0x20, 0x10, 0x70)},
    "a ping with a reserved bit": (frame(PING, reserved=0x40), 1002),
    **{f"opcode {opcode}": (frame(opcode), 1002) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)},
    "a ping of 126 bytes": (frame(PING, b"x" * 126), 1002),
    "a close of 126 bytes": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), 1002),
    "a ping in parts": (frame(PING, fin=False), 1002),
    "a close in parts": (frame(CLOSE, b"\x03\xe8", fin=False), 1002),
    "a part of nothing": (frame(CONT, ASK), 1002),
    "the last part of nothing": (frame(TEXT, ASK) + frame(CONT, b"", fin=False), 1002),
    "a text within a text": (frame(TEXT, ASK, fin=False) + frame(TEXT, ASK), 1002),
    "a binary message": (frame(BINARY, ASK), 4400),
    "bytes that are no text": (frame(TEXT, b"\xff"), 1007),
    "half a character at the end": (frame(TEXT, FISH[:-4]), 1007),
    "a surrogate": (frame(TEXT, b'"\xed\xa0\x80"'), 1007),
    "a character in more bytes than it needs": (frame(TEXT, b'"\xc0\xaf"'), 1007),
    "a character beyond the last": (frame(TEXT, b'"\xf4\x90\x80\x80"'), 1007),
    "bytes that are no text in a later part": (parts([b'"', b"\x80", b'"']), 1007),
    "64 KiB and a byte": (frame(TEXT, LONG + b" "), 1009),
    "64 KiB and a byte in parts": (parts([LONG[:40_000], LONG[40_000:] + b" "]), 1009),
    "17 MB, announced": (frame(TEXT, LONG)[:1] + b"\xff" + (17_000_000).to_bytes(8, "big") + b"\0\0\0\0", 1009),
    "2^63 bytes, announced": (b"\x81\xff" + (1 << 63).to_bytes(8, "big"), 1009),
    "100,000 parts of one byte": (frame(TEXT, b" ", fin=False) + frame(CONT, b" ", fin=False) * 100_000, 1009),
    "a close within a message": (frame(TEXT, ASK, fin=False) + frame(CLOSE), 1002),
    "very many parts, and a close": (parts([b" "] * 300) + frame(CLOSE), None),
    "5,000 pings of the websocket": (frame(PING, b"x") * 5_000, 1008),
    "5,000 pings of the protocol": (frame(TEXT, ASK) * 5_000, 1008),
}
CLOSING = {
    "no code": (b"", None),
    **{
        f"{code}": (code.to_bytes(2, "big"), code)
        for code in (1000, 1001, 1002, 1003, 1007, 1011, 3000, 3999, 4000, 4999)
    },
    "a reason": (b"\x03\xe8" + "再见".encode(), 1000),
    "the longest reason": (b"\x03\xe8" + b"x" * 123, 1000),
    **{
        f"code {code}, which is none": (code.to_bytes(2, "big"), 1002)
        for code in (0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535)
    },
    "half a code": (b"\x03", 1002),
    "a reason that is no text": (b"\x03\xe8\xff", 1007),
}


@pytest.mark.parametrize(("sent", "expected"), ANSWERED.values(), ids=ANSWERED.keys())
async def test_what_the_protocol_allows_is_answered(
    tiny: TinySite, sent: bytes, expected: list[tuple[int, bytes]]
) -> None:
    async with wired(tiny) as wire:
        await wire.send(sent)

        assert [await wire.next() for _ in expected] == expected


async def test_a_frame_may_come_byte_by_byte(tiny: TinySite) -> None:
    async with wired(tiny) as wire:
        for byte in parts([FISH[:20], FISH[20:]]):
            await wire.send(bytes([byte]))

        assert await wire.next() == FISH_ANSWER


@pytest.mark.parametrize(("sent", "code"), BROKEN.values(), ids=BROKEN.keys())
async def test_what_it_forbids_ends_the_connection_with_the_code_for_it(
    tiny: TinySite, sent: bytes, code: int | None
) -> None:
    async with wired(tiny) as wire:
        await wire.send(sent)

        assert await wire.closed() == code


@pytest.mark.parametrize(("payload", "code"), CLOSING.values(), ids=CLOSING.keys())
async def test_a_close_is_answered_and_is_the_end(tiny: TinySite, payload: bytes, code: int | None) -> None:
    async with wired(tiny) as wire:
        await wire.send(frame(CLOSE, payload) + frame(TEXT, ASK) + frame(PING))

        assert await wire.closed() == code


async def test_compression_is_not_agreed_to(tiny: TinySite) -> None:
    async with wired(tiny, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits") as wire:
        await wire.send(frame(TEXT, ASK, reserved=0x40))

        assert b"extensions" not in wire.response.lower()
        assert await wire.closed() == 1002
