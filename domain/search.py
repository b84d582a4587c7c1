"""Chinese full-text search: words, two-character and single-character tokens.

Segmenting alone misses words that the query cuts otherwise than the title does; pairs of
characters alone miss words with others between them. Both together miss nothing
(dependencies 1.5). Words weigh A, pairs B, single characters D.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

LONGEST_QUERY = 100
MOST_TOKENS = 2000
_HAN_RUN = re.compile(r"[\u3400-\u9fff]+")
_PIECE = re.compile(r"[\u3400-\u9fff]+|[a-z0-9]+")


def normalised(text: str) -> str:
    """One form for widths and cases: NFKC, lower case."""
    return unicodedata.normalize("NFKC", text).lower()


def _pairs(text: str) -> list[str]:
    return [run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1)]


def _singles(text: str) -> list[str]:
    return [character for run in _HAN_RUN.findall(text) for character in run]


def _usable(words: Iterable[str]) -> list[str]:
    return [piece for word in words for piece in _PIECE.findall(word)]


def vector_of(text: str, words: Sequence[str]) -> str:
    """The tsvector literal of a text that was segmented into words."""
    weighted = [(word, "A") for word in _usable(words)]
    weighted += [(pair, "B") for pair in _pairs(text)]
    weighted += [(character, "D") for character in _singles(text)]
    return " ".join(f"'{token}':{i}{weight}" for i, (token, weight) in enumerate(weighted[:MOST_TOKENS], 1))


def query_of(text: str, words: Sequence[str]) -> str | None:
    """The tsquery literal of a search: all pairs or all words; None when nothing of the text can be searched."""
    latin = [piece for piece in _PIECE.findall(text) if not _HAN_RUN.match(piece)]
    by_characters = _all_of(_pairs(text) + [run for run in _HAN_RUN.findall(text) if len(run) == 1] + latin)
    by_words = _all_of(_usable(words))
    ways = [way for way in (by_characters, by_words) if way]
    return " | ".join(f"({way})" for way in ways) or None


def _all_of(tokens: Sequence[str]) -> str:
    return " & ".join(f"'{token}'" for token in dict.fromkeys(tokens))
