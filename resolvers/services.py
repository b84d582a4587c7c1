"""What a process has one of, and every request may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, timezone, tzinfo

from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter, RateLimiter

from providers.sms import Sms
from providers.wechat import Wechat
from providers.words import WordList, built_in_words


@dataclass(frozen=True)
class Rules:
    """Settings of the brand that rules depend on."""

    time_zone: tzinfo = timezone(timedelta(hours=8), "Asia/Shanghai")
    pay_within: timedelta = timedelta(minutes=15)
    codes_per_phone_a_day: int = 10
    codes_per_client_an_hour: int = 30


@dataclass
class Services:
    """The services of a process. Slices add theirs here."""

    rules: Rules
    wechat: Wechat
    sms: Sms
    words: WordList = field(default_factory=built_in_words)
    limiter: RateLimiter = field(default_factory=lambda: FixedWindowRateLimiter(MemoryStorage()))
