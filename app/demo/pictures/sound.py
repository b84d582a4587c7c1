"""Sound: some plucked strings in the rain, as a WAV file."""

from __future__ import annotations

import io
import wave
from array import array
from collections import deque
from random import Random

RATE = 11_025
LASTS_S = 9
_SCALE = (293.7, 329.6, 370.0, 440.0, 493.9, 587.3, 659.3)
"""Pentatonic on D."""
_TUNE = ((0.0, 3), (0.7, 5), (1.4, 4), (2.4, 3), (3.0, 1), (3.6, 0), (4.6, 1), (5.2, 3), (5.9, 4), (6.9, 6), (7.6, 5))


def melody() -> bytes:
    """Nine seconds, the same every time."""
    chance = Random(27)  # noqa: S311  it is music
    samples = [chance.uniform(-1, 1) * 300 for _ in range(RATE * LASTS_S)]
    for at_s, note in _TUNE:
        _pluck(samples, int(at_s * RATE), _SCALE[note], chance)
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        sound.writeframes(array("h", (int(max(-32_000, min(32_000, s))) for s in samples)).tobytes())
    return file.getvalue()


def _pluck(samples: list[float], start: int, frequency: float, chance: Random) -> None:
    """Add a string that rings out, after Karplus and Strong."""
    string = deque(chance.uniform(-9_000, 9_000) for _ in range(round(RATE / frequency)))
    for i in range(start, min(len(samples), start + 2 * RATE)):
        first = string.popleft()
        string.append(0.497 * (first + string[0]))
        samples[i] += first
