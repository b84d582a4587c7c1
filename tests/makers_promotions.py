"""Short ways to fill a pond with promotions, and to shop there."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from domain.catalogue import Variant
from domain.identity import VISITOR, Principal
from schema.ids import Kind, id_of, key_of
from tests.makers_catalogue import staff
from tests.pond import Pond

CREATE = """mutation ($input: PromotionCreateInput!) { promotionCreate(input: $input) {
  promotion { id state version } userErrors { code path message } } }"""
PUBLISH = """mutation ($id: ID!, $version: Int) {
  promotionPublish(input: {promotionId: $id, expectedVersion: $version}) {
    promotion { id state version } userErrors { code path message
      ... on PromotionRefused { promotionId } ... on VariantRefused { variantId } } } }"""
PAUSE = """mutation ($id: ID!) { promotionPause(input: {promotionId: $id}) {
  promotion { state } userErrors { code } } }"""
END = """mutation ($id: ID!) { promotionEnd(input: {promotionId: $id}) { promotion { state } userErrors { code } } }"""
QUOTE = """query ($lines: [CartLineInput!]!) { cartQuote(lines: $lines) {
  quoteId total { minor } goods { minor } steps { kind name amount { minor } } lines { payable { minor } } } }"""
PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id number total { minor } } userErrors { code path ... on PromotionRefused { promotionId } } } }"""
SET_FLOOR = """mutation ($input: PriceFloorSetInput!) { priceFloorSet(input: $input) {
  priceFloor { id version } userErrors { code path } } }"""

OFF_20 = {"reduction": {"tiers": [{"threshold": {"amount": {"minor": 100_00}}, "off": {"minor": 20_00}}]}}
"""满100减20."""


def yuan(fen: int) -> dict[str, int]:
    return {"minor": fen}


def price_of(variant: Variant, fen: int) -> dict[str, Any]:
    return {"variantId": id_of(Kind.VARIANT, variant.id), "price": yuan(fen)}


def line(variant: Variant, quantity: int = 1) -> dict[str, Any]:
    return {"variantId": id_of(Kind.VARIANT, variant.id), "quantity": quantity}


async def a_draft(pond: Pond, play: dict[str, Any], **more: Any) -> str:
    """The id of a promotion that nobody can have yet."""
    wanted = {"name": "促销", "play": play, **more}
    payload = (await pond.ask(CREATE, staff(), input=wanted))["promotionCreate"]
    assert payload["userErrors"] == [], payload
    return str(payload["promotion"]["id"])


async def a_promotion(pond: Pond, play: dict[str, Any] | None = None, **more: Any) -> str:
    """The id of a promotion that runs."""
    promotion_id = await a_draft(pond, play or OFF_20, **more)
    payload = (await pond.ask(PUBLISH, staff(), id=promotion_id))["promotionPublish"]
    assert payload["userErrors"] == [], payload
    return promotion_id


async def a_floor(pond: Pond, variant_id: str, fen: int, **more: Any) -> str:
    """The id of a price floor."""
    wanted = {"variantId": variant_id, "least": yuan(fen), **more}
    payload = (await pond.ask(SET_FLOOR, staff(), input=wanted))["priceFloorSet"]
    assert payload["userErrors"] == [], payload
    return str(payload["priceFloor"]["id"])


def promotion_key(promotion_id: str) -> UUID:
    return key_of(Kind.PROMOTION, promotion_id)


async def quoted(pond: Pond, *lines: dict[str, Any], who: Principal = VISITOR) -> Any:
    """What a cart costs."""
    return (await pond.ask(QUOTE, who, lines=list(lines)))["cartQuote"]


async def place(pond: Pond, who: Principal, *lines: dict[str, Any], **more: Any) -> Any:
    """The payload of an order for these lines."""
    wanted = {"lines": list(lines), "idempotencyKey": uuid4().hex, **more}
    return (await pond.ask(PLACE, who, input=wanted))["orderPlace"]
