"""Leads: who would like to run a store leaves word once, somebody talks, and what is left alone is taken back (R14)."""

from __future__ import annotations

import asyncio
from typing import Any

import resolvers.leads
from domain.identity import Principal, Role
from schema.ids import Kind, id_of
from tests.makers_members import a_member, a_store, staff
from tests.pond import Pond, statements

CREATE = "mutation ($input: LeadCreateInput!) { leadCreate(input: $input) { received userErrors { code path } } }"
_LEAD = "lead { state assigneeId recovered } userErrors { code path }"
ASSIGN = f"mutation ($input: LeadAssignInput!) {{ leadAssign(input: $input) {{ {_LEAD} }} }}"
FOLLOW = f"mutation ($input: LeadFollowInput!) {{ leadFollow(input: $input) {{ {_LEAD} }} }}"
CLOSE = f"mutation ($input: LeadCloseInput!) {{ leadClose(input: $input) {{ {_LEAD} }} }}"
LEADS = """query ($where: LeadWhere) { leads(first: 10, where: $where) { nodes {
  id name phone city interest state assigneeId recovered reason entries { state text actorId } } } }"""


async def left(pond: Pond, who: Principal | None = None, **other: Any) -> Any:
    """The answer to `leadCreate`."""
    said = {"name": "周老板", "phone": "13800138000", "city": "杭州", "interest": "FRANCHISE", **other}
    return (await pond.ask(CREATE, who or await a_member(pond), input=said))["leadCreate"]


async def all_leads(pond: Pond, who: Principal, **where: Any) -> list[Any]:
    nodes: list[Any] = (await pond.ask(LEADS, who, where=where or None))["leads"]["nodes"]
    return nodes


async def step(pond: Pond, document: str, who: Principal, **given: Any) -> Any:
    (answer,) = (await pond.ask(document, who, input=given)).values()
    return answer


async def a_lead(pond: Pond) -> tuple[str, Principal, Principal]:
    """A lead in the hands of a manager; an operator."""
    operator, shop = await staff(pond, Role.OPERATOR), await a_store(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=shop)
    assert (await left(pond))["received"]
    (lead,) = await all_leads(pond, operator)
    await step(pond, ASSIGN, operator, leadId=lead["id"], memberId=member_of(manager))
    return str(lead["id"]), manager, operator


def member_of(principal: Principal) -> str:
    assert principal.member_id is not None
    return id_of(Kind.MEMBER, principal.member_id)


async def test_a_lead_is_assigned_spoken_with_and_signed(pond: Pond) -> None:
    lead_id, manager, operator = await a_lead(pond)
    await step(pond, FOLLOW, manager, leadId=lead_id, text="周三来看店")
    done = await step(pond, CLOSE, manager, leadId=lead_id, signed=True, reason="已签约")

    with statements() as run:
        (lead,) = await all_leads(pond, operator, state={"eq": "SIGNED"})
    assert done["lead"]["state"] == "SIGNED"
    assert (lead["name"], lead["phone"], lead["reason"]) == ("周老板", "+8613800138000", "已签约")
    assert [(one["state"], one["text"]) for one in lead["entries"]] == [
        ("NEW", ""), ("ASSIGNED", ""), ("ASSIGNED", "周三来看店"), ("SIGNED", "已签约")
    ]  # fmt: skip
    assert len(run) == 2
    again = await step(pond, CLOSE, manager, leadId=lead_id, signed=False, reason="x")
    assert [one["code"] for one in again["userErrors"]] == ["INVALID_STATE"]


async def test_a_lead_that_is_left_alone_is_taken_back(pond: Pond) -> None:
    lead_id, manager, operator = await a_lead(pond)
    pond.later(days=2)
    await step(pond, FOLLOW, manager, leadId=lead_id, text="没接电话")
    pond.later(days=2)
    kept = await resolvers.leads.recover(pond.context())
    pond.later(days=1)
    taken = [await resolvers.leads.recover(pond.context()) for _ in range(2)]

    (lead,) = await all_leads(pond, operator)
    assert (kept, taken) == (0, [1, 0])
    assert (lead["state"], lead["assigneeId"], lead["recovered"]) == ("NEW", None, 1)
    assert lead["entries"][-1] == {"state": "NEW", "text": "", "actorId": None}
    assert await all_leads(pond, manager) == []
    lost = await step(pond, FOLLOW, manager, leadId=lead_id, text="再试")
    assert [one["code"] for one in lost["userErrors"]] == ["NOT_FOUND"]


async def test_one_phone_is_spoken_with_once_at_a_time(pond: Pond) -> None:
    members = [await a_member(pond) for _ in range(64)]

    answers = await asyncio.gather(*(left(pond, one) for one in members))
    codes = [error["code"] for answer in answers for error in answer["userErrors"]]

    assert sum(answer["received"] for answer in answers) == 1
    assert codes == ["CONFLICT"] * 63
    assert (await left(pond, phone="13800138001"))["received"]


async def test_without_the_key_of_the_phone_all_would_be_taken(pond: Pond) -> None:
    """The control: with the guard off, each who asks at once is a lead of its own."""
    await pond.select("DROP INDEX uq_lead_open_phone")
    await pond.select("CREATE UNIQUE INDEX uq_lead_open_phone ON lead (phone, id) WHERE state IN ('NEW', 'ASSIGNED')")
    add = """INSERT INTO lead (id, member_id, name, phone, city, interest, note, state, created_at, reason, version)
             SELECT gen_random_uuid(), $1, '周老板', '+8613800138000', '杭州', 'DEALER', '', 'NEW', now(), '', 1
             WHERE NOT EXISTS (SELECT FROM lead WHERE phone = '+8613800138000')"""
    member = (await a_member(pond)).member_id
    pool = pond.database._pool
    async with pool.acquire() as one, pool.acquire() as other, one.transaction(), other.transaction():
        await one.execute(add, member)
        await other.execute(add, member)

    assert len(await pond.select("SELECT id FROM lead")) == 2


async def test_leads_are_for_operators_and_in_whose_hands_they_are(pond: Pond) -> None:
    lead_id, manager, operator = await a_lead(pond)
    other, clerk = await staff(pond, Role.STORE_MANAGER), await staff(pond, Role.CONTENT)
    node = "query ($id: ID!) { node(id: $id) { id } }"

    assert len(await all_leads(pond, manager)) == 1
    for stranger in (other, clerk):
        assert await all_leads(pond, stranger) == []
        assert await pond.ask(node, stranger, id=lead_id) == {"node": None}
        answer = await step(pond, CLOSE, stranger, leadId=lead_id, signed=True, reason="x")
        assert [one["code"] for one in answer["userErrors"]] == ["NOT_FOUND"]
    to_a_clerk = await step(pond, ASSIGN, operator, leadId=lead_id, memberId=member_of(clerk))
    assert [one["path"] for one in to_a_clerk["userErrors"]] == [["input", "memberId"]]
    assert await pond.errors(LEADS, await a_member(pond)) == ["FORBIDDEN"]


async def test_a_form_is_held_to_its_bounds(pond: Pond) -> None:
    member = await a_member(pond)

    for wrong in ({"name": " "}, {"phone": "12"}, {"city": "x" * 41}, {"note": "x" * 501}):
        (error,) = (await left(pond, member, **wrong))["userErrors"]
        assert (error["code"], error["path"]) == ("BAD_USER_INPUT", ["input", *wrong])
