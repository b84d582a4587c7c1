"""Who may take part in what a room offers to its viewers."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import db.eligibility
from domain import bullets, eligibility, live
from domain.bullets import BulletRejected
from domain.eligibility import EntryConditions
from domain.live import RoomClosed
from domain.moderation import Outcome
from domain.records import record
from domain.refusals import NotFound
from resolvers import rates
from resolvers.context import Context


@record
class Asked:
    """What is asked of those who take part. A password counts when it was said after event `since`."""

    room_id: UUID
    conditions: EntryConditions
    since: int
    staff_may: bool


def check_password(ctx: Context, asked: EntryConditions) -> None:
    """Hold a password to what members can say, word by word.

    Raises:
        BulletRejected: it would be refused, masked or reviewed.
    """
    if asked.password is None:
        return
    is_link = not ctx.services.rules.bullets.may_link and bullets.holds_link(asked.password)
    if is_link or ctx.services.words.judge(asked.password).outcome is not Outcome.APPROVED:
        raise BulletRejected(path=("input", "conditions", "password"))


async def check(ctx: Context, asked: Asked) -> date | None:
    """Let the caller take part in something in a room that is live; returns when they were born, if that is known.

    Raises:
        NotFound: there is no such room that everybody may know of.
        RoomClosed: it is not live.
        TooOften: the caller looks for the password too often.
        NotEligible, ConditionNotMet: the caller may not.
    """
    found = await db.eligibility.candidate(ctx.reading, asked.room_id, ctx.member_id, ctx.now())
    if found is None or found.room_state not in live.SEEN_BY_ALL:
        raise NotFound
    if found.room_state not in live.OPEN_STATES:
        raise RoomClosed(found.room_state.value)
    who, password = found.candidate, asked.conditions.password
    if password is not None:
        await rates.take(ctx, rates.PASSWORDS, "password", asked.room_id.hex, ctx.member_id.hex)
        said = await db.eligibility.has_said(ctx.reading, asked.room_id, asked.since, ctx.member_id, password)
        who = replace(who, said_password=said)
    works_here = ctx.principal.is_staff or ctx.principal.guide_id is not None
    eligibility.check_candidate(who, asked.conditions, is_insider=works_here and not asked.staff_may)
    return who.born_on
