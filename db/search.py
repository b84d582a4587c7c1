"""Segmenting Chinese text into words, for the search column and for queries."""

from __future__ import annotations

from functools import cache

import rjieba

from domain.search import LONGEST_QUERY, normalised, query_of, vector_of


@cache
def _segmenter() -> rjieba.Jieba:
    """The dictionary, loaded on first need: it takes a fifth of a second."""
    return rjieba.Jieba()


def search_vector(*texts: str) -> str:
    """The tsvector literal under which texts are found."""
    text = normalised(" ".join(texts))
    return vector_of(text, _segmenter().cut_for_search(text))


def search_query(text: str) -> str | None:
    """The tsquery literal of what someone typed; None when nothing of it can be searched."""
    text = normalised(text)[:LONGEST_QUERY]
    return query_of(text, _segmenter().cut(text))
