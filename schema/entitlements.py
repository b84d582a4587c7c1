"""Service entitlements: what members have of them, and what variants bring with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry

from domain import entitlements as rules
from domain.entitlements import EntitlementKind
from domain.identity import Scope
from resolvers import entitlements
from resolvers.context import Context
from schema.access import attribute, mutation, object_type
from schema.enums import described
from schema.errors import Payload
from schema.ids import Kind, identifier, key_of

described(
    EntitlementKind,
    "What a member may have done for goods that they bought.",
    EXTENDED_WARRANTY="Repair under warranty (延保).",
    FREE_SERVICE="A service, such as cleaning or setting up.",
)


@object_type(
    scope=Scope.MEMBER,
    description="A service that comes with goods of an order (服务权益).",
    record=rules.ServiceEntitlement,
)
class ServiceEntitlement:
    id: strawberry.ID = identifier(Kind.ENTITLEMENT)
    kind: EntitlementKind = attribute("What may be had.")
    order_id: strawberry.ID = identifier(Kind.ORDER, "order_id", description="The order.")
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="The goods.")
    units: int = attribute("For how many units; those that went back do not count.")
    starts_at: datetime = attribute("When the goods were delivered.")
    ends_at: datetime = attribute("Until when it may be had.")


@object_type(
    scope=Scope.OPERATOR,
    description="What a variant brings with it when it is delivered.",
    record=rules.EntitlementTerms,
)
class EntitlementTerms:
    variant_id: strawberry.ID = identifier(Kind.VARIANT, "variant_id", description="The variant.")
    kind: EntitlementKind = attribute("What may be had.")
    base_months: int = attribute("For how many months by default.")
    extension_months: int = attribute("For how many more for those who buy here.")


@strawberry.input(description="What a variant is to bring with it from now on.")
class EntitlementTermsSaveInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant.")
    kind: EntitlementKind = strawberry.field(description="What may be had.")
    base_months: int = strawberry.field(description="For how many months by default, 0 to 240.")
    extension_months: int = strawberry.field(default=0, description="For how many more here, 0 to 240.")


@object_type(scope=Scope.OPERATOR, description="The answer to `entitlementTermsSave`.")
class EntitlementTermsPayload(Payload):
    terms: EntitlementTerms | None = attribute("The terms as they are now.", default=None)


async def _save(ctx: Context, *, input: EntitlementTermsSaveInput) -> Any:
    variant_id = key_of(Kind.VARIANT, input.variant_id, "input", "variantId")
    terms = rules.EntitlementTerms(variant_id, input.kind, input.base_months, input.extension_months)
    return EntitlementTermsPayload.of(terms=await entitlements.save_terms(ctx, terms))


@strawberry.type
class EntitlementsMutation:
    entitlement_terms_save: EntitlementTermsPayload | None = mutation(
        _save,
        EntitlementTermsPayload,
        "Say what a variant brings with it from now on; what was granted before stays.",
        scope=Scope.OPERATOR,
    )
