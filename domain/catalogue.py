"""Catalogue: categories, brands, products and what is sold of them (R25, R50)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias
from uuid import UUID

from domain.identity import Principal, Scope
from domain.links import check_link
from domain.money import WHOLE, Money
from domain.records import record
from domain.refusals import BadInput, ErrorCode, Refusal, between, text_within

MOST_VARIANTS = 100
MOST_MEDIA = 30
MOST_OPTIONS = 5
MOST_ATTRIBUTES = 100
LONGEST_DETAIL = 200_000
DEEPEST_CATEGORY = 4
MOST_WEIGHT_G = 1_000_000


class ProductRole(Enum):
    """What a product is for in the brand's range (R50)."""

    TRAFFIC = "TRAFFIC"
    STAR = "STAR"
    BESTSELLER = "BESTSELLER"
    POTENTIAL = "POTENTIAL"
    NEW_ARRIVAL = "NEW_ARRIVAL"


class ProductVisibility(Enum):
    """Who may know that a product exists (R25). PRIVATE: those whom the product admits."""

    PUBLIC = "PUBLIC"
    MEMBERS = "MEMBERS"
    PRIVATE = "PRIVATE"


class ProductState(Enum):
    DRAFT = "DRAFT"
    ON_SALE = "ON_SALE"
    ARCHIVED = "ARCHIVED"


class MediaKind(Enum):
    IMAGE = "IMAGE"
    VIDEO = "VIDEO"


class Audience(Enum):
    """For whom a list is read, from those who see least to those who see most."""

    VISITORS = "VISITORS"
    MEMBERS = "MEMBERS"
    STAFF = "STAFF"

    def values(self) -> dict[str, Any]:
        """What a query for all of them is asked with: what is private is not among what it finds, but for staff."""
        return {"audience": self.value}


@record
class Viewer:
    """One caller for whom the catalogue is read: beside what their audience sees, they see what admits them."""

    audience: Audience
    member_id: UUID | None
    at: datetime

    def values(self) -> dict[str, Any]:
        return {"audience": self.audience.value, "viewer_id": self.member_id, "seen_at": self.at}


Seeing: TypeAlias = Audience | Viewer
"""Whose eyes the catalogue is read with."""


@record
class Category:
    id: UUID
    parent_id: UUID | None
    name: str
    slug: str
    position: int
    picture_url: str | None
    external_reference: str | None


@record
class Brand:
    id: UUID
    name: str
    slug: str
    description: str
    picture_url: str | None
    external_reference: str | None


@record
class ProductOption:
    """A dimension in which variants differ, such as colour, and its values in order."""

    name: str
    values: Sequence[str]


@record
class ProductAttribute:
    """A fact about a product, such as its material."""

    name: str
    value: str


@record
class PriceRange:
    minimum: Money
    maximum: Money


@record
class Media:
    id: UUID
    kind: MediaKind
    url: str
    alt: str
    width: int | None
    height: int | None


@record
class Variant:
    """One thing that can be bought. `available` counts what can still be ordered now."""

    id: UUID
    product_id: UUID
    sku: str
    name: str
    option_values: Sequence[str]
    price: Money
    list_price: Money | None
    picture_url: str | None
    available: int
    external_reference: str | None
    weight_g: int = 0

    @property
    def sold_out(self) -> bool:
        return self.available <= 0


@record
class ProductDetail:
    """What a page about one product shows beyond its card, read together with it or when asked for."""

    html: str
    options: Sequence[ProductOption]
    attributes: Sequence[ProductAttribute]
    category: Category | None
    brand: Brand | None


@record
class Product:
    """A good that the brand sells. `category` and `detail` are None where they were not read: lists read cards only."""

    id: UUID
    slug: str
    name: str
    brief: str
    role: ProductRole | None
    visibility: ProductVisibility
    state: ProductState
    price_range: PriceRange
    category_id: UUID | None
    brand_id: UUID | None
    created_at: datetime
    updated_at: datetime
    version: int
    external_reference: str | None
    category: Category | None = None
    detail: ProductDetail | None = None


@record
class VariantDraft:
    """A variant as staff or an importer describes it."""

    sku: str
    name: str
    option_values: Sequence[str]
    price: Money
    list_price: Money | None = None
    picture_url: str | None = None
    external_reference: str | None = None
    weight_g: int = 0
    """As it is sent, for what shipping costs; 0 is not known."""


@record
class MediaDraft:
    url: str
    alt: str = ""
    kind: MediaKind = MediaKind.IMAGE
    width: int | None = None
    height: int | None = None


@record
class ProductDraft:
    """A whole product as staff or an importer describes it; saving one replaces what was there."""

    slug: str
    name: str
    brief: str = ""
    detail_html: str = ""
    role: ProductRole | None = None
    visibility: ProductVisibility = ProductVisibility.PUBLIC
    admits: tuple[str, ...] = ()
    tax_bp: int | None = None
    """The rate of tax that its prices include, in basis points; None: the brand's."""
    """The passes of whom a private product is for: any one of them will do (`domain.private_products`)."""
    category_id: UUID | None = None
    brand_id: UUID | None = None
    options: Sequence[ProductOption] = ()
    attributes: Sequence[ProductAttribute] = ()
    variants: Sequence[VariantDraft] = ()
    media: Sequence[MediaDraft] = ()
    external_reference: str | None = None


@record
class CategoryDraft:
    """A category as staff or an importer describes it; saving one replaces what was there."""

    slug: str
    name: str
    parent_id: UUID | None = None
    position: int = 0
    picture_url: str | None = None
    external_reference: str | None = None


@record
class BrandDraft:
    """A brand as staff or an importer describes it; saving one replaces what was there."""

    slug: str
    name: str
    description: str = ""
    picture_url: str | None = None
    external_reference: str | None = None


@dataclass(eq=False)
class SlugTaken(Refusal):
    """Another object has this slug, SKU or external reference."""

    code = ErrorCode.CONFLICT


def audience_of(principal: Principal) -> Audience:
    """For whom the catalogue is read: staff see drafts, members what is for members (R25)."""
    if principal.is_staff:
        return Audience.STAFF
    return Audience.MEMBERS if principal.holds(Scope.MEMBER) else Audience.VISITORS


def check_draft(draft: ProductDraft) -> ProductDraft:
    """Hold a product to the rules that need no look at other products.

    Raises:
        BadInput: a text, number, link or list is out of bounds, or two variants are the same.
    """
    text_within(draft.name, 200, "input", "name")
    text_within(draft.brief, 500, "input", "brief", least=0)
    text_within(draft.detail_html, LONGEST_DETAIL, "input", "detailHtml", least=0)
    if draft.admits and draft.visibility is not ProductVisibility.PRIVATE:
        raise BadInput("for private products only", "仅私域专享商品可设置", path=("input", "audience"))
    if draft.tax_bp is not None:
        between(draft.tax_bp, 0, WHOLE, "input", "taxBp")
    check_slug(draft.slug)
    check_reference(draft.external_reference, "input", "externalReference")
    between(len(draft.variants), 1, MOST_VARIANTS, "input", "variants")
    between(len(draft.media), 0, MOST_MEDIA, "input", "media")
    between(len(draft.options), 0, MOST_OPTIONS, "input", "options")
    between(len(draft.attributes), 0, MOST_ATTRIBUTES, "input", "attributes")
    for i, media in enumerate(draft.media):
        check_link(media.url, "input", "media", str(i), "url")
    _check_variants(draft)
    return draft


def check_names(draft: CategoryDraft | BrandDraft) -> None:
    """Hold a category or a brand to the rules that need no look at others.

    Raises:
        BadInput: a text or link is out of bounds.
    """
    text_within(draft.name, 100, "input", "name")
    check_slug(draft.slug)
    check_reference(draft.external_reference, "input", "externalReference")
    if draft.picture_url is not None:
        check_link(draft.picture_url, "input", "pictureUrl")
    if isinstance(draft, BrandDraft):
        text_within(draft.description, 2_000, "input", "description", least=0)


def check_slug(slug: str) -> None:
    """Hold a slug to its letters.

    Raises:
        BadInput: it is empty, longer than 100 characters, or has others than lower-case letters, digits and hyphens.
    """
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", slug) or len(slug) > 100:
        raise BadInput(
            "lower-case letters, digits and single hyphens", "只能是小写字母、数字和连字符", path=("input", "slug")
        )


def check_reference(reference: str | None, *path: str) -> None:
    """Hold a key of another system to its length."""
    if reference is not None:
        text_within(reference, 100, *path)


def _check_variants(draft: ProductDraft) -> None:
    seen: set[tuple[str, ...]] = set()
    skus: set[str] = set()
    for i, variant in enumerate(draft.variants):
        path = ("input", "variants", str(i))
        text_within(variant.sku, 64, *path, "sku")
        text_within(variant.name, 200, *path, "name", least=0)
        between(variant.price.minor, 0, 10**12, *path, "price")
        between(variant.list_price.minor if variant.list_price else 0, 0, 10**12, *path, "listPrice")
        check_reference(variant.external_reference, *path, "externalReference")
        between(variant.weight_g, 0, MOST_WEIGHT_G, *path, "weightG")
        if variant.picture_url is not None:
            check_link(variant.picture_url, *path, "pictureUrl")
        chosen = _chosen(draft, variant, *path, "optionValues")
        if chosen in seen or variant.sku in skus:
            raise BadInput("no two variants with the same SKU or values", "SKU 与规格组合都不能重复", path=path)
        seen.add(chosen)
        skus.add(variant.sku)


def _chosen(draft: ProductDraft, variant: VariantDraft, *path: str) -> tuple[str, ...]:
    if len(variant.option_values) != len(draft.options):
        raise BadInput("one value for each option", "每个规格项都要有且只有一个值", path=path)
    for option, value in zip(draft.options, variant.option_values, strict=True):
        if value not in option.values:
            raise BadInput("one of the option's values", "应为该规格项的可选值之一", path=path)
    return tuple(variant.option_values)


def price_range_of(variants: Sequence[VariantDraft]) -> PriceRange:
    """The lowest and highest price of at least one variant."""
    prices = sorted((v.price for v in variants), key=lambda price: price.minor)
    return PriceRange(prices[0], prices[-1])
