"""Guides, as clients see them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import asyncpg
import pytest

from domain.guides import GuideStatus
from domain.identity import VISITOR, Principal, Role
from domain.money import Money
from domain.stores import UnitKind
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store, a_unit, headquarters, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond, statements

CARD = "{ id displayName kind shareCode status tier { rank rateBp } store { name } }"
GUIDE = f"query($id: ID, $code: String) {{ guide(id: $id, shareCode: $code) {CARD} }}"
APPLY = """mutation($input: GuideApplyInput!) { guideApply(input: $input) {
    guide { id status version } userErrors { code path } } }"""
LOG = "query($id: ID!) { guide(id: $id) { statusChanges { fromStatus toStatus actorName reason } } }"
MY_GUIDE = "{ myGuide { displayName status tier { rank } } }"
GUIDES = "query($where: GuideWhere) { guides(first: 50, where: $where) { nodes { displayName status } } }"


def decide(name: str) -> str:
    return f"""mutation($input: GuideDecisionInput!) {{ {name}(input: $input) {{
        guide {{ status version }} userErrors {{ code path ... on VersionConflict {{ currentVersion }} }} }} }}"""


async def guide_id(pond: Pond, principal: Principal) -> str:
    return id_of(Kind.GUIDE, (await guide_of(pond, principal)).id)


async def an_application(pond: Pond, applicant: Principal, store_id: Any) -> dict[str, Any]:
    """What a decision about a new applicant of this store takes."""
    asked = {"storeId": id_of(Kind.STORE, store_id), "displayName": "小王"}
    applied = (await pond.ask(APPLY, applicant, input=asked))["guideApply"]["guide"]
    return {"guideId": applied["id"], "expectedVersion": applied["version"]}


async def test_everybody_sees_a_guides_card_and_nobody_else_its_status(pond: Pond) -> None:
    guide = await a_guide(pond, "小王", store_id=await a_store(pond, "南京路店"))
    found = await guide_of(pond, guide)

    by_id = await pond.ask(GUIDE, id=id_of(Kind.GUIDE, found.id))
    by_code = await pond.ask(GUIDE, code=found.share_code)

    assert by_id == by_code
    assert by_id["guide"] == {
        "id": id_of(Kind.GUIDE, found.id),
        "displayName": "小王",
        "kind": "EMPLOYEE",
        "shareCode": found.share_code,
        "status": None,
        "tier": None,
        "store": {"name": "南京路店"},
    }


async def test_the_guide_sees_its_own_status_and_tier(pond: Pond) -> None:
    guide = await a_guide(pond, tier_rank=2)

    seen = (await pond.ask(GUIDE, guide, id=await guide_id(pond, guide)))["guide"]

    assert (seen["status"], seen["tier"]) == ("ACTIVE", {"rank": 2, "rateBp": 800})


@pytest.mark.parametrize(("status", "is_known"), [("APPLIED", False), ("ACTIVE", True), ("FROZEN", True)])
async def test_a_guide_exists_for_the_public_while_it_is_active_or_frozen(
    pond: Pond,
    status: str,
    *,
    is_known: bool,
) -> None:
    guide = await a_guide(pond, status=GuideStatus(status))

    seen = await pond.ask(GUIDE, id=await guide_id(pond, guide))

    assert (seen["guide"] is not None) is is_known


async def test_an_id_of_another_kind_is_no_guide(pond: Pond) -> None:
    assert (await pond.ask(GUIDE, id=id_of(Kind.PRODUCT, await a_store(pond))))["guide"] is None


async def test_a_guide_is_asked_for_by_exactly_one_of_id_and_code(pond: Pond) -> None:
    assert await pond.errors(GUIDE) == ["BAD_USER_INPUT"]


async def test_a_member_applies_and_the_stores_manager_approves(pond: Pond) -> None:
    store_id, applicant = await a_store(pond), await a_member(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id, nickname="店长")
    asked = await an_application(pond, applicant, store_id)

    assert (await pond.ask(MY_GUIDE, applicant))["myGuide"] == {
        "displayName": "小王",
        "status": "APPLIED",
        "tier": {"rank": 1},
    }
    data = await pond.ask(decide("guideApprove"), manager, input=asked | {"reason": "老员工"})

    assert data["guideApprove"] == {"guide": {"status": "ACTIVE", "version": 2}, "userErrors": []}
    log = (await pond.ask(LOG, manager, id=asked["guideId"]))["guide"]["statusChanges"]
    assert [(line["fromStatus"], line["toStatus"], line["actorName"], line["reason"]) for line in log] == [
        (None, "APPLIED", "Mei", ""),
        ("APPLIED", "ACTIVE", "店长", "老员工"),
    ]


async def test_who_has_applied_does_not_apply_again_and_may_after_having_been_dismissed(pond: Pond) -> None:
    store_id, applicant = await a_store(pond), await a_member(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    asked = await an_application(pond, applicant, store_id)
    again = {"storeId": id_of(Kind.STORE, store_id), "displayName": "小王"}

    assert [error["code"] for error in await pond.refused(APPLY, applicant, input=again)] == ["CONFLICT"]
    await pond.ask(decide("guideDismiss"), manager, input=asked)

    assert await pond.refused(APPLY, applicant, input=again) == []


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"displayName": " "}, ["input", "displayName"]),
        ({"displayName": "x" * 33}, ["input", "displayName"]),
        ({"avatarUrl": "javascript:x"}, ["input", "avatarUrl"]),
    ],
)
async def test_an_application_out_of_bounds_is_refused(pond: Pond, change: dict[str, str], path: list[str]) -> None:
    asked = {"storeId": id_of(Kind.STORE, await a_store(pond)), "displayName": "小王"} | change

    assert await pond.refused(APPLY, await a_member(pond), input=asked) == [{"code": "BAD_USER_INPUT", "path": path}]


async def test_one_applies_to_a_store_and_not_to_a_region(pond: Pond) -> None:
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond))
    asked = {"storeId": id_of(Kind.STORE, region.id), "displayName": "小王"}

    assert await pond.refused(APPLY, await a_member(pond), input=asked) == [
        {"code": "NOT_FOUND", "path": ["input", "storeId"]}
    ]


async def test_a_guide_does_not_exist_for_the_manager_of_another_store(pond: Pond) -> None:
    asked = await an_application(pond, await a_member(pond), await a_store(pond))
    stranger = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))

    assert await pond.refused(decide("guideApprove"), stranger, input=asked) == [
        {"code": "NOT_FOUND", "path": ["input", "guideId"]}
    ]


async def test_the_manager_of_the_region_decides_too(pond: Pond) -> None:
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond))
    asked = await an_application(pond, await a_member(pond), await a_store(pond, parent=region))
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=region.id)

    assert await pond.refused(decide("guideApprove"), manager, input=asked) == []


async def test_nobody_approves_oneself(pond: Pond) -> None:
    store_id = await a_store(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    asked = await an_application(pond, manager, store_id)

    assert [error["code"] for error in await pond.refused(decide("guideApprove"), manager, input=asked)] == [
        "FORBIDDEN"
    ]


async def test_a_decision_on_an_old_version_tells_the_new_one(pond: Pond) -> None:
    asked = await an_application(pond, await a_member(pond), await a_store(pond))
    operator = await staff(pond, Role.OPERATOR)
    await pond.ask(decide("guideApprove"), operator, input=asked)

    assert await pond.refused(decide("guideFreeze"), operator, input=asked) == [
        {"code": "STALE_VERSION", "path": ["input", "expectedVersion"], "currentVersion": 2}
    ]


async def test_what_the_status_does_not_allow_is_refused(pond: Pond) -> None:
    asked = await an_application(pond, await a_member(pond), await a_store(pond))

    refused = await pond.refused(decide("guideUnfreeze"), await staff(pond, Role.OPERATOR), input=asked)

    assert [error["code"] for error in refused] == ["INVALID_STATE"]


async def test_decisions_are_for_managers(pond: Pond) -> None:
    asked = await an_application(pond, await a_member(pond), await a_store(pond))

    assert await pond.errors(decide("guideApprove"), await a_guide(pond), input=asked) == ["FORBIDDEN"]
    assert await pond.errors(decide("guideApprove"), VISITOR, input=asked) == ["UNAUTHENTICATED"]


async def test_managers_list_the_guides_of_their_stores(pond: Pond) -> None:
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond))
    here, elsewhere = await a_store(pond, parent=region), await a_store(pond)
    await a_guide(pond, "Here", store_id=here)
    await a_guide(pond, "New here", store_id=here, status=GuideStatus.APPLIED)
    await a_guide(pond, "Elsewhere", store_id=elsewhere)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=region.id)

    everyone = (await pond.ask(GUIDES, manager))["guides"]["nodes"]
    waiting = (await pond.ask(GUIDES, manager, where={"status": {"eq": "APPLIED"}}))["guides"]["nodes"]

    assert [guide["displayName"] for guide in everyone] == ["Here", "New here"]
    assert waiting == [{"displayName": "New here", "status": "APPLIED"}]


async def test_a_list_of_guides_takes_one_statement_for_each_kind_of_thing(pond: Pond) -> None:
    store_id = await a_store(pond)
    for i in range(5):
        await a_guide(pond, f"Guide {i}", store_id=store_id)
    operator = await staff(pond, Role.OPERATOR)

    with statements() as run:
        await pond.ask(f"{{ guides(first: 5) {{ nodes {CARD} }} }}", operator)

    assert len(run) == 3


async def test_the_log_is_for_managers(pond: Pond) -> None:
    guide = await a_guide(pond)
    stranger = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))

    assert await pond.errors(LOG, guide, id=await guide_id(pond, guide)) == ["FORBIDDEN"]
    assert (await pond.ask(LOG, stranger, id=await guide_id(pond, guide)))["guide"]["statusChanges"] is None


async def test_a_guide_sees_what_it_earned_and_from_whom_by_masked_name_alone(pond: Pond) -> None:
    guide, customer = await a_guide(pond), await a_member(pond, "小美", phone="+8613800000000")
    await bound(pond, customer, guide)
    await a_paid_order(pond, customer, (await a_variant(pond, price=Money(200_00)), 1))

    data = await pond.ask(
        """{ myCommissions(first: 10) { totalCount { value } nodes {
                level base { minor } rateBp rateSource amount { amount } state orderId } }
             myBoundMembers(first: 10) { nodes { name mode protectedUntil expiresAt } } }""",
        guide,
    )

    (commission,) = data["myCommissions"]["nodes"]
    assert commission.pop("orderId").startswith("ord_")
    assert commission == {
        "level": 1,
        "base": {"minor": 20000},
        "rateBp": 500,
        "rateSource": "GUIDE_TIER",
        "amount": {"amount": "10.00"},
        "state": "PENDING",
    }
    assert data["myBoundMembers"]["nodes"] == [
        {"name": "小**", "mode": "PERMANENT", "protectedUntil": None, "expiresAt": None}
    ]


async def test_another_guide_sees_none_of_it(pond: Pond) -> None:
    guide, customer = await a_guide(pond), await a_member(pond)
    await bound(pond, customer, guide)
    await a_paid_order(pond, customer, (await a_variant(pond, price=Money(200_00)), 1))
    document = "{ myCommissions(first: 9) { nodes { id } } myBoundMembers(first: 9) { nodes { id } } }"

    data = await pond.ask(document, await a_guide(pond))

    assert data == {"myCommissions": {"nodes": []}, "myBoundMembers": {"nodes": []}}
    assert await pond.errors(document, customer) == ["FORBIDDEN"]


async def test_a_member_sees_the_guide_that_they_are_bound_to(pond: Pond) -> None:
    guide, customer = await a_guide(pond, "小王"), await a_member(pond)
    document = "{ me { guide { displayName } } }"

    before = await pond.ask(document, customer)
    await bound(pond, customer, guide)
    after = await pond.ask(document, customer)

    assert (before["me"]["guide"], after["me"]["guide"]) == (None, {"displayName": "小王"})


async def test_operators_see_whose_customer_a_member_is(pond: Pond) -> None:
    guide, customer = await a_guide(pond, "小王"), await a_member(pond)
    await bound(pond, customer, guide)
    assert customer.member_id is not None
    document = "query($id: ID!) { member(id: $id) { guide { displayName } binding { mode } handover { state } } }"

    data = await pond.ask(document, await staff(pond, Role.OPERATOR), id=id_of(Kind.MEMBER, customer.member_id))

    assert data == {"member": {"guide": {"displayName": "小王"}, "binding": {"mode": "PERMANENT"}, "handover": None}}


SET_INVITER = """mutation($input: GuideInviterSetInput!) { guideInviterSet(input: $input) {
    guide { version inviter { displayName } } userErrors { code path } } }"""
TREE = """query($id: ID!) { guide(id: $id) { inviter { displayName } invited(first: 5) { nodes { displayName } } } }"""


async def brought_by(pond: Pond, staff_member: Principal, guide: Principal, inviter: Principal) -> list[Any]:
    """A manager notes who brought a guide; the refusals."""
    version = (await guide_of(pond, guide)).version
    asked = {"guideId": await guide_id(pond, guide), "inviterId": await guide_id(pond, inviter)}
    asked |= {"expectedVersion": version, "reason": "补登"}
    return [error["code"] for error in await pond.refused(SET_INVITER, staff_member, input=asked)]


async def test_who_applies_under_a_guides_code_was_brought_by_that_guide(pond: Pond) -> None:
    store_id, inviter, applicant = await a_store(pond), await a_guide(pond, "G1"), await a_member(pond)
    asked = {"storeId": id_of(Kind.STORE, store_id), "displayName": "小王"}
    code = (await guide_of(pond, inviter)).share_code

    unknown = await pond.refused(APPLY, applicant, input=asked | {"inviterCode": "0000000000"})
    applied = (await pond.ask(APPLY, applicant, input=asked | {"inviterCode": code}))["guideApply"]["guide"]

    assert unknown == [{"code": "NOT_FOUND", "path": ["input", "inviterCode"]}]
    own = (await pond.ask("{ myGuide { inviter { displayName } } }", applicant))["myGuide"]
    assert own == {"inviter": {"displayName": "G1"}}
    tree = (await pond.ask(TREE, inviter, id=await guide_id(pond, inviter)))["guide"]
    assert tree["inviter"] is None
    assert tree["invited"]["nodes"] == [{"displayName": "小王"}], applied
    stranger = (await pond.ask(TREE, await a_guide(pond), id=await guide_id(pond, inviter)))["guide"]
    assert stranger == {"inviter": None, "invited": None}


async def test_two_three_or_one_do_not_bring_each_other_in_a_circle(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    one, two, three = [await a_guide(pond, f"G{n}") for n in range(3)]

    assert await brought_by(pond, operator, one, one) == ["GUIDE_CYCLE"]
    assert await brought_by(pond, operator, two, one) == []
    assert await brought_by(pond, operator, one, two) == ["GUIDE_CYCLE"]
    assert await brought_by(pond, operator, three, two) == []
    assert await brought_by(pond, operator, one, three) == ["GUIDE_CYCLE"]


async def test_nobody_makes_oneself_the_inviter(pond: Pond) -> None:
    guide, boss = await a_guide(pond, "G1"), await a_guide(pond, "G2")
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, guide)).store_id)

    assert await brought_by(pond, replace(manager, member_id=boss.member_id), guide, boss) == ["FORBIDDEN"]


async def test_an_inviter_is_for_good_in_the_database_too(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    one, two, three = [await a_guide(pond, f"G{n}") for n in range(3)]
    await brought_by(pond, operator, one, two)

    assert await brought_by(pond, operator, one, three) == ["INVALID_STATE"]
    with pytest.raises(asyncpg.CheckViolationError, match="for good"):
        await pond.select("UPDATE guide SET inviter_id = $2 WHERE id = $1", one.guide_id, three.guide_id)


async def test_who_was_let_go_and_applies_anew_is_not_brought_by_those_whom_they_brought(pond: Pond) -> None:
    operator, one, two = await staff(pond, Role.OPERATOR), await a_guide(pond, "G1"), await a_guide(pond, "G2")
    await brought_by(pond, operator, two, one)
    found = await guide_of(pond, one)
    await pond.ask(decide("guideDismiss"), operator, input={
        "guideId": id_of(Kind.GUIDE, found.id), "expectedVersion": found.version})  # fmt: skip
    asked = {"storeId": id_of(Kind.STORE, await a_store(pond)), "displayName": "小王"}

    refused = await pond.refused(APPLY, one, input=asked | {"inviterCode": (await guide_of(pond, two)).share_code})

    assert refused == [{"code": "GUIDE_CYCLE", "path": ["input", "inviterCode"]}]


async def test_of_two_who_bring_each_other_at_once_one_does(pond: Pond) -> None:
    operator, one, two = await staff(pond, Role.OPERATOR), await a_guide(pond), await a_guide(pond)

    refused = await asyncio.gather(brought_by(pond, operator, one, two), brought_by(pond, operator, two, one))

    assert sorted(refused) == [[], ["GUIDE_CYCLE"]]


async def test_without_the_trigger_both_would(pond: Pond) -> None:
    """The negative control of the test above."""
    await pond.select("DROP TRIGGER guide_inviters_have_no_circle ON guide")
    operator, one, two = await staff(pond, Role.OPERATOR), await a_guide(pond), await a_guide(pond)

    refused = await asyncio.gather(brought_by(pond, operator, one, two), brought_by(pond, operator, two, one))

    assert refused == [[], []]
