"""Moderation: what the words of a text mean for its fate, however they are spelled (R55, 2.8)."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

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


@dataclass(frozen=True, slots=True)
class Found:
    """A word of the list in a text: from the first to behind the last of its characters."""

    start: int
    end: int
    action: Action


@dataclass(frozen=True, slots=True)
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


@dataclass(frozen=True, slots=True)
class Plain:
    """A text in the one form in which words are compared, and where each of its characters came from."""

    text: str
    positions: Sequence[int]


def plain(text: str) -> Plain:
    r"""NFKC, lower case, without invisible characters and marks, and without anything between two Han but letters.

    >>> plain("加－微\u200b信 ＶＸ").text
    '加微信 vx'
    """
    shown = [
        (character, position)
        for position, original in enumerate(text)
        for character in unicodedata.normalize("NFKC", original).lower()
        if unicodedata.category(character) not in {"Cf", "Mn", "Me", "Cc"}
    ]
    kept: list[tuple[str, int]] = []
    gap: list[tuple[str, int]] = []
    for character, position in shown:
        if not character.isalnum():
            gap.append((character, position))
            continue
        if not (kept and _is_han(kept[-1][0]) and _is_han(character)):
            kept += gap
        gap.clear()
        kept.append((character, position))
    kept += gap
    return Plain("".join(character for character, _ in kept), [position for _, position in kept])


def _is_han(character: str) -> bool:
    return "\u3400" <= character <= "\u9fff" or "\U00020000" <= character <= "\U000323af"


def stands_alone(text: str, start: int, end: int) -> bool:
    """Whether what begins or ends with a Latin letter is not a part of a longer word.

    >>> stands_alone("class", 2, 5), stands_alone("kiss my ass!", 8, 11)
    (False, True)
    """
    cut_before = start > 0 and _is_letter(text[start]) and _is_letter(text[start - 1])
    cut_after = end < len(text) and _is_letter(text[end - 1]) and _is_letter(text[end])
    return not (cut_before or cut_after)


def _is_letter(character: str) -> bool:
    return character.isascii() and character.isalpha()


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
