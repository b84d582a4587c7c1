"""Attribution: whose an order is, and why (product rules 2.2.2; R09, R30, R34, R56).

One pure function over all the evidence that there is: an explicit code goes before the guide of the live room, that
before a share that the member opened, that before the member's guide, and that before the channel that brought the
member. What it passes over it says, so that "why does this order belong to …?" has an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from uuid import UUID

from domain.bindings import is_open, is_protected
from domain.evidence import (
    NO_EVIDENCE,
    AttributionPolicy,
    CameBy,
    Claim,
    Claimant,
    CodeOwner,
    Credit,
    Evidence,
    Hold,
    RoomSales,
    Touch,
    TouchRule,
)
from domain.guides import KNOWN_TO_ALL
from domain.money import NOTHING, Money
from domain.records import record


class AttributionKind(Enum):
    REGISTRATION = "REGISTRATION"
    ORDER = "ORDER"


class AttributionReason(Enum):
    """Why someone is credited, the strongest reason first (product rules 2.2.2)."""

    EXPLICIT_CODE = "EXPLICIT_CODE"
    LIVE_ROOM = "LIVE_ROOM"
    SHARE_TOUCH = "SHARE_TOUCH"
    BINDING = "BINDING"
    CHANNEL = "CHANNEL"
    NONE = "NONE"


class Verdict(Enum):
    """What became of a piece of evidence."""

    CREDITED = "CREDITED"
    OUTRANKED = "OUTRANKED"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    EXPIRED = "EXPIRED"
    OUT_OF_WINDOW = "OUT_OF_WINDOW"
    NO_GUIDE = "NO_GUIDE"
    GUIDE_LEFT = "GUIDE_LEFT"
    OWN_PURCHASE = "OWN_PURCHASE"
    OTHER_TOUCH = "OTHER_TOUCH"
    PROTECTED_BINDING = "PROTECTED_BINDING"
    BINDING_FIRST = "BINDING_FIRST"
    HANDED_OVER = "HANDED_OVER"


LOST_TO_THE_BINDING = frozenset({Verdict.PROTECTED_BINDING, Verdict.BINDING_FIRST})
FOR_THE_STORE = frozenset({Verdict.GUIDE_LEFT, Verdict.OWN_PURCHASE, Verdict.NO_GUIDE})
"""No guide gets anything, and yet a store served the buyer, if there is one."""
_COUNTED = LOST_TO_THE_BINDING | {Verdict.CREDITED, Verdict.OUTRANKED}
_NO_SHARE = frozenset({Verdict.EXPIRED, Verdict.OUT_OF_WINDOW, Verdict.OWN_PURCHASE})
_IGNORED = frozenset({Verdict.UNKNOWN_CODE, Verdict.EXPIRED, Verdict.OWN_PURCHASE, Verdict.GUIDE_LEFT})


@record
class Finding:
    """One piece of evidence, and what became of it.

    `at` is when the share was opened or the code scanned, the binding began, or the channel brought the member.
    """

    reason: AttributionReason
    verdict: Verdict
    guide_id: UUID | None = None
    store_id: UUID | None = None
    share_id: UUID | None = None
    at: datetime | None = None
    channel_id: UUID | None = None


@record
class Assist:
    """A guide who had a part in an order that is another's: counted, and paid only if the brand says so.

    `bp` is the part of the commission that goes to the guide, `amount` what that came to.
    """

    guide_id: UUID
    share_id: UUID | None
    reason: AttributionReason
    bp: int = 0
    amount: Money = NOTHING


@record
class Decision:
    """Who is credited with an order, and why: `findings` are in the order of their ranks.

    `share_id` is the share that led there, also where another reason was stronger. A store may be credited without a
    guide: its guide left, or bought for himself.
    """

    guide_id: UUID | None
    store_id: UUID | None
    share_id: UUID | None
    reason: AttributionReason
    findings: tuple[Finding, ...] = ()
    assists: tuple[Assist, ...] = ()
    binding_id: UUID | None = None
    code_ignored: bool = False
    """A code was given that credits nobody: it is unknown, expired, the buyer's own, or of one who left."""


UNCREDITED = Decision(None, None, None, AttributionReason.NONE)


@record
class Attribution:
    """A decision that was kept. From the payment on it does not change any more."""

    id: UUID
    kind: AttributionKind
    member_id: UUID
    order_id: UUID | None
    decision: Decision
    at: datetime
    policy: AttributionPolicy | None = None
    """As it was; None where there was nothing to decide between."""


def attribute(claimant: Claimant, evidence: Evidence, policy: AttributionPolicy, at: datetime) -> Decision:
    """Decide who is credited with an order (product rules 2.2.2).

    The first evidence in the order of ranks counts that speaks for a guide who can be credited; a touch only where no
    binding stands in its way. Where none does, the store of the first guide who cannot have the order keeps it, or the
    store whose code was scanned; and where there is no store either, it is the channel's that brought the member.
    """
    if evidence == NO_EVIDENCE and claimant.code is None:
        return UNCREDITED
    held = [] if evidence.hold is None else [_of_hold(claimant, evidence.hold, policy, at)]
    bound = evidence.hold if any(one.verdict is Verdict.CREDITED for one in held) else None
    code = list(_of_code(claimant, evidence.explicit, policy))
    found = [
        *code,
        *_of_room(claimant, evidence, policy, at),
        *_of_touches(claimant, evidence.touches, policy, at, bound),
        *held,
        *_of_channel(evidence.came_by),
    ]
    return replace(
        _decided(found, policy),
        binding_id=None if evidence.hold is None else evidence.hold.binding.id,
        code_ignored=any(one.verdict in _IGNORED for one in code),
    )


def _judged(claimant: Claimant, credit: Credit | None, policy: AttributionPolicy) -> Verdict:
    """Whether a guide can be credited with what the claimant buys (R09)."""
    if credit is None:
        return Verdict.NO_GUIDE
    if credit.status not in KNOWN_TO_ALL:
        return Verdict.GUIDE_LEFT
    if credit.member_id == claimant.member_id and not policy.allow_self_commission:
        return Verdict.OWN_PURCHASE
    return Verdict.CREDITED


def _found(
    reason: AttributionReason,
    verdict: Verdict,
    credit: Credit | None,
    share_id: UUID | None = None,
    at: datetime | None = None,
) -> Finding:
    guide_id, store_id = (None, None) if credit is None else (credit.guide_id, credit.store_id)
    return Finding(reason, verdict, guide_id, store_id, share_id, at)


def _of_code(claimant: Claimant, claim: Claim | None, policy: AttributionPolicy) -> Iterator[Finding]:
    if claimant.code is None:
        return
    reason = AttributionReason.EXPLICIT_CODE
    if claim is None:
        yield Finding(reason, Verdict.UNKNOWN_CODE)
    elif claim.is_over:
        yield _found(reason, Verdict.EXPIRED, claim.credit, claim.share_id)
    elif claim.sharer_id == claimant.member_id and claim.credit is None:
        yield Finding(reason, Verdict.OWN_PURCHASE, share_id=claim.share_id)
    else:
        finding = _found(reason, _judged(claimant, claim.credit, policy), claim.credit, claim.share_id)
        yield finding if claim.store_id is None else replace(finding, store_id=claim.store_id)


def _of_room(claimant: Claimant, evidence: Evidence, policy: AttributionPolicy, at: datetime) -> Iterator[Finding]:
    room, hold = evidence.room, evidence.hold
    if room is None:
        return
    finding = _found(AttributionReason.LIVE_ROOM, _judged(claimant, room.credit, policy), room.credit)
    to_bound = policy.room_sales is RoomSales.BOUND_STORE and hold is not None and is_open(hold.binding, at)
    yield replace(finding, store_id=hold.store_id if hold and to_bound else room.store_id)


def _of_touches(
    claimant: Claimant, touches: Sequence[Touch], policy: AttributionPolicy, at: datetime, bound: Hold | None
) -> Iterator[Finding]:
    """The touches, the one that counts most first; of those who could be credited only one counts."""
    last = policy.touch_rule is TouchRule.LAST
    counted = False
    when: Callable[[Touch], datetime] = (lambda touch: touch.at) if last else (lambda touch: touch.first_at)
    for touch in sorted(touches, key=when, reverse=last):
        verdict = _judged(claimant, touch.credit, policy)
        if at - when(touch) >= policy.lasts(touch.target_kind):
            verdict = Verdict.OUT_OF_WINDOW
        elif verdict is Verdict.CREDITED:
            verdict = Verdict.OTHER_TOUCH if counted else _against(bound, policy, at)
            counted = True
        finding = _found(AttributionReason.SHARE_TOUCH, verdict, touch.credit, touch.share_id, when(touch))
        yield finding if touch.store_id is None else replace(finding, store_id=touch.store_id)


def _against(bound: Hold | None, policy: AttributionPolicy, at: datetime) -> Verdict:
    """Whether a touch goes before the member's guide."""
    if bound is None:
        return Verdict.CREDITED
    if is_protected(bound.binding, at):
        return Verdict.PROTECTED_BINDING
    return Verdict.CREDITED if policy.touch_beats_binding else Verdict.BINDING_FIRST


def _of_hold(claimant: Claimant, hold: Hold, policy: AttributionPolicy, at: datetime) -> Finding:
    over = not is_open(hold.binding, at)
    verdict = Verdict.EXPIRED if over else _judged(claimant, hold.credit, policy)
    finding = _found(AttributionReason.BINDING, verdict, hold.credit, at=hold.binding.bound_at)
    return replace(finding, store_id=hold.store_id)


def _of_channel(came_by: CameBy | None) -> Iterator[Finding]:
    if came_by is not None:
        yield Finding(AttributionReason.CHANNEL, Verdict.CREDITED, at=came_by.at, channel_id=came_by.channel_id)


def _decided(found: Sequence[Finding], policy: AttributionPolicy) -> Decision:
    """Credit the first that can be; those behind it are outranked. Without a guide, a store keeps it, or a channel."""
    good = [one for one in found if one.verdict is Verdict.CREDITED]
    winner = next((one for one in good if one.reason is not AttributionReason.CHANNEL), None)
    store = next((one for one in found if one.verdict in FOR_THE_STORE and one.store_id), None)
    kept = winner or store or next(iter(good), None)
    findings = tuple(
        replace(one, verdict=Verdict.OUTRANKED) if one.verdict is Verdict.CREDITED and one is not kept else one
        for one in found
    )
    share_id = _share_of(findings)
    if kept is None:
        reason = AttributionReason.NONE if share_id is None else AttributionReason.SHARE_TOUCH
        return Decision(None, None, share_id, reason, findings)
    guide_id = None if winner is None else winner.guide_id
    assists = () if winner is None else tuple(_assists(findings, winner, policy))
    return Decision(guide_id, kept.store_id, share_id, kept.reason, findings, assists)


def _share_of(findings: Sequence[Finding]) -> UUID | None:
    """The share that led to an order: the code's, else that of the touch that counts, else of the first in its time."""
    shared = [one for one in findings if one.share_id is not None and one.verdict not in _NO_SHARE]
    counted = [one for one in shared if one.reason is AttributionReason.EXPLICIT_CODE or one.verdict in _COUNTED]
    return next((one.share_id for one in (*counted, *shared)), None)


def _assists(findings: Sequence[Finding], winner: Finding, policy: AttributionPolicy) -> Iterator[Assist]:
    """The guide of the touch that counts, where another is credited. Only the member's own guide shares with it."""
    for one in findings:
        if one.reason is not AttributionReason.SHARE_TOUCH or one.verdict not in _COUNTED:
            continue
        if one.guide_id is not None and one.guide_id != winner.guide_id:
            lost = one.verdict in LOST_TO_THE_BINDING and winner.reason is AttributionReason.BINDING
            yield Assist(one.guide_id, one.share_id, one.reason, policy.assist_bp if lost else 0)


@record
class Standing:
    """How what an order was credited by stands when it is paid.

    `moved`: the binding that was found has ended since, because the brand gave the member to another guide.
    `hold` is the binding that holds at that instant, `left` are the guides who have left by then.
    """

    moved: bool = False
    hold: Hold | None = None
    left: frozenset[UUID] = frozenset()


def stands(decision: Decision, standing: Standing) -> bool:
    """Whether a decision is good when the order is paid.

    Nothing that the buyer opened or was bound to by a click since then changes it (H5). It does not stand where the
    brand has handed the member over, or the guide has left.
    """
    handed_over = decision.reason is AttributionReason.BINDING and standing.moved and standing.hold is not None
    return not handed_over and decision.guide_id not in standing.left


def confirm(
    claimant: Claimant, decision: Decision, standing: Standing, policy: AttributionPolicy, at: datetime
) -> Decision:
    """Decide once more, when an order is paid whose decision does not stand (product rules 2.2.2; P11).

    It is decided by the evidence that there was, and by the binding with the guide to whom the member was handed over.
    """
    hold = standing.hold if standing.moved else None
    successor = None if hold is None else _of_hold(claimant, hold, policy, at)
    found = []
    for one in decision.findings:
        if successor is not None and one.reason is AttributionReason.BINDING:
            found += [replace(one, verdict=Verdict.HANDED_OVER), successor]
        else:
            found.append(one)
    still_bound = any(one.reason is AttributionReason.BINDING and _is_candidate(one, standing) for one in found)
    reopened = [_reopened(one, standing, still_bound=still_bound) for one in found]
    binding_id = decision.binding_id if hold is None else hold.binding.id
    again = _decided(reopened, policy)
    return replace(again, share_id=decision.share_id, binding_id=binding_id, code_ignored=decision.code_ignored)


def _is_candidate(finding: Finding, standing: Standing) -> bool:
    return finding.verdict in (Verdict.CREDITED, Verdict.OUTRANKED) and finding.guide_id not in standing.left


def _reopened(finding: Finding, standing: Standing, *, still_bound: bool) -> Finding:
    """A finding as it is before it is known which counts."""
    lost = finding.verdict in LOST_TO_THE_BINDING
    if finding.verdict not in _COUNTED or (lost and still_bound):
        return finding
    gone = finding.guide_id in standing.left
    return replace(finding, verdict=Verdict.GUIDE_LEFT if gone else Verdict.CREDITED)


def credit_for(owner: CodeOwner) -> Decision:
    """Who is credited with a registration under a code: the sharer's guide, the one whose code it is, or a channel."""
    reason = AttributionReason.EXPLICIT_CODE if owner.share_id is None else AttributionReason.SHARE_TOUCH
    guide = owner.guide
    store_id = owner.store_id or (guide.store_id if guide else None)
    if owner.channel_id is not None:
        reason = AttributionReason.CHANNEL
    return Decision(guide.id if guide else None, store_id, owner.share_id, reason)
