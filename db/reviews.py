"""Reviews: their tables, those below products, and the counters of stars that change with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    exists,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from db.connection import Reading, Row, Writing
from db.listing import Listing
from db.members import member
from db.metadata import UUIDS, key, metadata, moment, one_of, refers_to, words
from db.order_tables import order, order_line
from db.statements import prepared
from db.sublists import Sublist
from domain.filters import Condition
from domain.members import MemberCard
from domain.moderation import Moderation
from domain.orders import LineKind, OrderState
from domain.pages import Page, PageRequest
from domain.reviews import Addition, BoughtLine, Rating, Review, rating_of

review = Table(
    "review",
    metadata,
    key(),
    refers_to("order_line", "order_line_id"),
    refers_to("product", "product_id"),
    refers_to("variant", "variant_id"),
    refers_to("member", "member_id"),
    Column("stars", Integer(), nullable=False),
    words("text"),
    Column("pictures", ARRAY(Text()), nullable=False),
    Column("anonymous", Boolean(), nullable=False),
    *one_of("state", Moderation),
    words("reply"),
    moment("replied_at", optional=True),
    moment("created_at"),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars_are_one_to_five"),
    CheckConstraint("cardinality(pictures) <= 9", name="pictures_are_nine_at_most"),
    Index("uq_review_order_line_id", "order_line_id", unique=True),
    Index(None, "product_id", "id"),
    Index(None, "product_id", "stars", "id"),
    Index(None, "member_id", "id"),
    Index(None, "state", "id"),
)
addition = Table(
    "review_addition",
    metadata,
    refers_to("review", "review_id"),
    words("text"),
    Column("pictures", ARRAY(Text()), nullable=False),
    *one_of("state", Moderation),
    moment("created_at"),
    PrimaryKeyConstraint("review_id"),
    CheckConstraint("cardinality(pictures) <= 9", name="pictures_are_nine_at_most"),
)
rating = Table(
    "product_rating",
    metadata,
    refers_to("product", "product_id"),
    Column("stars", Integer(), nullable=False),
    Column("reviews", BigInteger(), nullable=False),
    PrimaryKeyConstraint("product_id", "stars"),
    CheckConstraint("reviews >= 0", name="reviews_are_not_negative"),
)

_REVIEWS: Select[Any] = (
    select(
        review.c.id,
        review.c.order_line_id,
        review.c.product_id,
        review.c.variant_id,
        order_line.c.variant_name,
        review.c.stars,
        review.c.text,
        review.c.pictures,
        review.c.anonymous,
        review.c.state,
        review.c.created_at,
        review.c.reply,
        review.c.replied_at,
        review.c.member_id,
        member.c.nickname,
        member.c.avatar_url,
        addition.c.text.label("added_text"),
        addition.c.pictures.label("added_pictures"),
        addition.c.state.label("added_state"),
        addition.c.created_at.label("added_at"),
    )
    .join(order_line, order_line.c.id == review.c.order_line_id)
    .join(member, member.c.id == review.c.member_id)
    .outerjoin(addition, addition.c.review_id == review.c.id)
)
_IS_SEEN = or_(
    review.c.state == literal_column("'APPROVED'"),
    (review.c.state == literal_column("'PENDING'")) & (review.c.member_id == bindparam("reader_id", type_=Uuid())),
)
"""Who sees a review below its product: all when it is approved, its author while it waits."""


def _review(row: Row) -> Review:
    added = row["added_at"]
    return Review(
        row["id"],
        row["order_line_id"],
        row["product_id"],
        row["variant_id"],
        row["variant_name"],
        MemberCard(row["member_id"], row["nickname"], row["avatar_url"]),
        row["stars"],
        row["text"],
        tuple(row["pictures"]),
        row["anonymous"],
        Moderation(row["state"]),
        row["created_at"],
        row["reply"],
        row["replied_at"],
        added
        and Addition(row["added_text"], tuple(row["added_pictures"]), Moderation(row["added_state"]), row["added_at"]),
    )


_OF_PRODUCTS = Sublist(_REVIEWS.where(_IS_SEEN), _review, parent=review.c.product_id, id=review.c.id, descending=True)
_OF_PRODUCTS_BY_STARS = Sublist(
    _REVIEWS.where(_IS_SEEN, review.c.stars == bindparam("of_stars", type_=Integer())),
    _review,
    parent=review.c.product_id,
    id=review.c.id,
    descending=True,
)
_LISTING = Listing(
    _REVIEWS,
    _review,
    id=review.c.id,
    filters={
        "state": review.c.state,
        "productId": review.c.product_id,
        "stars": review.c.stars,
        "createdAt": review.c.created_at,
    },
)
_OWN = Listing(_REVIEWS.where(review.c.member_id == bindparam("of_member", type_=Uuid())), _review, id=review.c.id)
_BY_ID = prepared(_REVIEWS.where(review.c.id == any_(bindparam("ids", type_=UUIDS))))
_OF_LINES = prepared(_REVIEWS.where(review.c.order_line_id == any_(bindparam("ids", type_=UUIDS))))
_LOCK = prepared(
    _REVIEWS.where(review.c.id == bindparam("id", type_=Uuid())).with_for_update(of=review, key_share=True)
)


async def reviews_of(
    reading: Reading, reader_id: UUID | None, product_ids: Sequence[UUID], request: PageRequest, stars: int | None
) -> list[Page[Review]]:
    """A page of the reviews of each product, the newest first; of those with so many stars, where that is asked."""
    if stars is None:
        return await _OF_PRODUCTS.pages(reading, product_ids, request, reader_id=reader_id)
    return await _OF_PRODUCTS_BY_STARS.pages(reading, product_ids, request, reader_id=reader_id, of_stars=stars)


async def reviews(reading: Reading, request: PageRequest, where: Condition) -> Page[Review]:
    """A page of all reviews, in every state, the newest first: for those who decide on them."""
    return await _LISTING.page(reading, request, where=where, descending=True)


async def own_reviews(reading: Reading, member_id: UUID, request: PageRequest) -> Page[Review]:
    """A page of what a member wrote, the newest first."""
    return await _OWN.page(reading, request, descending=True, of_member=member_id)


async def reviews_by_id(reading: Reading, ids: Sequence[UUID]) -> dict[UUID, Review]:
    """Reviews in every state."""
    return {row["id"]: _review(row) for row in await reading.rows(_BY_ID, ids=list(ids))}


async def reviews_of_lines(reading: Reading, line_ids: Sequence[UUID]) -> dict[UUID, Review]:
    """The review of each line that has one, in every state."""
    return {row["order_line_id"]: _review(row) for row in await reading.rows(_OF_LINES, ids=list(line_ids))}


async def lock(tx: Writing, review_id: UUID) -> Review | None:
    """Find a review and keep other writers off it until the transaction ends."""
    row = await tx.row(_LOCK, id=review_id)
    return None if row is None else _review(row)


_BOUGHT = select(
    order_line.c.id,
    order_line.c.order_id,
    order.c.member_id,
    order_line.c.product_id,
    order_line.c.variant_id,
    order_line.c.name,
    order_line.c.variant_name,
    order_line.c.picture_url,
    order_line.c.kind,
    order.c.state,
    order.c.received_at,
).join(order, order.c.id == order_line.c.order_id)
_LINE = prepared(_BOUGHT.where(order_line.c.id == bindparam("id", type_=Uuid())))


def _bought(row: Row) -> BoughtLine:
    return BoughtLine(
        row["id"],
        row["order_id"],
        row["member_id"],
        row["product_id"],
        row["variant_id"],
        row["name"],
        row["variant_name"],
        row["picture_url"],
        LineKind(row["kind"]),
        OrderState(row["state"]),
        row["received_at"],
    )


_REVIEWABLE: Listing[BoughtLine] = Listing(
    _BOUGHT.where(
        order.c.member_id == bindparam("of_member", type_=Uuid()),
        order.c.state.in_([literal_column("'RECEIVED'"), literal_column("'COMPLETED'")]),
        order_line.c.kind != literal_column("'GIFT'"),
        ~exists().where(review.c.order_line_id == order_line.c.id),
    ),
    _bought,
    id=order_line.c.id,
)


async def find_line(reading: Reading, line_id: UUID) -> BoughtLine | None:
    row = await reading.row(_LINE, id=line_id)
    return None if row is None else _bought(row)


async def reviewable_lines(reading: Reading, member_id: UUID, request: PageRequest) -> Page[BoughtLine]:
    """A page of the lines that a member received and has not reviewed, the newest first."""
    return await _REVIEWABLE.page(reading, request, descending=True, of_member=member_id)


_ADDED = (
    "id", "order_line_id", "product_id", "variant_id", "member_id", "stars", "text", "pictures", "anonymous", "state",
    "reply", "created_at",
)  # fmt: skip
_ADD = prepared(
    insert(review)
    .values({name: bindparam(name, type_=review.c[name].type) for name in _ADDED})
    .on_conflict_do_nothing(index_elements=["order_line_id"])
)
_APPEND = prepared(
    insert(addition)
    .values({one.name: bindparam(one.name, type_=one.type) for one in addition.c})
    .on_conflict_do_nothing()
)
_one_more = insert(rating).values(
    product_id=bindparam("product_id"), stars=bindparam("stars"), reviews=bindparam("change", type_=BigInteger())
)
_RATE = prepared(
    _one_more.on_conflict_do_update(
        index_elements=["product_id", "stars"], set_={"reviews": rating.c.reviews + _one_more.excluded.reviews}
    )
)
_UNRATE = prepared(
    update(rating)
    .where(
        rating.c.product_id == bindparam("of_product", type_=Uuid()),
        rating.c.stars == bindparam("of_stars", type_=Integer()),
    )
    .values(reviews=rating.c.reviews - 1)
)
_DECIDE = prepared(
    update(review).where(review.c.id == bindparam("of_review", type_=Uuid())).values(state=bindparam("to_state"))
)
_DECIDE_ADDITION = prepared(
    update(addition)
    .where(addition.c.review_id == bindparam("of_review", type_=Uuid()))
    .values(state=bindparam("to_state"))
)
_REPLY = prepared(
    update(review)
    .where(review.c.id == bindparam("of_review", type_=Uuid()))
    .values(reply=bindparam("said", type_=Text()), replied_at=bindparam("at", type_=review.c.replied_at.type))
)


async def add(tx: Writing, new: Review) -> bool:
    """Keep a new review and count its stars; False when the line has one already."""
    values = {name: getattr(new, name) for name in _ADDED if name != "member_id"}
    values |= {"member_id": new.author.id, "state": new.state.value, "pictures": list(new.pictures)}
    if not await tx.execute(_ADD, **values):
        return False
    await _count(tx, new, int(new.state is Moderation.APPROVED))
    return True


async def append(tx: Writing, review_id: UUID, added: Addition) -> bool:
    """Keep what an author adds; False when something was added before."""
    values = {"review_id": review_id, "text": added.text, "pictures": list(added.pictures)}
    return bool(await tx.execute(_APPEND, **values, state=added.state.value, created_at=added.created_at))


async def decide(tx: Writing, locked: Review, state: Moderation) -> None:
    """Bring a locked review into another state; its stars count while it is approved."""
    await tx.execute(_DECIDE, of_review=locked.id, to_state=state.value)
    await _count(tx, locked, (state is Moderation.APPROVED) - (locked.state is Moderation.APPROVED))


async def decide_addition(tx: Writing, review_id: UUID, state: Moderation) -> None:
    """Bring what was added to a locked review into another state."""
    await tx.execute(_DECIDE_ADDITION, of_review=review_id, to_state=state.value)


async def reply(tx: Writing, review_id: UUID, said: str, at: datetime) -> None:
    """Keep the brand's word on a locked review, instead of an earlier one."""
    await tx.execute(_REPLY, of_review=review_id, said=said, at=at)


async def _count(tx: Writing, one: Review, change: int) -> None:
    if change > 0:
        await tx.execute(_RATE, product_id=one.product_id, stars=one.stars, change=1)
    elif change < 0:
        await tx.execute(_UNRATE, of_product=one.product_id, of_stars=one.stars)


_RATINGS = prepared(
    select(rating.c.product_id, rating.c.stars, rating.c.reviews).where(
        rating.c.product_id == any_(bindparam("ids", type_=UUIDS))
    )
)


async def ratings_of(reading: Reading, product_ids: Sequence[UUID]) -> dict[UUID, Rating]:
    """The ratings of the products that have been reviewed."""
    counts: dict[UUID, dict[int, int]] = {}
    for product_id, stars, many in await reading.rows(_RATINGS, ids=list(product_ids)):
        counts.setdefault(product_id, {})[stars] = many
    return {product_id: rating_of(one) for product_id, one in counts.items()}
