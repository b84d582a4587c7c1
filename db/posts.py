"""Posts: their tables, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from db.connection import Reading, Row, by_key
from db.listing import Linked, Listing
from db.members import member
from db.metadata import UUIDS, count, key, metadata, moment, one_of, refers_to, words
from db.statements import prepared
from domain.content import (
    Audio,
    Block,
    Heading,
    Html,
    Image,
    Paragraph,
    Post,
    PostGenre,
    PostKind,
    PostPurpose,
    PostState,
    ProductMention,
    Reader,
    StateChange,
    Video,
)
from domain.filters import Condition
from domain.members import MemberCard
from domain.pages import Page, PageRequest

post = Table(
    "post",
    metadata,
    key(),
    *one_of("kind", PostKind),
    *one_of("purpose", PostPurpose),
    *one_of("genre", PostGenre),
    words("title"),
    words("summary"),
    words("cover_url", optional=True),
    Column("blocks", JSONB(), nullable=False),
    *one_of("state", PostState),
    refers_to("member", "author_member_id", optional=True),
    refers_to("org_unit", "store_id", optional=True),
    moment("published_at", optional=True),
    moment("listed_at"),
    count("like_count"),
    count("comment_count"),
    moment("created_at"),
    moment("updated_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("fingerprint", Text(), nullable=False),
    Column("external_reference", Text(), unique=True),
    CheckConstraint("like_count >= 0", name="like_count_is_not_negative"),
    CheckConstraint("comment_count >= 0", name="comment_count_is_not_negative"),
    CheckConstraint("state <> 'PUBLISHED' OR published_at IS NOT NULL", name="published_at_some_time"),
    Index(None, "listed_at", "id"),
    Index(None, "kind", "listed_at", "id"),
    Index(None, "purpose", "listed_at", "id"),
    Index(None, "genre", "listed_at", "id"),
    Index(None, "state", "listed_at", "id"),
    Index(None, "like_count", "id"),
    Index(None, "author_member_id", "id"),
    Index(None, "store_id", "id"),
)

post_product = Table(
    "post_product",
    metadata,
    refers_to("post", "post_id"),
    refers_to("product", "product_id"),
    count("position"),
    PrimaryKeyConstraint("post_id", "product_id"),
    Index(None, "product_id", "post_id"),
)

post_state_change = Table(
    "post_state_change",
    metadata,
    key(),
    refers_to("post", "post_id"),
    *one_of("from_state", PostState),
    *one_of("to_state", PostState),
    refers_to("member", "actor_member_id", optional=True),
    words("reason"),
    moment("at"),
    Index(None, "post_id", "id"),
)

post_like = Table(
    "post_like",
    metadata,
    refers_to("post", "post_id"),
    refers_to("member", "member_id"),
    moment("at"),
    PrimaryKeyConstraint("post_id", "member_id"),
    Index(None, "member_id", "post_id"),
)

_IS_SEEN = or_(
    post.c.state == literal_column("'PUBLISHED'"),
    bindparam("sees_all") == literal_column("true"),
    post.c.author_member_id == bindparam("reader_id", type_=Uuid()),
)
"""Who sees a post. Every query that reads posts for a client has this condition."""

_PRODUCT_IDS = (
    select(func.array_agg(aggregate_order_by(post_product.c.product_id, post_product.c.position)))
    .where(post_product.c.post_id == post.c.id)
    .scalar_subquery()
)
_COLUMNS = (
    post.c.id,
    post.c.kind,
    post.c.purpose,
    post.c.genre,
    post.c.title,
    post.c.summary,
    post.c.cover_url,
    post.c.state,
    post.c.author_member_id,
    post.c.store_id,
    post.c.published_at,
    post.c.like_count,
    post.c.comment_count,
    post.c.created_at,
    post.c.updated_at,
    post.c.version,
    post.c.external_reference,
    _PRODUCT_IDS.label("product_ids"),
    member.c.nickname,
    member.c.avatar_url,
)
_POSTS = select(*_COLUMNS).outerjoin(member, member.c.id == post.c.author_member_id).where(_IS_SEEN)


def _post(row: Row) -> Post:
    id_, kind, purpose, genre, title, summary, cover_url, state, author_id, store_id, published_at, *rest = row[:17]
    like_count, comment_count, created_at, updated_at, version, reference = rest
    author = None if author_id is None else MemberCard(author_id, row["nickname"], row["avatar_url"])
    return Post(
        id_,
        PostKind(kind),
        PostPurpose(purpose),
        PostGenre(genre),
        title,
        summary,
        cover_url,
        PostState(state),
        author_id,
        store_id,
        published_at,
        like_count,
        comment_count,
        created_at,
        updated_at,
        version,
        reference,
        row["product_ids"] or [],
        author,
    )


def _post_with_blocks(row: Row) -> Post:
    return replace(_post(row), blocks=[block_from(block) for block in row["blocks"]])


_BLOCKS: dict[str, type[Block]] = {
    kind.__name__: kind for kind in (Paragraph, Heading, Image, Video, Audio, Html, ProductMention)
}


def block_from(stored: dict[str, Any]) -> Block:
    """The block that was stored as this object."""
    kind = _BLOCKS[stored["type"]]
    if kind is ProductMention:
        return ProductMention(UUID(stored["product_id"]))
    return kind(**{name: value for name, value in stored.items() if name != "type"})


def stored(block: Block) -> dict[str, Any]:
    """The object that a block is stored as."""
    if isinstance(block, ProductMention):
        return {"type": "ProductMention", "product_id": block.product_id.hex}
    return {"type": type(block).__name__, **asdict(block)}


_LISTING = Listing(
    _POSTS,
    _post,
    id=post.c.id,
    filters={
        "kind": post.c.kind,
        "purpose": post.c.purpose,
        "genre": post.c.genre,
        "state": post.c.state,
        "authorId": post.c.author_member_id,
        "storeId": post.c.store_id,
        "externalReference": post.c.external_reference,
        "productId": Linked(post.c.id, post_product.c.post_id, post_product.c.product_id),
    },
    sorts={"PUBLISHED": post.c.listed_at, "LIKES": post.c.like_count},
)
_BY_ID = prepared(_POSTS.add_columns(post.c.blocks).where(post.c.id == any_(bindparam("ids", type_=UUIDS))))
_LIKED = prepared(
    select(post_like.c.post_id).where(
        post_like.c.member_id == bindparam("member_id", type_=Uuid()),
        post_like.c.post_id == any_(bindparam("ids", type_=UUIDS)),
    )
)
_CHANGES = prepared(
    select(
        post_state_change.c.post_id,
        post_state_change.c.from_state,
        post_state_change.c.to_state,
        post_state_change.c.actor_member_id,
        post_state_change.c.reason,
        post_state_change.c.at,
    )
    .where(post_state_change.c.post_id == any_(bindparam("ids", type_=UUIDS)))
    .order_by(post_state_change.c.post_id, post_state_change.c.id)
)


async def posts(
    reading: Reading, reader: Reader, request: PageRequest, where: Condition, sort: str, *, descending: bool
) -> Page[Post]:
    """A page of the posts that the reader sees, without their blocks."""
    return await _LISTING.page(reading, request, where=where, sort=sort, descending=descending, **_seen_by(reader))


async def posts_by_id(reading: Reading, reader: Reader, ids: Sequence[UUID]) -> dict[UUID, Post]:
    """Those of the posts that the reader sees, with their blocks."""
    rows = await reading.rows(_BY_ID, ids=list(ids), **_seen_by(reader))
    return {row["id"]: _post_with_blocks(row) for row in rows}


def _seen_by(reader: Reader) -> dict[str, Any]:
    return {"reader_id": reader.member_id, "sees_all": reader.sees_all}


async def liked_by(reading: Reading, member_id: UUID, post_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the posts that the member likes."""
    return {row["post_id"] for row in await reading.rows(_LIKED, member_id=member_id, ids=list(post_ids))}


async def state_changes_of(reading: Reading, post_ids: Sequence[UUID]) -> dict[UUID, list[StateChange]]:
    """The steps of each post, the oldest first."""
    rows = await reading.rows(_CHANGES, ids=list(post_ids))
    return by_key(rows, "post_id", lambda r: StateChange(r[0], PostState(r[1]), PostState(r[2]), r[3], r[4], r[5]))
