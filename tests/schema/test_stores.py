"""The organisation: stores for everybody, the tree for staff, changes for operators (R01)."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import pytest

import db.stores
from db.connection import Writing
from domain.identity import VISITOR, Duty, Principal, Role, scopes_of
from domain.stores import OrgUnit, UnitKind
from resolvers.members import principal_of
from schema.ids import Kind, id_of
from tests.makers_members import a_member, a_store, a_unit, code_sent_to, headquarters, staff
from tests.pond import Pond, statements

STORES = """query($where: StoreWhere) { stores(first: 10, where: $where) {
    nodes { id name regionName address openingHours } totalCount { value exact } } }"""
TREE = """{ organisation { id kind name path parentId children { kind path parentId staff { role member { nickname } }
    children { path store { id name regionName } } } } }"""
SAVE = """mutation($input: OrgUnitSaveInput!) { orgUnitSave(input: $input) {
    unit { id kind name slug path version store { id } }
    userErrors { code path ... on VersionConflict { currentVersion } } } }"""
APPOINT = """mutation($member: ID!, $unit: ID!, $role: Role!) {
    staffAppoint(input: {memberId: $member, unitId: $unit, role: $role}) {
        duty { role since until member { nickname } unit { path } } userErrors { code path } } }"""
DISMISS = """mutation($member: ID!, $unit: ID!, $role: Role!) {
    staffDismiss(input: {memberId: $member, unitId: $unit, role: $role}) {
        duty { role until } userErrors { code path } } }"""


async def test_everybody_sees_the_stores_and_nothing_above_them(pond: Pond) -> None:
    east = await a_unit(pond, UnitKind.REGION, await headquarters(pond), name="East")
    store_id = await a_store(pond, "Nanjing Road", parent=east, address="1 Nanjing Road", opening_hours="10–22")
    await a_store(pond, "Elsewhere")

    data = await pond.ask(STORES, where={"regionId": {"eq": id_of(Kind.ORG_UNIT, east.id)}})
    (store,) = data["stores"]["nodes"]
    assert store == {
        "id": id_of(Kind.STORE, store_id),
        "name": "Nanjing Road",
        "regionName": "East",
        "address": "1 Nanjing Road",
        "openingHours": "10–22",
    }
    assert data["stores"]["totalCount"] == {"value": 1, "exact": True}
    assert len((await pond.ask(STORES))["stores"]["nodes"]) == 2
    unit = await pond.ask("query($id: ID!) { node(id: $id) { id } }", id=id_of(Kind.ORG_UNIT, store_id))
    assert unit == {"node": None}


async def test_a_store_is_found_by_its_id_and_nothing_else_is(pond: Pond) -> None:
    store_id, hq = await a_store(pond), await headquarters(pond)
    ask = "query($id: ID!) { store(id: $id) { name } node(id: $id) { ... on Store { name } } }"

    found = await pond.ask(ask, id=id_of(Kind.STORE, store_id))
    assert found == {"store": {"name": "A store"}, "node": {"name": "A store"}}
    for other in (id_of(Kind.STORE, hq.id), id_of(Kind.MEMBER, store_id), "nonsense", ""):
        assert (await pond.ask(ask, id=other))["store"] is None


async def test_staff_see_the_tree_in_one_statement_per_level(pond: Pond) -> None:
    hq = await headquarters(pond)
    east, west = [await a_unit(pond, UnitKind.REGION, hq, slug=slug) for slug in ("east", "west")]
    await a_store(pond, "Shop", parent=east, slug="s1")
    await a_store(pond, "Other shop", parent=west, slug="s2")
    manager = await staff(pond, Role.STORE_MANAGER, unit_id=east.id, nickname="Lin")
    with statements() as run:
        root = (await pond.ask(TREE, manager))["organisation"]

    assert (root["kind"], root["path"], root["parentId"]) == ("HQ", "hq.", None)
    assert [child["path"] for child in root["children"]] == ["hq.east.", "hq.west."]
    assert root["children"][0]["parentId"] == root["id"]
    assert root["children"][0]["staff"] == [{"role": "STORE_MANAGER", "member": {"nickname": "Lin"}}]
    assert root["children"][1]["children"][0]["store"]["name"] == "Other shop"
    assert len(run) == 6
    assert await pond.errors(TREE, await a_member(pond)) == ["FORBIDDEN"]
    assert await pond.errors(TREE) == ["UNAUTHENTICATED"]


async def test_before_it_is_set_up_there_is_no_organisation(pond: Pond) -> None:
    founder = Principal(
        scopes=scopes_of(member=True, active_guide=False, duties=(Duty(Role.OPERATOR, UUID(int=1), ""),))
    )

    assert await pond.ask("{ organisation { id } }", founder) == {"organisation": None}


async def save(pond: Pond, principal: Any, **given: Any) -> Any:
    return (await pond.ask(SAVE, principal, input=given))["orgUnitSave"]


async def test_an_operator_adds_a_region_and_a_store(pond: Pond) -> None:
    operator, hq = await staff(pond, Role.OPERATOR), await headquarters(pond)
    region = (
        await save(pond, operator, kind="REGION", name=" East ", slug="east", parentId=id_of(Kind.ORG_UNIT, hq.id))
    )["unit"]
    shop = (await save(pond, operator, kind="STORE", name="Shop", slug="s1", parentId=region["id"]))["unit"]

    assert (region["name"], region["path"], region["version"], region["store"]) == ("East", "hq.east.", 1, None)
    assert (shop["path"], shop["slug"]) == ("hq.east.s1.", "s1")
    assert shop["store"]["id"].startswith("sto_")


async def test_saving_the_same_again_changes_nothing(pond: Pond) -> None:
    operator, hq = await staff(pond, Role.OPERATOR), await headquarters(pond)
    shop = {"kind": "STORE", "name": "Shop", "slug": "s1", "externalReference": "erp-1"}
    shop["parentId"] = id_of(Kind.ORG_UNIT, hq.id)
    first = await save(pond, operator, **shop)
    again = await save(pond, operator, **shop)
    renamed = await save(pond, operator, **shop | {"name": "Big shop"})

    assert again == first
    assert (renamed["unit"]["id"], renamed["unit"]["version"]) == (first["unit"]["id"], 2)


async def test_a_unit_that_moves_takes_all_below_it_along(pond: Pond) -> None:
    operator, hq = await staff(pond, Role.OPERATOR), await headquarters(pond)
    east, west = [await a_unit(pond, UnitKind.REGION, hq, slug=slug) for slug in ("east", "west")]
    city = await a_unit(pond, UnitKind.REGION, east, slug="city")
    await a_store(pond, parent=city, slug="s1")
    await a_store(pond, parent=hq, slug="east2")
    moved = await save(
        pond,
        operator,
        unitId=id_of(Kind.ORG_UNIT, east.id),
        kind="REGION",
        name="East",
        slug="orient",
        parentId=id_of(Kind.ORG_UNIT, west.id),
        expectedVersion=1,
    )

    assert moved["unit"]["path"] == "hq.west.orient."
    assert await paths(pond) == [
        "hq.", "hq.east2.", "hq.west.", "hq.west.orient.", "hq.west.orient.city.", "hq.west.orient.city.s1."
    ]  # fmt: skip


async def paths(pond: Pond) -> list[str]:
    data = await pond.ask(
        "{ organisation { path children { path children { path children { path children { path } } } } } }",
        await staff(pond, Role.CONTENT),
    )

    def walk(unit: Any) -> list[str]:
        return [unit["path"], *(path for child in unit.get("children", []) for path in walk(child))]

    return sorted(walk(data["organisation"]))


async def move_each_below_the_other(pond: Pond) -> list[str]:
    """What becomes of two moves that would make a ring together, at the same time."""
    operator, hq = await staff(pond, Role.OPERATOR), await headquarters(pond)
    east, west = [await a_unit(pond, UnitKind.REGION, hq, slug=slug) for slug in ("east", "west")]

    async def below(unit: OrgUnit, parent: OrgUnit) -> str:
        given = {"unitId": id_of(Kind.ORG_UNIT, unit.id), "parentId": id_of(Kind.ORG_UNIT, parent.id)}
        given |= {"kind": "REGION", "name": unit.name, "slug": unit.slug}
        result = await pond.execute(SAVE, operator, input=given)
        if result.errors:
            return "fault"
        return "refused" if result.data["orgUnitSave"]["userErrors"] else "moved"

    return sorted(await asyncio.gather(below(east, west), below(west, east)))


async def test_of_two_moves_that_would_make_a_ring_one_is_refused(pond: Pond) -> None:
    assert await move_each_below_the_other(pond) == ["moved", "refused"]
    assert len(await paths(pond)) == 3


async def test_without_the_lock_on_the_tree_neither_would_be_refused(
    pond: Pond, monkeypatch: pytest.MonkeyPatch
) -> None:
    both_there = asyncio.Barrier(2)

    async def no_lock(tx: Writing) -> None:
        pass

    async def has_room(tx: Writing, parent_id: UUID) -> bool:
        await both_there.wait()
        return True

    monkeypatch.setattr(db.stores, "lock_tree", no_lock)
    monkeypatch.setattr(db.stores, "has_room", has_room)

    assert "refused" not in await move_each_below_the_other(pond)  # a ring, or a deadlock that PostgreSQL ends


async def test_what_is_taken_is_refused(pond: Pond) -> None:
    operator, hq = await staff(pond, Role.OPERATOR), await headquarters(pond)
    await a_store(pond, slug="s1", external_reference="erp-1")
    given = {"kind": "STORE", "name": "Shop", "parentId": id_of(Kind.ORG_UNIT, hq.id)}

    assert (await save(pond, operator, **given, slug="s1"))["userErrors"] == [
        {"code": "CONFLICT", "path": ["input", "slug"]}
    ]
    assert (await save(pond, operator, kind="HQ", name="Second", slug="hq2"))["userErrors"] == [
        {"code": "CONFLICT", "path": ["input", "kind"]}
    ]
    member_as_parent = {**given, "parentId": id_of(Kind.MEMBER, hq.id), "slug": "s2"}
    assert (await save(pond, operator, **member_as_parent))["userErrors"][0]["code"] == "NOT_FOUND"


async def test_an_edit_on_an_old_version_is_refused(pond: Pond) -> None:
    operator, hq = await staff(pond, Role.OPERATOR), await headquarters(pond)
    shop_id = id_of(Kind.ORG_UNIT, await a_store(pond, slug="s1"))
    given = {"kind": "STORE", "slug": "s1", "unitId": shop_id, "parentId": id_of(Kind.ORG_UNIT, hq.id)}
    await save(pond, operator, **given, name="Second", expectedVersion=1)
    refused = await save(pond, operator, **given, name="Third", expectedVersion=1)

    assert refused["userErrors"] == [
        {"code": "STALE_VERSION", "path": ["input", "expectedVersion"], "currentVersion": 2}
    ]


async def test_an_operator_of_a_region_changes_nothing_outside_of_it(pond: Pond) -> None:
    hq = await headquarters(pond)
    east, west = [await a_unit(pond, UnitKind.REGION, hq, slug=slug) for slug in ("east", "west")]
    operator = await staff(pond, Role.OPERATOR, unit_id=east.id)
    here = await save(pond, operator, kind="STORE", name="S", slug="s1", parentId=id_of(Kind.ORG_UNIT, east.id))
    there = await save(pond, operator, kind="STORE", name="S", slug="s1", parentId=id_of(Kind.ORG_UNIT, west.id))
    mei = id_of(Kind.MEMBER, (await a_member(pond)).member_id)  # type: ignore[arg-type]
    appointed = await pond.refused(APPOINT, operator, member=mei, unit=id_of(Kind.ORG_UNIT, hq.id), role="OPERATOR")

    assert here["userErrors"] == []
    assert there["userErrors"] == [{"code": "FORBIDDEN", "path": ["input", "parentId"]}]
    assert appointed == [{"code": "FORBIDDEN", "path": ["input", "unitId"]}]


async def test_only_operators_change_the_organisation(pond: Pond) -> None:
    manager = await staff(pond, Role.STORE_MANAGER)
    given = {"kind": "HQ", "name": "Mine", "slug": "hq"}

    assert await pond.refused(SAVE, manager, input=given) == [{"code": "FORBIDDEN", "path": ["input", "parentId"]}]
    assert await pond.errors(SAVE, await a_member(pond), input=given) == ["FORBIDDEN"]
    assert await pond.errors(SAVE, VISITOR, input=given) == ["UNAUTHENTICATED"]


async def test_who_is_appointed_can_do_it_at_once_and_no_longer_once_dismissed(pond: Pond) -> None:
    operator = await staff(pond, Role.OPERATOR)
    phone = "+8613812345678"
    await pond.ask('mutation { phoneCodeRequest(input: {phone: "13812345678"}) { sent } }')
    login = await pond.ask(
        """mutation($phone: String!, $code: String!) { memberLoginByPhone(input: {phone: $phone, code: $code}) {
            member { id } tokens { accessToken } } }""",
        phone=phone,
        code=await code_sent_to(pond, phone),
    )
    token = login["memberLoginByPhone"]["tokens"]["accessToken"]
    duty = {
        "member": login["memberLoginByPhone"]["member"]["id"],
        "unit": id_of(Kind.ORG_UNIT, (await headquarters(pond)).id),
        "role": "MODERATOR",
    }

    async def roles() -> list[Role]:
        holder = await principal_of(pond.database, token, pond.time)
        return [] if holder is None else [duty.role for duty in holder.duties]

    assert await roles() == []
    await pond.ask(APPOINT, operator, **duty)
    assert await roles() == [Role.MODERATOR]
    assert await pond.refused(APPOINT, operator, **duty) == [{"code": "CONFLICT", "path": ["input", "role"]}]
    pond.later(days=1)
    dismissed = await pond.ask(DISMISS, operator, **duty)
    assert dismissed["staffDismiss"]["duty"] == {"role": "MODERATOR", "until": "2026-11-23T04:00:00Z"}
    assert await roles() == []
    assert await pond.refused(DISMISS, operator, **duty) == [{"code": "NOT_FOUND", "path": ["input", "memberId"]}]
    assert await pond.refused(APPOINT, operator, **duty) == []


async def test_of_two_appointments_at_once_one_is_made(pond: Pond) -> None:
    operator, mei = await staff(pond, Role.OPERATOR), await a_member(pond)
    duty = {
        "member": id_of(Kind.MEMBER, mei.member_id),  # type: ignore[arg-type]
        "unit": id_of(Kind.ORG_UNIT, (await headquarters(pond)).id),
        "role": "CONTENT",
    }
    answers = await asyncio.gather(*(pond.refused(APPOINT, operator, **duty) for _ in range(4)))

    assert sorted(len(errors) for errors in answers) == [0, 1, 1, 1]


def test_a_role_reaches_the_unit_and_all_below_it() -> None:
    manager = Principal(duties=(Duty(Role.STORE_MANAGER, UUID(int=1), "hq.east."),))

    assert manager.has_duty(Role.STORE_MANAGER, "hq.east.s1.")
    assert not manager.has_duty(Role.STORE_MANAGER, "hq.")
    assert not manager.has_duty(Role.STORE_MANAGER, "hq.east2.")
    assert not manager.has_duty(Role.FINANCE, "hq.east.")
