"""Attribution: whose an order is, what speaks for it, and why the rest was passed over."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.attribution import (
    UNCREDITED,
    Assist,
    AttributionReason,
    Decision,
    Standing,
    Verdict,
    attribute,
    confirm,
    stands,
)
from domain.bindings import Binding, BindingMode
from domain.evidence import (
    AttributionPolicy,
    CameBy,
    Claim,
    Claimant,
    Credit,
    Evidence,
    Hold,
    Room,
    RoomSales,
    Touch,
    TouchRule,
)
from domain.guides import GuideStatus
from domain.shares import TargetKind

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
MEI = UUID(int=2)
SHARE, OTHER_SHARE = UUID(int=4), UUID(int=5)
CODE, HOST, TOUCHER, BOUND, SUCCESSOR = (
    Credit(UUID(int=100 + i), UUID(int=200 + i), UUID(int=300 + i)) for i in range(5)
)
ROOM = Room(HOST, HOST.store_id)
BY_DEFAULT = AttributionPolicy()
TOUCH_FIRST = replace(BY_DEFAULT, touch_beats_binding=True)
A_TOUCH = Touch(SHARE, TargetKind.PRODUCT, TOUCHER, NOON - timedelta(days=1), NOON - timedelta(days=1))
A_BINDING = Binding(
    UUID(int=9),
    MEI,
    BOUND.guide_id,
    BindingMode.PERMANENT,
    NOON - timedelta(days=400),
    None,
    None,
    None,
    BOUND.store_id,
)
HELD = Hold(A_BINDING, BOUND, BOUND.store_id)
CLAIM = Claim(CODE, None)
CAME_BY = CameBy(UUID(int=12), NOON - timedelta(days=30))
EVERYTHING = Evidence(CLAIM, ROOM, (A_TOUCH,), HELD, came_by=CAME_BY)


def timed(*, protected: bool, over: bool = False) -> Hold:
    """A timed binding within or behind its protection, or behind its end."""
    binding = replace(
        A_BINDING,
        mode=BindingMode.TIMED,
        protected_until=NOON + timedelta(days=1 if protected else -1),
        expires_at=NOON + timedelta(days=-1 if over else 2),
    )
    return replace(HELD, binding=binding)


def decided(evidence: Evidence, policy: AttributionPolicy = BY_DEFAULT) -> Decision:
    """What is decided about Mei's order at noon; she gave a code if there is evidence of one."""
    return attribute(Claimant(MEI, "a-code" if evidence.explicit else None), evidence, policy, NOON)


def verdicts(decision: Decision) -> list[tuple[str, str]]:
    return [(one.reason.value, one.verdict.value) for one in decision.findings]


@pytest.mark.parametrize(
    ("evidence", "credit", "reason"),
    [
        pytest.param(EVERYTHING, CODE, AttributionReason.EXPLICIT_CODE, id="a code goes before everything"),
        pytest.param(replace(EVERYTHING, explicit=None), HOST, AttributionReason.LIVE_ROOM, id="then the room's guide"),
        pytest.param(
            replace(EVERYTHING, explicit=None, room=None),
            BOUND,
            AttributionReason.BINDING,
            id="the bound guide keeps a touched member",
        ),
        pytest.param(
            Evidence(touches=(A_TOUCH,), came_by=CAME_BY),
            TOUCHER,
            AttributionReason.SHARE_TOUCH,
            id="a touch fills when unbound",
        ),
        pytest.param(Evidence(hold=HELD), BOUND, AttributionReason.BINDING, id="who came alone is the bound guide's"),
        pytest.param(Evidence(came_by=CAME_BY), None, AttributionReason.CHANNEL, id="a channel is no guide"),
        pytest.param(Evidence(), None, AttributionReason.NONE, id="nothing"),
        pytest.param(
            replace(EVERYTHING, explicit=Claim(None, OTHER_SHARE)),
            HOST,
            AttributionReason.LIVE_ROOM,
            id="a member's code credits no guide",
        ),
        pytest.param(
            Evidence(hold=timed(protected=False, over=True)), None, AttributionReason.NONE, id="a binding that is over"
        ),
    ],
)
def test_the_strongest_evidence_is_credited(
    evidence: Evidence, credit: Credit | None, reason: AttributionReason
) -> None:
    decision = decided(evidence)

    assert decision.reason is reason
    assert (decision.guide_id, decision.store_id) == ((credit.guide_id, credit.store_id) if credit else (None, None))


@pytest.mark.parametrize(
    ("hold", "policy", "reason", "verdict"),
    [
        pytest.param(HELD, TOUCH_FIRST, "BINDING", Verdict.PROTECTED_BINDING, id="a permanent binding is protected"),
        pytest.param(
            timed(protected=True), TOUCH_FIRST, "BINDING", Verdict.PROTECTED_BINDING, id="within the protection"
        ),
        pytest.param(timed(protected=False), TOUCH_FIRST, "SHARE_TOUCH", Verdict.CREDITED, id="behind the protection"),
        pytest.param(
            timed(protected=False), BY_DEFAULT, "BINDING", Verdict.BINDING_FIRST, id="unless the brand says otherwise"
        ),
        pytest.param(
            timed(protected=False, over=True), BY_DEFAULT, "SHARE_TOUCH", Verdict.CREDITED, id="the binding is over"
        ),
    ],
)
def test_a_touch_beats_a_binding_only_by_policy_and_behind_its_protection(
    hold: Hold, policy: AttributionPolicy, reason: str, verdict: Verdict
) -> None:
    decision = decided(Evidence(touches=(A_TOUCH,), hold=hold), policy)

    assert decision.reason.value == reason
    assert decision.findings[0].verdict is verdict


@pytest.mark.parametrize(
    ("kind", "ago", "policy", "counts"),
    [
        (TargetKind.PRODUCT, timedelta(days=7) - timedelta(seconds=1), BY_DEFAULT, True),
        (TargetKind.PRODUCT, timedelta(days=7), BY_DEFAULT, False),
        (TargetKind.LIVE_ROOM, timedelta(days=6), BY_DEFAULT, True),
        (TargetKind.POST, timedelta(hours=24) - timedelta(seconds=1), BY_DEFAULT, True),
        (TargetKind.POST, timedelta(hours=24), BY_DEFAULT, False),
        (TargetKind.PRODUCT, timedelta(days=29), replace(BY_DEFAULT, touch_lasts=timedelta(days=30)), True),
        (TargetKind.POST, timedelta(hours=30), replace(BY_DEFAULT, content_touch_lasts=timedelta(days=3)), True),
    ],
)
def test_a_touch_lasts_seven_days_and_that_of_content_one_unless_the_brand_says_otherwise(
    kind: TargetKind, ago: timedelta, policy: AttributionPolicy, *, counts: bool
) -> None:
    touch = replace(A_TOUCH, target_kind=kind, at=NOON - ago)

    decision = decided(Evidence(touches=(touch,)), policy)

    assert (decision.guide_id is not None) is counts
    assert decision.findings[0].verdict is (Verdict.CREDITED if counts else Verdict.OUT_OF_WINDOW)


@pytest.mark.parametrize(("rule", "credit"), [(TouchRule.LAST, TOUCHER), (TouchRule.FIRST, HOST)])
def test_of_several_touches_the_last_counts_or_the_first(rule: TouchRule, credit: Credit) -> None:
    days_ago = [NOON - timedelta(days=days) for days in (5, 2, 1, 9)]
    earlier = Touch(OTHER_SHARE, TargetKind.PRODUCT, HOST, days_ago[1], days_ago[0])
    stale = Touch(UUID(int=6), TargetKind.PRODUCT, BOUND, days_ago[3], days_ago[3])

    decision = decided(Evidence(touches=(earlier, stale, A_TOUCH)), replace(BY_DEFAULT, touch_rule=rule))

    assert decision.guide_id == credit.guide_id
    assert {one.verdict for one in decision.findings} == {
        Verdict.CREDITED,
        Verdict.OTHER_TOUCH,
        Verdict.OUT_OF_WINDOW,
    }


def test_a_members_share_does_not_hide_the_guides_that_was_opened_before() -> None:
    of_a_friend = Touch(OTHER_SHARE, TargetKind.PRODUCT, None, NOON, NOON)

    decision = decided(Evidence(touches=(of_a_friend, A_TOUCH)))

    assert (decision.guide_id, decision.share_id) == (TOUCHER.guide_id, SHARE)
    assert decision.findings[0].verdict is Verdict.NO_GUIDE


def test_a_members_share_alone_is_recorded_and_credits_no_guide() -> None:
    decision = decided(Evidence(touches=(replace(A_TOUCH, credit=None),)))

    assert (decision.guide_id, decision.share_id) == (None, SHARE)
    assert decision.reason is AttributionReason.SHARE_TOUCH


def test_a_touch_that_loses_to_the_binding_is_an_assist_that_is_counted_and_not_paid() -> None:
    decision = decided(Evidence(touches=(A_TOUCH,), hold=HELD))

    assert decision.assists == (Assist(TOUCHER.guide_id, SHARE, AttributionReason.SHARE_TOUCH),)
    assert (decision.guide_id, decision.share_id) == (BOUND.guide_id, SHARE)


@pytest.mark.parametrize(
    ("evidence", "bp"),
    [
        pytest.param(Evidence(touches=(A_TOUCH,), hold=HELD), 3_000, id="shared with the member's own guide"),
        pytest.param(Evidence(None, ROOM, (A_TOUCH,)), 0, id="not with the host of a room"),
        pytest.param(Evidence(CLAIM, None, (A_TOUCH,), HELD), 0, id="nor with who gave the code"),
    ],
)
def test_a_brand_may_share_the_commission_with_who_assisted(evidence: Evidence, bp: int) -> None:
    (assist,) = decided(evidence, replace(BY_DEFAULT, assist_bp=3_000)).assists

    assert assist.bp == bp


def test_who_is_credited_does_not_assist() -> None:
    touched_by_own = replace(A_TOUCH, credit=BOUND)

    assert decided(Evidence(touches=(touched_by_own,), hold=HELD)).assists == ()


@pytest.mark.parametrize(
    ("sales", "hold", "store"),
    [
        pytest.param(RoomSales.ROOM_STORE, HELD, HOST.store_id, id="the room's store by default"),
        pytest.param(RoomSales.BOUND_STORE, HELD, BOUND.store_id, id="or that of the buyer's guide"),
        pytest.param(RoomSales.BOUND_STORE, timed(protected=False, over=True), HOST.store_id, id="who is unbound"),
        pytest.param(RoomSales.BOUND_STORE, None, HOST.store_id, id="who never was bound"),
    ],
)
def test_whose_performance_a_sale_in_a_room_is_the_brand_decides(
    sales: RoomSales, hold: Hold | None, store: UUID
) -> None:
    decision = decided(Evidence(room=ROOM, hold=hold), replace(BY_DEFAULT, room_sales=sales))

    assert (decision.guide_id, decision.store_id) == (HOST.guide_id, store)


@pytest.mark.parametrize("what", ["explicit", "room", "touches", "hold"])
def test_who_left_is_passed_over_and_the_store_keeps_the_order(what: str) -> None:
    gone = replace(BOUND, status=GuideStatus.LEFT)
    found: dict[str, Any] = {
        "explicit": Claim(gone, None),
        "room": Room(gone, gone.store_id),
        "touches": (replace(A_TOUCH, credit=gone),),
        "hold": replace(HELD, credit=gone),
    }

    alone = decided(replace(Evidence(), **{what: found[what]}))
    with_others = decided(replace(EVERYTHING, **{what: found[what]}))

    assert (alone.guide_id, alone.store_id) == (None, BOUND.store_id)
    assert with_others.guide_id not in (None, gone.guide_id)
    assert Verdict.GUIDE_LEFT in {one.verdict for one in with_others.findings}


def test_a_frozen_guide_is_credited() -> None:
    assert decided(Evidence(hold=replace(HELD, credit=replace(BOUND, status=GuideStatus.FROZEN)))).guide_id


def test_a_member_of_the_store_itself_is_nobodys_and_the_store_keeps_the_order() -> None:
    decision = decided(Evidence(hold=replace(HELD, credit=None)))

    assert (decision.guide_id, decision.store_id) == (None, BOUND.store_id)
    assert decision.reason is AttributionReason.BINDING


def test_a_guide_earns_nothing_by_an_own_purchase_unless_the_brand_allows_it() -> None:
    own = Evidence(Claim(replace(CODE, member_id=MEI), None), hold=HELD)
    alone = replace(own, hold=None)
    allowing = replace(BY_DEFAULT, allow_self_commission=True)

    assert decided(own).guide_id == BOUND.guide_id
    assert (decided(alone).guide_id, decided(alone).store_id) == (None, CODE.store_id)
    assert decided(own, allowing).guide_id == CODE.guide_id
    assert verdicts(decided(own))[0] == ("EXPLICIT_CODE", "OWN_PURCHASE")


@pytest.mark.parametrize(
    ("claim", "verdict", "ignored"),
    [
        pytest.param(None, Verdict.UNKNOWN_CODE, True, id="forged"),
        pytest.param(Claim(CODE, OTHER_SHARE, is_over=True), Verdict.EXPIRED, True, id="expired"),
        pytest.param(Claim(None, OTHER_SHARE, sharer_id=MEI), Verdict.OWN_PURCHASE, True, id="the buyer's own share"),
        pytest.param(Claim(replace(CODE, status=GuideStatus.LEFT), None), Verdict.GUIDE_LEFT, True, id="who left"),
        pytest.param(Claim(None, OTHER_SHARE), Verdict.NO_GUIDE, False, id="a friend's share"),
        pytest.param(CLAIM, Verdict.CREDITED, False, id="a guide's"),
    ],
)
def test_a_code_that_credits_nobody_is_ignored_and_it_is_said_why(
    claim: Claim | None, verdict: Verdict, *, ignored: bool
) -> None:
    decision = attribute(Claimant(MEI, "a-code"), Evidence(claim, hold=HELD), BY_DEFAULT, NOON)

    assert decision.findings[0].verdict is verdict
    assert decision.code_ignored is ignored
    assert decision.guide_id == (CODE.guide_id if verdict is Verdict.CREDITED else BOUND.guide_id)
    assert (decision.share_id is not None) is (verdict is Verdict.NO_GUIDE)


def test_the_code_of_a_shop_is_no_guides_and_the_shop_keeps_the_order() -> None:
    of_a_shop = Claim(None, None, store_id=HOST.store_id)
    scanned = Touch(None, TargetKind.STORE, None, NOON, NOON, HOST.store_id)

    by_code, by_scan = decided(Evidence(of_a_shop, came_by=CAME_BY)), decided(Evidence(touches=(scanned,)))

    assert (by_code.guide_id, by_code.store_id, by_code.code_ignored) == (None, HOST.store_id, False)
    assert by_code.reason is AttributionReason.EXPLICIT_CODE
    assert verdicts(by_code) == [("EXPLICIT_CODE", "NO_GUIDE"), ("CHANNEL", "OUTRANKED")]
    assert (by_scan.guide_id, by_scan.store_id) == (None, HOST.store_id)
    assert decided(Evidence(touches=(scanned,), hold=HELD)).guide_id == BOUND.guide_id


def test_an_order_without_a_guide_is_the_channels_that_brought_the_buyer() -> None:
    alone, bound = decided(Evidence(came_by=CAME_BY)), decided(Evidence(hold=HELD, came_by=CAME_BY))

    assert (alone.guide_id, alone.store_id) == (None, None)
    assert alone.findings[0].channel_id == CAME_BY.channel_id
    assert verdicts(bound) == [("BINDING", "CREDITED"), ("CHANNEL", "OUTRANKED")]


def test_without_any_evidence_nothing_is_told() -> None:
    assert attribute(Claimant(MEI), Evidence(), BY_DEFAULT, NOON) is UNCREDITED


RANKS = list(AttributionReason)
credits_ = st.sampled_from([CODE, HOST, TOUCHER, BOUND]).flatmap(
    lambda credit: st.builds(
        replace,
        st.just(credit),
        status=st.sampled_from(GuideStatus),
        member_id=st.sampled_from([credit.member_id, MEI]),
    )
)
times = st.integers(0, 12 * 24).map(lambda hours: NOON - timedelta(hours=hours))
touches = st.builds(
    lambda share, kind, credit, at, before: Touch(share, kind, credit, at, at - before),
    st.sampled_from([SHARE, OTHER_SHARE]),
    st.sampled_from(TargetKind),
    st.none() | credits_,
    times,
    st.integers(0, 20).map(lambda hours: timedelta(hours=hours)),
)
holds = st.builds(
    Hold,
    st.sampled_from([timed(protected=p, over=o).binding for p, o in product([True, False], repeat=2)] + [A_BINDING]),
    st.none() | credits_,
    st.just(BOUND.store_id),
)
claims = st.builds(Claim, st.none() | credits_, st.none() | st.just(SHARE), st.none() | st.just(MEI), st.booleans())
evidences = st.builds(
    Evidence,
    st.none() | claims,
    st.none() | st.builds(Room, credits_, st.just(HOST.store_id)),
    st.lists(touches, max_size=4).map(tuple),
    st.none() | holds,
    st.none() | st.just(CAME_BY),
)
policies = st.builds(
    AttributionPolicy,
    touch_rule=st.sampled_from(TouchRule),
    touch_beats_binding=st.booleans(),
    assist_bp=st.sampled_from([0, 3_000]),
    room_sales=st.sampled_from(RoomSales),
    allow_self_commission=st.booleans(),
)


@given(evidences, policies)
def test_what_is_decided_is_what_the_findings_say(evidence: Evidence, policy: AttributionPolicy) -> None:
    decision = decided(evidence, policy)
    ranks = [RANKS.index(one.reason) for one in decision.findings]
    credited = [one for one in decision.findings if one.verdict is Verdict.CREDITED]
    outranked = [i for i, one in enumerate(decision.findings) if one.verdict is Verdict.OUTRANKED]

    assert ranks == sorted(ranks)
    assert len(credited) <= 1
    assert all(i > decision.findings.index(credited[0]) for i in outranked if credited)
    assert credited or {decision.findings[i].reason for i in outranked} <= {AttributionReason.CHANNEL}
    assert [one.guide_id for one in credited] in ([], [decision.guide_id])
    assert [one.reason for one in credited] in ([], [decision.reason])
    assert decision.guide_id is None or decision.store_id is not None


@given(evidences, policies)
def test_the_same_evidence_is_always_decided_alike(evidence: Evidence, policy: AttributionPolicy) -> None:
    shuffled = replace(evidence, touches=evidence.touches[::-1])

    assert decided(evidence, policy) == decided(evidence, policy)
    if len({one.at for one in evidence.touches} | {one.first_at for one in evidence.touches}) == 2 * len(
        evidence.touches
    ):
        assert decided(shuffled, policy) == decided(evidence, policy)


@given(evidences, policies)
def test_nobody_assists_an_own_order_and_a_part_is_paid_only_by_policy(
    evidence: Evidence, policy: AttributionPolicy
) -> None:
    decision = decided(evidence, policy)

    assert all(one.guide_id != decision.guide_id and one.bp in (0, policy.assist_bp) for one in decision.assists)
    assert len({one.guide_id for one in decision.assists}) == len(decision.assists)


@given(evidences, policies)
def test_a_stronger_finding_that_is_taken_away_lets_the_next_one_in(
    evidence: Evidence, policy: AttributionPolicy
) -> None:
    decision = decided(evidence, policy)
    if decision.reason is AttributionReason.EXPLICIT_CODE and decision.guide_id is not None:
        weaker = decided(replace(evidence, explicit=None), policy)
        assert RANKS.index(weaker.reason) > RANKS.index(decision.reason)


def at_payment(decision: Decision, standing: Standing, policy: AttributionPolicy = BY_DEFAULT) -> Decision:
    return confirm(Claimant(MEI), decision, standing, policy, NOON)


BY_BINDING = decided(Evidence(touches=(A_TOUCH,), hold=HELD))
A_SUCCESSION = Standing(
    moved=True,
    hold=Hold(replace(A_BINDING, id=UUID(int=10), guide_id=SUCCESSOR.guide_id), SUCCESSOR, SUCCESSOR.store_id),
    left=frozenset({BOUND.guide_id}),
)


def test_a_decision_stands_until_the_brand_moves_the_member_or_the_guide_leaves() -> None:
    by_a_click = replace(A_SUCCESSION, moved=False, left=frozenset())

    assert stands(BY_BINDING, Standing())
    assert stands(BY_BINDING, by_a_click)
    assert stands(decided(Evidence(room=ROOM, hold=HELD)), A_SUCCESSION)
    assert not stands(BY_BINDING, A_SUCCESSION)
    assert not stands(BY_BINDING, Standing(left=frozenset({BOUND.guide_id})))


def test_an_order_paid_after_the_handover_is_the_successors() -> None:
    decision = at_payment(BY_BINDING, A_SUCCESSION)

    assert (decision.guide_id, decision.store_id) == (SUCCESSOR.guide_id, SUCCESSOR.store_id)
    assert decision.binding_id == UUID(int=10)
    assert verdicts(decision) == [
        ("SHARE_TOUCH", "PROTECTED_BINDING"),
        ("BINDING", "HANDED_OVER"),
        ("BINDING", "CREDITED"),
    ]
    assert [one.guide_id for one in decision.assists] == [TOUCHER.guide_id]


def test_an_order_of_a_guide_who_had_left_before_is_the_successors_too() -> None:
    orphan = decided(Evidence(hold=replace(HELD, credit=replace(BOUND, status=GuideStatus.LEFT))))

    assert not stands(orphan, A_SUCCESSION)
    assert at_payment(orphan, A_SUCCESSION).guide_id == SUCCESSOR.guide_id


def test_who_left_without_a_successor_leaves_the_order_to_the_touch_or_to_the_store() -> None:
    left = Standing(left=frozenset({BOUND.guide_id}))
    touched, untouched = at_payment(BY_BINDING, left), at_payment(decided(Evidence(hold=HELD)), left)

    assert (touched.guide_id, touched.reason, touched.assists) == (
        TOUCHER.guide_id,
        AttributionReason.SHARE_TOUCH,
        (),
    )
    assert (untouched.guide_id, untouched.store_id) == (None, BOUND.store_id)


def test_where_the_host_has_left_the_next_in_rank_is_credited() -> None:
    decision = at_payment(
        decided(Evidence(room=ROOM, touches=(A_TOUCH,), hold=HELD)), Standing(left=frozenset({HOST.guide_id}))
    )

    assert (decision.guide_id, decision.reason) == (BOUND.guide_id, AttributionReason.BINDING)
    assert decision.share_id == SHARE
