"""Drawing: who wins, as a function of a seed and the participants. `docs/draws.md` says how anybody can check it.

The seed is bound to its hash before anybody enters. A participant is known by a ticket, which follows from that hash
and the member; the winners are those whose SHA-256 of seed and ticket is smallest. Nothing else decides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from enum import Enum
from uuid import UUID

from domain.records import record

ALGORITHM = "sha256-smallest-1"
SEED_BYTES = 32


class Turn(Enum):
    """When a participant's turn to win comes."""

    FIRST = "FIRST"
    SECOND = "SECOND"
    NEVER = "NEVER"


_DIGITS = {Turn.FIRST: "1", Turn.SECOND: "2", Turn.NEVER: "0"}


@record
class Participant:
    """Somebody who entered, by the number of a ticket."""

    ticket: UUID
    turn: Turn


def commitment_of(seed: bytes) -> str:
    """What is published of a seed before anybody enters: its SHA-256 as 64 hex digits."""
    return hashlib.sha256(seed).hexdigest()


def ticket_of(commitment: str, member_id: UUID) -> UUID:
    """The ticket of a member in the draw with this commitment: nobody can choose it, and it names nobody."""
    return UUID(bytes=hashlib.sha256(bytes.fromhex(commitment) + member_id.bytes).digest()[:16])


def participants_hash(participants: Iterable[Participant]) -> str:
    """The SHA-256 of the list: a line of ticket, space and turn (1, 2 or 0) for each, in the order of tickets."""
    lines = sorted(f"{one.ticket.hex} {_DIGITS[one.turn]}\n" for one in participants)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def winners(seed: bytes, participants: Sequence[Participant], many: int) -> list[UUID]:
    """The tickets of at most so many winners, the first prize's first: a uniform sample without replacement.

    Those whose turn is FIRST win before those whose turn is SECOND.
    """
    ranked = sorted(
        (_DIGITS[one.turn], hashlib.sha256(seed + one.ticket.bytes).digest(), one.ticket)
        for one in participants
        if one.turn is not Turn.NEVER
    )
    return [ticket for _, _, ticket in ranked[:many]]
