"""JSON from strangers: exactly what RFC 8259 allows, without what one reader takes for this and another for that."""

from __future__ import annotations

import json
import math
from typing import Any

LONGEST_NUMBER = 20
MOST_CONTAINERS = 20_000


class BadJson(Exception):
    """The text is no JSON that we take; the message says why, without quoting it."""


def read(data: bytes | str, *, deepest: int) -> Any:
    """Parse a document.

    Raises:
        BadJson: it is not JSON, is nested deeper than `deepest`, or holds a number that is no finite number of
            at most 20 digits, a key twice, a NUL character or half of a surrogate pair.
    """
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        opened = text.count("[") + text.count("{")
        if opened > MOST_CONTAINERS:
            raise BadJson("too many lists and objects")
        value = _READER.decode(text)
    except UnicodeDecodeError:
        raise BadJson("the text is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise BadJson(f"{error.msg} at character {error.pos}") from None
    except RecursionError:
        raise BadJson("nested too deeply") from None
    # What is neither deep nor escapes a character is checked already: JSON has no bare NUL, and UTF-8 no half pairs.
    if opened > deepest or "\\u" in text or not text.isascii():
        _check(value, deepest)
    return value


def _constant(_: str) -> None:
    raise BadJson("NaN and Infinity are not numbers of JSON")


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise BadJson(f"a number has more than {LONGEST_NUMBER} digits")
    return int(text)


def _number(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise BadJson("a number is out of range")
    return number


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise BadJson("an object has a key twice")
    return made


_READER = json.JSONDecoder(parse_constant=_constant, parse_int=_integer, parse_float=_number, object_pairs_hook=_object)


def _check(root: Any, deepest: int) -> None:
    """Look at every value, without recursion."""
    waiting = [(root, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > deepest:
            raise BadJson(f"nested more than {deepest} levels deep")
        if isinstance(value, str):
            check_text(value)
        elif isinstance(value, dict):
            waiting += [(key, depth) for key in value]
            waiting += [(below, depth + 1) for below in value.values()]
        elif isinstance(value, list):
            waiting += [(below, depth + 1) for below in value]


def check_text(text: str) -> None:
    """Raise BadJson for a text that PostgreSQL or UTF-8 cannot hold."""
    if "\x00" in text:
        raise BadJson("NUL characters are not allowed")
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise BadJson("half of a surrogate pair is no character") from None
