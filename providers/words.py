"""The list of sensitive words, ours or the brand's own, and the search for all of them at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ahocorasick_rs import AhoCorasick

from domain.moderation import LONGEST_SCANNED, Action, Found, Verdict, plain, stands_alone, verdict_of

BUILT_IN = Path(__file__).with_name("words.txt")


class WordList:
    """Words and what each does to a text. A word is found however it is spaced, cased, widened or disguised."""

    def __init__(self, words: Mapping[str, Action]) -> None:
        known = {plain(word).text: action for word, action in words.items()}
        known.pop("", None)
        self._actions = list(known.values())
        self._automaton = AhoCorasick(list(known))

    @classmethod
    def read(cls, path: Path = BUILT_IN) -> WordList:
        """Read a file with an action and a word on each line; `#` begins a comment.

        Raises:
            ValueError: a line has no known action or no word.
        """
        lines = (line.split("#", 1)[0].split(maxsplit=1) for line in path.read_text(encoding="utf-8").splitlines())
        return cls({word.strip(): Action(action) for action, word in (line for line in lines if line)})

    def judge(self, text: str) -> Verdict:
        """What becomes of a text, by its first 2,500 characters; a longer one waits for a person at best."""
        looked_at = plain(text[:LONGEST_SCANNED])
        hits = self._automaton.find_matches_as_indexes(looked_at.text, overlapping=True)
        return verdict_of(
            text,
            [
                Found(looked_at.positions[start], looked_at.positions[end - 1] + 1, self._actions[word])
                for word, start, end in hits
                if stands_alone(looked_at, start, end)
            ],
        )


@cache
def built_in_words() -> WordList:
    """The list that a brand starts with."""
    return WordList.read()
