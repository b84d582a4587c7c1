"""Publishing: what writers, content staff and readers do to posts."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import content as rules
from domain.content import PostAction, PostGenre, PostKind, PostPurpose
from domain.identity import Scope
from resolvers import content
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.post_blocks import PostBlockInput
from schema.posts import Post


@strawberry.input(description="A whole post. What is left out is emptied: saving replaces all but the state.")
class PostSaveInput:
    post_id: strawberry.ID | None = strawberry.field(
        default=None, description="The post to replace. Left out: the one with `externalReference`, or a new one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the edit was made on; another one refuses it. 0: there is none yet."
    )
    kind: PostKind = strawberry.field(description="What it mainly is.")
    purpose: PostPurpose = strawberry.field(description="What it is to do for the brand.")
    genre: PostGenre = strawberry.field(description="In which form it tells it.")
    title: str = strawberry.field(description="1 to 100 characters.")
    summary: str = strawberry.field(default="", description="At most 500 characters.")
    cover_url: str | None = strawberry.field(default=None, description="The picture to show in lists.")
    blocks: list[PostBlockInput] = strawberry.field(description="What it is made of, 1 to 200, from top to bottom.")
    product_ids: list[strawberry.ID] = strawberry.field(
        default_factory=list, description="Products to show with it, at most 30; those in its blocks are added."
    )
    store_id: strawberry.ID | None = strawberry.field(default=None, description="The store that it belongs to.")
    external_reference: str | None = strawberry.field(
        default=None, description="Its key in another system, at most 100 characters. Unique."
    )

    def draft(self) -> rules.PostDraft:
        """The post that the input describes.

        Raises:
            NotFound: an id is of another kind.
            BadInput: a block is of no kind or several.
        """
        return rules.PostDraft(
            kind=self.kind,
            purpose=self.purpose,
            genre=self.genre,
            title=self.title,
            summary=self.summary,
            cover_url=self.cover_url,
            blocks=[block.value() for block in self.blocks],
            product_ids=[key_of(Kind.PRODUCT, id_, "input", "productIds") for id_ in self.product_ids],
            store_id=None if self.store_id is None else key_of(Kind.STORE, self.store_id, "input", "storeId"),
            external_reference=self.external_reference,
        )


@strawberry.input(description="A post to move on, and the version that the caller read.")
class PostMoveInput:
    post_id: strawberry.ID = strawberry.field(description="Which post.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")
    reason: str = strawberry.field(default="", description="Why, at most 500 characters; kept in the log.")


@strawberry.input(description="A post to like.")
class PostLikeInput:
    post_id: strawberry.ID = strawberry.field(description="Which post.")


@object_type(scope=Scope.VISITOR, description="A post that was saved.")
class PostSavePayload(Payload):
    post: Post | None = attribute("The post as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A post that was moved on.")
class PostMovePayload(Payload):
    post: Post | None = attribute("The post as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A post that was liked, or no longer is.")
class PostLikePayload(Payload):
    post: Post | None = attribute("The post as it is now.", default=None)


async def _save(ctx: Context, *, input: PostSaveInput) -> Any:
    key = None if input.post_id is None else key_of(Kind.POST, input.post_id, "input", "postId")
    post: Any = await content.write(ctx, input.draft(), post_id=key, expected_version=input.expected_version)
    return PostSavePayload(post=post)


async def _move(ctx: Context, action: PostAction, given: PostMoveInput) -> Any:
    key = key_of(Kind.POST, given.post_id, "input", "postId")
    post: Any = await content.move(ctx, key, action, reason=given.reason, expected_version=given.expected_version)
    return PostMovePayload(post=post)


async def _submit(ctx: Context, *, input: PostMoveInput) -> Any:
    return await _move(ctx, PostAction.SUBMIT, input)


async def _publish(ctx: Context, *, input: PostMoveInput) -> Any:
    return await _move(ctx, PostAction.PUBLISH, input)


async def _hide(ctx: Context, *, input: PostMoveInput) -> Any:
    return await _move(ctx, PostAction.HIDE, input)


async def _archive(ctx: Context, *, input: PostMoveInput) -> Any:
    return await _move(ctx, PostAction.ARCHIVE, input)


async def _like(ctx: Context, *, input: PostLikeInput) -> Any:
    post: Any = await content.like(ctx, key_of(Kind.POST, input.post_id, "input", "postId"))
    return PostLikePayload(post=post)


async def _unlike(ctx: Context, *, input: PostLikeInput) -> Any:
    post: Any = await content.unlike(ctx, key_of(Kind.POST, input.post_id, "input", "postId"))
    return PostLikePayload(post=post)


@strawberry.type
class PostMutation:
    post_save: PostSavePayload | None = mutation(
        _save,
        PostSavePayload,
        "Create a post as a draft, or replace one: any for content staff, their own for a guide.",
        scope=Scope.MEMBER,
    )
    post_submit: PostMovePayload | None = mutation(
        _submit, PostMovePayload, "Hand a draft of one's own in for review; for guides.", scope=Scope.MEMBER
    )
    post_publish: PostMovePayload | None = mutation(
        _publish, PostMovePayload, "Show a post to all.", scope=Scope.CONTENT
    )
    post_hide: PostMovePayload | None = mutation(
        _hide, PostMovePayload, "Take a published post back.", scope=Scope.CONTENT
    )
    post_archive: PostMovePayload | None = mutation(
        _archive, PostMovePayload, "Put a post away for good.", scope=Scope.CONTENT
    )
    post_like: PostLikePayload | None = mutation(
        _like, PostLikePayload, "Like a post; once is as good as often.", scope=Scope.MEMBER
    )
    post_unlike: PostLikePayload | None = mutation(
        _unlike, PostLikePayload, "No longer like a post.", scope=Scope.MEMBER
    )
