"""What can be asked of reviews, and what buyers, moderators and the brand do to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.members
import db.outbox
import db.reviews
from db.connection import Writing
from domain import reviews as rules
from domain.catalogue import Product
from domain.comments import moderates
from domain.content import ContentRejected
from domain.filters import Condition, check_depth
from domain.members import MemberCard
from domain.moderation import Moderation, Outcome, Verdict
from domain.orders import OrderLine
from domain.pages import Page, PageRequest
from domain.refusals import NotAllowed, NotFound, WrongState, between, text_within
from domain.reviews import LONGEST_REPLY, LONGEST_REVIEW, Addition, AlreadyReviewed, BoughtLine, Rating, Review
from resolvers.context import Context

NOT_RATED = Rating((0,) * rules.MOST_STARS)


async def reviews_of(
    ctx: Context, products: Sequence[Product], request: PageRequest, stars: int | None
) -> list[Page[Review]]:
    """A page of the reviews of each product, the newest first.

    Raises:
        BadInput: there are no reviews of so many stars.
    """
    if stars is not None:
        between(stars, 1, rules.MOST_STARS, "stars")
    ids = [one.id for one in products]
    return await db.reviews.reviews_of(ctx.reading, ctx.principal.member_id, ids, request, stars)


async def ratings_of(ctx: Context, products: Sequence[Product]) -> list[Rating]:
    """How many stars each product has got."""
    found = await db.reviews.ratings_of(ctx.reading, [one.id for one in products])
    return [found.get(one.id, NOT_RATED) for one in products]


def authors_of(ctx: Context, reviews: Sequence[Review]) -> list[MemberCard | None]:
    """Who wrote each review, where the caller may know."""
    return [one.author if rules.is_named_to(one, ctx.principal) else None for one in reviews]


def additions_of(ctx: Context, reviews: Sequence[Review]) -> list[Addition | None]:
    """What was added to each review, where the caller may see it."""
    return [
        one.addition if one.addition and rules.is_seen(one.addition.state, one.author.id, ctx.principal) else None
        for one in reviews
    ]


async def reviews_of_lines(ctx: Context, lines: Sequence[OrderLine]) -> list[Review | None]:
    """The review of each line of orders that the caller sees."""
    found = await db.reviews.reviews_of_lines(ctx.reading, [one.id for one in lines])
    return [found.get(one.id) for one in lines]


async def reviews(ctx: Context, request: PageRequest, where: Condition) -> Page[Review]:
    """A page of reviews in every state, for those who decide on them.

    Raises:
        NotAllowed: the caller does not decide on reviews.
    """
    _check_moderator(ctx)
    check_depth(where)
    return await db.reviews.reviews(ctx.reading, request, where)


async def reviews_by_id(ctx: Context, ids: Sequence[UUID]) -> dict[UUID, Review]:
    """Those of the reviews that the caller may see."""
    found = await db.reviews.reviews_by_id(ctx.reading, list(dict.fromkeys(ids)))
    own = ctx.principal.member_id
    return {
        key: one
        for key, one in found.items()
        if one.author.id == own or rules.is_seen(one.state, one.author.id, ctx.principal)
    }


async def my_reviews(ctx: Context, request: PageRequest) -> Page[Review]:
    """A page of what the caller wrote, the newest first."""
    return await db.reviews.own_reviews(ctx.reading, ctx.member_id, request)


async def reviewable_lines(ctx: Context, request: PageRequest) -> Page[BoughtLine]:
    """A page of what the caller received and has not reviewed, the newest first."""
    return await db.reviews.reviewable_lines(ctx.reading, ctx.member_id, request)


async def add(ctx: Context, line_id: UUID, draft: rules.ReviewDraft) -> tuple[Review, bool]:
    """Review a line that one received; the review, and whether words of it were masked.

    Raises:
        BadInput: stars, text or pictures are out of bounds.
        ContentRejected: the text holds words that are not allowed.
        NotFound: the caller bought no such line.
        WrongState: it has not been received, or all of the order went back.
        AlreadyReviewed: it has a review.
    """
    draft = rules.check_review(draft)
    verdict = _judged(ctx, draft.text)
    async with ctx.database.writing() as tx:
        line = rules.check_reviewable(await db.reviews.find_line(tx, line_id), ctx.member_id)
        author = (await db.members.cards_of(tx, [ctx.member_id]))[ctx.member_id]
        new = Review(
            ctx.new_id(),
            line.id,
            line.product_id,
            line.variant_id,
            line.variant_name,
            author,
            draft.stars,
            verdict.text,
            tuple(draft.pictures),
            draft.anonymous,
            verdict.state,
            ctx.now(),
        )
        if not await db.reviews.add(tx, new):
            raise AlreadyReviewed(path=("input", "orderLineId"))
        await _tell(ctx, tx, "ReviewAdded", new)
    return new, verdict.outcome is Outcome.MASKED


async def append(ctx: Context, review_id: UUID, text: str, pictures: Sequence[str]) -> tuple[Review, bool]:
    """Add to one's own review, once; the review, and whether words were masked.

    Raises:
        BadInput: the text or pictures are out of bounds.
        ContentRejected: the text holds words that are not allowed.
        NotFound: the caller wrote no such review.
        AlreadyReviewed: it was added to before.
    """
    said = text_within(text, LONGEST_REVIEW, "input", "text")
    links = rules.check_pictures(pictures)
    verdict = _judged(ctx, said)
    added = Addition(verdict.text, links, verdict.state, ctx.now())
    async with ctx.database.writing() as tx:
        review = await _lock(tx, review_id)
        if review.author.id != ctx.member_id:
            raise NotFound(path=("input", "reviewId"))
        if not await db.reviews.append(tx, review_id, added):
            raise AlreadyReviewed(path=("input", "reviewId"))
        await _tell(ctx, tx, "ReviewAppended", review)
        return await _read(tx, review_id), verdict.outcome is Outcome.MASKED


def _judged(ctx: Context, text: str) -> Verdict:
    verdict = ctx.services.words.judge(text)
    if not verdict.may_be_kept:
        raise ContentRejected(path=("input", "text"))
    return verdict


async def moderate(ctx: Context, review_id: UUID, decision: Moderation, *, addition: bool) -> Review:
    """Approve or reject a review, or what was added to it; deciding the same again changes nothing.

    Raises:
        NotAllowed: the caller does not decide on reviews.
        NotFound: there is no such review, or nothing was added to it.
    """
    _check_moderator(ctx)
    async with ctx.database.writing() as tx:
        review = await _lock(tx, review_id)
        part: Review | Addition | None = review.addition if addition else review
        if part is None:
            raise NotFound(path=("input", "reviewId"))
        if part.state is not decision:
            if addition:
                await db.reviews.decide_addition(tx, review_id, decision)
            else:
                await db.reviews.decide(tx, review, decision)
            await _tell(ctx, tx, "ReviewModerated", review, decision=decision.value, addition=addition)
        return await _read(tx, review_id)


async def reply(ctx: Context, review_id: UUID, text: str) -> Review:
    """Say the brand's word to a review, instead of an earlier one.

    Raises:
        NotAllowed: the caller does not speak for the brand.
        NotFound: there is no such review.
        WrongState: the review was rejected.
        BadInput: the text is empty or longer than 500 characters.
    """
    said = text_within(text, LONGEST_REPLY, "input", "text")
    _check_moderator(ctx)
    async with ctx.database.writing() as tx:
        review = await _lock(tx, review_id)
        if review.state is Moderation.REJECTED:
            raise WrongState(review.state.value, path=("input", "reviewId"))
        await db.reviews.reply(tx, review_id, said, ctx.now())
        await _tell(ctx, tx, "ReviewReplied", review)
        return await _read(tx, review_id)


def _check_moderator(ctx: Context) -> None:
    if not moderates(ctx.principal):
        raise NotAllowed


async def _lock(tx: Writing, review_id: UUID) -> Review:
    review = await db.reviews.lock(tx, review_id)
    if review is None:
        raise NotFound(path=("input", "reviewId"))
    return review


async def _read(tx: Writing, review_id: UUID) -> Review:
    return (await db.reviews.reviews_by_id(tx, [review_id]))[review_id]


async def _tell(ctx: Context, tx: Writing, kind: str, review: Review, **facts: Any) -> None:
    await db.outbox.tell(tx, kind, "review", review.id, rules.fact_of(review) | facts, ctx.now())
