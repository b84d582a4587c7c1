"""Replays recorded bullet comments (弹幕) into a live room, at the pace at which they were said, or faster.

Whoever said something becomes a member. Length and words are judged as ever; the rate of a member is not, since a
recording brings together what was said over years.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from limits import RateLimitItem

import resolvers.bullets
import resolvers.imports
from app.imports.report import CannotImport, Report
from domain.identity import Principal, scopes_of
from domain.records import record
from domain.refusals import BadInput, Refusal
from domain.room_events import BulletMode
from resolvers.context import Context
from resolvers.windows import Whose, Windows

POSITIONED = 7
"""The mode of comments that stand at a place of their own: a JSON list, of which the fifth is the text."""
_MODES = {1: BulletMode.SCROLL, 4: BulletMode.BOTTOM, 5: BulletMode.TOP, POSITIONED: BulletMode.SCROLL}


@record
class Recorded:
    """One line of a recording."""

    row: int
    at_s: float
    mode: BulletMode
    color: str
    user: str
    text: str


@dataclass
class Replayed:
    """What became of a recording."""

    report: Report
    said: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def read_recording(path: Path, report: Report) -> list[Recorded]:
    """The lines of a recording, in the order in which they were said; what cannot be read is reported.

    Raises:
        CannotImport: the file cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise CannotImport(f"{path} cannot be read: {error}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(_recorded(number, json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError, IndexError):
            report.problem(path.name, number, "", line, "不是弹幕记录，已略过 · no recorded comment, passed over")
    return sorted(found, key=lambda one: (one.at_s, one.row))


def _recorded(number: int, values: dict[str, Any]) -> Recorded:
    text = values["text"]
    if values["mode"] == POSITIONED and text.startswith("["):
        text = str(json.loads(text, strict=False)[4])
    colour = f"#{int(values['color']) & 0xFFFFFF:06x}"
    return Recorded(number, float(values["at_seconds"]), _MODES[values["mode"]], colour, values["user_hash"], text)


async def replay(
    ctx: Context, room_id: UUID, path: Path, speed: float = 1, tell: Callable[[int, int], None] = lambda *_: None
) -> Replayed:
    """Say everything again in a room that is live, one after the other; `tell` hears how many of how many were said.

    Raises:
        CannotImport: the file cannot be read.
    """
    replayed = Replayed(Report())
    recording = read_recording(path, replayed.report)
    people = await _invited(ctx, recording)
    services = replace(ctx.services, limiter=_Unlimited())
    clock = asyncio.get_running_loop().time
    began = clock()
    for done, one in enumerate(recording, 1):
        await asyncio.sleep(began + one.at_s / speed - clock())
        own = replace(ctx, principal=people[one.user], services=services)
        await _say(own, room_id, one, path.name, replayed)
        tell(done, len(recording))
    return replayed


async def _say(ctx: Context, room_id: UUID, one: Recorded, file: str, replayed: Replayed) -> None:
    try:
        await resolvers.bullets.send(ctx, room_id, one.text, one.color, one.mode, paced=False)
        replayed.said += 1
    except Refusal as refusal:
        rule = f" ({refusal.rule_zh} · {refusal.rule})" if isinstance(refusal, BadInput) else ""
        replayed.refused[refusal.code.value] += 1
        replayed.report.problem(file, one.row, "text", one.text, f"被拒 · refused: {refusal.code.value}{rule}")


async def _invited(ctx: Context, recording: Sequence[Recorded]) -> dict[str, Principal]:
    """Everybody who speaks, as a member."""
    turns = asyncio.Semaphore(8)

    async def invite(user: str) -> tuple[str, Principal]:
        async with turns:
            card = await resolvers.imports.person(ctx, f"danmaku:{user}", f"看客{user[:6]}")
        return user, Principal(card.id, scopes=scopes_of(member=True, active_guide=False, duties=()))

    return dict(await asyncio.gather(*(invite(user) for user in {one.user for one in recording})))


class _Unlimited(Windows):
    """Lets everything pass."""

    def wait_s(self, rate: RateLimitItem, whose: Whose, at: float) -> float:  # noqa: ARG002
        return 0.0
