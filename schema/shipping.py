"""Shipping templates (运费模板): what operators see and write of what it costs to send goods."""

from __future__ import annotations

from typing import Any

import strawberry

from domain import shipping as rules
from domain.identity import Scope
from domain.money import Money as Amount
from domain.refusals import BadInput, between
from domain.regions import Region
from domain.shipping import Charging
from resolvers import shipping
from resolvers.context import Context
from schema.access import attribute, derived, mutation, object_type, query
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of
from schema.money import Money, MoneyInput

described(
    Charging,
    "What a shipping template counts.",
    PIECE="Pieces.",
    WEIGHT="Grams, as the variants say.",
    FIXED="Nothing: the first fee is all.",
)


def _money(minor: int | None) -> Amount | None:
    return None if minor is None else Amount(minor)


@object_type(scope=Scope.OPERATOR, description="A province (省), or one city of it.")
class ShippingRegion:
    province: str = attribute("The province, with or without 省, 市 or 自治区 at its end.")
    city: str | None = attribute("The city; null: the whole province.")


@object_type(scope=Scope.OPERATOR, description="What it costs to send to some regions.")
class ShippingZone:
    regions: list[ShippingRegion] = attribute("Where; none: everywhere else.")
    served: bool = attribute("Whether anything is sent there.")
    first: int = attribute("So many pieces or grams cost the first fee.")
    first_fee: Money = derived(lambda zone: Amount(zone.first_fee), "The first fee.")
    additional: int = attribute("Each so many more, begun ones too, cost the additional fee.")
    additional_fee: Money = derived(lambda zone: Amount(zone.additional_fee), "The additional fee.")
    free_from_amount: Money | None = derived(
        lambda zone: _money(zone.free_from_amount), "Costs nothing when the goods of the order cost so much."
    )
    free_from_pieces: int | None = attribute("Costs nothing from so many pieces of this template on.")


@object_type(
    scope=Scope.OPERATOR,
    description="How some products are charged for when they are sent. In an order with several templates the dearest "
    "first fee is paid once, and what belongs to the others costs their additional fees, never more than by itself.",
)
class ShippingTemplate:
    id: strawberry.ID = identifier(Kind.SHIPPING_TEMPLATE)
    name: str = attribute("Its name.")
    charging: Charging = attribute("What is counted.")
    zones: list[ShippingZone] = attribute("Where it costs what; a city goes before its province.")
    is_default: bool = attribute("Whether it is for all products that have no template.")
    version: int = attribute("Rises with each change; edits state it.")


@strawberry.type
class ShippingQuery:
    shipping_templates: list[ShippingTemplate] = query(
        shipping.templates, "All templates, first made first, at most 200.", scope=Scope.OPERATOR, cost=50
    )


@strawberry.input(description="A province, or one city of it.")
class ShippingRegionInput:
    province: str = strawberry.field(description="Such as 浙江省, 1 to 50 characters.")
    city: str | None = strawberry.field(default=None, description="Such as 杭州市; left out: the whole province.")


@strawberry.input(description="What it costs to send to some regions.")
class ShippingZoneInput:
    regions: list[ShippingRegionInput] = strawberry.field(
        default_factory=list, description="At most 400, each in one zone; none: everywhere else, which one zone is."
    )
    served: bool = strawberry.field(default=True, description="Whether anything is sent there.")
    first: int = strawberry.field(default=1, description="So many pieces or grams, 1 to 1,000,000.")
    first_fee: MoneyInput = strawberry.field(description="What they cost, at most 100,000.00.")
    additional: int = strawberry.field(default=1, description="Each so many more, 1 to 1,000,000.")
    additional_fee: MoneyInput | None = strawberry.field(default=None, description="What they cost; left out: nothing.")
    free_from_amount: MoneyInput | None = strawberry.field(
        default=None, description="Costs nothing when the goods of the order cost so much."
    )
    free_from_pieces: int | None = strawberry.field(default=None, description="Costs nothing from so many pieces on.")

    def value(self) -> rules.Zone:
        return rules.Zone(
            tuple(Region(one.province, one.city) for one in self.regions),
            self.served,
            self.first,
            self.first_fee.minor,
            self.additional,
            0 if self.additional_fee is None else self.additional_fee.minor,
            None if self.free_from_amount is None else self.free_from_amount.minor,
            self.free_from_pieces,
        )


@strawberry.input(description="A whole template: saving replaces all of it.")
class ShippingTemplateSaveInput:
    template_id: strawberry.ID | None = strawberry.field(
        default=None, description="The template to replace; left out: a new one."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version that the edit was made on; another one refuses it. 0: there is none yet."
    )
    name: str = strawberry.field(description="1 to 50 characters.")
    charging: Charging = strawberry.field(description="What is counted.")
    zones: list[ShippingZoneInput] = strawberry.field(
        description="1 to 50. What is in no zone is not sent to, unless one zone is for everywhere else."
    )
    is_default: bool = strawberry.field(
        default=False, description="Whether it is for all products without a template; the one before no longer is."
    )


@strawberry.input(description="Products and the template that they go by.")
class ShippingTemplateAssignInput:
    product_ids: list[strawberry.ID] = strawberry.field(description="1 to 100 products.")
    template_id: strawberry.ID | None = strawberry.field(
        default=None, description="The template; left out: the default one."
    )


@object_type(scope=Scope.VISITOR, description="A template that was saved.")
class ShippingTemplateSavePayload(Payload):
    template: ShippingTemplate | None = attribute("The template as it is now.", default=None)


@object_type(scope=Scope.VISITOR, description="Products that go by a template now.")
class ShippingTemplateAssignPayload(Payload):
    template: ShippingTemplate | None = attribute("The template; null: the default one.", default=None)


def _key(given: str | None) -> Any:
    return None if given is None else key_of(Kind.SHIPPING_TEMPLATE, given, "input", "templateId")


async def _save(ctx: Context, *, input: ShippingTemplateSaveInput) -> Any:
    draft = rules.TemplateDraft(input.name, input.charging, [zone.value() for zone in input.zones], input.is_default)
    template: Any = await shipping.save(
        ctx, draft, template_id=_key(input.template_id), expected_version=input.expected_version
    )
    return ShippingTemplateSavePayload(template=template)


async def _assign(ctx: Context, *, input: ShippingTemplateAssignInput) -> Any:
    between(len(input.product_ids), 1, rules.MOST_ASSIGNED, "input", "productIds")
    keys = [key_of(Kind.PRODUCT, one, "input", "productIds", str(i)) for i, one in enumerate(input.product_ids)]
    if len(set(keys)) < len(keys):
        raise BadInput("each product once", "每个商品只能出现一次", path=("input", "productIds"))
    template: Any = await shipping.assign(ctx, keys, _key(input.template_id))
    return ShippingTemplateAssignPayload(template=template)


@strawberry.type
class ShippingMutation:
    shipping_template_save: ShippingTemplateSavePayload | None = mutation(
        _save, ShippingTemplateSavePayload, "Add or replace a shipping template.", scope=Scope.OPERATOR
    )
    shipping_template_assign: ShippingTemplateAssignPayload | None = mutation(
        _assign,
        ShippingTemplateAssignPayload,
        "Have products charged for by a template, or by the default one again.",
        scope=Scope.OPERATOR,
    )
