"""Seats of groups that orders hold until they are paid or given up (R36).

A group that is joined is locked before its seats are read. A group that is begun is new; that nobody begins two, or
begins one while in another, is held by a unique key.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import db.activity_uses
import db.groups
from db.connection import Writing
from db.together import together
from db.writes import Write
from domain import groups
from domain.activities import ActivityKind, NotStarted, PlayChoice, Uses
from domain.drawing import SEED_BYTES
from domain.group_buys import GroupBuy, GroupPlay, is_running
from domain.groups import AlreadyInGroup, Group, Seat
from domain.orders import OverLimit
from domain.refusals import NotFound, Refusal
from resolvers.taking import Draft


class GroupTaking:
    """The groups that one batch of orders joins or begins."""

    def __init__(self) -> None:
        self._group_buys: dict[UUID, GroupBuy] = {}
        self._groups: dict[UUID, Group] = {}
        self._busy: set[tuple[UUID, UUID]] = set()
        self._used: dict[tuple[UUID, UUID], int] = {}
        self._begun: list[Group] = []
        self._held: list[tuple[UUID, int, Seat]] = []
        self._counted: Counter[tuple[UUID, UUID]] = Counter()

    async def lock(self, tx: Writing, drafts: Sequence[Draft]) -> bool:
        choices = {draft.order.id: play for draft in drafts if (play := _named(draft)) is not None}
        if not choices:
            return False
        pairs = {(choices[draft.order.id].id, draft.order.member_id) for draft in drafts if draft.order.id in choices}
        joined = {play.group_id for play in choices.values() if play.group_id is not None}
        self._group_buys = {
            draft.play.activity.id: draft.play.activity for draft in drafts if isinstance(draft.play, GroupPlay)
        }
        if joined:
            self._groups = await db.groups.lock(tx, joined)
        limited = {pair for pair in pairs if self._group_buys[pair[0]].terms.limit_per_member is not None}
        seats, self._used = await together(
            tx,
            lambda one: db.groups.seats_concerned(one, joined, pairs),
            lambda one: db.activity_uses.used_by(one, limited),
        )
        self._seat(seats, pairs)
        return True

    def _seat(self, found: Sequence[tuple[UUID, Seat]], pairs: set[tuple[UUID, UUID]]) -> None:
        seats: dict[UUID, list[Seat]] = defaultdict(list)
        for group_buy_id, seat in found:
            seats[seat.group_id].append(seat)
            if seat.is_open and (group_buy_id, seat.member_id) in pairs:
                self._busy.add((group_buy_id, seat.member_id))
        self._groups = {key: replace(one, seats=tuple(seats[key])) for key, one in self._groups.items()}

    def refusals(self, draft: Draft) -> Sequence[Refusal]:
        play = _named(draft)
        if play is None:
            return ()
        try:
            self._check(draft, play)
        except Refusal as refusal:
            return [refusal]
        return ()

    def _check(self, draft: Draft, play: PlayChoice) -> None:
        order, terms = draft.order, self._group_buys[play.id].terms
        if play.group_id is not None:
            group = self._groups.get(play.group_id)
            if group is None or group.group_buy_id != play.id:
                raise NotFound(path=("input", "play", "groupId"))
            groups.check_can_join(group, order.member_id, order.placed_at)
        elif not is_running(self._group_buys[play.id], order.placed_at):
            raise NotStarted(terms.starts_at, terms.ends_at, path=("input", "play"))
        if (play.id, order.member_id) in self._busy:
            raise AlreadyInGroup(path=("input", "play"))
        used, most = self._used.get((play.id, order.member_id), 0), terms.limit_per_member
        if most is not None and used + order.lines[0].quantity > most:
            raise OverLimit(most, path=("input", "lines", "0", "quantity"))

    def take(self, draft: Draft) -> None:
        play = _named(draft)
        if play is None:
            return
        order, pair = draft.order, (play.id, draft.order.member_id)
        group = self._groups[play.group_id] if play.group_id is not None else self._begin(draft, play)
        group = self._groups[group.id] = groups.hold(group, order.id, order.member_id)
        self._held.append((play.id, group.size, group.seats[-1]))
        self._busy.add(pair)
        if self._group_buys[play.id].terms.limit_per_member is not None:
            self._used[pair] = self._used.get(pair, 0) + order.lines[0].quantity
            self._counted[pair] += order.lines[0].quantity

    def _begin(self, draft: Draft, play: PlayChoice) -> Group:
        ctx = draft.ctx
        begun = groups.begin(ctx.new_id(), self._group_buys[play.id], ctx.chance(SEED_BYTES), draft.order.placed_at)
        self._begun.append(begun)
        return begun

    def writes(self) -> Iterable[Write]:
        uses = [
            Uses(key, member_id, quantity, self._group_buys[key].terms.limit_per_member or 0)
            for (key, member_id), quantity in self._counted.items()
        ]
        return [*db.groups.begun(self._begun, self._held), db.activity_uses.counted(uses)]


def _named(draft: Draft) -> PlayChoice | None:
    play = draft.wish.play
    return play if play is not None and play.kind is ActivityKind.GROUP else None
