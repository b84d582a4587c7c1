"""What staff and importers do to products."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import db.catalogue
import db.outbox
import db.products
import db.stock
from db.connection import Writing
from db.products import Kept
from domain.catalogue import Audience, Product, ProductDraft, ProductState, check_draft
from domain.product_batches import Saving
from domain.refusals import NotFound, same_version
from providers.html import sanitised
from resolvers.context import Context


async def save(
    ctx: Context, draft: ProductDraft, *, product_id: UUID | None = None, expected_version: int | None = None
) -> Product:
    """Create a product, or replace the one with this id or else with the draft's external reference.

    A new product is a draft. Saving the same again changes nothing, so an importer may run as often as it likes.
    A variant keeps its id by its SKU; one that is left out is removed from sale.

    Raises:
        BadInput: something is out of bounds.
        NotFound: there is no such product, category or brand.
        StaleVersion: the product changed since its author read it.
        SlugTaken: another product has the slug, a SKU or a reference.
    """
    saving = checked(Saving(draft, product_id, expected_version))
    async with ctx.database.writing() as tx:
        return await save_in(ctx, tx, saving)


def checked(saving: Saving) -> Saving:
    """The same, its words sanitised, when it needs no look at others to say that it may be saved.

    Raises:
        BadInput: something is out of bounds.
    """
    return replace(saving, draft=check_draft(replace(saving.draft, detail_html=sanitised(saving.draft.detail_html))))


async def save_in(ctx: Context, tx: Writing, saving: Saving) -> Product:
    """Save a checked product in a transaction; raises what `save` raises."""
    draft = saving.draft
    kept = await _lock(tx, saving.product_id, draft.external_reference)
    same_version(kept.version if kept else 0, saving.expected_version)
    key = kept.id if kept else ctx.new_id()
    if kept is None or kept.fingerprint != db.products.fingerprint_of(draft):
        await _save_whole(ctx, tx, key, draft, is_new=kept is None)
    return await _read(tx, key)


async def _lock(tx: Writing, product_id: UUID | None, reference: str | None) -> Kept | None:
    if product_id is not None:
        return await _lock_known(tx, product_id)
    return await db.products.lock_by_reference(tx, reference) if reference is not None else None


async def _lock_known(tx: Writing, product_id: UUID) -> Kept:
    kept = await db.products.lock(tx, product_id)
    if kept is None:
        raise NotFound(path=("input", "productId"))
    return kept


async def _save_whole(ctx: Context, tx: Writing, key: UUID, draft: ProductDraft, *, is_new: bool) -> None:
    vector = await db.products.search_vector_of(tx, draft)
    await db.products.save(tx, key, draft, vector, ctx.now())
    known = {} if is_new else await db.products.variant_ids_by_sku(tx, key)
    ids = {variant.sku: known.get(variant.sku) or ctx.new_id() for variant in draft.variants}
    if known.keys() - ids.keys():
        await db.products.remove_other_variants(tx, key, draft)
    await db.products.save_variants(tx, key, draft, ids)
    await db.stock.open_levels(tx, sorted(set(ids.values()) - set(known.values())))
    await db.products.replace_media(tx, key, {ctx.new_id(): media for media in draft.media})
    payload = {"productId": key.hex, "variantIds": [id_.hex for id_ in ids.values()], "isNew": is_new}
    await db.outbox.tell(tx, "ProductSaved", "product", key, payload, ctx.now())


async def _read(tx: Writing, product_id: UUID) -> Product:
    return (await db.catalogue.products_by_id(tx, Audience.STAFF, [product_id]))[product_id]


async def publish(ctx: Context, product_id: UUID, *, expected_version: int | None = None) -> Product:
    """Put a product on sale; one that is on sale stays as it is.

    Raises:
        NotFound: there is no such product.
        StaleVersion: the product changed since its author read it.
    """
    return await _move(ctx, product_id, ProductState.ON_SALE, "ProductPublished", expected_version)


async def archive(ctx: Context, product_id: UUID, *, expected_version: int | None = None) -> Product:
    """Take a product off sale; it can be published again.

    Raises:
        NotFound: there is no such product.
        StaleVersion: the product changed since its author read it.
    """
    return await _move(ctx, product_id, ProductState.ARCHIVED, "ProductArchived", expected_version)


async def _move(
    ctx: Context, product_id: UUID, target: ProductState, event: str, expected_version: int | None
) -> Product:
    async with ctx.database.writing() as tx:
        kept = await _lock_known(tx, product_id)
        same_version(kept.version, expected_version)
        if kept.state is not target:
            await db.products.move(tx, product_id, target, ctx.now())
            payload = {"productId": product_id.hex, "fromState": kept.state.value, "toState": target.value}
            await db.outbox.tell(tx, event, "product", product_id, payload, ctx.now())
        return await _read(tx, product_id)
