"""Contacts: who has a guide among their friends on WeCom (企业微信), whether or not they are a member yet (R08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput

LONGEST_ID = 128


@record
class WecomContact:
    """A person and a guide who are friends on WeCom. `member_id` is known once the person is a member.

    `external_userid` is how WeCom calls the person towards the brand; `unionid` is how all apps of the brand know them.
    """

    id: UUID
    guide_id: UUID
    external_userid: str
    unionid: str | None
    member_id: UUID | None
    added_at: datetime
    removed_at: datetime | None = None


def checked_id(given: str, *path: str) -> str:
    """An id of WeChat's or WeCom's as it came.

    Raises:
        BadInput: it is empty, too long, or holds other than letters, digits, `_` and `-`.
    """
    if not 0 < len(given) <= LONGEST_ID or not given.isascii() or not given.replace("_", "").replace("-", "").isalnum():
        raise BadInput("an id of WeChat, at most 128 characters", "应为微信的用户标识,最多 128 个字符", path=path)
    return given


def fact_of(contact: WecomContact) -> dict[str, Any]:
    """What the outbox tells of a contact; not who the person is towards WeCom."""
    return {
        "contact": contact.id.hex,
        "guide": contact.guide_id.hex,
        "member": contact.member_id.hex if contact.member_id else None,
    }
