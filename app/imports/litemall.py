"""Imports a litemall shop from its tables as JSON lines. Whatever is imported again is found by its reference.

Prices are decimal strings in yuan, times are those of Shanghai, pages are HTML that nobody cleaned.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

import resolvers.catalogue
import resolvers.categories
import resolvers.imports
import resolvers.products
from app.imports.litemall_content import import_content
from app.imports.report import Report
from app.imports.rows import Row, grouped, read_rows
from app.imports.saving import Saving
from domain.catalogue import (
    MOST_MEDIA,
    BrandDraft,
    CategoryDraft,
    MediaDraft,
    Product,
    ProductAttribute,
    ProductDraft,
    ProductOption,
    ProductRole,
    ProductState,
    VariantDraft,
)
from domain.stock import MOST_STOCK
from resolvers.context import Context

NO_PLACE = ("coupon", "groupon_rules", "keyword", "region")
"""Tables for which there is no slice yet."""
NOTHING = 0
"""How litemall refers to no brand and no parent."""


class Shop:
    """The catalogue of a litemall shop, row by row."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.categories = read_rows(folder, "category", report, must=True)
        self.brands = read_rows(folder, "brand", report)
        self.goods = read_rows(folder, "goods", report, must=True)
        ids = {row.values["id"] for row in self.goods}
        known = ids.__contains__
        self.skus = grouped(read_rows(folder, "goods_product", report), "goods_id", known)
        self.values = grouped(read_rows(folder, "goods_specification", report), "goods_id", known)
        self.facts = grouped(read_rows(folder, "goods_attribute", report), "goods_id", known)
        self.topics = read_rows(folder, "topic", report)
        self.comments = read_rows(folder, "comment", report)
        for name in NO_PLACE:
            if (folder / f"{name}.jsonl").exists():
                report.left_out[f"{name}.jsonl"] = len(read_rows(folder, name, report))

    @property
    def size(self) -> int:
        """How many things there are to save."""
        return len(self.categories) + len(self.brands) + len(self.goods) + len(self.topics)


async def import_shop(ctx: Context, shop: Shop, report: Report, done: Callable[[], None] = lambda: None) -> None:
    """Import everything; `done` is called for each thing that is."""
    saving = Saving(ctx, report, done)
    categories = await _categories(saving, shop.categories)
    brands = await _brands(saving, shop.brands)
    products = {}
    for row in shop.goods:
        product = await _product(saving, shop, row, categories, brands)
        if product is not None:
            products[row.values["id"]] = product
    await import_content(saving, shop.topics, shop.comments, products)


async def _categories(saving: Saving, rows: Sequence[Row]) -> dict[int, UUID]:
    """Import the categories, parents before children. One whose parent is missing stands at the root."""
    ids = {row.values["id"] for row in rows}
    found: dict[int, UUID] = {}
    for row in sorted(rows, key=lambda one: one.values.get("pid") != NOTHING):
        parent = row.integer("pid") or NOTHING
        if parent != NOTHING and parent not in found:
            says = "上级未能导入" if parent in ids else "没有这个上级"
            row.complain("pid", f"{says}，置于顶层 · no such parent, put at the root")
        draft = CategoryDraft(
            slug=f"litemall-{row.values['id']}",
            name=row.text("name"),
            parent_id=found.get(parent),
            position=row.integer("sort_order") or 0,
            picture_url=row.link("pic_url"),
            external_reference=f"litemall:category:{row.values['id']}",
        )
        saved = await saving.save(
            "分类 categories", row, partial(resolvers.categories.save_category, saving.ctx, draft)
        )
        if saved is not None:
            found[row.values["id"]] = saved.id
    return found


async def _brands(saving: Saving, rows: Sequence[Row]) -> dict[int, UUID]:
    found: dict[int, UUID] = {}
    for row in rows:
        draft = BrandDraft(
            slug=f"litemall-{row.values['id']}",
            name=row.text("name"),
            description=row.text("desc"),
            picture_url=row.link("pic_url"),
            external_reference=f"litemall:brand:{row.values['id']}",
        )
        saved = await saving.save("品牌 brands", row, partial(resolvers.categories.save_brand, saving.ctx, draft))
        if saved is not None:
            found[row.values["id"]] = saved.id
    return found


async def _product(
    saving: Saving, shop: Shop, row: Row, categories: Mapping[int, UUID], brands: Mapping[int, UUID]
) -> Product | None:
    number = row.values["id"]
    options = _options(shop.values.get(number, []))
    skus = [(sku, draft) for sku in shop.skus.get(number, []) if (draft := _variant(row, sku, options))]
    if not skus:
        row.complain("id", "没有可售的规格，未导入 · without a SKU that can be sold, not imported")
        return None
    described = _draft(row, options, [draft for _, draft in skus], shop.facts.get(number, []))
    placed = _placed(described, row, categories, brands)
    units = {draft.sku: _units(sku) for sku, draft in skus}
    return await saving.save("商品 products", row, partial(_save, saving, row, placed, units))


async def _save(saving: Saving, row: Row, draft: ProductDraft, units: Mapping[str, int]) -> Product:
    """Save a product, open its stock, and put it on sale or take it off as the row says."""
    ctx = saving.at(row.moment("add_time"))
    product = await resolvers.products.save(ctx, draft)
    (variants,) = await resolvers.catalogue.variants_of(ctx, [product])
    await resolvers.imports.open_stock(ctx, {variant.id: units[variant.sku] for variant in variants})
    is_offered = row.truth("is_on_sale") and not row.truth("deleted")
    if is_offered and product.state is not ProductState.ON_SALE:
        return await resolvers.products.publish(ctx, product.id)
    if not is_offered and product.state is ProductState.ON_SALE:
        return await resolvers.products.archive(ctx, product.id)
    return product


def _units(sku: Row) -> int:
    many = sku.integer("number") or 0
    if not 0 <= many <= MOST_STOCK:
        sku.complain("number", "库存超出范围，记为 0 · out of bounds, taken as 0")
        return 0
    return many


def _options(values: Sequence[Row]) -> list[ProductOption]:
    names: dict[str, list[str]] = {}
    for row in values:
        kept = names.setdefault(row.text("specification"), [])
        if row.text("value") not in kept:
            kept.append(row.text("value"))
    return [ProductOption(name, values) for name, values in names.items()]


def _variant(goods: Row, sku: Row, options: Sequence[ProductOption]) -> VariantDraft | None:
    price, chosen = sku.price("price"), [one.strip() for one in sku.texts("specifications")]
    if len(chosen) != len(options) or any(
        value not in option.values for value, option in zip(chosen, options, strict=False)
    ):
        sku.complain("specifications", "与商品的规格不符，已略过 · not among the product's options, passed over")
        return None
    if price is None:
        return None
    listed = goods.price("counter_price")
    return VariantDraft(
        sku=f"{goods.text('goods_sn') or goods.values['id']}-{sku.values['id']}",
        name=" · ".join(chosen),
        option_values=chosen,
        price=price,
        list_price=listed if listed and listed.minor > price.minor else None,
        picture_url=sku.link("url"),
        external_reference=f"litemall:sku:{sku.values['id']}",
    )


def _draft(
    row: Row, options: Sequence[ProductOption], variants: Sequence[VariantDraft], facts: Sequence[Row]
) -> ProductDraft:
    name = row.text("name")
    first, gallery = row.link("pic_url"), row.links("gallery")
    pictures = list(dict.fromkeys([*([first] if first else []), *gallery]))
    return ProductDraft(
        slug=f"litemall-{row.values['id']}",
        name=name,
        brief=row.text("brief"),
        detail_html=row.text("detail"),
        role=_role(row),
        options=options,
        attributes=[ProductAttribute(fact.text("attribute"), fact.text("value")) for fact in facts],
        variants=variants,
        media=[MediaDraft(url, name) for url in pictures[:MOST_MEDIA]],
        external_reference=f"litemall:goods:{row.values['id']}",
    )


def _role(row: Row) -> ProductRole | None:
    if row.truth("is_hot"):
        return ProductRole.BESTSELLER
    return ProductRole.NEW_ARRIVAL if row.truth("is_new") else None


def _placed(draft: ProductDraft, row: Row, categories: Mapping[int, UUID], brands: Mapping[int, UUID]) -> ProductDraft:
    category_id = _referred(row, "category_id", categories)
    return replace(draft, category_id=category_id, brand_id=_referred(row, "brand_id", brands))


def _referred(row: Row, name: str, known: Mapping[int, UUID]) -> UUID | None:
    number = row.integer(name)
    if number is None or number == NOTHING:
        return None
    if number not in known:
        row.complain(name, "没有这个对象，已留空 · there is no such thing, left empty")
    return known.get(number)
