"""Reviews: who may say what, and what the stars come to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.identity import VISITOR, Principal, Scope
from domain.members import MemberCard
from domain.moderation import Moderation
from domain.orders import LineKind, OrderState
from domain.refusals import BadInput, NotFound, WrongState
from domain.reviews import (
    BoughtLine,
    Rating,
    Review,
    ReviewDraft,
    check_pictures,
    check_review,
    check_reviewable,
    fact_of,
    is_named_to,
    is_seen,
    rating_of,
)

MEI, NOON = uuid4(), datetime(2026, 11, 22, 4, tzinfo=UTC)
LINE = BoughtLine(uuid4(), uuid4(), MEI, uuid4(), uuid4(), "茶", "50g", None, LineKind.GOODS, OrderState.RECEIVED, NOON)
REVIEW = Review(
    uuid4(), LINE.id, LINE.product_id, LINE.variant_id, "50g", MemberCard(MEI, "Mei", None), 5, "好", (), True,
    Moderation.APPROVED, NOON,
)  # fmt: skip
MODERATOR = Principal(uuid4(), scopes=frozenset({Scope.VISITOR, Scope.MODERATOR}))


def member(key: UUID) -> Principal:
    return Principal(key, scopes=frozenset({Scope.VISITOR, Scope.MEMBER}))


def test_a_review_is_kept_without_space_around_it() -> None:
    assert check_review(ReviewDraft(4, "  好茶 ", ["/a.jpg"])) == ReviewDraft(4, "好茶", ("/a.jpg",))


@pytest.mark.parametrize(
    "draft",
    [
        pytest.param(ReviewDraft(0, "好"), id="no stars"),
        pytest.param(ReviewDraft(6, "好"), id="six stars"),
        pytest.param(ReviewDraft(5, "好" * 1_001), id="too long"),
        pytest.param(ReviewDraft(5, "好", ["javascript:x"]), id="no link"),
        pytest.param(ReviewDraft(5, "好", ["/a.jpg"] * 10), id="ten pictures"),
    ],
)
def test_what_is_out_of_bounds_is_refused(draft: ReviewDraft) -> None:
    with pytest.raises(BadInput):
        check_review(draft)


def test_nine_pictures_are_enough() -> None:
    assert len(check_pictures(["/a.jpg"] * 9)) == 9


def test_only_who_received_a_line_reviews_it() -> None:
    assert check_reviewable(LINE, MEI) is LINE
    with pytest.raises(NotFound):
        check_reviewable(LINE, uuid4())
    with pytest.raises(NotFound):
        check_reviewable(None, MEI)
    with pytest.raises(NotFound):
        check_reviewable(replace(LINE, kind=LineKind.GIFT), MEI)
    with pytest.raises(WrongState):
        check_reviewable(replace(LINE, state=OrderState.SHIPPED), MEI)


def test_an_anonymous_author_is_known_to_themselves_and_to_moderators() -> None:
    assert [is_named_to(REVIEW, who) for who in (VISITOR, member(uuid4()), member(MEI), MODERATOR)] == [
        False, False, True, True,
    ]  # fmt: skip
    assert is_named_to(replace(REVIEW, anonymous=False), VISITOR)


def test_what_waits_is_seen_by_its_author_and_moderators_and_what_was_rejected_by_these_alone() -> None:
    readers = (VISITOR, member(MEI), MODERATOR)

    seen = {state: [is_seen(state, MEI, who) for who in readers] for state in Moderation}

    assert seen == {
        Moderation.APPROVED: [True, True, True],
        Moderation.PENDING: [False, True, True],
        Moderation.REJECTED: [False, False, True],
    }


@given(st.lists(st.integers(0, 1_000), min_size=5, max_size=5))
def test_the_average_is_the_nearest_tenth(counts: list[int]) -> None:
    rating = rating_of({stars + 1: many for stars, many in enumerate(counts)})

    assert rating == Rating(tuple(counts))
    if rating.count == 0:
        assert rating.average_tenths is None
        return
    exact = sum(many * (i + 1) for i, many in enumerate(counts)) * 10 / rating.count
    assert rating.average_tenths is not None
    assert abs(rating.average_tenths - exact) <= 0.5 + 1e-9
    assert 10 <= rating.average_tenths <= 50


def test_the_outbox_tells_stars_and_no_words() -> None:
    assert fact_of(REVIEW) == {
        "review": REVIEW.id.hex,
        "line": LINE.id.hex,
        "product": LINE.product_id.hex,
        "stars": 5,
        "state": "APPROVED",
    }
