"""Hooks: what a channel draws members with, each known by codes that people scan (R30, R32, R33)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.codes import scene_of
from domain.coupons import Coupon
from domain.records import record
from domain.refusals import BadInput, WrongState, between, same_version, text_within

MOST_CODES = 10_000
"""Of one batch."""
MOST_POINTS = 100_000
MOST_GIVEN = 10_000_000
LONGEST_NAME, LONGEST_WORD, LONGEST_PAGE = 60, 60, 200
LONGEST_LINK_DAYS = 30
"""So long WeChat keeps a link into the mini-program (product rules 2.13)."""
_PAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./-]*")


class HookTool(Enum):
    """What carries the code."""

    PACKAGE_CARD = "PACKAGE_CARD"
    SMS = "SMS"
    AI_CALL = "AI_CALL"
    POSTER = "POSTER"
    SCAN_TO_ORDER = "SCAN_TO_ORDER"
    AD_LANDING = "AD_LANDING"
    GROUP_CODE = "GROUP_CODE"
    LINK = "LINK"


class HookGoal(Enum):
    """What a hook is for: what counts as its conversion."""

    ORDER = "ORDER"
    FOLLOW = "FOLLOW"
    REGISTER = "REGISTER"


class MiniProgramLinkKind(Enum):
    """How a message outside of WeChat leads into the mini-program."""

    URL_LINK = "URL_LINK"
    SCHEME = "SCHEME"


@record
class Incentive:
    """What a person gets who scans a hook's code, once: a coupon, points, or both; so many persons at most."""

    template_id: UUID | None = None
    points: int = 0
    limit: int | None = None

    @property
    def is_something(self) -> bool:
        return self.template_id is not None or self.points > 0


NO_INCENTIVE = Incentive()


@record
class HookDraft:
    """A hook before it is kept. `store_id`, `guide_id`: for whom a scan of it speaks; `page` is the mini-program's."""

    channel_id: UUID
    tool: HookTool
    name: str
    goal: HookGoal
    campaign: str = ""
    creative: str = ""
    page: str = ""
    store_id: UUID | None = None
    guide_id: UUID | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    incentive: Incentive = NO_INCENTIVE


@record
class Hook:
    """What a channel draws members with. `code` is its own; those of its batches lead to it as well."""

    id: UUID
    code: str
    terms: HookDraft
    given: int
    """How many persons got the incentive."""
    created_at: datetime
    version: int = 1

    @property
    def scene(self) -> str:
        return scene_of(self.code)

    def is_open(self, at: datetime) -> bool:
        """Whether its codes do anything: outside of its time they open the page all the same."""
        starts_at, ends_at = self.terms.starts_at, self.terms.ends_at
        return (starts_at is None or starts_at <= at) and (ends_at is None or at < ends_at)


@record
class HookBatch:
    """Codes that were printed together: one for each parcel or card."""

    id: UUID
    hook_id: UUID
    name: str
    count: int
    created_at: datetime


@record
class Scan:
    """A code that was scanned, and what was given for it just now."""

    hook: Hook
    first: bool
    """Whether it was the person's first scan of the hook on this day of the brand."""
    given: bool = False
    had: bool = False
    """The person got the incentive before, under this account or another one."""
    coupon: Coupon | None = None
    points: int = 0


def check_draft(draft: HookDraft) -> HookDraft:
    """A draft without surrounding space.

    Raises:
        BadInput: a text, a number or the time is out of bounds.
    """
    if draft.starts_at is not None and draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        raise BadInput("after it begins", "结束时间应晚于开始时间", path=("input", "endsAt"))
    page = draft.page.strip().lstrip("/")
    if page and not (len(page) <= LONGEST_PAGE and _PAGE.fullmatch(page)):
        raise BadInput(
            "a page of the mini-program, without parameters", "应为不带参数的小程序页面路径", path=("input", "page")
        )
    return replace(
        draft,
        name=text_within(draft.name, LONGEST_NAME, "input", "name"),
        campaign=text_within(draft.campaign, LONGEST_WORD, "input", "campaign", least=0),
        creative=text_within(draft.creative, LONGEST_WORD, "input", "creative", least=0),
        page=page,
        incentive=_checked(draft.incentive),
    )


def _checked(incentive: Incentive) -> Incentive:
    between(incentive.points, 0, MOST_POINTS, "input", "incentive", "points")
    if incentive.limit is not None:
        between(incentive.limit, 1, MOST_GIVEN, "input", "incentive", "limit")
    return incentive


def edit(before: Hook, draft: HookDraft, expected_version: int | None) -> Hook:
    """A hook with other terms; where it belongs stays, for what came of it is counted there.

    Raises:
        BadInput: a text, a number or the time is out of bounds, or the channel or the tool is another one.
        StaleVersion: somebody changed it in between.
        WrongState: more persons got the incentive than may by now.
    """
    same_version(before.version, expected_version)
    if (draft.channel_id, draft.tool) != (before.terms.channel_id, before.terms.tool):
        raise BadInput("the channel and the tool that it has", "渠道与工具不能更改", path=("input", "channelId"))
    terms = check_draft(draft)
    if terms.incentive.limit is not None and terms.incentive.limit < before.given:
        raise WrongState(str(before.given), path=("input", "incentive", "limit"))
    return replace(before, terms=terms, version=before.version + 1)


def check_batch(name: str, count: int) -> str:
    """The name of a batch, without surrounding space.

    Raises:
        BadInput: it is out of bounds, or there are too many codes.
    """
    between(count, 1, MOST_CODES, "input", "count")
    return text_within(name, LONGEST_NAME, "input", "name")


def fact_of(hook: Hook) -> dict[str, Any]:
    """What the outbox tells of a hook."""
    terms = hook.terms
    return {
        "hook": hook.id.hex,
        "channel": terms.channel_id.hex,
        "tool": terms.tool.value,
        "store": terms.store_id.hex if terms.store_id else None,
        "guide": terms.guide_id.hex if terms.guide_id else None,
        "version": hook.version,
    }


def fact_of_scan(hook: Hook, code: str, member_id: UUID | None, *, first: bool) -> dict[str, Any]:
    """What the outbox tells of a scan. Who is not logged in may be anybody: a scan, and no person (J24)."""
    return {
        "hook": hook.id.hex,
        "channel": hook.terms.channel_id.hex,
        "code": code,
        "member": member_id.hex if member_id else None,
        "first": first and member_id is not None,
    }


def fact_of_gift(scan: Scan, member_id: UUID) -> dict[str, Any]:
    """What the outbox tells of an incentive."""
    return {
        "hook": scan.hook.id.hex,
        "member": member_id.hex,
        "coupon": scan.coupon.id.hex if scan.coupon else None,
        "points": scan.points,
    }
