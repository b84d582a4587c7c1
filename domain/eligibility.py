"""Eligibility: who in a live room may enter a draw or grab a red packet, and on what conditions (R65)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import Enum

from domain import bullets
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between

MOST_INVITED = 1_000
MOST_AT_ONCE = 20
"""So many draws, and as many red packets, are prepared or run in one room."""


class EntryCondition(Enum):
    """What may be asked of those who take part, beside being a member."""

    BOUND_TO_HOST = "BOUND_TO_HOST"
    PASSWORD = "PASSWORD"  # noqa: S105  a word that everybody in the room can read
    HAS_ORDERED = "HAS_ORDERED"
    LEAST_INVITED = "LEAST_INVITED"


@record
class EntryConditions:
    """What it takes to take part; all of it must hold."""

    bound_to_host: bool = False
    password: str | None = None
    has_ordered: bool = False
    least_invited: int = 0


NO_CONDITIONS = EntryConditions()


@record
class Candidate:
    """A member in a room. `said_password`: since it opened, in these very words."""

    is_host: bool
    is_kicked: bool
    is_bound: bool
    has_ordered: bool
    invited: int
    born_on: date | None
    said_password: bool = False


@dataclass(eq=False)
class NotEligible(Refusal):
    """Hosts, those who work for the brand, and those who were shown the door take no part."""

    code = ErrorCode.FORBIDDEN


@dataclass(eq=False)
class TooManyAtOnce(Refusal):
    """So much runs in the room already that nobody could follow."""

    code = ErrorCode.CONFLICT
    most: int


@dataclass(eq=False)
class ConditionNotMet(Refusal):
    """The member does not do what it takes to take part."""

    code = ErrorCode.CONDITION_NOT_MET
    condition: EntryCondition


def check_conditions(asked: EntryConditions, *path: str) -> EntryConditions:
    """The conditions with the password as a bullet comment would say it.

    Raises:
        BadInput: the password is no bullet comment, or too many guests are asked for.
    """
    between(asked.least_invited, 0, MOST_INVITED, *path, "leastInvited")
    if asked.password is None:
        return asked
    try:
        return replace(asked, password=bullets.check(asked.password, None))
    except BadInput as refusal:
        raise BadInput(refusal.rule, refusal.rule_zh, path=(*path, "password")) from None


def check_at_once(running: int) -> None:
    """Hold what is prepared or runs in a room to a number that viewers can follow.

    Raises:
        TooManyAtOnce: there are 20.
    """
    if running >= MOST_AT_ONCE:
        raise TooManyAtOnce(MOST_AT_ONCE)


def check_candidate(candidate: Candidate, asked: EntryConditions, *, is_insider: bool) -> None:
    """Let take part who meets the conditions.

    Raises:
        NotEligible: the host, an insider, or one who was shown the door.
        ConditionNotMet: one of the conditions does not hold; the first one is named.
    """
    if candidate.is_host or candidate.is_kicked or is_insider:
        raise NotEligible
    holds = {
        EntryCondition.BOUND_TO_HOST: candidate.is_bound or not asked.bound_to_host,
        EntryCondition.HAS_ORDERED: candidate.has_ordered or not asked.has_ordered,
        EntryCondition.LEAST_INVITED: candidate.invited >= asked.least_invited,
        EntryCondition.PASSWORD: candidate.said_password or asked.password is None,
    }
    for condition, is_met in holds.items():
        if not is_met:
            raise ConditionNotMet(condition)
