"""Stores: the brand's organisation, from headquarters down to each shop, and who works where (R01)."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from domain.identity import Role
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, text_within

MOST_CHILDREN = 500
DEEPEST_UNIT = 8
MOST_PLACES = 100
"""Of one unit, that are shown: the latest."""


class UnitKind(Enum):
    HQ = "HQ"
    REGION = "REGION"
    CHANNEL = "CHANNEL"
    DEALER = "DEALER"
    STORE = "STORE"


class Ownership(Enum):
    """Whose a store is (R14)."""

    DIRECT = "DIRECT"
    DEALER = "DEALER"
    FRANCHISE = "FRANCHISE"


@record
class OrgUnit:
    """A unit of the organisation. `path` names it and all above it, such as `hq.east.s1.`.

    Whatever happens at a unit keeps the path of that moment, so a unit that moves takes no history along.
    """

    id: UUID
    kind: UnitKind
    name: str
    parent_id: UUID | None
    path: str
    address: str | None
    phone: str | None
    opening_hours: str | None
    latitude: float | None
    longitude: float | None
    version: int
    external_reference: str | None
    ownership: Ownership = Ownership.DIRECT

    @property
    def slug(self) -> str:
        """The last word of the path."""
        return self.path.rstrip(".").rpartition(".")[2]


@record
class Store:
    """A shop as everybody sees it."""

    id: UUID
    name: str
    address: str | None
    phone: str | None
    opening_hours: str | None
    latitude: float | None
    longitude: float | None
    region_name: str | None
    external_reference: str | None
    ownership: Ownership


@record
class UnitDraft:
    """A unit as staff or an importer describes it; saving one replaces what was there."""

    kind: UnitKind
    name: str
    slug: str
    parent_id: UUID | None = None
    address: str | None = None
    phone: str | None = None
    opening_hours: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    external_reference: str | None = None
    ownership: Ownership = Ownership.DIRECT


@record
class Place:
    """Where a unit stood in the tree, from a time on; `until` is None while it stands there.

    `units` are the root, each unit below it, and the unit itself last: they stay true when paths are given to others.
    """

    id: int
    unit_id: UUID
    path: str
    units: tuple[UUID, ...]
    since: datetime
    until: datetime | None

    @property
    def parent_id(self) -> UUID | None:
        """The unit that was right above."""
        return self.units[-2] if len(self.units) > 1 else None


@record
class StaffDuty:
    """One person's role at one unit, from a time on; `until` is None while it lasts."""

    id: UUID
    member_id: UUID
    unit_id: UUID
    role: Role
    since: datetime
    until: datetime | None


@dataclass(eq=False)
class AlreadyAppointed(Refusal):
    """The member has this role at this unit already."""

    code = ErrorCode.CONFLICT


_MOST = {"name": 100, "address": 200, "phone": 32, "opening_hours": 200, "external_reference": 100}
_NAMES = {"opening_hours": "openingHours", "external_reference": "externalReference"}


def check_draft(draft: UnitDraft) -> UnitDraft:
    """The unit without surrounding space, held to the rules that need no look at other units.

    Raises:
        BadInput: a text or number is out of bounds, or a place in the tree that its kind cannot have.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", draft.slug, re.ASCII) or len(draft.slug) > 40:
        raise BadInput(
            "lower-case letters, digits and single hyphens", "只能是小写字母、数字和连字符", path=("input", "slug")
        )
    if (draft.kind is UnitKind.HQ) != (draft.parent_id is None):
        raise BadInput("a parent, but for headquarters", "总部没有上级,其他组织必须有上级", path=("input", "parentId"))
    if draft.ownership is not Ownership.DIRECT and draft.kind is not UnitKind.STORE:
        raise BadInput("an ownership for stores alone", "只有门店有经营类型", path=("input", "ownership"))
    _check_position(draft)
    texts = {name: getattr(draft, name) for name in _MOST}
    checked: dict[str, Any] = {
        name: text_within(value, _MOST[name], "input", _NAMES.get(name, name))
        for name, value in texts.items()
        if value is not None
    }
    return replace(draft, **checked)


def _check_position(draft: UnitDraft) -> None:
    if (draft.latitude is None) != (draft.longitude is None):
        raise BadInput("both of latitude and longitude, or none", "经纬度必须同时提供", path=("input", "latitude"))
    for name, value, most in (("latitude", draft.latitude, 90), ("longitude", draft.longitude, 180)):
        if value is not None and not -most <= value <= most:
            raise BadInput(f"from -{most} to {most}", f"应在 -{most} 到 {most} 之间", path=("input", name))


def path_below(parent: OrgUnit | None, draft: UnitDraft, unit: OrgUnit | None = None) -> str:
    """The path of a unit, new or moved, below its parent.

    Raises:
        BadInput: the unit would change its kind, stand below a store or itself, or too deep.
    """
    if unit is not None and unit.kind is not draft.kind:
        raise BadInput("the kind that it has", "组织类型不能更改", path=("input", "kind"))
    if parent is None:
        return f"{draft.slug}."
    if parent.kind is UnitKind.STORE:
        raise BadInput("no unit below a store", "门店下不能再设组织", path=("input", "parentId"))
    if unit is not None and parent.path.startswith(unit.path):
        raise BadInput("no unit below itself", "组织不能移到自己下面", path=("input", "parentId"))
    path = f"{parent.path}{draft.slug}."
    if path.count(".") > DEEPEST_UNIT:
        raise BadInput(f"a tree at most {DEEPEST_UNIT} deep", f"组织最多 {DEEPEST_UNIT} 层", path=("input", "parentId"))
    return path
