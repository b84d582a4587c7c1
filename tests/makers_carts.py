"""Short ways to fill carts."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from domain.catalogue import Variant
from domain.identity import VISITOR, Principal
from schema.ids import Kind, id_of
from tests.pond import Pond

CART = """id version orderId couponCodes updatedAt
  lines { id variantId variant { sku } quantity selected unitPrice { minor } addedPrice { minor } priceChanged
    payable { minor } available inStock }
  quote { goods { minor } total { minor } canBeOrdered quoteId refusedCoupons { reason } lines { variantId } }"""
FIND = f"query ($id: ID) {{ cart(id: $id) {{ {CART} }} }}"
ERRORS = "userErrors { code message path ... on InsufficientStock { variantId available } }"


def changing(name: str, kind: str) -> str:
    """A document of one of the mutations that answer with the cart."""
    return (
        f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ cart {{ {CART} }} warnings {{ code }} {ERRORS} }} }}"
    )


CREATE = changing("cartCreate", "CartCreateInput")
ADD = changing("cartLinesAdd", "CartLinesAddInput")
UPDATE = changing("cartLinesUpdate", "CartLinesUpdateInput")
REMOVE = changing("cartLinesRemove", "CartLinesRemoveInput")
APPLY = changing("cartCouponsApply", "CartCouponsInput")
UNAPPLY = changing("cartCouponsRemove", "CartCouponsInput")
ATTACH = changing("cartAttach", "CartAttachInput")
COMPLETE = f"""mutation ($input: CartCompleteInput!) {{ cartComplete(input: $input) {{
  order {{ id total {{ minor }} lines {{ variantId quantity }} }} replayed {ERRORS} }} }}"""


def line_of(variant: Variant | UUID, quantity: int = 1, **other: Any) -> dict[str, Any]:
    key = variant if isinstance(variant, UUID) else variant.id
    return {"variantId": id_of(Kind.VARIANT, key), "quantity": quantity, **other}


async def changed(pond: Pond, document: str, caller: Principal = VISITOR, **given: Any) -> Any:
    """The cart after a change that was not refused."""
    (payload,) = (await pond.ask(document, caller, input=given)).values()
    assert payload["userErrors"] == [], payload
    return payload["cart"]


async def a_cart(pond: Pond, caller: Principal = VISITOR, *variants: Variant | UUID) -> Any:
    """A cart with one unit of each."""
    return await changed(pond, CREATE, caller, lines=[line_of(variant) for variant in variants])


def completing(cart: Any, **other: Any) -> dict[str, Any]:
    return {"cartId": cart["id"], "idempotencyKey": uuid4().hex, **other}
