"""Codes: short words that people pass on, such as a share's. They fit into a mini-program code (product rules 2.13)."""

from __future__ import annotations

import hashlib

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
