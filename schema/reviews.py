"""Reviews: what clients see of them, and what buyers, moderators and the brand do to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Optional

import strawberry
from strawberry import UNSET

from domain import catalogue as catalogue_rules
from domain import pages
from domain import reviews as rules
from domain.identity import Scope
from resolvers import reviews
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.errors import Payload, Warning, WarningCode
from schema.filters import DateTimeFilter, EnumFilter, IdFilter, LongFilter, condition_of
from schema.ids import Kind, identifier, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.moderation import Moderation
from schema.node import Node

if TYPE_CHECKING:
    from schema.members import MemberCard


@object_type(scope=Scope.VISITOR, description="What the author added to a review later (追评).")
class ReviewAddition:
    text: str = attribute("1 to 1,000 characters; words that are not for all are masked.")
    pictures: list[str] = attribute("Addresses of pictures, at most 9.")
    state: Moderation = attribute("What was decided about it.")
    created_at: datetime = attribute("When it was written.")


@object_type(scope=Scope.VISITOR, description="What a buyer says of one line of an order (评价).", record=rules.Review)
class Review(Node):
    id: strawberry.ID = identifier(Kind.REVIEW)
    product_id: strawberry.ID = identifier(Kind.PRODUCT, "product_id", description="What was bought.")
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="Which variant of it.")
    variant_name: str = attribute("The variant's name, as it was when it was bought.")
    author: Annotated[MemberCard, strawberry.lazy("schema.members")] | None = batched(
        reviews.authors_of, "Who wrote it; null for most readers when it is anonymous."
    )
    anonymous: bool = attribute("Whether others are not told who wrote it.")
    stars: int = attribute("1 to 5.")
    text: str = attribute("At most 1,000 characters, may be empty; words that are not for all are masked.")
    pictures: list[str] = attribute("Addresses of pictures, at most 9.")
    state: Moderation = attribute("What was decided about it.")
    created_at: datetime = attribute("When it was written.")
    reply: str = attribute("What the brand says to it, at most 500 characters; empty before it says something.")
    replied_at: datetime | None = attribute("When the brand said so.")
    addition: ReviewAddition | None = batched(reviews.additions_of, "What the author added later, where it is seen.")


@object_type(scope=Scope.VISITOR, description="What the approved reviews of a product come to.")
class ProductRating:
    count: int = attribute("How many approved reviews there are.")
    average_tenths: int | None = attribute("The average in tenths of a star, 10 to 50; null when there is no review.")
    counts: list[int] = derived(lambda one: list(one.counts), "How many give 1, 2, 3, 4 and 5 stars.")


@object_type(scope=Scope.MEMBER, description="A line of an order that was received and has no review.")
class ReviewableLine:
    order_line_id: strawberry.ID = identifier(Kind.ORDER_LINE, description="The line.")
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="Its order.")
    product_id: strawberry.ID = identifier(Kind.PRODUCT, "product_id", description="What was bought.")
    name: str = attribute("The product's name, as it was when it was bought.")
    variant_name: str = attribute("The variant's name.")
    picture_url: str | None = attribute("A picture of it.")
    received_at: datetime | None = attribute("When it was received.")


async def reviews_of(
    ctx: Context,
    products: Sequence[catalogue_rules.Product],
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    stars: Annotated[int | None, strawberry.argument(description="Only those with so many stars, 1 to 5.")] = None,
) -> Any:
    """The field `reviews` of products."""
    return await reviews.reviews_of(ctx, products, pages.page_request(first, after, last, before), stars)


@strawberry.input(description="Which reviews; all conditions must hold. AND, OR and NOT nest to depth 3.")
class ReviewWhere:
    state: EnumFilter[Moderation] | None = strawberry.field(default=UNSET, description="What was decided.")
    product_id: IdFilter | None = strawberry.field(default=UNSET, description="The product.")
    stars: LongFilter | None = strawberry.field(default=UNSET, description="How many stars.")
    created_at: DateTimeFilter | None = strawberry.field(default=UNSET, description="When it was written.")
    AND: list[ReviewWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[ReviewWhere] | None = strawberry.field(
        name="OR", default=UNSET, description="At least one of these holds."
    )
    NOT: Optional[ReviewWhere] = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")  # noqa: UP045


_NAMES = {"state": "state", "product_id": "productId", "stars": "stars", "created_at": "createdAt"}


async def _reviews(
    ctx: Context,
    *,
    where: Annotated[ReviewWhere | None, strawberry.argument(description="Which ones.")] = None,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await reviews.reviews(ctx, request, condition_of(where, {"productId": Kind.PRODUCT}, _NAMES))


async def _my_reviews(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await reviews.my_reviews(ctx, pages.page_request(first, after, last, before))


async def _reviewable_lines(
    ctx: Context, *, first: First = None, after: After = None, last: Last = None, before: Before = None
) -> Any:
    return await reviews.reviewable_lines(ctx, pages.page_request(first, after, last, before))


@strawberry.type
class ReviewsQuery:
    reviews: Connection[Review] = query(
        _reviews, "Reviews in every state, the newest first, for moderators and content staff.", scope=Scope.STAFF
    )
    my_reviews: Connection[Review] = query(
        _my_reviews, "What the caller wrote about what they bought, the newest first.", scope=Scope.MEMBER
    )
    reviewable_lines: Connection[ReviewableLine] = query(
        _reviewable_lines, "What the caller received and has not reviewed, the newest first.", scope=Scope.MEMBER
    )


@strawberry.input(description="A review of a line that one received. Nothing is earned or lost by what it says.")
class ReviewAddInput:
    order_line_id: strawberry.ID = strawberry.field(description="One's own line, which was received and is no gift.")
    stars: int = strawberry.field(description="1 to 5.")
    text: str = strawberry.field(default="", description="At most 1,000 characters.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Addresses of pictures, at most 9.")
    anonymous: bool = strawberry.field(default=False, description="Whether others are not told who wrote it.")


@strawberry.input(description="What to add to one's own review, once.")
class ReviewAppendInput:
    review_id: strawberry.ID = strawberry.field(description="One's own review.")
    text: str = strawberry.field(description="1 to 1,000 characters.")
    pictures: list[str] = strawberry.field(default_factory=list, description="Addresses of pictures, at most 9.")


@strawberry.input(description="A decision about a review, or about what was added to it.")
class ReviewModerateInput:
    review_id: strawberry.ID = strawberry.field(description="Which review.")
    decision: Moderation = strawberry.field(description="APPROVED, REJECTED, or PENDING to decide later.")
    addition: bool = strawberry.field(default=False, description="Whether it is about what was added to it.")


@strawberry.input(description="The brand's word to a review.")
class ReviewReplyInput:
    review_id: strawberry.ID = strawberry.field(description="Which review.")
    text: str = strawberry.field(description="1 to 500 characters; takes the place of an earlier one.")


@object_type(scope=Scope.MEMBER, description="The answer to mutations of reviews.")
class ReviewPayload(Payload):
    review: Review | None = attribute("The review as it is now.", default=None)


def _answer(ctx: Context, review: Any, *, masked: bool) -> Any:
    return ReviewPayload.of(review=review, warnings=[Warning.of(WarningCode.TEXT_MASKED, ctx.locale)] * masked)


async def _add(ctx: Context, *, input: ReviewAddInput) -> Any:
    key = key_of(Kind.ORDER_LINE, input.order_line_id, "input", "orderLineId")
    draft = rules.ReviewDraft(input.stars, input.text, input.pictures, input.anonymous)
    review, masked = await reviews.add(ctx, key, draft)
    return _answer(ctx, review, masked=masked)


async def _append(ctx: Context, *, input: ReviewAppendInput) -> Any:
    key = key_of(Kind.REVIEW, input.review_id, "input", "reviewId")
    review, masked = await reviews.append(ctx, key, input.text, input.pictures)
    return _answer(ctx, review, masked=masked)


async def _moderate(ctx: Context, *, input: ReviewModerateInput) -> Any:
    key = key_of(Kind.REVIEW, input.review_id, "input", "reviewId")
    return ReviewPayload.of(review=await reviews.moderate(ctx, key, input.decision, addition=input.addition))


async def _reply(ctx: Context, *, input: ReviewReplyInput) -> Any:
    key = key_of(Kind.REVIEW, input.review_id, "input", "reviewId")
    return ReviewPayload.of(review=await reviews.reply(ctx, key, input.text))


@strawberry.type
class ReviewsMutation:
    review_add: ReviewPayload | None = mutation(
        _add, ReviewPayload, "Review a line that one received, once.", scope=Scope.MEMBER
    )
    review_append: ReviewPayload | None = mutation(
        _append, ReviewPayload, "Add to one's own review, once.", scope=Scope.MEMBER
    )
    review_moderate: ReviewPayload | None = mutation(
        _moderate, ReviewPayload, "Decide on a review; for moderators and content staff.", scope=Scope.STAFF
    )
    review_reply: ReviewPayload | None = mutation(
        _reply, ReviewPayload, "Answer a review for the brand; for moderators and content staff.", scope=Scope.STAFF
    )


NODES = {Kind.REVIEW: reviews.reviews_by_id}
