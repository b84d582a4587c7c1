"""Blocks H and J of what is promised about attacks, as far as they are about whose an order is: H4, H5, J24."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from graphql import GraphQLInputObjectType, get_named_type

from domain.shares import Share
from schema.ids import Kind, id_of
from tests.acceptance.money import confirms, pays
from tests.deployments import Shop
from tests.makers_attribution import WHY
from tests.makers_catalogue import a_variant
from tests.makers_guides import a_guide, a_share, guide_of
from tests.makers_members import a_member, a_store
from tests.pond import the_schema

PLACE = """mutation ($input: OrderPlaceInput!) { orderPlace(input: $input) {
  order { id guideId storeId } warnings { code } userErrors { code path } } }"""
VISIT = """mutation ($code: String!, $key: String!) {
  shareVisit(input: {code: $code, visitorKey: $key}) { userErrors { code } } }"""
FUNNEL = "query ($code: String!) { share(code: $code) { funnel { visits uniqueVisits registrations orders } } }"
GUIDE_ID = "query ($id: ID!) { order(id: $id) { guideId } }"


async def orders(shop: Shop, token: str, **more: Any) -> Any:
    line = {"variantId": id_of(Kind.VARIANT, (await a_variant(shop.pond)).id), "quantity": 1}
    return (await shop.ask(PLACE, token, input={"lines": [line], "idempotencyKey": uuid4().hex, **more}))["orderPlace"]


async def visits(shop: Shop, share: Share, token: str | None, key: str) -> None:
    assert (await shop.ask(VISIT, token, code=share.code, key=key))["shareVisit"] == {"userErrors": []}


@pytest.mark.parametrize("mutation", ["orderPlace", "cartComplete", "shareVisit", "shareCreate"])
def test_h4_a_buyer_cannot_say_whose_the_order_is(mutation: str) -> None:
    """No input holds a guide or a store that is credited, however deep: only codes, which nobody can guess."""
    field = the_schema()._schema.mutation_type.fields[mutation]
    waiting = [get_named_type(one.type) for one in field.args.values()]
    names: set[str] = set()
    while waiting:
        kind = waiting.pop()
        if isinstance(kind, GraphQLInputObjectType) and kind.name not in names:
            names |= {kind.name, *kind.fields}
            waiting += [get_named_type(one.type) for one in kind.fields.values()]

    assert not {name for name in names if "guide" in name.lower() or "campaign" in name.lower() or name == "storeId"}


async def test_h4_a_forged_an_expired_and_a_former_guides_code_credit_nobody(shop: Shop) -> None:
    pond, token = shop.pond, await shop.a_token()
    guide, gone = await a_guide(pond), await a_guide(pond)
    expired = await a_share(pond, guide, await a_store(pond))
    await pond.select("UPDATE share SET expires_at = created_at WHERE id = $1", expired.id)
    await pond.select("UPDATE guide SET status = 'LEFT' WHERE id = $1", gone.guide_id)
    ((former,),) = await pond.select("SELECT share_code FROM guide WHERE id = $1", gone.guide_id)
    said_aloud = id_of(Kind.GUIDE, (await guide_of(pond, guide)).id)
    forged = ["0000000000", said_aloud, "' OR 1=1 --", expired.code, former]

    for code in forged:
        payload = await orders(shop, token, code=code)
        assert payload["order"]["guideId"] is None
        assert payload["warnings"] == [{"code": "SHARE_CODE_IGNORED"}], code
        assert payload["userErrors"] == []


async def test_h4_a_code_credits_its_own_guide_and_store_whatever_else_was_opened(shop: Shop) -> None:
    """Another store's code takes nothing to the store that it was used in, and the other way round."""
    pond, buyer = shop.pond, await a_member(shop.pond)
    own, other = await a_guide(pond), await a_guide(pond)
    token, share = await shop.a_token(buyer), await a_share(pond, own, await a_store(pond))
    await visits(shop, share, token, "a-phone")
    found = await guide_of(pond, other)

    order = (await orders(shop, token, code=found.share_code))["order"]

    assert (order["guideId"], order["storeId"]) == (id_of(Kind.GUIDE, found.id), id_of(Kind.STORE, found.store_id))


async def test_h5_a_last_click_after_placing_changes_nothing_before_or_after_the_payment(shop: Shop) -> None:
    pond, buyer = shop.pond, await a_member(shop.pond)
    own, thief = await a_guide(pond), await a_guide(pond)
    token = await shop.a_token(buyer)
    honest, stolen = [await a_share(pond, one, await a_store(pond)) for one in (own, thief)]
    await visits(shop, honest, token, "a-phone")
    order_id = (await orders(shop, token))["order"]["id"]

    await visits(shop, stolen, token, "a-phone")
    await confirms(shop, (await pays(shop, token, order_id))["payment"])
    paid_at = (await shop.ask(GUIDE_ID, token, id=order_id))["order"]["guideId"]
    await visits(shop, stolen, token, "a-phone")

    own_id = id_of(Kind.GUIDE, (await guide_of(pond, own)).id)
    assert paid_at == own_id
    assert (await shop.ask(GUIDE_ID, token, id=order_id))["order"]["guideId"] == own_id
    assert (await shop.ask(WHY, await shop.a_token(thief), id=order_id))["attribution"] is None
    assert (await shop.ask(WHY, await shop.a_token(own), id=order_id))["attribution"]["explanation"]["findings"]


async def test_j24_a_share_is_farmed_by_nobody(shop: Shop) -> None:
    """However many devices click at once: visitors are views and no persons, and a member is one on all devices.

    A thousand clicks, and where they end, are in tests/schema/test_share_performance.py.
    """
    pond, sharer, reader = shop.pond, await a_guide(shop.pond), await a_member(shop.pond)
    share, token = await a_share(pond, sharer, await a_store(pond)), await shop.a_token(reader)

    own = await shop.a_token(sharer)
    await asyncio.gather(
        *(visits(shop, share, None, f"device {i}") for i in range(64)),
        *(visits(shop, share, token, f"device {i}") for i in range(32)),
        *(visits(shop, share, own, f"device {i}") for i in range(4)),
    )

    funnel = (await shop.ask(FUNNEL, own, code=share.code))["share"]["funnel"]
    assert funnel == {"visits": 96, "uniqueVisits": 1, "registrations": 0, "orders": 0}
