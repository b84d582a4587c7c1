"""Codes: short words that people pass on, such as a share's. They fit into a mini-program code (product rules 2.13)."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from domain.records import record
from domain.refusals import ErrorCode, Refusal

CODE_LENGTH = 10
CODE_BYTES = 16
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def code_of(chance: bytes) -> str:
    """A code of ten base62 characters. Sixteen bytes of chance make all codes equally likely but for 1 in 10²⁰.

    >>> code_of(bytes(15) + bytes([61]))
    '000000000z'
    """
    number = int.from_bytes(chance)
    code = ""
    for _ in range(CODE_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        code = _ALPHABET[digit] + code
    return code


CODE_FORM = re.compile(rf"[0-9A-Za-z]{{{CODE_LENGTH}}}")
LONGEST_SCENE = 32


@record
class CodeTerms:
    """Where codes lead that people scan.

    `link` is an address of a web page with `{code}` in it, `own_url` where this server is reached. `page` is what
    mini-program codes open, in the `version` of the mini-program; empty: there are none.
    """

    own_url: str = ""
    link: str = "/s/{code}"
    page: str = ""
    version: str = "release"

    def link_of(self, code: str) -> str:
        """What a plain QR picture of a code holds."""
        link = self.link.replace("{code}", code)
        return self.own_url + link if link.startswith("/") else link

    def picture_of(self, code: str) -> str:
        """Where the picture of a code is: a mini-program code where there are some, else a plain one."""
        return f"{self.own_url}/qr/{code}{'.wechat' if self.page else ''}.png"


@dataclass(eq=False)
class PageNotPublished(Refusal):
    """The mini-program has no such page, or it is not published yet."""

    code = ErrorCode.PROVIDER_REFUSED


def scene_of(code: str) -> str:
    """A code as the `scene` of a mini-program code, which holds 32 characters (product rules 2.13).

    >>> scene_of("0000000000")
    's=0000000000'
    """
    return f"s={code}"


CARD_CODE_LENGTH = 16
CARD_CODE_BYTES = 10
_CARD_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def card_code_of(chance: bytes) -> str:
    """A code to be printed on a card: 80 bits as sixteen letters and digits that nobody mistakes for one another.

    >>> card_code_of(bytes(9) + bytes([255]))
    '222222222222229Z'
    """
    assert len(chance) == CARD_CODE_BYTES, "a card's code is 80 bits"
    number = int.from_bytes(chance)
    return "".join(_CARD_ALPHABET[number >> 5 * place & 31] for place in reversed(range(CARD_CODE_LENGTH)))


def hash_of_card(typed: str) -> bytes:
    """What is kept of a card's code, however it was typed. It is 80 bits of chance, so it needs no salt."""
    code = "".join(letter for letter in typed.upper() if letter in _CARD_ALPHABET)
    return hashlib.sha256(code.encode()).digest()
