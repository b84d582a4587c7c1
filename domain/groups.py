"""Groups (团): seats that orders hold, payment by payment until a group is full or its time is over (R36, R37).

A seat is held from the moment that its order is placed, so that no payment comes to a full group; payment makes its
holder a member. What becomes of a seat when the group is over is a step of its own, one order at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from uuid import UUID

from domain.drawing import Participant, Turn, commitment_of, participants_hash, ticket_of, winners
from domain.group_buys import WHOLE_BP, GroupBuy
from domain.records import record
from domain.refusals import ErrorCode, NotFound, Refusal, WrongState


class GroupState(Enum):
    """The life of a group. WAITING: the one who begins it has not paid."""

    WAITING = "WAITING"
    FORMING = "FORMING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"


TRANSITIONS: dict[GroupState, frozenset[GroupState]] = {
    GroupState.WAITING: frozenset({GroupState.FORMING, GroupState.FAILED}),
    GroupState.FORMING: frozenset({GroupState.SUCCEEDED, GroupState.FAILED}),
    GroupState.SUCCEEDED: frozenset(),
    GroupState.FAILED: frozenset(),
}


class SeatState(Enum):
    """The life of a seat: held unpaid, taken by payment, then kept (the goods are sent) or left (the money is back)."""

    HELD = "HELD"
    TAKEN = "TAKEN"
    KEPT = "KEPT"
    LEFT = "LEFT"


SEAT_TRANSITIONS: dict[SeatState, frozenset[SeatState]] = {
    SeatState.HELD: frozenset({SeatState.TAKEN, SeatState.LEFT}),
    SeatState.TAKEN: frozenset({SeatState.KEPT, SeatState.LEFT}),
    SeatState.KEPT: frozenset({SeatState.LEFT}),
    SeatState.LEFT: frozenset(),
}


@record
class Seat:
    """A place in a group, held by one order. `number` counts from 1; None once it was left."""

    order_id: UUID
    group_id: UUID
    member_id: UUID
    number: int | None
    state: SeatState
    taken_at: datetime | None = None
    won: bool | None = None
    """Whether the draw of the group was won; None: there is none, or it is still to come."""

    @property
    def is_open(self) -> bool:
        """Whether it is still to be settled: its member is in no other group of the same activity meanwhile."""
        return self.state in (SeatState.HELD, SeatState.TAKEN)


@record
class Group:
    """A group with the seats that were not left. `winners`, `seed` and `commitment`: of its draw, when it has one."""

    id: UUID
    group_buy_id: UUID
    product_id: UUID
    size: int
    lasts_s: int
    state: GroupState
    created_at: datetime
    formed_at: datetime | None
    """When its first member paid; from then on others know of it."""
    expires_at: datetime
    over_at: datetime | None
    virtual: int
    winners: int | None
    seed: bytes | None
    participants_hash: str | None
    version: int
    seats: tuple[Seat, ...] = ()

    @property
    def left(self) -> int:
        """How many places nobody holds."""
        return self.size - len(self.seats)

    @property
    def members(self) -> list[Seat]:
        """Who paid, in the order in which they did: the first leads."""
        return sorted(
            (one for one in self.seats if one.taken_at is not None), key=lambda one: (one.taken_at, one.number)
        )

    @property
    def commitment(self) -> str | None:
        """The SHA-256 of the seed of its draw, there for all to see from the beginning."""
        return None if self.seed is None else commitment_of(self.seed)


@record
class GroupMember:
    """Somebody who paid in a group, as everybody sees it. `ticket`: in its draw, when it has one."""

    seat: Seat
    leads: bool
    ticket: UUID | None


@dataclass(eq=False)
class GroupFull(Refusal):
    """All places of the group are taken or held."""

    code = ErrorCode.GROUP_FULL


@dataclass(eq=False)
class AlreadyInGroup(Refusal):
    """The member is in this group, or in another one of the same activity that is still to fill."""

    code = ErrorCode.INVALID_STATE


@dataclass(eq=False)
class GroupOver(Refusal):
    """The group of the seat that the order holds is over: what would be paid for it would only go back."""

    code = ErrorCode.INVALID_STATE


def begin(id_: UUID, activity: GroupBuy, seed: bytes, at: datetime) -> Group:
    """An empty group. It counts its time anew when its first member pays."""
    terms = activity.terms
    return Group(
        id_,
        activity.id,
        activity.product_id,
        terms.size,
        terms.lasts_s,
        GroupState.WAITING,
        at,
        formed_at=None,
        expires_at=at + timedelta(seconds=terms.lasts_s),
        over_at=None,
        virtual=0,
        winners=terms.winners,
        seed=seed if terms.winners is not None else None,
        participants_hash=None,
        version=1,
    )


def hold(group: Group, order_id: UUID, member_id: UUID) -> Group:
    """Hold the first free place for an order that is being placed."""
    taken = {one.number for one in group.seats}
    number = next(n for n in range(1, group.size + 1) if n not in taken)
    return replace(group, seats=(*group.seats, Seat(order_id, group.id, member_id, number, SeatState.HELD)))


def check_can_join(group: Group, member_id: UUID, at: datetime) -> None:
    """Let a member join a group that fills.

    Raises:
        NotFound: nobody has paid in it yet, so nobody knows of it.
        WrongState: it is over.
        AlreadyInGroup: the member is in it.
        GroupFull: no place is left.
    """
    path = ("input", "play", "groupId")
    if group.state is GroupState.WAITING:
        raise NotFound(path=path)
    if any(one.member_id == member_id for one in group.seats):
        raise AlreadyInGroup(path=path)
    if group.left <= 0:
        raise GroupFull(path=path)
    if group.state is not GroupState.FORMING or at >= group.expires_at:
        raise WrongState(_over(group.state).value, path=path)


def _over(state: GroupState) -> GroupState:
    return GroupState.FAILED if state is GroupState.FORMING else state


def is_known(group: Group) -> bool:
    """Whether others may know of a group: somebody has paid in it."""
    return group.formed_at is not None


def members_of(group: Group) -> list[GroupMember]:
    """Who paid in a group, first come first: the first leads."""
    bound = group.commitment
    return [
        GroupMember(one, i == 0, None if bound is None else ticket_of(bound, one.member_id))
        for i, one in enumerate(group.members)
    ]


def seat_of(group: Group, order_id: UUID) -> Seat | None:
    return next((one for one in group.seats if one.order_id == order_id), None)


def is_late(group: Group, order_id: UUID) -> bool:
    """Whether the payment of a held seat comes when the group is over, and its seat is not among those that count."""
    seat = seat_of(group, order_id)
    assert seat is not None, f"order {order_id} holds no seat of group {group.id}"
    if group.state is GroupState.FAILED:
        return seat.state is SeatState.HELD
    return group.state is GroupState.SUCCEEDED and seat.state is SeatState.HELD and group.winners is not None


def change_over(new: Group, old: Group, order_id: UUID) -> Group:
    """A new group, to whose first place the held seat of an order in a group that is over goes."""
    seat = seat_of(old, order_id)
    assert seat is not None, f"order {order_id} holds no seat of group {old.id}"
    return replace(new, seats=(replace(seat, group_id=new.id, number=1),))


def check_may_leave(group: Group, order_id: UUID) -> None:
    """Let a member leave while the group fills.

    Raises:
        WrongState: the group is over, or the seat is not paid; its order can be given up then.
    """
    seat = seat_of(group, order_id)
    if group.state is not GroupState.FORMING or seat is None or seat.state is not SeatState.TAKEN:
        raise WrongState(group.state.value, path=("input", "buyingGroupId"))


def pay(group: Group, order_id: UUID, at: datetime) -> Group:
    """Make the holder of a seat a member, whatever state the group is in: money that was taken stays taken.

    The first payment makes a group known and begins its time; the last one makes it succeed.
    """
    if group.state is GroupState.WAITING:
        expires_at = at + timedelta(seconds=group.lasts_s)
        group = _move(replace(group, formed_at=at, expires_at=expires_at), GroupState.FORMING)
    late = is_late(group, order_id)
    group = _with_seat(group, order_id, SeatState.TAKEN, taken_at=at, won=False if late and group.winners else None)
    if group.state is GroupState.SUCCEEDED and not late:
        return replace(group, virtual=max(group.virtual - 1, 0))
    return _succeed(group, at) if group.state is GroupState.FORMING and len(group.members) == group.size else group


def leave(group: Group, order_id: UUID, at: datetime) -> Group:
    """Free a seat. A group without members has failed: nobody is there to lead it."""
    group = _with_seat(group, order_id, SeatState.LEFT, number=None)
    group = replace(group, seats=tuple(one for one in group.seats if one.state is not SeatState.LEFT))
    is_open = group.state in (GroupState.WAITING, GroupState.FORMING)
    return replace(_move(group, GroupState.FAILED), over_at=at) if is_open and not group.members else group


def expire(group: Group, virtual_from_bp: int | None, at: datetime) -> Group:
    """End a group whose time is over: it fails, unless it is full enough for the rest to be made up."""
    paid = len(group.members)
    enough = virtual_from_bp is not None and paid * WHOLE_BP >= group.size * virtual_from_bp
    if group.state is GroupState.FORMING and enough:
        return _succeed(replace(group, virtual=group.size - paid), at)
    return replace(_move(group, GroupState.FAILED), over_at=at)


def settle(group: Group, order_id: UUID) -> SeatState:
    """What becomes of a taken seat of a group that is over: KEPT, or LEFT with the money back."""
    seat = seat_of(group, order_id)
    assert seat is not None, f"order {order_id} holds no seat of group {group.id}"
    assert seat.state is SeatState.TAKEN, f"seat of order {order_id} is {seat.state.value}"
    kept = group.state is GroupState.SUCCEEDED and seat.won is not False
    return SeatState.KEPT if kept else SeatState.LEFT


def keep(group: Group, order_id: UUID) -> Group:
    """Let the order of a seat leave: its group succeeded."""
    return _with_seat(group, order_id, SeatState.KEPT)


def _succeed(group: Group, at: datetime) -> Group:
    group = replace(_move(group, GroupState.SUCCEEDED), over_at=at)
    return group if group.winners is None else _drawn(group, group.winners)


def _drawn(group: Group, many: int) -> Group:
    """Draw who gets the goods, from the tickets of all members: as fair as any draw (docs/draws.md)."""
    assert group.seed is not None, "a group with a draw has a seed"
    tickets = {ticket_of(commitment_of(group.seed), one.member_id): one.order_id for one in group.members}
    participants = [Participant(ticket, Turn.FIRST) for ticket in tickets]
    won = {tickets[ticket] for ticket in winners(group.seed, participants, many)}
    seats = tuple(replace(one, won=one.order_id in won) if one.state is SeatState.TAKEN else one for one in group.seats)
    return replace(group, seats=seats, participants_hash=participants_hash(participants))


def _move(group: Group, to: GroupState) -> Group:
    assert to in TRANSITIONS[group.state], f"group {group.id} is {group.state.value}"
    return replace(group, state=to, version=group.version + 1)


def _with_seat(group: Group, order_id: UUID, to: SeatState, **changes: object) -> Group:
    seats = [_changed(one, to, changes) if one.order_id == order_id else one for one in group.seats]
    return replace(group, seats=tuple(seats), version=group.version + 1)


def _changed(seat: Seat, to: SeatState, changes: dict[str, object]) -> Seat:
    if to not in SEAT_TRANSITIONS[seat.state]:
        raise WrongState(seat.state.value, path=("input", "buyingGroupId"))
    return replace(seat, state=to, **changes)  # type: ignore[arg-type]


def changed_seats(before: Sequence[Seat], after: Group) -> list[Seat]:
    """The seats that are not as they were; a seat that is gone was left."""
    known, now = {one.order_id: one for one in before}, {one.order_id: one for one in after.seats}
    left = [replace(one, number=None, state=SeatState.LEFT) for key, one in known.items() if key not in now]
    return [one for key, one in now.items() if known.get(key) != one] + left
