"""Members: who they are, how they are known again, and what others see of them (R16)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, text_within

LONGEST_NICKNAME = 32
LONGEST_URL = 500


class MemberStatus(Enum):
    ACTIVE = "ACTIVE"
    CLOSED = "CLOSED"


class IdentityProvider(Enum):
    """Who vouches for an identity. A verified phone is no identity of this kind: it stands in the member, unique."""

    WX_MP = "WX_MP"
    WX_OA = "WX_OA"
    WECOM = "WECOM"


@record
class Member:
    """A person who shops here. `phone` is E.164 and was verified."""

    id: UUID
    nickname: str
    avatar_url: str | None
    birthday: date | None
    phone: str | None
    status: MemberStatus
    created_at: datetime
    version: int = 1
    external_reference: str | None = None


@record
class MemberCard:
    """What everybody may see of a member."""

    id: UUID
    nickname: str
    avatar_url: str | None


@record
class Identity:
    """A person as one provider knows them: `openid` within one app, `unionid` across the apps of one company."""

    provider: IdentityProvider
    app_id: str
    openid: str
    unionid: str | None


@dataclass(eq=False)
class TwoMembers(Refusal):
    """The proofs of one login belong to two members; they are never merged silently."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class PhoneTaken(Refusal):
    """The phone belongs to another member."""

    code = ErrorCode.CONFLICT


@dataclass(eq=False)
class MemberClosed(Refusal):
    """The member's account is closed."""

    code = ErrorCode.INVALID_STATE


def the_one(known: Sequence[Member | None]) -> Member | None:
    """The member whom every proof of a login leads to; None when none leads to anyone.

    Raises:
        TwoMembers: they lead to different members.
        MemberClosed: they lead to one whose account is closed.
    """
    found = {member.id: member for member in known if member is not None}
    if len(found) > 1:
        raise TwoMembers
    member = next(iter(found.values()), None)
    if member is not None and member.status is not MemberStatus.ACTIVE:
        raise MemberClosed
    return member


def checked_nickname(given: str) -> str:
    """A nickname without surrounding space, on one line.

    Raises:
        BadInput: it is empty or too long, or has line breaks or other control characters.
    """
    nickname = text_within(given, LONGEST_NICKNAME, "input", "nickname")
    if not nickname.isprintable():
        raise BadInput("one line without control characters", "昵称只能是一行普通文字", path=("input", "nickname"))
    return nickname


def checked_avatar(given: str) -> str:
    """Where a picture is: on our own server, or anywhere by https.

    Raises:
        BadInput: it is neither, or too long.
    """
    ours = given.startswith("/") and not given.startswith("//")
    if (
        len(given) > LONGEST_URL
        or not given.isprintable()
        or " " in given
        or not (ours or given.startswith("https://"))
    ):
        raise BadInput("an https address", "应为 https 地址", path=("input", "avatarUrl"))
    return given


def checked_birthday(given: date, today: date) -> date:
    """A day on which someone alive may have been born.

    Raises:
        BadInput: it is not.
    """
    if not date(1900, 1, 1) <= given <= today:
        raise BadInput("a day from 1900 until today", "应在 1900 年至今天之间", path=("input", "birthday"))
    return given


def masked_name(nickname: str) -> str:
    """A nickname of which strangers see the first character only.

    >>> masked_name("小美")
    '小**'
    """
    return f"{nickname[:1]}**"


def masked(phone: str) -> str:
    """A phone number with its middle hidden, without the code of China.

    >>> masked("+8613800000000")
    '138****0000'
    """
    national = phone.removeprefix("+86")
    return f"{national[:3]}****{national[-4:]}"


def as_seen_by(member: Member, viewer_id: UUID | None) -> Member:
    """The member with what only they themselves may see hidden from others."""
    if member.id == viewer_id:
        return member
    return replace(member, phone=None if member.phone is None else masked(member.phone), birthday=None)
