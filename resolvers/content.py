"""What can be asked of posts, and what readers and writers do to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import db.catalogue
import db.guides
import db.likes
import db.outbox
import db.posts
import db.publishing
import db.stores
from db.connection import Writing
from db.publishing import Kept
from domain.catalogue import Audience, Product, Seeing
from domain.content import (
    Block,
    ContentRejected,
    Html,
    Post,
    PostAction,
    PostDraft,
    PostState,
    ProductMention,
    Reader,
    StateChange,
    after,
    check_author,
    check_post,
    mentioned,
    reader_of,
    words_of,
)
from domain.filters import Condition, check_depth
from domain.identity import Scope
from domain.pages import Page, PageRequest
from domain.refusals import NotFound, same_version, text_within
from domain.stores import Store
from providers.html import sanitised
from resolvers import catalogue
from resolvers.context import Context

_EVERYTHING = Reader(sees_all=True)


async def posts_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Post]:
    """Those of the posts that the caller may see."""
    return await db.posts.posts_by_id(ctx.reading, reader_of(ctx.principal), list(dict.fromkeys(ids)))


async def posts(ctx: Context, request: PageRequest, where: Condition, sort: str, *, descending: bool) -> Page[Post]:
    """A page of the posts that the caller may see.

    Raises:
        BadInput: the condition is nested too deep.
    """
    check_depth(where)
    return await db.posts.posts(ctx.reading, reader_of(ctx.principal), request, where, sort, descending=descending)


async def blocks_of(ctx: Context, posts: Sequence[Post]) -> list[Sequence[Block]]:
    """What each post is made of, read now where it was not read with the post."""
    missing = [post.id for post in posts if post.blocks is None]
    found = await posts_by_id(ctx, missing) if missing else {}
    # A post that was hidden between the two reads has nothing more to show.
    return [(post if post.blocks is not None else found.get(post.id, post)).blocks or () for post in posts]


async def products_of(ctx: Context, posts: Sequence[Post]) -> list[list[Product]]:
    """The products of each post that the caller may know of (R25)."""
    ids = [id_ for post in posts for id_ in post.product_ids]
    found = await catalogue.products_by_id(ctx, ids) if ids else {}
    return [[found[id_] for id_ in post.product_ids if id_ in found] for post in posts]


async def products_mentioned(ctx: Context, mentions: Sequence[ProductMention]) -> list[Product | None]:
    """The product of each mention, if the caller may know of it (R25)."""
    found = await catalogue.products_by_id(ctx, [mention.product_id for mention in mentions])
    return [found.get(mention.product_id) for mention in mentions]


async def stores_of(ctx: Context, posts: Sequence[Post]) -> list[Store | None]:
    """The store that each post belongs to."""
    ids = {post.store_id for post in posts if post.store_id}
    found = await db.stores.stores_by_id(ctx.reading, sorted(ids)) if ids else {}
    return [found.get(post.store_id) if post.store_id else None for post in posts]


async def liked_by_me(ctx: Context, posts: Sequence[Post]) -> list[bool]:
    """Whether the caller likes each post."""
    if ctx.principal.member_id is None:
        return [False] * len(posts)
    liked = await db.posts.liked_by(ctx.reading, ctx.member_id, [post.id for post in posts])
    return [post.id in liked for post in posts]


async def state_changes_of(ctx: Context, posts: Sequence[Post]) -> list[list[StateChange]]:
    """The steps of each post, the oldest first."""
    found = await db.posts.state_changes_of(ctx.reading, [post.id for post in posts])
    return [found.get(post.id, []) for post in posts]


async def save(
    ctx: Context, draft: PostDraft, *, post_id: UUID | None = None, expected_version: int | None = None
) -> Post:
    """Create a post as a draft, or replace the one with this id or else with the draft's external reference.

    Saving the same again changes nothing. Whoever calls it for a client uses `write`.

    Raises:
        BadInput: something is out of bounds.
        NotFound: there is no such post, product or store.
        StaleVersion: the post changed since its author read it.
        SlugTaken: another post has the external reference.
    """
    draft = check_post(_sanitised(draft))
    async with ctx.database.writing() as tx:
        kept = await _lock(tx, post_id, draft.external_reference)
        return await _save_over(ctx, tx, kept, draft, expected_version, Audience.STAFF)


async def write(
    ctx: Context, draft: PostDraft, *, post_id: UUID | None = None, expected_version: int | None = None
) -> Post:
    """Save a post for the caller: any for those who write content, their own for a guide, as one of the guide's store.

    Raises:
        NotAllowed: the caller writes no posts.
        ContentRejected: a guide's post holds words that are not allowed.
        WrongState: a guide's post is published already.
        BadInput, NotFound, StaleVersion, SlugTaken: as for `save`.
    """
    draft = check_post(_sanitised(draft))
    check_author(ctx.principal, ctx.principal.member_id, PostState.DRAFT)
    if not ctx.holds(Scope.CONTENT) and not ctx.services.words.judge(words_of(draft)).may_be_kept:
        raise ContentRejected(path=("input", "blocks"))
    async with ctx.database.writing() as tx:
        kept = await _lock(tx, post_id, draft.external_reference)
        if kept:
            check_author(ctx.principal, kept.author_member_id, kept.state)
        if ctx.holds(Scope.CONTENT):
            return await _save_over(ctx, tx, kept, draft, expected_version, Audience.STAFF)
        return await _save_over(ctx, tx, kept, await _of_own_store(ctx, tx, draft), expected_version, ctx.viewer)


async def _of_own_store(ctx: Context, tx: Writing, draft: PostDraft) -> PostDraft:
    guide = await db.guides.find_guide_of(tx, ctx.member_id)
    return replace(draft, store_id=guide.store_id if guide else None)


def _sanitised(draft: PostDraft) -> PostDraft:
    blocks = [Html(sanitised(block.html)) if isinstance(block, Html) else block for block in draft.blocks]
    return replace(draft, blocks=blocks)


async def _lock(tx: Writing, post_id: UUID | None, reference: str | None) -> Kept | None:
    if post_id is not None:
        return await _lock_known(tx, post_id)
    return await db.publishing.lock_by_reference(tx, reference) if reference is not None else None


async def _lock_known(tx: Writing, post_id: UUID) -> Kept:
    kept = await db.publishing.lock(tx, post_id)
    if kept is None:
        raise NotFound(path=("input", "postId"))
    return kept


async def _save_over(
    ctx: Context, tx: Writing, kept: Kept | None, draft: PostDraft, expected: int | None, audience: Seeing
) -> Post:
    same_version(kept.version if kept else 0, expected)
    key = kept.id if kept else ctx.new_id()
    if kept is None or kept.fingerprint != db.publishing.fingerprint_of(draft):
        await _check_links(tx, draft, audience)
        await db.publishing.save(tx, key, draft, ctx.principal.member_id, ctx.now())
        await db.publishing.replace_products(tx, key, mentioned(draft))
        await db.outbox.tell(tx, "PostSaved", "post", key, {"postId": key.hex, "isNew": kept is None}, ctx.now())
    return await _read(tx, key)


async def _check_links(tx: Writing, draft: PostDraft, audience: Seeing) -> None:
    wanted = mentioned(draft)
    if wanted and len(await db.catalogue.products_by_id(tx, audience, wanted)) < len(wanted):
        raise NotFound(path=("input", "productIds"))
    if draft.store_id and not await db.stores.stores_by_id(tx, [draft.store_id]):
        raise NotFound(path=("input", "storeId"))


async def _read(tx: Writing, post_id: UUID) -> Post:
    return (await db.posts.posts_by_id(tx, _EVERYTHING, [post_id]))[post_id]


async def move(
    ctx: Context, post_id: UUID, action: PostAction, *, reason: str = "", expected_version: int | None = None
) -> Post:
    """Submit, publish, hide or archive a post, and log it.

    Raises:
        NotFound: there is no such post, or it is not the guide's own.
        StaleVersion: the post changed since the caller read it.
        WrongState: the action is not possible now.
    """
    text_within(reason, 500, "input", "reason", least=0)
    async with ctx.database.writing() as tx:
        kept = await _lock_known(tx, post_id)
        if action is PostAction.SUBMIT:
            check_author(ctx.principal, kept.author_member_id, kept.state)
        same_version(kept.version, expected_version)
        target = after(action, kept.state)
        change = StateChange(post_id, kept.state, target, ctx.principal.member_id, reason, ctx.now())
        await db.publishing.move(tx, change, ctx.new_id())
        payload = {"postId": post_id.hex, "fromState": kept.state.value, "toState": target.value}
        await db.outbox.tell(tx, "PostMoved", "post", post_id, payload, ctx.now())
        return await _read(tx, post_id)


async def like(ctx: Context, post_id: UUID) -> Post:
    """Let the caller like a post; once is as good as often.

    Raises:
        NotFound: the caller sees no such published post.
    """
    async with ctx.database.writing() as tx:
        await published(ctx, tx, post_id)
        if await db.likes.like(tx, post_id, ctx.member_id, ctx.now()):
            await _tell_like(ctx, tx, "PostLiked", post_id)
        return await _read(tx, post_id)


async def unlike(ctx: Context, post_id: UUID) -> Post:
    """Let the caller no longer like a post.

    Raises:
        NotFound: the caller sees no such published post.
    """
    async with ctx.database.writing() as tx:
        await published(ctx, tx, post_id)
        if await db.likes.unlike(tx, post_id, ctx.member_id):
            await _tell_like(ctx, tx, "PostUnliked", post_id)
        return await _read(tx, post_id)


async def _tell_like(ctx: Context, tx: Writing, kind: str, post_id: UUID) -> None:
    payload = {"postId": post_id.hex, "memberId": ctx.member_id.hex}
    await db.outbox.tell(tx, kind, "post", post_id, payload, ctx.now())


async def published(ctx: Context, tx: Writing, post_id: UUID) -> Post:
    """A post that readers can answer to.

    Raises:
        NotFound: the caller sees no such published post.
    """
    found = (await db.posts.posts_by_id(tx, reader_of(ctx.principal), [post_id])).get(post_id)
    if found is None or found.state is not PostState.PUBLISHED:
        raise NotFound(path=("input", "postId"))
    return found
