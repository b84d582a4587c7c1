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
        pytest.param("加　微\n信", id="over lines"),
        pytest.param("加\u3164微\uffa0信", id="with letters that show nothing"),
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
        pytest.param("a.s s", "*****", id="letter by letter"),
        pytest.param("äśs", "***", id="with accents"),
        pytest.param("аss", "***", id="with a letter of another alphabet"),
        pytest.param("a class act", "a class act", id="not within a longer word"),
        pytest.param("cl\u200bass", "cl\u200bass", id="not within a longer word that is cut unseen"),
        pytest.param("was so", "was so", id="not across the ends of longer words"),
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


WIDE = {chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
gaps = st.text(alphabet="\u200b\u200d\u2060\ufeff\u00ad\u0301\u0336\ufe0f\u3164 \t。，._-*|~", max_size=3)


@st.composite
def disguised(draw: st.DrawFn, word: str) -> str:
    """The word as someone would write it who does not want it found."""
    shapes = [
        st.sampled_from(sorted({c, c.upper(), WIDE.get(c, c), WIDE.get(c.upper(), c), OTHER.get(c, c)})) for c in word
    ]
    return "".join(draw(one) + draw(gaps) for one in shapes)


OTHER = {"现": "現", "号": "號", "贝": "貝", "8": "⑧", "0": "〇", "o": "о", "a": "а", "e": "е", "p": "р", "c": "с"}
forbidden = ["返现", "加微信", "公众号", "宝贝88", "casino", "加vx", "paypal"]
list_of_them = WordList(dict.fromkeys(forbidden, Action.REJECT))


@given(st.data(), st.sampled_from(forbidden), st.sampled_from(["", "亲,", "hi "]), st.sampled_from(["", "呀", " ok"]))
def test_no_interleaving_of_gaps_widths_cases_and_shapes_hides_a_word(
    data: st.DataObject, word: str, before: str, after: str
) -> None:
    assert list_of_them.judge(before + data.draw(disguised(word)) + after).outcome is Outcome.REJECTED


@given(st.text(alphabet="今天上新很好看请大家多看 classic pay pal\u200b", max_size=40))
def test_a_harmless_text_is_never_touched(text: str) -> None:
    masked = WordList({"赌博": Action.MASK, "ass": Action.MASK}).judge(text)

    assert (masked.outcome, masked.text) == (Outcome.APPROVED, text) or "ass" in plain(text).text


@given(st.text())
def test_a_plain_text_stays_as_it_is_when_made_plain_again_and_knows_where_it_came_from(text: str) -> None:
    found = plain(text)

    assert len(found.positions) == len(found.text)
    assert list(found.positions) == sorted(found.positions)
    assert all(0 <= position < len(text) for position in found.positions)


def test_a_letter_next_to_han_or_a_digit_stands_alone() -> None:
    assert stands_alone(plain("加vx123"), 0, 3)
    assert not stands_alone(plain("加vxy"), 0, 3)


def test_overlapping_words_are_all_masked() -> None:
    verdict = verdict_of("abcd", [Found(0, 3, Action.MASK), Found(1, 4, Action.MASK)])

    assert verdict.text == "****"
