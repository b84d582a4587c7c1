"""Where units stood: a move never rewrites history (R01), and whose a store is (R14)."""

from __future__ import annotations

from typing import Any

from domain.identity import Role
from domain.stores import OrgUnit, UnitKind
from schema.ids import Kind, id_of
from tests.makers_members import a_unit, headquarters, staff
from tests.pond import Pond, statements

SAVE = """mutation($input: OrgUnitSaveInput!) { orgUnitSave(input: $input) {
    unit { id ownership store { ownership } places { path parentId since until } } userErrors { code path message } } }"""
THEN = """query($at: DateTime!) { organisationThen(at: $at) { path unit { id name } children { path
    unit { name } children { path unit { name path } children { path } } } } }"""


async def moved(pond: Pond, unit: OrgUnit, to: OrgUnit, **other: Any) -> Any:
    draft = {"kind": unit.kind.value, "name": unit.name, "slug": unit.slug} | other
    ids = {"unitId": id_of(Kind.ORG_UNIT, unit.id), "parentId": id_of(Kind.ORG_UNIT, to.id)}
    return (await pond.ask(SAVE, await staff(pond, Role.OPERATOR), input=draft | ids))["orgUnitSave"]


async def a_tree(pond: Pond) -> tuple[OrgUnit, OrgUnit, OrgUnit, OrgUnit]:
    hq = await headquarters(pond)
    east, west = [await a_unit(pond, UnitKind.REGION, hq, slug=slug, name=slug) for slug in ("east", "west")]
    city = await a_unit(pond, UnitKind.REGION, east, slug="city", name="city")
    return east, west, city, await a_unit(pond, UnitKind.STORE, city, slug="s1", name="shop")


async def test_the_tree_of_a_time_is_as_it_was_then(pond: Pond) -> None:
    _, west, city, _ = await a_tree(pond)
    before, at = pond.time, pond.later(days=1)
    await moved(pond, city, west)
    clerk = await staff(pond, Role.CONTENT)

    def paths(root: Any) -> list[str]:
        return [root["path"], *(path for child in root.get("children", []) for path in paths(child))]

    with statements() as run:
        then = (await pond.ask(THEN, clerk, at=before.isoformat()))["organisationThen"]
    now = (await pond.ask(THEN, clerk, at=at.isoformat()))["organisationThen"]
    assert paths(then) == ["hq.", "hq.east.", "hq.east.city.", "hq.east.city.s1.", "hq.west."]
    assert paths(now) == ["hq.", "hq.east.", "hq.west.", "hq.west.city.", "hq.west.city.s1."]
    assert then["children"][0]["children"][0]["unit"] == {"name": "city", "path": "hq.west.city."}
    assert len(run) == 8
    long_ago = await pond.ask(THEN, clerk, at="2020-01-01T00:00:00Z")
    assert long_ago == {"organisationThen": None}


async def test_a_unit_that_moved_says_where_it_stood_and_until_when(pond: Pond) -> None:
    east, west, city, _ = await a_tree(pond)
    made, at = pond.time, pond.later(hours=1)

    places = (await moved(pond, city, west))["unit"]["places"]
    same = (await moved(pond, city, west, name="City"))["unit"]["places"]

    assert places == [
        {"path": "hq.west.city.", "parentId": id_of(Kind.ORG_UNIT, west.id), "since": iso(at), "until": None},
        {"path": "hq.east.city.", "parentId": id_of(Kind.ORG_UNIT, east.id), "since": iso(made), "until": iso(at)},
    ]
    assert same == places


def iso(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))


async def test_each_place_names_all_that_was_above_it(pond: Pond) -> None:
    east, west, city, shop = await a_tree(pond)
    pond.later(hours=1)
    await moved(pond, city, west)
    pond.later(hours=1)
    await moved(pond, west, east)
    hq = await headquarters(pond)

    rows = await pond.select("SELECT units FROM org_unit_place WHERE unit_id = $1 ORDER BY since", shop.id)

    assert [row["units"] for row in rows] == [
        [hq.id, east.id, city.id, shop.id],
        [hq.id, west.id, city.id, shop.id],
        [hq.id, east.id, west.id, city.id, shop.id],
    ]


async def test_a_store_says_whose_it_is_and_no_other_unit_does(pond: Pond) -> None:
    _, west, city, shop = await a_tree(pond)

    kept = (await moved(pond, shop, west, ownership="FRANCHISE"))["unit"]
    refused = (await moved(pond, city, west, ownership="DEALER"))["userErrors"]

    assert (kept["ownership"], kept["store"]) == ("FRANCHISE", {"ownership": "FRANCHISE"})
    assert [(one["code"], one["path"]) for one in refused] == [("BAD_USER_INPUT", ["input", "ownership"])]
