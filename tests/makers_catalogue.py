"""Short ways to fill a pond with things to sell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import db.catalogue
import db.stock
import resolvers.categories
import resolvers.products
from domain.catalogue import (
    Brand,
    BrandDraft,
    Category,
    CategoryDraft,
    MediaDraft,
    Product,
    ProductDraft,
    ProductOption,
    ProductVisibility,
    Variant,
    VariantDraft,
)
from domain.identity import Duty, Principal, Role, scopes_of
from domain.money import Money
from domain.stock import Movement, MovementKind
from domain.stock_locations import DEFAULT_LOCATION
from tests.pond import Pond

PRICE = Money(199_00)
PICTURE = MediaDraft("https://pictures.example/a.jpg", alt="一张图")


async def a_product(
    pond: Pond,
    name: str = "纯棉四件套",
    *,
    price: Money = PRICE,
    stock: int = 10,
    visibility: ProductVisibility = ProductVisibility.PUBLIC,
    on_sale: bool = True,
    slug: str = "",
    sizes: Sequence[str] = (),
    **others: Any,
) -> Product:
    """A product on sale with one variant, or with one for each size, each with so many in stock.

    `others` are further fields of its draft.
    """
    slug = slug or _slug(pond)
    draft = ProductDraft(
        slug=slug,
        name=name,
        visibility=visibility,
        options=[ProductOption("尺寸", list(sizes))] if sizes else (),
        variants=[VariantDraft(f"{slug}-{size}", size, [size], price) for size in sizes]
        or [VariantDraft(slug, name, (), price)],
        **{"media": [PICTURE], **others},
    )
    ctx = pond.context()
    product = await resolvers.products.save(ctx, draft)
    if on_sale:
        product = await resolvers.products.publish(ctx, product.id)
    for variant in await variants_of(pond, product):
        await stocked(pond, variant.id, stock)
    return product


async def variants_of(pond: Pond, product: Product) -> list[Variant]:
    """The variants of a product, as they are now."""
    return (await db.catalogue.variants_of(pond.database.reading(), [product.id])).get(product.id, [])


async def a_variant(pond: Pond, name: str = "纯棉四件套", **of_the_product: Any) -> Variant:
    """The only variant of a new product."""
    return (await variants_of(pond, await a_product(pond, name, **of_the_product)))[0]


async def stocked(pond: Pond, variant_id: UUID, units: int, location_id: UUID = DEFAULT_LOCATION) -> None:
    """Let so many more units come in."""
    ctx = pond.context()
    coming = Movement(ctx.new_id(), MovementKind.RECEIVE, variant_id, location_id, units, ctx.now())
    async with pond.database.writing() as tx:
        await db.stock.open_levels(tx, [variant_id], location_id)
        assert not units or await db.stock.move(tx, [coming])


async def a_category(pond: Pond, name: str = "居家", **others: Any) -> Category:
    return await resolvers.categories.save_category(pond.context(), CategoryDraft(_slug(pond), name, **others))


async def a_brand(pond: Pond, name: str = "云织", **others: Any) -> Brand:
    return await resolvers.categories.save_brand(pond.context(), BrandDraft(_slug(pond), name, **others))


def _slug(pond: Pond) -> str:
    return f"s-{pond.context().new_id().hex}"


def staff(role: Role = Role.OPERATOR, member_id: UUID | None = None) -> Principal:
    """Someone who has this role for the whole brand."""
    duty = Duty(role, UUID(int=1), "")
    scopes = scopes_of(member=True, active_guide=False, duties=(duty,))
    return Principal(member_id or UUID(int=2), duties=(duty,), scopes=scopes)


def member(member_id: UUID | None = None) -> Principal:
    """A member, known by no more than an id."""
    scopes = scopes_of(member=True, active_guide=False, duties=())
    return Principal(member_id or UUID(int=3), scopes=scopes)
