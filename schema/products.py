"""Products: what staff and importers do to them."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import catalogue as rules
from domain.catalogue import MediaKind, ProductRole, ProductVisibility
from domain.identity import Scope
from domain.private_products import admits_of
from resolvers import products
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.catalogue import Product
from schema.errors import Payload
from schema.ids import Kind, key_of
from schema.money import MoneyInput
from schema.promotion_frames import AudienceInput


@strawberry.input(description="A dimension in which the variants of a product differ.")
class ProductOptionInput:
    name: str = strawberry.field(description="Its name, such as 颜色.")
    values: list[str] = strawberry.field(description="Its values, in order.")

    def value(self) -> rules.ProductOption:
        return rules.ProductOption(self.name, self.values)


@strawberry.input(description="A fact about a product.")
class ProductAttributeInput:
    name: str = strawberry.field(description="What the fact is about, such as 材质.")
    value: str = strawberry.field(description="The fact.")

    def fact(self) -> rules.ProductAttribute:
        return rules.ProductAttribute(self.name, self.value)


@strawberry.input(description="A variant (SKU) of a product. It keeps its id and its stock by its SKU.")
class VariantInput:
    sku: str = strawberry.field(description="The brand's own key of it, 1 to 64 characters. Unique over all products.")
    name: str = strawberry.field(default="", description="What distinguishes it, at most 200 characters.")
    option_values: list[str] = strawberry.field(
        default_factory=list, description="Its value of each option, in the order of the options."
    )
    price: MoneyInput = strawberry.field(description="What one costs, at most 10^12 minor units.")
    list_price: MoneyInput | None = strawberry.field(default=None, description="What one used to cost (划线价).")
    picture_url: str | None = strawberry.field(default=None, description="A picture of this very variant.")
    external_reference: str | None = strawberry.field(default=None, description="Its key in another system. Unique.")
    weight_g: int = strawberry.field(
        default=0, description="What one weighs as it is sent, in grams, at most 1,000,000; 0: not known."
    )

    def value(self) -> rules.VariantDraft:
        return rules.VariantDraft(
            self.sku,
            self.name,
            self.option_values,
            self.price.value(),
            self.list_price.value() if self.list_price else None,
            self.picture_url,
            self.external_reference,
            self.weight_g,
        )


@strawberry.input(description="A picture or video of a product.")
class MediaInput:
    url: str = strawberry.field(
        description="Where it is: http, https, or a path on this host; at most 1,000 characters."
    )
    alt: str = strawberry.field(default="", description="What it shows, for those who do not see it.")
    kind: MediaKind = strawberry.field(default=MediaKind.IMAGE, description="What it is.")
    width: int | None = strawberry.field(default=None, description="Pixels across.")
    height: int | None = strawberry.field(default=None, description="Pixels down.")

    def value(self) -> rules.MediaDraft:
        return rules.MediaDraft(self.url, self.alt, self.kind, self.width, self.height)


@strawberry.input(
    description="A whole product. What is left out is emptied: saving replaces all but the state and the stock."
)
class ProductSaveInput:
    product_id: strawberry.ID | None = strawberry.field(
        default=None, description="The product to replace. Left out: the one with `externalReference`, or a new one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the edit was made on; another one refuses it. 0: there is none yet."
    )
    slug: str = strawberry.field(description="Lower-case letters, digits and hyphens, at most 100. Unique.")
    name: str = strawberry.field(description="1 to 200 characters.")
    brief: str = strawberry.field(default="", description="One line about it, at most 500 characters.")
    detail_html: str = strawberry.field(default="", description="All about it, at most 200,000 characters; sanitised.")
    role: ProductRole | None = strawberry.field(default=None, description="What it is for in the brand's range.")
    visibility: ProductVisibility = strawberry.field(
        default=ProductVisibility.PUBLIC, description="Who may know that it exists."
    )
    audience: list[AudienceInput] = strawberry.field(
        default_factory=list,
        description="For whom a private product is: LEVEL, PAID_CARD, TAG or STORE; any one of them will do.",
    )
    category_id: strawberry.ID | None = strawberry.field(default=None, description="Where it stands.")
    brand_id: strawberry.ID | None = strawberry.field(default=None, description="Under which brand it is sold.")
    options: list[ProductOptionInput] = strawberry.field(default_factory=list, description="At most 5.")
    attributes: list[ProductAttributeInput] = strawberry.field(default_factory=list, description="At most 100.")
    variants: list[VariantInput] = strawberry.field(description="1 to 100; one that is left out is removed from sale.")
    media: list[MediaInput] = strawberry.field(default_factory=list, description="At most 30, the main one first.")
    external_reference: str | None = strawberry.field(
        default=None, description="Its key in another system, at most 100 characters. Unique."
    )
    tax_bp: int | None = strawberry.field(
        default=None,
        description="The rate of tax that its prices include, in basis points up to 10,000; left out: the brand's.",
    )

    def draft(self) -> rules.ProductDraft:
        """The product that the input describes.

        Raises:
            NotFound: an id is of another kind.
            BadInput: an audience cannot be told.
        """
        return rules.ProductDraft(
            slug=self.slug,
            name=self.name,
            brief=self.brief,
            detail_html=self.detail_html,
            role=self.role,
            visibility=self.visibility,
            admits=admits_of(one.value("input", "audience", str(i)) for i, one in enumerate(self.audience)),
            category_id=_key(Kind.CATEGORY, self.category_id, "categoryId"),
            brand_id=_key(Kind.BRAND, self.brand_id, "brandId"),
            options=[option.value() for option in self.options],
            attributes=[attribute.fact() for attribute in self.attributes],
            variants=[variant.value() for variant in self.variants],
            media=[media.value() for media in self.media],
            external_reference=self.external_reference,
            tax_bp=self.tax_bp,
        )


def _key(kind: Kind, given: str | None, name: str) -> Any:
    return None if given is None else key_of(kind, given, "input", name)


@strawberry.input(description="A product, and the version that the caller read.")
class ProductPublishInput:
    product_id: strawberry.ID = strawberry.field(description="Which product.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@strawberry.input(description="A product, and the version that the caller read.")
class ProductArchiveInput:
    product_id: strawberry.ID = strawberry.field(description="Which product.")
    expected_version: int | None = strawberry.field(default=None, description="Another version refuses it.")


@object_type(scope=Scope.VISITOR, description="A product that was saved.")
class ProductSavePayload(Payload):
    product: Product | None = attribute("The product as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A product that was put on sale.")
class ProductPublishPayload(Payload):
    product: Product | None = attribute("The product as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="A product that was taken off sale.")
class ProductArchivePayload(Payload):
    product: Product | None = attribute("The product as it is now.", default=None)


async def _save(ctx: Context, *, input: ProductSaveInput) -> Any:
    product: Any = await products.save(
        ctx,
        input.draft(),
        product_id=_key(Kind.PRODUCT, input.product_id, "productId"),
        expected_version=input.expected_version,
    )
    return ProductSavePayload(product=product)


async def _publish(ctx: Context, *, input: ProductPublishInput) -> Any:
    key = key_of(Kind.PRODUCT, input.product_id, "input", "productId")
    product: Any = await products.publish(ctx, key, expected_version=input.expected_version)
    return ProductPublishPayload(product=product)


async def _archive(ctx: Context, *, input: ProductArchiveInput) -> Any:
    key = key_of(Kind.PRODUCT, input.product_id, "input", "productId")
    product: Any = await products.archive(ctx, key, expected_version=input.expected_version)
    return ProductArchivePayload(product=product)


@strawberry.type
class ProductMutation:
    product_save: ProductSavePayload | None = mutation(
        _save,
        ProductSavePayload,
        "Create a product as a draft, or replace one. Saving the same again changes nothing.",
        scope=Scope.CONTENT,
    )
    product_publish: ProductPublishPayload | None = mutation(
        _publish, ProductPublishPayload, "Put a product on sale.", scope=Scope.CONTENT
    )
    product_archive: ProductArchivePayload | None = mutation(
        _archive, ProductArchivePayload, "Take a product off sale.", scope=Scope.CONTENT
    )
