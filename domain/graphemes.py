"""Graphemes: what people count as one character, of however many code points.

After Unicode's UAX 29, as far as it takes no tables but those of the standard library: Indic conjuncts count as
their parts, and whatever symbol stands behind a joiner belongs to the one before.
"""

from __future__ import annotations

import unicodedata

_JOINER = "\u200d"


def count_of(text: str) -> int:
    r"""How many graphemes a text has.

    >>> [count_of(one) for one in ("弹幕", "e\u0301", "👩‍🚀", "👍🏽", "🇨🇳🇫🇷", "한국")]
    [2, 1, 1, 1, 2, 2]
    """
    count, flags, before = 0, 0, ""
    for character in text:
        flags = flags + 1 if _is_flag_half(character) else 0
        if not (before and (_extends(character) or _is_joined(before, character) or (flags and flags % 2 == 0))):
            count += 1
        before = character
    return count


def _is_flag_half(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"


def _is_joined(before: str, character: str) -> bool:
    return before == _JOINER and unicodedata.category(character) == "So"


def _extends(character: str) -> bool:
    """Marks, joiners, skin tones, tags of flags, and the later parts of a Hangul syllable."""
    return (
        unicodedata.category(character) in {"Mn", "Me", "Mc"}
        or character in {_JOINER, "\u200c", "\uff9e", "\uff9f"}
        or "\U0001f3fb" <= character <= "\U0001f3ff"
        or "\U000e0020" <= character <= "\U000e007f"
        or "\u1160" <= character <= "\u11ff"
    )
