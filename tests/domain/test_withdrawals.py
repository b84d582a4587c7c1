"""Withdrawals as values: where they go from where they stand, what they cost, and what moves when."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commissions import Wallet
from domain.gateways import ProviderRefused, TransferOutcome, TransferTold
from domain.guide_statements import Moved, StatementKind, kind_of, month_of, span_of, statement_of
from domain.guides import Guide, GuideKind, GuideStatus
from domain.ledger import available_commission, commission_debt
from domain.money import Money
from domain.payouts import PayoutAccount, PayoutAccountTooNew, chosen
from domain.refusals import BadInput, StaleVersion, WrongState
from domain.tenders import InsufficientBalance
from domain.withdrawals import (
    FACTS,
    FINAL,
    LEAST_TRANSFER,
    RETURNED,
    STEPS,
    FourEyes,
    RealNameNeeded,
    Withdrawal,
    WithdrawalState,
    WithdrawalTerms,
    WrongTransfer,
    cancel,
    check_told,
    decide,
    fee_of,
    postings_of,
    quote,
    refused,
    request,
    send,
    told_of,
)

NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)
ID, GUIDE, MEMBER, FINANCE = UUID(int=1), UUID(int=2), UUID(int=3), UUID(int=4)
S = WithdrawalState


def a_guide(status: GuideStatus = GuideStatus.ACTIVE) -> Guide:
    return Guide(GUIDE, MEMBER, ID, "hq.s1.", GuideKind.KOC, status, "Wang", None, ID, "abcdefghij", NOON, 1)


def asked(fen: int = 100_00, available: int = 100_00, debt: int = 0, **other: object) -> Withdrawal:
    terms = WithdrawalTerms(fee_bp=60)
    account = PayoutAccount(MEMBER, "o-mei", NOON - timedelta(days=2), "王小美")
    account = replace(account, **{k: v for k, v in other.items() if k in ("since", "real_name")})  # type: ignore[arg-type]
    guide = a_guide(other.get("status", GuideStatus.ACTIVE))  # type: ignore[arg-type]
    wallet = Wallet(GUIDE, available, debt)
    return request(ID, guide, wallet, account, quote(Money(fen), terms), terms, NOON)


def told(outcome: TransferOutcome, one: Withdrawal, **other: object) -> TransferTold:
    answer = TransferTold("m", one.id, "13300", outcome, one.transferred, NOON, openid=one.openid)
    return replace(answer, **other)  # type: ignore[arg-type]


def in_state(state: WithdrawalState) -> Withdrawal:
    ended = NOON if state in FINAL else None
    return replace(asked(), state=state, finished_at=ended, attempts=1)


def test_every_state_is_reached_and_those_that_are_over_are_left_no_more() -> None:
    reached = {state for ways in STEPS.values() for state in ways}

    assert reached | {S.REQUESTED} == set(S) == set(STEPS) == set(FACTS)
    assert {state for state, ways in STEPS.items() if not ways} == FINAL
    assert len(set(FACTS.values())) == len(S)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("outcome", TransferOutcome)
def test_what_is_over_stays_whatever_is_told(state: WithdrawalState, outcome: TransferOutcome) -> None:
    one = in_state(state)
    if state in FINAL:
        assert told_of(one, told(outcome, one), NOON) is one
    elif state not in (S.REQUESTED, S.APPROVED):
        assert told_of(one, told(outcome, one), NOON).state in {state, *STEPS[state]}


@given(
    st.integers(1, 10_000_00), st.integers(0, 5_000), st.integers(0, 50_00), st.one_of(st.none(), st.integers(0, 99_00))
)
def test_fee_and_what_arrives_are_the_amount(fen: int, bp: int, least: int, most: int | None) -> None:
    terms = WithdrawalTerms(least=1, most=10**7, most_a_day=10**7, fee_bp=bp, fee_least=least, fee_most=most)
    fee = fee_of(fen, terms)

    assert fee == (max(fen * bp // 10_000, least) if most is None else min(max(fen * bp // 10_000, least), most))
    if fen - fee < LEAST_TRANSFER:
        with pytest.raises(BadInput):
            quote(Money(fen), terms)
    else:
        wanted = quote(Money(fen), terms)
        assert wanted.fee.minor + wanted.transferred.minor == fen


@pytest.mark.parametrize(
    ("how", "refusal"),
    [
        pytest.param({"fen": 100_01}, InsufficientBalance, id="a fen more than there is"),
        pytest.param({"available": 100_00, "debt": -1}, InsufficientBalance, id="a fen is owed"),
        pytest.param({"since": NOON - timedelta(hours=23)}, PayoutAccountTooNew, id="another account since yesterday"),
        pytest.param({"fen": 3_000_00, "available": 3_000_00, "real_name": None}, RealNameNeeded, id="no name"),
        pytest.param({"status": GuideStatus.FROZEN}, WrongState, id="frozen"),
        pytest.param({"status": GuideStatus.APPLIED}, WrongState, id="never taken on"),
    ],
)
def test_it_is_refused(how: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        asked(**how)  # type: ignore[arg-type]


def test_small_amounts_need_nobody() -> None:
    assert (asked().state, asked().next_try_at) == (S.APPROVED, NOON)
    much = asked(200_01, 500_00)
    assert (much.state, much.next_try_at) == (S.REQUESTED, None)


def test_finance_decides_once_and_not_about_its_own() -> None:
    one = asked(300_00, 300_00)
    yes = decide(one, approved=True, by=FINANCE, note="", expected_version=1, at=NOON)
    assert (yes.state, yes.decided_by, yes.version) == (S.APPROVED, FINANCE, 2)

    with pytest.raises(FourEyes):
        decide(one, approved=True, by=MEMBER, note="", expected_version=1, at=NOON)
    with pytest.raises(WrongState):
        decide(yes, approved=True, by=FINANCE, note="", expected_version=2, at=NOON)
    with pytest.raises(StaleVersion):
        decide(one, approved=False, by=FINANCE, note="no", expected_version=2, at=NOON)
    with pytest.raises(BadInput):
        decide(one, approved=False, by=FINANCE, note=" ", expected_version=1, at=NOON)
    assert decide(one, approved=False, by=FINANCE, note="no", expected_version=1, at=NOON).state is S.REJECTED


@pytest.mark.parametrize("state", [S.TRANSFERRING, S.WAIT_USER_CONFIRM, *FINAL])
def test_what_was_sent_or_is_over_is_not_called_off(state: WithdrawalState) -> None:
    with pytest.raises(WrongState):
        cancel(in_state(state), NOON)


def test_who_says_yes_too_late_has_expired_and_other_failures_have_failed() -> None:
    one = send(replace(asked(), attempts=1), NOON)
    waiting = told_of(one, told(TransferOutcome.AWAITING_PERSON, one, confirmation="pkg"), NOON)
    again = told_of(waiting, told(TransferOutcome.AWAITING_PERSON, one), NOON + timedelta(hours=1))
    failure = told(TransferOutcome.FAILED, one, reason="PAYEE_ACCOUNT_ABNORMAL")

    assert (waiting.state, waiting.confirm_by) == (S.WAIT_USER_CONFIRM, NOON + timedelta(hours=24))
    assert (again.confirmation, again.confirm_by, again.version) == ("pkg", waiting.confirm_by, waiting.version)
    assert told_of(waiting, failure, NOON).state is S.FAILED
    assert told_of(waiting, failure, NOON + timedelta(hours=24)).state is S.EXPIRED
    assert told_of(waiting, replace(failure, reason="OVERDUE_CLOSE"), NOON).state is S.EXPIRED
    assert told_of(one, told(TransferOutcome.CANCELLED, one), NOON).state is S.CANCELLED
    under_way = told_of(one, told(TransferOutcome.PROCESSING, one), NOON)
    assert (under_way.state, under_way.next_try_at) == (S.TRANSFERRING, NOON + timedelta(minutes=1))
    late = told_of(waiting, told(TransferOutcome.AWAITING_PERSON, one), NOON + timedelta(hours=25))
    assert late.next_try_at == NOON + timedelta(hours=25, minutes=1)


def test_what_the_provider_refuses_for_good_comes_back() -> None:
    one = send(asked(), NOON)
    no, later = ProviderRefused("PARAM_ERROR", "参数错误"), ProviderRefused("NOT_ENOUGH", "余额不足", later=True)

    assert (refused(one, no, NOON).state, refused(one, no, NOON).failure) == (S.FAILED, "PARAM_ERROR 参数错误")
    assert (refused(one, later, NOON).state, refused(one, later, NOON).failure) == (
        S.TRANSFERRING,
        "NOT_ENOUGH 余额不足",
    )
    waiting = in_state(S.WAIT_USER_CONFIRM)
    assert refused(waiting, no, NOON) is waiting


def test_a_notification_is_held_to_what_was_asked_for() -> None:
    one = replace(send(asked(), NOON), attempts=1, reference="13300")
    check_told(one, told(TransferOutcome.SUCCEEDED, one))
    for wrong in ({"amount": one.amount}, {"reference": "13301"}, {"openid": "o-other"}):
        with pytest.raises(WrongTransfer):
            check_told(one, told(TransferOutcome.SUCCEEDED, one, **wrong))
    with pytest.raises(WrongTransfer, match="never sent"):
        check_told(replace(one, attempts=0), told(TransferOutcome.SUCCEEDED, one))


@given(st.integers(1_00, 2_000_00), st.sampled_from(sorted(RETURNED, key=lambda s: s.value)))
def test_what_goes_out_and_comes_back_leaves_every_account_as_it_was(fen: int, end: WithdrawalState) -> None:
    one = asked(fen, fen)
    back = replace(one, state=end)
    moved: Counter[str] = Counter()
    wallet = Wallet(GUIDE, 0, 0)
    for _, postings in (postings_of(None, one, wallet), postings_of(one, back, wallet)):
        for posting in postings:
            moved[posting.source] -= posting.amount.minor
            moved[posting.destination] += posting.amount.minor

    assert set(moved.values()) == {0}
    assert postings_of(back, replace(back, note="x"), wallet) == (f"withdrawal:{ID.hex}", [])


def test_what_comes_back_repays_what_was_lost_meanwhile() -> None:
    one, wallet = asked(100_00, 100_00), Wallet(GUIDE, 0, -10_00)

    _, postings = postings_of(one, replace(one, state=WithdrawalState.REJECTED), wallet)

    assert [(p.destination, p.amount.minor) for p in postings] == [
        (available_commission(GUIDE), 100_00 - one.fee.minor - 10_00),
        *([(available_commission(GUIDE), one.fee.minor)] if one.fee.minor else []),
        (commission_debt(GUIDE), 10_00),
    ]


def test_another_wechat_has_another_name_and_begins_anew() -> None:
    old, known = PayoutAccount(MEMBER, "o-1", NOON, "王小美", 3), PayoutAccount(MEMBER, "o-2", NOON)
    later = NOON + timedelta(days=1)

    assert chosen(None, known, " 李梅 ", later) == (replace(known, real_name="李梅"), False)
    assert chosen(old, replace(known, openid="o-1"), None, later) == (replace(old, version=4), False)
    assert chosen(old, known, None, later) == (PayoutAccount(MEMBER, "o-2", later, None, 4), True)


@pytest.mark.parametrize("written", ["2026-13", "2026-1", "26-01", "", "2026-01-01", "x"])
def test_what_is_no_month_is_refused(written: str) -> None:
    with pytest.raises(BadInput):
        month_of(written)


def test_days_are_of_the_brands_calendar() -> None:
    zone = timezone(timedelta(hours=8))
    since, until = span_of(date(2026, 11, 1), date(2026, 11, 30), zone)

    assert (since.astimezone(UTC).isoformat(), until - since) == ("2026-10-31T16:00:00+00:00", timedelta(days=30))
    for first, last in ((date(2026, 1, 2), date(2026, 1, 1)), (date(2025, 1, 1), date(2026, 1, 2))):
        with pytest.raises(BadInput):
            span_of(first, last, zone)


@pytest.mark.parametrize(
    ("key", "position", "kind"),
    [
        ("release:1f", 0, StatementKind.RELEASED),
        ("claw-back:1f", 0, StatementKind.CLAWED_BACK),
        ("bounties:1f:back", 0, StatementKind.BOUNTY),
        ("bounty-release:1f", 0, StatementKind.BOUNTY),
        ("bonuses:1f", 0, StatementKind.BONUS),
        ("withdrawal:1f:requested", 0, StatementKind.WITHDRAWAL),
        ("withdrawal:1f:requested", 1, StatementKind.FEE),
        ("withdrawal:1f:returned", 0, StatementKind.RETURNED),
        ("withdrawal:1f:returned", 1, StatementKind.FEE_RETURNED),
        ("withdrawal:1f:else", 0, StatementKind.OTHER),
        ("something", 0, StatementKind.OTHER),
    ],
)
def test_each_posting_has_its_word(key: str, position: int, kind: StatementKind) -> None:
    assert kind_of(Moved(1, key, position, NOON, 5, available_commission(GUIDE), "brand:x")) is kind


def test_what_goes_to_a_debt_repays_it() -> None:
    repaid = Moved(1, "release:1f", 0, NOON, 5, commission_debt(GUIDE), "guide:x:frozen")

    assert kind_of(repaid) is StatementKind.DEBT_REPAID
    assert kind_of(replace(repaid, business_key="withdrawal:1f:returned", position=2)) is StatementKind.DEBT_REPAID
    assert kind_of(replace(repaid, minor=-5, business_key="claw-back:1f")) is StatementKind.CLAWED_BACK


@given(st.integers(-1000, 1000), st.lists(st.integers(-1000, 1000).filter(bool)))
def test_opening_and_lines_come_to_the_closing_and_totals_to_the_lines(opening: int, changes: list[int]) -> None:
    account = available_commission(GUIDE)
    moves = [Moved(i, "release:zz" if fen > 0 else "x", 0, NOON, fen, account, "x") for i, fen in enumerate(changes)]
    found = statement_of(GUIDE, (date(2026, 11, 1), date(2026, 11, 30)), opening, moves)

    assert found.closing.minor == opening + sum(changes)
    assert sum(total.amount.minor for total in found.totals) == sum(changes)
    assert sum(total.lines for total in found.totals) == len(changes)
