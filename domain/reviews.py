"""Reviews: what buyers say of what they received, once for each line and once more later (R73).

No reward depends on what a review says, and none is looked at when rewards are given: the law forbids it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.comments import moderates
from domain.identity import Principal
from domain.links import check_link
from domain.members import MemberCard
from domain.moderation import Moderation
from domain.orders import LineKind, OrderState
from domain.records import record
from domain.refusals import BadInput, ErrorCode, NotFound, Refusal, WrongState, between, text_within

LONGEST_REVIEW, LONGEST_REPLY = 1_000, 500
MOST_PICTURES = 9
MOST_STARS = 5
RECEIVED = frozenset({OrderState.RECEIVED, OrderState.COMPLETED})


@record
class Addition:
    """What the author adds to a review, once. It is decided on by itself."""

    text: str
    pictures: tuple[str, ...]
    state: Moderation
    created_at: datetime


@record
class Review:
    """What a buyer says of one line of an order. `reply` is the brand's word, empty before there is one."""

    id: UUID
    order_line_id: UUID
    product_id: UUID
    variant_id: UUID
    variant_name: str
    author: MemberCard
    stars: int
    text: str
    pictures: tuple[str, ...]
    anonymous: bool
    state: Moderation
    created_at: datetime
    reply: str = ""
    replied_at: datetime | None = None
    addition: Addition | None = None


@record
class BoughtLine:
    """A line of an order, with all that decides whether it may be reviewed."""

    id: UUID
    order_id: UUID
    member_id: UUID
    product_id: UUID
    variant_id: UUID
    name: str
    variant_name: str
    picture_url: str | None
    kind: LineKind
    state: OrderState
    received_at: datetime | None


@record
class Rating:
    """How many approved reviews of a product give so many stars, from one star to five."""

    counts: tuple[int, ...]

    @property
    def count(self) -> int:
        return sum(self.counts)

    @property
    def average_tenths(self) -> int | None:
        """The average in tenths of a star, rounded half up; None when nobody has reviewed it.

        >>> Rating((0, 0, 0, 1, 1)).average_tenths, Rating((1, 0, 0, 0, 3)).average_tenths, Rating(()).average_tenths
        (45, 40, None)
        """
        if self.count == 0:
            return None
        stars = sum(many * (i + 1) for i, many in enumerate(self.counts))
        return (20 * stars + self.count) // (2 * self.count)


@record
class ReviewDraft:
    """A review as its author writes it."""

    stars: int
    text: str
    pictures: Sequence[str] = ()
    anonymous: bool = False


@dataclass(eq=False)
class AlreadyReviewed(Refusal):
    """The line was reviewed before, or the review was added to before."""

    code = ErrorCode.CONFLICT


def check_review(draft: ReviewDraft) -> ReviewDraft:
    """The review without surrounding space.

    Raises:
        BadInput: stars, text or pictures are out of bounds.
    """
    stars = between(draft.stars, 1, MOST_STARS, "input", "stars")
    text = text_within(draft.text, LONGEST_REVIEW, "input", "text", least=0)
    return ReviewDraft(stars, text, check_pictures(draft.pictures), draft.anonymous)


def check_pictures(pictures: Sequence[str]) -> tuple[str, ...]:
    """Links to at most 9 pictures.

    Raises:
        BadInput: there are more, or one is no link.
    """
    if len(pictures) > MOST_PICTURES:
        raise BadInput(f"at most {MOST_PICTURES}", f"最多 {MOST_PICTURES} 张", path=("input", "pictures"))
    return tuple(check_link(one, "input", "pictures", str(i)) for i, one in enumerate(pictures))


def check_reviewable(line: BoughtLine | None, member_id: UUID) -> BoughtLine:
    """Hold a review to a line that its author bought and received; what was given along is not reviewed.

    Raises:
        NotFound: the member bought no such line.
        WrongState: it has not been received, or all of the order went back.
    """
    if line is None or line.member_id != member_id or line.kind is LineKind.GIFT:
        raise NotFound(path=("input", "orderLineId"))
    if line.state not in RECEIVED:
        raise WrongState(line.state.value, path=("input", "orderLineId"))
    return line


def is_named_to(review: Review, reader: Principal) -> bool:
    """Whether a reader may know who wrote a review: an anonymous author is known to themselves and to moderators."""
    return not review.anonymous or review.author.id == reader.member_id or moderates(reader)


def is_seen(state: Moderation, author_id: UUID, reader: Principal) -> bool:
    """Whether a reader sees what somebody wrote: all see what is approved, authors also what waits."""
    if state is Moderation.APPROVED or moderates(reader):
        return True
    return state is Moderation.PENDING and author_id == reader.member_id


def fact_of(review: Review) -> dict[str, Any]:
    """What the outbox tells of a review."""
    return {
        "review": review.id.hex,
        "line": review.order_line_id.hex,
        "product": review.product_id.hex,
        "stars": review.stars,
        "state": review.state.value,
    }


def rating_of(counts: Mapping[int, int]) -> Rating:
    """The rating of a product of which so many reviews give so many stars."""
    return Rating(tuple(counts.get(stars, 0) for stars in range(1, MOST_STARS + 1)))
