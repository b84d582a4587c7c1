"""A short film of the pond, as an MP4 that every browser plays.

It is H.264 of the simplest kind: each macroblock holds its samples as they are (I_PCM), so nothing is compressed
and nothing but the container has to be written down right.
"""

from __future__ import annotations

import struct
from math import cos, hypot, pi, sin

ACROSS, DOWN = 10, 6
"""Macroblocks of 16 by 16."""
WIDTH, HEIGHT = ACROSS * 16, DOWN * 16
PER_S, LASTS_S = 5, 10
WATER, KOI = (104, 138, 112), (138, 84, 186)
"""Colours as luma, blue and red difference."""


def film() -> bytes:
    """Ten seconds of ripples, and a fish that swims through them."""
    frames = [_access_unit(_picture(at / PER_S), at % 2) for at in range(PER_S * LASTS_S)]
    return _container(frames)


def _picture(at_s: float) -> list[list[tuple[int, int, int]]]:
    """Colours of one frame, in squares of two by two pixels."""
    turn = at_s / LASTS_S * 2 * pi
    fish = (WIDTH / 4 + 24 * cos(turn), HEIGHT / 4 + 12 * sin(turn), -1 if sin(turn) > 0 else 1)
    return [[_colour(x, y, at_s, fish) for x in range(WIDTH // 2)] for y in range(HEIGHT // 2)]


def _colour(x: int, y: int, at_s: float, fish: tuple[float, float, int]) -> tuple[int, int, int]:
    ahead, aside = (x - fish[0]) * fish[2], abs(y - fish[1])
    if hypot(ahead / 2.4, aside) < 2.6 or (-9 < ahead < -4 and aside < (-ahead - 3) * 0.6):
        return KOI
    wave = sin(hypot(x - WIDTH / 4, (y - HEIGHT / 4) * 1.8) / 3 - at_s * 2 * pi / 2.5)
    return int(WATER[0] + 14 * wave + y / 3), WATER[1], WATER[2]


def _access_unit(picture: list[list[tuple[int, int, int]]], number: int) -> bytes:
    """One frame that stands for itself. Neighbours must differ in their number."""
    head = _Bits("1" + "0001000" + "1" + "0000").exp(number).add("00" + "1")
    data = bytearray()
    for row in range(DOWN):
        for column in range(ACROSS):
            head.add("000011010")
            data += head.aligned() + _samples(picture, column * 8, row * 8)
            head = _Bits("")
    return _unit(0x65, bytes(data) + b"\x80")


def _samples(picture: list[list[tuple[int, int, int]]], x: int, y: int) -> bytes:
    """The samples of one macroblock: 256 of luma, 64 each of the two differences."""
    square = [picture[y + dy][x : x + 8] for dy in range(8)]
    luma = b"".join(bytes(c[0] for c in line for _ in range(2)) * 2 for line in square)
    blue, red = (bytes(c[i] for line in square for c in line) for i in (1, 2))
    return luma + blue + red


class _Bits:
    """Bits of a header, as text."""

    def __init__(self, bits: str) -> None:
        self._bits = bits

    def add(self, bits: str) -> _Bits:
        self._bits += bits
        return self

    def exp(self, value: int) -> _Bits:
        """Add an unsigned number in Exp-Golomb code."""
        digits = f"{value + 1:b}"
        return self.add("0" * (len(digits) - 1) + digits)

    def aligned(self) -> bytes:
        """The bytes, filled up with zeros."""
        bits = self._bits + "0" * (-len(self._bits) % 8)
        return bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))


def _unit(kind: int, payload: bytes) -> bytes:
    """A NAL unit: no three bytes in it look like the start of another."""
    out, zeros = bytearray([kind]), 0
    for byte in payload:
        if zeros >= 2 and byte <= 3:
            out.append(3)
            zeros = 0
        out.append(byte)
        zeros = zeros + 1 if byte == 0 else 0
    return bytes(out)


def _parameters() -> tuple[bytes, bytes]:
    """The sequence's and the picture's parameter sets: baseline, every frame for itself."""
    sequence = _Bits(f"{66:08b}{0xC0:08b}{20:08b}").exp(0).exp(0).exp(2).exp(1).add("0")
    sequence.exp(ACROSS - 1).exp(DOWN - 1).add("1" + "1" + "0" + "0" + "1")
    picture = _Bits("").exp(0).exp(0).add("00").exp(0).exp(0).exp(0).add("000").exp(0).exp(0).exp(0).add("000" + "1")
    return _unit(0x67, sequence.aligned()), _unit(0x68, picture.aligned())


def _container(frames: list[bytes]) -> bytes:
    """An MP4 file with these frames: its index, which must know where the frames begin, before them."""
    start = _box(b"ftyp", b"isom\0\0\2\0isomiso2avc1mp41")
    samples = [struct.pack(">I", len(frame)) + frame for frame in frames]
    length = len(start) + len(_index(samples, 0)) + 8
    return start + _index(samples, length) + _box(b"mdat", b"".join(samples))


def _index(samples: list[bytes], first_at: int) -> bytes:
    many, ticks = len(samples), len(samples) * 1000 // PER_S
    matrix = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
    movie = struct.pack(">5I", 0, 0, 0, 1000, ticks) + b"\0\1\0\0\1\0" + bytes(10) + matrix + bytes(24) + b"\0\0\0\2"
    track = (
        struct.pack(">6I", 7, 0, 0, 1, 0, ticks) + bytes(16) + matrix + struct.pack(">2I", WIDTH << 16, HEIGHT << 16)
    )
    media = struct.pack(">5I", 0, 0, 0, 1000, ticks) + b"\x55\xc4\0\0"
    sizes = struct.pack(f">3I{many}I", 0, 0, many, *map(len, samples))
    table = (
        _box(b"stsd", struct.pack(">2I", 0, 1) + _described()),
        _box(b"stts", struct.pack(">4I", 0, 1, many, 1000 // PER_S)),
        _box(b"stsc", struct.pack(">5I", 0, 1, 1, many, 1)),
        _box(b"stsz", sizes),
        _box(b"stco", struct.pack(">3I", 0, 1, first_at)),
    )
    here = _box(b"dinf", _box(b"dref", struct.pack(">2I", 0, 1) + _box(b"url ", b"\0\0\0\1")))
    information = _box(b"minf", _box(b"vmhd", b"\0\0\0\1" + bytes(8)), here, _box(b"stbl", *table))
    handler = _box(b"hdlr", bytes(8) + b"vide" + bytes(12) + b"pond\0")
    track_box = _box(b"trak", _box(b"tkhd", track), _box(b"mdia", _box(b"mdhd", media), handler, information))
    return _box(b"moov", _box(b"mvhd", movie), track_box)


def _described() -> bytes:
    """How the samples are coded."""
    sequence, picture = _parameters()
    codec = b"\1" + sequence[1:4] + b"\xff\xe1" + struct.pack(">H", len(sequence)) + sequence
    codec += b"\1" + struct.pack(">H", len(picture)) + picture
    size = struct.pack(">2H2I", WIDTH, HEIGHT, 0x480000, 0x480000)
    visual = bytes(6) + b"\0\1" + bytes(16) + size + bytes(4) + b"\0\1" + bytes(32) + b"\0\x18\xff\xff"
    return _box(b"avc1", visual, _box(b"avcC", codec))


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", len(content) + 8) + kind + content
