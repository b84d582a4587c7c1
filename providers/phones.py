"""Phones: one way to write each number (E.164), whatever way it was typed."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from domain.refusals import BadInput

HOME = "CN"
LONGEST_TYPED = 32
_TYPED = re.compile(r"\s*[+＋]?[\d\s().-]+")
_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


def mobile(typed: str, *path: str) -> str:
    """A number that can receive a code, in E.164. One without a country's code is Chinese.

    Raises:
        BadInput: there is no such mobile number.
    """
    number = _parsed(typed)
    if number is None or phonenumbers.number_type(number) not in _MOBILE:
        raise BadInput("a mobile phone number", "应为有效的手机号", path=path)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def any_phone(typed: str, *path: str) -> str:
    """A number that a courier can call, mobile or not, in E.164.

    Raises:
        BadInput: there is no such number.
    """
    number = _parsed(typed)
    if number is None:
        raise BadInput("a phone number", "应为有效的电话号码", path=path)
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def _parsed(typed: str) -> phonenumbers.PhoneNumber | None:
    if len(typed) > LONGEST_TYPED or not _TYPED.fullmatch(typed):
        return None
    try:
        number = phonenumbers.parse(typed, HOME)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
