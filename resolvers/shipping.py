"""What can be asked of shipping templates: read what an order is charged by, write them, say for which products."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

import db.catalogue
import db.outbox
import db.shipping
from db.connection import Reading
from domain.catalogue import Audience
from domain.refusals import BadInput, NotFound, same_version
from domain.shipping import MOST_TEMPLATES, ShippingTerms, Template, TemplateDraft, check_draft
from resolvers.context import Context


async def terms_of(reading: Reading, product_ids: Iterable[UUID]) -> ShippingTerms:
    """What some products go by, read in one statement for a whole batch of orders; `.to(address)` says for where.

    Nobody pays for what is picked up: such an order has no shipping terms.
    """
    return await db.shipping.terms_for(reading, sorted(set(product_ids)))


async def templates(ctx: Context) -> list[Template]:
    """All templates, first made first."""
    return await db.shipping.templates(ctx.reading)


async def save(
    ctx: Context, draft: TemplateDraft, *, template_id: UUID | None = None, expected_version: int | None = None
) -> Template:
    """Add a template or replace one. A new default one takes the place of the one before.

    Raises:
        BadInput: something is out of bounds, or there are 200 templates.
        NotFound: there is no such template.
        StaleVersion: it changed since the caller read it.
    """
    draft = check_draft(draft)
    async with ctx.database.writing() as tx:
        await db.shipping.take_turn(tx)
        old = None if template_id is None else await db.shipping.lock(tx, template_id)
        if template_id is not None and old is None:
            raise NotFound(path=("input", "templateId"))
        same_version(0 if old is None else old.version, expected_version)
        saved = _drafted(ctx, draft, old)
        if old is not None and saved == replace(old, version=saved.version):
            return old
        if not await db.shipping.save(tx, saved, is_new=old is None):
            raise BadInput(f"at most {MOST_TEMPLATES} templates", f"最多 {MOST_TEMPLATES} 个运费模板", path=("input",))
        fact = {"templateId": saved.id.hex, "version": saved.version, "by": ctx.member_id.hex}
        await db.outbox.tell(tx, "ShippingTemplateSaved", "shipping_template", saved.id, fact, ctx.now())
    return saved


def _drafted(ctx: Context, draft: TemplateDraft, old: Template | None) -> Template:
    key, version = (ctx.new_id(), 1) if old is None else (old.id, old.version + 1)
    return Template(key, draft.name, draft.charging, tuple(draft.zones), draft.is_default, version)


async def assign(ctx: Context, product_ids: Sequence[UUID], template_id: UUID | None) -> Template | None:
    """Have products charged for by a template, or by the default one again.

    Raises:
        NotFound: there is no such template or product.
    """
    async with ctx.database.writing() as tx:
        template = None if template_id is None else await db.shipping.lock(tx, template_id)
        if template_id is not None and template is None:
            raise NotFound(path=("input", "templateId"))
        found = await db.catalogue.products_by_id(tx, Audience.STAFF, product_ids)
        for i, product_id in enumerate(product_ids):
            if product_id not in found:
                raise NotFound(path=("input", "productIds", str(i)))
        await db.shipping.assign(tx, product_ids, template_id)
        fact = {
            "templateId": template_id.hex if template_id else None,
            "productIds": [one.hex for one in product_ids],
            "by": ctx.member_id.hex,
        }
        await db.outbox.tell(tx, "ShippingTemplateAssigned", "product", product_ids[0], fact, ctx.now())
    return template
