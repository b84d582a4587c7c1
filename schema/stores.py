"""Stores: what clients see of the organisation, and what operators do to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain import pages
from domain import stores as rules
from domain.identity import Role, Scope
from domain.stores import Ownership, UnitKind
from resolvers import members, stores
from resolvers.context import Context
from schema.access import attribute, batched, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.filters import IdFilter, StringFilter, condition_of
from schema.ids import Kind, identifier, key_if, key_of
from schema.lists import After, Before, Connection, First, Last
from schema.members import MemberCard
from schema.node import Node

described(
    UnitKind,
    "What a unit of the organisation is.",
    HQ="Headquarters (总部); there is one, at the root.",
    REGION="A region (大区).",
    CHANNEL="A channel of sale (渠道).",
    DEALER="A dealer (经销商), whose stores stand below it.",
    STORE="A store (门店); nothing stands below it.",
)
described(
    Ownership,
    "Whose a store is (R14). A brand may have all of them in one tree.",
    DIRECT="The brand's own (直营); its guides are employees.",
    DEALER="A dealer's (经销商), who settles with the brand by bills.",
    FRANCHISE="A franchisee's (加盟), who settles with the brand by bills.",
)
described(
    Role,
    "What a person does for the brand, at one unit and all below it.",
    OPERATOR="Runs the brand's pond; may do all that staff may.",
    CONTENT="Writes and publishes content.",
    MODERATOR="Decides on comments and bullet comments.",
    STORE_MANAGER="Runs a store or a region (店长).",
    FINANCE="Handles coins, commissions and payments.",
)


@object_type(scope=Scope.VISITOR, description="A store (门店) of the brand.", record=rules.Store)
class Store(Node):
    id: strawberry.ID = identifier(Kind.STORE)
    name: str = attribute("Its name.")
    address: str | None = attribute("Where it is.")
    phone: str | None = attribute("How to call it.")
    opening_hours: str | None = attribute("When it is open, in words.")
    latitude: float | None = attribute("Degrees north (GCJ-02, as maps in China have it).")
    longitude: float | None = attribute("Degrees east (GCJ-02).")
    region_name: str | None = attribute("The unit that it belongs to, such as a region.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")
    ownership: Ownership = attribute("Whose it is.")


async def _members(ctx: Context, duties: Sequence[rules.StaffDuty]) -> list[Any]:
    cards = await members.cards_by_id(ctx, [duty.member_id for duty in duties])
    return [cards[duty.member_id] for duty in duties]


@object_type(scope=Scope.STAFF, description="Where a unit stood in the organisation, from a time on.")
class OrgUnitPlace:
    path: str = attribute("The slugs of all units from the root to this one then, each with a dot.")
    parent_id: strawberry.ID | None = identifier(
        Kind.ORG_UNIT, "parent_id", description="The unit that was right above; null for headquarters."
    )
    since: datetime = attribute("Since when.")
    until: datetime | None = attribute("Until when; null while it stands there.")


def _path_then(then: stores.PlaceThen) -> str:
    return then.place.path


@object_type(scope=Scope.STAFF, description="A unit in the organisation as it was at a time.")
class OrgUnitThen:
    unit: OrgUnit = attribute("The unit as it is now.")
    path: str = derived(_path_then, "The slugs of all units from the root to this one then, each with a dot.")
    children: list[OrgUnitThen] = batched(
        stores.children_then, "The units that stood right below then, by path, at most 500.", cost=10, tree=True
    )


@object_type(scope=Scope.STAFF, description="A role that a member has at a unit.")
class StaffDuty:
    member: MemberCard = batched(_members, "Who.")
    role: Role = attribute("What they do.")
    unit: OrgUnit = batched(stores.units_of, "Where, and at all units below.")
    since: datetime = attribute("Since when.")
    until: datetime | None = attribute("Until when; null while it lasts.")


@object_type(scope=Scope.STAFF, description="A unit of the organisation.", record=rules.OrgUnit)
class OrgUnit(Node):
    id: strawberry.ID = identifier(Kind.ORG_UNIT)
    kind: UnitKind = attribute("What it is. It never changes.")
    name: str = attribute("Its name.")
    slug: str = attribute("Its name in paths: lower-case letters, digits and hyphens.")
    path: str = attribute("The slugs of all units from the root to this one, each with a dot, such as `hq.east.s1.`.")
    parent_id: strawberry.ID | None = identifier(
        Kind.ORG_UNIT, "parent_id", description="The unit right above; null for headquarters."
    )
    address: str | None = attribute("Where it is.")
    phone: str | None = attribute("How to call it.")
    opening_hours: str | None = attribute("When it is open, in words.")
    latitude: float | None = attribute("Degrees north (GCJ-02).")
    longitude: float | None = attribute("Degrees east (GCJ-02).")
    version: int = attribute("Rises with each change; edits state it.")
    external_reference: str | None = attribute("Its key in another system of the brand. Unique.")
    ownership: Ownership = attribute("Whose it is; DIRECT for what is no store.")
    places: list[OrgUnitPlace] = batched(
        stores.places_of, "Where it has stood in the tree, the latest place first, at most 100.", cost=5
    )
    children: list[OrgUnit] = batched(
        stores.children_of, "The units right below, by path, at most 500.", cost=10, tree=True
    )
    staff: list[StaffDuty] = batched(stores.staff_of, "Who works here now, first come first.", cost=5)
    store: Store | None = batched(stores.stores_of, "What everybody sees of it; null when it is no store.")


@strawberry.input(description="Which stores; all conditions must hold. AND, OR and NOT nest to depth 3.")
class StoreWhere:
    region_id: IdFilter | None = strawberry.field(default=UNSET, description="The unit right above, such as a region.")
    external_reference: StringFilter | None = strawberry.field(default=UNSET, description="The key in another system.")
    AND: list[StoreWhere] | None = strawberry.field(name="AND", default=UNSET, description="Each of these holds.")
    OR: list[StoreWhere] | None = strawberry.field(name="OR", default=UNSET, description="At least one of these holds.")
    NOT: StoreWhere | None = strawberry.field(name="NOT", default=UNSET, description="This does not hold.")


_WHERE_NAMES = {"region_id": "regionId", "external_reference": "externalReference"}
_WHERE_IDS = {"regionId": Kind.ORG_UNIT}


async def _stores(
    ctx: Context,
    *,
    first: First = None,
    after: After = None,
    last: Last = None,
    before: Before = None,
    where: Annotated[StoreWhere | None, strawberry.argument(description="Which ones.")] = None,
) -> Any:
    request = pages.page_request(first, after, last, before)
    return await stores.stores(ctx, request, condition_of(where, _WHERE_IDS, _WHERE_NAMES))


async def _store(
    ctx: Context,
    *,
    id: Annotated[strawberry.ID, strawberry.argument(name="id", description="Its id.")],
) -> Any:
    key = key_if(Kind.STORE, id)
    return None if key is None else (await stores.stores_by_id(ctx, [key])).get(key)


async def _then(
    ctx: Context, *, at: Annotated[datetime, strawberry.argument(description="The time.")]
) -> stores.PlaceThen | None:
    return await stores.organisation_then(ctx, at)


@strawberry.type
class StoreQuery:
    store: Store | None = query(_store, "One store.", scope=Scope.VISITOR)
    organisation: OrgUnit | None = query(
        stores.organisation, "Headquarters, the root of the organisation; null before it is set up.", scope=Scope.STAFF
    )
    organisation_then: OrgUnitThen | None = query(
        _then,
        "Headquarters at a time, the root of the organisation as it was then; null before there was one.",
        scope=Scope.STAFF,
    )
    stores: Connection[Store] = query(_stores, "The stores of the brand.", scope=Scope.VISITOR)


@strawberry.input(description="A whole unit. What is left out is emptied: saving replaces all of it.")
class OrgUnitSaveInput:
    unit_id: strawberry.ID | None = strawberry.field(
        default=None, description="The unit to replace. Left out: the one with `externalReference`, or a new one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the edit was made on; another one refuses it. 0: there is none yet."
    )
    kind: UnitKind = strawberry.field(description="What it is. It cannot be changed.")
    name: str = strawberry.field(description="1 to 100 characters.")
    slug: str = strawberry.field(
        description="Its name in paths: lower-case letters, digits and hyphens, at most 40. Unique below one parent."
    )
    parent_id: strawberry.ID | None = strawberry.field(
        default=None,
        description="The unit right above, an id of an OrgUnit that is no store; none for headquarters only. "
        "Another one than before moves the unit with all below it, at most 8 deep and 500 below one.",
    )
    address: str | None = strawberry.field(default=None, description="Where it is, at most 200 characters.")
    phone: str | None = strawberry.field(default=None, description="How to call it, at most 32 characters.")
    opening_hours: str | None = strawberry.field(default=None, description="In words, at most 200 characters.")
    latitude: float | None = strawberry.field(default=None, description="Degrees north, -90 to 90 (GCJ-02).")
    longitude: float | None = strawberry.field(default=None, description="Degrees east, -180 to 180 (GCJ-02).")
    external_reference: str | None = strawberry.field(
        default=None, description="Its key in another system, at most 100 characters. Unique."
    )
    ownership: Ownership = strawberry.field(
        default=Ownership.DIRECT, description="Whose a store is; left out, and for other units: DIRECT."
    )

    def draft(self) -> rules.UnitDraft:
        """The unit that the input describes.

        Raises:
            NotFound: the parent's id is of another kind.
        """
        return rules.UnitDraft(
            self.kind,
            self.name,
            self.slug,
            _key(self.parent_id, "parentId"),
            self.address,
            self.phone,
            self.opening_hours,
            self.latitude,
            self.longitude,
            self.external_reference,
            self.ownership,
        )


def _key(given: str | None, name: str) -> Any:
    return None if given is None else key_of(Kind.ORG_UNIT, given, "input", name)


@strawberry.input(description="A member, a unit, and what they are to do there.")
class StaffAppointInput:
    member_id: strawberry.ID = strawberry.field(description="Who.")
    unit_id: strawberry.ID = strawberry.field(description="Where, and at all units below.")
    role: Role = strawberry.field(description="What.")


@strawberry.input(description="A member, a unit, and what they no longer do there.")
class StaffDismissInput:
    member_id: strawberry.ID = strawberry.field(description="Who.")
    unit_id: strawberry.ID = strawberry.field(description="Where.")
    role: Role = strawberry.field(description="What.")


@object_type(scope=Scope.VISITOR, description="A unit that was saved.")
class OrgUnitSavePayload(Payload):
    unit: OrgUnit | None = attribute("The unit as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A duty that began.")
class StaffAppointPayload(Payload):
    duty: StaffDuty | None = attribute("The duty.", default=None)


@object_type(scope=Scope.VISITOR, description="A duty that ended.")
class StaffDismissPayload(Payload):
    duty: StaffDuty | None = attribute("The duty.", default=None)


async def _save(ctx: Context, *, input: OrgUnitSaveInput) -> Any:
    unit: Any = await stores.save_unit(
        ctx, input.draft(), unit_id=_key(input.unit_id, "unitId"), expected_version=input.expected_version
    )
    return OrgUnitSavePayload(unit=unit)


async def _appoint(ctx: Context, *, input: StaffAppointInput) -> Any:
    member_id = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    duty: Any = await stores.appoint(ctx, member_id, _key(input.unit_id, "unitId"), input.role)
    return StaffAppointPayload(duty=duty)


async def _dismiss(ctx: Context, *, input: StaffDismissInput) -> Any:
    member_id = key_of(Kind.MEMBER, input.member_id, "input", "memberId")
    duty: Any = await stores.dismiss(ctx, member_id, _key(input.unit_id, "unitId"), input.role)
    return StaffDismissPayload(duty=duty)


@strawberry.type
class StoreMutation:
    org_unit_save: OrgUnitSavePayload | None = mutation(
        _save,
        OrgUnitSavePayload,
        "Create, replace or move a unit, for its operators. What happened at it before keeps the path of its time.",
        scope=Scope.STAFF,
    )
    staff_appoint: StaffAppointPayload | None = mutation(
        _appoint,
        StaffAppointPayload,
        "Give a member a role at a unit and all below it, for its operators.",
        scope=Scope.STAFF,
    )
    staff_dismiss: StaffDismissPayload | None = mutation(
        _dismiss, StaffDismissPayload, "End a role of a member at a unit, for its operators.", scope=Scope.STAFF
    )


NODES = {Kind.STORE: stores.stores_by_id, Kind.ORG_UNIT: stores.units_by_id}
