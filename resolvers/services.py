"""What a process has one of, and every request may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo

from providers.words import WordList, built_in_words


@dataclass(frozen=True)
class Rules:
    """Settings of the brand that rules depend on."""

    time_zone: tzinfo = timezone(timedelta(hours=8), "Asia/Shanghai")
    pay_within: timedelta = timedelta(minutes=15)


@dataclass
class Services:
    """The services of a process. Slices add theirs here."""

    rules: Rules
    words: WordList = field(default_factory=built_in_words)
