"""Coupons: what a template may say, when a coupon is good, and who may use it where."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from domain import coupon_templates, coupons
from domain.coupon_templates import (
    CouponScope,
    CouponTemplate,
    CouponTerms,
    TakeBy,
    TemplateState,
    Validity,
    Worth,
    check_terms,
)
from domain.coupon_wishes import CouponWish, Found, decide
from domain.coupons import Coupon, CouponNotOffered, CouponsGone, CouponState, Held, TakenEnough, objection
from domain.promotions.coupons import CouponKind, CouponReason
from domain.refusals import BadInput, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
A_DAY = timedelta(days=1)
A_GUIDE, A_STORE, A_TAG, A_PRODUCT, A_MEMBER = (UUID(int=n) for n in range(1, 6))

good = CouponTerms("满减券", Worth(CouponKind.FIXED, 50_00), Validity(ends_at=NOON + A_DAY), (TakeBy.USER,))


def a_template(taken: int = 0, state: TemplateState = TemplateState.PUBLISHED, **terms: Any) -> CouponTemplate:
    return CouponTemplate(UUID(int=9), state, replace(good, **terms), taken, 1, NOON)


def a_coupon(state: CouponState = CouponState.UNUSED, **other: Any) -> Coupon:
    whole = Coupon(UUID(int=8), UUID(int=9), A_MEMBER, 1, state, TakeBy.USER, NOON, NOON, NOON + A_DAY)
    return replace(whole, **other)


def held(**other: Any) -> Held:
    terms = replace(good, **{name: other.pop(name) for name in ("scope", "scope_ids") if name in other})
    whole = Held(UUID(int=8), UUID(int=9), terms, CouponState.UNUSED, NOON, NOON + A_DAY)
    return replace(whole, **other)


@pytest.mark.parametrize(
    ("part", "change"),
    [
        ("amount", {"worth": Worth(CouponKind.FIXED, 0)}),
        ("amount", {"worth": Worth(CouponKind.PERCENT, 1, 1_000)}),
        ("offBp", {"worth": Worth(CouponKind.PERCENT)}),
        ("offBp", {"worth": Worth(CouponKind.PERCENT, off_bp=10_000)}),
        ("offBp", {"worth": Worth(CouponKind.FIXED, 1, 500)}),
        ("cap", {"worth": Worth(CouponKind.FIXED, 1, cap=1)}),
        ("threshold", {"worth": Worth(CouponKind.FIXED, 1, threshold=-1)}),
        ("scope", {"worth": Worth(CouponKind.EXCHANGE)}),
        ("scopeIds", {"scope": CouponScope.STORE}),
        ("scopeIds", {"scope_ids": (A_STORE,)}),
        ("orderWide", {"scope": CouponScope.PRODUCT, "scope_ids": (A_PRODUCT,), "order_wide": True}),
        ("days", {"validity": Validity()}),
        ("days", {"validity": Validity(ends_at=NOON, days=3)}),
        ("days", {"validity": Validity(days=0)}),
        ("endsAt", {"validity": Validity(NOON, NOON)}),
        ("takeBy", {"take_by": ()}),
        ("total", {"total": 0}),
        ("perPerson", {"per_person": 0}),
        ("perPerson", {"per_person": 101}),
        ("name", {"name": " "}),
    ],
)
def test_terms_out_of_bounds_are_refused(part: str, change: dict[str, Any]) -> None:
    with pytest.raises(BadInput) as refusal:
        check_terms(replace(good, **change))

    assert refusal.value.path[:2] == ("input", part)


def test_a_coupon_is_good_between_two_instants_or_for_days_after_it_was_taken() -> None:
    fixed, open_, days = Validity(NOON, NOON + A_DAY), Validity(ends_at=NOON + A_DAY), Validity(after_days=2, days=7)
    early = NOON - A_DAY

    assert fixed.window(early) == (NOON, NOON + A_DAY)
    assert open_.window(early) == (early, NOON + A_DAY)
    assert days.window(NOON) == (NOON + 2 * A_DAY, NOON + 9 * A_DAY)


def test_the_hundredth_of_a_hundred_can_be_taken_and_no_further_one() -> None:
    """Product rules 2.7.4: yudao's precheck `takeCount > totalCount` lets one more through to fail later."""
    assert a_template(taken=99, total=100).can_be_taken(NOON)
    assert not a_template(taken=100, total=100).can_be_taken(NOON)
    assert a_template(taken=100, total=None).can_be_taken(NOON)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        (None, CouponNotOffered),
        (a_template(take_by=(TakeBy.CODE,)), CouponNotOffered),
        (a_template(state=TemplateState.DRAFT), CouponNotOffered),
        (a_template(state=TemplateState.ENDED), CouponNotOffered),
        (a_template(validity=Validity(ends_at=NOON)), CouponNotOffered),
        (a_template(taken=1, total=1), CouponsGone),
        (a_template(), TakenEnough),
    ],
)
def test_who_cannot_have_one_is_told_why(template: CouponTemplate | None, why: type[Exception]) -> None:
    assert isinstance(coupons.why_not(template, TakeBy.USER, NOON), why)


def test_a_template_is_published_once_and_ends_once() -> None:
    draft = a_template(state=TemplateState.DRAFT)
    published = coupon_templates.move(draft, TemplateState.PUBLISHED)
    ended = coupon_templates.move(published, TemplateState.ENDED)

    assert (published.version, ended.version) == (2, 3)
    for template in (draft, ended):
        with pytest.raises(WrongState):
            coupon_templates.move(template, TemplateState.ENDED)
    with pytest.raises(WrongState):
        coupon_templates.edit(published, good)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (held(), None),
        (held(starts_at=NOON + timedelta(seconds=1)), CouponReason.NOT_YET),
        (held(ends_at=NOON), CouponReason.EXPIRED),
        (held(state=CouponState.LOCKED), CouponReason.IN_ANOTHER_ORDER),
        (held(state=CouponState.USED), CouponReason.USED),
        (held(state=CouponState.REVOKED), CouponReason.REVOKED),
        (held(scope=CouponScope.STORE, scope_ids=(A_GUIDE,)), CouponReason.OTHER_STORE),
        (held(scope=CouponScope.STORE, scope_ids=(A_STORE,)), None),
        (held(scope=CouponScope.GUIDE, scope_ids=(A_STORE,)), CouponReason.OTHER_GUIDE),
        (held(scope=CouponScope.GUIDE, scope_ids=(A_GUIDE,)), None),
        (held(scope=CouponScope.COMMUNITY, scope_ids=(A_STORE,)), CouponReason.OTHER_COMMUNITY),
        (held(scope=CouponScope.COMMUNITY, scope_ids=(A_TAG,)), None),
    ],
)
def test_a_coupon_is_used_in_its_time_and_its_place(one: Held, reason: CouponReason | None) -> None:
    around = coupons.Surroundings(frozenset({A_GUIDE}), frozenset({A_STORE}), frozenset({A_TAG}))

    assert objection(one, around, NOON) is reason


def by_code(**other: Any) -> Found:
    return replace(Found(None, "AUTUMN", None, a_template(per_person=2)), **other)


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (Found(UUID(int=8), None, None, None), CouponReason.NOT_YOURS),
        (Found(UUID(int=8), None, a_coupon(CouponState.USED), a_template()), CouponReason.USED),
        (by_code(template=None), CouponReason.CODE_UNKNOWN),
        (by_code(is_spent=True), CouponReason.USED),
        (by_code(template=a_template(taken=5, total=5)), CouponReason.NONE_LEFT),
        (by_code(template=a_template(state=TemplateState.ENDED)), CouponReason.EXPIRED),
        (by_code(had=2), CouponReason.TAKEN_ENOUGH),
        (by_code(had=2, coupon=a_coupon(CouponState.LOCKED)), CouponReason.IN_ANOTHER_ORDER),
        (by_code(had=1, coupon=a_coupon(CouponState.USED)), None),
        (by_code(coupon=a_coupon()), None),
        (by_code(), None),
    ],
)
def test_what_a_cart_names_is_in_hand_or_refused_with_a_reason(found: Found, reason: CouponReason | None) -> None:
    hand = decide(CouponWish(A_MEMBER), [found], NOON)

    assert [one.reason for one in hand.refused] == ([] if reason is None else [reason])
    assert len(hand.coupons) == (reason is None)


def test_a_code_that_was_not_redeemed_yet_is_priced_like_the_coupon_it_stands_for() -> None:
    once, again = (decide(CouponWish(None), [by_code()], NOON).coupons[0] for _ in range(2))

    assert once == again
    assert (once.amount, once.ends_at) == (50_00, NOON + A_DAY)


def test_codes_are_read_however_they_are_written() -> None:
    assert coupon_templates.clean_codes(["mid-autumn 2026", "MIDAUTUMN2026", "x", "茶" * 5]) == ["MIDAUTUMN2026"]
