"""The built-in list of words, and lists of a brand's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.moderation import Outcome
from providers.words import WordList, built_in_words


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("这款四件套摸起来很舒服", Outcome.APPROVED),
        ("磁吸防摔,推荐!", Outcome.APPROVED),
        ("真他妈好看", Outcome.MASKED),
        ("what the FUCK", Outcome.MASKED),
        ("加 薇 信 领券", Outcome.REJECTED),
        ("兼职刷单，日赚千元", Outcome.REJECTED),
        ("这不会是假货吧", Outcome.REVIEW),
    ],
)
def test_the_built_in_list_knows_abuse_and_advertising(text: str, outcome: Outcome) -> None:
    assert built_in_words().judge(text).outcome is outcome


def test_a_brand_may_bring_its_own_list(tmp_path: Path) -> None:
    own = tmp_path / "words.txt"
    own.write_text("# ours\nREJECT 友商\n\nMASK bad word  # two words\n", encoding="utf-8")

    words = WordList.read(own)

    assert words.judge("友商更便宜").outcome is Outcome.REJECTED
    assert words.judge("a Bad Word").text == "a ********"


def test_a_line_without_a_known_action_is_told(tmp_path: Path) -> None:
    own = tmp_path / "words.txt"
    own.write_text("FORBID 友商\n", encoding="utf-8")

    with pytest.raises(ValueError, match="FORBID"):
        WordList.read(own)
