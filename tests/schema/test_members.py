"""What members see and say of themselves, and what nobody else sees (R16)."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

import db.addresses
import db.members
from domain.identity import VISITOR, Principal, Role
from domain.members import Member
from schema.ids import Kind, id_of
from tests.makers_members import a_member, staff
from tests.pond import Pond, statements

PHONE = "+8613812345678"
ME = "{ me { id nickname phone birthday avatarUrl addresses { id name isDefault phone } } }"
MEMBER = (
    "query($id: ID, $phone: String) { member(id: $id, phone: $phone) { id nickname phone birthday addresses { id } } }"
)
NODE = "query($id: ID!) { node(id: $id) { id ... on Member { nickname phone } ... on Address { line } } }"
UPDATE = """mutation($input: ProfileUpdateInput!) { profileUpdate(input: $input) {
    member { nickname birthday avatarUrl } userErrors { code path } } }"""
SAVE = """mutation($input: AddressSaveInput!) { addressSave(input: $input) {
    address { id name phone province city district line isDefault } userErrors { code path } } }"""
REMOVE = "mutation($id: ID!) { addressRemove(input: {addressId: $id}) { removedId userErrors { code path } } }"
HOME = {
    "name": "梅",
    "phone": "138 1234 5678",
    "province": "上海市",
    "city": "上海市",
    "district": "黄浦区",
    "line": "南京东路1号",
}


def id_of_member(principal: Principal) -> str:
    assert principal.member_id is not None
    return id_of(Kind.MEMBER, principal.member_id)


async def save(pond: Pond, member: Principal, **change: Any) -> Any:
    return (await pond.ask(SAVE, member, input=HOME | change))["addressSave"]


async def addresses(pond: Pond, member: Principal) -> list[Any]:
    return list((await pond.ask(ME, member))["me"]["addresses"])


async def test_a_visitor_is_nobody(pond: Pond) -> None:
    assert await pond.ask(ME) == {"me": None}


async def test_a_member_sees_all_of_themselves(pond: Pond) -> None:
    mei = await a_member(pond, "Mei", phone=PHONE)
    with statements() as run:
        me = (await pond.ask(ME, mei))["me"]

    assert (me["id"], me["nickname"], me["phone"], me["addresses"]) == (id_of_member(mei), "Mei", PHONE, [])
    assert len(run) == 2
    assert (await pond.ask(NODE, mei, id=me["id"]))["node"]["phone"] == PHONE


async def test_nobody_else_sees_a_member_at_all(pond: Pond) -> None:
    mei = await a_member(pond, phone=PHONE)
    others = [VISITOR, await a_member(pond, "Eve"), await staff(pond, Role.FINANCE)]

    for other in others:
        assert await pond.ask(NODE, other, id=id_of_member(mei)) == {"node": None}
        assert await pond.errors(MEMBER, other, phone=PHONE) != []


async def test_an_operator_finds_a_member_with_what_is_private_hidden(pond: Pond) -> None:
    mei, operator = await a_member(pond, "Mei", phone=PHONE), await staff(pond, Role.OPERATOR)
    await pond.ask(UPDATE, mei, input={"birthday": "1990-05-01"})
    await save(pond, mei)

    for key in ({"phone": "13812345678"}, {"id": id_of_member(mei)}):
        member = (await pond.ask(MEMBER, operator, **key))["member"]
        hidden = {"phone": "138****5678", "birthday": None, "addresses": []}
        assert member == {"id": id_of_member(mei), "nickname": "Mei", **hidden}
    assert await pond.ask(MEMBER, operator, phone="13912345678") == {"member": None}
    assert await pond.errors(MEMBER, operator) == ["BAD_USER_INPUT"]


async def test_what_is_left_out_stays_and_null_clears(pond: Pond) -> None:
    mei = await a_member(pond, "Mei")
    everything = {"nickname": "小梅", "birthday": "1990-05-01", "avatarUrl": "https://a.example/m.png"}
    await pond.ask(UPDATE, mei, input=everything)
    kept = await pond.ask(UPDATE, mei, input={"avatarUrl": None})
    same = await pond.ask(UPDATE, mei, input={})

    assert kept["profileUpdate"]["member"] == everything | {"avatarUrl": None}
    assert same["profileUpdate"]["member"] == kept["profileUpdate"]["member"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"nickname": None}, "nickname"),
        ({"nickname": " "}, "nickname"),
        ({"birthday": "2026-11-23"}, "birthday"),
        ({"avatarUrl": "javascript:alert(1)"}, "avatarUrl"),
    ],
)
async def test_a_profile_is_refused(pond: Pond, change: Any, name: str) -> None:
    refused = await pond.refused(UPDATE, await a_member(pond), input=change)

    assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", name]}]


async def test_two_changes_at_once_both_count(pond: Pond) -> None:
    mei = await a_member(pond)
    await asyncio.gather(
        pond.ask(UPDATE, mei, input={"nickname": "New"}), pond.ask(UPDATE, mei, input={"birthday": "1990-05-01"})
    )

    me = (await pond.ask(ME, mei))["me"]
    assert (me["nickname"], me["birthday"]) == ("New", "1990-05-01")


async def test_the_first_address_is_the_default_and_another_can_take_its_place(pond: Pond) -> None:
    mei = await a_member(pond)
    first = (await save(pond, mei))["address"]
    second = (await save(pond, mei, name="Office"))["address"]
    assert (first["isDefault"], first["phone"], second["isDefault"]) == (True, PHONE, False)

    await save(pond, mei, addressId=second["id"], name="New office", isDefault=True)
    assert [(a["name"], a["isDefault"]) for a in await addresses(pond, mei)] == [("New office", True), ("梅", False)]


async def test_many_new_defaults_at_once_leave_one(pond: Pond) -> None:
    mei = await a_member(pond)
    await asyncio.gather(*(save(pond, mei, name=f"{n}", isDefault=True) for n in range(8)))

    assert sum(a["isDefault"] for a in await addresses(pond, mei)) == 1


async def test_a_member_keeps_20_addresses_even_when_many_come_at_once(pond: Pond) -> None:
    mei = await a_member(pond)
    for n in range(15):
        await save(pond, mei, name=f"{n}")
    answers = await asyncio.gather(*(save(pond, mei, name=f"{n}") for n in range(8)))

    assert sum(answer["userErrors"] == [] for answer in answers) == 5
    assert {e["code"] for answer in answers for e in answer["userErrors"]} == {"CONFLICT"}
    assert len(await addresses(pond, mei)) == 20


async def test_without_the_lock_on_the_member_there_would_be_more(pond: Pond, monkeypatch: pytest.MonkeyPatch) -> None:
    mei = await a_member(pond)
    for n in range(19):
        await save(pond, mei, name=f"{n}")
    both_counted, count = asyncio.Barrier(2), db.addresses.how_many

    async def no_lock(tx: Any, member_id: Any) -> Member:
        return (await db.members.members_by_id(tx, [member_id]))[member_id]

    async def counted(tx: Any, member_id: Any) -> int:
        number = await count(tx, member_id)
        await both_counted.wait()
        return number

    monkeypatch.setattr(db.members, "lock", no_lock)
    monkeypatch.setattr(db.addresses, "how_many", counted)
    await asyncio.gather(save(pond, mei), save(pond, mei))
    assert len(await addresses(pond, mei)) == 21


async def test_an_address_is_its_members_alone(pond: Pond) -> None:
    mei, eve = await a_member(pond), await a_member(pond, "Eve")
    home = (await save(pond, mei))["address"]["id"]

    assert (await pond.ask(NODE, mei, id=home))["node"]["line"] == "南京东路1号"
    assert await pond.ask(NODE, eve, id=home) == {"node": None}
    not_found = [{"code": "NOT_FOUND", "path": ["input", "addressId"]}]
    assert (await save(pond, eve, addressId=home))["userErrors"] == not_found
    assert await pond.refused(REMOVE, eve, id=home) == not_found
    assert await pond.errors(REMOVE, VISITOR, id=home) == ["UNAUTHENTICATED"]


async def test_an_address_is_removed_once(pond: Pond) -> None:
    mei = await a_member(pond)
    home = (await save(pond, mei))["address"]["id"]

    assert (await pond.ask(REMOVE, mei, id=home))["addressRemove"]["removedId"] == home
    assert await addresses(pond, mei) == []
    assert [e["code"] for e in await pond.refused(REMOVE, mei, id=home)] == ["NOT_FOUND"]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param({"phone": "12"}, "phone", id="phone"),
        pytest.param({"name": " "}, "name", id="nobody"),
        pytest.param({"line": "x" * 201}, "line", id="long"),
        pytest.param({"city": "a\0b"}, "city", id="NUL"),
    ],
)
async def test_an_address_is_refused(pond: Pond, change: Any, name: str) -> None:
    refused = (await save(pond, await a_member(pond), **change))["userErrors"]

    assert refused == [{"code": "BAD_USER_INPUT", "path": ["input", name]}]


async def test_who_forges_an_id_finds_nothing(pond: Pond) -> None:
    mei = await a_member(pond)
    assert mei.member_id is not None
    as_address = id_of(Kind.ADDRESS, mei.member_id)

    assert await pond.ask(NODE, mei, id=as_address) == {"node": None}
    assert [e["code"] for e in await pond.refused(REMOVE, mei, id=id_of_member(mei))] == ["NOT_FOUND"]
