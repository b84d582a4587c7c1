"""Plays of integrators: installed packages bring them as entry points (docs/how-to-add-a-play.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import is_dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from domain.payloads import reader_of
from domain.promotions.plays import Play
from domain.promotions.registry import BUILT_IN, ENTRY_POINTS, with_plays
from domain.promotions.stages import Stage

_METHODS = ("check", "variants", "apply")
_ACTED_ON = frozenset({Stage.UNIT, Stage.ITEM_SET, Stage.SUBTOTAL, Stage.SHIPPING, Stage.GIFTS})
"""The stages in which plays act; the others belong to activities, coupons and points."""
LONGEST_KIND = 40


class BadPlugin(Exception):
    """A play that cannot be used. The program does not start: prices without it would be wrong."""


def installed_plays() -> Mapping[str, Play]:
    """Our own plays and those of every installed package, by kind.

    Raises:
        BadPlugin: one cannot be loaded, is no play, or has the kind of another; says which and why.
    """
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    if not points:
        return BUILT_IN
    loaded = [(point, _loaded(point)) for point in points]
    taken = dict.fromkeys(BUILT_IN, "the program itself")
    for point, play in loaded:
        if play.kind in taken:
            raise _bad(point, f"there is a play of kind {play.kind} already, of {taken[play.kind]}")
        taken[play.kind] = _package_of(point)
    return with_plays(play for _, play in loaded)


def _loaded(point: EntryPoint) -> Play:
    try:
        found = point.load()
        play: Any = found() if isinstance(found, type) else found
    except Exception as error:
        raise _bad(point, f"it cannot be loaded: {type(error).__name__}: {error}") from error
    wrong = _what_is_wrong(play)
    if wrong is not None:
        raise _bad(point, wrong)
    checked: Play = play
    return checked


def _what_is_wrong(play: Any) -> str | None:
    """Why something is no play; None when it is one."""
    kind, terms_type = getattr(play, "kind", None), getattr(play, "terms_type", None)
    missing = [name for name in _METHODS if not callable(getattr(play, name, None))]
    stages = ", ".join(sorted(stage.name for stage in _ACTED_ON))
    wrongs = {
        f"its kind is to be a word of at most {LONGEST_KIND} letters, such as LUCKY_SEVEN": not _is_word(kind),
        f"its stage is to be one of {stages}": getattr(play, "stage", None) not in _ACTED_ON,
        "its rank is to be a whole number": not isinstance(getattr(play, "rank", None), int),
        "its terms_type is to be a dataclass that JSON can be read into": not _is_readable(terms_type),
        f"it has no {', '.join(missing)}": bool(missing),
    }
    return next((why for why, is_so in wrongs.items() if is_so), None)


def _is_word(kind: object) -> bool:
    return isinstance(kind, str) and kind.isidentifier() and len(kind) <= LONGEST_KIND


def _is_readable(terms_type: Any) -> bool:
    try:
        return isinstance(terms_type, type) and is_dataclass(terms_type) and callable(reader_of(terms_type))
    except (TypeError, ValueError, NameError):
        return False


def _package_of(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value


def _bad(point: EntryPoint, why: str) -> BadPlugin:
    return BadPlugin(f"the play {point.name} of {_package_of(point)} cannot be used: {why}")
