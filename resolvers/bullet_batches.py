"""Bullet comments that are sent at the same time: decided on and written together, in the transaction of their batch.

The room's log is held while it is decided who may speak, so that after a mute, a kick or a new rule has been
answered, nothing that they forbid gets a later number; in whatever process it was sent.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

import db.bullet_reviews
import db.bullets
from db.connection import Writing
from domain import bullets
from domain.bullets import ALIKE_WITHIN, MOST_ALIKE, BulletTerms, Hearing, Pace, Remark
from domain.payloads import plain
from domain.refusals import NotFound, Refusal
from domain.room_events import BulletComment, EventKind

MOST_TEXTS = 10_000

Entry: TypeAlias = tuple[EventKind, dict[str, Any], datetime]


class Crowds:
    """Counts how often the same is said in one room, by whomever, in this process."""

    def __init__(self) -> None:
        self._said: OrderedDict[tuple[UUID, str], tuple[datetime, int]] = OrderedDict()

    def is_loud(self, room_id: UUID, digest: str, at: datetime) -> bool:
        """Count one more, and tell whether enough were shown."""
        since, many = self._said.pop((room_id, digest), (at, 0))
        if at - since > ALIKE_WITHIN:
            since, many = at, 0
        self._said[room_id, digest] = since, many + 1
        if len(self._said) > MOST_TEXTS:
            self._said.popitem(last=False)
        return many >= MOST_ALIKE


@dataclass(slots=True)
class _Batch:
    """What was decided so far."""

    hearings: dict[UUID, Hearing]
    show_at: datetime | None
    paces: dict[UUID, Pace] = field(default_factory=dict)
    waiting: list[BulletComment] = field(default_factory=list)


class BulletBatches:
    """Decides on what members want to say."""

    def __init__(self, terms: BulletTerms) -> None:
        self._terms = terms
        self._crowds = Crowds()

    async def decide(self, tx: Writing, room_id: UUID, remarks: Sequence[Remark]) -> tuple[UUID, list[Entry | Refusal]]:
        """What comes into which room's log for each remark, or why nothing does. The log is held from now on.

        What is said in a mirror is said in the room that it shows.
        """
        log_id = await db.bullets.hold(tx, room_id)
        if log_id is None:
            return room_id, [NotFound(path=("input", "liveRoomId")) for _ in remarks]
        return log_id, await self._decide_all(tx, log_id, remarks)

    async def _decide_all(self, tx: Writing, room_id: UUID, remarks: Sequence[Remark]) -> list[Entry | Refusal]:
        senders = dict.fromkeys(one.sender.member_id for one in remarks if one.sender.member_id)
        batch = _Batch(*await db.bullets.hearings(tx, room_id, senders))
        decided = [self._decide(room_id, batch, remark) for remark in remarks]
        if batch.paces:
            await db.bullets.keep_paces(tx, room_id, batch.paces, batch.show_at)
        if batch.waiting:
            await db.bullet_reviews.add(tx, room_id, batch.waiting)
        return decided

    def _decide(self, room_id: UUID, batch: _Batch, remark: Remark) -> Entry | Refusal:
        sender_id = remark.sender.member_id
        assert sender_id is not None
        hearing = batch.hearings.get(sender_id)
        try:
            heard = bullets.hear(hearing, remark)
        except Refusal as refusal:
            return refusal
        assert hearing is not None
        batch.hearings[sender_id] = replace(hearing, pace=heard.pace)
        batch.paces[sender_id] = heard.pace
        comment = bullets.comment_of(remark, hearing)
        if heard.waits:
            batch.waiting.append(comment)
            return EventKind.BULLET_COMMENT_WAITING, {"comment": plain(comment)}, remark.at
        shown = heard.is_always_shown or self._is_shown(room_id, batch, remark)
        return EventKind.BULLET_COMMENT, {"comment": plain(comment), "shown": shown}, remark.at

    def _is_shown(self, room_id: UUID, batch: _Batch, remark: Remark) -> bool:
        if self._crowds.is_loud(room_id, remark.digest, remark.at):
            return False
        shown, batch.show_at = bullets.show(batch.show_at, remark.at, self._terms.shown_per_s)
        return shown
