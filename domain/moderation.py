"""Moderation: what the words of a text mean for its fate, however they are spelled (R55, 2.8)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from enum import Enum
from functools import lru_cache

from domain.records import record
from domain.traditional import SIMPLIFIED

LONGEST_SCANNED = 2_500
"""So many characters are looked at, which is also what WeChat's own check takes at once."""

MASK = "*"


class Action(Enum):
    """What a word does to the text that holds it, from mild to severe."""

    MASK = "MASK"
    REVIEW = "REVIEW"
    REJECT = "REJECT"


class Outcome(Enum):
    APPROVED = "APPROVED"
    MASKED = "MASKED"
    REVIEW = "REVIEW"
    REJECTED = "REJECTED"


class Moderation(Enum):
    """What was decided about something that a member wrote."""

    PENDING = "PENDING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"


@record
class Found:
    """A word of the list in a text: from the first to behind the last of its characters."""

    start: int
    end: int
    action: Action


@record
class Verdict:
    """What becomes of a text. `text` is what may be shown, with the words to mask masked."""

    outcome: Outcome
    text: str

    @property
    def may_be_kept(self) -> bool:
        return self.outcome is not Outcome.REJECTED

    @property
    def state(self) -> Moderation:
        """The state of something with this text that is kept."""
        return Moderation.PENDING if self.outcome is Outcome.REVIEW else Moderation.APPROVED


@record
class Plain:
    """A text in the one form in which words are compared, and where each of its characters came from.

    `joined` says of each character whether the eye sees it right behind the one before.
    """

    text: str
    positions: Sequence[int]
    joined: Sequence[bool]


def plain(text: str) -> Plain:
    r"""Letters and digits alone: one width, one case, no accents, simplified Han, Latin for what looks like it.

    >>> plain("加－微\u200b信 ＶＸ").text, plain("返現 ⑧⑧ раураӏ").text
    ('加微信vx', '返现88paypal')
    """
    kept: list[tuple[str, int, bool]] = []
    joined = False
    for position, original in enumerate(text):
        form = _form_of(original)
        if form is None:
            joined = False
            continue
        for character in form:
            kept.append((character, position, joined))
            joined = True
    characters, positions, joins = zip(*kept, strict=True) if kept else ((), (), ())
    return Plain("".join(characters), positions, joins)


@lru_cache(20_000)
def _form_of(character: str) -> str | None:
    """The letters and digits that a character stands for: none when it is invisible, None when it is a gap."""
    lower = unicodedata.normalize("NFKD", character).casefold()
    parts = unicodedata.normalize("NFKD", lower)
    seen = [part for part in parts if not _is_invisible(part)]
    if not seen:
        return ""
    letters = "".join(_digit(part) for part in seen if part.isalnum())
    return letters.translate(SIMPLIFIED).translate(_LOOK_ALIKE) or None


def _is_invisible(character: str) -> bool:
    return character in _FILLERS or unicodedata.category(character) in {"Cf", "Mn", "Me"}


def _digit(character: str) -> str:
    return str(unicodedata.digit(character, character))


_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u17b4\u17b5")
"""Letters by their category that show nothing."""

_LOOK_ALIKE = str.maketrans(
    "авеѕіјкмнорсԛгтуԝхһӏԁɡαβεικνορτυχωɑı〇",
    "abesijkmhopcqrtywxhldgabeiknoptuxwai0",
)
"""Cyrillic, Greek and other letters that look like Latin ones, and the Han zero."""


def stands_alone(found: Plain, start: int, end: int) -> bool:
    """Whether what begins or ends with a Latin letter is not a part of a longer word.

    >>> stands_alone(plain("class"), 2, 5), stands_alone(plain("kiss my ass!"), 6, 9)
    (False, True)
    """
    text, joined = found.text, found.joined
    cut_before = joined[start] and start > 0 and _is_letter(text[start]) and _is_letter(text[start - 1])
    cut_after = end < len(text) and joined[end] and _is_letter(text[end - 1]) and _is_letter(text[end])
    return not (cut_before or cut_after)


def _is_letter(character: str) -> bool:
    """Whether it is a letter of an alphabet in which words stand apart."""
    return character.isalpha() and character < "\u0590"


def verdict_of(text: str, found: Sequence[Found]) -> Verdict:
    """What becomes of a text with these words in it. What is too long to be looked at whole waits for a person."""
    actions = {one.action for one in found}
    masked = _masked(text, [one for one in found if one.action is Action.MASK])
    if Action.REJECT in actions:
        return Verdict(Outcome.REJECTED, masked)
    if Action.REVIEW in actions or len(text) > LONGEST_SCANNED:
        return Verdict(Outcome.REVIEW, masked)
    return Verdict(Outcome.MASKED if actions else Outcome.APPROVED, masked)


def _masked(text: str, found: Sequence[Found]) -> str:
    characters = list(text)
    for one in found:
        characters[one.start : one.end] = MASK * (one.end - one.start)
    return "".join(characters)
