"""Payout accounts: where a person's money goes, and how long after a change none does (reliability H13)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from domain.records import record
from domain.refusals import ErrorCode, Refusal, text_within

LONGEST_NAME = 40


@record
class PayoutAccount:
    """A member's WeChat, as the brand's mini-program knows it. `since`: the member's since then, or chosen then."""

    member_id: UUID
    openid: str
    since: datetime
    real_name: str | None = None
    version: int = 1


@dataclass(eq=False)
class NoPayoutAccount(Refusal):
    """The member has not come by the mini-program, and so has no WeChat to be paid to."""

    code = ErrorCode.CONDITION_NOT_MET


@dataclass(eq=False)
class StepUpRequired(Refusal):
    """To be paid to another WeChat takes a code that was sent to the member's phone just now."""

    code = ErrorCode.STEP_UP_REQUIRED


@dataclass(eq=False)
class PayoutAccountTooNew(Refusal):
    """The money goes to another WeChat than before: not yet."""

    code = ErrorCode.NOT_OPEN_YET
    opens_at: datetime


def chosen(
    before: PayoutAccount | None, known: PayoutAccount, real_name: str | None, at: datetime
) -> tuple[PayoutAccount, bool]:
    """The account after its member chose the WeChat by which they came last; and whether money goes elsewhere now.

    Raises:
        BadInput: the name is out of bounds.
    """
    name = None if real_name is None else text_within(real_name, LONGEST_NAME, "input", "realName")
    if before is None:
        return replace(known, real_name=name), False
    if before.openid == known.openid:
        return replace(before, real_name=name or before.real_name, version=before.version + 1), False
    # Another person's WeChat may have another name: what was said of the one before does not stand.
    return replace(before, openid=known.openid, real_name=name, since=at, version=before.version + 1), True
