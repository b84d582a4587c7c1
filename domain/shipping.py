"""Shipping: what it costs to send goods to a region, by templates that the brand writes (运费模板).

Several templates in one order go in one parcel: the dearest first fee is paid once, and what belongs to the other
templates is charged as additional units, though never more than it would cost by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Protocol
from uuid import UUID

from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between, text_within
from domain.regions import Region, plain_name

MOST_TEMPLATES = 200
MOST_ZONES = 50
MOST_REGIONS = 400
MOST_ASSIGNED = 100
MOST_FEE = 100_000_00
MOST_GOODS = 100_000_000_00
MOST_UNITS = 1_000_000


class Charging(Enum):
    """What is counted: pieces, grams, or nothing."""

    PIECE = "PIECE"
    WEIGHT = "WEIGHT"
    FIXED = "FIXED"


@record
class Zone:
    """What it costs to send to some regions; without regions, to everywhere else.

    The first so many pieces or grams cost `first_fee`, each additional so many `additional_fee` more, begun ones
    too. Fees are fen. It costs nothing from an amount of goods (fen) or a number of pieces on.
    """

    regions: tuple[Region, ...] = ()
    served: bool = True
    first: int = 1
    first_fee: int = 0
    additional: int = 1
    additional_fee: int = 0
    free_from_amount: int | None = None
    free_from_pieces: int | None = None

    def is_free(self, pieces: int, goods: int) -> bool:
        amount, count = self.free_from_amount, self.free_from_pieces
        return (amount is not None and goods >= amount) or (count is not None and pieces >= count)

    def as_additional(self, units: int) -> int:
        """What the units cost in a parcel whose first fee is paid."""
        return -(-max(units, 0) // self.additional) * self.additional_fee


@record
class Template:
    """How some products are charged for; the default one is for all that have none."""

    id: UUID
    name: str
    charging: Charging
    zones: tuple[Zone, ...]
    is_default: bool
    version: int

    def zone_of(self, province: str, city: str) -> Zone | None:
        """The zone of an address: by its city, else by its province, else everywhere else; None is not sent to."""
        found = [
            (region.city is None, i)
            for i, zone in enumerate(self.zones)
            for region in zone.regions
            if region.has(province, city)
        ]
        rest = next((zone for zone in self.zones if not zone.regions), None)
        zone = self.zones[min(found)[1]] if found else rest
        return zone if zone is not None and zone.served else None


@dataclass(eq=False)
class AddressNotServed(Refusal):
    """Something in the order is not sent to this address."""

    code = ErrorCode.ADDRESS_NOT_SERVED
    product_id: UUID


class Parcelled(Protocol):
    """A line, as far as its shipping is concerned."""

    @property
    def product_id(self) -> UUID: ...
    @property
    def quantity(self) -> int: ...
    @property
    def weight_g(self) -> int: ...


@record
class _Part:
    """What of a parcel one template is for: its zone there, and how much of it there is."""

    zone: Zone
    charging: Charging
    pieces: int
    grams: int

    @property
    def units(self) -> int:
        return {Charging.PIECE: self.pieces, Charging.WEIGHT: self.grams, Charging.FIXED: 0}[self.charging]

    @property
    def alone(self) -> int:
        return self.zone.first_fee + self.zone.as_additional(self.units - self.zone.first)

    @property
    def beside_another(self) -> int:
        return min(self.alone, self.zone.as_additional(self.units))


@record
class ShippingTerms:
    """What it costs to send goods to one place. The price engine takes it as its `Shipping`.

    `templates` are by product; products that are not there go by the default one, and cost nothing without one.
    """

    templates: Mapping[UUID, Template]
    default: Template | None
    province: str = ""
    city: str = ""

    def to(self, province: str, city: str) -> ShippingTerms:
        """The same for another place; without one, they are those of everywhere else."""
        return replace(self, province=province, city=city)

    def fee(self, items: Sequence[Parcelled], goods: int) -> int:
        """The fee in fen for items whose goods cost so many fen; what is not sent to this place adds nothing."""
        paid = [part for part in self._parts(items) if not part.zone.is_free(part.pieces, goods)]
        if not paid:
            return 0
        dearest = max(paid, key=lambda part: part.zone.first_fee)
        return dearest.alone + sum(part.beside_another for part in paid if part is not dearest)

    def refusals(self, items: Iterable[Parcelled]) -> list[AddressNotServed]:
        """What is not sent to this place: each product once."""
        return [
            AddressNotServed(product_id, path=("input", "addressId"))
            for product_id in dict.fromkeys(item.product_id for item in items)
            if (template := self._of(product_id)) is not None and self._zone_of(template) is None
        ]

    def _of(self, product_id: UUID) -> Template | None:
        return self.templates.get(product_id, self.default)

    def _zone_of(self, template: Template) -> Zone | None:
        return template.zone_of(self.province, self.city)

    def _parts(self, items: Iterable[Parcelled]) -> Iterator[_Part]:
        counted: dict[UUID, tuple[Template, int, int]] = {}
        for item in items:
            if (template := self._of(item.product_id)) is not None:
                _, pieces, grams = counted.get(template.id, (template, 0, 0))
                more = item.quantity * item.weight_g
                counted[template.id] = (template, pieces + item.quantity, grams + more)
        for template, pieces, grams in counted.values():
            if (zone := self._zone_of(template)) is not None:
                yield _Part(zone, template.charging, pieces, grams)


NO_TEMPLATES = ShippingTerms({}, None)
"""Nothing is charged for being sent."""


@record
class TemplateDraft:
    """A template as staff describe it; saving one replaces what was there."""

    name: str
    charging: Charging
    zones: Sequence[Zone]
    is_default: bool = False


def check_draft(draft: TemplateDraft) -> TemplateDraft:
    """A template without surrounding space, held to its bounds.

    Raises:
        BadInput: something is out of bounds, a region stands in two zones, or two zones are for everywhere else.
    """
    between(len(draft.zones), 1, MOST_ZONES, "input", "zones")
    if sum(not zone.regions for zone in draft.zones) > 1:
        raise BadInput("one zone for everywhere else", "只能有一个“其他地区”", path=("input", "zones"))
    seen: set[tuple[str, str | None]] = set()
    for i, zone in enumerate(draft.zones):
        _check_zone(zone, "input", "zones", str(i))
        for region in zone.regions:
            here = plain_name(region.province), region.city and plain_name(region.city)
            if here in seen:
                raise BadInput("each region once", "每个地区只能出现一次", path=("input", "zones", str(i), "regions"))
            seen.add(here)
    return replace(draft, name=text_within(draft.name, 50, "input", "name"))


def _check_zone(zone: Zone, *path: str) -> None:
    between(len(zone.regions), 0, MOST_REGIONS, *path, "regions")
    for i, region in enumerate(zone.regions):
        text_within(region.province, 50, *path, "regions", str(i), "province")
        if region.city is not None:
            text_within(region.city, 50, *path, "regions", str(i), "city")
    for name, value in (("first", zone.first), ("additional", zone.additional)):
        between(value, 1, MOST_UNITS, *path, name)
    between(zone.first_fee, 0, MOST_FEE, *path, "firstFee")
    between(zone.additional_fee, 0, MOST_FEE, *path, "additionalFee")
    if zone.free_from_amount is not None:
        between(zone.free_from_amount, 0, MOST_GOODS, *path, "freeFromAmount")
    if zone.free_from_pieces is not None:
        between(zone.free_from_pieces, 1, MOST_UNITS, *path, "freeFromPieces")
