"""Posts: what clients see of content."""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import content as rules
from domain import pages
from domain.content import PostGenre, PostKind, PostPurpose, PostState
from domain.identity import Scope
from resolvers import content
from resolvers.context import Context
from schema.access import attribute, batched, object_type, query
from schema.catalogue import Product
from schema.comments import Comment, threads_of
from schema.enums import described
from schema.filters import EnumFilter, IdFilter, StringFilter, condition_of
from schema.ids import Kind, identifier, key_if
from schema.lists import After, Before, Connection, First, Last, SortDirection
from schema.members import MemberCard
from schema.node import Node
from schema.post_blocks import PostBlock
from schema.stores import Store

described(
    PostKind,
    "What a post mainly is.",
    TEXT="Words.",
    IMAGE="Pictures.",
    ARTICLE="Words and pictures (图文).",
    AUDIO="A recording.",
    VIDEO="A short video.",
)
described(
    PostPurpose,
    "What a post is to do for the brand.",
    KNOWLEDGE="Explains something (科普).",
    CAMPAIGN="Tells of a campaign (活动).",
    INTERACTION="Starts a conversation (互动).",
    SHOPPING="Leads to products (产品导购).",
)
described(
    PostGenre,
    "In which form a post tells it.",
    CUSTOMER_CASE="A customer's story (客户案例).",
    EXPERT="An expert explains (专家解读).",
    GOSSIP="Rants and revelations (槽爆).",
    SELLING_POINT="What makes a product good (卖点介绍).",
)
described(
    PostState,
    "How far a post is.",
    DRAFT="Being written; its author and staff see it.",
    REVIEWING="Waits for content staff.",
    PUBLISHED="All see it.",
    HIDDEN="Taken back; can be published again.",
    ARCHIVED="Put away for good.",
)


@object_type(scope=Scope.CONTENT, description="One step in the life of a post.")
class PostStateChange:
    from_state: PostState = attribute("The state before.")
    to_state: PostState = attribute("The state after.")
    reason: str = attribute("Why, in the words of who did it; may be empty.")
    actor_id: strawberry.ID | None = identifier(
        Kind.MEMBER, "actor_member_id", description="The member who did it; null for an importer."
    )
    at: datetime = attribute("When.")


@object_type(scope=Scope.VISITOR, description="A piece of content (内容).", record=rules.Post)
class Post(Node):
    id: strawberry.ID = identifier(Kind.POST)
    kind: PostKind = attribute("What it mainly is.")
    purpose: PostPurpose = attribute("What it is to do for the brand.")
    genre: PostGenre = attribute("In which form it tells it.")
    title: str = attribute("1 to 100 characters.")
    summary: str = attribute("At most 500 characters; may be empty.")
    cover_url: str | None = attribute("The picture to show in lists.")
    state: PostState = attribute("How far it is; others than staff and its author only see what is published.")
    blocks: list[PostBlock] = batched(content.blocks_of, "What it is made of, from top to bottom, at most 200.")
    products: list[Product] = batched(
        content.products_of, "The products in it that the caller may know of, in order.", cost=3
    )
    author: MemberCard | None = attribute("Who wrote it; null for the brand itself.")
    store: Store | None = batched(content.stores_of, "The store that it belongs to; null for the whole brand.")
    published_at: datetime | None = attribute("When it was first published.")
    like_count: int = attribute("How many members like it.")
    liked_by_me: bool = batched(content.liked_by_me, "Whether the caller likes it; false for a visitor.")
    comment_count: int = attribute("How many approved comments and replies it has.")
    comments: Connection[Comment] = batched(
        threads_of, "The first comments of its threads: the pinned ones, then the newest.", cost=3
    )
    state_changes: list[PostStateChange] = batched(
        content.state_changes_of, "Its life so far, the oldest step first.", scope=Scope.CONTENT
    )
    created_at: datetime = attribute("When it was first saved.")
    updated_at: datetime = attribute("When it was last saved or moved.")
    version: int = attribute("Rises with each change but likes and comments; edits state it.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")


class PostSortField(Enum):
    PUBLISHED = "PUBLISHED"
    LIKES = "LIKES"


described(
    PostSortField,
    "By what posts are sorted.",
    PUBLISHED="When they were first published, drafts when they were created.",
    LIKES="How many members like them.",
)


@strawberry.input(description="The order of a list of posts.")
class PostSort:
    by: PostSortField = strawberry.field(description="By what.")
    direction: SortDirection = strawberry.field(default=SortDirection.DESC, description="Up or down.")


@strawberry.input(description="Which posts; all conditions must hold. AND, OR and NOT nest to depth 3.")
class PostWhere:
    kind: EnumFilter[PostKind] | None = strawberry.field(default=UNSET, description="The kind.")
    purpose: EnumFilter[PostPurpose] | None = strawberry.field(default=UNSET, description="The purpose.")
    genre: EnumFilter[PostGenre] | None = strawberry.field(default=UNSET, description="The genre.")
    state: EnumFilter[PostState] | None = strawberry.field(
        default=UNSET, description="The state; only staff and authors see others than PUBLISHED."
    )
    product_id: IdFilter | None = strawberry.field(default=UNSET, description="A product that is in it.")
    author_id: IdFilter | None = strawberry.field(default=UNSET, description="The member who wrote it.")
    store_id: IdFilter | None = strawberry.field(default=UNSET, description="The store that it belongs to.")
    external_reference: StringFilter | None = strawberry.field(default=UNSET, description="The key in another system.")
    AND: list[PostWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[PostWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these holds.")
    NOT: PostWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {
    "kind": "kind",
    "purpose": "purpose",
    "genre": "genre",
    "state": "state",
    "product_id": "productId",
    "author_id": "authorId",
    "store_id": "storeId",
    "external_reference": "externalReference",
}
_WHERE_IDS = {"productId": Kind.PRODUCT, "authorId": Kind.MEMBER, "storeId": Kind.STORE}


async def _post(
    ctx: Context, *, id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")]
) -> Any:
    key = key_if(Kind.POST, id)
    return None if key is None else (await content.posts_by_id(ctx, [key])).get(key)


async def _posts(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[PostWhere | None, strawberry.argument(description="Which ones.")] = None,
    sort: Annotated[
        PostSort | None, strawberry.argument(description="In which order; the newest first when left out.")
    ] = None,
) -> Any:
    return await content.posts(
        ctx,
        pages.page_request(first, after, last, before),
        condition_of(where, _WHERE_IDS, _WHERE_NAMES),
        sort.by.value if sort else "PUBLISHED",
        descending=sort is None or sort.direction is SortDirection.DESC,
    )


@strawberry.type
class PostQuery:
    post: Post | None = query(_post, "One post; null when there is none that the caller may see.", scope=Scope.VISITOR)
    posts: Connection[Post] = query(_posts, "The posts that the caller may see.", scope=Scope.VISITOR)


NODES = {Kind.POST: content.posts_by_id}
