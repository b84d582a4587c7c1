"""Friends on WeCom: who adds a guide and registers, in either order, is the guide's customer (R08)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from app.standins.wechat import unionid_of
from domain.bindings import BindingMode, BindingTerms, BindingTrigger
from domain.identity import Principal, Role
from tests.makers_bindings import guide_id, guide_now, under
from tests.makers_guides import a_guide, bound, guide_of
from tests.makers_members import a_member, a_store, staff
from tests.pond import Pond, as_member

ADD = """mutation($input: GuideContactAddInput!) { guideContactAdd(input: $input) {
    contact { addedAt removedAt member { nickname } } userErrors { code path } } }"""
REMOVE = """mutation($input: GuideContactRemoveInput!) { guideContactRemove(input: $input) {
    contact { removedAt } userErrors { code path } } }"""
LOGIN = """mutation($code: String!, $share: String) { memberLoginByWechat(input: {code: $code, shareCode: $share}) {
    member { id } registered userErrors { code } } }"""
CONTACT_ALONE = BindingTerms(triggers=frozenset({BindingTrigger.CONTACT}))


async def registers(pond: Pond, user: str, share: str | None = None) -> Principal:
    """Somebody logs in to the mini-program."""
    code = (await pond.standins.post("/wechat/login", json={"user": user})).json()["code"]
    data = (await pond.ask(LOGIN, code=code, share=share))["memberLoginByWechat"]
    assert data["userErrors"] == []
    (row,) = await pond.select("SELECT member_id FROM member_identity WHERE unionid = $1", unionid_of(user))
    return as_member(row["member_id"], await a_member(pond))


async def added(pond: Pond, staff_member: Principal, guide: Principal, user: str, **more: Any) -> Any:
    """The guide and somebody became friends on WeCom."""
    asked = {"guideId": await guide_id(pond, guide), "externalUserId": f"wm_{user}", "unionId": unionid_of(user)}
    return (await pond.ask(ADD, staff_member, input=asked | more))["guideContactAdd"]


@pytest.mark.parametrize("contact_first", [True, False])
async def test_who_adds_a_guide_and_registers_in_either_order_is_bound(pond: Pond, *, contact_first: bool) -> None:
    under(pond, CONTACT_ALONE)
    guide, operator = await a_guide(pond, "G1"), await staff(pond, Role.OPERATOR)

    if contact_first:
        contact = await added(pond, operator, guide, "mei")
        mei = await registers(pond, "mei")
    else:
        mei = await registers(pond, "mei")
        contact = await added(pond, operator, guide, "mei")

    assert (contact["contact"]["member"] is None) is contact_first
    me = (await pond.ask("{ me { guide { displayName } binding { cause } } }", mei))["me"]
    assert me == {"guide": {"displayName": "G1"}, "binding": {"cause": "CONTACT"}}


async def test_with_that_trigger_alone_a_mere_link_binds_nobody(pond: Pond) -> None:
    under(pond, CONTACT_ALONE)
    guide = await a_guide(pond)

    mei = await registers(pond, "mei", (await guide_of(pond, guide)).share_code)

    assert await guide_now(pond, mei) is None


async def test_whom_one_added_first_is_ones_guide(pond: Pond) -> None:
    under(pond, CONTACT_ALONE)
    store_id, operator = await a_store(pond), await staff(pond, Role.OPERATOR)
    one, other = [await a_guide(pond, name, store_id=store_id) for name in ("G1", "G2")]
    await added(pond, operator, one, "mei")
    pond.later(days=1)
    await added(pond, operator, other, "mei")

    assert await guide_now(pond, await registers(pond, "mei")) == "G1"


async def test_a_contact_that_was_removed_before_binds_nobody_and_one_removed_later_changes_nothing(pond: Pond) -> None:
    under(pond, CONTACT_ALONE)
    guide, operator = await a_guide(pond, "G1"), await staff(pond, Role.OPERATOR)
    gone = {"guideId": await guide_id(pond, guide)}
    await added(pond, operator, guide, "mei")
    await added(pond, operator, guide, "lin")

    await pond.ask(REMOVE, operator, input=gone | {"externalUserId": "wm_mei"})
    mei, lin = await registers(pond, "mei"), await registers(pond, "lin")
    await pond.ask(REMOVE, operator, input=gone | {"externalUserId": "wm_lin"})

    assert (await guide_now(pond, mei), await guide_now(pond, lin)) == (None, "G1")
    again = await pond.refused(REMOVE, operator, input=gone | {"externalUserId": "wm_lin"})
    assert again == [{"code": "NOT_FOUND", "path": ["input", "externalUserId"]}]


async def test_a_contact_that_comes_back_counts_again(pond: Pond) -> None:
    under(pond, CONTACT_ALONE)
    guide, operator, mei = await a_guide(pond, "G1"), await staff(pond, Role.OPERATOR), await registers(pond, "mei")
    asked = {"guideId": await guide_id(pond, guide), "externalUserId": "wm_mei"}
    await pond.ask(ADD, operator, input=asked)
    await pond.ask(REMOVE, operator, input=asked)

    contact = (await added(pond, operator, guide, "mei"))["contact"]

    assert (contact["removedAt"], await guide_now(pond, mei)) == (None, "G1")


async def test_where_only_who_registers_is_bound_a_member_of_yesterday_is_not(pond: Pond) -> None:
    under(pond, BindingTerms(BindingMode.REGISTER_ONLY))
    guide, operator, mei = await a_guide(pond), await staff(pond, Role.OPERATOR), await registers(pond, "mei")
    pond.later(days=1)

    await added(pond, operator, guide, "mei")

    assert await guide_now(pond, mei) is None


async def test_a_guide_who_is_among_the_members_customers_does_not_stand_in_the_way_of_the_contact(pond: Pond) -> None:
    guide, operator, boss = await a_guide(pond), await staff(pond, Role.OPERATOR), await registers(pond, "boss")
    boss_guide = await a_guide(pond, "Boss", member=boss)
    await bound(pond, guide, boss_guide)

    assert (await added(pond, operator, guide, "boss"))["userErrors"] == []
    assert await guide_now(pond, boss) is None


async def test_of_contacts_and_a_registration_at_once_one_binding_comes(pond: Pond) -> None:
    """Whoever comes last sees both conditions, since the person is locked."""
    under(pond, CONTACT_ALONE)
    store_id, operator = await a_store(pond), await staff(pond, Role.OPERATOR)
    guides = [await a_guide(pond, f"G{n}", store_id=store_id) for n in range(8)]

    for user in ("mei", "lin", "tao"):
        mei, *_ = await asyncio.gather(registers(pond, user), *(added(pond, operator, guide, user) for guide in guides))
        assert await guide_now(pond, mei) is not None

    assert len(await pond.select("SELECT id FROM binding")) == 3


async def test_contacts_are_for_managers_and_the_guide_itself(pond: Pond) -> None:
    guide, other = await a_guide(pond), await a_guide(pond)
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=(await guide_of(pond, other)).store_id)
    asked = {"guideId": await guide_id(pond, guide), "externalUserId": "wm_mei"}

    assert await pond.refused(ADD, manager, input=asked) == [{"code": "NOT_FOUND", "path": ["input", "guideId"]}]
    assert await pond.errors(ADD, guide, input=asked) == ["FORBIDDEN"]
    await added(pond, await staff(pond, Role.OPERATOR), guide, "mei")
    document = "query($id: ID!) { guide(id: $id) { contacts(first: 5) { nodes { addedAt member { nickname } } } } }"
    own = await pond.ask(document, guide, id=asked["guideId"])
    assert len(own["guide"]["contacts"]["nodes"]) == 1
    assert (await pond.ask(document, other, id=asked["guideId"]))["guide"]["contacts"] is None


@pytest.mark.parametrize("change", [{"externalUserId": ""}, {"externalUserId": "a b"}, {"unionId": "x" * 129}])
async def test_what_is_no_id_of_wecom_is_refused(pond: Pond, change: dict[str, str]) -> None:
    asked = {"guideId": await guide_id(pond, await a_guide(pond)), "externalUserId": "wm_mei"} | change

    refused = await pond.refused(ADD, await staff(pond, Role.OPERATOR), input=asked)

    assert [error["code"] for error in refused] == ["BAD_USER_INPUT"]
