"""Catalogue: tables of products and variants, and what is read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Column,
    DateTime,
    Index,
    Integer,
    Select,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    cast,
    func,
    literal_column,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSQUERY, TSVECTOR

from db.categories import BRAND_COLUMNS, CATEGORY_COLUMNS, brand, category
from db.connection import Reading, Row, by_key
from db.listing import Listing
from db.metadata import UUIDS, amount, count, key, members_of, metadata, moment, one_of, refers_to, words
from db.statements import Statement, prepared
from db.stock import available_of
from domain.catalogue import (
    Audience,
    Brand,
    Category,
    PriceRange,
    Product,
    ProductAttribute,
    ProductDetail,
    ProductOption,
    ProductRole,
    ProductState,
    ProductVisibility,
    Seeing,
    Variant,
)
from domain.filters import Condition
from domain.money import Money
from domain.pages import Page, PageRequest

product = Table(
    "product",
    metadata,
    key(),
    Column("slug", Text(), nullable=False, unique=True),
    words("name"),
    words("brief"),
    words("detail_html"),
    *one_of("role", ProductRole, optional=True),
    *one_of("visibility", ProductVisibility),
    Column("admits", ARRAY(Text()), nullable=False, server_default=text("'{}'")),
    *one_of("state", ProductState),
    amount("price_minimum_minor"),
    amount("price_maximum_minor"),
    Column("currency", Text(), nullable=False),
    Column("options", JSONB(), nullable=False, server_default=text("'[]'")),
    Column("attributes", JSONB(), nullable=False, server_default=text("'[]'")),
    refers_to("category", "category_id", optional=True),
    refers_to("brand", "brand_id", optional=True),
    moment("created_at"),
    moment("updated_at"),
    Column("version", Integer(), nullable=False, server_default=text("1")),
    Column("search", TSVECTOR(), nullable=False, server_default=text("''")),
    Column("fingerprint", Text(), nullable=False, server_default=text("''")),
    Column("external_reference", Text(), unique=True),
    Column("tax_bp", Integer()),
    CheckConstraint("tax_bp BETWEEN 0 AND 10000", name="tax_is_a_share"),
    CheckConstraint("visibility = 'PRIVATE' OR admits = '{}'", name="only_what_is_private_admits_some"),
    CheckConstraint("price_minimum_minor BETWEEN 0 AND price_maximum_minor", name="price_range"),
    Index(None, "search", postgresql_using="gin"),
    Index(None, "category_id", "id"),
    Index(None, "brand_id", "id"),
    Index(None, "role", "id"),
    Index(None, "price_minimum_minor", "id"),
    Index(None, "created_at", "id"),
)

variant = Table(
    "variant",
    metadata,
    key(),
    refers_to("product", "product_id"),
    Column("sku", Text(), nullable=False, unique=True),
    words("name"),
    Column("option_values", ARRAY(Text()), nullable=False, server_default=text("'{}'")),
    amount("price_minor"),
    amount("list_price_minor", optional=True),
    Column("currency", Text(), nullable=False),
    words("picture_url", optional=True),
    count("weight_g"),
    count("position"),
    Column("removed", Integer(), nullable=False, server_default=text("0")),
    Column("external_reference", Text(), unique=True),
    CheckConstraint("price_minor >= 0", name="price_is_not_negative"),
    Index(None, "product_id", "position"),
)

CANDIDATES = 2000
"""So many hits of a search are ranked; ranking all of a common word would cost more than it tells."""

_PASSES = select(
    func.member_passes(
        bindparam("viewer_id", type_=Uuid()), bindparam("seen_at", type_=DateTime(timezone=True)), type_=ARRAY(Text())
    )
).scalar_subquery()
"""What the caller is, for products that admit some only. A subquery is asked once, and not before such a product."""
IS_SEEN = or_(
    bindparam("audience") == Audience.STAFF.value,
    (product.c.state == literal_column("'ON_SALE'"))
    & or_(
        product.c.visibility == literal_column("'PUBLIC'"),
        (bindparam("audience") != Audience.VISITORS.value)
        & or_(product.c.visibility == literal_column("'MEMBERS'"), product.c.admits.op("&&")(_PASSES)),
    ),
)
"""Who sees a product (R25). Every query that reads products for a client has this condition."""

_PRODUCT_COLUMNS = (
    product.c.id,
    product.c.slug,
    product.c.name,
    product.c.brief,
    product.c.role,
    product.c.visibility,
    product.c.state,
    product.c.price_minimum_minor,
    product.c.price_maximum_minor,
    product.c.currency,
    product.c.category_id,
    product.c.brand_id,
    product.c.created_at,
    product.c.updated_at,
    product.c.version,
    product.c.external_reference,
)


def _in_detail() -> Select[Any]:
    """Products with their detail, category and brand, for pages about one product."""
    categories = (column.label(f"category_{column.name}") for column in CATEGORY_COLUMNS)
    brands = (column.label(f"brand_{column.name}") for column in BRAND_COLUMNS)
    return (
        select(*_PRODUCT_COLUMNS, product.c.detail_html, product.c.options, product.c.attributes, *categories, *brands)
        .outerjoin(category, category.c.id == product.c.category_id)
        .outerjoin(brand, brand.c.id == product.c.brand_id)
        .where(IS_SEEN)
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


_ROLES, _VISIBILITIES, _STATES = members_of(ProductRole), members_of(ProductVisibility), members_of(ProductState)


def _product(row: Row, of_category: Category | None = None) -> Product:
    (id_, slug, name, brief, role, visibility, state, low, high, currency, *rest) = row
    category_id, brand_id, created_at, updated_at, version, external_reference, *_ = rest
    return Product(
        id_,
        slug,
        name,
        brief,
        None if role is None else _ROLES[role],
        _VISIBILITIES[visibility],
        _STATES[state],
        PriceRange(Money(low, currency), Money(high, currency)),
        category_id,
        brand_id,
        created_at,
        updated_at,
        version,
        external_reference,
        of_category,
    )


def _product_in_category(row: Row) -> Product:
    category_id, *others = row[len(_PRODUCT_COLUMNS) : len(_PRODUCT_COLUMNS) + len(CATEGORY_COLUMNS)]
    return _product(row, None if category_id is None else Category(category_id, *others))


def _product_in_detail(row: Row) -> Product:
    html, options, attributes, *joined = row[len(_PRODUCT_COLUMNS) :]
    in_category, of_brand = joined[: len(CATEGORY_COLUMNS)], joined[len(CATEGORY_COLUMNS) :]
    detail = ProductDetail(
        html,
        [ProductOption(one["name"], one["values"]) for one in options],
        [ProductAttribute(one["name"], one["value"]) for one in attributes],
        Category(*in_category) if in_category[0] else None,
        Brand(*of_brand) if of_brand[0] else None,
    )
    return replace(_product(row), detail=detail)


_FILTERS = {
    "categoryId": product.c.category_id,
    "brandId": product.c.brand_id,
    "role": product.c.role,
    "priceMinor": product.c.price_minimum_minor,
    "createdAt": product.c.created_at,
    "state": product.c.state,
    "externalReference": product.c.external_reference,
}
_SORTS = {"PRICE": product.c.price_minimum_minor, "CREATED": product.c.created_at}
_PRODUCT_LISTING = Listing(
    select(*_PRODUCT_COLUMNS).where(IS_SEEN), _product, id=product.c.id, filters=_FILTERS, sorts=_SORTS
)
_CATEGORISED_LISTING = Listing(
    select(*_PRODUCT_COLUMNS, *(column.label(f"category_{column.name}") for column in CATEGORY_COLUMNS))
    .outerjoin(category, category.c.id == product.c.category_id)
    .where(IS_SEEN),
    _product_in_category,
    id=product.c.id,
    filters=_FILTERS,
    sorts=_SORTS,
)


async def products(
    reading: Reading,
    audience: Seeing,
    request: PageRequest,
    where: Condition,
    sort: str,
    *,
    descending: bool,
    categorised: bool,
) -> Page[Product]:
    """A page of the products that the audience sees, with their categories if these are asked for."""
    listing = _CATEGORISED_LISTING if categorised else _PRODUCT_LISTING
    return await listing.page(reading, request, where=where, sort=sort, descending=descending, **audience.values())


_BY_ID = prepared(_in_detail().where(product.c.id == any_(bindparam("ids", type_=UUIDS))))
_BY_SLUG = prepared(_in_detail().where(product.c.slug == bindparam("slug")))


async def products_by_id(reading: Reading, audience: Seeing, ids: Sequence[UUID]) -> dict[UUID, Product]:
    """Those of the products that the audience sees."""
    rows = await reading.rows(_BY_ID, **audience.values(), ids=list(ids))
    return {row["id"]: _product_in_detail(row) for row in rows}


async def find_product_by_slug(reading: Reading, audience: Seeing, slug: str) -> Product | None:
    row = await reading.row(_BY_SLUG, **audience.values(), slug=slug)
    return None if row is None else _product_in_detail(row)


def _search_listing() -> Listing[Product]:
    query = cast(cast(bindparam("query"), Text()), TSQUERY())
    candidates = (
        select(product.c.id, func.ts_rank(text("'{0.1,0.2,0.6,1.0}'"), product.c.search, query).label("score"))
        .where(product.c.search.op("@@")(query), IS_SEEN)
        .limit(CANDIDATES)
        .subquery()
    )
    score = cast(candidates.c.score * 1_000_000, Integer())
    hits = select(*_PRODUCT_COLUMNS).join(candidates, candidates.c.id == product.c.id)
    return Listing(hits, _product, id=product.c.id, sorts={"SCORE": score})


_SEARCH = _search_listing()


async def search(reading: Reading, audience: Seeing, query: str, request: PageRequest) -> Page[Product]:
    """A page of the products that match a text search query, best first."""
    return await _SEARCH.page(reading, request, sort="SCORE", descending=True, query=query, **audience.values())


_VARIANT_COLUMNS = (
    variant.c.id,
    variant.c.product_id,
    variant.c.sku,
    variant.c.name,
    variant.c.option_values,
    variant.c.price_minor,
    variant.c.list_price_minor,
    variant.c.currency,
    variant.c.picture_url,
    available_of(variant.c.id).label("available"),
    variant.c.external_reference,
    variant.c.weight_g,
)
_VARIANTS = select(*_VARIANT_COLUMNS)


def _variants_of(*, optioned: bool) -> Statement:
    """Variants with their option values, or without: an array takes the driver as long as all else of a row."""
    columns = _VARIANT_COLUMNS if optioned else [_no_options if c is _options else c for c in _VARIANT_COLUMNS]
    return prepared(
        _VARIANTS.with_only_columns(*columns)
        .where(variant.c.product_id == any_(bindparam("ids", type_=UUIDS)), variant.c.removed == 0)
        .order_by(variant.c.product_id, variant.c.position)
    )


_options: Any = variant.c.option_values
_no_options: Any = literal_column("NULL").label("option_values")
_VARIANTS_OF = {optioned: _variants_of(optioned=optioned) for optioned in (True, False)}
_VARIANTS_BY_ID = prepared(
    _VARIANTS.join(product, product.c.id == variant.c.product_id).where(
        variant.c.id == any_(bindparam("ids", type_=UUIDS)), variant.c.removed == 0, IS_SEEN
    )
)


def _variant(row: Row) -> Variant:
    id_, product_id, sku, name, option_values, price, list_price, currency, picture_url, *rest = row
    return Variant(
        id_,
        product_id,
        sku,
        name,
        option_values,
        Money(price, currency),
        _money(list_price, currency),
        picture_url,
        *rest,
    )


async def variants_of(
    reading: Reading, product_ids: Sequence[UUID], *, optioned: bool = True
) -> dict[UUID, list[Variant]]:
    """The variants of each product, in their order; with no option values where nobody asks for them."""
    rows = await reading.rows(_VARIANTS_OF[optioned], ids=list(product_ids))
    return by_key(rows, "product_id", _variant)


async def variants_by_id(reading: Reading, audience: Seeing, ids: Sequence[UUID]) -> dict[UUID, Variant]:
    """Those of the variants whose product the audience sees."""
    rows = await reading.rows(_VARIANTS_BY_ID, **audience.values(), ids=list(ids))
    return {row["id"]: _variant(row) for row in rows}


_TAXES = prepared(
    select(product.c.id, product.c.tax_bp).where(
        product.c.id == any_(bindparam("ids", type_=UUIDS)), product.c.tax_bp.is_not(None)
    )
)


async def taxes_of(reading: Reading, product_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The rate of tax of each product that has one of its own, in basis points."""
    return {row[0]: row[1] for row in await reading.rows(_TAXES, ids=list(product_ids))}


_ADMITS = prepared(
    select(product.c.id, product.c.admits).where(
        product.c.id == any_(bindparam("ids", type_=UUIDS)), product.c.visibility == literal_column("'PRIVATE'")
    )
)


async def admits_of(reading: Reading, product_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The passes of whom each private product is for; products that are not private are left out."""
    return {row[0]: row[1] for row in await reading.rows(_ADMITS, ids=list(product_ids))}
