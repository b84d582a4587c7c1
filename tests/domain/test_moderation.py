"""Words are found however they are spelled, and the right characters are masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.moderation import LONGEST_SCANNED, Action, Found, Moderation, Outcome, plain, stands_alone, verdict_of
from providers.words import WordList

words = WordList({"傻逼": Action.MASK, "加微信": Action.REJECT, "返现": Action.REVIEW, "ass": Action.MASK})


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("加微信", id="as it is"),
        pytest.param("快加 微 信吧", id="with spaces"),
        pytest.param("加-微*信", id="with punctuation"),
        pytest.param("加\u200b微\u2060信", id="with invisible characters"),
        pytest.param("加微\u0336信\u0336", id="struck through"),
    ],
)
def test_a_disguised_word_is_found(text: str) -> None:
    assert words.judge(text).outcome is Outcome.REJECTED


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("你个傻逼!", "你个**!", id="as it is"),
        pytest.param("㎏你个傻\u200b逼!", "㎏你个***!", id="behind a character that stands for two"),
        pytest.param("傻 逼和傻逼", "***和**", id="twice"),
        pytest.param("ＡＳＳ", "***", id="in wide capitals"),
        pytest.param("a class act", "a class act", id="not within a longer word"),
        pytest.param("谢谢,再见", "谢谢,再见", id="harmless, untouched"),
    ],
)
def test_the_characters_of_a_word_are_masked_and_no_others(text: str, shown: str) -> None:
    assert words.judge(text).text == shown


def test_the_most_severe_word_decides() -> None:
    assert words.judge("傻逼返现").outcome is Outcome.REVIEW
    assert words.judge("傻逼返现加微信").outcome is Outcome.REJECTED


def test_what_waits_for_a_person_is_pending_and_what_is_masked_is_approved() -> None:
    assert words.judge("返现").state is Moderation.PENDING
    assert words.judge("傻逼").state is Moderation.APPROVED
    assert not words.judge("加微信").may_be_kept


def test_no_more_than_2500_characters_are_looked_at_and_the_rest_is_not_trusted() -> None:
    hidden = "好" * LONGEST_SCANNED + "加微信"

    assert words.judge(hidden).outcome is Outcome.REVIEW
    assert words.judge("好" * LONGEST_SCANNED).outcome is Outcome.APPROVED


def test_an_empty_list_approves_everything() -> None:
    assert WordList({}).judge("加微信").outcome is Outcome.APPROVED
    assert WordList({"!": Action.MASK, "\u200b": Action.REJECT}).judge("\u200b").outcome is Outcome.APPROVED


@given(st.text(), st.text(), st.text(alphabet="-_. \u200b，。"))
def test_a_masked_text_keeps_its_length_and_all_that_stands_around(before: str, after: str, gap: str) -> None:
    shown = words.judge(f"{before}傻{gap}逼{after}").text

    assert len(shown) == len(before) + 2 + len(gap) + len(after)
    assert "*" * (2 + len(gap)) in shown


@given(st.text())
def test_a_plain_text_stays_as_it_is_when_made_plain_again_and_knows_where_it_came_from(text: str) -> None:
    found = plain(text)

    assert len(found.positions) == len(found.text)
    assert list(found.positions) == sorted(found.positions)
    assert all(0 <= position < len(text) for position in found.positions)


def test_a_letter_next_to_han_or_a_digit_stands_alone() -> None:
    assert stands_alone("加vx123", 0, 3)
    assert not stands_alone("加vxy", 0, 3)


def test_overlapping_words_are_all_masked() -> None:
    verdict = verdict_of("abcd", [Found(0, 3, Action.MASK), Found(1, 4, Action.MASK)])

    assert verdict.text == "****"
