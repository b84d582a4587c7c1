"""Bullet comments: what may be said in a live room, how often, and what of it is shown (2.8.3, block I)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar
from uuid import UUID

from domain import graphemes
from domain.identity import Principal
from domain.live import OPEN_STATES, SEEN_BY_ALL, RoomClosed, moderates
from domain.moderation import Moderation, plain
from domain.records import record
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, TooOften, text_within
from domain.room_events import BulletComment, BulletMode, EventKind, LiveRoomState, RoomEvent
from domain.room_rules import Kicked, Muted, RoomMuted, RoomRules

LONGEST = 100
LONGEST_CODE_POINTS = 500
EVERY = timedelta(seconds=2)
AT_ONCE = 3
"""One comment every two seconds, three at once."""
REPEAT_AFTER = timedelta(seconds=20)
TEXTS_REMEMBERED = 5
TAKE_BACK_WITHIN = timedelta(minutes=2)
MOST_ALIKE = 20
ALIKE_WITHIN = timedelta(seconds=10)
"""So many comments of one text are shown in so long; a crowd that says it in one voice is not told apart."""


@record
class BulletTerms:
    """What a brand decides. `shown_per_s` comments of a room are shown on average, as many at once; 0: all."""

    shown_per_s: int = 40
    may_link: bool = False


@record
class Remark:
    """What a member wants to say in a room. `text` is what may be shown of it.

    `digest` is the same for all texts that are the same but for their disguise. `waits` where its words want
    review. `paced` is False for what was said long ago and is only told again.
    """

    id: UUID
    text: str
    digest: str
    waits: bool
    sender: Principal
    color: str | None
    mode: BulletMode
    at: datetime
    paced: bool = True


@record
class Pace:
    """What a member said in a room lately. The next comment would be right on time at `due_at`."""

    due_at: datetime
    said_at: datetime
    digests: tuple[str, ...] = ()


@record
class Ban:
    """Kept out of a room, or of all. `until` None: as long as the room lasts, or for good."""

    until: datetime | None

    def holds(self, at: datetime) -> bool:
        return self.until is None or at < self.until


@record
class Hearing:
    """All that decides whether one member may speak in one room."""

    state: LiveRoomState
    guide_id: UUID
    store_path: str
    rules: RoomRules
    name: str
    avatar_url: str | None
    muted_until: datetime | None
    bans: tuple[Ban, ...]
    pace: Pace | None


@record
class Heard:
    """A member may speak: at what pace they do, whether the comment waits for review, and whether all see it."""

    pace: Pace
    waits: bool
    is_always_shown: bool


@dataclass(eq=False)
class BulletRejected(Refusal):
    """The comment holds words that are not allowed here."""

    code = ErrorCode.CONTENT_REJECTED


@dataclass(eq=False)
class LinkRejected(Refusal):
    """The comment holds a link, or a picture in letters."""

    code = ErrorCode.CONTENT_REJECTED


@dataclass(eq=False)
class SaidBefore(Refusal):
    """The member said the same just before."""

    code = ErrorCode.RATE_LIMITED
    retryable = True
    retry_after_s: int
    retry_after_ms: int


@dataclass(eq=False)
class SlowMode(Refusal):
    """The room is in slow mode, and the member said something not long ago."""

    code = ErrorCode.RATE_LIMITED
    retryable = True
    retry_after_s: int
    retry_after_ms: int


@record
class BulletCommentWaiting(RoomEvent):
    """A comment waits for review, or was decided on. Told to those who moderate the room."""

    kind: ClassVar[EventKind] = EventKind.BULLET_COMMENT_WAITING
    comment: BulletComment
    state: Moderation = Moderation.PENDING


def check(text: str, color: str | None) -> str:
    """The text of a comment on one line.

    Raises:
        BadInput: it shows nothing, is longer than 100 characters as people count them, turns the direction of
            writing, or the colour is none.
    """
    if color is not None and not re.fullmatch(r"#[0-9a-fA-F]{6}", color):
        raise BadInput('a colour such as "#ffcc00"', "应为形如 #ffcc00 的颜色", path=("input", "color"))
    said = text_within(" ".join(text.split()), LONGEST_CODE_POINTS, "input", "text")
    if len(said) > LONGEST and graphemes.count_of(said) > LONGEST:
        raise BadInput(f"1 to {LONGEST} characters", f"长度应为 1 到 {LONGEST} 个字符", path=("input", "text"))
    if _FORBIDDEN.search(said):
        raise BadInput("no control characters", "不能包含控制字符", path=("input", "text"))
    if all(unicodedata.category(c) in {"Cf", "Mn", "Me", "Zs"} for c in said):
        raise BadInput("something that can be seen", "不能为空白", path=("input", "text"))
    return said


_CONTROLS, _SURROGATES = "\x00-\x1f\x7f-\x9f", "\ud800-\udfff"
_TURNS = "\u202a-\u202e\u2066-\u2069"
_PRIVATE = "\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd"
_FORBIDDEN = re.compile(f"[{_CONTROLS}{_SURROGATES}{_TURNS}{_PRIVATE}]")


def digest_of(text: str) -> str:
    """The same for all texts that differ in width, case, gaps or disguise alone."""
    return hashlib.blake2b((plain(text).text or text).encode(), digest_size=8).hexdigest()


_SCHEMES = r"(?:https?|ftp):\S|(?:weixin|wxp|alipays?|taobao|tbopen|openapp)://|www[.。]\S|data:\w+/[\w.+-]+[;,]"
_ENDINGS = "(?:com|cn|net|org|top|xyz|cc|vip|shop|club|site|online|store|link|app|info|tv|me|io|co|ly|gl|im)(?![a-z])"
_HOSTS = rf"[\w-]\s?\.\s?{_ENDINGS}|[a-z\d-]。{_ENDINGS}"
_SPOKEN = r"[\w-]\s?(?:点|點|\bdot\b|\(dot\))\s?(?:com|cn|net|org|top|vip)\b"
_PICTURE = r"(?=[a-z+/]*\d)(?=[\d+/]*[a-z])[a-z\d+/]{40,}"
_SHOP_CODE = r"[¥￥€₤$]\w{8,}[¥￥€₤$]"
_LINK = re.compile(f"{_SCHEMES}|{_HOSTS}|{_SPOKEN}|{_PICTURE}|{_SHOP_CODE}")


def holds_link(text: str) -> bool:
    """Whether there is an address in a text, a password that a shopping app knows (淘口令), or a picture in base64.

    >>> [holds_link(one) for one in ("见 ｗｗｗ．taobao．com", "淘宝点com", "3.5折 好看", "v1.com.cn", "8点开播")]
    [True, True, False, True, False]
    """
    shown = unicodedata.normalize("NFKC", text).lower()
    return _LINK.search("".join(c for c in shown if unicodedata.category(c) != "Cf")) is not None


def hear(hearing: Hearing | None, remark: Remark) -> Heard:
    """Let a member speak. Those who moderate the room speak when others may not, unreviewed, and are always shown.

    Raises:
        NotFound: there is no such room for the member.
        RoomClosed: the room is not live.
        Kicked, Muted, RoomMuted: the member may not speak now.
        TooOften, SlowMode, SaidBefore: the member has to wait.
    """
    if hearing is None or hearing.state not in SEEN_BY_ALL:
        raise NotFound(path=("input", "liveRoomId"))
    if hearing.state not in OPEN_STATES:
        raise RoomClosed(hearing.state.value)
    for ban in hearing.bans:
        if ban.holds(remark.at):
            raise Kicked(ban.until)
    if hearing.muted_until is not None and remark.at < hearing.muted_until:
        raise Muted(hearing.muted_until)
    if moderates(hearing.guide_id, hearing.store_path, remark.sender):
        return Heard(paced(hearing.pace, remark, 0), waits=False, is_always_shown=True)
    if hearing.rules.muted:
        raise RoomMuted
    waits = remark.waits or hearing.rules.reviewed
    return Heard(paced(hearing.pace, remark, hearing.rules.slow_mode_s), waits, is_always_shown=False)


def paced(pace: Pace | None, remark: Remark, slow_mode_s: int) -> Pace:
    """The pace of a member who says one thing more.

    Raises:
        TooOften: more than one in two seconds, after three at once.
        SlowMode: the room's own pause is not over.
        SaidBefore: it is one of the last five texts, and the member was not silent for 20 seconds.
    """
    due = remark.at
    digests: tuple[str, ...] = (remark.digest,)
    if pace is not None and remark.paced:
        _wait(TooOften, pace.due_at - EVERY * (AT_ONCE - 1), remark.at)
        _wait(SlowMode, pace.said_at + timedelta(seconds=slow_mode_s), remark.at)
        if remark.digest in pace.digests:
            _wait(SaidBefore, pace.said_at + REPEAT_AFTER, remark.at)
        due = max(due, pace.due_at)
        if remark.at < pace.said_at + REPEAT_AFTER:
            digests = (*pace.digests, remark.digest)[-TEXTS_REMEMBERED:]
    return Pace(due + EVERY, remark.at, digests)


def _wait(refusal: type[TooOften | SlowMode | SaidBefore], until: datetime, at: datetime) -> None:
    if at < until:
        left = until - at
        raise refusal(retry_after_s=ceil(left.total_seconds()), retry_after_ms=ceil(left / timedelta(milliseconds=1)))


def comment_of(remark: Remark, hearing: Hearing) -> BulletComment:
    """The comment as everybody sees it."""
    assert remark.sender.member_id is not None
    return BulletComment(
        remark.id,
        remark.text,
        remark.sender.member_id,
        hearing.name,
        hearing.avatar_url,
        remark.color,
        remark.mode,
        remark.at,
    )


def show(due_at: datetime | None, at: datetime, per_s: int) -> tuple[bool, datetime | None]:
    """Whether a room shows one comment more, and when the next would be right on time.

    So many are shown in a second on average and as many at once; the rest is stored alone. A room's one row
    keeps `due_at`, so all see the same ones, in every process and in every replay.
    """
    if not per_s:
        return True, due_at
    step = timedelta(seconds=1) / per_s
    due = max(due_at or at, at)
    if due - at > timedelta(seconds=1) - step:
        return False, due_at
    return True, due + step
