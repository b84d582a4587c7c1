"""Levels (会员等级): reached by growth (成长值) at once, lost at the anniversary only (R19, product rules 2.6).

Nothing keeps a member's level but growth: it is the highest whose threshold is reached. `held` is the threshold of the
level that was reached last; until `held_until` it counts as if it were reached still, whatever refunds took.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from uuid import UUID

from domain.calendar import months_later
from domain.money import WHOLE
from domain.records import record
from domain.refusals import BadInput, between, text_within
from domain.rights import Rights, check_rights

MOST_LEVELS = 20
MOST_GROWTH = 1_000_000_000
MONTHS_HELD = 12


@record
class MemberLevel:
    """One rung of the ladder. `discount_bp` is what is paid of a list price: 9,500 is 95 %."""

    id: UUID
    rank: int
    name: str
    growth_threshold: int
    discount_bp: int
    rights: Rights


@record
class Growth:
    """What a member has grown to. `held` counts until `held_until` even where `growth` is less."""

    growth: int = 0
    held: int = 0
    held_until: datetime | None = None

    def counting(self, at: datetime) -> int:
        """The growth by which the level is found at a time."""
        holds = self.held_until is not None and at < self.held_until
        return max(self.growth, self.held) if holds else self.growth


@record
class Standing:
    """Where a member stands on the ladder. `missing` is growth until the next level; none at the top."""

    member_id: UUID
    growth: int
    level: MemberLevel | None
    held_until: datetime | None
    next_level: MemberLevel | None
    missing: int | None


def check_ladder(levels: Sequence[MemberLevel]) -> list[MemberLevel]:
    """A whole ladder, its ranks counted from 1 in the order given.

    Raises:
        BadInput: thresholds do not rise strictly, or a name or a number is out of bounds.
    """
    between(len(levels), 0, MOST_LEVELS, "input", "levels")
    ladder: list[MemberLevel] = []
    for i, level in enumerate(levels):
        here = ("input", "levels", str(i))
        name = text_within(level.name, 20, *here, "name")
        between(level.growth_threshold, 0, MOST_GROWTH, *here, "growthThreshold")
        between(level.discount_bp, 1, WHOLE, *here, "discountBp")
        if ladder and ladder[-1].growth_threshold >= level.growth_threshold:
            raise BadInput("more than the level before it", "应大于前一等级", path=(*here, "growthThreshold"))
        rights = check_rights(level.rights, *here, "rights")
        ladder.append(MemberLevel(level.id, i + 1, name, level.growth_threshold, level.discount_bp, rights))
    return ladder


def level_at(ladder: Sequence[MemberLevel], growth: int) -> MemberLevel | None:
    """The highest level whose threshold is reached; None below the first. The ladder rises."""
    reached = [level for level in ladder if level.growth_threshold <= growth]
    return reached[-1] if reached else None


def grown(before: Growth, by: int, ladder: Sequence[MemberLevel], at: datetime, time_zone: tzinfo) -> Growth:
    """The growth after an order was received, or given back when `by` is negative; never below nothing.

    A level that is reached now is held until its first anniversary; one that a new ladder gave, from when it would be
    lost.
    """
    before = rolled(before, at, time_zone)
    was = level_at(ladder, before.counting(at))
    growth = max(0, before.growth + by)
    reached = level_at(ladder, growth)
    if reached is not None and (was is None or reached.rank > was.rank):
        return Growth(growth, reached.growth_threshold, months_later(at, MONTHS_HELD, time_zone))
    after = Growth(growth, before.held, before.held_until)
    if was is not None and after.counting(at) < was.growth_threshold:
        until = before.held_until or months_later(at, MONTHS_HELD, time_zone)
        return Growth(growth, was.growth_threshold, until)
    return after


def rolled(growth: Growth, at: datetime, time_zone: tzinfo) -> Growth:
    """The growth once anniversaries up to a time have come: with each, the level is held for what growth there is."""
    until = growth.held_until
    while until is not None and until <= at:
        until = months_later(until, MONTHS_HELD, time_zone)
    return growth if until == growth.held_until else Growth(growth.growth, growth.growth, until)


def standing_of(member_id: UUID, growth: Growth, ladder: Sequence[MemberLevel], at: datetime) -> Standing:
    """Where a member stands, and what is missing to the next level."""
    level = level_at(ladder, growth.counting(at))
    above = [one for one in ladder if level is None or one.rank > level.rank]
    up = above[0] if above else None
    missing = None if up is None else max(0, up.growth_threshold - growth.growth)
    return Standing(member_id, growth.growth, level, growth.held_until, up, missing)
