"""Codes: short words that people pass on, such as a share's. They fit into a mini-program code (product rules 2.13)."""

from __future__ import annotations

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
