"""What can be asked of comments, and what members and moderators do to them."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from limits import RateLimitItemPerMinute

import db.comments
import db.members
import db.outbox
import db.posts
from db.connection import Writing
from domain.comments import LONGEST_COMMENT, Comment, moderates, place_of
from domain.content import ContentRejected, Post, reader_of
from domain.filters import Condition, check_depth
from domain.members import MemberCard
from domain.moderation import Moderation, Outcome
from domain.pages import Page, PageRequest
from domain.refusals import NotAllowed, NotFound, WrongState, text_within
from resolvers import content, rates
from resolvers.context import Context

COMMENTS = RateLimitItemPerMinute(10)


async def threads_of(ctx: Context, posts: Sequence[Post], request: PageRequest) -> list[Page[Comment]]:
    """A page of the first comments of each post's threads."""
    return await db.comments.threads_of(ctx.reading, reader_of(ctx.principal), [post.id for post in posts], request)


async def replies_of(ctx: Context, comments: Sequence[Comment], request: PageRequest) -> list[Page[Comment]]:
    """A page of the replies to each comment that is the first of its thread; a reply has none."""
    ids = [comment.id for comment in comments]
    return await db.comments.replies_of(ctx.reading, reader_of(ctx.principal), ids, request)


async def answered_by(ctx: Context, comments: Sequence[Comment]) -> list[MemberCard | None]:
    """Whom each reply answers, when that is not the author of the thread's first comment."""
    ids = {comment.reply_to_id for comment in comments if comment.reply_to_id}
    found = await db.comments.comments_by_id(ctx.reading, sorted(ids)) if ids else {}
    return [found[c.reply_to_id].author if c.reply_to_id in found else None for c in comments]


async def comments(ctx: Context, request: PageRequest, where: Condition, *, descending: bool) -> Page[Comment]:
    """A page of comments in every state, for those who decide on them.

    Raises:
        NotAllowed: the caller does not decide on comments.
    """
    _check_moderator(ctx)
    check_depth(where)
    return await db.comments.comments(ctx.reading, request, where, descending=descending)


async def comments_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Comment]:
    """Those of the comments that the caller may see."""
    found = await db.comments.comments_by_id(ctx.reading, list(dict.fromkeys(ids)))
    if moderates(ctx.principal):
        return found
    posts = await content.posts_by_id(ctx, [comment.post_id for comment in found.values()])
    return {id_: c for id_, c in found.items() if c.post_id in posts and _is_seen(ctx, c)}


def _is_seen(ctx: Context, comment: Comment) -> bool:
    is_own = comment.author.id == ctx.principal.member_id
    return comment.state is Moderation.APPROVED or (is_own and comment.state is Moderation.PENDING)


async def add(ctx: Context, post_id: UUID, text: str, answered_id: UUID | None) -> tuple[Comment, bool]:
    """Comment on a post or answer a comment; the comment, and whether words of it were masked.

    Raises:
        BadInput: the text is empty or longer than 500 characters.
        TooOften: more than ten in a minute.
        ContentRejected: the text holds words that are not allowed.
        NotFound: the caller sees no such published post, or no such comment below it.
    """
    text = text_within(text, LONGEST_COMMENT, "input", "text")
    await rates.take(ctx, COMMENTS, "comments", ctx.member_id.hex)
    verdict = ctx.services.words.judge(text)
    if not verdict.may_be_kept:
        raise ContentRejected(path=("input", "text"))
    async with ctx.database.writing() as tx:
        await content.published(ctx, tx, post_id)
        answered = None if answered_id is None else await _answered(ctx, tx, post_id, answered_id)
        author = (await db.members.cards_of(tx, [ctx.member_id]))[ctx.member_id]
        place = place_of(answered)
        new = Comment(ctx.new_id(), post_id, *place, author, verdict.text, verdict.state, False, ctx.now())
        await db.comments.add(tx, new)
        await _tell(ctx, tx, "CommentAdded", new)
    return new, verdict.outcome is Outcome.MASKED


async def _answered(ctx: Context, tx: Writing, post_id: UUID, comment_id: UUID) -> Comment:
    found = (await db.comments.comments_by_id(tx, [comment_id])).get(comment_id)
    if found is None or found.post_id != post_id or not _is_seen(ctx, found):
        raise NotFound(path=("input", "parentId"))
    return found


async def moderate(ctx: Context, comment_id: UUID, decision: Moderation) -> Comment:
    """Approve or reject a comment; deciding the same again changes nothing.

    Raises:
        NotAllowed: the caller does not decide on comments.
        NotFound: there is no such comment.
    """
    _check_moderator(ctx)
    async with ctx.database.writing() as tx:
        comment = await _lock(tx, comment_id)
        if comment.state is not decision:
            await db.comments.decide(tx, comment, decision)
            await _tell(ctx, tx, "CommentModerated", comment, decision=decision.value)
        return await _read(tx, comment_id)


async def pin(ctx: Context, comment_id: UUID, *, pinned: bool) -> Comment:
    """Let the first comment of a thread stand above the others, or no longer.

    Raises:
        NotAllowed: the caller neither decides on comments nor wrote the post.
        NotFound: there is no such comment.
        WrongState: the comment is a reply, or not approved.
    """
    async with ctx.database.writing() as tx:
        comment = await _lock(tx, comment_id)
        if not moderates(ctx.principal):
            posts = await db.posts.posts_by_id(tx, reader_of(ctx.principal), [comment.post_id])
            if comment.post_id not in posts or posts[comment.post_id].author_member_id != ctx.member_id:
                raise NotAllowed(path=("input", "commentId"))
        if pinned and (comment.parent_id or comment.state is not Moderation.APPROVED):
            raise WrongState("REPLY" if comment.parent_id else comment.state.value, path=("input", "commentId"))
        if comment.pinned is not pinned:
            await db.comments.pin(tx, comment_id, pinned=pinned)
            await _tell(ctx, tx, "CommentPinned", comment, pinned=pinned)
        return await _read(tx, comment_id)


async def remove(ctx: Context, comment_id: UUID) -> None:
    """Delete a comment, with its replies when it is the first of a thread.

    Raises:
        NotFound: there is no such comment, or it is another's.
    """
    async with ctx.database.writing() as tx:
        comment = await _lock(tx, comment_id)
        if comment.author.id != ctx.member_id and not moderates(ctx.principal):
            raise NotFound(path=("input", "commentId"))
        await db.comments.remove(tx, comment)
        await _tell(ctx, tx, "CommentRemoved", comment)


async def _lock(tx: Writing, comment_id: UUID) -> Comment:
    comment = await db.comments.lock(tx, comment_id)
    if comment is None:
        raise NotFound(path=("input", "commentId"))
    return comment


async def _read(tx: Writing, comment_id: UUID) -> Comment:
    return (await db.comments.comments_by_id(tx, [comment_id]))[comment_id]


def _check_moderator(ctx: Context) -> None:
    if not moderates(ctx.principal):
        raise NotAllowed


async def _tell(ctx: Context, tx: Writing, kind: str, comment: Comment, **more: object) -> None:
    payload = {"commentId": comment.id.hex, "postId": comment.post_id.hex, "by": ctx.member_id.hex, **more}
    await db.outbox.tell(tx, kind, "comment", comment.id, payload, ctx.now())
