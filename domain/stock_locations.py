"""Stock locations: the warehouses and stores that hold stock, and which of them serves an order (R01)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, between, text_within
from domain.regions import plain_name

DEFAULT_LOCATION = UUID("00000000-0000-7000-8000-000000000001")
"""The warehouse that is always there. Stock that nobody puts elsewhere, and what plays set aside, is there."""

LEAST_URGENT = 10_000
MOST_LOCATIONS = 1_000
MOST_REGIONS = 50


class LocationKind(Enum):
    WAREHOUSE = "WAREHOUSE"
    STORE = "STORE"


@record
class StockLocation:
    """A place that holds stock. Smaller priorities come first; `regions` are provinces that it is the nearest to."""

    id: UUID
    kind: LocationKind
    name: str
    unit_id: UUID | None
    """The unit of the organisation that it belongs to; of a store, the store."""
    priority: int
    ships: bool
    picks_up: bool
    regions: tuple[str, ...]
    active: bool
    version: int
    external_reference: str | None

    @property
    def near(self) -> set[str]:
        """The regions as they are called for short."""
        return set(map(plain_name, self.regions))


@record
class LocationDraft:
    """A location as staff describe it; saving one replaces what was there."""

    kind: LocationKind
    name: str
    unit_id: UUID | None = None
    priority: int = 100
    ships: bool = True
    picks_up: bool = False
    regions: Sequence[str] = ()
    active: bool = True
    external_reference: str | None = None


def check_draft(draft: LocationDraft, *, is_default: bool) -> LocationDraft:
    """A location without surrounding space, held to its bounds.

    Raises:
        BadInput: a text or number is out of bounds, a store has no unit, only stores are fetched from, or the
            default warehouse would not ship any more.
    """
    between(draft.priority, 0, LEAST_URGENT, "input", "priority")
    between(len(draft.regions), 0, MOST_REGIONS, "input", "regions")
    if draft.kind is LocationKind.STORE and draft.unit_id is None:
        raise BadInput("a store's unit", "门店须指定所属组织", path=("input", "unitId"))
    if draft.picks_up and draft.kind is not LocationKind.STORE:
        raise BadInput("only from a store", "只有门店可以自提", path=("input", "picksUp"))
    if is_default and not (draft.kind is LocationKind.WAREHOUSE and draft.active):
        raise BadInput("the default warehouse stays one", "默认仓库须保持启用", path=("input", "active"))
    reference = draft.external_reference
    return replace(
        draft,
        name=text_within(draft.name, 100, "input", "name"),
        regions=[text_within(one, 50, "input", "regions", str(i)) for i, one in enumerate(draft.regions)],
        external_reference=None if reference is None else text_within(reference, 100, "input", "externalReference"),
    )


def places_to_ship_from(locations: Iterable[StockLocation], province: str | None) -> list[UUID]:
    """The locations that send parcels: those nearest to the province first, then by priority."""
    ships = [one for one in locations if one.active and one.ships]
    here = None if province is None else plain_name(province)
    return [one.id for one in sorted(ships, key=lambda one: (here not in one.near, one.priority, one.id))]


def places_to_fetch_from(locations: Iterable[StockLocation], store_id: UUID) -> list[UUID]:
    """Where what is fetched from a store lies: there, or nowhere."""
    return [one.id for one in locations if one.active and one.picks_up and one.unit_id == store_id]
