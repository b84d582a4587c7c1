"""Content: posts of many kinds, what they are made of, and their way to readers (R52, R53)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias
from uuid import UUID

from domain.catalogue import check_reference
from domain.identity import Principal, Scope
from domain.links import check_link
from domain.members import MemberCard
from domain.records import record
from domain.refusals import ErrorCode, NotAllowed, NotFound, Refusal, WrongState, between, text_within

MOST_BLOCKS = 200
MOST_PRODUCTS = 30
LONGEST_PARAGRAPH = 5_000
LONGEST_HTML = 200_000


class PostKind(Enum):
    TEXT = "TEXT"
    IMAGE = "IMAGE"
    ARTICLE = "ARTICLE"
    AUDIO = "AUDIO"
    VIDEO = "VIDEO"


class PostPurpose(Enum):
    """What a post is to do for the brand (R53)."""

    KNOWLEDGE = "KNOWLEDGE"
    CAMPAIGN = "CAMPAIGN"
    INTERACTION = "INTERACTION"
    SHOPPING = "SHOPPING"


class PostGenre(Enum):
    """In which form a post tells it (R53)."""

    CUSTOMER_CASE = "CUSTOMER_CASE"
    EXPERT = "EXPERT"
    GOSSIP = "GOSSIP"
    SELLING_POINT = "SELLING_POINT"


class PostState(Enum):
    DRAFT = "DRAFT"
    REVIEWING = "REVIEWING"
    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"
    ARCHIVED = "ARCHIVED"


class PostAction(Enum):
    """What someone does to the state of a post."""

    SUBMIT = "SUBMIT"
    PUBLISH = "PUBLISH"
    HIDE = "HIDE"
    ARCHIVE = "ARCHIVE"


TRANSITIONS: Mapping[tuple[PostState, PostAction], PostState] = {
    (PostState.DRAFT, PostAction.SUBMIT): PostState.REVIEWING,
    (PostState.DRAFT, PostAction.PUBLISH): PostState.PUBLISHED,
    (PostState.REVIEWING, PostAction.PUBLISH): PostState.PUBLISHED,
    (PostState.HIDDEN, PostAction.PUBLISH): PostState.PUBLISHED,
    (PostState.PUBLISHED, PostAction.HIDE): PostState.HIDDEN,
    (PostState.DRAFT, PostAction.ARCHIVE): PostState.ARCHIVED,
    (PostState.REVIEWING, PostAction.ARCHIVE): PostState.ARCHIVED,
    (PostState.PUBLISHED, PostAction.ARCHIVE): PostState.ARCHIVED,
    (PostState.HIDDEN, PostAction.ARCHIVE): PostState.ARCHIVED,
}


@record
class Paragraph:
    text: str


@record
class Heading:
    """A heading; level 1 is the largest of three."""

    text: str
    level: int = 1


@record
class Image:
    url: str
    alt: str = ""
    caption: str = ""


@record
class Video:
    url: str
    cover_url: str | None = None
    caption: str = ""


@record
class Audio:
    url: str
    title: str = ""


@record
class Html:
    """Sanitised HTML, for articles that were written elsewhere."""

    html: str


@record
class ProductMention:
    """A product of the catalogue, in the run of the text."""

    product_id: UUID


Block: TypeAlias = Paragraph | Heading | Image | Video | Audio | Html | ProductMention


@record
class PostDraft:
    """A whole post as its author describes it; saving one replaces what was there."""

    kind: PostKind
    purpose: PostPurpose
    genre: PostGenre
    title: str
    summary: str = ""
    cover_url: str | None = None
    blocks: Sequence[Block] = ()
    product_ids: Sequence[UUID] = ()
    store_id: UUID | None = None
    external_reference: str | None = None


@record
class Post:
    """A piece of content. `blocks` is None where it was not read. Without an author it is the brand's own."""

    id: UUID
    kind: PostKind
    purpose: PostPurpose
    genre: PostGenre
    title: str
    summary: str
    cover_url: str | None
    state: PostState
    author_member_id: UUID | None
    store_id: UUID | None
    published_at: datetime | None
    like_count: int
    comment_count: int
    created_at: datetime
    updated_at: datetime
    version: int
    external_reference: str | None
    product_ids: Sequence[UUID] = ()
    author: MemberCard | None = None
    blocks: Sequence[Block] | None = None


@record
class StateChange:
    """One step in the life of a post."""

    post_id: UUID
    from_state: PostState
    to_state: PostState
    actor_member_id: UUID | None
    reason: str
    at: datetime


@record
class Reader:
    """For whom posts are read: all see what is published, authors their own, staff everything."""

    member_id: UUID | None = None
    sees_all: bool = False


@dataclass(eq=False)
class ContentRejected(Refusal):
    """The text holds words that are not allowed here."""

    code = ErrorCode.CONTENT_REJECTED


def reader_of(principal: Principal) -> Reader:
    return Reader(principal.member_id, principal.is_staff)


def check_post(draft: PostDraft) -> PostDraft:
    """Hold a post to the rules that need no look at anything else.

    Raises:
        BadInput: a text, link or list is out of bounds.
    """
    text_within(draft.title, 100, "input", "title")
    text_within(draft.summary, 500, "input", "summary", least=0)
    check_reference(draft.external_reference, "input", "externalReference")
    if draft.cover_url is not None:
        check_link(draft.cover_url, "input", "coverUrl")
    between(len(draft.product_ids), 0, MOST_PRODUCTS, "input", "productIds")
    between(len(draft.blocks), 1, MOST_BLOCKS, "input", "blocks")
    for i, block in enumerate(draft.blocks):
        _check_block(block, "input", "blocks", str(i))
    return draft


def _check_block(block: Block, *path: str) -> None:
    match block:
        case Paragraph(text):
            text_within(text, LONGEST_PARAGRAPH, *path, "text")
        case Heading(text, level):
            text_within(text, 100, *path, "text")
            between(level, 1, 3, *path, "level")
        case Image(url, alt, caption):
            check_link(url, *path, "url")
            text_within(alt + caption, 1_000, *path, "caption", least=0)
        case Video(url, cover_url, caption):
            check_link(url, *path, "url")
            check_link(cover_url or "/", *path, "coverUrl")
            text_within(caption, 500, *path, "caption", least=0)
        case Audio(url, title):
            check_link(url, *path, "url")
            text_within(title, 200, *path, "title", least=0)
        case Html(html):
            text_within(html, LONGEST_HTML, *path, "html")


def mentioned(draft: PostDraft) -> list[UUID]:
    """The products of a post, those in its text among them, each once."""
    in_text = [block.product_id for block in draft.blocks if isinstance(block, ProductMention)]
    return list(dict.fromkeys([*draft.product_ids, *in_text]))


def words_of(draft: PostDraft) -> str:
    """All that someone reads in a post, for the check of its words."""
    said = [block.text for block in draft.blocks if isinstance(block, (Paragraph, Heading))]
    shown = [block.caption for block in draft.blocks if isinstance(block, (Image, Video))]
    return "\n".join([draft.title, draft.summary, *said, *shown])


def after(action: PostAction, state: PostState) -> PostState:
    """The state that an action leads to.

    Raises:
        WrongState: the action is not possible now.
    """
    if (state, action) not in TRANSITIONS:
        raise WrongState(state.value, path=("input", "postId"))
    return TRANSITIONS[state, action]


def check_author(principal: Principal, author_member_id: UUID | None, state: PostState) -> None:
    """Hold a writer to what is theirs: staff for content to all posts, a guide to their own until they are published.

    Raises:
        NotAllowed: the caller writes no posts.
        NotFound: the post is another's.
        WrongState: the guide's own post is out of their hands.
    """
    if principal.holds(Scope.CONTENT):
        return
    if not principal.holds(Scope.GUIDE):
        raise NotAllowed
    if author_member_id != principal.member_id:
        raise NotFound(path=("input", "postId"))
    if state not in (PostState.DRAFT, PostState.REVIEWING):
        raise WrongState(state.value, path=("input", "postId"))
