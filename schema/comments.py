"""Comments: what clients see of them, and what members and moderators do to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import comments as rules
from domain import content as content_rules
from domain import pages
from domain.identity import Scope
from resolvers import comments
from resolvers.context import Context
from schema.access import attribute, batched, mutation, object_type, query
from schema.errors import Payload, Warning, WarningCode
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, condition_of
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.members import MemberCard
from schema.moderation import Moderation
from schema.node import Node


async def _replies(
    ctx: Context,
    parents: Sequence[rules.Comment],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    return await comments.replies_of(ctx, parents, pages.page_request(first, after, last, before))


@object_type(
    scope=Scope.VISITOR,
    description="What a member wrote below a post (评论). Threads have two levels.",
    record=rules.Comment,
)
class Comment(Node):
    id: strawberry.ID = identifier(Kind.COMMENT)
    post_id: strawberry.ID = identifier(Kind.POST, "post_id", description="The post that it stands below.")
    parent_id: strawberry.ID | None = identifier(
        Kind.COMMENT, "parent_id", description="The first comment of its thread; null for that one itself."
    )
    author: MemberCard = attribute("Who wrote it.")
    text: str = attribute("1 to 500 characters; words that are not for all are masked.")
    state: Moderation = attribute("What was decided about it.")
    pinned: bool = attribute("Whether it stands above the others.")
    created_at: datetime = attribute("When it was written.")
    answers: MemberCard | None = batched(
        comments.answered_by, "Whom a reply answers, when that is not the author of the thread's first comment."
    )
    replies: Connection[Comment] = batched(
        _replies, "The replies in its thread, the oldest first; a reply has none of its own.", cost=3
    )


@strawberry.input(description="Which comments; all conditions must hold. AND, OR and NOT nest to depth 3.")
class CommentWhere:
    state: EnumFilter[Moderation] | None = strawberry.field(default=UNSET, description="What was decided.")
    post_id: IdFilter | None = strawberry.field(default=UNSET, description="The post.")
    author_id: IdFilter | None = strawberry.field(default=UNSET, description="The member who wrote it.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was written.")
    AND: list[CommentWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[CommentWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: CommentWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {"state": "state", "post_id": "postId", "author_id": "authorId", "created_at": "createdAt"}
_WHERE_IDS = {"postId": Kind.POST, "authorId": Kind.MEMBER}


async def _comments(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[CommentWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await comments.comments(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES), descending=True)


async def threads_of(
    ctx: Context,
    posts: Sequence[content_rules.Post],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    """The field `comments` of posts."""
    return await comments.threads_of(ctx, posts, pages.page_request(first, after, last, before))


@strawberry.type
class CommentQuery:
    comments: Connection[Comment] = query(
        _comments, "Comments below all posts in every state, the newest first, for moderators.", scope=Scope.STAFF
    )


@strawberry.input(description="A comment on a post, or an answer to a comment.")
class CommentAddInput:
    post_id: strawberry.ID = strawberry.field(description="Which post.")
    text: str = strawberry.field(description="1 to 500 characters.")
    parent_id: strawberry.ID | None = strawberry.field(
        default=None, description="The comment that it answers; an answer to a reply joins the same thread."
    )


@strawberry.input(description="A decision about a comment.")
class CommentModerateInput:
    comment_id: strawberry.ID = strawberry.field(description="Which comment.")
    decision: Moderation = strawberry.field(description="APPROVED, REJECTED, or PENDING to decide later.")


@strawberry.input(description="Which comment to pin, or to unpin.")
class CommentPinInput:
    comment_id: strawberry.ID = strawberry.field(description="The first comment of a thread.")
    pinned: bool = strawberry.field(default=True, description="False unpins it.")


@strawberry.input(description="Which comment to delete.")
class CommentRemoveInput:
    comment_id: strawberry.ID = strawberry.field(description="Which comment; its replies go with it.")


@object_type(scope=Scope.VISITOR, description="A comment that was written.")
class CommentAddPayload(Payload):
    comment: Comment | None = attribute("The comment; its state tells whether others see it.", default=None)


@object_type(scope=Scope.VISITOR, description="A comment that was decided on.")
class CommentModeratePayload(Payload):
    comment: Comment | None = attribute("The comment as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A comment that was pinned or unpinned.")
class CommentPinPayload(Payload):
    comment: Comment | None = attribute("The comment as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A comment that was deleted.")
class CommentRemovePayload(Payload):
    removed_id: strawberry.ID | None = attribute("The id that it had.", default=None)


async def _add(ctx: Context, *, input: CommentAddInput) -> Any:
    answered = None if input.parent_id is None else key_of(Kind.COMMENT, input.parent_id, "input", "parentId")
    comment: Any
    comment, masked = await comments.add(ctx, key_of(Kind.POST, input.post_id, "input", "postId"), input.text, answered)
    warnings = [Warning.of(WarningCode.TEXT_MASKED, ctx.locale)] if masked else []
    return CommentAddPayload(comment=comment, warnings=warnings)


async def _moderate(ctx: Context, *, input: CommentModerateInput) -> Any:
    key = key_of(Kind.COMMENT, input.comment_id, "input", "commentId")
    comment: Any = await comments.moderate(ctx, key, input.decision)
    return CommentModeratePayload(comment=comment)


async def _pin(ctx: Context, *, input: CommentPinInput) -> Any:
    key = key_of(Kind.COMMENT, input.comment_id, "input", "commentId")
    comment: Any = await comments.pin(ctx, key, pinned=input.pinned)
    return CommentPinPayload(comment=comment)


async def _remove(ctx: Context, *, input: CommentRemoveInput) -> Any:
    await comments.remove(ctx, key_of(Kind.COMMENT, input.comment_id, "input", "commentId"))
    return CommentRemovePayload(removed_id=input.comment_id)


@strawberry.type
class CommentMutation:
    comment_add: CommentAddPayload | None = mutation(
        _add, CommentAddPayload, "Comment on a post or answer a comment; at most 10 in a minute.", scope=Scope.MEMBER
    )
    comment_moderate: CommentModeratePayload | None = mutation(
        _moderate, CommentModeratePayload, "Decide on a comment; for moderators and content staff.", scope=Scope.STAFF
    )
    comment_pin: CommentPinPayload | None = mutation(
        _pin, CommentPinPayload, "Pin a comment; for moderators and the author of the post.", scope=Scope.MEMBER
    )
    comment_remove: CommentRemovePayload | None = mutation(
        _remove, CommentRemovePayload, "Delete a comment; for its author and moderators.", scope=Scope.MEMBER
    )


NODES = {Kind.COMMENT: comments.comments_by_id}
