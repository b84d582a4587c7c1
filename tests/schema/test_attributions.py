"""Whose an order is, and why: what is decided, kept, frozen, and told to whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

import db.attributions
from domain.attribution import Verdict
from domain.bindings import BindingMode, BindingTerms
from domain.evidence import AttributionPolicy, RoomSales, TouchRule
from domain.guides import GuideAction, GuideStatus
from domain.handovers import HandoverDraft
from domain.identity import VISITOR, Principal, Role
from domain.shares import TargetKind
from resolvers import bindings, guides, handovers
from resolvers.context import Locale
from schema.ids import Kind, id_of, key_of
from tests.makers_attribution import bought, credited, decided, ordered, why
from tests.makers_content import a_post
from tests.makers_guides import a_guide, a_share, bound, guide_of, opened
from tests.makers_members import a_member, a_store, staff
from tests.makers_payments import begun, confirm
from tests.pond import Pond, statements

ASSISTS = """{ myAssists(first: 10) { totalCount { value } nodes { orderId at counts
  assist { guideName bp amount { minor } share { code } } attribution { reason guide { id } explanation { summary } } } } }"""


def policy(pond: Pond, **changes: Any) -> None:
    """The brand decides otherwise from now on."""
    pond.services.rules = replace(pond.services.rules, attribution=AttributionPolicy(**changes))


def binding_terms(pond: Pond, terms: BindingTerms) -> None:
    pond.services.rules = replace(pond.services.rules, binding=terms)


async def dismissed(pond: Pond, guide: Principal) -> None:
    found = await guide_of(pond, guide)
    operator = await staff(pond, Role.OPERATOR)
    await guides.change_status(pond.context(operator), found.id, GuideAction.DISMISS, found.version)


async def a_store_of(pond: Pond, guide: Principal) -> Any:
    return (await guide_of(pond, guide)).store_id


async def a_guide_who_lost(pond: Pond) -> tuple[Principal, Principal, Principal, str]:
    """A member, her guide, another guide whose share she opened, and her order."""
    member, own, other = await a_member(pond), await a_guide(pond, "小王"), await a_guide(pond, "小李")
    await bound(pond, member, own)
    await opened(pond, await a_share(pond, other, await a_store(pond)), member)
    return member, own, other, await ordered(pond, member)


async def test_a_guide_is_told_why_the_order_is_not_theirs_and_has_an_assist(pond: Pond) -> None:
    _, own, other, order_id = await a_guide_who_lost(pond)

    told = await why(pond, other, order_id)

    assert told["reason"] == "BINDING"
    assert told["guide"] == {"id": id_of(Kind.GUIDE, (await guide_of(pond, own)).id)}
    assert told["explanation"]["summary"] == "Credited to 小王 by the guide whose customer the buyer is."
    assert [(one["reason"], one["verdict"], one["guideName"]) for one in told["explanation"]["findings"]] == [
        ("SHARE_TOUCH", "PROTECTED_BINDING", "小李"),
        ("BINDING", "CREDITED", "小王"),
    ]
    assert told["explanation"]["findings"][0]["text"] == (
        "A share that the buyer opened (小李): the buyer's guide is protected: it is an assist."
    )
    assert [(one["guideName"], one["bp"], one["amount"]["minor"]) for one in told["assists"]] == [("小李", 0, 0)]
    assert told["share"]["id"] == told["assists"][0]["share"]["id"]


async def test_the_reason_is_told_in_chinese_too(pond: Pond) -> None:
    _, _, other, order_id = await a_guide_who_lost(pond)

    told = (await why(pond, other, order_id, locale=Locale.ZH))["explanation"]

    assert told["summary"] == "归属小王,依据:会员绑定的导购。"
    assert told["findings"][0]["text"] == "打开过的分享(小李):会员在绑定保护期内,仅记助攻。"


async def test_the_policy_in_force_is_kept_with_the_order(pond: Pond) -> None:
    policy(pond, assist_bp=3_000, touch_lasts=timedelta(days=3))
    _, own, _, order_id = await a_guide_who_lost(pond)
    policy(pond)

    told = (await why(pond, own, order_id))["explanation"]["policy"]

    assert told == {
        "touchSeconds": 3 * 86_400,
        "contentTouchSeconds": 86_400,
        "touchRule": "LAST",
        "touchBeatsBinding": False,
        "assistBp": 3_000,
        "roomSales": "ROOM_STORE",
        "allowSelfCommission": False,
        "forwardsCount": True,
    }


async def test_who_may_know_why(pond: Pond) -> None:
    """Guides of whom there was something, their managers, and headquarters; the buyer sees who served him."""
    member, own, other, order_id = await a_guide_who_lost(pond)
    managers = [await staff(pond, Role.STORE_MANAGER, unit_id=await a_store_of(pond, one)) for one in (own, other)]
    headquarters = [await staff(pond, Role.OPERATOR), await staff(pond, Role.FINANCE)]
    elsewhere = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))

    for one in (own, other, *managers, *headquarters):
        assert (await why(pond, one, order_id))["explanation"]["findings"]
    for one in (await a_member(pond), await a_guide(pond), elsewhere, await staff(pond, Role.CONTENT)):
        assert await why(pond, one, order_id) is None
    seen = await why(pond, member, order_id)
    assert seen["guide"]
    assert seen["store"] == {"id": id_of(Kind.STORE, await a_store_of(pond, own))}
    assert (seen["share"], seen["assists"], seen["explanation"]) == (None, None, None)
    assert await pond.errors('{ attribution(orderId: "x") { reason } }', VISITOR) == ["UNAUTHENTICATED"]
    assert await why(pond, own, id_of(Kind.ORDER, key_of(Kind.GUIDE, seen["guide"]["id"]))) is None


async def test_an_order_tells_its_attribution_to_those_who_see_it(pond: Pond) -> None:
    member, own, _, order_id = await a_guide_who_lost(pond)
    document = "query ($id: ID!) { order(id: $id) { attribution { reason explanation { summary } assists { bp } } } }"
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store_of(pond, own))

    assert (await pond.ask(document, member, id=order_id))["order"]["attribution"] == {
        "reason": "BINDING",
        "explanation": None,
        "assists": None,
    }
    told = (await pond.ask(document, manager, id=order_id))["order"]["attribution"]
    assert told["explanation"]["summary"].startswith("Credited to 小王")


async def test_many_orders_are_explained_in_the_same_number_of_statements(pond: Pond) -> None:
    member, own = await a_member(pond), await a_guide(pond)
    await bound(pond, member, own)
    document = """{ myOrders(first: 10) { nodes { attribution {
        reason guide { displayName } store { name } explanation { summary findings { text guideName } } } } } }"""
    operator = replace(await staff(pond, Role.OPERATOR), member_id=member.member_id)
    counts = []
    for _ in range(2):
        await ordered(pond, member)
        with statements() as run:
            await pond.ask(document, operator)
        counts.append(len(run))

    assert counts[0] == counts[1] <= 10


async def test_who_came_alone_is_the_bound_guides_order_and_nothing_else_is_told(pond: Pond) -> None:
    member, guide = await a_member(pond), await a_guide(pond)
    await bound(pond, member, guide)

    order_id = await ordered(pond, member)

    assert await credited(pond, order_id) == (guide.guide_id, await a_store_of(pond, guide))
    (finding,) = (await why(pond, guide, order_id))["explanation"]["findings"]
    assert (finding["reason"], finding["verdict"], finding["shareId"]) == ("BINDING", "CREDITED", None)


async def test_without_any_evidence_nothing_is_kept_but_that_there_was_none(pond: Pond) -> None:
    order_id = await ordered(pond, await a_member(pond))

    told = await why(pond, await staff(pond, Role.OPERATOR), order_id)

    assert (told["reason"], told["guide"], told["assists"]) == ("NONE", None, [])
    assert told["explanation"] == {
        "summary": "The order is nobody's: there was nothing that speaks for anybody.",
        "findings": [],
        "policy": None,
    }
    assert await pond.select("SELECT 1 FROM attribution WHERE explanation IS NOT NULL") == []


async def test_a_members_forward_of_a_guides_share_is_a_touch_of_that_guide_and_no_further(pond: Pond) -> None:
    guide, buyers = await a_guide(pond), [await a_member(pond) for _ in range(3)]
    shares = [await a_share(pond, guide, await a_store(pond))]
    for _ in range(2):
        shares.append(await a_share(pond, await a_member(pond), shares[0].target_id, parent=shares[-1]))
    for share, buyer in zip(shares, buyers, strict=True):
        await opened(pond, share, buyer)

    found = [(await decided(pond, await ordered(pond, buyer))).guide_id for buyer in buyers]
    policy(pond, forwards_count=False)
    found.append((await decided(pond, await ordered(pond, buyers[1]))).guide_id)

    assert found == [guide.guide_id, guide.guide_id, None, None]


async def test_the_first_touch_counts_where_the_brand_says_so(pond: Pond) -> None:
    member, first, last = await a_member(pond), await a_guide(pond), await a_guide(pond)
    for guide in (first, last):
        await opened(pond, await a_share(pond, guide, await a_store(pond)), member)
        pond.later(hours=1)

    by_last = await decided(pond, await ordered(pond, member))
    policy(pond, touch_rule=TouchRule.FIRST)
    by_first = await decided(pond, await ordered(pond, member))

    assert (by_last.guide_id, by_first.guide_id) == (last.guide_id, first.guide_id)


async def test_content_counts_for_a_day_and_what_is_too_old_is_told(pond: Pond) -> None:
    member, guide = await a_member(pond), await a_guide(pond)
    await opened(pond, await a_share(pond, guide, (await a_post(pond)).id, kind=TargetKind.POST), member)
    pond.later(hours=25)

    decision = await decided(pond, await ordered(pond, member))

    assert decision.guide_id is None
    assert [one.verdict for one in decision.findings] == [Verdict.OUT_OF_WINDOW]


@pytest.mark.parametrize("sales", RoomSales)
async def test_whose_store_a_sale_in_a_room_counts_for_the_brand_decides(pond: Pond, sales: RoomSales) -> None:
    policy(pond, room_sales=sales)
    member, own, host = await a_member(pond), await a_guide(pond), await a_guide(pond)
    await bound(pond, member, own)

    order_id = await ordered(pond, member, room_of=host)

    store = await a_store_of(pond, host if sales is RoomSales.ROOM_STORE else own)
    assert await credited(pond, order_id) == (host.guide_id, store)


async def test_a_guides_own_purchase_is_the_stores_and_earns_nothing_unless_the_brand_allows_it(pond: Pond) -> None:
    guide = await a_guide(pond)
    code, store = (await guide_of(pond, guide)).share_code, await a_store_of(pond, guide)

    as_a_rule = await bought(pond, guide, code=code)
    policy(pond, allow_self_commission=True)
    allowed = await bought(pond, guide, code=code)

    assert await credited(pond, as_a_rule) == (None, store)
    assert await credited(pond, allowed) == (guide.guide_id, store)


async def test_a_brand_may_share_the_commission_with_who_lost_to_a_protected_binding(pond: Pond) -> None:
    policy(pond, assist_bp=3_000)
    _, _, other, order_id = await a_guide_who_lost(pond)

    (assist,) = await db.attributions.assists_of_order(pond.context().reading, key_of(Kind.ORDER, order_id))

    assert (assist.guide_id, assist.bp) == (other.guide_id, 3_000)


async def test_a_guide_lists_own_assists_with_whose_the_orders_are(pond: Pond) -> None:
    member, own, other, unpaid = await a_guide_who_lost(pond)
    pond.later(minutes=1)
    paid = await bought(pond, member)

    with statements() as run:
        listed = (await pond.ask(ASSISTS, other))["myAssists"]

    assert len(run) <= 9
    assert listed["totalCount"] == {"value": 2}
    assert [(one["orderId"], one["counts"]) for one in listed["nodes"]] == [(paid, True), (unpaid, False)]
    assert {one["attribution"]["guide"]["id"] for one in listed["nodes"]} == {id_of(Kind.GUIDE, own.guide_id)}  # type: ignore[arg-type]
    assert (await pond.ask(ASSISTS, own))["myAssists"]["nodes"] == []
    assert await pond.errors(ASSISTS, member) == ["FORBIDDEN"]


async def test_who_left_between_placing_and_paying_is_not_credited_and_the_store_keeps_the_order(pond: Pond) -> None:
    member, guide = await a_member(pond), await a_guide(pond)
    await bound(pond, member, guide)
    order_id = await ordered(pond, member)
    await dismissed(pond, guide)

    await confirm(pond, await begun(pond, member, order_id))

    assert await credited(pond, order_id) == (None, await _kept_store(pond, order_id))
    assert [one.verdict for one in (await decided(pond, order_id)).findings] == [Verdict.GUIDE_LEFT]


async def _kept_store(pond: Pond, order_id: str) -> Any:
    kept = await decided(pond, order_id)
    assert kept.store_id is not None
    return kept.store_id


async def test_the_toucher_gets_the_order_of_a_bound_guide_who_left_before_the_payment(pond: Pond) -> None:
    member, own, other, order_id = await a_guide_who_lost(pond)
    await dismissed(pond, own)

    await confirm(pond, await begun(pond, member, order_id))

    assert (await credited(pond, order_id))[0] == other.guide_id
    assert await db.attributions.assists_of_order(pond.context().reading, key_of(Kind.ORDER, order_id)) == []


async def test_what_the_brand_hands_over_before_the_payment_is_the_successors_and_afterwards_not(pond: Pond) -> None:
    """P11, with a transfer at once: the instant of the payment decides."""
    member, leaver, successor = await a_member(pond), await a_guide(pond), await a_guide(pond, "小李")
    await bound(pond, member, leaver)
    before, after = await bought(pond, member), await ordered(pond, member)
    pond.later(minutes=1)
    assert member.member_id is not None
    to_guide = await guide_of(pond, successor)
    operator = pond.context(await staff(pond, Role.OPERATOR))
    await bindings.transfer(operator, member.member_id, to_guide.id, "leaves")
    pond.later(minutes=1)

    await confirm(pond, await begun(pond, member, after))

    assert (await credited(pond, before))[0] == leaver.guide_id
    assert await credited(pond, after) == (successor.guide_id, to_guide.store_id)
    told = (await why(pond, leaver, after))["explanation"]["findings"]
    assert [(one["verdict"], one["guideName"]) for one in told] == [
        ("HANDED_OVER", "Xiao Wang"),
        ("CREDITED", "小李"),
    ]
    assert [one["guide_id"] for one in await _commissions(pond, after)] == [successor.guide_id]


async def test_what_is_planned_to_be_handed_over_is_not_handed_over_yet(pond: Pond) -> None:
    member, leaver, successor = await a_member(pond), await a_guide(pond), await a_guide(pond, "小李")
    await bound(pond, member, leaver)
    operator, (own, other) = (
        await staff(pond, Role.OPERATOR),
        [await guide_of(pond, one) for one in (leaver, successor)],
    )
    turn = pond.time + timedelta(days=2)
    draft = HandoverDraft(own.id, other.id, turn, None, is_leaving=True, reason="离职")
    order_id = await ordered(pond, member)
    await handovers.create(pond.context(operator), draft)

    await confirm(pond, await begun(pond, member, order_id))

    told = (await why(pond, leaver, order_id))["explanation"]["findings"]
    assert [(one["verdict"], one["guideName"]) for one in told] == [("CREDITED", "Xiao Wang")]


async def _commissions(pond: Pond, order_id: str) -> Any:
    return await pond.select("SELECT guide_id FROM commission WHERE order_id = $1", key_of(Kind.ORDER, order_id))


async def test_a_click_between_placing_and_paying_hijacks_nothing(pond: Pond) -> None:
    """H5: not even where the brand lets the last click take the member over."""
    binding_terms(pond, BindingTerms(BindingMode.OVERRIDE))
    policy(pond, touch_beats_binding=True)
    member, own, thief = await a_member(pond), await a_guide(pond), await a_guide(pond)
    await bound(pond, member, own)
    order_id = await ordered(pond, member)
    pond.later(minutes=1)
    await opened(pond, await a_share(pond, thief, await a_store(pond)), member)
    pond.later(minutes=1)

    await confirm(pond, await begun(pond, member, order_id))

    assert (await credited(pond, order_id))[0] == own.guide_id
    assert (await decided(pond, await ordered(pond, member))).guide_id == thief.guide_id


async def test_nobody_changes_whose_a_paid_order_is(pond: Pond) -> None:
    """H5: the database refuses it, whoever tries; an unpaid order may still be decided anew."""
    member, own, other, unpaid = await a_guide_who_lost(pond)
    paid = await bought(pond, member)
    hijack = 'UPDATE "order" SET guide_id = $2 WHERE id = $1'
    forge = "UPDATE attribution SET guide_id = $2 WHERE order_id = $1"

    for statement in (hijack, forge):
        with pytest.raises(asyncpg.RestrictViolationError):
            await pond.select(statement, key_of(Kind.ORDER, paid), other.guide_id)
        await pond.select(statement, key_of(Kind.ORDER, unpaid), other.guide_id)

    assert (await credited(pond, paid))[0] == own.guide_id
    assert (await credited(pond, unpaid))[0] == other.guide_id


async def test_after_the_payment_neither_clicks_nor_dismissals_change_anything(pond: Pond) -> None:
    member, own, other, _ = await a_guide_who_lost(pond)
    order_id = await bought(pond, member)
    before = await decided(pond, order_id)
    await opened(pond, await a_share(pond, other, await a_store(pond)), member)
    await dismissed(pond, own)
    pond.later(days=3)

    assert await decided(pond, order_id) == before
    assert (await credited(pond, order_id))[0] == own.guide_id


async def test_a_frozen_guide_is_still_credited(pond: Pond) -> None:
    guide, member = await a_guide(pond, status=GuideStatus.FROZEN), await a_member(pond)

    decision = await decided(pond, await ordered(pond, member, code=(await guide_of(pond, guide)).share_code))

    assert decision.guide_id == (await guide_of(pond, guide)).id


async def test_paying_costs_one_statement_more_for_a_credited_order_and_none_for_others(pond: Pond) -> None:
    member, guide = await a_member(pond), await a_guide(pond)
    free, theirs = await ordered(pond, await a_member(pond)), None
    await bound(pond, member, guide)
    theirs = await ordered(pond, member)
    looks = []
    for order_id in (free, theirs):
        (row,) = await pond.select('SELECT member_id FROM "order" WHERE id = $1', key_of(Kind.ORDER, order_id))
        payment = await begun(pond, replace(member, member_id=row[0]), order_id)
        with statements() as run:
            await confirm(pond, payment)
        looks.append(sum("decided_reason" in one for one in run))

    assert looks == [0, 1]


async def test_the_guide_of_a_code_who_left_before_the_payment_is_credited_no_more(pond: Pond) -> None:
    """Also where the buyer is nobody's customer."""
    guide, member = await a_guide(pond), await a_member(pond)
    order_id = await ordered(pond, member, code=(await guide_of(pond, guide)).share_code)
    await pond.select("UPDATE guide SET status = 'LEFT' WHERE id = $1", guide.guide_id)

    await confirm(pond, await begun(pond, member, order_id))

    decision = await decided(pond, order_id)
    assert (decision.guide_id, [one.verdict for one in decision.findings]) == (None, [Verdict.GUIDE_LEFT])
    assert await pond.select("SELECT 1 FROM commission WHERE state <> 'ESTIMATED'") == []
