"""Products: saving a whole one, with its variants and media, and changing its state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Text, Uuid, all_, bindparam, cast, delete, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY, TSVECTOR, insert

from db.catalogue import product, variant
from db.categories import brand, category
from db.connection import Row, Writing
from db.media import media
from db.search import search_vector
from db.statements import Statement, prepared
from db.uniqueness import keeping_unique
from domain.catalogue import MediaDraft, ProductDraft, ProductState, VariantDraft, price_range_of
from domain.records import record
from domain.refusals import NotFound

_UNIQUE = {
    "uq_product_slug": ("input", "slug"),
    "uq_product_external_reference": ("input", "externalReference"),
    "uq_variant_sku": ("input", "variants"),
    "uq_variant_external_reference": ("input", "variants"),
}


@record
class Kept:
    """What a saved product is compared with. Its fingerprint tells whether saving it would change anything."""

    id: UUID
    version: int
    state: ProductState
    fingerprint: str


_KEPT = select(product.c.id, product.c.version, product.c.state, product.c.fingerprint).with_for_update()
_LOCK = prepared(_KEPT.where(product.c.id == bindparam("id", type_=Uuid())))
_LOCK_BY_REFERENCE = prepared(_KEPT.where(product.c.external_reference == bindparam("reference", type_=Text())))


async def lock(tx: Writing, product_id: UUID) -> Kept | None:
    """Find a product and keep other writers off it until the transaction ends."""
    return _kept(await tx.row(_LOCK, id=product_id))


async def lock_by_reference(tx: Writing, reference: str) -> Kept | None:
    """The same by its key in another system."""
    return _kept(await tx.row(_LOCK_BY_REFERENCE, reference=reference))


def _kept(row: Row | None) -> Kept | None:
    return None if row is None else Kept(row[0], row[1], ProductState(row[2]), row[3])


_NAMES = prepared(
    select(
        select(category.c.name).where(category.c.id == bindparam("category_id", type_=Uuid())).scalar_subquery(),
        select(brand.c.name).where(brand.c.id == bindparam("brand_id", type_=Uuid())).scalar_subquery(),
    )
)


async def search_vector_of(tx: Writing, draft: ProductDraft) -> str:
    """Under which words a product will be found.

    Raises:
        NotFound: there is no such category or brand.
    """
    in_category, of_brand = await tx.row(_NAMES, category_id=draft.category_id, brand_id=draft.brand_id) or (None, None)
    if draft.category_id and in_category is None:
        raise NotFound(path=("input", "categoryId"))
    if draft.brand_id and of_brand is None:
        raise NotFound(path=("input", "brandId"))
    facts = [(fact.name, fact.value) for fact in draft.attributes]
    return _vector(draft.name, draft.brief, in_category, of_brand, facts)


def _vector(
    name: str, brief: str, in_category: str | None, of_brand: str | None, facts: Sequence[tuple[str, str]]
) -> str:
    return search_vector(name, brief, in_category or "", of_brand or "", *(text for fact in facts for text in fact))


_OF_SHELF = prepared(
    select(product.c.id, product.c.name, product.c.brief, category.c.name, brand.c.name, product.c.attributes)
    .outerjoin(category, category.c.id == product.c.category_id)
    .outerjoin(brand, brand.c.id == product.c.brand_id)
    .where(
        or_(
            product.c.category_id == bindparam("shelf_id", type_=Uuid()),
            product.c.brand_id == bindparam("shelf_id", type_=Uuid()),
        )
    )
)
_REINDEX = prepared(
    update(product)
    .where(product.c.id == bindparam("of_product", type_=Uuid()))
    .values(search=cast(cast(bindparam("vector"), Text()), TSVECTOR()))
)


async def reindex(tx: Writing, shelf_id: UUID) -> None:
    """Let the products of a category or brand be found under its new name."""
    await tx.execute_many(_REINDEX, [_reindexed(row) for row in await tx.rows(_OF_SHELF, shelf_id=shelf_id)])


def _reindexed(row: Row) -> dict[str, Any]:
    id_, name, brief, in_category, of_brand, attributes = row
    facts = [(fact["name"], fact["value"]) for fact in attributes]
    return {"of_product": id_, "vector": _vector(name, brief, in_category, of_brand, facts)}


def fingerprint_of(draft: ProductDraft) -> str:
    """Equal for equal products. What was added later counts only where it is used."""
    values = asdict(draft)
    if not draft.admits:
        del values["admits"]
    if draft.tax_bp is None:
        del values["tax_bp"]
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=str).encode()).hexdigest()


def _save() -> Statement:
    names = (
        "id slug name brief detail_html role visibility admits state price_minimum_minor price_maximum_minor currency "
        "options attributes category_id brand_id created_at updated_at external_reference fingerprint tax_bp"
    )
    given: dict[str, Any] = {name: bindparam(name, type_=product.c[name].type) for name in names.split()}
    new = insert(product).values(**given, search=cast(cast(bindparam("search"), Text()), TSVECTOR()))
    changed = {name: new.excluded[name] for name in [*given, "search"] if name not in {"id", "state", "created_at"}}
    return prepared(
        new.on_conflict_do_update(index_elements=["id"], set_={**changed, "version": product.c.version + 1})
    )


_SAVE = _save()


async def save(tx: Writing, product_id: UUID, draft: ProductDraft, vector: str, at: datetime) -> None:
    """Create a product as a draft, or replace all of it but its state, variants and media.

    Raises:
        SlugTaken: another product has the slug or the external reference.
    """
    prices = price_range_of(draft.variants)
    values = asdict(draft) | {
        "id": product_id,
        "role": draft.role.value if draft.role else None,
        "visibility": draft.visibility.value,
        "admits": list(draft.admits),
        "state": ProductState.DRAFT.value,
        "price_minimum_minor": prices.minimum.minor,
        "price_maximum_minor": prices.maximum.minor,
        "currency": prices.minimum.currency,
        "created_at": at,
        "updated_at": at,
        "search": vector,
        "fingerprint": fingerprint_of(draft),
    }
    with keeping_unique(_UNIQUE):
        await tx.execute(_SAVE, **values)


_VARIANT_NAMES = (
    "id product_id sku name option_values price_minor list_price_minor currency picture_url position"
    " external_reference weight_g"
)
_VARIANT_IDS = prepared(
    select(variant.c.sku, variant.c.id).where(variant.c.product_id == bindparam("product_id", type_=Uuid()))
)
_REMOVE_OTHERS = prepared(
    update(variant)
    .where(
        variant.c.product_id == bindparam("of_product", type_=Uuid()),
        variant.c.sku != all_(bindparam("skus", type_=ARRAY(Text()))),
        variant.c.removed == 0,
    )
    .values(removed=1)
)


def _save_variant() -> Statement:
    new = insert(variant).values(
        removed=0, **{name: bindparam(name, type_=variant.c[name].type) for name in _VARIANT_NAMES.split()}
    )
    changed = {name: new.excluded[name] for name in [*_VARIANT_NAMES.split(), "removed"] if name != "id"}
    return prepared(new.on_conflict_do_update(index_elements=["id"], set_=changed))


_SAVE_VARIANT = _save_variant()


async def variant_ids_by_sku(tx: Writing, product_id: UUID) -> dict[str, UUID]:
    """The variants that a product has or had."""
    return dict(await tx.rows(_VARIANT_IDS, product_id=product_id))


async def remove_other_variants(tx: Writing, product_id: UUID, draft: ProductDraft) -> None:
    """Mark the variants that a draft leaves out as removed: orders still refer to them."""
    await tx.execute(_REMOVE_OTHERS, of_product=product_id, skus=[variant.sku for variant in draft.variants])


async def save_variants(tx: Writing, product_id: UUID, draft: ProductDraft, ids: Mapping[str, UUID]) -> None:
    """Create or replace the variants of a draft, each under the id that belongs to its SKU.

    Raises:
        SlugTaken: another product has one of the SKUs or references.
    """
    rows = [
        _variant_row(one, i) | {"id": ids[one.sku], "product_id": product_id} for i, one in enumerate(draft.variants)
    ]
    with keeping_unique(_UNIQUE):
        await tx.execute_many(_SAVE_VARIANT, rows)


def _variant_row(draft: VariantDraft, position: int) -> dict[str, Any]:
    return {
        "sku": draft.sku,
        "name": draft.name,
        "option_values": list(draft.option_values),
        "price_minor": draft.price.minor,
        "list_price_minor": draft.list_price.minor if draft.list_price else None,
        "currency": draft.price.currency,
        "picture_url": draft.picture_url,
        "position": position,
        "external_reference": draft.external_reference,
        "weight_g": draft.weight_g,
    }


_MEDIA_NAMES = "id product_id kind url alt width height position"
_CLEAR_MEDIA = prepared(delete(media).where(media.c.product_id == bindparam("product_id", type_=Uuid())))
_SAVE_MEDIA = prepared(
    insert(media).values({name: bindparam(name, type_=media.c[name].type) for name in _MEDIA_NAMES.split()})
)


async def replace_media(tx: Writing, product_id: UUID, drafts: Mapping[UUID, MediaDraft]) -> None:
    """Let a product have these pictures and videos, in this order, and no others."""
    await tx.execute(_CLEAR_MEDIA, product_id=product_id)
    await tx.execute_many(
        _SAVE_MEDIA,
        [
            asdict(draft) | {"id": id_, "product_id": product_id, "kind": draft.kind.value, "position": position}
            for position, (id_, draft) in enumerate(drafts.items())
        ],
    )


_MOVE = prepared(
    update(product)
    .where(product.c.id == bindparam("of_product", type_=Uuid()))
    .values(state=bindparam("to_state"), updated_at=bindparam("at"), version=product.c.version + 1)
)


async def move(tx: Writing, product_id: UUID, state: ProductState, at: datetime) -> None:
    """Bring a product into another state."""
    await tx.execute(_MOVE, of_product=product_id, to_state=state.value, at=at)
