"""The organisation: what stands below what (R01)."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.refusals import BadInput
from domain.stores import OrgUnit, UnitDraft, UnitKind, check_draft, path_below

HQ = OrgUnit(UUID(int=1), UnitKind.HQ, "Headquarters", None, "hq.", None, None, None, None, None, 1, None)
EAST = replace(HQ, id=UUID(int=2), kind=UnitKind.REGION, name="East", parent_id=HQ.id, path="hq.east.")
WEST = replace(EAST, id=UUID(int=3), name="West", path="hq.west.")
SHOP = replace(EAST, id=UUID(int=4), kind=UnitKind.STORE, name="Shop", parent_id=EAST.id, path="hq.east.s1.")
A_SHOP = UnitDraft(UnitKind.STORE, "Shop", "s1", parent_id=EAST.id)
A_REGION = UnitDraft(UnitKind.REGION, "East", "east", parent_id=HQ.id)


def test_a_path_names_all_units_above() -> None:
    assert path_below(EAST, A_SHOP) == "hq.east.s1."
    assert path_below(WEST, A_SHOP, SHOP) == "hq.west.s1."
    assert path_below(None, UnitDraft(UnitKind.HQ, "Headquarters", "hq")) == "hq."
    assert SHOP.slug == "s1"


@pytest.mark.parametrize(
    ("parent", "draft", "unit"),
    [
        pytest.param(SHOP, A_SHOP, None, id="below a store"),
        pytest.param(EAST, A_REGION, EAST, id="below itself"),
        pytest.param(replace(WEST, path="hq.east.west."), A_REGION, EAST, id="below a unit of its own"),
        pytest.param(HQ, A_REGION, SHOP, id="of another kind than before"),
        pytest.param(replace(EAST, path="a." * 8), A_SHOP, None, id="deeper than 8"),
    ],
)
def test_a_unit_cannot_stand(parent: OrgUnit, draft: UnitDraft, unit: OrgUnit | None) -> None:
    with pytest.raises(BadInput):
        path_below(parent, draft, unit)


@pytest.mark.parametrize(
    ("change", "name"),
    [
        pytest.param({"name": " "}, "name", id="without a name"),
        pytest.param({"slug": "East"}, "slug", id="with capitals in its slug"),
        pytest.param({"slug": "a.b"}, "slug", id="with a dot in its slug"),
        pytest.param({"slug": "x" * 41}, "slug", id="with a long slug"),
        pytest.param({"slug": "门店"}, "slug", id="with Chinese in its slug"),
        pytest.param({"parent_id": None}, "parentId", id="without a parent"),
        pytest.param({"kind": UnitKind.HQ}, "parentId", id="as headquarters below another"),
        pytest.param({"latitude": 31.2}, "latitude", id="with half a position"),
        pytest.param({"latitude": 91.0, "longitude": 0.0}, "latitude", id="beyond the pole"),
        pytest.param({"latitude": float("nan"), "longitude": 0.0}, "latitude", id="nowhere"),
        pytest.param({"opening_hours": "x" * 201}, "openingHours", id="with an essay on its hours"),
    ],
)
def test_a_unit_is_refused(change: dict[str, object], name: str) -> None:
    with pytest.raises(BadInput) as refusal:
        check_draft(replace(A_SHOP, **change))  # type: ignore[arg-type]

    assert refusal.value.path == ("input", name)
