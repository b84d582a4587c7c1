"""Promotions as they are run: states, limits, what is held to what before it is published, and the book."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.campaigns import Campaign, check_campaign
from domain.price_floors import Channel, PriceFloor, check_floor, highest, holds, meets
from domain.price_plans import check_list
from domain.private_products import admits_of, audiences_of, is_admitted
from domain.promotions.audiences import GUEST, Audience, AudienceKind, Shopper
from domain.promotions.book import Book, Counted
from domain.promotions.life import (
    TRANSITIONS,
    UNLIMITED,
    Limits,
    Planned,
    PromotionDraft,
    PromotionState,
    check_limits,
    drafted,
    moved,
    redrafted,
)
from domain.promotions.plays.reduction import ReductionTerms, ReductionTier
from domain.promotions.price_lists import PriceList
from domain.promotions.publishing import (
    check_frame,
    check_prices,
    check_still_to_come,
    floors_in_time,
    overlap,
    unit_prices,
)
from domain.promotions.scopes import EVERYTHING, Scope
from domain.promotions.slots import Slot
from domain.promotions.terms import Promotion
from domain.promotions.uses import Counter, Use
from domain.refusals import BadInput, Refusals, WrongState
from tests.makers_quotes import a_cart, a_reduction, priced, product

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)
A, B, C, D = (UUID(int=i) for i in range(1, 5))
OFF = Promotion(A, "REDUCTION", "满减", ReductionTerms((ReductionTier(100, 10),)))
DRAFT = drafted(PromotionDraft(OFF), NOON)
MEMBER = UUID(int=99)


def in_state(state: PromotionState) -> Planned:
    return replace(DRAFT, state=state)


class TestTheLifeOfAPromotion:
    def test_leads_from_a_draft_to_its_end(self) -> None:
        reached = {PromotionState.DRAFT}
        for _ in PromotionState:
            reached |= {after for before in reached for after in TRANSITIONS[before]}

        assert reached == set(PromotionState)
        assert TRANSITIONS[PromotionState.ENDED] == frozenset()

    @pytest.mark.parametrize("before", PromotionState)
    @pytest.mark.parametrize("after", PromotionState)
    def test_follows_its_table(self, before: PromotionState, after: PromotionState) -> None:
        if after in TRANSITIONS[before]:
            assert moved(in_state(before), after, NOON).state is after
        else:
            with pytest.raises(WrongState):
                moved(in_state(before), after, NOON)

    @pytest.mark.parametrize("state", [PromotionState.PUBLISHED, PromotionState.ENDED])
    def test_lets_nothing_be_changed_that_people_see_or_that_is_over(self, state: PromotionState) -> None:
        with pytest.raises(WrongState):
            redrafted(in_state(state), PromotionDraft(OFF), NOON)

    def test_keeps_its_play_and_its_id(self) -> None:
        other = replace(OFF, id=B, name="新")

        assert redrafted(DRAFT, PromotionDraft(other), NOON).promotion == replace(other, id=A)
        with pytest.raises(BadInput):
            redrafted(DRAFT, PromotionDraft(replace(OFF, kind="BUNDLE")), NOON)

    def test_stays_in_its_campaign_while_orders_have_it(self) -> None:
        used = replace(DRAFT, used=1, campaign_id=B)

        assert redrafted(replace(used, used=0), PromotionDraft(OFF), NOON).campaign_id is None
        assert redrafted(used, PromotionDraft(OFF, campaign_id=B), NOON).campaign_id == B
        for other in (None, C):
            with pytest.raises(BadInput) as refusal:
                redrafted(used, PromotionDraft(OFF, campaign_id=other), NOON)
            assert refusal.value.path == ("input", "campaignId")

    def test_lets_no_limit_be_set_below_what_is_used(self) -> None:
        used = replace(DRAFT, used=3, spent=500)

        for limits in (Limits(uses=2), Limits(budget=499), Limits(uses_per_member=0)):
            with pytest.raises(BadInput):
                redrafted(used, PromotionDraft(OFF, limits), NOON)
        assert redrafted(used, PromotionDraft(OFF, Limits(3, 1, 500)), NOON).limits == Limits(3, 1, 500)
        check_limits(UNLIMITED)

    @pytest.mark.parametrize(
        ("planned", "is_counted"),
        [
            pytest.param(DRAFT, False, id="without limits"),
            pytest.param(replace(DRAFT, limits=Limits(uses=1)), True, id="with limits"),
            pytest.param(replace(DRAFT, campaign_id=B), True, id="of a campaign"),
            pytest.param(
                replace(DRAFT, promotion=replace(OFF, audience=Audience(AudienceKind.NEW_CUSTOMER))),
                True,
                id="for the new",
            ),
        ],
    )
    def test_is_counted_where_somebody_asks_how_often_it_was_used(self, planned: Planned, is_counted: bool) -> None:
        assert planned.is_counted is is_counted


class TestAFrame:
    @pytest.mark.parametrize(
        "wrong",
        [
            replace(OFF, name=""),
            replace(OFF, priority=1_001),
            replace(OFF, scope=Scope(everything=False)),
            replace(OFF, starts_at=NOON, ends_at=NOON),
        ],
    )
    def test_is_held_to_its_bounds(self, wrong: Promotion) -> None:
        check_frame(OFF)
        with pytest.raises(BadInput):
            check_frame(wrong)

    def test_is_not_published_once_it_is_over(self) -> None:
        check_still_to_come(replace(OFF, ends_at=NOON + HOUR), NOON)
        with pytest.raises(BadInput):
            check_still_to_come(replace(OFF, ends_at=NOON), NOON)


def only(*product_ids: UUID, **more: frozenset[UUID]) -> Scope:
    return Scope(everything=False, product_ids=frozenset(product_ids), **more)


MONDAY, TUESDAY = (Slot(1, 0, 600),), (Slot(2, 0, 600),)


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        pytest.param({}, {}, True, id="all goods at all times"),
        pytest.param({"ends_at": NOON}, {"starts_at": NOON}, False, id="one after the other"),
        pytest.param({"starts_at": NOON}, {"ends_at": NOON}, False, id="one before the other"),
        pytest.param({"ends_at": NOON}, {"starts_at": NOON - HOUR}, True, id="an hour together"),
        pytest.param({"slots": MONDAY}, {"slots": TUESDAY}, False, id="other days"),
        pytest.param({"slots": MONDAY}, {"slots": (Slot(1, 599, 700),)}, True, id="a minute together"),
        pytest.param({"slots": MONDAY}, {}, True, id="hours of every day"),
        pytest.param({"scope": only(A)}, {"scope": only(B)}, False, id="other goods"),
        pytest.param({"scope": only(A, B)}, {"scope": only(B)}, True, id="one product together"),
        pytest.param({"scope": only(A)}, {"scope": only(category_ids=frozenset({C}))}, True, id="one of the category"),
        pytest.param({"scope": only(B)}, {"scope": only(category_ids=frozenset({C}))}, False, id="of another category"),
        pytest.param(
            {"scope": only(A)},
            {"scope": only(category_ids=frozenset({C}), excluded=frozenset({A}))},
            False,
            id="an exception of the category",
        ),
        pytest.param(
            {"scope": only(category_ids=frozenset({C}))},
            {"scope": only(category_ids=frozenset({D}))},
            True,
            id="a category above the other",
        ),
        pytest.param({"scope": only(A)}, {"scope": EVERYTHING}, True, id="one of all goods"),
        pytest.param({"scope": only(A)}, {"scope": Scope(excluded=frozenset({A}))}, False, id="all but the one"),
        pytest.param({"scope": only(A, B)}, {"scope": Scope(excluded=frozenset({A}))}, True, id="all but one of two"),
        pytest.param(
            {"scope": only(category_ids=frozenset({C}))},
            {"scope": Scope(excluded=frozenset({A}))},
            True,
            id="a category, of which not all is known",
        ),
    ],
)
def test_promotions_overlap_where_they_have_goods_and_hours_in_common(one: object, other: object, meet: bool) -> None:
    above = {A: [C, D], C: [D]}
    first, second = (replace(OFF, **given) for given in (one, other))  # type: ignore[arg-type]

    assert overlap(first, second, above) is overlap(second, first, above) is meet


class TestAFloor:
    def test_holds_on_its_channel_and_in_its_time(self) -> None:
        floor = PriceFloor(A, B, 100, Channel.LIVE, NOON, NOON + HOUR)

        assert holds(floor, Channel.LIVE, NOON)
        assert not holds(floor, Channel.SHOP, NOON)
        assert not holds(floor, Channel.LIVE, NOON + HOUR)
        assert not holds(floor, Channel.LIVE, NOON - HOUR)

    @pytest.mark.parametrize(
        ("starts", "ends", "met"),
        [
            (None, None, True),
            (NOON + HOUR, None, False),
            (None, NOON, False),
            (NOON - HOUR, NOON + HOUR / 2, True),
        ],
    )
    def test_is_met_by_what_runs_at_any_time_of_it(
        self, starts: datetime | None, ends: datetime | None, met: bool
    ) -> None:
        floor = PriceFloor(A, B, 100, None, NOON, NOON + HOUR)

        assert meets(floor, starts, ends) is met
        assert floors_in_time({B: [floor]}, starts, ends) == ({B: 100} if met else {})

    def test_is_the_highest_of_those_that_hold(self) -> None:
        assert highest([PriceFloor(A, B, 100), PriceFloor(C, B, 90)]) == 100
        assert highest([]) is None

    @pytest.mark.parametrize("wrong", [PriceFloor(A, B, 0), PriceFloor(A, B, 1, None, NOON, NOON)])
    def test_is_held_to_its_bounds(self, wrong: PriceFloor) -> None:
        with pytest.raises(BadInput):
            check_floor(wrong)

    def test_names_every_price_below_it(self) -> None:
        with pytest.raises(Refusals) as refused:
            check_prices({A: 99, B: 100, C: 1}, {A: 100, B: 100})

        assert [one.variant_id for one in refused.value.members] == [A]  # type: ignore[attr-defined]
        assert unit_prices(OFF) == {}


class TestTheBook:
    def test_shows_what_runs_or_will_and_nothing_that_is_over(self) -> None:
        past, now, later = (
            replace(OFF, id=A, ends_at=NOON),
            replace(OFF, id=B, ends_at=NOON + HOUR),
            replace(OFF, id=C, starts_at=NOON + 2 * HOUR),
        )
        book = Book(D, [past, now, later])

        assert [[one.id for one in book.at(at)] for at in (NOON - HOUR, NOON, NOON + HOUR, NOON - HOUR)] == [
            [A, B, C],
            [B, C],
            [C],
            [A, B, C],
        ]

    def test_tells_the_floors_of_a_channel(self) -> None:
        book = Book(D, floors={A: [PriceFloor(A, A, 100), PriceFloor(B, A, 120, Channel.LIVE)]})

        assert book.floors_at(NOON, Channel.SHOP, [A, B]) == {A: 100}
        assert book.floors_at(NOON, Channel.LIVE, [A]) == {A: 120}
        assert Book(D).floors_at(NOON, Channel.LIVE, [A]) == {}

    def test_tells_what_takes_more_off_than_a_whole_budget_alone_or_with_others(self) -> None:
        """Of 30 off for each of three goods, of which two share a budget."""
        offers = [a_reduction(100, 30, number, scope=only(product(number))) for number in range(3)]
        one, other, free = (offer.id for offer in offers)
        found = priced(a_cart(100, 100, 100), *offers)

        def too_much(own: int, shared: int) -> set[UUID]:
            counted = {one: Counted(budgets={one: own, D: shared}), other: Counted(budgets={D: shared})}
            return Book(D, counted=counted).too_much(found)

        assert found.taken_off(free) == 30
        assert too_much(30, 60) == set()
        assert too_much(29, 60) == {one}
        assert too_much(29, 30) == {one}
        assert too_much(30, 59) == {other}
        assert too_much(30, 29) == {one, other}
        assert Book(D).too_much(found) == set()


class TestWhatIsLeft:
    @given(st.lists(st.integers(0, 50), max_size=40), st.integers(1, 20), st.integers(1, 300))
    def test_is_never_less_than_nothing(self, wanted: list[int], uses: int, budget: int) -> None:
        counter = Counter(Limits(uses, None, budget), 0, 0)
        for fen in wanted:
            use = Use(A, MEMBER, B, fen)
            if counter.has(use):
                counter.take(use)

        assert counter.used <= uses
        assert counter.spent <= budget
        if counter.used == uses or counter.spent == budget:
            assert counter.is_used_up

    def test_of_a_member_is_what_they_have_not_used(self) -> None:
        counter = Counter(Limits(uses_per_member=2), 1, 0, [(MEMBER, 1)])

        assert counter.has_for(MEMBER)
        counter.take(Use(A, MEMBER, B, 0))
        assert not counter.has_for(MEMBER)
        assert counter.has_for(C)

    def test_is_nothing_for_those_who_come_once_a_budget_was_short(self) -> None:
        counter = Counter(Limits(budget=30), 0, 20)

        assert not counter.has(Use(A, MEMBER, B, 20))
        assert not counter.is_used_up
        counter.is_short = True
        assert counter.is_used_up


class TestAPrivateProduct:
    @pytest.mark.parametrize(
        ("audience", "shopper"),
        [
            (Audience(AudienceKind.LEVEL), Shopper(level_id=A)),
            (Audience(AudienceKind.LEVEL, frozenset({A})), Shopper(level_id=A)),
            (Audience(AudienceKind.PAID_CARD), Shopper(plan_id=A)),
            (Audience(AudienceKind.STORE, frozenset({A, B})), Shopper(store_id=B)),
            (Audience(AudienceKind.TAG, frozenset({A})), Shopper(tags=frozenset({A, C}))),
        ],
    )
    def test_admits_those_of_its_audience(self, audience: Audience, shopper: Shopper) -> None:
        admits = admits_of([audience])

        assert is_admitted(admits, shopper)
        assert not is_admitted(admits, GUEST)
        assert audiences_of(admits) == [audience]

    def test_admits_nobody_of_another_level(self) -> None:
        assert not is_admitted(admits_of([Audience(AudienceKind.LEVEL, frozenset({A}))]), Shopper(level_id=B))

    @pytest.mark.parametrize("kind", [AudienceKind.EVERYBODY, AudienceKind.NEW_CUSTOMER, AudienceKind.TAG])
    def test_is_for_no_audience_that_passes_cannot_tell(self, kind: AudienceKind) -> None:
        with pytest.raises(BadInput):
            admits_of([Audience(kind)])


def test_a_price_list_is_for_some_and_has_an_end_after_its_start() -> None:
    fair = PriceList(A, "会员价", {B: 100}, audience=Audience(AudienceKind.LEVEL))
    check_list(fair)

    wrongs = [
        replace(fair, name=""),
        replace(fair, prices={B: -1}),
        replace(fair, rest_bp=0),
        replace(fair, audience=Audience()),
        replace(fair, starts_at=NOON, ends_at=NOON),
    ]
    for wrong in wrongs:
        with pytest.raises(BadInput):
            check_list(wrong)


def test_a_campaign_has_no_budget_below_what_it_spent() -> None:
    fair = Campaign(A, "中秋", NOON, NOON + HOUR, 100, NOON, spent=100)
    check_campaign(fair)

    for wrong in (replace(fair, spent=101), replace(fair, theme=""), replace(fair, ends_at=NOON)):
        with pytest.raises(BadInput):
            check_campaign(wrong)
