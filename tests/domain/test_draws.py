"""Draws: what a host may promise, the states of a draw, and what is drawn."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import draw_terms, draws
from domain.draw_terms import DrawKind, DrawTerms, Fairness, Prize, PrizeKind, WorthTooMuch
from domain.drawing import Participant as Listed
from domain.drawing import Turn, participants_hash, ticket_of
from domain.draws import TRANSITIONS, Draw, DrawState, Entrant, PrizeLapsed, WonEnough
from domain.eligibility import (
    Candidate,
    ConditionNotMet,
    EntryCondition,
    EntryConditions,
    NotEligible,
    TooManyAtOnce,
    check_at_once,
    check_candidate,
)
from domain.money import Money
from domain.refusals import BadInput, WrongState

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
SEED = bytes(32)
a_tea = Prize(uuid.UUID(int=1), PrizeKind.NAMED, "一年的茶", None, 1)
ten_coins = Prize(uuid.UUID(int=2), PrizeKind.COINS, "金币", None, 3, coins=10)
a_cup = Prize(uuid.UUID(int=3), PrizeKind.GOODS, "盖碗", None, 2, variant_id=uuid.UUID(int=9))
terms = DrawTerms(DrawKind.LUCKY_BAG, "福袋", (a_tea, ten_coins), 60)
viewer = Candidate(
    is_host=False, is_kicked=False, is_bound=True, has_ordered=True, invited=3, born_on=None, said_password=True
)


def an_open_draw(**other: Any) -> Draw:
    draft = draws.draft_of(uuid.UUID(int=7), uuid.UUID(int=8), uuid.UUID(int=6), replace(terms, **other))
    return draws.opened(draft, SEED, 5, NOON)


def entrants(many: int, draw: Draw, wins: int = 0) -> list[Entrant]:
    assert draw.card.commitment is not None
    ids = [uuid.UUID(int=1000 + number) for number in range(many)]
    return [Entrant(one, ticket_of(draw.card.commitment, one), wins) for one in ids]


@pytest.mark.parametrize(
    ("other", "path"),
    [
        pytest.param({"prizes": ()}, ["prizes"], id="nothing to win"),
        pytest.param({"prizes": (a_tea,) * 21}, ["prizes"], id="21 kinds of prizes"),
        pytest.param({"prizes": (replace(a_tea, count=0),)}, ["prizes", "0", "count"], id="none of a prize"),
        pytest.param({"prizes": (replace(a_tea, count=10_000), a_tea)}, ["prizes"], id="10,001 prizes"),
        pytest.param({"prizes": (replace(ten_coins, coins=0),)}, ["prizes", "0", "coins"], id="no coins"),
        pytest.param({"prizes": (replace(a_tea, coins=1),)}, ["prizes", "0", "coins"], id="coins that are none"),
        pytest.param({"prizes": (replace(a_cup, variant_id=None),)}, ["prizes", "0", "variantId"], id="no goods"),
        pytest.param({"prizes": (replace(a_tea, picture_url="x"),)}, ["prizes", "0", "pictureUrl"], id="no link"),
        pytest.param({"countdown_s": None}, ["countdownSeconds"], id="a lucky bag without a countdown"),
        pytest.param({"countdown_s": 9}, ["countdownSeconds"], id="9 seconds"),
        pytest.param({"countdown_s": 86_401}, ["countdownSeconds"], id="more than a day"),
        pytest.param({"most_wins": 0}, ["mostWins"], id="no wins"),
        pytest.param({"most_wins": 100}, ["mostWins"], id="100 wins"),
        pytest.param({"claim_hours": 169}, ["claimHours"], id="more than a week to claim"),
        pytest.param({"title": " "}, ["title"], id="no title"),
        pytest.param({"conditions": EntryConditions(password="")}, ["conditions", "password"], id="an empty password"),
        pytest.param(
            {"conditions": EntryConditions(least_invited=1_001)}, ["conditions", "leastInvited"], id="1,001 guests"
        ),
    ],
)
def test_a_promise_out_of_bounds_is_refused(other: dict[str, Any], path: list[str]) -> None:
    with pytest.raises(BadInput) as refusal:
        draw_terms.check_terms(replace(terms, **other))

    assert refusal.value.path == ("input", *path)


def test_a_promise_within_bounds_is_kept_with_clean_texts() -> None:
    asked = replace(terms, title=" 今晚 ", conditions=EntryConditions(password=" 半亩  花田 "), prizes=(a_tea, a_cup))

    kept = draw_terms.check_terms(asked)

    assert (kept.title, kept.conditions.password, kept.prizes) == ("今晚", "半亩 花田", (a_tea, a_cup))


def test_a_single_prize_is_worth_fifty_thousand_yuan_at_most() -> None:
    draw_terms.check_worth(Money(50_000_00))

    with pytest.raises(WorthTooMuch):
        draw_terms.check_worth(Money(50_000_01))


@pytest.mark.parametrize("state", DrawState)
@pytest.mark.parametrize("to", DrawState)
def test_a_draw_goes_only_where_its_state_leads(state: DrawState, to: DrawState) -> None:
    draw = an_open_draw()
    draw = replace(draw, card=replace(draw.card, state=state))

    if to in TRANSITIONS[state]:
        assert draws.move(draw, to).card.state is to
    else:
        with pytest.raises(WrongState):
            draws.move(draw, to)


def test_the_seed_is_bound_when_a_draw_opens_and_told_when_it_is_drawn() -> None:
    draw = an_open_draw()

    assert draw.card.closes_at == NOON + timedelta(seconds=60)
    assert draw.proof is None
    result = draws.draw(draw, [])
    drawn = replace(
        draws.move(draws.move(draw, DrawState.CLOSED), DrawState.DRAWN), participants_hash=result.participants_hash
    )
    assert drawn.proof is not None
    assert (drawn.proof.seed, drawn.proof.commitment) == (SEED.hex(), draw.card.commitment)


def test_nobody_enters_before_it_opens_or_from_the_last_second_on() -> None:
    card = an_open_draw().card

    draws.check_takes_entries(card, NOON + timedelta(seconds=59))
    for late in (replace(card, state=DrawState.CLOSED), replace(card, state=DrawState.DRAFT)):
        with pytest.raises(WrongState):
            draws.check_takes_entries(late, NOON)
    with pytest.raises(WrongState):
        draws.check_takes_entries(card, NOON + timedelta(seconds=60))
    draws.check_takes_entries(an_open_draw(kind=DrawKind.LUCKY_DRAW, countdown_s=None).card, NOON + timedelta(days=1))


def test_who_has_won_as_often_as_one_may_cannot_win_again() -> None:
    card = an_open_draw(most_wins=2).card

    draws.check_wins(card, 1)
    with pytest.raises(WonEnough):
        draws.check_wins(card, 2)
    assert [draws.turn_of(card, wins) for wins in (0, 1, 2)] == [Turn.FIRST, Turn.FIRST, Turn.NEVER]


def test_non_winners_come_first_where_the_host_says_so() -> None:
    card = an_open_draw(most_wins=3, fairness=Fairness.NON_WINNERS_FIRST).card

    assert [draws.turn_of(card, wins) for wins in range(4)] == [Turn.FIRST, Turn.SECOND, Turn.SECOND, Turn.NEVER]


@given(st.integers(0, 12))
def test_prizes_go_out_in_their_order_and_what_nobody_won_is_left(many: int) -> None:
    draw = an_open_draw(prizes=(a_tea, ten_coins, a_cup))

    result = draws.draw(draw, entrants(many, draw))

    units = [a_tea, *[ten_coins] * 3, *[a_cup] * 2]
    assert [prize for _, prize in result.won] == units[:many]
    assert [prize for prize, count in result.left for _ in range(count)] == units[many:]
    assert len({member for member, _ in result.won}) == min(many, 6)


def test_the_published_list_says_whose_turn_it_was() -> None:
    draw = an_open_draw()
    entered = [*entrants(2, draw), replace(entrants(3, draw)[2], wins=1)]

    result = draws.draw(draw, entered)

    listed = [Listed(one.ticket, Turn.NEVER if one.wins else Turn.FIRST) for one in entered]
    assert result.participants_hash == participants_hash(listed)
    assert result.turns == {entered[2].member_id: Turn.NEVER}
    assert {member for member, _ in result.won} == {entered[0].member_id, entered[1].member_id}


def test_coins_need_no_claim_and_goods_an_address_in_time() -> None:
    draw = an_open_draw()
    coins, cup = (draws.win_of(uuid.UUID(int=1), draw, uuid.UUID(int=2), prize, NOON) for prize in (ten_coins, a_cup))

    assert (coins.claimed_at, cup.claimed_at, cup.claim_by) == (NOON, None, NOON + timedelta(hours=24))
    draws.check_claim(cup, NOON, has_address=True)
    with pytest.raises(BadInput):
        draws.check_claim(cup, NOON, has_address=False)
    for late, at in ((cup, cup.claim_by), (replace(cup, lapsed_at=NOON), NOON)):
        with pytest.raises(PrizeLapsed):
            draws.check_claim(late, at, has_address=True)


@pytest.mark.parametrize(
    ("other", "asked", "missing"),
    [
        ({"is_bound": False}, {"bound_to_host": True}, EntryCondition.BOUND_TO_HOST),
        ({"has_ordered": False}, {"has_ordered": True}, EntryCondition.HAS_ORDERED),
        ({"invited": 2}, {"least_invited": 3}, EntryCondition.LEAST_INVITED),
        ({"said_password": False}, {"password": "茶"}, EntryCondition.PASSWORD),
    ],
)
def test_a_condition_that_is_not_met_is_named(
    other: dict[str, Any], asked: dict[str, Any], missing: EntryCondition
) -> None:
    conditions = EntryConditions(**asked)

    check_candidate(viewer, conditions, is_insider=False)
    check_candidate(replace(viewer, **other), EntryConditions(), is_insider=False)
    with pytest.raises(ConditionNotMet) as refusal:
        check_candidate(replace(viewer, **other), conditions, is_insider=False)

    assert refusal.value.condition is missing


@pytest.mark.parametrize(
    ("other", "is_insider"), [({"is_host": True}, False), ({"is_kicked": True}, False), ({}, True)]
)
def test_hosts_insiders_and_who_was_shown_the_door_take_no_part(other: dict[str, Any], is_insider: bool) -> None:
    with pytest.raises(NotEligible):
        check_candidate(replace(viewer, **other), EntryConditions(), is_insider=is_insider)


def test_twenty_at_once_are_enough() -> None:
    check_at_once(19)

    with pytest.raises(TooManyAtOnce):
        check_at_once(20)
