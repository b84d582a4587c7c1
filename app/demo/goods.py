"""Sows what the sample brand sells."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import product as combinations
from typing import Any
from uuid import UUID

import db.catalogue
import resolvers.categories
import resolvers.products
import resolvers.stock
from app.demo import content
from app.demo.field import Field, id_of
from domain.catalogue import (
    Audience,
    BrandDraft,
    CategoryDraft,
    MediaDraft,
    ProductAttribute,
    ProductDraft,
    ProductOption,
    ProductRole,
    ProductState,
    ProductVisibility,
    VariantDraft,
)
from domain.identity import Principal
from domain.money import Money
from domain.stock import StockChange
from domain.stock_locations import DEFAULT_LOCATION

STOCK = 80


async def sow_goods(field: Field, founder: Principal) -> dict[str, UUID]:
    """Sow categories, the brand and its products with their stock; the products by slug."""
    brand_id = await _sow_brand(field)
    categories = await _sow_categories(field)
    products = content.read("products")["product"]
    ids = {one["slug"]: id_of(f"product {one['slug']}") for one in products}
    known = await db.catalogue.products_by_id(field.database.reading(), Audience.STAFF, list(ids.values()))
    missing = [
        one for one in products if (kept := known.get(ids[one["slug"]])) is None or kept.state is ProductState.DRAFT
    ]
    await asyncio.gather(*(_sow_product(field, founder, one, categories[one["category"]], brand_id) for one in missing))
    return ids


async def _sow_brand(field: Field) -> UUID:
    said = content.read("brand")["brand"]
    draft = BrandDraft(
        said["slug"], said["name"], said["description"].strip(), "/media/brand.svg", external_reference="banmu"
    )
    return (await resolvers.categories.save_brand(field.hand("brand"), draft)).id


async def _sow_categories(field: Field) -> dict[str, UUID]:
    found: dict[str, UUID] = {}
    for position, root in enumerate(content.read("brand")["category"]):
        found[root["slug"]] = await _sow_category(field, root["slug"], root["name"], None, position)
        for place, (slug, name) in enumerate(root["children"]):
            found[slug] = await _sow_category(field, slug, name, found[root["slug"]], place)
    return found


async def _sow_category(field: Field, slug: str, name: str, parent_id: UUID | None, position: int) -> UUID:
    picture = f"/media/categories/{slug}.svg"
    draft = CategoryDraft(slug, name, parent_id, position, picture, external_reference=f"banmu:{slug}")
    return (await resolvers.categories.save_category(field.hand(f"category {slug}"), draft)).id


async def _sow_product(
    field: Field, founder: Principal, said: dict[str, Any], category_id: UUID, brand_id: UUID
) -> None:
    hand = field.hand(f"product {said['slug']}", founder)
    saved = await resolvers.products.save(hand, _draft(said, category_id, brand_id))
    found = await db.catalogue.variants_of(hand.reading, [saved.id])
    for variant in found[saved.id]:
        change = StockChange(int(said.get("stock", STOCK)))
        booking = resolvers.stock.Booking(variant.id, DEFAULT_LOCATION, change)
        await resolvers.stock.adjust(hand, booking, f"banmu {variant.sku}")
    await resolvers.products.publish(hand, saved.id)


def _draft(said: dict[str, Any], category_id: UUID, brand_id: UUID) -> ProductDraft:
    options = [ProductOption(name, values) for name, values in said.get("options", {}).items()]
    return ProductDraft(
        slug=said["slug"],
        name=said["name"],
        brief=said["brief"],
        detail_html=_detail(said),
        role=ProductRole(said["role"]) if "role" in said else None,
        visibility=ProductVisibility.MEMBERS if said.get("members_only") else ProductVisibility.PUBLIC,
        category_id=category_id,
        brand_id=brand_id,
        options=options,
        attributes=[ProductAttribute(name, value) for name, value in said["attributes"].items()],
        variants=_variants(said, options),
        media=[MediaDraft(url, alt, width=600, height=600) for url, alt in _pictures(said)],
        external_reference=f"banmu:{said['slug']}",
    )


def _detail(said: dict[str, Any]) -> str:
    paragraphs = "".join(f"<p>{text}</p>" for text in said["story"].split("|"))
    facts = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in said["attributes"].items())
    return f"<h3>{said['brief']}</h3>{paragraphs}<table><tbody>{facts}</tbody></table>"


def _variants(said: dict[str, Any], options: Sequence[ProductOption]) -> list[VariantDraft]:
    """Every combination of the options; the last option decides the price where prices differ."""
    prices, listed = said["prices"], said.get("list_price")
    drafts = []
    for number, chosen in enumerate(combinations(*(option.values for option in options)), 1):
        price = prices[options[-1].values.index(chosen[-1])] if len(prices) > 1 else prices[0]
        drafts.append(
            VariantDraft(
                sku=f"{said['slug']}-{number}",
                name=" · ".join(chosen),
                option_values=chosen,
                price=Money(price),
                list_price=Money(listed) if listed else None,
                picture_url=f"/media/products/{picture_of(said, chosen)}.svg",
                external_reference=f"banmu:{said['slug']}-{number}",
            )
        )
    return drafts


def tinted(said: dict[str, Any]) -> list[str]:
    """The values of the first option, where they are colours."""
    tints = content.read("products")["tints"]
    values = list(next(iter(said.get("options", {}).values()), ()))
    return values if values and all(value in tints for value in values) else []


def picture_of(said: dict[str, Any], chosen: Sequence[str]) -> str:
    """The name of the picture that shows a variant."""
    colours = tinted(said)
    return f"{said['slug']}-{colours.index(chosen[0]) + 1}" if colours else str(said["slug"])


def _pictures(said: dict[str, Any]) -> list[tuple[str, str]]:
    """Address and description of each picture of a product."""
    slug, name = said["slug"], said["name"]
    colours = [(f"{slug}-{i}", f"{name}，{colour}") for i, colour in enumerate(tinted(said), 1)]
    shown = [(slug, name), (f"{slug}-window", f"{name}，窗前"), *colours]
    return [(f"/media/products/{file}.svg", alt) for file, alt in shown]
