"""Reservations (预约) of live rooms, and the one reminder that each may send (R66)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, between

MOST_TEMPLATES_AT_ONCE = 3
MOST_LEFT = 20
"""More authorisations of one member for one template are not kept."""
REMIND_LATE = timedelta(minutes=10)
"""A room that has been live for so long is not reminded of any more."""
LONGEST_THING = 20
"""What WeChat takes of a value of the kind `thing`."""


class ReminderState(Enum):
    """Where a reminder stands. TAKEN: somebody is about to send it, or ended while doing so; it is not sent again."""

    WAITING = "WAITING"
    TAKEN = "TAKEN"
    SENT = "SENT"
    FAILED = "FAILED"


@record
class ReminderTerms:
    """How members are reminded: by which template of WeChat, and how long before a room is to start."""

    template_id: str = ""
    """Empty: nobody is reminded."""
    before: timedelta = timedelta(minutes=10)
    page: str = "pages/live/room"

    def page_of(self, room_id: UUID) -> str:
        """The page of the mini-program that a message opens."""
        return f"{self.page}?id=liv_{room_id.hex}"


NO_REMINDERS = ReminderTerms()


@record
class Reminder:
    """One message to send: to whom, and about which room."""

    live_room_id: UUID
    member_id: UUID
    openid: str
    title: str
    host_name: str
    starts_at: datetime

    def data(self, zone: tzinfo) -> dict[str, str]:
        """What fills the template: the room, when it starts by the brand's clock, and who runs it."""
        return {
            "thing1": self.title[:LONGEST_THING],
            "time2": f"{self.starts_at.astimezone(zone):%Y-%m-%d %H:%M}",
            "thing3": self.host_name[:LONGEST_THING],
        }


@record
class Quota:
    """How many messages of one template may be sent to a member: each authorisation is good for one."""

    template_id: str
    left: int


def check_templates(given: Sequence[str], terms: ReminderTerms) -> list[str]:
    """The templates of one prompt, where the brand has them.

    Raises:
        BadInput: there are none, more than three, or one that the brand does not send.
    """
    between(len(given), 1, MOST_TEMPLATES_AT_ONCE, "input", "templateIds")
    for i, one in enumerate(given):
        if not one or one != terms.template_id:
            raise BadInput(
                "a template that the brand sends", "应为本品牌使用的模板", path=("input", "templateIds", str(i))
            )
    return list(dict.fromkeys(given))
