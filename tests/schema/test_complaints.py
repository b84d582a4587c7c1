"""Complaints: one open about each thing, answered in a day or escalated, with those who say nothing (R72)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

import resolvers.complaint_handling as handling
from domain.identity import Principal, Role
from domain.stores import UnitKind
from schema.ids import Kind, id_of
from tests.makers_catalogue import a_variant
from tests.makers_content import a_post
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_live import a_room
from tests.makers_members import a_member, a_store, a_unit, headquarters, staff
from tests.makers_payments import a_paid_order
from tests.pond import Pond, statements

SHOWN = """complaint { id state subject subjectId guideId orderId storeId liveRoomId postId severity answerBy answeredAt
  escalatedAt deskId resolution steps { action byItself toState } messages { byStaff text } }
  userErrors { code path }"""
OPEN = "mutation ($input: ComplaintOpenInput!) { complaintOpen(input: $input) { " + SHOWN + " } }"
REPLY = "mutation ($input: ComplaintReplyInput!) { complaintReply(input: $input) { " + SHOWN + " } }"
ASSIGN = "mutation ($input: ComplaintAssignInput!) { complaintAssign(input: $input) { " + SHOWN + " } }"
RESOLVE = "mutation ($input: ComplaintResolveInput!) { complaintResolve(input: $input) { " + SHOWN + " } }"
STEP = "mutation ($id: ID!) { %s(input: { complaintId: $id }) { " + SHOWN + " } }"
LISTED = """query ($where: ComplaintWhere) { complaints(first: 5, where: $where) { nodes {
  id member { nickname } assignee { nickname } silentCustomers { nickname phone orderNumber } } } }"""
COUNTS = """query ($ids: [ID!]!) { complaintCounts(guideIds: $ids, days: 30) {
  guideId complaints severe escalated open } }"""


async def opened(pond: Pond, who: Principal, subject: str, subject_id: str, **more: Any) -> Any:
    """The answer to `complaintOpen`."""
    wanted = {"subject": subject, "subjectId": subject_id, "text": "导购态度冷淡", **more}
    return (await pond.ask(OPEN, who, input=wanted))["complaintOpen"]


async def did(pond: Pond, who: Principal, document: str, complaint_id: str, **more: Any) -> Any:
    """The payload of a step that takes an input."""
    return next(iter((await pond.ask(document, who, input={"complaintId": complaint_id, **more})).values()))


async def stepped(pond: Pond, who: Principal, name: str, complaint_id: str) -> Any:
    return (await pond.ask(STEP % name, who, id=complaint_id))[name]


async def a_guide_of(pond: Pond, store_id: UUID) -> tuple[Principal, str]:
    guide = await a_guide(pond, store_id=store_id)
    return guide, id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)


async def a_region(pond: Pond) -> tuple[UUID, UUID]:
    """A region and a store of it."""
    region = await a_unit(pond, UnitKind.REGION, await headquarters(pond), slug="east")
    return region.id, await a_store(pond, parent=region)


async def test_p35_a_complaint_about_a_guide_finds_the_silent_and_escalates_after_a_day(pond: Pond) -> None:
    """Scenario P35."""
    region_id, store_id = await a_region(pond)
    guide, guide_id = await a_guide_of(pond, store_id)
    tea, other = await a_variant(pond), await a_variant(pond)
    long_ago, mei, lan, yu = [await a_member(pond, name, phone=phone) for name, phone in (
        ("Old", None), ("Mei", "+8613800000001"), ("Lan", "+8613800000002"), ("Yu", None)
    )]  # fmt: skip
    for buyer in (long_ago, mei, lan, yu):
        await bound(pond, buyer, guide)
    await a_paid_order(pond, long_ago, (tea, 1))
    pond.later(days=31)
    await a_paid_order(pond, yu, (other, 1))
    await a_paid_order(pond, lan, (tea, 1))
    order_id, (line_id,) = await a_paid_order(pond, mei, (tea, 1))
    store, region = [await staff(pond, Role.STORE_MANAGER, unit_id=unit) for unit in (store_id, region_id)]

    complaint = (await opened(pond, mei, "GUIDE", guide_id, orderId=order_id, orderLineId=line_id))["complaint"]
    (listed,) = (await pond.ask(LISTED, store))["complaints"]["nodes"]
    pond.later(hours=24)
    assert await handling.escalate_overdue(pond.context()) == 0
    pond.later(minutes=1)
    assert await handling.escalate_overdue(pond.context()) == 1

    assert (complaint["guideId"], complaint["orderId"], complaint["state"]) == (guide_id, order_id, "NEW")
    assert [(one["nickname"], one["phone"]) for one in listed["silentCustomers"]] == [("Lan", "138****0002")]
    (above,) = (await pond.ask(LISTED, region, where={"state": {"eq": "ESCALATED"}}))["complaints"]["nodes"]
    assert above["assignee"] == {"nickname": "Lin"}
    answer = await did(pond, region, REPLY, complaint["id"], text="非常抱歉")
    assert (answer["complaint"]["state"], answer["complaint"]["deskId"]) == (
        "ESCALATED",
        id_of(Kind.ORG_UNIT, region_id),
    )
    refused = await did(pond, store, RESOLVE, complaint["id"], resolution="已道歉")
    assert refused["userErrors"][0]["code"] == "NOT_FOUND"
    assert await handling.escalate_overdue(pond.context()) == 0


async def test_a_dialogue_leads_to_a_resolution_that_can_be_contested_for_seven_days(pond: Pond) -> None:
    _, store_id = await a_region(pond)
    _, guide_id = await a_guide_of(pond, store_id)
    mei, store = await a_member(pond), await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    key = (await opened(pond, mei, "GUIDE", guide_id))["complaint"]["id"]

    states = [
        (await did(pond, store, ASSIGN, key, severity="HIGH"))["complaint"]["state"],
        (await did(pond, store, REPLY, key, text="怎么了?"))["complaint"]["state"],
        (await did(pond, mei, REPLY, key, text="等了一天"))["complaint"]["state"],
        (await did(pond, store, RESOLVE, key, resolution="送券道歉"))["complaint"]["state"],
        (await stepped(pond, mei, "complaintReopen", key))["complaint"]["state"],
        (await did(pond, store, RESOLVE, key, resolution="已退款"))["complaint"]["state"],
        (await stepped(pond, mei, "complaintClose", key))["complaint"]["state"],
    ]
    pond.later(days=7, seconds=1)
    late = await stepped(pond, mei, "complaintReopen", key)

    assert states == ["ASSIGNED", "IN_DIALOG", "IN_DIALOG", "RESOLVED", "REOPENED", "RESOLVED", "CLOSED"]
    assert late["userErrors"][0]["code"] == "INVALID_STATE"
    shown = await pond.ask(
        "query ($id: ID!) { node(id: $id) { ... on Complaint { messages { byStaff text } } } }", mei, id=key
    )
    assert shown["node"]["messages"] == [{"byStaff": True, "text": "怎么了?"}, {"byStaff": False, "text": "等了一天"}]


async def test_what_was_resolved_is_closed_after_seven_days(pond: Pond) -> None:
    mei, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    order_id, _ = await a_paid_order(pond, mei, (await a_variant(pond), 1))
    key = (await opened(pond, mei, "ORDER", order_id))["complaint"]["id"]
    await did(pond, operator, RESOLVE, key, resolution="已退款")

    pond.later(days=7)
    assert await handling.close_resolved(pond.context()) == 0
    pond.later(seconds=1)
    assert await handling.close_resolved(pond.context()) == 1

    steps = await pond.ask("{ myComplaints(first: 1) { nodes { state steps { action byItself } } } }", mei)
    assert steps["myComplaints"]["nodes"][0]["state"] == "CLOSED"
    assert steps["myComplaints"]["nodes"][0]["steps"][-1] == {"action": "CLOSE", "byItself": True}


async def test_of_64_complaints_about_one_thing_one_is_opened(pond: Pond) -> None:
    mei, store_id = await a_member(pond), await a_store(pond)
    subject = id_of(Kind.STORE, store_id)

    answers = await asyncio.gather(*(opened(pond, mei, "STORE", subject) for _ in range(64)))
    (first,) = [one["complaint"]["id"] for one in answers if one["complaint"]]
    await stepped(pond, mei, "complaintCancel", first)
    again = await opened(pond, mei, "STORE", subject)

    assert {one["userErrors"][0]["code"] for one in answers if one["userErrors"]} == {"CONFLICT"}
    assert again["userErrors"] == []


async def test_who_looks_and_then_complains_complains_many_times(pond: Pond) -> None:
    """The negative control of the race above: without the key, all that looked before any wrote write."""
    mei, store_id = await a_member(pond), await a_store(pond)
    await pond.select("DROP INDEX uq_complaint_open")
    looked = asyncio.Barrier(8)

    async def careless() -> None:
        known = await pond.select("SELECT count(*) FROM complaint")
        await looked.wait()
        if known[0][0] == 0:
            await pond.select(
                "INSERT INTO complaint (id, member_id, subject, subject_id, store_id, unit_id, desk_id, severity, text,"
                " pictures, state, created_at, resolution, version) VALUES"
                " (gen_random_uuid(), $1, 'STORE', $2, $2, $2, $2, 'LOW', 'x', '{}', 'NEW', now(), '', 1)",
                mei.member_id,
                store_id,
            )

    await asyncio.gather(*(careless() for _ in range(8)))

    assert (await pond.select("SELECT count(*) FROM complaint"))[0][0] == 8


async def test_a_complaint_that_was_made_anew_keeps_the_old_one_from_being_opened_again(pond: Pond) -> None:
    mei, operator, store_id = await a_member(pond), await staff(pond, Role.OPERATOR), await a_store(pond)
    key = (await opened(pond, mei, "STORE", id_of(Kind.STORE, store_id)))["complaint"]["id"]
    await did(pond, operator, RESOLVE, key, resolution="已处理")
    await opened(pond, mei, "STORE", id_of(Kind.STORE, store_id))

    refused = await stepped(pond, mei, "complaintReopen", key)

    assert refused["userErrors"][0]["code"] == "CONFLICT"


async def test_a_room_and_a_post_can_be_complained_about_and_orders_of_others_cannot(pond: Pond) -> None:
    await headquarters(pond)
    mei = await a_member(pond)
    room, host = await a_room(pond)
    post = await a_post(pond)
    order_id, _ = await a_paid_order(pond, await a_member(pond), (await a_variant(pond), 1))

    about_room = (await opened(pond, mei, "LIVE_ROOM", id_of(Kind.LIVE_ROOM, room.id)))["complaint"]
    about_post = (await opened(pond, mei, "CONTENT", id_of(Kind.POST, post.id)))["complaint"]
    refusals = [
        await opened(pond, mei, "ORDER", order_id),
        await opened(pond, mei, "GUIDE", about_room["guideId"], orderId=order_id),
        await opened(pond, mei, "STORE", id_of(Kind.STORE, (await headquarters(pond)).id)),
        await opened(pond, mei, "GUIDE", id_of(Kind.GUIDE, room.id)),
    ]

    assert about_room["guideId"] == id_of(Kind.GUIDE, (await guide_of(pond, host)).id)
    assert about_post["postId"] == id_of(Kind.POST, post.id)
    assert [one["userErrors"][0]["code"] for one in refusals] == ["NOT_FOUND"] * 4


async def test_complaints_are_for_their_members_and_for_those_who_run_what_they_concern(pond: Pond) -> None:
    _, store_id = await a_region(pond)
    _, guide_id = await a_guide_of(pond, store_id)
    mei, other = await a_member(pond), await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))
    key = (await opened(pond, mei, "GUIDE", guide_id))["complaint"]["id"]
    node = "query ($id: ID!) { node(id: $id) { id } }"

    seen = [(await pond.ask(node, who, id=key))["node"] is not None for who in (mei, other, await a_member(pond))]

    assert seen == [True, False, False]
    assert (await pond.ask(LISTED, other))["complaints"]["nodes"] == []
    assert (await did(pond, other, REPLY, key, text="?"))["userErrors"][0]["code"] == "NOT_FOUND"
    assert (await did(pond, other, ASSIGN, key))["userErrors"][0]["code"] == "NOT_FOUND"
    assert await pond.errors(LISTED, mei) == ["FORBIDDEN"]


async def test_a_complaint_is_handed_only_to_who_works_at_its_desk(pond: Pond) -> None:
    _, store_id = await a_region(pond)
    _, guide_id = await a_guide_of(pond, store_id)
    mei, operator = await a_member(pond), await staff(pond, Role.OPERATOR)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    key = (await opened(pond, mei, "GUIDE", guide_id))["complaint"]["id"]

    codes = [
        [e["code"] for e in (await did(pond, operator, ASSIGN, key, assigneeId=id_of(Kind.MEMBER, who)))["userErrors"]]
        for who in (mei.member_id, manager.member_id)
        if who
    ]

    assert codes == [["NOT_FOUND"], []]


async def test_complaints_are_counted_for_each_guide(pond: Pond) -> None:
    _, store_id = await a_region(pond)
    (_, first), (_, second) = [await a_guide_of(pond, store_id) for _ in range(2)]
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=store_id)
    for severity in ("HIGH", "NORMAL", "LOW"):
        mei = await a_member(pond)
        key = (await opened(pond, mei, "GUIDE", first, severity=severity))["complaint"]["id"]
        if severity == "LOW":
            await stepped(pond, mei, "complaintCancel", key)

    counts = (await pond.ask(COUNTS, manager, ids=[first, second]))["complaintCounts"]

    assert sorted(counts, key=lambda one: -one["complaints"]) == [
        {"guideId": first, "complaints": 2, "severe": 1, "escalated": 0, "open": 2},
        {"guideId": second, "complaints": 0, "severe": 0, "escalated": 0, "open": 0},
    ]
    elsewhere = await staff(pond, Role.STORE_MANAGER, unit_id=await a_store(pond))
    assert (await pond.ask(COUNTS, elsewhere, ids=[first]))["complaintCounts"] == []


async def test_a_list_of_complaints_takes_few_statements(pond: Pond) -> None:
    store_id, operator = await a_store(pond), await staff(pond, Role.OPERATOR)
    for _ in range(3):
        await opened(pond, await a_member(pond), "STORE", id_of(Kind.STORE, store_id))
    document = """{ complaints(first: 50) { nodes { member { nickname } assignee { nickname } messages { text }
      steps { action } } } }"""

    with statements() as log:
        await pond.ask(document, operator)

    assert len(log) == 4


@pytest.mark.parametrize("wrong", [{"text": ""}, {"pictures": ["x"]}])
async def test_what_is_out_of_bounds_is_refused(pond: Pond, wrong: dict[str, Any]) -> None:
    store_id = await a_store(pond)

    answer = await opened(pond, await a_member(pond), "STORE", id_of(Kind.STORE, store_id), **wrong)

    assert answer["userErrors"][0]["code"] == "BAD_USER_INPUT"
