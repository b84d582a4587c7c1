"""Time slots: weekly hours in a store's time zone (R48)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from domain.records import record
from domain.refusals import BadInput, between

DAY_MINUTES = 24 * 60
MOST_SLOTS = 50


@record
class Slot:
    """Hours of one day of the week, 1 Monday to 7 Sunday, in minutes after midnight; the end is not in it."""

    weekday: int
    starts_minute: int
    ends_minute: int


def check_slots(slots: Sequence[Slot], *path: str) -> None:
    """Hold slots to their bounds. One over midnight is two slots.

    Raises:
        BadInput: too many, or a number is out of bounds.
    """
    between(len(slots), 0, MOST_SLOTS, *path)
    for i, slot in enumerate(slots):
        between(slot.weekday, 1, 7, *path, str(i), "weekday")
        between(slot.starts_minute, 0, DAY_MINUTES - 1, *path, str(i), "startsMinute")
        if not slot.starts_minute < slot.ends_minute <= DAY_MINUTES:
            raise BadInput("an end after the start, by midnight", "结束须晚于开始且不晚于午夜", path=(*path, str(i)))


def is_open(slots: Sequence[Slot], at: datetime, zone: tzinfo) -> bool:
    """Whether an instant lies in one of the slots; always, when there are none."""
    if not slots:
        return True
    local = at.astimezone(zone)
    minute, weekday = local.hour * 60 + local.minute, local.isoweekday()
    return any(slot.weekday == weekday and slot.starts_minute <= minute < slot.ends_minute for slot in slots)


def next_change(slots: Sequence[Slot], at: datetime, zone: tzinfo) -> datetime | None:
    """The next instant at which a slot begins or ends; None when there are no slots."""
    midnight = at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    instants: list[datetime] = []
    for ahead in range(8):
        day = midnight + timedelta(days=ahead)
        for slot in slots:
            if slot.weekday == day.isoweekday():
                edges = (slot.starts_minute, slot.ends_minute)
                instants += [
                    (day + timedelta(minutes=edge)).replace(tzinfo=zone).astimezone(at.tzinfo) for edge in edges
                ]
    return min((instant for instant in instants if instant > at), default=None)
