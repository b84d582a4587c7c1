"""Calls to action: cards of a live room that lead viewers elsewhere (引流), each viewer to their own guide (R63)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from domain.links import LONGEST_LINK, check_link
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, text_within
from domain.room_events import EventKind, RoomEvent

LONGEST_TITLE = 40
MOST_LISTED = 50
_PAGE = re.compile(r"/?pages/[A-Za-z0-9_\-./]+(\?[^\s\"'<>\\#]*)?")


class CallKind(Enum):
    """Where a card leads."""

    OA_FOLLOW = "OA_FOLLOW"
    GUIDE_QR = "GUIDE_QR"
    GROUP_QR = "GROUP_QR"
    LINK = "LINK"


class CallStep(Enum):
    """How far a viewer went."""

    CLICKED = "CLICKED"
    CONVERTED = "CONVERTED"


@record
class CallCard:
    """What a card is for everybody. Where it leads, each viewer asks for themselves."""

    id: UUID
    kind: CallKind
    title: str
    picture_url: str | None


@record
class CallDraft:
    """What a host wants to show. `target` is a link, or the picture of a code; a guide's code needs none."""

    kind: CallKind
    title: str
    picture_url: str | None
    target: str | None


@record
class Contact:
    """A guide with a code that can be scanned."""

    guide_id: UUID
    name: str
    avatar_url: str | None
    qr_url: str


@record
class CallNumbers:
    """What came of a card, in members, each counted once."""

    clicked: int = 0
    converted: int = 0


@record
class CallToAction:
    """A card of a room, with where it leads the caller: to a link or a code, of a guide or of nobody's."""

    id: UUID
    room_id: UUID
    kind: CallKind
    title: str
    picture_url: str | None
    target: str | None
    shown_at: datetime
    hidden_at: datetime | None
    contact: Contact | None = None
    numbers: CallNumbers | None = None
    """For those who run the room."""

    @property
    def card(self) -> CallCard:
        return CallCard(self.id, self.kind, self.title, self.picture_url)

    @property
    def link_url(self) -> str | None:
        return self.target if self.kind is CallKind.LINK else None

    @property
    def qr_url(self) -> str | None:
        if self.kind is CallKind.GUIDE_QR:
            return self.contact.qr_url if self.contact else None
        return None if self.kind is CallKind.LINK else self.target


@record
class CallToActionChanged(RoomEvent):
    """The card that is shown; None when none is any more."""

    kind: ClassVar[EventKind] = EventKind.CALL_TO_ACTION
    card: CallCard | None


@dataclass(eq=False)
class LinkNotAllowed(Refusal):
    """The link leads neither to a page of the mini-program nor to one of the brand's hosts."""

    code = ErrorCode.BAD_USER_INPUT


def check_draft(draft: CallDraft, hosts: frozenset[str]) -> CallDraft:
    """What a host shows, with its text in order. A link may lead to the brand's hosts only.

    Raises:
        BadInput: the title is too long, the picture is no link, or the target is missing, or not needed.
        LinkNotAllowed: the target leads elsewhere.
    """
    title = text_within(draft.title, LONGEST_TITLE, "input", "title")
    picture = None if draft.picture_url is None else check_link(draft.picture_url, "input", "pictureUrl")
    needed = draft.kind is not CallKind.GUIDE_QR
    if needed != (draft.target is not None):
        raise BadInput(
            "a target, but for GUIDE_QR none", "除 GUIDE_QR 外必须填写目标,GUIDE_QR 不填", path=("input", "target")
        )
    if draft.target is not None:
        _check_target(draft.kind, draft.target, hosts)
    return CallDraft(draft.kind, title, picture, draft.target)


def _check_target(kind: CallKind, target: str, hosts: frozenset[str]) -> None:
    is_page = kind is CallKind.LINK and _PAGE.fullmatch(target) is not None and ".." not in target
    if len(target) > LONGEST_LINK or not (is_page or leads_home(target, hosts, pictures=kind is not CallKind.LINK)):
        raise LinkNotAllowed(path=("input", "target"))


def leads_home(target: str, hosts: frozenset[str], *, pictures: bool) -> bool:
    """Whether an address is https at one of the hosts; a picture may also be on our own.

    >>> own = frozenset({"shop.example"})
    >>> [leads_home(url, own, pictures=False) for url in ("https://shop.example/a", "https://shop.example@evil.example/")]
    [True, False]
    >>> [leads_home(url, own, pictures=True) for url in ("/media/qr.png", "//evil.example/qr.png")]
    [True, False]
    """
    try:
        parts = urlsplit(check_link(target))
        port = parts.port
    except (BadInput, ValueError):
        return False
    if not parts.scheme and not parts.netloc:
        return pictures
    return parts.scheme == "https" and parts.netloc.lower() in hosts and port is None
